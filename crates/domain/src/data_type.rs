//! The four kinds of data that are archived.

use std::collections::BTreeSet;
use std::fmt;

use serde::{Deserialize, Serialize};

/// What an Item is. The order is the one of the LOG page's columns.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum DataType {
    /// The audio of a call.
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
