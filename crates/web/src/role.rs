//! Whether a Viewer still is who they were: the role is asked for again every
//! hour, for it may be taken from them at RingCentral at any time.

use domain::audit::{Actor, Deed, Ending};
use domain::grant::Provider;
use domain::ports::{Change, Viewer as Told};
use domain::session::{Session, SignedIn};
use domain::{Kind, Result};

use crate::roles::ROLE_HOLDS_MS;
use crate::session::{self, Slot};
use crate::state::{GLANCE, State};
use crate::target;
use crate::texts::sign_in as say;
use crate::viewer::{connection_of, is_ours};
use crate::visitor::Visitor;

/// When it could not be asked, it is asked again after this, milliseconds.
const AGAIN_MS: i64 = 5 * 60 * 1000;

/// What a provider says of somebody, for us.
pub(crate) fn signed_in(told: Told, now_ms: i64) -> SignedIn {
    let extension = told.extension;
    SignedIn {
        account: told.account.id,
        company: told.account.name,
        number: extension.number.clone(),
        name: extension
            .name
            .filter(|it| !it.trim().is_empty())
            .or(extension.number)
            .unwrap_or_else(|| extension.id.to_string()),
        extension: extension.id,
        admin: told.admin,
        time_zone: extension.time_zone.or(told.account.time_zone),
        checked_ms: now_ms,
    }
}

/// Whether somebody is signed in, with their role as new as it must be.
pub(crate) async fn check(state: &State, visitor: &mut Visitor) -> Result<bool> {
    let Some(session) = &mut visitor.session else {
        return Ok(false);
    };
    let Some(who) = session.viewer.clone() else {
        return Ok(false);
    };
    if !is_ours(state, &who.account).await? {
        session::end(state, session).await?;
        visitor.session = None;
        return Ok(false);
    }
    let age = state.now_ms() - who.checked_ms;
    if (0..ROLE_HOLDS_MS).contains(&age) {
        return Ok(true);
    }
    renew(state, session, &who).await
}

async fn renew(state: &State, session: &mut Session, who: &SignedIn) -> Result<bool> {
    let now_ms = state.now_ms();
    match ask(state, session, who).await {
        Ok(told) if told.account.id == who.account && told.extension.id == who.extension => {
            session.viewer = Some(signed_in(told, now_ms));
        }
        // RingCentral cannot be asked now: what it said last holds a little
        // longer, and never longer than the Session.
        Err(error) if error.kind() != Kind::Unauthorized => {
            session.viewer = Some(SignedIn {
                checked_ms: now_ms - ROLE_HOLDS_MS + AGAIN_MS,
                ..who.clone()
            });
        }
        Ok(_) | Err(_) => {
            tell_connection(state, who).await?;
            let ended = by_itself(
                state,
                "sign-in.ended",
                format!("extension {}", who.extension),
            );
            state.store.tell(&who.account, &ended).await?;
            session::drop_slot(state, &session.key, who, Slot::Viewer).await?;
            session.viewer = None;
            session.notice = Some(domain::session::Notice {
                bad: false,
                text: say::CONFIRM.to_owned(),
            });
        }
    }
    if !state.store.change_session(session).await? {
        // They logged out meanwhile.
        session.viewer = None;
    }
    Ok(session.viewer.is_some())
}

/// A Connection whose grant is dead says so, so that signing in again mends it.
async fn tell_connection(state: &State, who: &SignedIn) -> Result<()> {
    let connection = connection_of(state, who).await?.filter(|it| it.connected);
    let Some(connection) = connection.filter(|it| it.source_trouble.is_none()) else {
        return Ok(());
    };
    let about = target::end(&connection.id, Provider::Source);
    let deed = by_itself(state, "connection.trouble", about);
    let trouble = Change::Trouble {
        connection: &connection.id,
        end: Provider::Source,
        trouble: Some(say::ACCESS_ENDED),
    };
    state.store.change(&who.account, &deed, &trouble).await?;
    Ok(())
}

/// What the server does without being asked.
fn by_itself(state: &State, action: &'static str, target: String) -> Deed {
    Deed {
        at_ms: state.now_ms(),
        actor: Actor::System,
        action,
        target,
        result: Ending::Done,
    }
}

/// Asks with the Connection's grant, or with the one the Session holds.
async fn ask(state: &State, session: &Session, who: &SignedIn) -> Result<Told> {
    let asking = async {
        let connection = connection_of(state, who).await?;
        let source = if let Some(connection) = connection.filter(|it| it.connected) {
            state.providers.source(&connection).await?
        } else {
            let held = session::held(state, &session.key, who, Slot::Viewer).await?;
            let gone = || domain::Error::new(Kind::Unauthorized, "no grant is held");
            state
                .providers
                .source_behind(&held.ok_or_else(gone)?)
                .await?
        };
        source.viewer().await
    };
    glance(asking).await
}

/// Waits no longer than a page may.
pub(crate) async fn glance<T>(asking: impl Future<Output = Result<T>>) -> Result<T> {
    tokio::time::timeout(GLANCE, asking)
        .await
        .unwrap_or_else(|_| {
            Err(domain::Error::new(
                Kind::Unavailable,
                "the provider did not answer in time",
            ))
        })
}
