//! What Dropbox's error unions mean. One table turns their tags, wherever
//! they stand, into an [`Error`]; [`Step`] tells the uploader's part of it.

use std::time::Duration;

use domain::error::{Error, Kind, Verdict};
use serde_json::Value;

/// What is full, forbidden or restricted is asked again this often.
const PROBE: Duration = Duration::from_mins(10);

/// The tags of an error from the outside in (`path`, `conflict`, `file`), with
/// the two values that matter. Tags are read from the error itself; the
/// `error_summary` beside it ends in random dots and is for people.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Refusal {
    tags: Vec<String>,
    /// Of `incorrect_offset`.
    correct_offset: Option<u64>,
    /// Of `missing_scope`.
    required_scope: Option<String>,
}

/// What the uploader does about a refusal.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Step {
    /// Somebody else writes to this Dropbox, or it failed inside: commit again,
    /// same session.
    Again,
    /// Nothing of the call was kept: send the same bytes again.
    Resend,
    /// The session holds this many bytes already.
    Offset(u64),
    /// The session is closed already.
    Closed,
    /// The session cannot be used any more.
    Lost,
    /// Something lies at the path: see what.
    Compare,
    /// Nothing lies at the path.
    Nothing,
    /// This account does not know the function.
    Unknown,
    /// The call was too large in some respect: send less at once.
    Smaller,
    /// Nothing but to report it.
    Report,
}

impl Refusal {
    /// Reads an error union. Void members may come as bare strings.
    pub(crate) fn read(error: &Value) -> Refusal {
        let mut refusal = Refusal::default();
        let mut at = Some(error);
        while let Some(value) = at.filter(|_| refusal.tags.len() < 8) {
            let tag = value.as_str().or_else(|| value.get(".tag")?.as_str());
            refusal.tags.extend(tag.map(plain));
            if let Some(offset) = value.get("correct_offset").and_then(Value::as_u64) {
                refusal.correct_offset = Some(offset);
            }
            if let Some(scope) = value.get("required_scope").and_then(Value::as_str) {
                refusal.required_scope = Some(plain(scope));
            }
            let inner = tag
                .and_then(|tag| value.get(tag))
                .or_else(|| value.get("reason"));
            at = inner.filter(|inner| inner.is_object() || inner.is_string());
        }
        refusal
    }

    /// The judgement, the same for every route and for entries of a batch.
    pub(crate) fn error(&self) -> Error {
        let mut code = self.tags.join("/");
        if let Some(offset) = self.correct_offset {
            code = format!("{code}/{offset}");
        }
        let tags: Vec<&str> = self.tags.iter().map(String::as_str).collect();
        let error = match tags.as_slice() {
            ["missing_scope", ..] => self.missing_scope(),
            tags => {
                let meaning = of_path(tags)
                    .or_else(|| of_session(tags))
                    .or_else(|| of_access(tags));
                meaning.unwrap_or(UNKNOWN).error()
            }
        };
        error.code_is(code)
    }

    fn missing_scope(&self) -> Error {
        let scope = self.required_scope.as_deref().unwrap_or("?");
        let what = format!("the connection to Dropbox lacks the permission {scope}");
        Error::new(Kind::Unauthorized, what).remedy(format!(
            "Tick {scope} on the Permissions tab of the app in the Dropbox App Console, submit, \
             then connect Dropbox again."
        ))
    }
}

/// Tags and scopes are short words; anything else a server puts there stays
/// out of logs.
fn plain(tag: &str) -> String {
    let word = |c: &char| c.is_ascii_alphanumeric() || matches!(c, '_' | '.' | '-');
    tag.chars().filter(word).take(64).collect()
}

/// What tags mean: the kind, the sentence, and what a person can do.
struct Meaning(Kind, &'static str, Remedy);

/// What a person can do.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Remedy {
    None,
    Room,
    NextMonth,
    Administrator,
    AppConsole,
    Connect,
}

const UNKNOWN: Meaning = Meaning(
    Kind::Protocol,
    "Dropbox refused for a reason unknown to Archiver",
    Remedy::None,
);

impl Meaning {
    fn error(self) -> Error {
        let Meaning(kind, what, remedy) = self;
        let error = Error::new(kind, what);
        let advice = match remedy {
            Remedy::None => return error,
            Remedy::Room => "Free some space or enlarge the plan; nothing is lost meanwhile.",
            Remedy::NextMonth => {
                "It starts anew on the 1st of the month; nothing is lost meanwhile."
            }
            Remedy::Administrator => {
                "Ask the administrator of this Dropbox to let the app write to its own folder; \
                 nothing is lost meanwhile."
            }
            Remedy::AppConsole => "Check the kind of the app in the Dropbox App Console.",
            Remedy::Connect => "Connect Dropbox again; nothing is lost until then.",
        };
        let error = error.remedy(advice);
        match remedy {
            // May be lifted any time without anybody telling us.
            Remedy::Administrator => error.verdict_is(Verdict::WaitFor(PROBE)),
            _ => error,
        }
    }
}

