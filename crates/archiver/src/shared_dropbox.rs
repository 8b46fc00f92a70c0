//! One Dropbox account, however many Connections of this process lead to it:
//! one committer, on the grant of one of them. When that one leaves, another's
//! takes its place.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use async_trait::async_trait;
use destination_dropbox::{App, Dropbox};
use domain::account::AccountId;
use domain::archive_path::ArchivePath;
use domain::connection::{Connection, ConnectionId};
use domain::content::Content;
use domain::ledger::{DestinationId, Receipt};
use domain::ports::Destination;
use domain::ports::destination::{Owner, Space};
use domain::{Error, Kind, Result};
use outbound::Keeper;

/// The account.
pub(crate) struct SharedDropbox {
    app: App,
    root: &'static str,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    /// Those whose grants lead here, in the order in which they came.
    members: Vec<Member>,
    /// On the grant of the first.
    dropbox: Option<Dropbox>,
}

struct Member {
    account: AccountId,
    id: ConnectionId,
    destination: DestinationId,
    keeper: Arc<dyn Keeper>,
}

impl Member {
    fn is(&self, connection: &Connection) -> bool {
        self.account == connection.account && self.id == connection.id
    }
}

impl SharedDropbox {
    /// Nobody's yet. `root` is the archive's folder within the app's.
    pub(crate) fn new(app: App, root: &'static str) -> SharedDropbox {
        SharedDropbox {
            app,
            root,
            state: Mutex::default(),
        }
    }

    /// A Connection leads here, too.
    pub(crate) fn join(&self, connection: &Connection, keeper: Arc<dyn Keeper>) {
        let mut state = self.state();
        if !state.members.iter().any(|it| it.is(connection)) {
            state.members.push(Member {
                account: connection.account.clone(),
                id: connection.id.clone(),
                destination: connection.destination.clone(),
                keeper,
            });
        }
    }

    /// A Connection has ended; `true` if it was the last.
    pub(crate) fn leave(&self, connection: &Connection) -> bool {
        let mut state = self.state();
        if state.members.first().is_some_and(|it| it.is(connection)) {
            state.dropbox = None;
        }
        state.members.retain(|it| !it.is(connection));
        state.members.is_empty()
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn dropbox(&self) -> Result<Dropbox> {
        let state = &mut *self.state();
        let Some(first) = state.members.first() else {
            return Err(Error::new(Kind::Unauthorized, "Dropbox is not connected")
                .remedy("Connect it on the GENERAL page."));
        };
        let made = state.dropbox.get_or_insert_with(|| {
            let token = self.app.token(Arc::clone(&first.keeper));
            self.app
                .dropbox(first.destination.as_str(), token, self.root)
        });
        Ok(made.clone())
    }
}

#[async_trait]
impl Destination for SharedDropbox {
    async fn owner(&self) -> Result<Owner> {
        self.dropbox()?.owner().await
    }

    async fn prepare(&self) -> Result<()> {
        self.dropbox()?.prepare().await
    }

    async fn put(&self, path: &ArchivePath, content: Content) -> Result<Receipt> {
        self.dropbox()?.put(path, content).await
    }

    async fn stat(&self, path: &ArchivePath) -> Result<Option<Receipt>> {
        self.dropbox()?.stat(path).await
    }

    async fn space(&self) -> Result<Space> {
        self.dropbox()?.space().await
    }
}
