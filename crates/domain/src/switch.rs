//! The Enable backup switch: what turning it ON and OFF, and ticking types,
//! makes of a Backup and its Timetable. Pure; who may turn it, and where the
//! result is kept, is decided elsewhere.

use crate::connection::{Backup, Scope};
use crate::data_type::{DataType, DataTypes};
use crate::schedule::HORIZON_MS;
use crate::timetable::Timetable;
use crate::window::{DAY_MS, Window};

/// Types that are ticked when a Backup is first turned ON.
pub fn usual_types(scope: &Scope) -> DataTypes {
    match scope {
        Scope::Account => [DataType::CallRecording].into(),
        Scope::Extension(_) => DataType::ALL.into(),
    }
}

/// ON. `history`: whether what lies before is archived too. Turning on what is
/// ON changes nothing.
pub fn on(backup: &Backup, was: &Timetable, history: bool, now_ms: i64) -> (Backup, Timetable) {
    if backup.enabled && was.since_ms.is_some() {
        return (backup.clone(), *was);
    }
    let chosen = if history == was.wants_history() {
        *was
    } else {
        was.with_history(history, now_ms, HORIZON_MS)
    };
    let on = Backup {
        enabled: true,
        ..backup.clone()
    };
    (on, chosen.turned_on(now_ms, HORIZON_MS))
}

/// OFF. The types stay ticked for the next time.
pub fn off(backup: &Backup) -> Backup {
    Backup {
        enabled: false,
        ..backup.clone()
    }
}

/// Other types. What is newly ticked has a past of its own, up to the present
/// hour: history, if the Backup wants that. The Timetable is due at once then.
pub fn types(
    backup: &Backup,
    was: &Timetable,
    types: DataTypes,
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
    let soon = Timetable {
        due_ms: None,
        ..*was
    };
    if !was.wants_history() {
        return (changed, soon);
    }
    let hour = Window::hour_of(now_ms).start_ms();
    let timetable = Timetable {
        history: Window::from_ms(listable_from(None, now_ms), hour),
        weekly_ms: None,
        ..soon
    };
    (changed, timetable)
}

/// Rows that end after this can still be listed for a type that is ticked
/// now, and will be: later than the floor of the Timetable, and kept by the
/// provider. Milliseconds since 1970.
pub fn listable_from(floor_ms: Option<i64>, now_ms: i64) -> i64 {
    let hour = Window::hour_of(now_ms).start_ms();
    let oldest = hour.saturating_sub(HORIZON_MS).div_euclid(DAY_MS) * DAY_MS;
    oldest.max(floor_ms.unwrap_or(i64::MIN))
}

