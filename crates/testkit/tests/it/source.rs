//! The Source in memory: a company in which everything happens.

use std::collections::BTreeMap;

use domain::Kind;
use domain::data_type::DataType;
use domain::item::{Item, ItemId};
use domain::lane::{Depth, Lane};
use domain::ports::{Ask, Source as _};
use domain::window::HOUR_MS;
use futures::TryStreamExt;
use testkit::builders::{
    T0, bytes_of, call, extension, extension_id, fax, hours, of, picture, recording, sms,
    unavailable, voicemail,
};
use testkit::laws::source::Expected;
use testkit::memory::{Plant, Source, Trouble};
use testkit::samples::sha256;
use testkit::{ManualClock, laws};

fn messages(id: &str) -> Lane {
    Lane::Messages(extension_id(id))
}

/// Six hours of a company of two, all of which have ended.
fn company() -> (Source, Expected) {
    let source = Source::new(ManualClock::at(T0 + 100 * HOUR_MS));
    source.page_size(3);
    source.hire(extension("102"));
    source.forbid(messages("103"));
    let mut items: Vec<Item> = (0..10)
        .map(|n| recording(&n.to_string(), T0 + n * HOUR_MS / 2))
        .collect();
    items.extend((0..7).map(|n| of("102", sms(&format!("s{n}"), T0 + n))));
    items.extend([picture("s1", "1", T0 + 1), picture("s1", "2", T0 + 1)].map(|it| of("102", it)));
    items.extend([voicemail("v", T0 + HOUR_MS), fax("f", T0 + 6 * HOUR_MS - 1)]);
    for item in &items {
        source.plant(Plant::new(item.clone()).in_chunks_of(7));
    }
    let (gone, young) = (fax("gone", T0 + 3), fax("young", T0 + 4));
    source.plant(Plant::new(gone.clone()).gone_at(T0 + HOUR_MS));
    source.plant(Plant::new(young.clone()).bytes_at(i64::MAX));
    let bytes = items
        .iter()
        .map(|it| (it.id.clone(), sha256(&bytes_of(it))));
    let bytes = bytes.collect();
    items.extend([gone.clone(), young.clone()]);
    let lane = |is_calls: bool, whose: Option<&str>| -> BTreeMap<ItemId, i64> {
        let whose = whose.map(extension_id);
        let items = items.iter();
        items
            .filter(|it| it.id.data_type.is_message() != is_calls)
            .filter(|it| whose.is_none() || it.extension == whose)
            .map(|it| (it.id.clone(), it.at_ms))
            .collect()
    };
    let expected = Expected {
        window: hours(0, 6),
        lanes: [
            (Lane::AccountCalls, lane(true, None)),
            (
                Lane::ExtensionCalls(extension_id("101")),
                lane(true, Some("101")),
            ),
            (messages("101"), lane(false, Some("101"))),
            (messages("102"), lane(false, Some("102"))),
        ]
        .into(),
        bytes,
        forbidden: [messages("103")].into(),
        closed: [(gone.id, Kind::Gone), (young.id, Kind::NotReady)].into(),
    };
    (source, expected)
}

#[tokio::test]
async fn the_source_in_memory_obeys_the_laws() {
    let (source, expected) = company();
    laws::source::all(&source, &expected).await;
}

fn ask(lane: Lane) -> Ask {
    Ask {
        lane,
        window: hours(0, 24),
        types: DataType::ALL.into(),
        depth: Depth::Recorded,
    }
}

#[tokio::test]
async fn items_appear_settle_and_vanish_at_their_time() {
    let clock = ManualClock::at(T0);
    let source = Source::new(clock.clone());
    let item = fax("1", T0 - HOUR_MS + HOUR_MS);
    let plant = Plant::new(item.clone())
        .appearing_at(T0 + 10)
        .settling_at(T0 + 20);
    source.plant(plant.vanishing_at(T0 + 30));
    let mut told = Vec::new();
    for now_ms in [T0, T0 + 10, T0 + 20, T0 + 30] {
        clock.set(now_ms);
        let ask = ask(messages("101"));
        let pages: Vec<_> = source.list(&ask).try_collect().await.unwrap();
        assert_eq!(pages.len(), 1);
        let opened = source.open(&item).await.map(|it| it.length.is_some());
        told.push((
            pages[0].sightings.len(),
            pages[0].unsettled,
            opened.map_err(|error| error.kind()),
        ));
    }
    let expected = [
        (0, 0, Err(Kind::NotReady)),
        (1, 1, Err(Kind::NotReady)),
        (1, 0, Ok(true)),
        (0, 0, Err(Kind::Gone)),
    ];
    assert_eq!(told, expected);
    assert_eq!(source.opened().len(), 4);
    assert_eq!(source.asked().len(), 4);
}

