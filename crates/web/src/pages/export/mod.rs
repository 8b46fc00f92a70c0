//! EXPORTS: what a search on ARCHIVE found, handed over as one ZIP. Somebody
//! sees their own; it is made in the background, kept for a week, and fetched
//! as often as they like, from anywhere in it.

mod file;
mod made;
mod making;
mod standing;

use askama::Template;
use axum::extract::{self, Path};
use axum::response::{IntoResponse, Redirect, Response};
use domain::connection::Backup;
use domain::export::{Counts, Export, ExportId, LASTS_MS, Stage};
use domain::ports::Change;
use domain::session::SignedIn;
use url::form_urlencoded::Serializer;

use crate::error::PageError;
use crate::form::{Fields, Query};
use crate::page::{Frame, Tab, draw};
use crate::pages::archive::Question;
use crate::part::part;
use crate::secrets::word;
use crate::state::State;
use crate::texts::export as say;
use crate::viewer::{Viewer, may_see};
use crate::zone::Zone;
use standing::Standing;

pub(crate) use file::download;
pub(crate) use made::sweep;
pub(crate) use making::Making;

/// Where they lie.
const PATH: &str = "/archive/exports";
/// Nobody keeps more at a time.
const MOST: usize = 20;

#[derive(Template)]
#[template(path = "exports.html")]
struct All {
    frame: Frame,
    lines: Vec<Standing>,
}

#[derive(Template)]
#[template(path = "export.html")]
struct One {
    frame: Frame,
    it: Standing,
}

#[derive(Template)]
#[template(path = "export_standing.html")]
struct Live {
    it: Standing,
}

/// An Export as somebody may see it.
struct Found {
    export: Export,
    backup: Backup,
}

/// One's own, or what the terminal made, for an admin; out of a Backup that
/// one may still see.
fn is_theirs(who: &SignedIn, export: &Export, backup: &Backup) -> bool {
    let own = match &export.viewer {
        Some(viewer) => *viewer == who.extension,
        None => who.admin,
    };
    own && may_see(who, backup)
}

/// By its id in an address. What is somebody else's looks like what is not
/// there; what was being made when a server stopped is made anew.
async fn find(state: &State, viewer: &Viewer, id: String) -> Result<Found, PageError> {
    let (who, id) = (&viewer.who, ExportId::new(id));
    let export = state.store.export(&who.account, &id).await?;
    let export = export.ok_or_else(PageError::not_found)?;
    let backup = state.store.backup(&who.account, &export.backup).await?;
    let backup = backup.filter(|it| is_theirs(who, &export, it));
    let backup = backup.ok_or_else(PageError::not_found)?;
    viewer.visitor.telling.about(export.id.to_string());
    if export.ends_ms <= state.now_ms() {
        return Err(PageError::gone(say::OVER));
    }
    // What is younger than this process and not made by it, another one makes.
    if export.stage == Stage::Making && export.made_ms < state.begun_ms {
        making::begin(state, &backup, &export);
    }
    Ok(Found { export, backup })
}

/// All of somebody's, newest first.
async fn theirs(state: &State, who: &SignedIn) -> Result<Vec<Export>, PageError> {
    let (backups, now_ms) = (state.store.backups(&who.account).await?, state.now_ms());
    let mut all = state.store.exports(&who.account).await?;
    all.retain(|export| {
        let backup = backups.iter().find(|it| it.id == export.backup);
        export.ends_ms > now_ms && backup.is_some_and(|it| is_theirs(who, export, it))
    });
    Ok(all)
}

/// Draws the page of all.
pub(crate) async fn list(
    extract::State(state): extract::State<State>,
    viewer: Viewer,
    query: Query,
) -> Result<Response, PageError> {
    let zone = Zone::of_viewer(&state, &viewer.who, query.0.get("zone")).await?;
    let all = theirs(&state, &viewer.who).await?;
    draw(&All {
        frame: Frame::new(&state, &viewer.visitor, say::TITLE, Tab::Archive).await?,
        lines: all.iter().map(|it| Standing::of(it, &zone)).collect(),
    })
}

