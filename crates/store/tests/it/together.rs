//! Many at once: no errors, no lost work, on both databases.

use domain::ledger::Count;
use domain::ports::{Ledger, Tasks};
use testkit::builders::{T0, archived, hours, recording};

use crate::home::{Home, on_both};
use crate::ledger::{always, company, page};

const WORKERS: i64 = 8;
const PAGES: i64 = 6;
const ITEMS: i64 = 40;

#[tokio::test(flavor = "multi_thread")]
async fn eight_workers_note_settle_and_read_at_once() {
    on_both(|home| async move {
        let store = home.open().await;
        let backup = company(&store, "1").await;
        let mut workers = tokio::task::JoinSet::new();
        for worker in 0..WORKERS {
            let (store, backup) = (store.clone(), backup.clone());
            workers.spawn(async move {
                let account = &backup.account;
                for n in 0..PAGES {
                    // Every second page is one that another worker notes too.
                    let first = if n % 2 == 0 { worker } else { worker / 2 };
                    let id = |item| format!("{first}-{n}-{item}");
                    let items: Vec<_> = (0..ITEMS)
                        .map(|item| recording(&id(item), T0 + item))
                        .collect();
                    store
                        .note(account, &backup, &page(&items), &[], T0)
                        .await
                        .unwrap();
                    let outcome = |unit: &str| archived(&format!("Archive/{unit}.wav"), b"1234");
                    let outcomes: Vec<_> = items
                        .iter()
                        .map(|it| (it.id.clone(), outcome(&it.id.unit)))
                        .collect();
                    store
                        .settle(account, &backup.destination, &outcomes, T0)
                        .await
                        .unwrap();
                    store.due(account, &backup, always(), T0, 10).await.unwrap();
                    store
                        .open_tasks(account, &backup.id, &[hours(n, n + 1)])
                        .await
                        .unwrap();
                    store.tasks(account, &backup.id, always()).await.unwrap();
                }
            });
        }
        while let Some(done) = workers.join_next().await {
            done.unwrap();
        }
        let counts = store
            .counts(&backup.account, &backup, always())
            .await
            .unwrap();
        let total = counts
            .values()
            .fold(Count::default(), |sum, &one| sum.plus(one));
        let different = u64::try_from((WORKERS + WORKERS / 2) * PAGES / 2 * ITEMS).unwrap();
        assert_eq!((total.archived, total.listed()), (different, different));
        assert_eq!(total.bytes, 4 * different);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn two_processes_may_start_at_the_same_moment() {
    let homes = [Some(Home::sqlite()), Home::postgres().await];
    for home in homes.into_iter().flatten() {
        let (one, other) = tokio::join!(
            tokio::spawn(store::Database::open(home.options())),
            tokio::spawn(store::Database::open(home.options())),
        );
        let (one, other) = (one.unwrap().unwrap(), other.unwrap().unwrap());
        let backup = company(&one, "1").await;
        let noted = page(&[recording("1", T0)]);
        let new = other.note(&backup.account, &backup, &noted, &[], T0).await;
        assert_eq!(new.unwrap(), 1);
        one.close().await;
        other.close().await;
        home.leave().await;
    }
}
