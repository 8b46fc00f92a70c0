//! One Entry, in memory: what becomes of it by sightings, tries and people.

use domain::archive_path::ArchivePath;
use domain::item::{Item, Standing};
use domain::ledger::{EntryState, Fingerprint, Outcome, Pending, Receipt};
use domain::ports::Shelved;

pub(super) struct Entry {
    pub(super) stem: String,
    pub(super) state: EntryState,
    pub(super) cause: String,
    pub(super) attempts: u32,
    pub(super) first_seen_ms: i64,
    /// `None`: not before a newer sighting says that it is ready.
    pub(super) next_try_ms: Option<i64>,
    /// First and last try, milliseconds since 1970.
    pub(super) worked: Option<(i64, i64)>,
    pub(super) shelf: Option<(ArchivePath, Fingerprint, Receipt)>,
    /// When it was last found in the destination's listing; 0: never.
    pub(super) proven_ms: i64,
    /// Which manifest tells of its state; 0: none.
    pub(super) manifest: i64,
}

impl Entry {
    pub(super) fn new(stem: String, now_ms: i64) -> Entry {
        Entry {
            stem,
            state: EntryState::Pending(Pending::New),
            cause: String::new(),
            attempts: 0,
            first_seen_ms: now_ms,
            next_try_ms: Some(now_ms),
            worked: None,
            shelf: None,
            proven_ms: 0,
            manifest: 0,
        }
    }

    /// Pending again if it is archived: its file is no longer what it was.
    /// Tells whether.
    pub(super) fn reopen(&mut self, cause: &str, now_ms: i64) -> bool {
        let archived = self.state == EntryState::Archived;
        if archived {
            self.state = EntryState::Pending(Pending::Failed);
            cause.clone_into(&mut self.cause);
            self.attempts = 0;
            self.next_try_ms = Some(now_ms);
            self.shelf = None;
            self.proven_ms = 0;
            self.manifest = 0;
        }
        archived
    }

    /// Follows a sighting, unless its story has ended. One that waits for a
    /// time goes on waiting, one that waits for a sighting is due now.
    pub(super) fn follow(&mut self, standing: &Standing, now_ms: i64) {
        if matches!(self.state, EntryState::Archived | EntryState::Missing) {
            return;
        }
        let (state, cause) = match standing {
            Standing::Ready if self.next_try_ms.is_some() => return,
            Standing::Ready => (EntryState::Pending(Pending::New), ""),
            Standing::NotYet(why) => (EntryState::Pending(Pending::NotReady), *why),
            Standing::Excluded(rule) => (EntryState::Excluded, *rule),
            Standing::Missing(cause) => (EntryState::Missing, *cause),
        };
        self.next_try_ms = (*standing == Standing::Ready).then_some(now_ms);
        self.manifest = 0;
        self.state = state;
        cause.clone_into(&mut self.cause);
    }

    pub(super) fn settle(&mut self, outcome: &Outcome, now_ms: i64) {
        if self.state == EntryState::Archived {
            return;
        }
        let first = self.worked.map_or(now_ms, |(first, _)| first);
        self.worked = Some((first, now_ms));
        self.next_try_ms = None;
        self.manifest = 0;
        self.cause.clear();
        match outcome {
            Outcome::Archived {
                path,
                fingerprint,
                receipt,
            } => {
                self.state = EntryState::Archived;
                self.shelf = Some((path.clone(), fingerprint.clone(), receipt.clone()));
            }
            Outcome::Pending {
                reason,
                cause,
                next_try_ms,
                counts,
            } => {
                self.state = EntryState::Pending(reason.clone());
                self.cause.clone_from(cause);
                self.next_try_ms = Some(*next_try_ms);
                self.attempts += u32::from(*counts);
            }
            Outcome::Missing { cause } => {
                self.state = EntryState::Missing;
                self.cause.clone_from(cause);
            }
        }
    }

    /// New and due at once, unless it needs no more work or waits for a
    /// sighting. Tells whether.
    pub(super) fn retry(&mut self, now_ms: i64) -> bool {
        let waits = self.is_pending() && self.next_try_ms.is_some();
        let open = waits || self.state == EntryState::Missing;
        if open {
            self.state = EntryState::Pending(Pending::New);
            self.manifest = 0;
            self.cause.clear();
            self.attempts = 0;
            self.next_try_ms = Some(now_ms);
        }
        open
    }

    /// Due now if it is pending and would wait beyond that. Tells whether.
    pub(super) fn pull_back(&mut self, beyond_ms: i64, now_ms: i64) -> bool {
        let absurd = self.is_pending() && self.next_try_ms.is_some_and(|at| at > beyond_ms);
        if absurd {
            self.next_try_ms = Some(now_ms);
        }
        absurd
    }

    /// As verifications see it, if it is archived.
    pub(super) fn on_shelf(&self, item: &Item) -> Option<Shelved> {
        let (path, fingerprint, receipt) = self.shelf.clone()?;
        Some(Shelved {
            item: item.id.clone(),
            at_ms: item.at_ms,
            path,
            fingerprint,
            receipt,
        })
    }

    pub(super) fn is_pending(&self) -> bool {
        matches!(self.state, EntryState::Pending(_))
    }
}
