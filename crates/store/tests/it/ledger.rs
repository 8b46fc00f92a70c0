//! What this Store does beyond the laws of the port.

use domain::connection::Backup;
use domain::data_type::DataType;
use domain::item::{Fetch, Item, Sighting};
use domain::ledger::{EntryState, Outcome, Pending};
use domain::ports::{Connections, Ledger, Noted};
use domain::window::{DAY_MS, HOUR_MS, Window};
use sqlx::Executor;
use store::Database;
use testkit::builders::{self, T0, archived, failed, recording};

use crate::home::on_both;

const CALLS: DataType = DataType::CallRecording;

/// A company with one Backup.
pub(crate) async fn company(store: &impl Connections, id: &str) -> Backup {
    let account = builders::account(id);
    let destination = builders::destination(&format!("memory:{id}"), &account.id);
    let connection = builders::connection("connection", &destination);
    let backup = builders::backup("backup", &connection);
    store.keep_account(&account, T0).await.unwrap();
    store.keep_destination(&destination).await.unwrap();
    store.keep_connection(&connection, T0).await.unwrap();
    store.keep_backup(&backup, T0).await.unwrap();
    backup
}

pub(crate) fn always() -> Window {
    Window::from_ms(T0 - 400 * DAY_MS, T0 + 400 * DAY_MS).unwrap()
}

pub(crate) fn page(items: &[Item]) -> Vec<Noted> {
    items
        .iter()
        .map(builders::ready)
        .map(builders::noted)
        .collect()
}

pub(crate) async fn note(store: &Database, backup: &Backup, items: &[Item], now_ms: i64) -> u64 {
    let page = page(items);
    let noted = store.note(&backup.account, backup, &page, &[], now_ms);
    noted.await.unwrap()
}

async fn settle(store: &Database, backup: &Backup, outcomes: &[(&Item, Outcome)], now_ms: i64) {
    let outcomes: Vec<_> = outcomes
        .iter()
        .map(|(item, outcome)| (item.id.clone(), outcome.clone()))
        .collect();
    let settled = store.settle(&backup.account, &backup.destination, &outcomes, now_ms);
    settled.await.unwrap();
}

#[tokio::test]
async fn one_file_proves_one_item_and_the_others_go_on() {
    on_both(|home| async move {
        let store = home.open().await;
        let backup = company(&store, "1").await;
        let [first, second, third, fourth] = ["1", "2", "3", "4"].map(|id| recording(id, T0));
        let items = [first, second, third, fourth];
        note(&store, &backup, &items, T0).await;
        let taken = archived("Archive/a.wav", b"same");
        settle(&store, &backup, &[(&items[0], taken.clone())], T0).await;
        let batch = [
            (&items[1], taken.clone()),
            (&items[2], archived("Archive/b.wav", b"same")),
            (&items[3], archived("Archive/b.wav", b"same")),
        ];
        settle(&store, &backup, &batch, T0).await;
        // The holder may say it again.
        settle(&store, &backup, &[(&items[0], taken)], T0).await;

        let open = store
            .open_entries(&backup.account, &backup, always(), 9)
            .await
            .unwrap();
        let told: Vec<_> = open
            .iter()
            .map(|it| (it.item.as_str(), &it.state))
            .collect();
        let pending = EntryState::Pending(Pending::Failed);
        assert_eq!(
            told,
            [("recordings/2", &pending), ("recordings/4", &pending)]
        );
        assert!(
            open[0].cause.contains("belongs to another item"),
            "{}",
            open[0].cause
        );
        let shelved = store
            .shelved(&backup.account, &backup, always(), "", 9)
            .await
            .unwrap();
        assert_eq!(shelved.len(), 2);
        let next = store
            .next_due(&backup.account, &backup, always())
            .await
            .unwrap();
        assert_eq!(next, Some(T0 + HOUR_MS));
    })
    .await;
}

#[tokio::test]
async fn outcomes_of_one_item_take_effect_in_their_order() {
    on_both(|home| async move {
        let store = home.open().await;
        let backup = company(&store, "1").await;
        let item = recording("1", T0);
        note(&store, &backup, std::slice::from_ref(&item), T0).await;
        let twice = failed(Pending::Failed, T0);
        let batch = [(&item, twice.clone()), (&item, twice.clone())];
        settle(&store, &backup, &batch, T0).await;
        let due = store
            .due(&backup.account, &backup, CALLS, always(), T0, 9)
            .await
            .unwrap();
        assert_eq!(due[0].attempts, 2);
        let batch = [(&item, archived("Archive/a.wav", b"a")), (&item, twice)];
        settle(&store, &backup, &batch, T0).await;
        let open = store
            .open_entries(&backup.account, &backup, always(), 9)
            .await
            .unwrap();
        assert_eq!(open, []);
    })
    .await;
}

#[tokio::test]
async fn an_outcome_that_nobody_waits_for_is_an_error() {
    on_both(|home| async move {
        let store = home.open().await;
        let backup = company(&store, "1").await;
        let (known, unknown) = (recording("1", T0), recording("2", T0));
        note(&store, &backup, std::slice::from_ref(&known), T0).await;
        let outcomes = [&known, &unknown].map(|it| {
            (
                it.id.clone(),
                archived(&format!("Archive/{}", it.id.unit), b"a"),
            )
        });
        let settled = store
            .settle(&backup.account, &backup.destination, &outcomes, T0)
            .await;
        let error = settled.unwrap_err().to_string();
        assert!(error.contains("1 of the items were never noted"), "{error}");
        let due = store
            .due(&backup.account, &backup, CALLS, always(), T0, 9)
            .await
            .unwrap();
        assert_eq!(due.len(), 1, "the known one was not settled either");
    })
    .await;
}

