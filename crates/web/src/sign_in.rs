//! Signing in with RingCentral: out, back, "is that you?", in. And out again.

use askama::Template;
use axum::extract;
use axum::http::header::SET_COOKIE;
use axum::response::{IntoResponse, Redirect, Response};
use axum::{Form, http::HeaderMap};
use domain::account::Account;
use domain::audit::{Actor, server_book};
use domain::grant::{Grant, Provider};
use domain::ports::{Change, Changed};
use domain::session::{Errand, Notice, Session, SignedIn};
use serde::Deserialize;

use crate::connect::hurry;
use crate::error::PageError;
use crate::page::{Frame, Tab, draw};
use crate::role;
use crate::session::{self, Slot};
use crate::state::State;
use crate::telling::Telling;
use crate::texts::sign_in as say;
use crate::trip::{self, Ended, Return, in_time};
use crate::viewer::{connection_of, is_ours};
use crate::visitor::Visitor;
use crate::{cookie, setup};

#[derive(Template)]
#[template(path = "sign_in.html")]
struct SignIn {
    frame: Frame,
    /// The set-up page has to be filled in first.
    unready: bool,
    /// And this visitor may do that.
    set_up: bool,
}

/// The page with the one button.
pub(crate) async fn show(
    extract::State(state): extract::State<State>,
    visitor: Visitor,
) -> Result<Response, PageError> {
    if visitor
        .session
        .as_ref()
        .is_some_and(|it| it.viewer.is_some())
    {
        return Ok(Redirect::to("/").into_response());
    }
    draw(&SignIn {
        frame: Frame::new(&state, &visitor, say::TITLE, Tab::None).await?,
        unready: !setup::has_keys(&state, Provider::Source).await,
        set_up: setup::is_open_to(&state, &visitor).await?,
    })
}

/// Off to RingCentral. A browser without a Session gets one here, with a word
/// that nobody else could have chosen for it.
pub(crate) async fn leave(
    extract::State(state): extract::State<State>,
    visitor: Visitor,
) -> Result<Response, PageError> {
    if let Some(session) = &visitor.session {
        return trip::begin(&state, &visitor, session, Errand::SignIn).await;
    }
    let (session, word) = session::begin(&state);
    state.store.keep_session(&session).await?;
    let response = trip::begin(&state, &visitor, &session, Errand::SignIn).await?;
    Ok(with_cookie(&state, &word, response))
}

/// Gives the browser another word.
pub(crate) fn with_cookie(state: &State, word: &str, mut response: Response) -> Response {
    if let Some(line) = cookie::set(word, state.options.is_https()) {
        response.headers_mut().insert(SET_COOKIE, line);
    }
    response
}

/// Back from RingCentral.
pub(crate) async fn come_back(
    extract::State(state): extract::State<State>,
    visitor: Visitor,
    back: Return,
) -> Result<Response, PageError> {
    let ended = trip::finish(&state, &visitor, Errand::SignIn, back).await;
    let told = match ended {
        Ok(Ended::Granted(grant)) => match meet(&state, &visitor, &grant).await? {
            None => return Ok(Redirect::to("/sign-in/confirm").into_response()),
            Some(refusal) => {
                session::revoke(&state, Provider::Source, &grant).await;
                refusal
            }
        },
        Ok(Ended::Refused) => say::REFUSED.to_owned(),
        Ok(Ended::Unknown) => say::NOT_BEGUN_HERE.to_owned(),
        Err(error) => say::failed(&error),
    };
    if visitor.session.is_none() {
        // There is nothing to keep a notice in.
        return Err(PageError::forbidden(told));
    }
    visitor.tell(&state, true, told).await?;
    Ok(Redirect::to("/sign-in").into_response())
}

