//! Laws of `Coverage`: whose data is archived since when and up to when.

use std::collections::BTreeMap;

use domain::account::{Extension, ExtensionId};
use domain::coverage::{Cover, Hidden, Lost, Reached};
use domain::data_type::DataType;
use domain::item::Item;
use domain::lane::Lane;
use domain::ledger::{Count, Outcome, Pending};
use domain::ports::Store;
use domain::task::Listing;
use domain::window::{DAY_MS, HOUR_MS, Window};

use super::stage::{Stage, always};
use crate::builders::{
    T0, extension, extension_id, failed, hours, of, picture, recording, sms, voicemail,
};

impl<S: Store> Stage<'_, S> {
    /// What is covered, which must add up to what the Ledger counts, and person
    /// by person to the days.
    async fn covers(&self) -> Vec<Cover> {
        let (store, account) = (self.store, &self.account);
        let covers = store.coverage(account, &self.backup).await.unwrap();
        let mut sums: BTreeMap<DataType, Count> = BTreeMap::new();
        for it in &covers {
            let sum = sums.entry(it.data_type).or_default();
            *sum = sum.plus(it.count);
            let days = self.days_of(it.extension.as_ref(), always()).await;
            let days = days.values().filter_map(|day| day.get(&it.data_type));
            let days = days.fold(Count::default(), |sum, &one| sum.plus(one));
            assert_eq!(days, it.count);
        }
        assert_eq!(sums, self.counts().await);
        covers
    }

    async fn days_of(
        &self,
        person: Option<&ExtensionId>,
        window: Window,
    ) -> BTreeMap<i64, BTreeMap<DataType, Count>> {
        let (store, account) = (self.store, &self.account);
        let days = store.days_of_person(account, &self.backup, person, window);
        days.await.unwrap()
    }
}

fn nobodys(item: Item) -> Item {
    Item {
        extension: None,
        ..item
    }
}

/// Each person and type by itself, with the own times of what is archived; and
/// it follows what becomes of the Entries.
pub async fn what_is_covered_is_counted_by_person<S: Store>(store: &S) {
    let stage = Stage::set(store, "1").await;
    assert_eq!(stage.covers().await, []);
    let text = sms("1", T0);
    let parts = [picture("1", "1", T0), picture("1", "2", T0)];
    let early = of("102", voicemail("2", T0 - 40 * DAY_MS));
    let late = of("102", voicemail("3", T0 + HOUR_MS));
    let lost = nobodys(recording("4", T0));
    stage
        .note_ready(&[text.clone(), parts[0].clone(), parts[1].clone()])
        .await;
    stage.note_ready(&[early.clone(), late.clone()]).await;
    stage.note_ready(std::slice::from_ref(&lost)).await;
    stage.archive(&early, b"sound", T0).await;
    stage.archive(&late, b"longer sound", T0).await;
    stage.archive(&text, b"text", T0).await;
    stage.archive(&parts[0], b"picture", T0).await;
    stage
        .settle(&parts[1], failed(Pending::Failed, T0 + HOUR_MS), T0)
        .await;
    let cause = "gone".to_owned();
    stage.settle(&lost, Outcome::Missing { cause }, T0).await;
    let covers = stage.covers().await;
    let told: Vec<_> = covers
        .iter()
        .map(|it| {
            let person = it.extension.as_ref().map(ExtensionId::as_str);
            (person, it.data_type, it.first_ms, it.last_ms)
        })
        .collect();
    assert_eq!(
        told,
        [
            (None, DataType::CallRecording, None, None),
            (Some("101"), DataType::Sms, Some(T0), Some(T0)),
            (
                Some("102"),
                DataType::Voicemail,
                Some(early.at_ms),
                Some(late.at_ms)
            ),
        ]
    );
    assert_eq!((covers[0].count.missing, covers[0].count.files), (1, 0));
    let texts = covers[1].count;
    assert_eq!((texts.pending, texts.archived, texts.files), (1, 0, 2));
    assert_eq!((covers[2].count.archived, covers[2].count.bytes), (2, 17));
    stage.archive(&parts[1], b"picture", T0).await;
    let texts = stage.covers().await[1].count;
    assert_eq!((texts.pending, texts.archived, texts.files), (0, 1, 3));
    // One day of one person.
    let day = Window::from_ms(early.at_ms - 1, early.at_ms + DAY_MS).unwrap();
    let person = extension_id("102");
    let days = stage.days_of(Some(&person), day).await;
    assert_eq!(days.len(), 1);
    assert!(
        stage
            .days_of(Some(&extension_id("101")), day)
            .await
            .is_empty()
    );
    // Another Backup and another company have nothing of it.
    let second = stage.another("1:other").await;
    assert_eq!(second.covers().await, []);
    let other = Stage::set(store, "2").await;
    let foreign = store.coverage(&other.account, &stage.backup).await;
    assert_eq!(foreign.unwrap(), []);
}

