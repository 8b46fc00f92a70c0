//! A RingCentral company (Account) and the people and queues in it
//! (Extensions).

use serde::{Deserialize, Serialize};

use crate::id::string_id;

string_id! {
    /// A RingCentral company. The tenant of every store function.
    AccountId
}
string_id! {
    /// A person, queue or other mailbox. Stable while its number and name
    /// change; numbers are reused, ids are not.
    ExtensionId
}

/// A company, as far as an archive cares.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Account {
    /// Its id.
    pub id: AccountId,
    /// Its name for pages, or its main number where it has none.
    pub name: String,
    /// IANA name of its time zone; `None` where the provider did not say.
    pub time_zone: Option<String>,
}

/// A person, queue or other mailbox, as the last listing showed it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Extension {
    /// Its id.
    pub id: ExtensionId,
    /// Short number (`101`); may be absent, may be reused by somebody else later.
    pub number: Option<String>,
    /// Display name; may be absent, empty or hostile.
    pub name: Option<String>,
    /// The provider's word for what it is (`User`, `Department`, …). Open.
    pub kind: String,
    /// The provider's word for its state (`Enabled`, `Disabled`, …). Open.
    pub status: String,
    /// IANA name of its own time zone, where known.
    pub time_zone: Option<String>,
}

/// Kinds without a message store (RingCentral OpenAPI, extension `type`).
/// Everything else, unknown kinds included, is asked.
const WITHOUT_MESSAGES: [&str; 9] = [
    "IvrMenu",
    "PagingOnly",
    "ParkLocation",
    "GroupCallPickup",
    "DelegatedLinesGroup",
    "Site",
    "ProxyAdmin",
    "Bot",
    "Room",
];

impl Extension {
    /// Whether it can own voicemails, texts or faxes. Disabled ones can: they
    /// keep what they had.
    pub fn may_have_messages(&self) -> bool {
        !WITHOUT_MESSAGES.contains(&self.kind.as_str()) && self.status != "Unassigned"
    }
}
