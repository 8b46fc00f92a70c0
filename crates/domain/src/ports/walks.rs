//! The Walks port: how far the portion of a walk through history is that many
//! runs share. A large company's portion takes longer than a run may last;
//! lane by lane it is done all the same.

use async_trait::async_trait;

use crate::account::AccountId;
use crate::connection::BackupId;
use crate::data_type::DataTypes;
use crate::error::Result;
use crate::window::Window;

/// What became of one lane in one portion of a walk.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Walked {
    /// The lane's key ([`crate::lane::Lane::key`]).
    pub lane: String,
    /// The portion.
    pub window: Window,
    /// The types that were asked for.
    pub types: DataTypes,
    /// What became of it.
    pub became: Became,
}

/// What became of asking for a lane.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Became {
    /// It was listed.
    Listed,
    /// It could not be listed; another time it may.
    Gap,
    /// It may not be listed, until somebody allows it.
    Forbidden,
}

impl Became {
    /// The word in the database.
    pub fn word(self) -> &'static str {
        match self {
            Became::Listed => "listed",
            Became::Gap => "gap",
            Became::Forbidden => "forbidden",
        }
    }

    /// From its word; what a newer version wrote may be asked again.
    pub fn from_word(word: &str) -> Became {
        match word {
            "listed" => Became::Listed,
            "forbidden" => Became::Forbidden,
            _ => Became::Gap,
        }
    }
}

impl Walked {
    /// Whether it is about this portion and at least these types.
    pub fn covers(&self, window: Window, types: &DataTypes) -> bool {
        self.window == window && types.is_subset(&self.types)
    }
}

/// One line for each lane of a Backup: the newest portion it was asked for.
#[async_trait]
pub trait Walks: Send + Sync {
    /// Keeps these lines, all or none, each instead of its lane's last one.
    async fn keep_walked(
        &self,
        account: &AccountId,
        backup: &BackupId,
        lines: &[Walked],
    ) -> Result<()>;

    /// All lines, in the order of the lanes' keys.
    async fn walked(&self, account: &AccountId, backup: &BackupId) -> Result<Vec<Walked>>;

    /// Forgets them all: the portion is complete.
    async fn forget_walked(&self, account: &AccountId, backup: &BackupId) -> Result<()>;
}
