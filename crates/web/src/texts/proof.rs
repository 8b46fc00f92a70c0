//! What LOG tells of the proof: RingCentral's list held against the ledger,
//! and the ledger against what lies in the destination.

use std::fmt::Write;

use domain::proof::{Discrepancy, Proof};
use domain::scrub::Scrub;

/// The section's title.
pub(crate) const TITLE: &str = "Is anything missing?";
/// The table's name.
pub(crate) const CAPTION: &str = "What RingCentral listed, and what became of it, by day (UTC)";
/// Column: the day.
pub(crate) const DAY: &str = "Day";
/// Column: units that RingCentral listed.
pub(crate) const LISTED: &str = "RingCentral listed";
/// Column: when.
pub(crate) const LISTED_AT: &str = "Last listed";
/// A day that was not listed whole yet.
pub(crate) const NOT_YET: &str = "not yet whole";
/// Column: listed, and without a state.
pub(crate) const UNEXPLAINED: &str = "Unexplained";
/// Nothing in the period.
pub(crate) const NO_DAYS: &str = "RingCentral listed nothing for this period yet.";
/// Only so many days are shown.
pub(crate) const MORE_DAYS: &str =
    "Only the newest days of the period are shown. Choose a shorter one to see the others.";
/// No look was taken at the files yet.
pub(crate) const NEVER_LOOKED: &str = "The files in the destination have not been looked at since they were archived. That happens \
     by itself once the backup is on, then every month; archiver verify does it at once.";
/// There were looks, and none saw everything.
pub(crate) const NEVER_WHOLE: &str = "No look of late saw the whole archive. That happens by itself while the backup is on, every \
     month; archiver verify does it at once.";

/// The days of the period that were listed whole, and how many were not.
pub(crate) fn sums(
    listed: Option<u64>,
    states: [u64; 4],
    not_whole: usize,
    unexplained: u64,
) -> String {
    let [archived, pending, missing, excluded] = states;
    let told = match listed {
        None => "RingCentral has not listed a whole day of this period yet.".to_owned(),
        Some(units) => format!(
            "RingCentral listed {units}; archived {archived}, pending {pending}, missing \
             {missing}, excluded {excluded}."
        ),
    };
    let told = match (listed, not_whole) {
        (None, _) | (_, 0) => told,
        (_, 1) => format!("{told} One more day is not over, or not listed whole yet."),
        (_, days) => format!("{told} {days} more days are not listed whole yet."),
    };
    match unexplained {
        0 => told,
        units => {
            format!("{told} {units} of those listed have no state: please report this as a fault.")
        }
    }
}

/// What a look at all files found.
pub(crate) fn looked(proof: &Proof, when: &str) -> String {
    let files = proof.files;
    let told = match drift(proof) {
        None => format!(
            "On {when} all {files} files in the destination were looked at: every archived file \
             lies there with the size and hash it was archived with."
        ),
        Some(drift) => {
            format!("On {when} all {files} files in the destination were looked at: {drift}")
        }
    };
    told + &extra(proof)
}

/// What a look found that did not see everything: it could not be ended, or it
/// was asked for what lies between two instants.
pub(crate) fn looked_in_part(proof: &Proof, when: &str, asked: Option<(String, String)>) -> String {
    let asked = asked.map(|(from, to)| {
        format!("it was asked only for what RingCentral dates from {from} to {to}")
    });
    let hidden = match proof.gaps {
        0 => None,
        1 => Some("one list, of RingCentral's or the destination's, could not be read".to_owned()),
        lists => Some(format!(
            "{lists} lists, of RingCentral's or the destination's, could not be read"
        )),
    };
    let why: Vec<String> = asked.into_iter().chain(hidden).collect();
    let found = drift(proof).unwrap_or_else(|| "Nothing that was seen had changed.".to_owned());
    format!(
        "A look on {when} did not see the whole archive: {}. {found}{}",
        why.join("; "),
        extra(proof)
    )
}

fn found(proof: &Proof, kind: Discrepancy) -> u64 {
    proof.discrepancies.get(&kind).copied().unwrap_or(0)
}

fn drift(proof: &Proof) -> Option<String> {
    proof.has_drift().then(|| {
        format!(
            "{} archived files are gone, {} have another size or hash, {} other bytes. archiver \
             verify names them.",
            found(proof, Discrepancy::Gone),
            found(proof, Discrepancy::Changed),
            found(proof, Discrepancy::Damaged)
        )
    })
}

fn extra(proof: &Proof) -> String {
    match found(proof, Discrepancy::Extra) {
        0 => String::new(),
        extra => format!(" {extra} files there are not Archiver's, or it does not know of them."),
    }
}

/// How far the bytes were read back.
pub(crate) fn read(scrub: &Scrub, bytes: &str, round: Option<&str>) -> String {
    let files = scrub.files;
    let mut told = format!(
        "Every day a hundredth of all bytes is read back: {files} files, {bytes} so far{} as they \
         were archived",
        round.map_or("", |_| " in this round")
    );
    for (others, what) in [
        (scrub.damaged, "have other bytes"),
        (scrub.unread, "could not be read"),
    ] {
        if others > 0 {
            let _ = write!(told, "; {others} more {what}");
        }
    }
    match round {
        None => format!("{told}."),
        Some(when) => format!("{told}. The last round ended on {when}."),
    }
}
