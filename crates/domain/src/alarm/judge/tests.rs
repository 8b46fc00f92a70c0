//! The decisions, as tables.

use super::*;
use crate::alarm::facts::{Ailing, Backlog, Queue, Room, Unrenewed};
use crate::connection::{BackupId, ConnectionId};
use crate::ledger::DestinationId;
use crate::window::HOUR_MS;

const NOW: i64 = 1_795_132_800_000;

fn company() -> AccountId {
    AccountId::new("1")
}

fn facts() -> Facts {
    Facts {
        now_ms: NOW,
        silence_ms: 3 * HOUR_MS,
        ..Facts::default()
    }
}

/// Kinds with what they are about, of what stands.
fn kinds(facts: &Facts) -> Vec<(AlarmKind, String)> {
    let standing = facts.judge().standing.into_iter();
    standing.map(|it| (it.key.kind, it.key.about)).collect()
}

fn room(space: Option<Space>) -> Room {
    Room {
        account: company(),
        destination: DestinationId::new("box"),
        space,
    }
}

fn heap(count: u64) -> Heap {
    Heap {
        account: company(),
        destination: DestinationId::new("box"),
        count,
    }
}

fn backlog(within: [u64; 6], daily: Option<u64>) -> Backlog {
    Backlog {
        account: company(),
        destination: DestinationId::new("box"),
        within,
        daily,
    }
}

#[test]
fn a_healthy_server_is_silent() {
    assert_eq!(facts().judge(), Verdict::default());
}

#[test]
fn words_lead_back() {
    for kind in AlarmKind::ALL {
        assert_eq!(AlarmKind::from_word(kind.word()), Some(kind));
    }
    assert_eq!(AlarmKind::from_word("from the future"), None);
}

#[test]
fn clocks_may_differ_by_five_minutes_either_way() {
    for (ahead, fires) in [
        (0, false),
        (SKEW_MS, false),
        (-SKEW_MS, false),
        (SKEW_MS + 1, true),
        (-SKEW_MS - 1, true),
        (i64::MIN, true),
    ] {
        let database = Facts {
            ahead_of_database_ms: ahead,
            ..facts()
        };
        assert_eq!(kinds(&database).len(), usize::from(fires), "{ahead}");
        let provider = Facts {
            ahead_of_providers_ms: vec![("A".to_owned(), 0), ("B".to_owned(), ahead)],
            ..facts()
        };
        let wanted = [(AlarmKind::Skew, "B".to_owned())];
        assert_eq!(kinds(&provider), wanted[..usize::from(fires)], "{ahead}");
    }
}

#[test]
fn a_queue_is_stalled_when_nobody_takes_what_waits() {
    let queue = |waits, served| Queue {
        waits_since_ms: waits,
        served_ms: served,
    };
    let long = NOW - STALLED_MS - 1;
    for (waits, served, seen, stalled) in [
        (None, None, long, false),
        (None, Some(long), long, false),
        (Some(long), None, NOW, true),
        (Some(long), Some(long), NOW, true),
        (Some(long), Some(NOW - 1), long, false),
        (Some(NOW - STALLED_MS), None, long, false),
        // Never planned: since it was seen.
        (Some(0), None, NOW - 1, false),
        (Some(0), None, long, true),
        // Served under a clock that ran ahead.
        (Some(long), Some(NOW + DAY_MS), NOW, true),
    ] {
        let is = queue(waits, served).is_stalled(NOW, seen);
        assert_eq!(is, stalled, "{waits:?} {served:?} {seen}");
    }
}

#[test]
fn a_stall_is_the_servers_alarm() {
    for (idle_ms, fires) in [(0, false), (STALLED_MS, false), (STALLED_MS + 1, true)] {
        let facts = Facts { idle_ms, ..facts() };
        let standing = facts.judge().standing;
        assert_eq!(standing.len(), usize::from(fires));
        assert!(standing.iter().all(|it| it.key.account.is_none()));
    }
}

#[test]
fn silence_says_since_when_or_that_there_never_was_a_success() {
    let silent = |well_ms| Silent {
        account: company(),
        backup: BackupId::new("b"),
        well_ms,
    };
    let facts = Facts {
        silent: vec![silent(Some(NOW - 5 * HOUR_MS)), silent(None)],
        ..facts()
    };
    let standing = facts.judge().standing;
    let said: Vec<&str> = standing.iter().map(|it| it.what.as_str()).collect();
    assert_eq!(
        said,
        [
            "No run of this backup has succeeded for 5 hours.",
            "This backup is ON and has never succeeded, for more than 3 hours.",
        ]
    );
}

