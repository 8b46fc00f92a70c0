//! What a request is told the audit log as. The table of routes says which
//! requests are told, the guard finds out who asks, handlers say what it is
//! about, and a change is told together with itself. What was not told when
//! the handler is done is told before its answer goes out.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use domain::Result;
use domain::account::AccountId;
use domain::audit::{Actor, Deed, Ending, server_book};
use domain::ports::{Change, Changed};

use crate::error::PageError;
use crate::state::State;
use crate::texts::audit as say;

/// What the audit log hears of a route.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tells {
    /// Nothing: it shows nothing of an archive and changes nothing.
    Nothing,
    /// Every time, good or refused.
    Change(&'static str),
    /// Every time it goes out.
    Download(&'static str),
    /// Once in some minutes for the same person and the same thing.
    View(&'static str),
}

/// One request on its way. Clones are the same one.
#[derive(Clone, Debug)]
pub(crate) struct Telling(Arc<Mutex<Inner>>);

#[derive(Debug)]
struct Inner {
    tells: Tells,
    book: AccountId,
    actor: Actor,
    target: String,
    /// What the handler says came of it.
    ending: Option<Ending>,
    told: bool,
}

impl Telling {
    /// Of a request to a route, by nobody yet.
    pub(crate) fn of(tells: Tells) -> Telling {
        Telling(Arc::new(Mutex::new(Inner {
            tells,
            book: server_book(),
            actor: Actor::Nobody,
            target: String::new(),
            ending: None,
            told: false,
        })))
    }

    fn inner(&self) -> MutexGuard<'_, Inner> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Who asks.
    pub(crate) fn by(&self, account: &AccountId, actor: Actor) {
        let mut inner = self.inner();
        inner.book = account.clone();
        inner.actor = actor;
    }

    /// Who asks, as far as it is known.
    pub(crate) fn whose(&self) -> (AccountId, Actor) {
        let inner = self.inner();
        (inner.book.clone(), inner.actor.clone())
    }

    /// What it is about: ids and words of ours, never what somebody typed.
    pub(crate) fn about(&self, target: impl Into<String>) {
        self.inner().target = target.into();
    }

    /// It is not done, although the answer looks as if it were.
    pub(crate) fn refused(&self) {
        self.inner().ending = Some(Ending::Refused);
    }

    /// Whether a handler said so.
    pub(crate) fn is_refused(&self) -> bool {
        self.inner().ending == Some(Ending::Refused)
    }

    /// Makes a change and tells it, both or neither.
    pub(crate) async fn change(&self, state: &State, change: Change<'_>) -> Result<Changed> {
        let (book, deed) = {
            let inner = self.inner();
            (inner.book.clone(), inner.deed(state, Ending::Done))
        };
        let changed = state.store.change(&book, &deed, &change).await?;
        if changed != Changed::Whether(false) {
            self.inner().told = true;
        }
        Ok(changed)
    }

    /// The same for a change that comes along with the one that was asked for,
    /// under a word of its own.
    pub(crate) async fn also(
        &self,
        state: &State,
        action: &'static str,
        change: Change<'_>,
    ) -> Result<Changed> {
        let (book, deed) = {
            let inner = self.inner();
            let deed = inner.deed(state, Ending::Done);
            (inner.book.clone(), Deed { action, ..deed })
        };
        state.store.change(&book, &deed, &change).await
    }

    /// Tells what was not told yet. An answer goes out only after that.
    pub(crate) async fn settle(&self, state: &State, answer: Response) -> Response {
        let Some((book, deed, tells)) = self.untold(state, answer.status()) else {
            return answer;
        };
        let now_ms = deed.at_ms;
        let seen = match tells {
            _ if deed.actor == Actor::Nobody => !state.recent.wants_nobody(&deed, now_ms),
            Tells::View(_) => state.recent.saw(&book, &deed, now_ms),
            _ => false,
        };
        if seen {
            return answer;
        }
        match state.store.tell(&book, &deed).await {
            Ok(_) => {
                if deed.actor == Actor::Nobody {
                    state.recent.nobody(&deed, now_ms);
                } else if matches!(tells, Tells::View(_)) {
                    state.recent.sees(&book, &deed, now_ms);
                }
                answer
            }
            // What cannot be told is not shown. A failure may be.
            Err(_) if answer.status().is_server_error() => answer,
            Err(error) => {
                tracing::error!(kind = error.kind().word(), "the audit log was not written");
                PageError::unavailable(say::not_written(&error)).into_response()
            }
        }
    }

    fn untold(&self, state: &State, status: StatusCode) -> Option<(AccountId, Deed, Tells)> {
        let inner = self.inner();
        let looks = match inner.tells {
            Tells::Nothing => return None,
            Tells::Change(_) => false,
            Tells::View(_) | Tells::Download(_) => true,
        };
        // Who is only led to the sign-in was shown nothing.
        let led_away = looks && inner.actor == Actor::Nobody && status.is_redirection();
        if inner.told || led_away {
            return None;
        }
        let ending = inner.ending.unwrap_or(match status {
            StatusCode::TOO_MANY_REQUESTS => Ending::Limited,
            it if it.is_server_error() => Ending::Failed,
            it if it.is_client_error() => Ending::Refused,
            _ if looks => Ending::Done,
            _ => Ending::Unchanged,
        });
        Some((inner.book.clone(), inner.deed(state, ending), inner.tells))
    }
}

impl Inner {
    fn deed(&self, state: &State, result: Ending) -> Deed {
        let action = match self.tells {
            // A test holds every change to a route that tells.
            Tells::Nothing => "untold",
            Tells::Change(action) | Tells::Download(action) | Tells::View(action) => action,
        };
        Deed {
            at_ms: state.now_ms(),
            actor: self.actor.clone(),
            action,
            target: self.target.clone(),
            result,
        }
    }
}
