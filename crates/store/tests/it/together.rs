//! Many at once: no errors, no lost work, on both databases.

use std::collections::{HashMap, HashSet};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use domain::account::AccountId;
use domain::connection::{Backup, BackupId};
use domain::data_type::DataType;
use domain::ledger::Count;
use domain::ports::{Connections, Ledger, Tasks};
use domain::timetable::Timetable;
use domain::window::HOUR_MS;
use store::Database;
use testkit::ManualClock;
use testkit::builders::{T0, archived, hours, recording};

use crate::home::{Home, on_both};
use crate::ledger::{always, company, page};

const CALLS: DataType = DataType::CallRecording;

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
                    store
                        .due(account, &backup, CALLS, always(), T0, 10)
                        .await
                        .unwrap();
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

type Whose = (AccountId, BackupId);

/// Who holds what, and in which order things happened.
#[derive(Default)]
struct Watch {
    held: HashSet<Whose>,
    step: u64,
    hurried: HashMap<Whose, u64>,
    claimed: HashMap<Whose, u64>,
}

impl Watch {
    fn next(&mut self) -> u64 {
        self.step += 1;
        self.step
    }
}

fn whose(backup: &Backup) -> Whose {
    (backup.account.clone(), backup.id.clone())
}

/// Claims until nothing is due; nobody else may hold what it is given.
async fn work(store: &Database, watch: &Mutex<Watch>) {
    let lease = Duration::from_mins(1);
    while let Some(claimed) = store.claim_due("worker", lease).await.unwrap() {
        let backup = &claimed.run.backup;
        let whose = (claimed.account.clone(), backup.clone());
        {
            let mut watch = watch.lock().unwrap();
            assert!(watch.held.insert(whose.clone()), "{whose:?} is held twice");
            let step = watch.next();
            watch.claimed.insert(whose.clone(), step);
        }
        let later = Timetable {
            due_ms: Some(ManualClock::of_the_machine().now_ms() + HOUR_MS),
            ..Timetable::default()
        };
        let account = &claimed.account;
        let was = store.timetable(account, backup).await.unwrap();
        let changed = store.change_timetable(account, backup, &was, &later);
        assert!(changed.await.unwrap());
        watch.lock().unwrap().held.remove(&whose);
        let finished = store.finish_run(&claimed.account, &claimed.run);
        finished.await.unwrap();
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn workers_of_two_processes_hold_nothing_twice_and_lose_no_hurry() {
    on_both(|home| async move {
        let stores = [home.open().await, home.open().await];
        let mut all = Vec::new();
        for name in ["1", "2", "3"] {
            let first = company(&stores[0], name).await;
            for n in 0..3 {
                let backup = Backup {
                    id: BackupId::new(format!("{name}-{n}")),
                    ..first.clone()
                };
                stores[0].keep_backup(&backup, T0).await.unwrap();
                all.push(backup);
            }
            all.push(first);
        }
        let watch = Arc::new(Mutex::new(Watch::default()));
        let mut tasks = tokio::task::JoinSet::new();
        for n in 0..6 {
            let (store, watch) = (stores[n % 2].clone(), watch.clone());
            tasks.spawn(async move {
                for _ in 0..12 {
                    work(&store, &watch).await;
                    tokio::task::yield_now().await;
                }
            });
        }
        for (n, store) in stores.iter().enumerate() {
            let (store, watch, all) = (store.clone(), watch.clone(), all.clone());
            tasks.spawn(async move {
                for backup in all.iter().cycle().skip(5 * n).take(40) {
                    let step = watch.lock().unwrap().next();
                    store.hurry(&backup.account, &backup.id).await.unwrap();
                    let mut watch = watch.lock().unwrap();
                    watch.hurried.insert(whose(backup), step);
                }
            });
        }
        while let Some(done) = tasks.join_next().await {
            done.unwrap();
        }
        work(&stores[0], &watch).await;
        let watch = watch.lock().unwrap();
        assert!(watch.held.is_empty());
        for backup in &all {
            let backup = whose(backup);
            let (hurried, claimed) = (watch.hurried[&backup], watch.claimed[&backup]);
            assert!(claimed > hurried, "{backup:?}: its last hurry was lost");
        }
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
