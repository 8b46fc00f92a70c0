//! Copies a whole database into an empty one, of either kind: a backup, its
//! way back, and the move from SQLite to PostgreSQL are the same work. What is
//! sealed stays sealed, under the same master key.

use std::collections::BTreeMap;

use domain::{Error, Kind, Result};
use futures::TryStreamExt;
use sqlx::any::AnyRow;
use sqlx::{Any, AssertSqlSafe, Row, Transaction};

use crate::database::{Database, Engine};
use crate::fault::Fault;
use crate::list::list;
use crate::search;
use crate::statements::statements;

statements! {
    FILLED = "select (select count(*) from account) + (select count(*) from owner)
        + (select count(*) from setting)";
}

/// In the order in which they were made: what a row refers to comes before it.
/// Only an SQLite file can tell, so one of the two must be one.
const TABLES: &str = "select name from sqlite_master where type = 'table'
    and name not like 'sqlite_%' and name <> 'about' and name not like 'search%' order by rowid";
const COLUMNS: &str = "select name, type from pragma_table_info($1) order by cid";
/// One moment of a PostgreSQL, however long the copying takes.
const ONE_MOMENT: &str = "set transaction isolation level repeatable read read only";
/// Counting a large table of the one takes its time, and the other says nothing
/// meanwhile.
const NO_HURRY: [&str; 2] = [
    "set local statement_timeout = 0",
    "set local idle_in_transaction_session_timeout = 0",
];

/// Rows that go over at once.
const CHUNK: usize = 500;

/// A table and its columns.
struct Table {
    name: String,
    columns: Vec<Column>,
}

struct Column {
    name: String,
    /// Else it is text.
    is_number: bool,
}

impl Database {
    /// Copies everything as it is at one moment into `to`, which must be
    /// empty, and compares the numbers of rows. `to` has all of it or nothing.
    /// Tells `so_far` how many rows were copied; returns how many there were.
    pub async fn copy_to(&self, to: &Database, so_far: &(dyn Fn(u64) + Sync)) -> Result<u64> {
        let copied = self.copy(to, so_far).await;
        copied.map_err(|fault| fault.told().while_doing("copying the database"))
    }

    async fn copy(&self, to: &Database, so_far: &(dyn Fn(u64) + Sync)) -> Result<u64, Fault> {
        let mut source = self.one_moment().await?;
        let mut target = to.begin_server().await?;
        if to.engine == Engine::Postgres {
            take_time(&mut target).await?;
        }
        let filled: i64 = sqlx::query_scalar(FILLED).fetch_one(&mut *target).await?;
        if filled > 0 {
            let what = "the database to copy into holds an archive already";
            return Err(Error::new(Kind::Config, what)
                .remedy("Name an empty one: nothing that is there is ever replaced.")
                .into());
        }
        let tables = match (self.engine, to.engine) {
            (Engine::Sqlite, _) => tables(&mut source).await?,
            (_, Engine::Sqlite) => tables(&mut target).await?,
            _ => {
                let what = "from PostgreSQL to PostgreSQL its own tools copy best";
                return Err(Error::new(Kind::Config, what)
                    .remedy("Use pg_dump and pg_restore.")
                    .into());
            }
        };
        let mut all = 0;
        for table in &tables {
            all += copy_table(&mut source, &mut target, table, &|rows| so_far(all + rows)).await?;
        }
        // Made from the rest, and each database has it in its own way.
        search::fill(to.engine, &mut target).await?;
        target.commit().await?;
        Ok(all)
    }

    /// A transaction that reads everything as it is now.
    pub(crate) async fn one_moment(&self) -> Result<Transaction<'static, Any>, Fault> {
        let mut transaction = self.readers.begin().await?;
        if self.engine == Engine::Postgres {
            sqlx::query(ONE_MOMENT).execute(&mut *transaction).await?;
            take_time(&mut transaction).await?;
        }
        Ok(transaction)
    }
}

