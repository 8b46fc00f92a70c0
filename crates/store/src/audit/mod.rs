//! The audit log: appends to the chains, reads and follows them. A change and
//! the Deed that tells it are one transaction: a `Database` that has a Deed on
//! it begins its transactions by appending it.

mod secret;

use std::sync::Arc;

use async_trait::async_trait;
use domain::Result;
use domain::account::AccountId;
use domain::audit::{Broken, Check, Deed, Head, Link, Stamp};
use domain::ports::{
    Audit, AuditAsk, Change, Changed, Checked, Connections, Exports, Finds, Instance, Log,
    Overview, Sessions, Tasks,
};
use sqlx::any::AnyRow;
use sqlx::{Any, Row, Transaction};

use crate::database::Database;
use crate::fault::{Fault, unreadable};
use crate::statements::statements;

pub(crate) use secret::ALL as SECRET_STATEMENTS;

statements! {
    /// Takes the next place. The row stays locked until the transaction ends,
    /// so whoever appends meanwhile waits and then follows. Returns the hash of
    /// the Link before.
    TAKE_PLACE = "insert into audit_head (account_id, seq, hash) values ($1, 1, $2)
        on conflict (account_id) do update set seq = audit_head.seq + 1
        returning seq, hash";

    APPEND = "insert into audit
            (account_id, seq, at_ms, actor, action, target, result, hash, seal)
        values ($1, $2, $3, $4, $5, $6, $7, $8, $9)";

    MOVE_HEAD = "update audit_head set hash = $2 where account_id = $1";

    HEAD = "select seq, hash from audit_head where account_id = $1";

    BOOKS = "select account_id from audit_head union select account_id from audit
        order by account_id";

    LINKS_UP = "select a.seq, a.at_ms, a.actor, a.action, a.target, a.result, a.hash, a.seal,
            p.hash as previous
        from audit a left join audit p on p.account_id = a.account_id and p.seq = a.seq - 1
        where a.account_id = $1 and a.seq > $2 and a.at_ms >= $3 and a.at_ms < $4
            and ($5 = '' or a.actor = $5)
            and ($6 = '' or a.action = $6
                or ($6 like '%.' and substr(a.action, 1, length($6)) = $6))
        order by a.seq limit $7";

    LINKS_DOWN = "select a.seq, a.at_ms, a.actor, a.action, a.target, a.result, a.hash, a.seal,
            p.hash as previous
        from audit a left join audit p on p.account_id = a.account_id and p.seq = a.seq - 1
        where a.account_id = $1 and a.seq < $2 and a.at_ms >= $3 and a.at_ms < $4
            and ($5 = '' or a.actor = $5)
            and ($6 = '' or a.action = $6
                or ($6 like '%.' and substr(a.action, 1, length($6)) = $6))
        order by a.seq desc limit $7";
}

/// Links that are read at once where a whole chain is followed.
const PORTION: u32 = 1_000;

/// What a `Database` tells with its next transaction.
#[derive(Clone)]
pub(crate) struct Telling {
    account: AccountId,
    deed: Deed,
}

#[async_trait]
impl Audit for Database {
    async fn tell(&self, account: &AccountId, deed: &Deed) -> Result<Head> {
        let telling = self.telling(account, deed);
        self.attempt("writing the audit log", || async {
            telling.ready_to_tell().await?;
            let mut tx = self.begin_alone().await?;
            let head = telling.append(&mut tx).await?;
            tx.commit().await?;
            Ok(head.ok_or_else(|| unreadable("the audit log"))?)
        })
        .await
    }

    async fn change(
        &self,
        account: &AccountId,
        deed: &Deed,
        change: &Change<'_>,
    ) -> Result<Changed> {
        self.telling(account, deed)
            .make(account, deed.at_ms, change)
            .await
    }

    async fn audit_head(&self, account: &AccountId) -> Result<Option<Head>> {
        self.attempt("reading the audit log", || async {
            let mut reader = self.reader().await?;
            let row = sqlx::query(HEAD)
                .bind(account.as_str())
                .fetch_optional(&mut *reader)
                .await?;
            row.map(|row| head_of(&row)).transpose()
        })
        .await
    }