/// The past, taken up or left.
pub fn past(was: &Timetable, wanted: bool, now_ms: i64) -> Timetable {
    if wanted == was.wants_history() {
        return *was;
    }
    let chosen = was.with_history(wanted, now_ms, HORIZON_MS);
    Timetable {
        due_ms: if wanted { None } else { was.due_ms },
        ..chosen
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
    /// 90 days before, where its day begins.
    const OLDEST: i64 = 910 * DAY_MS;

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

    /// ON for 50 hours, its back-fill done.
    fn running() -> Timetable {
        Timetable {
            since_ms: Some(NOON - 50 * HOUR_MS),
            rows_ms: Some(NOON),
            hourly_ms: Some(NOON),
            weekly_ms: Some(NOON - 40 * HOUR_MS),
            due_ms: Some(NOON + HOUR_MS),
            ..Timetable::default()
        }
    }

    #[test]
    fn s_054_the_account_view_ticks_call_recordings_and_nothing_else() {
        let account = usual_types(&Scope::Account);
        assert!(account.into_iter().eq([DataType::CallRecording]));
        let own = Scope::Extension(ExtensionId::new("101"));
        assert!(usual_types(&own).into_iter().eq(DataType::ALL));
    }

    #[test]
    fn s_082_turned_on_in_mid_hour_the_first_row_is_the_whole_hour() {
        let was = Timetable::default();
        let off = backup(Scope::Account, false);
        let (on, timetable) = on(&off, &was, true, NOON + 1_234_567);
        assert!(on.enabled);
        assert_eq!(timetable.since_ms, Some(NOON));
        assert_eq!(timetable.rows_ms, Some(NOON));
        assert_eq!(timetable.back_fill(), span(OLDEST, NOON));
        assert_eq!(timetable.due_ms, None);
    }

    #[test]
    fn what_becomes_history_when_it_is_turned_on() {
        let never = Timetable::default();
        let off_since = |ago: i64| Timetable {
            rows_ms: Some(NOON - ago * HOUR_MS),
            ..running()
        };
        let refused = off_since(30).with_history(false, NOON, HORIZON_MS);
        for (was, wanted, from, why) in [
            (never, true, Some(OLDEST), "first time"),
            (never, false, None, "first time, past not wanted"),
            (
                off_since(30),
                true,
                Some(997 * DAY_MS),
                "the span that was OFF, and what came late",
            ),
            (off_since(30), false, None, "not wanted any more"),
            (refused, false, None, "not wanted again"),
            (
                refused,
                true,
                Some(908 * DAY_MS),
                "wanted after all: everything",
            ),
        ] {
            let (_, timetable) = on(&backup(Scope::Account, false), &was, wanted, NOON + 5);
            let history = from.and_then(|from| span(from, NOON));
            assert_eq!(timetable.history, history, "{why}");
            assert_eq!(timetable.wants_history(), wanted, "{why}");
            assert_eq!(timetable.since_ms, Some(NOON), "{why}");
            assert_eq!(timetable.due_ms, None, "{why}");
        }
    }

    #[test]
    fn a_clock_that_was_set_back_opens_no_row_twice() {
        let was = Timetable {
            rows_ms: Some(NOON + 9 * HOUR_MS),
            ..running()
        };
        let (_, timetable) = on(&backup(Scope::Account, false), &was, true, NOON);
        assert_eq!(timetable.rows_ms, was.rows_ms);
    }

    #[test]
    fn turning_on_what_is_on_changes_nothing() {
        let before = backup(Scope::Account, true);
        for history in [true, false] {
            let after = on(&before, &running(), history, NOON + 5);
            assert_eq!(after, (before.clone(), running()));
        }
    }

    #[test]
    fn turning_off_keeps_the_types() {
        let before = backup(Scope::Account, true);
        let after = off(&before);
        assert!(!after.enabled);
        assert_eq!(after.types, before.types);
    }

    #[test]
    fn a_type_ticked_later_brings_its_past_if_the_backup_wants_history() {
        let before = backup(Scope::Account, true);
        let both: DataTypes = [DataType::CallRecording, DataType::Fax].into();
        let (after, timetable) = types(&before, &running(), both.clone(), NOON + 5);
        assert_eq!(after.types, both);
        assert_eq!(timetable.back_fill(), span(OLDEST, NOON), "up to now");
        assert_eq!(timetable.since_ms, running().since_ms);
        assert_eq!(timetable.due_ms, None);

        let refused = running().with_history(false, NOON, HORIZON_MS);
        let (_, timetable) = types(&before, &refused, both, NOON + 5);
        assert_eq!((timetable.history, timetable.due_ms), (None, None));

        let fewer = DataTypes::new();
        let (after, timetable) = types(&before, &running(), fewer.clone(), NOON + 5);
        assert_eq!((after.types, timetable), (fewer, running()));
    }

    #[test]
    fn the_past_can_be_left_and_taken_up_again() {
        let left = past(&running(), false, NOON);
        assert!(!left.wants_history());
        assert_eq!((left.history, left.due_ms), (None, running().due_ms));
        let again = past(&left, true, NOON);
        assert!(again.wants_history());
        assert_eq!(again.back_fill().map(Window::end_ms), running().since_ms);
        assert_eq!(again.due_ms, None);
        assert_eq!(past(&again, true, NOON), again, "once is enough");
    }
}
