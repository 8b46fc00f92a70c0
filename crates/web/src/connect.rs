//! CONNECT: out to Dropbox's consent page, back, and both grants tied into a
//! Connection. Whatever goes wrong on the way leaves all as it was.

use axum::extract;
use axum::response::{IntoResponse, Redirect, Response};
use domain::connection::{Connection, DestinationRecord};
use domain::grant::{Grant, Provider};
use domain::ports::Change;
use domain::ports::destination::Owner;
use domain::session::{Errand, Session, SignedIn};
use domain::{Error, Kind, Result};

use crate::error::PageError;
use crate::role::glance;
use crate::session::{self, Slot};
use crate::state::State;
use crate::target;
use crate::telling::Telling;
use crate::texts::connect as say;
use crate::trip::{self, Ended, Return, in_time};
use crate::viewer::{Viewer, connection_id, connection_of};

/// Off to Dropbox. RingCentral's grant must be alive before; where it is not,
/// the way leads to RingCentral first.
pub(crate) async fn leave(
    extract::State(state): extract::State<State>,
    viewer: Viewer,
) -> Result<Response, PageError> {
    let Viewer { visitor, who } = &viewer;
    let Some(session) = &visitor.session else {
        return Ok(Redirect::to("/sign-in").into_response());
    };
    let connection = connection_of(&state, who).await?.filter(|it| it.connected);
    if let Some(connection) = &connection
        && is_healthy(&state, connection).await
    {
        return told(&state, &viewer, false, say::ALREADY).await;
    }
    let ready = match &connection {
        // Only Dropbox is to be connected again.
        Some(_) => Ok(true),
        None => is_alive(&state, session, who).await,
    };
    let errand = match ready {
        Ok(true) => Errand::Connect,
        Ok(false) => Errand::SignIn,
        Err(error) => return told(&state, &viewer, true, say::failed(&error)).await,
    };
    match trip::begin(&state, visitor, session, errand).await {
        Ok(page) => Ok(page),
        Err(error) => told(&state, &viewer, true, error.text).await,
    }
}

/// Whether nothing is known to be wrong with the Dropbox of a Connection, and
/// Dropbox does not say otherwise.
async fn is_healthy(state: &State, connection: &Connection) -> bool {
    let asking = async {
        let destination = state.providers.destination(connection).await?;
        destination.owner().await
    };
    connection.destination_trouble.is_none()
        && glance(asking)
            .await
            .err()
            .is_none_or(|error| error.kind() != Kind::Unauthorized)
}

/// Whether the grant that the Session holds is there and good.
async fn is_alive(state: &State, session: &Session, who: &SignedIn) -> Result<bool> {
    let Some(grant) = session::held(state, &session.key, who, Slot::Viewer).await? else {
        return Ok(false);
    };
    let asking = async {
        let source = state.providers.source_behind(&grant).await?;
        source.viewer().await
    };
    match in_time(asking).await {
        Ok(told) => Ok(told.account.id == who.account && told.extension.id == who.extension),
        Err(error) if error.kind() == Kind::Unauthorized => Ok(false),
        Err(error) => Err(error),
    }
}

/// Back from Dropbox.
pub(crate) async fn come_back(
    extract::State(state): extract::State<State>,
    viewer: Viewer,
    back: Return,
) -> Result<Response, PageError> {
    let ended = trip::finish(&state, &viewer.visitor, Errand::Connect, back).await;
    let grant = match ended {
        Ok(Ended::Granted(grant)) => grant,
        Ok(Ended::Refused) => {
            return told(&state, &viewer, true, say::REFUSED).await;
        }
        Ok(Ended::Unknown) => {
            return told(&state, &viewer, true, say::NOT_BEGUN_HERE).await;
        }
        Err(error) => return told(&state, &viewer, true, say::failed(&error)).await,
    };
    match tie(&state, &viewer, &grant).await {
        Ok(owner) => told(&state, &viewer, false, say::connected(&owner.label)).await,
        Err(Untied { error, used }) => {
            if !used {
                session::revoke(&state, Provider::Destination, &grant).await;
            }
            told(&state, &viewer, true, say::failed(&error)).await
        }
    }
}

/// Why nothing was tied.
struct Untied {
    error: Error,
    /// Dropbox's grant may lie in the vault for a Connection: it must not be
    /// ended.
    used: bool,
}

impl From<Error> for Untied {
    fn from(error: Error) -> Untied {
        Untied { error, used: false }
    }
}

fn used(error: Error) -> Untied {
    Untied { error, used: true }
}

/// Ties the two grants together. On failure nothing is connected that was not
/// before.
async fn tie(state: &State, viewer: &Viewer, grant: &Grant) -> Result<Owner, Untied> {
    let before = connection_of(state, &viewer.who).await?;
    let owner = in_time(async {
        let destination = state.providers.destination_behind(grant).await?;
        let owner = destination.owner().await?;
        // Before any task: the folder is there, and it can be written.
        destination.prepare().await?;
        Ok(owner)
    })
    .await?;
    match before.as_ref().filter(|it| it.connected) {
        Some(connection) => mend(state, viewer, connection, &owner, grant).await?,
        None => connect(state, viewer, before.as_ref(), &owner, grant).await?,
    }
    Ok(owner)
}

