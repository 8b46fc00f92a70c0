//! A Session: one browser that looks at the pages, signed in or not yet. And
//! what belongs to one: trips to a provider's consent page, and personal
//! tokens for programs.

use serde::{Deserialize, Serialize};

use crate::account::{AccountId, ExtensionId};
use crate::id::string_id;
use crate::secret::Secret;

string_id! {
    /// A Session as the database knows it: the SHA-256 (lower-case hex) of
    /// what the browser holds, so that a copy of the database opens nothing.
    SessionKey
}

/// Somebody whom RingCentral vouched for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SignedIn {
    /// Their company.
    pub account: AccountId,
    /// Its name, for the confirmation and the header.
    pub company: String,
    /// Their extension.
    pub extension: ExtensionId,
    /// Its short number, where it has one.
    pub number: Option<String>,
    /// Their name.
    pub name: String,
    /// Whether their authorization profile reaches other extensions.
    pub admin: bool,
    /// IANA name of their zone; `None` where the provider did not say.
    pub time_zone: Option<String>,
    /// When the provider last said so, milliseconds since 1970.
    pub checked_ms: i64,
}

/// What to tell on the next page that is shown, once.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Notice {
    /// Something went wrong.
    pub bad: bool,
    /// The sentence.
    pub text: String,
}

/// One browser.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Session {
    /// Its key.
    pub key: SessionKey,
    /// Who uses it; `None` before signing in.
    pub viewer: Option<SignedIn>,
    /// Whom the provider named, waiting for "yes, that is me".
    pub unconfirmed: Option<SignedIn>,
    /// Opened with the set-up token (or on a fresh loopback server): may enter
    /// keys, and the first admin who signs in with it claims the instance.
    pub may_set_up: bool,
    /// To be told once.
    pub notice: Option<Notice>,
    /// When it began, milliseconds since 1970.
    pub begun_ms: i64,
    /// When it was last used, milliseconds since 1970 (exact to a minute).
    pub seen_ms: i64,
}

/// What a trip to a consent page is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Errand {
    /// Sign in with the source's provider.
    SignIn,
    /// Connect the destination.
    Connect,
}

impl Errand {
    /// The word in the database.
    pub fn word(self) -> &'static str {
        match self {
            Errand::SignIn => "sign-in",
            Errand::Connect => "connect",
        }
    }

    /// From its word.
    pub fn from_word(word: &str) -> Option<Errand> {
        [Errand::SignIn, Errand::Connect]
            .into_iter()
            .find(|it| it.word() == word)
    }
}

/// A trip under way. Found only by the hash of its `state` together with the
/// session that began it, and only once.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TripRecord {
    /// SHA-256 (lower-case hex) of the `state` that went out.
    pub state_hash: String,
    /// The session that began it.
    pub session: SessionKey,
    /// What for.
    pub errand: Errand,
    /// The PKCE verifier; sealed at rest.
    pub verifier: Secret,
    /// Where the browser was told to come back to.
    pub redirect_uri: String,
    /// When it began, milliseconds since 1970.
    pub begun_ms: i64,
}

/// A personal token of the JSON interface.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ApiToken {
    /// Its id, for lists and for ending it.
    pub id: String,
    /// SHA-256 (lower-case hex) of the token itself.
    pub hash: String,
    /// Whose it is.
    pub account: AccountId,
    /// Whose it is.
    pub extension: ExtensionId,
    /// What its owner calls it.
    pub name: String,
    /// Whether it may see the whole company; its owner must be an admin too.
    pub admin: bool,
    /// Whether it may change things, not only read.
    pub may_change: bool,
    /// When it was made, milliseconds since 1970.
    pub made_ms: i64,
    /// When it dies, milliseconds since 1970.
    pub ends_ms: i64,
    /// When it was last used, milliseconds since 1970 (exact to an hour).
    pub used_ms: Option<i64>,
}