async fn take_time(transaction: &mut Transaction<'_, Any>) -> Result<(), Fault> {
    for setting in NO_HURRY {
        sqlx::query(setting).execute(&mut **transaction).await?;
    }
    Ok(())
}

async fn tables(sqlite: &mut Transaction<'_, Any>) -> Result<Vec<Table>, Fault> {
    let names: Vec<String> = sqlx::query_scalar(TABLES).fetch_all(&mut **sqlite).await?;
    let mut tables = Vec::with_capacity(names.len());
    for name in names {
        let rows = sqlx::query(COLUMNS)
            .bind(&name)
            .fetch_all(&mut **sqlite)
            .await?;
        let columns = rows.iter().map(|row| {
            Ok(Column {
                name: row.try_get("name")?,
                is_number: row.try_get::<String, _>("type")? == "bigint",
            })
        });
        let columns: Result<Vec<Column>, Fault> = columns.collect();
        tables.push(Table {
            name,
            columns: columns?,
        });
    }
    Ok(tables)
}

async fn copy_table(
    source: &mut Transaction<'_, Any>,
    target: &mut Transaction<'_, Any>,
    table: &Table,
    so_far: &(dyn Fn(u64) + Sync),
) -> Result<u64, Fault> {
    let mut copied = 0;
    let mut chunk = BTreeMap::new();
    let select = AssertSqlSafe(table.select());
    {
        let mut rows = sqlx::query(select).fetch(&mut **source);
        while let Some(row) = rows.try_next().await? {
            chunk.insert(format!("{:09}", chunk.len()), table.values(&row)?);
            if chunk.len() == CHUNK {
                copied += table.write(target, &mut chunk).await?;
                so_far(copied);
            }
        }
    }
    copied += table.write(target, &mut chunk).await?;
    so_far(copied);
    let there: i64 = sqlx::query_scalar(AssertSqlSafe(table.count()))
        .fetch_one(&mut **target)
        .await?;
    if there.unsigned_abs() == copied {
        return Ok(copied);
    }
    let what = format!("{copied} rows were copied of one table, but {there} are there");
    Err(Error::new(Kind::Storage, what)
        .remedy("Nothing was kept of the copy; try again, with nobody else at work on it.")
        .into())
}

/// The values of a row by column; numbers are text, so that none is rounded.
type Values = BTreeMap<String, Option<String>>;

impl Table {
    fn names(&self) -> String {
        let names: Vec<&str> = self.columns.iter().map(|it| it.name.as_str()).collect();
        names.join(", ")
    }

    fn select(&self) -> String {
        format!("select {} from {}", self.names(), self.name)
    }

    fn count(&self) -> String {
        format!("select count(*) from {}", self.name)
    }

    fn insert(&self) -> String {
        let value = |column: &Column| {
            let name = &column.name;
            if column.is_number {
                format!("cast(r.value ->> '{name}' as bigint)")
            } else {
                format!("r.value ->> '{name}'")
            }
        };
        let values: Vec<String> = self.columns.iter().map(value).collect();
        format!(
            "insert into {} ({}) select {} from json_each($1) as r where true",
            self.name,
            self.names(),
            values.join(", ")
        )
    }

    fn values(&self, row: &AnyRow) -> Result<Values, Fault> {
        let mut values = Values::new();
        for column in &self.columns {
            let name = column.name.as_str();
            let value = if column.is_number {
                let number: Option<i64> = row.try_get(name)?;
                number.map(|it| it.to_string())
            } else {
                row.try_get(name)?
            };
            values.insert(column.name.clone(), value);
        }
        Ok(values)
    }

    async fn write(
        &self,
        target: &mut Transaction<'_, Any>,
        chunk: &mut BTreeMap<String, Values>,
    ) -> Result<u64, Fault> {
        let rows = std::mem::take(chunk);
        if !rows.is_empty() {
            sqlx::query(AssertSqlSafe(self.insert()))
                .bind(list(&rows)?)
                .execute(&mut **target)
                .await?;
        }
        Ok(rows.len() as u64)
    }
}
