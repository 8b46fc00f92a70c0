//! One listing of one lane over one window: which questions are asked, and
//! what becomes of the answers.

use std::collections::{HashSet, VecDeque};

use domain::error::{Error, Kind, Result};
use domain::item::ItemId;
use domain::lane::{Depth, Lane};
use domain::ports::source::{Ask, Page};
use domain::window::{Window, instant};
use outbound::Line;
use serde_json::Value;

use crate::app::{App, Pace};
use crate::asked::Asked;
use crate::export::{Exports, Mailbox};
use crate::message_store::message_types;
use crate::walk::Walk;
use crate::wire::{self, List};
use crate::{call_log, message_store};

/// The largest page of the Detailed call log (OpenAPI, `perPage` of the
/// extension's call log). Fewer may come.
const PER_PAGE: u64 = 250;

/// So many records of an export are a page.
const EXPORTED_AT_ONCE: usize = 250;

/// A listing under way.
pub(crate) struct Listing<'a> {
    app: &'a App,
    line: &'a Line,
    exports: &'a Exports,
    ask: &'a Ask,
    walks: VecDeque<Walk>,
    /// Where the mailbox itself is closed: the exports that hold it, and what
    /// is left of the first of them.
    mailboxes: VecDeque<Mailbox>,
    exported: Vec<Value>,
    /// What was yielded already: pages shift while they are read, and both
    /// sides of an internal call show the same recording.
    sighted: HashSet<ItemId>,
    called: HashSet<String>,
}

impl<'a> Listing<'a> {
    /// Nothing is asked yet.
    pub(crate) fn new(
        app: &'a App,
        line: &'a Line,
        exports: &'a Exports,
        ask: &'a Ask,
    ) -> Listing<'a> {
        Listing {
            app,
            line,
            exports,
            ask,
            walks: question(app, ask).into_iter().collect(),
            mailboxes: VecDeque::new(),
            exported: Vec::new(),
            sighted: HashSet::new(),
            called: HashSet::new(),
        }
    }

    /// The next page; `None` at the end.
    pub(crate) async fn next(&mut self) -> Result<Option<Page>> {
        loop {
            let Some(walk) = self.walks.front_mut() else {
                return self.next_exported().await;
            };
            match step(self.line, walk).await {
                Ok((list, more)) => {
                    if !more {
                        self.walks.pop_front();
                    }
                    if let Lane::Messages(extension) = &self.ask.lane {
                        self.exports.note(extension, false);
                    }
                    return Ok(Some(self.read(list.records)));
                }
                Err(error) if is_refused_question(&error) && may_split(walk) => self.split(),
                Err(error) if is_closed(&error) => self.go_round(error).await?,
                Err(error) => return Err(error.while_doing(format!("listing {}", self.ask.lane))),
            }
        }
    }

    /// One question per message type: an account was seen that refuses
    /// several at once with 400.
    fn split(&mut self) {
        let Some(walk) = self.walks.pop_front() else {
            return;
        };
        for kind in walk.asks(MESSAGE_TYPE) {
            self.walks.push_back(walk.asking(MESSAGE_TYPE, kind));
        }
    }

    /// The mailbox is closed to this user; the company-wide export may not be.
    async fn go_round(&mut self, closed: Error) -> Result<()> {
        let doing = || format!("listing {}", self.ask.lane);
        let Lane::Messages(extension) = &self.ask.lane else {
            return Err(closed.while_doing(doing()));
        };
        self.walks.clear();
        self.exports.note(extension, true);
        let found = self.exports.of_mailbox(self.line, extension, self.ask);
        let found = found.await;
        let found = found.map_err(|error| both(&closed, error).while_doing(doing()))?;
        self.mailboxes = found.into();
        Ok(())
    }

    async fn next_exported(&mut self) -> Result<Option<Page>> {
        while self.exported.is_empty() {
            let Some(mailbox) = self.mailboxes.pop_front() else {
                return Ok(None);
            };
            let records = mailbox.records().await;
            let doing = |error: Error| error.while_doing(format!("listing {}", self.ask.lane));
            self.exported = records.map_err(doing)?;
        }
        let rest = self.exported.len().min(EXPORTED_AT_ONCE);
        let rest = self.exported.split_off(rest);
        let page = std::mem::replace(&mut self.exported, rest);
        Ok(Some(self.read(page)))
    }

    fn read(&mut self, records: Vec<Value>) -> Page {
        let asked = Asked {
            ask: self.ask,
            now_ms: self.app.clock.now().as_millisecond(),
            addresses: &self.app.addresses,
        };
        let mut page = Page::default();
        for record in records {
            if read_record(record, &asked, &mut page).is_none() {
                // It may hold something: the window is not settled until it
                // can be read. Its neighbours go on.
                tracing::warn!(lane = self.ask.lane.key(), "a record that cannot be read");
                page.unsettled += 1;
            }
        }
        page.sightings
            .retain(|it| self.sighted.insert(it.item.id.clone()));
        page.calls.retain(|it| self.called.insert(it.id.clone()));
        page
    }
}

