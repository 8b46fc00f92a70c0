//! Alarms, the news of them, and whose watch it is, in memory.

use std::collections::BTreeMap;
use std::time::Duration;

use async_trait::async_trait;
use domain::Result;
use domain::account::AccountId;
use domain::alarm::{Alarm, AlarmKey, News, Notice, Standing, Way};

use super::Store;
use crate::clock::millis;

#[derive(Default)]
pub(super) struct Alarms {
    standing: BTreeMap<AlarmKey, (Standing, Vec<Way>)>,
    /// In the order in which they were made.
    notices: Vec<Waiting>,
    made: u64,
    /// Who watches, and until when.
    watch: Option<(String, i64)>,
}

struct Waiting {
    notice: Notice,
    way: Way,
    next_ms: i64,
}

impl Alarms {
    fn tell(&mut self, way: Way, alarm: &Alarm, news: News, at_ms: i64) {
        self.made += 1;
        let notice = Notice {
            id: self.made.to_string(),
            alarm: alarm.clone(),
            news,
            at_ms,
            tries: 0,
        };
        self.notices.push(Waiting {
            notice,
            way,
            next_ms: at_ms,
        });
    }

    fn raise(&mut self, alarm: &Alarm, ways: &[Way], now_ms: i64) -> bool {
        let new = !self.standing.contains_key(&alarm.key);
        let fresh = Standing {
            alarm: alarm.clone(),
            since_ms: now_ms,
        };
        let place = self.standing.entry(alarm.key.clone());
        let (standing, told) = place.or_insert_with(|| (fresh, Vec::new()));
        standing.alarm.what.clone_from(&alarm.what);
        let unheard: Vec<Way> = ways
            .iter()
            .copied()
            .filter(|it| !told.contains(it))
            .collect();
        told.extend(&unheard);
        for way in unheard {
            self.tell(way, alarm, News::Fired, now_ms);
        }
        new
    }

    fn clear(&mut self, key: &AlarmKey, now_ms: i64) -> bool {
        let Some((standing, told)) = self.standing.remove(key) else {
            return false;
        };
        for way in told {
            self.tell(way, &standing.alarm, News::Cleared, now_ms);
        }
        true
    }
}

impl Store {
    fn alarms_here<T>(&self, by: impl FnOnce(&mut Alarms) -> T) -> T {
        by(&mut self.books.lock().unwrap().alarms)
    }
}

#[async_trait]
impl domain::ports::Alarms for Store {
    async fn take_watch(&self, holder: &str, lease: Duration) -> Result<bool> {
        let (now_ms, lease_ms) = (self.now_ms(), millis(lease));
        Ok(self.alarms_here(|it| {
            let held = it.watch.as_ref().is_some_and(|(by, until_ms)| {
                by != holder && *until_ms > now_ms && *until_ms <= now_ms + 2 * lease_ms
            });
            if !held {
                it.watch = Some((holder.to_owned(), now_ms + lease_ms));
            }
            !held
        }))
    }

    async fn alarms(&self) -> Result<Vec<Standing>> {
        Ok(self.alarms_here(|it| {
            let mut all: Vec<Standing> = it.standing.values().map(|(it, _)| it.clone()).collect();
            all.sort_by_key(|it| words(&it.alarm.key));
            all
        }))
    }

    async fn alarms_of(&self, account: Option<&AccountId>) -> Result<Vec<Standing>> {
        let all = domain::ports::Alarms::alarms(self).await?;
        let of = |it: &Standing| it.alarm.key.account.as_ref() == account;
        Ok(all.into_iter().filter(of).collect())
    }

    async fn raise_alarm(&self, alarm: &Alarm, ways: &[Way], now_ms: i64) -> Result<bool> {
        Ok(self.alarms_here(|it| it.raise(alarm, ways, now_ms)))
    }

    async fn clear_alarm(&self, key: &AlarmKey, now_ms: i64) -> Result<bool> {
        Ok(self.alarms_here(|it| it.clear(key, now_ms)))
    }

    async fn notices(&self, way: Way, now_ms: i64, limit: u32) -> Result<Vec<Notice>> {
        Ok(self.alarms_here(|it| {
            let due = it.notices.iter();
            let due = due.filter(|it| it.way == way && it.next_ms <= now_ms);
            let mut due: Vec<Notice> = due.map(|it| it.notice.clone()).collect();
            due.sort_by_key(|it| it.at_ms);
            due.truncate(limit as usize);
            due
        }))
    }

    async fn end_notices(&self, ids: &[String]) -> Result<()> {
        self.alarms_here(|it| it.notices.retain(|it| !ids.contains(&it.notice.id)));
        Ok(())
    }

    async fn postpone_notices(&self, ids: &[String], next_ms: i64) -> Result<()> {
        self.alarms_here(|it| {
            let all = it.notices.iter_mut();
            for waiting in all.filter(|it| ids.contains(&it.notice.id)) {
                waiting.notice.tries += 1;
                waiting.next_ms = next_ms;
            }
        });
        Ok(())
    }
}

/// As a database sorts them.
fn words(key: &AlarmKey) -> (Option<AccountId>, &'static str, String) {
    (key.account.clone(), key.kind.word(), key.about.clone())
}
