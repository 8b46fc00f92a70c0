//! The lines of coverage: one for each person and type. Pure.

use std::collections::{BTreeMap, BTreeSet};

use domain::account::{Extension, ExtensionId};
use domain::connection::{Backup, Scope};
use domain::coverage::{Cover, Hidden, Lost, Reached};
use domain::data_type::DataType;

use super::Line;

/// What was read of the Store.
#[derive(Default)]
pub(super) struct Read {
    pub(super) people: Vec<Extension>,
    pub(super) leavers: BTreeMap<ExtensionId, i64>,
    pub(super) covers: Vec<Cover>,
    pub(super) marks: Vec<Reached>,
    pub(super) hidden: Vec<Hidden>,
    pub(super) lost: Vec<Lost>,
}

/// Whose, and of which type.
type Of<'a> = (Option<&'a ExtensionId>, DataType);

/// The same, to be asked quickly: a company may have 100,000 people.
struct Index<'a> {
    backup: &'a Backup,
    leavers: &'a BTreeMap<ExtensionId, i64>,
    people: BTreeMap<&'a ExtensionId, &'a Extension>,
    covers: BTreeMap<Of<'a>, &'a Cover>,
    marks: BTreeMap<(&'a str, DataType), i64>,
    hidden: BTreeMap<&'a str, &'a Hidden>,
    lost: BTreeMap<Of<'a>, Vec<(String, u64)>>,
}

impl<'a> Index<'a> {
    fn of(backup: &'a Backup, read: &'a Read) -> Index<'a> {
        let covers = read.covers.iter();
        let marks = read.marks.iter();
        let mut lost: BTreeMap<Of<'a>, Vec<(String, u64)>> = BTreeMap::new();
        for it in &read.lost {
            let of = (it.extension.as_ref(), it.data_type);
            lost.entry(of)
                .or_default()
                .push((it.cause.clone(), it.files));
        }
        Index {
            backup,
            leavers: &read.leavers,
            people: read.people.iter().map(|it| (&it.id, it)).collect(),
            covers: covers
                .map(|it| ((it.extension.as_ref(), it.data_type), it))
                .collect(),
            marks: marks
                .map(|it| ((it.lane.as_str(), it.data_type), it.to_ms))
                .collect(),
            hidden: read
                .hidden
                .iter()
                .map(|it| (it.lane.as_str(), it))
                .collect(),
            lost,
        }
    }

    fn line(&self, of: Of<'_>) -> Line {
        let (id, data_type) = of;
        let person = id.and_then(|it| self.people.get(it));
        let cover = self.covers.get(&of);
        let lanes = lanes_of(id, data_type);
        let mark = |lane: &String| self.marks.get(&(lane.as_str(), data_type)).copied();
        Line {
            extension: id.cloned(),
            number: person.and_then(|it| it.number.clone()).unwrap_or_default(),
            name: person.and_then(|it| it.name.clone()).unwrap_or_default(),
            left_ms: id.and_then(|it| self.leavers.get(it)).copied(),
            data_type,
            count: cover.map(|it| it.count).unwrap_or_default(),
            first_ms: cover.and_then(|it| it.first_ms),
            last_ms: cover.and_then(|it| it.last_ms),
            listed_to_ms: lanes.iter().find_map(mark),
            lost: self.lost.get(&of).cloned().unwrap_or_default(),
            hidden: self.hidden(&lanes),
        }
    }

    /// The first of these lanes that is hidden. `messages` stands for the
    /// mailboxes of others, where nobody can name them: one that can be listed
    /// by its own name is not among them.
    fn hidden(&self, lanes: &[String]) -> Option<Hidden> {
        let named = |lane: &str| {
            DataType::ALL
                .iter()
                .any(|&it| self.marks.contains_key(&(lane, it)))
        };
        let own = lanes.first().is_some_and(|it| named(it));
        let mut lanes = lanes.iter().filter(|it| !(own && *it == "messages"));
        lanes.find_map(|it| self.hidden.get(it.as_str()).copied().cloned())
    }

    /// Whether the Backup asks for what is somebody's. Who left before
    /// anything of theirs was seen has no place in an archive.
    fn is_asked(&self, person: &Extension) -> bool {
        match &self.backup.scope {
            _ if self.leavers.contains_key(&person.id) => false,
            Scope::Account => person.may_have_messages(),
            Scope::Extension(id) => person.id == *id,
        }
    }
}

