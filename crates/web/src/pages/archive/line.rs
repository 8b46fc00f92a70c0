//! What was found as the cells of a row.

use domain::item::{Direction, Party};
use domain::search::Hit;

use crate::format::{cell, machine};
use crate::names::Names;
use crate::pages::item::name;
use crate::size;
use crate::texts::archive as say;
use crate::texts::statuses;
use crate::zone::Zone;

/// So much of a text is shown, characters.
const GLIMPSE: usize = 160;
/// So many people are named.
const MOST_PEOPLE: usize = 4;

/// Its cells.
pub(crate) struct Line {
    pub(crate) at: String,
    pub(crate) at_machine: String,
    pub(crate) data_type: &'static str,
    pub(crate) direction: &'static str,
    pub(crate) from: String,
    pub(crate) to: String,
    pub(crate) whose: String,
    pub(crate) length: String,
    pub(crate) size: String,
    pub(crate) state: &'static str,
    pub(crate) word: &'static str,
    pub(crate) cause: String,
    pub(crate) glimpse: String,
    pub(crate) path: String,
    /// Its page.
    pub(crate) href: String,
}

impl Line {
    /// With times in this zone.
    pub(crate) fn of(hit: &Hit, names: &Names, zone: &Zone) -> Line {
        let facts = &hit.facts;
        let text = facts.text.as_deref().or(facts.file_name.as_deref());
        Line {
            at: cell(hit.at_ms, zone),
            at_machine: machine(hit.at_ms),
            data_type: hit.data_type.label(),
            direction: match facts.direction {
                Direction::In => say::IN,
                Direction::Out => say::OUT,
                Direction::Unknown => "",
            },
            from: who(&facts.from),
            to: all(&facts.to),
            whose: names.whose(hit.extension.as_ref()),
            length: length(facts.seconds, facts.pages),
            size: hit.size.map(size::words).unwrap_or_default(),
            state: statuses::state(&hit.state),
            word: hit.state.word(),
            cause: hit.cause.clone(),
            glimpse: glimpse(text.unwrap_or_default()),
            path: hit.path.clone().unwrap_or_default(),
            href: name::href(&hit.item),
        }
    }
}

/// Somebody, as far as they are known.
pub(crate) fn who(party: &Party) -> String {
    let all = [&party.name, &party.number, &party.extension_number];
    let known: Vec<&str> = all.into_iter().flatten().map(String::as_str).collect();
    known.join(" ")
}

/// Several people, of whom some are named.
pub(crate) fn all(parties: &[Party]) -> String {
    let named: Vec<String> = parties.iter().take(MOST_PEOPLE).map(who).collect();
    let mut text = named.join(", ");
    if parties.len() > MOST_PEOPLE {
        text.push_str(&say::and_more(parties.len() - MOST_PEOPLE));
    }
    text
}

fn length(seconds: Option<u64>, pages: Option<u64>) -> String {
    match (seconds, pages) {
        (Some(it), _) if it >= 3600 => {
            format!("{}:{:02}:{:02}", it / 3600, it / 60 % 60, it % 60)
        }
        (Some(it), _) => format!("{}:{:02}", it / 60, it % 60),
        (None, Some(pages)) => say::pages(pages),
        (None, None) => String::new(),
    }
}

/// The beginning, on one line.
fn glimpse(text: &str) -> String {
    let words: Vec<&str> = text.split_whitespace().collect();
    let line = words.join(" ");
    match line.char_indices().nth(GLIMPSE) {
        Some((cut, _)) => format!("{}\u{2026}", &line[..cut]),
        None => line,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lengths_are_as_people_read_them() {
        assert_eq!(length(Some(0), None), "0:00");
        assert_eq!(length(Some(61), Some(2)), "1:01");
        assert_eq!(length(Some(3723), None), "1:02:03");
        assert_eq!(length(None, Some(1)), "1 page");
        assert_eq!(length(None, None), "");
    }

    #[test]
    fn a_glimpse_is_one_line_and_cut_between_characters() {
        assert_eq!(glimpse(" a\r\n\tb "), "a b");
        let long = glimpse(&"é".repeat(999));
        assert_eq!(long.chars().count(), GLIMPSE + 1);
    }

    #[test]
    fn of_a_large_group_some_are_named() {
        let party = |name: &str| Party {
            name: Some(name.to_owned()),
            number: Some("+1".to_owned()),
            ..Party::default()
        };
        let group: Vec<Party> = ["a", "b", "c", "d", "e", "f"].map(party).into();
        assert_eq!(all(&group), "a +1, b +1, c +1, d +1 and 2 more");
        assert_eq!(all(&group[..1]), "a +1");
    }
}
