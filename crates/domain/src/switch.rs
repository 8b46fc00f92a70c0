//! The Enable backup switch: what turning it ON and OFF, and ticking types,
//! makes of a Backup and its Timetable. Pure; who may turn it, and where the
//! result is kept, is decided elsewhere.

use crate::connection::{Backup, Scope};
use crate::data_type::{DataType, DataTypes};
use crate::timetable::Timetable;
use crate::window::{DAY_MS, Window};

/// How far back "everything RingCentral still holds" is looked for. Automatic
/// and on-demand recordings are kept for 90 days (RingCentral, "Call recording
/// retention"); messages were measured to go sooner.
pub const HORIZON_MS: i64 = 90 * DAY_MS;

/// Types that are ticked when a Backup is first turned ON.
pub fn usual_types(scope: &Scope) -> DataTypes {
    match scope {
        Scope::Account => [DataType::CallRecording].into(),
        Scope::Extension(_) => DataType::ALL.into(),
    }
}

/// ON. The first row is the whole hour in which it is turned on; what lies
/// before is history, if it is wanted: all of it the first time, and the span
/// that was OFF when it is turned ON again. Turning on what is ON changes
/// nothing.
pub fn on(backup: &Backup, was: &Timetable, history: bool, now_ms: i64) -> (Backup, Timetable) {
    if backup.enabled && was.since_ms.is_some() {
        return (backup.clone(), *was);
    }
    let since = Window::hour_of(now_ms).start_ms();
    // A clock that was set back must not open rows again that are there.
    let rows = was.rows_ms.map_or(since, |it| it.max(since));
    let missed = match was.rows_ms {
        None => before(since),
        Some(rows) => Window::from_ms(rows, since),
    };
    let on = Backup {
        enabled: true,
        ..backup.clone()
    };
    let timetable = Timetable {
        since_ms: Some(since),
        rows_ms: Some(rows),
        history: history.then(|| hull(was.history, missed)).flatten(),
        due_ms: None,
        ..*was
    };
    (on, timetable)
}

/// OFF. The types stay ticked for the next time.
pub fn off(backup: &Backup) -> Backup {
    Backup {
        enabled: false,
        ..backup.clone()
    }
}

/// Other types. What is newly ticked has a past of its own: history, if it is
/// wanted. The Timetable is due at once when there is something new to list.
pub fn types(
    backup: &Backup,
    was: &Timetable,
    types: DataTypes,
    history: bool,
    now_ms: i64,
) -> (Backup, Timetable) {
    let more = types.difference(&backup.types).next().is_some();
    let changed = Backup {
        types,
        ..backup.clone()
    };
    if !more {
        return (changed, *was);
    }
    let past = before(Window::hour_of(now_ms).start_ms());
    let timetable = Timetable {
        history: if history {
            hull(was.history, past)
        } else {
            was.history
        },
        due_ms: None,
        ..*was
    };
    (changed, timetable)
}

/// The past, taken up (everything before the present ON that the provider
/// still holds) or left.
pub fn past(was: &Timetable, wanted: bool, now_ms: i64) -> Timetable {
    let since = was
        .since_ms
        .unwrap_or_else(|| Window::hour_of(now_ms).start_ms());
    let horizon = Window::hour_of(now_ms)
        .start_ms()
        .saturating_sub(HORIZON_MS);
    if wanted {
        Timetable {
            history: Window::from_ms(horizon, since),
            due_ms: None,
            ..*was
        }
    } else {
        Timetable {
            history: None,
            ..*was
        }
    }
}

fn before(end_ms: i64) -> Option<Window> {
    Window::from_ms(end_ms.saturating_sub(HORIZON_MS), end_ms)
}

