//! A Proof: what came of holding the provider's list, the Ledger and the
//! destination against each other.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::data_type::DataType;
use crate::item::ItemId;
use crate::ledger::Count;
use crate::ports::Shelved;
use crate::window::Window;

/// Whose a file in the destination is, by the Ledger.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Claim {
    /// An Entry is archived here, with this size and hash.
    Same(ItemId),
    /// An Entry is archived here, but the destination had vouched for another
    /// size or hash.
    Changed(Box<Shelved>),
    /// No Entry is archived here.
    Nobody,
}

/// What does not agree, by kind.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Discrepancy {
    /// The provider lists it, and the Ledger did not know it.
    Unknown,
    /// Archived, but no file lies at its path.
    Gone,
    /// Archived, but the file has another size or hash than was vouched for.
    Changed,
    /// Archived, listed with the right size and hash, but its bytes are others.
    Damaged,
    /// A file that no Entry accounts for.
    Extra,
}

impl Discrepancy {
    /// All kinds, the worst for the archive first.
    pub const ALL: [Discrepancy; 5] = [
        Discrepancy::Gone,
        Discrepancy::Changed,
        Discrepancy::Damaged,
        Discrepancy::Unknown,
        Discrepancy::Extra,
    ];

    /// The word in JSON.
    pub fn word(self) -> &'static str {
        match self {
            Discrepancy::Unknown => "unknown",
            Discrepancy::Gone => "gone",
            Discrepancy::Changed => "changed",
            Discrepancy::Damaged => "damaged",
            Discrepancy::Extra => "extra",
        }
    }

    /// Whether an archived file is no longer what it was.
    pub fn is_drift(self) -> bool {
        matches!(
            self,
            Discrepancy::Gone | Discrepancy::Changed | Discrepancy::Damaged
        )
    }
}

/// One thing that does not agree.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// What is wrong.
    pub discrepancy: Discrepancy,
    /// Which item; `None` for a file of nobody's.
    pub item: Option<ItemId>,
    /// Its own time, milliseconds since 1970, where known.
    pub at_ms: Option<i64>,
    /// Where it lies or should lie; `None` for what has no place yet.
    pub path: Option<String>,
    /// The sentence for people.
    pub what: String,
}

/// The result, as it is kept.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Proof {
    /// When it was begun and ended, milliseconds since 1970.
    pub begun_ms: i64,
    /// Its end.
    pub ended_ms: i64,
    /// Items whose own time lies in here, from (inclusive), milliseconds
    /// since 1970.
    pub from_ms: i64,
    /// To (exclusive).
    pub to_ms: i64,
    /// Whether the bytes were read, too.
    pub deep: bool,
    /// Units that the provider lists now, by type; units it no longer lists
    /// are safe in the archive and not in here.
    pub listed: BTreeMap<DataType, u64>,
    /// The Ledger's own counts of the window, by type.
    pub counts: BTreeMap<DataType, Tally>,
    /// Files that the destination listed.
    pub files: u64,
    /// Bytes that were read back and agree.
    pub bytes_read: u64,
    /// How many of what does not agree.
    pub discrepancies: BTreeMap<Discrepancy, u64>,
    /// Lanes that could not be listed.
    pub gaps: u64,
}

/// Units by state: [`Count`] as it is kept.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Tally {
    /// Archived and verified.
    pub archived: u64,
    /// To be archived.
    pub pending: u64,
    /// Lost at the provider.
    pub missing: u64,
    /// Left out by a rule.
    pub excluded: u64,
}

impl From<Count> for Tally {
    fn from(count: Count) -> Tally {
        Tally {
            archived: count.archived,
            pending: count.pending,
            missing: count.missing,
            excluded: count.excluded,
        }
    }
}

impl Proof {
    /// The window.
    pub fn window(&self) -> Option<Window> {
        Window::from_ms(self.from_ms, self.to_ms)
    }

    /// All types together.
    pub fn total(&self) -> Tally {
        let tallies = self.counts.values();
        tallies.fold(Tally::default(), |sum, one| Tally {
            archived: sum.archived + one.archived,
            pending: sum.pending + one.pending,
            missing: sum.missing + one.missing,
            excluded: sum.excluded + one.excluded,
        })
    }

    /// Whether archived files are no longer what they were.
    pub fn has_drift(&self) -> bool {
        self.discrepancies
            .iter()
            .any(|(it, &count)| it.is_drift() && count > 0)
    }

    /// Whether the provider's list, the Ledger and the destination are one:
    /// nothing pending, missing or unlisted, and nothing that does not agree.
    pub fn holds(&self) -> bool {
        let total = self.total();
        total.pending == 0
            && total.missing == 0
            && self.gaps == 0
            && self.discrepancies.values().all(|&count| count == 0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn proof() -> Proof {
        Proof {
            begun_ms: 1,
            ended_ms: 2,
            from_ms: 0,
            to_ms: 10,
            deep: false,
            listed: BTreeMap::new(),
            counts: BTreeMap::from([(
                DataType::Sms,
                Tally {
                    archived: 3,
                    excluded: 1,
                    ..Tally::default()
                },
            )]),
            files: 3,
            bytes_read: 0,
            discrepancies: BTreeMap::new(),
            gaps: 0,
        }
    }

    #[test]
    fn a_proof_holds_only_while_nothing_is_wrong() {
        assert!(proof().holds());
        for discrepancy in Discrepancy::ALL {
            let mut wrong = proof();
            wrong.discrepancies.insert(discrepancy, 1);
            assert!(!wrong.holds(), "{discrepancy:?}");
            assert_eq!(wrong.has_drift(), discrepancy.is_drift());
            wrong.discrepancies.insert(discrepancy, 0);
            assert!(wrong.holds() && !wrong.has_drift());
        }
        for spoil in [
            |it: &mut Tally| it.pending = 1,
            |it: &mut Tally| it.missing = 1,
        ] {
            let mut wrong = proof();
            spoil(wrong.counts.entry(DataType::Fax).or_default());
            assert!(!wrong.holds());
        }
        let unlisted = Proof { gaps: 1, ..proof() };
        assert!(!unlisted.holds());
    }

    #[test]
    fn a_proof_is_kept_as_it_is() {
        let mut proof = proof();
        proof.listed.insert(DataType::Voicemail, 7);
        proof.discrepancies.insert(Discrepancy::Gone, 2);
        let text = serde_json::to_string(&proof).unwrap();
        assert_eq!(serde_json::from_str::<Proof>(&text).unwrap(), proof);
        assert!(text.contains("\"gone\":2"));
        for discrepancy in Discrepancy::ALL {
            let word = serde_json::to_string(&discrepancy).unwrap();
            assert_eq!(word, format!("\"{}\"", discrepancy.word()));
        }
    }
}
