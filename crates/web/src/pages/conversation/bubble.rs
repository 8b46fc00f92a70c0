//! A message as a bubble: its text, and its pictures in place.

use domain::item::Direction;
use domain::search::Hit;

use super::thread::unit;
use crate::format::{cell, machine};
use crate::pages::archive::line::who;
use crate::pages::item::name;
use crate::pages::item::piece::Piece;
use crate::texts::conversation as say;
use crate::texts::statuses;
use crate::zone::Zone;

/// One message.
pub(super) struct Bubble {
    unit: String,
    pub(super) at: String,
    pub(super) at_machine: String,
    /// A word of ours: `in`, `out` or nothing.
    pub(super) way: &'static str,
    /// For who does not see on which side it stands.
    pub(super) direction: &'static str,
    pub(super) from: String,
    pub(super) text: Option<String>,
    /// Its page.
    pub(super) href: String,
    /// Of the text, where it is not archived.
    pub(super) state: Option<(&'static str, &'static str)>,
    pub(super) pieces: Vec<Piece>,
}

/// Messages of a page, the oldest first, out of their parts, newest first.
pub(super) fn all(hits: &[Hit], zone: &Zone) -> Vec<Bubble> {
    let mut all: Vec<Bubble> = Vec::new();
    for hit in hits.iter().rev() {
        let unit = unit(hit);
        let at = all.iter().rposition(|it| it.unit == unit);
        let at = at.unwrap_or_else(|| {
            all.push(Bubble::of(hit, unit, zone));
            all.len() - 1
        });
        all[at].take(hit);
    }
    all
}

impl Bubble {
    fn of(hit: &Hit, unit: String, zone: &Zone) -> Bubble {
        let (way, direction) = match hit.facts.direction {
            Direction::In => ("in", say::IN),
            Direction::Out => ("out", say::OUT),
            Direction::Unknown => ("", ""),
        };
        Bubble {
            unit,
            at: cell(hit.at_ms, zone),
            at_machine: machine(hit.at_ms),
            way,
            direction,
            from: who(&hit.facts.from),
            text: None,
            href: name::href(&hit.item),
            state: None,
            pieces: Vec::new(),
        }
    }

    fn take(&mut self, hit: &Hit) {
        let is_part = name::read(&hit.item).is_some_and(|it| it.part.is_some());
        if is_part {
            self.pieces.push(Piece::of(hit, false));
            return;
        }
        self.href = name::href(&hit.item);
        self.text = hit.facts.text.clone().filter(|it| !it.trim().is_empty());
        let open = hit.path.is_none();
        self.state = open.then(|| (hit.state.word(), statuses::state(&hit.state)));
    }
}
