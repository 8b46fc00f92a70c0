//! The four kinds of data that are archived.

use std::collections::BTreeSet;
use std::fmt;

use serde::{Deserialize, Serialize};

/// What an Item is. The order is the one of the LOG page's columns.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum DataType {
    /// The audio of a call.
    #[serde(rename = "recordings")]
    CallRecording,
    /// A voicemail's audio, and its transcript where there is one.
    Voicemail,
    /// A text message with its pictures; SMS, MMS and Pager alike.
    Sms,
    /// A fax, received or sent.
    Fax,
}

/// Several of them.
pub type DataTypes = BTreeSet<DataType>;

impl DataType {
    /// All four, in the order of the LOG page.
    pub const ALL: [DataType; 4] = [
        DataType::CallRecording,
        DataType::Voicemail,
        DataType::Sms,
        DataType::Fax,
    ];

    /// The word in the database, on the command line and in URLs.
    pub fn word(self) -> &'static str {
        match self {
            DataType::CallRecording => "recordings",
            DataType::Voicemail => "voicemail",
            DataType::Sms => "sms",
            DataType::Fax => "fax",
        }
    }

    /// The heading people see (the user guide's labels).
    pub fn label(self) -> &'static str {
        match self {
            DataType::CallRecording => "Call Recordings",
            DataType::Voicemail => "Voice Mails",
            DataType::Sms => "SMS",
            DataType::Fax => "Fax",
        }
    }

    /// From its word; `None` for any other text.
    ///
    /// ```
    /// use domain::data_type::DataType;
    /// assert_eq!(DataType::from_word("recordings"), Some(DataType::CallRecording));
    /// assert_eq!(DataType::from_word("Call Recordings"), None);
    /// ```
    pub fn from_word(word: &str) -> Option<DataType> {
        DataType::ALL.into_iter().find(|it| it.word() == word)
    }

    /// Whether it lives in the message store (all but call recordings).
    pub fn is_message(self) -> bool {
        self != DataType::CallRecording
    }
}

impl fmt::Display for DataType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.word())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_type_has_a_word_and_the_word_leads_back() {
        for data_type in DataType::ALL {
            assert_eq!(DataType::from_word(data_type.word()), Some(data_type));
            assert_eq!(data_type.to_string(), data_type.word());
        }
        assert_eq!(DataType::from_word("SMS"), None);
        assert_eq!(DataType::from_word(""), None);
    }

    #[test]
    fn a_set_of_types_keeps_the_order_of_the_log() {
        let types: DataTypes = DataType::ALL.into_iter().rev().collect();
        assert!(types.into_iter().eq(DataType::ALL));
    }

    #[test]
    fn only_recordings_live_outside_the_message_store() {
        let messages = DataType::ALL.into_iter().filter(|it| it.is_message());
        assert!(messages.eq([DataType::Voicemail, DataType::Sms, DataType::Fax]));
    }
}
