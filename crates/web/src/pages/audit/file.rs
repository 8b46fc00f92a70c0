//! Files of the audit log: CSV of what the filter shows, for people; JSONL of
//! all of it, with which anybody can follow the chain without this server.

use axum::extract;
use axum::response::Response;
use domain::Result;
use domain::ports::AuditAsk;
use futures::stream::{self, Stream};
use serde_json::json;

use super::Question;
use crate::api::shape;
use crate::csv;
use crate::error::PageError;
use crate::form::Query;
use crate::format::{day, exact};
use crate::pages::log::{CSV, file};
use crate::state::State;
use crate::texts::audit as say;
use crate::viewer::Viewer;

/// Entries read at a time.
const PORTION: u32 = 500;

/// A line of JSON each.
const JSONL: &str = "application/jsonl; charset=utf-8";

/// What the filter shows, all pages of it.
pub(crate) async fn csv(
    extract::State(state): extract::State<State>,
    viewer: Viewer,
    query: Query,
) -> Result<Response, PageError> {
    let question = Question::of(&state, &viewer, &query).await?;
    let ask = question.ask.clone();
    let ask = ask.ok_or_else(|| PageError::bad(say::NO_FILE))?;
    let head = format!("{}{}", csv::BOM, csv::line(&say::HEAD));
    let name = format!("audit-{}.csv", day(state.now_ms(), &question.zone.rules));
    Ok(file(&name, CSV, lines(state, question, ask), head))
}

fn lines(
    state: State,
    question: Question,
    ask: AuditAsk,
) -> impl Stream<Item = Result<String>> + Send + 'static {
    let first = Some(AuditAsk {
        limit: PORTION,
        ..ask
    });
    stream::try_unfold((state, question, first), |(state, question, ask)| async {
        let Some(ask) = ask else {
            return Ok(None);
        };
        let links = state.store.audit_links(&question.book, &ask).await?;
        let text: String = links
            .iter()
            .map(|it| {
                csv::line(&[
                    it.seq.to_string(),
                    exact(it.at_ms, &question.zone.rules),
                    it.actor.clone(),
                    question.names.name(&it.actor),
                    it.action.clone(),
                    it.target.clone(),
                    it.result.clone(),
                ])
            })
            .collect();
        let next = links.last().map(|it| AuditAsk {
            after: Some(it.seq),
            ..ask
        });
        Ok(Some((text, (state, question, next))))
    })
}

/// Everything, in the order of the chain, and where it ends.
pub(crate) async fn jsonl(
    extract::State(state): extract::State<State>,
    viewer: Viewer,
    query: Query,
) -> Result<Response, PageError> {
    let question = Question::of(&state, &viewer, &query).await?;
    let name = format!("audit-{}.jsonl", day(state.now_ms(), &question.zone.rules));
    Ok(file(&name, JSONL, chain(state, question), String::new()))
}

fn chain(state: State, question: Question) -> impl Stream<Item = Result<String>> + Send + 'static {
    let start = Some((None, String::new()));
    stream::try_unfold((state, question, start), |(state, question, at)| async {
        let Some((after, hash)) = at else {
            return Ok(None);
        };
        let ask = AuditAsk::all(after, PORTION);
        let links = state.store.audit_links(&question.book, &ask).await?;
        let Some(last) = links.last() else {
            let head = json!({ "head": {
                "account": question.book, "seq": after.unwrap_or(0), "hash": hash,
            }});
            return Ok(Some((format!("{head}\n"), (state, question, None))));
        };
        let mut text = String::new();
        for link in &links {
            text.push_str(&shape::link(link).to_string());
            text.push('\n');
        }
        let next = Some((Some(last.seq), last.hash.clone()));
        Ok(Some((text, (state, question, next))))
    })
}
