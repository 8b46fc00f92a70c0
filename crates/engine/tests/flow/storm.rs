//! Every port fails, by plan or by chance; once it is calm again nothing is
//! lost, nothing lies there twice, and everything is accounted for.

use std::sync::Arc;
use std::time::Duration;

use domain::Result;
use domain::window::HOUR_MS;
use engine::{Ends, Summary, back_up};
use testkit::builders::{bytes_of, fax, picture, recording, sms, voicemail};
use testkit::faulty::{Faults, Faulty, Rates};
use testkit::memory::source::Plant;
use testkit::memory::{destination, source, store};

use crate::rig::{DAWN, Rig, enrolled_job};

/// A rig whose three ports share one history of faults.
struct Storm {
    rig: Rig,
    source: Arc<Faulty<source::Source>>,
    destination: Arc<Faulty<destination::Destination>>,
    ends: Ends,
}

/// Files that lie in the destination when all is well.
const FILES: usize = 30;

impl Storm {
    fn new(faults: &Faults) -> Storm {
        let rig = Rig::new();
        let clock = rig.clock.clone();
        let source = Arc::new(Faulty::new(source::Source::new(clock.clone()), faults));
        source.inner().page_size(4);
        for plant in plants() {
            source.inner().plant(plant);
        }
        let destination = Arc::new(Faulty::new(destination::Destination::new(), faults));
        let ends = Ends {
            source: source.clone(),
            destination: destination.clone(),
            store: Arc::new(Faulty::new(store::Store::new(clock), faults)),
            ..rig.ends.clone()
        };
        Storm {
            rig,
            source,
            destination,
            ends,
        }
    }

    async fn run(&self) -> Result<Summary> {
        let job = enrolled_job(&self.ends, &self.rig.stop).await?;
        back_up(&self.ends, &job, &()).await
    }

    /// What must hold when no fault comes any more.
    async fn ends_well(&self, what: &str) {
        // Past the slow lane and any lease.
        self.rig.clock.advance(Duration::from_hours(8));
        let summary = self.run().await.unwrap();
        assert!(summary.is_complete(), "{what}: {summary:?}");
        assert_eq!(summary.total().files, FILES as u64, "{what}");
        let destination = self.destination.inner();
        assert_eq!(destination.files().len(), FILES, "{what}");
        assert_eq!(destination.writes(), FILES, "{what}: written twice");
        for item in self.source.inner().truth() {
            let bytes = bytes_of(&item);
            let is_text = item.id.part.is_none() && item.id.data_type.is_message();
            let there = destination.files().values().any(|it| *it == bytes);
            assert!(is_text || there, "{what}: {} is not there", item.id);
        }
    }
}

fn plants() -> Vec<Plant> {
    let at = |hour: i64| DAWN + hour * HOUR_MS;
    let mut plants: Vec<Plant> = (0..24)
        .map(|n| Plant::new(recording(&format!("r{n}"), at(1) + n)).in_chunks_of(64))
        .collect();
    plants.extend([
        Plant::new(voicemail("v1", at(3))),
        Plant::new(voicemail("v2", at(4))),
        Plant::new(fax("f1", at(4))),
        Plant::new(sms("s1", at(5))),
        Plant::new(picture("s1", "p1", at(5))),
        Plant::new(picture("s1", "p2", at(5))),
    ]);
    plants
}

#[tokio::test(start_paused = true)]
async fn killed_before_or_after_any_call_to_the_outside() {
    for cut in [Faults::cut_before, Faults::cut_after] {
        for good in 0.. {
            let faults = cut(good);
            let storm = Storm::new(&faults);
            let ended = storm.run().await.is_ok_and(|it| it.is_complete());
            assert!(!ended || faults.faults() <= 1, "{good} good calls");
            let untouched = faults.faults() == 0;
            faults.calm();
            storm.ends_well(&format!("after {good} good calls")).await;
            if untouched {
                assert!(good > 60, "{good}: the run makes calls to be cut at");
                break;
            }
        }
    }
}

#[tokio::test(start_paused = true)]
async fn whatever_fails_by_chance_is_made_good_in_the_end() {
    let rates = Rates {
        before: 40,
        torn: 40,
        after: 40,
    };
    let mut planted = 0;
    for seed in 0..100 {
        let faults = Faults::from_seed(seed, rates);
        let storm = Storm::new(&faults);
        for _ in 0..4 {
            // Whether it ends well or not: the next one goes on.
            let _ = storm.run().await;
            storm.rig.clock.advance(Duration::from_mins(10));
        }
        planted += faults.faults();
        faults.calm();
        storm.ends_well(&format!("seed {seed}")).await;
    }
    assert!(planted > 400, "only {planted} faults were planted");
}