/// A later listing may know whose a recording is.
pub async fn who_it_belongs_to_may_turn_out_later<S: Store>(store: &S) {
    let stage = Stage::set(store, "1").await;
    let call = recording("1", T0);
    stage.note_ready(&[nobodys(call.clone())]).await;
    stage.archive(&call, b"sound", T0).await;
    assert_eq!(stage.covers().await[0].extension, None);
    stage.note_ready(&[call]).await;
    let covers = stage.covers().await;
    assert_eq!(covers.len(), 1);
    assert_eq!(covers[0].extension, Some(extension_id("101")));
    assert_eq!(covers[0].count.archived, 1);
}

/// Oldest first, those that touch the window.
pub async fn listings_are_the_rows_without_their_counts<S: Store>(store: &S) {
    let stage = Stage::set(store, "1").await;
    let (account, id) = (&stage.account, &stage.backup.id);
    let day = Window::from_ms(T0 - DAY_MS, T0).unwrap();
    let rows = [hours(1, 2), day, hours(0, 1)];
    store.open_tasks(account, id, &rows).await.unwrap();
    let done = store.set_listing(account, &stage.backup, hours(0, 1), Listing::Done);
    done.await.unwrap();
    let told = async |window| store.listings(account, id, window).await.unwrap();
    assert_eq!(
        told(Window::EVER).await,
        [
            (day, Listing::Due),
            (hours(0, 1), Listing::Done),
            (hours(1, 2), Listing::Due)
        ]
    );
    let last_hour = Window::from_ms(T0 - HOUR_MS, T0).unwrap();
    assert_eq!(told(last_hour).await, [(day, Listing::Due)]);
    assert_eq!(told(hours(2, 3)).await, []);
    let other = Stage::set(store, "2").await;
    let foreign = store.listings(&other.account, id, Window::EVER).await;
    assert_eq!(foreign.unwrap(), []);
}

/// By lane and type.
pub async fn marks_are_told_together<S: Store>(store: &S) {
    let stage = Stage::set(store, "1").await;
    let (account, id) = (&stage.account, &stage.backup.id);
    assert_eq!(store.marks(account, id).await.unwrap(), []);
    let box_of = Lane::Messages(extension_id("101"));
    for (lane, of, to_ms) in [
        (&box_of, DataType::Voicemail, T0),
        (&box_of, DataType::Fax, T0 + 1),
        (&Lane::AccountCalls, DataType::CallRecording, T0 + 2),
    ] {
        let advanced = store.advance_mark(account, id, lane, of, to_ms);
        advanced.await.unwrap();
    }
    let reached = |lane: &str, data_type, to_ms| Reached {
        lane: lane.to_owned(),
        data_type,
        to_ms,
    };
    assert_eq!(
        store.marks(account, id).await.unwrap(),
        [
            reached("calls", DataType::CallRecording, T0 + 2),
            reached("messages/101", DataType::Fax, T0 + 1),
            reached("messages/101", DataType::Voicemail, T0),
        ]
    );
    let other = Stage::set(store, "2").await;
    assert_eq!(store.marks(&other.account, id).await.unwrap(), []);
}

