//! Laws of `Connections`: who is known, and what they chose.

use domain::Kind;
use domain::account::{Account, Extension};
use domain::archive_path::Naming;
use domain::connection::{Backup, BackupId, Connection, ConnectionId, DestinationRecord, Scope};
use domain::data_type::DataType;
use domain::grant::Provider;
use domain::ports::Store;

use super::stage::Stage;
use crate::builders::{self, T0, account, account_id, destination, extension, extension_id, grant};

/// Accounts are kept by their id, and listed in the order of it.
pub async fn an_account_is_kept_and_updated<S: Store>(store: &S) {
    for id in ["2", "10", "1"] {
        store.keep_account(&account(id), T0).await.unwrap();
    }
    let renamed = Account {
        name: "Новое имя ™ '; --".to_owned(),
        time_zone: None,
        ..account("10")
    };
    store.keep_account(&renamed, T0 + 1).await.unwrap();
    for id in ["1", "2", "nobody"].map(account_id) {
        let all = store.accounts().await.unwrap();
        let one = store.account(&id).await.unwrap();
        assert_eq!(one, all.into_iter().find(|it| it.id == id));
    }
    let all = store.accounts().await.unwrap();
    assert_eq!(all, [account("1"), renamed, account("2")]);
}

/// A listing of people replaces what was known of each, and keeps those whom
/// it no longer shows; one who comes back is there once.
pub async fn people_who_are_no_longer_listed_are_kept<S: Store>(store: &S) {
    let company = account("1");
    store.keep_account(&company, T0).await.unwrap();
    let nameless = Extension {
        number: None,
        name: None,
        kind: "NeverHeardOf".to_owned(),
        time_zone: None,
        ..extension("103")
    };
    let renamed = Extension {
        name: Some("Ada".to_owned()),
        status: "Disabled".to_owned(),
        ..extension("101")
    };
    let listings = [
        vec![extension("101"), extension("102"), nameless.clone()],
        vec![renamed.clone(), nameless.clone()],
        vec![renamed.clone(), extension("102")],
    ];
    for (at, people) in (T0..).zip(&listings) {
        let kept = store.keep_extensions(&company.id, people, at).await;
        kept.unwrap();
        let mut known = store.extensions(&company.id).await.unwrap();
        known.sort_by(|a, b| a.id.cmp(&b.id));
        assert_eq!(known.len(), 3, "after listing {people:?}");
        assert!(people.iter().all(|it| known.contains(it)), "{known:?}");
    }
}

/// A destination that another Account owns is refused, and stays as it was.
pub async fn a_destination_belongs_to_one_account<S: Store>(store: &S) {
    for id in ["1", "2"] {
        store.keep_account(&account(id), T0).await.unwrap();
    }
    let ours = destination("memory:box", &account_id("1"));
    assert_eq!(store.keep_destination(&ours).await.unwrap(), ours);
    let theirs = destination("memory:box", &account_id("2"));
    let refused = store.keep_destination(&theirs).await.unwrap_err();
    assert_eq!(refused.kind(), Kind::Config);
    assert_eq!(store.keep_destination(&ours).await.unwrap(), ours);
    let told = async |account| {
        store
            .destination(&account_id(account), &ours.id)
            .await
            .unwrap()
    };
    assert_eq!(told("1").await.as_ref(), Some(&ours));
    assert_eq!(told("2").await, None, "it is the other company's");
}

/// What was decided about a destination once is not decided again.
pub async fn a_known_destination_keeps_its_label_and_naming<S: Store>(store: &S) {
    store.keep_account(&account("1"), T0).await.unwrap();
    for naming in [
        Naming::Default,
        Naming::RingCentral,
        Naming::FlatMonth,
        Naming::Privacy,
    ] {
        let first = DestinationRecord {
            naming,
            ..destination(&format!("memory:{naming:?}"), &account_id("1"))
        };
        let again = DestinationRecord {
            label: "another".to_owned(),
            naming: if naming == Naming::Privacy {
                Naming::Default
            } else {
                Naming::Privacy
            },
            ..first.clone()
        };
        assert_eq!(store.keep_destination(&first).await.unwrap(), first);
        assert_eq!(store.keep_destination(&again).await.unwrap(), first);
        let told = store.destination(&first.account, &first.id).await.unwrap();
        assert_eq!(told.as_ref(), Some(&first));
    }
}

/// A Connection is kept by its id: a newer one replaces it.
pub async fn a_connection_is_updated_by_its_id<S: Store>(store: &S) {
    let stage = Stage::set(store, "1").await;
    let second = stage.another("1:other").await;
    let changed = Connection {
        viewer: extension_id("102"),
        destination: second.destination.id.clone(),
        headless: true,
        ..stage.connection.clone()
    };
    store.keep_connection(&changed, T0 + 1).await.unwrap();
    let all = store.connections(&stage.account).await.unwrap();
    assert_eq!(all.len(), 2, "{all:?}");
    assert!(all.contains(&changed) && all.contains(&second.connection));
}

/// One Backup is read by its id alone; nobody's is none.
pub async fn a_backup_is_read_by_its_id<S: Store>(store: &S) {
    let stage = Stage::set(store, "1").await;
    let second = stage.another("1:other").await;
    for backup in [&stage.backup, &second.backup] {
        let read = store.backup(&stage.account, &backup.id).await.unwrap();
        assert_eq!(read.as_ref(), Some(backup));
    }
    let nobody = BackupId::new("nobody");
    assert_eq!(store.backup(&stage.account, &nobody).await.unwrap(), None);
}

