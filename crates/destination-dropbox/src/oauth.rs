//! Dropbox's token endpoint: a code or a refresh token becomes a grant.
//! Access tokens live four hours; refresh tokens neither expire nor rotate.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use async_trait::async_trait;
use domain::clock::Clock;
use domain::error::{Error, Kind, Result};
use domain::grant::Grant;
use domain::secret::Secret;
use jiff::Timestamp;
use outbound::{Body, Group, Keeper, Line, Refresher, Request};

use crate::api::API;
use crate::wire::TokenAnswer;

/// Where Dropbox does not say how long an access token lives, it is taken for
/// short.
const UNSAID_LIFE_S: u64 = 3_600;
/// No life is believed to be longer.
const LONGEST_LIFE_S: u64 = 400 * 86_400;

/// The token endpoint, for one app.
pub(crate) struct TokenEndpoint {
    pub(crate) line: Line,
    pub(crate) url: String,
    pub(crate) app_key: String,
    /// Proves a confidential app; PKCE does without.
    pub(crate) app_secret: Option<Secret>,
    pub(crate) clock: Arc<dyn Clock>,
}

impl TokenEndpoint {
    /// Asks for tokens; `proof` is what the kind of grant needs. `repeatable`:
    /// whether a second sending does no harm.
    pub(crate) async fn ask(
        &self,
        proof: Vec<(&'static str, String)>,
        repeatable: bool,
    ) -> Result<Grant> {
        let mut form = proof;
        form.push(("client_id", self.app_key.clone()));
        let secret = self.app_secret.as_ref();
        form.extend(secret.map(|secret| ("client_secret", secret.expose().to_owned())));
        let request = Request::post(API, "/oauth2/token", &self.url)
            .group(Group::unpaced("oauth"))
            .body(Body::Form(form))
            .repeatable(repeatable);
        let asked = self.clock.now();
        let answer: TokenAnswer = self.line.call(request).await?.json()?;
        Ok(grant(answer, asked))
    }
}

pub(crate) fn grant(answer: TokenAnswer, issued: Timestamp) -> Grant {
    let life = answer
        .expires_in
        .unwrap_or(UNSAID_LIFE_S)
        .min(LONGEST_LIFE_S);
    let scopes = answer.scope.unwrap_or_default();
    Grant {
        access: Secret::new(answer.access_token),
        access_until: issued
            .saturating_add(Duration::from_secs(life))
            .unwrap_or(issued),
        issued,
        refresh: answer.refresh_token.map(Secret::new),
        refresh_until: None,
        scopes: scopes.split_whitespace().map(str::to_owned).collect(),
        owner: answer.account_id.unwrap_or_default(),
    }
}

#[async_trait]
impl Refresher for TokenEndpoint {
    /// Dropbox repeats neither refresh token nor scopes nor owner: they stay.
    async fn refresh(&self, old: Option<&Grant>) -> Result<Grant> {
        let refresh = old.and_then(|grant| grant.refresh.clone());
        let (Some(old), Some(refresh)) = (old, refresh) else {
            return Err(Error::new(Kind::Unauthorized, "Dropbox is not connected")
                .remedy("Connect Dropbox, or set DROPBOX_REFRESH_TOKEN."));
        };
        let proof = vec![
            ("grant_type", "refresh_token".to_owned()),
            ("refresh_token", refresh.expose().to_owned()),
        ];
        let new = self.ask(proof, true).await?;
        let known = |new: String, old: &String| if new.is_empty() { old.clone() } else { new };
        Ok(Grant {
            refresh: new.refresh.or(Some(refresh)),
            scopes: if new.scopes.is_empty() {
                old.scopes.clone()
            } else {
                new.scopes
            },
            owner: known(new.owner, &old.owner),
            access: new.access,
            access_until: new.access_until,
            issued: new.issued,
            refresh_until: None,
        })
    }
}

/// A grant kept in memory only: for head-less runs, whose refresh token comes
/// from the environment each time and does not rotate.
pub struct HeldGrant(Mutex<Grant>);

impl HeldGrant {
    /// Holds this grant.
    pub fn new(grant: Grant) -> HeldGrant {
        HeldGrant(Mutex::new(grant))
    }

    /// The grant of a refresh token alone; its first use buys an access token.
    pub fn from_refresh_token(refresh: Secret) -> HeldGrant {
        HeldGrant::new(Grant {
            access: Secret::new(""),
            access_until: Timestamp::UNIX_EPOCH,
            issued: Timestamp::UNIX_EPOCH,
            refresh: Some(refresh),
            refresh_until: None,
            scopes: Vec::new(),
            owner: String::new(),
        })
    }
}

#[async_trait]
impl Keeper for HeldGrant {
    async fn load(&self) -> Result<Option<Grant>> {
        Ok(Some(
            self.0
                .lock()
                .unwrap_or_else(PoisonError::into_inner)
                .clone(),
        ))
    }

    async fn keep(&self, _: Option<&Grant>, grant: &Grant) -> Result<()> {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = grant.clone();
        Ok(())
    }
}
