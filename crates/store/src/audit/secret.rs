//! What all chains are sealed by: 32 random bytes, made when they are first
//! needed, sealed under the master key.

use domain::account::AccountId;
use domain::audit::Stamp;
use domain::{Error, Kind, Result, Verdict};
use sqlx::Row;
use zeroize::Zeroizing;

use crate::database::Database;
use crate::fault::Fault;
use crate::seal::{Cell, open, seal};
use crate::statements::statements;

statements! {
    SECRET = "select generation, sealed from setting where name = $1";

    NEW_SECRET = "insert into setting (name, generation, key_id, sealed) values ($1, 1, $2, $3)
        on conflict (name) do nothing";
}

/// The setting that holds what all chains are sealed by. As a setting it is
/// copied, restored and sealed anew with the others.
const NAME: &str = "audit";

impl Database {
    /// What a company's chain is sealed by.
    pub(super) async fn stamp_of(&self, account: &AccountId) -> Result<Stamp, Fault> {
        let secret = self.secret.get_or_try_init(|| self.read_or_make_secret());
        Ok(Stamp::of(secret.await?, account))
    }

    async fn read_or_make_secret(&self) -> Result<Zeroizing<[u8; 32]>, Fault> {
        if let Some(secret) = self.read_secret().await? {
            return Ok(secret);
        }
        let mut fresh = Zeroizing::new([0; 32]);
        getrandom::fill(&mut *fresh).map_err(|_| {
            let what = "the operating system gives no random numbers";
            Error::new(Kind::Storage, what)
        })?;
        let sealed = seal(&self.key, &CELL, &*fresh)?;
        let mut tx = self.start_untold().await?;
        sqlx::query(NEW_SECRET)
            .bind(NAME)
            .bind(self.key.id())
            .bind(sealed)
            .execute(&mut *tx)
            .await?;
        tx.commit().await?;
        // Another process may have been first.
        let secret = self.read_secret().await?;
        Ok(secret.ok_or_else(was_changed)?)
    }

    async fn read_secret(&self) -> Result<Option<Zeroizing<[u8; 32]>>, Fault> {
        let row = sqlx::query(SECRET)
            .bind(NAME)
            .fetch_optional(&mut *self.reader().await?)
            .await?;
        let Some(row) = row else {
            return Ok(None);
        };
        let sealed: String = row.try_get("sealed")?;
        let secret = open(&self.key, &CELL, &sealed).map_err(|_| was_changed())?;
        let secret: [u8; 32] = secret.as_slice().try_into().map_err(|_| was_changed())?;
        Ok(Some(Zeroizing::new(secret)))
    }
}

const CELL: Cell<'_> = Cell::Setting {
    name: NAME,
    generation: 1,
};

fn was_changed() -> Error {
    let what = "the key of the audit log was changed from outside";
    Error::new(Kind::Storage, what)
        .verdict_is(Verdict::GiveUp)
        .remedy("Put a copy of the database back: without the key no chain can be gone on with.")
}