    async fn audit_books(&self) -> Result<Vec<AccountId>> {
        self.attempt("reading whose audit logs there are", || async {
            let books: Vec<String> = sqlx::query_scalar(BOOKS)
                .fetch_all(&mut *self.reader().await?)
                .await?;
            Ok(books.into_iter().map(AccountId::new).collect())
        })
        .await
    }

    async fn audit_links(&self, account: &AccountId, ask: &AuditAsk) -> Result<Vec<Link>> {
        self.attempt("reading the audit log", || async {
            let stamp = self.stamp_of(account).await?;
            let mut reader = self.reader().await?;
            links(&mut reader, account, &stamp, ask).await
        })
        .await
    }

    async fn check_audit(&self, account: &AccountId, known: &[Head]) -> Result<Checked> {
        let checked = self.follow(account, known).await;
        checked.map_err(|fault| fault.told().while_doing("checking the audit log"))
    }
}

impl Database {
    /// The same database, whose transactions tell this.
    pub(crate) fn telling(&self, account: &AccountId, deed: &Deed) -> Database {
        let mut telling = self.clone();
        telling.told = Some(Arc::new(Telling {
            account: account.clone(),
            deed: deed.clone(),
        }));
        telling
    }

    /// Appends what is to be told, if anything is. The stamp is there already:
    /// see [`Database::ready_to_tell`].
    pub(crate) async fn append(
        &self,
        tx: &mut Transaction<'_, Any>,
    ) -> Result<Option<Head>, Fault> {
        let Some(told) = &self.told else {
            return Ok(None);
        };
        let stamp = self.stamp_of(&told.account).await?;
        let row = sqlx::query(TAKE_PLACE)
            .bind(told.account.as_str())
            .bind(stamp.beginning().hash)
            .fetch_one(&mut **tx)
            .await?;
        let taken = head_of(&row)?;
        let before = Head {
            seq: taken.seq - 1,
            ..taken
        };
        let link = Link::next(&told.account, &before, &told.deed, &stamp);
        sqlx::query(APPEND)
            .bind(link.account.as_str())
            .bind(link.seq)
            .bind(link.at_ms)
            .bind(&link.actor)
            .bind(&link.action)
            .bind(&link.target)
            .bind(&link.result)
            .bind(&link.hash)
            .bind(&link.seal)
            .execute(&mut **tx)
            .await?;
        sqlx::query(MOVE_HEAD)
            .bind(link.account.as_str())
            .bind(&link.hash)
            .execute(&mut **tx)
            .await?;
        Ok(Some(link.head()))
    }

    /// Before a transaction begins: with SQLite nothing else can be read for
    /// writing while it runs.
    pub(crate) async fn ready_to_tell(&self) -> Result<(), Fault> {
        if let Some(told) = &self.told {
            self.stamp_of(&told.account).await?;
        }
        Ok(())
    }

    /// Each change is the function of its own book.
    async fn make(&self, account: &AccountId, now_ms: i64, change: &Change<'_>) -> Result<Changed> {
        match *change {
            Change::Session(session) => self.keep_session(session).await,
            Change::ChangedSession(session) => {
                return self.change_session(session).await.map(Changed::Whether);
            }
            Change::EndSession(key) => return self.end_session(key).await.map(Changed::Whether),
            Change::Trip(trip) => self.keep_trip(trip).await,
            Change::Token(token) => self.keep_api_token(token).await,
            Change::EndToken { extension, id } => self.end_api_token(account, extension, id).await,
            Change::Settings(all) => self.keep_settings(all).await,
            Change::Claim => return self.claim(account, now_ms).await.map(Changed::Whether),
            Change::Connection(connection) => self.keep_connection(connection, now_ms).await,
            Change::Trouble {
                connection,
                end,
                trouble,
            } => self.set_trouble(account, connection, end, trouble).await,
            Change::Disconnect(connection) => {
                let grants = self.disconnect(account, connection, now_ms).await;
                return grants.map(|(source, destination)| {
                    Changed::Grants(source.map(Box::new), destination.map(Box::new))
                });
            }
            Change::Backup(backup) => self.keep_backup(backup, now_ms).await,
            Change::Hurry(backup) => self.hurry(account, backup).await,
            Change::Rest { backup, since_ms } => self.rest_history(account, backup, since_ms).await,
            Change::Timetable {
                backup,
                was,
                timetable,
            } => {
                let changed = self.change_timetable(account, backup, was, timetable);
                return changed.await.map(Changed::Whether);
            }
            Change::Retry { backup, what } => {
                let again = self.retry(account, backup, what, now_ms).await;
                return again.map(Changed::Count);
            }
            Change::KeepFilter { extension, filter } => {
                let kept = self.keep_filter(account, extension, filter).await;
                return kept.map(Changed::Whether);
            }
            Change::DropFilter { extension, name } => {
                let dropped = self.drop_filter(account, extension, name).await;
                return dropped.map(Changed::Whether);
            }
            Change::Export(export) => self.keep_export(export).await,
        }?;
        Ok(Changed::Done)
    }

