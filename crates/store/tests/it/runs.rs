//! Leases by the database's own clock, whatever that clock does.

use std::time::Duration;

use domain::ports::Tasks;
use sqlx::Executor;

use crate::home::on_both;
use crate::ledger::company;

const LEASE: Duration = Duration::from_secs(30);

#[tokio::test]
async fn a_clock_that_jumps_back_for_years_does_not_hold_a_backup() {
    on_both(|home| async move {
        let store = home.open().await;
        let backup = company(&store, "1").await;
        let run = store
            .start_run(&backup.account, &backup.id, "a", LEASE)
            .await
            .unwrap()
            .unwrap();
        let mut raw = home.raw().await;
        raw.execute("update run set lease_until_ms = lease_until_ms + 1000")
            .await
            .unwrap();
        let second = store
            .start_run(&backup.account, &backup.id, "b", LEASE)
            .await
            .unwrap();
        assert_eq!(second, None, "a second's jump is none");
        raw.execute("update run set lease_until_ms = lease_until_ms + 315360000000")
            .await
            .unwrap();
        let second = store
            .start_run(&backup.account, &backup.id, "b", LEASE)
            .await
            .unwrap();
        assert_eq!(second.map(|it| it.attempt), Some(run.attempt + 1));
        assert!(!store.beat(&backup.account, &run, LEASE).await.unwrap());
    })
    .await;
}
