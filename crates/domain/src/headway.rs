//! Headway: how far a Backup's run is, as the run writes it down now and then
//! for whoever looks from another process, and how fast it comes along. Pure;
//! when it is written, and what is shown of it, is decided elsewhere.

use crate::window::Window;

/// How far back the pace is told from, milliseconds.
pub const LOOKS_BACK_MS: i64 = 5 * 60 * 1000;
/// Of samples of a [`Trail`] that lie closer together than this the last stays.
const APART_MS: i64 = 10_000;
/// A pace told from a shorter time says too little.
const TOO_SHORT_MS: i64 = 3_000;
/// A run at work writes at least this often; one that was silent for longer is
/// not believed to be at work, whatever its lease says. Milliseconds.
pub const SILENT_MS: i64 = 20_000;

/// A run's numbers. Instants are milliseconds since 1970.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Headway {
    /// The Run's attempt: an older one writes nothing over a newer one.
    pub attempt: i64,
    /// When the run began.
    pub began_ms: i64,
    /// The stretch of time that is being listed; `None` once listing is over.
    pub listing: Option<Window>,
    /// Portions of lanes to list, in the stretches begun so far.
    pub portions: u64,
    /// Portions listed (or failed).
    pub portions_done: u64,
    /// Entries that this run noted for the first time.
    pub found: u64,
    /// Files archived by this run.
    pub archived: u64,
    /// Bytes archived by this run.
    pub bytes: u64,
    /// Tries that failed for now.
    pub failed: u64,
    /// Files found to be missing for good.
    pub missing: u64,
    /// How it came along, also in the runs before.
    pub trail: Trail,
}

/// What the memory says of a [`Headway`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Seen {
    /// As it was written down last.
    pub headway: Headway,
    /// How long ago that was, by the database's clock, milliseconds.
    pub silent_ms: i64,
    /// Whether that very Run still holds the right to work.
    pub held: bool,
}

impl Seen {
    /// Whether somebody is at work on it, as far as that can be told: who was
    /// killed holds the right for a while still, and says nothing any more.
    pub fn is_alive(&self) -> bool {
        self.held && self.silent_ms <= SILENT_MS
    }
}

/// What had been archived by a time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Sample {
    /// When, milliseconds since 1970.
    pub at_ms: i64,
    /// Files archived by then, in all runs since the first sample ever.
    pub files: u64,
    /// Their bytes.
    pub bytes: u64,
}

/// What was archived by when, over the last minutes. Sums go on from run to
/// run, so that a pace outlives the end of a run.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Trail(Vec<Sample>);

/// How fast something is archived.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Pace {
    /// Files in a minute.
    pub files: u64,
    /// Bytes in a minute.
    pub bytes: u64,
}

impl Trail {
    /// As it was kept, oldest first.
    pub fn of(samples: Vec<Sample>) -> Trail {
        Trail(samples)
    }

    /// For keeping, oldest first.
    pub fn samples(&self) -> &[Sample] {
        &self.0
    }

    /// The sums so far.
    pub fn sums(&self) -> (u64, u64) {
        self.0.last().map_or((0, 0), |it| (it.files, it.bytes))
    }

    /// Notes the sums of a time. What lies too far back, or in the future of a
    /// clock that was set back, is forgotten.
    pub fn note(&mut self, now: Sample) {
        self.0
            .retain(|it| (0..=LOOKS_BACK_MS).contains(&(now.at_ms - it.at_ms)));
        let close = match self.0.as_slice() {
            [.., before, _] => now.at_ms - before.at_ms < APART_MS,
            _ => false,
        };
        if close {
            self.0.pop();
        }
        self.0.push(now);
    }

