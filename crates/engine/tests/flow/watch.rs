//! Worlds in which something goes wrong, and a watchman: each Alarm fires once
//! and clears once, and people hear of both.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use async_trait::async_trait;
use domain::alarm::{Alarm, AlarmKey, AlarmKind, News, Notice, Way};
use domain::digest::{Digest, Every};
use domain::ledger::Outcome;
use domain::ports::{Herald, Noted};
use domain::schedule::HORIZON_MS;
use domain::window::HOUR_MS;
use domain::{Error, Kind, Result};
use engine::Watchman;
use engine::watchman::Seen;
use testkit::builders::{account_id, archived, noted, ready, recording};
use testkit::memory::source::{Plant, Trouble};

use crate::server::{ON, Server};

const HOUR: Duration = Duration::from_hours(1);
const MINUTE: Duration = Duration::from_mins(1);

/// What people heard, in order.
type Heard = Vec<(Way, AlarmKind, News)>;

/// Somebody who hears, if they are there.
#[derive(Default)]
struct Ear {
    heard: Mutex<Heard>,
    digests: Mutex<Vec<(Way, Digest)>>,
    away: AtomicBool,
}

#[async_trait]
impl Herald for Ear {
    fn ways(&self) -> Vec<Way> {
        Way::ALL.to_vec()
    }

    async fn tell(&self, way: Way, notices: &[Notice]) -> Result<()> {
        if self.away.load(Ordering::SeqCst) {
            return Err(Error::new(Kind::Unavailable, "nobody hears"));
        }
        let told = notices.iter().map(|it| (way, it.alarm.key.kind, it.news));
        self.heard.lock().unwrap().extend(told);
        Ok(())
    }

    async fn digest(&self, way: Way, digest: &Digest) -> Result<()> {
        if self.away.load(Ordering::SeqCst) {
            return Err(Error::new(Kind::Unavailable, "nobody hears"));
        }
        self.digests.lock().unwrap().push((way, digest.clone()));
        Ok(())
    }
}

/// A server that is watched.
struct Watched {
    server: Server,
    ear: Arc<Ear>,
    ahead: Arc<Mutex<Vec<(String, i64)>>>,
    man: Watchman,
    seen: Seen,
}

impl Watched {
    async fn new() -> Watched {
        let server = Server::new().await;
        let (ear, ahead) = (Arc::new(Ear::default()), Arc::default());
        let man = man(&server, &ear, &ahead, "one");
        Watched {
            server,
            ear,
            ahead,
            man,
            seen: Seen::default(),
        }
    }

    async fn round(&mut self) {
        assert!(self.man.round(&mut self.seen).await.unwrap());
    }

    /// Time goes by, a round each minute; with work, or without.
    async fn live(&mut self, span: Duration, works: bool) {
        let until = tokio::time::Instant::now() + span;
        while tokio::time::Instant::now() < until {
            tokio::time::sleep(MINUTE).await;
            if works {
                self.server.settle().await;
            }
            self.round().await;
        }
    }

    /// What was heard of a kind by mail; by webhook it must be the same.
    fn heard(&self, kind: AlarmKind) -> Vec<News> {
        let heard = self.ear.heard.lock().unwrap();
        let by = |way: Way| -> Vec<News> {
            let heard = heard.iter().filter(|it| it.0 == way && it.1 == kind);
            heard.map(|it| it.2).collect()
        };
        assert_eq!(by(Way::Mail), by(Way::Webhook), "{kind:?}");
        by(Way::Mail)
    }

    async fn stands(&self, kind: AlarmKind) -> bool {
        let all = self.server.store.alarms().await.unwrap();
        all.iter().any(|it| it.alarm.key.kind == kind)
    }

    /// It fired once and has cleared once, and nobody was told more.
    async fn fired_and_cleared(&self, kind: AlarmKind) {
        assert_eq!(self.heard(kind), [News::Fired, News::Cleared], "{kind:?}");
        assert!(!self.stands(kind).await);
    }
}

fn man(
    server: &Server,
    ear: &Arc<Ear>,
    ahead: &Arc<Mutex<Vec<(String, i64)>>>,
    name: &str,
) -> Watchman {
    let ahead = Arc::clone(ahead);
    Watchman {
        store: Arc::clone(&server.store),
        providers: server.providers.clone(),
        clock: Arc::new(server.machine.clone()),
        clocks: Arc::new(move || ahead.lock().unwrap().clone()),
        herald: ear.clone(),
        name: name.to_owned(),
        silence: 3 * HOUR,
        digest: None,
        stop: server.stop.clone(),
    }
}

