//! The steps of a proof: each looks at one book and says what does not agree
//! with the others.

use std::collections::{BTreeMap, HashSet};
use std::sync::Arc;
use std::time::Duration;

use domain::census::CensusDay;
use domain::data_type::DataType;
use domain::ledger::Receipt;
use domain::manifest::is_evidence;
use domain::ports::Shelved;
use domain::ports::destination::File;
use domain::proof::{Claim, Discrepancy, Finding};
use domain::window::Window;
use domain::{Error, Kind, Reach, Result};
use futures::{StreamExt, TryStreamExt, stream};
use tokio::time::sleep;

use crate::backup::Job;
use crate::ends::Ends;
use crate::survey::Gap;
use crate::verify::{Looked, NAMED, survey};
use crate::witness::Witness;

/// Entries that are asked for at once.
pub(crate) const SOME: u32 = 500;
/// Files that are looked up or read back at once.
pub(crate) const AT_ONCE: usize = 8;

/// How long it is waited, again and again, until a run has written down what
/// it has put; not after the last.
const WRITING_DOWN: [Duration; 5] = [
    Duration::from_secs(1),
    Duration::from_secs(2),
    Duration::from_secs(4),
    Duration::from_secs(8),
    Duration::ZERO,
];

/// A proof under way.
pub(crate) struct Check<'a> {
    pub(crate) ends: &'a Ends,
    pub(crate) job: &'a Job,
    /// Also the stamp of what was found as it should be.
    pub(crate) begun_ms: i64,
    pub(crate) looked: Looked,
    pub(crate) watch: &'a (dyn Fn(Looked) + Sync),
    pub(crate) findings: Vec<Finding>,
    pub(crate) discrepancies: BTreeMap<Discrepancy, u64>,
    /// Paths of what drifted.
    pub(crate) told: HashSet<String>,
}

/// Files that no Entry claims, by their path in lower case and as it is.
pub(crate) type Strays = BTreeMap<(String, String), File>;

/// Units by type.
type Listed = BTreeMap<DataType, u64>;