/// Finds out who came back and holds their grant until they say that it is
/// them. `Some` says why they cannot come in.
async fn meet(
    state: &State,
    visitor: &Visitor,
    grant: &Grant,
) -> Result<Option<String>, PageError> {
    let Some(session) = &visitor.session else {
        return Ok(Some(say::AGAIN.to_owned()));
    };
    let asking = async {
        let source = state.providers.source_behind(grant).await?;
        source.viewer().await
    };
    let who = match in_time(asking).await {
        Ok(told) => role::signed_in(told, state.now_ms()),
        Err(error) => return Ok(Some(say::failed(&error))),
    };
    if let Some(refusal) = refusal(state, session, visitor, &who).await? {
        return Ok(Some(refusal));
    }
    if let Some(before) = &session.unconfirmed {
        session::drop_slot(state, &session.key, before, Slot::Unconfirmed).await?;
    }
    session::hold(state, &session.key, &who, Slot::Unconfirmed, grant).await?;
    let waiting = Session {
        unconfirmed: Some(who.clone()),
        notice: None,
        ..session.clone()
    };
    visitor.telling.by(&who.account, extension(&who));
    let waits = Change::ChangedSession(&waiting);
    if visitor.telling.change(state, waits).await? == Changed::Whether(false) {
        // They logged out while RingCentral answered.
        session::let_go(state, &session.key, &who, Slot::Unconfirmed).await?;
        return Ok(Some(say::AGAIN.to_owned()));
    }
    Ok(None)
}

/// Why somebody cannot come in; `None`: they can.
async fn refusal(
    state: &State,
    session: &Session,
    visitor: &Visitor,
    who: &SignedIn,
) -> Result<Option<String>, PageError> {
    if is_ours(state, &who.account).await? {
        return Ok(None);
    }
    if setup::is_claimed(state).await? {
        return Ok(Some(say::anothers(&who.company)));
    }
    if !setup::may_claim(session, visitor) {
        return Ok(Some(say::NOT_SET_UP.to_owned()));
    }
    Ok((!who.admin).then(|| say::ADMIN_FIRST.to_owned()))
}

#[derive(Template)]
#[template(path = "confirm.html")]
struct Confirm {
    frame: Frame,
    who: SignedIn,
    /// Which sign-in the form is about.
    proof: String,
    /// Confirming makes this server theirs.
    claims: bool,
}

/// "Is that you?"
pub(crate) async fn ask(
    extract::State(state): extract::State<State>,
    visitor: Visitor,
) -> Result<Response, PageError> {
    let waiting = visitor
        .session
        .as_ref()
        .and_then(|it| it.unconfirmed.clone());
    let Some(who) = waiting else {
        return Ok(Redirect::to("/sign-in").into_response());
    };
    draw(&Confirm {
        frame: Frame::new(&state, &visitor, say::IS_THAT_YOU, Tab::None).await?,
        proof: proof(&who),
        claims: !is_ours(&state, &who.account).await?,
        who,
    })
}

/// Names one sign-in of one person.
fn proof(who: &SignedIn) -> String {
    format!("{}/{}/{}", who.account, who.extension, who.checked_ms)
}

/// The form of the question.
#[derive(Deserialize)]
pub(crate) struct Answer {
    proof: String,
}

/// "Yes." The browser gets a new Session; the old one is worth nothing from
/// here on.
pub(crate) async fn confirm(
    extract::State(state): extract::State<State>,
    visitor: Visitor,
    Form(answer): Form<Answer>,
) -> Result<Response, PageError> {
    let waiting = visitor
        .session
        .as_ref()
        .and_then(|it| it.unconfirmed.clone());
    let (Some(old), Some(who)) = (&visitor.session, waiting) else {
        return Ok(Redirect::to("/sign-in").into_response());
    };
    visitor.telling.by(&who.account, extension(&who));
    if answer.proof != proof(&who) {
        return Err(PageError::forbidden(
            "Somebody else has signed in in this browser meanwhile, so nothing was done. \
             Please sign in again.",
        ));
    }
    let allowed = match refusal(&state, old, &visitor, &who).await? {
        None => is_ours(&state, &who.account).await? || claim(&state, &visitor).await?,
        Some(_) => false,
    };
    if !allowed {
        visitor.telling.by(&server_book(), Actor::Nobody);
        visitor.telling.refused();
        return cancel(extract::State(state), visitor).await;
    }
    let held = session::held(&state, &old.key, &who, Slot::Unconfirmed).await?;
    if !state.store.end_session(&old.key).await? {
        // The same form came twice; the first one has it.
        return Ok(Redirect::to("/sign-in").into_response());
    }
    let (mut new, word) = session::begin(&state);
    new.viewer = Some(who.clone());
    if let Some(grant) = held {
        // Kept first: cut off in between, it lies in two places rather than
        // in none. The old Session is over, so nobody revokes it there.
        new.notice = settle(&state, &visitor.telling, &new, &who, &grant).await?;
        session::let_go(&state, &old.key, &who, Slot::Unconfirmed).await?;
    }
    let signed_in = visitor.telling.change(&state, Change::Session(&new));
    signed_in.await?;
    let old = Session {
        unconfirmed: None,
        ..old.clone()
    };
    session::end(&state, &old).await?;
    Ok(with_cookie(
        &state,
        &word,
        Redirect::to("/").into_response(),
    ))
}