/// A Connection whose Dropbox grant is dead gets a new one, of the same
/// Dropbox.
async fn mend(
    state: &State,
    viewer: &Viewer,
    connection: &Connection,
    owner: &Owner,
    grant: &Grant,
) -> Result<(), Untied> {
    if owner.id != connection.destination {
        let error = Error::new(Kind::Config, say::ANOTHER);
        return Err(error.remedy(say::ANOTHER_REMEDY).into());
    }
    let (account, id, end) = (&connection.account, &connection.id, Provider::Destination);
    let store = &state.store;
    let kept = store.keep_grant(account, id, end, grant).await;
    kept.map_err(used)?;
    state.providers.forget(connection).await;
    let telling = &viewer.visitor.telling;
    telling.about(target::connection(id, &connection.destination));
    let healed = Change::Trouble {
        connection: id,
        end,
        trouble: None,
    };
    telling.change(state, healed).await.map_err(used)?;
    hurry(state, connection).await;
    Ok(())
}

/// What waited for a Connection goes on at once. It is connected whether or
/// not this works: then the Backups go on at their next time.
pub(crate) async fn hurry(state: &State, connection: &Connection) {
    let (account, store) = (&connection.account, &state.store);
    let hurrying = async {
        for backup in store.backups(account).await? {
            let theirs =
                backup.connection == connection.id && backup.destination == connection.destination;
            if backup.enabled && theirs {
                store.hurry(account, &backup.id).await?;
            }
        }
        Ok::<(), Error>(())
    };
    if let Err(error) = hurrying.await {
        tracing::warn!(
            kind = error.kind().word(),
            "the backups of a connection could not be hurried"
        );
    }
}

async fn connect(
    state: &State,
    viewer: &Viewer,
    before: Option<&Connection>,
    owner: &Owner,
    grant: &Grant,
) -> Result<(), Untied> {
    let who = &viewer.who;
    let gone =
        || Error::new(Kind::Unauthorized, say::SIGN_IN_GONE).remedy(say::SIGN_IN_GONE_REMEDY);
    let session = viewer.visitor.session.as_ref().ok_or_else(gone)?;
    let held = session::held(state, &session.key, who, Slot::Viewer).await?;
    let source = held.ok_or_else(gone)?;
    let record = DestinationRecord {
        id: owner.id.clone(),
        account: who.account.clone(),
        label: owner.label.clone(),
        naming: state.options.naming,
    };
    let destination = state.store.keep_destination(&record).await?.id;
    let connection = Connection {
        id: before.map_or_else(|| connection_id(who), |it| it.id.clone()),
        account: who.account.clone(),
        viewer: who.extension.clone(),
        destination,
        headless: false,
        connected: true,
        source_trouble: None,
        destination_trouble: None,
    };
    let telling = &viewer.visitor.telling;
    if let Err(error) = keep(state, session, telling, &connection, [&source, grant]).await {
        return undo(state, session, who, &connection, &source, error).await;
    }
    hurry(state, &connection).await;
    Ok(())
}

/// Both grants are durable before the Connection says that it has them. And
/// the Session lets go of RingCentral's before that: what it holds is revoked
/// when it ends, and that must never be a Connection's.
async fn keep(
    state: &State,
    session: &Session,
    telling: &Telling,
    connection: &Connection,
    [source, destination]: [&Grant; 2],
) -> Result<()> {
    let (account, id, store) = (&connection.account, &connection.id, &state.store);
    store
        .keep_grant(account, id, Provider::Source, source)
        .await?;
    store
        .keep_grant(account, id, Provider::Destination, destination)
        .await?;
    if let Some(who) = &session.viewer {
        session::let_go(state, &session.key, who, Slot::Viewer).await?;
    }
    state.providers.forget(connection).await;
    telling.about(target::connection(id, &connection.destination));
    let made = Change::Connection(connection);
    telling.change(state, made).await?;
    Ok(())
}

/// As it was before, as far as the memory answers. Where it does not, what lies
/// in the vault stays there: nobody uses it unless the Connection says that it
/// is connected, and then it is needed.
async fn undo(
    state: &State,
    session: &Session,
    who: &SignedIn,
    connection: &Connection,
    source: &Grant,
    error: Error,
) -> Result<(), Untied> {
    let store = &state.store;
    let stands = store.connection(&who.account, &connection.id).await;
    match stands {
        // It was kept; only the answer was lost.
        Ok(Some(it)) if it.connected => return Ok(()),
        Ok(_) => {}
        Err(_) => return Err(used(error)),
    }
    let erased = store.erase_grants(&who.account, &connection.id).await;
    erased.map_err(used)?;
    session::hold(state, &session.key, who, Slot::Viewer, source).await?;
    Err(error.into())
}

/// GENERAL, with a sentence on it.
async fn told(
    state: &State,
    viewer: &Viewer,
    bad: bool,
    text: impl Into<String>,
) -> Result<Response, PageError> {
    viewer.visitor.tell(state, bad, text).await?;
    Ok(Redirect::to("/").into_response())
}
