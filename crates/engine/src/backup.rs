//! The heart: one Backup over one Window.

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};

use domain::account::Extension;
use domain::archive_path::Naming;
use domain::connection::Backup;
use domain::coverage::Hidden;
use domain::data_type::DataType;
use domain::lane::Depth;
use domain::ledger::Count;
use domain::ports::Ask;
use domain::window::Window;
use domain::{Error, Kind, Result};
use jiff::tz::TimeZone;
use tokio_util::sync::CancellationToken;

use crate::agenda::{Agenda, Once, Stretch};
use crate::drain::{Drain, Drained};
use crate::ends::Ends;
use crate::feed::Feed;
use crate::portion::Portion;
use crate::progress::{Progress, Watch};
use crate::rows::Desk;
use crate::scribe::Scribe;
use crate::survey::{Found, Gap, Survey};
use crate::{evidence, lease, plan, retention};

/// What is to be done: one Backup over one Window.
#[derive(Clone, Debug)]
pub struct Job {
    /// Whose data, which types, where to.
    pub backup: Backup,
    /// Whose grant it is.
    pub viewer: Extension,
    /// Items whose own time lies in here.
    pub window: Window,
    /// How much of the call log is listed.
    pub depth: Depth,
    /// How files are named.
    pub naming: Naming,
    /// The zone of the times in names and texts.
    pub zone: TimeZone,
    /// Who does it; for people who look at the lease.
    pub worker: String,
    /// Cancelled when somebody wants it to stop.
    pub stop: CancellationToken,
}

/// What came of it.
#[derive(Debug)]
pub struct Summary {
    /// The window's units by type and state, of the types that were asked
    /// for: the ledger's own counts.
    pub counts: BTreeMap<DataType, Count>,
    /// Files that this run put into the destination or found there already.
    pub archived_now: u64,
    /// Their bytes.
    pub bytes_now: u64,
    /// Entries that this run noted for the first time.
    pub new: u64,
    /// Records that will still change (calls in progress, faxes on their
    /// way): the window must be listed again.
    pub unsettled: u64,
    /// Lanes that could not be listed.
    pub gaps: Vec<Gap>,
}

impl Summary {
    /// All types together.
    pub fn total(&self) -> Count {
        total(&self.counts)
    }

    /// Whether nothing is pending, missing, unlisted or about to change.
    pub fn is_complete(&self) -> bool {
        let total = self.total();
        total.pending == 0 && total.missing == 0 && self.gaps.is_empty() && self.unsettled == 0
    }
}

/// Backs up one window: list, fetch, put, record.
///
/// Listing writes sightings into the ledger; draining works the ledger off;
/// both go on at once. An entry becomes archived only after the destination
/// vouched for bytes that were judged whole; a lane's mark moves only after
/// every page of it is in the ledger. Stop it anywhere: the next run repeats
/// at most what was on its way.
pub async fn back_up(ends: &Ends, job: &Job, watch: &dyn Watch) -> Result<Summary> {
    let run = tokio::select! {
        biased;
        run = lease::take(ends, job, watch) => run?,
        () = job.stop.cancelled() => return Err(stopped()),
    };
    let desk = Desk::new(ends, job);
    let board = Board::new(watch);
    let scribe = Scribe::new(ends, job, &run, &board);
    let result = tokio::select! {
        // The work comes last: it must not keep the others from being heard.
        biased;
        never = scribe.keep() => match never {},
        // From here on the rows are for whoever has the right now.
        lost = lease::keep(ends, job, &run) => return Err(lost),
        () = job.stop.cancelled() => Err(stopped()),
        result = one_window(ends, job, &desk, &board) => result,
    };
    scribe.leave().await;
    let left = desk.leave(&result).await;
    let given_back = lease::give_back(ends, job, &run).await;
    let summary = result?;
    left.and(given_back)?;
    Ok(summary)
}

async fn one_window(ends: &Ends, job: &Job, desk: &Desk<'_>, board: &Board<'_>) -> Result<Summary> {
    let left_over = total(&counts(ends, job).await?).pending;
    board.change(|progress| progress.left_over = left_over);
    let came = flow(ends, job, &Once::of(job), desk, board, Ok(())).await;
    evidence::tell(ends, &job.backup, job.naming, &came).await?;
    let (found, drained) = came?;
    Ok(Summary {
        counts: counts(ends, job).await?,
        archived_now: drained.archived,
        bytes_now: drained.bytes,
        new: found.new,
        unsettled: found.unsettled,
        gaps: found.gaps,
    })
}

