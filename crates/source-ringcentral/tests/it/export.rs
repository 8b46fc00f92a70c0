//! The company-wide export: what a closed mailbox holds, out of the zips of a
//! report, as if the mailbox were open.

use std::collections::BTreeMap;
use std::sync::Arc;

use domain::account::ExtensionId;
use domain::error::{Error, Kind, Result};
use domain::item::{Fetch, Item, ItemId, Sighting, Standing};
use domain::lane::{Depth, Lane};
use domain::ports::Source;
use domain::secret::Secret;
use domain::window::{DAY_MS, HOUR_MS, Window};
use futures::future::{join_all, try_join_all};
use futures::{StreamExt, TryStreamExt, stream};
use sha2::{Digest, Sha256};
use sim::Scenario;
use sim::ringcentral::{Faults, Kind as What, Layout, Truth};
use source_ringcentral::{Credential, RingCentral};

use crate::world::{Shelf, World, ask, identity, list, mailboxes, sightings};

/// A small company whose administrator may read no other mailbox.
async fn closed(change: impl FnOnce(&mut Scenario)) -> World {
    let world = World::start(|scenario| {
        let company = &mut scenario.company;
        (company.days, company.purged_messages) = (2, 0);
        (company.recordings_per_day, company.other_calls_per_day) = (6, 4);
        (company.voicemails_per_day, company.faxes_per_day) = (12, 12);
        company.texts_per_day = 30;
        scenario.ringcentral.admin_reads_other_mailboxes = false;
        scenario.ringcentral.report_ms = 20;
        change(scenario);
    })
    .await;
    world.settle();
    world
}

/// The company's whole life, as far as it has come: what an export cannot hold
/// yet is not asked of it.
fn up_to_now(world: &World) -> Window {
    Window::from_ms(world.window().start_ms(), world.clock.0.now_ms()).unwrap()
}

fn plant(world: &World, faults: Faults) {
    let rc = world.sim.ringcentral();
    rc.change_options(|it| it.faults = faults);
}

/// Everybody's messages, each identity once.
async fn everybody(
    world: &World,
    source: &RingCentral,
    window: Window,
) -> Result<BTreeMap<ItemId, Sighting>> {
    let mailboxes = mailboxes(&world.truth());
    let lanes = mailboxes.iter().map(ExtensionId::new).map(Lane::Messages);
    let listed = lanes.map(|lane| async move {
        let ask = ask(lane, window, Depth::Every);
        Ok::<_, Error>(sightings(&list(source, &ask).await?))
    });
    let all = try_join_all(listed).await?;
    Ok(all.into_iter().flatten().collect())
}

/// The messages that an administrator can get at.
fn expected(truth: &[Truth], holds: impl Fn(&Truth) -> bool) -> BTreeMap<ItemId, Truth> {
    let messages = truth.iter().filter(|it| it.kind != What::Recording);
    let held = messages.filter(|it| holds(it)).cloned();
    held.map(|it| (identity(&it), it)).collect()
}

async fn sha256(source: &RingCentral, item: &Item) -> Result<String> {
    let content = source.open(item).await?;
    let length = content.length;
    let mut bytes = content.bytes;
    let (mut hash, mut came) = (Sha256::new(), 0);
    while let Some(piece) = bytes.try_next().await? {
        came += piece.len() as u64;
        hash.update(&piece);
    }
    assert!(bytes.next().await.is_none(), "what has ended stays ended");
    assert!(length.is_none_or(|length| length == came));
    let hash = hash.finalize();
    Ok(hash
        .iter()
        .fold(String::new(), |hex, byte| format!("{hex}{byte:02x}")))
}

/// Everything that is fetched, many at once, has the truth's bytes.
async fn same_bytes(
    world: &World,
    source: &RingCentral,
    found: &BTreeMap<ItemId, Sighting>,
    truth: &BTreeMap<ItemId, Truth>,
) -> usize {
    let rc = world.sim.ringcentral();
    let files = found
        .values()
        .filter(|it| matches!(it.item.fetch, Fetch::From(_)));
    let compared = stream::iter(files).map(|it| {
        let expected = rc.sha256(&truth[&it.item.id]).unwrap();
        async move {
            assert_eq!(it.standing, Standing::Ready, "{}", it.item.id);
            let found = sha256(source, &it.item).await;
            assert_eq!(
                found.as_ref().ok(),
                Some(&expected),
                "{}: {found:?}",
                it.item.id
            );
        }
    });
    compared.buffer_unordered(64).count().await
}

