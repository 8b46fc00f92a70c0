//! Whose turn it is, in memory: Backups that are due, companies one after the
//! other.

use std::collections::BTreeMap;

use domain::account::AccountId;
use domain::alarm::Queue as Seen;
use domain::connection::BackupId;
use domain::ports::Claimed;
use domain::schedule::ABSURD_MS;
use domain::timetable::Timetable;

use super::{Book, Books};

/// What a Backup's clock remembers, and when its turn comes.
#[derive(Clone, Copy, Default)]
pub(super) struct Turn {
    pub(super) timetable: Timetable,
    hurried: bool,
    /// Stays in the past until a Run has ended, so that what a lost worker
    /// began is taken up again.
    at_ms: i64,
}

/// When each company was served, and after how many others.
#[derive(Default)]
pub(super) struct Queue {
    served: BTreeMap<AccountId, (i64, u64)>,
    count: u64,
}

impl Turn {
    pub(super) fn hurry(&mut self, now_ms: i64) {
        self.hurried = true;
        self.at_ms = self.at_ms.min(now_ms);
    }

    /// The next turn comes when the timetable says so; at once when somebody
    /// asked for it meanwhile.
    pub(super) fn keep(&mut self) {
        if !self.hurried {
            self.at_ms = self.timetable.due_ms.unwrap_or(0);
        }
    }

    /// The same when a Run has ended: so far off as it was from the planner's
    /// own now, whose clock may differ from this one.
    pub(super) fn end(&mut self, now_ms: i64) {
        self.keep();
        let Timetable { due_ms, ran_ms, .. } = self.timetable;
        let planned = due_ms.zip(ran_ms).filter(|(due, ran)| due >= ran);
        if let Some((due_ms, ran_ms)) = planned
            && !self.hurried
        {
            self.at_ms = now_ms.saturating_add(due_ms.saturating_sub(ran_ms));
        }
    }
}

impl Book {
    /// The Backup of this company that has been due for longest.
    fn first_due(&self, now_ms: i64) -> Option<(i64, &BackupId)> {
        let backups = self.connections.scheduled();
        backups
            .filter(|it| !self.tasks.is_running(it, now_ms))
            .map(|it| (self.tasks.turn(it).at_ms, it))
            .filter(|(at_ms, _)| *at_ms <= now_ms || *at_ms > now_ms + ABSURD_MS)
            .min()
    }
}

impl Books {
    /// How long companies have been waiting.
    pub(super) fn waiting(&self, now_ms: i64) -> Seen {
        let places = self.accounts.iter().filter_map(|(account, book)| {
            let (at_ms, _) = book.first_due(now_ms)?;
            let served = self.queue.served.get(account);
            Some(at_ms.max(served.map_or(i64::MIN, |(served_ms, _)| *served_ms)))
        });
        let served = self.queue.served.values();
        Seen {
            waits_since_ms: places.filter(|at_ms| *at_ms <= now_ms).min(),
            served_ms: served.max_by_key(|(_, count)| *count).map(|(at, _)| *at),
        }
    }

    /// A company's place is the later of when it fell due and when it was last
    /// served.
    pub(super) fn claim(&mut self, now_ms: i64, lease_ms: i64) -> Option<Claimed> {
        let due = self.accounts.iter().filter_map(|(account, book)| {
            let (at_ms, backup) = book.first_due(now_ms)?;
            let served = self.queue.served.get(account);
            let (served_ms, count) = served.copied().unwrap_or((i64::MIN, 0));
            Some((at_ms.max(served_ms), count, account, backup))
        });
        let (_, _, account, backup) = due.min()?;
        let (account, backup) = (account.clone(), backup.clone());
        self.queue.count += 1;
        let served = (now_ms, self.queue.count);
        self.queue.served.insert(account.clone(), served);
        let tasks = &mut self.accounts.get_mut(&account)?.tasks;
        let turn = tasks.turn_mut(&backup);
        let hurried = std::mem::take(&mut turn.hurried);
        let run = tasks.start(&backup, now_ms, lease_ms)?;
        Some(Claimed {
            account,
            run,
            hurried,
        })
    }
}