/// Lists what stands on the agenda and works the ledger off, both at once:
/// the part that a head-less run and an hour's run share. What keeps files
/// from the destination (`reaches` it: whether it is known to) keeps nobody
/// from listing: what there is must be found before the provider deletes it.
pub(crate) async fn flow(
    ends: &Ends,
    job: &Job,
    agenda: &dyn Agenda,
    desk: &Desk<'_>,
    board: &Board<'_>,
    reaches: Result<()>,
) -> Result<(Found, Drained)> {
    let feed = Feed::default();
    let list = async {
        let found = list_all(ends, job, agenda, desk, &feed, board).await?;
        feed.is_over();
        Ok(found)
    };
    let tell = |so_far| board.change(|progress| progress.drained(so_far));
    let drain = async {
        let drain = Drain::new(ends, job, &feed)
            .first(agenda.fresh())
            .from(agenda.floor_ms())
            .until(agenda.until());
        let drained = match reaches {
            Ok(()) => drain.run(&tell).await,
            Err(error) => Err(error),
        };
        match drained {
            // Nothing can be noted any more either.
            Err(error) if error.kind() == Kind::Storage => Err(error),
            drained => Ok(drained),
        }
    };
    let (found, drained) = futures::try_join!(list, drain)?;
    Ok((found, drained?))
}

/// Lists what stands on the agenda into the ledger, and fetches nothing.
pub(crate) async fn list_all(
    ends: &Ends,
    job: &Job,
    agenda: &dyn Agenda,
    desk: &Desk<'_>,
    feed: &Feed,
    board: &Board<'_>,
) -> Result<Found> {
    let mut found = Found::default();
    retention::renew(ends, job).await?;
    while let Some(stretch) = agenda.next().await? {
        found.and(list(ends, job, &stretch, agenda, desk, feed, board).await?);
    }
    Ok(found)
}

/// One stretch of time: rows, people, lanes; then it is written down as
/// listed.
async fn list(
    ends: &Ends,
    job: &Job,
    stretch: &Stretch,
    agenda: &dyn Agenda,
    desk: &Desk<'_>,
    feed: &Feed,
    board: &Board<'_>,
) -> Result<Found> {
    board.change(|progress| progress.listing = Some(stretch.window));
    desk.open(stretch).await?;
    let people = People::ask(ends, job).await?;
    let portion = Portion::open(ends, job, stretch, agenda.until()).await?;
    let lanes = portion.rest(lanes(ends, job, stretch, &people.now).await?);
    board.change(|progress| progress.portions += lanes.iter().map(Vec::len).sum::<usize>() as u64);
    let whole = lanes.iter().flatten().fold(stretch.window, |whole, ask| {
        whole.join(ask.window).unwrap_or(whole)
    });
    let survey = Survey::new(ends, job, &people.ever, stretch.bound_ms);
    let hidden = match people.hidden {
        Some(error) => Some(survey.gap(None, stretch.window, error).await?),
        None => None,
    };
    let noted = |new| {
        feed.noted();
        board.change(|progress| progress.found += new);
    };
    let listed = || board.change(|progress| progress.portions_done += 1);
    let asked: Vec<String> = lanes.iter().flatten().map(|it| it.lane.key()).collect();
    let found = survey.run(lanes, &portion, &noted, &listed).await;
    portion.keep().await?;
    let mut found = found?;
    found.gaps.extend(hidden);
    let before = portion.gap_before();
    found.patchy = before.is_some_and(|(_, again)| again);
    keep_hidden(ends, job, asked, &found).await?;
    if found.left > 0 {
        board.change(|progress| progress.listing = None);
        desk.leave(&Ok(())).await?;
        agenda.paused(&found).await?;
        return Ok(found);
    }
    let gaps = found.gaps.iter().map(|it| it.window);
    let gaps: Vec<Window> = gaps.chain(before.map(|(gap, _)| gap)).collect();
    desk.close(stretch, whole, &gaps).await?;
    if !found.is_worth_repeating() && portion.begins_here() {
        keep_census(ends, job, stretch, &found).await?;
    }
    agenda.listed(stretch, &found).await?;
    portion.end().await?;
    board.change(|progress| progress.listing = None);
    Ok(found)
}

/// Keeps what of these lanes the provider does not let us see. Where some were
/// left for another run, nothing is forgotten.
async fn keep_hidden(ends: &Ends, job: &Job, mut lanes: Vec<String>, found: &Found) -> Result<()> {
    let gaps = found.gaps.iter();
    let hidden: Vec<Hidden> = gaps
        .filter(|it| it.error.kind() == Kind::Forbidden)
        .map(|it| Hidden {
            lane: it.key(),
            since_ms: ends.now_ms(),
            cause: it.error.to_string(),
        })
        .collect();
    lanes.push("messages".to_owned());
    if found.left > 0 {
        lanes.clear();
    }
    let (account, backup) = (&job.backup.account, &job.backup.id);
    ends.store
        .keep_hidden(account, backup, &lanes, &hidden)
        .await
}

