//! Trips to a provider's consent page: how one begins, and what must be true
//! of what comes back. Bound to the browser's Session, good for ten minutes
//! and for one return.

use askama::Template;
use axum::extract::{FromRequestParts, Query};
use axum::http::request::Parts;
use axum::response::Response;
use domain::grant::{Grant, Provider};
use domain::ports::Change;
use domain::ports::sign_in::Trip;
use domain::session::{Errand, Session, TripRecord};
use domain::{Error, Kind, Result, Secret};

use crate::error::PageError;
use crate::page;
use crate::secrets::{hash, is_word, word};
use crate::state::{PATIENCE, State};
use crate::visitor::Visitor;

/// How long somebody may take on the consent page, milliseconds.
pub(crate) const LONGEST_MS: i64 = 10 * 60 * 1000;

/// Where a browser comes back to. A path for each provider, so that an answer
/// of one can never be taken for the other's.
pub(crate) fn path(errand: Errand) -> &'static str {
    match errand {
        Errand::SignIn => "/sign-in/ringcentral",
        Errand::Connect => "/connect/dropbox",
    }
}

fn end(errand: Errand) -> Provider {
    match errand {
        Errand::SignIn => Provider::Source,
        Errand::Connect => Provider::Destination,
    }
}

/// The page that leads on. Not a redirect: browsers that hold forms to
/// `form-action` would have to be told every host that a provider's sign-in
/// passes through.
#[derive(Template)]
#[template(path = "leave.html")]
struct Leave {
    product: String,
    provider: &'static str,
    address: String,
}

/// Begins a trip of a Session that is kept already.
pub(crate) async fn begin(
    state: &State,
    visitor: &Visitor,
    session: &Session,
    errand: Errand,
) -> Result<Response, PageError> {
    let dance = state.providers.sign_in(end(errand)).await?;
    let trip = Trip {
        state: word(state),
        verifier: Secret::new(word(state)),
        redirect_uri: visitor.origin.at(path(errand)),
    };
    let address = dance.authorize_url(&trip)?;
    let record = TripRecord {
        state_hash: hash(&trip.state),
        session: session.key.clone(),
        errand,
        verifier: trip.verifier,
        redirect_uri: trip.redirect_uri,
        begun_ms: state.now_ms(),
    };
    let begun = visitor.telling.change(state, Change::Trip(&record));
    begun.await?;
    page::draw(&Leave {
        product: state.options.product.clone(),
        provider: match errand {
            Errand::SignIn => "RingCentral",
            Errand::Connect => "Dropbox",
        },
        address,
    })
}

/// What a provider sent the browser back with. Parameters that come twice are
/// refused: two readers could disagree on which counts.
#[derive(Debug, Default)]
pub(crate) struct Return {
    state: Option<String>,
    code: Option<Secret>,
    refused: bool,
    twice: bool,
}

impl FromRequestParts<State> for Return {
    type Rejection = PageError;

    async fn from_request_parts(parts: &mut Parts, state: &State) -> Result<Return, PageError> {
        let pairs = Query::<Vec<(String, String)>>::from_request_parts(parts, state).await;
        let Ok(Query(pairs)) = pairs else {
            return Ok(Return::default());
        };
        let mut back = Return::default();
        for (name, value) in pairs {
            match name.as_str() {
                "state" => back.twice |= back.state.replace(value).is_some(),
                "code" => back.twice |= back.code.replace(Secret::new(value)).is_some(),
                "error" => back.refused = true,
                _ => {}
            }
        }
        Ok(back)
    }
}

/// How a trip ended.
pub(crate) enum Ended {
    /// With a grant.
    Granted(Box<Grant>),
    /// Somebody said no on the consent page.
    Refused,
    /// It is no trip of this browser's, or too old, or came back before.
    Unknown,
}

/// Ends the trip that a browser came back from. Its record is used up by
/// this, whatever comes of it.
pub(crate) async fn finish(
    state: &State,
    visitor: &Visitor,
    errand: Errand,
    back: Return,
) -> Result<Ended> {
    let (Some(session), Some(word)) = (&visitor.session, back.state) else {
        return Ok(Ended::Unknown);
    };
    if back.twice || !is_word(&word) {
        return Ok(Ended::Unknown);
    }
    let record = state.store.take_trip(&hash(&word), &session.key).await?;
    let Some(record) = record.filter(|it| is_right(state, visitor, errand, it)) else {
        return Ok(Ended::Unknown);
    };
    if back.refused {
        return Ok(Ended::Refused);
    }
    let Some(code) = back.code.filter(|it| !it.is_empty()) else {
        return Ok(Ended::Unknown);
    };
    let trip = Trip {
        state: word,
        verifier: record.verifier,
        redirect_uri: record.redirect_uri,
    };
    let dance = state.providers.sign_in(end(errand)).await?;
    let grant = in_time(dance.exchange(&trip, &code)).await?;
    Ok(Ended::Granted(Box::new(grant)))
}

fn is_right(state: &State, visitor: &Visitor, errand: Errand, record: &TripRecord) -> bool {
    let age = state.now_ms() - record.begun_ms;
    record.errand == errand
        && (0..=LONGEST_MS).contains(&age)
        && record.redirect_uri == visitor.origin.at(path(errand))
}

/// A provider that does not answer is a sentence, not a page that never comes.
pub(crate) async fn in_time<T>(asking: impl Future<Output = Result<T>>) -> Result<T> {
    tokio::time::timeout(PATIENCE, asking)
        .await
        .unwrap_or_else(|_| {
            Err(
                Error::new(Kind::Unavailable, "the provider did not answer in time")
                    .remedy("Nothing was changed. Try again."),
            )
        })
}
