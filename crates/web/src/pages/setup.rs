//! The set-up page: where both apps are made, what to paste there, and their
//! keys. Who may open it is decided elsewhere.

use askama::Template;
use axum::Form;
use axum::extract::{self, Query};
use axum::response::{IntoResponse, Redirect, Response};
use domain::grant::Provider;
use domain::ports::Change;
use domain::session::Errand;
use domain::{Result, Secret};
use serde::Deserialize;

use crate::error::PageError;
use crate::options::names;
use crate::page::{Frame, Tab, draw};
use crate::role;
use crate::session;
use crate::setup;
use crate::sign_in::with_cookie;
use crate::state::State;
use crate::texts::setup as say;
use crate::trip::{self, in_time};
use crate::visitor::Visitor;

/// How a secret stands; it is never shown itself.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Held {
    /// There is none.
    #[default]
    Not,
    /// It was entered; an empty field leaves it.
    Entered,
    /// The environment sets it.
    Fixed,
}

impl Held {
    fn is_fixed(self) -> bool {
        self == Held::Fixed
    }

    fn is_entered(self) -> bool {
        self == Held::Entered
    }
}

/// The keys of one app, as the form shows them.
#[derive(Clone, Debug, Default)]
struct Keys {
    /// Whether the server has what it needs of them.
    ready: bool,
    /// The id, as typed, kept or fixed.
    id: String,
    /// The environment sets the id.
    id_fixed: bool,
    /// How the secret stands.
    secret: Held,
    /// What is wrong with the id.
    id_fault: Option<String>,
    /// What is wrong with the secret.
    secret_fault: Option<String>,
    /// What the provider says against both.
    fault: Option<String>,
}

#[derive(Template)]
#[template(path = "setup.html")]
struct SetUp {
    frame: Frame,
    sign_in_uri: String,
    connect_uri: String,
    app_folder: String,
    ringcentral: Keys,
    dropbox: Keys,
    /// The server belongs to somebody already.
    claimed: bool,
    local: bool,
}

#[derive(Template)]
#[template(path = "setup_token.html")]
struct AskToken {
    frame: Frame,
    token: String,
    fault: Option<&'static str>,
}

/// What the address may bring along: the link that the server prints.
#[derive(Deserialize)]
pub(crate) struct Link {
    #[serde(default)]
    token: String,
}

/// Draws the page; or, to who has not shown the token yet, asks for it.
pub(crate) async fn show(
    extract::State(state): extract::State<State>,
    mut visitor: Visitor,
    Query(link): Query<Link>,
) -> Result<Response, PageError> {
    // An admin of yesterday is none.
    role::check(&state, &mut visitor).await?;
    if setup::is_open_to(&state, &visitor).await? {
        let ringcentral = kept(&state, Provider::Source).await?;
        let dropbox = kept(&state, Provider::Destination).await?;
        return page(&state, &visitor, ringcentral, dropbox).await;
    }
    if !setup::takes_token(&state, &link.token).await? {
        return Err(PageError::not_found());
    }
    draw(&AskToken {
        frame: Frame::new(&state, &visitor, say::TITLE, Tab::None).await?,
        token: link.token,
        fault: None,
    })
}

/// The token, and where it is asked for.
#[derive(Deserialize)]
pub(crate) struct Shown {
    #[serde(default)]
    token: String,
}

/// Lets in who knows the token.
pub(crate) async fn unlock(
    extract::State(state): extract::State<State>,
    visitor: Visitor,
    Form(shown): Form<Shown>,
) -> Result<Response, PageError> {
    if !setup::takes_token(&state, &shown.token).await? {
        return Err(PageError::not_found());
    }
    if !setup::is_token(&state, &shown.token) {
        visitor.telling.refused();
        return draw(&AskToken {
            frame: Frame::new(&state, &visitor, say::TITLE, Tab::None).await?,
            token: String::new(),
            fault: Some(say::WRONG_TOKEN),
        });
    }
    // A new word: whoever knew the browser's old one does not come in with it.
    let (mut session, word) = session::begin(&state);
    session.may_set_up = true;
    let unlocked = visitor.telling.change(&state, Change::Session(&session));
    unlocked.await?;
    if let Some(old) = &visitor.session {
        session::end(&state, old).await?;
    }
    Ok(with_cookie(
        &state,
        &word,
        Redirect::to("/setup").into_response(),
    ))
}

/// The keys of an app.
#[derive(Deserialize)]
pub(crate) struct Typed {
    #[serde(default)]
    id: String,
    #[serde(default)]
    secret: String,
    /// `untested` keeps them although the provider says no.
    #[serde(default)]
    how: String,
}

/// Keys of the RingCentral app.
pub(crate) async fn ringcentral(
    extract::State(state): extract::State<State>,
    visitor: Visitor,
    Form(typed): Form<Typed>,
) -> Result<Response, PageError> {
    match take(&state, &visitor, Provider::Source, typed).await? {
        None => done(&state, &visitor, say::RINGCENTRAL_KEPT).await,
        Some(keys) => {
            let dropbox = kept(&state, Provider::Destination).await?;
            page(&state, &visitor, keys, dropbox).await
        }
    }
}

/// Keys of the Dropbox app.
pub(crate) async fn dropbox(
    extract::State(state): extract::State<State>,
    visitor: Visitor,
    Form(typed): Form<Typed>,
) -> Result<Response, PageError> {
    match take(&state, &visitor, Provider::Destination, typed).await? {
        None => done(&state, &visitor, say::DROPBOX_KEPT).await,
        Some(keys) => {
            let ringcentral = kept(&state, Provider::Source).await?;
            page(&state, &visitor, ringcentral, keys).await
        }
    }
}

