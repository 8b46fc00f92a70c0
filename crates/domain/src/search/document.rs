//! What a database keeps of an Item so that it is found: its words, text by
//! text, and marks. A mark holds a colon, which no word does.

use crate::account::{AccountId, ExtensionId};
use crate::connection::BackupId;
use crate::data_type::DataType;
use crate::item::{Direction, Item, Party};

use super::{Ask, Term, hash, words};

/// No Item has more words than this, whatever its text is.
const MOST_WORDS: usize = 4_000;
/// More digits than any number has.
const MOST_DIGITS: usize = 24;
/// An Item has no more people than this.
const MOST_PEOPLE: usize = 200;

/// The words and marks of an Item.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Document {
    /// Its texts as words. A phrase lies within one of them.
    pub texts: Vec<Vec<String>>,
    /// What else it is asked for by, without its Backups.
    pub marks: Vec<String>,
}

impl Document {
    /// Of an Item.
    pub fn of(item: &Item) -> Document {
        let facts = &item.facts;
        let mut document = Document::default();
        document.text(facts.text.as_deref());
        document.text(facts.file_name.as_deref());
        for party in std::iter::once(&facts.from)
            .chain(&facts.to)
            .take(MOST_PEOPLE)
        {
            document.text(party.name.as_deref());
            document.party(party);
        }
        document.mark(type_mark(item.id.data_type));
        document.marks.extend(direction_mark(facts.direction));
        document
            .marks
            .extend(item.extension.as_ref().map(owner_mark));
        document.marks.extend(facts.seconds.map(length_mark));
        document.marks.sort();
        document.marks.dedup();
        document
    }

    fn text(&mut self, text: Option<&str>) {
        let had: usize = self.texts.iter().map(Vec::len).sum();
        let mut words = words(text.unwrap_or_default());
        words.truncate(MOST_WORDS.saturating_sub(had));
        if !words.is_empty() {
            self.texts.push(words);
        }
    }

    fn party(&mut self, party: &Party) {
        let named = party
            .name
            .as_deref()
            .into_iter()
            .chain(party.extension_number.as_deref());
        for word in named.flat_map(words) {
            self.mark(person_mark(&word));
        }
        if let Some(digits) = party.extension_number.as_deref().and_then(digits) {
            self.mark(number_mark(&digits));
        }
        if let Some(digits) = party.number.as_deref().and_then(digits) {
            self.mark(ending_mark(&digits));
            self.mark(number_mark(&digits));
        }
    }

    fn mark(&mut self, mark: String) {
        self.marks.push(mark);
    }

    /// Whether it answers a question; `also` are its Backups' marks. What
    /// databases do with an index.
    pub fn answers(&self, ask: &Ask, also: &[String]) -> bool {
        let marks = || self.marks.iter().chain(also);
        let any = |fits: &dyn Fn(&str) -> bool| {
            marks().any(|it| fits(it)) || self.texts.iter().flatten().any(|it| fits(it))
        };
        ask.all.iter().all(|group| {
            group.iter().any(|term| match term {
                Term::Word(word) => any(&|it| it == word),
                Term::Beginning(word) => any(&|it| it.starts_with(word.as_str())),
                Term::Phrase(phrase, open) => self.texts.iter().any(|text| {
                    text.windows(phrase.len())
                        .any(|there| is_phrase(there, phrase, *open))
                }),
            })
        })
    }
}

fn is_phrase(there: &[String], phrase: &[String], open: bool) -> bool {
    let last = phrase.len().saturating_sub(1);
    let mut both = there.iter().zip(phrase).enumerate();
    both.all(|(at, (there, asked))| {
        there == asked || open && at == last && there.starts_with(asked)
    })
}

/// The digits of a number; `None` where it has none.
pub(super) fn digits(number: &str) -> Option<String> {
    let digits = number.chars().filter(char::is_ascii_digit);
    let digits: String = digits.take(MOST_DIGITS).collect();
    (!digits.is_empty()).then_some(digits)
}

/// A Backup's mark: on every Item that is its.
pub fn backup_mark(account: &AccountId, backup: &BackupId) -> String {
    let [a, b] = hash(&[account.as_str(), backup.as_str()]);
    format!("b:{a:08x}{b:08x}")
}

pub(super) fn owner_mark(extension: &ExtensionId) -> String {
    let [a, b] = hash(&[extension.as_str()]);
    format!("x:{a:08x}{b:08x}")
}

pub(super) fn type_mark(data_type: DataType) -> String {
    format!("t:{data_type}")
}

pub(super) fn direction_mark(direction: Direction) -> Option<String> {
    match direction {
        Direction::In => Some("d:in".to_owned()),
        Direction::Out => Some("d:out".to_owned()),
        Direction::Unknown => None,
    }
}

pub(super) fn person_mark(word: &str) -> String {
    format!("p:{word}")
}

pub(super) fn number_mark(digits: &str) -> String {
    format!("n:{digits}")
}

/// The digits from the end.
pub(super) fn ending_mark(digits: &str) -> String {
    let reversed: String = digits.chars().rev().collect();
    format!("r:{reversed}")
}

/// How long, to half a power of two: a step.
pub(super) fn length_mark(seconds: u64) -> String {
    format!("l:{}", length_step(seconds))
}

/// Lengths from here on, three days, are one step.
const LONGEST: u64 = 1 << 18;

/// Which half of which power of two a length lies in; 0 and 1 have their own.
pub(super) fn length_step(seconds: u64) -> u32 {
    let seconds = seconds.min(LONGEST);
    match seconds.checked_ilog2() {
        None => 0,
        Some(0) => 1,
        Some(power) => 2 * power + u32::from(seconds >> (power - 1) & 1 == 1),
    }
}
