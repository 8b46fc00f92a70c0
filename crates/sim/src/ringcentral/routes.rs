//! The one table of routes: method, path, group, what the application and the
//! user need, and who answers.

use super::ask::{Ask, Knock};
use super::error::Outcome;
use super::limiter::Group::{self, Auth, Heavy, Light, Medium, NoThrottling};
use super::oauth::{authorize, token};
use super::reply::Reply;
use super::{
    account, call_log, call_sync, content, extensions, message_sync, messages, permissions,
    recordings, report,
};

/// One route.
#[derive(Debug)]
pub(crate) struct Route {
    pub(crate) method: &'static str,
    /// Path with `{parameters}`.
    pub(crate) template: &'static str,
    pub(crate) group: Group,
    pub(crate) handler: Handler,
}

/// Who answers.
#[derive(Debug)]
pub(crate) enum Handler {
    /// Anybody may ask; the handler sees to limits itself.
    Open(fn(&Knock<'_>) -> Reply),
    /// A bearer token is needed, a scope of the application, and a permission
    /// of the user.
    Signed(
        Option<&'static str>,
        Option<&'static str>,
        fn(&Ask<'_>) -> Outcome,
    ),
}

use Handler::{Open, Signed};

const fn route(
    method: &'static str,
    template: &'static str,
    group: Group,
    handler: Handler,
) -> Route {
    Route {
        method,
        template,
        group,
        handler,
    }
}

macro_rules! account {
    ($rest:literal) => {
        concat!("/restapi/v1.0/account/{accountId}", $rest)
    };
}

macro_rules! extension {
    ($rest:literal) => {
        concat!(
            "/restapi/v1.0/account/{accountId}/extension/{extensionId}",
            $rest
        )
    };
}

const ACCOUNTS: Option<&str> = Some("ReadAccounts");
const CALLS: Option<&str> = Some("ReadCallLog");
const RECORDINGS: Option<&str> = Some("ReadCallRecording");
const MESSAGES: Option<&str> = Some("ReadMessages");
const EDIT_MESSAGES: Option<&str> = Some("EditMessages");
const EXTENSIONS: Option<&str> = Some("ReadExtensions");
const COMPANY: Option<&str> = Some("ReadCompanyInfo");
const COMPANY_CALLS: Option<&str> = Some("FullCompanyCallLog");

/// All routes (official OpenAPI, `x-throttling-group`, `x-app-permission` and
/// `x-user-permission`).
pub(crate) static ROUTES: [Route; 43] = [
    route("GET", "/restapi", NoThrottling, Open(account::versions)),
    route("GET", "/restapi/v1.0", NoThrottling, Open(account::version)),
    route(
        "GET",
        "/restapi/oauth/authorize",
        Auth,
        Open(authorize::authorize),
    ),
    route(
        "POST",
        "/restapi/oauth/authorize",
        Auth,
        Open(authorize::authorize),
    ),
    route("POST", "/restapi/oauth/token", Auth, Open(token::token)),
    route("POST", "/restapi/oauth/revoke", Auth, Open(token::revoke)),
    route(
        "GET",
        "/restapi/v1.0/dictionary/permission",
        Light,
        Signed(None, None, permissions::dictionary),
    ),
    route(
        "GET",
        account!(""),
        Light,
        Signed(ACCOUNTS, COMPANY, account::account),
    ),
    route(
        "GET",
        account!("/service-info"),
        Light,
        Signed(ACCOUNTS, Some("ReadServicePlanInfo"), account::service_info),
    ),
    route(
        "GET",
        account!("/call-recording"),
        Light,
        Signed(ACCOUNTS, COMPANY, account::call_recording),
    ),
    route(
        "GET",
        account!("/call-recording/extensions"),
        Medium,
        Signed(ACCOUNTS, COMPANY, account::recorded_extensions),
    ),
    route(
        "GET",
        account!("/call-queues"),
        Medium,
        Signed(ACCOUNTS, EXTENSIONS, extensions::queues),
    ),
    route(
        "GET",
        account!("/extension"),
        Medium,
        Signed(ACCOUNTS, EXTENSIONS, extensions::list),
    ),
    route(
        "GET",
        extension!(""),
        Light,
        Signed(ACCOUNTS, EXTENSIONS, extensions::one),
    ),
    route(
        "GET",
        extension!("/features"),
        Medium,
        Signed(ACCOUNTS, EXTENSIONS, extensions::features),
    ),
    route(
        "GET",
        extension!("/phone-number"),
        Light,
        Signed(ACCOUNTS, Some("ReadUserPhoneNumbers"), extensions::numbers),
    ),
    route(
        "GET",
        extension!("/authz-profile"),
        Medium,
        Signed(None, None, permissions::profile),
    ),
    route(
        "GET",
        extension!("/authz-profile/check"),
        Light,
        Signed(None, None, permissions::check),
    ),
    route(
        "GET",
        account!("/call-log"),
        Heavy,
        Signed(CALLS, COMPANY_CALLS, call_log::list),
    ),
    route(
        "GET",
        account!("/call-log/{callRecordId}"),
        Heavy,
        Signed(CALLS, COMPANY_CALLS, call_log::by_id),
    ),
    route(
        "GET",
        account!("/call-log-sync"),
        Heavy,
        Signed(CALLS, COMPANY_CALLS, call_sync::sync),
    ),
    route(
        "GET",
        account!("/active-calls"),
        Heavy,
        Signed(CALLS, COMPANY_CALLS, call_log::active),
    ),
    route(
        "GET",
        extension!("/call-log"),
        Heavy,
        Signed(CALLS, CALLS, call_log::list),
    ),
    route(
        "GET",
        extension!("/call-log/{callRecordId}"),
        Heavy,
        Signed(CALLS, CALLS, call_log::by_id),
    ),
    route(
        "GET",
        extension!("/call-log-sync"),
        Heavy,
        Signed(CALLS, CALLS, call_sync::sync),
    ),
    route(
        "GET",
        extension!("/active-calls"),
        Heavy,
        Signed(CALLS, CALLS, call_log::active),
    ),
    route(
        "GET",
        account!("/recording/{recordingId}"),
        Heavy,
        Signed(RECORDINGS, RECORDINGS, recordings::one),
    ),
    route(
        "GET",
        account!("/recording/{recordingId}/content"),
        Heavy,
        Signed(RECORDINGS, RECORDINGS, content::recording),
    ),
    route(
        "DELETE",
        account!("/call-recordings"),
        Heavy,
        Signed(
            Some("EditCallLog"),
            Some("EditCompanyCallRecordings"),
            recordings::delete,
        ),
    ),
    route(
        "GET",
        extension!("/message-store"),
        Light,
        Signed(MESSAGES, MESSAGES, messages::list),
    ),
    route(
        "GET",
        extension!("/message-store/{messageId}"),
        Light,
        Signed(MESSAGES, MESSAGES, messages::by_id),
    ),
    route(
        "PUT",
        extension!("/message-store/{messageId}"),
        Medium,
        Signed(EDIT_MESSAGES, EDIT_MESSAGES, messages::update),
    ),
    route(
        "PATCH",
        extension!("/message-store/{messageId}"),
        Medium,
        Signed(EDIT_MESSAGES, EDIT_MESSAGES, messages::update),
    ),
    route(
        "DELETE",
        extension!("/message-store/{messageId}"),
        Medium,
        Signed(EDIT_MESSAGES, EDIT_MESSAGES, messages::delete),
    ),
    route(
        "GET",
        extension!("/message-store/{messageId}/content/{attachmentId}"),
        Medium,
        Signed(MESSAGES, Some("ReadMessageContent"), content::attachment),
    ),
    route(
        "GET",
        extension!("/message-sync"),
        Light,
        Signed(MESSAGES, MESSAGES, message_sync::sync),
    ),
    route(
        "GET",
        account!("/message-store-configuration"),
        Light,
        Signed(
            Some("EditAccounts"),
            Some("AccountAdministration"),
            account::message_store_configuration,
        ),
    ),
    route(
        "POST",
        account!("/message-store-report"),
        Heavy,
        Signed(MESSAGES, Some("Users"), report::create),
    ),
    route(
        "GET",
        account!("/message-store-report/{taskId}"),
        Heavy,
        Signed(MESSAGES, Some("Users"), report::task),
    ),
    route(
        "GET",
        account!("/message-store-report/{taskId}/archive"),
        Heavy,
        Signed(MESSAGES, Some("Users"), report::archives),
    ),
    route(
        "GET",
        account!("/message-store-report/{taskId}/archive/{archiveId}"),
        Heavy,
        Signed(MESSAGES, Some("Users"), report::archive),
    ),
    // Shut doors that a careless client must not find open: deleting by filter
    // empties a mailbox or a call log. They exist so that the log shows the
    // attempt.
    route(
        "DELETE",
        extension!("/message-store"),
        Medium,
        Signed(EDIT_MESSAGES, EDIT_MESSAGES, messages::delete_by_filter),
    ),
    route(
        "DELETE",
        extension!("/call-log"),
        Heavy,
        Signed(Some("EditCallLog"), Some("EditCallLog"), call_log::delete),
    ),
];

/// The route of a request and the values in its path.
pub(crate) fn find(
    method: &str,
    path: &str,
) -> Option<(&'static Route, Vec<(&'static str, String)>)> {
    ROUTES
        .iter()
        .filter(|route| route.method == method)
        .find_map(|route| Some((route, matched(route.template, path)?)))
}

fn matched(template: &'static str, path: &str) -> Option<Vec<(&'static str, String)>> {
    let (wanted, given) = (template.split('/'), path.trim_end_matches('/').split('/'));
    if wanted.clone().count() != given.clone().count() {
        return None;
    }
    let mut values = Vec::new();
    for (wanted, given) in wanted.zip(given) {
        match wanted
            .strip_prefix('{')
            .and_then(|name| name.strip_suffix('}'))
        {
            Some(name) if !given.is_empty() => values.push((name, decoded(given)?)),
            None if wanted == given => {}
            _ => return None,
        }
    }
    Some(values)
}

fn decoded(segment: &str) -> Option<String> {
    let mut bytes = Vec::with_capacity(segment.len());
    let mut rest = segment.bytes();
    while let Some(byte) = rest.next() {
        bytes.push(if byte == b'%' {
            let digits = [rest.next()?, rest.next()?];
            u8::from_str_radix(std::str::from_utf8(&digits).ok()?, 16).ok()?
        } else {
            byte
        });
    }
    String::from_utf8(bytes).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_find_their_routes() {
        let path = "/restapi/v1.0/account/~/extension/7/message-store/1%2C2/content/3";
        let (route, values) = find("GET", path).unwrap();
        assert!(route.template.ends_with("/content/{attachmentId}"));
        assert_eq!(values[2], ("messageId", "1,2".to_owned()));
        assert!(find("POST", path).is_none());
        assert!(find("GET", "/restapi/v1.0/nothing").is_none());
        assert_eq!(
            find("GET", "/restapi/v1.0/").unwrap().0.template,
            "/restapi/v1.0"
        );
    }
}
