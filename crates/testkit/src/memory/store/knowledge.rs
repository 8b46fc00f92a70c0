//! What is known of an Item after another sighting: the newest facts, except
//! that a known one is never overwritten with nothing. Its own time is that of
//! the first sighting, so that it never moves to another row of the LOG.

use domain::item::{Direction, Facts, Fetch, Item, Party};

pub(super) fn refreshed(known: Item, newest: Item) -> Item {
    Item {
        id: known.id,
        extension: newest.extension.or(known.extension),
        at_ms: known.at_ms,
        facts: facts(known.facts, newest.facts),
        fetch: match newest.fetch {
            Fetch::Nothing => known.fetch,
            told => told,
        },
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
        to: if newest.to.iter().all(|it| *it == Party::default()) {
            known.to
        } else {
            newest.to
        },
        seconds: newest.seconds.or(known.seconds),
        pages: newest.pages.or(known.pages),
        recording_type: text(known.recording_type, newest.recording_type),
        call_id: text(known.call_id, newest.call_id),
        session_id: text(known.session_id, newest.session_id),
        conversation_id: text(known.conversation_id, newest.conversation_id),
        file_name: text(known.file_name, newest.file_name),
        text: text(known.text, newest.text),
    }
}

fn party(known: Party, newest: Party) -> Party {
    Party {
        number: text(known.number, newest.number),
        extension_number: text(known.extension_number, newest.extension_number),
        name: text(known.name, newest.name),
    }
}

/// An empty text is nothing.
fn text(known: Option<String>, newest: Option<String>) -> Option<String> {
    newest.filter(|it| !it.is_empty()).or(known)
}
