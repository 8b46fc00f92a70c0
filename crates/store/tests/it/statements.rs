//! Every SQL text is good SQL on both databases: what a compile-time check
//! would say.

use sqlx::{Executor, SqlSafeStr};

use crate::home::on_both;

#[tokio::test]
async fn every_statement_can_be_prepared() {
    on_both(|home| async move {
        home.open().await.close().await;
        let mut connection = home.raw().await;
        let mut broken = Vec::new();
        let mut count = 0;
        let of_one = store::statements_of_one(home.is_postgres());
        for (name, sql) in store::all_statements().chain(of_one.iter().copied()) {
            count += 1;
            if let Err(error) = connection.prepare(sql.into_sql_str()).await {
                broken.push(format!("{name}: {error}"));
            }
        }
        assert!(count > 30, "the list lost its statements: {count}");
        assert!(broken.is_empty(), "{broken:#?}");
    })
    .await;
}
