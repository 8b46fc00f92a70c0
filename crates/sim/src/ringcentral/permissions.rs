//! Who may do what: the permissions of the two roles, the admin's and the
//! ordinary user's, and how far each reaches.

use serde_json::{Value, json};

use super::Inner;
use super::ask::Ask;
use super::error::{ApiError, Outcome};
use super::paging::Page;
use super::reply::Reply;

/// How far a permission reaches.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Scope {
    Own,
    AllExtensions,
    Account,
}

impl Scope {
    fn name(self) -> &'static str {
        match self {
            Self::Own => "Self",
            Self::AllExtensions => "AllExtensions",
            Self::Account => "Account",
        }
    }
}

use Scope::{Account, AllExtensions, Own};

/// Permission, the ordinary user's scope, the admin's.
const PERMISSIONS: [(&str, Option<Scope>, Scope); 17] = [
    ("AccountAdministration", None, Account),
    ("EditCallLog", Some(Own), AllExtensions),
    ("EditCompanyCallRecordings", None, Account),
    ("EditMessages", Some(Own), AllExtensions),
    ("FullCompanyCallLog", None, AllExtensions),
    ("ReadCallLog", Some(Own), AllExtensions),
    ("ReadCallRecording", Some(Own), AllExtensions),
    ("ReadCompanyCallLog", None, AllExtensions),
    ("ReadCompanyInfo", Some(Account), Account),
    ("ReadExtensions", Some(AllExtensions), AllExtensions),
    ("ReadMessageContent", Some(Own), AllExtensions),
    ("ReadMessages", Some(Own), AllExtensions),
    ("ReadServicePlanInfo", Some(Account), Account),
    ("ReadUserInfo", Some(Own), AllExtensions),
    ("ReadUserPhoneNumbers", Some(Own), AllExtensions),
    ("RolesAndPermissions", None, Account),
    ("Users", None, AllExtensions),
];

/// How far `permission` of the extension `user` reaches, if they have it.
pub(crate) fn scope_of(inner: &Inner, user: u16, permission: &str) -> Option<Scope> {
    if inner
        .options()
        .missing_permissions
        .iter()
        .any(|missing| missing == permission)
    {
        return None;
    }
    let &(id, ordinary, admin) = PERMISSIONS.iter().find(|(id, ..)| *id == permission)?;
    let mailbox = matches!(id, "ReadMessages" | "ReadMessageContent");
    match inner.world.extension(user).admin {
        true if mailbox && !inner.options().admin_reads_other_mailboxes => Some(Own),
        true => Some(admin),
        false => ordinary,
    }
}

/// `GET …/authz-profile`.
pub(crate) fn profile(ask: &Ask<'_>) -> Outcome {
    let extension = readable(ask)?;
    let permissions: Vec<Value> = PERMISSIONS
        .iter()
        .filter_map(|(id, ..)| {
            Some(shown(
                ask,
                extension,
                id,
                scope_of(ask.inner, extension, id)?,
            ))
        })
        .collect();
    Ok(Reply::json(
        200,
        json!({ "uri": ask.uri(), "permissions": permissions }),
    ))
}

/// `GET …/authz-profile/check`.
pub(crate) fn check(ask: &Ask<'_>) -> Outcome {
    let extension = readable(ask)?;
    let permission = ask
        .query
        .get("permissionId")
        .ok_or_else(|| ApiError::invalid("permissionId"))?;
    let target = match ask.query.get("targetExtensionId") {
        None | Some("~") => extension,
        Some(id) => ask
            .inner
            .world
            .extension_with_id(id)
            .ok_or_else(|| ApiError::invalid("targetExtensionId"))?,
    };
    let scope = scope_of(ask.inner, extension, permission)
        .filter(|scope| *scope != Own || target == extension);
    let mut body = json!({ "uri": ask.uri(), "successful": scope.is_some() });
    if let Some(scope) = scope {
        body["details"] = shown(ask, extension, permission, scope);
    }
    Ok(Reply::json(200, body))
}

/// `GET /restapi/v1.0/dictionary/permission`.
pub(crate) fn dictionary(ask: &Ask<'_>) -> Outcome {
    let page = Page::asked(ask.query, 100, 1_000)?;
    let all: Vec<Value> = PERMISSIONS
        .iter()
        .map(|(id, ..)| {
            json!({
                "uri": format!("{}/{id}", ask.uri()),
                "id": id,
                "displayName": id,
                "assignable": !matches!(*id, "ReadMessages" | "ReadMessageContent"),
                "readOnly": false,
                "siteCompatible": "Independent",
            })
        })
        .collect();
    Ok(Reply::json(200, page.counted(&ask.uri(), ask.query, all)))
}

/// Another extension's profile is for those who manage users.
fn readable(ask: &Ask<'_>) -> Outcome<u16> {
    let extension = ask.extension()?;
    if extension != ask.user && ask.scope_of("Users").is_none() {
        return Err(ApiError::another_extension());
    }
    Ok(extension)
}

fn shown(ask: &Ask<'_>, extension: u16, id: &str, scope: Scope) -> Value {
    let role = if ask.inner.world.extension(extension).admin {
        "1"
    } else {
        "5"
    };
    json!({
        "permission": {
            "uri": format!("{}/restapi/v1.0/dictionary/permission/{id}", ask.hosts.platform),
            "id": id,
        },
        "effectiveRole": {
            "uri": format!("{}/restapi/v1.0/dictionary/user-role/{role}", ask.hosts.platform),
            "id": role,
        },
        "scopes": [scope.name()],
    })
}
