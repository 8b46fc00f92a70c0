//! The destinations among which a page can choose, where a Viewer's items went
//! to more than one.

use domain::Result;
use domain::connection::Backup;

use crate::state::State;
use crate::subject::{self, Subject};

/// One of them.
pub(crate) struct Destination {
    /// What people call it.
    pub(crate) label: String,
    /// The page about it.
    pub(crate) href: String,
    /// It is the one that is shown.
    pub(crate) current: bool,
}

/// All of them, the present one first; none where there is nothing to choose.
/// `href` makes the page's address from a destination's id.
pub(crate) async fn of(
    state: &State,
    subject: &Subject,
    shown: Option<&Backup>,
    href: impl Fn(&str) -> String,
) -> Result<Vec<Destination>> {
    let mut all = Vec::new();
    if subject.others.is_empty() {
        return Ok(all);
    }
    for backup in subject.all() {
        all.push(Destination {
            label: subject::label(state, &backup.account, &backup.destination).await?,
            href: href(backup.destination.as_str()),
            current: shown.is_some_and(|it| it.id == backup.id),
        });
    }
    Ok(all)
}
