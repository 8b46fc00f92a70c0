//! Side (a): the least that a program can do which brings recordings from
//! RingCentral to Dropbox. It lists, gets, appends and commits in batches, as
//! many at once as the product; it keeps no ledger, computes no hash, checks
//! nothing, waits for nobody, and must begin anew when anything fails.

use std::collections::VecDeque;

use anyhow::Result;
use futures::stream::TryStreamExt;
use tokio::sync::{Mutex, mpsc};

use crate::providers::{Landed, Providers, Recording};

/// Recordings on their way at once, as in the product.
const AT_ONCE: usize = 64;
/// Files in one commit, at most, as in the product.
const COMMIT: usize = 500;
/// Sessions opened with one call: Dropbox's most.
const SESSIONS: usize = 1_000;

/// Brings everything over.
pub(crate) fn run() -> Result<()> {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()?;
    runtime.block_on(relay())
}

async fn relay() -> Result<()> {
    let providers = Providers::sign_in().await?;
    let (landed, waiting) = mpsc::unbounded_channel();
    let committing = tokio::spawn(commit(providers.clone(), waiting));
    let sessions = Mutex::new(VecDeque::new());
    providers
        .recordings()
        .try_for_each_concurrent(AT_ONCE, async |recording| {
            let file = bring(&providers, &sessions, &recording).await?;
            Ok(landed.send(file)?)
        })
        .await?;
    drop(landed);
    committing.await?
}

async fn bring(
    providers: &Providers,
    sessions: &Mutex<VecDeque<String>>,
    recording: &Recording,
) -> Result<Landed> {
    let bytes = providers.content(recording).await?;
    let mut pool = sessions.lock().await;
    if pool.is_empty() {
        pool.extend(providers.open_sessions(SESSIONS).await?);
    }
    let session = pool.pop_front().unwrap_or_default();
    drop(pool);
    let size = bytes.len();
    providers.append(&session, bytes).await?;
    Ok(Landed {
        session,
        size,
        path: format!("/relay/{}.mp3", recording.id),
    })
}

/// One commit after the other, each with all that has come meanwhile.
async fn commit(providers: Providers, mut waiting: mpsc::UnboundedReceiver<Landed>) -> Result<()> {
    let mut batch = Vec::new();
    while waiting.recv_many(&mut batch, COMMIT).await > 0 {
        providers.finish(&batch).await?;
        batch.clear();
    }
    Ok(())
}
