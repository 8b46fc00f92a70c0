//! What `archiver verify` prints: for people, and with `--json` for programs.

use std::fmt::Write;

use domain::connection::Backup;
use domain::proof::{Discrepancy, Finding, Proof, Tally};
use domain::window::{Window, instant};
use engine::Proved;
use indicatif::{HumanBytes, HumanCount};
use serde_json::{Value, json};

use crate::report::{gap_json, gaps_text, span};

/// How many findings of a kind are named for people; `--json` names them all.
const NAMED: usize = 40;

/// For programs: the proof as everywhere, whose it is, and all that does not
/// agree by name.
pub(crate) fn json(proved: &Proved, backup: &Backup) -> Value {
    let mut all = web::json::proof(&proved.proof);
    all["account"] = json!(backup.account);
    all["backup"] = json!(backup.id);
    all["scope"] = backup.scope.word().into();
    all["findings"] = proved.findings.iter().map(finding_json).collect();
    all["not_listed"] = proved.gaps.iter().map(gap_json).collect();
    all["destination_error"] = json!(proved.hidden.as_ref().map(ToString::to_string));
    all["reopened"] = proved.reopened.into();
    all
}

fn finding_json(finding: &Finding) -> Value {
    json!({
        "discrepancy": finding.discrepancy.word(),
        "item": finding.item.as_ref().map(ToString::to_string),
        "at": finding.at_ms.map(|it| instant(it).to_string()),
        "path": finding.path,
        "what": finding.what,
    })
}

fn count(proof: &Proof, discrepancy: Discrepancy) -> u64 {
    proof.discrepancies.get(&discrepancy).copied().unwrap_or(0)
}

/// For people.
pub(crate) fn text(proved: &Proved, destination: &str) -> String {
    let proof = &proved.proof;
    let window = proof.window().map_or_else(String::new, archive_span);
    let mut out = format!("{destination}, {window}: {}\n\n", headline(proved));
    table(&mut out, proof);
    files(&mut out, proved);
    for discrepancy in Discrepancy::ALL {
        findings(&mut out, proved, discrepancy);
    }
    gaps_text(&mut out, &proved.gaps);
    if proved.reopened > 0 {
        let _ = writeln!(
            out,
            "\n{} items are pending again: the next run archives them anew, beside what lies there.",
            HumanCount(proved.reopened)
        );
    } else if proof.has_drift() {
        let _ = writeln!(
            out,
            "\nWith --repair the next run archives what is gone or changed anew, as long as RingCentral\n\
             still has it."
        );
    }
    out
}

/// All of an archive has no beginning worth printing.
fn archive_span(window: Window) -> String {
    if window.start_ms() <= 0 {
        format!("everything until {}", window.end().strftime("%F %H:%M UTC"))
    } else {
        span(window)
    }
}

fn headline(proved: &Proved) -> &'static str {
    if proved.proof.holds() {
        "proven. RingCentral's list, the ledger and the destination agree."
    } else if proved.hidden.is_some() || !proved.gaps.is_empty() {
        "NOT proven. Not everything could be looked at."
    } else {
        "NOT proven."
    }
}

fn table(out: &mut String, proof: &Proof) {
    let _ = writeln!(
        out,
        "{:<16}{:>14}{:>10}{:>9}{:>9}{:>10}",
        "", "listed today", "archived", "pending", "missing", "excluded"
    );
    let mut row = |label: &str, listed: u64, tally: Tally| {
        let _ = writeln!(
            out,
            "{label:<16}{:>14}{:>10}{:>9}{:>9}{:>10}",
            HumanCount(listed).to_string(),
            HumanCount(tally.archived).to_string(),
            HumanCount(tally.pending).to_string(),
            HumanCount(tally.missing).to_string(),
            HumanCount(tally.excluded).to_string()
        );
    };
    let listed = &proof.listed;
    for (data_type, tally) in &proof.counts {
        row(
            data_type.label(),
            listed.get(data_type).copied().unwrap_or(0),
            *tally,
        );
    }
    row("Total", listed.values().sum(), proof.total());
}

fn files(out: &mut String, proved: &Proved) {
    let proof = &proved.proof;
    let _ = write!(
        out,
        "\n{} files of the destination were held against the ledger",
        HumanCount(proof.files)
    );
    let _ = if proof.deep {
        writeln!(
            out,
            ";\n{} were read back, byte for byte what was archived.",
            HumanBytes(proof.bytes_read)
        )
    } else {
        writeln!(out, " (--deep reads their bytes, too).")
    };
    if let Some(error) = &proved.hidden {
        let _ = writeln!(
            out,
            "\nThe destination could not be looked at to the end: {error}"
        );
    }
}

fn findings(out: &mut String, proved: &Proved, discrepancy: Discrepancy) {
    let total = count(&proved.proof, discrepancy);
    if total == 0 {
        return;
    }
    let heading = match discrepancy {
        Discrepancy::Gone => "Gone: archived, but no file lies there any more",
        Discrepancy::Changed => "Changed: the file has another size or hash than was archived",
        Discrepancy::Damaged => "Damaged: the bytes are not those that were archived",
        Discrepancy::Unknown => "Unknown until now: RingCentral lists it; the next run archives it",
        Discrepancy::Extra => "Extra: a file that the ledger knows nothing of",
    };
    let _ = writeln!(out, "\n{heading} ({}):", HumanCount(total));
    let all = proved
        .findings
        .iter()
        .filter(|it| it.discrepancy == discrepancy);
    for finding in all.take(NAMED) {
        let when = finding.at_ms.map_or(String::new(), |at| {
            instant(at).strftime("%F %H:%M  ").to_string()
        });
        let item = finding.item.as_ref().map(|it| format!("{it}  "));
        let _ = writeln!(
            out,
            "  {when}{}{}",
            item.unwrap_or_default(),
            finding.path.as_deref().unwrap_or_default()
        );
    }
    if total > NAMED as u64 {
        let more = HumanCount(total - NAMED as u64);
        let _ = writeln!(out, "  … and {more} more (--json names them)");
    }
}
