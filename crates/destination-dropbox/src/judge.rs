//! Judges a failing answer of Dropbox: API calls and the token endpoint, each
//! with its own shape of body. What an error union means is `refusal`'s.

use std::time::Duration;

use domain::error::{Error, Kind, Verdict};
use outbound::{Brake, Headers, Judge, Judgement};
use serde_json::Value;

use crate::refusal::{BAD_REQUEST, BODY_TOO_LARGE, HEADERS_TOO_LARGE, Refusal, UNKNOWN_FUNCTION};

/// Reads every failing answer of Dropbox.
pub(crate) struct Verdicts;

impl Judge for Verdicts {
    fn judge(&self, status: u16, _headers: &Headers, body: &[u8]) -> Judgement {
        let said: Value = serde_json::from_slice(body).unwrap_or_default();
        let error = &said["error"];
        match (status, error) {
            (400 | 401, Value::String(word)) => Judgement::Fail(token_error(word)),
            (401, _) => unauthorized(error),
            (403 | 409 | 422, error) if !error.is_null() => {
                Judgement::Fail(Refusal::read(error).error())
            }
            (429, _) => too_many(error),
            (400, _) => Judgement::Fail(bad_request(body)),
            (404, _) => Judgement::Fail(unknown_function()),
            (413, _) => Judgement::Fail(too_large(BODY_TOO_LARGE)),
            (431, _) => Judgement::Fail(too_large(HEADERS_TOO_LARGE)),
            (408 | 500.., _) => Judgement::Fail(
                Error::new(Kind::Unavailable, "Dropbox failed for the moment")
                    .code_is(status.to_string()),
            ),
            _ => Judgement::Fail(
                Error::new(Kind::Protocol, "Dropbox gave an answer that makes no sense")
                    .code_is(status.to_string()),
            ),
        }
    }
}

/// Status 401. Whether the grant itself is dead, only the token endpoint knows: an
/// access token that ran out and one that was revoked are both renewed once.
fn unauthorized(error: &Value) -> Judgement {
    let judged = match error {
        Value::Null => Error::new(
            Kind::Unauthorized,
            "Dropbox does not accept the access token",
        )
        .remedy("Connect Dropbox again; nothing is lost until then."),
        _ => Refusal::read(error).error(),
    };
    match judged.code() {
        None | Some("expired_access_token" | "invalid_access_token") => Judgement::Refresh(judged),
        Some(_) => Judgement::Fail(judged),
    }
}

/// Status 429. A rate limit counts requests per link and may come as plain text; a
/// namespace that is locked by another write is none, although it may come
/// with the same status: only commits wait for it.
fn too_many(error: &Value) -> Judgement {
    let refusal = Refusal::read(error).error();
    match refusal.code() {
        Some("too_many_write_operations") => Judgement::Fail(refusal),
        _ => Judgement::Throttle {
            error: Error::new(Kind::Throttled, "Dropbox's rate limit is reached")
                .code_is("too_many_requests"),
            brake: Brake::Group,
            wait: error["retry_after"].as_u64().map(Duration::from_secs),
        },
    }
}

/// 400 is plain text: a request that Dropbox cannot read, so sending it again
/// changes nothing. The text may quote a path and stays here.
fn bad_request(body: &[u8]) -> Error {
    let text = String::from_utf8_lossy(body);
    if text.contains("Unknown API function") {
        return unknown_function();
    }
    let error = if text.contains(": path: ") || text.contains(".path: ") {
        Error::new(Kind::PathRefused, "Dropbox does not accept this path")
    } else {
        Error::new(
            Kind::Protocol,
            "Dropbox could not read a request of Archiver",
        )
        .verdict_is(Verdict::GiveUp)
    };
    error.code_is(BAD_REQUEST)
}

fn unknown_function() -> Error {
    Error::new(
        Kind::Protocol,
        "Dropbox does not know a function that Archiver needs",
    )
    .verdict_is(Verdict::GiveUp)
    .code_is(UNKNOWN_FUNCTION)
}

fn too_large(code: &str) -> Error {
    Error::new(Kind::Protocol, "Dropbox finds one request too large").code_is(code)
}

