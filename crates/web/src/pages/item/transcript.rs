//! What a machine heard in a voicemail: a part of it that is a text, read from
//! the destination for the page. A page waits for it no longer than for
//! anything else.

use domain::data_type::DataType;
use domain::session::SignedIn;
use futures::StreamExt;

use super::held::Held;
use super::kind::Kind;
use super::open;
use crate::error::PageError;
use crate::state::{GLANCE, State};

/// No transcript that is shown is longer, bytes.
const LONGEST: u64 = 128 * 1024;

/// As far as it could be had.
pub(crate) enum Transcript {
    /// There is none.
    None,
    /// It is there, and could not be read now.
    Unread,
    /// The words.
    Words(String),
}

/// Of the voicemail or recording whose page it is.
pub(crate) async fn of(state: &State, who: &SignedIn, held: &Held) -> Transcript {
    if held.part().hit.data_type == DataType::Sms {
        return Transcript::None;
    }
    let is_text = |path: &String| Kind::of(path) == Kind::Text;
    let at = held.parts.iter().position(|it| {
        it.hit.path.as_ref().is_some_and(is_text) && it.hit.size.is_some_and(|it| it <= LONGEST)
    });
    let Some(at) = at else {
        return Transcript::None;
    };
    let held = held.at(at);
    let reading = tokio::time::timeout(GLANCE, read(state, who, &held));
    match reading.await {
        Ok(Ok(words)) if words.trim().is_empty() => Transcript::None,
        Ok(Ok(words)) => Transcript::Words(words),
        _ => Transcript::Unread,
    }
}

async fn read(state: &State, who: &SignedIn, held: &Held) -> Result<String, PageError> {
    let reader = state.readers.admit(who).ok_or_else(PageError::broken)?;
    let mut stream = open::open(state, held, None, reader).await?;
    let mut bytes = Vec::new();
    while let Some(chunk) = stream.next().await {
        bytes.extend_from_slice(&chunk?);
    }
    Ok(String::from_utf8_lossy(&bytes).into_owned())
}
