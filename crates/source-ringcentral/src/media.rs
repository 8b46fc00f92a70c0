//! The bytes of recordings and attachments, streamed as they come. What they
//! are is not judged here: the sender's word for it may be wrong, and an error
//! page may come with 200.

use domain::content::{Content, Framing};
use domain::data_type::DataType;
use domain::error::{Error, Kind, Result};
use domain::item::{Fetch, Item};
use outbound::{Line, Purpose, Request, Streamed, Urgency};
use url::Url;

use crate::addresses::PLATFORM;
use crate::app::{App, Pace};
use crate::asked::is_young;
use crate::export::Exports;
use crate::listing::{both, is_closed};

/// Opens the bytes of an item: where they are said to be, or out of the
/// company-wide export where their mailbox is closed.
pub(crate) async fn open(
    app: &App,
    line: &Line,
    exports: &Exports,
    item: &Item,
) -> Result<Content> {
    let mailbox = item.extension.as_ref();
    let mailbox = mailbox.filter(|_| item.id.data_type.is_message());
    let opened = match mailbox {
        Some(extension) if exports.is_closed(extension) => exports.open(line, item).await,
        Some(extension) => match at_address(app, line, item).await {
            Err(error) if is_closed(&error) => {
                exports.note(extension, true);
                let opened = exports.open(line, item).await;
                opened.map_err(|it| both(&error, it))
            }
            opened => opened,
        },
        None => at_address(app, line, item).await,
    };
    let now_ms = app.clock.now().as_millisecond();
    opened.map_err(|error| in_time(error, item.at_ms, now_ms))
}

async fn at_address(app: &App, line: &Line, item: &Item) -> Result<Content> {
    let Fetch::From(uri) = &item.fetch else {
        return Err(Error::new(Kind::Gone, "the item has nothing to be fetched"));
    };
    let (purpose, url) = app.addresses.locate(uri)?;
    let mut opened = fetch(app, line, item, purpose, url.clone()).await;
    // Old answers name attachments on the platform host.
    if purpose == PLATFORM
        && opened
            .as_ref()
            .is_err_and(|it| it.code() == Some("CMN-120"))
    {
        let (purpose, url) = app
            .addresses
            .locate(app.addresses.on_media(&url).as_str())?;
        opened = fetch(app, line, item, purpose, url).await;
    }
    opened.and_then(content)
}

async fn fetch(
    app: &App,
    line: &Line,
    item: &Item,
    purpose: Purpose,
    url: Url,
) -> Result<Streamed> {
    let (route, pace) = if item.id.data_type == DataType::CallRecording {
        ("/account/{id}/recording/{id}/content", Pace::Heavy)
    } else {
        let route = "/account/{id}/extension/{id}/message-store/{id}/content/{id}";
        (route, Pace::Medium)
    };
    let request = Request::get(purpose, route, url)
        .group(app.group(pace))
        .urgency(Urgency::Content);
    line.open(request).await
}

/// The body of an answer as content.
pub(crate) fn content(streamed: Streamed) -> Result<Content> {
    let odd = |what: &str| Err(Error::new(Kind::Protocol, what));
    if streamed.status != 200 {
        return odd("RingCentral answers with something other than the whole file");
    }
    let coding = streamed
        .headers
        .get("content-encoding")
        .unwrap_or("identity");
    if !coding.eq_ignore_ascii_case("identity") {
        return odd("RingCentral compressed a file although it was asked not to");
    }
    Ok(Content {
        fingerprint: None,
        length: streamed.declared,
        framing: match streamed.framing {
            outbound::Framing::Declared => Framing::Declared,
            outbound::Framing::Chunked => Framing::Framed,
            outbound::Framing::UntilClose => Framing::UntilClose,
        },
        media_type: streamed.headers.get("content-type").map(str::to_owned),
        bytes: streamed.body,
    })
}

/// "Not found" means "not yet" while the item is young: recordings are listed
/// before their bytes can be had (RingCentral developer guide, recordings).
fn in_time(error: Error, at_ms: i64, now_ms: i64) -> Error {
    if error.kind() != Kind::Gone || !is_young(at_ms, now_ms) {
        return error;
    }
    let early = Error::new(
        Kind::NotReady,
        "RingCentral does not have the file ready yet",
    );
    match error.code() {
        Some(code) => early.code_is(code),
        None => early,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use domain::window::DAY_MS;

    #[test]
    fn not_found_means_not_yet_for_a_day() {
        let gone = || Error::new(Kind::Gone, "gone").code_is("CMN-102");
        let now_ms = 100 * DAY_MS;
        assert_eq!(in_time(gone(), now_ms, now_ms).kind(), Kind::NotReady);
        assert_eq!(
            in_time(gone(), now_ms - DAY_MS + 1, now_ms).kind(),
            Kind::NotReady
        );
        assert_eq!(in_time(gone(), now_ms - DAY_MS, now_ms).kind(), Kind::Gone);
        assert_eq!(in_time(gone(), now_ms, now_ms).code(), Some("CMN-102"));
        let other = Error::new(Kind::Forbidden, "no");
        assert_eq!(in_time(other, now_ms, now_ms).kind(), Kind::Forbidden);
    }
}
