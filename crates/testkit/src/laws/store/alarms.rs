//! Laws of Alarms: each fires once, clears once, and is told to whoever is to
//! hear of it.

use std::time::Duration;

use domain::alarm::{Alarm, AlarmKey, AlarmKind, News, Standing, Way};
use domain::ports::Store;
use futures::future::join_all;

use crate::builders::{T0, account_id};

fn alarm(account: Option<&str>, kind: AlarmKind, about: &str) -> Alarm {
    Alarm {
        key: AlarmKey {
            account: account.map(account_id),
            kind,
            about: about.to_owned(),
        },
        what: "It is \u{1f514} so.".to_owned(),
    }
}

fn silence() -> Alarm {
    alarm(Some("1"), AlarmKind::Silence, "1/account")
}

/// What is to be told, without ids.
async fn news<S: Store>(store: &S, way: Way) -> Vec<(AlarmKind, News, i64)> {
    let notices = store.notices(way, i64::MAX, 100).await.unwrap();
    let told = notices.iter();
    told.map(|it| (it.alarm.key.kind, it.news, it.at_ms))
        .collect()
}

/// Saying it again changes nothing but its sentence; what does not stand is
/// not cleared.
pub async fn an_alarm_is_raised_once_and_cleared_once<S: Store>(store: &S) {
    let mut alarm = silence();
    let mut raised = 0;
    for n in 0..3 {
        alarm.what = format!("It has been so for {n} hours.");
        let new = store.raise_alarm(&alarm, &[Way::Mail], T0 + n).await;
        raised += u32::from(new.unwrap());
    }
    assert_eq!(raised, 1);
    let standing = Standing {
        alarm: alarm.clone(),
        since_ms: T0,
    };
    assert_eq!(store.alarms().await.unwrap(), [standing]);
    let many = (0..8).map(|_| store.clear_alarm(&alarm.key, T0 + 9));
    let cleared = join_all(many).await.into_iter().map(Result::unwrap);
    assert_eq!(cleared.filter(|it| *it).count(), 1);
    assert_eq!(store.alarms().await.unwrap(), []);
    let (fired, over) = (News::Fired, News::Cleared);
    let told = [(alarm.key.kind, fired, T0), (alarm.key.kind, over, T0 + 9)];
    assert_eq!(news(store, Way::Mail).await, told);
    assert!(store.raise_alarm(&alarm, &[], T0 + 10).await.unwrap());
}

/// News carries the alarm, and goes to those ways alone that were named.
pub async fn each_way_hears_that_it_fired_and_that_it_is_over<S: Store>(store: &S) {
    let (both, one, none) = (
        alarm(Some("1"), AlarmKind::Full, "box"),
        alarm(Some("1"), AlarmKind::Dying, "1/101"),
        alarm(None, AlarmKind::Stalled, ""),
    );
    store.raise_alarm(&both, &Way::ALL, T0).await.unwrap();
    store.raise_alarm(&one, &[Way::Webhook], T0).await.unwrap();
    store.raise_alarm(&none, &[], T0).await.unwrap();
    for cleared in [&both, &one, &none] {
        assert!(store.clear_alarm(&cleared.key, T0 + 1).await.unwrap());
    }
    let mail = store.notices(Way::Mail, T0 + 1, 100).await.unwrap();
    let told: Vec<_> = mail
        .iter()
        .map(|it| (it.news, it.at_ms, it.tries))
        .collect();
    assert_eq!(told, [(News::Fired, T0, 0), (News::Cleared, T0 + 1, 0)]);
    assert!(mail.iter().all(|it| it.alarm == both));
    assert_eq!(news(store, Way::Webhook).await.len(), 4);
}

