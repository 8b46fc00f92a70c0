//! What a watch has seen of the whole server: the input of
//! [`super::judge`].

use crate::account::AccountId;
use crate::connection::{BackupId, ConnectionId};
use crate::grant::Provider;
use crate::ledger::DestinationId;
use crate::ports::Space;
use crate::window::{DAY_MS, HOUR_MS};

/// Due Backups that nobody has taken for so long: somebody must look.
pub const STALLED_MS: i64 = 15 * 60_000;
/// Clocks further apart than this disagree.
pub const SKEW_MS: i64 = 5 * 60_000;
/// A RingCentral refresh token lives for 7 days (facts: refresh tokens). It is
/// renewed every hour; one that is older than this is not being renewed.
pub const UNRENEWED_MS: i64 = 4 * DAY_MS;
/// So long an item counts as newly missing.
pub const NEWLY_MS: i64 = DAY_MS;
/// Spans before the deletion for which a backlog is compared with the pace.
pub const SPANS_MS: [i64; 6] = [
    6 * HOUR_MS,
    DAY_MS,
    3 * DAY_MS,
    7 * DAY_MS,
    14 * DAY_MS,
    30 * DAY_MS,
];

/// The queue of companies.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Queue {
    /// Since when the first of it waits, milliseconds since 1970; `None`:
    /// nobody waits. 0: it was never planned.
    pub waits_since_ms: Option<i64>,
    /// When a Backup was last taken, milliseconds since 1970.
    pub served_ms: Option<i64>,
}

impl Queue {
    /// For how long somebody has waited while nobody took anything.
    /// `seen_ms`: since when somebody has been seen waiting without a break.
    pub fn idle_ms(&self, now_ms: i64, seen_ms: i64) -> i64 {
        let Some(waits) = self.waits_since_ms else {
            return 0;
        };
        let known = |at: i64| if at > now_ms { i64::MIN } else { at };
        let since = known(waits).max(self.served_ms.map_or(i64::MIN, known));
        // What was never planned waits since it was first seen waiting.
        let since = if since <= 0 { seen_ms } else { since };
        now_ms.saturating_sub(since).max(0)
    }

    /// Whether that is too long.
    pub fn is_stalled(&self, now_ms: i64, seen_ms: i64) -> bool {
        self.idle_ms(now_ms, seen_ms) > STALLED_MS
    }
}

/// A Backup that is ON and has not succeeded for long.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Silent {
    /// The company.
    pub account: AccountId,
    /// Which.
    pub backup: BackupId,
    /// When it last succeeded, milliseconds since 1970; `None`: never.
    pub well_ms: Option<i64>,
}

/// A connected Connection with a dead grant.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ailing {
    /// The company.
    pub account: AccountId,
    /// Which.
    pub connection: ConnectionId,
    /// Which end.
    pub end: Provider,
    /// The sentence.
    pub trouble: String,
}

/// A source's grant that nobody has renewed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unrenewed {
    /// The company.
    pub account: AccountId,
    /// Whose.
    pub connection: ConnectionId,
    /// For how long, milliseconds.
    pub age_ms: i64,
}

/// Entries of one Destination with something in common.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Heap {
    /// The company.
    pub account: AccountId,
    /// Where they would lie.
    pub destination: DestinationId,
    /// How many.
    pub count: u64,
}

/// A Destination and its room.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Room {
    /// The company.
    pub account: AccountId,
    /// Which.
    pub destination: DestinationId,
    /// What it answered last; `None`: it has not answered yet.
    pub space: Option<Space>,
}

/// What is still to be archived of a Destination before it is deleted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Backlog {
    /// The company.
    pub account: AccountId,
    /// Which.
    pub destination: DestinationId,
    /// For each of [`SPANS_MS`]: how many are deleted within it.
    pub within: [u64; SPANS_MS.len()],
    /// How many are done in a day at the present pace; `None`: not known yet.
    pub daily: Option<u64>,
}

/// What was seen.
#[derive(Clone, Debug, Default)]
pub struct Facts {
    /// When, milliseconds since 1970.
    pub now_ms: i64,
    /// So long a Backup may be silent, milliseconds.
    pub silence_ms: i64,
    /// For how long due Backups have waited while nobody took any,
    /// milliseconds.
    pub idle_ms: i64,
    /// How far this machine's clock is ahead of the database's, milliseconds.
    pub ahead_of_database_ms: i64,
    /// The same of each provider that has answered, by its name.
    pub ahead_of_providers_ms: Vec<(String, i64)>,
    /// Silent Backups.
    pub silent: Vec<Silent>,
    /// Dead grants.
    pub ailing: Vec<Ailing>,
    /// Grants that die if nobody renews them.
    pub unrenewed: Vec<Unrenewed>,
    /// Destinations that refused something for want of room.
    pub full: Vec<Heap>,
    /// The room of Destinations in use.
    pub rooms: Vec<Room>,
    /// Backlogs.
    pub backlogs: Vec<Backlog>,
    /// Items in the slow lane.
    pub quarantined: Vec<Heap>,
    /// Items that are newly missing.
    pub missing: Vec<Heap>,
}
