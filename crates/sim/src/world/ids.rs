//! Identifiers as RingCentral has them, computed from an index and back, so
//! that no table is needed: numbers that end in `008`, and the opaque
//! case-sensitive ids of call records.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

use crate::dice::Dice;

/// Id of the account; also the id of its main extension (RingCentral
/// developer guide, extensions).
pub(crate) const ACCOUNT: u64 = 400_131_426_008;

const RECORDINGS: u64 = 1_850_000_000_008;
const MESSAGES: u64 = 2_460_000_000_008;
const SESSIONS: u64 = 3_170_000_000_008;
/// A message may have this many attachments.
const ATTACHMENTS: u64 = 16;

/// Id of the extension with this place in the company.
pub(crate) fn extension(index: u64) -> u64 {
    ACCOUNT + index * 1_000
}

/// Id of a recording.
pub(crate) fn recording(index: u32) -> u64 {
    RECORDINGS + u64::from(index) * 1_000
}

/// The recording with this id, if the id is one of ours.
pub(crate) fn recording_index(id: &str) -> Option<u32> {
    numbered(id, RECORDINGS)
}

/// Added to message ids in a world of odd data: beyond what a double can hold.
pub(crate) const BIG: u64 = 1 << 53;

/// Id of an attachment of the message with this number; the first attachment
/// has the id of its message.
pub(crate) fn attachment(message: u32, part: u8, big: bool) -> u64 {
    messages(big) + (u64::from(message) * ATTACHMENTS + u64::from(part)) * 1_000
}

/// The message with this id.
pub(crate) fn message_number(id: &str, big: bool) -> Option<u32> {
    let n = numbered(id, messages(big))?;
    (u64::from(n) % ATTACHMENTS == 0).then_some(n / 16)
}

fn messages(big: bool) -> u64 {
    MESSAGES + if big { BIG } else { 0 }
}

/// Id of a call session.
pub(crate) fn session(call: u32) -> u64 {
    SESSIONS + u64::from(call) * 1_000
}

/// Telephony id of a call session.
pub(crate) fn telephony_session(dice: Dice, call: u32) -> String {
    let dice = dice.of("telephony").at(u64::from(call));
    format!("s-{:016x}{:016x}", dice.bits(), dice.at(1).bits())
}

fn numbered(id: &str, base: u64) -> Option<u32> {
    let distance = id.parse::<u64>().ok()?.checked_sub(base)?;
    (distance % 1_000 == 0).then(|| u32::try_from(distance / 1_000).ok())?
}

/// Which record of a call, seen in which log. The account's and the
/// extensions' logs use different ids for the same call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct RecordKey {
    pub(crate) call: u32,
    /// 0, or 1 for the callee's record of an internal call.
    pub(crate) side: u8,
    pub(crate) account_level: bool,
}

impl RecordKey {
    /// Fifteen characters of which nothing can be read.
    pub(crate) fn id(self, dice: Dice) -> String {
        let plain = u64::from(self.call) << 2
            | u64::from(self.side & 1) << 1
            | u64::from(self.account_level);
        let hidden = plain ^ Self::pad(dice, Self::check(dice, plain));
        let mut bytes = [0; 11];
        bytes[..8].copy_from_slice(&hidden.to_be_bytes());
        bytes[8..].copy_from_slice(&Self::check(dice, plain));
        URL_SAFE_NO_PAD.encode(bytes)
    }

    /// The record with this id.
    pub(crate) fn parse(dice: Dice, id: &str) -> Option<Self> {
        let bytes: [u8; 11] = URL_SAFE_NO_PAD.decode(id).ok()?.try_into().ok()?;
        let (hidden, check) = bytes.split_at(8);
        let check: [u8; 3] = check.try_into().ok()?;
        let plain = u64::from_be_bytes(hidden.try_into().ok()?) ^ Self::pad(dice, check);
        (Self::check(dice, plain) == check).then_some(())?;
        Some(Self {
            call: u32::try_from(plain >> 2).ok()?,
            side: u8::try_from(plain >> 1 & 1).ok()?,
            account_level: plain & 1 == 1,
        })
    }

    fn check(dice: Dice, plain: u64) -> [u8; 3] {
        let [a, b, c, ..] = dice.of("record check").at(plain).bits().to_be_bytes();
        [a, b, c]
    }

    fn pad(dice: Dice, [a, b, c]: [u8; 3]) -> u64 {
        let check = u64::from(u32::from_be_bytes([0, a, b, c]));
        dice.of("record pad").at(check).bits()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_lead_back_to_what_they_name() {
        let dice = Dice::new(3);
        for call in [0, 1, 77, 99_999, u32::MAX] {
            for (side, account_level) in [(0, false), (0, true), (1, false), (1, true)] {
                let key = RecordKey {
                    call,
                    side,
                    account_level,
                };
                let id = key.id(dice);
                assert_eq!(id.len(), 15);
                assert_eq!(RecordKey::parse(dice, &id), Some(key));
            }
            assert_eq!(recording_index(&recording(call).to_string()), Some(call));
        }
        for big in [false, true] {
            assert_eq!(
                message_number(&attachment(42, 0, big).to_string(), big),
                Some(42)
            );
            assert_eq!(
                message_number(&attachment(42, 1, big).to_string(), big),
                None
            );
        }
        assert_eq!(RecordKey::parse(dice, "IWM7cJogEv7xlu8"), None);
        assert_eq!(recording_index("17"), None);
    }
}
