//! Accounts, their people, Connections and Backups.

use std::collections::BTreeMap;

use async_trait::async_trait;
use domain::Result;
use domain::account::{Account, AccountId, Extension, ExtensionId};
use domain::connection::{Backup, BackupId, Connection, ConnectionId, DestinationRecord, Scope};
use domain::data_type::{DataType, DataTypes};
use domain::ledger::DestinationId;
use domain::ports::Connections;
use serde::Serialize;
use sqlx::Row;
use sqlx::any::AnyRow;

use crate::database::Database;
use crate::fault::Fault;
use crate::list::{keys, list, plain};
use crate::statements::statements;

statements! {
    KEEP_ACCOUNT = "insert into account (id, name, time_zone, first_seen_ms, last_seen_ms)
        values ($1, $2, $3, $4, $4)
        on conflict (id) do update set name = excluded.name,
            time_zone = excluded.time_zone, last_seen_ms = excluded.last_seen_ms";

    ACCOUNTS = "select id, name, time_zone from account order by id";

    KEEP_EXTENSIONS = "insert into extension (account_id, id, number, name, kind, status,
            time_zone, first_seen_ms, last_seen_ms, gone_ms)
        select $1, r.key, r.value ->> 'number', r.value ->> 'name', r.value ->> 'kind',
            r.value ->> 'status', r.value ->> 'time_zone', cast($3 as bigint),
            cast($3 as bigint), null
        from json_each($2) as r where true
        on conflict (account_id, id) do update set number = excluded.number,
            name = excluded.name, kind = excluded.kind, status = excluded.status,
            time_zone = excluded.time_zone, last_seen_ms = excluded.last_seen_ms,
            gone_ms = null";

    MARK_GONE = "update extension set gone_ms = $3
        where account_id = $1 and gone_ms is null
            and id not in (select r.key from json_each($2) as r)";

    EXTENSIONS = "select id, number, name, kind, status, time_zone from extension
        where account_id = $1 order by id";

    KEEP_CONNECTION = "insert into connection (account_id, id, viewer, destination_id, headless,
            first_seen_ms, changed_ms)
        values ($1, $2, $3, $4, $5, $6, $6)
        on conflict (account_id, id) do update set viewer = excluded.viewer,
            destination_id = excluded.destination_id, headless = excluded.headless,
            changed_ms = excluded.changed_ms";

    CONNECTIONS = "select id, viewer, destination_id, headless from connection
        where account_id = $1 order by id";

    KEEP_BACKUP = "insert into backup (account_id, id, connection_id, destination_id,
            extension_id, types, enabled, first_seen_ms, changed_ms)
        values ($1, $2, $3, $4, $5, $6, $7, $8, $8)
        on conflict (account_id, id) do update set connection_id = excluded.connection_id,
            destination_id = excluded.destination_id, extension_id = excluded.extension_id,
            types = excluded.types, enabled = excluded.enabled,
            changed_ms = excluded.changed_ms";

    BACKUPS = "select id, connection_id, destination_id, extension_id, types, enabled
        from backup where account_id = $1 order by id";
}

/// People are written in pages: a company may have 100,000.
const PAGE: usize = 1000;

#[derive(Serialize)]
struct ExtensionRow<'a> {
    number: Option<&'a str>,
    name: Option<&'a str>,
    kind: &'a str,
    status: &'a str,
    time_zone: Option<&'a str>,
}

#[async_trait]
impl Connections for Database {
    async fn keep_account(&self, account: &Account, now_ms: i64) -> Result<()> {
        self.attempt("keeping a company", || self.put_account(account, now_ms))
            .await
    }

    async fn accounts(&self) -> Result<Vec<Account>> {
        self.attempt("reading the companies", || self.all_accounts())
            .await
    }

    async fn keep_extensions(
        &self,
        account: &AccountId,
        all: &[Extension],
        now_ms: i64,
    ) -> Result<()> {
        self.attempt("keeping a company's people", || {
            self.put_extensions(account, all, now_ms)
        })
        .await
    }

    async fn extensions(&self, account: &AccountId) -> Result<Vec<Extension>> {
        self.attempt("reading a company's people", || {
            self.all_extensions(account)
        })
        .await
    }

    async fn keep_destination(&self, record: &DestinationRecord) -> Result<DestinationRecord> {
        self.attempt("keeping a destination", || self.put_destination(record))
            .await
    }

    async fn keep_connection(&self, connection: &Connection, now_ms: i64) -> Result<()> {
        self.attempt("keeping a connection", || {
            self.put_connection(connection, now_ms)
        })
        .await
    }

    async fn connections(&self, account: &AccountId) -> Result<Vec<Connection>> {
        self.attempt("reading the connections", || self.all_connections(account))
            .await
    }

    async fn keep_backup(&self, backup: &Backup, now_ms: i64) -> Result<()> {
        self.attempt("keeping a backup", || self.put_backup(backup, now_ms))
            .await
    }

    async fn backups(&self, account: &AccountId) -> Result<Vec<Backup>> {
        self.attempt("reading the backups", || self.all_backups(account))
            .await
    }

    async fn folder(
        &self,
        account: &AccountId,
        destination: &DestinationId,
        extension: Option<&ExtensionId>,
        proposed: &str,
    ) -> Result<String> {
        self.attempt("naming a folder", || {
            self.fixed_folder(account, destination, extension, proposed)
        })
        .await
    }
}

impl Database {
    async fn put_account(&self, account: &Account, now_ms: i64) -> Result<(), Fault> {
        let mut tx = self.begin(&account.id).await?;
        sqlx::query(KEEP_ACCOUNT)
            .bind(account.id.as_str())
            .bind(plain(&account.name))
            .bind(account.time_zone.as_deref().map(plain))
            .bind(now_ms)
            .execute(&mut *tx)
            .await?;
        Ok(tx.commit().await?)
    }

