//! The audit log, in memory.

use std::collections::BTreeMap;

use async_trait::async_trait;
use domain::Result;
use domain::account::AccountId;
use domain::audit::{Check, Deed, Head, Link, Stamp};
use domain::ports::{
    Audit, AuditAsk, Change, Changed, Checked, Connections, Exports, Finds, Instance, Log,
    Overview, Sessions, Tasks,
};

use super::Store;

/// A database makes its own.
const SECRET: [u8; 32] = [7; 32];

#[derive(Default)]
pub(super) struct Chains(BTreeMap<AccountId, Vec<Link>>);

impl Chains {
    fn append(&mut self, account: &AccountId, deed: &Deed) -> Head {
        let stamp = Stamp::of(&SECRET, account);
        let chain = self.0.entry(account.clone()).or_default();
        let head = chain.last().map_or(stamp.beginning(), Link::head);
        let link = Link::next(account, &head, deed, &stamp);
        let head = link.head();
        chain.push(link);
        head
    }
}

impl Store {
    fn chains<T>(&self, at: impl FnOnce(&mut Chains) -> T) -> T {
        at(&mut self.books.lock().unwrap().chains)
    }

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
            Change::Settings(all) => {
                for (name, value) in all {
                    self.keep_setting(name, value.as_ref()).await?;
                }
                Ok(())
            }
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
}

#[async_trait]
impl Audit for Store {
    async fn tell(&self, account: &AccountId, deed: &Deed) -> Result<Head> {
        Ok(self.chains(|all| all.append(account, deed)))
    }

    async fn change(
        &self,
        account: &AccountId,
        deed: &Deed,
        change: &Change<'_>,
    ) -> Result<Changed> {
        let changed = self.make(account, deed.at_ms, change).await?;
        if changed != Changed::Whether(false) {
            self.chains(|all| all.append(account, deed));
        }
        Ok(changed)
    }

    async fn audit_head(&self, account: &AccountId) -> Result<Option<Head>> {
        Ok(self.chains(|all| all.0.get(account)?.last().map(Link::head)))
    }

    async fn audit_books(&self) -> Result<Vec<AccountId>> {
        Ok(self.chains(|all| all.0.keys().cloned().collect()))
    }

    async fn audit_links(&self, account: &AccountId, ask: &AuditAsk) -> Result<Vec<Link>> {
        let mut links = self.chains(|all| all.0.get(account).cloned().unwrap_or_default());
        if ask.newest_first {
            links.reverse();
        }
        let after = |link: &Link| match ask.after {
            None => true,
            Some(seq) if ask.newest_first => link.seq < seq,
            Some(seq) => link.seq > seq,
        };
        links.retain(|it| after(it) && ask.wants(it));
        links.truncate(ask.limit as usize);
        Ok(links)
    }

    async fn check_audit(&self, account: &AccountId, known: &[Head]) -> Result<Checked> {
        let links = self.chains(|all| all.0.get(account).cloned().unwrap_or_default());
        let stamp = Stamp::of(&SECRET, account);
        let mut check = Check::whole(account, &stamp, known);
        let mut head = stamp.beginning();
        for link in &links {
            if let Err(broken) = check.follow(link) {
                let broken = Some(broken);
                return Ok(Checked { head, broken });
            }
            head = link.head();
        }
        let broken = check.end(None).err();
        Ok(Checked { head, broken })
    }
}
