//! Ada, whom everybody here calls, and what she receives.

use domain::account::{Extension, ExtensionId};
use domain::archive_path::Naming;
use domain::data_type::DataType;
use domain::item::{Direction, Facts, Fetch, Item, ItemId, Party};
use domain::media::Expected;
use jiff::tz::TimeZone;

pub(crate) const PRESETS: [Naming; 4] = [
    Naming::Default,
    Naming::RingCentral,
    Naming::FlatMonth,
    Naming::Privacy,
];

pub(crate) fn ada() -> Extension {
    Extension {
        id: ExtensionId::new("62264006"),
        number: Some("101".to_owned()),
        name: Some("Ada Lovelace".to_owned()),
        kind: "User".to_owned(),
        status: "Enabled".to_owned(),
        time_zone: None,
    }
}

pub(crate) fn outside() -> Party {
    Party {
        number: Some("+15550100567".to_owned()),
        extension_number: None,
        name: Some("Charles Babbage".to_owned()),
    }
}

pub(crate) fn inside() -> Party {
    Party {
        number: Some("+1 (555) 010-0234".to_owned()),
        extension_number: Some("101".to_owned()),
        name: Some("Ada Lovelace".to_owned()),
    }
}

pub(crate) fn item(data_type: DataType, unit: &str, part: Option<&str>) -> Item {
    Item {
        id: ItemId {
            data_type,
            unit: unit.to_owned(),
            part: part.map(str::to_owned),
        },
        extension: Some(ExtensionId::new("62264006")),
        at_ms: 1_781_287_407_000,
        facts: Facts {
            direction: Direction::In,
            from: outside(),
            to: vec![inside()],
            seconds: Some(372),
            pages: Some(3),
            recording_type: Some("Automatic".to_owned()),
            ..Facts::default()
        },
        fetch: Fetch::Nothing,
        expected: Expected::Anything,
        size: None,
    }
}

pub(crate) fn new_york() -> TimeZone {
    TimeZone::get("America/New_York").unwrap()
}
