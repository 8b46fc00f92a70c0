//! Listings against the simulator's own ledger of what is true.

use std::collections::BTreeSet;

use domain::Kind;
use domain::account::ExtensionId;
use domain::item::{ItemId, Standing};
use domain::lane::{Depth, Lane};
use domain::ports::Source;
use domain::window::{DAY_MS, Window};
use sim::ringcentral::{Kind as What, Truth};

use crate::world::{World, ask, identity, ids, lane, list, mailboxes, sightings};

fn expected(truth: &[Truth], of: &Lane) -> BTreeSet<ItemId> {
    let there = truth.iter().filter(|it| lane(it) == *of);
    there.map(identity).collect()
}

/// What is there besides what a rule leaves out, which the truth ledger does
/// not know. Tells only what differs.
fn assert_same(found: &BTreeSet<ItemId>, truth: &[Truth], of: &Lane) {
    let truth = expected(truth, of);
    let by_rule = |id: &&ItemId| id.unit.starts_with("short-");
    let extra: Vec<_> = found.difference(&truth).filter(|id| !by_rule(id)).collect();
    let lacking: Vec<_> = truth.difference(found).collect();
    let none = extra.is_empty() && lacking.is_empty();
    assert!(none, "{of}: {extra:?} too many, {lacking:?} missing");
}

fn mailbox(extension: &str) -> Lane {
    Lane::Messages(ExtensionId::new(extension))
}

#[tokio::test]
async fn the_companys_call_log_shows_every_recording_at_either_depth() {
    let world = World::plain().await;
    world.settle();
    let (source, truth) = (world.admin(), world.truth());
    assert!(expected(&truth, &Lane::AccountCalls).len() > 300);
    for depth in [Depth::Recorded, Depth::Every] {
        let lane = Lane::AccountCalls;
        let pages = list(&source, &ask(lane.clone(), world.window(), depth))
            .await
            .unwrap();
        assert_same(&ids(&pages), &truth, &lane);
        let shown: usize = pages.iter().map(|page| page.sightings.len()).sum();
        assert_eq!(shown, ids(&pages).len(), "each once");
        let calls: Vec<_> = pages.iter().flat_map(|page| &page.calls).collect();
        match depth {
            Depth::Recorded => assert!(calls.iter().all(|it| it.recordings > 0)),
            Depth::Every => assert!(calls.len() > 600, "{}", calls.len()),
        }
    }
}

#[tokio::test]
async fn recordings_on_legs_and_on_both_sides_of_a_call_are_found_once() {
    let world = World::plain().await;
    world.settle();
    let all = ask(Lane::AccountCalls, world.window(), Depth::Recorded);
    let found = sightings(&list(&world.admin(), &all).await.unwrap());
    let truth = world.truth();
    let on_legs = truth.iter().filter(|it| it.leg >= 0);
    let on_legs: Vec<ItemId> = on_legs.map(identity).collect();
    assert!(on_legs.len() > 10 && on_legs.iter().all(|id| found.contains_key(id)));
    for it in truth.iter().filter(|it| it.kind == What::Recording) {
        let item = &found[&identity(it)].item;
        assert_eq!(item.at_ms, it.time_ms);
        assert!(item.facts.call_id.is_some() && item.facts.session_id.is_some());
    }
    // Some records name nobody, and neither do their legs.
    let named = found
        .values()
        .filter(|it| it.item.extension.is_some())
        .count();
    assert!(named * 10 > found.len() * 8, "{named} of {}", found.len());
}

#[tokio::test]
async fn every_mailbox_shows_every_part_of_every_message() {
    let world = World::plain().await;
    world.settle();
    let (source, before) = (world.admin(), world.truth());
    let message = |kind| before.iter().find(|it| it.kind == kind).unwrap();
    let rc = world.sim.ringcentral();
    for kind in [What::Voicemail, What::MmsPart, What::Fax] {
        assert!(rc.delete_message(&message(kind).provider_id, false));
    }
    assert!(rc.delete_message(&message(What::Pager).provider_id, true));
    let truth = world.truth();
    let restorable = truth.iter().filter(|it| it.deleted).count();
    assert!(restorable >= 3 && truth.len() < before.len());
    for extension in mailboxes(&truth) {
        let own = mailbox(&extension);
        let pages = list(&source, &ask(own.clone(), world.window(), Depth::Every))
            .await
            .unwrap();
        assert_same(&ids(&pages), &truth, &own);
        let found = sightings(&pages);
        for it in truth.iter().filter(|it| lane(it) == own) {
            let item = &found[&identity(it)].item;
            assert_eq!(item.at_ms, it.time_ms);
            assert!(item.size.is_none_or(|size| size == it.size), "{}", item.id);
        }
    }
}

#[tokio::test]
async fn hostile_data_hides_nothing() {
    let world = World::start(|scenario| {
        scenario.ringcentral.odd_data = true;
        scenario.ringcentral.explicit_port = true;
        scenario.ringcentral.detailed_per_page = 100;
    })
    .await;
    world.settle();
    let (source, truth) = (world.admin(), world.truth());
    let mailboxes = mailboxes(&truth);
    let mailboxes = mailboxes.iter().map(|it| mailbox(it));
    for lane in mailboxes.chain([Lane::AccountCalls]) {
        let pages = list(&source, &ask(lane.clone(), world.window(), Depth::Every))
            .await
            .unwrap();
        assert_same(&ids(&pages), &truth, &lane);
    }
}

