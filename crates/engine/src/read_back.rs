//! The part of a proof that reads files back, byte for byte.

use domain::ledger::Receipt;
use domain::ports::Shelved;
use domain::proof::Discrepancy;
use domain::{Error, Kind, Result};
use futures::{StreamExt, stream};

use crate::check::{AT_ONCE, Check, SOME, agrees, taken};
use crate::inspect::holds;

/// What came of reading some files back.
#[derive(Default)]
pub(crate) struct ReadBack {
    /// Files that are as they were.
    pub(crate) files: u64,
    /// Files that could not be read, and why the first of them could not.
    pub(crate) unread: u64,
    pub(crate) why: Option<Error>,
}

impl Check<'_> {
    /// Reads every archived file of the window back. Returns why the first one
    /// that could not be read could not.
    pub(crate) async fn every_byte(&mut self) -> Result<Option<Error>> {
        let job = self.job;
        let (account, backup) = (&job.backup.account, &job.backup);
        let mut after = String::new();
        let mut unread = None;
        loop {
            let store = &self.ends.store;
            let some = store
                .shelved(account, backup, job.window, &after, SOME)
                .await?;
            let Some(last) = some.last() else {
                return Ok(unread);
            };
            last.path.as_str().clone_into(&mut after);
            let read = self.read_back(some).await?;
            unread = unread.or(read.why);
        }
    }

    /// Reads these files back, and looks again at each that is not as it was.
    /// What drifted and was told of before is not told of twice. Fails where the
    /// destination does not answer; one file that cannot be read keeps nobody
    /// from the others.
    pub(crate) async fn read_back(&mut self, some: Vec<Shelved>) -> Result<ReadBack> {
        let destination = self.ends.destination.as_ref();
        let mut read = stream::iter(some)
            .map(|it| async move {
                let equal = holds(destination, &it.path, &it.fingerprint).await;
                (it, equal)
            })
            .buffered(AT_ONCE);
        let mut back = ReadBack::default();
        while let Some((shelved, equal)) = read.next().await {
            match equal {
                Ok(true) => {
                    back.files += 1;
                    self.looked.bytes_read += shelved.fingerprint.size;
                    (self.watch)(self.looked);
                }
                Ok(false) => self.look_again(&shelved).await?,
                Err(error) if error.kind() == Kind::Gone => self.look_again(&shelved).await?,
                Err(error) if is_of_one_file(&error) => {
                    back.unread += 1;
                    back.why.get_or_insert(error);
                }
                Err(error) => return Err(error),
            }
        }
        Ok(back)
    }

    /// Its bytes are not what was archived: what lies there now?
    async fn look_again(&mut self, shelved: &Shelved) -> Result<()> {
        if self.told.contains(shelved.path.as_str()) {
            return Ok(());
        }
        let there = self.ends.destination.stat(&shelved.path).await;
        match there.or_else(taken)? {
            Some(it) if is_listed_alike(&it, &shelved.receipt) => {
                let what = "archived and listed as it should be, but its bytes are others";
                self.drift(Discrepancy::Damaged, shelved, what);
            }
            there => self.judge(shelved, there),
        }
        Ok(())
    }
}

/// Whether a listing would show nothing of it. A place that has no hash of its
/// own (`sha256:`) read the bytes to answer, and lists sizes alone.
fn is_listed_alike(there: &Receipt, vouched: &Receipt) -> bool {
    let by_size = there.size == vouched.size && there.hash.starts_with("sha256:");
    agrees(there, vouched) || by_size
}

/// Whether a failure is this file's alone. What does not answer for the moment
/// does not answer for any.
fn is_of_one_file(error: &Error) -> bool {
    matches!(
        error.kind(),
        Kind::Incomplete
            | Kind::Mismatch
            | Kind::NotReady
            | Kind::Forbidden
            | Kind::PathTaken
            | Kind::PathRefused
            | Kind::Protocol
            | Kind::Egress
    )
}
