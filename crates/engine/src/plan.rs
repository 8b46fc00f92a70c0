//! Which lanes a Backup has, and in which portions they are listed. Pure.

use domain::account::Extension;
use domain::connection::Scope;
use domain::data_type::{DataType, DataTypes};
use domain::lane::{Depth, Lane};
use domain::ports::Ask;
use domain::window::{DAY_MS, Window};

/// A call log is listed in portions of a week: a failure repeats little, and
/// pages have no time to shift far.
const CALLS_AT_ONCE_MS: i64 = 7 * DAY_MS;
/// Mailboxes are small; a portion costs at least one request per extension. A
/// month is one, also the one until now, which has moved on since it was asked
/// for.
const MESSAGES_AT_ONCE_MS: i64 = 32 * DAY_MS;
/// A lane never has more portions: who asks for "everything since 2000" must
/// not wait for a thousand empty answers.
const PORTIONS: i64 = 60;

/// The lanes of a Backup with the types each lists. Calls come first: their
/// recordings are the scarcest and expire soonest.
pub fn lanes(scope: &Scope, types: &DataTypes, extensions: &[Extension]) -> Vec<(Lane, DataTypes)> {
    let calls: DataTypes = types
        .iter()
        .copied()
        .filter(|it| !it.is_message())
        .collect();
    let messages: DataTypes = types.iter().copied().filter(|it| it.is_message()).collect();
    let mut lanes = Vec::new();
    if calls.contains(&DataType::CallRecording) {
        let lane = match scope {
            Scope::Account => Lane::AccountCalls,
            Scope::Extension(id) => Lane::ExtensionCalls(id.clone()),
        };
        lanes.push((lane, calls));
    }
    if !messages.is_empty() {
        match scope {
            Scope::Extension(id) => lanes.push((Lane::Messages(id.clone()), messages)),
            Scope::Account => lanes.extend(
                extensions
                    .iter()
                    .filter(|it| it.may_have_messages())
                    .map(|it| (Lane::Messages(it.id.clone()), messages.clone())),
            ),
        }
    }
    lanes
}

/// Whether the company's list of people decides which mailboxes are asked.
pub fn asks_everybody(scope: &Scope, types: &DataTypes) -> bool {
    *scope == Scope::Account && types.iter().any(|it| it.is_message())
}

/// The window of a lane that is listed up to these marks, one for each of its
/// types: from the one that fell behind, but never from before the bound.
pub fn from_mark(window: Window, marks: &[Option<i64>], bound_ms: i64) -> Window {
    let behind = marks.iter().map(|it| it.unwrap_or(i64::MIN)).min();
    let from = behind.map_or(window.start_ms(), |at| at.max(bound_ms));
    Window::from_ms(from.min(window.start_ms()), window.end_ms()).unwrap_or(window)
}

