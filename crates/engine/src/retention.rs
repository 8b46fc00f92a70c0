//! Asks now and then how long the source's provider keeps what it has, so that
//! people can be told until when something must be safe. Nothing waits for it.

use domain::retention::Retention;
use domain::window::DAY_MS;
use domain::{Kind, Result};

use crate::backup::Job;
use crate::ends::Ends;

/// Asks again once a day. Only our own memory fails this.
pub(crate) async fn renew(ends: &Ends, job: &Job) -> Result<()> {
    let (account, now_ms) = (&job.backup.account, ends.now_ms());
    let kept = ends.store.retention(account).await?;
    let fresh = |told_ms: i64| (0..DAY_MS).contains(&(now_ms - told_ms));
    if kept.as_ref().is_some_and(|(_, at)| fresh(*at)) {
        return Ok(());
    }
    let before = kept.map(|(it, _)| it).unwrap_or_default();
    let told = match ends.source.retention().await {
        Ok(told) if told != Retention::default() => told,
        Ok(_) => before,
        // Another grant of the company may have been told.
        Err(error) if error.kind() == Kind::Forbidden => before,
        Err(error) => {
            tracing::debug!(
                kind = error.kind().word(),
                "how long data is kept was not told"
            );
            return Ok(());
        }
    };
    ends.store.keep_retention(account, &told, now_ms).await
}
