//! RingCentral's limits, delays, switches and faults: the `[ringcentral]`
//! section of a scenario.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::world::calendar::{Delays, scaled};

use super::faults::Faults;
use super::limiter::Group;
use super::report_zips::Layout;

/// What became of somebody, as lists of extensions show it. Records of calls
/// and messages keep what they were made with.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct StaffChange {
    /// Another extension number.
    pub number: Option<String>,
    /// Another name.
    pub name: Option<String>,
    /// Lists show them; not before they came, nor after they were deleted.
    pub listed: bool,
}

impl Default for StaffChange {
    fn default() -> Self {
        Self {
            number: None,
            name: None,
            listed: true,
        }
    }
}

/// How the simulated RingCentral behaves. The defaults are the documented
/// behaviour at real speed, without faults or oddities.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "independent switches of a configuration file"
)]
pub struct Options {
    /// The registered application, a confidential one.
    pub client_id: String,
    /// Its secret.
    pub client_secret: String,
    /// Client ids of public applications (PKCE, no secret).
    pub public_clients: Vec<String>,
    /// Redirect addresses registered for all of them, compared exactly. None
    /// means: any address on this machine.
    pub redirect_uris: Vec<String>,
    /// What the application may do (its scopes).
    pub scopes: Vec<String>,
    /// User permissions that nobody in the company has, as after a change of
    /// roles.
    pub missing_permissions: Vec<String>,
    /// Answer the consent page at once, without a click.
    pub auto_consent: bool,
    /// Extension number of who consents then, unless `login_hint` names
    /// somebody.
    pub consent_as: String,
    /// The application gets refresh tokens.
    pub refresh_tokens: bool,
    /// Life of a refresh token in seconds (developer guide: 7 days).
    pub refresh_token_ttl_s: u32,
    /// Sessions that a user may have with an application; one more evicts the
    /// oldest.
    pub sessions_per_user: usize,
    /// How long a used-up refresh token repeats its answer after the new
    /// access token was first used.
    pub refresh_grace_ms: i64,
    /// ... and when the new access token was never used.
    pub refresh_replay_ms: i64,

    /// Requests of the Light group in a window, for a user of an application.
    pub light: u32,
    /// ... of the Medium group.
    pub medium: u32,
    /// ... of the Heavy group.
    pub heavy: u32,
    /// ... of the Auth group.
    pub auth: u32,
    /// Length of the sliding window. Below a second, the headers carry
    /// fractions of seconds, which the real service never does.
    pub window_ms: i64,
    /// Length of the penalty, which every early request starts anew.
    pub penalty_ms: i64,
    /// Group of recording contents (documented: Heavy; some saw others).
    pub recording_content_group: Group,
    /// Send the `X-Rate-Limit` headers.
    pub limit_headers: bool,
    /// Requests of everybody together in a second, beyond which CMN-310
    /// answers without limit headers.
    pub global_per_second: Option<u32>,
    /// `Retry-After` of CMN-310, in milliseconds.
    pub global_penalty_ms: i64,
    /// Milliseconds that every answer takes.
    pub latency_ms: u64,

    /// What became of people, by the extension number they began with.
    pub staff: BTreeMap<String, StaffChange>,

    /// An admin may read other extensions' messages; both worlds have been
    /// reported.
    pub admin_reads_other_mailboxes: bool,
    /// The call log's `dateTo` includes the moment itself (not documented).
    pub date_to_inclusive: bool,
    /// Largest page of the Detailed call log (documented: 250, or 1,000).
    pub detailed_per_page: usize,
    /// Write `:443` into content links of hosts without a port.
    pub explicit_port: bool,
    /// Send `Content-Length` with contents; otherwise they come chunked.
    pub content_length: bool,
    /// Answer `Range` on contents.
    pub ranges: bool,
    /// Missing names, masked numbers, unknown enum values, old time formats,
    /// ids as strings and beyond 2^53.
    pub odd_data: bool,
    /// Days after which recordings are purged.
    pub retention_days: u32,
    /// Days after which sync tokens expire.
    pub sync_token_days: u32,

    /// Factor on all delays below and on planted ones.
    pub delay_scale: f64,
    /// End of a call until the call log shows it (guide: 15 to 30 s).
    pub call_visible_ms: i64,
    /// ... until the record shows its recording ("a few minutes").
    pub recording_link_ms: i64,
    /// ... until the recording's content can be read.
    pub recording_ready_ms: i64,
    /// Start of a queue call until its first, unfinished record.
    pub queue_visible_ms: i64,
    /// How long a message-store report takes.
    pub report_ms: i64,
    /// Contents in one zip of a report (documented: up to 1 GB).
    pub report_zip_bytes: u64,
    /// How the zips of a report are laid out.
    pub report_layout: Layout,
    /// A report holds messages that their owners deleted and could restore
    /// (not documented).
    pub report_deleted: bool,
    /// How long the address of a report's zip leads there; then its list names
    /// another one (not documented). `None`: as long as there is the report.
    pub report_link_ms: Option<i64>,
    /// How long a finished report is kept (not documented). `None`: for ever.
    pub report_kept_ms: Option<i64>,

    /// What goes wrong.
    pub faults: Faults,
}

impl Default for Options {
    fn default() -> Self {
        let scopes = [
            "ReadAccounts",
            "ReadCallLog",
            "ReadCallRecording",
            "ReadMessages",
        ];
        Self {
            client_id: "lKtr4xWqR0iSimulatedApp".to_owned(),
            client_secret: "aMGsnrL1T3OsimulatedSecretQ7b2VwYd".to_owned(),
            public_clients: vec!["pUbL1cSimulatedApp".to_owned()],
            redirect_uris: Vec::new(),
            scopes: scopes.map(str::to_owned).to_vec(),
            missing_permissions: Vec::new(),
            auto_consent: false,
            consent_as: "101".to_owned(),
            refresh_tokens: true,
            refresh_token_ttl_s: 604_800,
            sessions_per_user: 5,
            refresh_grace_ms: 10_000,
            refresh_replay_ms: 3_600_000,
            light: 50,
            medium: 40,
            heavy: 10,
            auth: 5,
            window_ms: 60_000,
            staff: BTreeMap::new(),
            penalty_ms: 60_000,
            recording_content_group: Group::Heavy,
            limit_headers: true,
            global_per_second: None,
            global_penalty_ms: 30_000,
            latency_ms: 0,
            admin_reads_other_mailboxes: true,
            date_to_inclusive: false,
            detailed_per_page: 250,
            explicit_port: false,
            content_length: true,
            ranges: true,
            odd_data: false,
            retention_days: 90,
            sync_token_days: 30,
            delay_scale: 1.0,
            call_visible_ms: 20_000,
            recording_link_ms: 120_000,
            recording_ready_ms: 30_000,
            queue_visible_ms: 5_000,
            report_ms: 30_000,
            report_zip_bytes: 1_000_000_000,
            report_layout: Layout::Flat,
            report_deleted: false,
            report_link_ms: None,
            report_kept_ms: None,
            faults: Faults::default(),
        }
    }
}

impl Options {
    /// The delays, scaled.
    pub(crate) fn delays(&self) -> Delays {
        let scale = |ms| scaled(ms, self.delay_scale);
        Delays {
            call_visible: scale(self.call_visible_ms),
            recording_link: scale(self.recording_link_ms),
            recording_ready: scale(self.recording_ready_ms),
            queue_visible: scale(self.queue_visible_ms),
            scale: self.delay_scale,
        }
    }
}
