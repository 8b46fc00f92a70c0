//! A Timetable: what a Backup's clock remembers between two runs. Persisted,
//! so that restarts, long sleeps and jumps of the clock skip nothing. What
//! follows from it is decided in [`crate::schedule`].

use crate::window::{DAY_MS, HOUR_MS, Window};

/// How far before a span that was OFF its history begins: recordings of
/// before are shown late.
const LATE_MS: i64 = 2 * DAY_MS;

/// All instants are milliseconds since 1970.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Timetable {
    /// The first hour of the present ON; rows are opened from here. `None`
    /// while it was never ON.
    pub since_ms: Option<i64>,
    /// Rows exist for every hour up to here. Never moves back.
    pub rows_ms: Option<i64>,
    /// The end of the newest hour that the last hourly listing covered.
    pub hourly_ms: Option<i64>,
    /// The same for the daily one.
    pub daily_ms: Option<i64>,
    /// When the last walk through everything that the provider still keeps
    /// was completed. `None`: the first one is still to come, or under way.
    pub weekly_ms: Option<i64>,
    /// What is left of the present walk, oldest first: the back-fill of the
    /// time before `since_ms`, later the weekly listing of everything.
    pub history: Option<Window>,
    /// A part of the present walk could not be listed: the next one comes
    /// sooner.
    pub patchy: bool,
    /// Nothing before this is wanted: somebody chose not to archive what was
    /// before ON. `None`: everything is.
    pub floor_ms: Option<i64>,
    /// When it is next due; `None`: never was planned, so at once.
    pub due_ms: Option<i64>,
    /// When the last run ended.
    pub ran_ms: Option<i64>,
    /// When the last run ended that went well.
    pub well_ms: Option<i64>,
}

impl Timetable {
    /// Enable backup was just switched ON; kept before the switch is. The
    /// first row is the whole present hour. What was before, since it was
    /// switched OFF, is history if that is wanted.
    #[must_use]
    pub fn turned_on(self, now_ms: i64, horizon_ms: i64) -> Timetable {
        let since = hour(now_ms);
        let on = Timetable {
            since_ms: Some(since),
            rows_ms: Some(self.rows_ms.map_or(since, |at| at.max(since))),
            daily_ms: Some(since),
            due_ms: None,
            ..self
        };
        if !self.wants_history() {
            return on.without_history(since);
        }
        let oldest = day(since - horizon_ms);
        let from = match (self.rows_ms, self.history) {
            (None, _) => oldest,
            // Rows ahead were opened by a wrong clock: it is not known when it
            // was switched OFF.
            (Some(off), _) if off > since + HOUR_MS => oldest,
            (Some(off), None) => day(off - LATE_MS).max(oldest),
            (Some(off), Some(left)) => left.start_ms().min(day(off - LATE_MS)),
        };
        Timetable {
            history: Window::from_ms(from, since),
            weekly_ms: None,
            ..on
        }
    }

    /// The choice on BACKUP: whether what was before ON is archived too. Taken
    /// back, what is archived stays; chosen again, the walk begins anew, which
    /// stores nothing twice.
    #[must_use]
    pub fn with_history(self, wanted: bool, now_ms: i64, horizon_ms: i64) -> Timetable {
        let since = self.since_ms.unwrap_or(hour(now_ms));
        if !wanted {
            return self.without_history(since);
        }
        Timetable {
            history: self
                .since_ms
                .and_then(|since| Window::from_ms(day(since - horizon_ms), since)),
            weekly_ms: None,
            floor_ms: None,
            ..self
        }
    }

    fn without_history(self, since: i64) -> Timetable {
        Timetable {
            history: None,
            weekly_ms: Some(since),
            floor_ms: Some(since),
            ..self
        }
    }

    /// Since when there is no success to show: since the last one, or since ON,
    /// whichever came later. 0: neither ever was.
    pub fn quiet_since_ms(&self) -> i64 {
        self.well_ms.max(self.since_ms).unwrap_or(0)
    }

    /// Whether what was before ON is archived too.
    pub fn wants_history(&self) -> bool {
        self.floor_ms.is_none()
    }