#[tokio::test(start_paused = true)]
async fn a_day_in_which_all_is_well_is_silent() {
    let mut it = Watched::new().await;
    it.server.switch_on_without_history().await;
    for n in 0..20 {
        let item = recording(&format!("r{n}"), ON + n * HOUR_MS);
        it.server.source().plant(Plant::new(item));
    }
    it.live(24 * HOUR, true).await;
    assert_eq!(*it.ear.heard.lock().unwrap(), []);
    assert_eq!(it.server.store.alarms().await.unwrap(), []);
}

#[tokio::test(start_paused = true)]
async fn a_server_without_workers_stalls_and_then_falls_silent() {
    let mut it = Watched::new().await;
    it.server.switch_on_without_history().await;
    it.live(10 * MINUTE, false).await;
    assert_eq!(it.server.store.alarms().await.unwrap(), []);
    it.live(10 * MINUTE, false).await;
    assert_eq!(it.heard(AlarmKind::Stalled), [News::Fired]);
    assert!(!it.stands(AlarmKind::Silence).await);
    it.live(3 * HOUR, false).await;
    assert_eq!(it.heard(AlarmKind::Silence), [News::Fired]);
    let standing = it.server.store.alarms().await.unwrap();
    let never = standing
        .iter()
        .any(|it| it.alarm.what.contains("never succeeded"));
    assert!(never, "{standing:?}");
    it.live(2 * HOUR, true).await;
    it.fired_and_cleared(AlarmKind::Stalled).await;
    it.fired_and_cleared(AlarmKind::Silence).await;
}

#[tokio::test(start_paused = true)]
async fn a_destination_that_does_not_answer_is_told_as_items_that_fail() {
    let mut it = Watched::new().await;
    it.server.switch_on_without_history().await;
    it.live(HOUR, true).await;
    let dead = Error::new(Kind::Unavailable, "it does not answer");
    *it.server.providers.dead.lock().unwrap() = Some(dead);
    for n in 0..20 {
        let item = recording(&format!("r{n}"), ON + n * HOUR_MS / 2);
        it.server.source().plant(Plant::new(item));
    }
    it.live(9 * HOUR, true).await;
    assert_eq!(it.heard(AlarmKind::Quarantined), [News::Fired]);
    *it.server.providers.dead.lock().unwrap() = None;
    it.live(20 * HOUR, true).await;
    it.fired_and_cleared(AlarmKind::Quarantined).await;
    assert_eq!(it.heard(AlarmKind::Stalled), []);
}

#[tokio::test(start_paused = true)]
async fn a_dead_grant_is_told_and_so_is_its_end() {
    let mut it = Watched::new().await;
    it.server.switch_on_without_history().await;
    it.live(HOUR, true).await;
    let dead = Error::new(Kind::Unauthorized, "the access was taken back");
    *it.server.providers.dead.lock().unwrap() = Some(dead);
    let item = recording("r", ON + HOUR_MS);
    it.server.source().plant(Plant::new(item));
    it.live(2 * HOUR, true).await;
    assert_eq!(it.heard(AlarmKind::Dying), [News::Fired]);
    *it.server.providers.dead.lock().unwrap() = None;
    it.live(2 * HOUR, true).await;
    it.fired_and_cleared(AlarmKind::Dying).await;
}

#[tokio::test(start_paused = true)]
async fn a_grant_that_nobody_renews_is_told_before_it_dies() {
    let mut it = Watched::new().await;
    let connection = it.server.connection().await;
    let grant = testkit::builders::grant("old", ON);
    let keep = async |it: &Watched| {
        let store = &it.server.store;
        let end = domain::grant::Provider::Source;
        let kept = store.keep_grant(&connection.account, &connection.id, end, &grant);
        kept.await.unwrap();
    };
    keep(&it).await;
    it.live(95 * HOUR, false).await;
    assert_eq!(it.heard(AlarmKind::Dying), []);
    it.live(2 * HOUR, false).await;
    assert_eq!(it.heard(AlarmKind::Dying), [News::Fired]);
    keep(&it).await;
    it.live(HOUR, false).await;
    it.fired_and_cleared(AlarmKind::Dying).await;
}

