//! What an index is asked: words and marks of which each group has one that
//! must be there. Whatever somebody types becomes this and nothing else, so no
//! sign of theirs means anything to a database.

use crate::account::Extension;

use super::document::{
    digits, direction_mark, ending_mark, length_step, number_mark, owner_mark, person_mark,
    type_mark,
};
use super::{Query, words};

/// Groups that are asked at most; what is typed after them is not.
const MOST_GROUPS: usize = 16;
/// Words of a phrase.
const MOST_WORDS: usize = 16;
/// People that one name may mean.
const MOST_PEOPLE: usize = 50;
/// Digits from which on a number may be a beginning or an end. Fewer are whole
/// numbers: extensions and short codes.
const FEWEST_DIGITS: usize = 4;
/// Letters from which on there are beginnings.
const FEWEST_LETTERS: usize = 2;

/// One thing that may be there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Term {
    /// This word or mark.
    Word(String),
    /// One that begins so.
    Beginning(String),
    /// These words after each other; `true`: the last is a beginning. At least
    /// two.
    Phrase(Vec<String>, bool),
}

/// A question for an index.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Ask {
    /// Groups; of each one term must be there. No group is empty. The last is
    /// the Backup's mark.
    pub all: Vec<Vec<Term>>,
}

impl Ask {
    /// Of a Query among the Items of a Backup, whose mark it is; `people` are
    /// the company's. `None`: nothing can answer it, for something was typed
    /// in which there is neither letter nor digit.
    pub fn of(query: &Query, backup: String, people: &[Extension]) -> Option<Ask> {
        let mut all = text(&query.text)?;
        all.extend(number(&query.number)?);
        all.extend(person(&query.person, people)?);
        if !query.types.is_empty() {
            all.push(
                query
                    .types
                    .iter()
                    .map(|it| Term::Word(type_mark(*it)))
                    .collect(),
            );
        }
        if let Some(direction) = query.direction {
            // The provider did not say which way: nobody can ask for those.
            all.push(vec![Term::Word(direction_mark(direction)?)]);
        }
        all.extend(lengths(query)?);
        all.push(vec![Term::Word(backup)]);
        Some(Ask { all })
    }
}

/// What was typed into the one field for everything.
fn text(typed: &str) -> Option<Vec<Vec<Term>>> {
    let typed = typed.trim();
    if is_number(typed) {
        return number_or_words(typed);
    }
    let mut groups = Vec::new();
    for (chunk, quoted) in chunks(typed) {
        let open = !quoted && chunk.ends_with('*');
        let words = words(chunk);
        let Some(term) = term(words, open) else {
            continue;
        };
        let mut group = Vec::new();
        if let Term::Word(word) = &term
            && word.len() >= FEWEST_DIGITS
            && word.bytes().all(|it| it.is_ascii_digit())
        {
            group.extend(ends(word));
        }
        group.insert(0, term);
        groups.push(group);
        if groups.len() == MOST_GROUPS {
            break;
        }
    }
    (typed.is_empty() || !groups.is_empty()).then_some(groups)
}

fn term(mut words: Vec<String>, open: bool) -> Option<Term> {
    let cut = words.len() > MOST_WORDS;
    words.truncate(MOST_WORDS);
    let open = open && !cut;
    let last = words.last()?;
    let open = open && last.chars().count() >= FEWEST_LETTERS;
    match (words.len(), open) {
        (1, true) => words.pop().map(Term::Beginning),
        (1, false) => words.pop().map(Term::Word),
        _ => Some(Term::Phrase(words, open)),
    }
}

/// What stands between blanks, and what stands in quotes.
fn chunks(typed: &str) -> Vec<(&str, bool)> {
    let mut all = Vec::new();
    // Every second part stands in quotes; the last only if they are closed,
    // and if they are not, it is meant to be.
    for (at, part) in typed
        .split(['"', '\u{201c}', '\u{201d}', '\u{201e}'])
        .enumerate()
    {
        if at % 2 == 1 {
            all.push((part, true));
        } else {
            all.extend(part.split_whitespace().map(|it| (it, false)));
        }
    }
    all
}

/// Whether nothing but a telephone number was typed.
fn is_number(typed: &str) -> bool {
    let signs = |it: char| it.is_ascii_digit() || "+-().* /".contains(it);
    typed.chars().all(signs) && digits(typed).is_some_and(|it| it.len() >= FEWEST_DIGITS)
}

/// A number may be somebody's, or stand in a text.
fn number_or_words(typed: &str) -> Option<Vec<Vec<Term>>> {
    let mut groups = number(typed)?;
    if let (Some(group), Some(words)) = (groups.first_mut(), term(words(typed), false)) {
        group.insert(0, words);
    }
    Some(groups)
}

fn number(typed: &str) -> Option<Vec<Vec<Term>>> {
    let typed = typed.trim();
    if typed.is_empty() {
        return Some(Vec::new());
    }
    let digits = digits(typed)?;
    let group = if digits.len() < FEWEST_DIGITS {
        vec![Term::Word(number_mark(&digits))]
    } else if typed.starts_with('+') {
        vec![Term::Beginning(number_mark(&digits))]
    } else {
        ends(&digits)
    };
    Some(vec![group])
}

/// A number that begins or ends so.
fn ends(digits: &str) -> Vec<Term> {
    vec![
        Term::Beginning(number_mark(digits)),
        Term::Beginning(ending_mark(digits)),
    ]
}

/// Whose archive, or who else: each word in the name of one of both ends, or
/// all of them of the extension it belongs to.
fn person(typed: &str, people: &[Extension]) -> Option<Vec<Vec<Term>>> {
    let typed = typed.trim();
    if typed.is_empty() {
        return Some(Vec::new());
    }
    let open = typed.ends_with('*');
    let asked = words(typed);
    if asked.is_empty() {
        return None;
    }
    let last = asked.len() - 1;
    let is_open =
        |at: usize, word: &str| open && at == last && word.chars().count() >= FEWEST_LETTERS;
    let owners = people.iter().filter(|it| {
        let known = known(it);
        asked.iter().enumerate().all(|(at, word)| {
            let fits = |it: &String| it == word || is_open(at, word) && it.starts_with(word);
            known.iter().any(fits)
        })
    });
    let owners = owners
        .take(MOST_PEOPLE)
        .map(|it| Term::Word(owner_mark(&it.id)));
    let owners: Vec<Term> = owners.collect();
    let groups = asked
        .iter()
        .enumerate()
        .take(MOST_GROUPS)
        .map(|(at, word)| {
            let mark = person_mark(word);
            let other = if is_open(at, word) {
                Term::Beginning(mark)
            } else {
                Term::Word(mark)
            };
            std::iter::once(other)
                .chain(owners.iter().cloned())
                .collect()
        });
    Some(groups.collect())
}

fn known(extension: &Extension) -> Vec<String> {
    let texts = [extension.name.as_deref(), extension.number.as_deref()];
    let texts = texts.into_iter().flatten();
    texts
        .chain([extension.id.as_str()])
        .flat_map(words)
        .collect()
}

/// The lengths it may have, step by step. `None`: no length lies between.
fn lengths(query: &Query) -> Option<Vec<Vec<Term>>> {
    if query.shortest.is_none() && query.longest.is_none() {
        return Some(Vec::new());
    }
    let from = query.shortest.unwrap_or(0);
    let to = query.longest.unwrap_or(u64::MAX);
    if from > to {
        return None;
    }
    let steps = length_step(from)..=length_step(to);
    Some(vec![
        steps.map(|it| Term::Word(format!("l:{it}"))).collect(),
    ])
}
