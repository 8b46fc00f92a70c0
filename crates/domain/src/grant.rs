//! A Grant: what a provider gave us to act in somebody's name. It is kept in
//! the vault, sealed, and every change of it is durable before its first use.

use jiff::Timestamp;

use crate::secret::Secret;

/// Whose grant it is: the two ends of a Connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Provider {
    /// Where items come from.
    Source,
    /// Where items go.
    Destination,
}

impl Provider {
    /// The word used in the database.
    pub fn word(self) -> &'static str {
        match self {
            Provider::Source => "source",
            Provider::Destination => "destination",
        }
    }
}

/// The tokens of one end of a Connection.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Grant {
    /// Signs requests until `access_until`.
    pub access: Secret,
    /// When the access token dies.
    pub access_until: Timestamp,
    /// When the access token was issued: with `access_until` it tells when
    /// 20 % of its life is left.
    pub issued: Timestamp,
    /// Buys the next access token. Absent where a long-lived credential
    /// outside the vault (a JWT) does that.
    pub refresh: Option<Secret>,
    /// When the refresh token dies if it is not used; `None` = it does not.
    pub refresh_until: Option<Timestamp>,
    /// What the grant allows, as the provider spells it, in its order.
    pub scopes: Vec<String>,
    /// The provider's id of who granted it (RingCentral: owner extension id;
    /// Dropbox: account id). Empty where the provider did not say.
    pub owner: String,
}