/// Draws the page of one.
pub(crate) async fn show(
    extract::State(state): extract::State<State>,
    viewer: Viewer,
    Path(id): Path<String>,
    query: Query,
) -> Result<Response, PageError> {
    let found = find(&state, &viewer, id).await?;
    let zone = Zone::of_viewer(&state, &viewer.who, query.0.get("zone")).await?;
    draw(&One {
        frame: Frame::new(&state, &viewer.visitor, say::TITLE, Tab::Archive).await?,
        it: Standing::of(&found.export, &zone),
    })
}

/// How it stands, for the script that renews it.
pub(crate) async fn standing(
    extract::State(state): extract::State<State>,
    viewer: Viewer,
    Path(id): Path<String>,
) -> Result<Response, PageError> {
    let found = find(&state, &viewer, id).await?;
    let zone = Zone::of_viewer(&state, &viewer.who, None).await?;
    part(&Live {
        it: Standing::of(&found.export, &zone),
    })
}

/// Begins one with what a search finds.
pub(crate) async fn make(
    extract::State(state): extract::State<State>,
    viewer: Viewer,
    fields: Fields,
) -> Result<Response, PageError> {
    let query = Query(Fields::of(fields.text("query").as_bytes()));
    let question = Question::of(&state, &viewer, &query).await?;
    let (Some(backup), Some(search)) = (question.backup, question.search) else {
        return Err(PageError::bad(say::NOT_UNDERSTOOD));
    };
    let asked = Serializer::new(String::new())
        .extend_pairs(search.pairs())
        .finish();
    let id = begin(&state, &viewer, &backup, (asked, Vec::new())).await?;
    Ok(Redirect::to(&format!("{PATH}/{id}")).into_response())
}

/// Begins the same again without the item that could not be read.
pub(crate) async fn again(
    extract::State(state): extract::State<State>,
    viewer: Viewer,
    Path(id): Path<String>,
) -> Result<Response, PageError> {
    let Found { export, backup } = find(&state, &viewer, id).await?;
    let Some((item, _)) = export.trouble.filter(|(item, _)| !item.is_empty()) else {
        return Err(PageError::bad(say::NOTHING_WRONG));
    };
    let without = export.without.into_iter().chain([item]).collect();
    let id = begin(&state, &viewer, &backup, (export.asked, without)).await?;
    Ok(Redirect::to(&format!("{PATH}/{id}")).into_response())
}

async fn begin(
    state: &State,
    viewer: &Viewer,
    backup: &Backup,
    (asked, without): (String, Vec<String>),
) -> Result<ExportId, PageError> {
    let who = &viewer.who;
    if theirs(state, who).await?.len() >= MOST {
        return Err(PageError::bad(say::TOO_MANY));
    }
    let made_ms = state.now_ms();
    let export = Export {
        id: ExportId::new(word(state)),
        account: who.account.clone(),
        backup: backup.id.clone(),
        viewer: Some(who.extension.clone()),
        by: who.name.clone(),
        asked,
        without,
        made_ms,
        ends_ms: made_ms + LASTS_MS,
        stage: Stage::Making,
        counts: Counts::default(),
        files: 0,
        directory_at: 0,
        size: 0,
        trouble: None,
    };
    let telling = &viewer.visitor.telling;
    telling.about(export.id.to_string());
    telling.change(state, Change::Export(&export)).await?;
    making::begin(state, backup, &export);
    Ok(export.id)
}

/// Forgets one, with all that it holds. What was fetched stays where it is.
pub(crate) async fn delete(
    extract::State(state): extract::State<State>,
    viewer: Viewer,
    Path(id): Path<String>,
) -> Result<Response, PageError> {
    let over = Export {
        ends_ms: state.now_ms(),
        ..find(&state, &viewer, id).await?.export
    };
    let telling = &viewer.visitor.telling;
    telling.change(&state, Change::Export(&over)).await?;
    // Where this stops, the sweep goes on.
    made::forget(&state, &over).await?;
    viewer.visitor.tell(&state, false, say::DELETED).await?;
    Ok(Redirect::to(PATH).into_response())
}
