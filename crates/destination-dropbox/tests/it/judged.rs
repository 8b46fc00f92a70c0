//! What a person is told, and what may be done about it.

use domain::ports::Destination;
use domain::{Error, Kind, Verdict};
use sim::dropbox::{FaultKind, Options};
use testkit::builders::{chunked, path};
use testkit::samples::noise;

use crate::world::{FINISH, START, World};

async fn refused(world: &World) -> Error {
    let bytes = noise("a", 1_000);
    let put = world
        .dropbox()
        .put(&path("Archive/a.bin"), chunked(&bytes, 100))
        .await;
    let error = put.unwrap_err();
    assert!(world.files().is_empty());
    error
}

#[tokio::test]
async fn a_full_dropbox_waits_for_room() {
    let world = World::with(Options {
        quota_bytes: 999,
        ..Options::default()
    })
    .await;
    let error = refused(&world).await;
    assert_eq!(error.kind(), Kind::Full);
    assert!(matches!(error.verdict(), Verdict::WaitFor(_)));
    assert!(
        error.to_string().starts_with("the Dropbox is full"),
        "{error}"
    );
    let space = world.dropbox().space().await.unwrap();
    assert_eq!((space.used, space.free), (0, Some(999)));
    world
        .sim
        .change_options(|options| options.quota_bytes = 1_000);
    let bytes = noise("a", 1_000);
    world
        .dropbox()
        .put(&path("Archive/a.bin"), chunked(&bytes, 100))
        .await
        .unwrap();
}

#[tokio::test]
async fn a_missing_scope_is_named() {
    for (scope, told) in [
        (
            "files.content.write",
            "lacks the permission files.content.write",
        ),
        (
            "account_info.read",
            "lacks the permission account_info.read",
        ),
        (
            "files.metadata.read",
            "lacks the permission files.metadata.read",
        ),
    ] {
        let mut options = Options::default();
        options.scopes.retain(|other| other != scope);
        let world = World::with(options).await;
        let dropbox = world.dropbox();
        let error = match dropbox.owner().await {
            Ok(_) => dropbox.prepare().await.unwrap_err(),
            Err(error) => error,
        };
        assert_eq!(error.verdict(), Verdict::Reconnect);
        assert!(error.to_string().contains(told), "{error}");
    }
}

#[tokio::test]
async fn a_connection_that_was_ended_has_to_be_made_again() {
    let world = World::new().await;
    let dropbox = world.dropbox();
    dropbox.owner().await.unwrap();
    world.sim.revoke_all();
    for error in [dropbox.owner().await.unwrap_err(), refused(&world).await] {
        assert_eq!(
            (error.kind(), error.verdict()),
            (Kind::Unauthorized, Verdict::Reconnect)
        );
    }
}

#[tokio::test]
async fn what_stops_every_upload_stops_the_connection_and_loses_nothing() {
    for (route, fault, kind) in [
        (START, FaultKind::DataTransportLimit, Kind::Full),
        (START, FaultKind::UserSuspended, Kind::Unauthorized),
        (FINISH, FaultKind::NoWritePermission, Kind::Config),
        (FINISH, FaultKind::AccessRestricted, Kind::Config),
        (FINISH, FaultKind::InsufficientSpace, Kind::Full),
    ] {
        let error = refused(&World::faulty(route, fault, 1).await).await;
        assert_eq!(error.kind(), kind, "{fault:?}");
        assert_eq!(error.reach(), domain::Reach::Connection, "{fault:?}");
        assert!(error.how_to_mend().is_some(), "{fault:?}");
    }
}

/// Whether Dropbox names the path or finds the whole call unreadable.
#[tokio::test]
async fn a_path_that_dropbox_does_not_take_is_refused_alone() {
    let world = World::new().await;
    *world.watch.unreadable.lock().unwrap() = Some("spoilt".to_owned());
    let dropbox = world.dropbox();
    let bytes = noise("a", 10);
    let puts = (0..9).map(async |n| {
        let name = format!(
            "Archive/{}.bin",
            if n == 5 {
                "spoilt".to_owned()
            } else {
                n.to_string()
            }
        );
        dropbox.put(&path(&name), chunked(&bytes, 10)).await
    });
    let told = futures::future::join_all(puts).await;
    for (n, told) in told.into_iter().enumerate() {
        match told {
            Ok(receipt) => assert_eq!((n == 5, receipt.size), (false, 10)),
            Err(error) => assert_eq!((n, error.kind()), (5, Kind::PathRefused)),
        }
    }
    assert_eq!(world.files().len(), 8);
    assert_eq!(world.watch.most(FINISH), 1);
}

#[tokio::test]
async fn preparing_shows_the_folder_and_leaves_nothing_else() {
    let world = World::new().await;
    let dropbox = world.dropbox();
    dropbox.prepare().await.unwrap();
    dropbox.prepare().await.unwrap();
    assert!(world.files().is_empty());
    let owner = dropbox.owner().await.unwrap();
    assert_eq!(
        owner.id.as_str(),
        format!("dropbox:{}", world.sim.account_id())
    );
    assert!(owner.label.contains('@'), "{}", owner.label);
    assert_eq!(owner.name.as_deref(), Some("Simulated Owner"));
}

#[tokio::test]
async fn preparing_waits_for_others_and_names_a_file_in_the_way() {
    let world = World::new().await;
    world.plan(
        "files/create_folder_v2",
        FaultKind::TooManyWriteOperations,
        2,
    );
    world.dropbox().prepare().await.unwrap();

    let world = World::new().await;
    let bytes = noise("a", 10);
    world
        .dropbox()
        .put(&path("archive"), chunked(&bytes, 10))
        .await
        .unwrap();
    let error = world.dropbox().prepare().await.unwrap_err();
    assert_eq!(error.kind(), Kind::PathTaken);
    assert!(
        error.to_string().contains("Move or rename that file"),
        "{error}"
    );
}
