//! The OAuth dance in a browser: authorization code with PKCE, for apps with
//! and without a secret.

use std::sync::Arc;

use async_trait::async_trait;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use domain::clock::Clock;
use domain::error::Result;
use domain::grant::Grant;
use domain::ports::SignIn;
use domain::ports::sign_in::Trip;
use domain::secret::Secret;
use outbound::Door;
use sha2::{Digest, Sha256};

use crate::app::App;
use crate::grants::{self, Again};
use crate::options::Options;

/// RingCentral as a `SignIn`. The grants it returns are for the vault, or for
/// [`revoke`](SignIn::revoke) at once: a browser sign-in is a session of its
/// own, and RingCentral evicts the oldest of about five per user and app.
pub struct RingCentralSignIn {
    app: App,
}

impl RingCentralSignIn {
    /// `Kind::Config` where an address or the client id cannot be used.
    pub fn new(options: Options, door: Door, clock: Arc<dyn Clock>) -> Result<RingCentralSignIn> {
        Ok(RingCentralSignIn {
            app: App::new(options, door, clock)?,
        })
    }
}

#[async_trait]
impl SignIn for RingCentralSignIn {
    fn authorize_url(&self, trip: &Trip) -> Result<String> {
        let mut url = self.app.addresses.platform("/restapi/oauth/authorize");
        url.query_pairs_mut()
            .append_pair("response_type", "code")
            .append_pair("client_id", &self.app.options.client_id)
            .append_pair("redirect_uri", &trip.redirect_uri)
            .append_pair("state", &trip.state)
            .append_pair("code_challenge", &challenge(&trip.verifier))
            .append_pair("code_challenge_method", "S256");
        Ok(url.into())
    }

    async fn exchange(&self, trip: &Trip, code: &Secret) -> Result<Grant> {
        let fields = vec![
            ("grant_type", "authorization_code".to_owned()),
            ("code", code.expose().to_owned()),
            ("redirect_uri", trip.redirect_uri.clone()),
            ("code_verifier", trip.verifier.expose().to_owned()),
        ];
        grants::buy(&self.app, "", fields, Again::Never).await
    }

    async fn revoke(&self, grant: &Grant) -> Result<()> {
        grants::revoke(&self.app, grant).await
    }
}

/// RFC 7636 4.2, method S256.
fn challenge(verifier: &Secret) -> String {
    URL_SAFE_NO_PAD.encode(Sha256::digest(verifier.expose()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_challenge_is_the_one_of_the_rfc() {
        let verifier = Secret::new("dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk");
        assert_eq!(
            challenge(&verifier),
            "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"
        );
    }
}
