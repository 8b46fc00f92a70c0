//! A Visitor: the browser behind a request, signed in or not. Made by the
//! guard, for handlers.

use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use domain::Result;
use domain::session::{Notice, Session};

use crate::error::PageError;
use crate::origin::Origin;
use crate::state::State;
use crate::telling::Telling;

/// Who asks.
#[derive(Clone, Debug)]
pub(crate) struct Visitor {
    /// Our own address, as this browser sees it.
    pub(crate) origin: Origin,
    /// Goes into every form.
    pub(crate) form_token: String,
    /// Their Session; `None` before a sign-in begins.
    pub(crate) session: Option<Session>,
    /// What the audit log is told of this request.
    pub(crate) telling: Telling,
}

impl Visitor {
    /// Tells them something on the next page they see.
    pub(crate) async fn tell(
        &self,
        state: &State,
        bad: bool,
        text: impl Into<String>,
    ) -> Result<()> {
        if bad {
            self.telling.refused();
        }
        let Some(session) = &self.session else {
            return Ok(());
        };
        let notice = Notice {
            bad,
            text: text.into(),
        };
        let session = Session {
            notice: Some(notice),
            ..session.clone()
        };
        state.store.change_session(&session).await?;
        Ok(())
    }
}

impl FromRequestParts<State> for Visitor {
    type Rejection = PageError;

    async fn from_request_parts(parts: &mut Parts, _: &State) -> Result<Visitor, PageError> {
        let visitor = parts.extensions.get::<Visitor>().cloned();
        visitor.ok_or_else(PageError::not_found)
    }
}
