//! Destinations: whose they are, and how the folders there are named. Both are
//! decided once.

use domain::account::{AccountId, ExtensionId};
use domain::archive_path::Naming;
use domain::connection::DestinationRecord;
use domain::ledger::DestinationId;
use domain::{Error, Kind};
use sqlx::Row;
use sqlx::any::AnyRow;

use crate::database::Database;
use crate::fault::{Fault, unreadable};
use crate::list::plain;
use crate::statements::statements;

statements! {
    NEW_DESTINATION = "insert into destination (id, account_id, label, naming)
        values ($1, $2, $3, $4) on conflict (id) do nothing";

    DESTINATION = "select account_id, label, naming from destination where id = $1";

    OWN_DESTINATION = "select account_id, label, naming from destination
        where id = $1 and account_id = $2";

    FOLDER = "select name from folder
        where account_id = $1 and destination_id = $2 and extension_id = $3";

    NEW_FOLDER = "insert into folder (account_id, destination_id, extension_id, name)
        values ($1, $2, $3, $4)
        on conflict (account_id, destination_id, extension_id) do nothing";
}

impl Database {
    pub(crate) async fn put_destination(
        &self,
        record: &DestinationRecord,
    ) -> Result<DestinationRecord, Fault> {
        let mut tx = self.begin(&record.account).await?;
        sqlx::query(NEW_DESTINATION)
            .bind(record.id.as_str())
            .bind(record.account.as_str())
            .bind(plain(&record.label))
            .bind(naming_word(record.naming)?)
            .execute(&mut *tx)
            .await?;
        let kept = sqlx::query(DESTINATION)
            .bind(record.id.as_str())
            .fetch_one(&mut *tx)
            .await?;
        if kept.try_get::<String, _>("account_id")? != record.account.as_str() {
            return Err(Fault::Told(
                Error::new(
                    Kind::Config,
                    "this destination already holds another company's archive",
                )
                .remedy("Connect a destination of its own: archives are never mixed."),
            ));
        }
        tx.commit().await?;
        record_of(&record.account, &record.id, &kept)
    }

    pub(crate) async fn one_destination(
        &self,
        account: &AccountId,
        id: &DestinationId,
    ) -> Result<Option<DestinationRecord>, Fault> {
        let kept = sqlx::query(OWN_DESTINATION)
            .bind(id.as_str())
            .bind(account.as_str())
            .fetch_optional(&mut *self.reader().await?)
            .await?;
        kept.map(|kept| record_of(account, id, &kept)).transpose()
    }

    pub(crate) async fn fixed_folder(
        &self,
        account: &AccountId,
        destination: &DestinationId,
        extension: Option<&ExtensionId>,
        proposed: &str,
    ) -> Result<String, Fault> {
        let extension = extension.map_or("", ExtensionId::as_str);
        let asked = || {
            sqlx::query_scalar::<_, String>(FOLDER)
                .bind(account.as_str())
                .bind(destination.as_str())
                .bind(extension)
        };
        if let Some(name) = asked().fetch_optional(&mut *self.reader().await?).await? {
            return Ok(name);
        }
        let mut tx = self.begin(account).await?;
        sqlx::query(NEW_FOLDER)
            .bind(account.as_str())
            .bind(destination.as_str())
            .bind(extension)
            .bind(plain(proposed))
            .execute(&mut *tx)
            .await?;
        let name = asked().fetch_one(&mut *tx).await?;
        tx.commit().await?;
        Ok(name)
    }
}

fn record_of(
    account: &AccountId,
    id: &DestinationId,
    kept: &AnyRow,
) -> Result<DestinationRecord, Fault> {
    Ok(DestinationRecord {
        id: id.clone(),
        account: account.clone(),
        label: kept.try_get("label")?,
        naming: naming_of(&kept.try_get::<String, _>("naming")?)?,
    })
}

fn naming_word(naming: Naming) -> Result<String, Fault> {
    match serde_json::to_value(naming)? {
        serde_json::Value::String(word) => Ok(word),
        _ => Err(unreadable("a naming preset").into()),
    }
}

fn naming_of(word: &str) -> Result<Naming, Fault> {
    Ok(serde_json::from_value(word.into())?)
}