/// `WriteError` and `LookupError` (files.stone), under `path` or `reason`.
fn of_path(tags: &[&str]) -> Option<Meaning> {
    use Kind::{Config, Forbidden, Full, PathRefused, PathTaken, Protocol, Throttled};
    use Remedy::{Administrator, None, Room};
    Some(match tags {
        [.., "too_many_write_operations"] => {
            Meaning(Throttled, "this Dropbox is busy with other changes", None)
        }
        [.., "insufficient_space"] => Meaning(Full, "the Dropbox is full", Room),
        [.., "conflict", "file"] => Meaning(
            PathTaken,
            "another file lies at this path in the Dropbox",
            None,
        ),
        [.., "conflict", "folder"] => {
            Meaning(PathTaken, "a folder lies at this path in the Dropbox", None)
        }
        [.., "conflict", _] => Meaning(
            PathTaken,
            "a file lies where this path needs a folder in the Dropbox",
            None,
        ),
        [.., "malformed_path"] => Meaning(PathRefused, "Dropbox does not accept this path", None),
        [.., "disallowed_name"] => Meaning(
            PathRefused,
            "Dropbox does not accept a file of this name",
            None,
        ),
        [
            ..,
            "no_write_permission" | "team_folder" | "operation_suppressed",
        ] => Meaning(
            Config,
            "the app may not write to its folder in this Dropbox",
            Administrator,
        ),
        [.., "access_restricted"] => Meaning(
            Config,
            "a team administrator restricts this Dropbox",
            Administrator,
        ),
        [.., "encryption_not_supported"] => Meaning(
            Config,
            "this Dropbox requires encryption that apps cannot do",
            Administrator,
        ),
        // Not `Gone`: that is a source's word for an item.
        ["path", .., "not_found" | "not_file" | "not_folder"] => {
            Meaning(Protocol, "nothing lies at this path in the Dropbox", None)
        }
        [
            "path",
            ..,
            "restricted_content" | "unsupported_content_type" | "locked",
        ] => Meaning(Forbidden, "Dropbox restricts the file at this path", None),
        _ => return Option::None,
    })
}

/// `UploadSessionLookupError` and its relatives: the bytes are on their way,
/// nothing is visible yet. `Incomplete`, not `Unavailable`: to send the very
/// same call again, as a line would, does not help.
fn of_session(tags: &[&str]) -> Option<Meaning> {
    use Kind::{Incomplete, Protocol, Unavailable};
    let what = match *tags.last()? {
        "content_hash_mismatch" | "length_mismatch" => {
            "the bytes were damaged on their way to Dropbox"
        }
        "incorrect_offset" => "the upload lost its place in the file",
        "not_found"
        | "closed"
        | "not_closed"
        | "concurrent_session_not_closed"
        | "concurrent_session_missing_data" => "the upload's session is over; it starts again",
        "payload_too_large" => {
            return Some(Meaning(
                Protocol,
                "Dropbox finds one request too large",
                Remedy::None,
            ));
        }
        "too_large" => {
            return Some(Meaning(
                Protocol,
                "Dropbox takes no file of this size",
                Remedy::None,
            ));
        }
        "internal_error" => {
            return Some(Meaning(
                Unavailable,
                "Dropbox failed for the moment",
                Remedy::None,
            ));
        }
        _ => return None,
    };
    Some(Meaning(Incomplete, what, Remedy::None))
}

/// `AuthError`, `AccessError` and `RateLimitReason` (auth.stone).
fn of_access(tags: &[&str]) -> Option<Meaning> {
    use Kind::{Config, Full, Throttled, Unauthorized};
    use Remedy::{Administrator, AppConsole, Connect, NextMonth};
    Some(match tags {
        ["expired_access_token"] => Meaning(
            Unauthorized,
            "the Dropbox access token has run out",
            Connect,
        ),
        ["invalid_access_token"] => Meaning(
            Unauthorized,
            "Dropbox no longer accepts this connection",
            Connect,
        ),
        ["user_suspended"] => Meaning(Unauthorized, "the Dropbox account is suspended", Connect),
        ["route_access_denied" | "invalid_select_user" | "invalid_select_admin"] => Meaning(
            Config,
            "Dropbox does not open its interface to this app",
            AppConsole,
        ),
        ["invalid_account_type", "feature"] => Meaning(
            Full,
            "the Dropbox plan's monthly limit for uploads by apps is used up",
            NextMonth,
        ),
        [
            "invalid_account_type" | "team_access_denied" | "no_permission",
            ..,
        ] => Meaning(
            Config,
            "this Dropbox account may not be used by apps",
            Administrator,
        ),
        ["too_many_requests"] => {
            Meaning(Throttled, "Dropbox's rate limit is reached", Remedy::None)
        }
        _ => return None,
    })
}

