//! The rows of the LOG that a run touches: one for each hour since ON, one for
//! each day of history. A row that the run lists only in part is opened, but
//! how far its listing is stays as it was: no row may call itself a success
//! before the whole of it was listed.

use std::sync::{Mutex, PoisonError};

use domain::task::Listing;
use domain::window::{DAY_MS, HOUR_MS, Window};
use domain::{Kind, Result};

use crate::agenda::{Rows, Stretch};
use crate::backup::Job;
use crate::ends::Ends;

/// So many rows are opened at once.
const OPEN_AT_ONCE: usize = 1_000;

/// The rows that a run has under its hands.
pub(crate) struct Desk<'a> {
    ends: &'a Ends,
    job: &'a Job,
    /// What is being listed.
    open: Mutex<Option<Stretch>>,
}

impl<'a> Desk<'a> {
    /// Nothing is being listed.
    pub(crate) fn new(ends: &'a Ends, job: &'a Job) -> Desk<'a> {
        Desk {
            ends,
            job,
            open: Mutex::default(),
        }
    }

    /// Opens the rows of a stretch, and says that listing has begun.
    pub(crate) async fn open(&self, stretch: &Stretch) -> Result<()> {
        let missing = match stretch.rows {
            Rows::Days => days(stretch.window).collect(),
            Rows::Missing => self.missing(stretch.window).await?,
            Rows::Open => Vec::new(),
        };
        open(self.ends, self.job, &missing).await?;
        self.holds(Some(*stretch));
        self.set(stretch.window, Listing::Running).await
    }

    /// Says how listing ended. `whole` is the stretch and what lanes that fell
    /// behind were listed of before it.
    pub(crate) async fn close(
        &self,
        stretch: &Stretch,
        whole: Window,
        gaps: &[Window],
    ) -> Result<()> {
        let unit = match stretch.rows {
            Rows::Days | Rows::Missing => DAY_MS,
            Rows::Open => HOUR_MS,
        };
        for (span, listing) in verdicts(whole, gaps, unit) {
            self.set(span, listing).await?;
        }
        self.holds(None);
        Ok(())
    }

    /// What was being listed when the run ended was not listed.
    pub(crate) async fn leave<T>(&self, result: &Result<T>) -> Result<()> {
        let Some(stretch) = self.holds(None) else {
            return Ok(());
        };
        let listing = match result {
            Err(error) if error.kind() != Kind::Cancelled => Listing::Failed,
            _ => Listing::Due,
        };
        self.set(stretch.window, listing).await
    }

    fn holds(&self, stretch: Option<Stretch>) -> Option<Stretch> {
        let mut open = self.open.lock().unwrap_or_else(PoisonError::into_inner);
        std::mem::replace(&mut *open, stretch)
    }

    async fn set(&self, window: Window, listing: Listing) -> Result<()> {
        set(self.ends, self.job, window, listing).await
    }

    /// The parts of the window that no row covers, cut at every midnight.
    async fn missing(&self, window: Window) -> Result<Vec<Window>> {
        let (account, backup) = (&self.job.backup.account, &self.job.backup.id);
        let rows = self.ends.store.tasks(account, backup, window).await?;
        let rows: Vec<Window> = rows.iter().rev().map(|it| it.window).collect();
        Ok(between(window, &rows)
            .into_iter()
            .flat_map(Window::days)
            .collect())
    }
}

/// Opens rows.
pub(crate) async fn open(ends: &Ends, job: &Job, rows: &[Window]) -> Result<()> {
    let (account, backup) = (&job.backup.account, &job.backup.id);
    for some in rows.chunks(OPEN_AT_ONCE) {
        ends.store.open_tasks(account, backup, some).await?;
    }
    Ok(())
}

/// Says how far the listing of all rows inside the window is.
pub(crate) async fn set(ends: &Ends, job: &Job, window: Window, listing: Listing) -> Result<()> {
    let (account, backup) = (&job.backup.account, &job.backup);
    ends.store
        .set_listing(account, backup, window, listing)
        .await
}

/// The whole days that the window touches.
fn days(window: Window) -> impl Iterator<Item = Window> {
    window.days().filter_map(|part| {
        let dawn = part.start_ms().div_euclid(DAY_MS) * DAY_MS;
        Window::from_ms(dawn, dawn + DAY_MS)
    })
}

/// What of the window lies between these rows, which stand in their order.
fn between(window: Window, rows: &[Window]) -> Vec<Window> {
    let mut from = window.start_ms();
    let mut left = Vec::new();
    for row in rows {
        left.extend(Window::from_ms(from, row.start_ms().min(window.end_ms())));
        from = from.max(row.end_ms());
    }
    left.extend(Window::from_ms(from, window.end_ms()));
    left
}

/// How listing ended for every part of the window: a row with a gap anywhere
/// in it was not wholly listed. Parts that ended alike come as one span.
fn verdicts(window: Window, gaps: &[Window], unit_ms: i64) -> Vec<(Window, Listing)> {
    let mut spans: Vec<(Window, Listing)> = Vec::new();
    for part in window.split(unit_ms) {
        let listing = if gaps.iter().any(|gap| gap.overlap(part).is_some()) {
            Listing::Failed
        } else {
            Listing::Done
        };
        match spans.last_mut() {
            Some((span, alike)) if *alike == listing => *span = span.join(part).unwrap_or(part),
            _ => spans.push((part, listing)),
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
        let spans = verdicts(hours(12, 100), &[hours(47, 49), hours(50, 51)], DAY_MS);
        assert_eq!(
            spans,
            [
                (hours(12, 24), Listing::Done),
                (hours(24, 72), Listing::Failed),
                (hours(72, 100), Listing::Done),
            ]
        );
        let whole = verdicts(hours(0, 48), &[], HOUR_MS);
        assert_eq!(whole, [(hours(0, 48), Listing::Done)]);
    }

    #[test]
    fn only_what_no_row_covers_gets_a_new_one() {
        let rows = [hours(3, 4), hours(4, 5), hours(30, 31), hours(40, 50)];
        assert_eq!(
            between(hours(0, 48), &rows),
            [hours(0, 3), hours(5, 30), hours(31, 40)]
        );
        assert_eq!(between(hours(3, 5), &rows[..2]), []);
        assert_eq!(between(hours(0, 2), &[]), [hours(0, 2)]);
    }
}
