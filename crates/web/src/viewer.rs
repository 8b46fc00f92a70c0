//! A Viewer: who looks, and what they may see. Whatever a page shows of a
//! company goes through here.

use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use axum::response::{IntoResponse, Redirect, Response};
use domain::Result;
use domain::account::AccountId;
use domain::alarm::Standing;
use domain::connection::{Backup, Connection, ConnectionId, Scope};
use domain::session::SignedIn;

use crate::error::PageError;
use crate::state::State;
use crate::subject;
use crate::visitor::Visitor;

/// Somebody signed in, in their browser.
#[derive(Clone, Debug)]
pub(crate) struct Viewer {
    /// The browser.
    pub(crate) visitor: Visitor,
    /// Who they are.
    pub(crate) who: SignedIn,
}

/// Which of the two views of BACKUP and LOG.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum View {
    /// One's own extension.
    #[default]
    Extension,
    /// The whole company: Account Settings.
    Account,
}

impl View {
    /// The word in addresses.
    pub(crate) fn word(self) -> &'static str {
        match self {
            View::Extension => "extension",
            View::Account => "account",
        }
    }

    /// From the word; none at all is one's own extension.
    pub(crate) fn from_word(word: Option<&str>) -> Result<View, PageError> {
        match word {
            None | Some("" | "extension" | "own") => Ok(View::Extension),
            Some("account") => Ok(View::Account),
            Some(_) => Err(PageError::not_found()),
        }
    }
}

/// The id of somebody's own Connection.
pub(crate) fn connection_id(who: &SignedIn) -> ConnectionId {
    ConnectionId::new(format!("{}/{}", who.account, who.extension))
}

/// Whether somebody may see a Backup of their company.
pub(crate) fn may_see(who: &SignedIn, backup: &Backup) -> bool {
    backup.account == who.account
        && match &backup.scope {
            Scope::Account => who.admin,
            Scope::Extension(id) => *id == who.extension,
        }
}

/// Whether somebody may see a Connection of their company.
pub(crate) fn may_see_connection(who: &SignedIn, connection: &Connection) -> bool {
    connection.account == who.account && (who.admin || connection.viewer == who.extension)
}

/// Somebody's own Connection, connected or not; `None` = never was.
pub(crate) async fn connection_of(state: &State, who: &SignedIn) -> Result<Option<Connection>> {
    state
        .store
        .connection(&who.account, &connection_id(who))
        .await
}

/// The Backup behind a view: the one its pages are about. The account view is
/// refused to who is no admin.
pub(crate) async fn backup_of(
    state: &State,
    who: &SignedIn,
    view: View,
) -> Result<Option<Backup>, PageError> {
    Ok(subject::of(state, who, view).await?.backup)
}

/// Alarms that somebody is shown: admins those of their company and of the
/// server itself, others none.
pub(crate) async fn alarms_for(state: &State, who: &SignedIn) -> Result<Vec<Standing>> {
    if !who.admin {
        return Ok(Vec::new());
    }
    let mut all = state.store.alarms_of(None).await?;
    all.extend(state.store.alarms_of(Some(&who.account)).await?);
    Ok(all)
}

/// Whether this server is for the company: it owns it, or it is listed in the
/// configuration.
pub(crate) async fn is_ours(state: &State, account: &AccountId) -> Result<bool> {
    Ok(state.options.accounts.contains(account) || state.store.owners().await?.contains(account))
}

impl FromRequestParts<State> for Viewer {
    type Rejection = Response;

    async fn from_request_parts(parts: &mut Parts, state: &State) -> Result<Viewer, Response> {
        let visitor = Visitor::from_request_parts(parts, state)
            .await
            .map_err(IntoResponse::into_response)?;
        let who = visitor.session.as_ref().and_then(|it| it.viewer.clone());
        match who {
            Some(who) => Ok(Viewer { visitor, who }),
            None => Err(Redirect::to("/sign-in").into_response()),
        }
    }
}
