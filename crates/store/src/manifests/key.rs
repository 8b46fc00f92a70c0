//! The key that signs manifests: made once for the whole installation, sealed
//! like every other secret.

use domain::manifest::hex;
use domain::{Error, Kind, Secret};
use sqlx::Row;
use sqlx::any::AnyRow;

use crate::database::Database;
use crate::fault::Fault;
use crate::seal::{Cell, open, seal};
use crate::sessions::secret_of;
use crate::statements::statements;

statements! {
    SEED = "select generation, sealed from setting where name = $1";

    NEW_SEED = "insert into setting (name, generation, key_id, sealed)
        values ($1, $2, $3, $4)";
}

/// The setting that holds the seed of the signing key.
const SIGNING: &str = "manifest signing key";

impl Database {
    pub(super) async fn seed(&self) -> Result<Secret, Fault> {
        let asked = || sqlx::query(SEED).bind(SIGNING);
        let known = asked().fetch_optional(&mut *self.reader().await?).await?;
        if let Some(row) = known {
            return self.seed_of(&row);
        }
        let mut tx = self.begin_server().await?;
        if let Some(row) = asked().fetch_optional(&mut *tx).await? {
            return self.seed_of(&row);
        }
        let mut seed = [0; 32];
        getrandom::fill(&mut seed).map_err(|_| {
            let what = "the operating system gives no random numbers";
            Error::new(Kind::Storage, what)
        })?;
        let seed = Secret::new(hex(&seed));
        let cell = Cell::Setting {
            name: SIGNING,
            generation: 1,
        };
        sqlx::query(NEW_SEED)
            .bind(SIGNING)
            .bind(1_i64)
            .bind(self.key.id())
            .bind(seal(&self.key, &cell, seed.expose().as_bytes())?)
            .execute(&mut *tx)
            .await?;
        tx.commit().await?;
        Ok(seed)
    }

    fn seed_of(&self, row: &AnyRow) -> Result<Secret, Fault> {
        let cell = Cell::Setting {
            name: SIGNING,
            generation: row.try_get("generation")?,
        };
        secret_of(&open(
            &self.key,
            &cell,
            &row.try_get::<String, _>("sealed")?,
        )?)
    }
}
