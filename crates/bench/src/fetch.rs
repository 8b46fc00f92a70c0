//! Lays the recordings into a folder, for the side that only uploads. Not
//! timed.

use std::path::Path;

use anyhow::Result;
use futures::stream::TryStreamExt;

use crate::providers::Providers;

const AT_ONCE: usize = 16;

/// Downloads everything into the folder.
pub(crate) fn run(folder: &Path) -> Result<()> {
    std::fs::create_dir_all(folder)?;
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()?;
    runtime.block_on(async {
        let providers = Providers::sign_in().await?;
        providers
            .recordings()
            .try_for_each_concurrent(AT_ONCE, async |recording| {
                let bytes = providers.content(&recording).await?;
                let file = folder.join(format!("{}.mp3", recording.id));
                Ok(tokio::fs::write(file, bytes).await?)
            })
            .await
    })
}
