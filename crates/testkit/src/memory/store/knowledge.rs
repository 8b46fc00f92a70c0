//! What is known of an Item after another sighting: the newest facts, except
//! that a known one is never overwritten with nothing.

use domain::item::{Direction, Facts, Item, Party};

pub(super) fn refreshed(known: Item, newest: Item) -> Item {
    Item {
        id: newest.id,
        extension: newest.extension.or(known.extension),
        at_ms: newest.at_ms,
        facts: facts(known.facts, newest.facts),
        fetch: newest.fetch,
        expected: newest.expected,
        size: newest.size.or(known.size),
    }
}

fn facts(known: Facts, newest: Facts) -> Facts {
    Facts {
        direction: match newest.direction {
            Direction::Unknown => known.direction,
            told => told,
        },
        from: party(known.from, newest.from),
        to: if newest.to.is_empty() {
            known.to
        } else {
            newest.to
        },
        seconds: newest.seconds.or(known.seconds),
        pages: newest.pages.or(known.pages),
        recording_type: newest.recording_type.or(known.recording_type),
        call_id: newest.call_id.or(known.call_id),
        session_id: newest.session_id.or(known.session_id),
        conversation_id: newest.conversation_id.or(known.conversation_id),
        file_name: newest.file_name.or(known.file_name),
        text: newest.text.or(known.text),
    }
}

fn party(known: Party, newest: Party) -> Party {
    Party {
        number: newest.number.or(known.number),
        extension_number: newest.extension_number.or(known.extension_number),
        name: newest.name.or(known.name),
    }
}