#[tokio::test]
async fn an_ordinary_users_own_logs_are_theirs() {
    let world = World::plain().await;
    world.settle();
    let (source, truth) = (world.user("102"), world.truth());
    let viewer = source.viewer().await.unwrap();
    assert!(!viewer.admin);
    let own = viewer.extension.id;
    let calls = ask(
        Lane::ExtensionCalls(own.clone()),
        world.window(),
        Depth::Recorded,
    );
    let found = sightings(&list(&source, &calls).await.unwrap());
    let mine = |it: &&Truth| it.kind == What::Recording && it.extension_id == own.as_str();
    let theirs: Vec<ItemId> = truth.iter().filter(mine).map(identity).collect();
    assert!(!theirs.is_empty());
    assert!(theirs.iter().all(|id| found[id].item.extension.is_some()));
    let messages = Lane::Messages(own);
    let pages = list(
        &source,
        &ask(messages.clone(), world.window(), Depth::Every),
    )
    .await
    .unwrap();
    assert_same(&ids(&pages), &truth, &messages);
}

#[tokio::test]
async fn other_lanes_are_forbidden_with_a_way_out() {
    let world = World::start(|it| {
        it.ringcentral.admin_reads_other_mailboxes = false;
        it.ringcentral.missing_permissions = vec!["Users".to_owned()];
    })
    .await;
    world.settle();
    let (user, admin, truth) = (world.user("102"), world.admin(), world.truth());
    let own = admin.viewer().await.unwrap().extension.id;
    let asking = |lane| ask(lane, world.window(), Depth::Every);
    let company = list(&user, &asking(Lane::AccountCalls)).await.unwrap_err();
    assert_eq!(company.kind(), Kind::Forbidden);
    assert!(company.how_to_mend().is_some());
    for extension in mailboxes(&truth).iter().filter(|it| *it != own.as_str()) {
        let error = list(&admin, &asking(mailbox(extension))).await.unwrap_err();
        assert_eq!(
            (error.kind(), error.code()),
            (Kind::Forbidden, Some("CMN-419"))
        );
        let told = error.to_string();
        assert!(
            told.contains("[ReadMessages]") && told.contains("[Users]"),
            "{told}"
        );
        assert!(error.how_to_mend().is_some());
    }
    let mine = Lane::Messages(own);
    let pages = list(&admin, &asking(mine.clone())).await.unwrap();
    assert_same(&ids(&pages), &truth, &mine);
}

#[tokio::test]
async fn what_is_not_final_yet_keeps_its_window_unsettled() {
    let world = World::plain().await;
    let source = world.admin();
    let window = Window::from_ms(world.window().start_ms(), world.clock.0.now_ms()).unwrap();
    let listed = async |lane: Lane| {
        list(&source, &ask(lane, window, Depth::Every))
            .await
            .unwrap()
    };
    let calls = listed(Lane::AccountCalls).await;
    let changing: usize = calls.iter().map(|page| page.unsettled).sum();
    let unfinished = calls
        .iter()
        .flat_map(|page| &page.calls)
        .filter(|it| it.unfinished);
    assert!(changing > 0 && unfinished.count() == changing);
    let everybody = mailboxes(&world.sim.ringcentral().truth());
    let mut waiting = 0;
    let mut not_yet = 0;
    for extension in &everybody {
        let pages = listed(mailbox(extension)).await;
        waiting += pages.iter().map(|page| page.unsettled).sum::<usize>();
        let all = sightings(&pages).into_values();
        not_yet += all
            .filter(|it| matches!(it.standing, Standing::NotYet(_)))
            .count();
    }
    assert!(waiting >= not_yet && not_yet > 0, "{waiting} {not_yet}");
    world.settle();
    let lanes = everybody.iter().map(|it| mailbox(it));
    for lane in lanes.chain([Lane::AccountCalls]) {
        let pages = listed(lane.clone()).await;
        assert!(pages.iter().all(|page| page.unsettled == 0), "{lane}");
    }
}

#[tokio::test]
async fn windows_meet_without_gap_or_overlap_whatever_date_to_means() {
    for inclusive in [false, true] {
        let world = World::start(|it| it.ringcentral.date_to_inclusive = inclusive).await;
        world.settle();
        let (source, truth) = (world.admin(), world.truth());
        let middle = truth.iter().find(|it| it.kind == What::Recording).unwrap();
        let border = middle.time_ms;
        let of = async |from, to| {
            let window = Window::from_ms(from, to).unwrap();
            let ask = ask(Lane::AccountCalls, window, Depth::Recorded);
            ids(&list(&source, &ask).await.unwrap())
        };
        let early = of(border - DAY_MS, border).await;
        let late = of(border, border + DAY_MS).await;
        assert!(early.is_disjoint(&late) && late.contains(&identity(middle)));
        assert_eq!(&early | &late, of(border - DAY_MS, border + DAY_MS).await);
    }
}

#[tokio::test]
async fn everyone_is_told_and_who_is_signed_in_is_known() {
    let world = World::plain().await;
    let source = world.admin();
    let viewer = source.viewer().await.unwrap();
    assert!(viewer.admin);
    assert_eq!(
        viewer.account.id.as_str(),
        world.sim.ringcentral().account_id()
    );
    assert_eq!(
        viewer.account.time_zone.as_deref(),
        Some("America/Los_Angeles")
    );
    assert_eq!(viewer.extension.number.as_deref(), Some("101"));
    let people = source.extensions().await.unwrap();
    assert_eq!(people.len(), 14);
    assert!(people.is_sorted_by(|a, b| a.id < b.id));
    assert!(people.iter().any(|it| it.status == "Disabled"));
    assert!(people.iter().any(|it| it.kind == "Department"));
    let user = world.user("103").viewer().await.unwrap();
    assert!(!user.admin);
    assert_eq!(user.extension.time_zone.as_deref(), Some("Europe/Berlin"));
}
