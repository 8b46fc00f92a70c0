//! One Item of the archive: what is known of it, where it lies, and itself, to
//! be heard, seen or saved. It is read from the destination, so it is there
//! whatever became of it at RingCentral.

mod content;
mod disposition;
pub(crate) mod held;
mod kind;
mod loudness;
pub(crate) mod name;
mod open;
pub(crate) mod piece;
mod readers;
mod transcript;
mod waveform;

use askama::Template;
use axum::extract::{self, Path};
use axum::response::Response;
use domain::data_type::DataType;

use crate::error::PageError;
use crate::form::Query;
use crate::format::offset;
use crate::names::Names;
use crate::page::{Frame, Tab, draw};
use crate::pages::archive::line::Line;
use crate::state::State;
use crate::subject;
use crate::texts::backup::zone as zone_says;
use crate::texts::item as say;
use crate::viewer::Viewer;
use crate::zone::Zone;
use held::Held;
use piece::Piece;
use transcript::Transcript;

pub(crate) use content::{save, saved, shown};
pub(crate) use readers::Readers;
pub(crate) use waveform::{Artists, waveform};

#[derive(Template)]
#[template(path = "item.html")]
struct Page {
    frame: Frame,
    line: Line,
    zone: String,
    /// Whose Dropbox it lies in.
    archive: String,
    id: String,
    sha256: Option<String>,
    receipt: Option<String>,
    /// The part that was asked for.
    piece: Piece,
    /// What was written, or what a machine heard.
    text: Option<String>,
    transcript: Transcript,
    /// The conversation that it is a part of.
    conversation: Option<String>,
    /// All parts where there are several.
    parts: Vec<Piece>,
}

/// Draws the page.
pub(crate) async fn show(
    extract::State(state): extract::State<State>,
    viewer: Viewer,
    Path(key): Path<String>,
    query: Query,
) -> Result<Response, PageError> {
    let who = &viewer.who;
    let held = Held::find(&state, who, &key, &viewer.visitor.telling).await?;
    let zone = Zone::of_viewer(&state, who, query.0.get("zone")).await?;
    let names = Names::of(&state, &who.account).await?;
    let part = held.part();
    let backup = &held.backup;
    let text = part
        .hit
        .facts
        .text
        .clone()
        .filter(|it| !it.trim().is_empty());
    let several = held.parts.len() > 1;
    let parts = held.parts.iter().filter(|_| several);
    draw(&Page {
        frame: Frame::new(&state, &viewer.visitor, say::TITLE, Tab::Archive).await?,
        line: Line::of(&part.hit, &names, &zone),
        zone: zone_says(&zone.name, &offset(part.hit.at_ms, &zone.rules)),
        archive: subject::label(&state, &backup.account, &backup.destination).await?,
        id: part.hit.item.clone(),
        sha256: part.sha256.clone(),
        receipt: part.receipt.clone(),
        conversation: (part.hit.data_type == DataType::Sms)
            .then(|| format!("/archive/conversations/{}", name::of_key(&part.hit.item))),
        piece: Piece::of(&part.hit, true),
        transcript: transcript::of(&state, who, &held).await,
        text,
        parts: parts
            .map(|it| Piece::of(&it.hit, it.hit.item == part.hit.item))
            .collect(),
    })
}
