//! Retention: how long the source's provider keeps what is still to be
//! archived, and when it deletes it.

use std::collections::BTreeMap;

use crate::data_type::DataType;
use crate::schedule::HORIZON_MS;
use crate::window::DAY_MS;

/// How long each data type is kept, as the provider told for this company.
/// What it did not tell, or may not tell to this grant, is absent.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Retention(pub BTreeMap<DataType, u32>);

/// How long one data type is kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Keeps {
    /// Days.
    pub days: u32,
    /// The provider told it for this company; else it is what its documents
    /// say of every company.
    pub told: bool,
}

/// When something pending is deleted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Deadline {
    /// When, milliseconds since 1970.
    pub at_ms: i64,
    /// What.
    pub data_type: DataType,
    /// How sure that is.
    pub keeps: Keeps,
}

impl Retention {
    /// How long a data type is kept; `None`: without a limit in time.
    ///
    /// What was not told is as RingCentral documents it: recordings 90 days
    /// (support article "call recording"), faxes 30 days and 200 messages,
    /// voicemails and texts without a limit in time, only in number (support
    /// article "message storage"). A company that must obey HIPAA has less.
    pub fn keeps(&self, data_type: DataType) -> Option<Keeps> {
        if let Some(&days) = self.0.get(&data_type) {
            return Some(Keeps { days, told: true });
        }
        let days = match data_type {
            DataType::CallRecording => 90,
            DataType::Fax => 30,
            DataType::Voicemail | DataType::Sms => return None,
        };
        Some(Keeps { days, told: false })
    }

    /// When something of this own time is deleted, milliseconds since 1970.
    /// What is kept without a limit in time, but only in number, counts as kept
    /// for [`HORIZON_MS`]: longer nobody can rely on it.
    pub fn deadline_ms(&self, of: DataType, at_ms: i64) -> i64 {
        let keeps = self.keeps(of);
        let keeps_ms = keeps.map_or(HORIZON_MS, |it| i64::from(it.days) * DAY_MS);
        at_ms.saturating_add(keeps_ms)
    }

    /// When the first of what is pending is deleted. `oldest`: own times of
    /// the oldest pending items, milliseconds since 1970.
    pub fn deadline(&self, oldest: &BTreeMap<DataType, i64>) -> Option<Deadline> {
        let deadlines = oldest.iter().filter_map(|(&data_type, &at_ms)| {
            let keeps = self.keeps(data_type)?;
            Some(Deadline {
                at_ms: at_ms.saturating_add(i64::from(keeps.days) * DAY_MS),
                data_type,
                keeps,
            })
        });
        deadlines.min_by_key(|it| it.at_ms)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_deleted_first_is_told_whatever_is_older() {
        let none = Retention::default();
        assert_eq!(none.deadline(&BTreeMap::new()), None);
        let oldest = BTreeMap::from([
            (DataType::CallRecording, 0),
            (DataType::Fax, 10 * DAY_MS),
            (DataType::Sms, -100 * DAY_MS),
        ]);
        let fax = none.deadline(&oldest).unwrap();
        assert_eq!((fax.at_ms, fax.data_type), (40 * DAY_MS, DataType::Fax));
        assert!(!fax.keeps.told);
        let short = Retention(BTreeMap::from([(DataType::CallRecording, 7)]));
        let recording = short.deadline(&oldest).unwrap();
        assert_eq!(recording.at_ms, 7 * DAY_MS);
        assert!(recording.keeps.told);
        assert_eq!(short.keeps(DataType::Sms), None);
        for (of, days) in [
            (DataType::CallRecording, 7),
            (DataType::Fax, 30),
            (DataType::Sms, 90),
        ] {
            assert_eq!(short.deadline_ms(of, 5), 5 + days * DAY_MS);
        }
    }
}
