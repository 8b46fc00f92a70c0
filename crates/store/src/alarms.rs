//! Alarms that stand, the news of them, and whose watch it is.

use std::time::Duration;

use async_trait::async_trait;
use domain::Result;
use domain::account::AccountId;
use domain::alarm::{Alarm, AlarmKey, AlarmKind, News, Notice, Standing, Way};
use domain::ports::Alarms;
use sqlx::any::AnyRow;
use sqlx::{Any, Row, Transaction};

use crate::database::Database;
use crate::fault::Fault;
use crate::list::{keys, plain};
use crate::statements::statements;

statements! {
    /// A lease that ends absurdly far ahead was written before the clock jumped
    /// back.
    TAKE_WATCH = "insert into watch (name, holder, until_ms)
        values ('alarms', $1, cast(unixepoch('subsec') * 1000 as bigint) + $2)
        on conflict (name) do update set holder = excluded.holder, until_ms = excluded.until_ms
        where watch.until_ms <= cast(unixepoch('subsec') * 1000 as bigint)
            or watch.until_ms > cast(unixepoch('subsec') * 1000 as bigint) + 2 * $2
            or watch.holder = excluded.holder
        returning holder";

    /// Standing alarms are few: most of the time there is none.
    STANDING = "select account_id, kind, about, what, since_ms, ways from alarm
        where account_id >= '' order by account_id, kind, about";

    STANDING_OF = "select account_id, kind, about, what, since_ms, ways from alarm
        where account_id = $1 order by kind, about";

    STANDING_ONE = "select account_id, kind, about, what, since_ms, ways from alarm
        where account_id = $1 and kind = $2 and about = $3";

    RAISE = "insert into alarm (account_id, kind, about, what, since_ms, ways)
        values ($1, $2, $3, $4, $5, $6)
        on conflict (account_id, kind, about) do update set what = excluded.what,
            ways = excluded.ways";

    CLEAR = "delete from alarm where account_id = $1 and kind = $2 and about = $3";

    NEW_NOTICE = "insert into notice (id, way, account_id, kind, about, what, news, at_ms,
            tries, next_ms)
        values ($1, $2, $3, $4, $5, $6, $7, $8, 0, $8)
        on conflict (id) do nothing";

    /// In the order in which things happened; fired before cleared.
    NOTICES = "select id, account_id, kind, about, what, news, at_ms, tries from notice
        where way = $1 and next_ms <= $2 order by at_ms, news desc, id limit $3";

    END_NOTICES = "delete from notice where id in (select r.key from json_each($1) as r)";

    POSTPONE_NOTICES = "update notice set tries = tries + 1, next_ms = $2
        where id in (select r.key from json_each($1) as r)";
}

#[async_trait]
impl Alarms for Database {
    async fn take_watch(&self, holder: &str, lease: Duration) -> Result<bool> {
        self.attempt("taking the watch", || self.put_watch(holder, lease))
            .await
    }

    async fn alarms(&self) -> Result<Vec<Standing>> {
        self.attempt("reading alarms", || self.all_alarms()).await
    }

    async fn alarms_of(&self, account: Option<&AccountId>) -> Result<Vec<Standing>> {
        self.attempt("reading alarms", || self.some_alarms(account))
            .await
    }

    async fn raise_alarm(&self, alarm: &Alarm, ways: &[Way], now_ms: i64) -> Result<bool> {
        self.attempt("raising an alarm", || self.put_alarm(alarm, ways, now_ms))
            .await
    }

    async fn clear_alarm(&self, key: &AlarmKey, now_ms: i64) -> Result<bool> {
        self.attempt("clearing an alarm", || self.drop_alarm(key, now_ms))
            .await
    }

    async fn notices(&self, way: Way, now_ms: i64, limit: u32) -> Result<Vec<Notice>> {
        self.attempt("reading what is to be told", || {
            self.some_notices(way, now_ms, limit)
        })
        .await
    }

    async fn end_notices(&self, ids: &[String]) -> Result<()> {
        self.attempt("noting what was told", || self.drop_notices(ids))
            .await
    }

    async fn postpone_notices(&self, ids: &[String], next_ms: i64) -> Result<()> {
        self.attempt("noting what was not told", || {
            self.delay_notices(ids, next_ms)
        })
        .await
    }
}

impl Database {
    async fn put_watch(&self, holder: &str, lease: Duration) -> Result<bool, Fault> {
        let mut tx = self.begin_server().await?;
        let taken: Option<String> = sqlx::query_scalar(TAKE_WATCH)
            .bind(holder)
            .bind(i64::try_from(lease.as_millis()).unwrap_or(i64::MAX / 4))
            .fetch_optional(&mut *tx)
            .await?;
        tx.commit().await?;
        Ok(taken.is_some())
    }

    async fn all_alarms(&self) -> Result<Vec<Standing>, Fault> {
        let rows = sqlx::query(STANDING)
            .fetch_all(&mut *self.reader().await?)
            .await?;
        standing(&rows)
    }

    async fn some_alarms(&self, account: Option<&AccountId>) -> Result<Vec<Standing>, Fault> {
        let rows = sqlx::query(STANDING_OF)
            .bind(account.map_or("", AccountId::as_str))
            .fetch_all(&mut *self.reader().await?)
            .await?;
        standing(&rows)
    }

