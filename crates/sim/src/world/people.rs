//! The company's extensions and the strangers who call them. Every number is
//! a fictional 555 number.

use crate::dice::Dice;

use super::Options;
use super::ids;

/// An extension of the account.
#[derive(Clone, Debug)]
pub(crate) struct Extension {
    /// Internal identifier; equals the account id for the main extension.
    pub(crate) id: u64,
    pub(crate) number: String,
    pub(crate) first_name: String,
    pub(crate) last_name: String,
    pub(crate) kind: Kind,
    pub(crate) enabled: bool,
    pub(crate) admin: bool,
    pub(crate) timezone: String,
    pub(crate) phone: String,
}

/// The extension types that the company has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    User,
    /// A call queue, by its old name.
    Department,
}

impl Kind {
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::User => "User",
            Self::Department => "Department",
        }
    }
}

impl Extension {
    /// First and last name, joined as the provider does.
    pub(crate) fn name(&self) -> String {
        [self.first_name.as_str(), self.last_name.as_str()]
            .into_iter()
            .filter(|part| !part.is_empty())
            .collect::<Vec<_>>()
            .join(" ")
    }

    pub(crate) fn email(&self) -> String {
        format!("ext{}@larkspur.example", self.number)
    }
}

/// The written extensions: number, first name, last name, and what is special.
/// The names are what real people type: other scripts, emoji, path separators,
/// device names, and one that never ends.
const WRITTEN: [(&str, &str, &str, Special); 14] = [
    ("101", "Ada", "Marlowe", Special::Admin),
    ("102", "Ben", "Okafor", Special::None),
    ("103", "Chloé", "Núñez-Ibáñez", Special::Berlin),
    ("104", "Dmitri", "Volkov / West", Special::None),
    ("105", "Eve", "🦊 Lindqvist", Special::None),
    ("106", "ليلى", "حداد", Special::Kolkata),
    ("107", "Fred", "Jr.", Special::None),
    ("108", "Maximiliana", LONG_NAME, Special::None),
    ("109", "CON", "..\\../<b>|?*:\"", Special::None),
    ("110", "Grace", "Hopkins", Special::Admin),
    ("201", "Support", "Queue", Special::Queue),
    ("202", "Sales &", "Returns", Special::Queue),
    ("111", "Harriet", "Vale", Special::Disabled),
    ("112", "ben", "okafor", Special::None),
];

const LONG_NAME: &str = "von und zu Hohenlohe-Waldenburg-Schillingsfürst-Öhringen-Langenburg-\
Kirchberg-Ingelfingen-Bartenstein-Jagstberg-Neuenstein-Weikersheim-Pfedelbach-Schrozberg-\
Ohrdruf-Gleichen-Friedrichsruhe-Sindringen-Ernsbach-Forchtenberg-Niedernhall-Künzelsau-Döttingen";

#[derive(Clone, Copy, PartialEq, Eq)]
enum Special {
    None,
    Admin,
    Queue,
    Disabled,
    Berlin,
    Kolkata,
}

const FIRST_NAMES: [&str; 24] = [
    "Amir", "Bella", "Carlos", "Dana", "Emeka", "Fiona", "George", "Hana", "Igor", "June", "Kofi",
    "Lena", "Mina", "Noor", "Omar", "Paula", "Quinn", "Rosa", "Sami", "Tess", "Uma", "Viktor",
    "Wanda", "Yuki",
];

const LAST_NAMES: [&str; 24] = [
    "Abbott", "Brandt", "Castillo", "Dubois", "Eriksen", "Fischer", "Gupta", "Hughes", "Ito",
    "Jensen", "Kowalski", "Laurent", "Moreau", "Nakamura", "O'Brien", "Petrov", "Quist", "Rossi",
    "Santos", "Tanaka", "Ueda", "Vargas", "Weber", "Zhou",
];

/// Area codes with a place in them; 555-0100 to 555-0199 are reserved for
/// fiction in each.
const AREAS: [(u16, &str); 16] = [
    (212, "New York, NY"),
    (213, "Los Angeles, CA"),
    (303, "Denver, CO"),
    (305, "Miami, FL"),
    (312, "Chicago, IL"),
    (404, "Atlanta, GA"),
    (415, "San Francisco, CA"),
    (503, "Portland, OR"),
    (512, "Austin, TX"),
    (602, "Phoenix, AZ"),
    (617, "Boston, MA"),
    (650, "Palo Alto, CA"),
    (702, "Las Vegas, NV"),
    (713, "Houston, TX"),
    (808, "Honolulu, HI"),
    (907, "Anchorage, AK"),
];

/// The account's main number.
pub(crate) const MAIN_NUMBER: &str = "+16505550100";

