//! The making of an Export, in the background: whoever asked need not wait. A
//! server that stops meanwhile leaves it as it is; whoever looks at it next has
//! it made anew.

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use domain::connection::Backup;
use domain::export::{Export, ExportId, Stage};
use domain::search::Query;
use domain::{Error, Kind};
use url::form_urlencoded::parse;

use crate::state::State;
use crate::texts::export as say;

/// Those that are made here at present.
#[derive(Clone, Default)]
pub(crate) struct Making(Arc<Mutex<BTreeSet<ExportId>>>);

/// One of them; it is none any more when this is dropped.
struct Made(Making, ExportId);

impl Making {
    fn all(&self) -> MutexGuard<'_, BTreeSet<ExportId>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn take(&self, id: &ExportId) -> Option<Made> {
        let is_new = self.all().insert(id.clone());
        is_new.then(|| Made(self.clone(), id.clone()))
    }
}

impl Drop for Made {
    fn drop(&mut self) {
        self.0.all().remove(&self.1);
    }
}

/// Begins it, unless it is being made here.
pub(super) fn begin(state: &State, backup: &Backup, export: &Export) {
    let Some(made) = state.making.take(&export.id) else {
        return;
    };
    let (state, backup, export) = (state.clone(), backup.clone(), export.clone());
    tokio::spawn(async move {
        let _made = made;
        let asked: Vec<_> = parse(export.asked.as_bytes()).collect();
        let pairs = asked.iter().map(|(name, it)| (name.as_ref(), it.as_ref()));
        let done = match Query::of_pairs(pairs) {
            Ok(query) => state.hand_over.make(&backup, &query, export.clone()).await,
            Err(_) => Err(Error::new(Kind::Config, say::NOT_UNDERSTOOD)),
        };
        if let Err(error) = done {
            broken(&state, export, &error).await;
        }
    });
}

/// What cannot be made says why. Where our memory fails it stays as it is, until
/// a later start makes it.
async fn broken(state: &State, export: Export, error: &Error) {
    tracing::warn!(kind = error.kind().word(), "an export was not made");
    if error.kind() != Kind::Config {
        return;
    }
    let broken = Export {
        stage: Stage::Broken,
        trouble: Some((String::new(), error.to_string())),
        ..export
    };
    // Deleted meanwhile: it must not come back.
    let kept = state.store.export(&broken.account, &broken.id).await;
    if matches!(kept, Ok(Some(_))) && state.store.keep_export(&broken).await.is_err() {
        tracing::warn!("why an export was not made could not be kept");
    }
}
