//! Connections and Backups; their company and its people stand in `people`.

use async_trait::async_trait;
use domain::Result;
use domain::account::{Account, AccountId, Extension, ExtensionId};
use domain::connection::{Backup, BackupId, Connection, ConnectionId, DestinationRecord, Scope};
use domain::data_type::{DataType, DataTypes};
use domain::grant::{Grant, Provider};
use domain::ledger::DestinationId;
use domain::ports::Connections;
use domain::switch::listable_from;
use domain::window::Window;
use sqlx::Row;
use sqlx::any::AnyRow;

use crate::database::Database;
use crate::fault::Fault;
use crate::list::plain;
use crate::statements::statements;
use crate::tasks::{new_timetable, relist, reschedule};

statements! {
    KEEP_CONNECTION = "insert into connection (account_id, id, viewer, destination_id, headless,
            first_seen_ms, changed_ms, connected, source_trouble, destination_trouble)
        values ($1, $2, $3, $4, $5, $6, $6, $7, $8, $9)
        on conflict (account_id, id) do update set viewer = excluded.viewer,
            destination_id = excluded.destination_id, headless = excluded.headless,
            changed_ms = excluded.changed_ms, connected = excluded.connected,
            source_trouble = excluded.source_trouble,
            destination_trouble = excluded.destination_trouble";

    CONNECTIONS = "select id, viewer, destination_id, headless, connected, source_trouble,
            destination_trouble
        from connection where account_id = $1 order by id";

    CONNECTION = "select id, viewer, destination_id, headless, connected, source_trouble,
            destination_trouble
        from connection where account_id = $1 and id = $2";

    SOURCE_TROUBLE = "update connection set source_trouble = $3
        where account_id = $1 and id = $2";

    DESTINATION_TROUBLE = "update connection set destination_trouble = $3
        where account_id = $1 and id = $2";

    DISCONNECT = "update connection set connected = 0, changed_ms = $3
        where account_id = $1 and id = $2 and connected = 1";

    SWITCH_OFF = "update backup set enabled = 0, changed_ms = $3
        where account_id = $1 and connection_id = $2 and enabled = 1";

    KEEP_BACKUP = "insert into backup (account_id, id, connection_id, destination_id,
            extension_id, types, enabled, first_seen_ms, changed_ms)
        values ($1, $2, $3, $4, $5, $6, $7, $8, $8)
        on conflict (account_id, id) do update set connection_id = excluded.connection_id,
            destination_id = excluded.destination_id, extension_id = excluded.extension_id,
            types = excluded.types, enabled = excluded.enabled,
            changed_ms = excluded.changed_ms";

    BACKUP = "select id, connection_id, destination_id, extension_id, types, enabled
        from backup where account_id = $1 and id = $2";

    /// What a scheduled Backup had until now.
    HAD = "select b.types, t.floor_ms from backup b
        join connection c on c.account_id = b.account_id and c.id = b.connection_id
        left join timetable t on t.account_id = b.account_id and t.backup_id = b.id
        where b.account_id = $1 and b.id = $2 and c.headless = 0";

    BACKUPS = "select id, connection_id, destination_id, extension_id, types, enabled
        from backup where account_id = $1 order by id";
}

#[async_trait]
impl Connections for Database {
    async fn keep_account(&self, account: &Account, now_ms: i64) -> Result<()> {
        self.attempt("keeping a company", || self.put_account(account, now_ms))
            .await
    }