#[test]
fn a_connection_has_one_alarm_whatever_ails_it() {
    let ailing = |end| Ailing {
        account: company(),
        connection: ConnectionId::new("1/101"),
        end,
        trouble: "it is over".to_owned(),
    };
    let unrenewed = |id: &str| Unrenewed {
        account: company(),
        connection: ConnectionId::new(id),
        age_ms: 5 * DAY_MS,
    };
    let facts = Facts {
        ailing: vec![ailing(Provider::Source), ailing(Provider::Destination)],
        unrenewed: vec![unrenewed("1/101"), unrenewed("1/102")],
        ..facts()
    };
    let standing = facts.judge().standing;
    let said: Vec<&str> = standing.iter().map(|it| it.what.as_str()).collect();
    assert_eq!(
        said,
        [
            "The access to RingCentral has ended: it is over.",
            "The access to RingCentral was last renewed 5 days ago; it ends after 7 days.",
        ]
    );
}

#[test]
fn room_is_short_before_it_is_used_up() {
    let gib = 1_u64 << 30;
    for (used, free, fires) in [
        (0, None, false),
        (9 * gib, Some(0), true),
        (9 * gib, Some(TIGHT_BYTES - 1), true),
        (9 * gib, Some(TIGHT_BYTES), false),
        (2_000 * gib, Some(99 * gib), true),
        (2_000 * gib, Some(106 * gib), false),
    ] {
        let facts = Facts {
            rooms: vec![room(Some(Space { used, free }))],
            ..facts()
        };
        assert_eq!(kinds(&facts).len(), usize::from(fires), "{used} {free:?}");
    }
}

#[test]
fn a_destination_that_refuses_is_full_whatever_it_says() {
    let plenty = Space {
        used: 0,
        free: Some(u64::MAX),
    };
    let facts = Facts {
        full: vec![heap(3)],
        rooms: vec![room(Some(plenty))],
        ..facts()
    };
    assert_eq!(kinds(&facts), [(AlarmKind::Full, "box".to_owned())]);
}

#[test]
fn a_backlog_is_late_when_any_span_asks_for_more_than_the_pace() {
    for (within, daily, fires) in [
        ([0, 0, 0, 0, 0, 0], Some(0), false),
        ([0, 0, 0, 0, 0, 1], Some(0), true),
        ([25, 100, 300, 700, 1_400, 3_000], Some(100), false),
        ([26, 100, 300, 700, 1_400, 3_000], Some(100), true),
        ([25, 100, 300, 700, 1_400, 3_001], Some(100), true),
        ([u64::MAX; 6], Some(u64::MAX), true),
        ([9; 6], None, false),
    ] {
        let facts = Facts {
            backlogs: vec![backlog(within, daily)],
            ..facts()
        };
        assert_eq!(kinds(&facts).len(), usize::from(fires), "{within:?}");
        let unknown = facts.judge().unknown.len();
        assert_eq!(unknown, usize::from(daily.is_none()));
    }
}

#[test]
fn heaps_say_how_many() {
    for (count, said) in [(1, "1 item "), (2, "2 items ")] {
        let facts = Facts {
            quarantined: vec![heap(count)],
            missing: vec![heap(count)],
            ..facts()
        };
        let standing = facts.judge().standing;
        assert_eq!(standing.len(), 2);
        assert!(standing.iter().all(|it| it.what.starts_with(said)));
    }
}

fn standing(alarm: &Alarm) -> Standing {
    Standing {
        alarm: alarm.clone(),
        since_ms: NOW,
    }
}

#[test]
fn what_no_longer_holds_is_cleared_and_what_nobody_can_tell_stays() {
    let full = of_heap(AlarmKind::Full, &heap(1), "full".to_owned());
    let late = of_heap(AlarmKind::Backlog, &heap(1), "late".to_owned());
    let stalled = of_server(AlarmKind::Stalled, String::new(), "stalled".to_owned());
    let before = [&full, &late, &stalled].map(standing);
    let changes = facts().judge().since(&before);
    assert_eq!(changes.raise, []);
    assert_eq!(changes.clear.len(), 3);
    let blind = Facts {
        rooms: vec![room(None)],
        backlogs: vec![backlog([9; 6], None)],
        ..facts()
    };
    let changes = blind.judge().since(&before);
    assert_eq!(changes.clear, [stalled.key]);
    assert_eq!(changes.raise, [full, late]);
}

#[test]
fn drift_is_cleared_by_verification_alone() {
    let drift = of_heap(AlarmKind::Drift, &heap(1), "3 files differ.".to_owned());
    let changes = facts().judge().since(&[standing(&drift)]);
    assert_eq!((changes.raise, changes.clear), (vec![drift], vec![]));
}
