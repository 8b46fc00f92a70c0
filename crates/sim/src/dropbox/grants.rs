//! Who may call: authorization codes, refresh tokens, access tokens, and what
//! ends each. Knows the rules, not the HTTP around them.

use std::collections::{BTreeSet, HashMap};

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use super::error::{Failure, tag, tag_with};
use super::limiter::milliseconds;
use super::mint::Mint;
use super::options::Options;

type Scopes = BTreeSet<String>;

/// Everything that was ever granted.
pub(super) struct Grants {
    grants: Vec<Grant>,
    by_refresh_token: HashMap<String, usize>,
    access: HashMap<String, Access>,
    codes: HashMap<String, Code>,
}

/// One user's consent: what the docs call a link.
struct Grant {
    scopes: Scopes,
    /// The refresh token goes without the app's secret (PKCE).
    secretless: bool,
    revoked: bool,
}

struct Access {
    grant: usize,
    scopes: Scopes,
    expires_ms: i64,
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
    pub(super) id: usize,
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
    /// Knows the head-less refresh token of the options from the start.
    pub(super) fn new(options: &Options) -> Self {
        let seeded = Grant {
            scopes: options.scopes.iter().cloned().collect(),
            secretless: true,
            revoked: false,
        };
        Self {
            grants: vec![seeded],
            by_refresh_token: HashMap::from([(options.refresh_token.clone(), 0)]),
            access: HashMap::new(),
            codes: HashMap::new(),
        }
    }

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
            Some("refresh_token") => self.refresh(request, proven, options, now_ms, mint),
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
        let id = self.grants.len();
        self.grants.push(Grant {
            scopes: code.scopes.clone(),
            secretless: code.challenge.is_some(),
            revoked: false,
        });
        let mut answer = self.access_token(id, code.scopes.clone(), options, now_ms, mint);
        if code.offline {
            let token = mint.text(64);
            answer["refresh_token"] = Value::from(token.as_str());
            self.by_refresh_token.insert(token, id);
        }
        let scopes: Vec<&str> = code.scopes.iter().map(String::as_str).collect();
        answer["scope"] = Value::from(scopes.join(" "));
        answer["uid"] = Value::from(super::account::UID);
        answer["account_id"] = Value::from(options.account_id.as_str());
        Ok(answer)
    }

    /// Refresh tokens neither expire nor rotate, and the answer repeats none.
    fn refresh(
        &mut self,
        request: &TokenRequest,
        proven: bool,
        options: &Options,
        now_ms: i64,
        mint: &Mint,
    ) -> Result<Value, OauthError> {
        let token = request.refresh_token.as_deref().ok_or(OauthError(
            "invalid_request",
            "missing required field \"refresh_token\"",
        ))?;
        let id = self.by_refresh_token.get(token).copied();
        let Some((id, grant)) = id
            .map(|id| (id, &self.grants[id]))
            .filter(|(_, g)| !g.revoked)
        else {
            return Err(OauthError(
                "invalid_grant",
                "refresh token is invalid or revoked",
            ));
        };
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
        Ok(self.access_token(id, scopes, options, now_ms, mint))
    }

    fn access_token(
        &mut self,
        grant: usize,
        scopes: Scopes,
        options: &Options,
        now_ms: i64,
        mint: &Mint,
    ) -> Value {
        let token = format!("sl.u.{}", mint.text(130));
        let life_ms = milliseconds(options.token_life_s);
        self.access.insert(
            token.clone(),
            Access {
                grant,
                scopes,
                expires_ms: now_ms.saturating_add(life_ms),
            },
        );
        json!({
            "access_token": token,
            "token_type": "bearer",
            "expires_in": life_ms / 1_000,
        })
    }

    /// Who holds an access token.
    pub(super) fn link(&self, token: &str, now_ms: i64) -> Result<Link, Failure> {
        let invalid = || Failure::Unauthorized(tag("invalid_access_token"));
        let access = self.access.get(token).ok_or_else(invalid)?;
        if self.grants[access.grant].revoked {
            return Err(invalid());
        }
        if now_ms >= access.expires_ms {
            return Err(Failure::Unauthorized(tag("expired_access_token")));
        }
        Ok(Link {
            id: access.grant,
            scopes: access.scopes.clone(),
        })
    }

    /// `auth/token/revoke`: ends the grant with all its tokens.
    pub(super) fn revoke(&mut self, link: usize) {
        if let Some(grant) = self.grants.get_mut(link) {
            grant.revoked = true;
        }
    }

    /// Ends every grant, as a user does who disconnects the app.
    pub(super) fn revoke_all(&mut self) {
        for grant in &mut self.grants {
            grant.revoked = true;
        }
    }
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
