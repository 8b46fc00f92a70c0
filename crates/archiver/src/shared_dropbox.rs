//! One Dropbox account, however many Connections of this process lead to it:
//! one committer, on the grant of one of them. When that one leaves, or its
//! grant is refused, another's takes its place.

use std::ops::Range;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use async_trait::async_trait;
use destination_dropbox::{App, Dropbox};
use domain::account::AccountId;
use domain::archive_path::ArchivePath;
use domain::connection::{Connection, ConnectionId};
use domain::content::Content;
use domain::ledger::{DestinationId, Receipt};
use domain::ports::Destination;
use domain::ports::destination::{File, Owner, Space};
use domain::{Error, Kind, Result};
use futures::stream::{self, BoxStream, StreamExt};
use outbound::Keeper;

use crate::commit_turns::CommitTurns;

/// The account.
pub(crate) struct SharedDropbox {
    app: App,
    root: &'static str,
    turns: CommitTurns,
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
    pub(crate) fn new(app: App, root: &'static str, turns: CommitTurns) -> SharedDropbox {
        SharedDropbox {
            app,
            root,
            turns,
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

    /// Nothing is committed from here on; the right to is given back.
    pub(crate) async fn end(&self) {
        {
            let mut state = self.state();
            state.members.clear();
            state.dropbox = None;
        }
        self.turns.leave().await;
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Does something on the first member's grant. Whose grant is refused goes
    /// behind all others; who has none any more, because another process ended
    /// the Connection, goes away.
    async fn on_a_grant<T>(&self, work: impl AsyncFnOnce(Dropbox) -> Result<T>) -> Result<T> {
        let (keeper, dropbox) = self.first()?;
        let done = work(dropbox).await;
        let refused = done
            .as_ref()
            .is_err_and(|error| error.kind() == Kind::Unauthorized);
        if refused {
            let gone = matches!(keeper.load().await, Ok(None));
            self.retire(&keeper, gone);
        }
        done
    }

    fn first(&self) -> Result<(Arc<dyn Keeper>, Dropbox)> {
        let state = &mut *self.state();
        let Some(first) = state.members.first() else {
            return Err(Error::new(Kind::Unauthorized, "Dropbox is not connected")
                .remedy("Connect it on the GENERAL page."));
        };
        let made = state.dropbox.get_or_insert_with(|| {
            let token = self.app.token(Arc::clone(&first.keeper));
            let turns = Arc::new(self.turns.clone());
            self.app
                .dropbox_in_turns(first.destination.as_str(), token, self.root, turns)
        });
        Ok((Arc::clone(&first.keeper), made.clone()))
    }

    /// Only while it is the first: others may have seen the same refusal.
    fn retire(&self, keeper: &Arc<dyn Keeper>, gone: bool) {
        let mut state = self.state();
        let is_first = state.members.first();
        if !is_first.is_some_and(|it| Arc::ptr_eq(&it.keeper, keeper)) {
            return;
        }
        state.dropbox = None;
        let first = state.members.remove(0);
        if !gone {
            state.members.push(first);
        }
    }
}

#[async_trait]
impl Destination for SharedDropbox {
    async fn owner(&self) -> Result<Owner> {
        self.on_a_grant(async |it| it.owner().await).await
    }

    async fn prepare(&self) -> Result<()> {
        self.on_a_grant(async |it| it.prepare().await).await
    }

    async fn put(&self, path: &ArchivePath, content: Content) -> Result<Receipt> {
        self.on_a_grant(async |it| it.put(path, content).await)
            .await
    }

    async fn stat(&self, path: &ArchivePath) -> Result<Option<Receipt>> {
        self.on_a_grant(async |it| it.stat(path).await).await
    }

    fn list(&self) -> BoxStream<'_, Result<Vec<File>>> {
        match self.first() {
            Ok((_, dropbox)) => dropbox.listing(),
            Err(error) => stream::iter([Err(error)]).boxed(),
        }
    }

    async fn read(&self, path: &ArchivePath, part: Option<Range<u64>>) -> Result<Content> {
        self.on_a_grant(async |it| it.read(path, part).await).await
    }

    async fn space(&self) -> Result<Space> {
        self.on_a_grant(async |it| it.space().await).await
    }
}
