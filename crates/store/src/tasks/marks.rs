//! Marks: how far each lane was listed. They never move back.

use domain::account::AccountId;
use domain::connection::BackupId;
use domain::data_type::DataType;
use domain::lane::Lane;

use crate::database::Database;
use crate::fault::Fault;
use crate::statements::statements;

statements! {
    MARK = "select to_ms from mark
        where account_id = $1 and backup_id = $2 and lane = $3 and data_type = $4";

    ADVANCE_MARK = "insert into mark (account_id, backup_id, lane, data_type, to_ms)
        values ($1, $2, $3, $4, $5)
        on conflict (account_id, backup_id, lane, data_type)
        do update set to_ms = excluded.to_ms where excluded.to_ms > mark.to_ms";
}

impl Database {
    pub(super) async fn one_mark(
        &self,
        account: &AccountId,
        backup: &BackupId,
        lane: &Lane,
        data_type: DataType,
    ) -> Result<Option<i64>, Fault> {
        Ok(sqlx::query_scalar(MARK)
            .bind(account.as_str())
            .bind(backup.as_str())
            .bind(lane.key())
            .bind(data_type.word())
            .fetch_optional(&mut *self.reader().await?)
            .await?)
    }

    pub(super) async fn put_mark(
        &self,
        account: &AccountId,
        backup: &BackupId,
        lane: &Lane,
        data_type: DataType,
        to_ms: i64,
    ) -> Result<(), Fault> {
        let mut tx = self.begin(account).await?;
        sqlx::query(ADVANCE_MARK)
            .bind(account.as_str())
            .bind(backup.as_str())
            .bind(lane.key())
            .bind(data_type.word())
            .bind(to_ms)
            .execute(&mut *tx)
            .await?;
        Ok(tx.commit().await?)
    }
}
