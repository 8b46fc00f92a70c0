//! An Alarm: what somebody must hear of although nobody looks at a page. It
//! fires once, stands while its cause does, and clears once. What was seen is in
//! [`facts`], what follows from it in [`judge`]; both are pure. It holds no
//! secret, phone number, name or text.

pub mod facts;
pub mod judge;

use crate::account::AccountId;

pub use facts::{
    Ailing, Backlog, Facts, Heap, NEWLY_MS, Queue, Room, SPANS_MS, Silent, UNRENEWED_MS, Unrenewed,
};
pub use judge::{Changes, Verdict};

/// What an Alarm is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum AlarmKind {
    /// A grant is dead, or dies because nobody renews it.
    Dying,
    /// The provider will delete what is still to be archived.
    Backlog,
    /// The destination has no room, or nearly none.
    Full,
    /// A proof, or the daily reading, found something else than the Ledger
    /// says. They alone raise and clear it.
    Drift,
    /// Backups are due and nobody takes them.
    Stalled,
    /// Clocks disagree.
    Skew,
    /// A Backup that is ON has not succeeded for long, or never.
    Silence,
    /// Items fail again and again and have gone to the slow lane.
    Quarantined,
    /// Items cannot be had any more, since a day ago or less.
    Missing,
}

impl AlarmKind {
    /// All of them.
    pub const ALL: [AlarmKind; 9] = [
        AlarmKind::Dying,
        AlarmKind::Backlog,
        AlarmKind::Full,
        AlarmKind::Drift,
        AlarmKind::Stalled,
        AlarmKind::Skew,
        AlarmKind::Silence,
        AlarmKind::Quarantined,
        AlarmKind::Missing,
    ];

    /// The word in the database, in JSON and in metrics.
    pub fn word(self) -> &'static str {
        match self {
            AlarmKind::Dying => "connection-dying",
            AlarmKind::Backlog => "backlog",
            AlarmKind::Full => "destination-full",
            AlarmKind::Drift => "verification-drift",
            AlarmKind::Stalled => "scheduler-stalled",
            AlarmKind::Skew => "clock-skew",
            AlarmKind::Silence => "silence",
            AlarmKind::Quarantined => "quarantined",
            AlarmKind::Missing => "missing",
        }
    }

    /// From its word; `None`: a newer version wrote it.
    pub fn from_word(word: &str) -> Option<AlarmKind> {
        AlarmKind::ALL.into_iter().find(|it| it.word() == word)
    }
}

/// What makes two Alarms the same.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct AlarmKey {
    /// The company; `None`: the server itself.
    pub account: Option<AccountId>,
    /// What about.
    pub kind: AlarmKind,
    /// The id of the Backup, Connection or Destination; empty: the whole.
    pub about: String,
}

/// One Alarm.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Alarm {
    /// Which.
    pub key: AlarmKey,
    /// What happened, a sentence for people with its full stop.
    pub what: String,
}

/// An Alarm that stands, as it is kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Standing {
    /// What.
    pub alarm: Alarm,
    /// Since when, milliseconds since 1970.
    pub since_ms: i64,
}

/// How people are told.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Way {
    /// By e-mail.
    Mail,
    /// By a POST to an address of the operator's.
    Webhook,
}

impl Way {
    /// Both.
    pub const ALL: [Way; 2] = [Way::Mail, Way::Webhook];

    /// The word in the database.
    pub fn word(self) -> &'static str {
        match self {
            Way::Mail => "mail",
            Way::Webhook => "webhook",
        }
    }
}

/// What there is to tell.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum News {
    /// It began.
    Fired,
    /// It is over.
    Cleared,
}

impl News {
    /// The word in the database and in JSON.
    pub fn word(self) -> &'static str {
        match self {
            News::Fired => "fired",
            News::Cleared => "cleared",
        }
    }
}

/// News that somebody is still to hear, in one way.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Notice {
    /// Its id.
    pub id: String,
    /// Of which Alarm, with the sentence of when it fired.
    pub alarm: Alarm,
    /// What happened to it.
    pub news: News,
    /// When, milliseconds since 1970.
    pub at_ms: i64,
    /// How often telling it has failed.
    pub tries: u32,
}
