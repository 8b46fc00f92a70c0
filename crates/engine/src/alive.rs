//! Keeps the grants of Connections alive on which nothing runs: a refresh
//! token that nobody uses dies after some days.

use std::time::Duration;

use domain::connection::Connection;
use domain::grant::Provider;
use domain::window::DAY_MS;
use domain::{Error, Result};

use crate::trouble;
use crate::worker::Worker;

/// How often it is looked whether a day has passed: never one long sleep.
const LOOK: Duration = Duration::from_mins(1);

/// Once a day, and when the process starts.
pub(crate) async fn keep(worker: &Worker) {
    let mut last_ms = None;
    loop {
        let now_ms = worker.clock.now().as_millisecond();
        let is_due = last_ms.is_none_or(|at: i64| at > now_ms || now_ms - at >= DAY_MS);
        if is_due {
            match all(worker).await {
                Ok(()) => last_ms = Some(now_ms),
                Err(error) => tell(&error),
            }
        }
        worker.rest(LOOK).await;
        if worker.stop.is_cancelled() {
            return;
        }
    }
}

/// Uses every idle grant once.
pub(crate) async fn all(worker: &Worker) -> Result<()> {
    for account in worker.store.accounts().await? {
        let backups = worker.store.backups(&account.id).await?;
        for connection in worker.store.connections(&account.id).await? {
            let mut backups = backups.iter();
            let works = backups.any(|it| it.enabled && it.connection == connection.id);
            if connection.connected && !connection.headless && !works {
                one(worker, &connection).await?;
            }
        }
    }
    Ok(())
}

async fn one(worker: &Worker, connection: &Connection) -> Result<()> {
    let answer = match worker.providers.source(connection).await {
        Ok(source) => source.viewer().await.map(drop),
        Err(error) => Err(error),
    };
    if let Err(error) = &answer {
        tell(error);
    }
    let (store, now_ms) = (worker.store.as_ref(), worker.clock.now().as_millisecond());
    trouble::keep(store, now_ms, connection, Provider::Source, &answer).await?;
    Ok(())
}

fn tell(error: &Error) {
    tracing::warn!(
        kind = error.kind().word(),
        "a grant could not be kept alive"
    );
}