    /// How fast it was over the last minutes, as seen at a time; `None` where
    /// too little is known.
    pub fn pace(&self, now_ms: i64) -> Option<Pace> {
        let recent = |it: &&Sample| (0..=LOOKS_BACK_MS).contains(&(now_ms - it.at_ms));
        let first = self.0.iter().find(recent)?;
        let last = self.0.last()?;
        let ms = now_ms - first.at_ms;
        if ms < TOO_SHORT_MS || last.at_ms == first.at_ms {
            return None;
        }
        let per_minute = |more: u64| {
            let amount = u128::from(more) * 60_000 / u128::from(ms.unsigned_abs());
            u64::try_from(amount).unwrap_or(u64::MAX)
        };
        Some(Pace {
            files: per_minute(last.files.saturating_sub(first.files)),
            bytes: per_minute(last.bytes.saturating_sub(first.bytes)),
        })
    }
}

impl Pace {
    /// Minutes until so many files are archived, rounded up; `None` while
    /// nothing comes along.
    pub fn minutes_for(&self, files: u64) -> Option<u64> {
        (self.files > 0).then(|| files.div_ceil(self.files))
    }
}

/// How many more are to be expected in a part of history that is still to be
/// listed, if it holds as many a day as the part that was: an estimate.
/// `known`: how many were found in `listed`.
pub fn expected(known: u64, listed_ms: i64, left_ms: i64) -> u64 {
    let (Ok(listed), Ok(left)) = (u128::try_from(listed_ms), u128::try_from(left_ms)) else {
        return 0;
    };
    let more = (u128::from(known) * left).checked_div(listed).unwrap_or(0);
    u64::try_from(more).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sample(at_ms: i64, files: u64) -> Sample {
        Sample {
            at_ms,
            files,
            bytes: files * 1_000,
        }
    }

    #[test]
    fn a_pace_is_told_from_the_last_minutes() {
        let mut trail = Trail::default();
        assert_eq!(trail.pace(0), None);
        trail.note(sample(0, 0));
        assert_eq!(trail.pace(60_000), None, "one sample is no pace");
        trail.note(sample(2_000, 5));
        assert_eq!(trail.pace(2_000), None, "too short");
        trail.note(sample(60_000, 20));
        let pace = trail.pace(60_000).unwrap();
        assert_eq!((pace.files, pace.bytes), (20, 20_000));
        assert_eq!(pace.minutes_for(41), Some(3));
        // Nothing came since: it slows down, and in the end nobody knows.
        assert_eq!(trail.pace(120_000).unwrap().files, 10);
        assert_eq!(trail.pace(10 * LOOKS_BACK_MS), None);
        let still = Pace { files: 0, bytes: 0 };
        assert_eq!(still.minutes_for(9), None);
    }

    #[test]
    fn a_trail_stays_short_and_forgets_clocks_that_ran_ahead() {
        let mut trail = Trail::default();
        for n in 0..2_000_u64 {
            let at_ms = i64::try_from(n).unwrap() * 2_000;
            trail.note(sample(at_ms, n));
        }
        assert!(trail.samples().len() <= 40, "{}", trail.samples().len());
        assert_eq!(trail.sums(), (1_999, 1_999_000));
        assert_eq!(trail.pace(1_999 * 2_000).unwrap().files, 30);
        trail.note(sample(5, 1_999));
        assert_eq!(trail.samples(), [sample(5, 1_999)]);
        assert_eq!(trail.pace(1), None, "seen before it was written");
    }

    #[test]
    fn who_was_killed_is_not_alive_though_its_lease_is() {
        let seen = |silent_ms, held| Seen {
            headway: Headway::default(),
            silent_ms,
            held,
        };
        assert!(seen(2_000, true).is_alive());
        assert!(!seen(SILENT_MS + 1, true).is_alive());
        assert!(!seen(0, false).is_alive());
    }

    #[test]
    fn what_is_to_come_is_told_from_what_came() {
        assert_eq!(expected(100, 10, 20), 200);
        assert_eq!(expected(100, 0, 20), 0, "nothing is known yet");
        assert_eq!(expected(u64::MAX, 1, i64::MAX), u64::MAX);
        assert_eq!(expected(5, 10, -1), 0);
    }
}