#[tokio::test(start_paused = true)]
async fn a_full_destination_is_told_and_so_is_new_room() {
    let mut it = Watched::new().await;
    it.server.switch_on_without_history().await;
    it.live(HOUR, true).await;
    it.server.destination().limit(Some(3));
    let item = recording("r", ON + HOUR_MS / 2);
    it.server.source().plant(Plant::new(item));
    it.live(2 * HOUR, true).await;
    assert_eq!(it.heard(AlarmKind::Full), [News::Fired]);
    it.server.destination().limit(None);
    it.live(3 * HOUR, true).await;
    it.fired_and_cleared(AlarmKind::Full).await;
}

#[tokio::test(start_paused = true)]
async fn items_that_fail_for_ever_and_items_that_are_gone_are_told() {
    let mut it = Watched::new().await;
    it.server.switch_on_without_history().await;
    let gone = Trouble::Refused(Error::new(Kind::Gone, "it is gone"));
    let torn = Trouble::Instead("<html>sorry</html>".into());
    it.server
        .source()
        .plant(Plant::new(recording("gone", ON)).troubled(1_000, &gone));
    it.server
        .source()
        .plant(Plant::new(recording("bad", ON)).troubled(10, &torn));
    it.live(8 * HOUR, true).await;
    assert_eq!(it.heard(AlarmKind::Missing), [News::Fired]);
    assert_eq!(it.heard(AlarmKind::Quarantined), [News::Fired]);
    it.live(60 * HOUR, true).await;
    it.fired_and_cleared(AlarmKind::Missing).await;
    it.fired_and_cleared(AlarmKind::Quarantined).await;
}

#[tokio::test(start_paused = true)]
async fn a_backlog_is_told_when_the_pace_is_not_enough() {
    let mut it = Watched::new().await;
    let backup = it.server.backup().await;
    // Deleted in five hours, but for what is done.
    let at_ms = ON - HORIZON_MS + 5 * HOUR_MS;
    let items: Vec<_> = (0..120)
        .map(|n| recording(&format!("r{n}"), at_ms + n))
        .collect();
    let all: Vec<Noted> = items.iter().map(|it| noted(ready(it))).collect();
    let (store, account) = (Arc::clone(&it.server.store), backup.account.clone());
    store.note(&account, &backup, &all, &[], ON).await.unwrap();
    let settle = async |range: std::ops::Range<usize>| {
        let done: Vec<(_, Outcome)> = range
            .map(|n| (items[n].id.clone(), archived(&format!("{n}.mp3"), b"x")))
            .collect();
        let settled = store.settle(&account, &backup.destination, &done, ON);
        settled.await.unwrap();
    };
    // Forty an hour: quick enough.
    for hour in 0..2 {
        for n in 0..6 {
            let from = hour * 40 + n * 6;
            settle(from..from + 6).await;
            it.live(10 * MINUTE, false).await;
        }
        settle(hour * 40 + 36..hour * 40 + 40).await;
    }
    assert_eq!(it.heard(AlarmKind::Backlog), []);
    // And now nothing any more.
    it.live(2 * HOUR, false).await;
    assert_eq!(it.heard(AlarmKind::Backlog), [News::Fired]);
    settle(80..120).await;
    it.live(HOUR, false).await;
    it.fired_and_cleared(AlarmKind::Backlog).await;
}

#[tokio::test(start_paused = true)]
async fn clocks_that_disagree_are_told() {
    let mut it = Watched::new().await;
    *it.ahead.lock().unwrap() = vec![("RingCentral".to_owned(), 4 * 60_000)];
    it.round().await;
    assert_eq!(it.heard(AlarmKind::Skew), []);
    *it.ahead.lock().unwrap() = vec![("RingCentral".to_owned(), -6 * 60_000)];
    it.live(HOUR, false).await;
    assert_eq!(it.heard(AlarmKind::Skew), [News::Fired]);
    *it.ahead.lock().unwrap() = vec![("RingCentral".to_owned(), 0)];
    it.round().await;
    it.fired_and_cleared(AlarmKind::Skew).await;
}

fn drift() -> Alarm {
    Alarm {
        key: AlarmKey {
            account: Some(account_id("1")),
            kind: AlarmKind::Drift,
            about: "box".to_owned(),
        },
        what: "2 files differ.".to_owned(),
    }
}