    async fn account(&self, id: &AccountId) -> Result<Option<Account>> {
        self.attempt("reading a company", || self.one_account(id))
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

    async fn destination(
        &self,
        account: &AccountId,
        id: &DestinationId,
    ) -> Result<Option<DestinationRecord>> {
        self.attempt("reading a destination", || {
            self.one_destination(account, id)
        })
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

    async fn connection(
        &self,
        account: &AccountId,
        id: &ConnectionId,
    ) -> Result<Option<Connection>> {
        self.attempt("reading a connection", || self.one_connection(account, id))
            .await
    }

    async fn set_trouble(
        &self,
        account: &AccountId,
        connection: &ConnectionId,
        end: Provider,
        trouble: Option<&str>,
    ) -> Result<()> {
        self.attempt("keeping what is wrong with a connection", || {
            self.put_trouble(account, connection, end, trouble)
        })
        .await
    }

    async fn disconnect(
        &self,
        account: &AccountId,
        connection: &ConnectionId,
        now_ms: i64,
    ) -> Result<(Option<Grant>, Option<Grant>)> {
        self.attempt("disconnecting", || {
            self.cut_connection(account, connection, now_ms)
        })
        .await
    }

    async fn keep_backup(&self, backup: &Backup, now_ms: i64) -> Result<()> {
        self.attempt("keeping a backup", || self.put_backup(backup, now_ms))
            .await
    }

    async fn backup(&self, account: &AccountId, id: &BackupId) -> Result<Option<Backup>> {
        self.attempt("reading a backup", || self.one_backup(account, id))
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
    async fn put_connection(&self, connection: &Connection, now_ms: i64) -> Result<(), Fault> {
        let mut tx = self.begin(&connection.account).await?;
        sqlx::query(KEEP_CONNECTION)
            .bind(connection.account.as_str())
            .bind(connection.id.as_str())
            .bind(connection.viewer.as_str())
            .bind(connection.destination.as_str())
            .bind(i64::from(connection.headless))
            .bind(now_ms)
            .bind(i64::from(connection.connected))
            .bind(connection.source_trouble.as_deref().map(plain))
            .bind(connection.destination_trouble.as_deref().map(plain))
            .execute(&mut *tx)
            .await?;
        reschedule(&mut tx, &connection.account, &connection.id).await?;
        Ok(tx.commit().await?)
    }

    async fn all_connections(&self, account: &AccountId) -> Result<Vec<Connection>, Fault> {
        let rows = sqlx::query(CONNECTIONS)
            .bind(account.as_str())
            .fetch_all(&mut *self.reader().await?)
            .await?;
        rows.iter().map(|row| connection_of(account, row)).collect()
    }

    async fn one_connection(
        &self,
        account: &AccountId,
        id: &ConnectionId,
    ) -> Result<Option<Connection>, Fault> {
        let row = sqlx::query(CONNECTION)
            .bind(account.as_str())
            .bind(id.as_str())
            .fetch_optional(&mut *self.reader().await?)
            .await?;
        row.map(|row| connection_of(account, &row)).transpose()
    }

    async fn put_trouble(
        &self,
        account: &AccountId,
        connection: &ConnectionId,
        end: Provider,
        trouble: Option<&str>,
    ) -> Result<(), Fault> {
        let mut tx = self.begin(account).await?;
        let sql = match end {
            Provider::Source => SOURCE_TROUBLE,
            Provider::Destination => DESTINATION_TROUBLE,
        };
        sqlx::query(sql)
            .bind(account.as_str())
            .bind(connection.as_str())
            .bind(trouble.map(plain))
            .execute(&mut *tx)
            .await?;
        Ok(tx.commit().await?)
    }

    async fn cut_connection(
        &self,
        account: &AccountId,
        connection: &ConnectionId,
        now_ms: i64,
    ) -> Result<(Option<Grant>, Option<Grant>), Fault> {
        let mut tx = self.begin(account).await?;
        for sql in [DISCONNECT, SWITCH_OFF] {
            sqlx::query(sql)
                .bind(account.as_str())
                .bind(connection.as_str())
                .bind(now_ms)
                .execute(&mut *tx)
                .await?;
        }
        let grants = self.take_grants(&mut tx, account, connection).await?;
        reschedule(&mut tx, account, connection).await?;
        tx.commit().await?;
        Ok(grants)
    }

    async fn put_backup(&self, backup: &Backup, now_ms: i64) -> Result<(), Fault> {
        let extension = match &backup.scope {
            Scope::Account => None,
            Scope::Extension(id) => Some(id.as_str()),
        };
        let mut tx = self.begin(&backup.account).await?;
        let had = sqlx::query(HAD)
            .bind(backup.account.as_str())
            .bind(backup.id.as_str())
            .fetch_optional(&mut *tx)
            .await?;
        if let Some(had) = had
            && !backup.types.is_subset(&types_of(&had)?)
        {
            let from_ms = listable_from(had.try_get("floor_ms")?, now_ms);
            if let Some(window) = Window::from_ms(from_ms, Window::EVER.end_ms()) {
                relist(&mut tx, &backup.account, &backup.id, window).await?;
            }
        }
        sqlx::query(KEEP_BACKUP)
            .bind(backup.account.as_str())
            .bind(backup.id.as_str())
            .bind(backup.connection.as_str())
            .bind(backup.destination.as_str())
            .bind(extension)
            .bind(types_text(&backup.types))
            .bind(i64::from(backup.enabled))
            .bind(now_ms)
            .execute(&mut *tx)
            .await?;
        new_timetable(&mut tx, &backup.account, &backup.id).await?;
        reschedule(&mut tx, &backup.account, &backup.connection).await?;
        Ok(tx.commit().await?)
    }

    async fn one_backup(
        &self,
        account: &AccountId,
        id: &BackupId,
    ) -> Result<Option<Backup>, Fault> {
        let row = sqlx::query(BACKUP)
            .bind(account.as_str())
            .bind(id.as_str())
            .fetch_optional(&mut *self.reader().await?)
            .await?;
        row.map(|row| backup_of(account, &row)).transpose()
    }

    async fn all_backups(&self, account: &AccountId) -> Result<Vec<Backup>, Fault> {
        let rows = sqlx::query(BACKUPS)
            .bind(account.as_str())
            .fetch_all(&mut *self.reader().await?)
            .await?;
        rows.iter().map(|row| backup_of(account, row)).collect()
    }
}

fn connection_of(account: &AccountId, row: &AnyRow) -> Result<Connection, Fault> {
    Ok(Connection {
        id: ConnectionId::new(row.try_get::<String, _>("id")?),
        account: account.clone(),
        viewer: ExtensionId::new(row.try_get::<String, _>("viewer")?),
        destination: destination_of(row)?,
        headless: row.try_get::<i64, _>("headless")? != 0,
        connected: row.try_get::<i64, _>("connected")? != 0,
        source_trouble: row.try_get("source_trouble")?,
        destination_trouble: row.try_get("destination_trouble")?,
    })
}

fn backup_of(account: &AccountId, row: &AnyRow) -> Result<Backup, Fault> {
    let extension: Option<String> = row.try_get("extension_id")?;
    Ok(Backup {
        id: BackupId::new(row.try_get::<String, _>("id")?),
        account: account.clone(),
        connection: ConnectionId::new(row.try_get::<String, _>("connection_id")?),
        destination: destination_of(row)?,
        scope: extension.map_or(Scope::Account, |id| Scope::Extension(ExtensionId::new(id))),
        types: types_of(row)?,
        enabled: row.try_get::<i64, _>("enabled")? != 0,
    })
}

/// Types as one text: words in their order, joined by commas.
pub(crate) fn types_text(types: &DataTypes) -> String {
    let words: Vec<_> = types.iter().map(|it| it.word()).collect();
    words.join(",")
}

/// The same back from a row.
pub(crate) fn types_of(row: &AnyRow) -> Result<DataTypes, Fault> {
    let types: String = row.try_get("types")?;
    Ok(types.split(',').filter_map(DataType::from_word).collect())
}

fn destination_of(row: &AnyRow) -> Result<DestinationId, Fault> {
    Ok(DestinationId::new(
        row.try_get::<String, _>("destination_id")?,
    ))
}
