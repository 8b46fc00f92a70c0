//! Which spans nobody listed, from the rows of the LOG, with what the journal
//! tells of them.

use domain::Result;
use domain::connection::Backup;
use domain::coverage::{Gap, GapWhy, Hidden, gaps};
use domain::event::Event;
use domain::ports::Store;
use domain::task::Listing;
use domain::window::{DAY_MS, HOUR_MS, Window};

use super::NamedGap;
use crate::texts::coverage as say;

/// Events that are searched for what failed, the newest.
const MOST_EVENTS: u32 = 5_000;
/// Lanes that are named of one gap.
const MOST_LANES: usize = 5;
/// A listing looks back so far: what it could not list is told at its start.
const LOOKS_BACK_MS: i64 = 8 * DAY_MS;

/// The spans that nobody listed, and from when until when that was asked.
pub(super) async fn of(
    store: &dyn Store,
    backup: &Backup,
    hidden: &[Hidden],
    now_ms: i64,
) -> Result<(Vec<NamedGap>, Option<Window>)> {
    let (account, id) = (&backup.account, &backup.id);
    let plan = store.timetable(account, id).await?;
    let mut rows = store.listings(account, id, Window::EVER).await?;
    let to_ms = now_ms.div_euclid(HOUR_MS) * HOUR_MS;
    let ended_ms = rows.iter().map(|(row, _)| row.end_ms()).max();
    // What the clock of an ON Backup will come to is not a gap yet.
    let to_come = ended_ms.and_then(|at| Window::from_ms(at, to_ms));
    let to_come = to_come.filter(|_| backup.enabled);
    let left = to_come.into_iter().chain(plan.back_fill());
    rows.extend(left.map(|it| (it, Listing::Due)));
    let first_ms = rows.iter().map(|(row, _)| row.start_ms()).min();
    let Some(asked) = first_ms.and_then(|at| Window::from_ms(at, to_ms)) else {
        return Ok((Vec::new(), None));
    };
    let all = gaps(&rows, asked);
    let failed = all.iter().filter(|it| it.why == GapWhy::Failed);
    let failed = failed.map(|it| it.window).reduce(|a, b| {
        let (from, to) = (a.start_ms().min(b.start_ms()), a.end_ms().max(b.end_ms()));
        Window::from_ms(from, to).unwrap_or(a)
    });
    let events = match failed {
        None => Vec::new(),
        Some(span) => {
            let span = span.reaching_back_ms(LOOKS_BACK_MS);
            store.events(account, id, span, MOST_EVENTS).await?
        }
    };
    let named = all.into_iter().map(|it| named(it, &events, hidden));
    Ok((named.collect(), Some(asked)))
}

/// What the journal tells of a gap. Lanes that RingCentral hides all the time
/// are told with the people whose they are, unless they are all there is.
fn named(gap: Gap, events: &[Event], hidden: &[Hidden]) -> NamedGap {
    let mut lanes: Vec<String> = Vec::new();
    let mut why = say::why(gap.why).to_owned();
    if gap.why == GapWhy::Failed {
        let is_lane =
            |it: &&Event| it.about.starts_with("calls") || it.about.starts_with("messages");
        let reach = gap.window.reaching_back_ms(LOOKS_BACK_MS);
        let told = events.iter().filter(is_lane);
        let told = told.filter(|it| reach.contains_ms(it.belongs_ms));
        for it in told.filter(|it| hidden.iter().all(|known| known.lane != it.about)) {
            if lanes.is_empty() {
                why.clone_from(&it.what);
            }
            if !lanes.contains(&it.about) && lanes.len() < MOST_LANES {
                lanes.push(it.about.clone());
            }
        }
        if lanes.is_empty() && hidden.is_empty() {
            lanes.push(say::SOME_LANE.to_owned());
        } else if lanes.is_empty() {
            say::HIDDEN_ALONE.clone_into(&mut why);
        }
    }
    NamedGap { gap, lanes, why }
}