/// A lane that can be seen again is forgotten; one that was not asked for
/// stays; the first time counts, the newest cause.
pub async fn what_is_hidden_is_known_since_the_first_time<S: Store>(store: &S) {
    let stage = Stage::set(store, "1").await;
    let (account, id) = (&stage.account, &stage.backup.id);
    let hidden = |lane: &str, since_ms, cause: &str| Hidden {
        lane: lane.to_owned(),
        since_ms,
        cause: cause.to_owned(),
    };
    let keep = async |lanes: &[&str], now: &[Hidden]| {
        let lanes: Vec<String> = lanes.iter().map(|it| (*it).to_owned()).collect();
        store.keep_hidden(account, id, &lanes, now).await.unwrap();
        store.hidden(account, id).await.unwrap()
    };
    assert_eq!(keep(&["a", "b"], &[]).await, []);
    let both = [hidden("a", T0, "why"), hidden("b", T0, "why")];
    assert_eq!(keep(&["a", "b", "c"], &both).await, both);
    let later = hidden("a", T0 + 1, "another why");
    let now = keep(&["a"], &[later]).await;
    assert_eq!(now, [hidden("a", T0, "another why"), both[1].clone()]);
    assert_eq!(keep(&["a", "c"], &[]).await, [both[1].clone()]);
    let other = Stage::set(store, "2").await;
    assert_eq!(store.hidden(&other.account, id).await.unwrap(), []);
}

/// By person, type and cause, the most first; of this Backup alone.
pub async fn what_is_lost_is_told_by_cause<S: Store>(store: &S) {
    let stage = Stage::set(store, "1").await;
    let parts = [picture("1", "1", T0), picture("1", "2", T0)];
    let call = nobodys(recording("2", T0));
    let kept = voicemail("3", T0);
    stage.note_ready(&parts).await;
    stage.note_ready(&[call.clone(), kept.clone()]).await;
    stage.archive(&kept, b"sound", T0).await;
    for (item, cause) in [
        (&parts[0], "erased"),
        (&parts[1], "erased"),
        (&call, "gone"),
    ] {
        let cause = cause.to_owned();
        stage.settle(item, Outcome::Missing { cause }, T0).await;
    }
    let lost = |extension: Option<&str>, data_type, cause: &str, files| Lost {
        extension: extension.map(extension_id),
        data_type,
        cause: cause.to_owned(),
        files,
    };
    let all = [
        lost(Some("101"), DataType::Sms, "erased", 2),
        lost(None, DataType::CallRecording, "gone", 1),
    ];
    let told = async |stage: &Stage<'_, S>, limit| {
        let lost = store.lost_by_cause(&stage.account, &stage.backup, limit);
        lost.await.unwrap()
    };
    assert_eq!(told(&stage, 10).await, all);
    assert_eq!(told(&stage, 1).await, all[..1]);
    assert_eq!(told(&stage.another("1:other").await, 10).await, []);
    assert_eq!(told(&Stage::set(store, "2").await, 10).await, []);
}

/// Since the first listing without them; who comes back is no leaver.
pub async fn who_has_left_is_told<S: Store>(store: &S) {
    let stage = Stage::set(store, "1").await;
    let (account, people) = (&stage.account, ["101", "102"].map(extension));
    let listed = async |all: &[Extension], at_ms| {
        store.keep_extensions(account, all, at_ms).await.unwrap();
        store.leavers(account).await.unwrap()
    };
    let gone = BTreeMap::from([(extension_id("102"), T0 + 1)]);
    assert_eq!(listed(&people, T0).await, BTreeMap::new());
    assert_eq!(listed(&people[..1], T0 + 1).await, gone);
    assert_eq!(listed(&people[..1], T0 + 2).await, gone);
    let other = Stage::set(store, "2").await;
    let foreign = store.leavers(&other.account).await.unwrap();
    assert_eq!(foreign, BTreeMap::new());
    assert_eq!(listed(&people, T0 + 3).await, BTreeMap::new());
}
