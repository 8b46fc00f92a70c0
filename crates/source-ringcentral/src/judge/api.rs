//! What the API's failing answers mean (RingCentral developer guide, errors;
//! OpenAPI, error codes). `tests` below holds a row for every code.

use std::time::Duration;

use domain::error::{Error, Kind, Verdict};
use outbound::{Brake, Headers, Judge, Judgement};

use super::refusal::Refusal;

/// Judges everything but the token endpoint.
pub(crate) struct ApiJudge;

/// A registration without limits will not get some by asking again soon.
const LIMITS_UNDEFINED: Duration = Duration::from_mins(10);

/// A duplicate of a request under way: it only needs its twin to be finished.
const TWIN_FINISHES: Duration = Duration::from_secs(2);

const CONNECT_AGAIN: &str =
    "Connect RingCentral again on the GENERAL page; nothing is lost until then.";

impl Judge for ApiJudge {
    fn judge(&self, status: u16, headers: &Headers, body: &[u8]) -> Judgement {
        let refusal = Refusal::read(body);
        let code = refusal
            .code
            .clone()
            .unwrap_or_else(|| format!("HTTP {status}"));
        let request = headers.get("rcrequestid");
        tracing::debug!(status, code, request, "RingCentral refused");
        let judgement = match refusal.code.as_deref() {
            // Our own mistake under every status they come with.
            Some("CMN-101" | "CMN-120" | "CMN-406") => None,
            Some(known) => by_code(known, &refusal).or_else(|| by_status(status, headers)),
            None => by_status(status, headers),
        };
        coded(
            judgement.unwrap_or_else(|| Judgement::Fail(question(status))),
            &code,
        )
    }
}

fn coded(judgement: Judgement, code: &str) -> Judgement {
    match judgement {
        Judgement::Fail(error) => Judgement::Fail(error.code_is(code)),
        Judgement::Refresh(error) => Judgement::Refresh(error.code_is(code)),
        Judgement::Throttle { error, brake, wait } => Judgement::Throttle {
            error: error.code_is(code),
            brake,
            wait,
        },
    }
}

/// The codes that mean the same under any status.
fn by_code(code: &str, refusal: &Refusal) -> Option<Judgement> {
    Some(match code {
        "CMN-102" => Judgement::Fail(gone()),
        "MSG-368" => Judgement::Fail(not_ready()),
        "CMN-107" => Judgement::Fail(Error::new(
            Kind::Incomplete,
            "RingCentral cannot go on in the middle of the file",
        )),
        "CMN-201" | "CMN-203" => Judgement::Fail(unavailable()),
        "CMN-301" | "MSG-305" => throttle(Brake::Group, None),
        "CMN-302" | "CMN-310" => throttle(Brake::Host, None),
        "CMN-303" => undefined_limits(),
        "CMN-304" => throttle(Brake::Group, Some(TWIN_FINISHES)),
        "OAU-128" | "OAU-129" | "OAU-134" | "OAU-149" | "OAU-213" | "AGW-401" | "AGW-402" => {
            Judgement::Refresh(unauthorized())
        }
        "CMN-405" | "OAU-127" | "OAU-151" | "OAU-165" => Judgement::Fail(unauthorized()),
        "OAU-136" | "OAU-141" | "OAU-142" | "OAU-232" | "OAU-236" => {
            Judgement::Fail(not_in_this_state())
        }
        _ => Judgement::Fail(forbidden(code, refusal)?),
    })
}

/// Where the code says nothing, or there is none.
fn by_status(status: u16, headers: &Headers) -> Option<Judgement> {
    Some(match status {
        401 => Judgement::Refresh(unauthorized()),
        403 => Judgement::Fail(
            Error::new(
                Kind::Forbidden,
                "RingCentral refuses this without a reason we know",
            )
            .remedy("Look at the user's role in the RingCentral Admin Portal (Users > Roles)."),
        ),
        // Without RingCentral's own code this may be any gateway's page: no
        // proof that the thing is gone.
        404 => Judgement::Fail(Error::new(
            Kind::Protocol,
            "RingCentral knows no such address",
        )),
        410 => Judgement::Fail(gone()),
        416 => return by_code("CMN-107", &Refusal::default()),
        // A limit of the user's own group always names the group.
        429 if headers.has("x-rate-limit-group") => throttle(Brake::Group, None),
        429 => throttle(Brake::Host, None),
        501 => return None,
        408 | 425 | 500.. => Judgement::Fail(unavailable()),
        300..=399 => Judgement::Fail(Error::new(
            Kind::Protocol,
            "RingCentral redirects to where it should not",
        )),
        _ => return None,
    })
}