#[tokio::test]
async fn a_script_runs_once_and_in_order() {
    let source = Source::new(ManualClock::at(T0));
    let item = recording("1", T0);
    let whole = bytes_of(&item);
    let torn = Trouble::Torn {
        after: 10,
        error: unavailable(),
    };
    let plant = Plant::new(item.clone())
        .troubled(1, &Trouble::Refused(unavailable()))
        .troubled(1, &torn)
        .troubled(1, &Trouble::CutShort { after: 20 })
        .troubled(1, &Trouble::Instead("<html>".into()));
    source.plant(plant);
    let read = async || {
        let content = source.open(&item).await?;
        let chunks: Vec<_> = content.bytes.try_collect().await?;
        Ok::<_, domain::Error>((content.length, chunks.concat()))
    };
    assert_eq!(read().await.unwrap_err().kind(), Kind::Unavailable);
    assert_eq!(read().await.unwrap_err().kind(), Kind::Unavailable);
    assert_eq!(read().await.unwrap(), (None, whole[..20].to_vec()));
    assert_eq!(read().await.unwrap(), (Some(6), b"<html>".to_vec()));
    let length = Some(whole.len() as u64);
    assert_eq!(read().await.unwrap(), (length, whole.to_vec()));
}

#[tokio::test]
async fn a_listing_breaks_after_good_pages_and_then_goes_on() {
    let (source, _) = company();
    let lane = Lane::AccountCalls;
    source.break_listing(&lane, 1, 2, &unavailable());
    let ask = ask(lane);
    let mut pages = source.list(&ask);
    assert!(pages.try_next().await.unwrap().is_some());
    assert!(pages.try_next().await.unwrap().is_some());
    assert_eq!(
        pages.try_next().await.unwrap_err().kind(),
        Kind::Unavailable
    );
    assert_eq!(pages.try_next().await.unwrap(), None);
    let whole: Vec<_> = source.list(&ask).try_collect().await.unwrap();
    assert_eq!(whole.len(), 4);
}

#[tokio::test]
async fn calls_are_listed_recorded_or_every_one() {
    let source = Source::new(ManualClock::at(T0 + HOUR_MS));
    let mut recorded = call("1", T0);
    recorded.recordings = 1;
    let mut going = call("2", T0 + 1);
    going.unfinished = true;
    source.call(recorded.clone());
    source.call(going.clone());
    for (depth, calls, unsettled) in [
        (Depth::Recorded, vec![recorded.clone()], 0),
        (Depth::Every, vec![recorded, going], 1),
    ] {
        let ask = Ask {
            depth,
            ..ask(Lane::AccountCalls)
        };
        let pages: Vec<_> = source.list(&ask).try_collect().await.unwrap();
        assert_eq!((&pages[0].calls, pages[0].unsettled), (&calls, unsettled));
    }
}

#[tokio::test]
async fn a_dead_grant_answers_everything_alike() {
    let (source, _) = company();
    let dead = domain::Error::new(Kind::Unauthorized, "the grant is dead");
    source.die(Some(dead));
    assert!(source.viewer().await.is_err());
    assert!(source.permissions(None).await.is_err());
    let ask = ask(Lane::AccountCalls);
    let listed: Result<Vec<_>, _> = source.list(&ask).try_collect().await;
    assert_eq!(listed.unwrap_err().kind(), Kind::Unauthorized);
    source.die(None);
    assert!(source.viewer().await.is_ok());
    let mailbox = extension_id("103");
    let permissions = source.permissions(Some(&mailbox)).await.unwrap();
    let allowed: Vec<_> = permissions.iter().map(|it| it.allowed.is_ok()).collect();
    assert_eq!(allowed, [true, false, false, false]);
}
