//! A row for every code that RingCentral's documentation names for what an
//! archive asks.

use super::*;

use domain::error::{Kind, Verdict};

/// How a row is judged.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Way {
    Fail(Kind, Verdict),
    Refresh,
    Brake(Brake),
}

fn judged(status: u16, headers: &[(&str, &str)], body: &str) -> (Way, Error) {
    let headers = headers.iter().copied().collect();
    match ApiJudge.judge(status, &headers, body.as_bytes()) {
        Judgement::Fail(error) => (Way::Fail(error.kind(), error.verdict()), error),
        Judgement::Refresh(error) => (Way::Refresh, error),
        Judgement::Throttle { error, brake, .. } => (Way::Brake(brake), error),
    }
}

fn body(code: &str) -> String {
    format!(
        r#"{{"errorCode":"X","message":"x","errors":[{{"errorCode":"{code}","message":"x"}}]}}"#
    )
}

const QUESTION: Way = Way::Fail(Kind::Protocol, Verdict::GiveUp);
const GONE: Way = Way::Fail(Kind::Gone, Verdict::GiveUp);
const FORBIDDEN: Way = Way::Fail(Kind::Forbidden, Verdict::GiveUp);
const UNAVAILABLE: Way = Way::Fail(Kind::Unavailable, Verdict::Retry);
const RECONNECT: Way = Way::Fail(Kind::Unauthorized, Verdict::Reconnect);

const TABLE: [(u16, &str, Way); 71] = [
    (400, "CMN-101", QUESTION),
    (403, "CMN-101", QUESTION),
    (404, "CMN-102", GONE),
    (400, "CMN-102", GONE),
    (400, "CMN-103", QUESTION),
    (400, "CMN-104", QUESTION),
    (400, "CMN-105", QUESTION),
    (400, "CMN-106", QUESTION),
    (416, "CMN-107", Way::Fail(Kind::Incomplete, Verdict::Retry)),
    (400, "CMN-108", QUESTION),
    (403, "CMN-109", FORBIDDEN),
    (400, "CMN-110", QUESTION),
    (404, "CMN-120", QUESTION),
    (500, "CMN-201", UNAVAILABLE),
    (503, "CMN-201", UNAVAILABLE),
    (501, "CMN-202", QUESTION),
    (500, "CMN-203", UNAVAILABLE),
    (503, "CMN-203", UNAVAILABLE),
    (429, "CMN-301", Way::Brake(Brake::Group)),
    (429, "CMN-302", Way::Brake(Brake::Host)),
    (429, "CMN-303", Way::Brake(Brake::Group)),
    (429, "CMN-304", Way::Brake(Brake::Group)),
    (429, "CMN-310", Way::Brake(Brake::Host)),
    (429, "MSG-305", Way::Brake(Brake::Group)),
    (403, "CMN-401", FORBIDDEN),
    (403, "CMN-402", FORBIDDEN),
    (403, "CMN-403", FORBIDDEN),
    (403, "CMN-404", FORBIDDEN),
    (401, "CMN-405", RECONNECT),
    (400, "CMN-406", QUESTION),
    (400, "CMN-407", QUESTION),
    (403, "CMN-408", FORBIDDEN),
    (403, "CMN-419", FORBIDDEN),
    (401, "OAU-127", RECONNECT),
    (401, "OAU-128", Way::Refresh),
    (401, "OAU-129", Way::Refresh),
    (401, "OAU-134", Way::Refresh),
    (401, "OAU-136", RECONNECT),
    (401, "OAU-141", RECONNECT),
    (401, "OAU-142", RECONNECT),
    (401, "OAU-149", Way::Refresh),
    (401, "OAU-151", RECONNECT),
    (401, "OAU-165", RECONNECT),
    (401, "OAU-213", Way::Refresh),
    (400, "OAU-232", RECONNECT),
    (400, "OAU-236", RECONNECT),
    (401, "AGW-401", Way::Refresh),
    (401, "AGW-402", Way::Refresh),
    (400, "CLG-101", QUESTION),
    (400, "CLG-102", QUESTION),
    (400, "CLG-103", QUESTION),
    (400, "CLG-104", QUESTION),
    (400, "CLG-105", QUESTION),
    (400, "CLG-110", QUESTION),
    (400, "MSG-333", QUESTION),
    (400, "MSG-368", Way::Fail(Kind::NotReady, Verdict::Retry)),
    (403, "MSG-368", Way::Fail(Kind::NotReady, Verdict::Retry)),
    (400, "MSG-390", QUESTION),
    (400, "EXT-356", QUESTION),
    (403, "SUB-402", FORBIDDEN),
    (403, "SUB-405", FORBIDDEN),
    (403, "SUB-406", FORBIDDEN),
    (400, "SUB-505", QUESTION),
    (400, "SUB-508", QUESTION),
    (400, "SUB-516", QUESTION),
    (400, "SUB-520", QUESTION),
    (400, "SUB-521", QUESTION),
    (400, "SUB-523", QUESTION),
    (400, "SUB-525", QUESTION),
    (400, "SUB-527", QUESTION),
    (403, "ACT-340", FORBIDDEN),
];

