//! Who may call: authorization codes, refresh tokens, access tokens, and what
//! ends each. Knows the rules, not the HTTP around them.

use std::collections::{BTreeSet, HashMap, HashSet};

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use super::error::{Failure, tag, tag_with};
use super::limiter::milliseconds;
use super::mint::Mint;
use super::options::Options;

type Scopes = BTreeSet<String>;

/// The grant of the options' own refresh token.
const SEEDED: u64 = 0;

/// What was granted and what was ended. Tokens carry their own claims, signed:
/// they outlive a restart of the simulator, as the live service's do.
#[derive(Default)]
pub(super) struct Grants {
    codes: HashMap<String, Code>,
    revoked: HashSet<u64>,
    /// How often the user has disconnected the app altogether.
    epoch: u32,
}

/// What a token says.
#[derive(Clone, Debug, Serialize, Deserialize)]
struct Claims {
    /// One user's consent: what the docs call a link.
    grant: u64,
    /// The [`Grants::epoch`] of the consent.
    epoch: u32,
    scopes: Scopes,
    /// A refresh token that goes without the app's secret (PKCE).
    #[serde(default)]
    secretless: bool,
    /// An access token's end; `None` in refresh tokens.
    expires_ms: Option<i64>,
}

impl Claims {
    fn sign(&self, options: &Options) -> String {
        let claims = URL_SAFE_NO_PAD.encode(serde_json::to_vec(self).unwrap_or_default());
        let signature = signature(&claims, options);
        format!("{claims}.{signature}")
    }

    fn verify(token: &str, options: &Options) -> Option<Self> {
        let (claims, signed) = token.rsplit_once('.')?;
        if signature(claims, options) != signed {
            return None;
        }
        serde_json::from_slice(&URL_SAFE_NO_PAD.decode(claims).ok()?).ok()
    }
}

/// Enough against confusion; nobody attacks a simulator.
fn signature(claims: &str, options: &Options) -> String {
    let text = format!("{claims}/{}/{}", options.account_id, options.app_secret);
    URL_SAFE_NO_PAD.encode(Sha256::digest(text))
}

/// A code that a consent page gave out.
#[derive(Clone, Debug)]
pub(super) struct Code {
    pub(super) scopes: Scopes,
    pub(super) redirect_uri: Option<String>,
    /// PKCE: the S256 challenge.
    pub(super) challenge: Option<String>,
    /// `token_access_type=offline`: a refresh token comes with it.
    pub(super) offline: bool,
    pub(super) expires_ms: i64,
}

/// A valid caller.
#[derive(Clone, Debug)]
pub(super) struct Link {
    /// The number of the grant: requests are limited per link.
    pub(super) id: u64,
    scopes: Scopes,
}

/// An error of the token endpoint: its code and description.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct OauthError(pub(super) &'static str, pub(super) &'static str);

/// The fields of a token request, wherever the client put them.
#[derive(Clone, Debug, Default)]
pub(super) struct TokenRequest {
    pub(super) grant_type: Option<String>,
    pub(super) client_id: Option<String>,
    pub(super) client_secret: Option<String>,
    pub(super) code: Option<String>,
    pub(super) code_verifier: Option<String>,
    pub(super) redirect_uri: Option<String>,
    pub(super) refresh_token: Option<String>,
    pub(super) scope: Option<String>,
}

impl Grants {
    /// Gives out a code.
    pub(super) fn consent(&mut self, code: Code, mint: &Mint) -> String {
        let text = mint.text(43);
        self.codes.insert(text.clone(), code);
        text
    }

    /// The token endpoint.
    pub(super) fn token(
        &mut self,
        request: &TokenRequest,
        options: &Options,
        now_ms: i64,
        mint: &Mint,
    ) -> Result<Value, OauthError> {
        let client = request.client_id.as_deref();
        let secret = request.client_secret.as_deref();
        if client != Some(&options.app_key) || secret.is_some_and(|s| s != options.app_secret) {
            return Err(OauthError(
                "invalid_client",
                "Invalid client_id or client_secret",
            ));
        }
        let proven = secret.is_some();
        match request.grant_type.as_deref() {
            Some("authorization_code") => self.exchange(request, proven, options, now_ms, mint),
            Some("refresh_token") => self.refresh(request, proven, options, now_ms),
            Some(_) => Err(OauthError(
                "unsupported_grant_type",
                "grant_type must be authorization_code or refresh_token",
            )),
            None => Err(OauthError(
                "invalid_request",
                "missing required field \"grant_type\"",
            )),
        }
    }

