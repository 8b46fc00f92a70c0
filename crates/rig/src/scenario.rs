//! The worlds that the figures play in (`archiver simulate --faults`).

use serde_json::{Value, json};

/// What all have: consent without clicks, budgets that hold nobody up.
const EASY: &str = "\
[ringcentral]
auto_consent = true
light = 100000
medium = 100000
heavy = 100000
auth = 100000
";

/// A company of two days with all four types. `late` recordings are seen some
/// minutes after the beginning only, as many cannot be read at first.
fn company(days: u32, per_day: u32, late: u32) -> String {
    format!(
        "[company]
days = {days}
days_ahead = 1
recordings_per_day = {per_day}
other_calls_per_day = 6
voicemails_per_day = {}
texts_per_day = {}
faxes_per_day = {}
recording_median_bytes = 40000
lost_recordings = 0
late_recordings = {late}
unready_recordings = {late}
ringing_queue_calls = 2
calls_in_progress = 2
pending_transcripts = 3
queued_faxes = 3
deleted_messages = 2
purged_messages = 0
",
        per_day / 6 + 2,
        per_day / 3 + 2,
        per_day / 10 + 2,
    )
}

/// A company that is archived within seconds, with something of everything.
/// `big`: one recording of so many bytes; `more`: lines of the RingCentral
/// section.
pub(crate) fn small(big: u64, more: &str) -> String {
    let big = match big {
        0 => String::new(),
        bytes => format!("big_recording_bytes = {bytes}\n"),
    };
    let company = company(2, 12, 2).replace("days_ahead = 1", "days_ahead = 0");
    let company = company.replace("lost_recordings = 0", "lost_recordings = 1");
    format!(
        "{company}{big}{EASY}delay_scale = 0.01
retention_days = 400
{more}[dropbox]
auto_consent = true
"
    )
}

/// A company of one day of which everything is there from the beginning on: an
/// export takes ten seconds at least, and the walk through a long past waits
/// for one for each of its weeks. It also holds what was deleted: where one does
/// not, that cannot be had.
pub(crate) fn exported() -> String {
    let small = small(
        0,
        "admin_reads_other_mailboxes = false\nreport_ms = 300\nreport_deleted = true\n",
    );
    settled(
        &small
            .replace("days = 2\n", "days = 1\n")
            .replace("late_recordings = 2", "late_recordings = 0"),
    )
}

/// A company of a dozen things, all there from the beginning on: for runs that
/// are made hundreds of times.
pub(crate) fn tiny() -> String {
    let company = company(2, 2, 0)
        .replace("days_ahead = 1", "days_ahead = 0")
        .replace("other_calls_per_day = 6", "other_calls_per_day = 1")
        .replace("voicemails_per_day = 2", "voicemails_per_day = 1")
        .replace("texts_per_day = 2", "texts_per_day = 1")
        .replace("faxes_per_day = 2", "faxes_per_day = 1");
    settled(&format!("{company}{EASY}[dropbox]\nauto_consent = true\n"))
}

/// A company to which things keep coming as it grows older.
pub(crate) fn aging() -> String {
    let company = company(3, 24, 0);
    settled(&format!("{company}{EASY}[dropbox]\nauto_consent = true\n"))
}

/// Nothing of it is late.
fn settled(scenario: &str) -> String {
    scenario
        .replace("ringing_queue_calls = 2", "ringing_queue_calls = 0")
        .replace("calls_in_progress = 2", "calls_in_progress = 0")
        .replace("pending_transcripts = 3", "pending_transcripts = 0")
        .replace("queued_faxes = 3", "queued_faxes = 0")
}

/// One archive that is not done before so many kills are over.
pub(crate) fn continuing(kills: u32) -> String {
    let short = kills < 100;
    let company = company(
        2,
        if short { 150 } else { 1_500 },
        if short { 20 } else { 200 },
    );
    let scale = if short { 0.02 } else { 1.0 };
    format!(
        "{company}{EASY}delay_scale = {scale}
latency_ms = 10
[dropbox]
auto_consent = true
append_ms = 60
commit_ms = 120
"
    )
}

/// One archive for which there is work at every one of so many stops: not more
/// than ten recordings in two seconds can be had, until it is [`unhurried`].
pub(crate) fn rationed(stops: u32) -> String {
    let company = company(2, 1, 2).replace("days_ahead = 1", "days_ahead = 0");
    // The world grows older in jumps; what it had planted as late comes then.
    let easy = EASY.replace(
        "heavy = 100000",
        "heavy = 10\nwindow_ms = 2000\npenalty_ms = 2000",
    );
    format!(
        "{company}recordings = {}
{easy}delay_scale = 0.02
latency_ms = 10
[dropbox]
auto_consent = true
append_ms = 60
commit_ms = 120
",
        (stops * 50).max(300)
    )
}

/// RingCentral's options when what is left may be had at once.
pub(crate) fn unhurried() -> Value {
    json!({ "heavy": 100_000, "window_ms": 60_000, "penalty_ms": 60_000 })
}

/// A company with about so many things to archive, most of them small, and
/// room for as many people as have a backup of their own.
pub(crate) fn chaotic(items: u32) -> String {
    // 20,000 are 20,457 by seed 7.
    let of = |per_day: u32| (per_day * items).div_ceil(22_000);
    format!(
        "[company]
days = 2
days_ahead = 0
extensions = 22
recordings_per_day = {}
other_calls_per_day = {}
voicemails_per_day = {}
texts_per_day = {}
faxes_per_day = {}
recording_median_bytes = 40000
lost_recordings = 3
late_recordings = 40
unready_recordings = 40
ringing_queue_calls = 2
calls_in_progress = 2
pending_transcripts = 3
queued_faxes = 3
deleted_messages = 6
purged_messages = 0
{EASY}delay_scale = 0.5
odd_data = true
[dropbox]
auto_consent = true
commit_ms = 20
slow_ms = 300
retry_after_s = 0.2
",
        of(2_500),
        of(100),
        of(700),
        of(5_000),
        of(400),
    )
}

/// Every knob of RingCentral's that applies to a company whose messages are
/// listed, at this share.
pub(crate) fn ringcentral_trouble(share: f64) -> Value {
    let knobs = [
        "error_500",
        "error_502",
        "error_503",
        "reset",
        "token_lost",
        "unauthorized",
        "throttle_bare",
        "throttle_date",
        "list_duplicate",
        "list_shift",
        "list_loop",
        "list_cut",
        "list_empty",
        "cut_length",
        "cut_chunked",
        "cut_close",
        "no_length",
        "html",
        "wrong_type",
        "empty",
        "slow",
    ];
    json!({ "faults": at(&knobs, share) })
}

/// Every knob of Dropbox's at this share, but for those that ask for a person
/// or for ten minutes: access taken away, no room, a plan's limit.
pub(crate) fn dropbox_trouble(share: f64) -> Value {
    let knobs = [
        "lost_before",
        "lost_after",
        "internal_server_error",
        "service_unavailable",
        "truncated",
        "slow",
        "too_many_requests",
        "too_many_write_operations",
        "expired_access_token",
        "wrong_hash",
        "hash_absent",
        "batch_short",
        "batch_reordered",
        "stale_read",
        "job_internal_error",
        "cursor_reset",
    ];
    json!({ "fault_rates": at(&knobs, share) })
}

fn at(knobs: &[&str], share: f64) -> Value {
    let all = knobs.iter().map(|knob| ((*knob).to_owned(), share.into()));
    if share == 0.0 {
        json!({})
    } else {
        Value::Object(all.collect())
    }
}