#[test]
fn every_documented_code_has_its_verdict() {
    for (status, code, way) in TABLE {
        let (judged, error) = judged(status, &[], &body(code));
        assert_eq!(judged, way, "{status} {code}");
        assert_eq!(error.code(), Some(code));
        if error.kind() == Kind::Forbidden {
            assert!(error.how_to_mend().is_some(), "{code} names no way out");
        }
    }
}

#[test]
fn without_a_code_the_status_decides() {
    let limited = [("X-Rate-Limit-Group", "heavy"), ("Retry-After", "60")];
    for (status, headers, way) in [
        (400, &[][..], QUESTION),
        (401, &[], Way::Refresh),
        (403, &[], FORBIDDEN),
        (404, &[], Way::Fail(Kind::Protocol, Verdict::Retry)),
        (405, &[], QUESTION),
        (408, &[], UNAVAILABLE),
        (410, &[], GONE),
        (415, &[], QUESTION),
        (416, &[], Way::Fail(Kind::Incomplete, Verdict::Retry)),
        (429, &limited, Way::Brake(Brake::Group)),
        (429, &[("Retry-After", "30")], Way::Brake(Brake::Host)),
        (500, &[], UNAVAILABLE),
        (501, &[], QUESTION),
        (502, &[], UNAVAILABLE),
        (503, &[("Retry-After", "5")], UNAVAILABLE),
        (504, &[], UNAVAILABLE),
        (302, &[], Way::Fail(Kind::Protocol, Verdict::Retry)),
    ] {
        for body in [
            "",
            "<html>Bad Gateway</html>",
            r#"{"errorCode":"TokenInvalid"}"#,
            "{",
        ] {
            assert_eq!(judged(status, headers, body).0, way, "{status} {body}");
        }
    }
}

#[test]
fn a_missing_permission_is_named_together_with_the_way_to_get_it() {
    for (code, named, words) in [
        (
            "CMN-401",
            "ReadCallRecording",
            ["app", "developers.ringcentral.com"],
        ),
        ("CMN-408", "ReadCompanyCallLog", ["user", "Users > Roles"]),
        ("CMN-419", "ReadMessages", ["own extension", "Super Admin"]),
    ] {
        let body = format!(
            r#"{{"errors":[{{"errorCode":"{code}","message":"x","permissionName":"{named}"}}]}}"#
        );
        let told = judged(403, &[], &body).1.to_string();
        assert!(
            told.contains(&format!("[{named}]")) && told.contains(code),
            "{told}"
        );
        assert!(words.iter().all(|word| told.contains(word)), "{told}");
    }
}

#[test]
fn the_answers_own_words_do_not_get_into_the_error() {
    let body =
        r#"{"errors":[{"errorCode":"CMN-101","message":"Parameter [+16505550100] is bad"}]}"#;
    let told = judged(400, &[], body).1.to_string();
    assert!(!told.contains("6505550100"), "{told}");
}
