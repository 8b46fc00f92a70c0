//! One export at RingCentral, from the order to its zips: create a task, wait
//! for its end, list what it made (OpenAPI, `createMessageStoreReport` and its
//! neighbours).

use std::sync::Arc;
use std::time::Duration;

use domain::error::{Error, Kind, Result, Verdict};
use domain::window::{DAY_MS, HOUR_MS, Window, instant};
use outbound::{Body, Keeper, Line, Request};
use serde_json::json;
use tokio::sync::Semaphore;
use tokio::time::sleep;

use super::Kinds;
use super::contents::Contents;
use super::made::{Made, Trouble};
use super::metadata::{Metadata, PACKED};
use crate::addresses::PLATFORM;
use crate::app::{App, Pace};
use crate::listing::bounds;
use crate::people::People;
use crate::wire;

const REPORT: &str = "message-store-report";
const TASKS: &str = "/account/~/message-store-report";
const TASK: &str = "/account/~/message-store-report/{id}";
const ARCHIVES: &str = "/account/~/message-store-report/{id}/archive";
const ARCHIVE: &str = "/account/~/message-store-report/{id}/archive/{id}";

/// Between two looks at a task: RingCentral's own example waits 10 s, and each
/// look costs one of 10 Heavy requests a minute. It grows to a minute.
const LOOK: Duration = Duration::from_secs(10);
const LONGEST_LOOK: Duration = Duration::from_mins(1);
/// "Several minutes" are usual (developer guide); how long a task may take is
/// documented nowhere.
const PATIENCE: Duration = Duration::from_hours(1);
/// How often an order is given that RingCentral does not take, or a task that
/// fails: two may be under way that others ordered.
const ORDERS: u32 = 12;
const FAILURES: u32 = 2;
/// How often an answer is asked for again that looks wrong.
const READINGS: u32 = 3;
/// More pages of zips than any export has.
const MOST_PAGES: u32 = 100;

/// What is to be made.
pub(crate) struct Order {
    pub(super) app: Arc<App>,
    pub(super) line: Line,
    pub(super) keeper: Arc<dyn Keeper>,
    pub(super) slots: Arc<Semaphore>,
    pub(super) window: Window,
    pub(super) kinds: Kinds,
}

/// A zip of an export: where, and how large RingCentral says it is.
#[derive(Clone, Debug)]
pub(super) struct Zip {
    pub(super) uri: String,
    pub(super) size: u64,
}

/// A finished task's zips, asked for as often as need be.
#[derive(Clone)]
pub(super) struct Report {
    pub(super) app: Arc<App>,
    pub(super) line: Line,
    id: String,
    /// The zip of the messages holds no files.
    skips_first: bool,
}

/// Makes an export.
pub(super) async fn make(order: Order) -> Result<Made, Trouble> {
    let slot = Arc::clone(&order.slots).acquire_owned().await;
    let mut failures = 0;
    let id = loop {
        let (id, status) = order.create().await?;
        if order.ends_well(&id, status).await? {
            break id;
        }
        failures += 1;
        if failures == FAILURES {
            return Err(order.too_much(DAY_MS, "RingCentral's export of the messages failed"));
        }
        order.app.rest(LONGEST_LOOK).await;
    };
    drop(slot);
    let Order { app, line, .. } = &order;
    let (app, line) = (Arc::clone(app), line.clone());
    let mut report = Report {
        app,
        line,
        id,
        skips_first: false,
    };
    let mut zips = report.some_zips().await?;
    let mut metadata = order.metadata(&report, &zips).await?;
    order.check(&metadata).await?;
    report.skips_first = !metadata.has_files;
    report.leave_out(&mut zips);
    let media_types = std::mem::take(&mut metadata.media_types);
    let contents = Contents::new(report, zips, media_types);
    Ok(Made {
        metadata,
        contents: Arc::new(contents),
    })
}

impl Order {
    /// Orders it; the id of the task and how it stands. An order that is refused as such is
    /// given again for a while: which answer a third task gets is documented
    /// nowhere.
    async fn create(&self) -> Result<(String, Option<String>), Trouble> {
        let mut wait = LOOK;
        for tried in 1..=ORDERS {
            match patiently(&self.app, &self.line, self.request()).await {
                Ok(body) => {
                    let report: wire::Report = wire::read(&body)?;
                    let id = report.id.ok_or_else(|| nameless("an export"))?;
                    return Ok((id, report.status));
                }
                Err(error) if is_refused_order(&error) => {}
                Err(error) if error.verdict() == Verdict::Retry && tried < READINGS => {}
                Err(error) => return Err(told(error).into()),
            }
            self.app.rest(wait).await;
            wait = longer(wait);
        }
        Err(self.too_much(
            DAY_MS,
            "RingCentral takes no order for an export of the messages",
        ))
    }

