//! One line for each figure, and whether it is good.

use std::fmt::Write;
use std::time::{Duration, Instant};

use crate::oracle::Verdict;

/// A figure in the making.
pub(crate) struct Figure {
    name: &'static str,
    seed: u64,
    begun: Instant,
}

/// What came of it.
pub(crate) struct Told {
    pub(crate) line: String,
    pub(crate) good: bool,
}

impl Figure {
    /// Begins now.
    pub(crate) fn begin(name: &'static str, seed: u64) -> Figure {
        Figure {
            name,
            seed,
            begun: Instant::now(),
        }
    }

    /// The line. `what` says how many of what; `more` are further numbers that
    /// must be zero, by their names.
    pub(crate) fn told(&self, what: &str, verdict: &Verdict, more: &[(&str, i64)]) -> Told {
        let Verdict {
            items,
            lost,
            duplicated,
            falsely_done,
            unexplained,
            misdeeds,
        } = verdict;
        let mut line = format!(
            "{} | {what} | seed {} | {} lost, {} duplicated, {} falsely done, {} unexplained of {items}",
            self.name,
            self.seed,
            lost.len(),
            duplicated.len(),
            falsely_done.len(),
            unexplained.len(),
        );
        for (name, number) in more {
            let _ = write!(line, ", {number} {name}");
        }
        let _ = write!(
            line,
            " | {} deletes, {} overwrites, {} moves | {}",
            misdeeds.deletes,
            misdeeds.overwrites,
            misdeeds.moves,
            seconds(self.begun.elapsed()),
        );
        let good = verdict.is_good() && more.iter().all(|(_, number)| *number == 0);
        line += if good { " | good" } else { " | BAD" };
        for (name, all) in [
            ("lost", lost),
            ("duplicated", duplicated),
            ("falsely done", falsely_done),
            ("unexplained", unexplained),
        ] {
            for one in all.iter().take(20) {
                let _ = write!(line, "\n    {name}: {one}");
            }
        }
        Told { line, good }
    }
}

fn seconds(time: Duration) -> String {
    format!("{} s", time.as_secs())
}
