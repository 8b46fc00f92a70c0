//! Every switch and knob of the simulated Dropbox: the `[dropbox]` section of
//! a scenario file. Holds values only; what they mean is played elsewhere.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::fault::{FaultKind, PlannedFault};

/// How the simulated Dropbox behaves. The default is a healthy personal
/// account linked to an app-folder app, without limits, delays or faults.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "each is an independent switch of the scenario file"
)]
pub struct Options {
    /// Every drawn fault follows from this number.
    pub seed: u64,

    /// The app's key (`client_id`).
    pub app_key: String,
    /// The app's secret.
    pub app_secret: String,
    /// A refresh token that is valid from the start (head-less set-up), with
    /// every scope of the app; works with and without the app secret.
    pub refresh_token: String,
    /// The account; exactly 40 characters (users.stone, `AccountId`).
    pub account_id: String,
    /// The app sees only its own folder: a Path-Root header is refused.
    pub app_folder: bool,
    /// Redirect addresses registered with the app, compared exactly. Empty:
    /// any `https:` address and any `http:` one on localhost is accepted.
    pub redirect_uris: Vec<String>,
    /// The consent page answers by itself, as if the user had agreed.
    pub auto_consent: bool,
    /// The scopes enabled for the app; tokens get these unless they ask less.
    pub scopes: Vec<String>,
    /// Life of an access token in seconds (live: 14,400).
    pub token_life_s: f64,
    /// Life of an authorization code in seconds.
    pub code_life_s: f64,

    /// Space of the account (or of the team) in bytes.
    pub quota_bytes: u64,
    /// Bytes of that space already used by things this app does not see.
    pub used_elsewhere_bytes: u64,
    /// Set: the account belongs to a team, and this is the member's own limit
    /// within it (0: none).
    pub member_quota_bytes: Option<u64>,

    /// Characters beyond the Basic Multilingual Plane in a name.
    pub non_bmp: NonBmp,
    /// Refuse raw UTF-8 in `Dropbox-API-Arg` (otherwise it is only counted).
    pub strict_header_ascii: bool,
    /// Whether `upload_session/append_batch` exists for this account.
    pub append_batch: bool,
    /// Life of an upload session in seconds (live: 7 days).
    pub session_life_s: f64,
    /// What becomes of a session whose commit has landed.
    pub session_after_commit: SessionAfterCommit,
    /// Life of a temporary link in seconds (live: 4 hours; then 410).
    pub link_life_s: f64,
    /// How often a check of an asynchronous job answers `in_progress`. With 0
    /// a job is complete in the launching call's own answer.
    pub job_polls: u32,

    /// Requests per second and link before 429 `too_many_requests`; 0: no
    /// limit.
    pub requests_per_second: f64,
    /// Requests that may come at once before that rate applies.
    pub burst: f64,
    /// Seconds that a 429 asks to wait. Fractions are for scaled time; the
    /// JSON body rounds up because `retry_after` is an integer (auth.stone).
    pub retry_after_s: f64,
    /// The shape of a `too_many_requests` answer.
    pub rate_limit_body: RateLimitBody,

    /// Delay of every API call, in real milliseconds.
    pub latency_ms: u64,
    /// Further delay of every call that carries file data.
    pub append_ms: u64,
    /// How long a commit holds the namespace's write lock. Two that overlap
    /// give `too_many_write_operations`; with 0 none ever overlap.
    pub commit_ms: u64,
    /// Added to `commit_ms` for each entry of a batch.
    pub commit_entry_ms: u64,
    /// How a refused write lock is told.
    pub write_contention: WriteContention,

    /// Delay of a `slow` answer's body, in real milliseconds.
    pub slow_ms: u64,
    /// Share of requests (or of batch entries) that each fault strikes, 0 to
    /// 1, drawn from the seed, the route and the request's number there.
    pub fault_rates: BTreeMap<FaultKind, f64>,
    /// Faults at named places, for exact tests.
    pub planned_faults: Vec<PlannedFault>,
}

/// Whether names may hold characters beyond the Basic Multilingual Plane:
/// reports conflict, so both are played.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum NonBmp {
    /// `malformed_path`, as for years.
    Reject,
    /// As some newer reports have it.
    Accept,
}

/// The two spellings of 429 `too_many_requests`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RateLimitBody {
    /// A `RateLimitError` (auth.stone).
    Json,
    /// `text/plain`, as the data-ingress guide says of some front ends.
    Text,
    /// One, then the other.
    Alternate,
}

/// How a commit that found the namespace locked is told.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum WriteContention {
    /// 409 with the route's own error; per entry in a batch.
    RouteError,
    /// 429 for the whole call (batches: still per entry).
    Status429,
}

/// Whether a session can be finished again after its commit. Not documented;
/// a client must live with both.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SessionAfterCommit {
    /// A second finish gives `lookup_failed/not_found`.
    Gone,
    /// A second finish commits the same bytes again.
    Kept,
}

/// The scopes that the four data types need, and those of the SDK's tests.
const SCOPES: [&str; 7] = [
    "account_info.read",
    "files.metadata.read",
    "files.metadata.write",
    "files.content.read",
    "files.content.write",
    "sharing.read",
    "sharing.write",
];

impl Default for Options {
    fn default() -> Self {
        Self {
            seed: 7,
            app_key: "simulatedappkey".to_owned(),
            app_secret: "simulatedsecret".to_owned(),
            refresh_token: "simulated-refresh-token".to_owned(),
            account_id: "dbid:SIMULATED-account-of-the-simulation".to_owned(),
            app_folder: true,
            redirect_uris: Vec::new(),
            auto_consent: false,
            scopes: SCOPES.map(str::to_owned).to_vec(),
            token_life_s: 14_400.0,
            code_life_s: 600.0,
            quota_bytes: 2 << 40,
            used_elsewhere_bytes: 0,
            member_quota_bytes: None,
            non_bmp: NonBmp::Reject,
            strict_header_ascii: false,
            append_batch: true,
            session_life_s: 7.0 * 86_400.0,
            session_after_commit: SessionAfterCommit::Gone,
            link_life_s: 4.0 * 3_600.0,
            job_polls: 1,
            requests_per_second: 0.0,
            burst: 20.0,
            retry_after_s: 1.0,
            rate_limit_body: RateLimitBody::Json,
            latency_ms: 0,
            append_ms: 0,
            commit_ms: 0,
            commit_entry_ms: 0,
            write_contention: WriteContention::RouteError,
            slow_ms: 1_000,
            fault_rates: BTreeMap::new(),
            planned_faults: Vec::new(),
        }
    }
}
