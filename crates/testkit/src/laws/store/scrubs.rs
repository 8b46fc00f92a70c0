//! Laws of `Scrubs`: one at a time cares for an archive, the longest waiting
//! first, and the census is what was listed last.

use std::collections::BTreeMap;
use std::time::Duration;

use domain::census::{CensusDay, day_of};
use domain::connection::{Backup, Connection};
use domain::data_type::DataType;
use domain::ports::{Scrubbed, Store};
use domain::scrub::{Scrub, absurd_ms};
use domain::window::{DAY_MS, Window};

use super::stage::{Stage, always};
use crate::builders::T0;

const LONG: Duration = Duration::from_hours(1);

impl<S: Store> Stage<'_, S> {
    /// Switches the Backup ON, in a Connection that a person made.
    async fn on(&self) {
        let connection = Connection {
            connected: true,
            headless: false,
            ..self.connection.clone()
        };
        let backup = Backup {
            enabled: true,
            ..self.backup.clone()
        };
        let store = self.store;
        store.keep_connection(&connection, T0).await.unwrap();
        store.keep_backup(&backup, T0).await.unwrap();
    }
}

async fn claim<S: Store>(store: &S, holder: &str, now_ms: i64) -> Option<Scrubbed> {
    let absurd_ms = absurd_ms(now_ms);
    let claimed = store.claim_scrub(holder, LONG, now_ms, absurd_ms).await;
    claimed.unwrap()
}

/// Only what is ON and connected by people has a turn, and one has it at a
/// time; given back, it comes again when it is due.
pub async fn a_scrub_has_one_holder_and_comes_again<S: Store>(store: &S) {
    let stage = Stage::set(store, "1").await;
    let (account, backup) = (&stage.account, &stage.backup.id);
    let off = Backup {
        enabled: false,
        ..stage.backup.clone()
    };
    store.keep_backup(&off, T0).await.unwrap();
    assert_eq!(claim(store, "a", T0).await, None);
    stage.on().await;
    let claimed = claim(store, "a", T0).await.unwrap();
    assert_eq!((&claimed.account, &claimed.backup), (account, backup));
    assert_eq!(claimed.scrub, Scrub::default());
    assert_eq!(claim(store, "b", T0).await, None);
    assert!(store.beat_scrub(account, backup, "a", LONG).await.unwrap());
    assert!(!store.beat_scrub(account, backup, "b", LONG).await.unwrap());
    let scrub = Scrub {
        looked_ms: Some(T0),
        after: "Archive/101 Ann O'Neill/a.mp3".to_owned(),
        files: 7,
        ..Scrub::default()
    };
    let keep = |holder: &'static str, due_ms| {
        let scrub = scrub.clone();
        async move {
            let kept = store.keep_scrub(account, backup, holder, &scrub, due_ms);
            kept.await.unwrap()
        }
    };
    assert!(!keep("b", None).await);
    assert_eq!(
        store.scrub(account, backup).await.unwrap(),
        Scrub::default()
    );
    assert!(keep("a", None).await);
    assert_eq!(claim(store, "b", T0).await, None);
    assert!(keep("a", Some(T0 + DAY_MS)).await);
    assert_eq!(store.scrub(account, backup).await.unwrap(), scrub);
    assert!(!keep("a", None).await, "the lease was given back");
    assert_eq!(claim(store, "b", T0 + DAY_MS - 1).await, None);
    let again = claim(store, "b", T0 + DAY_MS).await.unwrap();
    assert_eq!(again.scrub, scrub);
}

/// What was planned for a time that nobody plans for is due.
pub async fn a_scrub_planned_for_years_ahead_is_due<S: Store>(store: &S) {
    let stage = Stage::set(store, "1").await;
    stage.on().await;
    let (account, backup) = (&stage.account, &stage.backup.id);
    let claimed = claim(store, "a", T0).await.unwrap();
    let far = Some(T0 + 3_650 * DAY_MS);
    let kept = store.keep_scrub(account, backup, "a", &claimed.scrub, far);
    assert!(kept.await.unwrap());
    assert!(claim(store, "b", T0).await.is_some());
}

/// The one that has waited longest comes first, across companies; nothing is
/// told of another's.
pub async fn the_longest_waiting_archive_is_scrubbed_first<S: Store>(store: &S) {
    let first = Stage::set(store, "1").await;
    let second = Stage::set(store, "2").await;
    first.on().await;
    second.on().await;
    let one = claim(store, "a", T0).await.unwrap();
    let other = claim(store, "a", T0).await.unwrap();
    assert_ne!(one.backup, other.backup);
    assert_eq!(claim(store, "a", T0).await, None);
    for (claimed, due_ms) in [(&one, T0 + 2), (&other, T0 + 1)] {
        let (account, backup) = (&claimed.account, &claimed.backup);
        let kept = store.keep_scrub(account, backup, "a", &claimed.scrub, Some(due_ms));
        assert!(kept.await.unwrap());
    }
    let next = claim(store, "b", T0 + 5).await.unwrap();
    assert_eq!(next.backup, other.backup);
    let foreign = store.beat_scrub(&first.account, &second.backup.id, "b", LONG);
    assert!(!foreign.await.unwrap());
    let foreign = store.scrub(&first.account, &second.backup.id).await;
    assert_eq!(foreign.unwrap(), Scrub::default());
}

/// A day is what was listed last, whatever is written later.
pub async fn a_census_is_what_was_listed_last<S: Store>(store: &S) {
    let stage = Stage::set(store, "1").await;
    let (account, backup) = (&stage.account, &stage.backup.id);
    let today = day_of(T0);
    let day = |number: i64, at_ms: i64, units: u64| CensusDay {
        day_ms: today + number * DAY_MS,
        at_ms,
        listed: BTreeMap::from([(DataType::Sms, units), (DataType::Fax, 1)]),
    };
    let keep = |days: Vec<CensusDay>| async move {
        store.keep_census(account, backup, &days).await.unwrap();
    };
    keep(vec![day(2, T0, 5), day(-1, T0, 1), day(1, T0, 4)]).await;
    keep(vec![day(1, T0 - 1, 9), day(2, T0 + 1, 6)]).await;
    keep(Vec::new()).await;
    let all = store.census(account, backup, always()).await.unwrap();
    assert_eq!(all, [day(-1, T0, 1), day(1, T0, 4), day(2, T0 + 1, 6)]);
    keep(vec![day(7, T0 + 400 * DAY_MS, 1)]).await;
    keep(vec![day(7, T0 + 1, 3)]).await;
    let week = Window::from_ms(today + 7 * DAY_MS, today + 8 * DAY_MS).unwrap();
    let some = store.census(account, backup, week).await.unwrap();
    assert_eq!(some, [day(7, T0 + 1, 3)], "the clock was wrong");
    let window = Window::from_ms(today + DAY_MS, today + 2 * DAY_MS).unwrap();
    let some = store.census(account, backup, window).await.unwrap();
    assert_eq!(some, [day(1, T0, 4)]);
    let other = Stage::set(store, "2").await;
    let foreign = store.census(&other.account, backup, always()).await;
    assert!(foreign.unwrap().is_empty());
    let many = (0..1_200).rev().map(|it| day(3 - it, T0 + 9, 2));
    let mut many: Vec<CensusDay> = many.collect();
    keep(many.clone()).await;
    many.push(day(7, T0 + 1, 3));
    let ever = Window::from_ms(0, T0 + 9 * DAY_MS).unwrap();
    let all = store.census(account, backup, ever).await.unwrap();
    assert_eq!(all, many);
}