fn reports(world: &World) -> Vec<u16> {
    let asked = world.sim.ringcentral().asked();
    let orders = asked.iter().filter(|it| it.method == "POST");
    let orders = orders.filter(|it| it.path.ends_with("/message-store-report"));
    orders.map(|it| it.status).collect()
}

#[tokio::test]
async fn one_grant_sees_the_same_in_both_worlds() {
    for layout in [Layout::Flat, Layout::Folders] {
        let world = closed(|it| {
            it.ringcentral.report_layout = layout;
            it.ringcentral.report_deleted = true;
            it.ringcentral.report_zip_bytes = 2_000_000;
        })
        .await;
        let (admin, truth) = (world.admin(), expected(&world.truth(), |_| true));
        let found = everybody(&world, &admin, up_to_now(&world)).await.unwrap();
        assert!(found.keys().eq(truth.keys()), "{layout:?}");
        assert_eq!(reports(&world), [202], "one export serves every mailbox");
        assert!(same_bytes(&world, &admin, &found, &truth).await > 40);
        assert_eq!(reports(&world), [202], "and every file");
        let rc = world.sim.ringcentral();
        rc.change_options(|it| it.admin_reads_other_mailboxes = true);
        let open = everybody(&world, &admin, up_to_now(&world)).await.unwrap();
        assert_eq!(
            open, found,
            "nothing is another item when the mailboxes open"
        );
        rc.reset_requests();
        assert!(same_bytes(&world, &admin, &open, &truth).await > 40);
        assert_eq!(
            world.asked("archiveId"),
            0,
            "open mailboxes are read themselves"
        );
    }
}

#[tokio::test]
async fn odd_data_and_files_without_a_length_change_nothing() {
    let world = closed(|it| {
        it.ringcentral.odd_data = true;
        it.ringcentral.content_length = false;
        it.ringcentral.report_layout = Layout::Folders;
    })
    .await;
    let (admin, truth) = (world.admin(), world.truth());
    let own = admin.viewer().await.unwrap().extension.id;
    let found = everybody(&world, &admin, up_to_now(&world)).await.unwrap();
    // This report leaves out what lies in the trash.
    let truth = expected(&truth, |it| !it.deleted || it.extension_id == own.as_str());
    assert!(found.keys().eq(truth.keys()));
    same_bytes(&world, &admin, &found, &truth).await;
    let other = found.values().filter(|it| is_others(&world, it));
    let item = other.map(|it| &it.item).find(|it| it.id.part.is_some());
    let (item, rc) = (item.unwrap(), world.sim.ringcentral());
    let twice = try_join_all([sha256(&admin, item), sha256(&admin, item)]);
    let expected = rc.sha256(&truth[&item.id]).unwrap();
    assert_eq!(twice.await.unwrap(), [expected.clone(), expected]);
}

#[tokio::test]
async fn an_export_that_one_run_began_is_found_by_the_next() {
    let world = closed(|it| it.ringcentral.report_ms = 300).await;
    let (admin, window) = (world.admin(), up_to_now(&world));
    let found = {
        let listing = everybody(&world, &admin, window);
        tokio::pin!(listing);
        // Stopped as soon as the order is given.
        while reports(&world).is_empty() {
            assert!(futures::poll!(listing.as_mut()).is_pending());
            tokio::task::yield_now().await;
        }
        everybody(&world, &admin, window)
    };
    assert!(found.await.unwrap().len() > 100);
    assert_eq!(reports(&world), [202]);
}

#[tokio::test]
async fn what_is_listed_in_the_open_world_is_read_after_it_has_closed() {
    let world = closed(|it| it.ringcentral.admin_reads_other_mailboxes = true).await;
    let (admin, truth) = (world.admin(), expected(&world.truth(), |it| !it.deleted));
    let mut found = everybody(&world, &admin, up_to_now(&world)).await.unwrap();
    found.retain(|id, _| truth.contains_key(id));
    let rc = world.sim.ringcentral();
    rc.change_options(|it| it.admin_reads_other_mailboxes = false);
    // As after a restart: no listing came before.
    let restarted = world.admin();
    assert!(same_bytes(&world, &restarted, &found, &truth).await > 40);
    assert!(
        reports(&world).len() <= 4,
        "one for each day: {:?}",
        reports(&world)
    );
}

