//! The laws of a Destination hold for Dropbox, also for one that falls back.

use std::collections::BTreeMap;

use async_trait::async_trait;
use bytes::Bytes;
use destination_dropbox::Dropbox;
use domain::ports::Destination;
use testkit::laws::destination::{self, Shelf};

use crate::world::World;

struct Linked {
    world: World,
    dropbox: Dropbox,
}

#[async_trait]
impl Shelf for Linked {
    fn destination(&self) -> &dyn Destination {
        &self.dropbox
    }

    async fn files(&self) -> BTreeMap<String, Bytes> {
        self.world.files()
    }
}

#[tokio::test]
async fn dropbox_obeys_the_laws() {
    destination::all(async || {
        let world = World::new().await;
        let dropbox = world.dropbox();
        Linked { world, dropbox }
    })
    .await;
}

#[tokio::test]
async fn a_dropbox_with_little_memory_and_no_batches_of_data_obeys_them_too() {
    destination::all(async || {
        let options = sim::dropbox::Options {
            append_batch: false,
            session_after_commit: sim::dropbox::SessionAfterCommit::Kept,
            ..sim::dropbox::Options::default()
        };
        let world = World::with(options).await;
        let dropbox = world.adjusted(|options| {
            options.upload.byte_budget = 3 << 20;
            options.upload.chunk = 1 << 20;
        });
        Linked { world, dropbox }
    })
    .await;
}
