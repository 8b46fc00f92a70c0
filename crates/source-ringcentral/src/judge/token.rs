//! What the token endpoint's failing answers mean (RingCentral developer guide,
//! OAuth token errors; RFC 6749 5.2). A refusal is never repeated: hammering
//! prolongs a lock-out.

use domain::error::{Error, Kind};
use outbound::{Brake, Headers, Judge, Judgement};

use super::refusal::Refusal;

/// Judges sign-in, refresh and revocation.
pub(crate) struct TokenJudge;

impl Judge for TokenJudge {
    fn judge(&self, status: u16, _headers: &Headers, body: &[u8]) -> Judgement {
        let refusal = Refusal::read(body);
        let code = match (&refusal.code, &refusal.oauth) {
            (Some(code), _) | (None, Some(code)) => code.clone(),
            (None, None) => format!("HTTP {status}"),
        };
        tracing::debug!(status, code, "RingCentral's token endpoint refused");
        if status == 429 {
            let what = "RingCentral limits sign-ins for the moment";
            let error = Error::new(Kind::Throttled, what).code_is(code);
            let (brake, wait) = (Brake::Group, None);
            return Judgement::Throttle { error, brake, wait };
        }
        let by_word = refusal
            .oauth
            .as_deref()
            .and_then(|word| by_word(word, &refusal));
        let by_code = || refusal.code.as_deref().and_then(by_code);
        let error = by_word
            .or_else(by_code)
            .unwrap_or_else(|| by_status(status));
        Judgement::Fail(error.code_is(code))
    }
}

/// OAuth's words are a standard, and go before the codes.
fn by_word(word: &str, refusal: &Refusal) -> Option<Error> {
    Some(match word {
        "invalid_grant" | "expired_token" | "access_denied" => refusal
            .code
            .as_deref()
            .and_then(of_grant)
            .unwrap_or_else(dead),
        "invalid_client" => client(),
        "unauthorized_client" | "unsupported_grant_type" => grant_type(),
        "server_error" | "temporarily_unavailable" => unavailable(),
        _ => return None,
    })
}

fn by_code(code: &str) -> Option<Error> {
    Some(match code {
        "OAU-106" | "OAU-108" | "OAU-110" | "OAU-140" | "OAU-213" => dead(),
        "OAU-120" | "OAU-121" | "OAU-123" | "OAU-127" | "OAU-134" | "OAU-146" => client(),
        "OAU-112" | "OAU-125" | "OAU-151" => grant_type(),
        "CMN-201" | "CMN-203" => unavailable(),
        _ => return of_grant(code),
    })
}

/// Why a grant is refused, where the code knows it better.
fn of_grant(code: &str) -> Option<Error> {
    Some(match code {
        "OAU-109" | "OAU-113" => redirect(),
        "OAU-147" | "OAU-148" => locked(),
        "OAU-101" | "OAU-105" | "OAU-119" | "OAU-136" | "OAU-141" | "OAU-142" | "OAU-232"
        | "OAU-236" => state(),
        _ => return None,
    })
}

fn by_status(status: u16) -> Error {
    match status {
        401 => client(),
        // A 403 without any word may be a firewall's: no proof of anything.
        400 => dead(),
        408 | 500.. => unavailable(),
        _ => Error::new(
            Kind::Protocol,
            "RingCentral's token endpoint answers something unexpected",
        ),
    }
}

fn dead() -> Error {
    Error::new(
        Kind::Unauthorized,
        "RingCentral no longer accepts the sign-in (expired, revoked or already used)",
    )
    .remedy(
        "Connect RingCentral again on the GENERAL page; head-less, make a new JWT credential at \
         developers.ringcentral.com and set RINGCENTRAL_JWT.",
    )
}

fn locked() -> Error {
    Error::new(
        Kind::Unauthorized,
        "RingCentral has locked the user out after too many failed sign-ins",
    )
    .remedy("Wait until RingCentral unlocks the user, then connect again.")
}

fn state() -> Error {
    Error::new(
        Kind::Unauthorized,
        "the RingCentral user may not sign in (disabled, gone, or of the wrong type)",
    )
    .remedy("Connect as another user, or ask the administrator to enable this one.")
}

fn client() -> Error {
    Error::new(
        Kind::Config,
        "RingCentral does not know the app's client id and secret",
    )
    .remedy("Check RINGCENTRAL_CLIENT_ID and RINGCENTRAL_CLIENT_SECRET.")
}