    async fn follow(&self, account: &AccountId, known: &[Head]) -> Result<Checked, Fault> {
        let stamp = self.stamp_of(account).await?;
        let mut check = Check::whole(account, &stamp, known);
        let mut moment = self.one_moment().await?;
        let head = sqlx::query(HEAD)
            .bind(account.as_str())
            .fetch_optional(&mut *moment)
            .await?;
        let head = head.map(|row| head_of(&row)).transpose()?;
        let mut good = stamp.beginning();
        let broken = |head: Head, broken: Broken| Checked {
            head,
            broken: Some(broken),
        };
        loop {
            let ask = AuditAsk::all(Some(good.seq), PORTION);
            let portion = links(&mut moment, account, &stamp, &ask).await?;
            for link in &portion {
                if let Err(why) = check.follow(link) {
                    return Ok(broken(good, why));
                }
                good = link.head();
            }
            if portion.is_empty() {
                break;
            }
        }
        // A chain that was never begun has no head.
        let head = head.or_else(|| (good.seq == 0).then(|| good.clone()));
        let head = head.unwrap_or(Head {
            seq: 0,
            hash: String::new(),
        });
        Ok(match check.end(Some(&head)) {
            Ok(head) => Checked { head, broken: None },
            Err(why) => broken(good, why),
        })
    }
}

fn head_of(row: &AnyRow) -> Result<Head, Fault> {
    Ok(Head {
        seq: row.try_get("seq")?,
        hash: row.try_get("hash")?,
    })
}

async fn links(
    reader: &mut sqlx::AnyConnection,
    account: &AccountId,
    stamp: &Stamp,
    ask: &AuditAsk,
) -> Result<Vec<Link>, Fault> {
    let (sql, start) = if ask.newest_first {
        (LINKS_DOWN, i64::MAX)
    } else {
        (LINKS_UP, i64::MIN)
    };
    let rows = sqlx::query(sql)
        .bind(account.as_str())
        .bind(ask.after.unwrap_or(start))
        .bind(ask.from_ms)
        .bind(ask.to_ms)
        .bind(crate::list::plain(&ask.actor))
        .bind(crate::list::plain(&ask.action))
        .bind(i64::from(ask.limit))
        .fetch_all(reader)
        .await?;
    rows.iter()
        .map(|row| link_of(account, stamp, row))
        .collect()
}

fn link_of(account: &AccountId, stamp: &Stamp, row: &AnyRow) -> Result<Link, Fault> {
    let seq: i64 = row.try_get("seq")?;
    let previous: Option<String> = row.try_get("previous")?;
    let first = || {
        if seq == 1 {
            stamp.beginning().hash
        } else {
            String::new()
        }
    };
    Ok(Link {
        account: account.clone(),
        seq,
        at_ms: row.try_get("at_ms")?,
        actor: row.try_get("actor")?,
        action: row.try_get("action")?,
        target: row.try_get("target")?,
        result: row.try_get("result")?,
        previous: previous.unwrap_or_else(first),
        hash: row.try_get("hash")?,
        seal: row.try_get("seal")?,
    })
}
