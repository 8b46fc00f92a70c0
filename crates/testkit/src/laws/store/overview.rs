//! Laws of `Overview`: what people are shown of a Backup as a whole.

use std::collections::BTreeMap;
use std::time::Duration;

use domain::data_type::DataType;
use domain::headway::{Headway, Sample, Trail};
use domain::item::Standing;
use domain::ledger::{Count, Outcome, Pending};
use domain::ports::{Retry, Store, Totals};
use domain::retention::Retention;
use domain::window::{DAY_MS, HOUR_MS, Window};

use super::stage::{Stage, always};
use crate::builders::{T0, failed, picture, ready, recording, sighting, sms, voicemail};

const LONG: Duration = Duration::from_hours(1);

impl<S: Store> Stage<'_, S> {
    /// The sums, which must be what counting says, however often they were
    /// asked for before.
    async fn sums(&self) -> Totals {
        let mut totals = self.totals().await;
        totals.counts.retain(|_, count| *count != Count::default());
        assert_eq!(totals.counts, self.counts().await);
        let mut oldest = BTreeMap::new();
        for open in self.open().await {
            if open.state.word() == "pending" {
                oldest.entry(open.data_type).or_insert(open.at_ms);
            }
        }
        assert_eq!(totals.oldest, oldest);
        self.days_add_up(&totals).await;
        totals
    }

    /// The days are the sums, each with its own window's counts.
    async fn days_add_up(&self, totals: &Totals) {
        let (store, account) = (self.store, &self.account);
        let days = store.by_day(account, &self.backup, always()).await.unwrap();
        let mut sum = Count::default();
        for (&day_ms, counts) in &days {
            let day = Window::from_ms(day_ms, day_ms + DAY_MS).unwrap();
            let counted = store.counts(account, &self.backup, day).await.unwrap();
            assert_eq!(*counts, counted);
            let one = store.by_day(account, &self.backup, day).await.unwrap();
            assert_eq!(one, BTreeMap::from([(day_ms, counted)]));
            sum = counts.values().fold(sum, |sum, &one| sum.plus(one));
        }
        assert_eq!(sum, totals.sum());
    }

    async fn totals(&self) -> Totals {
        let totals = self.store.totals(&self.account, &self.backup);
        totals.await.unwrap()
    }
}

