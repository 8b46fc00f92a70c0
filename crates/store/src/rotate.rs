//! Another master key: everything that is sealed is sealed anew, in one
//! transaction; then the key files change places. Killed at any moment, either
//! key opens the database or the next start finishes what was begun.

use domain::audit::{Deed, server_book};
use domain::grant::Provider;
use domain::{Error, Kind, Result};
use sqlx::{Any, Row, Transaction};

use crate::database::Database;
use crate::fault::Fault;
use crate::master_key::MasterKey;
use crate::seal::{Cell, open, seal};
use crate::statements::statements;

statements! {
    GRANTS = "select account_id, connection_id, provider, generation, sealed from vault";

    RESEAL_GRANT = "update vault set key_id = $4, sealed = $5
        where account_id = $1 and connection_id = $2 and provider = $3";

    SETTINGS = "select name, generation, sealed from setting";

    RESEAL_SETTING = "update setting set key_id = $2, sealed = $3 where name = $1";

    FORGET_TRIPS = "delete from trip";

    NEW_KEY = "update about set value = $2 where name = 'key' and value = $1";

    /// Whoever has a lease, and the watch, which each server process takes in
    /// turn. What ends further ahead than it could was taken under a wrong clock.
    AT_WORK = "select count(*) from (
            select lease_until_ms as until_ms, lease_ms from run
            union all
            select lease_until_ms as until_ms, lease_ms from scrub
            union all
            select until_ms, 300000 as lease_ms from watch
        ) held
        where until_ms > (select cast(unixepoch('subsec') * 1000 as bigint))
            and until_ms <= (select cast(unixepoch('subsec') * 1000 as bigint)) + 2 * lease_ms";
}

/// What was sealed anew.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rotated {
    /// Grants.
    pub grants: u64,
    /// Settings of the server.
    pub settings: u64,
    /// Tells the new key from others.
    pub key_id: String,
    /// Where the old key lies now: copies of the database from before need it.
    pub old_key: std::path::PathBuf,
}

impl Database {
    /// Makes a new master key and seals everything with it. No other process
    /// may have the database open; those at work are noticed and nothing is
    /// done. This one must be closed and opened again afterwards.
    /// `deed` is told the server's audit log with it.
    pub async fn rotate_key(&self, key_file: &std::path::Path, deed: &Deed) -> Result<Rotated> {
        let next = MasterKey::make_next(key_file)?;
        let told = self.telling(&server_book(), deed);
        let sealed = told.seal_all(&next).await;
        let (grants, settings) =
            sealed.map_err(|fault| fault.told().while_doing("changing the master key"))?;
        let old_key = MasterKey::put_in_place(key_file, self.key.id())?;
        Ok(Rotated {
            grants,
            settings,
            key_id: next.id().to_owned(),
            old_key,
        })
    }

    async fn seal_all(&self, next: &MasterKey) -> Result<(u64, u64), Fault> {
        let mut tx = self.begin_server().await?;
        let at_work: i64 = sqlx::query_scalar(AT_WORK).fetch_one(&mut *tx).await?;
        if at_work > 0 {
            let what = "an archiver process is at work on this database";
            return Err(Error::new(Kind::Config, what)
                .remedy(
                    "Stop every archiver process first; one that was killed counts for three \
                     minutes more.",
                )
                .into());
        }
        let grants = self.seal_grants(&mut tx, next).await?;
        let settings = self.seal_settings(&mut tx, next).await?;
        // Sign-ins under way begin again.
        sqlx::query(FORGET_TRIPS).execute(&mut *tx).await?;
        let changed = sqlx::query(NEW_KEY)
            .bind(self.key.id())
            .bind(next.id())
            .execute(&mut *tx)
            .await?;
        if changed.rows_affected() != 1 {
            let what = "somebody else has changed the master key meanwhile";
            return Err(Error::new(Kind::Config, what)
                .remedy("Put their key file in its place.")
                .into());
        }
        tx.commit().await?;
        Ok((grants, settings))
    }

    async fn seal_grants(
        &self,
        tx: &mut Transaction<'_, Any>,
        next: &MasterKey,
    ) -> Result<u64, Fault> {
        let rows = sqlx::query(GRANTS).fetch_all(&mut **tx).await?;
        for row in &rows {
            let account: String = row.try_get("account_id")?;
            let connection: String = row.try_get("connection_id")?;
            let provider: String = row.try_get("provider")?;
            let end = if provider == Provider::Source.word() {
                Provider::Source
            } else {
                Provider::Destination
            };
            let cell = Cell::Grant {
                account: &account,
                connection: &connection,
                provider: end.word(),
                generation: row.try_get("generation")?,
            };
            let value = open(&self.key, &cell, &row.try_get::<String, _>("sealed")?)?;
            sqlx::query(RESEAL_GRANT)
                .bind(&account)
                .bind(&connection)
                .bind(&provider)
                .bind(next.id())
                .bind(seal(next, &cell, &value)?)
                .execute(&mut **tx)
                .await?;
        }
        Ok(rows.len() as u64)
    }

    async fn seal_settings(
        &self,
        tx: &mut Transaction<'_, Any>,
        next: &MasterKey,
    ) -> Result<u64, Fault> {
        let rows = sqlx::query(SETTINGS).fetch_all(&mut **tx).await?;
        for row in &rows {
            let name: String = row.try_get("name")?;
            let cell = Cell::Setting {
                name: &name,
                generation: row.try_get("generation")?,
            };
            let value = open(&self.key, &cell, &row.try_get::<String, _>("sealed")?)?;
            sqlx::query(RESEAL_SETTING)
                .bind(&name)
                .bind(next.id())
                .bind(seal(next, &cell, &value)?)
                .execute(&mut **tx)
                .await?;
        }
        Ok(rows.len() as u64)
    }
}
