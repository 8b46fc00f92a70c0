//! The frame of every page: what the layout needs to know, and how a template
//! becomes an answer.

use askama::Template;
use axum::response::{Html, IntoResponse, Response};
use domain::session::{Notice, Session};

use crate::error::PageError;
use crate::state::State;
use crate::visitor::Visitor;

/// Which tab is current.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Tab {
    /// GENERAL.
    General,
    /// BACKUP.
    Backup,
    /// LOG.
    Log,
    /// ARCHIVE.
    Archive,
    /// COVERAGE.
    Coverage,
    /// AUDIT.
    Audit,
    /// A page beside them.
    None,
}

/// Whose name stands in the header.
#[derive(Clone, Debug)]
pub(crate) struct Name {
    /// Their own.
    pub(crate) person: String,
    /// Their company's.
    pub(crate) company: String,
}

/// Every template has one, as `frame`.
#[derive(Clone, Debug)]
pub(crate) struct Frame {
    /// The logo slot, before the word Archiver.
    pub(crate) product: String,
    /// Of the page.
    pub(crate) title: &'static str,
    /// The current tab.
    pub(crate) tab: Tab,
    /// Who is signed in: shows LOGOUT and the tabs.
    pub(crate) viewer: Option<Name>,
    /// They are an admin: shows the tabs for admins.
    pub(crate) admin: bool,
    /// For the hidden field `form_token` of every form.
    pub(crate) form_token: String,
    /// What is told once.
    pub(crate) notice: Option<Notice>,
    /// Where the Terms of Service are.
    pub(crate) terms_url: String,
    /// Where the Privacy Policy is.
    pub(crate) privacy_url: String,
}

impl Frame {
    /// For a page of this visitor. What was to be told once is told by it.
    pub(crate) async fn new(
        state: &State,
        visitor: &Visitor,
        title: &'static str,
        tab: Tab,
    ) -> Result<Frame, PageError> {
        let mut frame = Frame::bare(state, title);
        frame.tab = tab;
        frame.form_token.clone_from(&visitor.form_token);
        let Some(session) = &visitor.session else {
            return Ok(frame);
        };
        frame.viewer = session.viewer.as_ref().map(|who| Name {
            person: who.name.clone(),
            company: who.company.clone(),
        });
        frame.admin = session.viewer.as_ref().is_some_and(|it| it.admin);
        if session.notice.is_some() {
            frame.notice.clone_from(&session.notice);
            let told = Session {
                notice: None,
                ..session.clone()
            };
            state.store.change_session(&told).await?;
        }
        Ok(frame)
    }

    /// For a page of nobody in particular: an error.
    pub(crate) fn bare(state: &State, title: &'static str) -> Frame {
        Frame {
            product: state.options.product.clone(),
            title,
            tab: Tab::None,
            viewer: None,
            admin: false,
            form_token: String::new(),
            notice: None,
            terms_url: state.options.terms_url.clone(),
            privacy_url: state.options.privacy_url.clone(),
        }
    }

    /// Whether the tab with this word is the current one.
    pub(crate) fn is(&self, word: &str) -> bool {
        let current = match self.tab {
            Tab::General => "general",
            Tab::Backup => "backup",
            Tab::Log => "log",
            Tab::Archive => "archive",
            Tab::Coverage => "coverage",
            Tab::Audit => "audit",
            Tab::None => "",
        };
        current == word
    }
}

/// A template becomes an answer.
pub(crate) fn draw(template: &impl Template) -> Result<Response, PageError> {
    Ok(Html(html(template)?).into_response())
}

/// As it is sent. A name may hold a null, which no page may.
pub(crate) fn html(template: &impl Template) -> Result<String, PageError> {
    let mut html = template.render()?;
    if html.contains('\0') {
        html = html.replace('\0', "\u{fffd}");
    }
    Ok(html)
}
