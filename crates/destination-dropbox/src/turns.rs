//! Who may commit to one Dropbox account, where several processes lead to it.
//! Given at assembly, so that this crate never sees where processes meet.

use std::time::Duration;

use async_trait::async_trait;
use domain::error::Result;
use outbound::Turn;
use tokio::time::sleep;

/// The right to commit to one Dropbox account.
#[async_trait]
pub trait Turns: Send + Sync {
    /// Waits until it is ours; it is given back when the value is dropped. Of
    /// several who want it each has it in turn. A holder that was believed
    /// dead may still commit: `add` of the same bytes at the same path
    /// changes nothing.
    async fn turn(&self) -> Result<Turn>;
}

/// Nobody else commits there.
pub(crate) struct Alone;

#[async_trait]
impl Turns for Alone {
    async fn turn(&self) -> Result<Turn> {
        Ok(Box::new(()))
    }
}

/// How long whoever gives the turns is left alone after an error.
const RECOVER: Duration = Duration::from_secs(1);

/// Waits for the turn, through errors: what waits is committed later, not lost.
pub(crate) async fn take(turns: &dyn Turns) -> Turn {
    loop {
        match turns.turn().await {
            Ok(turn) => return turn,
            Err(error) => {
                tracing::debug!(kind = error.kind().word(), "no turn to commit is given");
                sleep(RECOVER).await;
            }
        }
    }
}
