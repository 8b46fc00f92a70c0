//! Set-up: the keys of both apps, and whose server this is. While something of
//! it is missing it is open to who runs the server: on this very machine, or
//! with the token that the server printed. To the admins whose server it is it
//! is open at any time: keys are typed wrong, and are changed at the provider.

use domain::Secret;
use domain::grant::Provider;
use domain::session::Session;
use domain::{Kind, Result};

use crate::options::names;
use crate::secrets::same;
use crate::state::State;
use crate::trip::in_time;
use crate::viewer::is_ours;
use crate::visitor::Visitor;

/// Whether the app's keys are there. What cannot be told counts as there: a
/// database that fails must not open the set-up page.
pub(crate) async fn has_keys(state: &State, end: Provider) -> bool {
    match state.providers.sign_in(end).await {
        Ok(_) => true,
        Err(error) => error.kind() != Kind::Config,
    }
}

/// Whether the server belongs to somebody.
pub(crate) async fn is_claimed(state: &State) -> Result<bool> {
    Ok(!state.options.accounts.is_empty() || !state.store.owners().await?.is_empty())
}

/// Whether this browser was let in to set the server up.
pub(crate) fn may_claim(session: &Session, visitor: &Visitor) -> bool {
    session.may_set_up || visitor.origin.is_local()
}

/// Whether something is missing still.
async fn is_needed(state: &State) -> Result<bool> {
    Ok(!is_claimed(state).await?
        || !has_keys(state, Provider::Source).await
        || !has_keys(state, Provider::Destination).await)
}

/// Whether the set-up page is open to this visitor.
pub(crate) async fn is_open_to(state: &State, visitor: &Visitor) -> Result<bool> {
    let session = visitor.session.as_ref();
    let viewer = session.and_then(|it| it.viewer.as_ref());
    if let Some(who) = viewer.filter(|it| it.admin)
        && is_ours(state, &who.account).await?
    {
        return Ok(true);
    }
    if visitor.origin.is_local() {
        return is_needed(state).await;
    }
    Ok(session.is_some_and(|it| it.may_set_up) && is_open_with_token(state).await?)
}

/// Whether this is the token that the server printed.
pub(crate) fn is_token(state: &State, shown: &str) -> bool {
    let right = state.options.set_up_token.as_ref();
    right.is_some_and(|right| same(right.expose(), shown.trim()))
}

/// Whether the token opens it now, if there is one; `shown` is what somebody
/// has shown of it. Only who shows the right one makes us ask RingCentral.
pub(crate) async fn takes_token(state: &State, shown: &str) -> Result<bool> {
    if state.options.set_up_token.is_none() {
        return Ok(false);
    }
    if is_incomplete(state).await? {
        return Ok(true);
    }
    Ok(is_token(state, shown) && are_refused(state).await?)
}

/// The token is used up by who claims the server with it. But while no admin
/// can sign in, nobody else could enter the keys: while there are none, and
/// while RingCentral itself says that those that were entered are wrong.
async fn is_open_with_token(state: &State) -> Result<bool> {
    Ok(is_incomplete(state).await? || are_refused(state).await?)
}

/// Whether RingCentral refuses the keys of its app that were entered on the
/// set-up page: then nobody can sign in. Those of the environment are corrected
/// there. An answer that does not come is no refusal.
pub async fn are_refused(state: &State) -> Result<bool> {
    let fixed = &state.options.fixed;
    if [names::RINGCENTRAL_ID, names::RINGCENTRAL_SECRET]
        .iter()
        .any(|name| fixed.contains_key(*name))
    {
        return Ok(false);
    }
    let Some(id) = state.store.setting(names::RINGCENTRAL_ID).await? else {
        return Ok(false);
    };
    let secret = state.store.setting(names::RINGCENTRAL_SECRET).await?;
    let secret = secret.as_ref().map_or("", Secret::expose);
    let tried = state
        .providers
        .try_keys(Provider::Source, id.expose(), secret);
    let tried = in_time(tried).await;
    Ok(tried.is_err_and(|error| error.kind() == Kind::Config))
}

/// Whether the token opens it without a look at RingCentral.
async fn is_incomplete(state: &State) -> Result<bool> {
    if !has_keys(state, Provider::Source).await {
        return Ok(true);
    }
    Ok(is_needed(state).await? && state.store.owners().await?.is_empty())
}
