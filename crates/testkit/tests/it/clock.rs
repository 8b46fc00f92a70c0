//! The clock in the hands of a test.

use std::time::Duration;

use domain::clock::Clock;
use testkit::ManualClock;
use testkit::builders::T0;

#[test]
fn it_stands_still_until_it_is_moved() {
    let clock = ManualClock::at(T0);
    let other = clock.clone();
    other.advance(Duration::from_millis(5));
    assert_eq!(clock.now().as_millisecond(), T0 + 5);
    clock.set(T0 - 1);
    assert_eq!(other.now_ms(), T0 - 1);
}

#[tokio::test(start_paused = true)]
async fn it_goes_on_while_sleepers_sleep() {
    let clock = ManualClock::following_tokio(T0);
    tokio::time::advance(Duration::from_hours(24 * 365)).await;
    assert_eq!(clock.now_ms(), T0 + 365 * domain::window::DAY_MS);
    clock.set(T0);
    clock.advance(Duration::from_secs(1));
    tokio::time::advance(Duration::from_secs(2)).await;
    assert_eq!(clock.now_ms(), T0 + 3_000);
}