impl<'a> Check<'a> {
    /// Nothing is found yet.
    pub(crate) fn new(
        ends: &'a Ends,
        job: &'a Job,
        watch: &'a (dyn Fn(Looked) + Sync),
    ) -> Check<'a> {
        Check {
            ends,
            job,
            begun_ms: ends.now_ms(),
            looked: Looked::default(),
            watch,
            findings: Vec::new(),
            discrepancies: BTreeMap::new(),
            told: HashSet::new(),
        }
    }

    /// What the provider listed of the window day by day, while the archive
    /// was kept.
    pub(crate) async fn what_the_provider_listed(&self) -> Result<Listed> {
        let (account, backup) = (&self.job.backup.account, &self.job.backup.id);
        let store = &self.ends.store;
        let days = store.census(account, backup, self.job.window).await?;
        Ok(CensusDay::sum(days.iter()))
    }

    /// Lists every lane once more, into the Ledger. What the Ledger did not
    /// know is told; then it knows.
    pub(crate) async fn what_the_provider_lists(
        &mut self,
        window: Window,
    ) -> Result<(Listed, Vec<Gap>)> {
        let witness = Arc::new(Witness::new(self.ends, &self.job.backup));
        let ends = Ends {
            source: Arc::clone(&witness) as _,
            ..self.ends.clone()
        };
        let before = self.looked;
        let told = |listed| {
            (self.watch)(Looked { listed, ..before });
        };
        let listed = || told(witness.items());
        let (units, gaps) = match survey(&ends, self.job, window, &listed).await {
            Ok(found) => (found.census.sum(), found.gaps),
            // A dead grant hides everything there, and nothing here.
            Err(error) if error.reach() == Reach::Connection => {
                let gap = Gap {
                    lane: None,
                    window,
                    error,
                };
                (Listed::new(), vec![gap])
            }
            Err(error) => return Err(error),
        };
        self.looked.listed = witness.items();
        for (item, at_ms) in witness.unknown() {
            self.find(Finding {
                discrepancy: Discrepancy::Unknown,
                item: Some(item),
                at_ms: Some(at_ms),
                path: None,
                what: "the provider lists it, and no run had seen it; it is pending now".to_owned(),
            });
        }
        Ok((units, gaps))
    }

    /// Holds the destination's own listing against the Ledger, then asks it
    /// for each file that the listing did not show.
    pub(crate) async fn what_lies_there(&mut self, deep: bool) -> Result<Option<Error>> {
        let looked = async {
            let strays = self.every_file().await?;
            self.every_entry(strays).await?;
            if deep {
                let unread = self.every_byte().await?;
                self.every_exhibits_bytes().await?;
                return unread.map_or(Ok(()), Err);
            }
            Ok::<(), Error>(())
        };
        match looked.await {
            Ok(()) => Ok(None),
            Err(error) if error.kind() == Kind::Storage => Err(error),
            Err(error) => Ok(Some(error)),
        }
    }

    /// Files that no Entry claims.
    async fn every_file(&mut self) -> Result<Strays> {
        let mut strays = Strays::new();
        let mut pages = self.ends.destination.list();
        while let Some(page) = pages.try_next().await? {
            let items = page.iter().filter(|it| !is_evidence(&it.path));
            self.looked.files += items.count() as u64;
            for file in self.unclaimed(page).await? {
                if strays.len() < NAMED {
                    strays.insert((lower(&file.path), file.path.clone()), file);
                }
            }
            (self.watch)(self.looked);
        }
        Ok(strays)
    }

    /// Archived Entries of the window that the listing did not show as they
    /// should be: the destination is asked for each, for a listing may be a
    /// moment old or spell a name in another way.
    async fn every_entry(&mut self, mut strays: Strays) -> Result<()> {
        let job = self.job;
        let mut after = String::new();
        loop {
            let some = self.ends.store.unproven(
                &job.backup.account,
                &job.backup,
                job.window,
                self.begun_ms,
                &after,
                SOME,
            );
            let some = some.await?;
            let Some(last) = some.last() else { break };
            last.path.as_str().clone_into(&mut after);
            let destination = &self.ends.destination;
            let asked: Vec<(Shelved, Option<Receipt>)> = stream::iter(some)
                .map(|it| async move {
                    let there = destination.stat(&it.path).await;
                    there.or_else(taken).map(|there| (it, there))
                })
                .buffered(AT_ONCE)
                .try_collect()
                .await?;
            for (shelved, there) in asked {
                if let Some(there) = &there {
                    is_no_stray(&mut strays, shelved.path.as_str(), there);
                }
                self.judge(&shelved, there);
            }
        }
        self.every_exhibit(&mut strays).await?;
        self.strays(strays).await
    }

    pub(crate) fn judge(&mut self, shelved: &Shelved, there: Option<Receipt>) {
        let (discrepancy, what) = match there {
            None => (
                Discrepancy::Gone,
                "archived, but no file lies at its path any more",
            ),
            Some(it) if agrees(&it, &shelved.receipt) => return,
            Some(_) => (
                Discrepancy::Changed,
                "archived, but the file at its path has another size or hash now",
            ),
        };
        self.drift(discrepancy, shelved, what);
    }

    pub(crate) fn drift(&mut self, discrepancy: Discrepancy, shelved: &Shelved, what: &str) {
        self.told.insert(shelved.path.as_str().to_owned());
        self.find(Finding {
            discrepancy,
            item: Some(shelved.item.clone()),
            at_ms: Some(shelved.at_ms),
            path: Some(shelved.path.as_str().to_owned()),
            what: what.to_owned(),
        });
    }

    /// Files of nobody's. A run may have archived some of them meanwhile, or be
    /// about to write down that it has: they are looked up again, while a run
    /// is at work for a while.
    async fn strays(&mut self, strays: Strays) -> Result<()> {
        let mut files: Vec<File> = strays.into_values().collect();
        for wait in WRITING_DOWN {
            files = self.unclaimed(files).await?;
            if files.is_empty() || !self.is_at_work().await? {
                break;
            }
            sleep(wait).await;
        }
        for file in files {
            self.find(Finding {
                discrepancy: Discrepancy::Extra,
                item: None,
                at_ms: None,
                path: Some(file.path),
                what: "a file that Archiver did not put there, or does not know of".to_owned(),
            });
        }
        Ok(())
    }

    /// Those that no Entry claims, and no manifest of ours.
    async fn unclaimed(&self, files: Vec<File>) -> Result<Vec<File>> {
        let (account, destination) = (&self.job.backup.account, &self.job.backup.destination);
        let (evidence, files): (Vec<File>, Vec<File>) =
            files.into_iter().partition(|it| is_evidence(&it.path));
        let store = &self.ends.store;
        let claims = store.compare(account, destination, &files, self.begun_ms);
        let claims = claims.await?;
        let claims = files.into_iter().zip(claims);
        let nobodys = claims.filter(|(_, claim)| *claim == Claim::Nobody);
        let mut left: Vec<File> = nobodys.map(|(file, _)| file).collect();
        left.extend(self.listed_exhibits(&evidence).await?);
        Ok(left)
    }

    /// Whether a run of any Backup with this destination is at work.
    async fn is_at_work(&self) -> Result<bool> {
        let (account, store) = (&self.job.backup.account, &self.ends.store);
        for backup in store.backups(account).await? {
            if backup.destination == self.job.backup.destination {
                let seen = store.headway(account, &backup.id).await?;
                if seen.is_some_and(|it| it.held) {
                    return Ok(true);
                }
            }
        }
        Ok(false)
    }

    pub(crate) fn find(&mut self, finding: Finding) {
        let count = self.discrepancies.entry(finding.discrepancy).or_default();
        *count += 1;
        if *count <= NAMED as u64 {
            self.findings.push(finding);
        }
    }
}

/// Something that is not a file lies there.
pub(crate) fn taken(error: Error) -> Result<Option<Receipt>> {
    match error.kind() {
        Kind::PathTaken => Ok(None),
        _ => Err(error),
    }
}

pub(crate) fn agrees(there: &Receipt, vouched: &Receipt) -> bool {
    there.size == vouched.size && there.hash == vouched.hash
}

/// A listed file that was asked for under another spelling is no stray.
pub(crate) fn is_no_stray(strays: &mut Strays, path: &str, there: &Receipt) {
    let path = lower(path);
    let spelled = strays.range((path.clone(), String::new())..);
    let spelled = spelled.take_while(|((it, _), _)| *it == path);
    let same = |file: &File| {
        file.size == there.size && file.hash.as_ref().is_none_or(|it| *it == there.hash)
    };
    let mut keys = spelled.filter(|(_, file)| same(file)).map(|(key, _)| key);
    if let Some(key) = keys.next().cloned() {
        strays.remove(&key);
    }
}

fn lower(path: &str) -> String {
    path.to_lowercase()
}
