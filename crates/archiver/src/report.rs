//! What a run printed: for people, and with `--json` for programs.

use std::collections::BTreeMap;
use std::fmt::Write;

use domain::data_type::DataType;
use domain::ledger::{Count, EntryState, Open};
use domain::window::{Window, instant};
use engine::{Gap, Preview, Summary};
use indicatif::{HumanBytes, HumanCount};
use serde_json::{Value, json};

/// How many open entries are named for people; `--json` names them all.
const NAMED: usize = 40;

/// Everything that is told of a run.
pub(crate) struct Report {
    /// What came of it.
    pub(crate) summary: Summary,
    /// Its window.
    pub(crate) window: Window,
    /// Where files went, as people know it.
    pub(crate) destination: String,
    /// Entries that are not archived.
    pub(crate) open: Vec<Open>,
}

impl Report {
    /// For programs.
    pub(crate) fn json(&self) -> Value {
        let of_state = |state: &str| -> Vec<Value> {
            self.open
                .iter()
                .filter(|it| it.state.word() == state)
                .map(open_json)
                .collect()
        };
        json!({
            "from": self.window.start().to_string(),
            "to": self.window.end().to_string(),
            "destination": self.destination,
            "complete": self.summary.is_complete(),
            "counts": counts_json(&self.summary.counts),
            "total": count_json(&self.summary.total()),
            "archived_now": self.summary.archived_now,
            "bytes_now": self.summary.bytes_now,
            "new": self.summary.new,
            "unsettled": self.summary.unsettled,
            "pending": of_state("pending"),
            "missing": of_state("missing"),
            "excluded": of_state("excluded"),
            "not_listed": self.summary.gaps.iter().map(gap_json).collect::<Vec<_>>(),
        })
    }

    /// For people.
    pub(crate) fn text(&self) -> String {
        let total = self.summary.total();
        let mut out = format!("{}: {}\n\n", span(self.window), self.headline());
        table(&mut out, &self.summary.counts, total);
        if total.files > 0 {
            let _ = writeln!(
                out,
                "\nVerified: all {} archived files. Each was checked to be whole, and the size and\n\
                 hash that the destination reported equal ours.",
                HumanCount(total.files)
            );
        }
        self.open_text(
            &mut out,
            "Pending: a later run tries these again",
            "pending",
        );
        self.open_text(&mut out, "Missing: these cannot be had any more", "missing");
        gaps_text(&mut out, &self.summary.gaps);
        if self.summary.unsettled > 0 {
            let _ = writeln!(
                out,
                "\nStill changing at RingCentral: {} records (calls in progress, for example). What they\n\
                 bring is not here yet: back this range up again later.",
                self.summary.unsettled
            );
        }
        out
    }

    /// What came of it, in a sentence.
    fn headline(&self) -> String {
        let (total, summary) = (self.summary.total(), &self.summary);
        if total.listed() == 0 && summary.gaps.is_empty() {
            return "RingCentral lists nothing to archive.".to_owned();
        }
        let how_many = if total.archived == total.listed() {
            format!("all {}", HumanCount(total.listed()))
        } else {
            format!(
                "{} of {}",
                HumanCount(total.archived),
                HumanCount(total.listed())
            )
        };
        let now = match summary.archived_now {
            0 => "nothing new".to_owned(),
            1 => format!("1 new file, {}", HumanBytes(summary.bytes_now)),
            files => format!(
                "{} new files, {}",
                HumanCount(files),
                HumanBytes(summary.bytes_now)
            ),
        };
        format!(
            "{how_many} items are archived in {} ({now}).",
            self.destination
        )
    }

    fn open_text(&self, out: &mut String, heading: &str, state: &str) {
        let of_state: Vec<&Open> = self
            .open
            .iter()
            .filter(|it| it.state.word() == state)
            .collect();
        if of_state.is_empty() {
            return;
        }
        let _ = writeln!(out, "\n{heading} ({}):", of_state.len());
        for open in of_state.iter().take(NAMED) {
            let _ = writeln!(
                out,
                "  {}  {}  {}",
                instant(open.at_ms).strftime("%F %H:%M"),
                open.item,
                open.cause
            );
        }
        if of_state.len() > NAMED {
            let _ = writeln!(
                out,
                "  … and {} more (--json names all)",
                of_state.len() - NAMED
            );
        }
    }
}

pub(crate) fn table(out: &mut String, counts: &BTreeMap<DataType, Count>, total: Count) {
    let _ = writeln!(
        out,
        "{:<16}{:>9}{:>10}{:>9}{:>9}{:>10}",
        "", "listed", "archived", "pending", "missing", "excluded"
    );
    let mut row = |label: &str, count: &Count| {
        let _ = writeln!(
            out,
            "{label:<16}{:>9}{:>10}{:>9}{:>9}{:>10}",
            HumanCount(count.listed()).to_string(),
            HumanCount(count.archived).to_string(),
            HumanCount(count.pending).to_string(),
            HumanCount(count.missing).to_string(),
            HumanCount(count.excluded).to_string()
        );
    };
    for (data_type, count) in counts {
        row(data_type.label(), count);
    }
    row("Total", &total);
}

