//! Windows: half-open spans that split without loss, join without gaps.

use domain::window::{DAY_MS, HOUR_MS, Window};
use proptest::prelude::*;

fn any_window() -> impl Strategy<Value = Window> {
    (-10 * DAY_MS..10 * DAY_MS, 1..40 * HOUR_MS)
        .prop_map(|(from, length)| Window::from_ms(from, from + length).unwrap())
}

proptest! {
    #[test]
    fn parts_join_to_the_whole(window in any_window(), step in 1..30 * HOUR_MS) {
        // Fine steps over long windows would only take time.
        let step = step.max(HOUR_MS / 60);
        let parts: Vec<Window> = window.split(step).collect();
        prop_assert_eq!(parts[0].start_ms(), window.start_ms());
        prop_assert_eq!(parts[parts.len() - 1].end_ms(), window.end_ms());
        for pair in parts.windows(2) {
            prop_assert_eq!(pair[0].end_ms(), pair[1].start_ms());
            prop_assert_eq!(pair[1].start_ms().rem_euclid(step), 0);
        }
        let whole = parts.into_iter().reduce(|a, b| a.join(b).unwrap());
        prop_assert_eq!(whole, Some(window));
    }

    #[test]
    fn every_instant_lies_in_exactly_one_hour(window in any_window(), within in 0.0..1.0) {
        #[expect(clippy::cast_possible_truncation, clippy::cast_precision_loss, reason = "any instant will do")]
        let at = window.start_ms() + (window.length().as_millis() as f64 * within) as i64;
        prop_assert_eq!(window.hours().filter(|hour| hour.contains_ms(at)).count(), 1);
        let hour = Window::hour_of(at);
        prop_assert!(hour.contains_ms(at) && hour.length().as_millis() == i128::from(HOUR_MS));
    }

    #[test]
    fn an_overlap_holds_what_both_hold(a in any_window(), b in any_window(), at in -10 * DAY_MS..12 * DAY_MS) {
        let both = a.contains_ms(at) && b.contains_ms(at);
        prop_assert_eq!(a.overlap(b).is_some_and(|it| it.contains_ms(at)), both);
        prop_assert_eq!(a.overlap(b), b.overlap(a));
    }

    #[test]
    fn a_join_never_spans_a_gap(a in any_window(), b in any_window()) {
        match a.join(b) {
            Some(whole) => {
                let shared = a.overlap(b).map_or(0, |it| it.length().as_millis());
                let sum = a.length().as_millis() + b.length().as_millis();
                prop_assert_eq!(whole.length().as_millis(), sum - shared);
            }
            None => prop_assert!(a.overlap(b).is_none()),
        }
    }
}