fn grant_type() -> Error {
    Error::new(
        Kind::Config,
        "the RingCentral app is not registered for this way of signing in",
    )
    .remedy(
        "At developers.ringcentral.com, tick JWT and/or authorization code with refresh tokens \
         in the app's settings.",
    )
}

fn redirect() -> Error {
    Error::new(
        Kind::Config,
        "the redirect address is not registered with the RingCentral app",
    )
    .remedy(
        "At developers.ringcentral.com, add the address that ARCHIVER_PUBLIC_URL leads to, \
         exactly, to the app's redirect URIs.",
    )
}

fn unavailable() -> Error {
    Error::new(
        Kind::Unavailable,
        "RingCentral's sign-in is out of order for the moment",
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn judged(status: u16, body: &str) -> Kind {
        match TokenJudge.judge(status, &Headers::default(), body.as_bytes()) {
            Judgement::Fail(error) | Judgement::Throttle { error, .. } => {
                let mendable = matches!(error.kind(), Kind::Unauthorized | Kind::Config);
                assert_eq!(mendable, error.how_to_mend().is_some());
                error.kind()
            }
            Judgement::Refresh(_) => unreachable!("the token endpoint is asked without a token"),
        }
    }

    #[test]
    fn every_documented_code_has_its_verdict() {
        for (status, code, kind) in [
            (403, "OAU-101", Kind::Unauthorized),
            (403, "OAU-105", Kind::Unauthorized),
            (403, "OAU-106", Kind::Unauthorized),
            (403, "OAU-108", Kind::Unauthorized),
            (400, "OAU-109", Kind::Config),
            (403, "OAU-110", Kind::Unauthorized),
            (403, "OAU-112", Kind::Config),
            (403, "OAU-113", Kind::Config),
            (403, "OAU-119", Kind::Unauthorized),
            (401, "OAU-120", Kind::Config),
            (401, "OAU-121", Kind::Config),
            (401, "OAU-123", Kind::Config),
            (401, "OAU-125", Kind::Config),
            (401, "OAU-127", Kind::Config),
            (401, "OAU-134", Kind::Config),
            (401, "OAU-136", Kind::Unauthorized),
            (401, "OAU-140", Kind::Unauthorized),
            (401, "OAU-141", Kind::Unauthorized),
            (401, "OAU-142", Kind::Unauthorized),
            (401, "OAU-146", Kind::Config),
            (400, "OAU-147", Kind::Unauthorized),
            (400, "OAU-148", Kind::Unauthorized),
            (401, "OAU-151", Kind::Config),
            (400, "OAU-213", Kind::Unauthorized),
            (400, "OAU-232", Kind::Unauthorized),
            (400, "OAU-236", Kind::Unauthorized),
            (500, "CMN-203", Kind::Unavailable),
            (429, "CMN-301", Kind::Throttled),
        ] {
            let body = format!(r#"{{"errors":[{{"errorCode":"{code}"}}]}}"#);
            assert_eq!(judged(status, &body), kind, "{status} {code}");
        }
    }

    #[test]
    fn oauths_words_and_bare_statuses_have_one_too() {
        for (status, body, kind) in [
            (400, r#"{"error":"invalid_grant"}"#, Kind::Unauthorized),
            (400, r#"{"error":"expired_token"}"#, Kind::Unauthorized),
            (400, r#"{"error":"invalid_client"}"#, Kind::Config),
            (400, r#"{"error":"unauthorized_client"}"#, Kind::Config),
            (400, r#"{"error":"unsupported_grant_type"}"#, Kind::Config),
            (
                400,
                r#"{"error":"temporarily_unavailable"}"#,
                Kind::Unavailable,
            ),
            (
                400,
                r#"{"error":"invalid_grant","errorCode":"OAU-109"}"#,
                Kind::Config,
            ),
            (
                400,
                r#"{"error":"invalid_grant","errorCode":"OAU-146"}"#,
                Kind::Unauthorized,
            ),
            (
                400,
                r#"{"error":"invalid_client","errorCode":"OAU-108"}"#,
                Kind::Config,
            ),
            (
                400,
                r#"{"error":"invalid_request","errorCode":"OAU-213"}"#,
                Kind::Unauthorized,
            ),
            (400, "", Kind::Unauthorized),
            (401, "<html>", Kind::Config),
            (403, "<html>", Kind::Protocol),
            (408, "", Kind::Unavailable),
            (429, "slow down", Kind::Throttled),
            (500, "", Kind::Unavailable),
            (503, "", Kind::Unavailable),
            (418, "", Kind::Protocol),
        ] {
            assert_eq!(judged(status, body), kind, "{status} {body}");
        }
    }
}