/// The code of an answer that says the function does not exist.
pub(crate) const UNKNOWN_FUNCTION: &str = "unknown_function";
/// The code of an answer that found the request malformed (it may have been
/// its size: the limits of Dropbox's front end are not published).
pub(crate) const BAD_REQUEST: &str = "400";
/// The body was too large.
pub(crate) const BODY_TOO_LARGE: &str = "413";
/// The headers were too large.
pub(crate) const HEADERS_TOO_LARGE: &str = "431";

impl Step {
    /// What to do about an error of this crate, by its code.
    pub(crate) fn of(error: &Error) -> Step {
        let code = error.code().unwrap_or_default();
        let tags: Vec<&str> = code.split('/').collect();
        match tags.as_slice() {
            [UNKNOWN_FUNCTION] => Step::Unknown,
            [BAD_REQUEST | BODY_TOO_LARGE | HEADERS_TOO_LARGE] | [.., "payload_too_large"] => {
                Step::Smaller
            }
            [.., "too_many_write_operations" | "internal_error"] => Step::Again,
            [.., "content_hash_mismatch" | "length_mismatch"] => Step::Resend,
            [.., "incorrect_offset", offset] => offset.parse().map_or(Step::Lost, Step::Offset),
            [.., "closed"] => Step::Closed,
            [.., "conflict", _] => Step::Compare,
            ["path", .., "not_found" | "not_file" | "not_folder"] => Step::Nothing,
            [.., "not_found" | "not_closed" | "incorrect_offset"] => Step::Lost,
            [.., last] if last.starts_with("concurrent_session_") => Step::Lost,
            _ => Step::Report,
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn step(error: &Value) -> Step {
        Step::of(&Refusal::read(error).error())
    }

    #[test]
    fn a_refusal_is_the_same_wherever_it_stands() {
        let conflict = json!({ ".tag": "conflict", "conflict": { ".tag": "file" } });
        for error in [
            json!({ ".tag": "path", "path": conflict }),
            json!({ ".tag": "path", "reason": conflict, "upload_session_id": "x" }),
        ] {
            let judged = Refusal::read(&error).error();
            assert_eq!(judged.kind(), Kind::PathTaken);
            assert_eq!(judged.code(), Some("path/conflict/file"));
            assert_eq!(Step::of(&judged), Step::Compare);
        }
    }

    #[test]
    fn a_busy_namespace_is_told_in_many_places_and_is_one_thing() {
        let busy = json!({ ".tag": "too_many_write_operations" });
        for error in [
            busy.clone(),
            json!("too_many_write_operations"),
            json!({ "reason": busy }),
            json!({ ".tag": "path", "path": busy }),
            json!({ ".tag": "path", "reason": busy }),
            json!({ ".tag": "path_write", "path_write": busy }),
        ] {
            let judged = Refusal::read(&error).error();
            assert_eq!(judged.kind(), Kind::Throttled, "{error}");
            assert_eq!(Step::of(&judged), Step::Again, "{error}");
        }
    }

    #[test]
    fn steps_of_sessions() {
        let offset = json!({ ".tag": "incorrect_offset", "correct_offset": 300_000_000 });
        for (error, expected) in [
            (offset.clone(), Step::Offset(300_000_000)),
            (
                json!({ ".tag": "lookup_failed", "lookup_failed": offset }),
                Step::Offset(300_000_000),
            ),
            (json!({ ".tag": "incorrect_offset" }), Step::Lost),
            (json!({ ".tag": "closed" }), Step::Closed),
            (json!({ ".tag": "not_found" }), Step::Lost),
            (
                json!({ ".tag": "lookup_failed", "lookup_failed": { ".tag": "not_closed" } }),
                Step::Lost,
            ),
            (
                json!({ ".tag": "concurrent_session_missing_data" }),
                Step::Lost,
            ),
            (json!({ ".tag": "content_hash_mismatch" }), Step::Resend),
            (json!({ ".tag": "length_mismatch" }), Step::Resend),
            (json!({ ".tag": "payload_too_large" }), Step::Smaller),
            (
                json!({ ".tag": "path", "path": { ".tag": "not_found" } }),
                Step::Nothing,
            ),
            (
                json!({ ".tag": "path", "path": { ".tag": "insufficient_space" } }),
                Step::Report,
            ),
            (
                json!({ ".tag": "something_new", "something_new": 7 }),
                Step::Report,
            ),
            (json!({}), Step::Report),
            (json!(null), Step::Report),
        ] {
            assert_eq!(step(&error), expected, "{error}");
        }
    }

    #[test]
    fn what_a_server_writes_into_tags_stays_short_and_plain() {
        let name = "Ada Lovelace\n".repeat(50);
        let mut error = json!({ ".tag": name });
        for _ in 0..50 {
            error = json!({ ".tag": "path", "path": error });
        }
        let judged = Refusal::read(&error).error();
        assert!(
            judged
                .code()
                .is_some_and(|code| code.len() < 600 && !code.contains('\n'))
        );
        assert_eq!(judged.kind(), Kind::Protocol);
    }
}
