//! What LOG tells of the proof, below its rows: day by day what RingCentral
//! listed and what became of it, and how the files were found.

use domain::Result;
use domain::census::day_of;
use domain::connection::Backup;
use domain::ledger::Count;
use domain::proof::Proof;
use domain::reconciliation::Reconciliation;
use domain::window::{DAY_MS, HOUR_MS, Window, instant};

use crate::format::{cell, machine};
use crate::size;
use crate::state::State;
use crate::texts::proof as say;
use crate::zone::Zone;

/// Days that are shown at most.
pub(crate) const DAYS: i64 = 31;
/// So many looks are gone through for the newest that saw everything.
const LOOKS: u32 = 20;

/// Its words.
pub(super) struct Told {
    /// The period as a sentence.
    pub(super) sums: String,
    /// Whether something is wrong with it.
    pub(super) wrong: bool,
    /// How the files were found.
    pub(super) files: Vec<String>,
    pub(super) days: Vec<Day>,
    /// The period is longer than what is shown.
    pub(super) more: bool,
}

/// A day as its cells.
pub(super) struct Day {
    pub(super) name: String,
    pub(super) listed: String,
    pub(super) listed_at: Option<(String, String)>,
    pub(super) count: Count,
    pub(super) unexplained: u64,
}

/// The UTC days that a window touches, newest first, at most [`DAYS`]; and
/// whether there may be more.
pub(crate) async fn days(
    state: &State,
    backup: &Backup,
    window: Window,
) -> Result<(Vec<Reconciliation>, bool)> {
    let (account, store) = (&backup.account, &state.store);
    // Up to today: of what is to come nobody has listed anything.
    let last_ms = (window.end_ms() - 1).min(state.now_ms());
    let end_ms = day_of(last_ms) + DAY_MS;
    let first_ms = day_of(window.start_ms());
    let from_ms = first_ms.max(end_ms - DAYS * DAY_MS);
    let Some(shown) = Window::from_ms(from_ms, end_ms) else {
        return Ok((Vec::new(), false));
    };
    let census = store.census(account, &backup.id, shown).await?;
    let ledger = store.by_day(account, backup, shown).await?;
    let days = Reconciliation::of(&census, &ledger, &backup.types);
    Ok((days, from_ms > first_ms))
}

/// Reads it.
pub(super) async fn told(
    state: &State,
    backup: &Backup,
    window: Window,
    zone: &Zone,
) -> Result<Told> {
    let (account, store) = (&backup.account, &state.store);
    let (days, more) = days(state, backup, window).await?;
    let scrub = store.scrub(account, &backup.id).await?;
    let proofs = store.proofs(account, &backup.id, LOOKS).await?;
    let looks = telling(&proofs);
    let mut files: Vec<String> = looks.iter().map(|it| looked(it, zone)).collect();
    if looks.is_empty() {
        files.push(say::NEVER_LOOKED.to_owned());
    } else if !looks.iter().any(|it| is_whole(it)) {
        files.push(say::NEVER_WHOLE.to_owned());
    }
    files.extend(scrub.read_ms.map(|_| {
        let round = scrub.round_ms.map(|at| cell(at, zone));
        let bytes = size::words(scrub.bytes);
        say::read(&scrub, &bytes, round.as_deref())
    }));
    let unexplained = days.iter().map(|it| it.unexplained).sum();
    Ok(Told {
        sums: sums(&days, unexplained),
        wrong: unexplained > 0 || looks.iter().any(|it| it.has_drift()),
        files,
        days: days.iter().map(|it| Day::of(it, zone)).collect(),
        more,
    })
}

/// Whether a look saw every archived file: one that could not be ended, or was
/// asked for a part of the archive, speaks for no other file.
fn is_whole(it: &Proof) -> bool {
    it.gaps == 0 && it.from_ms <= 0 && it.to_ms > it.begun_ms - HOUR_MS
}

/// The looks that are told of, the newest first: the newest of all, the newest
/// that saw everything, and between them the newest that found drift.
fn telling(proofs: &[Proof]) -> Vec<&Proof> {
    let whole = proofs.iter().position(is_whole);
    let since = proofs.iter().take(whole.unwrap_or(proofs.len()));
    let drifted = since.clone().position(Proof::has_drift);
    let first = (!proofs.is_empty()).then_some(0);
    let mut places: Vec<usize> = [first, drifted, whole].into_iter().flatten().collect();
    places.dedup();
    let told = places.into_iter();
    told.filter_map(|it| proofs.get(it)).collect()
}

fn looked(it: &Proof, zone: &Zone) -> String {
    let when = cell(it.ended_ms, zone);
    if is_whole(it) {
        return say::looked(it, &when);
    }
    let is_part = it.from_ms > 0 || it.to_ms <= it.begun_ms - HOUR_MS;
    let span = is_part.then(|| (cell(it.from_ms.max(0), zone), cell(it.to_ms, zone)));
    say::looked_in_part(it, &when, span)
}

/// Of the days that were listed whole: today is not over.
fn sums(days: &[Reconciliation], unexplained: u64) -> String {
    let whole = days.iter().filter(|it| it.listed.is_some());
    let whole: Vec<Reconciliation> = whole.copied().collect();
    let count = whole
        .iter()
        .fold(Count::default(), |sum, it| sum.plus(it.count));
    let listed = Reconciliation::sum(&whole).map(|(units, _)| units);
    let states = [count.archived, count.pending, count.missing, count.excluded];
    say::sums(listed, states, days.len() - whole.len(), unexplained)
}

impl Day {
    fn of(it: &Reconciliation, zone: &Zone) -> Day {
        Day {
            name: instant(it.day_ms).strftime("%Y-%m-%d").to_string(),
            listed: it
                .listed
                .map_or(say::NOT_YET.to_owned(), |(units, _)| units.to_string()),
            listed_at: it
                .listed
                .map(|(_, at_ms)| (machine(at_ms), cell(at_ms, zone))),
            count: it.count,
            unexplained: it.unexplained,
        }
    }
}
