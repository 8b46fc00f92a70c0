//! What a command tells the audit log: that whoever has the terminal changed
//! or saw something.

use domain::account::AccountId;
use domain::audit::{Actor, Deed, Ending, server_book};
use domain::ports::Audit;

use crate::assemble;

/// By the command line, done.
pub(crate) fn by_hand(action: &'static str, target: String) -> Deed {
    Deed {
        at_ms: assemble::clock().now().as_millisecond(),
        actor: Actor::CommandLine,
        action,
        target,
        result: Ending::Done,
    }
}

/// Tells a company's log, before the command prints what it found.
pub(crate) async fn tell(
    store: &(impl Audit + ?Sized),
    account: &AccountId,
    action: &'static str,
    target: String,
) -> domain::Result<()> {
    store.tell(account, &by_hand(action, target)).await?;
    Ok(())
}

/// Tells the server's own log.
pub(crate) async fn tell_server(
    store: &(impl Audit + ?Sized),
    action: &'static str,
    target: String,
) -> domain::Result<()> {
    tell(store, &server_book(), action, target).await
}