/// Keeps how many units the provider listed of each whole day, of what it lets
/// us see. Only a listing of every call tells that: a late recording hides from
/// the others.
pub(crate) async fn keep_census(
    ends: &Ends,
    job: &Job,
    stretch: &Stretch,
    found: &Found,
) -> Result<()> {
    if stretch.depth != Depth::Every {
        return Ok(());
    }
    let (account, backup) = (&job.backup.account, &job.backup.id);
    let days = found.census.days_of(stretch.window, ends.now_ms());
    ends.store.keep_census(account, backup, &days).await
}

/// The ledger's counts of what was asked for: another run of this Backup may
/// have asked for other types.
async fn counts(ends: &Ends, job: &Job) -> Result<BTreeMap<DataType, Count>> {
    let (account, backup) = (&job.backup.account, &job.backup);
    let mut counts = ends.store.counts(account, backup, job.window).await?;
    counts.retain(|data_type, _| backup.types.contains(data_type));
    Ok(counts)
}

fn total(counts: &BTreeMap<DataType, Count>) -> Count {
    let counts = counts.values();
    counts.fold(Count::default(), |sum, &one| sum.plus(one))
}

/// All lanes, calls first, each in portions, oldest first; one that fell
/// behind the others from where it was.
async fn lanes(
    ends: &Ends,
    job: &Job,
    stretch: &Stretch,
    people: &[Extension],
) -> Result<Vec<Vec<Ask>>> {
    let backup = &job.backup;
    let mut all = Vec::new();
    for (lane, types) in plan::lanes(&backup.scope, &backup.types, people) {
        let mut window = stretch.window;
        if let Some(bound_ms) = stretch.bound_ms {
            let mut marks = Vec::new();
            for &of in &types {
                let mark = ends.store.mark(&backup.account, &backup.id, &lane, of);
                marks.push(mark.await?);
            }
            window = plan::from_mark(window, &marks, bound_ms);
        }
        all.push(plan::portions(&lane, &types, window, stretch.depth));
    }
    Ok(all)
}

pub(crate) fn stopped() -> Error {
    Error::new(Kind::Cancelled, "stopped on request")
        .remedy("What is archived stays archived; the next run goes on from here.")
}

/// Who is in the company.
pub(crate) struct People {
    /// Those the provider lists now: whom to ask for.
    pub(crate) now: Vec<Extension>,
    /// Those too who have left: how their folders are named.
    pub(crate) ever: Vec<Extension>,
    /// Why others have mailboxes that nobody can name.
    pub(crate) hidden: Option<Error>,
}

impl People {
    /// Keeps who is in the company before anything of theirs is kept. A
    /// viewer who may not list the company still has themselves; where others
    /// were asked for, they are a gap.
    pub(crate) async fn ask(ends: &Ends, job: &Job) -> Result<People> {
        let account = &job.backup.account;
        let mut hidden = None;
        let now = match ends.source.extensions().await {
            Ok(all) => {
                ends.store
                    .keep_extensions(account, &all, ends.now_ms())
                    .await?;
                all
            }
            Err(error) if error.kind() == Kind::Forbidden => {
                let asks_everybody = plan::asks_everybody(&job.backup.scope, &job.backup.types);
                hidden = asks_everybody.then_some(error);
                vec![job.viewer.clone()]
            }
            Err(error) => return Err(error),
        };
        let mut ever = ends.store.extensions(account).await?;
        ever.push(job.viewer.clone());
        Ok(People { now, ever, hidden })
    }
}

/// Gathers what both halves of a run tell, for whoever watches.
pub(crate) struct Board<'a> {
    watch: &'a dyn Watch,
    progress: Mutex<Progress>,
}

impl<'a> Board<'a> {
    /// Nothing is told yet.
    pub(crate) fn new(watch: &'a dyn Watch) -> Board<'a> {
        Board {
            watch,
            progress: Mutex::default(),
        }
    }

    /// As it is now.
    pub(crate) fn progress(&self) -> Progress {
        *self.progress.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn change(&self, change: impl FnOnce(&mut Progress)) {
        let mut progress = self.progress.lock().unwrap_or_else(PoisonError::into_inner);
        change(&mut progress);
        self.watch.moved(&progress);
    }
}