/// Lanes that failed for the same reason stand below it.
pub(crate) fn gaps_text(out: &mut String, gaps: &[Gap]) {
    if gaps.is_empty() {
        return;
    }
    let _ = writeln!(
        out,
        "\nNot listed ({}): what is in here is not known, so this is not complete.",
        gaps.len()
    );
    let mut by_cause: BTreeMap<String, Vec<&Gap>> = BTreeMap::new();
    for gap in gaps {
        by_cause.entry(gap.error.to_string()).or_default().push(gap);
    }
    for (cause, gaps) in by_cause {
        let _ = writeln!(out, "  {cause}");
        for gap in gaps.iter().take(NAMED) {
            let _ = writeln!(out, "    {gap}, {}", span(gap.window));
        }
        if gaps.len() > NAMED {
            let _ = writeln!(
                out,
                "    … and {} more (--json names all)",
                gaps.len() - NAMED
            );
        }
    }
}

/// From when to when, for people.
pub(crate) fn span(window: Window) -> String {
    format!(
        "{} to {}",
        window.start().strftime("%F %H:%M"),
        window.end().strftime("%F %H:%M UTC")
    )
}

/// What a dry run found.
pub(crate) fn preview_text(preview: &Preview, window: Window) -> String {
    let mut out = String::new();
    let _ = writeln!(
        out,
        "Dry run, nothing was fetched or stored. {} holds:",
        span(window)
    );
    for (data_type, units) in &preview.units {
        let _ = writeln!(
            out,
            "  {:<16}{:>9}",
            data_type.label(),
            HumanCount(*units).to_string()
        );
    }
    let _ = writeln!(
        out,
        "  {:<16}{:>9}",
        "Files",
        HumanCount(preview.files).to_string()
    );
    gaps_text(&mut out, &preview.gaps);
    out
}

/// A dry run for programs.
pub(crate) fn preview_json(preview: &Preview, window: Window) -> Value {
    let units: serde_json::Map<String, Value> = preview
        .units
        .iter()
        .map(|(data_type, units)| (data_type.word().to_owned(), json!(units)))
        .collect();
    json!({
        "dry_run": true,
        "from": window.start().to_string(),
        "to": window.end().to_string(),
        "listed": units,
        "files": preview.files,
        "not_listed": preview.gaps.iter().map(gap_json).collect::<Vec<_>>(),
    })
}

fn counts_json(counts: &BTreeMap<DataType, Count>) -> Value {
    counts
        .iter()
        .map(|(data_type, count)| (data_type.word().to_owned(), count_json(count)))
        .collect::<serde_json::Map<_, _>>()
        .into()
}

fn count_json(count: &Count) -> Value {
    json!({
        "listed": count.listed(),
        "archived": count.archived,
        "pending": count.pending,
        "missing": count.missing,
        "excluded": count.excluded,
        "files": count.files,
        "bytes": count.bytes,
    })
}

fn open_json(open: &Open) -> Value {
    let reason = match &open.state {
        EntryState::Pending(reason) => Some(reason.word()),
        _ => None,
    };
    json!({
        "item": open.item,
        "type": open.data_type.word(),
        "extension": open.extension,
        "at": instant(open.at_ms).to_string(),
        "reason": reason,
        "cause": open.cause,
    })
}

pub(crate) fn gap_json(gap: &Gap) -> Value {
    json!({
        "lane": gap.key(),
        "from": gap.window.start().to_string(),
        "to": gap.window.end().to_string(),
        "kind": gap.error.kind().word(),
        "cause": gap.error.to_string(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use domain::lane::Lane;
    use domain::{Error, Kind};

    fn report(counts: Count, archived_now: u64, gaps: Vec<Gap>) -> String {
        let summary = Summary {
            counts: BTreeMap::from([(DataType::Fax, counts)]),
            archived_now,
            bytes_now: archived_now << 10,
            new: 0,
            unsettled: 0,
            gaps,
        };
        let report = Report {
            summary,
            window: window(),
            destination: "ada@example.com".to_owned(),
            open: Vec::new(),
        };
        report.text()
    }

    fn window() -> Window {
        Window::from_ms(1_795_132_800_000, 1_795_136_400_000).unwrap()
    }

    fn archived(archived: u64) -> Count {
        Count {
            archived,
            files: archived,
            ..Count::default()
        }
    }

    fn first_line(text: &str) -> &str {
        text.lines().next().unwrap()
    }

    #[test]
    fn the_first_line_says_what_came_of_it() {
        let range = "2026-11-20 00:00 to 2026-11-20 01:00 UTC: ";
        for (counts, now, told) in [
            (Count::default(), 0, "RingCentral lists nothing to archive."),
            (
                archived(1_234),
                0,
                "all 1,234 items are archived in ada@example.com (nothing new).",
            ),
            (
                archived(1),
                1,
                "all 1 items are archived in ada@example.com (1 new file, 1.00 KiB).",
            ),
        ] {
            assert_eq!(
                first_line(&report(counts, now, Vec::new())),
                format!("{range}{told}")
            );
        }
        let pending = Count {
            pending: 1,
            ..archived(2)
        };
        assert!(first_line(&report(pending, 2, Vec::new())).contains("2 of 3 items"));
        assert!(!report(Count::default(), 0, Vec::new()).contains("Verified"));
    }

    #[test]
    fn mailboxes_that_failed_alike_are_named_below_one_cause() {
        let gap = |id: &str| Gap {
            lane: Some(Lane::Messages(domain::account::ExtensionId::new(id))),
            window: window(),
            error: Error::new(Kind::Forbidden, "the scope ReadMessages is missing"),
        };
        let text = report(archived(0), 0, vec![gap("1"), gap("2")]);
        assert_eq!(text.matches("ReadMessages").count(), 1, "{text}");
        assert!(
            text.contains("extension id 1, 2026-11-20 00:00 to"),
            "{text}"
        );
        assert!(text.contains("extension id 2, "), "{text}");
        assert!(!text.contains("lists nothing"), "nobody knows that: {text}");
    }
}
