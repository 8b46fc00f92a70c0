//! When a Backup is due, and what is then to be listed. Pure: a [`Timetable`]
//! and the time in, windows out. Every rule holds whichever way the clock
//! jumped: a listing noted for a time that has not come yet counts as never
//! made, so that a wrong clock repeats and never skips.

use std::time::Duration;

use crate::lane::Depth;
use crate::timetable::Timetable;
use crate::window::{DAY_MS, HOUR_MS, Window};

/// How long RingCentral keeps recordings unless the company chose otherwise
/// (support article "call recording": 90 days).
pub const HORIZON_MS: i64 = 90 * DAY_MS;
/// A walk through history is listed in portions of so many milliseconds.
const PORTION_MS: i64 = 7 * DAY_MS;
/// The hour's run waits so long after the hour: RingCentral's call log is some
/// 15 to 30 s late.
const SETTLE: Duration = Duration::from_secs(30);
/// Runs of one Backup keep this distance when nothing is ready at once.
const BREATH_MS: i64 = 5_000;

/// Nobody plans a run further ahead, but under a wrong clock.
pub const ABSURD_MS: i64 = 2 * HOUR_MS;

/// How far behind the newest hour each kind of listing reaches. RingCentral
/// filters by start time and shows recordings minutes to hours late, so an
/// hour listed once is never finished.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Relist {
    /// Every hour: 26 hours back.
    Hourly,
    /// Every day: 7 days back.
    Daily,
    /// Every week: all that the provider still keeps, as a walk in portions.
    Weekly,
}

impl Relist {
    /// How often it is due, milliseconds.
    pub fn every_ms(self) -> i64 {
        match self {
            Relist::Hourly => HOUR_MS,
            Relist::Daily => DAY_MS,
            Relist::Weekly => 7 * DAY_MS,
        }
    }

    /// How far it looks back from the newest whole hour, milliseconds.
    /// `horizon_ms` is how long the provider keeps data.
    pub fn reach_ms(self, horizon_ms: i64) -> i64 {
        match self {
            Relist::Hourly => 26 * HOUR_MS,
            Relist::Daily => 7 * DAY_MS,
            Relist::Weekly => horizon_ms.max(7 * DAY_MS),
        }
    }

    /// How much of a call log it asks for: a late recording is invisible to
    /// the filter for recorded calls.
    pub fn depth(self) -> Depth {
        match self {
            Relist::Hourly => Depth::Recorded,
            Relist::Daily | Relist::Weekly => Depth::Every,
        }
    }

    /// When it was last completed.
    fn last(self, timetable: &Timetable) -> Option<i64> {
        match self {
            Relist::Hourly => timetable.hourly_ms,
            Relist::Daily => timetable.daily_ms,
            Relist::Weekly => timetable.weekly_ms,
        }
    }

    /// Whether it is due: also when it was last made in the future.
    fn is_due(self, timetable: &Timetable, newest: i64) -> bool {
        self.last(timetable)
            .is_none_or(|at| at > newest || newest - at >= self.every_ms())
    }
}

/// The listing of the newest time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Newest {
    /// Which kind.
    pub kind: Relist,
    /// What it covers.
    pub window: Window,
    /// A lane that fell behind may be listed from here; before this nothing
    /// is wanted, or kept by the provider.
    pub bound_ms: i64,
}

/// What one run has to do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Agenda {
    /// Hours that have no row yet.
    pub rows: Option<Window>,
    /// The newest whole hour's end, milliseconds since 1970: what a listing
    /// is noted as.
    pub newest_ms: i64,
    /// What is listed first.
    pub newest: Option<Newest>,
    /// What is left of the walk through history, after that.
    pub walk: Option<Window>,
}

