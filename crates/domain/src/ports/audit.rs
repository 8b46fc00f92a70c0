//! The audit log of each company, and of the server itself: a chain that only
//! grows. See [`crate::audit`].

use async_trait::async_trait;

use crate::account::{AccountId, ExtensionId};
use crate::audit::{Broken, Deed, Head, Link};
use crate::connection::{Backup, BackupId, Connection, ConnectionId};
use crate::error::Result;
use crate::export::Export;
use crate::grant::{Grant, Provider};
use crate::ports::finds::SavedFilter;
use crate::ports::log::Retry;
use crate::secret::Secret;
use crate::session::{ApiToken, Session, SessionKey, TripRecord};
use crate::timetable::Timetable;

/// A change that is told together with what it changes. Each is the function
/// of another book with the same name; "now" is the Deed's time.
#[derive(Clone, Copy, Debug)]
#[expect(missing_docs, reason = "they are the arguments of those functions")]
pub enum Change<'a> {
    /// `keep_session`.
    Session(&'a Session),
    /// `change_session`: [`Changed::Whether`].
    ChangedSession(&'a Session),
    /// `end_session`: [`Changed::Whether`].
    EndSession(&'a SessionKey),
    /// `keep_trip`.
    Trip(&'a TripRecord),
    /// `keep_api_token`.
    Token(&'a ApiToken),
    /// `end_api_token`.
    EndToken {
        extension: &'a ExtensionId,
        id: &'a str,
    },
    /// `keep_setting`, all of them or none.
    Settings(&'a [(&'static str, Option<Secret>)]),
    /// `claim`: [`Changed::Whether`].
    Claim,
    /// `keep_connection`.
    Connection(&'a Connection),
    /// `set_trouble`.
    Trouble {
        connection: &'a ConnectionId,
        end: Provider,
        trouble: Option<&'a str>,
    },
    /// `disconnect`: [`Changed::Grants`].
    Disconnect(&'a ConnectionId),
    /// `keep_backup`.
    Backup(&'a Backup),
    /// `hurry`.
    Hurry(&'a BackupId),
    /// `rest_history`.
    Rest {
        backup: &'a BackupId,
        since_ms: Option<i64>,
    },
    /// `change_timetable`: [`Changed::Whether`]. What is not changed is not
    /// told.
    Timetable {
        backup: &'a BackupId,
        was: &'a Timetable,
        timetable: &'a Timetable,
    },
    /// `retry`: [`Changed::Count`].
    Retry { backup: &'a Backup, what: &'a Retry },
    /// `keep_filter`: [`Changed::Whether`].
    KeepFilter {
        extension: &'a ExtensionId,
        filter: &'a SavedFilter,
    },
    /// `drop_filter`: [`Changed::Whether`].
    DropFilter {
        extension: &'a ExtensionId,
        name: &'a str,
    },
    /// `keep_export`.
    Export(&'a Export),
}

/// What a change answers.
#[derive(Clone, Debug, PartialEq)]
pub enum Changed {
    /// Nothing but that it was done.
    Done,
    /// Whether it was.
    Whether(bool),
    /// How many.
    Count(u64),
    /// The grants that were there, source and destination.
    Grants(Option<Box<Grant>>, Option<Box<Grant>>),
}

/// Which Links are asked for. Empty texts ask for all.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AuditAsk {
    /// Only of this actor, as the log spells it.
    pub actor: String,
    /// Only this action; one that ends with a dot asks for all that begin so.
    pub action: String,
    /// Told at this time or later, milliseconds since 1970.
    pub from_ms: i64,
    /// Told before this time, milliseconds since 1970.
    pub to_ms: i64,
    /// Newest first; else in the order of the chain.
    pub newest_first: bool,
    /// Go on after this Link, itself not in it; `None` = from the beginning.
    pub after: Option<i64>,
    /// At most so many.
    pub limit: u32,
}

impl AuditAsk {
    /// Everything, in the order of the chain.
    pub fn all(after: Option<i64>, limit: u32) -> AuditAsk {
        AuditAsk {
            actor: String::new(),
            action: String::new(),
            from_ms: i64::MIN,
            to_ms: i64::MAX,
            newest_first: false,
            after,
            limit,
        }
    }

    /// Whether a Link is among those that are asked for, wherever one goes on.
    pub fn wants(&self, link: &Link) -> bool {
        let action = &self.action;
        let acts = action.is_empty()
            || link.action == *action
            || (action.ends_with('.') && link.action.starts_with(action.as_str()));
        let told = self.from_ms <= link.at_ms && link.at_ms < self.to_ms;
        acts && told && (self.actor.is_empty() || link.actor == self.actor)
    }
}

/// What came of checking a chain.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Checked {
    /// Where it ends, as far as it is whole.
    pub head: Head,
    /// The first place that is not; `None`: all of it is.
    pub broken: Option<Broken>,
}

/// The audit log. Nothing of it is ever changed or taken out by a function.
#[async_trait]
pub trait Audit: Send + Sync {
    /// Tells a Deed: it is the next Link of the company's chain, whoever tells
    /// another at the same time. Returns where it stands.
    async fn tell(&self, account: &AccountId, deed: &Deed) -> Result<Head>;

    /// Makes a change and tells it: both or neither.
    async fn change(
        &self,
        account: &AccountId,
        deed: &Deed,
        change: &Change<'_>,
    ) -> Result<Changed>;

    /// Where a company's chain ends; `None`: nothing was ever told.
    async fn audit_head(&self, account: &AccountId) -> Result<Option<Head>>;

    /// Whose chains there are, the server's own among them.
    async fn audit_books(&self) -> Result<Vec<AccountId>>;

    /// Links of a company's chain.
    async fn audit_links(&self, account: &AccountId, ask: &AuditAsk) -> Result<Vec<Link>>;

    /// Follows a company's chain from its beginning to its end, as it is at one
    /// moment. `known` are heads that were kept elsewhere: without one, nobody
    /// can tell a chain whose end was cut off from one that was never longer.
    async fn check_audit(&self, account: &AccountId, known: &[Head]) -> Result<Checked>;
}
