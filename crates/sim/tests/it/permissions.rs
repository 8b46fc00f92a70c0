//! Who may see what.

use crate::rig::rig;

const PROFILE: &str = "/restapi/v1.0/account/~/extension/~/authz-profile";

#[tokio::test]
async fn doors_without_a_key() {
    let rig = rig(|_| {}).await;
    let url = format!("{}/restapi/v1.0/account/~", rig.rc.server_url());
    let none = crate::rig::answer(rig.http.get(&url).send().await.unwrap()).await;
    assert_eq!((none.status, none.code()), (401, "AGW-401"));
    let basic = rig
        .http
        .get(&url)
        .header("authorization", "Basic eHg6eHg=")
        .send()
        .await
        .unwrap();
    assert_eq!(crate::rig::answer(basic).await.code(), "AGW-402");
    let garbage = rig.get("garbage", "/restapi/v1.0/account/~").await;
    assert_eq!(
        (
            garbage.status,
            garbage.code(),
            garbage.body["errorCode"].as_str()
        ),
        (401, "OAU-149", Some("TokenInvalid"))
    );
    let token = rig.token("101").await;
    assert_eq!(
        rig.get(&token, "/restapi/v1.0/nowhere").await.code(),
        "CMN-120"
    );
    assert_eq!(
        rig.get(&token, "/restapi/v1.0/account/17").await.code(),
        "CMN-102"
    );
    assert_eq!(rig.get("", "/restapi/v1.0").await.body["uriString"], "v1.0");
    rig.stop().await;
}

#[tokio::test]
async fn a_missing_scope_is_named() {
    let rig = rig(|s| s.ringcentral.scopes = vec!["ReadAccounts".to_owned()]).await;
    let token = rig.token("101").await;
    let answer = rig.get(&token, "/restapi/v1.0/account/~/call-log").await;
    assert_eq!((answer.status, answer.code()), (403, "CMN-401"));
    assert_eq!(answer.body["errorCode"], "InsufficientPermissions");
    assert_eq!(answer.body["permissionName"], "ReadCallLog");
    rig.rc
        .change_options(|options| options.scopes.push("ReadCallLog".to_owned()));
    assert_eq!(
        rig.get(&token, "/restapi/v1.0/account/~/call-log")
            .await
            .status,
        200
    );
    rig.stop().await;
}

#[tokio::test]
async fn users_see_their_own_and_admins_the_company() {
    let rig = rig(|_| {}).await;
    let (admin, user) = (rig.token("101").await, rig.token("102").await);
    let other = rig.rc.account_id();
    assert_eq!(
        rig.get(&user, "/restapi/v1.0/account/~/call-log")
            .await
            .code(),
        "CMN-408"
    );
    assert_eq!(
        rig.get(&admin, "/restapi/v1.0/account/~/call-log")
            .await
            .status,
        200
    );
    for path in ["call-log", "message-store", "message-sync"] {
        let own = format!("/restapi/v1.0/account/~/extension/~/{path}");
        let others = format!("/restapi/v1.0/account/~/extension/{other}/{path}");
        assert_eq!(rig.get(&user, &own).await.status, 200, "{path}");
        assert_eq!(rig.get(&user, &others).await.code(), "CMN-419", "{path}");
        assert_eq!(rig.get(&admin, &others).await.status, 200, "{path}");
    }
    let profile = format!("/restapi/v1.0/account/~/extension/{other}/authz-profile");
    assert_eq!(rig.get(&user, &profile).await.code(), "CMN-404");
    let check = format!("{PROFILE}/check?permissionId=FullCompanyCallLog");
    assert_eq!(rig.ok(&user, &check).await["successful"], false);
    let allowed = rig.ok(&admin, &check).await;
    assert_eq!(
        (&allowed["successful"], &allowed["details"]["scopes"][0]),
        (&true.into(), &"AllExtensions".into())
    );
    rig.stop().await;
}

#[tokio::test]
async fn both_worlds_of_other_mailboxes() {
    let rig = rig(|s| s.ringcentral.admin_reads_other_mailboxes = false).await;
    let admin = rig.token("101").await;
    let extensions = rig.ok(&admin, "/restapi/v1.0/account/~/extension").await;
    let other = extensions["records"][1]["id"].as_u64().unwrap();
    let path = format!("/restapi/v1.0/account/~/extension/{other}/message-store");
    assert_eq!(rig.get(&admin, &path).await.code(), "CMN-419");
    let profile = rig.ok(&admin, PROFILE).await;
    let messages = profile["permissions"]
        .as_array()
        .unwrap()
        .iter()
        .find(|p| p["permission"]["id"] == "ReadMessages")
        .unwrap();
    assert_eq!(messages["scopes"][0], "Self");
    rig.rc
        .change_options(|options| options.admin_reads_other_mailboxes = true);
    assert_eq!(rig.get(&admin, &path).await.status, 200);
    rig.rc
        .change_options(|options| options.missing_permissions.push("ReadMessages".to_owned()));
    assert_eq!(rig.get(&admin, &path).await.code(), "CMN-408");
    rig.stop().await;
}
