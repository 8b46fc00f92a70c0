//! Listings while RingCentral misbehaves: all of it, or an error; never less
//! that looks like all.

use std::time::Duration;

use domain::Kind;
use domain::lane::{Depth, Lane};
use domain::ports::Source;
use sim::ringcentral::Faults;

use crate::world::{World, ask, ids, list};

async fn all(world: &World, source: &impl Source) -> domain::Result<usize> {
    let ask = ask(Lane::AccountCalls, world.window(), Depth::Every);
    Ok(ids(&list(source, &ask).await?).len())
}

fn plant(world: &World, faults: Faults) {
    world
        .sim
        .ringcentral()
        .change_options(|it| it.faults = faults);
}

#[tokio::test]
async fn passing_trouble_costs_time_only() {
    let world = World::plain().await;
    world.settle();
    let source = world.admin();
    let truth = all(&world, &source).await.unwrap();
    let none = Faults::default;
    for faults in [
        Faults {
            error_500: 2.0,
            ..none()
        },
        Faults {
            error_502: 2.0,
            ..none()
        },
        Faults {
            error_503: 1.0,
            retry_after_s: 0,
            ..none()
        },
        Faults {
            reset: 2.0,
            ..none()
        },
        Faults {
            unauthorized: 1.0,
            ..none()
        },
        Faults {
            list_duplicate: 5.0,
            ..none()
        },
    ] {
        let planted = format!("{faults:?}");
        plant(&world, faults);
        assert_eq!(all(&world, &source).await.unwrap(), truth, "{planted}");
    }
}

#[tokio::test]
async fn a_page_that_cannot_be_read_or_leads_in_a_circle_is_an_error() {
    let world = World::plain().await;
    world.settle();
    let source = world.admin();
    for faults in [
        Faults {
            list_cut: 1.0,
            ..Faults::default()
        },
        Faults {
            list_loop: 1.0,
            ..Faults::default()
        },
    ] {
        let planted = format!("{faults:?}");
        plant(&world, faults);
        let error = all(&world, &source).await.unwrap_err();
        assert_eq!(error.kind(), Kind::Protocol, "{planted}");
        assert!(error.to_string().contains("call log"), "{error}");
    }
}

#[tokio::test]
async fn lasting_trouble_is_told_and_not_taken_for_the_end() {
    let world = World::plain().await;
    let source = world.admin();
    source.viewer().await.unwrap();
    plant(
        &world,
        Faults {
            error_500: 1000.0,
            ..Faults::default()
        },
    );
    let error = all(&world, &source).await.unwrap_err();
    assert_eq!(error.kind(), Kind::Unavailable);
}

#[tokio::test]
async fn tight_limits_are_kept_without_a_single_early_request() {
    let world = World::start(|scenario| {
        let rc = &mut scenario.ringcentral;
        (rc.heavy, rc.light, rc.medium, rc.auth) = (10, 50, 40, 5);
        (rc.window_ms, rc.penalty_ms) = (50, 50);
        rc.detailed_per_page = 50;
    })
    .await;
    world.settle();
    // One door: processes that do not know of each other cannot keep this.
    let source = world.admin();
    let listed = tokio::time::timeout(Duration::from_mins(1), async {
        futures::try_join!(
            all(&world, &source),
            all(&world, &source),
            all(&world, &source)
        )
    });
    let (first, second, third) = listed.await.unwrap().unwrap();
    assert!(first > 300 && first == second && second == third);
    let requests = world.sim.ringcentral().requests();
    assert_eq!(requests.early_hits, 0, "{requests:?}");
}
