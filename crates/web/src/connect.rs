//! CONNECT: out to Dropbox's consent page, back, and both grants tied into a
//! Connection. Whatever goes wrong on the way leaves all as it was.

use axum::extract;
use axum::response::{IntoResponse, Redirect, Response};
use domain::connection::{Connection, DestinationRecord};
use domain::grant::{Grant, Provider};
use domain::ports::destination::Owner;
use domain::session::{Errand, Session, SignedIn};
use domain::{Error, Kind, Result};

use crate::error::PageError;
use crate::role::glance;
use crate::session::{self, Slot};
use crate::state::State;
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
        return told(&state, &viewer, false, "Your Dropbox is connected already.").await;
    }
    let ready = match &connection {
        // Only Dropbox is to be connected again.
        Some(_) => Ok(true),
        None => is_alive(&state, session, who).await,
    };
    let errand = match ready {
        Ok(true) => Errand::Connect,
        Ok(false) => Errand::SignIn,
        Err(error) => return told(&state, &viewer, true, not_connected(&error)).await,
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
            let sentence = "Dropbox was not connected: access was refused there. \
                            Everything is as it was.";
            return told(&state, &viewer, true, sentence).await;
        }
        Ok(Ended::Unknown) => {
            let sentence = "Dropbox was not connected: this was not begun in this browser, or it \
                            took longer than ten minutes, or it was used before. Please try again.";
            return told(&state, &viewer, true, sentence).await;
        }
        Err(error) => return told(&state, &viewer, true, not_connected(&error)).await,
    };
    match tie(&state, &viewer, &grant).await {
        Ok(owner) => {
            let sentence = format!("Connected: {} receives your archive.", owner.label);
            told(&state, &viewer, false, sentence).await
        }
        Err(error) => {
            session::revoke(&state, Provider::Destination, &grant).await;
            told(&state, &viewer, true, not_connected(&error)).await
        }
    }
}

/// Ties the two grants together. On failure nothing is connected that was not
/// before, and the fresh grant is the caller's to end.
async fn tie(state: &State, viewer: &Viewer, grant: &Grant) -> Result<Owner> {
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
        Some(connection) => mend(state, connection, &owner, grant).await?,
        None => connect(state, viewer, before.as_ref(), &owner, grant).await?,
    }
    Ok(owner)
}

/// A Connection whose Dropbox grant is dead gets a new one, of the same
/// Dropbox.
async fn mend(state: &State, connection: &Connection, owner: &Owner, grant: &Grant) -> Result<()> {
    if owner.id != connection.destination {
        return Err(
            Error::new(Kind::Config, "that is another Dropbox than before").remedy(
                "Sign in there with the Dropbox account that your archive is in, or DISCONNECT \
                 first and then connect the other one.",
            ),
        );
    }
    let (account, id, end) = (&connection.account, &connection.id, Provider::Destination);
    state.store.keep_grant(account, id, end, grant).await?;
    state.providers.forget(connection).await;
    state.store.set_trouble(account, id, end, None).await
}

async fn connect(
    state: &State,
    viewer: &Viewer,
    before: Option<&Connection>,
    owner: &Owner,
    grant: &Grant,
) -> Result<()> {
    let who = &viewer.who;
    let held = match &viewer.visitor.session {
        Some(session) => session::held(state, &session.key, who, Slot::Viewer)
            .await?
            .map(|grant| (session, grant)),
        None => None,
    };
    let Some((session, source)) = held else {
        return Err(
            Error::new(Kind::Unauthorized, "the RingCentral sign-in is gone")
                .remedy("Press CONNECT again; the way leads to RingCentral first."),
        );
    };
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
    if let Err(error) = keep(state, &connection, &source, grant).await {
        // As it was: no grant lies where none lay.
        let erased = state.store.erase_grants(&who.account, &connection.id).await;
        if erased.is_err() {
            tracing::error!("grants of a Connection that was not made could not be erased");
        }
        return Err(error);
    }
    session::let_go(state, &session.key, who, Slot::Viewer).await
}

/// Both grants are durable before the Connection says that it has them.
async fn keep(
    state: &State,
    connection: &Connection,
    source: &Grant,
    destination: &Grant,
) -> Result<()> {
    let (account, id, store) = (&connection.account, &connection.id, &state.store);
    let now_ms = state.now_ms();
    store
        .keep_grant(account, id, Provider::Source, source)
        .await?;
    store
        .keep_grant(account, id, Provider::Destination, destination)
        .await?;
    state.providers.forget(connection).await;
    for mut backup in store.backups(account).await? {
        // All of them are OFF: DISCONNECT saw to that.
        if backup.connection == *id && backup.destination != connection.destination {
            backup.destination = connection.destination.clone();
            backup.enabled = false;
            store.keep_backup(&backup, now_ms).await?;
        }
    }
    store.keep_connection(connection, now_ms).await
}

fn not_connected(error: &Error) -> String {
    format!("Dropbox was not connected: {error}")
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