/// The sums follow every way in which an Entry can change: noted, failed,
/// archived, missing, excluded and taken in later, tried again one by one and
/// by the window.
pub async fn sums_are_exact_after_every_change<S: Store>(store: &S) {
    let stage = Stage::set(store, "1").await;
    assert_eq!(stage.sums().await, Totals::default());
    let old = recording("1", T0 - 80 * DAY_MS);
    let before_time = voicemail("2", -3 * DAY_MS - 1);
    let text = sms("3", T0);
    let parts = [picture("3", "1", T0), picture("3", "2", T0)];
    let ruled = recording("4", T0 + HOUR_MS);
    stage
        .note_ready(&[old.clone(), text.clone(), parts[0].clone()])
        .await;
    stage.sums().await;
    stage.note_ready(std::slice::from_ref(&before_time)).await;
    let page = [
        sighting(&ruled, Standing::Excluded("rule")),
        ready(&parts[1]),
    ];
    stage.note(&page, T0).await;
    let totals = stage.totals().await;
    assert_eq!(totals.sum().pending, 3);
    assert_eq!(totals.oldest[&DataType::Voicemail], before_time.at_ms);
    stage.archive(&old, b"sound", T0).await;
    let totals = stage.sums_within().await;
    assert!(!totals.oldest.contains_key(&DataType::CallRecording));
    assert_eq!((totals.sum().files, totals.sum().bytes), (1, 5));
    stage.archive(&text, b"text", T0).await;
    stage
        .settle(&parts[0], failed(Pending::Failed, T0 + HOUR_MS), T0)
        .await;
    let cause = "gone".to_owned();
    stage
        .settle(&parts[1], Outcome::Missing { cause }, T0)
        .await;
    stage.sums_within().await;
    stage.archive(&parts[0], b"picture", T0).await;
    let totals = stage.sums_within().await;
    assert_eq!(totals.counts[&DataType::Sms].missing, 1);
    let retry = |what: Retry| async move {
        let (account, backup) = (&stage.account, &stage.backup);
        let retried = stage.store.retry(account, backup, &what, T0 + 1).await;
        assert_eq!(retried.unwrap(), 1, "{what:?}");
        stage
    };
    let stage = retry(Retry::One(parts[1].id.key())).await;
    assert_eq!(stage.sums_within().await.counts[&DataType::Sms].pending, 1);
    let cause = "gone".to_owned();
    stage
        .settle(&parts[1], Outcome::Missing { cause }, T0)
        .await;
    stage.sums_within().await;
    let day = Window::from_ms(T0 - 1, T0 + 1).unwrap();
    let days: Vec<_> = (0..100)
        .map(|n| sms(&format!("d{n}"), T0 - 300 * DAY_MS + n * DAY_MS))
        .collect();
    stage.note_ready(&days).await;
    let pending = stage.sums_within().await.counts[&DataType::Sms].pending;
    assert_eq!(pending, 100);
    let (account, backup) = (&stage.account, &stage.backup);
    let again = Retry::Window(day);
    store.retry(account, backup, &again, T0).await.unwrap();
    let pending = stage.sums_within().await.counts[&DataType::Sms].pending;
    assert_eq!(pending, 101);
    stage.note(&[ready(&ruled)], T0 + 1).await;
    let totals = stage.sums_within().await;
    assert_eq!(totals.counts[&DataType::CallRecording].pending, 1);
}

impl<S: Store> Stage<'_, S> {
    /// The sums, beside what lies before the time of these laws.
    async fn sums_within(&self) -> Totals {
        let totals = self.totals().await;
        let ever = self.counts_in(Window::EVER).await;
        let mut counts = totals.counts.clone();
        counts.retain(|_, count| *count != Count::default());
        assert_eq!(counts, ever);
        totals
    }
}

/// Two Backups of one place: what one changes is seen in the sums of the
/// other, and only what is its own.
pub async fn sums_are_those_of_the_backup<S: Store>(store: &S) {
    let first = Stage::set(store, "1").await;
    let second = first.another("1:box").await;
    let (both, one) = (recording("1", T0), recording("2", T0));
    first.note_ready(&[both.clone(), one]).await;
    assert_eq!(first.sums().await.sum().pending, 2);
    assert_eq!(second.sums().await.sum(), Count::default());
    second.note_ready(std::slice::from_ref(&both)).await;
    assert_eq!(second.sums().await.sum().pending, 1);
    second.archive(&both, b"sound", T0).await;
    assert_eq!(second.sums().await.sum().archived, 1);
    let sum = first.sums().await.sum();
    assert_eq!((sum.archived, sum.pending), (1, 1));
    let other = Stage::set(store, "2").await;
    assert_eq!(other.sums().await, Totals::default());
    let foreign = store.totals(&other.account, &first.backup).await;
    assert_eq!(foreign.unwrap().sum(), Count::default());
    assert_eq!(first.counts_in(always()).await.len(), 1);
}

fn headway(attempt: i64, archived: u64) -> Headway {
    let sample = |at_ms, files| Sample {
        at_ms,
        files,
        bytes: files << 20,
    };
    Headway {
        attempt,
        began_ms: T0,
        listing: Window::from_ms(T0 - 7 * DAY_MS, T0),
        portions: 9,
        portions_done: 4,
        found: 70,
        archived,
        bytes: archived << 20,
        failed: 2,
        missing: 1,
        trail: Trail::of(vec![sample(T0, 3), sample(T0 + 10_000, archived)]),
    }
}