impl Agenda {
    /// What is to be done now. `by_hand`: somebody wants it now, also what is
    /// younger than the last whole hour.
    pub fn of(timetable: &Timetable, now_ms: i64, horizon_ms: i64, by_hand: bool) -> Agenda {
        let newest_ms = now_ms.div_euclid(HOUR_MS) * HOUR_MS;
        let rows_end = if by_hand {
            newest_ms + HOUR_MS
        } else {
            newest_ms
        };
        Agenda {
            rows: timetable
                .rows_ms
                .and_then(|from| Window::from_ms(from, rows_end)),
            newest_ms,
            newest: newest(timetable, newest_ms, now_ms, horizon_ms, by_hand),
            walk: walk(timetable, newest_ms, horizon_ms),
        }
    }
}

impl Agenda {
    /// Rows that may call themselves listed and were not, at least not after
    /// their time: a clock ran ahead when they were. They are listed now.
    pub fn doubtful(&self, timetable: &Timetable) -> Option<Window> {
        let newest = self.newest?.window;
        let listed = timetable.hourly_ms?;
        if listed > self.newest_ms {
            return Window::from_ms(newest.start_ms(), self.newest_ms);
        }
        // There are none yet, if all is well.
        let from = listed.max(newest.start_ms());
        let opened = timetable.rows_ms?;
        Window::from_ms(from, self.newest_ms.min(opened))
    }
}

/// Whether the last run was made under a clock that ran ahead, by more than
/// two machines of one server ever differ: what it planned lies further off
/// than anything is ever planned.
pub fn ran_ahead(timetable: &Timetable, now_ms: i64) -> bool {
    let mut noted = [timetable.ran_ms, timetable.hourly_ms, timetable.due_ms].into_iter();
    noted.any(|at| at.is_some_and(|at| at > now_ms.saturating_add(ABSURD_MS)))
}

/// No try is planned beyond this, but under a clock that ran ahead: the
/// longest wait of an Entry is a day.
pub fn longest_wait_ends_ms(now_ms: i64) -> i64 {
    now_ms.saturating_add(DAY_MS + ABSURD_MS)
}

/// While history rests since a time, what is older than this rests: the newest
/// hours go on, and so does all that comes later. A time that lies ahead was
/// chosen under a wrong clock and counts as now.
pub fn rests_before_ms(since_ms: i64, now_ms: i64) -> i64 {
    let newest_ms = since_ms.min(now_ms).div_euclid(HOUR_MS) * HOUR_MS;
    newest_ms.saturating_sub(26 * HOUR_MS)
}

/// Nothing before this is wanted; a choice made under a wrong clock, which
/// lies in the future, does not count.
fn floor(timetable: &Timetable, newest_ms: i64) -> i64 {
    let floor = timetable.floor_ms.filter(|&at| at <= newest_ms);
    floor.unwrap_or(i64::MIN)
}

/// One listing, however many hours were missed.
fn newest(
    timetable: &Timetable,
    newest_ms: i64,
    now_ms: i64,
    horizon_ms: i64,
    by_hand: bool,
) -> Option<Newest> {
    let due = |kind: Relist| kind.is_due(timetable, newest_ms);
    let kind = match () {
        () if due(Relist::Daily) => Relist::Daily,
        () if due(Relist::Hourly) || by_hand => Relist::Hourly,
        () => return None,
    };
    let bound_ms = floor(timetable, newest_ms).max(newest_ms - horizon_ms);
    // As far back as the first hour that was missed would have looked.
    let missed = timetable.hourly_ms.map_or(newest_ms, |at| at + HOUR_MS);
    let from = (newest_ms - kind.reach_ms(horizon_ms))
        .min(missed - Relist::Hourly.reach_ms(horizon_ms))
        .max(bound_ms);
    let end = if by_hand { now_ms } else { newest_ms };
    Window::from_ms(from, end).map(|window| Newest {
        kind,
        window,
        bound_ms,
    })
}

