//! AUDIT: who changed, saw and downloaded what, for admins. Newest first; the
//! filter, the pages and the files work without script.

mod asked;
mod file;

use std::collections::BTreeMap;

use askama::Template;
use axum::extract;
use axum::http::StatusCode;
use axum::response::Response;
use domain::Result;
use domain::account::{AccountId, Extension};
use domain::audit::Link;
use domain::ports::AuditAsk;

use crate::error::PageError;
use crate::form::Query;
use crate::format::{cell, day};
use crate::page::{Frame, Tab, draw};
use crate::state::State;
use crate::texts::audit as say;
use crate::viewer::Viewer;
use crate::zone::Zone;
use asked::Asked;

pub(crate) use file::{csv, jsonl};

/// Entries on a page.
const PAGE: u32 = 50;

#[derive(Template)]
#[template(path = "audit.html")]
struct Page {
    frame: Frame,
    asked: Asked,
    zone: String,
    actions: &'static [(&'static str, &'static str)],
    rows: Vec<Row>,
    head: Option<String>,
    company_href: String,
    server_href: String,
    newest: Option<String>,
    older: Option<String>,
    csv: String,
    jsonl: String,
}

/// An entry as its cells.
struct Row {
    seq: i64,
    at: String,
    who: String,
    what: String,
    target: String,
    result: String,
}

/// What people are called, by their ids.
pub(super) struct Names(BTreeMap<String, Extension>);

impl Names {
    /// Of a company.
    async fn of(state: &State, account: &AccountId) -> Result<Names> {
        let all = state.store.extensions(account).await?;
        let all = all.into_iter().map(|it| (it.id.to_string(), it));
        Ok(Names(all.collect()))
    }

    /// The person behind an actor, if it is one.
    fn person(&self, actor: &str) -> Option<&Extension> {
        self.0.get(actor.strip_prefix("extension ")?)
    }

    /// What the person behind an actor is called.
    fn name(&self, actor: &str) -> String {
        let person = self.person(actor);
        person.and_then(|it| it.name.clone()).unwrap_or_default()
    }

    /// An actor for the page: with what people call them.
    fn who(&self, actor: &str) -> String {
        let Some(person) = self.person(actor) else {
            return actor.to_owned();
        };
        let parts = [person.name.as_deref(), person.number.as_deref()];
        let known: Vec<&str> = parts.into_iter().flatten().collect();
        if known.is_empty() {
            actor.to_owned()
        } else {
            format!("{} ({actor})", known.join(" "))
        }
    }
}

/// A question with all that is needed to answer it.
struct Question {
    asked: Asked,
    book: AccountId,
    names: Names,
    zone: Zone,
    /// `None`: something in it makes no sense; `asked` says what.
    ask: Option<AuditAsk>,
}

impl Question {
    async fn of(state: &State, viewer: &Viewer, query: &Query) -> Result<Question, PageError> {
        let who = &viewer.who;
        let zone = Zone::of_viewer(state, who, None).await?;
        let names = Names::of(state, &who.account).await?;
        let mut asked = Asked::of(&query.0);
        let today = day(state.now_ms(), &zone.rules);
        let ask = asked.ask(names.0.values(), today, &zone.rules);
        let book = asked.book(&who.account);
        viewer.visitor.telling.about(book.as_str());
        Ok(Question {
            asked,
            book,
            names,
            zone,
            ask,
        })
    }

    async fn links(&self, state: &State, limit: u32) -> Result<Vec<Link>> {
        let Some(ask) = &self.ask else {
            return Ok(Vec::new());
        };
        let ask = AuditAsk {
            limit,
            ..ask.clone()
        };
        state.store.audit_links(&self.book, &ask).await
    }

    fn row(&self, link: &Link) -> Row {
        Row {
            seq: link.seq,
            at: cell(link.at_ms, &self.zone),
            who: self.names.who(&link.actor),
            what: say::action(&link.action).to_owned(),
            target: link.target.clone(),
            result: link.result.clone(),
        }
    }
}

/// Draws the page.
pub(crate) async fn show(
    extract::State(state): extract::State<State>,
    viewer: Viewer,
    query: Query,
) -> Result<Response, PageError> {
    let question = Question::of(&state, &viewer, &query).await?;
    let mut links = question.links(&state, PAGE + 1).await?;
    let more = links.len() > PAGE as usize;
    links.truncate(PAGE as usize);
    let asked = &question.asked;
    let last = links.last().filter(|_| more).map(|it| it.seq);
    let head = state.store.audit_head(&question.book).await?;
    let page = Page {
        frame: Frame::new(&state, &viewer.visitor, say::TITLE, Tab::Audit).await?,
        zone: question.zone.name.clone(),
        actions: say::ACTIONS,
        rows: links.iter().map(|it| question.row(it)).collect(),
        head: head.map(|it| say::head(it.seq, &it.hash)),
        company_href: asked.of_book(false).href("/audit"),
        server_href: asked.of_book(true).href("/audit"),
        newest: asked.before.map(|_| asked.newest().href("/audit")),
        older: last.map(|it| asked.after(it).href("/audit")),
        csv: asked.newest().href("/audit/csv"),
        jsonl: asked.newest().href("/audit/jsonl"),
        asked: asked.clone(),
    };
    let mut response = draw(&page)?;
    if question.ask.is_none() {
        *response.status_mut() = StatusCode::UNPROCESSABLE_ENTITY;
    }
    Ok(response)
}
