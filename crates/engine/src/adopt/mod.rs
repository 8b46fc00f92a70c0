//! Takes a tree of RingCentral's own Archiver over: its files are matched with
//! RingCentral's list by the ids in their names, read, judged and entered in
//! the Ledger, where they lie or copied from a folder. What is not certain is
//! named and left as it is: what RingCentral still has, the next Run fetches.

mod matching;
mod tree;

use domain::connection::Backup;
use domain::event::{Event, Level};
use domain::ledger::{Open, Outcome};
use domain::original::Original;
use domain::ports::{Destination, Noted};
use domain::window::Window;
use domain::{Error, Result};
use futures::{StreamExt, TryStreamExt, stream};

use self::matching::{Fate, Matching};
use self::tree::Tree;
use crate::agenda::Once;
use crate::backup::{Board, Job, list_all, stopped};
use crate::ends::Ends;
use crate::feed::Feed;
use crate::progress::Watch;
use crate::rows::Desk;
use crate::survey::Gap;
use crate::{evidence, lease};

/// Files that are read at once.
const AT_ONCE: usize = 8;
/// Items that are written down at once.
const SOME: usize = 100;
/// Open items that are read at once.
const OPEN_PAGE: u32 = 100_000;

/// What is wrong with a file of the tree, or why it is not needed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Finding {
    /// The same bytes as another file of the same item.
    Duplicate,
    /// It says that it is an item whose time is another.
    WrongTime,
    /// Files of different bytes say that they are the same item.
    Doubtful,
    /// Its bytes are not whole, or not what they should be.
    Damaged,
    /// RingCentral lists no such message, and its name alone proves nothing.
    Unlisted,
    /// Its name tells nothing.
    Unnamed,
    /// A rule excludes its item.
    Excluded,
    /// Something keeps it from being read or stored.
    Unreadable,
}

impl Finding {
    /// The word in JSON.
    pub fn word(self) -> &'static str {
        match self {
            Finding::Duplicate => "duplicate",
            Finding::WrongTime => "wrong-time",
            Finding::Doubtful => "doubtful",
            Finding::Damaged => "damaged",
            Finding::Unlisted => "unlisted",
            Finding::Unnamed => "unnamed",
            Finding::Excluded => "excluded",
            Finding::Unreadable => "unreadable",
        }
    }
}

/// One file that was not adopted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Left {
    /// Why.
    pub finding: Finding,
    /// Where it lies.
    pub path: String,
    /// A sentence for people.
    pub what: String,
}

/// What came of it.
#[derive(Debug, Default)]
pub struct Adopted {
    /// Files of that product's tree.
    pub files: u64,
    /// Items that are archived by this.
    pub adopted: u64,
    /// Their bytes.
    pub bytes: u64,
    /// Of them, those that RingCentral does not list any more.
    pub gone_there: u64,
    /// Items that were archived already.
    pub held: u64,
    /// Files that were not adopted, in the order of their paths.
    pub left: Vec<Left>,
    /// What RingCentral lists and the archive does not hold: gaps of the tree.
    pub open: Vec<Open>,
    /// What could not be listed: nothing is known of it.
    pub gaps: Vec<Gap>,
}

/// Takes the tree over: the one in the destination itself, or `from` another
/// place, out of which files are copied.
pub async fn adopt(
    ends: &Ends,
    job: &Job,
    from: Option<&dyn Destination>,
    watch: &dyn Watch,
    so_far: &(dyn Fn(u64) + Sync),
) -> Result<Adopted> {
    let run = lease::take(ends, job, watch).await?;
    let board = Board::new(watch);
    let result = tokio::select! {
        biased;
        lost = lease::keep(ends, job, &run) => return Err(lost),
        () = job.stop.cancelled() => Err(stopped()),
        result = take_over(ends, job, from, &board, so_far) => result,
    };
    let given_back = lease::give_back(ends, job, &run).await;
    let adopted = result?;
    given_back?;
    Ok(adopted)
}