async fn claim(state: &State, visitor: &Visitor) -> Result<bool, PageError> {
    let claimed = visitor.telling.also(state, "server.claim", Change::Claim);
    Ok(claimed.await? == Changed::Whether(true))
}

fn extension(who: &SignedIn) -> Actor {
    Actor::Extension(who.extension.clone())
}

/// Where a fresh grant goes: it mends a Connection whose own is dead, waits in
/// the Session while there is none, and is ended where it is not needed.
async fn settle(
    state: &State,
    telling: &Telling,
    new: &Session,
    who: &SignedIn,
    grant: &Grant,
) -> Result<Option<Notice>, PageError> {
    let account = Account {
        id: who.account.clone(),
        name: who.company.clone(),
        time_zone: who.time_zone.clone(),
    };
    state.store.keep_account(&account, state.now_ms()).await?;
    let connection = connection_of(state, who).await?.filter(|it| it.connected);
    let Some(connection) = connection else {
        session::hold(state, &new.key, who, Slot::Viewer, grant).await?;
        return Ok(None);
    };
    if connection.source_trouble.is_none() {
        session::revoke(state, Provider::Source, grant).await;
        return Ok(None);
    }
    let (account, id) = (&connection.account, &connection.id);
    let store = &state.store;
    store
        .keep_grant(account, id, Provider::Source, grant)
        .await?;
    state.providers.forget(&connection).await;
    let healed = Change::Trouble {
        connection: id,
        end: Provider::Source,
        trouble: None,
    };
    telling.also(state, "connection.mend", healed).await?;
    hurry(state, &connection).await;
    Ok(Some(Notice {
        bad: false,
        text: say::RECONNECTED.to_owned(),
    }))
}

/// "No."
pub(crate) async fn cancel(
    extract::State(state): extract::State<State>,
    visitor: Visitor,
) -> Result<Response, PageError> {
    if let Some(session) = &visitor.session
        && let Some(who) = &session.unconfirmed
    {
        session::drop_slot(&state, &session.key, who, Slot::Unconfirmed).await?;
        let session = Session {
            unconfirmed: None,
            notice: Some(Notice {
                bad: false,
                text: say::CANCELLED.to_owned(),
            }),
            ..session.clone()
        };
        let cancelled = Change::ChangedSession(&session);
        if visitor.telling.is_refused() {
            state.store.change_session(&session).await?;
        } else {
            visitor.telling.by(&who.account, extension(who));
            visitor.telling.change(&state, cancelled).await?;
        }
    }
    Ok(Redirect::to("/sign-in").into_response())
}

/// LOGOUT. The Connection and its grants are left as they are.
pub(crate) async fn log_out(
    extract::State(state): extract::State<State>,
    visitor: Visitor,
) -> Result<Response, PageError> {
    if let Some(session) = &visitor.session {
        session::drop_held(&state, session).await?;
        let over = Change::EndSession(&session.key);
        visitor.telling.change(&state, over).await?;
    }
    let mut headers = HeaderMap::new();
    headers.insert(SET_COOKIE, cookie::clear(state.options.is_https()));
    Ok((headers, Redirect::to("/sign-in")).into_response())
}
