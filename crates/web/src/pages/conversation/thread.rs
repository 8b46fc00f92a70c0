//! Which texts belong together, and how they are looked for. Pure.

use std::collections::BTreeSet;

use domain::account::ExtensionId;
use domain::data_type::DataType;
use domain::item::{Direction, ItemId, Party};
use domain::search::{Hit, Query};

/// What all messages of a conversation share: whose they are, and the
/// provider's id of it; where it gave none, who is at the other end.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Thread {
    extension: Option<ExtensionId>,
    with: Result<String, BTreeSet<String>>,
}

impl Thread {
    /// To which a message belongs.
    pub(super) fn of(hit: &Hit) -> Thread {
        let named = hit.facts.conversation_id.clone();
        let others = || others(hit).into_iter().filter_map(spelled).collect();
        Thread {
            extension: hit.extension.clone(),
            with: named.ok_or_else(others),
        }
    }
}

/// Who is at the other end.
pub(super) fn others(hit: &Hit) -> Vec<&Party> {
    let facts = &hit.facts;
    match facts.direction {
        Direction::In => vec![&facts.from],
        Direction::Out => facts.to.iter().collect(),
        Direction::Unknown => std::iter::once(&facts.from).chain(&facts.to).collect(),
    }
}

/// By what somebody is known.
fn spelled(party: &Party) -> Option<String> {
    let known = [&party.number, &party.extension_number, &party.name];
    known.into_iter().flatten().next().cloned()
}

/// All texts.
pub(super) fn texts() -> Query {
    Query {
        types: [DataType::Sms].into(),
        ..Query::default()
    }
}

/// A question that finds the whole conversation of a message, and perhaps
/// more: each message of it names this number at one of its ends.
pub(super) fn narrowed(hit: &Hit) -> Query {
    let number = |it: &&Party| {
        let numbers = [&it.number, &it.extension_number];
        let mut numbers = numbers.into_iter().flatten();
        numbers
            .find(|it| it.bytes().any(|it| it.is_ascii_digit()))
            .cloned()
    };
    Query {
        number: others(hit).iter().find_map(number).unwrap_or_default(),
        ..texts()
    }
}

/// Its message, of which the item is a part.
pub(super) fn unit(hit: &Hit) -> String {
    ItemId::from_key(&hit.item).map_or_else(|| hit.item.clone(), |it| it.unit)
}

#[cfg(test)]
mod tests {
    use super::*;
    use domain::item::Facts;
    use domain::ledger::EntryState;

    fn party(number: &str) -> Party {
        Party {
            number: Some(number.to_owned()),
            ..Party::default()
        }
    }

    fn hit(direction: Direction, from: &str, to: &[&str], id: Option<&str>) -> Hit {
        Hit {
            item: "sms/1/2".to_owned(),
            data_type: DataType::Sms,
            extension: Some(ExtensionId::new("101")),
            at_ms: 0,
            facts: Facts {
                direction,
                from: party(from),
                to: to.iter().map(|it| party(it)).collect(),
                conversation_id: id.map(str::to_owned),
                ..Facts::default()
            },
            state: EntryState::Archived,
            cause: String::new(),
            path: None,
            size: None,
            sha256: None,
        }
    }

    #[test]
    fn both_ways_are_one_conversation_and_others_are_not() {
        let asked = hit(Direction::Out, "+1", &["+2"], None);
        let answered = hit(Direction::In, "+2", &["+1"], None);
        assert_eq!(Thread::of(&asked), Thread::of(&answered));
        let other = hit(Direction::In, "+3", &["+1"], None);
        assert_ne!(Thread::of(&asked), Thread::of(&other));
        let mut elsewhere = answered.clone();
        elsewhere.extension = Some(ExtensionId::new("102"));
        assert_ne!(Thread::of(&asked), Thread::of(&elsewhere));
        assert_eq!(unit(&asked), "1");
    }

    #[test]
    fn a_group_is_told_by_its_id() {
        let one = hit(Direction::In, "+2", &["+1", "+3"], Some("g"));
        let two = hit(Direction::In, "+3", &["+1", "+2"], Some("g"));
        assert_eq!(Thread::of(&one), Thread::of(&two));
        let alone = hit(Direction::In, "+2", &["+1"], Some("h"));
        assert_ne!(Thread::of(&one), Thread::of(&alone));
        assert_eq!(narrowed(&one).number, "+2");
    }

    #[test]
    fn where_nobody_has_a_number_all_texts_are_looked_at() {
        let mut one = hit(Direction::In, "unknown", &[], None);
        assert_eq!(narrowed(&one), texts());
        one.facts.from.extension_number = Some("101".to_owned());
        assert_eq!(narrowed(&one).number, "101");
    }
}
