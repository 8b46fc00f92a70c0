//! What is left of Exports: they end after a week, and take what they hold
//! with them.

use domain::Result;
use domain::audit::{Actor, Deed, Ending};
use domain::export::Export;

use crate::state::State;

/// Rows that are forgotten at once.
const AT_ONCE: u32 = 2_000;

/// Forgets one.
pub(super) async fn forget(state: &State, export: &Export) -> Result<()> {
    let (account, id) = (&export.account, &export.id);
    while !state.store.forget_export(account, id, AT_ONCE).await? {}
    Ok(())
}

/// Forgets those whose time is over. For a clock outside.
pub(crate) async fn sweep(state: &State) -> Result<()> {
    let now_ms = state.now_ms();
    for account in state.store.accounts().await? {
        for export in state.store.exports(&account.id).await? {
            if export.ends_ms > now_ms {
                continue;
            }
            let deed = Deed {
                at_ms: now_ms,
                actor: Actor::System,
                action: "export.expire",
                target: export.id.to_string(),
                result: Ending::Done,
            };
            state.store.tell(&account.id, &deed).await?;
            forget(state, &export).await?;
        }
    }
    Ok(())
}
