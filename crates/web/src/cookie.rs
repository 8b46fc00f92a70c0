//! The one cookie: a random word that names the browser's Session. Over https
//! it is `__Host-archiver`, which no other host or path can set; over plain
//! http browsers refuse that name, so it is `archiver` there. Browsers send it
//! along when a provider leads back to us (Lax), but never with a form of
//! somebody else's page.

use axum::http::header::COOKIE;
use axum::http::{HeaderMap, HeaderValue};

use crate::secrets::is_word;

/// Its name.
fn name(https: bool) -> &'static str {
    if https { "__Host-archiver" } else { "archiver" }
}

/// The word that the browser holds, if it holds exactly one that could be
/// ours.
pub(crate) fn read(headers: &HeaderMap, https: bool) -> Option<String> {
    let mut words = headers
        .get_all(COOKIE)
        .iter()
        .filter_map(|line| line.to_str().ok())
        .flat_map(|line| line.split(';'))
        .filter_map(|pair| pair.trim().split_once('='))
        .filter(|(key, _)| *key == name(https))
        .map(|(_, word)| word);
    let word = words.next()?;
    (words.all(|it| it == word) && is_word(word)).then(|| word.to_owned())
}

/// Has the browser hold this word until it is closed.
pub(crate) fn set(word: &str, https: bool) -> Option<HeaderValue> {
    let secure = if https { "; Secure" } else { "" };
    let text = format!(
        "{}={word}; Path=/; HttpOnly; SameSite=Lax{secure}",
        name(https)
    );
    HeaderValue::from_str(&text).ok()
}

/// Has the browser forget it.
pub(crate) fn clear(https: bool) -> HeaderValue {
    HeaderValue::from_static(if https {
        "__Host-archiver=; Path=/; HttpOnly; SameSite=Lax; Secure; Max-Age=0"
    } else {
        "archiver=; Path=/; HttpOnly; SameSite=Lax; Max-Age=0"
    })
}
