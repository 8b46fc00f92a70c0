//! TOKENS: keys to the JSON interface, made by people for their programs.
//! A token is shown once, when it is made; the database keeps its hash.

use askama::Template;
use axum::Form;
use axum::extract::{self, Path};
use axum::response::{IntoResponse, Redirect, Response};
use domain::ports::Change;
use domain::session::{ApiToken, SignedIn};
use domain::window::{DAY_MS, instant};
use serde::Deserialize;

use crate::api::PREFIX;
use crate::error::PageError;
use crate::page::{Frame, Tab, draw};
use crate::secrets::{hash, word};
use crate::state::State;
use crate::target;
use crate::viewer::Viewer;

/// The longest that a token may live, days.
const LONGEST_DAYS: u32 = 365;
/// Nobody needs more.
const MOST: usize = 50;

#[derive(Template)]
#[template(path = "tokens.html")]
struct Tokens {
    frame: Frame,
    admin: bool,
    rows: Vec<Row>,
    /// Just made; shown this once.
    made: Option<String>,
    /// What was typed, and what is wrong with it.
    name: String,
    days: String,
    name_fault: Option<&'static str>,
    days_fault: Option<&'static str>,
}

struct Row {
    id: String,
    name: String,
    may: &'static str,
    ends: String,
    used: String,
}

/// What was typed.
#[derive(Deserialize)]
pub(crate) struct Wish {
    #[serde(default)]
    name: String,
    #[serde(default)]
    days: String,
    /// Ticked: may change things.
    change: Option<String>,
    /// Ticked: sees the whole company.
    account: Option<String>,
}

/// Draws the page.
pub(crate) async fn show(
    extract::State(state): extract::State<State>,
    viewer: Viewer,
) -> Result<Response, PageError> {
    draw(&page(&state, &viewer).await?)
}

async fn page(state: &State, viewer: &Viewer) -> Result<Tokens, PageError> {
    let who = &viewer.who;
    let all = state.store.api_tokens(&who.account, &who.extension).await?;
    Ok(Tokens {
        frame: Frame::new(state, &viewer.visitor, "Tokens", Tab::None).await?,
        admin: who.admin,
        rows: all.iter().map(|it| row(it, state.now_ms())).collect(),
        made: None,
        name: String::new(),
        days: "90".to_owned(),
        name_fault: None,
        days_fault: None,
    })
}

fn row(token: &ApiToken, now_ms: i64) -> Row {
    let day = |ms: i64| instant(ms).strftime("%F").to_string();
    Row {
        id: token.id.clone(),
        name: token.name.clone(),
        may: match (token.admin, token.may_change) {
            (true, true) => "read and change, whole account",
            (true, false) => "read, whole account",
            (false, true) => "read and change, own extension",
            (false, false) => "read, own extension",
        },
        ends: if token.ends_ms <= now_ms {
            "ended".to_owned()
        } else {
            day(token.ends_ms)
        },
        used: token.used_ms.map_or_else(|| "-".to_owned(), day),
    }
}

/// Makes one.
pub(crate) async fn make(
    extract::State(state): extract::State<State>,
    viewer: Viewer,
    Form(wish): Form<Wish>,
) -> Result<Response, PageError> {
    let mut page = page(&state, &viewer).await?;
    let name = wish.name.trim();
    let days = wish.days.trim().parse::<u32>().ok();
    let days = days.filter(|it| (1..=LONGEST_DAYS).contains(it));
    let length = name.chars().count();
    let unprintable = name.chars().any(char::is_control);
    page.name_fault = if length == 0 || length > 80 || unprintable {
        Some("Give it a name of 1 to 80 letters, so that you know it again.")
    } else if page.rows.len() >= MOST {
        Some("You have fifty tokens. End one that you do not need.")
    } else {
        None
    };
    if days.is_none() {
        page.days_fault = Some("It may live for 1 to 365 days.");
    }
    let (None, Some(days)) = (page.name_fault, days) else {
        viewer.visitor.telling.refused();
        page.name = wish.name;
        page.days = wish.days;
        return draw(&page);
    };
    if wish.account.is_some() && !viewer.who.admin {
        return Err(PageError::forbidden(
            "A token for the whole account is for administrators of your RingCentral account.",
        ));
    }
    let token = format!("{PREFIX}{}", word(&state));
    let made = ApiToken {
        id: short(&word(&state)),
        hash: hash(&token),
        name: name.to_owned(),
        may_change: wish.change.is_some(),
        ..blank(&viewer.who, wish.account.is_some(), days, state.now_ms())
    };
    let telling = &viewer.visitor.telling;
    telling.about(target::token(&made.id));
    telling.change(&state, Change::Token(&made)).await?;
    page.rows.insert(0, row(&made, state.now_ms()));
    page.made = Some(token);
    draw(&page)
}

fn blank(who: &SignedIn, admin: bool, days: u32, now_ms: i64) -> ApiToken {
    ApiToken {
        id: String::new(),
        hash: String::new(),
        account: who.account.clone(),
        extension: who.extension.clone(),
        name: String::new(),
        admin,
        may_change: false,
        made_ms: now_ms,
        ends_ms: now_ms + i64::from(days) * DAY_MS,
        used_ms: None,
    }
}

/// Enough of a random word for an id.
fn short(word: &str) -> String {
    word.chars().take(16).collect()
}

/// Ends one.
pub(crate) async fn end(
    extract::State(state): extract::State<State>,
    viewer: Viewer,
    Path(id): Path<String>,
) -> Result<Response, PageError> {
    let who = &viewer.who;
    let all = state.store.api_tokens(&who.account, &who.extension).await?;
    if !all.iter().any(|it| it.id == id) {
        return Err(PageError::not_found());
    }
    let telling = &viewer.visitor.telling;
    telling.about(target::token(&id));
    let end = Change::EndToken {
        extension: &who.extension,
        id: &id,
    };
    telling.change(&state, end).await?;
    let text = "The token is over. Programs that use it get no answer from now on.";
    viewer.visitor.tell(&state, false, text).await?;
    Ok(Redirect::to("/tokens").into_response())
}