/// A way that was set up later hears of what stands, once; and when it is over.
pub async fn a_way_that_is_new_hears_of_what_stands<S: Store>(store: &S) {
    let alarm = silence();
    store.raise_alarm(&alarm, &[], T0).await.unwrap();
    for n in 1..4 {
        let new = store.raise_alarm(&alarm, &[Way::Mail], T0 + n).await;
        assert!(!new.unwrap());
    }
    let kind = alarm.key.kind;
    assert_eq!(news(store, Way::Mail).await, [(kind, News::Fired, T0 + 1)]);
    store.clear_alarm(&alarm.key, T0 + 5).await.unwrap();
    assert_eq!(news(store, Way::Mail).await.len(), 2);
}

/// It comes in its order, waits when it is postponed, and ends when it is told.
pub async fn news_is_there_until_it_is_ended<S: Store>(store: &S) {
    for (n, about) in (0..).zip(["b", "a", "c"]) {
        let alarm = alarm(Some("1"), AlarmKind::Silence, about);
        store.raise_alarm(&alarm, &Way::ALL, T0 + n).await.unwrap();
    }
    let read = async |now_ms, limit| store.notices(Way::Mail, now_ms, limit).await.unwrap();
    assert_eq!(read(T0 - 1, 9).await, []);
    let first = read(T0 + 9, 2).await;
    let abouts: Vec<&str> = first.iter().map(|it| it.alarm.key.about.as_str()).collect();
    assert_eq!(abouts, ["b", "a"]);
    let ids: Vec<String> = first.iter().map(|it| it.id.clone()).collect();
    for n in 1..3 {
        store.postpone_notices(&ids, T0 + 100 * n).await.unwrap();
    }
    assert_eq!(read(T0 + 199, 9).await.len(), 1);
    let later = read(T0 + 200, 9).await;
    assert_eq!(
        later.iter().map(|it| it.tries).collect::<Vec<_>>(),
        [2, 2, 0]
    );
    for _ in 0..2 {
        store.end_notices(&ids).await.unwrap();
    }
    assert_eq!(read(T0 + 200, 9).await.len(), 1);
    assert_eq!(news(store, Way::Webhook).await.len(), 3);
}

/// A company sees its own; the server's belong to nobody.
pub async fn alarms_belong_to_a_company_or_to_the_server<S: Store>(store: &S) {
    let all = [
        alarm(None, AlarmKind::Stalled, ""),
        alarm(Some("1"), AlarmKind::Dying, "x"),
        alarm(Some("1"), AlarmKind::Silence, "x"),
        alarm(Some("2"), AlarmKind::Silence, "x"),
    ];
    for alarm in all.iter().rev() {
        assert!(store.raise_alarm(alarm, &[], T0).await.unwrap());
    }
    let only = |standing: Vec<Standing>| -> Vec<Alarm> {
        standing.into_iter().map(|it| it.alarm).collect()
    };
    assert_eq!(only(store.alarms().await.unwrap()), all);
    let of = async |account: Option<&str>| {
        let account = account.map(account_id);
        only(store.alarms_of(account.as_ref()).await.unwrap())
    };
    assert_eq!(of(None).await, all[..1]);
    assert_eq!(of(Some("1")).await, all[1..3]);
    assert_eq!(of(Some("2")).await, all[3..]);
    assert_eq!(of(Some("3")).await, []);
    store.clear_alarm(&all[2].key, T0).await.unwrap();
    assert_eq!(of(Some("2")).await, all[3..]);
}

/// One process watches; it may go on, and another takes over when its lease
/// has run out.
pub async fn one_watches_at_a_time<S: Store>(store: &S) {
    let long = Duration::from_hours(1);
    let many = ["a", "b", "c", "d"].map(|it| store.take_watch(it, long));
    let taken: Vec<bool> = join_all(many)
        .await
        .into_iter()
        .map(Result::unwrap)
        .collect();
    assert_eq!(taken.iter().filter(|it| **it).count(), 1, "{taken:?}");
    let holder = ["a", "b", "c", "d"][taken.iter().position(|it| *it).unwrap()];
    assert!(store.take_watch(holder, long).await.unwrap());
    assert!(!store.take_watch("other", long).await.unwrap());
    assert!(store.take_watch(holder, Duration::ZERO).await.unwrap());
    assert!(store.take_watch("other", long).await.unwrap());
}