/// What a run writes down comes back; an older attempt writes nothing over a
/// newer one, and what is not held by a run at work is known to be so.
pub async fn a_headway_is_its_runs<S: Store>(store: &S) {
    let stage = Stage::set(store, "1").await;
    let (account, id) = (&stage.account, &stage.backup.id);
    assert_eq!(store.headway(account, id).await.unwrap(), None);
    let start = async || {
        let run = store.start_run(account, id, "worker", LONG).await;
        run.unwrap().unwrap()
    };
    let run = start().await;
    let first = headway(run.attempt, 7);
    store.keep_headway(account, id, &first).await.unwrap();
    let seen = store.headway(account, id).await.unwrap().unwrap();
    assert_eq!((seen.headway, seen.held), (first.clone(), true));
    assert!((0..60_000).contains(&seen.silent_ms), "{}", seen.silent_ms);
    let more = Headway {
        listing: None,
        ..headway(run.attempt, 8)
    };
    store.keep_headway(account, id, &more).await.unwrap();
    store.finish_run(account, &run).await.unwrap();
    let seen = store.headway(account, id).await.unwrap().unwrap();
    assert_eq!((seen.headway, seen.held), (more, false));
    let next = start().await;
    let seen = store.headway(account, id).await.unwrap().unwrap();
    assert!(!seen.held, "the next run has not said anything yet");
    let newer = headway(next.attempt, 1);
    store.keep_headway(account, id, &newer).await.unwrap();
    store.keep_headway(account, id, &first).await.unwrap();
    let seen = store.headway(account, id).await.unwrap().unwrap();
    assert_eq!((seen.headway, seen.held), (newer, true));
    let zero = store.beat(account, &next, Duration::ZERO).await;
    assert!(zero.unwrap());
    assert!(!store.headway(account, id).await.unwrap().unwrap().held);
    let other = Stage::set(store, "2").await;
    assert_eq!(store.headway(&other.account, id).await.unwrap(), None);
}

/// Whether a history rests is kept, and no timetable changes it.
pub async fn a_history_rests_until_it_goes_on<S: Store>(store: &S) {
    let stage = Stage::set(store, "1").await;
    let (account, id) = (&stage.account, &stage.backup.id);
    let rests = async || store.history_rests(account, id).await.unwrap();
    assert_eq!(rests().await, None);
    store.rest_history(account, id, Some(T0)).await.unwrap();
    let timetable = store.timetable(account, id).await.unwrap();
    let was = store.timetable(account, id).await.unwrap();
    let changed = store.change_timetable(account, id, &was, &timetable);
    assert!(changed.await.unwrap());
    store.keep_backup(&stage.backup, T0 + 1).await.unwrap();
    assert_eq!(rests().await, Some(T0));
    let other = Stage::set(store, "2").await;
    store.rest_history(&other.account, id, None).await.unwrap();
    let foreign = store.history_rests(&other.account, id).await;
    assert_eq!(foreign.unwrap(), None);
    assert_eq!(rests().await, Some(T0));
    store.rest_history(account, id, None).await.unwrap();
    assert_eq!(rests().await, None);
}

/// What the provider told of its retention is replaced as a whole.
pub async fn retention_is_as_it_was_told_last<S: Store>(store: &S) {
    let stage = Stage::set(store, "1").await;
    let account = &stage.account;
    assert_eq!(store.retention(account).await.unwrap(), None);
    let told = Retention([(DataType::CallRecording, 30), (DataType::Fax, 7)].into());
    store.keep_retention(account, &told, T0).await.unwrap();
    let kept = store.retention(account).await.unwrap();
    assert_eq!(kept, Some((told, T0)));
    let none = Retention::default();
    store.keep_retention(account, &none, T0 + 5).await.unwrap();
    let kept = store.retention(account).await.unwrap();
    assert_eq!(kept, Some((none, T0 + 5)));
    let other = Stage::set(store, "2").await;
    assert_eq!(store.retention(&other.account).await.unwrap(), None);
}
