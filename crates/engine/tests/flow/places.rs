//! One type that waits for its rate limit keeps no other from moving.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use domain::Result;
use domain::account::{Extension, ExtensionId};
use domain::content::Content;
use domain::data_type::DataType;
use domain::item::Item;
use domain::ports::{Ask, Page, Permission, Source, Viewer};
use domain::window::HOUR_MS;
use engine::{Ends, back_up};
use futures::stream::BoxStream;
use testkit::builders::{recording, voicemail};
use testkit::memory::source::Plant;
use tokio::sync::Mutex;
use tokio::time::Instant;

use crate::rig::{DAWN, Rig, enrolled_job};

/// RingCentral's Heavy group: ten recordings a minute, one after the other.
const EACH: Duration = Duration::from_secs(6);

struct Limited {
    source: Arc<dyn Source>,
    heavy: Mutex<()>,
}

#[async_trait]
impl Source for Limited {
    async fn viewer(&self) -> Result<Viewer> {
        self.source.viewer().await
    }

    async fn extensions(&self) -> Result<Vec<Extension>> {
        self.source.extensions().await
    }

    async fn permissions(&self, of: Option<&ExtensionId>) -> Result<Vec<Permission>> {
        self.source.permissions(of).await
    }

    fn list<'a>(&'a self, ask: &'a Ask) -> BoxStream<'a, Result<Page>> {
        self.source.list(ask)
    }

    async fn open(&self, item: &Item) -> Result<Content> {
        if item.id.data_type == DataType::CallRecording {
            let turn = self.heavy.lock().await;
            tokio::time::sleep(EACH).await;
            drop(turn);
        }
        self.source.open(item).await
    }
}

#[tokio::test(start_paused = true)]
async fn recordings_that_wait_for_their_limit_hold_up_no_voicemail() {
    let rig = Rig::new();
    rig.plant((0..300).map(|n| Plant::new(recording(&format!("r{n}"), DAWN + n))));
    rig.plant((0..50).map(|n| Plant::new(voicemail(&format!("v{n}"), DAWN + HOUR_MS + n))));
    let ends = Ends {
        source: Arc::new(Limited {
            source: rig.source.clone(),
            heavy: Mutex::new(()),
        }),
        ..rig.ends.clone()
    };
    let job = enrolled_job(&ends, &rig.stop).await.unwrap();
    let begun = Instant::now();
    let voicemails = async {
        loop {
            let files = rig.destination.files();
            let there = files.keys().filter(|it| it.contains("voicemail")).count();
            if there == 50 {
                return begun.elapsed();
            }
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
    };
    let (summary, after) = tokio::join!(back_up(&ends, &job, &()), voicemails);
    assert!(summary.unwrap().is_complete());
    assert!(begun.elapsed() >= 300 * EACH, "the limit was kept");
    assert!(after <= 2 * EACH, "after {after:?}");
}
