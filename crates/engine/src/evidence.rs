//! The evidence: at the end of a Run a manifest in the destination tells of
//! every Entry that was archived or found missing since the one before it. Its
//! bytes are durable before they are put, so whoever is stopped anywhere, or
//! works on the same chain at the same time, puts the same bytes again.

use bytes::Bytes;
use domain::archive_path::{ArchivePath, Naming};
use domain::connection::Backup;
use domain::content::Content;
use domain::manifest::{
    Chain, Exhibit, Header, Link, Manifest, SigningKey, manifest_path, read, readme, readme_path,
    sha256, sums, sums_path, write,
};
use domain::{Error, Kind, Result};
use futures::TryStreamExt;

use crate::ends::Ends;

/// Entries that one manifest tells of at most: about 2 MB.
const MOST: u32 = 4_000;
/// Manifests that one Run makes at most; a backlog is for the next ones.
const ROUNDS: u32 = 16;
/// How many versions of one path are tried. More means that somebody else
/// writes into the evidence folder.
const VERSIONS: u32 = 9;
/// No manifest is as long as this, bytes.
const LONGEST: usize = 64 << 20;

/// What called itself so made the manifest.
const ARCHIVER: &str = env!("CARGO_PKG_VERSION");

/// Tells what is to be told, whatever came of the Run. Fails only where our
/// own memory does: what could not be put is for the next Run.
pub(crate) async fn tell<T>(
    ends: &Ends,
    backup: &Backup,
    naming: Naming,
    came: &Result<T>,
) -> Result<()> {
    let memory_failed = |error: &Error| error.kind() == Kind::Storage;
    if came.as_ref().is_err_and(memory_failed) {
        return Ok(());
    }
    let scribe = Scribe {
        ends,
        backup,
        naming,
    };
    match scribe.tell().await {
        Err(error) if !memory_failed(&error) => {
            tracing::warn!(
                kind = error.kind().word(),
                "no manifest; the next run puts it"
            );
            Ok(())
        }
        told => told,
    }
}

struct Scribe<'a> {
    ends: &'a Ends,
    backup: &'a Backup,
    naming: Naming,
}

