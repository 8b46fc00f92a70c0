//! What belongs to the server itself and to no company: its keys at the
//! providers, sealed, and whose it is.

use async_trait::async_trait;
use domain::account::AccountId;
use domain::ports::Instance;
use domain::{Result, Secret};
use sqlx::{Any, Row, Transaction};

use crate::database::Database;
use crate::fault::Fault;
use crate::seal::{Cell, open, seal};
use crate::sessions::secret_of;
use crate::statements::statements;

statements! {
    SETTING = "select generation, sealed from setting where name = $1";

    KEEP_SETTING = "insert into setting (name, generation, key_id, sealed)
        values ($1, $2, $3, $4)
        on conflict (name) do update set generation = excluded.generation,
            key_id = excluded.key_id, sealed = excluded.sealed";

    ERASE_SETTING = "delete from setting where name = $1";

    OWNERS = "select account_id from owner order by account_id";

    CLAIM = "insert into owner (account_id, since_ms)
        select $1, cast($2 as bigint) where not exists (select 1 from owner)";
}

#[async_trait]
impl Instance for Database {
    async fn setting(&self, name: &str) -> Result<Option<Secret>> {
        self.attempt("reading a setting", || self.one_setting(name))
            .await
    }

    async fn keep_setting(&self, name: &str, value: Option<&Secret>) -> Result<()> {
        self.attempt("keeping a setting", || async {
            let mut tx = self.begin_server().await?;
            self.put_setting(&mut tx, name, value).await?;
            Ok(tx.commit().await?)
        })
        .await
    }

    async fn owners(&self) -> Result<Vec<AccountId>> {
        self.attempt("reading whose the server is", || self.all_owners())
            .await
    }

    async fn claim(&self, account: &AccountId, now_ms: i64) -> Result<bool> {
        self.attempt("giving the server to a company", || {
            self.claim_server(account, now_ms)
        })
        .await
    }
}

impl Database {
    async fn one_setting(&self, name: &str) -> Result<Option<Secret>, Fault> {
        let row = sqlx::query(SETTING)
            .bind(name)
            .fetch_optional(&mut *self.reader().await?)
            .await?;
        let Some(row) = row else {
            return Ok(None);
        };
        let cell = Cell::Setting {
            name,
            generation: row.try_get("generation")?,
        };
        let bytes = open(&self.key, &cell, &row.try_get::<String, _>("sealed")?)?;
        Ok(Some(secret_of(&bytes)?))
    }

    /// Keeps several settings, all of them or none.
    pub(crate) async fn keep_settings(&self, all: &[(&'static str, Option<Secret>)]) -> Result<()> {
        self.attempt("keeping settings", || async {
            let mut tx = self.begin_server().await?;
            for (name, value) in all {
                self.put_setting(&mut tx, name, value.as_ref()).await?;
            }
            Ok(tx.commit().await?)
        })
        .await
    }

    async fn put_setting(
        &self,
        tx: &mut Transaction<'_, Any>,
        name: &str,
        value: Option<&Secret>,
    ) -> Result<(), Fault> {
        let Some(value) = value else {
            sqlx::query(ERASE_SETTING)
                .bind(name)
                .execute(&mut **tx)
                .await?;
            return Ok(());
        };
        let row = sqlx::query(SETTING)
            .bind(name)
            .fetch_optional(&mut **tx)
            .await?;
        let before: i64 = row.map_or(Ok(0), |row| row.try_get("generation"))?;
        let cell = Cell::Setting {
            name,
            generation: before + 1,
        };
        sqlx::query(KEEP_SETTING)
            .bind(name)
            .bind(before + 1)
            .bind(self.key.id())
            .bind(seal(&self.key, &cell, value.expose().as_bytes())?)
            .execute(&mut **tx)
            .await?;
        Ok(())
    }

    async fn all_owners(&self) -> Result<Vec<AccountId>, Fault> {
        let owners: Vec<String> = sqlx::query_scalar(OWNERS)
            .fetch_all(&mut *self.reader().await?)
            .await?;
        Ok(owners.into_iter().map(AccountId::new).collect())
    }

    async fn claim_server(&self, account: &AccountId, now_ms: i64) -> Result<bool, Fault> {
        let mut tx = self.begin_server().await?;
        sqlx::query(CLAIM)
            .bind(account.as_str())
            .bind(now_ms)
            .execute(&mut *tx)
            .await?;
        let owners: Vec<String> = sqlx::query_scalar(OWNERS).fetch_all(&mut *tx).await?;
        if !owners.iter().any(|it| it == account.as_str()) {
            return Ok(false);
        }
        tx.commit().await?;
        Ok(true)
    }
}