async fn take_over(
    ends: &Ends,
    job: &Job,
    from: Option<&dyn Destination>,
    board: &Board<'_>,
    so_far: &(dyn Fn(u64) + Sync),
) -> Result<Adopted> {
    let desk = Desk::new(ends, job);
    let listed = list_all(ends, job, &Once::of(job), &desk, &Feed::default(), board).await;
    desk.leave(&listed).await?;
    let mut adopted = Adopted {
        gaps: listed?.gaps,
        ..Adopted::default()
    };
    let tree = Tree::look(from.unwrap_or(ends.destination.as_ref()), from.is_some()).await?;
    adopted.files = tree.files;
    adopted.left = tree.left;
    let known = open(ends, &job.backup, job.window).await?;
    let matching = Matching::new(ends, job, from, &known).await?;
    for some in tree.items.chunks_of(SOME) {
        let stands = matching.standing(some).await?;
        let fates = stream::iter(stands).map(|one| matching.fate(one));
        let fates = fates.buffer_unordered(AT_ONCE).try_collect().await?;
        write_down(ends, &job.backup, fates, &mut adopted).await?;
        so_far(adopted.adopted + adopted.held);
    }
    adopted.left.sort_by(|a, b| a.path.cmp(&b.path));
    adopted.open = open(ends, &job.backup, job.window).await?;
    tell(ends, &job.backup, &adopted).await?;
    evidence::tell(ends, &job.backup, job.naming, &Ok(())).await?;
    Ok(adopted)
}

/// Everything that the Ledger knows and the archive does not hold.
async fn open(ends: &Ends, backup: &Backup, window: Window) -> Result<Vec<Open>> {
    let (account, store) = (&backup.account, &ends.store);
    let mut all = Vec::new();
    for day in window.days() {
        let page = store.open_entries(account, backup, day, OPEN_PAGE).await?;
        all.extend(page);
    }
    Ok(all)
}

/// What RingCentral does not list becomes known first; then all of them are
/// archived in one transaction.
async fn write_down(
    ends: &Ends,
    backup: &Backup,
    fates: Vec<Fate>,
    adopted: &mut Adopted,
) -> Result<()> {
    let (mut noted, mut outcomes) = (Vec::new(), Vec::new());
    for fate in fates {
        adopted.left.extend(fate.left);
        adopted.held += u64::from(fate.held);
        let Some(whole) = fate.whole else { continue };
        adopted.adopted += 1;
        adopted.bytes += whole.fingerprint.size;
        if let Some(sighting) = whole.unlisted {
            adopted.gone_there += 1;
            noted.push(Noted {
                sighting,
                stem: whole.path.stem().to_owned(),
            });
        }
        outcomes.push((
            whole.item,
            Outcome::Archived {
                path: whole.path,
                fingerprint: whole.fingerprint,
                receipt: whole.receipt,
            },
        ));
    }
    let (store, account, now_ms) = (&ends.store, &backup.account, ends.now_ms());
    if !noted.is_empty() {
        store.note(account, backup, &noted, &[], now_ms).await?;
    }
    if !outcomes.is_empty() {
        let settled = store.settle(account, &backup.destination, &outcomes, now_ms);
        settled.await?;
    }
    Ok(())
}

/// The LOG tells of it.
async fn tell(ends: &Ends, backup: &Backup, adopted: &Adopted) -> Result<()> {
    let now_ms = ends.now_ms();
    let event = Event {
        at_ms: now_ms,
        level: Level::Info,
        about: String::new(),
        belongs_ms: now_ms,
        what: format!(
            "{} files of RingCentral's own Archiver were adopted, {} were left as they are",
            adopted.adopted,
            adopted.left.len()
        ),
    };
    let store = &ends.store;
    store.write(&backup.account, &backup.id, &[event]).await
}

/// A file of the tree, and what its name tells.
#[derive(Clone, Debug)]
struct Leaf {
    path: String,
    size: u64,
    /// The place's own, where it tells one without reading the bytes.
    hash: Option<String>,
    told: Original,
}

fn left(finding: Finding, path: &str, what: impl Into<String>) -> Left {
    Left {
        finding,
        path: path.to_owned(),
        what: what.into(),
    }
}

/// An error of one file's, not of the whole: where the connection or the
/// memory fails, nothing can go on.
fn of_one_file(error: &Error) -> bool {
    error.kind().reach() == domain::Reach::Item
}
