//! Whether the owner of a token still is who they were. They are not there to
//! sign in again, so RingCentral is asked every hour: with the grant of their
//! own Connection, or, where they have none, whether a colleague's grant still
//! finds them. Who cannot be found any more has no tokens either.

use domain::Kind;
use domain::connection::Connection;
use domain::session::SignedIn;

use super::failure::Failure;
use crate::role::glance;
use crate::roles::Role;
use crate::state::State;
use crate::viewer::connection_id;

/// So many colleagues are asked at most.
const COLLEAGUES: usize = 3;

/// Who they are now.
pub(super) async fn role(state: &State, who: &SignedIn) -> Result<Role, Failure> {
    let whose = (who.account.clone(), who.extension.clone());
    let now_ms = state.now_ms();
    if let Some(known) = state.roles.get(&whose, now_ms) {
        return Ok(known);
    }
    let all = state.store.connections(&who.account).await?;
    let connected = |it: &&Connection| it.connected && !it.headless;
    let own = connection_id(who);
    let asked = match all.iter().filter(connected).find(|it| it.id == own) {
        Some(connection) => ask_themselves(state, who, connection).await,
        None => ask_colleagues(state, who, all.iter().filter(connected)).await,
    };
    match asked {
        Ok(role) => {
            state.roles.set(whose, now_ms, role);
            Ok(role)
        }
        Err(error) => {
            tracing::warn!(kind = error.kind().word(), "a role could not be asked for");
            // An outage takes nothing from anybody, and gives nobody more.
            let before = state.roles.stand_in(&whose, now_ms);
            before.ok_or_else(Failure::unasked)
        }
    }
}

async fn ask_themselves(
    state: &State,
    who: &SignedIn,
    connection: &Connection,
) -> domain::Result<Role> {
    let asking = async {
        let source = state.providers.source(connection).await?;
        source.viewer().await
    };
    match glance(asking).await {
        Ok(told) if told.account.id != who.account || told.extension.id != who.extension => {
            Ok(Role::Gone)
        }
        Ok(told) if told.admin => Ok(Role::Admin),
        Ok(_) => Ok(Role::User),
        Err(error) if error.kind() == Kind::Unauthorized => Ok(Role::Gone),
        Err(error) => Err(error),
    }
}

/// Who is found by somebody else is at most a user: only their own grant tells
/// more.
async fn ask_colleagues(
    state: &State,
    who: &SignedIn,
    colleagues: impl Iterator<Item = &Connection>,
) -> domain::Result<Role> {
    let nobody = || {
        domain::Error::new(
            Kind::Unavailable,
            "nobody of the company is connected who could be asked",
        )
    };
    let mut last = nobody();
    for connection in colleagues.take(COLLEAGUES) {
        let asking = async {
            let source = state.providers.source(connection).await?;
            source.extensions().await
        };
        match glance(asking).await {
            Ok(people) => {
                let them = people.iter().find(|it| it.id == who.extension);
                let there = them.is_some_and(|it| it.status != "Disabled");
                return Ok(if there { Role::User } else { Role::Gone });
            }
            Err(error) => last = error,
        }
    }
    Err(last)
}
