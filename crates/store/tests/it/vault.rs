//! Grants in a database that somebody else can read or write.

use domain::Kind;
use domain::connection::ConnectionId;
use domain::grant::Provider;
use domain::ports::{Connections, Vault};
use sqlx::Executor;
use testkit::builders::{T0, account, grant};

use crate::home::{Home, on_both};

const ENDS: [Provider; 2] = [Provider::Source, Provider::Destination];

#[tokio::test]
async fn a_grant_moved_to_another_row_does_not_open() {
    on_both(|home| async move {
        let store = home.open().await;
        let (one, two) = (account("1"), account("2"));
        let (a, b) = (ConnectionId::new("a"), ConnectionId::new("b"));
        let cells = [(&one, &a), (&one, &b), (&two, &a)];
        for (account, connection) in cells {
            store.keep_account(account, T0).await.unwrap();
            for end in ENDS {
                let grant = grant(&format!("{}{connection}{}", account.id, end.word()), T0);
                store
                    .keep_grant(&account.id, connection, end, &grant)
                    .await
                    .unwrap();
            }
        }
        let mut raw = home.raw().await;
        let mut sealed: Vec<String> = sqlx::query_scalar(
            "select sealed from vault order by account_id, connection_id, provider",
        )
        .fetch_all(&mut raw)
        .await
        .unwrap();
        assert_eq!(sealed.len(), 6);
        for _ in 1..6 {
            sealed.rotate_left(1);
            for (n, (account, connection)) in cells.iter().enumerate() {
                // In the order of the rows: "destination" before "source".
                for (m, end) in [ENDS[1], ENDS[0]].into_iter().enumerate() {
                    sqlx::query(
                        "update vault set sealed = $1
                         where account_id = $2 and connection_id = $3 and provider = $4",
                    )
                    .bind(&sealed[2 * n + m])
                    .bind(account.id.as_str())
                    .bind(connection.as_str())
                    .bind(end.word())
                    .execute(&mut raw)
                    .await
                    .unwrap();
                    let opened = store.grant(&account.id, connection, end).await;
                    assert_eq!(opened.unwrap_err().kind(), Kind::Unauthorized);
                }
            }
        }
    })
    .await;
}

#[tokio::test]
async fn a_replaced_grant_cannot_be_put_back() {
    on_both(|home| async move {
        let store = home.open().await;
        let (company, connection) = (account("1"), ConnectionId::new("c"));
        store.keep_account(&company, T0).await.unwrap();
        let keep = |word| {
            let grant = grant(word, T0);
            let (store, id, connection) = (&store, &company.id, &connection);
            async move {
                store
                    .keep_grant(id, connection, Provider::Source, &grant)
                    .await
            }
        };
        keep("old").await.unwrap();
        let mut raw = home.raw().await;
        raw.execute("create table aside as select sealed from vault")
            .await
            .unwrap();
        keep("new").await.unwrap();
        raw.execute("update vault set sealed = (select sealed from aside)")
            .await
            .unwrap();
        let error = store
            .grant(&company.id, &connection, Provider::Source)
            .await
            .unwrap_err();
        assert!(error.to_string().contains("Connect again"), "{error}");
        keep("newest").await.unwrap();
        let opened = store
            .grant(&company.id, &connection, Provider::Source)
            .await
            .unwrap();
        assert_eq!(opened, Some(grant("newest", T0)));
    })
    .await;
}

#[tokio::test]
async fn no_token_lies_in_the_files() {
    let home = Home::sqlite();
    let store = home.open().await;
    let company = account("1");
    store.keep_account(&company, T0).await.unwrap();
    let connection = ConnectionId::new("connection");
    let grant = grant("XYZZY", T0);
    let kept = store.keep_grant(&company.id, &connection, Provider::Source, &grant);
    kept.await.unwrap();
    let mut found_account = false;
    for entry in std::fs::read_dir(home.folder()).unwrap() {
        let bytes = std::fs::read(entry.unwrap().path()).unwrap();
        let text = String::from_utf8_lossy(&bytes);
        assert!(!text.contains("XYZZY"));
        found_account |= text.contains(&company.name);
    }
    assert!(found_account, "the files were not looked into");
}
