//! The Source port: where items come from.

use async_trait::async_trait;
use futures::stream::BoxStream;

use crate::account::{Account, Extension, ExtensionId};
use crate::call::Call;
use crate::content::Content;
use crate::data_type::{DataType, DataTypes};
use crate::error::{Error, Result};
use crate::item::{Item, Sighting};
use crate::lane::{Depth, Lane};
use crate::retention::Retention;
use crate::window::Window;

/// Who signed in, and in which company.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Viewer {
    /// The company.
    pub account: Account,
    /// Their own extension.
    pub extension: Extension,
    /// Whether their authorization profile reaches other extensions.
    pub admin: bool,
}

/// Whether one data type may be read.
#[derive(Clone, Debug)]
pub struct Permission {
    /// The data type.
    pub data_type: DataType,
    /// `Err` holds the sentence that names the missing scope or permission
    /// and says how to get it.
    pub allowed: std::result::Result<(), Error>,
}

/// What a listing asks for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ask {
    /// Whose.
    pub lane: Lane,
    /// When: items whose own time lies inside.
    pub window: Window,
    /// Which types; a call lane lists call recordings only.
    pub types: DataTypes,
    /// How much of a call log.
    pub depth: Depth,
}

/// A page of a listing.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Page {
    /// Items, in the provider's order; the same one may come again.
    pub sightings: Vec<Sighting>,
    /// Rows of the call log, recorded or not (call lanes only).
    pub calls: Vec<Call>,
    /// How many records on this page will still change (calls in progress,
    /// transcripts being made, faxes being sent): the window must be listed
    /// again.
    pub unsettled: usize,
}

/// Where items come from. Laws (suite: `testkit::laws::source`):
///
/// 1. `list` yields every item of the window that the grant may see, at least
///    once; it never ends early without an error. An error ends the stream.
/// 2. An item listed twice has the same identity both times.
/// 3. `open` yields the provider's bytes unchanged. It may be called any
///    number of times for one item.
/// 4. A missing permission is `Kind::Forbidden` with a remedy; bytes that are
///    not there yet are `Kind::NotReady`; bytes that are gone `Kind::Gone`;
///    a dead grant `Kind::Unauthorized`.
/// 5. A token goes to the provider's own hosts and nowhere else.
#[async_trait]
pub trait Source: Send + Sync {
    /// Who the grant belongs to.
    async fn viewer(&self) -> Result<Viewer>;

    /// Everyone in the company, in the order of their ids.
    async fn extensions(&self) -> Result<Vec<Extension>>;

    /// What may be read: for the whole company (`None`) or for one extension.
    async fn permissions(&self, of: Option<&ExtensionId>) -> Result<Vec<Permission>>;

    /// How long the provider keeps what it has, as far as it tells this
    /// company and this grant. Nothing, where it does not.
    async fn retention(&self) -> Result<Retention> {
        Ok(Retention::default())
    }

    /// Lists one lane over one window, page by page.
    fn list<'a>(&'a self, ask: &'a Ask) -> BoxStream<'a, Result<Page>>;

    /// The bytes of an item.
    async fn open(&self, item: &Item) -> Result<Content>;
}