/// The walk under way, or the week's one, once it is due. One that was begun
/// under a clock that ran ahead begins anew. Before it was switched ON there is
/// none: the clock was set back, and the back-fill waits for the right time.
fn walk(timetable: &Timetable, newest_ms: i64, horizon_ms: i64) -> Option<Window> {
    if timetable.since_ms.is_some_and(|since| newest_ms < since) {
        return None;
    }
    let under_way = timetable.history.filter(|it| it.end_ms() <= newest_ms);
    if under_way.is_some() || !Relist::Weekly.is_due(timetable, newest_ms) {
        return under_way;
    }
    let end = match timetable.weekly_ms {
        // A back-fill reaches up to its rows, also one that begins anew.
        None => newest_ms,
        Some(_) => newest_ms - Relist::Daily.reach_ms(horizon_ms),
    };
    Window::from_ms(
        oldest_ms(newest_ms, horizon_ms).max(floor(timetable, newest_ms)),
        end,
    )
}

/// Where a walk begins: the whole day in which the provider's memory ends.
pub fn oldest_ms(newest_ms: i64, horizon_ms: i64) -> i64 {
    newest_ms.saturating_sub(horizon_ms).div_euclid(DAY_MS) * DAY_MS
}

/// The first portion of a walk: what the provider deletes first.
pub fn portion(walk: Window) -> Window {
    walk.first(PORTION_MS)
}

impl Timetable {
    /// After the newest time was listed.
    #[must_use]
    pub fn listed(self, kind: Relist, newest_ms: i64) -> Timetable {
        Timetable {
            hourly_ms: Some(newest_ms),
            daily_ms: match kind {
                Relist::Hourly => self.daily_ms,
                Relist::Daily | Relist::Weekly => Some(newest_ms),
            },
            ..self
        }
    }

    /// After a portion of the walk was listed. `whole`: all of it; else the
    /// next walk begins a day after this one instead of a week. A walk that
    /// somebody changed meanwhile on BACKUP is left as they wanted it.
    #[must_use]
    pub fn walked(self, walk: Window, portion: Window, newest_ms: i64, whole: bool) -> Timetable {
        let other = self
            .history
            .filter(|it| it.end_ms() <= newest_ms && *it != walk);
        if other.is_some() || floor(&self, newest_ms) > walk.start_ms() {
            return self;
        }
        let patchy = self.patchy || !whole;
        let history = Window::from_ms(portion.end_ms(), walk.end_ms());
        if history.is_some() {
            return Timetable {
                history,
                patchy,
                ..self
            };
        }
        let sooner = Relist::Weekly.every_ms() - Relist::Daily.every_ms();
        Timetable {
            history: None,
            patchy: false,
            weekly_ms: Some(if patchy {
                newest_ms - sooner
            } else {
                newest_ms
            }),
            ..self
        }
    }

    /// After a run that went well. `left`: there is more to do at once;
    /// `entry_ms`: when the next pending item falls due. `spread` is in
    /// `[0, 1)`, so that Backups do not all come at once.
    #[must_use]
    pub fn ran(self, now_ms: i64, left: bool, entry_ms: Option<i64>, spread: f64) -> Timetable {
        let hour = next_hour(now_ms, spread);
        let entry = entry_ms.map(|at| at.max(now_ms + BREATH_MS));
        let due = if left {
            now_ms
        } else {
            entry.map_or(hour, |at| at.min(hour))
        };
        Timetable {
            due_ms: Some(due),
            ran_ms: Some(now_ms),
            well_ms: Some(now_ms),
            ..self
        }
    }

    /// After a run that was called off because something else is wanted: again
    /// at once.
    #[must_use]
    pub fn called_off(self, now_ms: i64) -> Timetable {
        Timetable {
            due_ms: Some(now_ms),
            ran_ms: Some(now_ms),
            ..self
        }
    }

    /// After a run that failed: again after `wait`, or with the next hour.
    #[must_use]
    pub fn failed(self, now_ms: i64, wait: Option<Duration>, spread: f64) -> Timetable {
        let hour = next_hour(now_ms, spread);
        let again = wait.map(|it| now_ms.saturating_add(millis(it)));
        Timetable {
            due_ms: Some(again.map_or(hour, |at| at.min(hour))),
            ran_ms: Some(now_ms),
            ..self
        }
    }
}

