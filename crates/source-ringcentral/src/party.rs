//! Who was at either end of a call or message, and which way it went.

use domain::item::{Direction, Party};

use crate::wire;

/// `Inbound`, `Outbound`, or something new.
pub(crate) fn direction(word: Option<&str>) -> Direction {
    match word {
        Some("Inbound") => Direction::In,
        Some("Outbound") => Direction::Out,
        _ => Direction::Unknown,
    }
}

/// Somebody as RingCentral names them.
pub(crate) fn party(party: &wire::Party) -> Party {
    Party {
        number: party.phone_number.clone(),
        extension_number: party.extension_number.clone(),
        name: party.name.clone(),
    }
}
