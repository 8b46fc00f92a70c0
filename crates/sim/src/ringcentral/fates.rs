//! What became of recordings and messages since the world was made: deleted,
//! restored, purged, read.

use std::collections::{HashMap, HashSet};

use crate::world::messages::{DELETED_FOR, Message};

/// Deletions and changes made through the API.
#[derive(Debug, Default)]
pub(crate) struct Fates {
    deleted_recordings: HashSet<u32>,
    messages: HashMap<u32, Fate>,
}

/// What became of one message.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Fate {
    pub(crate) deleted_at: Option<i64>,
    pub(crate) purged_at: Option<i64>,
    pub(crate) changed_at: Option<i64>,
    pub(crate) read: Option<bool>,
}

/// Whether a message can be seen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Availability {
    Alive,
    Deleted,
    Purged,
    /// Physically deleted: not found.
    Gone,
}

impl Availability {
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Alive => "Alive",
            Self::Deleted => "Deleted",
            Self::Purged | Self::Gone => "Purged",
        }
    }
}

impl Fate {
    pub(crate) fn availability(&self, now_ms: i64) -> Availability {
        let purged_at = self
            .purged_at
            .or(self.deleted_at.map(|at| at.saturating_add(DELETED_FOR)));
        match (self.deleted_at, purged_at) {
            (_, Some(at)) if now_ms >= at.saturating_add(DELETED_FOR) => Availability::Gone,
            (_, Some(at)) if now_ms >= at => Availability::Purged,
            (Some(at), _) if now_ms >= at => Availability::Deleted,
            _ => Availability::Alive,
        }
    }

    /// The last time that something about the message changed because of its
    /// fate.
    pub(crate) fn modified_at(&self, now_ms: i64) -> Option<i64> {
        let purged_at = self
            .purged_at
            .or(self.deleted_at.map(|at| at.saturating_add(DELETED_FOR)));
        [self.deleted_at, purged_at, self.changed_at]
            .into_iter()
            .flatten()
            .filter(|at| *at <= now_ms)
            .max()
    }
}

impl Fates {
    pub(crate) fn recording_deleted(&self, number: u32) -> bool {
        self.deleted_recordings.contains(&number)
    }

    /// False if it was deleted before.
    pub(crate) fn delete_recording(&mut self, number: u32) -> bool {
        self.deleted_recordings.insert(number)
    }

    pub(crate) fn of(&self, number: u32, message: &Message) -> Fate {
        let planned = (message.deleted_at != i64::MAX).then_some(message.deleted_at);
        self.messages.get(&number).copied().unwrap_or(Fate {
            deleted_at: planned,
            ..Fate::default()
        })
    }

    /// First to Deleted, then to Purged, or there at once. False if nothing
    /// was left to delete.
    pub(crate) fn delete_message(
        &mut self,
        number: u32,
        message: &Message,
        purge: bool,
        now_ms: i64,
    ) -> bool {
        let mut fate = self.of(number, message);
        match fate.availability(now_ms) {
            Availability::Alive if !purge => fate.deleted_at = Some(now_ms),
            Availability::Alive | Availability::Deleted => {
                fate.deleted_at = fate.deleted_at.or(Some(now_ms));
                fate.purged_at = Some(now_ms);
            }
            Availability::Purged => {
                fate.purged_at = Some(now_ms.saturating_sub(DELETED_FOR));
            }
            Availability::Gone => return false,
        }
        fate.changed_at = Some(now_ms);
        self.messages.insert(number, fate);
        true
    }

    /// Restores a deleted message. False if it is too late.
    pub(crate) fn restore(&mut self, number: u32, message: &Message, now_ms: i64) -> bool {
        let fate = self.of(number, message);
        if matches!(
            fate.availability(now_ms),
            Availability::Purged | Availability::Gone
        ) {
            return false;
        }
        let restored = Fate {
            deleted_at: None,
            purged_at: None,
            changed_at: Some(now_ms),
            ..fate
        };
        self.messages.insert(number, restored);
        true
    }

    pub(crate) fn mark_read(&mut self, number: u32, message: &Message, read: bool, now_ms: i64) {
        let fate = Fate {
            read: Some(read),
            changed_at: Some(now_ms),
            ..self.of(number, message)
        };
        self.messages.insert(number, fate);
    }
}