/// One lane over one window, as portions, oldest first: what is deleted first
/// at the provider is listed first.
pub fn portions(lane: &Lane, types: &DataTypes, window: Window, depth: Depth) -> Vec<Ask> {
    let step = if lane.is_calls() {
        CALLS_AT_ONCE_MS
    } else {
        MESSAGES_AT_ONCE_MS
    };
    let length = window.end_ms().saturating_sub(window.start_ms());
    let parts = (length / step + i64::from(length % step > 0)).clamp(1, PORTIONS);
    let even = length / parts + i64::from(length % parts > 0);
    let mut from = window.start_ms();
    std::iter::from_fn(|| {
        let part = Window::from_ms(from, from.saturating_add(even).min(window.end_ms()))?;
        from = part.end_ms();
        Some(part)
    })
    .map(|window| Ask {
        lane: lane.clone(),
        window,
        types: types.clone(),
        depth,
    })
    .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use domain::account::ExtensionId;

    fn extension(id: &str, kind: &str) -> Extension {
        Extension {
            id: ExtensionId::new(id),
            number: None,
            name: None,
            kind: kind.to_owned(),
            status: "Enabled".to_owned(),
            time_zone: None,
        }
    }

    #[test]
    fn an_account_has_one_call_lane_and_a_message_lane_for_each_mailbox() {
        let people = [
            extension("1", "User"),
            extension("2", "IvrMenu"),
            extension("3", "SomethingNew"),
        ];
        let all: DataTypes = DataType::ALL.into();
        let keys: Vec<String> = lanes(&Scope::Account, &all, &people)
            .iter()
            .map(|(lane, _)| lane.key())
            .collect();
        assert_eq!(keys, ["calls", "messages/1", "messages/3"]);
    }

    #[test]
    fn a_lane_that_fell_behind_is_listed_from_its_mark() {
        let from = |marks: &[Option<i64>]| {
            let window = Window::from_ms(50, 90).unwrap();
            from_mark(window, marks, 20).start_ms()
        };
        assert_eq!(from(&[Some(70), Some(60)]), 50);
        assert_eq!(from(&[Some(70), Some(40)]), 40);
        assert_eq!(from(&[Some(70), Some(10)]), 20);
        assert_eq!(from(&[Some(70), None]), 20);
        assert_eq!(from(&[]), 50);
    }

    #[test]
    fn an_extension_backup_never_looks_at_anybody_else() {
        let own = Scope::Extension(ExtensionId::new("7"));
        let all: DataTypes = DataType::ALL.into();
        let keys: Vec<String> = lanes(&own, &all, &[extension("8", "User")])
            .iter()
            .map(|(lane, _)| lane.key())
            .collect();
        assert_eq!(keys, ["calls/7", "messages/7"]);
        let only_fax: DataTypes = [DataType::Fax].into();
        assert_eq!(lanes(&own, &only_fax, &[]).len(), 1);
    }

    #[test]
    fn portions_join_to_the_window_without_gap_or_overlap() {
        for days in [1, 6, 7, 8, 30, 90, 365] {
            let window = Window::from_ms(12_345, 12_345 + days * DAY_MS + 77).unwrap();
            let types: DataTypes = [DataType::CallRecording].into();
            let parts = portions(&Lane::AccountCalls, &types, window, Depth::Every);
            assert_eq!(parts[0].window.start_ms(), window.start_ms());
            assert_eq!(parts[parts.len() - 1].window.end_ms(), window.end_ms());
            for pair in parts.windows(2) {
                assert_eq!(pair[0].window.end_ms(), pair[1].window.start_ms());
            }
            assert!(
                parts
                    .iter()
                    .all(|it| it.window.length().as_secs() <= 7 * 86_400 + 1)
            );
        }
        let week = Window::from_ms(0, 7 * DAY_MS).unwrap();
        let types: DataTypes = [DataType::CallRecording].into();
        let parts = portions(&Lane::AccountCalls, &types, week, Depth::Every);
        assert_eq!(parts.len(), 1, "a whole week is one portion");
    }

    #[test]
    fn all_of_time_is_few_portions_too() {
        let since_2000 = Window::from_ms(10_957 * DAY_MS, 20_780 * DAY_MS).unwrap();
        let types: DataTypes = [DataType::CallRecording].into();
        for window in [since_2000, Window::EVER] {
            let parts = portions(&Lane::AccountCalls, &types, window, Depth::Every);
            assert!(parts.len() <= 60, "{}", parts.len());
            let joined = parts
                .iter()
                .map(|it| it.window)
                .reduce(|sum, it| sum.join(it).unwrap());
            assert_eq!(joined, Some(window));
        }
    }

    #[test]
    fn only_who_wants_messages_of_the_company_asks_who_is_in_it() {
        let own = Scope::Extension(ExtensionId::new("7"));
        let all: DataTypes = DataType::ALL.into();
        assert!(asks_everybody(&Scope::Account, &all));
        assert!(!asks_everybody(&own, &all));
        let calls: DataTypes = [DataType::CallRecording].into();
        assert!(!asks_everybody(&Scope::Account, &calls));
    }
}