/// Everything that says no to this user, this app or this account.
fn forbidden(code: &str, refusal: &Refusal) -> Option<Error> {
    let named = refusal.permission.as_deref();
    let it = named.map_or_else(String::new, |name| format!(" [{name}]"));
    let (what, remedy) = match code {
        "CMN-401" => (
            format!("the RingCentral app lacks the permission{it}"),
            format!(
                "Add the scope{it} to the app at developers.ringcentral.com, then connect again."
            ),
        ),
        "CMN-408" => (
            format!("the RingCentral user lacks the permission{it}"),
            format!(
                "In the RingCentral Admin Portal, go to Users > Roles and give the user's role \
                 the permission{it}."
            ),
        ),
        "CMN-419" => (
            format!("the user's permission{it} reaches only their own extension"),
            "Let the owner of the extension connect it, or connect as a Super Admin.".to_owned(),
        ),
        "CMN-402" => (
            "RingCentral shows this to administrators only".to_owned(),
            "Connect as an administrator, or back up one extension only.".to_owned(),
        ),
        "CMN-403" => (
            "RingCentral does not have this for this type of extension".to_owned(),
            "Nothing needs to be done: there is nothing to archive here.".to_owned(),
        ),
        "CMN-404" => (
            "RingCentral does not show this user another extension".to_owned(),
            "Let the owner of the extension connect it, or connect as a Super Admin.".to_owned(),
        ),
        "CMN-109" => (
            "the RingCentral account does not have this feature".to_owned(),
            "Untick the data type, or add the feature to the RingCentral plan.".to_owned(),
        ),
        "ACT-340" => (
            "RingCentral keeps this from accounts under HIPAA rules".to_owned(),
            "Ask RingCentral's support what a HIPAA account may export.".to_owned(),
        ),
        _ => return None,
    };
    Some(Error::new(Kind::Forbidden, what).remedy(remedy))
}

fn throttle(brake: Brake, wait: Option<Duration>) -> Judgement {
    let error = Error::new(Kind::Throttled, "RingCentral's rate limit is used up");
    Judgement::Throttle { error, brake, wait }
}

fn undefined_limits() -> Judgement {
    let what = "RingCentral has no rate limits on record for the app and refuses every request";
    let remedy = "Ask RingCentral's developer support to set the usage plan of the app.";
    tracing::warn!("{what}");
    Judgement::Throttle {
        error: Error::new(Kind::Throttled, what).remedy(remedy),
        brake: Brake::Group,
        wait: Some(LIMITS_UNDEFINED),
    }
}

fn gone() -> Error {
    Error::new(Kind::Gone, "RingCentral does not have it (any more)")
}

fn not_ready() -> Error {
    Error::new(Kind::NotReady, "RingCentral is still processing the fax")
}

fn unavailable() -> Error {
    Error::new(
        Kind::Unavailable,
        "RingCentral is out of order for the moment",
    )
}

fn unauthorized() -> Error {
    Error::new(
        Kind::Unauthorized,
        "RingCentral does not accept the sign-in",
    )
    .remedy(CONNECT_AGAIN)
}

fn not_in_this_state() -> Error {
    Error::new(
        Kind::Unauthorized,
        "the RingCentral user who connected is gone, disabled, or their account is suspended",
    )
    .remedy("Connect as another user, or ask the administrator to enable this one.")
}

/// What remains: our own question was wrong, and repeating it changes nothing.
fn question(status: u16) -> Error {
    let what = format!("RingCentral does not understand the request (HTTP {status})");
    Error::new(Kind::Protocol, what).verdict_is(Verdict::GiveUp)
}

#[cfg(test)]
#[path = "api_tests.rs"]
mod tests;
