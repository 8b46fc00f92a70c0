//! What processes agree on before they send. What a state means and what
//! becomes of it, the domain decides; here it is read and written under a lock.

use std::time::Duration;

use async_trait::async_trait;
use domain::Result;
use domain::allowance::{Allowance, Inquiry, LONGEST_SHUT_MS, RateKey, Told};
use domain::ports::Limits;
use domain::right::Right;
use serde::de::DeserializeOwned;
use sqlx::{Any, Row};

use crate::database::Database;
use crate::fault::Fault;
use crate::list::json;
use crate::statements::statements;

statements! {
    /// With the end of a penalty of the whole provider, and the time.
    SEE_ALLOWANCE = "select
            (select state from allowance
                where peer = $1 and subject = $2 and rate_group = $3) as state,
            (select shut_until_ms from allowance
                where peer = $1 and subject = '' and rate_group = '') as all_until_ms,
            cast(unixepoch('subsec') * 1000 as bigint) as now_ms";

    /// Others wait until this transaction ends.
    HOLD_ALLOWANCE = "insert into allowance (peer, subject, rate_group, state, shut_until_ms)
        values ($1, $2, $3, '', 0)
        on conflict (peer, subject, rate_group) do update set state = allowance.state";

    KEEP_ALLOWANCE = "update allowance set state = $4, shut_until_ms = $5
        where peer = $1 and subject = $2 and rate_group = $3";

    PENALTIES = "select peer, subject, rate_group,
            shut_until_ms - cast(unixepoch('subsec') * 1000 as bigint) as left_ms
        from allowance
        where shut_until_ms > (select cast(unixepoch('subsec') * 1000 as bigint))";

    SEE_RIGHT = "select (select state from held_right where name = $1) as state,
            cast(unixepoch('subsec') * 1000 as bigint) as now_ms";

    HOLD_RIGHT = "insert into held_right (name, state) values ($1, '')
        on conflict (name) do update set state = held_right.state";

    KEEP_RIGHT = "update held_right set state = $2 where name = $1";
}

#[async_trait]
impl Limits for Database {
    async fn inquire(&self, key: &RateKey, inquiry: &Inquiry) -> Result<Told> {
        self.attempt("sharing a rate limit", || self.answer(key, inquiry))
            .await
    }

    async fn penalties(&self) -> Result<Vec<(RateKey, Duration)>> {
        self.attempt("reading the rate limits' penalties", || {
            self.running_penalties()
        })
        .await
    }

    async fn take_right(&self, name: &str, holder: &str, lease: Duration) -> Result<bool> {
        let lease_ms = i64::try_from(lease.as_millis()).unwrap_or(i64::MAX / 4);
        self.attempt("taking a right", || {
            self.change_right(name, |right, now_ms| right.ask(holder, lease_ms, now_ms))
        })
        .await
    }

    async fn end_right(&self, name: &str, holder: &str) -> Result<()> {
        self.attempt("giving a right back", || {
            self.change_right(name, |right, _| right.give_back(holder))
        })
        .await
    }
}

/// A row as it stands.
struct Seen<T> {
    state: T,
    all_until_ms: i64,
    now_ms: i64,
}

impl Database {
    /// Who learns nothing new and is given nothing needs no lock.
    async fn answer(&self, key: &RateKey, inquiry: &Inquiry) -> Result<Told, Fault> {
        if inquiry.want > 0 && inquiry.notes.is_empty() {
            let mut seen = see_allowance(&mut *self.reader().await?, key).await?;
            let told = seen.state.answer(inquiry, seen.all_until_ms, seen.now_ms);
            if !matches!(told, Told::Granted { .. }) {
                return Ok(told);
            }
        }
        let mut tx = self.begin_alone().await?;
        of_key(sqlx::query(HOLD_ALLOWANCE), key)
            .execute(&mut *tx)
            .await?;
        let Seen {
            mut state,
            all_until_ms,
            now_ms,
        } = see_allowance(&mut tx, key).await?;
        let told = state.answer(inquiry, all_until_ms, now_ms);
        of_key(sqlx::query(KEEP_ALLOWANCE), key)
            .bind(json(&state)?)
            .bind(state.shut_until_ms())
            .execute(&mut *tx)
            .await?;
        tx.commit().await?;
        Ok(told)
    }

    async fn running_penalties(&self) -> Result<Vec<(RateKey, Duration)>, Fault> {
        let rows = sqlx::query(PENALTIES)
            .fetch_all(&mut *self.reader().await?)
            .await?;
        let mut running = Vec::new();
        for row in rows {
            let left_ms: i64 = row.try_get("left_ms")?;
            let key = RateKey {
                peer: row.try_get("peer")?,
                subject: row.try_get("subject")?,
                group: row.try_get("rate_group")?,
            };
            if left_ms <= LONGEST_SHUT_MS {
                running.push((key, Duration::from_millis(left_ms.unsigned_abs())));
            }
        }
        Ok(running)
    }

    /// Without a lock where nothing changes: who waits asks often.
    async fn change_right<T>(
        &self,
        name: &str,
        change: impl Fn(&mut Right, i64) -> T,
    ) -> Result<T, Fault> {
        let seen = see_right(&mut *self.reader().await?, name).await?;
        let mut right = seen.state.clone();
        let told = change(&mut right, seen.now_ms);
        if right == seen.state {
            return Ok(told);
        }
        let mut tx = self.begin_alone().await?;
        sqlx::query(HOLD_RIGHT).bind(name).execute(&mut *tx).await?;
        let Seen {
            mut state, now_ms, ..
        } = see_right(&mut tx, name).await?;
        let told = change(&mut state, now_ms);
        sqlx::query(KEEP_RIGHT)
            .bind(name)
            .bind(json(&state)?)
            .execute(&mut *tx)
            .await?;
        tx.commit().await?;
        Ok(told)
    }
}

type Query<'q> = sqlx::query::Query<'q, Any, <Any as sqlx::Database>::Arguments>;

fn of_key<'q>(query: Query<'q>, key: &'q RateKey) -> Query<'q> {
    query
        .bind(key.peer.as_str())
        .bind(key.subject.as_str())
        .bind(key.group.as_str())
}

async fn see_allowance(
    connection: &mut sqlx::AnyConnection,
    key: &RateKey,
) -> Result<Seen<Allowance>, Fault> {
    let row = of_key(sqlx::query(SEE_ALLOWANCE), key)
        .fetch_one(connection)
        .await?;
    Ok(Seen {
        state: state(row.try_get("state")?),
        all_until_ms: row.try_get::<Option<i64>, _>("all_until_ms")?.unwrap_or(0),
        now_ms: row.try_get("now_ms")?,
    })
}

async fn see_right(connection: &mut sqlx::AnyConnection, name: &str) -> Result<Seen<Right>, Fault> {
    let row = sqlx::query(SEE_RIGHT)
        .bind(name)
        .fetch_one(connection)
        .await?;
    Ok(Seen {
        state: state(row.try_get("state")?),
        all_until_ms: 0,
        now_ms: row.try_get("now_ms")?,
    })
}

/// What cannot be read is of another version: as if nothing was known.
fn state<T: DeserializeOwned + Default>(text: Option<String>) -> T {
    let known = text.and_then(|text| serde_json::from_str(&text).ok());
    known.unwrap_or_default()
}