/// One line for each person and type that is asked for or of which there is
/// anything, in the order of extension numbers.
pub(super) fn lines(backup: &Backup, read: &Read) -> Vec<Line> {
    let index = Index::of(backup, read);
    let mut wanted: BTreeSet<Of<'_>> = index.covers.keys().copied().collect();
    for person in read.people.iter().filter(|it| index.is_asked(it)) {
        let types = backup.types.iter();
        wanted.extend(types.map(|&it| (Some(&person.id), it)));
    }
    let mut lines: Vec<Line> = wanted.into_iter().map(|it| index.line(it)).collect();
    lines.sort_by_cached_key(|it| {
        let number = it.number.parse::<u64>().unwrap_or(u64::MAX);
        let whose = (it.extension.is_none(), number, it.number.clone());
        (whose, it.name.clone(), it.extension.clone(), it.data_type)
    });
    lines
}

/// Which lanes tell of a person and type: their own, then the company's.
fn lanes_of(id: Option<&ExtensionId>, data_type: DataType) -> Vec<String> {
    let company = if data_type.is_message() {
        "messages"
    } else {
        "calls"
    };
    let own = id.map(|it| format!("{company}/{it}"));
    own.into_iter().chain([company.to_owned()]).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use domain::ledger::Count;
    use testkit::builders::{account, backup, connection, destination, extension, extension_id};

    fn company() -> Backup {
        let company = account("1");
        let connection = connection("c", &destination("d", &company.id));
        Backup {
            scope: Scope::Account,
            types: [DataType::CallRecording, DataType::Sms].into(),
            ..backup("b", &connection)
        }
    }

    fn cover(id: Option<&str>, data_type: DataType) -> Cover {
        let count = Count {
            archived: 1,
            ..Count::default()
        };
        Cover {
            extension: id.map(extension_id),
            data_type,
            count,
            first_ms: Some(1),
            last_ms: Some(2),
        }
    }

    fn told(lines: &[Line]) -> Vec<(&str, &str)> {
        let of = |it: &'_ Line| it.data_type.word();
        lines
            .iter()
            .map(|it| (it.number.as_str(), of(it)))
            .collect()
    }

    #[test]
    fn new_people_are_simply_there_and_leavers_are_kept_with_what_they_have() {
        let mut room = extension("900");
        room.kind = "Room".to_owned();
        let read = Read {
            people: vec![
                extension("1001"),
                extension("102"),
                extension("103"),
                extension("104"),
                room,
            ],
            leavers: [(extension_id("103"), 7), (extension_id("104"), 8)].into(),
            covers: vec![
                cover(None, DataType::Fax),
                cover(Some("103"), DataType::Sms),
            ],
            ..Read::default()
        };
        let lines = lines(&company(), &read);
        assert_eq!(
            told(&lines),
            [
                ("102", "recordings"),
                ("102", "sms"),
                ("103", "sms"),
                ("1001", "recordings"),
                ("1001", "sms"),
                ("", "fax"),
            ]
        );
        assert_eq!((lines[2].left_ms, lines[2].count.archived), (Some(7), 1));
        assert_eq!((lines[0].left_ms, lines[0].listed_to_ms), (None, None));
    }

    #[test]
    fn ones_own_lane_tells_before_the_companys() {
        let reached = |lane: &str, data_type, to_ms| Reached {
            lane: lane.to_owned(),
            data_type,
            to_ms,
        };
        let hidden = |lane: &str| Hidden {
            lane: lane.to_owned(),
            since_ms: 1,
            cause: lane.to_owned(),
        };
        let read = Read {
            people: vec![extension("101"), extension("102")],
            marks: vec![
                reached("calls", DataType::CallRecording, 10),
                reached("messages/101", DataType::Sms, 20),
            ],
            hidden: vec![hidden("calls/102"), hidden("messages")],
            ..Read::default()
        };
        let lines = lines(&company(), &read);
        let told: Vec<_> = lines
            .iter()
            .map(|it| {
                (
                    it.listed_to_ms,
                    it.hidden.as_ref().map(|it| it.lane.as_str()),
                )
            })
            .collect();
        assert_eq!(
            told,
            [
                (Some(10), None),
                (Some(20), None),
                (Some(10), Some("calls/102")),
                (None, Some("messages")),
            ]
        );
    }
}
