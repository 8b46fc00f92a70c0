//! How grants are bought from RingCentral's token endpoint: with a code, a
//! refresh token or a JWT credential.
//!
//! RingCentral's refresh tokens are used once, but until the new access token
//! is used the old refresh token repeats the same new pair (developer guide,
//! refresh tokens): so a refresh whose answer was lost is simply asked again,
//! and the new pair is durable before its first use.

use std::sync::Arc;

use async_trait::async_trait;
use domain::error::{Error, Kind, Result};
use domain::grant::Grant;
use domain::secret::Secret;
use jiff::{SignedDuration, Timestamp};
use outbound::{Body, Refresher, Request};

use crate::addresses::PLATFORM;
use crate::app::{App, Pace};
use crate::wire::{self, TokenInfo};

const JWT_BEARER: &str = "urn:ietf:params:oauth:grant-type:jwt-bearer";

/// What an access token lives when the answer does not say (OpenAPI,
/// `access_token_ttl`).
const USUAL_LIFE_S: u64 = 3600;

type Fields = Vec<(&'static str, String)>;

/// Whether a second sending after a lost answer does no harm.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Again {
    /// A refresh token or JWT.
    Harmless,
    /// An authorization code, good for one try.
    Never,
}

/// One answer of the token endpoint for the fields of a grant type.
pub(crate) async fn buy(app: &App, owner: &str, fields: Fields, again: Again) -> Result<Grant> {
    let asked = app.clock.now();
    let request = post(app, "/restapi/oauth/token", fields).repeatable(again == Again::Harmless);
    let answer = app.token_line(owner).call(request).await;
    let answer = answer.map_err(|error| error.while_doing("signing in to RingCentral"))?;
    Ok(grant(wire::read(&answer.body)?, asked))
}

/// Ends the session that a token belongs to, with all its tokens.
pub(crate) async fn revoke(app: &App, grant: &Grant) -> Result<()> {
    let token = grant.refresh.as_ref().unwrap_or(&grant.access);
    let fields = vec![("token", token.expose().to_owned())];
    let request = post(app, "/restapi/oauth/revoke", fields);
    let answer = app.token_line(&grant.owner).call(request).await;
    answer
        .map(drop)
        .map_err(|error| error.while_doing("ending the RingCentral session"))
}

fn post(app: &App, route: &'static str, mut fields: Fields) -> Request {
    if app.options.client_secret.is_none() {
        fields.push(("client_id", app.options.client_id.clone()));
    }
    Request::post(PLATFORM, route, app.addresses.platform(route))
        .body(Body::Form(fields))
        .group(app.group(Pace::Auth))
}

/// `asked` is when the request went out: so no token is believed to live
/// longer than it does.
pub(crate) fn grant(info: TokenInfo, asked: Timestamp) -> Grant {
    Grant {
        access: Secret::new(info.access_token),
        access_until: after(asked, info.expires_in.unwrap_or(USUAL_LIFE_S)),
        issued: asked,
        refresh: info.refresh_token.map(Secret::new),
        refresh_until: info.refresh_token_expires_in.map(|life| after(asked, life)),
        scopes: words(info.scope.as_deref().unwrap_or("")),
        owner: info.owner_id.unwrap_or_default(),
    }
}

fn words(text: &str) -> Vec<String> {
    text.split_whitespace().map(str::to_owned).collect()
}

fn after(asked: Timestamp, seconds: u64) -> Timestamp {
    let seconds = i64::try_from(seconds).unwrap_or(i64::MAX);
    asked
        .checked_add(SignedDuration::from_secs(seconds))
        .unwrap_or(Timestamp::MAX)
}

/// Renews with the refresh token that came with the grant.
pub(crate) struct ByRefreshToken(pub(crate) Arc<App>);

#[async_trait]
impl Refresher for ByRefreshToken {
    async fn refresh(&self, old: Option<&Grant>) -> Result<Grant> {
        let refresh = old.and_then(|old| Some((old.refresh.as_ref()?, &old.owner)));
        let (token, owner) = refresh.ok_or_else(|| {
            let what = "nobody is connected to RingCentral, or without a refresh token";
            Error::new(Kind::Unauthorized, what).remedy(
                "Connect RingCentral on the GENERAL page; the app must be set to issue refresh \
                 tokens at developers.ringcentral.com.",
            )
        })?;
        let fields = vec![
            ("grant_type", "refresh_token".to_owned()),
            ("refresh_token", token.expose().to_owned()),
        ];
        buy(&self.0, owner, fields, Again::Harmless).await
    }
}

/// Mints a new access token with a JWT credential, as often as need be.
pub(crate) struct ByJwt {
    pub(crate) app: Arc<App>,
    pub(crate) jwt: Secret,
}

#[async_trait]
impl Refresher for ByJwt {
    async fn refresh(&self, old: Option<&Grant>) -> Result<Grant> {
        let owner = old.map_or("", |old| old.owner.as_str());
        let fields = vec![
            ("grant_type", JWT_BEARER.to_owned()),
            ("assertion", self.jwt.expose().to_owned()),
        ];
        let minted = buy(&self.app, owner, fields, Again::Harmless).await?;
        // The JWT buys the next one; a refresh token would only be a second
        // secret to keep.
        Ok(Grant {
            refresh: None,
            refresh_until: None,
            ..minted
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_becomes_a_grant_that_never_outlives_it() {
        let asked = Timestamp::from_second(1_800_000_000).unwrap();
        let body = br#"{"access_token":"a","token_type":"bearer","expires_in":3600,
            "refresh_token":"r","refresh_token_expires_in":604800,
            "scope":"ReadAccounts ReadCallLog","owner_id":400131426008}"#;
        let grant = grant(wire::read(body).unwrap(), asked);
        assert_eq!(grant.access_until.as_second(), 1_800_003_600);
        assert_eq!(grant.refresh_until.unwrap().as_second(), 1_800_604_800);
        assert_eq!(grant.scopes, ["ReadAccounts", "ReadCallLog"]);
        assert_eq!(grant.owner, "400131426008");
        assert_eq!(grant.refresh.unwrap().expose(), "r");
    }

    #[test]
    fn absurd_lives_do_not_overflow() {
        let asked = Timestamp::from_second(1_800_000_000).unwrap();
        let body = br#"{"access_token":"a","expires_in":18446744073709551615}"#;
        let grant = grant(wire::read(body).unwrap(), asked);
        assert_eq!(grant.access_until, Timestamp::MAX);
        assert!(grant.refresh.is_none() && grant.refresh_until.is_none());
    }
}