    fn request(&self) -> Request {
        let ([(_, from), (_, mut to)], now_ms) =
            (bounds(self.window), self.app.clock.now().as_millisecond());
        // Nobody knows what an end that lies ahead means there.
        if self.window.end_ms() > now_ms {
            to = instant((now_ms / 1000 + 1) * 1000).to_string();
        }
        let order = json!({ "dateFrom": from, "dateTo": to, "messageTypes": self.kinds });
        Request::post(PLATFORM, TASKS, self.app.addresses.of_account(&[REPORT]))
            .body(Body::Json(order.to_string().into_bytes()))
            .group(self.app.group(Pace::Heavy))
    }

    /// Looks at a task until it ends; `false` when it failed.
    async fn ends_well(&self, id: &str, mut status: Option<String>) -> Result<bool, Trouble> {
        let (mut wait, mut waited) = (LOOK, Duration::ZERO);
        let mut unanswered = 0;
        while waited < PATIENCE {
            match status.as_deref() {
                Some("Completed") => return Ok(true),
                Some("Failed" | "Cancelled") => return Ok(false),
                // `Accepted`, `Pending`, `InProgress`; after `AttemptFailed`
                // RingCentral tries again; and what may be new.
                _ => {}
            }
            self.app.rest(wait).await;
            waited += wait;
            wait = longer(wait);
            match self.look(id).await {
                Ok(seen) => (status, unanswered) = (seen, 0),
                Err(error) if error.verdict() == Verdict::Retry && unanswered < READINGS => {
                    unanswered += 1;
                }
                Err(error) => return Err(told(error).into()),
            }
        }
        Err(self.too_much(
            DAY_MS,
            "RingCentral's export of the messages takes longer than an hour",
        ))
    }

    async fn look(&self, id: &str) -> Result<Option<String>> {
        let url = self.app.addresses.of_account(&[REPORT, id]);
        let request = Request::get(PLATFORM, TASK, url).group(self.app.group(Pace::Heavy));
        let body = patiently(&self.app, &self.line, request).await?;
        Ok(wire::read::<wire::Report>(&body)?.status)
    }

    /// The messages. They come once, whole, or not at all.
    async fn metadata(&self, report: &Report, zips: &[Zip]) -> Result<Metadata, Trouble> {
        let zip = zips.get(first(zips)).ok_or_else(|| {
            let what = "RingCentral's export of messages was finished and holds nothing";
            Error::new(Kind::Unavailable, what)
        })?;
        let too_large = "RingCentral's export holds more messages than fit into memory";
        if zip.size > PACKED {
            return Err(self.too_much(HOUR_MS, too_large));
        }
        let mut tries = 1;
        loop {
            match report.metadata(zip).await {
                Err(error) if error.verdict() == Verdict::Retry && tries < READINGS => tries += 1,
                Err(error) if error.kind() == Kind::Protocol => {
                    return Err(match error.verdict() {
                        Verdict::GiveUp => self.too_much(HOUR_MS, &error.to_string()),
                        _ => told(error).into(),
                    });
                }
                done => return Ok(done.map_err(told)?),
            }
        }
    }

    /// Its mailboxes must be called as ours are: where not a single one is, a
    /// lane would look empty. A list of extensions that leaves them all out is
    /// asked for again, as it may be wrong itself.
    async fn check(&self, metadata: &Metadata) -> Result<()> {
        let (app, line) = (self.app.as_ref(), &self.line);
        let mut tries = 1;
        loop {
            let error = match (People { app, line }).extensions().await {
                Ok(known) if metadata.tells_of_any(&known) => return Ok(()),
                Ok(_) => {
                    let what = "RingCentral's export names its mailboxes in a way that is not \
                                known: none is an extension of the company";
                    Error::new(Kind::Unavailable, what)
                }
                Err(error) => told(error),
            };
            match error.verdict() {
                _ if tries == READINGS => return Err(error),
                Verdict::Retry => app.rest(LOOK).await,
                Verdict::WaitFor(wait) => sleep(wait).await,
                Verdict::Reconnect | Verdict::GiveUp => return Err(error),
            }
            tries += 1;
        }
    }

    /// A shorter span may do where this one did not, down to `least`
    /// milliseconds.
    fn too_much(&self, least: i64, what: &str) -> Trouble {
        let length_ms = self.window.end_ms().saturating_sub(self.window.start_ms());
        if length_ms > least {
            return Trouble::TooLarge;
        }
        Error::new(Kind::Unavailable, what).into()
    }
}

