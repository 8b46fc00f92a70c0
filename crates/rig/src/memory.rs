//! The product's database, read by SQL of our own: what it believes.

use std::path::Path;

use anyhow::{Context, Result};
use sqlx::any::install_default_drivers;
use sqlx::{AnyConnection, Connection, Row};
use tokio::runtime::Runtime;

/// One entry of the ledger.
#[derive(Clone, Debug)]
pub(crate) struct Entry {
    pub(crate) unit: String,
    pub(crate) state: String,
    pub(crate) path: Option<String>,
    pub(crate) size: Option<i64>,
    pub(crate) sha256: Option<String>,
    pub(crate) why: String,
}

/// The right to work on the one backup there is, as the database has it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Run {
    pub(crate) worker: String,
    pub(crate) attempt: i64,
    /// Somebody holds it now, by the database's clock.
    pub(crate) held: bool,
}

/// Where the database is. Each question has a connection of its own, so that
/// none outlives a server that was killed.
pub(crate) struct Memory {
    url: String,
    runtime: Runtime,
}

impl Memory {
    /// An SQLite file.
    pub(crate) fn file(path: &Path) -> Result<Memory> {
        Memory::at(&format!("sqlite://{}?mode=rw", path.display()))
    }

    /// A URL that sqlx understands.
    pub(crate) fn at(url: &str) -> Result<Memory> {
        install_default_drivers();
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()?;
        Ok(Memory {
            url: url.to_owned(),
            runtime,
        })
    }

    fn ask<T: Send>(
        &self,
        sql: &'static str,
        read: impl Fn(&sqlx::any::AnyRow) -> Result<T, sqlx::Error>,
    ) -> Result<Vec<T>> {
        let asked = async {
            let mut connection = AnyConnection::connect(&self.url).await?;
            let rows = sqlx::query(sql).fetch_all(&mut connection).await?;
            connection.close().await?;
            rows.iter().map(read).collect()
        };
        let rows: Result<Vec<T>, sqlx::Error> = self.runtime.block_on(asked);
        rows.context("the database")
    }

    fn number(&self, sql: &'static str) -> Result<i64> {
        let rows = self.ask(sql, |row| row.try_get::<Option<i64>, _>(0))?;
        Ok(rows.first().copied().flatten().unwrap_or(0))
    }

    /// Every entry of the ledger.
    pub(crate) fn entries(&self) -> Result<Vec<Entry>> {
        let sql = "select unit, state, path, size, sha256, coalesce(reason, cause, '') as why
            from entry order by at_ms, item_key";
        self.ask(sql, |row| {
            Ok(Entry {
                unit: row.try_get("unit")?,
                state: row.try_get("state")?,
                path: row.try_get("path")?,
                size: row.try_get("size")?,
                sha256: row.try_get("sha256")?,
                why: row.try_get("why")?,
            })
        })
    }

    /// Whether SQLite finds nothing wrong with its file, table by table.
    pub(crate) fn is_whole(&self) -> Result<bool> {
        let told = self.ask("pragma integrity_check", |row| row.try_get::<String, _>(0))?;
        Ok(told == ["ok"])
    }

    /// How many entries are archived.
    pub(crate) fn archived(&self) -> Result<i64> {
        self.number("select count(*) from entry where state = 'archived'")
    }

    /// How many entries there are.
    pub(crate) fn known(&self) -> Result<i64> {
        self.number("select count(*) from entry")
    }

    /// Of how many entries a manifest must tell in the end.
    pub(crate) fn certain(&self) -> Result<i64> {
        self.number("select count(*) from entry where state in ('archived', 'missing')")
    }

