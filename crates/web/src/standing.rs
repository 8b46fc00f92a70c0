//! How a Backup stands: all that pages, programs and the command line tell of
//! it, read once. What follows from it is pure.

use domain::Result;
use domain::connection::Backup;
use domain::data_type::DataType;
use domain::headway::{Headway, Pace, SILENT_MS, Seen, expected};
use domain::ledger::Count;
use domain::ports::{Store, Totals};
use domain::retention::{Deadline, Retention};
use domain::schedule::HORIZON_MS;
use domain::timetable::Timetable;
use domain::window::{DAY_MS, Window};

/// As it was read.
#[derive(Clone, Debug, Default)]
pub struct Standing {
    /// What its clock remembers.
    pub timetable: Timetable,
    /// Whether a Run holds the right to work on it.
    pub held: bool,
    /// The sums of all time.
    pub totals: Totals,
    /// What its last run wrote down.
    pub seen: Option<Seen>,
    /// Since when its history rests, milliseconds since 1970.
    pub rests_ms: Option<i64>,
    /// How long the source's provider keeps data.
    pub retention: Retention,
}

/// How much is left to do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Left {
    /// Minutes, at the present pace, rounded up.
    pub minutes: u64,
    /// Part of what is left is not even listed yet: an estimate.
    pub estimated: bool,
}

impl Standing {
    /// Reads it.
    pub async fn of(store: &dyn Store, backup: &Backup) -> Result<Standing> {
        let (account, id) = (&backup.account, &backup.id);
        let retention = store.retention(account).await?;
        Ok(Standing {
            timetable: store.timetable(account, id).await?,
            held: store.is_running(account, id).await?,
            totals: store.totals(account, backup).await?,
            seen: store.headway(account, id).await?,
            rests_ms: store.history_rests(account, id).await?,
            retention: retention.map(|(it, _)| it).unwrap_or_default(),
        })
    }

    /// All types together.
    pub fn sum(&self) -> Count {
        self.totals.sum()
    }

    /// Who holds the right to work but has fallen silent, and for how long,
    /// milliseconds: it was killed, or hangs.
    pub fn silent_ms(&self) -> Option<i64> {
        let seen = self.seen.as_ref().filter(|it| self.held && it.held)?;
        (seen.silent_ms > SILENT_MS).then_some(seen.silent_ms)
    }

    /// Whether somebody is at work on it, as far as that can be told.
    pub fn running(&self) -> bool {
        self.held && self.silent_ms().is_none()
    }

    /// The numbers of the run that is at work now.
    pub fn at_work(&self) -> Option<&Headway> {
        let seen = self.seen.as_ref().filter(|it| it.is_alive());
        seen.filter(|_| self.held).map(|it| &it.headway)
    }

    /// How fast it comes along, while it does.
    pub fn pace(&self, now_ms: i64) -> Option<Pace> {
        let seen = self.seen.as_ref().filter(|_| self.running())?;
        seen.headway.trail.pace(now_ms)
    }

    /// What is left of the back-fill.
    pub fn back_fill(&self) -> Option<Window> {
        self.timetable.back_fill()
    }

    /// How long what is left takes; `None` while nobody can tell.
    pub fn left(&self, now_ms: i64) -> Option<Left> {
        let (pace, sum) = (self.pace(now_ms)?, self.sum());
        let unlisted = self.unlisted();
        let units = sum.pending.saturating_add(unlisted);
        // A picture message is one and several files.
        let files = u128::from(units) * u128::from(sum.files.max(1));
        let files = files / u128::from(sum.archived.max(1));
        let files = u64::try_from(files).unwrap_or(u64::MAX).max(units);
        (files > 0).then_some(Left {
            minutes: pace.minutes_for(files)?,
            estimated: unlisted > 0,
        })
    }

    /// How many are to be expected in history that is still to be listed.
    fn unlisted(&self) -> u64 {
        let (Some(left), Some(since_ms)) = (self.back_fill(), self.timetable.since_ms) else {
            return 0;
        };
        if self.rests_ms.is_some() {
            return 0;
        }
        let oldest_ms = (since_ms - HORIZON_MS).div_euclid(DAY_MS) * DAY_MS;
        let left_ms = left.end_ms() - left.start_ms();
        expected(self.sum().listed(), left.start_ms() - oldest_ms, left_ms)
    }

    /// When the first of what is pending is deleted at the source's provider;
    /// `None`: nothing that is pending has such a date.
    pub fn deadline(&self) -> Option<Deadline> {
        self.retention.deadline(&self.totals.oldest)
    }

    /// How long call recordings are kept, and whether that was told.
    pub fn keeps_recordings(&self) -> Option<domain::retention::Keeps> {
        self.retention.keeps(DataType::CallRecording)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use domain::headway::{Sample, Trail};

    /// Half of 100 days are listed; 60 files a minute.
    fn busy() -> Standing {
        let sample = |at_ms, files| Sample {
            at_ms,
            files,
            bytes: 0,
        };
        let count = Count {
            archived: 80,
            pending: 20,
            files: 80,
            ..Count::default()
        };
        let since = 1_000 * DAY_MS;
        Standing {
            timetable: Timetable {
                since_ms: Some(since),
                history: Window::from_ms(since - HORIZON_MS / 2, since),
                ..Timetable::default()
            },
            held: true,
            totals: Totals {
                counts: [(DataType::Fax, count)].into(),
                oldest: [(DataType::Fax, 0)].into(),
            },
            seen: Some(Seen {
                headway: Headway {
                    trail: Trail::of(vec![sample(0, 0), sample(60_000, 60)]),
                    ..Headway::default()
                },
                silent_ms: 2_000,
                held: true,
            }),
            ..Standing::default()
        }
    }

    #[test]
    fn what_is_left_is_what_is_pending_and_what_is_to_be_expected() {
        let standing = busy();
        let left = standing.left(60_000).unwrap();
        assert_eq!((left.minutes, left.estimated), (2, true));
        let listed = Standing {
            timetable: Timetable::default(),
            ..busy()
        };
        let left = listed.left(60_000).unwrap();
        assert_eq!((left.minutes, left.estimated), (1, false));
        let rests = Standing {
            rests_ms: Some(0),
            ..busy()
        };
        assert!(!rests.left(60_000).unwrap().estimated);
        assert_eq!(busy().deadline().unwrap().at_ms, 30 * DAY_MS);
    }

    #[test]
    fn who_has_fallen_silent_does_not_look_alive() {
        let mut standing = busy();
        assert!(standing.running() && standing.at_work().is_some());
        standing.seen.as_mut().unwrap().silent_ms = SILENT_MS + 1;
        assert_eq!(standing.silent_ms(), Some(SILENT_MS + 1));
        assert!(!standing.running() && standing.at_work().is_none());
        assert_eq!((standing.pace(60_000), standing.left(60_000)), (None, None));
        // A run that has not said anything yet is believed by its lease.
        standing.seen.as_mut().unwrap().held = false;
        assert!(standing.running() && standing.at_work().is_none());
    }
}