    fn exchange(
        &mut self,
        request: &TokenRequest,
        proven: bool,
        options: &Options,
        now_ms: i64,
        mint: &Mint,
    ) -> Result<Value, OauthError> {
        let gone = OauthError("invalid_grant", "code doesn't exist or has expired");
        let text = request.code.as_deref().ok_or(OauthError(
            "invalid_request",
            "missing required field \"code\"",
        ))?;
        // A code is good for one try.
        let code = self.codes.remove(text).ok_or(gone.clone())?;
        if now_ms >= code.expires_ms {
            return Err(gone);
        }
        if code.redirect_uri != request.redirect_uri {
            return Err(OauthError("invalid_grant", "redirect_uri mismatch"));
        }
        let verified = match (&code.challenge, &request.code_verifier) {
            (Some(challenge), Some(verifier)) => proves(verifier, challenge),
            (None, None) => proven,
            _ => false,
        };
        if !verified {
            return Err(if code.challenge.is_none() && !proven {
                OauthError("invalid_client", "No client secret and no code verifier")
            } else {
                OauthError("invalid_grant", "invalid code verifier")
            });
        }
        let scopes: Vec<&str> = code.scopes.iter().map(String::as_str).collect();
        let grant = Claims {
            grant: mint.number(),
            epoch: self.epoch,
            scopes: code.scopes.clone(),
            secretless: code.challenge.is_some(),
            expires_ms: None,
        };
        let mut answer = access_token(&grant, grant.scopes.clone(), options, now_ms);
        if code.offline {
            answer["refresh_token"] = Value::from(grant.sign(options));
        }
        answer["scope"] = Value::from(scopes.join(" "));
        answer["uid"] = Value::from(super::account::UID);
        answer["account_id"] = Value::from(options.account_id.as_str());
        Ok(answer)
    }

    /// Refresh tokens neither expire nor rotate, and the answer repeats none.
    fn refresh(
        &self,
        request: &TokenRequest,
        proven: bool,
        options: &Options,
        now_ms: i64,
    ) -> Result<Value, OauthError> {
        let token = request.refresh_token.as_deref().ok_or(OauthError(
            "invalid_request",
            "missing required field \"refresh_token\"",
        ))?;
        let grant = if token == options.refresh_token {
            Some(Claims {
                grant: SEEDED,
                epoch: 0,
                scopes: options.scopes.iter().cloned().collect(),
                secretless: true,
                expires_ms: None,
            })
        } else {
            Claims::verify(token, options).filter(|claims| claims.expires_ms.is_none())
        };
        let grant = grant.filter(|grant| self.lives(grant)).ok_or(OauthError(
            "invalid_grant",
            "refresh token is invalid or revoked",
        ))?;
        if !proven && !grant.secretless {
            return Err(OauthError("invalid_client", "No client secret"));
        }
        let scopes = match request.scope.as_deref() {
            None | Some("") => grant.scopes.clone(),
            Some(asked) => {
                let asked: Scopes = asked.split_whitespace().map(str::to_owned).collect();
                if !asked.is_subset(&grant.scopes) {
                    return Err(OauthError("invalid_scope", "scope was not granted"));
                }
                asked
            }
        };
        Ok(access_token(&grant, scopes, options, now_ms))
    }

    /// Who holds an access token.
    pub(super) fn link(
        &self,
        token: &str,
        now_ms: i64,
        options: &Options,
    ) -> Result<Link, Failure> {
        let invalid = || Failure::Unauthorized(tag("invalid_access_token"));
        let claims = token
            .strip_prefix(PREFIX)
            .and_then(|signed| Claims::verify(signed, options))
            .filter(|claims| self.lives(claims))
            .ok_or_else(invalid)?;
        if now_ms >= claims.expires_ms.ok_or_else(invalid)? {
            return Err(Failure::Unauthorized(tag("expired_access_token")));
        }
        Ok(Link {
            id: claims.grant,
            scopes: claims.scopes,
        })
    }

    /// `auth/token/revoke`: ends the grant with all its tokens.
    pub(super) fn revoke(&mut self, link: u64) {
        self.revoked.insert(link);
    }

    /// Ends every grant made until now.
    pub(super) fn revoke_all(&mut self) {
        self.epoch += 1;
    }

    fn lives(&self, claims: &Claims) -> bool {
        claims.epoch >= self.epoch && !self.revoked.contains(&claims.grant)
    }
}

/// How every access token begins.
const PREFIX: &str = "sl.u.";

/// A token answer; `scopes` may be fewer than the grant's.
fn access_token(grant: &Claims, scopes: Scopes, options: &Options, now_ms: i64) -> Value {
    let life_ms = milliseconds(options.token_life_s);
    let claims = Claims {
        scopes,
        expires_ms: Some(now_ms.saturating_add(life_ms)),
        ..grant.clone()
    };
    json!({
        "access_token": format!("{PREFIX}{}", claims.sign(options)),
        "token_type": "bearer",
        "expires_in": life_ms / 1_000,
    })
}

impl Link {
    /// 401 `missing_scope` when the token lacks a scope.
    pub(super) fn demand(&self, scope: &str) -> Result<(), Failure> {
        if self.scopes.contains(scope) {
            return Ok(());
        }
        let lacking = json!({ "required_scope": scope });
        Err(Failure::Unauthorized(tag_with("missing_scope", lacking)))
    }
}

/// PKCE (RFC 7636): whether a verifier is well formed and hashes to the
/// challenge.
fn proves(verifier: &str, challenge: &str) -> bool {
    (43..=128).contains(&verifier.len())
        && verifier
            .bytes()
            .all(|b| b.is_ascii_alphanumeric() || b"._~-".contains(&b))
        && URL_SAFE_NO_PAD.encode(Sha256::digest(verifier)) == challenge
}