impl Scribe<'_> {
    async fn tell(&self) -> Result<()> {
        let (account, at) = (&self.backup.account, &self.backup.destination);
        for _ in 0..ROUNDS {
            let chain = self.ends.store.chain(account, at).await?;
            let goes_on = match &chain.draft {
                Some(body) => self.lay(body).await.map(|()| true),
                None => self.next(&chain).await,
            };
            if !goes_on? {
                break;
            }
        }
        Ok(())
    }

    /// Makes the next manifest, where there is anything to tell.
    async fn next(&self, chain: &Chain) -> Result<bool> {
        let (account, at) = (&self.backup.account, &self.backup.destination);
        let store = &self.ends.store;
        let now_ms = self.ends.now_ms();
        let audit = store.audit_head(account).await?;
        let anchor = chain.wants_anchor(audit.as_ref(), now_ms);
        let told = if anchor {
            Vec::new()
        } else {
            store.untold(account, at, MOST).await?
        };
        if told.is_empty() && !anchor {
            return Ok(false);
        }
        let key = SigningKey::from_seed(&store.signing_seed().await?)?;
        self.keep_readme(&key).await?;
        let previous = chain.head.as_ref().map(|it| it.sha256.clone());
        let header = Header {
            anchor,
            account: account.clone(),
            destination: at.clone(),
            naming: self.naming,
            seq: chain.head.as_ref().map_or(1, |it| it.seq + 1),
            follows: chain.follows.clone().filter(|_| previous.is_none()),
            previous,
            made_ms: now_ms,
            archiver: ARCHIVER.to_owned(),
            key: key.public().clone(),
            audit,
        };
        let body = write(&header, &told, &key)?;
        let link = Link::of(&header, sha256(body.as_bytes()));
        let previous = header.previous.as_deref();
        // Where another process was quicker, the chain is read again.
        store
            .draft(account, at, &link, previous, &body, &told)
            .await?;
        Ok(true)
    }

    /// Puts the newest manifest and the list of sums beside it.
    async fn lay(&self, body: &str) -> Result<()> {
        let (account, at) = (&self.backup.account, &self.backup.destination);
        let ours = read(body.as_bytes()).map_err(|why| {
            let what = format!("a manifest that was kept cannot be read: {why}");
            // Not our whole memory: the Run goes on without it.
            Error::new(Kind::Protocol, what)
        })?;
        let header = &ours.header;
        let mut taken = None;
        for version in 1..=VERSIONS {
            let path = manifest_path(self.naming, &header.key, header.seq, version)?;
            match self.put(&path, body).await {
                Ok(exhibit) => {
                    let exhibits = self.with_sums(&ours, exhibit).await?;
                    let laid = self.ends.store.laid(account, at, header.seq, &exhibits);
                    return laid.await;
                }
                Err(error) if error.kind() == Kind::PathTaken => taken = Some(error),
                Err(error) => return Err(error),
            }
            if let Some(found) = self.next_in_chain(&path, &ours).await? {
                return self.take_over(&path, &found).await;
            }
        }
        Err(taken.unwrap_or_else(no_free_path))
    }

    /// A manifest of our own lies there that this memory does not know: it was
    /// restored from before. The chain goes on from it.
    async fn take_over(&self, path: &ArchivePath, found: &Found) -> Result<()> {
        let (account, at) = (&self.backup.account, &self.backup.destination);
        tracing::warn!(
            seq = found.manifest.header.seq,
            "the destination is ahead of the database; its manifest counts"
        );
        let exhibit = self.put(path, &found.text).await?;
        let exhibits = self.with_sums(&found.manifest, exhibit).await?;
        let link = Link::of(&found.manifest.header, found.manifest.sha256.clone());
        let told = &found.manifest.told;
        let store = &self.ends.store;
        let adopted = store.adopt(account, at, &link, told, &exhibits);
        adopted.await.map(drop)
    }

    /// What lies at a path, if it is the next one in our chain as good as ours.
    async fn next_in_chain(&self, path: &ArchivePath, ours: &Manifest) -> Result<Option<Found>> {
        let lies_there = self.text_at(path).await;
        let text = match lies_there {
            Ok(text) => text,
            Err(error) if matches!(error.kind(), Kind::Gone | Kind::PathTaken) => None,
            Err(error) => return Err(error),
        };
        Ok(text.and_then(|text| {
            let manifest = read(text.as_bytes()).ok()?;
            let (there, here) = (&manifest.header, &ours.header);
            let is_next = there.key == here.key
                && there.account == here.account
                && there.destination == here.destination
                && there.seq == here.seq
                && there.previous == here.previous;
            is_next.then_some(Found { text, manifest })
        }))
    }

    async fn text_at(&self, path: &ArchivePath) -> Result<Option<String>> {
        let content = self.ends.destination.read(path, None).await?;
        text_of(content).await
    }

    /// Files archived by this manifest, for tools that everybody has.
    async fn with_sums(&self, manifest: &Manifest, exhibit: Exhibit) -> Result<Vec<Exhibit>> {
        if manifest.header.anchor {
            return Ok(vec![exhibit]);
        }
        let text = sums(manifest, &exhibit.path);
        let at = |version| sums_path(&exhibit.path, version);
        let sums = self.put_somewhere(at, &text).await?;
        Ok(vec![exhibit, sums])
    }

    /// The words for people lie there, as this program would write them.
    async fn keep_readme(&self, key: &SigningKey) -> Result<()> {
        let (account, at) = (&self.backup.account, &self.backup.destination);
        let store = &self.ends.store;
        let text = readme(key.public());
        let sum = sha256(text.as_bytes());
        let mut taken = None;
        for version in 1..=VERSIONS {
            let path = readme_path(self.naming, version)?;
            match store.exhibit(account, at, &path).await? {
                Some(known) if known.sha256 == sum => return Ok(()),
                Some(_) => continue,
                None => {}
            }
            match self.put(&path, &text).await {
                Ok(exhibit) => return store.keep_exhibits(account, at, &[exhibit]).await,
                Err(error) if error.kind() == Kind::PathTaken => taken = Some(error),
                Err(error) => return Err(error),
            }
        }
        // No words of ours for people are no reason to prove nothing.
        let kind = taken.as_ref().map_or("none", |it| it.kind().word());
        tracing::warn!(kind, "README.txt could not be written");
        Ok(())
    }

    async fn put_somewhere(
        &self,
        at: impl Fn(u32) -> Result<ArchivePath>,
        text: &str,
    ) -> Result<Exhibit> {
        let mut taken = None;
        for version in 1..=VERSIONS {
            match self.put(&at(version)?, text).await {
                Err(error) if error.kind() == Kind::PathTaken => taken = Some(error),
                put => return put,
            }
        }
        Err(taken.unwrap_or_else(no_free_path))
    }

    async fn put(&self, path: &ArchivePath, text: &str) -> Result<Exhibit> {
        let content = Content::local(Bytes::copy_from_slice(text.as_bytes()));
        let receipt = self.ends.destination.put(path, content).await?;
        if receipt.size != text.len() as u64 {
            let what = "the destination holds another manifest than was sent";
            return Err(Error::new(Kind::Mismatch, what));
        }
        Ok(Exhibit {
            path: path.clone(),
            size: receipt.size,
            sha256: sha256(text.as_bytes()),
            hash: receipt.hash,
        })
    }
}

/// A manifest as it lies in the destination.
struct Found {
    text: String,
    manifest: Manifest,
}

/// Text as it comes; `None`: no text, or longer than any manifest.
pub(crate) async fn text_of(mut content: Content) -> Result<Option<String>> {
    let mut bytes = Vec::new();
    while let Some(chunk) = content.bytes.try_next().await? {
        bytes.extend_from_slice(&chunk);
        if bytes.len() > LONGEST {
            return Ok(None);
        }
    }
    if content.length.is_some_and(|it| it != bytes.len() as u64) {
        let what = "a file that was read back came cut short";
        return Err(Error::new(Kind::Incomplete, what));
    }
    Ok(String::from_utf8(bytes).ok())
}

fn no_free_path() -> Error {
    Error::new(
        Kind::PathTaken,
        "no free path was found in the evidence folder",
    )
}
