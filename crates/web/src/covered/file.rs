//! Coverage as CSV: a file for each of its three parts. Instants are RFC 3339
//! in UTC, sizes bytes.

use domain::data_type::DataType;
use domain::ledger::Count;

use super::{Covered, Line};
use crate::csv;
use crate::format::machine;
use crate::texts::coverage as say;

/// What a file is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Part {
    /// A line for each person and type.
    People,
    /// A line for each span that nobody listed.
    Gaps,
    /// A line for each UTC day and type.
    Days,
}

impl Part {
    /// All of them.
    pub const ALL: [Part; 3] = [Part::People, Part::Gaps, Part::Days];

    /// The word in addresses and on the command line.
    pub fn word(self) -> &'static str {
        match self {
            Part::People => "people",
            Part::Gaps => "gaps",
            Part::Days => "days",
        }
    }

    /// From its word; `None` for any other text.
    pub fn from_word(word: &str) -> Option<Part> {
        Part::ALL.into_iter().find(|it| it.word() == word)
    }
}

impl Covered {
    /// The lines of a file, its head first.
    pub fn csv(&self, part: Part) -> Vec<String> {
        match part {
            Part::People => {
                let head = csv::line(&say::CSV_PEOPLE);
                let lines = self.lines.iter().map(|it| csv::line(&person(it)));
                [head].into_iter().chain(lines).collect()
            }
            Part::Gaps => {
                let head = csv::line(&say::CSV_GAPS);
                let lines = self.gaps.iter().map(|it| {
                    let window = it.gap.window;
                    csv::line(&[
                        machine(window.start_ms()),
                        machine(window.end_ms()),
                        it.gap.why.word().to_owned(),
                        it.lanes.join(" "),
                        it.why.clone(),
                    ])
                });
                [head].into_iter().chain(lines).collect()
            }
            Part::Days => {
                let head = csv::line(&say::CSV_DAYS);
                let days = self.all_days().into_iter();
                let days = days.flat_map(|it| self.day_lines(it));
                [head].into_iter().chain(days).collect()
            }
        }
    }

    /// A line for each type of which there is anything, else one without.
    fn day_lines(&self, day_ms: i64) -> Vec<String> {
        let (state, _) = self.day(day_ms);
        let day = machine(day_ms);
        let day = day.get(..10).unwrap_or(&day);
        let line = |data_type: &str, count: Count| {
            let mut cells = vec![
                day.to_owned(),
                state.word().to_owned(),
                data_type.to_owned(),
            ];
            cells.extend(numbers(count));
            csv::line(&cells)
        };
        match self.days.get(&day_ms) {
            Some(counts) if !counts.is_empty() => counts
                .iter()
                .map(|(kind, &count)| line(kind.word(), count))
                .collect(),
            _ => vec![line("", Count::default())],
        }
    }
}

fn numbers(count: Count) -> [String; 6] {
    let numbers = [
        count.archived,
        count.files,
        count.bytes,
        count.pending,
        count.missing,
        count.excluded,
    ];
    numbers.map(|it| it.to_string())
}

fn person(it: &Line) -> Vec<String> {
    let at = |ms: Option<i64>| ms.map(machine).unwrap_or_default();
    let kind: DataType = it.data_type;
    let mut cells = vec![
        it.extension
            .as_ref()
            .map(ToString::to_string)
            .unwrap_or_default(),
        it.number.clone(),
        it.name.clone(),
        at(it.left_ms),
        kind.word().to_owned(),
        at(it.first_ms),
        at(it.last_ms),
    ];
    cells.extend(numbers(it.count));
    let causes = it
        .lost
        .iter()
        .map(|(cause, files)| say::cause(cause, *files));
    cells.extend([
        causes.collect::<Vec<_>>().join("; "),
        at(it.listed_to_ms),
        at(it.hidden.as_ref().map(|it| it.since_ms)),
        it.hidden
            .as_ref()
            .map(|it| it.cause.clone())
            .unwrap_or_default(),
    ]);
    cells
}