impl Report {
    /// The zips. An empty list is asked for again, as one that cannot be read:
    /// the first zip is always there (developer guide), so it is more likely
    /// wrong than true.
    async fn some_zips(&self) -> Result<Vec<Zip>> {
        for _ in 1..READINGS {
            match self.zips().await {
                Ok(zips) if !zips.is_empty() => return Ok(zips),
                Err(error) if error.verdict() != Verdict::Retry => return Err(error),
                Ok(_) | Err(_) => self.app.rest(LOOK).await,
            }
        }
        self.zips().await
    }

    /// All zips: their addresses may change.
    async fn zips(&self) -> Result<Vec<Zip>> {
        let url = self
            .app
            .addresses
            .of_account(&[REPORT, &self.id, "archive"]);
        let (mut zips, mut place) = (Vec::new(), Vec::new());
        for _ in 0..MOST_PAGES {
            let request =
                Request::get(PLATFORM, ARCHIVES, url.as_str()).group(self.app.group(Pace::Heavy));
            let request = (place.into_iter())
                .fold(request, |it, (name, value): (String, String)| {
                    it.query(name, value)
                });
            let answer = patiently(&self.app, &self.line, request).await;
            let body = answer.map_err(told)?;
            let list: wire::List = wire::read(&body)?;
            for record in list.records {
                let zip = serde_json::from_value::<wire::Archive>(record).ok();
                let zip = zip.and_then(|it| it.uri.map(|uri| (uri, it.size.unwrap_or(0))));
                let (uri, size) = zip.ok_or_else(|| nameless("a zip"))?;
                zips.push(Zip { uri, size });
            }
            let next = list.navigation.and_then(|it| it.next_page);
            let Some(next) = next else {
                return Ok(zips);
            };
            place = query_of(&next.uri);
        }
        Err(
            Error::new(Kind::Protocol, "RingCentral's list of zips has no end")
                .verdict_is(Verdict::GiveUp),
        )
    }

    /// The zips with files, as they can be had now.
    pub(super) async fn zips_with_files(&self) -> Result<Vec<Zip>> {
        let mut zips = self.zips().await?;
        self.leave_out(&mut zips);
        Ok(zips)
    }

    fn leave_out(&self, zips: &mut Vec<Zip>) {
        if self.skips_first && !zips.is_empty() {
            zips.remove(first(zips));
        }
    }

    async fn metadata(&self, zip: &Zip) -> Result<Metadata> {
        let most = usize::try_from(PACKED).unwrap_or(usize::MAX);
        let request = self.download(zip)?.at_most(most);
        Metadata::read(patiently(&self.app, &self.line, request).await?).await
    }

    /// The request for a zip, on RingCentral's own hosts only.
    pub(super) fn download(&self, zip: &Zip) -> Result<Request> {
        let (purpose, url) = self.app.addresses.locate(&zip.uri)?;
        Ok(Request::get(purpose, ARCHIVE, url).group(self.app.group(Pace::Heavy)))
    }
}

/// An export is nobody's item that could wait elsewhere: it waits here for the
/// rate limit.
async fn patiently(app: &App, line: &Line, request: Request) -> Result<bytes::Bytes> {
    let most = PATIENCE.mul_f64(app.options.pace());
    let mut waited = Duration::ZERO;
    loop {
        match line.call(request.clone()).await {
            Ok(answer) => return Ok(answer.body),
            Err(error) => match error.verdict() {
                Verdict::WaitFor(wait) if waited < most => {
                    waited += wait;
                    sleep(wait).await;
                }
                _ => return Err(error),
            },
        }
    }
}

/// The zip of the messages: `archive/0`, and the first where none is called so.
fn first(zips: &[Zip]) -> usize {
    let is_zero = |zip: &Zip| {
        zip.uri
            .split(['?', '#'])
            .next()
            .is_some_and(|it| it.ends_with("/0"))
    };
    zips.iter().position(is_zero).unwrap_or(0)
}

/// The order itself was refused, not this user.
fn is_refused_order(error: &Error) -> bool {
    error.kind() == Kind::Protocol && error.verdict() == Verdict::GiveUp
}

fn longer(wait: Duration) -> Duration {
    wait.mul_f64(1.5).min(LONGEST_LOOK)
}

fn query_of(uri: &str) -> Vec<(String, String)> {
    let query = uri.split_once('?').map_or("", |(_, query)| query);
    let query = query.split('#').next().unwrap_or("");
    let pairs = url::form_urlencoded::parse(query.as_bytes());
    pairs
        .map(|(name, value)| (name.into_owned(), value.into_owned()))
        .collect()
}

fn told(error: Error) -> Error {
    error.while_doing("asking RingCentral for an export of the company's messages")
}

fn nameless(what: &str) -> Error {
    let what = format!("RingCentral does not say where to find {what} of messages");
    Error::new(Kind::Protocol, what)
}