/// A Backup is kept by its id: a newer one replaces it, choice for choice.
pub async fn a_backup_is_updated_by_its_id<S: Store>(store: &S) {
    let stage = Stage::set(store, "1").await;
    let second = stage.another("1:other").await;
    let choices = [
        (Scope::Account, vec![], false),
        (
            Scope::Extension(extension_id("102")),
            vec![DataType::Sms, DataType::Fax],
            true,
        ),
        (Scope::Account, DataType::ALL.to_vec(), true),
    ];
    for (scope, types, enabled) in choices {
        let changed = Backup {
            scope,
            types: types.into_iter().collect(),
            enabled,
            ..stage.backup.clone()
        };
        store.keep_backup(&changed, T0 + 1).await.unwrap();
        let all = store.backups(&stage.account).await.unwrap();
        assert_eq!(all.len(), 2, "{all:?}");
        assert!(all.contains(&changed) && all.contains(&second.backup));
    }
}

/// The first name proposed for somebody's folder is its name for ever, at
/// that destination; nobody's folder is one of its own.
pub async fn a_folder_is_named_once_and_for_ever<S: Store>(store: &S) {
    let stage = Stage::set(store, "1").await;
    let other = builders::destination("1:other", &stage.account);
    store.keep_destination(&other).await.unwrap();
    let (here, there) = (&stage.destination.id, &other.id);
    let (ada, bob) = (extension_id("101"), extension_id("102"));
    let asked = [
        (here, Some(&ada), "101 Ada [101]", "101 Ada [101]"),
        (here, Some(&bob), "102 Bob [102]", "102 Bob [102]"),
        (here, None, "Account", "Account"),
        (here, Some(&ada), "105 Ada King [101]", "101 Ada [101]"),
        (here, None, "Company", "Account"),
        (
            there,
            Some(&ada),
            "105 Ada King [101]",
            "105 Ada King [101]",
        ),
        (here, Some(&ada), "anything", "101 Ada [101]"),
    ];
    for (destination, whose, proposed, expected) in asked {
        let name = store.folder(&stage.account, destination, whose, proposed);
        assert_eq!(name.await.unwrap(), expected, "for {whose:?}");
    }
}

async fn one<S: Store>(stage: &Stage<'_, S>) -> Connection {
    let found = stage.store.connection(&stage.account, &stage.connection.id);
    found.await.unwrap().unwrap()
}

/// What is wrong with one end is told of that end, until it is right again.
pub async fn trouble_is_told_of_one_end<S: Store>(store: &S) {
    let stage = Stage::set(store, "1").await;
    let second = stage.another("1:other").await;
    let (account, id) = (&stage.account, &stage.connection.id);
    let told = async |end, trouble| {
        let told = store.set_trouble(account, id, end, trouble).await;
        told.unwrap();
        let found = one(&stage).await;
        (found.source_trouble, found.destination_trouble)
    };
    let dead = Some("The grant is dead.".to_owned());
    let full = Some("It is full.".to_owned());
    let (source, destination) = (Provider::Source, Provider::Destination);
    assert_eq!(told(source, dead.as_deref()).await, (dead.clone(), None));
    let both = (dead.clone(), full.clone());
    assert_eq!(told(destination, full.as_deref()).await, both);
    assert_eq!(told(source, None).await, (None, full.clone()));
    assert_eq!(told(destination, None).await, (None, None));
    assert_eq!(one(&stage).await, stage.connection);
    assert_eq!(one(&second).await, second.connection);
}

/// Ended, a Connection has no grants and its Backups are OFF; who ended it is
/// given the grants, once. All else stays, and others lose nothing.
pub async fn a_connection_is_ended_as_a_whole<S: Store>(store: &S) {
    let stage = Stage::set(store, "1").await;
    let second = stage.another("1:box").await;
    let (account, id) = (&stage.account, &stage.connection.id);
    for of in [&stage, &second] {
        for end in [Provider::Source, Provider::Destination] {
            let word = format!("{} {}", of.connection.id, end.word());
            let grant = grant(&word, T0);
            let kept = store.keep_grant(account, &of.connection.id, end, &grant);
            kept.await.unwrap();
        }
    }
    let own = |end: Provider| Some(grant(&format!("{id} {}", end.word()), T0));
    let given = store.disconnect(account, id, T0).await.unwrap();
    assert_eq!(given, (own(Provider::Source), own(Provider::Destination)));
    let again = store.disconnect(account, id, T0 + 1).await.unwrap();
    assert_eq!(again, (None, None));
    for end in [Provider::Source, Provider::Destination] {
        assert_eq!(store.grant(account, id, end).await.unwrap(), None);
        let others = store.grant(account, &second.connection.id, end).await;
        assert!(others.unwrap().is_some());
    }
    let ended = Connection {
        connected: false,
        ..stage.connection.clone()
    };
    assert_eq!(one(&stage).await, ended);
    assert_eq!(one(&second).await, second.connection);
    let off = Backup {
        enabled: false,
        ..stage.backup.clone()
    };
    let backups = store.backups(account).await.unwrap();
    assert!(backups.contains(&off) && backups.contains(&second.backup));

    // Connected again it goes on; a Connection that nobody knows is no error.
    store.keep_connection(&stage.connection, T0).await.unwrap();
    assert_eq!(one(&stage).await, stage.connection);
    let nobody = store.disconnect(account, &ConnectionId::new("?"), T0).await;
    assert_eq!(nobody.unwrap(), (None, None));
}

/// An end without a grant is no obstacle.
pub async fn a_connection_with_one_grant_is_ended<S: Store>(store: &S) {
    let stage = Stage::set(store, "1").await;
    let (account, id) = (&stage.account, &stage.connection.id);
    let only = grant("only", T0);
    let kept = store.keep_grant(account, id, Provider::Destination, &only);
    kept.await.unwrap();
    let given = store.disconnect(account, id, T0).await.unwrap();
    assert_eq!(given, (None, Some(only)));
}
