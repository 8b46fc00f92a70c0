//! Dropbox as a Destination: one Dropbox account through one grant.

use std::ops::Range;
use std::sync::Arc;

use async_trait::async_trait;
use domain::archive_path::ArchivePath;
use domain::content::Content;
use domain::error::{Error, Kind, Result};
use domain::ledger::{DestinationId, Receipt};
use domain::ports::destination::{Announced, Destination, File, Owner, Space};
use futures::stream::BoxStream;
use outbound::{Backoff, Chance};
use tokio::time::sleep;

use crate::api::{Api, Found};
use crate::byte_budget::ByteBudget;
use crate::commit::{Committer, Pace};
use crate::look_back;
use crate::options::Upload;
use crate::refusal::Step;
use crate::settle::Settler;
use crate::upload::Uploader;
use crate::vouch::receipt;

/// A Dropbox. Clones share it; there is one per Dropbox account in a process,
/// because its committer must be the only one. Its tasks end with the last
/// clone.
#[derive(Clone)]
pub struct Dropbox(Arc<Inner>);

struct Inner {
    api: Api,
    uploader: Uploader,
    settler: Settler,
    /// Absolute; empty: the whole of the app's folder.
    root_folder: String,
    contention: Backoff,
    chance: Chance,
}

/// Tries to make the root folder while the Dropbox is busy.
const TRIES: u32 = 5;

impl Dropbox {
    pub(crate) fn new(
        api: Api,
        budget: ByteBudget,
        upload: &Upload,
        pace: Pace,
        root_folder: &str,
    ) -> Dropbox {
        let chance = Arc::clone(&pace.chance);
        Dropbox(Arc::new(Inner {
            uploader: Uploader::new(api.clone(), budget, upload),
            settler: Settler {
                committer: Committer::start(api.clone(), pace),
                api: api.clone(),
                pause: upload.contention,
                chance: Arc::clone(&chance),
            },
            api,
            root_folder: absolute(root_folder),
            contention: upload.contention,
            chance,
        }))
    }

    /// [`Destination::list`], on a clone of this.
    pub fn listing(&self) -> BoxStream<'static, Result<Vec<File>>> {
        look_back::list(self.0.api.clone(), self.0.root_folder.clone())
    }

    /// Makes the root folder, waiting out others' changes.
    async fn make_root(&self, path: &str) -> Result<()> {
        let mut failed = 0;
        loop {
            let Err(error) = self.0.api.create_folder(path).await else {
                return Ok(());
            };
            failed += 1;
            match Step::of(&error) {
                Step::Compare => return Ok(()),
                Step::Again if failed < TRIES => {}
                _ => return Err(error),
            }
            sleep(self.0.contention.wait(failed, (self.0.chance)())).await;
        }
    }
}

#[async_trait]
impl Destination for Dropbox {
    async fn owner(&self) -> Result<Owner> {
        let account = self.0.api.account().await;
        let account = account.map_err(|error| error.while_doing("asking Dropbox whose it is"))?;
        let id = format!("dropbox:{}", account.account_id);
        Ok(Owner {
            label: account.email.unwrap_or_else(|| id.clone()),
            name: account.name.and_then(|it| it.display_name),
            id: DestinationId::new(id),
        })
    }

    /// Creates the archive's folder, which shows that the app may write, and
    /// reads it back, which shows that it may verify. Nothing else is left
    /// behind.
    async fn prepare(&self) -> Result<()> {
        let path = self.0.root_folder.as_str();
        if path.is_empty() {
            return Ok(());
        }
        let told = |error: Error| error.while_doing("preparing the Dropbox");
        self.make_root(path).await.map_err(told)?;
        match self.0.settler.look(path).await.map_err(told)? {
            // A folder just made may not be shown yet.
            None | Some(Found::Other) => Ok(()),
            Some(Found::File(_)) => Err(Error::new(
                Kind::PathTaken,
                "a file lies where the archive's folder belongs in the Dropbox",
            )
            .remedy("Move or rename that file, then connect again.")),
        }
    }

    fn announce(&self) -> Announced {
        Announced::as_long_as((
            self.0.uploader.announce(),
            self.0.settler.committer.announce(),
        ))
    }

    async fn put(&self, path: &ArchivePath, content: Content) -> Result<Receipt> {
        let coming = self.0.settler.committer.announce();
        let sent = self.0.uploader.send(content).await?;
        self.0
            .settler
            .settle(&absolute(path.as_str()), &sent, coming)
            .await
    }

    async fn stat(&self, path: &ArchivePath) -> Result<Option<Receipt>> {
        match self.0.settler.look(&absolute(path.as_str())).await? {
            None => Ok(None),
            Some(Found::File(file)) => Ok(Some(receipt(&file))),
            Some(Found::Other) => Err(Error::new(
                Kind::PathTaken,
                "a folder lies at this path in the Dropbox",
            )),
        }
    }

    fn list(&self) -> BoxStream<'_, Result<Vec<File>>> {
        self.listing()
    }

    async fn read(&self, path: &ArchivePath, part: Option<Range<u64>>) -> Result<Content> {
        look_back::read(&self.0.api, &absolute(path.as_str()), part).await
    }

    async fn space(&self) -> Result<Space> {
        let usage = self.0.api.space().await;
        let usage = usage.map_err(|error| error.while_doing("asking Dropbox for its space"))?;
        Ok(Space {
            used: usage.used,
            free: usage.free(),
        })
    }
}

/// As Dropbox writes paths: from the app's folder, with a leading slash.
fn absolute(path: &str) -> String {
    match path.trim_matches('/') {
        "" => String::new(),
        path => format!("/{path}"),
    }
}