#[tokio::test]
async fn after_a_long_outage_all_wake_in_the_order_of_their_own_time() {
    on_both(|home| async move {
        let store = home.open().await;
        let backup = company(&store, "1").await;
        let items: Vec<Item> = (0..4_500)
            .map(|n| recording(&format!("{n:04}"), T0 + n))
            .collect();
        note(&store, &backup, &items, T0).await;
        // The youngest wait least.
        let outcomes: Vec<_> = items
            .iter()
            .map(|it| {
                (
                    it,
                    failed(Pending::Reconnect, T0 + 10_000 - (it.at_ms - T0)),
                )
            })
            .collect();
        settle(&store, &backup, &outcomes, T0).await;
        let due = |now_ms| store.due(&backup.account, &backup, CALLS, always(), now_ms, 3);
        assert_eq!(due(T0 + 1_000).await.unwrap(), []);
        let next = store.next_due(&backup.account, &backup, always()).await;
        assert_eq!(next.unwrap(), Some(T0 + 10_000 - 4_499));
        let found = due(T0 + 10_000).await.unwrap();
        let units: Vec<_> = found.iter().map(|it| it.item.id.unit.as_str()).collect();
        assert_eq!(units, ["0000", "0001", "0002"]);
        // A clock that jumps back finds those again whose time it still is.
        let again = due(T0 + 10_000 - 4_499).await.unwrap();
        assert_eq!(again.len(), 1);
        assert_eq!(again[0].item.id.unit, "4499");
    })
    .await;
}

#[tokio::test]
async fn an_item_keeps_its_own_time_and_its_address() {
    on_both(|home| async move {
        let store = home.open().await;
        let backup = company(&store, "1").await;
        let item = recording("1", T0);
        note(&store, &backup, std::slice::from_ref(&item), T0).await;
        let moved = Item {
            at_ms: T0 + HOUR_MS,
            fetch: Fetch::Nothing,
            size: Some(7),
            ..item.clone()
        };
        assert_eq!(
            note(&store, &backup, std::slice::from_ref(&moved), T0 + 1).await,
            0
        );
        let due = store
            .due(&backup.account, &backup, CALLS, always(), T0, 9)
            .await
            .unwrap();
        let known = Item {
            size: Some(7),
            ..item
        };
        assert_eq!(due[0].item, known);
    })
    .await;
}

#[tokio::test]
async fn a_row_that_cannot_be_read_holds_nobody_up() {
    on_both(|home| async move {
        let store = home.open().await;
        let backup = company(&store, "1").await;
        let items = [recording("1", T0), recording("2", T0 + 1)];
        note(&store, &backup, &items, T0).await;
        let mut raw = home.raw().await;
        raw.execute("update item set facts = 'of a newer version' where item_key = 'recordings/1'")
            .await
            .unwrap();
        let due = |now_ms| store.due(&backup.account, &backup, CALLS, always(), now_ms, 1);
        assert_eq!(due(T0).await.unwrap(), []);
        let found = due(T0).await.unwrap();
        assert_eq!(found[0].item, items[1]);
        let open = store
            .open_entries(&backup.account, &backup, always(), 9)
            .await
            .unwrap();
        assert!(
            open[0].cause.contains("cannot be read"),
            "{}",
            open[0].cause
        );

        note(&store, &backup, &items, T0 + 2).await;
        let found = due(T0 + DAY_MS).await.unwrap();
        assert_eq!(found[0].item, items[0], "a listing mends it");
    })
    .await;
}

#[tokio::test]
async fn a_known_item_is_not_written_again_the_same_day() {
    on_both(|home| async move {
        let store = home.open().await;
        let backup = company(&store, "1").await;
        let item = recording("1", T0);
        for (now_ms, last_seen_ms) in [(T0, T0), (T0 + HOUR_MS, T0), (T0 + DAY_MS, T0 + DAY_MS)] {
            note(&store, &backup, std::slice::from_ref(&item), now_ms).await;
            let seen: i64 = sqlx::query_scalar("select last_seen_ms from item")
                .fetch_one(&mut home.raw().await)
                .await
                .unwrap();
            assert_eq!(seen, last_seen_ms);
        }
    })
    .await;
}

#[tokio::test]
async fn calls_are_kept_and_completed() {
    on_both(|home| async move {
        let store = home.open().await;
        let backup = company(&store, "1").await;
        let mut first = builders::call("c", T0);
        first.facts.seconds = Some(61);
        first.unfinished = true;
        let mut second = builders::call("c", T0);
        second.recordings = 1;
        second.result = "Accepted".to_owned();
        for call in [first, second] {
            let no_items: [Sighting; 0] = [];
            let noted: Vec<_> = no_items.map(builders::noted).into();
            let noted = store
                .note(&backup.account, &backup, &noted, &[call], T0)
                .await;
            assert_eq!(noted.unwrap(), 0);
        }
        let row: (String, String, i64, i64) =
            sqlx::query_as("select facts, result, recordings, unfinished from call")
                .fetch_one(&mut home.raw().await)
                .await
                .unwrap();
        assert!(row.0.contains("61"), "{}", row.0);
        assert_eq!((row.1.as_str(), row.2, row.3), ("Accepted", 1, 0));
    })
    .await;
}
