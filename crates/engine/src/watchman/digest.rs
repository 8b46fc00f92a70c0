//! The digest: made when its time has come, and told in each way once.

use std::collections::BTreeMap;

use domain::account::AccountId;
use domain::alarm::Way;
use domain::digest::{Company, Digest, Every, Told};
use domain::ledger::Count;
use domain::ports::Store;
use domain::window::Window;
use domain::{Result, Secret};

use super::{Seen, Watchman};

/// So long it waits after it could not be told.
const AGAIN_MS: i64 = 10 * 60_000;

/// How all companies stand. `before`: bytes that were archived when the last
/// one was told.
pub async fn digest(
    store: &dyn Store,
    every: Every,
    period: Window,
    before: &BTreeMap<String, u64>,
) -> Result<Digest> {
    let mut companies = Vec::new();
    for account in store.accounts().await? {
        let grown_from = before.get(account.id.as_str()).copied();
        companies.push(company(store, &account.id, period, grown_from).await?);
    }
    let mut digest = Digest {
        every,
        period,
        companies,
        alarms: store.alarms_of(None).await?,
    };
    digest.sort();
    Ok(digest)
}

async fn company(
    store: &dyn Store,
    account: &AccountId,
    period: Window,
    grown_from: Option<u64>,
) -> Result<Company> {
    let mut company = Company {
        alarms: store.alarms_of(Some(account)).await?,
        ..Company::new(account.clone())
    };
    let mut oldest = BTreeMap::new();
    for backup in store.backups(account).await? {
        for (_, counts) in store.by_day(account, &backup, period).await? {
            for (of, count) in counts {
                let sum: &mut Count = company.period.entry(of).or_default();
                *sum = sum.plus(count);
            }
        }
        let totals = store.totals(account, &backup).await?;
        company.total = company.total.plus(totals.sum());
        for (of, at_ms) in totals.oldest {
            let first = oldest.entry(of).or_insert(at_ms);
            *first = at_ms.min(*first);
        }
    }
    let retention = store.retention(account).await?;
    let retention = retention.map(|(it, _)| it).unwrap_or_default();
    company.deadline = retention.deadline(&oldest);
    company.grown = grown_from.map(|it| company.total.bytes.saturating_sub(it));
    Ok(company)
}

impl Watchman {
    /// Tells the newest digest in one way, if that was not done.
    pub(super) async fn tell_digest(&self, way: Way, seen: &mut Seen) -> Result<()> {
        let now_ms = self.now_ms();
        let waits = seen
            .digest_again_ms
            .get(&way)
            .is_some_and(|at| now_ms < *at);
        let period = self.digest.and_then(|it| Some((it, it.period(now_ms)?)));
        let Some((every, period)) = period.filter(|_| !waits) else {
            return Ok(());
        };
        let name = format!("digest.{}", way.word());
        let told = self.store.setting(&name).await?;
        let told = told.and_then(|it| Told::from_text(it.expose()));
        // One of the future was told by a wrong clock.
        let told = told.filter(|it| it.until_ms <= now_ms).unwrap_or_default();
        if told.until_ms >= period.end_ms() {
            return Ok(());
        }
        let digest = digest(self.store.as_ref(), every, period, &told.bytes).await?;
        if let Err(error) = self.herald.digest(way, &digest).await {
            let (way_word, kind) = (way.word(), error.kind().word());
            tracing::warn!(way = way_word, kind, "the digest could not be told");
            seen.digest_again_ms.insert(way, now_ms + AGAIN_MS);
            return Ok(());
        }
        let told = Secret::new(Told::of(&digest).text());
        self.store.keep_setting(&name, Some(&told)).await
    }
}