/// From the beginning of the earlier to the end of the later. A Timetable holds
/// one span; listing what lies between once more adds nothing twice.
fn hull(one: Option<Window>, other: Option<Window>) -> Option<Window> {
    match (one, other) {
        (Some(a), Some(b)) => {
            Window::from_ms(a.start_ms().min(b.start_ms()), a.end_ms().max(b.end_ms()))
        }
        (one, other) => one.or(other),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::account::{AccountId, ExtensionId};
    use crate::connection::{BackupId, ConnectionId};
    use crate::ledger::DestinationId;
    use crate::window::HOUR_MS;

    const NOON: i64 = 1_000 * DAY_MS + 12 * HOUR_MS;

    fn backup(scope: Scope, enabled: bool) -> Backup {
        Backup {
            id: BackupId::new("b"),
            account: AccountId::new("a"),
            connection: ConnectionId::new("c"),
            destination: DestinationId::new("d"),
            types: usual_types(&scope),
            scope,
            enabled,
        }
    }

    fn span(from_ms: i64, to_ms: i64) -> Option<Window> {
        Window::from_ms(from_ms, to_ms)
    }

    #[test]
    fn s_054_the_account_view_ticks_call_recordings_and_nothing_else() {
        assert!(
            usual_types(&Scope::Account)
                .into_iter()
                .eq([DataType::CallRecording])
        );
        let own = Scope::Extension(ExtensionId::new("101"));
        assert!(usual_types(&own).into_iter().eq(DataType::ALL));
    }

    #[test]
    fn s_082_turned_on_in_mid_hour_the_first_row_is_the_whole_hour() {
        let (on, timetable) = on(
            &backup(Scope::Account, false),
            &Timetable::default(),
            true,
            NOON + 1_234_567,
        );
        assert!(on.enabled);
        assert_eq!(timetable.since_ms, Some(NOON));
        assert_eq!(timetable.rows_ms, Some(NOON));
        assert_eq!(timetable.history, span(NOON - HORIZON_MS, NOON));
        assert_eq!(timetable.due_ms, None);
    }

    #[test]
    fn what_becomes_history_when_it_is_turned_on() {
        let off_since = |rows, history| Timetable {
            since_ms: Some(NOON - 900 * HOUR_MS),
            rows_ms: Some(rows),
            hourly_ms: Some(rows),
            history,
            due_ms: Some(NOON - HOUR_MS),
            ..Timetable::default()
        };
        let never = Timetable::default();
        let old = span(NOON - 2_000 * HOUR_MS, NOON - 1_000 * HOUR_MS);
        for (was, wanted, history, why) in [
            (never, true, span(NOON - HORIZON_MS, NOON), "first time"),
            (never, false, None, "first time, past not wanted"),
            (
                off_since(NOON - 30 * HOUR_MS, None),
                true,
                span(NOON - 30 * HOUR_MS, NOON),
                "the span that was OFF",
            ),
            (
                off_since(NOON - 30 * HOUR_MS, None),
                false,
                None,
                "not wanted",
            ),
            (
                off_since(NOON, None),
                true,
                None,
                "OFF and ON within the hour",
            ),
            (
                off_since(NOON + 9 * HOUR_MS, None),
                true,
                None,
                "clock set back",
            ),
            (
                off_since(NOON - 30 * HOUR_MS, old),
                true,
                span(NOON - 2_000 * HOUR_MS, NOON),
                "history that was not finished goes on",
            ),
            (off_since(NOON, old), true, old, "the same, nothing missed"),
        ] {
            let (_, timetable) = on(&backup(Scope::Account, false), &was, wanted, NOON + 5);
            assert_eq!(timetable.history, history, "{why}");
            assert_eq!(timetable.since_ms, Some(NOON), "{why}");
            assert_eq!(timetable.hourly_ms, was.hourly_ms, "{why}");
            assert_eq!(timetable.due_ms, None, "{why}");
        }
    }

    #[test]
    fn a_clock_that_was_set_back_opens_no_row_twice() {
        let was = Timetable {
            since_ms: Some(NOON),
            rows_ms: Some(NOON + 9 * HOUR_MS),
            ..Timetable::default()
        };
        let (_, timetable) = on(&backup(Scope::Account, false), &was, true, NOON);
        assert_eq!(timetable.rows_ms, was.rows_ms);
    }

    #[test]
    fn turning_on_what_is_on_changes_nothing() {
        let before = backup(Scope::Account, true);
        let was = Timetable {
            since_ms: Some(NOON - 50 * HOUR_MS),
            rows_ms: Some(NOON),
            due_ms: Some(NOON + HOUR_MS),
            ..Timetable::default()
        };
        assert_eq!(on(&before, &was, true, NOON + 5), (before.clone(), was));
    }

    #[test]
    fn turning_off_keeps_the_types() {
        let before = backup(Scope::Account, true);
        let after = off(&before);
        assert!(!after.enabled);
        assert_eq!(after.types, before.types);
    }

    #[test]
    fn a_type_ticked_later_brings_its_past_if_that_is_wanted() {
        let before = backup(Scope::Account, true);
        let was = Timetable {
            since_ms: Some(NOON - 50 * HOUR_MS),
            rows_ms: Some(NOON),
            due_ms: Some(NOON + HOUR_MS),
            ..Timetable::default()
        };
        let both: DataTypes = [DataType::CallRecording, DataType::Fax].into();
        let (after, timetable) = types(&before, &was, both.clone(), true, NOON + 5);
        assert_eq!(after.types, both);
        assert_eq!(timetable.history, span(NOON - HORIZON_MS, NOON));
        assert_eq!(timetable.due_ms, None);

        let (_, timetable) = types(&before, &was, both, false, NOON + 5);
        assert_eq!(timetable.history, None);

        let fewer = DataTypes::new();
        let (after, timetable) = types(&before, &was, fewer.clone(), true, NOON + 5);
        assert_eq!((after.types, timetable), (fewer, was));
    }

    #[test]
    fn the_past_can_be_left_and_taken_up_again() {
        let was = Timetable {
            since_ms: Some(NOON - 50 * HOUR_MS),
            rows_ms: Some(NOON),
            history: span(NOON - 70 * HOUR_MS, NOON - 50 * HOUR_MS),
            due_ms: Some(NOON + HOUR_MS),
            ..Timetable::default()
        };
        let left = past(&was, false, NOON);
        assert_eq!((left.history, left.due_ms), (None, was.due_ms));
        let again = past(&left, true, NOON);
        assert_eq!(again.history, span(NOON - HORIZON_MS, NOON - 50 * HOUR_MS));
        assert_eq!(again.due_ms, None);
        // ON for longer than the provider keeps anything: there is no past.
        assert_eq!(past(&left, true, NOON + HORIZON_MS).history, None);
    }
}