/// Just after the next whole hour.
fn next_hour(now_ms: i64, spread: f64) -> i64 {
    let later = SETTLE + SETTLE.mul_f64(spread.clamp(0.0, 1.0));
    Window::hour_of(now_ms).end_ms() + millis(later)
}

fn millis(span: Duration) -> i64 {
    i64::try_from(span.as_millis()).unwrap_or(i64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: i64 = 1_000 * DAY_MS + 5 * HOUR_MS;
    const TEN_YEARS: i64 = 3_652 * DAY_MS;

    fn hours(from: i64, to: i64) -> Window {
        Window::from_ms(NOW + from * HOUR_MS, NOW + to * HOUR_MS).unwrap()
    }

    /// ON for long, all listings fresh.
    fn in_order() -> Timetable {
        Timetable {
            since_ms: Some(NOW - 50 * DAY_MS),
            rows_ms: Some(NOW),
            hourly_ms: Some(NOW),
            daily_ms: Some(NOW),
            weekly_ms: Some(NOW),
            due_ms: Some(NOW),
            ..Timetable::default()
        }
    }

    fn at(timetable: &Timetable, now_ms: i64) -> Agenda {
        Agenda::of(timetable, now_ms, HORIZON_MS, false)
    }

    #[test]
    fn an_hour_later_one_row_and_a_listing_of_twenty_six_hours() {
        let agenda = at(&in_order(), NOW + HOUR_MS + 60_000);
        assert_eq!(agenda.rows, Some(hours(0, 1)));
        let newest = agenda.newest.unwrap();
        assert_eq!(
            (newest.kind, newest.window),
            (Relist::Hourly, hours(-25, 1))
        );
        assert_eq!(agenda.walk, None);
    }

    #[test]
    fn within_the_hour_nothing_is_to_be_listed_unless_somebody_wants_it() {
        let now = NOW + HOUR_MS / 2;
        let agenda = at(&in_order(), now);
        assert_eq!(
            (agenda.rows, agenda.newest, agenda.walk),
            (None, None, None)
        );
        let agenda = Agenda::of(&in_order(), now, HORIZON_MS, true);
        assert_eq!(agenda.rows, Some(hours(0, 1)));
        assert_eq!(agenda.newest.unwrap().window.end_ms(), now);
    }

    #[test]
    fn downtime_is_caught_up_with_one_listing() {
        for (down, kind, from) in [
            (2, Relist::Hourly, -25),
            (23, Relist::Hourly, -25),
            (25, Relist::Daily, 25 - 7 * 24),
            (165, Relist::Daily, -25),
            (89 * 24, Relist::Daily, -24),
        ] {
            let agenda = at(&in_order(), NOW + down * HOUR_MS);
            assert_eq!(agenda.rows, Some(hours(0, down)), "{down} h");
            let newest = agenda.newest.unwrap();
            assert_eq!((newest.kind, newest.window), (kind, hours(from, down)));
        }
    }

    #[test]
    fn every_week_everything_that_is_still_kept_is_walked_through_again() {
        let agenda = at(&in_order(), NOW + 7 * DAY_MS);
        let walk = agenda.walk.unwrap();
        assert_eq!(walk.start_ms(), 917 * DAY_MS);
        assert_eq!(walk.end_ms(), NOW);
        let mut timetable = in_order();
        let mut left = walk;
        let mut portions = Vec::new();
        loop {
            let portion = portion(left);
            portions.push(portion);
            timetable = timetable.walked(left, portion, NOW + 7 * DAY_MS, true);
            match timetable.history {
                Some(more) => left = more,
                None => break,
            }
        }
        assert!(
            portions
                .windows(2)
                .all(|it| it[0].end_ms() == it[1].start_ms())
        );
        assert!(
            portions
                .iter()
                .all(|it| it.end_ms() - it.start_ms() <= 7 * DAY_MS)
        );
        assert_eq!(timetable.weekly_ms, Some(NOW + 7 * DAY_MS));
    }

    #[test]
    fn a_walk_that_was_changed_while_it_was_listed_is_left_as_it_was_wanted() {
        let walk = hours(-80 * 24, -60 * 24);
        let under_way = Timetable {
            history: Some(walk),
            ..in_order()
        };
        let walked = |it: Timetable| it.walked(walk, portion(walk), NOW, true);
        assert_ne!(walked(under_way), under_way);
        let stopped = under_way.with_history(false, NOW, HORIZON_MS);
        assert_eq!(walked(stopped), stopped);
        let widened = Timetable {
            history: Some(hours(-90 * 24, 0)),
            ..under_way
        };
        assert_eq!(walked(widened), widened);
    }

    #[test]
    fn a_walk_with_holes_comes_again_after_a_day() {
        let walk = hours(-10 * 24, -24);
        let first = portion(walk);
        let half = in_order().walked(walk, first, NOW, false);
        let rest = half.history.unwrap();
        let done = half.walked(rest, portion(rest), NOW, true);
        assert_eq!((done.history, done.patchy), (None, false));
        assert_eq!(at(&done, NOW + 23 * HOUR_MS).walk, None);
        assert!(at(&done, NOW + 24 * HOUR_MS).walk.is_some());
    }

    #[test]
    fn a_clock_that_jumped_ahead_and_back_skips_nothing() {
        let ahead = NOW + TEN_YEARS;
        let agenda = at(&in_order(), ahead);
        let mut timetable = in_order().listed(agenda.newest.unwrap().kind, agenda.newest_ms);
        timetable.rows_ms = agenda.rows.map(Window::end_ms);
        timetable.history = agenda.walk;
        let back = at(&timetable, NOW + HOUR_MS);
        assert_eq!(back.rows, None, "no row is opened twice");
        let newest = back.newest.unwrap();
        assert_eq!(newest.kind, Relist::Daily);
        assert_eq!(newest.window, hours(1 - 7 * 24, 1));
        assert_eq!(back.walk, None, "the week's walk is fresh");
        timetable.weekly_ms = Some(ahead);
        let walk = at(&timetable, NOW + HOUR_MS).walk.unwrap();
        assert!(walk.end_ms() <= NOW, "not the one that was begun ahead");
    }

    #[test]
    fn a_clock_that_was_set_back_leaves_the_back_fill_alone() {
        let on = Timetable::default().turned_on(NOW, HORIZON_MS);
        assert_eq!(at(&on, NOW).walk, on.history);
        for back in [HOUR_MS, 40 * DAY_MS, TEN_YEARS] {
            assert_eq!(at(&on, NOW - back).walk, None);
        }
    }

    #[test]
    fn a_back_fill_that_begins_anew_leaves_no_hole_before_the_rows() {
        let ticked = Timetable {
            weekly_ms: None,
            history: Window::from_ms(NOW - HORIZON_MS, NOW),
            ..in_order()
        };
        let walk = at(&ticked, NOW - 2 * HOUR_MS).walk.unwrap();
        assert_eq!(walk.end_ms(), NOW - 2 * HOUR_MS);
    }

    #[test]
    fn what_a_wrong_clock_listed_is_doubtful_and_nothing_else() {
        let doubtful = |it: &Timetable, now| at(it, now).doubtful(it);
        assert_eq!(doubtful(&in_order(), NOW + HOUR_MS), None);
        assert_eq!(doubtful(&in_order(), NOW + 90 * DAY_MS), None);
        let hurried = Timetable {
            rows_ms: Some(NOW + HOUR_MS),
            ..in_order()
        };
        assert_eq!(doubtful(&hurried, NOW), None);
        assert_eq!(doubtful(&hurried, NOW + HOUR_MS), Some(hours(0, 1)));
        let ahead = Timetable {
            rows_ms: Some(NOW + 50 * DAY_MS),
            hourly_ms: Some(NOW + 50 * DAY_MS),
            ..in_order()
        };
        let week = hours(1 - 26, 1);
        assert_eq!(
            doubtful(&ahead, NOW + HOUR_MS).unwrap().end_ms(),
            week.end_ms()
        );
        let back = Timetable {
            hourly_ms: Some(NOW),
            ..ahead
        };
        assert_eq!(doubtful(&back, NOW + HOUR_MS), Some(hours(0, 1)));
        assert_eq!(doubtful(&back, NOW + 2 * HOUR_MS), Some(hours(0, 2)));
        assert_eq!(
            doubtful(&in_order(), NOW - TEN_YEARS).unwrap().end_ms(),
            NOW - TEN_YEARS
        );
    }

    #[test]
    fn a_clock_that_jumped_back_opens_nothing_and_catches_up_after() {
        let behind = at(&in_order(), NOW - TEN_YEARS);
        assert_eq!(behind.rows, None);
        let timetable = in_order().listed(behind.newest.unwrap().kind, behind.newest_ms);
        let again = at(&timetable, NOW + HOUR_MS);
        assert_eq!(again.rows, Some(hours(0, 1)));
        let window = again.newest.unwrap().window;
        assert_eq!(window.end_ms() - window.start_ms(), HORIZON_MS);
    }

    #[test]
    fn what_was_planned_under_a_clock_that_ran_ahead_is_known() {
        let planned = in_order().ran(NOW, false, None, 0.9);
        assert!(!ran_ahead(&planned, NOW));
        for another_machine in [1, 1_000, HOUR_MS - 90_000] {
            assert!(!ran_ahead(&planned, NOW - another_machine));
        }
        assert!(ran_ahead(&planned, NOW - 2 * HOUR_MS));
        let begun = Timetable {
            hourly_ms: None,
            due_ms: Some(NOW + TEN_YEARS),
            ..Timetable::default()
        };
        assert!(ran_ahead(&begun, NOW));
        assert!(!ran_ahead(&Timetable::default(), NOW));
    }

    #[test]
    fn nothing_is_listed_from_before_the_floor() {
        let on = Timetable::default()
            .with_history(false, NOW, HORIZON_MS)
            .turned_on(NOW, HORIZON_MS);
        let agenda = Agenda::of(&on, NOW + 60_000, HORIZON_MS, true);
        assert_eq!(agenda.rows, Some(hours(0, 1)));
        assert_eq!(agenda.newest.unwrap().window.start_ms(), NOW);
        assert_eq!(agenda.walk, None);
        let later = at(&on.listed(Relist::Daily, NOW), NOW + 30 * DAY_MS);
        assert_eq!(later.newest.unwrap().window.start_ms(), NOW);
        assert_eq!(later.walk.unwrap().start_ms(), NOW);
        let wrong = Timetable {
            floor_ms: Some(NOW + TEN_YEARS),
            ..on
        };
        assert!(at(&wrong, NOW + HOUR_MS).newest.is_some());
    }

    #[test]
    fn the_next_run_comes_just_after_the_hour_or_sooner_for_work() {
        let now = NOW + 10 * 60_000;
        let due = |left, entry| in_order().ran(now, left, entry, 0.5).due_ms.unwrap();
        assert_eq!(due(false, None), NOW + HOUR_MS + 45_000);
        assert_eq!(due(true, None), now);
        assert_eq!(due(false, Some(now - 1)), now + BREATH_MS);
        assert_eq!(due(false, Some(now + 60_000)), now + 60_000);
        assert_eq!(due(false, Some(now + DAY_MS)), NOW + HOUR_MS + 45_000);
        let failed = |wait| in_order().failed(now, wait, 0.0).due_ms.unwrap();
        assert_eq!(failed(None), NOW + HOUR_MS + 30_000);
        assert_eq!(failed(Some(Duration::from_mins(1))), now + 60_000);
        assert_eq!(failed(Some(Duration::MAX)), NOW + HOUR_MS + 30_000);
    }
}
