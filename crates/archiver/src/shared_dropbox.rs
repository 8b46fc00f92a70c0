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
use domain::ports::destination::{Announced, File, Owner, Space};
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

    fn announce(&self) -> Announced {
        let first = self.first();
        first.map_or_else(|_| Announced::default(), |(_, dropbox)| dropbox.announce())
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

#[cfg(test)]
mod tests {
    use domain::connection::Connection;
    use domain::grant::Grant;
    use outbound::{Door, DoorOptions};
    use testkit::builders;
    use testkit::clock::ManualClock;

    use super::*;

    /// Keeps a grant, or has none any more.
    struct Shelf(Option<Grant>);

    #[async_trait]
    impl Keeper for Shelf {
        async fn load(&self) -> Result<Option<Grant>> {
            Ok(self.0.clone())
        }

        async fn keep(&self, _: Option<&Grant>, _: &Grant) -> Result<()> {
            Ok(())
        }
    }

    fn dropbox() -> SharedDropbox {
        let _ = rustls::crypto::ring::default_provider().install_default();
        let clock = Arc::new(ManualClock::at(0));
        let door = DoorOptions::default();
        let door = Door::open(&door, clock.clone(), Arc::new(|| 0.5), Arc::new(())).unwrap();
        let options = destination_dropbox::Options {
            app_key: "key".to_owned(),
            ..destination_dropbox::Options::default()
        };
        let app = App::new(options, door, clock, Arc::new(|| 0.5)).unwrap();
        SharedDropbox::new(app, "", CommitTurns::default())
    }

    fn connection(id: &str) -> Connection {
        let to = builders::destination("dropbox:d", &builders::account_id("1"));
        builders::connection(id, &to)
    }

    fn first(dropbox: &SharedDropbox) -> Option<String> {
        let state = dropbox.state();
        state.members.first().map(|it| it.id.to_string())
    }

    #[tokio::test]
    async fn a_refused_grant_goes_behind_the_others_and_one_that_ended_goes_away() {
        let dropbox = dropbox();
        for (id, grant) in [
            ("refused", Some(builders::grant("a", 0))),
            ("ended", None),
            ("good", Some(builders::grant("b", 0))),
        ] {
            dropbox.join(&connection(id), Arc::new(Shelf(grant)));
        }
        let refuse = async || {
            let refused = Error::new(Kind::Unauthorized, "no");
            let done = dropbox.on_a_grant(async |_| Err::<(), _>(refused)).await;
            assert!(done.is_err());
        };
        assert_eq!(first(&dropbox).as_deref(), Some("refused"));
        refuse().await;
        assert_eq!(first(&dropbox).as_deref(), Some("ended"));
        refuse().await;
        assert_eq!(first(&dropbox).as_deref(), Some("good"));
        // Other trouble is nobody's grant's.
        let full = Error::new(Kind::Full, "no room");
        assert!(
            dropbox
                .on_a_grant(async |_| Err::<(), _>(full))
                .await
                .is_err()
        );
        assert_eq!(first(&dropbox).as_deref(), Some("good"));
        refuse().await;
        assert_eq!(
            first(&dropbox).as_deref(),
            Some("refused"),
            "it is asked again"
        );
        let members = dropbox.state().members.len();
        assert_eq!(members, 2, "who ended its connection is no member");
    }
}
