//! The `SignIn` port: the OAuth dance of a provider, for connecting in a
//! browser.

use async_trait::async_trait;

use crate::error::Result;
use crate::grant::Grant;
use crate::secret::Secret;

/// One trip to the provider's consent page.
#[derive(Clone, Debug)]
pub struct Trip {
    /// Bound to the browser session; comes back unchanged.
    pub state: String,
    /// PKCE verifier, 43–128 characters of `[A-Za-z0-9._~-]`. Its S256
    /// challenge goes out, itself only with the code.
    pub verifier: Secret,
    /// Where the browser comes back to; registered with the provider, exactly.
    pub redirect_uri: String,
}

/// The OAuth dance. Laws: `authorize_url` never contains the verifier or a
/// client secret; `exchange` is called once per code; `revoke` ends the whole
/// grant and its failure is only a warning.
#[async_trait]
pub trait SignIn: Send + Sync {
    /// The address of the consent page.
    fn authorize_url(&self, trip: &Trip) -> Result<String>;

    /// The code from the consent page becomes a grant.
    async fn exchange(&self, trip: &Trip, code: &Secret) -> Result<Grant>;

    /// Ends the grant at the provider.
    async fn revoke(&self, grant: &Grant) -> Result<()>;
}
