//! Connecting a Dropbox in a browser: OAuth 2 with PKCE, for a grant that
//! lasts (`token_access_type=offline`).

use std::sync::Arc;

use async_trait::async_trait;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use domain::error::{Error, Kind, Result};
use domain::grant::Grant;
use domain::ports::sign_in::{SignIn, Trip};
use domain::secret::Secret;
use outbound::{Credential, Request};
use sha2::{Digest, Sha256};
use url::Url;

use crate::api::API;
use crate::app::App;
use crate::oauth::{HeldGrant, TokenEndpoint};

/// Dropbox's consent page and what follows it. A trip without a redirect
/// address ends on a page that shows the code, to be pasted.
pub struct DropboxSignIn {
    app: App,
    endpoint: TokenEndpoint,
}

impl DropboxSignIn {
    pub(crate) fn new(app: App, endpoint: TokenEndpoint) -> DropboxSignIn {
        DropboxSignIn { app, endpoint }
    }
}

#[async_trait]
impl SignIn for DropboxSignIn {
    fn authorize_url(&self, trip: &Trip) -> Result<String> {
        let options = self.app.options();
        let base = format!("{}/oauth2/authorize", options.web_url.trim_end_matches('/'));
        let mut url = Url::parse(&base)
            .map_err(|_| Error::new(Kind::Config, "DROPBOX_WEB_URL is not an address"))?;
        let mut query = url.query_pairs_mut();
        query
            .append_pair("response_type", "code")
            .append_pair("client_id", &options.app_key)
            .append_pair("token_access_type", "offline")
            .append_pair("code_challenge", &challenge(&trip.verifier))
            .append_pair("code_challenge_method", "S256")
            .append_pair("state", &trip.state);
        if !options.scopes.is_empty() {
            query.append_pair("scope", &options.scopes.join(" "));
        }
        if !trip.redirect_uri.is_empty() {
            query.append_pair("redirect_uri", &trip.redirect_uri);
        }
        drop(query);
        Ok(url.into())
    }

    async fn exchange(&self, trip: &Trip, code: &Secret) -> Result<Grant> {
        let mut proof = vec![
            ("grant_type", "authorization_code".to_owned()),
            ("code", code.expose().to_owned()),
            ("code_verifier", trip.verifier.expose().to_owned()),
        ];
        if !trip.redirect_uri.is_empty() {
            proof.push(("redirect_uri", trip.redirect_uri.clone()));
        }
        let grant = self.endpoint.ask(proof, false).await?;
        if grant.refresh.is_none() {
            return Err(Error::new(
                Kind::Unauthorized,
                "Dropbox granted access for a few hours only",
            )
            .remedy("Connect Dropbox again and allow offline access."));
        }
        Ok(grant)
    }

    /// Ends the refresh token and all its access tokens (auth.stone,
    /// `token/revoke`).
    async fn revoke(&self, grant: &Grant) -> Result<()> {
        let token = self.app.token(Arc::new(HeldGrant::new(grant.clone())));
        let line = self.app.line("revoke", Credential::Token(token));
        let base = self.app.options().api_url.trim_end_matches('/').to_owned();
        let route = "/2/auth/token/revoke";
        let request = Request::post(API, route, format!("{base}{route}")).repeatable(true);
        line.call(request).await?;
        Ok(())
    }
}

/// RFC 7636, S256.
fn challenge(verifier: &Secret) -> String {
    URL_SAFE_NO_PAD.encode(Sha256::digest(verifier.expose()))
}