    async fn all_accounts(&self) -> Result<Vec<Account>, Fault> {
        let rows = sqlx::query(ACCOUNTS)
            .fetch_all(&mut *self.reader().await?)
            .await?;
        rows.iter()
            .map(|row| {
                Ok(Account {
                    id: AccountId::new(row.try_get::<String, _>("id")?),
                    name: row.try_get("name")?,
                    time_zone: row.try_get("time_zone")?,
                })
            })
            .collect()
    }

    async fn put_extensions(
        &self,
        account: &AccountId,
        all: &[Extension],
        now_ms: i64,
    ) -> Result<(), Fault> {
        let mut tx = self.begin(account).await?;
        for page in all.chunks(PAGE) {
            let rows: BTreeMap<String, _> = page
                .iter()
                .map(|it| (it.id.as_str().to_owned(), extension_row(it)))
                .collect();
            sqlx::query(KEEP_EXTENSIONS)
                .bind(account.as_str())
                .bind(list(&rows)?)
                .bind(now_ms)
                .execute(&mut *tx)
                .await?;
        }
        sqlx::query(MARK_GONE)
            .bind(account.as_str())
            .bind(keys(all.iter().map(|it| it.id.as_str()))?)
            .bind(now_ms)
            .execute(&mut *tx)
            .await?;
        Ok(tx.commit().await?)
    }

    async fn all_extensions(&self, account: &AccountId) -> Result<Vec<Extension>, Fault> {
        let rows = sqlx::query(EXTENSIONS)
            .bind(account.as_str())
            .fetch_all(&mut *self.reader().await?)
            .await?;
        rows.iter()
            .map(|row| {
                Ok(Extension {
                    id: ExtensionId::new(row.try_get::<String, _>("id")?),
                    number: row.try_get("number")?,
                    name: row.try_get("name")?,
                    kind: row.try_get("kind")?,
                    status: row.try_get("status")?,
                    time_zone: row.try_get("time_zone")?,
                })
            })
            .collect()
    }

    async fn put_connection(&self, connection: &Connection, now_ms: i64) -> Result<(), Fault> {
        let mut tx = self.begin(&connection.account).await?;
        sqlx::query(KEEP_CONNECTION)
            .bind(connection.account.as_str())
            .bind(connection.id.as_str())
            .bind(connection.viewer.as_str())
            .bind(connection.destination.as_str())
            .bind(i64::from(connection.headless))
            .bind(now_ms)
            .execute(&mut *tx)
            .await?;
        Ok(tx.commit().await?)
    }

    async fn all_connections(&self, account: &AccountId) -> Result<Vec<Connection>, Fault> {
        let rows = sqlx::query(CONNECTIONS)
            .bind(account.as_str())
            .fetch_all(&mut *self.reader().await?)
            .await?;
        rows.iter()
            .map(|row| {
                Ok(Connection {
                    id: ConnectionId::new(row.try_get::<String, _>("id")?),
                    account: account.clone(),
                    viewer: ExtensionId::new(row.try_get::<String, _>("viewer")?),
                    destination: destination_of(row)?,
                    headless: row.try_get::<i64, _>("headless")? != 0,
                })
            })
            .collect()
    }

    async fn put_backup(&self, backup: &Backup, now_ms: i64) -> Result<(), Fault> {
        let extension = match &backup.scope {
            Scope::Account => None,
            Scope::Extension(id) => Some(id.as_str()),
        };
        let types: Vec<_> = backup.types.iter().map(|it| it.word()).collect();
        let mut tx = self.begin(&backup.account).await?;
        sqlx::query(KEEP_BACKUP)
            .bind(backup.account.as_str())
            .bind(backup.id.as_str())
            .bind(backup.connection.as_str())
            .bind(backup.destination.as_str())
            .bind(extension)
            .bind(types.join(","))
            .bind(i64::from(backup.enabled))
            .bind(now_ms)
            .execute(&mut *tx)
            .await?;
        Ok(tx.commit().await?)
    }

    async fn all_backups(&self, account: &AccountId) -> Result<Vec<Backup>, Fault> {
        let rows = sqlx::query(BACKUPS)
            .bind(account.as_str())
            .fetch_all(&mut *self.reader().await?)
            .await?;
        rows.iter().map(|row| backup_of(account, row)).collect()
    }
}

fn extension_row(extension: &Extension) -> ExtensionRow<'_> {
    ExtensionRow {
        number: extension.number.as_deref(),
        name: extension.name.as_deref(),
        kind: &extension.kind,
        status: &extension.status,
        time_zone: extension.time_zone.as_deref(),
    }
}

fn backup_of(account: &AccountId, row: &AnyRow) -> Result<Backup, Fault> {
    let types: String = row.try_get("types")?;
    let types: DataTypes = types.split(',').filter_map(DataType::from_word).collect();
    let extension: Option<String> = row.try_get("extension_id")?;
    Ok(Backup {
        id: BackupId::new(row.try_get::<String, _>("id")?),
        account: account.clone(),
        connection: ConnectionId::new(row.try_get::<String, _>("connection_id")?),
        destination: destination_of(row)?,
        scope: extension.map_or(Scope::Account, |id| Scope::Extension(ExtensionId::new(id))),
        types,
        enabled: row.try_get::<i64, _>("enabled")? != 0,
    })
}

fn destination_of(row: &AnyRow) -> Result<DestinationId, Fault> {
    Ok(DestinationId::new(
        row.try_get::<String, _>("destination_id")?,
    ))
}
