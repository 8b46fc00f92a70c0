//! The JSON as RingCentral sends it (OpenAPI 1.0.58 and the samples of its
//! documentation). Every field may be missing, every enumeration is open,
//! every id is a string. None of these types prints itself: they hold names,
//! numbers and texts.

mod json;
mod lenient;

use serde::Deserialize;
use serde_json::Value;

pub(crate) use json::read;
use lenient::{count, flag, id, part, several, text, time, words};

/// A page of any listing. The records are read one by one, so that a broken
/// one does not take its neighbours along; without the list it is no page.
#[derive(Deserialize)]
pub(crate) struct List {
    pub(crate) records: Vec<Value>,
    #[serde(default)]
    pub(crate) navigation: Option<Navigation>,
    #[serde(default, deserialize_with = "part")]
    pub(crate) paging: Option<Paging>,
}

/// Where the neighbouring pages are. Its form is held to: a way on that cannot
/// be read must not look like the end.
#[derive(Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub(crate) struct Navigation {
    /// Absent on the last page.
    pub(crate) next_page: Option<Link>,
}

/// An address.
#[derive(Deserialize)]
pub(crate) struct Link {
    pub(crate) uri: String,
}

/// Where in the listing a page is; the call log leaves the totals out.
#[derive(Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub(crate) struct Paging {
    #[serde(deserialize_with = "count")]
    pub(crate) page: Option<u64>,
    #[serde(deserialize_with = "count")]
    pub(crate) per_page: Option<u64>,
    #[serde(deserialize_with = "count")]
    pub(crate) total_pages: Option<u64>,
}

/// A record of the call log, or one of its legs, which has the same fields.
#[derive(Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub(crate) struct CallRecord {
    #[serde(deserialize_with = "id")]
    pub(crate) id: Option<String>,
    #[serde(deserialize_with = "id")]
    pub(crate) session_id: Option<String>,
    #[serde(deserialize_with = "id")]
    pub(crate) telephony_session_id: Option<String>,
    #[serde(deserialize_with = "time")]
    pub(crate) start_time: Option<i64>,
    #[serde(deserialize_with = "time")]
    pub(crate) last_modified_time: Option<i64>,
    #[serde(deserialize_with = "count")]
    pub(crate) duration: Option<u64>,
    #[serde(deserialize_with = "text")]
    pub(crate) direction: Option<String>,
    #[serde(deserialize_with = "text")]
    pub(crate) result: Option<String>,
    #[serde(deserialize_with = "several")]
    pub(crate) from: Vec<Party>,
    #[serde(deserialize_with = "several")]
    pub(crate) to: Vec<Party>,
    #[serde(deserialize_with = "part")]
    pub(crate) extension: Option<Reference>,
    /// Its form is held to: a recording must not vanish because of a surprise.
    pub(crate) recording: Option<Recording>,
    #[serde(deserialize_with = "flag")]
    pub(crate) short_recording: bool,
    pub(crate) legs: Option<Vec<CallRecord>>,
}

/// The company's settings for call recordings.
#[derive(Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub(crate) struct RecordingSettings {
    #[serde(deserialize_with = "part")]
    pub(crate) automatic: Option<KeptFor>,
    #[serde(deserialize_with = "part")]
    pub(crate) on_demand: Option<KeptFor>,
}

/// How long one kind of recordings is kept.
#[derive(Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub(crate) struct KeptFor {
    /// Days.
    #[serde(deserialize_with = "count")]
    pub(crate) retention_period: Option<u64>,
}

/// A recording as a call record or leg names it.
#[derive(Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub(crate) struct Recording {
    #[serde(deserialize_with = "id")]
    pub(crate) id: Option<String>,
    #[serde(deserialize_with = "text", rename = "type")]
    pub(crate) kind: Option<String>,
    #[serde(deserialize_with = "text")]
    pub(crate) content_uri: Option<String>,
}

/// One end of a call or message.
#[derive(Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub(crate) struct Party {
    #[serde(deserialize_with = "text")]
    pub(crate) phone_number: Option<String>,
    #[serde(deserialize_with = "text")]
    pub(crate) extension_number: Option<String>,
    #[serde(deserialize_with = "text")]
    pub(crate) name: Option<String>,
}

