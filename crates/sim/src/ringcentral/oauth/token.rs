//! `POST /restapi/oauth/token` and `/revoke`: three grants, two ways for an
//! application to say who it is, and the errors of both worlds in one body.

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use serde_json::json;
use sha2::{Digest, Sha256};

use crate::ringcentral::ask::Knock;
use crate::ringcentral::params::Params;
use crate::ringcentral::reply::Reply;
use crate::ringcentral::{Group, held, serve};

use super::jwt::{self, Claim};
use super::sessions::{Lives, Pair, Viewer};

/// Access token lives that the server grants (spec, `BaseTokenRequest`).
const ACCESS_TTL: std::ops::RangeInclusive<u32> = 600..=3_600;

/// A refusal: OAuth's word, RingCentral's code, and a sentence.
#[derive(Clone, Copy, Debug)]
struct Refusal(&'static str, &'static str, &'static str);

const UNKNOWN_CLIENT: Refusal = Refusal(
    "invalid_client",
    "OAU-108",
    "Unknown client or client authentication failed",
);
const NO_TOKEN: Refusal = Refusal("invalid_grant", "OAU-213", "Token not found");
const BAD_CODE: Refusal = Refusal(
    "invalid_grant",
    "OAU-110",
    "Authorization code is invalid or expired",
);
const BAD_REDIRECT: Refusal = Refusal("invalid_grant", "OAU-109", "Redirect URIs do not match");
const BAD_VERIFIER: Refusal = Refusal(
    "invalid_grant",
    "OAU-110",
    "PKCE code verifier does not match",
);
const BAD_JWT: Refusal = Refusal("invalid_grant", "OAU-148", "JWT assertion is invalid");
const OLD_JWT: Refusal = Refusal("invalid_grant", "OAU-146", "JWT assertion has expired");
const NO_GRANT: Refusal = Refusal(
    "unsupported_grant_type",
    "OAU-106",
    "Unsupported grant type",
);
const NO_EXTENSION: Refusal = Refusal(
    "invalid_grant",
    "OAU-136",
    "Extension is not found or its state does not allow to log in",
);

impl Refusal {
    fn reply(self) -> Reply {
        let Self(error, code, message) = self;
        let errors = json!([{ "errorCode": code, "message": message }]);
        Reply::json(
            400,
            json!({ "error": error, "error_description": message, "errors": errors }),
        )
    }
}

/// `POST /restapi/oauth/token`.
pub(crate) fn token(knock: &Knock<'_>) -> Reply {
    let form = knock.form();
    let is_form = knock
        .header("content-type")
        .is_some_and(|t| t.starts_with("application/x-www-form-urlencoded"));
    if !is_form {
        return Reply::empty(415);
    }
    let client = match client(knock, &form) {
        Ok(client) => client,
        Err(refusal) => return refusal.reply(),
    };
    // The limit is per user and application; who the user is follows from the
    // grant, so a refused grant counts against the application alone.
    let (user, granted) = match grant(knock, &form, &client) {
        Ok(grant) => (grant.user(knock), Ok(grant)),
        Err(refusal) => (String::new(), Err(refusal)),
    };
    let headers = match serve::limited(knock.inner, &user, &client, Group::Auth, knock.now_ms) {
        Ok(headers) => headers,
        Err(refusal) => return *refusal,
    };
    let mut reply = match granted.and_then(|grant| grant.redeem(knock, &form, &client)) {
        Ok(pair) => answer(knock, &form, pair),
        Err(refusal) => refusal.reply(),
    };
    reply.headers.extend(headers);
    let options = knock.inner.options();
    let faults = knock.inner.faults.plan(&options.faults);
    faults.deliver_tokens(reply, knock.now_ms)
}

/// `POST /restapi/oauth/revoke`.
pub(crate) fn revoke(knock: &Knock<'_>) -> Reply {
    let form = knock.form();
    if let Err(refusal) = client(knock, &form) {
        return refusal.reply();
    }
    match form.get("token") {
        Some(token) => {
            held(&knock.inner.sessions).revoke(token, knock.now_ms);
            Reply::empty(200)
        }
        None => Refusal("invalid_request", "OAU-101", "Parameter [token] is missing").reply(),
    }
}

/// The application: confidential by Basic authentication, public by its id in
/// the body.
fn client(knock: &Knock<'_>, form: &Params) -> Result<String, Refusal> {
    let options = knock.inner.options();
    if let Some(header) = knock.header("authorization") {
        let expected = STANDARD.encode(format!("{}:{}", options.client_id, options.client_secret));
        let given = header.strip_prefix("Basic ").unwrap_or_default();
        return if given == expected {
            Ok(options.client_id.clone())
        } else {
            Err(UNKNOWN_CLIENT)
        };
    }
    match form.get("client_id") {
        Some(id) if options.public_clients.iter().any(|public| public == id) => Ok(id.to_owned()),
        _ => Err(UNKNOWN_CLIENT),
    }
}

/// A grant whose owner is known but which has not been redeemed.
enum Grant {
    Code(super::sessions::Code),
    Jwt(u16),
    Refresh(String),
}

fn grant(knock: &Knock<'_>, form: &Params, client: &str) -> Result<Grant, Refusal> {
    let inner = knock.inner;
    match form.get("grant_type") {
        Some("authorization_code") => {
            let code = held(&inner.sessions).spend(form.get("code").unwrap_or_default());
            let code =
                code.filter(|code| code.expires_ms > knock.now_ms && code.viewer.client == client);
            Ok(Grant::Code(code.ok_or(BAD_CODE)?))
        }
        Some("refresh_token") => Ok(Grant::Refresh(
            form.get("refresh_token").ok_or(NO_TOKEN)?.to_owned(),
        )),
        Some("urn:ietf:params:oauth:grant-type:jwt-bearer") => {
            match jwt::judge(
                inner.dice,
                form.get("assertion").unwrap_or_default(),
                knock.now_ms,
            ) {
                Claim::Forged => Err(BAD_JWT),
                Claim::Expired => Err(OLD_JWT),
                Claim::Good(id) => inner
                    .world
                    .extension_with_id(&id)
                    .map(Grant::Jwt)
                    .ok_or(NO_EXTENSION),
            }
        }
        _ => Err(NO_GRANT),
    }
}

impl Grant {
    /// Id of the user whose limit the request counts against.
    fn user(&self, knock: &Knock<'_>) -> String {
        match self {
            Self::Code(code) => knock.inner.world.extension(code.viewer.user).id.to_string(),
            Self::Jwt(user) => knock.inner.world.extension(*user).id.to_string(),
            Self::Refresh(token) => token.clone(),
        }
    }

    fn redeem(self, knock: &Knock<'_>, form: &Params, client: &str) -> Result<Pair, Refusal> {
        let (inner, now_ms) = (knock.inner, knock.now_ms);
        let viewer = match self {
            Self::Refresh(token) => {
                return held(&inner.sessions)
                    .refresh(&token, client, &inner.options(), now_ms)
                    .ok_or(NO_TOKEN);
            }
            Self::Code(code) => {
                if form.get("redirect_uri") != Some(code.redirect_uri.as_str()) {
                    return Err(BAD_REDIRECT);
                }
                let verifier = form.get("code_verifier").unwrap_or_default();
                let proven = code
                    .challenge
                    .as_ref()
                    .is_none_or(|(method, challenge)| match method.as_str() {
                        "S256" => URL_SAFE_NO_PAD.encode(Sha256::digest(verifier)) == *challenge,
                        _ => verifier == challenge,
                    });
                proven.then_some(code.viewer).ok_or(BAD_VERIFIER)?
            }
            Self::Jwt(user) => Viewer {
                user,
                client: client.to_owned(),
            },
        };
        if !inner.world.extension(viewer.user).enabled {
            return Err(NO_EXTENSION);
        }
        Ok(held(&inner.sessions).open(viewer, lives(knock, form), &inner.options(), now_ms))
    }
}

/// Requested lives; what is out of range is clamped, not refused.
fn lives(knock: &Knock<'_>, form: &Params) -> Lives {
    let asked = |name: &str| form.get(name).and_then(|value| value.parse::<u32>().ok());
    let longest = knock.inner.options().refresh_token_ttl_s;
    Lives {
        access_s: asked("access_token_ttl")
            .unwrap_or(u32::MAX)
            .clamp(*ACCESS_TTL.start(), *ACCESS_TTL.end()),
        refresh_s: asked("refresh_token_ttl").unwrap_or(longest).min(longest),
    }
}

fn answer(knock: &Knock<'_>, form: &Params, pair: Pair) -> Reply {
    let owner = knock.inner.world.extension(pair.viewer.user).id.to_string();
    let mut body = json!({
        "access_token": pair.access,
        "token_type": "bearer",
        "expires_in": pair.access_expires_s,
        "scope": knock.inner.options().scopes.join(" "),
        "owner_id": owner,
        "endpoint_id": form.get("endpoint_id").unwrap_or("8zXq6oaLT7WvwWITlGiA1A"),
    });
    if let Some((token, expires_s)) = pair.refresh {
        body["refresh_token"] = json!(token);
        body["refresh_token_expires_in"] = json!(expires_s);
    }
    Reply::json(200, body).with("cache-control", "no-store")
}
