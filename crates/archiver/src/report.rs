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
        let mut out = String::new();
        let _ = writeln!(
            out,
            "{} to {}: {} of {} items are archived in {} ({} new files, {}).\n",
            self.window.start().strftime("%F %H:%M"),
            self.window.end().strftime("%F %H:%M UTC"),
            HumanCount(total.archived),
            HumanCount(total.listed()),
            self.destination,
            HumanCount(self.summary.archived_now),
            HumanBytes(self.summary.bytes_now),
        );
        table(&mut out, &self.summary.counts, total);
        let _ = writeln!(
            out,
            "\nVerified: all {} archived files. Each was checked to be whole, and the size and\n\
             hash that the destination reports equal ours.",
            HumanCount(total.files)
        );
        self.open_text(
            &mut out,
            "Pending: these are tried again by the next run",
            "pending",
        );
        self.open_text(&mut out, "Missing: these cannot be had any more", "missing");
        gaps_text(&mut out, &self.summary.gaps);
        if self.summary.unsettled > 0 {
            let _ = writeln!(
                out,
                "\nStill changing at RingCentral: {} records (calls in progress, transcripts being \
                 made).\nThe next run looks at them again.",
                self.summary.unsettled
            );
        }
        out
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

fn table(out: &mut String, counts: &BTreeMap<DataType, Count>, total: Count) {
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

fn gaps_text(out: &mut String, gaps: &[Gap]) {
    if gaps.is_empty() {
        return;
    }
    let _ = writeln!(
        out,
        "\nNot listed ({}): what is in here is not known, so it cannot be called complete:",
        gaps.len()
    );
    for gap in gaps.iter().take(NAMED) {
        let _ = writeln!(out, "  {gap}: {}", gap.error);
    }
    if gaps.len() > NAMED {
        let _ = writeln!(
            out,
            "  … and {} more (--json names all)",
            gaps.len() - NAMED
        );
    }
}

/// What a dry run found.
pub(crate) fn preview_text(preview: &Preview, window: Window) -> String {
    let mut out = String::new();
    let _ = writeln!(
        out,
        "Dry run, nothing was fetched or stored. {} to {} holds:",
        window.start().strftime("%F %H:%M"),
        window.end().strftime("%F %H:%M UTC")
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

fn gap_json(gap: &Gap) -> Value {
    json!({
        "lane": gap.key(),
        "from": gap.window.start().to_string(),
        "to": gap.window.end().to_string(),
        "kind": gap.error.kind().word(),
        "cause": gap.error.to_string(),
    })
}
