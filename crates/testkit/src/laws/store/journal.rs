//! Laws of `Journal`: what happened, as the LOG page tells it.

use domain::event::{Event, Level};
use domain::ports::Store;
use domain::window::{HOUR_MS, Window};

use super::stage::{Stage, always};
use crate::builders::{T0, event, hours};

async fn write<S: Store>(stage: &Stage<'_, S>, events: &[Event]) {
    let (store, account) = (stage.store, &stage.account);
    let written = store.write(account, &stage.backup.id, events).await;
    written.unwrap();
}

async fn read<S: Store>(stage: &Stage<'_, S>, window: Window, limit: u32) -> Vec<Event> {
    let (store, account) = (stage.store, &stage.account);
    let events = store.events(account, &stage.backup.id, window, limit);
    events.await.unwrap()
}

/// Newest first; of two at the same time the later written; no more than
/// asked for; each Backup its own.
pub async fn events_come_newest_first<S: Store>(store: &S) {
    let stage = Stage::set(store, "1").await;
    let second = stage.another("1:box").await;
    let first = [event("a", T0), event("b", T0 + 1), event("c", T0 + 1)];
    write(&stage, &first).await;
    write(&stage, &[]).await;
    write(&stage, &[event("d", T0 + 1), event("e", T0 + 2)]).await;
    let all = read(&stage, always(), 100).await;
    let told: String = all.iter().map(|it| it.what.as_str()).collect();
    assert_eq!(told, "edcba");
    assert_eq!(read(&stage, always(), 2).await, all[..2]);
    assert_eq!(read(&second, always(), 100).await, []);
}

/// An Event belongs to the window of what it is about, whenever it happened.
pub async fn events_belong_to_a_window<S: Store>(store: &S) {
    let stage = Stage::set(store, "1").await;
    let late = Event {
        belongs_ms: T0 + HOUR_MS - 1,
        ..event("late", T0 + 9 * HOUR_MS)
    };
    let first = event("first", T0);
    let next = event("next", T0 + HOUR_MS);
    write(&stage, &[late.clone(), first.clone(), next.clone()]).await;
    assert_eq!(read(&stage, hours(0, 1), 9).await, [late, first]);
    assert_eq!(read(&stage, hours(1, 2), 9).await, [next]);
}

/// Every level, and whatever the sentence says.
pub async fn an_event_comes_back_as_it_was_written<S: Store>(store: &S) {
    let stage = Stage::set(store, "1").await;
    let loud = [Level::Info, Level::Warning, Level::Error];
    let events: Vec<Event> = (T0..)
        .zip(loud)
        .map(|(at_ms, level)| Event {
            at_ms,
            level,
            about: "recordings/1%2F2".to_owned(),
            belongs_ms: at_ms - 1,
            what: "it's “done” – 100 % \\ $1".to_owned(),
        })
        .collect();
    write(&stage, &events).await;
    let mut back = read(&stage, always(), 9).await;
    back.reverse();
    assert_eq!(back, events);
}
