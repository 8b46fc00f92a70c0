//! The part of a proof that looks at the evidence folder: every file that was
//! put there must lie there as it was.

use domain::ledger::{Fingerprint, Receipt};
use domain::manifest::Exhibit;
use domain::ports::destination::File;
use domain::proof::{Discrepancy, Finding};
use domain::{Kind, Result};
use futures::{StreamExt, TryStreamExt, stream};

use crate::check::{AT_ONCE, Check, SOME, Strays, is_no_stray, taken};
use crate::inspect::holds;

impl Check<'_> {
    /// Holds listed files of the evidence folder against what was put there;
    /// gives back those that nobody put.
    pub(crate) async fn listed_exhibits(&self, files: &[File]) -> Result<Vec<File>> {
        let (account, at) = (&self.job.backup.account, &self.job.backup.destination);
        let store = &self.ends.store;
        let compared = store.compare_exhibits(account, at, files, self.begun_ms);
        let compared = compared.await?;
        let files = files.iter().zip(compared);
        Ok(files
            .filter(|(_, ours)| ours.is_none())
            .map(|(file, _)| file.clone())
            .collect())
    }

    /// Asks for each one that the listing did not show as it should be.
    pub(crate) async fn every_exhibit(&mut self, strays: &mut Strays) -> Result<()> {
        let mut after = String::new();
        loop {
            let some = self.exhibits(self.begun_ms, &mut after).await?;
            if some.is_empty() {
                return Ok(());
            }
            let destination = &self.ends.destination;
            let asked: Vec<(Exhibit, Option<Receipt>)> = stream::iter(some)
                .map(|it| async move {
                    let there = destination.stat(&it.path).await;
                    there.or_else(taken).map(|there| (it, there))
                })
                .buffered(AT_ONCE)
                .try_collect()
                .await?;
            for (exhibit, there) in asked {
                if let Some(there) = &there {
                    is_no_stray(strays, exhibit.path.as_str(), there);
                }
                match there {
                    None => self.bad_exhibit(Discrepancy::Gone, &exhibit),
                    Some(it) if it.size == exhibit.size && it.hash == exhibit.hash => {}
                    Some(_) => self.bad_exhibit(Discrepancy::Changed, &exhibit),
                }
            }
        }
    }

    /// Reads every one of them back.
    pub(crate) async fn every_exhibits_bytes(&mut self) -> Result<()> {
        let mut after = String::new();
        loop {
            // No proof was begun then: all of them.
            let some = self.exhibits(i64::MIN, &mut after).await?;
            if some.is_empty() {
                return Ok(());
            }
            let destination = self.ends.destination.as_ref();
            let read: Vec<(Exhibit, bool)> = stream::iter(some)
                .map(|it| async move {
                    let bytes = Fingerprint {
                        size: it.size,
                        sha256: it.sha256.clone(),
                    };
                    match holds(destination, &it.path, &bytes).await {
                        // That was told of before.
                        Err(error) if error.kind() == Kind::Gone => Ok((it, true)),
                        held => held.map(|held| (it, held)),
                    }
                })
                .buffered(AT_ONCE)
                .try_collect()
                .await?;
            for (exhibit, equal) in read {
                if !equal && !self.told.contains(exhibit.path.as_str()) {
                    self.bad_exhibit(Discrepancy::Damaged, &exhibit);
                }
            }
        }
    }

    async fn exhibits(&self, stamp_ms: i64, after: &mut String) -> Result<Vec<Exhibit>> {
        let (account, at) = (&self.job.backup.account, &self.job.backup.destination);
        let store = &self.ends.store;
        let some = store.unproven_exhibits(account, at, stamp_ms, after, SOME);
        let some = some.await?;
        if let Some(last) = some.last() {
            last.path.as_str().clone_into(after);
        }
        Ok(some)
    }

    fn bad_exhibit(&mut self, discrepancy: Discrepancy, exhibit: &Exhibit) {
        self.told.insert(exhibit.path.as_str().to_owned());
        let what = match discrepancy {
            Discrepancy::Gone => "evidence that was put there does not lie there any more",
            _ => "evidence that was put there has other bytes now",
        };
        self.find(Finding {
            discrepancy,
            item: None,
            at_ms: None,
            path: Some(exhibit.path.as_str().to_owned()),
            what: what.to_owned(),
        });
    }
}