    async fn put_alarm(&self, alarm: &Alarm, ways: &[Way], now_ms: i64) -> Result<bool, Fault> {
        let mut tx = self.begin_server().await?;
        let row = one(&mut tx, &alarm.key).await?;
        let mut told: Vec<String> = match &row {
            Some(row) => told_of(row)?,
            None => Vec::new(),
        };
        let what = plain(&alarm.what);
        let mut changed = match &row {
            Some(row) => row.try_get::<String, _>("what")? != what,
            None => true,
        };
        let since_ms = row
            .as_ref()
            .map_or(Ok(now_ms), |row| row.try_get("since_ms"))?;
        let kept = Alarm {
            what: what.clone(),
            ..alarm.clone()
        };
        for way in ways {
            if told.iter().all(|it| it != way.word()) {
                told.push(way.word().to_owned());
                put_notice(&mut tx, way.word(), &kept, News::Fired, now_ms).await?;
                changed = true;
            }
        }
        if changed {
            sqlx::query(RAISE)
                .bind(account_of(&alarm.key))
                .bind(alarm.key.kind.word())
                .bind(&alarm.key.about)
                .bind(what)
                .bind(since_ms)
                .bind(told.join(","))
                .execute(&mut *tx)
                .await?;
        }
        tx.commit().await?;
        Ok(row.is_none())
    }

    async fn drop_alarm(&self, key: &AlarmKey, now_ms: i64) -> Result<bool, Fault> {
        let mut tx = self.begin_server().await?;
        let Some(row) = one(&mut tx, key).await? else {
            return Ok(false);
        };
        let alarm = Alarm {
            key: key.clone(),
            what: row.try_get("what")?,
        };
        for way in told_of(&row)? {
            put_notice(&mut tx, &way, &alarm, News::Cleared, now_ms).await?;
        }
        sqlx::query(CLEAR)
            .bind(account_of(key))
            .bind(key.kind.word())
            .bind(&key.about)
            .execute(&mut *tx)
            .await?;
        tx.commit().await?;
        Ok(true)
    }

    async fn some_notices(&self, way: Way, now_ms: i64, limit: u32) -> Result<Vec<Notice>, Fault> {
        let rows = sqlx::query(NOTICES)
            .bind(way.word())
            .bind(now_ms)
            .bind(i64::from(limit))
            .fetch_all(&mut *self.reader().await?)
            .await?;
        let mut notices = Vec::with_capacity(rows.len());
        for row in &rows {
            if let Some(alarm) = alarm_of(row)? {
                let news = match row.try_get::<String, _>("news")?.as_str() {
                    "cleared" => News::Cleared,
                    _ => News::Fired,
                };
                notices.push(Notice {
                    id: row.try_get("id")?,
                    alarm,
                    news,
                    at_ms: row.try_get("at_ms")?,
                    tries: u32::try_from(row.try_get::<i64, _>("tries")?).unwrap_or(u32::MAX),
                });
            }
        }
        Ok(notices)
    }

    async fn drop_notices(&self, ids: &[String]) -> Result<(), Fault> {
        let mut tx = self.begin_server().await?;
        sqlx::query(END_NOTICES)
            .bind(keys(ids.iter().map(String::as_str))?)
            .execute(&mut *tx)
            .await?;
        Ok(tx.commit().await?)
    }

    async fn delay_notices(&self, ids: &[String], next_ms: i64) -> Result<(), Fault> {
        let mut tx = self.begin_server().await?;
        sqlx::query(POSTPONE_NOTICES)
            .bind(keys(ids.iter().map(String::as_str))?)
            .bind(next_ms)
            .execute(&mut *tx)
            .await?;
        Ok(tx.commit().await?)
    }
}

fn account_of(key: &AlarmKey) -> &str {
    key.account.as_ref().map_or("", AccountId::as_str)
}

async fn one(tx: &mut Transaction<'_, Any>, key: &AlarmKey) -> Result<Option<AnyRow>, Fault> {
    Ok(sqlx::query(STANDING_ONE)
        .bind(account_of(key))
        .bind(key.kind.word())
        .bind(&key.about)
        .fetch_optional(&mut **tx)
        .await?)
}

fn told_of(row: &AnyRow) -> Result<Vec<String>, Fault> {
    let ways: String = row.try_get("ways")?;
    let ways = ways.split(',').filter(|it| !it.is_empty());
    Ok(ways.map(str::to_owned).collect())
}

/// Its id says what it is, so that the same news is there once.
async fn put_notice(
    tx: &mut Transaction<'_, Any>,
    way: &str,
    alarm: &Alarm,
    news: News,
    now_ms: i64,
) -> Result<(), Fault> {
    let (account, kind) = (account_of(&alarm.key), alarm.key.kind.word());
    let (about, word) = (&alarm.key.about, news.word());
    sqlx::query(NEW_NOTICE)
        .bind(format!("{now_ms} {way} {word} {kind} {account} {about}"))
        .bind(way)
        .bind(account)
        .bind(kind)
        .bind(about)
        .bind(&alarm.what)
        .bind(word)
        .bind(now_ms)
        .execute(&mut **tx)
        .await?;
    Ok(())
}

/// `None`: of a kind that a newer version wrote.
fn alarm_of(row: &AnyRow) -> Result<Option<Alarm>, Fault> {
    let Some(kind) = AlarmKind::from_word(&row.try_get::<String, _>("kind")?) else {
        return Ok(None);
    };
    let account: String = row.try_get("account_id")?;
    let key = AlarmKey {
        account: (!account.is_empty()).then(|| AccountId::new(account)),
        kind,
        about: row.try_get("about")?,
    };
    Ok(Some(Alarm {
        key,
        what: row.try_get("what")?,
    }))
}

fn standing(rows: &[AnyRow]) -> Result<Vec<Standing>, Fault> {
    let mut standing = Vec::with_capacity(rows.len());
    for row in rows {
        if let Some(alarm) = alarm_of(row)? {
            standing.push(Standing {
                alarm,
                since_ms: row.try_get("since_ms")?,
            });
        }
    }
    Ok(standing)
}