#[tokio::test]
async fn two_are_made_at_once_and_never_three() {
    let world = closed(|it| {
        it.ringcentral.report_ms = 60;
        let rc = &mut it.ringcentral;
        (rc.heavy, rc.light, rc.medium, rc.auth) = (10, 50, 40, 5);
    })
    .await;
    let admin = world.admin();
    let now_ms = world.clock.0.now_ms();
    let window = Window::from_ms(now_ms - 48 * HOUR_MS, now_ms).unwrap();
    let parts: Vec<Window> = window.split(12 * HOUR_MS).collect();
    let listed = parts.iter().map(|part| everybody(&world, &admin, *part));
    let listed = try_join_all(listed).await.unwrap();
    let found: usize = listed.iter().map(BTreeMap::len).sum();
    assert!(found > 100, "{found}");
    assert_eq!(reports(&world), vec![202; parts.len()]);
    let requests = world.sim.ringcentral().requests();
    assert_eq!(requests.early_hits, 0, "{requests:?}");
}

#[tokio::test]
async fn who_lists_again_sees_what_is_new() {
    let world = closed(|it| it.company.days_ahead = 2).await;
    let admin = world.admin();
    let window = up_to_now(&world);
    let before = everybody(&world, &admin, window).await.unwrap();
    everybody(&world, &admin, window).await.unwrap();
    assert_eq!(reports(&world), [202, 202], "a new export for a new round");
    world.clock.0.advance_ms(HOUR_MS * 12);
    let after = everybody(&world, &admin, up_to_now(&world)).await.unwrap();
    assert!(after.len() > before.len());
    let expected = expected(&world.truth(), |it| !it.deleted);
    assert!(expected.keys().all(|id| after.contains_key(id)));
}

#[tokio::test]
async fn an_export_is_not_taken_for_what_came_after_it() {
    let world = closed(|it| it.company.days_ahead = 2).await;
    let (admin, mailboxes) = (world.admin(), mailboxes(&world.truth()));
    let own = world.sim.ringcentral().account_id();
    // It reaches beyond the present, and so does no export.
    let window = Window::from_ms(world.window().start_ms(), i64::MAX / 2).unwrap();
    for extension in mailboxes.iter().filter(|it| **it != own).take(2) {
        let lane = Lane::Messages(ExtensionId::new(extension));
        list(&admin, &ask(lane, window, Depth::Every))
            .await
            .unwrap();
        world.clock.0.advance_ms(HOUR_MS / 2);
    }
    assert_eq!(reports(&world), [202, 202]);
}

#[tokio::test]
async fn passing_trouble_costs_time_only() {
    let world = closed(|_| {}).await;
    let truth = everybody(&world, &world.admin(), up_to_now(&world))
        .await
        .unwrap();
    let none = Faults::default;
    for faults in [
        Faults {
            report_failed: 1.0,
            ..none()
        },
        Faults {
            report_attempt_failed: 1.0,
            ..none()
        },
        // Both halves of the span are asked for by themselves.
        Faults {
            report_failed: 2.0,
            ..none()
        },
        Faults {
            cut_length: 2.0,
            ..none()
        },
        Faults {
            cut_chunked: 2.0,
            ..none()
        },
        Faults {
            cut_close: 2.0,
            ..none()
        },
        Faults {
            html: 2.0,
            ..none()
        },
        Faults {
            empty: 2.0,
            ..none()
        },
        Faults {
            error_500: 2.0,
            ..none()
        },
        Faults {
            reset: 2.0,
            ..none()
        },
        Faults {
            slow: 3.0,
            slow_ms: 1,
            ..none()
        },
    ] {
        let planted = format!("{faults:?}");
        let admin = world.admin();
        admin.viewer().await.unwrap();
        plant(&world, faults);
        let found = everybody(&world, &admin, up_to_now(&world)).await;
        assert_eq!(found.unwrap(), truth, "{planted}");
    }
}

#[tokio::test]
async fn an_empty_or_broken_list_of_zips_is_not_the_last_word() {
    let world = closed(|_| {}).await;
    let truth = everybody(&world, &world.admin(), up_to_now(&world))
        .await
        .unwrap();
    let other = truth.values().find(|it| is_others(&world, it));
    let lane = Lane::Messages(other.unwrap().item.extension.clone().unwrap());
    let ask = ask(lane, up_to_now(&world), Depth::Every);
    for faults in [
        Faults {
            list_empty: 1.0,
            ..Faults::default()
        },
        Faults {
            list_cut: 1.0,
            ..Faults::default()
        },
    ] {
        let admin = world.admin();
        plant(&world, faults);
        let found = sightings(&list(&admin, &ask).await.unwrap());
        assert!(!found.is_empty());
        assert!(found.iter().all(|(id, it)| truth[id] == *it));
    }
}