/// Something named by its id alone.
#[derive(Default, Deserialize)]
#[serde(default)]
pub(crate) struct Reference {
    #[serde(deserialize_with = "id")]
    pub(crate) id: Option<String>,
}

/// A record of the message store.
#[derive(Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub(crate) struct Message {
    #[serde(deserialize_with = "id")]
    pub(crate) id: Option<String>,
    #[serde(deserialize_with = "text", rename = "type")]
    pub(crate) kind: Option<String>,
    #[serde(deserialize_with = "time")]
    pub(crate) creation_time: Option<i64>,
    #[serde(deserialize_with = "time")]
    pub(crate) last_modified_time: Option<i64>,
    #[serde(deserialize_with = "text")]
    pub(crate) direction: Option<String>,
    #[serde(deserialize_with = "text")]
    pub(crate) availability: Option<String>,
    #[serde(deserialize_with = "text", rename = "messageStatus")]
    pub(crate) status: Option<String>,
    #[serde(deserialize_with = "text")]
    pub(crate) vm_transcription_status: Option<String>,
    #[serde(deserialize_with = "count")]
    pub(crate) fax_page_count: Option<u64>,
    /// The text of an SMS, empty under a picture alone; elsewhere a title.
    #[serde(deserialize_with = "words")]
    pub(crate) subject: Option<String>,
    #[serde(deserialize_with = "several")]
    pub(crate) from: Vec<Party>,
    #[serde(deserialize_with = "several")]
    pub(crate) to: Vec<Party>,
    #[serde(deserialize_with = "part")]
    pub(crate) conversation: Option<Reference>,
    /// Rounded in some answers; `conversation` is to be preferred.
    #[serde(deserialize_with = "id")]
    pub(crate) conversation_id: Option<String>,
    pub(crate) attachments: Option<Vec<Attachment>>,
}

/// A task that makes an export of messages.
#[derive(Default, Deserialize)]
#[serde(default)]
pub(crate) struct Report {
    #[serde(deserialize_with = "id")]
    pub(crate) id: Option<String>,
    #[serde(deserialize_with = "text")]
    pub(crate) status: Option<String>,
}

/// A zip that such a task made.
#[derive(Default, Deserialize)]
#[serde(default)]
pub(crate) struct Archive {
    #[serde(deserialize_with = "text")]
    pub(crate) uri: Option<String>,
    #[serde(deserialize_with = "count")]
    pub(crate) size: Option<u64>,
}

/// A part of a message.
#[derive(Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub(crate) struct Attachment {
    #[serde(deserialize_with = "id")]
    pub(crate) id: Option<String>,
    #[serde(deserialize_with = "text")]
    pub(crate) uri: Option<String>,
    #[serde(deserialize_with = "text", rename = "type")]
    pub(crate) kind: Option<String>,
    #[serde(deserialize_with = "text")]
    pub(crate) content_type: Option<String>,
    #[serde(deserialize_with = "count")]
    pub(crate) size: Option<u64>,
    #[serde(deserialize_with = "text")]
    pub(crate) file_name: Option<String>,
    #[serde(deserialize_with = "count")]
    pub(crate) vm_duration: Option<u64>,
}

/// An extension, listed or asked for by itself.
#[derive(Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub(crate) struct Extension {
    #[serde(deserialize_with = "id")]
    pub(crate) id: Option<String>,
    #[serde(deserialize_with = "text", rename = "extensionNumber")]
    pub(crate) number: Option<String>,
    #[serde(deserialize_with = "text")]
    pub(crate) name: Option<String>,
    #[serde(deserialize_with = "text", rename = "type")]
    pub(crate) kind: Option<String>,
    #[serde(deserialize_with = "text")]
    pub(crate) status: Option<String>,
    #[serde(deserialize_with = "part")]
    pub(crate) contact: Option<Contact>,
    #[serde(deserialize_with = "part")]
    pub(crate) regional_settings: Option<RegionalSettings>,
    /// Only where it was asked for by itself.
    #[serde(deserialize_with = "part")]
    pub(crate) account: Option<Reference>,
    #[serde(deserialize_with = "part")]
    pub(crate) permissions: Option<ExtensionPermissions>,
}

