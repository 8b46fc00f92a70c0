//! Metrics, in the text of `OpenMetrics`. Calls are counted as they pass the
//! door; what the database knows is asked for at most once in 15 s, whoever
//! scrapes. No label holds anything personal: no company, no extension.

use std::collections::BTreeMap;
use std::sync::atomic::AtomicU64;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use domain::Result;
use domain::alarm::AlarmKind;
use domain::clock::Clock;
use domain::ports::Store;
use domain::schedule::HORIZON_MS;
use engine::Failures;
use outbound::{Call, Observer};
use prometheus_client::encoding::text::encode;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::registry::Registry;
use tokio::time::Instant;

/// The type of what [`Metrics::text`] returns.
pub(crate) const CONTENT_TYPE: &str = "application/openmetrics-text; version=1.0.0; charset=utf-8";

/// How old what was asked of the database may be.
const FRESH: Duration = Duration::from_secs(15);
/// Pending Entries of one reason are counted up to here.
const MOST_PENDING: u32 = 1_000_000;

type Label = (&'static str, String);
type Seconds = Gauge<f64, AtomicU64>;

/// All of them.
pub(crate) struct Metrics {
    registry: Registry,
    door: Door,
    books: Books,
    /// How runs of this process's worker ended.
    failures: Failures,
    clock: Arc<dyn Clock>,
    /// How far this machine's clock is ahead of each provider's, milliseconds.
    ahead: Mutex<BTreeMap<String, i64>>,
    asked: tokio::sync::Mutex<Option<Instant>>,
}

/// What passed the door.
#[derive(Default)]
struct Door {
    calls: Family<[Label; 3], Counter>,
    call_seconds: Family<[Label; 2], Counter<f64, AtomicU64>>,
    sent: Family<[Label; 1], Counter>,
    received: Family<[Label; 1], Counter>,
    penalties: Family<[Label; 2], Counter>,
    penalty_seconds: Family<[Label; 2], Counter<f64, AtomicU64>>,
    clock_ahead: Family<[Label; 1], Seconds>,
}

/// What the database knows.
#[derive(Default)]
struct Books {
    up: Gauge,
    queue_age: Seconds,
    pending: Family<[Label; 1], Gauge>,
    oldest_deadline: Family<[Label; 0], Seconds>,
    grant_age: Seconds,
    alarms: Family<[Label; 1], Gauge>,
    runs: Family<[Label; 1], Counter>,
}

impl Metrics {
    /// Nothing has been counted yet. `failures`: of this process's worker.
    pub(crate) fn new(clock: Arc<dyn Clock>, failures: Failures) -> Metrics {
        let (door, books) = (Door::default(), Books::default());
        let mut registry = Registry::with_prefix("archiver");
        door.register(&mut registry);
        books.register(&mut registry);
        Metrics {
            registry,
            door,
            books,
            failures,
            clock,
            ahead: Mutex::default(),
            asked: tokio::sync::Mutex::default(),
        }
    }

    /// How far this machine's clock is ahead of each provider's, milliseconds.
    pub(crate) fn ahead(&self) -> Vec<(String, i64)> {
        let ahead = self.ahead.lock().unwrap_or_else(PoisonError::into_inner);
        ahead.iter().map(|(name, by)| (name.clone(), *by)).collect()
    }

    /// How runs of this process end.
    pub(crate) fn failures(&self) -> Failures {
        self.failures.clone()
    }

    /// What Prometheus reads.
    pub(crate) async fn text(&self, store: &dyn Store) -> String {
        let mut asked = self.asked.lock().await;
        if asked.is_none_or(|at| at.elapsed() >= FRESH) {
            let answered = self.ask(store).await;
            if let Err(error) = &answered {
                let kind = error.kind().word();
                tracing::warn!(kind, "the database gives no numbers");
            }
            self.books.up.set(i64::from(answered.is_ok()));
            *asked = Some(Instant::now());
        }
        drop(asked);
        self.count_runs();
        let mut text = String::new();
        // Writing to a string does not fail.
        let _ = encode(&mut text, &self.registry);
        text
    }

    fn count_runs(&self) {
        let ended = self.failures.ended();
        let well = [("well", ended.well), ("called-off", ended.called_off)];
        for (result, count) in well.into_iter().chain(ended.failed) {
            let counter = self
                .books
                .runs
                .get_or_create_owned(&[("result", result.to_owned())]);
            counter.inc_by(count.saturating_sub(counter.get()));
        }
    }

    async fn ask(&self, store: &dyn Store) -> Result<()> {
        let (queue, now_ms) = (store.queue().await?, store.database_ms().await?);
        let pending = store.pending(MOST_PENDING).await?;
        let oldest_grant = store.unrenewed(i64::MIN / 2, 1).await?;
        let standing = store.alarms().await?;
        let books = &self.books;
        books.queue_age.set(seconds(queue.idle_ms(now_ms, now_ms)));
        books.pending.clear();
        for (reason, count) in pending.by_reason {
            let count = i64::try_from(count).unwrap_or(i64::MAX);
            books
                .pending
                .get_or_create(&[("reason", reason)])
                .set(count);
        }
        books.oldest_deadline.clear();
        if let Some(oldest_ms) = pending.oldest_ms {
            let deadline = seconds(oldest_ms.saturating_add(HORIZON_MS));
            books.oldest_deadline.get_or_create(&[]).set(deadline);
        }
        let age_ms = oldest_grant.first().map_or(0, |it| it.age_ms);
        books.grant_age.set(seconds(age_ms));
        for kind in AlarmKind::ALL {
            let of_kind = standing.iter().filter(|it| it.alarm.key.kind == kind);
            let count = i64::try_from(of_kind.count()).unwrap_or(i64::MAX);
            let label = [("kind", kind.word().to_owned())];
            books.alarms.get_or_create(&label).set(count);
        }
        Ok(())
    }
}

impl Door {
    fn register(&self, registry: &mut Registry) {
        registry.register(
            "calls",
            "HTTP exchanges with a provider, by rate group and status (none: no answer came)",
            self.calls.clone(),
        );
        registry.register(
            "call_seconds",
            "Time from sending a request to the headers of its answer",
            self.call_seconds.clone(),
        );
        registry.register(
            "sent_bytes",
            "Bytes of request bodies sent to a provider",
            self.sent.clone(),
        );
        registry.register(
            "received_bytes",
            "Bytes of answer bodies received from a provider",
            self.received.clone(),
        );
        registry.register(
            "penalties",
            "Times a provider's rate limit closed a group",
            self.penalties.clone(),
        );
        registry.register(
            "penalty_seconds",
            "Time for which a provider's rate limit closed a group",
            self.penalty_seconds.clone(),
        );
        registry.register(
            "clock_ahead_seconds",
            "How far this machine's clock is ahead of a provider's",
            self.clock_ahead.clone(),
        );
    }
}

impl Books {
    fn register(&self, registry: &mut Registry) {
        registry.register(
            "database_up",
            "Whether the database answered the last time it was asked",
            self.up.clone(),
        );
        registry.register(
            "queue_age_seconds",
            "For how long due backups have waited while nobody took any",
            self.queue_age.clone(),
        );
        registry.register(
            "pending_entries",
            "Files still to be archived, by reason (each counted up to 1,000,000)",
            self.pending.clone(),
        );
        registry.register(
            "oldest_deadline_timestamp_seconds",
            "When RingCentral deletes the oldest file that is still to be archived",
            self.oldest_deadline.clone(),
        );
        registry.register(
            "oldest_grant_age_seconds",
            "How long ago the source grant was renewed that was renewed longest ago",
            self.grant_age.clone(),
        );
        registry.register("alarms", "Alarms that stand, by kind", self.alarms.clone());
        registry.register(
            "runs",
            "Runs of this process that ended, by result (well, called-off, or what failed)",
            self.runs.clone(),
        );
    }
}

impl Observer for Metrics {
    fn called(&self, call: &Call<'_>) {
        let peer = || ("provider", call.peer.to_owned());
        let group = || ("group", call.group.to_owned());
        let status = call.status.map_or("none".to_owned(), |it| it.to_string());
        let labels = [peer(), group(), ("status", status)];
        self.door.calls.get_or_create(&labels).inc();
        let took = call.took.as_secs_f64();
        let by_group = [peer(), group()];
        self.door.call_seconds.get_or_create(&by_group).inc_by(took);
        self.door.sent.get_or_create(&[peer()]).inc_by(call.sent);
        if let Some(date_ms) = call.date_ms {
            let ahead_ms = self.clock.now().as_millisecond().saturating_sub(date_ms);
            let ahead = self.door.clock_ahead.get_or_create_owned(&[peer()]);
            ahead.set(seconds(ahead_ms));
            self.ahead
                .lock()
                .unwrap_or_else(PoisonError::into_inner)
                .insert(call.peer.to_owned(), ahead_ms);
        }
    }

    fn received(&self, peer: &str, _route: &'static str, bytes: u64) {
        let peer = [("provider", peer.to_owned())];
        self.door.received.get_or_create(&peer).inc_by(bytes);
    }

    fn braked(&self, peer: &str, _subject: &str, group: Option<&str>, pause: Duration) {
        let group = group.unwrap_or("all").to_owned();
        let labels = [("provider", peer.to_owned()), ("group", group)];
        self.door.penalties.get_or_create(&labels).inc();
        let pause = pause.as_secs_f64();
        let seconds = self.door.penalty_seconds.get_or_create_owned(&labels);
        seconds.inc_by(pause);
    }
}

#[expect(
    clippy::cast_precision_loss,
    reason = "milliseconds since 1970 are far below 2^52"
)]
fn seconds(ms: i64) -> f64 {
    ms as f64 / 1000.0
}

#[cfg(test)]
mod tests;