async fn page(
    state: &State,
    visitor: &Visitor,
    ringcentral: Keys,
    dropbox: Keys,
) -> Result<Response, PageError> {
    draw(&SetUp {
        frame: Frame::new(state, visitor, say::TITLE, Tab::None).await?,
        sign_in_uri: visitor.origin.at(trip::path(Errand::SignIn)),
        connect_uri: visitor.origin.at(trip::path(Errand::Connect)),
        app_folder: state.options.app_folder.clone(),
        ringcentral,
        dropbox,
        claimed: setup::is_claimed(state).await?,
        local: visitor.origin.is_local(),
    })
}

/// Back to the page, with a sentence on it; or, where that closed with the last
/// key, on to where it leads.
async fn done(state: &State, visitor: &Visitor, text: &str) -> Result<Response, PageError> {
    let open = setup::is_open_to(state, visitor).await?;
    let back = Redirect::to(if open { "/setup" } else { "/sign-in" }).into_response();
    if visitor.session.is_some() {
        visitor.tell(state, false, text).await?;
        return Ok(back);
    }
    let (session, word) = session::begin(state);
    state.store.keep_session(&session).await?;
    let seated = Visitor {
        session: Some(session),
        ..visitor.clone()
    };
    seated.tell(state, false, text).await?;
    Ok(with_cookie(state, &word, back))
}

fn names_of(end: Provider) -> (&'static str, &'static str) {
    match end {
        Provider::Source => (names::RINGCENTRAL_ID, names::RINGCENTRAL_SECRET),
        Provider::Destination => (names::DROPBOX_ID, names::DROPBOX_SECRET),
    }
}

/// An app's keys as they are now.
async fn kept(state: &State, end: Provider) -> Result<Keys> {
    let (id_name, secret_name) = names_of(end);
    let fixed = state.options.fixed.get(id_name);
    let id = match fixed {
        Some(shown) => shown.clone(),
        None => state
            .store
            .setting(id_name)
            .await?
            .map(|it| it.expose().to_owned())
            .unwrap_or_default(),
    };
    // Whoever sets the id there sets the whole app there.
    let secret = if fixed.is_some() || state.options.fixed.contains_key(secret_name) {
        Held::Fixed
    } else if state.store.setting(secret_name).await?.is_some() {
        Held::Entered
    } else {
        Held::Not
    };
    Ok(Keys {
        ready: setup::has_keys(state, end).await,
        id,
        id_fixed: fixed.is_some(),
        secret,
        ..Keys::default()
    })
}

/// Tries what was typed and keeps it. `Some`: something is wrong with it, and
/// nothing was kept.
async fn take(
    state: &State,
    visitor: &Visitor,
    end: Provider,
    typed: Typed,
) -> Result<Option<Keys>> {
    let (id_name, secret_name) = names_of(end);
    let mut keys = kept(state, end).await?;
    let same_app = keys.id == typed.id.trim();
    if !keys.id_fixed {
        typed.id.trim().clone_into(&mut keys.id);
    }
    let secret = match typed.secret.trim() {
        "" if same_app || keys.id_fixed => state.store.setting(secret_name).await?,
        "" => None,
        typed => Some(Secret::new(typed)),
    };
    keys.id_fault = shape_fault(&keys.id);
    keys.secret_fault = secret
        .as_ref()
        .filter(|_| !keys.secret.is_fixed())
        .and_then(|it| shape_fault(it.expose()));
    if keys.id_fault.is_some() || keys.secret_fault.is_some() {
        visitor.telling.refused();
        return Ok(Some(keys));
    }
    // A secret of the environment is not known here; nothing is tried with it.
    if !keys.secret.is_fixed() && typed.how != "untested" {
        let secret = secret.as_ref().map_or("", Secret::expose);
        let tried = in_time(state.providers.try_keys(end, &keys.id, secret)).await;
        if let Err(error) = tried {
            visitor.telling.refused();
            keys.fault = Some(error.to_string());
            return Ok(Some(keys));
        }
    }
    let mut kept = Vec::new();
    if !keys.id_fixed {
        kept.push((id_name, Some(Secret::new(keys.id.clone()))));
    }
    if !keys.secret.is_fixed() {
        kept.push((secret_name, secret));
    }
    if !kept.is_empty() {
        let kept = visitor.telling.change(state, Change::Settings(&kept));
        kept.await?;
    }
    Ok(None)
}

/// What is wrong with a key before any provider has seen it.
fn shape_fault(key: &str) -> Option<String> {
    if key.is_empty() {
        return Some(say::NO_KEY.to_owned());
    }
    if key.len() > 256 {
        return Some(say::LONG_KEY.to_owned());
    }
    let foreign = key.chars().any(|it| !it.is_ascii_graphic());
    foreign.then(|| say::FOREIGN_KEY.to_owned())
}

#[cfg(test)]
mod tests {
    use super::shape_fault;

    #[test]
    fn what_cannot_be_a_key_is_told_before_anybody_is_asked() {
        for bad in ["", "a b", "k\u{e9}y", "a\nb", &"x".repeat(257)] {
            assert!(shape_fault(bad).is_some(), "{bad:?}");
        }
        assert_eq!(shape_fault("AbC-_.~123="), None);
    }
}