/// Number of strangers.
pub(crate) const STRANGERS: u64 = 1_500;

/// Somebody outside the company.
pub(crate) struct Stranger {
    pub(crate) phone: String,
    pub(crate) place: &'static str,
    /// What caller id knows about them: often nothing.
    pub(crate) name: Option<String>,
}

/// The stranger with this number in the town directory.
pub(crate) fn stranger(dice: Dice, index: u32) -> Stranger {
    let index = u64::from(index);
    let dice = dice.of("stranger").at(index);
    let (area, place) = AREAS[usize::try_from(index % 16).unwrap_or(0)];
    let line = 100 + (index / 16) % 100;
    let name = dice.chance(0.6).then(|| {
        format!(
            "{} {}",
            dice.at(1).pick(&FIRST_NAMES),
            dice.at(2).pick(&LAST_NAMES)
        )
    });
    Stranger {
        phone: format!("+1{area}5550{line:03}"),
        place,
        name,
    }
}

/// The company's extensions, the main one first. With `recycled`, the disabled
/// one has the number that a colleague got later.
pub(crate) fn extensions(options: &Options, recycled: bool) -> Vec<Extension> {
    let dice = Dice::new(11).of("staff");
    (0..u64::from(options.extensions.max(1)))
        .map(|index| {
            let mut extension = match usize::try_from(index).ok().and_then(|i| WRITTEN.get(i)) {
                Some(row) => written(row, &options.timezone),
                None => ordinary(dice.at(index), index, &options.timezone),
            };
            if recycled && !extension.enabled {
                "102".clone_into(&mut extension.number);
            }
            extension.id = ids::extension(index);
            extension.phone = format!("+1{}5550{:03}", 650 + (index / 100) * 3, 101 + index % 99);
            extension
        })
        .collect()
}

fn written(row: &(&str, &str, &str, Special), timezone: &str) -> Extension {
    let &(number, first_name, last_name, special) = row;
    Extension {
        id: 0,
        number: number.to_owned(),
        first_name: first_name.to_owned(),
        last_name: last_name.to_owned(),
        kind: if special == Special::Queue {
            Kind::Department
        } else {
            Kind::User
        },
        enabled: special != Special::Disabled,
        admin: special == Special::Admin,
        timezone: match special {
            Special::Berlin => "Europe/Berlin".to_owned(),
            Special::Kolkata => "Asia/Kolkata".to_owned(),
            _ => timezone.to_owned(),
        },
        phone: String::new(),
    }
}

fn ordinary(dice: Dice, index: u64, timezone: &str) -> Extension {
    Extension {
        id: 0,
        number: format!("{}", 1_000 + index),
        first_name: (*dice.at(1).pick(&FIRST_NAMES)).to_owned(),
        last_name: (*dice.at(2).pick(&LAST_NAMES)).to_owned(),
        kind: Kind::User,
        enabled: true,
        admin: false,
        timezone: timezone.to_owned(),
        phone: String::new(),
    }
}

/// Who can be in a scene: those who are enabled, and those who left when they
/// had not left yet.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Cast<'a> {
    pub(crate) staff: &'a [Extension],
    /// When the disabled ones left.
    pub(crate) left_ms: i64,
}

impl Cast<'_> {
    /// Somebody who was there at `at_ms`; a queue only where that can be.
    pub(crate) fn someone(&self, dice: Dice, at_ms: i64, queues: bool) -> u16 {
        let fits = |index: u16| {
            let extension = &self.staff[usize::from(index)];
            (extension.enabled || at_ms < self.left_ms) && (queues || extension.kind == Kind::User)
        };
        let all = u64::try_from(self.staff.len()).unwrap_or(1);
        (0..16)
            .map(|attempt| u16::try_from(dice.at(attempt).below(all)).unwrap_or(0))
            .find(|&index| fits(index))
            .unwrap_or(0)
    }

    /// Another user than `owner`, where there is one.
    pub(crate) fn colleague(&self, dice: Dice, at_ms: i64, owner: u16) -> u16 {
        (0..8)
            .map(|attempt| self.someone(dice.of("colleague").at(attempt), at_ms, false))
            .find(|&other| other != owner)
            .unwrap_or(owner)
    }

    /// A call queue, if the company has one.
    pub(crate) fn queue(&self, dice: Dice) -> Option<u16> {
        let queues: Vec<u16> = (0..)
            .zip(self.staff)
            .filter(|(_, extension)| extension.kind == Kind::Department)
            .map(|(index, _)| index)
            .collect();
        (!queues.is_empty()).then(|| *dice.of("queue").pick(&queues))
    }
}
