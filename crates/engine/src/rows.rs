//! The rows of the LOG that a run touches: one for each UTC day. A day that
//! the run lists only in part is opened, but how far its listing is stays as
//! it was: no row may call itself a success before the whole of it was listed.

use domain::task::Listing;
use domain::window::{DAY_MS, Window};
use domain::{Kind, Result};

use crate::backup::{Job, Summary};
use crate::ends::Ends;

/// Opens the rows, and says that listing has begun.
pub(crate) async fn open(ends: &Ends, job: &Job) -> Result<()> {
    let (account, backup) = (&job.backup.account, &job.backup.id);
    let days: Vec<Window> = days(job.window).collect();
    ends.store.open_tasks(account, backup, &days).await?;
    ends.store
        .set_listing(account, backup, job.window, Listing::Running)
        .await
}

/// Says how listing ended, also when the run was stopped.
pub(crate) async fn close(ends: &Ends, job: &Job, result: &Result<Summary>) -> Result<()> {
    let spans = match result {
        Ok(summary) => {
            let gaps: Vec<Window> = summary.gaps.iter().map(|it| it.window).collect();
            verdicts(job.window, &gaps)
        }
        Err(error) if error.kind() == Kind::Cancelled => vec![(job.window, Listing::Due)],
        Err(_) => vec![(job.window, Listing::Failed)],
    };
    for (span, listing) in spans {
        ends.store
            .set_listing(&job.backup.account, &job.backup.id, span, listing)
            .await?;
    }
    Ok(())
}

/// The whole days that the window touches.
fn days(window: Window) -> impl Iterator<Item = Window> {
    window.days().filter_map(|part| {
        let dawn = part.start_ms().div_euclid(DAY_MS) * DAY_MS;
        Window::from_ms(dawn, dawn + DAY_MS)
    })
}

/// How listing ended for every part of the window: a day with a gap anywhere
/// in it was not wholly listed. Days that ended alike come as one span.
fn verdicts(window: Window, gaps: &[Window]) -> Vec<(Window, Listing)> {
    let mut spans: Vec<(Window, Listing)> = Vec::new();
    for day in window.days() {
        let listing = if gaps.iter().any(|gap| gap.overlap(day).is_some()) {
            Listing::Failed
        } else {
            Listing::Done
        };
        match spans.last_mut() {
            Some((span, alike)) if *alike == listing => *span = span.join(day).unwrap_or(day),
            _ => spans.push((day, listing)),
        }
    }
    spans
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hours(from: i64, to: i64) -> Window {
        Window::from_ms(from * DAY_MS / 24, to * DAY_MS / 24).unwrap()
    }

    #[test]
    fn a_part_of_a_day_has_the_row_of_the_whole_day() {
        assert_eq!(
            days(hours(-3, 30)).collect::<Vec<_>>(),
            [hours(-24, 0), hours(0, 24), hours(24, 48)]
        );
    }

    #[test]
    fn a_gap_spoils_every_day_it_touches() {
        let spans = verdicts(hours(12, 100), &[hours(47, 49), hours(50, 51)]);
        assert_eq!(
            spans,
            [
                (hours(12, 24), Listing::Done),
                (hours(24, 72), Listing::Failed),
                (hours(72, 100), Listing::Done),
            ]
        );
        assert_eq!(verdicts(hours(0, 48), &[]), [(hours(0, 48), Listing::Done)]);
    }
}