    /// What is left of the back-fill; `None` when it is complete or nobody
    /// wants it. The weekly walk, which looks the same, is not told of.
    pub fn back_fill(&self) -> Option<Window> {
        self.history.filter(|_| self.weekly_ms.is_none())
    }
}

fn hour(at_ms: i64) -> i64 {
    at_ms.div_euclid(HOUR_MS) * HOUR_MS
}

fn day(at_ms: i64) -> i64 {
    at_ms.div_euclid(DAY_MS) * DAY_MS
}

#[cfg(test)]
mod tests {
    use super::*;

    const HORIZON: i64 = 90 * DAY_MS;
    const NOON: i64 = 1_000 * DAY_MS + 12 * HOUR_MS;

    fn window(from_ms: i64, to_ms: i64) -> Window {
        Window::from_ms(from_ms, to_ms).unwrap()
    }

    #[test]
    fn turned_on_in_mid_hour_the_first_row_is_that_whole_hour() {
        let on = Timetable::default().turned_on(NOON + 1_234_567, HORIZON);
        assert_eq!((on.since_ms, on.rows_ms), (Some(NOON), Some(NOON)));
        assert_eq!(on.history, Some(window(910 * DAY_MS, NOON)));
        assert_eq!((on.due_ms, on.back_fill()), (None, on.history));
    }

    #[test]
    fn who_wants_no_history_gets_nothing_from_before() {
        let never = Timetable::default().with_history(false, NOON, HORIZON);
        assert!(!never.wants_history());
        let on = never.turned_on(NOON + DAY_MS, HORIZON);
        assert_eq!(on.floor_ms, Some(NOON + DAY_MS));
        assert_eq!((on.history, on.back_fill()), (None, None));
        let chosen = on.with_history(true, NOON + 2 * DAY_MS, HORIZON);
        assert_eq!(chosen.floor_ms, None);
        assert_eq!(
            chosen.back_fill(),
            Some(window(911 * DAY_MS, NOON + DAY_MS))
        );
    }

    #[test]
    fn what_was_off_is_history_when_it_is_on_again() {
        let off = NOON + 5 * HOUR_MS;
        let was_on = Timetable {
            rows_ms: Some(off),
            history: None,
            weekly_ms: Some(NOON),
            hourly_ms: Some(off),
            ..Timetable::default().turned_on(NOON, HORIZON)
        };
        let back = off + 9 * DAY_MS;
        let on = was_on.turned_on(back, HORIZON);
        assert_eq!(on.since_ms, Some(back));
        assert_eq!(on.history, Some(window(998 * DAY_MS, back)));
        assert_eq!(on.hourly_ms, Some(off));
    }

    #[test]
    fn rows_that_a_wrong_clock_opened_hide_no_span_that_was_off() {
        let was_on = Timetable {
            rows_ms: Some(NOON + 400 * DAY_MS),
            weekly_ms: Some(NOON),
            ..Timetable::default().turned_on(NOON, HORIZON)
        };
        let on = was_on.turned_on(NOON + 9 * DAY_MS, HORIZON);
        let all = window(919 * DAY_MS, NOON + 9 * DAY_MS);
        assert_eq!(on.back_fill(), Some(all));
    }

    #[test]
    fn a_back_fill_that_was_interrupted_goes_on_where_it_was() {
        let left = window(950 * DAY_MS, NOON);
        let was_on = Timetable {
            rows_ms: Some(NOON + HOUR_MS),
            history: Some(left),
            ..Timetable::default()
        };
        let on = was_on.turned_on(NOON + DAY_MS, HORIZON);
        assert_eq!(on.back_fill(), Some(window(950 * DAY_MS, NOON + DAY_MS)));
    }

    #[test]
    fn rows_never_move_back() {
        let ahead = Timetable {
            rows_ms: Some(NOON + 3_650 * DAY_MS),
            ..Timetable::default()
        };
        let on = ahead.turned_on(NOON, HORIZON);
        assert_eq!(on.rows_ms, ahead.rows_ms);
    }
}
