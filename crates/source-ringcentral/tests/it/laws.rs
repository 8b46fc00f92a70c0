//! The laws of a Source, held against RingCentral on the simulator.

use std::collections::{BTreeMap, BTreeSet};

use domain::Kind;
use domain::item::ItemId;
use domain::lane::{Depth, Lane};
use domain::window::{HOUR_MS, Window};
use sim::ringcentral::{Kind as What, Truth};
use testkit::laws::source::{Expected, all};

use crate::world::{World, ask, identity, ids, lane, list, mailboxes, sightings};

#[tokio::test]
async fn ringcentral_obeys_the_laws_of_a_source() {
    let world = World::start(|scenario| {
        scenario.company.days = 1;
        scenario.company.recordings_per_day = 40;
        scenario.company.lost_recordings = 0;
    })
    .await;
    world.settle();
    let (source, now_ms) = (world.admin(), world.clock.0.now_ms());
    let window = Window::from_ms(now_ms - 30 * HOUR_MS, now_ms).unwrap();
    let truth = world.truth().into_iter();
    let truth: Vec<_> = truth.filter(|it| window.contains_ms(it.time_ms)).collect();
    let mut lanes: Lanes = BTreeMap::new();
    for it in &truth {
        lanes
            .entry(lane(it))
            .or_default()
            .insert(identity(it), it.time_ms);
    }
    let mut lanes = few(lanes);
    // The truth ledger does not know what a rule leaves out.
    let every = ask(Lane::AccountCalls, window, Depth::Every);
    let by_rule = sightings(&list(&source, &every).await.unwrap()).into_values();
    let by_rule = by_rule.filter(|it| it.item.id.unit.starts_with("short-"));
    let calls = lanes.get_mut(&Lane::AccountCalls).unwrap();
    calls.extend(by_rule.map(|it| (it.item.id, it.item.at_ms)));
    let rc = world.sim.ringcentral();
    let files = truth
        .iter()
        .filter(|it| lanes.contains_key(&lane(it)) && is_small_file(it));
    let bytes = files
        .take(12)
        .map(|it| (identity(it), rc.sha256(it).unwrap()))
        .collect();
    let expected = Expected {
        window,
        lanes,
        bytes,
        forbidden: BTreeSet::new(),
        closed: BTreeMap::new(),
    };
    all(&source, &expected).await;
}

type Lanes = BTreeMap<Lane, BTreeMap<ItemId, i64>>;

/// Something that is fetched, and quickly.
fn is_small_file(truth: &Truth) -> bool {
    truth.size < 200_000 && !matches!(truth.kind, What::Sms | What::Pager)
}

/// The call log and two mailboxes: each law lists every lane many times.
fn few(mut lanes: Lanes) -> Lanes {
    let mut sizes: Vec<(usize, Lane)> = lanes
        .iter()
        .map(|(lane, items)| (items.len(), lane.clone()))
        .collect();
    sizes.sort();
    let kept: BTreeSet<Lane> = sizes
        .into_iter()
        .rev()
        .take(3)
        .map(|(_, lane)| lane)
        .collect();
    lanes.retain(|lane, _| kept.contains(lane) || *lane == Lane::AccountCalls);
    lanes
}

#[tokio::test]
async fn an_ordinary_user_obeys_them_too() {
    let world = World::start(|scenario| {
        scenario.company.days = 2;
        scenario.ringcentral.odd_data = true;
    })
    .await;
    world.settle();
    let source = world.user("102");
    let own = domain::ports::Source::viewer(&source)
        .await
        .unwrap()
        .extension
        .id;
    let mine = Lane::Messages(own.clone());
    let truth = world.truth();
    let now_ms = world.clock.0.now_ms();
    let window = Window::from_ms(now_ms - 54 * HOUR_MS, now_ms).unwrap();
    let theirs: Vec<_> = truth
        .iter()
        .filter(|it| lane(it) == mine && window.contains_ms(it.time_ms))
        .collect();
    let readable = theirs
        .iter()
        .filter(|it| !matches!(it.kind, What::Sms | What::Pager));
    let rc = world.sim.ringcentral();
    let bytes = readable
        .take(5)
        .map(|it| (identity(it), rc.sha256(it).unwrap()))
        .collect();
    let others = mailboxes(&truth);
    let others = others.into_iter().filter(|it| it != own.as_str()).take(2);
    let mut forbidden: BTreeSet<Lane> = others
        .map(|it| Lane::Messages(domain::account::ExtensionId::new(it)))
        .collect();
    forbidden.insert(Lane::AccountCalls);
    let items = theirs.iter().map(|it| (identity(it), it.time_ms)).collect();
    let expected = Expected {
        window,
        lanes: BTreeMap::from([(mine, items)]),
        bytes,
        forbidden,
        closed: BTreeMap::new(),
    };
    all(&source, &expected).await;
}

#[tokio::test]
async fn what_is_closed_says_why() {
    let world = World::plain().await;
    let source = world.admin();
    let truth = world.truth();
    let now_ms = world.clock.0.now_ms();
    let window = Window::from_ms(world.window().start_ms(), now_ms).unwrap();
    let closed: BTreeMap<ItemId, Kind> = truth
        .iter()
        .filter(|it| {
            it.kind == What::Recording && it.ready_at_ms.is_none_or(|at| at > now_ms + 60_000)
        })
        .map(|it| {
            (
                identity(it),
                if it.lost { Kind::Gone } else { Kind::NotReady },
            )
        })
        .collect();
    assert!(closed.values().any(|it| *it == Kind::Gone));
    assert!(closed.values().any(|it| *it == Kind::NotReady));
    let shown = ids(
        &list(&source, &ask(Lane::AccountCalls, window, Depth::Every))
            .await
            .unwrap(),
    );
    assert!(closed.keys().all(|id| shown.contains(id)));
    let expected = Expected {
        window,
        lanes: BTreeMap::from([(Lane::AccountCalls, BTreeMap::new())]),
        bytes: BTreeMap::new(),
        forbidden: BTreeSet::new(),
        closed,
    };
    let stock = testkit::laws::source::Stock {
        source: &source,
        expected: &expected,
    };
    testkit::laws::source::what_is_not_to_be_had_says_why(&stock).await;
}
