//! What LOG tells of the proof, below its rows: day by day what RingCentral
//! listed and what became of it, and how the files were found.

use domain::Result;
use domain::census::day_of;
use domain::connection::Backup;
use domain::ledger::Count;
use domain::reconciliation::Reconciliation;
use domain::window::{DAY_MS, Window, instant};

use crate::format::{cell, machine};
use crate::size;
use crate::state::State;
use crate::texts::proof as say;
use crate::zone::Zone;

/// Days that are shown at most.
pub(crate) const DAYS: i64 = 31;

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
    let proofs = store.proofs(account, &backup.id, 1).await?;
    let files = match proofs.first() {
        None => vec![say::NEVER_LOOKED.to_owned()],
        Some(proof) => {
            let round = scrub.round_ms.map(|at| cell(at, zone));
            let read = scrub.read_ms.map(|_| {
                let bytes = size::words(scrub.bytes);
                say::read(scrub.files, &bytes, scrub.damaged, round.as_deref())
            });
            let looked = say::looked(proof, &cell(proof.ended_ms, zone));
            [Some(looked), read].into_iter().flatten().collect()
        }
    };
    let unexplained = days.iter().map(Reconciliation::unexplained).sum();
    Ok(Told {
        sums: sums(&days, unexplained),
        wrong: unexplained > 0 || proofs.first().is_some_and(domain::proof::Proof::has_drift),
        files,
        days: days.iter().map(|it| Day::of(it, zone)).collect(),
        more,
    })
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
            unexplained: it.unexplained(),
        }
    }
}