/// Whether it lies in a mailbox that is not the administrator's.
fn is_others(world: &World, sighting: &Sighting) -> bool {
    let own = ExtensionId::new(world.sim.ringcentral().account_id());
    sighting.item.extension.as_ref() != Some(&own)
}

#[tokio::test]
async fn a_task_that_goes_on_failing_is_told_and_tried_anew_later() {
    let world = closed(|_| {}).await;
    let admin = world.admin();
    let now_ms = world.clock.0.now_ms();
    let hour = Window::from_ms(now_ms - HOUR_MS, now_ms).unwrap();
    plant(
        &world,
        Faults {
            report_failed: 1000.0,
            ..Faults::default()
        },
    );
    let error = everybody(&world, &admin, hour).await.unwrap_err();
    assert_eq!(error.kind(), Kind::Unavailable);
    assert!(error.to_string().contains("export"), "{error}");
    let orders = reports(&world);
    let again = everybody(&world, &admin, hour).await.unwrap_err();
    assert_eq!(again.kind(), Kind::Unavailable);
    assert_eq!(reports(&world), orders, "not ordered anew for each lane");
    plant(&world, Faults::default());
    world.clock.0.advance_ms(HOUR_MS / 3);
    everybody(&world, &admin, hour).await.unwrap();
}

#[tokio::test]
async fn a_file_does_not_wait_for_as_long_as_an_export_may_take() {
    let world = closed(|_| {}).await;
    let truth = expected(&world.truth(), |_| true);
    let listed = everybody(&world, &world.admin(), up_to_now(&world))
        .await
        .unwrap();
    let mut others = listed.values().filter(|it| is_others(&world, it));
    let item = others.find(|it| it.item.id.part.is_some()).unwrap();
    let (item, rc, admin) = (&item.item, world.sim.ringcentral(), world.admin());
    let minute = HOUR_MS / 60;
    rc.change_options(|it| it.report_ms = 20 * minute);
    let orders = reports(&world).len();
    let error = {
        let opened = sha256(&admin, item);
        tokio::pin!(opened);
        while reports(&world).len() == orders {
            assert!(futures::poll!(opened.as_mut()).is_pending());
            tokio::task::yield_now().await;
        }
        world.clock.0.advance_ms(4 * minute);
        opened.await.unwrap_err()
    };
    assert_eq!(error.kind(), Kind::NotReady, "{error}");
    world.clock.0.advance_ms(20 * minute);
    let mut found = sha256(&admin, item).await;
    // Archiver's own look at the task may not have come yet.
    while found.as_ref().is_err_and(|it| it.kind() == Kind::NotReady) {
        tokio::task::yield_now().await;
        found = sha256(&admin, item).await;
    }
    assert_eq!(found.unwrap(), rc.sha256(&truth[&item.id]).unwrap());
    assert_eq!(reports(&world).len(), orders + 1, "the same export");
}

#[tokio::test]
async fn files_come_whole_or_with_an_error_while_zips_break_off() {
    let world = closed(|it| it.ringcentral.report_zip_bytes = 1_000_000).await;
    let (admin, truth) = (world.admin(), expected(&world.truth(), |_| true));
    let found = everybody(&world, &admin, up_to_now(&world)).await.unwrap();
    let rc = world.sim.ringcentral();
    // A file that comes by itself may be cut without a word; that is for its
    // reader to find out.
    let zipped = |it: &&Sighting| is_others(&world, it);
    for faults in [
        Faults {
            cut_length: 3.0,
            ..Faults::default()
        },
        Faults {
            cut_close: 3.0,
            ..Faults::default()
        },
        Faults {
            html: 1.0,
            ..Faults::default()
        },
    ] {
        let planted = format!("{faults:?}");
        plant(&world, faults);
        let files = found
            .values()
            .filter(zipped)
            .filter(|it| matches!(it.item.fetch, Fetch::From(_)));
        let mut failed = 0;
        let admin = &admin;
        let tries = files.map(|it| async move { (it, sha256(admin, &it.item).await) });
        for (sighting, came) in join_all(tries).await {
            match came {
                Ok(came) => {
                    let expected = rc.sha256(&truth[&sighting.item.id]).unwrap();
                    assert_eq!(came, expected, "{planted}");
                }
                Err(error) => {
                    assert_eq!(error.kind(), Kind::Incomplete, "{planted}: {error}");
                    failed += 1;
                }
            }
        }
        assert!(failed <= 3, "only what was on its way: {failed} {planted}");
        same_bytes(&world, admin, &found, &truth).await;
    }
}

