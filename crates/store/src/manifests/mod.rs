//! The book of manifests: the chain and what it has not told yet, the files of
//! the evidence folder, and the way back from them.

mod chain;
mod enter;
mod exhibits;
mod key;

use async_trait::async_trait;
use domain::account::AccountId;
use domain::archive_path::ArchivePath;
use domain::connection::Backup;
use domain::ledger::DestinationId;
use domain::manifest::{Chain, Entered, Exhibit, Follows, Link, Told};
use domain::ports::Manifests;
use domain::ports::destination::File;
use domain::{Result, Secret};

use crate::database::Database;

/// The SQL of this book, leaf by leaf.
pub(crate) const ALL: [&[(&str, &str)]; 4] = [chain::ALL, enter::ALL, exhibits::ALL, key::ALL];

#[async_trait]
impl Manifests for Database {
    async fn signing_seed(&self) -> Result<Secret> {
        self.attempt("reading the key that signs manifests", || self.seed())
            .await
    }

    async fn chain(&self, account: &AccountId, destination: &DestinationId) -> Result<Chain> {
        self.attempt("reading a chain of manifests", || {
            self.whole_chain(account, destination)
        })
        .await
    }

    async fn untold(
        &self,
        account: &AccountId,
        destination: &DestinationId,
        limit: u32,
    ) -> Result<Vec<Told>> {
        self.attempt("reading what no manifest tells of", || {
            self.not_told(account, destination, limit)
        })
        .await
    }

    async fn draft(
        &self,
        account: &AccountId,
        destination: &DestinationId,
        link: &Link,
        previous: Option<&str>,
        body: &str,
        told: &[Told],
    ) -> Result<bool> {
        self.attempt("keeping a manifest", || {
            self.keep_draft(account, destination, link, previous, body, told)
        })
        .await
    }

    async fn laid(
        &self,
        account: &AccountId,
        destination: &DestinationId,
        seq: u64,
        exhibits: &[Exhibit],
    ) -> Result<()> {
        self.attempt("keeping where a manifest lies", || {
            self.now_laid(account, destination, seq, exhibits)
        })
        .await
    }

    async fn adopt(
        &self,
        account: &AccountId,
        destination: &DestinationId,
        link: &Link,
        told: &[Told],
        exhibits: &[Exhibit],
    ) -> Result<bool> {
        self.attempt("taking a manifest over", || {
            self.take_over(account, destination, link, told, exhibits)
        })
        .await
    }

    async fn follow(
        &self,
        account: &AccountId,
        destination: &DestinationId,
        follows: &Follows,
    ) -> Result<bool> {
        self.attempt("keeping what a chain follows", || {
            self.keep_follows(account, destination, follows)
        })
        .await
    }

    async fn keep_exhibits(
        &self,
        account: &AccountId,
        destination: &DestinationId,
        exhibits: &[Exhibit],
    ) -> Result<()> {
        self.attempt("keeping files of the evidence", || {
            self.add_exhibits(account, destination, exhibits)
        })
        .await
    }

    async fn exhibit(
        &self,
        account: &AccountId,
        destination: &DestinationId,
        path: &ArchivePath,
    ) -> Result<Option<Exhibit>> {
        self.attempt("looking a file of the evidence up", || {
            self.one_exhibit(account, destination, path)
        })
        .await
    }

    async fn compare_exhibits(
        &self,
        account: &AccountId,
        destination: &DestinationId,
        files: &[File],
        now_ms: i64,
    ) -> Result<Vec<Option<bool>>> {
        let mut all = Vec::with_capacity(files.len());
        for chunk in files.chunks(exhibits::CHUNK) {
            let compared = self.attempt("comparing files of the evidence", || {
                self.compare_evidence(account, destination, chunk, now_ms)
            });
            all.extend(compared.await?);
        }
        Ok(all)
    }

    async fn unproven_exhibits(
        &self,
        account: &AccountId,
        destination: &DestinationId,
        now_ms: i64,
        after: &str,
        limit: u32,
    ) -> Result<Vec<Exhibit>> {
        self.attempt("reading what evidence is not proven", || {
            self.not_proven(account, destination, now_ms, after, limit)
        })
        .await
    }

    async fn enter(
        &self,
        account: &AccountId,
        backup: &Backup,
        entered: &[Entered],
        now_ms: i64,
    ) -> Result<u64> {
        self.attempt("entering what is archived", || {
            self.enter_all(account, backup, entered, now_ms)
        })
        .await
    }
}
