//! Whom a line leads to, and what it signs with.

use std::sync::Arc;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use domain::secret::Secret;

use crate::allow::Allow;
use crate::judge::Judge;
use crate::manners::Manners;
use crate::token::Token;

/// Whom a line leads to. Made once per provider by the provider's crate.
pub struct Peer {
    /// The name in sentences for people: `RingCentral`.
    pub name: String,
    /// Where its requests may go.
    pub allow: Allow,
    /// What its failing answers mean.
    pub judge: Arc<dyn Judge>,
    /// How we behave towards it.
    pub manners: Manners,
}

/// What a line signs with; attached only after the gate said that the origin
/// belongs to the provider.
#[derive(Clone)]
pub enum Credential {
    /// `Authorization: Bearer`, always fit for use.
    Token(Token),
    /// `Authorization: Basic`, for the token endpoint of a confidential app.
    Basic {
        /// The client id.
        id: String,
        /// The client secret.
        secret: Secret,
    },
    /// Nothing; what the request itself carries must do.
    None,
}

impl Credential {
    pub(crate) fn basic(&self) -> Option<String> {
        let Credential::Basic { id, secret } = self else {
            return None;
        };
        let pair = format!("{id}:{}", secret.expose());
        Some(format!("Basic {}", STANDARD.encode(pair)))
    }
}
