//! The sound of a recording as a picture: how loud it is from its beginning to
//! its end. Drawn anew each time from the bytes in the destination, few at
//! once; where it cannot be drawn, the picture is empty.

use std::fmt::Write;
use std::sync::Arc;
use std::time::Duration;

use axum::extract::{self, Path};
use axum::http::header::CONTENT_TYPE;
use axum::response::{IntoResponse, Response};
use domain::session::SignedIn;
use futures::StreamExt;
use tokio::sync::Semaphore;

use super::held::Held;
use super::kind::Kind;
use super::loudness::Loudness;
use super::open;
use crate::error::PageError;
use crate::frame::Sealed;
use crate::state::State;
use crate::texts::item as say;
use crate::viewer::Viewer;

/// Drawn at once.
const AT_ONCE: usize = 2;
/// From asking to the picture, at most.
const PATIENCE: Duration = Duration::from_secs(45);
/// No larger file is drawn, bytes: five hours of MP3, two of a telephone's WAV.
const LARGEST: u64 = 128 * 1024 * 1024;
/// Lines of the picture.
const LINES: usize = 300;
/// After how long it is worth asking again, seconds.
const AGAIN: u32 = 10;

/// Who draws at present.
#[derive(Clone)]
pub(crate) struct Artists(Arc<Semaphore>);

impl Default for Artists {
    fn default() -> Artists {
        Artists(Arc::new(Semaphore::new(AT_ONCE)))
    }
}

/// Draws it.
pub(crate) async fn waveform(
    extract::State(state): extract::State<State>,
    viewer: Viewer,
    Path(key): Path<String>,
) -> Result<Response, PageError> {
    let telling = &viewer.visitor.telling;
    let held = Held::find(&state, &viewer.who, &key, telling).await?;
    let (path, size, _) = held.file()?;
    let is_drawn = matches!(Kind::of(path), Kind::Sound(_)) && size <= LARGEST;
    let steps = if is_drawn {
        let listening = tokio::time::timeout(PATIENCE, listen(&state, &viewer.who, &held));
        let busy = |_| PageError::unavailable_for(AGAIN, say::CROWDED);
        listening.await.map_err(busy)??
    } else {
        Vec::new()
    };
    let picture = ([(CONTENT_TYPE, "image/svg+xml")], svg(&steps));
    let mut response = picture.into_response();
    response.extensions_mut().insert(Sealed);
    Ok(response)
}

async fn listen(state: &State, who: &SignedIn, held: &Held) -> Result<Vec<u8>, PageError> {
    let place = state.artists.0.acquire().await;
    let _place = place.map_err(|_| PageError::broken())?;
    let reader = state.readers.admit(who);
    let reader = reader.ok_or_else(|| PageError::unavailable_for(AGAIN, say::CROWDED))?;
    let mut stream = open::open(state, held, None, reader).await?;
    let mut loudness = Loudness::new();
    while let Some(chunk) = stream.next().await {
        let chunk = chunk?;
        let heard = tokio::task::spawn_blocking(move || {
            loudness.push(&chunk);
            loudness
        });
        // A sound on which the decoder stumbles is one without a picture.
        let Ok(heard) = heard.await else {
            return Ok(Vec::new());
        };
        loudness = heard;
    }
    let drawn = tokio::task::spawn_blocking(move || loudness.steps(LINES));
    Ok(drawn.await.unwrap_or_default())
}

/// Lines beside each other, the loudest as high as the picture.
fn svg(steps: &[u8]) -> String {
    let loudest = steps.iter().copied().max().unwrap_or(0).max(1);
    let mut lines = String::new();
    for (at, step) in steps.iter().enumerate() {
        let half = 1 + u32::from(*step) * 28 / u32::from(loudest);
        let written = write!(lines, "M{} {}v{}", 2 * at + 1, 30 - half, 2 * half);
        debug_assert!(written.is_ok(), "a text takes everything");
    }
    format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 600 60\" width=\"600\" \
         height=\"60\" preserveAspectRatio=\"none\"><path fill=\"none\" stroke=\"#5b7fa6\" \
         d=\"{lines}\"/></svg>"
    )
}

#[cfg(test)]
mod tests {
    use super::svg;

    #[test]
    fn the_loudest_is_as_high_as_the_picture() {
        assert!(svg(&[0, 5, 10]).contains("d=\"M1 29v2M3 15v30M5 1v58\""));
        assert!(svg(&[]).contains("d=\"\""));
        assert!(svg(&[0]).contains("d=\"M1 29v2\""));
    }
}
