//! Tasks, Runs, timetables and marks: who works on what, and how far they came.

mod marks;
mod rows;
mod runs;
mod turns;
mod walks;

use std::time::Duration;

use async_trait::async_trait;
use domain::Result;
use domain::account::AccountId;
use domain::connection::{Backup, BackupId};
use domain::data_type::DataType;
use domain::lane::Lane;
use domain::ports::{Claimed, Run, Tasks};
use domain::task::{Listing, Task};
use domain::timetable::Timetable;
use domain::window::Window;

use crate::database::Database;

pub(crate) use rows::{believed, listed_to, listing_of, relist, task_of};
pub(crate) use turns::{new_timetable, reschedule};

/// The SQL of these books, leaf by leaf.
pub(crate) const ALL: [&[(&str, &str)]; 5] =
    [marks::ALL, rows::ALL, runs::ALL, turns::ALL, walks::ALL];

#[async_trait]
impl Tasks for Database {
    async fn open_tasks(
        &self,
        account: &AccountId,
        backup: &BackupId,
        windows: &[Window],
    ) -> Result<()> {
        if windows.is_empty() {
            return Ok(());
        }
        self.attempt("opening rows of the log", || {
            self.put_tasks(account, backup, windows)
        })
        .await
    }

    async fn set_listing(
        &self,
        account: &AccountId,
        backup: &Backup,
        window: Window,
        listing: Listing,
    ) -> Result<()> {
        self.attempt("keeping how far a listing is", || {
            self.put_listing(account, backup, window, listing)
        })
        .await
    }

    async fn relist(&self, account: &AccountId, backup: &BackupId, window: Window) -> Result<()> {
        self.attempt("making rows of the log due", || {
            self.put_relist(account, backup, window)
        })
        .await
    }

    async fn tasks(
        &self,
        account: &AccountId,
        backup: &BackupId,
        window: Window,
    ) -> Result<Vec<Task>> {
        self.attempt("reading rows of the log", || {
            self.some_tasks(account, backup, window)
        })
        .await
    }

    async fn claim_due(&self, worker: &str, lease: Duration) -> Result<Option<Claimed>> {
        let looking = "looking whose turn it is";
        while self.attempt(looking, || self.somebody_waits()).await? {
            let looked = self.attempt(looking, || self.take_turn(worker, lease));
            if let Some(claimed) = looked.await? {
                return Ok(Some(claimed));
            }
        }
        Ok(None)
    }

    async fn hurry(&self, account: &AccountId, backup: &BackupId) -> Result<()> {
        self.attempt("making a backup due", || self.put_hurry(account, backup))
            .await
    }

    async fn timetable(&self, account: &AccountId, backup: &BackupId) -> Result<Timetable> {
        self.attempt("reading a timetable", || {
            self.one_timetable(account, backup)
        })
        .await
    }

    async fn change_timetable(
        &self,
        account: &AccountId,
        backup: &BackupId,
        was: &Timetable,
        timetable: &Timetable,
    ) -> Result<bool> {
        self.attempt("changing a timetable", || {
            self.put_timetable(account, backup, was, timetable)
        })
        .await
    }

    async fn is_running(&self, account: &AccountId, backup: &BackupId) -> Result<bool> {
        self.attempt("looking for a run", || self.running(account, backup))
            .await
    }

    async fn start_run(
        &self,
        account: &AccountId,
        backup: &BackupId,
        worker: &str,
        lease: Duration,
    ) -> Result<Option<Run>> {
        self.attempt("starting a run", || {
            self.take_run(account, backup, worker, lease)
        })
        .await
    }

    async fn beat(&self, account: &AccountId, run: &Run, lease: Duration) -> Result<bool> {
        self.attempt("lengthening a lease", || self.lengthen(account, run, lease))
            .await
    }

    async fn finish_run(&self, account: &AccountId, run: &Run) -> Result<()> {
        self.attempt("finishing a run", || self.give_back(account, run))
            .await
    }

    async fn mark(
        &self,
        account: &AccountId,
        backup: &BackupId,
        lane: &Lane,
        data_type: DataType,
    ) -> Result<Option<i64>> {
        self.attempt("reading a mark", || {
            self.one_mark(account, backup, lane, data_type)
        })
        .await
    }

    async fn advance_mark(
        &self,
        account: &AccountId,
        backup: &BackupId,
        lane: &Lane,
        data_type: DataType,
        to_ms: i64,
    ) -> Result<()> {
        self.attempt("moving a mark", || {
            self.put_mark(account, backup, lane, data_type, to_ms)
        })
        .await
    }
}