#[tokio::test]
async fn an_expired_address_is_asked_for_again_and_an_expired_export_made_again() {
    let minute = 60_000;
    let world = closed(|it| it.ringcentral.report_link_ms = Some(minute)).await;
    let (admin, truth) = (world.admin(), expected(&world.truth(), |_| true));
    let found = everybody(&world, &admin, up_to_now(&world)).await.unwrap();
    world.clock.0.advance_ms(2 * minute);
    assert!(same_bytes(&world, &admin, &found, &truth).await > 40);
    assert_eq!(reports(&world), [202], "the same export");
    let rc = world.sim.ringcentral();
    rc.change_options(|it| it.report_kept_ms = Some(minute));
    assert!(same_bytes(&world, &admin, &found, &truth).await > 40);
    assert!(reports(&world).len() > 1, "another one");
}

#[tokio::test]
async fn what_an_export_lacks_is_never_said_to_be_gone() {
    let world = closed(|_| {}).await;
    let admin = world.admin();
    let found = everybody(&world, &admin, up_to_now(&world)).await.unwrap();
    let now_ms = world.clock.0.now_ms();
    let others = found.values().filter(|it| is_others(&world, it));
    let others = others.map(|it| &it.item);
    let files: Vec<&Item> = others.filter(|it| it.id.part.is_some()).collect();
    let age = |item: &Item| now_ms - item.at_ms;
    let old = *files.iter().find(|it| age(it) > DAY_MS + HOUR_MS).unwrap();
    let young = *files.iter().find(|it| age(it) < DAY_MS / 2).unwrap();
    for item in [old, young] {
        let rc = world.sim.ringcentral();
        assert!(rc.delete_message(&item.id.unit, true));
    }
    let restarted = world.admin();
    for (item, kind) in [(old, Kind::Forbidden), (young, Kind::NotReady)] {
        let error = sha256(&restarted, item).await.unwrap_err();
        assert_eq!(error.kind(), kind, "{error}");
        assert!(
            error.to_string().contains("does not hold the file"),
            "{error}"
        );
        let orders = reports(&world);
        let error = sha256(&restarted, item).await.unwrap_err();
        assert_eq!(error.kind(), kind, "{error}");
        assert_eq!(reports(&world), orders, "no export for each try");
    }
    let orders = reports(&world).len();
    world.clock.0.advance_ms(DAY_MS + HOUR_MS);
    let error = sha256(&restarted, old).await.unwrap_err();
    assert_eq!(error.kind(), Kind::Forbidden, "{error}");
    assert_eq!(reports(&world).len(), orders + 1, "another one a day later");
}

#[tokio::test]
async fn an_export_that_is_refused_is_not_ordered_again_for_everybody() {
    let world = closed(|it| {
        it.ringcentral.missing_permissions = vec!["Users".to_owned()];
    })
    .await;
    let admin = world.admin();
    for extension in mailboxes(&world.truth()) {
        let lane = Lane::Messages(ExtensionId::new(&extension));
        let listed = list(&admin, &ask(lane, up_to_now(&world), Depth::Every)).await;
        assert!(listed.is_ok() || listed.unwrap_err().kind() == Kind::Forbidden);
    }
    assert_eq!(reports(&world), [403]);
}

#[tokio::test]
async fn an_export_is_not_looked_at_after_its_connection_was_ended_elsewhere() {
    let world = closed(|it| {
        it.ringcentral.report_ms = 3_600_000;
        it.ringcentral.delay_scale = 1.0;
    })
    .await;
    let shelf = Arc::new(Shelf::default());
    let admin = world.source(
        Credential::Jwt(Secret::new(world.sim.ringcentral().jwt())),
        Arc::clone(&shelf),
    );
    let looks = || world.asked("message-store-report");
    let listing = everybody(&world, &admin, up_to_now(&world));
    let ended = async {
        while looks() < 3 {
            tokio::task::yield_now().await;
        }
        // As DISCONNECT in another process does.
        shelf.kept.lock().unwrap().clear();
    };
    let (listed, ()) = futures::join!(listing, ended);
    let error = listed.unwrap_err();
    assert_eq!(error.kind(), Kind::Unauthorized, "{error}");
}
