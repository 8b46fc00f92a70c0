//! What ends by itself. For a clock outside; pages do not depend on it.

use domain::Result;

use crate::pages::export;
use crate::session;
use crate::state::State;

/// Ends what nobody used for long, and what is over.
pub async fn sweep(state: &State) -> Result<()> {
    let sessions = session::sweep(state).await;
    sessions.and(export::sweep(state).await)
}