#[tokio::test(start_paused = true)]
async fn what_a_verification_found_stands_until_a_verification_clears_it() {
    let mut it = Watched::new().await;
    let store = Arc::clone(&it.server.store);
    store.raise_alarm(&drift(), &[], ON).await.unwrap();
    it.live(HOUR, false).await;
    assert_eq!(it.heard(AlarmKind::Drift), [News::Fired]);
    store.clear_alarm(&drift().key, ON).await.unwrap();
    it.round().await;
    it.fired_and_cleared(AlarmKind::Drift).await;
}

#[tokio::test(start_paused = true)]
async fn news_waits_in_order_until_somebody_hears_it() {
    let mut it = Watched::new().await;
    let store = Arc::clone(&it.server.store);
    it.ear.away.store(true, Ordering::SeqCst);
    store.raise_alarm(&drift(), &[], ON).await.unwrap();
    it.live(3 * HOUR, false).await;
    let now_ms = it.server.machine.now_ms();
    store.clear_alarm(&drift().key, now_ms).await.unwrap();
    it.round().await;
    it.ear.away.store(false, Ordering::SeqCst);
    it.round().await;
    it.live(2 * HOUR, false).await;
    it.fired_and_cleared(AlarmKind::Drift).await;
}

#[tokio::test(start_paused = true)]
async fn of_two_watchmen_one_watches_and_the_other_takes_over() {
    let mut it = Watched::new().await;
    let store = Arc::clone(&it.server.store);
    let other = man(&it.server, &it.ear, &it.ahead, "two");
    let mut seen = Seen::default();
    store.raise_alarm(&drift(), &[], ON).await.unwrap();
    for _ in 0..5 {
        it.round().await;
        assert!(!other.round(&mut seen).await.unwrap());
        tokio::time::sleep(MINUTE).await;
    }
    tokio::time::sleep(3 * MINUTE).await;
    assert!(other.round(&mut seen).await.unwrap());
    assert!(!it.man.round(&mut it.seen).await.unwrap());
    assert_eq!(it.heard(AlarmKind::Drift), [News::Fired]);
}

#[tokio::test(start_paused = true)]
async fn a_digest_is_told_once_of_each_day_in_each_way() {
    let mut it = Watched::new().await;
    it.man.digest = Some(Every::Day);
    it.server.switch_on_without_history().await;
    let lost = Trouble::Refused(Error::new(Kind::Gone, "it is gone"));
    for (n, trouble) in [(0, None), (1, None), (2, Some(&lost))] {
        let plant = Plant::new(recording(&format!("r{n}"), ON + n * HOUR_MS));
        it.server.source().plant(match trouble {
            Some(trouble) => plant.troubled(1_000, trouble),
            None => plant,
        });
    }
    it.live(40 * HOUR, true).await;
    it.ear.away.store(true, Ordering::SeqCst);
    it.live(20 * HOUR, true).await;
    it.ear.away.store(false, Ordering::SeqCst);
    it.live(30 * HOUR, true).await;
    let heard = it.ear.digests.lock().unwrap().clone();
    for way in Way::ALL {
        let of_way: Vec<&Digest> = heard
            .iter()
            .filter(|it| it.0 == way)
            .map(|it| &it.1)
            .collect();
        // Every day once, the one too that nobody heard at first.
        assert!(of_way.len() >= 4, "{}", of_way.len());
        for pair in of_way.windows(2) {
            assert_eq!(pair[0].period.end_ms(), pair[1].period.start_ms());
        }
        let day = of_way.iter().find(|it| it.period.contains_ms(ON)).unwrap();
        let sum = day.sum();
        assert_eq!((sum.archived, sum.missing), (2, 1));
        assert!(!day.is_well() && day.companies.len() == 1);
        assert_eq!(of_way[0].companies[0].grown, None);
        assert_eq!(of_way.last().unwrap().companies[0].grown, Some(0));
    }
}

#[tokio::test(start_paused = true)]
async fn a_digest_of_the_future_was_told_by_a_wrong_clock() {
    let mut it = Watched::new().await;
    it.man.digest = Some(Every::Week);
    let told = domain::digest::Told {
        until_ms: ON + 4_000 * 24 * HOUR_MS,
        ..domain::digest::Told::default()
    };
    let told = domain::Secret::new(told.text());
    let store = &it.server.store;
    store
        .keep_setting("digest.mail", Some(&told))
        .await
        .unwrap();
    it.live(HOUR, false).await;
    let heard = it.ear.digests.lock().unwrap().len();
    assert_eq!(heard, 2);
}