/// The token endpoint speaks OAuth (RFC 6749, 5.2), with status 400.
fn token_error(word: &str) -> Error {
    match word {
        "invalid_grant" => Error::new(
            Kind::Unauthorized,
            "Dropbox no longer accepts this connection",
        )
        .remedy("Connect Dropbox again; nothing is lost until then."),
        "temporarily_unavailable" | "server_error" => {
            Error::new(Kind::Unavailable, "Dropbox failed for the moment")
        }
        _ => Error::new(
            Kind::Config,
            "Dropbox does not accept the app's key, secret or address",
        )
        .remedy(
            "Compare DROPBOX_APP_KEY, DROPBOX_APP_SECRET and the redirect URIs with the \
                 Dropbox App Console.",
        ),
    }
    .code_is(
        word.chars()
            .filter(|c| c.is_ascii_lowercase() || *c == '_')
            .take(64)
            .collect::<String>(),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn judge(status: u16, body: &str) -> Judgement {
        Verdicts.judge(status, &Headers::default(), body.as_bytes())
    }

    fn failed(status: u16, body: &str) -> Error {
        match judge(status, body) {
            Judgement::Fail(error) => error,
            other => panic!("{status} {body}: {other:?}"),
        }
    }

    const PROBE: Verdict = Verdict::WaitFor(Duration::from_mins(10));
    const SOON: Verdict = Verdict::WaitFor(Duration::from_secs(30));

    /// Bodies as the live service spells them, with its random dots.
    fn at_path(tag: &str) -> String {
        format!(
            r#"{{"error_summary": "path/{tag}/..", "error":
                {{".tag": "path", "path": {{".tag": "{tag}"}}}}}}"#
        )
    }

    fn at_reason(tag: &str) -> String {
        format!(
            r#"{{"error_summary": "path/{tag}/", "error": {{".tag": "path", "reason":
                {{".tag": "{tag}"}}, "upload_session_id": "pid_upload_session:A"}}}}"#
        )
    }

    fn top(tag: &str) -> String {
        format!(r#"{{"error_summary": "{tag}/...", "error": {{".tag": "{tag}"}}}}"#)
    }

    fn check<const N: usize>(rows: [(u16, String, Kind, Verdict); N]) {
        for (status, body, kind, verdict) in rows {
            let error = failed(status, &body);
            assert_eq!(
                (error.kind(), error.verdict()),
                (kind, verdict),
                "{status} {body}"
            );
        }
    }

    #[test]
    fn refused_paths() {
        check([
            (409, at_reason("insufficient_space"), Kind::Full, PROBE),
            (409, at_path("insufficient_space"), Kind::Full, PROBE),
            (
                409,
                at_path("malformed_path"),
                Kind::PathRefused,
                Verdict::GiveUp,
            ),
            (
                409,
                at_reason("disallowed_name"),
                Kind::PathRefused,
                Verdict::GiveUp,
            ),
            (409, at_path("no_write_permission"), Kind::Config, PROBE),
            (409, at_path("access_restricted"), Kind::Config, PROBE),
            (409, at_path("operation_suppressed"), Kind::Config, PROBE),
            (409, at_path("team_folder"), Kind::Config, PROBE),
            (
                409,
                at_path("restricted_content"),
                Kind::Forbidden,
                Verdict::GiveUp,
            ),
            (
                409,
                at_path("too_many_write_operations"),
                Kind::Throttled,
                SOON,
            ),
            (409, top("too_many_write_operations"), Kind::Throttled, SOON),
            (409, top("encryption_not_supported"), Kind::Config, PROBE),
        ]);
    }

    #[test]
    fn refused_sessions() {
        check([
            (
                409,
                top("content_hash_mismatch"),
                Kind::Incomplete,
                Verdict::Retry,
            ),
            (
                409,
                top("incorrect_offset"),
                Kind::Incomplete,
                Verdict::Retry,
            ),
            (409, top("not_found"), Kind::Incomplete, Verdict::Retry),
            (409, top("closed"), Kind::Incomplete, Verdict::Retry),
            (
                409,
                top("concurrent_session_missing_data"),
                Kind::Incomplete,
                Verdict::Retry,
            ),
            (
                409,
                top("internal_error"),
                Kind::Unavailable,
                Verdict::Retry,
            ),
            (
                409,
                top("payload_too_large"),
                Kind::Protocol,
                Verdict::Retry,
            ),
            (409, top("too_large"), Kind::Protocol, Verdict::Retry),
            (409, top("brand_new"), Kind::Protocol, Verdict::Retry),
            (409, "not json".to_owned(), Kind::Protocol, Verdict::Retry),
        ]);
    }

    #[test]
    fn refused_accounts_and_failing_gateways() {
        check([
            (
                401,
                top("user_suspended"),
                Kind::Unauthorized,
                Verdict::Reconnect,
            ),
            (
                401,
                top("route_access_denied"),
                Kind::Config,
                Verdict::GiveUp,
            ),
            (
                401,
                top("invalid_select_user"),
                Kind::Config,
                Verdict::GiveUp,
            ),
            (403, top("team_access_denied"), Kind::Config, PROBE),
            (403, top("no_permission"), Kind::Config, PROBE),
            (422, top("invalid_root"), Kind::Protocol, Verdict::Retry),
            (404, String::new(), Kind::Protocol, Verdict::GiveUp),
            (408, String::new(), Kind::Unavailable, Verdict::Retry),
            (413, String::new(), Kind::Protocol, Verdict::Retry),
            (431, String::new(), Kind::Protocol, Verdict::Retry),
            (500, String::new(), Kind::Unavailable, Verdict::Retry),
            (
                503,
                "upstream".to_owned(),
                Kind::Unavailable,
                Verdict::Retry,
            ),
            (504, "<html>".to_owned(), Kind::Unavailable, Verdict::Retry),
            (418, String::new(), Kind::Protocol, Verdict::Retry),
        ]);
    }

    #[test]
    fn a_missing_scope_is_named_with_what_to_do() {
        let body = r#"{"error_summary":"missing_scope/...","error":{".tag":"missing_scope","required_scope":"files.content.write"}}"#;
        let error = failed(401, body);
        assert_eq!(error.verdict(), Verdict::Reconnect);
        assert_eq!(
            error.to_string(),
            "the connection to Dropbox lacks the permission files.content.write (missing_scope). \
             Tick files.content.write on the Permissions tab of the app in the Dropbox App \
             Console, submit, then connect Dropbox again."
        );
    }

    #[test]
    fn a_used_up_plan_fills_the_destination_until_the_month_ends() {
        let body = r#"{"error_summary": "invalid_account_type/feature/.", "error": {".tag": "invalid_account_type", "invalid_account_type": {".tag": "feature"}}, "user_message": {"locale": "en", "text": "…"}}"#;
        let error = failed(403, body);
        assert_eq!((error.kind(), error.verdict()), (Kind::Full, PROBE));
        assert!(error.to_string().contains("1st of the month"));
    }

    #[test]
    fn a_full_dropbox_says_so_in_a_sentence() {
        let body = r#"{"error_summary": "path/insufficient_space/", "error": {".tag": "path", "reason": {".tag": "insufficient_space"}}}"#;
        assert_eq!(
            failed(409, body).to_string(),
            "the Dropbox is full (path/insufficient_space). Free some space or enlarge the plan; \
             nothing is lost meanwhile."
        );
    }

    #[test]
    fn an_access_token_is_renewed_before_the_connection_counts_as_broken() {
        for body in [
            r#"{"error_summary":"expired_access_token/.","error":{".tag":"expired_access_token"}}"#,
            r#"{"error_summary":"invalid_access_token/..","error":{".tag":"invalid_access_token"}}"#,
            "",
        ] {
            let judged = judge(401, body);
            let Judgement::Refresh(error) = judged else {
                panic!("{body}: {judged:?}")
            };
            assert_eq!(error.verdict(), Verdict::Reconnect);
        }
    }

    #[test]
    fn a_rate_limit_brakes_every_call_of_the_link_in_either_spelling() {
        let json = r#"{"error_summary": "too_many_requests/...", "error": {"reason": {".tag": "too_many_requests"}, "retry_after": 15}}"#;
        for (body, said) in [(json, Some(15)), ("too_many_requests", None), ("", None)] {
            let judged = judge(429, body);
            let Judgement::Throttle { error, brake, wait } = judged else {
                panic!("{body}: {judged:?}")
            };
            assert_eq!((error.kind(), brake), (Kind::Throttled, Brake::Group));
            assert_eq!(wait, said.map(Duration::from_secs));
        }
    }

    #[test]
    fn a_busy_namespace_is_no_rate_limit_although_it_has_the_same_status() {
        let body = r#"{"error_summary": "too_many_write_operations/.", "error": {"reason": {".tag": "too_many_write_operations"}}}"#;
        let error = failed(429, body);
        assert_eq!(error.code(), Some("too_many_write_operations"));
    }

    #[test]
    fn plain_400_is_a_bad_path_an_unknown_function_or_our_own_fault() {
        for (body, kind, code) in [
            (
                r#"Error in call to API function "files/upload": HTTP header "Dropbox-API-Arg": could not decode input as JSON"#,
                Kind::Protocol,
                BAD_REQUEST,
            ),
            (
                r#"Error in call to API function "files/get_metadata": request body: path: 'x' did not match pattern"#,
                Kind::PathRefused,
                BAD_REQUEST,
            ),
            (
                r#"Unknown API function: "files/upload_session/append_batch""#,
                Kind::Protocol,
                UNKNOWN_FUNCTION,
            ),
        ] {
            let error = failed(400, body);
            assert_eq!((error.kind(), error.code()), (kind, Some(code)), "{body}");
            assert!(!error.to_string().contains("'x'"));
        }
    }

    #[test]
    fn the_token_endpoint_speaks_oauth() {
        for (status, word, kind) in [
            (400, "invalid_grant", Kind::Unauthorized),
            (400, "invalid_client", Kind::Config),
            (401, "invalid_client", Kind::Config),
            (400, "redirect_uri_mismatch", Kind::Config),
            (400, "temporarily_unavailable", Kind::Unavailable),
        ] {
            let body = format!(
                r#"{{"error": "{word}", "error_description": "refresh token is malformed"}}"#
            );
            let error = failed(status, &body);
            assert_eq!((error.kind(), error.code()), (kind, Some(word)));
        }
    }
}
