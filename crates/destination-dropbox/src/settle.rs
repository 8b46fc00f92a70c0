//! From a closed session to a receipt. Dropbox's own words about the stored
//! file are the only proof; where the outcome of a commit is in doubt, it is
//! asked what lies at the path.

use domain::error::{Error, Kind, Result};
use domain::ledger::Receipt;
use futures::StreamExt;
use outbound::{Backoff, Chance};
use tokio::time::sleep;

use crate::api::{Api, Found};
use crate::commit::{Committer, Outcome};
use crate::content_hash::ContentHash;
use crate::expected::Coming;
use crate::look_back;
use crate::refusal::Step;
use crate::upload::Sent;
use crate::vouch::{Vouch, is_at, vouch};
use crate::wire::FileMetadata;

/// Commits and proves.
pub(crate) struct Settler {
    pub(crate) api: Api,
    pub(crate) committer: Committer,
    /// Waits before Dropbox is asked or told once more.
    pub(crate) pause: Backoff,
    pub(crate) chance: Chance,
}

/// Looks or commits where the answers contradict each other.
const TRIES: u32 = 3;

impl Settler {
    /// Makes a file of what was sent and returns the receipt for it.
    pub(crate) async fn settle(&self, path: &str, sent: &Sent, coming: Coming) -> Result<Receipt> {
        let mut coming = Some(coming);
        let mut failed = 0;
        loop {
            let outcome = self
                .committer
                .commit(path, &sent.cursor, coming.take())
                .await?;
            let (error, in_doubt) = match outcome {
                Outcome::Landed(file) => return self.prove(path, sent, &file).await,
                Outcome::Unknown(error) => (error, true),
                Outcome::Refused(error) => match Step::of(&error) {
                    // A session may be gone because an earlier commit landed.
                    Step::Compare | Step::Lost | Step::Closed | Step::Offset(_) => (error, false),
                    _ => return Err(error),
                },
            };
            match self.look(path).await? {
                Some(Found::File(file)) => return self.compare(path, sent, &file).await,
                Some(Found::Other) => return Err(taken()),
                None => {}
            }
            failed += 1;
            // Said to be there, but not shown: one of the two is out of date.
            let hidden = matches!(error.code(), Some(code) if code.ends_with("conflict/file"));
            if !(in_doubt || hidden) || failed == TRIES {
                return Err(error);
            }
            sleep(self.pause.wait(failed, (self.chance)())).await;
        }
    }

    /// Holds the commit's words against what was sent. Words about another
    /// path (answers in another order, a name of the server's choice) or
    /// without a hash prove nothing: then the path itself is asked.
    async fn prove(&self, path: &str, sent: &Sent, file: &FileMetadata) -> Result<Receipt> {
        let elsewhere = !is_at(path, file);
        match vouch(sent, file) {
            Vouch::Same(receipt) if !elsewhere => return Ok(receipt),
            Vouch::Other if !elsewhere => return Err(mismatch()),
            _ => {}
        }
        let mut failed = 0;
        loop {
            match self.look(path).await? {
                Some(Found::File(file)) if elsewhere => {
                    return self.compare(path, sent, &file).await;
                }
                Some(Found::File(file)) => match vouch(sent, &file) {
                    Vouch::Same(receipt) => return Ok(receipt),
                    Vouch::Other | Vouch::Silent => return Err(mismatch()),
                },
                Some(Found::Other) => return Err(taken()),
                None => {}
            }
            failed += 1;
            if failed == TRIES {
                return Err(mismatch());
            }
            // A file that was just stored may not be shown yet.
            sleep(self.pause.wait(failed, (self.chance)())).await;
        }
    }

    /// A file that was at the path when we came to look: ours, or in the way.
    /// Only its bytes tell that it is somebody else's: a wrong hash may be
    /// told of ours, and a second version beside it would stay for ever.
    async fn compare(&self, path: &str, sent: &Sent, file: &FileMetadata) -> Result<Receipt> {
        match vouch(sent, file) {
            Vouch::Same(receipt) => Ok(receipt),
            Vouch::Silent => Err(mismatch()),
            Vouch::Other if self.holds(path, sent, file).await? => Err(mismatch()),
            Vouch::Other => Err(taken()),
        }
    }

    /// Whether the bytes that were sent lie there.
    async fn holds(&self, path: &str, sent: &Sent, file: &FileMetadata) -> Result<bool> {
        if file.size.is_some_and(|size| size != sent.cursor.offset) {
            return Ok(false);
        }
        let content = match look_back::read(&self.api, path, None).await {
            // Not there any more, which says nothing of the item.
            Err(error) if error.kind() == Kind::Gone => return Err(mismatch()),
            content => content?,
        };
        let mut bytes = content.bytes;
        let mut hash = ContentHash::default();
        while let Some(piece) = bytes.next().await {
            hash.update(&piece?);
        }
        Ok(hash.finish() == sent.hash)
    }

    /// What lies at a path.
    pub(crate) async fn look(&self, path: &str) -> Result<Option<Found>> {
        match self.api.metadata(path).await {
            Ok(found) => Ok(Some(found)),
            Err(error) if Step::of(&error) == Step::Nothing => Ok(None),
            Err(error) => Err(error),
        }
    }
}

fn taken() -> Error {
    Error::new(
        Kind::PathTaken,
        "something else lies at this path in the Dropbox",
    )
}

fn mismatch() -> Error {
    Error::new(
        Kind::Mismatch,
        "Dropbox does not confirm size and content hash of the file that was sent",
    )
}
