//! The numbers that others build on: bounds of time, and words that lie in
//! databases. Each is written out here a second time, so that nobody changes
//! one without meaning to.

use domain::grant::Provider;
use domain::ledger::Count;
use domain::proof::{Discrepancy, Tally};
use domain::schedule::{HORIZON_MS, Relist, longest_wait_ends_ms, oldest_ms, rests_before_ms};
use domain::timetable::Timetable;
use domain::window::{DAY_MS, HOUR_MS, Window};

/// 2026-06-01T00:00:00Z.
const T0: i64 = 1_780_272_000_000;

#[test]
fn each_listing_is_due_as_often_as_it_says() {
    assert_eq!(Relist::Hourly.every_ms(), 3_600_000);
    assert_eq!(Relist::Daily.every_ms(), 86_400_000);
    assert_eq!(Relist::Weekly.every_ms(), 604_800_000);
    assert_eq!(Relist::Hourly.reach_ms(HORIZON_MS), 26 * 3_600_000);
    assert_eq!(Relist::Daily.reach_ms(HORIZON_MS), 604_800_000);
    assert_eq!(Relist::Weekly.reach_ms(HORIZON_MS), HORIZON_MS);
    assert_eq!(Relist::Weekly.reach_ms(DAY_MS), 604_800_000);
}

#[test]
fn no_wait_ends_later_than_a_day_and_what_two_clocks_differ_by() {
    let wait = longest_wait_ends_ms(T0) - T0;
    assert!(wait > DAY_MS && wait <= DAY_MS + 3 * HOUR_MS, "{wait}");
    assert_eq!(longest_wait_ends_ms(i64::MAX), i64::MAX);
}

#[test]
fn what_rests_is_older_than_the_newest_hours_before_somebody_chose() {
    let noon = T0 + 12 * HOUR_MS;
    assert_eq!(rests_before_ms(noon + 59, T0 + DAY_MS), noon - 26 * HOUR_MS);
    // Chosen under a clock that ran ahead.
    assert_eq!(rests_before_ms(T0 + DAY_MS, noon), noon - 26 * HOUR_MS);
}

#[test]
fn a_walk_begins_with_the_whole_day_in_which_memory_ends() {
    let oldest = oldest_ms(T0 + 5 * HOUR_MS, 90 * DAY_MS);
    assert_eq!(oldest, T0 - 90 * DAY_MS);
    assert_eq!(oldest_ms(T0, 90 * DAY_MS), T0 - 90 * DAY_MS);
    assert_eq!(oldest_ms(T0 - 1, 90 * DAY_MS), T0 - 91 * DAY_MS);
}

#[test]
fn what_was_missed_while_off_is_history_and_no_more() {
    let off = T0 - 10 * DAY_MS;
    let was = Timetable {
        since_ms: Some(T0 - 100 * DAY_MS),
        rows_ms: Some(off),
        weekly_ms: Some(off),
        ..Timetable::default()
    };
    let on = was.turned_on(T0, 90 * DAY_MS);
    let history = on.history.unwrap();
    assert_eq!(history.end_ms(), T0);
    assert!(history.start_ms() <= off && history.start_ms() >= off - 3 * DAY_MS);
    assert_eq!(history.start_ms() % DAY_MS, 0);
    // Off for longer than the provider remembers: no further back than that.
    let was = Timetable {
        rows_ms: Some(T0 - 200 * DAY_MS),
        ..was
    };
    let on = was.turned_on(T0, 90 * DAY_MS);
    assert_eq!(on.history, Window::from_ms(T0 - 90 * DAY_MS, T0));
    // The walk that was left had little to go: what was late before OFF counts.
    let was = Timetable {
        rows_ms: Some(off),
        history: Window::from_ms(off, off + HOUR_MS),
        ..was
    };
    let start = was.turned_on(T0, 90 * DAY_MS).history.unwrap().start_ms();
    assert!(start <= off - DAY_MS && start >= off - 3 * DAY_MS);
}

#[test]
fn there_is_no_success_to_show_since_the_last_one_or_since_on() {
    let quiet = |well_ms, since_ms| {
        let timetable = Timetable {
            well_ms,
            since_ms,
            ..Timetable::default()
        };
        timetable.quiet_since_ms()
    };
    assert_eq!(quiet(None, None), 0);
    assert_eq!(quiet(Some(T0), None), T0);
    assert_eq!(quiet(Some(T0), Some(T0 + 5)), T0 + 5);
    assert_eq!(quiet(Some(T0 + 9), Some(T0 + 5)), T0 + 9);
}

#[test]
fn only_what_was_archived_and_is_not_as_it_was_is_drift() {
    let drift: Vec<&str> = Discrepancy::ALL
        .into_iter()
        .filter(|it| it.is_drift())
        .map(Discrepancy::word)
        .collect();
    assert_eq!(drift, ["gone", "changed", "damaged"]);
}

#[test]
fn a_tally_is_its_count() {
    let count = Count {
        archived: 1,
        pending: 2,
        missing: 3,
        excluded: 4,
        files: 5,
        bytes: 6,
    };
    let tally = Tally {
        archived: 1,
        pending: 2,
        missing: 3,
        excluded: 4,
    };
    assert_eq!(Tally::from(count), tally);
}

#[test]
fn the_ends_have_their_words_in_the_database() {
    assert_eq!(Provider::Source.word(), "source");
    assert_eq!(Provider::Destination.word(), "destination");
}