/// Who an extension is in the company's directory.
#[derive(Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub(crate) struct Contact {
    #[serde(deserialize_with = "text")]
    pub(crate) first_name: Option<String>,
    #[serde(deserialize_with = "text")]
    pub(crate) last_name: Option<String>,
}

/// A coarse hint at somebody's rights.
#[derive(Default, Deserialize)]
#[serde(default)]
pub(crate) struct ExtensionPermissions {
    #[serde(deserialize_with = "part")]
    pub(crate) admin: Option<Enabled>,
}

/// Whether something is switched on.
#[derive(Default, Deserialize)]
#[serde(default)]
pub(crate) struct Enabled {
    #[serde(deserialize_with = "flag")]
    pub(crate) enabled: bool,
}

/// Language, currency, and what matters here: the time zone.
#[derive(Default, Deserialize)]
#[serde(default)]
pub(crate) struct RegionalSettings {
    #[serde(deserialize_with = "part")]
    pub(crate) timezone: Option<TimeZone>,
}

/// A time zone.
#[derive(Default, Deserialize)]
#[serde(default)]
pub(crate) struct TimeZone {
    /// The IANA name: `US/Pacific`.
    #[serde(deserialize_with = "text")]
    pub(crate) name: Option<String>,
}

/// A company.
#[derive(Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub(crate) struct Account {
    #[serde(deserialize_with = "id")]
    pub(crate) id: Option<String>,
    /// Newer answers only.
    #[serde(deserialize_with = "text")]
    pub(crate) name: Option<String>,
    #[serde(deserialize_with = "text")]
    pub(crate) main_number: Option<String>,
    #[serde(deserialize_with = "part")]
    pub(crate) regional_settings: Option<RegionalSettings>,
}

/// What a user may do.
#[derive(Default, Deserialize)]
#[serde(default)]
pub(crate) struct AuthzProfile {
    #[serde(deserialize_with = "several")]
    pub(crate) permissions: Vec<GrantedPermission>,
}

/// One permission, and how far it reaches.
#[derive(Default, Deserialize)]
#[serde(default)]
pub(crate) struct GrantedPermission {
    #[serde(deserialize_with = "part")]
    pub(crate) permission: Option<Reference>,
    /// `Self`, `AllExtensions`, `Account`, …
    #[serde(deserialize_with = "several")]
    pub(crate) scopes: Vec<String>,
}

/// The answer of the token endpoint. Holds secrets; moved out at once.
#[derive(Deserialize)]
pub(crate) struct TokenInfo {
    pub(crate) access_token: String,
    #[serde(default, deserialize_with = "count")]
    pub(crate) expires_in: Option<u64>,
    #[serde(default, deserialize_with = "text")]
    pub(crate) refresh_token: Option<String>,
    #[serde(default, deserialize_with = "count")]
    pub(crate) refresh_token_expires_in: Option<u64>,
    #[serde(default, deserialize_with = "text")]
    pub(crate) scope: Option<String>,
    #[serde(default, deserialize_with = "id")]
    pub(crate) owner_id: Option<String>,
}

/// A refusal. `errors` is what the specification promises, the top level what
/// every sample shows besides; `error` is OAuth's own word.
#[derive(Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub(crate) struct Refusal {
    #[serde(deserialize_with = "text")]
    pub(crate) error_code: Option<String>,
    #[serde(deserialize_with = "text")]
    pub(crate) message: Option<String>,
    #[serde(deserialize_with = "text")]
    pub(crate) permission_name: Option<String>,
    /// The same, misspelt in some answers.
    #[serde(deserialize_with = "text")]
    pub(crate) permissions_name: Option<String>,
    #[serde(deserialize_with = "several")]
    pub(crate) errors: Vec<Refusal>,
    #[serde(deserialize_with = "text")]
    pub(crate) error: Option<String>,
}
