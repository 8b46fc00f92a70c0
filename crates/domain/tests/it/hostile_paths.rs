//! Archive paths from hostile names: everybody takes them, and no two items
//! share one.

use std::collections::HashMap;
use std::hash::{BuildHasher, RandomState};

use domain::account::{Extension, ExtensionId};
use domain::archive_path::{Naming, finished, folder_name, stem};
use domain::data_type::DataType;
use domain::item::{Direction, Facts, Fetch, Item, ItemId, Party};
use domain::media::Expected;
use jiff::tz::{TimeZone, offset};

use crate::dice::{ATOMS, Dice};
use crate::other_peoples_rules::{folded, objection};
use crate::samples::{PRESETS, ada, item, new_york};

fn hostile_party(dice: &mut Dice) -> Party {
    Party {
        number: dice.maybe(),
        extension_number: dice.maybe(),
        name: dice.maybe(),
    }
}

fn hostile_item(dice: &mut Dice) -> Item {
    let at_ms = match dice.below(10) {
        0 => i64::MAX,
        1 => i64::MIN,
        2 => dice.next().cast_signed(),
        _ => i64::try_from(dice.below(4_102_444_800_000)).unwrap(),
    };
    Item {
        id: ItemId {
            data_type: *dice.pick(&DataType::ALL),
            unit: dice.hostile(),
            part: dice.maybe(),
        },
        extension: None,
        at_ms,
        facts: Facts {
            direction: *dice.pick(&[Direction::In, Direction::Out, Direction::Unknown]),
            from: hostile_party(dice),
            to: (0..dice.below(3)).map(|_| hostile_party(dice)).collect(),
            seconds: dice.one_in(2).then(|| dice.next()),
            pages: dice.one_in(2).then(|| dice.next()),
            recording_type: dice.maybe(),
            ..Facts::default()
        },
        fetch: Fetch::Nothing,
        expected: Expected::Anything,
        size: None,
    }
}

fn zones() -> Vec<TimeZone> {
    [
        "America/St_Johns",
        "Asia/Kathmandu",
        "Pacific/Kiritimati",
        "Africa/Monrovia",
    ]
    .map(|name| TimeZone::get(name).unwrap())
    .into_iter()
    .chain([TimeZone::UTC, TimeZone::fixed(offset(-12))])
    .collect()
}

/// Paths seen so far under one folding, and whose they are.
struct Seen {
    hasher: RandomState,
    owners: HashMap<u64, u64>,
}

impl Seen {
    fn new() -> Seen {
        Seen {
            hasher: RandomState::new(),
            owners: HashMap::new(),
        }
    }

    /// Asserts that the path is nobody else's.
    fn claim(&mut self, path: &str, item: &str) {
        let owner = self.hasher.hash_one(item);
        let earlier = self.owners.insert(self.hasher.hash_one(path), owner);
        assert!(
            earlier.is_none_or(|it| it == owner),
            "{path:?} is also {item:?}"
        );
    }
}

/// Hostile names, ids, numbers, times and extensions, about a dozen an item,
/// through every preset: 100,000 paths.
#[test]
fn a_hundred_thousand_hostile_names_all_lie_inside_and_apart() {
    let mut dice = Dice::new(0x0a1c_41fe);
    let zones = zones();
    let mut seen: Vec<Seen> = PRESETS.iter().map(|_| Seen::new()).collect();
    for _ in 0..25_000 {
        let extension = Extension {
            id: ExtensionId::new(dice.hostile()),
            number: dice.maybe(),
            name: dice.maybe(),
            ..ada()
        };
        let item = hostile_item(&mut dice);
        let zone = dice.pick(&zones).clone();
        let version = if dice.one_in(4) { u32::MAX } else { 1 };
        let file_extension = dice.hostile();
        for (n, naming) in PRESETS.into_iter().enumerate() {
            let folder = folder_name(naming, Some(&extension));
            let stem = stem(naming, &item, &folder, &zone);
            let path = finished(&stem, version, &file_extension)
                .unwrap_or_else(|error| panic!("{error}: {stem:?}"));
            if let Some(objection) = objection(path.as_str()) {
                panic!("{objection} in {path:?}");
            }
            seen[n].claim(&folded(path.as_str()), &item.id.key());
        }
    }
}

/// Everything equal but the ids, and those chosen to be mistaken.
#[test]
fn ids_alone_keep_files_apart() {
    const BITS: [&str; 26] = [
        "1", "a", "A", "é", "e\u{301}", "É", "K", "k", "\u{212a}", "i", "I", "İ", "ı", "ß", "SS",
        "Σ", "σ", "ς", "_", "=", "-", "_att", "_all", " v2", "41", ".",
    ];
    let mut dice = Dice::new(7);
    let mut seen: Vec<Seen> = PRESETS.iter().map(|_| Seen::new()).collect();
    for _ in 0..20_000 {
        let mut id = |most| {
            (0..dice.below(most))
                .map(|_| *dice.pick(&BITS))
                .collect::<String>()
        };
        let (unit, part) = (id(4), id(3));
        let part = (!dice.one_in(3)).then_some(part.as_str());
        let item = item(*dice.pick(&DataType::ALL), &unit, part);
        for (n, naming) in PRESETS.into_iter().enumerate() {
            let stem = stem(naming, &item, "Account", &TimeZone::UTC);
            let version = 1 + u32::from(dice.one_in(2));
            let path = finished(&stem, version, "mp3").unwrap();
            seen[n].claim(&folded(path.as_str()), &item.id.key());
        }
    }
}

#[test]
fn the_same_item_always_lies_in_the_same_place() {
    let (mut one, mut other) = (Dice::new(3), Dice::new(3));
    for _ in 0..2_000 {
        let (a, b) = (hostile_item(&mut one), hostile_item(&mut other));
        for naming in PRESETS {
            assert_eq!(
                stem(naming, &a, "f", &new_york()),
                stem(naming, &b, "f", &new_york())
            );
        }
    }
}

/// Folders differ for different people, and always stand as one component.
#[test]
fn every_extension_gets_a_folder_of_its_own() {
    for naming in [Naming::Default, Naming::Privacy] {
        let mut seen = Seen::new();
        for atom in ATOMS {
            for name in [atom, "NUL.x", "~$x", ".dropbox"] {
                let extension = Extension {
                    id: ExtensionId::new(atom),
                    number: None,
                    name: Some(name.to_owned()),
                    ..ada()
                };
                let folder = folder_name(naming, Some(&extension));
                assert_eq!(objection(&folder), None);
                assert!(!folder.contains('/'));
                seen.claim(&folded(&folder), atom);
            }
        }
    }
}
