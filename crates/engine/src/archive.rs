//! One item: fetch, check, put. The order is the promise: an outcome says
//! `Archived` only after the destination vouched for bytes that were judged
//! whole.

use std::sync::Arc;

use domain::archive_path::{file_extension, finished};
use domain::content::Content;
use domain::item::{Fetch, Item};
use domain::ledger::{Fingerprint, Outcome, Receipt, Work};
use domain::transcript::transcript;
use domain::{Error, Kind, Result};
use jiff::tz::TimeZone;

use crate::ends::Ends;
use crate::fetching::Fetching;
use crate::inspect::inspect;

/// How many versions of one file may lie side by side. More means that
/// somebody else writes into the archive.
const VERSIONS: u32 = 9;

/// Archives one item: tries version after version of its path, until one is
/// free or already holds these very bytes. What a failure means for the item
/// is for [`crate::retry`] to say. `fetching` is given back with the last byte
/// that is fetched.
pub async fn archive(
    work: &Work,
    zone: &TimeZone,
    ends: &Ends,
    mut fetching: Option<Fetching>,
) -> Result<Outcome> {
    let mut taken = None;
    for version in 1..=VERSIONS {
        match put(work, version, zone, ends, fetching.take()).await {
            Err(error) if error.kind() == Kind::PathTaken => taken = Some(error),
            other => return other,
        }
    }
    Err(taken.unwrap_or_else(|| Error::new(Kind::PathTaken, "no free path was found")))
}

async fn put(
    work: &Work,
    version: u32,
    zone: &TimeZone,
    ends: &Ends,
    fetching: Option<Fetching>,
) -> Result<Outcome> {
    let item = &work.item;
    let content = open(item, zone, ends).await?;
    let media_type = content.media_type.clone();
    let inspected = inspect(item, content, Arc::clone(&ends.source), fetching).await?;
    let extension = file_extension(
        inspected.format,
        item.facts.file_name.as_deref(),
        media_type.as_deref(),
    );
    let path = finished(&work.stem, version, &extension)?;
    let receipt = ends.destination.put(&path, inspected.content).await?;
    let fingerprint = vouched(inspected.fingerprint.get(), &receipt)?;
    Ok(Outcome::Archived {
        path,
        fingerprint,
        receipt,
    })
}

async fn open(item: &Item, zone: &TimeZone, ends: &Ends) -> Result<Content> {
    match &item.fetch {
        Fetch::From(_) => ends.source.open(item).await,
        Fetch::Transcript => Ok(Content::local(transcript(item, zone))),
        Fetch::Nothing => Err(Error::new(
            Kind::Gone,
            "the provider shows this item without any content",
        )),
    }
}

/// The last gate before "archived": the bytes ran to their end and were
/// judged whole, and the destination holds as many.
fn vouched(fingerprint: Option<&Fingerprint>, receipt: &Receipt) -> Result<Fingerprint> {
    match fingerprint {
        Some(ours) if ours.size == receipt.size => Ok(ours.clone()),
        Some(ours) => Err(Error::new(
            Kind::Mismatch,
            format!(
                "the destination holds {} bytes of {}",
                receipt.size, ours.size
            ),
        )),
        None => Err(Error::new(
            Kind::Incomplete,
            "the destination answered before the file was read to its end",
        )),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_as_many_bytes_as_were_judged_whole_are_archived() {
        let ours = Fingerprint {
            size: 5,
            sha256: "aa".to_owned(),
        };
        let told = |size| Receipt {
            size,
            hash: "sha256:aa".to_owned(),
            revision: None,
        };
        assert_eq!(vouched(Some(&ours), &told(5)).unwrap(), ours);
        for size in [0, 4, 6] {
            let error = vouched(Some(&ours), &told(size)).unwrap_err();
            assert_eq!(error.kind(), Kind::Mismatch, "{size}");
        }
        let early = vouched(None, &told(5)).unwrap_err();
        assert_eq!(early.kind(), Kind::Incomplete);
    }
}
