//! Tasks, Runs, timetables and marks, in memory.

use std::collections::BTreeMap;
use std::time::Duration;

use async_trait::async_trait;
use domain::Result;
use domain::account::AccountId;
use domain::connection::{Backup, BackupId};
use domain::coverage::Reached;
use domain::data_type::DataType;
use domain::lane::Lane;
use domain::ports::{Claimed, Run, Walked};
use domain::task::{Listing, Task};
use domain::timetable::Timetable;
use domain::window::Window;

use super::turns::Turn;
use super::{Book, Store};
use crate::clock::millis;

#[derive(Default)]
pub(super) struct Tasks {
    rows: BTreeMap<BackupId, BTreeMap<Window, Listing>>,
    runs: BTreeMap<BackupId, Lease>,
    marks: BTreeMap<(BackupId, Lane, DataType), i64>,
    turns: BTreeMap<BackupId, Turn>,
    walked: BTreeMap<(BackupId, String), Walked>,
}

/// The newest lease of a Backup; its attempt outlives it.
#[derive(Clone, Copy, Default)]
struct Lease {
    attempt: i64,
    /// Nobody holds it from this time on, milliseconds since 1970; zero once it
    /// was given back.
    until_ms: i64,
    /// How long it was taken for.
    length_ms: i64,
}

impl Lease {
    /// One that ends later than it could was taken under a wrong clock.
    fn is_held(self, now_ms: i64) -> bool {
        self.until_ms > now_ms && self.until_ms <= now_ms.saturating_add(2 * self.length_ms)
    }
}

impl Tasks {
    /// Rows with how far their listing is, oldest first.
    pub(super) fn rows(
        &self,
        backup: &BackupId,
    ) -> impl DoubleEndedIterator<Item = (Window, Listing)> {
        let rows = self.rows.get(backup).into_iter().flatten();
        rows.map(|(&window, &listed)| (window, listed))
    }

    /// Every mark, by lane and type.
    pub(super) fn marks(&self, backup: &BackupId) -> Vec<Reached> {
        let marks = self.marks.iter().filter(|((of, _, _), _)| of == backup);
        let mut marks: Vec<Reached> = marks
            .map(|((_, lane, data_type), &to_ms)| Reached {
                lane: lane.key(),
                data_type: *data_type,
                to_ms,
            })
            .collect();
        marks.sort_by(|a, b| (&a.lane, a.data_type.word()).cmp(&(&b.lane, b.data_type.word())));
        marks
    }

    /// Rows that overlap the window are due again.
    pub(super) fn relist(&mut self, backup: &BackupId, window: Window) {
        let rows = self.rows.get_mut(backup).into_iter().flatten();
        for (_, listed) in rows.filter(|(row, _)| row.overlap(window).is_some()) {
            *listed = Listing::Due;
        }
    }

    pub(super) fn is_running(&self, backup: &BackupId, now_ms: i64) -> bool {
        self.runs.get(backup).is_some_and(|it| it.is_held(now_ms))
    }

    /// Whether this very attempt holds the right.
    pub(super) fn is_held(&self, backup: &BackupId, attempt: i64, now_ms: i64) -> bool {
        let lease = self.runs.get(backup);
        lease.is_some_and(|it| it.attempt == attempt && it.is_held(now_ms))
    }

    pub(super) fn turn(&self, backup: &BackupId) -> Turn {
        self.turns.get(backup).copied().unwrap_or_default()
    }

    pub(super) fn turn_mut(&mut self, backup: &BackupId) -> &mut Turn {
        self.turns.entry(backup.clone()).or_default()
    }

    pub(super) fn start(&mut self, backup: &BackupId, now_ms: i64, lease_ms: i64) -> Option<Run> {
        let lease = self.runs.entry(backup.clone()).or_default();
        if lease.is_held(now_ms) {
            return None;
        }
        *lease = Lease {
            attempt: lease.attempt + 1,
            until_ms: now_ms.saturating_add(lease_ms),
            length_ms: lease_ms,
        };
        Some(Run {
            backup: backup.clone(),
            attempt: lease.attempt,
        })
    }

    /// The lease, if the run still holds it.
    fn held(&mut self, run: &Run) -> Option<&mut Lease> {
        let lease = self.runs.get_mut(&run.backup)?;
        (lease.attempt == run.attempt).then_some(lease)
    }
}

impl Book {
    pub(super) fn task(&self, backup: &BackupId, window: Window, listed: Listing) -> Task {
        let destination = self.connections.destination_of(backup);
        let (counts, (started_ms, ended_ms)) = destination.map_or_else(Default::default, |it| {
            let counts = self.ledger.counts(backup, it, window);
            (counts, self.ledger.worked_on(backup, it, window))
        });
        let listed_to = self.tasks.turn(backup).timetable.hourly_ms;
        Task {
            window,
            counts,
            started_ms,
            ended_ms,
            listed: listed.reached(window, listed_to),
        }
    }
}

#[async_trait]
impl domain::ports::Tasks for Store {
    async fn open_tasks(
        &self,
        account: &AccountId,
        backup: &BackupId,
        windows: &[Window],
    ) -> Result<()> {
        self.change(account, |book| {
            let rows = book.tasks.rows.entry(backup.clone()).or_default();
            for &window in windows {
                rows.entry(window).or_insert(Listing::Due);
            }
        });
        Ok(())
    }

