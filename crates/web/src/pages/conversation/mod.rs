//! Texts as people read them: conversations, and one of them with its pictures
//! in place, page by page and fit to be printed. Whose they are is decided as
//! on ARCHIVE.

mod bubble;
mod read;
mod thread;

use askama::Template;
use axum::extract::{self, Path};
use axum::response::Response;
use domain::data_type::DataType;
use domain::search::{Hit, Place, Query as Search};

use crate::error::PageError;
use crate::form::Query;
use crate::format::offset;
use crate::names::Names;
use crate::page::{Frame, Tab, draw};
use crate::pages::archive::line::{Line, all};
use crate::pages::item::held::Held;
use crate::pages::item::name;
use crate::state::State;
use crate::subject;
use crate::target;
use crate::texts::archive as archive_says;
use crate::texts::backup::zone as zone_says;
use crate::texts::conversation as say;
use crate::texts::frame as frame_says;
use crate::viewer::{View, Viewer};
use crate::zone::Zone;
use bubble::Bubble;
use read::Read;
use thread::Thread;

/// Where they lie.
const PATH: &str = "/archive/conversations";

#[derive(Template)]
#[template(path = "conversations.html")]
struct All {
    frame: Frame,
    admin: bool,
    view: View,
    search: Search,
    zone: String,
    /// Newest first: with whom, and the newest message.
    threads: Vec<(String, String, Line)>,
    older: Option<String>,
    newest: Option<String>,
}

#[derive(Template)]
#[template(path = "conversation.html")]
struct One {
    frame: Frame,
    /// All conversations of the same archive.
    back: String,
    between: String,
    zone: String,
    bubbles: Vec<Bubble>,
    older: Option<String>,
    newest: Option<String>,
}

impl All {
    /// What stands in a field.
    fn typed(&self, name: &str) -> &str {
        if name == "person" {
            &self.search.person
        } else {
            &self.search.number
        }
    }
}

/// Draws the page of all.
pub(crate) async fn list(
    extract::State(state): extract::State<State>,
    viewer: Viewer,
    query: Query,
) -> Result<Response, PageError> {
    let (who, fields) = (&viewer.who, &query.0);
    let view = match fields.get("view") {
        None | Some("") if who.admin => View::Account,
        view => View::from_word(view)?,
    };
    let backup = subject::of(&state, who, view).await?.backup;
    let telling = &viewer.visitor.telling;
    let mut search = thread::texts();
    for name in ["person", "number"] {
        // What is too long to be looked for is not asked.
        search.take(name, fields.text(name).trim()).ok();
    }
    let before = before(&query);
    let found = match &backup {
        Some(backup) => {
            telling.about(target::search(backup, ""));
            read::threads(&state, backup, &search, before).await?
        }
        None => Read::default(),
    };
    let zone = Zone::of_viewer(&state, who, fields.get("zone")).await?;
    let names = Names::of(&state, &who.account).await?;
    let line = |it: &Hit| {
        let href = format!("{PATH}/{}", name::of_key(&it.item));
        (href, with(it), Line::of(it, &names, &zone))
    };
    let href = |before: Option<Place>| {
        let mut query = url::form_urlencoded::Serializer::new(String::new());
        query.append_pair("view", view.word());
        for (name, value) in [("person", &search.person), ("number", &search.number)] {
            query.append_pair(name, value);
        }
        if let Some(Place(it)) = before {
            query.append_pair("before", &it.to_string());
        }
        format!("{PATH}?{}", query.finish())
    };
    draw(&All {
        frame: Frame::new(&state, &viewer.visitor, say::TITLE, Tab::Archive).await?,
        admin: who.admin,
        view,
        zone: zone_says(&zone.name, &offset(state.now_ms(), &zone.rules)),
        threads: found.hits.iter().map(line).collect(),
        older: found.older.map(|it| href(Some(it))),
        newest: before.map(|_| href(None)),
        search: search.clone(),
    })
}

/// Draws the page of the conversation to which a message belongs.
pub(crate) async fn show(
    extract::State(state): extract::State<State>,
    viewer: Viewer,
    Path(key): Path<String>,
    query: Query,
) -> Result<Response, PageError> {
    let who = &viewer.who;
    let held = Held::find(&state, who, &key, &viewer.visitor.telling).await?;
    let hit = &held.part().hit;
    if hit.data_type != DataType::Sms {
        return Err(PageError::not_found());
    }
    let (search, thread) = (thread::narrowed(hit), Thread::of(hit));
    let before = before(&query);
    let found = read::messages(&state, &held.backup, &search, &thread, before).await?;
    let zone = Zone::of_viewer(&state, who, query.0.get("zone")).await?;
    let names = Names::of(&state, &who.account).await?;
    let page = format!("{PATH}/{}", name::of_key(&hit.item));
    draw(&One {
        frame: Frame::new(&state, &viewer.visitor, say::ONE, Tab::Archive).await?,
        back: format!("{PATH}?view={}", held.backup.scope.word()),
        between: say::between(&names.whose(hit.extension.as_ref()), &with(hit)),
        zone: zone_says(&zone.name, &offset(state.now_ms(), &zone.rules)),
        bubbles: bubble::all(&found.hits, &zone),
        older: found.older.map(|it| format!("{page}?before={}", it.0)),
        newest: before.map(|_| page.clone()),
    })
}

fn before(query: &Query) -> Option<Place> {
    query.0.text("before").parse().ok().map(Place)
}

/// The other end, in words.
fn with(hit: &Hit) -> String {
    let others: Vec<_> = thread::others(hit).into_iter().cloned().collect();
    all(&others)
}
