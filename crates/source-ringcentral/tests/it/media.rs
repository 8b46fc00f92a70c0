//! Bytes: what came is what lies there, and what does not come says why.

use domain::content::Framing;
use domain::error::{Kind, Result};
use domain::item::{Fetch, Item, ItemId};
use domain::lane::Depth;
use domain::ports::Source;
use futures::TryStreamExt;
use sim::ringcentral::{Kind as What, Truth};
use testkit::samples::sha256;

use crate::world::{World, ask, identity, lane, list, sightings};

/// The item of a truth, as its lane lists it.
async fn item(world: &World, source: &impl Source, truth: &Truth) -> Item {
    let pages = list(source, &ask(lane(truth), world.window(), Depth::Every))
        .await
        .unwrap();
    sightings(&pages).remove(&identity(truth)).unwrap().item
}

async fn bytes(source: &impl Source, item: &Item) -> Result<Vec<u8>> {
    let chunks: Vec<_> = source.open(item).await?.bytes.try_collect().await?;
    Ok(chunks.concat())
}

fn one(world: &World, kind: What) -> Truth {
    let truth = world.truth();
    let found = truth
        .into_iter()
        .find(|it| it.kind == kind && !it.lost && it.size < 2_000_000);
    found.unwrap()
}

#[tokio::test]
async fn every_kind_of_file_comes_as_it_lies_there() {
    let world = World::plain().await;
    world.settle();
    let source = world.admin();
    for kind in [
        What::Recording,
        What::Voicemail,
        What::Transcript,
        What::MmsPart,
        What::Fax,
        What::FaxSource,
    ] {
        let truth = one(&world, kind);
        let item = item(&world, &source, &truth).await;
        let content = source.open(&item).await.unwrap();
        assert_eq!(content.length, Some(truth.size), "{kind:?}");
        assert_eq!(content.framing, Framing::Declared);
        assert_eq!(content.media_type.as_deref(), Some(truth.content_type));
        for _ in 0..2 {
            let came = bytes(&source, &item).await.unwrap();
            assert_eq!(
                Some(sha256(&came)),
                world.sim.ringcentral().sha256(&truth),
                "{kind:?}"
            );
        }
    }
}

#[tokio::test]
async fn a_body_without_a_length_says_so() {
    let world = World::start(|it| it.ringcentral.content_length = false).await;
    world.settle();
    let source = world.admin();
    let truth = one(&world, What::Recording);
    let item = item(&world, &source, &truth).await;
    let content = source.open(&item).await.unwrap();
    assert_eq!((content.length, content.framing), (None, Framing::Framed));
    let came = bytes(&source, &item).await.unwrap();
    assert_eq!(came.len() as u64, truth.size);
}

#[tokio::test]
async fn a_body_cut_short_ends_with_an_error_where_the_transport_can_tell() {
    let world = World::plain().await;
    world.settle();
    let source = world.admin();
    let truth = one(&world, What::Recording);
    let item = item(&world, &source, &truth).await;
    let rc = world.sim.ringcentral();
    rc.change_options(|it| it.faults.cut_length = 1.0);
    assert!(bytes(&source, &item).await.is_err());
    rc.change_options(|it| (it.faults.cut_length, it.faults.cut_chunked) = (0.0, 1.0));
    assert!(bytes(&source, &item).await.is_err());
    rc.change_options(|it| (it.faults.cut_chunked, it.faults.cut_close) = (0.0, 1.0));
    let content = source.open(&item).await.unwrap();
    assert_eq!(
        (content.length, content.framing),
        (None, Framing::UntilClose)
    );
}

#[tokio::test]
async fn a_young_recording_is_not_ready_and_an_old_one_gone() {
    let world = World::plain().await;
    let source = world.admin();
    let now_ms = world.clock.0.now_ms();
    let truth = world.truth();
    let early = truth.iter().find(|it| {
        it.kind == What::Recording && it.ready_at_ms.is_some_and(|ready| ready > now_ms + 60_000)
    });
    let young = item(&world, &source, early.unwrap()).await;
    let error = bytes(&source, &young).await.unwrap_err();
    assert_eq!(
        (error.kind(), error.code()),
        (Kind::NotReady, Some("CMN-102"))
    );
    let lost = truth.iter().find(|it| it.lost).unwrap();
    let lost = item(&world, &source, lost).await;
    assert_eq!(bytes(&source, &lost).await.unwrap_err().kind(), Kind::Gone);
    world.settle();
    assert!(!bytes(&source, &young).await.unwrap().is_empty());
}

#[tokio::test]
async fn a_fax_being_processed_is_not_ready() {
    let world = World::plain().await;
    let source = world.admin();
    let now_ms = world.clock.0.now_ms();
    let truth = world.truth();
    let queued = truth
        .iter()
        .find(|it| it.kind == What::Fax && it.ready_at_ms.is_some_and(|ready| ready > now_ms));
    let queued = item(&world, &source, queued.unwrap()).await;
    let error = bytes(&source, &queued).await.unwrap_err();
    assert_eq!(
        (error.kind(), error.code()),
        (Kind::NotReady, Some("MSG-368"))
    );
}

#[tokio::test]
async fn somebody_elses_file_is_forbidden_with_a_way_out() {
    let world = World::plain().await;
    world.settle();
    let truth = one(&world, What::Fax);
    let item = item(&world, &world.admin(), &truth).await;
    let other = if world
        .user("102")
        .viewer()
        .await
        .unwrap()
        .extension
        .id
        .as_str()
        == truth.extension_id
    {
        "103"
    } else {
        "102"
    };
    let error = bytes(&world.user(other), &item).await.unwrap_err();
    assert_eq!(error.kind(), Kind::Forbidden, "{error}");
    assert!(error.how_to_mend().is_some());
}

#[tokio::test]
async fn a_link_to_another_host_is_never_asked() {
    let world = World::plain().await;
    world.settle();
    let source = world.admin();
    let truth = one(&world, What::Recording);
    let mut item = item(&world, &source, &truth).await;
    let before = world.sim.ringcentral().requests().total;
    for uri in [
        "https://evil.example/restapi/v1.0/account/1/recording/2/content",
        "http://127.0.0.1:1/restapi/v1.0/account/1/recording/2/content",
        "http://user@127.0.0.1/",
        "file:///etc/passwd",
        "",
    ] {
        item.fetch = Fetch::From(uri.to_owned());
        let error = source.open(&item).await.err().unwrap();
        assert_eq!(error.kind(), Kind::Egress, "{uri}");
        assert!(!error.to_string().contains("recording/2"), "{error}");
    }
    assert_eq!(world.sim.ringcentral().requests().total, before);
    item.fetch = Fetch::Nothing;
    assert_eq!(source.open(&item).await.err().unwrap().kind(), Kind::Gone);
}

#[tokio::test]
async fn a_link_that_was_not_told_is_built() {
    let world = World::plain().await;
    world.settle();
    let source = world.admin();
    let truth = one(&world, What::Recording);
    let mut item = item(&world, &source, &truth).await;
    let told = bytes(&source, &item).await.unwrap();
    let id = ItemId::from_key(&item.id.key()).unwrap();
    let media = world.sim.ringcentral().media_url();
    let built = format!(
        "{media}/restapi/v1.0/account/~/recording/{}/content",
        id.unit
    );
    item.fetch = Fetch::From(built);
    assert_eq!(bytes(&source, &item).await.unwrap(), told);
}