    async fn set_listing(
        &self,
        account: &AccountId,
        backup: &Backup,
        window: Window,
        listing: Listing,
    ) -> Result<()> {
        self.change(account, |book| {
            let now = book.connections.one(&backup.id);
            let as_listed = now.is_some_and(|it| it.types == backup.types);
            if listing == Listing::Done && !as_listed {
                return;
            }
            let rows = book.tasks.rows.entry(backup.id.clone()).or_default();
            let first = Window::from_ms(window.start_ms(), window.start_ms() + 1);
            let rows = rows.range_mut(first.unwrap_or(window)..);
            for (row, listed) in rows.take_while(|(row, _)| row.start_ms() < window.end_ms()) {
                if row.end_ms() <= window.end_ms() && *listed != Listing::Done {
                    *listed = listing;
                }
            }
        });
        Ok(())
    }

    async fn relist(&self, account: &AccountId, backup: &BackupId, window: Window) -> Result<()> {
        self.change(account, |book| book.tasks.relist(backup, window));
        Ok(())
    }

    async fn tasks(
        &self,
        account: &AccountId,
        backup: &BackupId,
        window: Window,
    ) -> Result<Vec<Task>> {
        Ok(self.look(account, |book| {
            let rows = book.tasks.rows(backup).rev();
            rows.filter(|(row, _)| row.overlap(window).is_some())
                .map(|(row, listed)| book.task(backup, row, listed))
                .collect()
        }))
    }

    async fn claim_due(&self, _worker: &str, lease: Duration) -> Result<Option<Claimed>> {
        let now_ms = self.now_ms();
        let mut books = self.books.lock().unwrap();
        Ok(books.claim(now_ms, millis(lease)))
    }

    async fn hurry(&self, account: &AccountId, backup: &BackupId) -> Result<()> {
        let now_ms = self.now_ms();
        self.change(account, |book| book.tasks.turn_mut(backup).hurry(now_ms));
        Ok(())
    }

    async fn timetable(&self, account: &AccountId, backup: &BackupId) -> Result<Timetable> {
        Ok(self.look(account, |book| book.tasks.turn(backup).timetable))
    }

    async fn change_timetable(
        &self,
        account: &AccountId,
        backup: &BackupId,
        was: &Timetable,
        timetable: &Timetable,
    ) -> Result<bool> {
        let now_ms = self.now_ms();
        Ok(self.change(account, |book| {
            let is_known = book.connections.one(backup).is_some();
            let running = book.tasks.is_running(backup, now_ms);
            let turn = book.tasks.turn_mut(backup);
            if !is_known || turn.timetable != *was {
                return false;
            }
            turn.timetable = *timetable;
            if !running {
                turn.keep();
            }
            true
        }))
    }

    async fn is_running(&self, account: &AccountId, backup: &BackupId) -> Result<bool> {
        let now_ms = self.now_ms();
        Ok(self.look(account, |book| book.tasks.is_running(backup, now_ms)))
    }

    async fn start_run(
        &self,
        account: &AccountId,
        backup: &BackupId,
        _worker: &str,
        lease: Duration,
    ) -> Result<Option<Run>> {
        let now_ms = self.now_ms();
        Ok(self.change(account, |book| {
            book.tasks.start(backup, now_ms, millis(lease))
        }))
    }

    async fn beat(&self, account: &AccountId, run: &Run, lease: Duration) -> Result<bool> {
        let (now_ms, length_ms) = (self.now_ms(), millis(lease));
        Ok(self.change(account, |book| {
            let Some(held) = book.tasks.held(run) else {
                return false;
            };
            held.until_ms = now_ms.saturating_add(length_ms);
            held.length_ms = length_ms;
            true
        }))
    }

    async fn finish_run(&self, account: &AccountId, run: &Run) -> Result<()> {
        let now_ms = self.now_ms();
        self.change(account, |book| {
            if let Some(lease) = book.tasks.held(run) {
                lease.until_ms = 0;
                book.tasks.turn_mut(&run.backup).end(now_ms);
            }
        });
        Ok(())
    }

    async fn mark(
        &self,
        account: &AccountId,
        backup: &BackupId,
        lane: &Lane,
        data_type: DataType,
    ) -> Result<Option<i64>> {
        Ok(self.look(account, |book| {
            let key = (backup.clone(), lane.clone(), data_type);
            book.tasks.marks.get(&key).copied()
        }))
    }

    async fn advance_mark(
        &self,
        account: &AccountId,
        backup: &BackupId,
        lane: &Lane,
        data_type: DataType,
        to_ms: i64,
    ) -> Result<()> {
        self.change(account, |book| {
            let key = (backup.clone(), lane.clone(), data_type);
            let mark = book.tasks.marks.entry(key).or_insert(to_ms);
            *mark = to_ms.max(*mark);
        });
        Ok(())
    }
}

#[async_trait]
impl domain::ports::Walks for Store {
    async fn keep_walked(
        &self,
        account: &AccountId,
        backup: &BackupId,
        lines: &[Walked],
    ) -> Result<()> {
        self.change(account, |book| {
            for line in lines {
                let key = (backup.clone(), line.lane.clone());
                book.tasks.walked.insert(key, line.clone());
            }
        });
        Ok(())
    }

    async fn walked(&self, account: &AccountId, backup: &BackupId) -> Result<Vec<Walked>> {
        Ok(self.look(account, |book| {
            let lines = book.tasks.walked.iter();
            lines
                .filter(|((of, _), _)| of == backup)
                .map(|(_, line)| line.clone())
                .collect()
        }))
    }

    async fn forget_walked(&self, account: &AccountId, backup: &BackupId) -> Result<()> {
        self.change(account, |book| {
            book.tasks.walked.retain(|(of, _), _| of != backup);
        });
        Ok(())
    }
}
