//! What may be read, in the words a person needs.

use domain::Kind;
use domain::account::ExtensionId;
use domain::data_type::DataType;
use domain::ports::{Permission, Source};

use crate::world::World;

fn sentences(permissions: &[Permission]) -> Vec<(DataType, Option<String>)> {
    let told = permissions.iter().map(|it| {
        let error = it.allowed.as_ref().err();
        assert!(error.is_none_or(|it| it.kind() == Kind::Forbidden && it.how_to_mend().is_some()));
        (it.data_type, error.map(ToString::to_string))
    });
    told.collect()
}

fn allowed(permissions: &[Permission]) -> Vec<DataType> {
    let allowed = permissions.iter().filter(|it| it.allowed.is_ok());
    allowed.map(|it| it.data_type).collect()
}

async fn someone(world: &World, number: &str) -> ExtensionId {
    world.user(number).viewer().await.unwrap().extension.id
}

#[tokio::test]
async fn an_administrator_may_read_everybody_in_both_worlds() {
    for everybody in [true, false] {
        let world = World::start(|it| it.ringcentral.admin_reads_other_mailboxes = everybody).await;
        let admin = world.admin();
        let own = admin.viewer().await.unwrap().extension.id;
        let other = someone(&world, "104").await;
        for of in [None, Some(&own), Some(&other)] {
            let told = admin.permissions(of).await.unwrap();
            assert_eq!(allowed(&told), DataType::ALL, "{everybody} {of:?}");
        }
    }
}

#[tokio::test]
async fn where_neither_mailbox_nor_export_is_open_both_reasons_are_told() {
    let world = World::start(|it| {
        it.ringcentral.admin_reads_other_mailboxes = false;
        it.ringcentral.missing_permissions = vec!["Users".to_owned()];
    })
    .await;
    let admin = world.admin();
    let own = admin.viewer().await.unwrap().extension.id;
    let other = someone(&world, "104").await;
    let mine = admin.permissions(Some(&own)).await.unwrap();
    assert_eq!(allowed(&mine), DataType::ALL);
    for of in [None, Some(&other)] {
        let told = admin.permissions(of).await.unwrap();
        assert_eq!(allowed(&told), [DataType::CallRecording]);
        for (_, told) in &sentences(&told)[1..] {
            let told = told.as_ref().unwrap();
            for named in ["[ReadMessages]", "[Users]", "Roles"] {
                assert!(told.contains(named), "{named}: {told}");
            }
        }
    }
}

#[tokio::test]
async fn an_ordinary_user_may_read_what_is_theirs() {
    let world = World::plain().await;
    let user = world.user("102");
    let (own, other) = (someone(&world, "102").await, someone(&world, "104").await);
    assert_eq!(
        allowed(&user.permissions(Some(&own)).await.unwrap()),
        DataType::ALL
    );
    assert_eq!(allowed(&user.permissions(Some(&other)).await.unwrap()), []);
    let company = user.permissions(None).await.unwrap();
    let told = sentences(&company);
    assert!(
        told[0].1.as_ref().unwrap().contains("[FullCompanyCallLog]"),
        "{told:?}"
    );
    assert!(
        told[1].1.as_ref().unwrap().contains("[ReadMessages]"),
        "{told:?}"
    );
}

#[tokio::test]
async fn a_scope_that_the_app_lacks_is_named() {
    for (missing, forbidden) in [
        ("ReadCallRecording", &[DataType::CallRecording][..]),
        (
            "ReadMessages",
            &[DataType::Voicemail, DataType::Sms, DataType::Fax],
        ),
    ] {
        let world = World::start(|it| it.ringcentral.scopes.retain(|scope| scope != missing)).await;
        for (data_type, told) in sentences(&world.admin().permissions(None).await.unwrap()) {
            assert_eq!(
                told.is_some(),
                forbidden.contains(&data_type),
                "{missing} {told:?}"
            );
            let named = |told: String| {
                told.contains(&format!("[{missing}]"))
                    && told.contains("developers.ringcentral.com")
            };
            assert!(told.is_none_or(named));
        }
    }
}

#[tokio::test]
async fn a_permission_that_the_role_lacks_is_named() {
    for missing in ["ReadCallRecording", "ReadCallLog", "ReadMessages"] {
        let world = World::start(|it| {
            it.ringcentral.missing_permissions = vec![missing.to_owned()];
        })
        .await;
        let user = world.user("102");
        let own = someone(&world, "102").await;
        let told = sentences(&user.permissions(Some(&own)).await.unwrap());
        let named = told.iter().filter_map(|(_, it)| it.as_ref());
        let named: Vec<&String> = named.collect();
        assert!(!named.is_empty(), "{missing}");
        for told in named {
            assert!(told.contains(missing) && told.contains("Roles"), "{told}");
        }
    }
}

#[tokio::test]
async fn without_the_scope_for_accounts_nobody_is_known() {
    let world = World::start(|it| {
        it.ringcentral
            .scopes
            .retain(|scope| scope != "ReadAccounts");
    })
    .await;
    let error = world.admin().viewer().await.unwrap_err();
    assert_eq!(
        (error.kind(), error.code()),
        (Kind::Forbidden, Some("CMN-401"))
    );
    assert!(error.to_string().contains("[ReadAccounts]"), "{error}");
}

#[tokio::test]
async fn how_long_recordings_are_kept_is_told_to_who_may_know() {
    let world = World::start(|it| it.ringcentral.retention_days = 45).await;
    let told = world.admin().retention().await.unwrap();
    assert_eq!(told.0, [(DataType::CallRecording, 45)].into());
    let world = World::start(|it| {
        it.ringcentral.missing_permissions = vec!["ReadCompanyInfo".to_owned()];
    })
    .await;
    let error = world.admin().retention().await.unwrap_err();
    assert_eq!(error.kind(), Kind::Forbidden);
}