    /// Of how many of them none tells yet, and how many manifests are made and
    /// not known to lie in the destination.
    pub(crate) fn untold(&self) -> Result<i64> {
        self.number(
            "select (select count(*) from entry
                where manifest = 0 and state in ('archived', 'missing'))
                + (select count(*) from manifest where body is not null)",
        )
    }

    /// How many entries wait for something.
    pub(crate) fn pending(&self) -> Result<i64> {
        self.number("select count(*) from entry where state = 'pending'")
    }

    /// How often the source's grant was kept; 0 before the first time.
    pub(crate) fn generation(&self) -> Result<i64> {
        self.number("select max(generation) from vault where provider = 'source'")
    }

    /// Connections whose grants are gone or refused.
    pub(crate) fn troubled(&self) -> Result<i64> {
        self.number(
            "select count(*) from connection where connected = 0
                or source_trouble is not null or destination_trouble is not null",
        )
    }

    /// Connections that are connected.
    pub(crate) fn connected(&self) -> Result<i64> {
        self.number("select count(*) from connection where connected = 1")
    }

    /// Whether the backup is switched ON.
    pub(crate) fn switched_on(&self) -> Result<bool> {
        Ok(self.number("select count(*) from backup where enabled = 1")? > 0)
    }

    /// Who works, or worked last.
    pub(crate) fn run(&self) -> Result<Option<Run>> {
        let postgres = "select worker, attempt, case when lease_until_ms >
            cast(extract(epoch from clock_timestamp()) * 1000 as bigint) then 1 else 0 end
            from run order by attempt desc limit 1";
        let sqlite = "select worker, attempt, case when lease_until_ms >
            cast(unixepoch('subsec') * 1000 as bigint) then 1 else 0 end
            from run order by attempt desc limit 1";
        let sql = if self.url.starts_with("sqlite") {
            sqlite
        } else {
            postgres
        };
        let rows = self.ask(sql, |row| {
            Ok(Run {
                worker: row.try_get(0)?,
                attempt: row.try_get(1)?,
                held: row.try_get::<i64, _>(2)? == 1,
            })
        })?;
        Ok(rows.into_iter().next())
    }

    /// Whether a process stands still within a transaction (PostgreSQL).
    pub(crate) fn stands_still(&self) -> Result<bool> {
        let sql = "select count(*) from pg_stat_activity where state = 'idle in transaction'
            and clock_timestamp() - state_change > interval '500 milliseconds'";
        Ok(self.number(sql)? > 0)
    }

    /// Writes down every change of a run, a timetable and a grant, from now on
    /// (PostgreSQL): what a process did that no longer had the right to it.
    pub(crate) fn watch(&self) -> Result<()> {
        self.runtime.block_on(async {
            let mut connection = AnyConnection::connect(&self.url).await?;
            for statement in WATCH {
                sqlx::query(*statement).execute(&mut connection).await?;
            }
            connection.close().await?;
            Ok(())
        })
    }

    /// Changes that went backwards, of those written down: an attempt, or how
    /// far something was listed.
    pub(crate) fn went_back(&self) -> Result<Vec<String>> {
        self.ask(
            "select what || ' ' || old_value || ' -> ' || new_value from rig_watch
                where new_value < old_value order by seq",
            |row| row.try_get(0),
        )
    }
}

const WATCH: &[&str] = &[
    "create table if not exists rig_watch (seq bigserial primary key, what text not null,
        old_value bigint not null, new_value bigint not null)",
    "create or replace function rig_note() returns trigger language plpgsql as $$
    begin
        if tg_table_name = 'run' then
            insert into rig_watch (what, old_value, new_value)
                values ('run.attempt', old.attempt, new.attempt);
        elsif tg_table_name = 'vault' then
            insert into rig_watch (what, old_value, new_value)
                values ('vault.generation', old.generation, new.generation);
        else
            insert into rig_watch (what, old_value, new_value) values
                ('timetable.rows_ms', coalesce(old.rows_ms, 0), coalesce(new.rows_ms, 0)),
                ('timetable.hourly_ms', coalesce(old.hourly_ms, 0), coalesce(new.hourly_ms, 0));
        end if;
        return new;
    end $$",
    "create or replace trigger rig_run after update on run
        for each row execute function rig_note()",
    "create or replace trigger rig_timetable after update on timetable
        for each row execute function rig_note()",
    "create or replace trigger rig_vault after update on vault
        for each row execute function rig_note()",
];
