//! The alarm of drift: files of an archive are no longer what was archived. Two
//! for each Backup: a look at all files ends the one, only reading their bytes
//! the other.

use std::collections::BTreeMap;

use domain::Result;
use domain::alarm::{Alarm, AlarmKey, AlarmKind};
use domain::proof::Discrepancy;

use crate::backup::Job;
use crate::ends::Ends;

/// What drifted, by kind.
type Found = BTreeMap<Discrepancy, u64>;

/// Files that are gone, or have another size or hash: fires where there are
/// any. Returns whether there are.
pub(crate) async fn of_files(ends: &Ends, job: &Job, found: &Found) -> Result<bool> {
    let of = |kind| found.get(&kind).copied().unwrap_or(0);
    let (gone, changed) = (of(Discrepancy::Gone), of(Discrepancy::Changed));
    if gone + changed == 0 {
        return Ok(false);
    }
    let what = format!(
        "{gone} archived files are gone from the destination, {changed} have another size or hash \
         than was archived."
    );
    raise(ends, job, about_files(job), what).await?;
    Ok(true)
}

/// Files that lie there as they should and have other bytes.
pub(crate) async fn of_bytes(ends: &Ends, job: &Job, damaged: u64) -> Result<()> {
    let what = format!(
        "{damaged} archived files were read back, and their bytes are not what was archived."
    );
    raise(ends, job, about_bytes(job), what).await
}

/// All files were looked at, and none is gone or changed.
pub(crate) async fn files_are_well(ends: &Ends, job: &Job) -> Result<()> {
    clear(ends, job, about_files(job)).await
}

/// All bytes were read, and none are others.
pub(crate) async fn bytes_are_well(ends: &Ends, job: &Job) -> Result<()> {
    clear(ends, job, about_bytes(job)).await
}

/// Each Backup's own: another one's proof says nothing of these files.
fn about_files(job: &Job) -> String {
    job.backup.id.to_string()
}

fn about_bytes(job: &Job) -> String {
    format!("{} bytes", job.backup.id)
}

async fn raise(ends: &Ends, job: &Job, about: String, what: String) -> Result<()> {
    let key = key(job, about);
    let (alarm, now_ms) = (Alarm { key, what }, ends.now_ms());
    ends.store.raise_alarm(&alarm, &[], now_ms).await.map(drop)
}

async fn clear(ends: &Ends, job: &Job, about: String) -> Result<()> {
    let key = key(job, about);
    ends.store.clear_alarm(&key, ends.now_ms()).await.map(drop)
}

fn key(job: &Job, about: String) -> AlarmKey {
    AlarmKey {
        account: Some(job.backup.account.clone()),
        kind: AlarmKind::Drift,
        about,
    }
}