const MESSAGE_TYPE: &str = "messageType";

/// One page, and whether another follows.
async fn step(line: &Line, walk: &mut Walk) -> Result<(List, bool)> {
    let answer = line.call(walk.request()).await?;
    let list: List = wire::read(&answer.body)?;
    let more = walk.turn(&list)?;
    Ok((list, more))
}

pub(crate) fn read_record(record: Value, asked: &Asked<'_>, page: &mut Page) -> Option<()> {
    if asked.ask.lane.is_calls() {
        call_log::read(&serde_json::from_value(record).ok()?, asked, page);
    } else {
        message_store::read(&serde_json::from_value(record).ok()?, asked, page);
    }
    Some(())
}

/// `None` where nothing is asked for.
fn question(app: &App, ask: &Ask) -> Option<Walk> {
    let addresses = &app.addresses;
    let (route, url, pace) = match &ask.lane {
        Lane::AccountCalls => {
            let url = addresses.of_account(&["call-log"]);
            ("/account/~/call-log", url, Pace::Heavy)
        }
        Lane::ExtensionCalls(id) => {
            let url = addresses.of_account(&["extension", id.as_str(), "call-log"]);
            ("/account/~/extension/{id}/call-log", url, Pace::Heavy)
        }
        Lane::Messages(id) => {
            let url = addresses.of_account(&["extension", id.as_str(), "message-store"]);
            ("/account/~/extension/{id}/message-store", url, Pace::Light)
        }
    };
    let mut query = bounds(ask.window).to_vec();
    if ask.lane.is_calls() {
        // Recordings on legs show in the Detailed view only.
        query.push(("view", "Detailed".to_owned()));
        if ask.depth == Depth::Recorded {
            query.push(("recordingType", "All".to_owned()));
        }
    } else {
        // What a user deleted can be read for some days more.
        query.push(("availability", "Alive".to_owned()));
        query.push(("availability", "Deleted".to_owned()));
        let kinds = ask.types.iter().flat_map(|it| message_types(*it));
        let before = query.len();
        query.extend(kinds.map(|kind| (MESSAGE_TYPE, (*kind).to_owned())));
        if query.len() == before {
            return None;
        }
    }
    Some(Walk::new(route, url, app.group(pace), PER_PAGE, query))
}

/// Both bounds, always: without them a listing covers the last 24 hours only,
/// and an open end shifts the pages while they are read. Whether the bounds
/// are inclusive and whether they count fractions of a second is documented
/// nowhere, so they are widened to whole seconds and by one at the start; each
/// record's own time decides later.
pub(crate) fn bounds(window: Window) -> [(&'static str, String); 2] {
    let from = window.start_ms().div_euclid(1000) - 1;
    let to = -(-window.end_ms()).div_euclid(1000);
    let text = |seconds: i64| instant(seconds.saturating_mul(1000)).to_string();
    [("dateFrom", text(from)), ("dateTo", text(to))]
}

/// Another extension's mailbox, which this user may not read.
pub(crate) fn is_closed(error: &Error) -> bool {
    matches!(error.code(), Some("CMN-404" | "CMN-419"))
}

/// Neither the mailbox nor the export can be had: both reasons count, and what
/// helps is whatever opens the export.
pub(crate) fn both(closed: &Error, export: Error) -> Error {
    // An export that lacks something is open all the same: its sentence is ours
    // and has no code of RingCentral's.
    if export.kind() != Kind::Forbidden || export.code().is_none() {
        return export;
    }
    let what = format!(
        "{}, and the company-wide export is closed, too: {}",
        closed.cause(),
        export.cause()
    );
    let remedy = export.how_to_mend().unwrap_or_default();
    let remedy = format!("{remedy} Or let the owner of the extension connect it.");
    let both = Error::new(Kind::Forbidden, what).remedy(remedy.trim_start());
    both.code_is(closed.code().unwrap_or("CMN-419"))
}

fn may_split(walk: &Walk) -> bool {
    walk.is_at_start() && walk.asks(MESSAGE_TYPE).len() > 1
}

/// The query itself was refused with 400.
fn is_refused_question(error: &Error) -> bool {
    matches!(
        error.code(),
        Some("CMN-101" | "CMN-104" | "CMN-105" | "CMN-106" | "HTTP 400")
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bounds_are_whole_seconds_that_hold_the_window() {
        let window = Window::from_ms(1_700_000_000_250, 1_700_003_600_001).unwrap();
        let told = bounds(window);
        assert_eq!(told[0], ("dateFrom", "2023-11-14T22:13:19Z".to_owned()));
        assert_eq!(told[1], ("dateTo", "2023-11-14T23:13:21Z".to_owned()));
        let whole = Window::from_ms(1_700_000_000_000, 1_700_003_600_000).unwrap();
        assert_eq!(bounds(whole)[1].1, "2023-11-14T23:13:20Z");
    }
}
