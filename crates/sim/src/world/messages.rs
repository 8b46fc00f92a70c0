//! Voicemails, texts and faxes of every mailbox: what happened, not how it is
//! shown.

use crate::dice::Dice;
use crate::media::Audio;

use super::calendar::{DAY, Delays, Span};
use super::people::{Cast, STRANGERS};
use super::{NEVER, Options};

/// How long a deleted message stays restorable, and a purged one visible
/// (RingCentral developer guide, message store).
pub(crate) const DELETED_FOR: i64 = 5 * DAY;

/// One message in one mailbox.
#[derive(Clone, Debug)]
pub(crate) struct Message {
    pub(crate) created_ms: i64,
    pub(crate) kind: Kind,
    /// Place of the mailbox's extension in the company.
    pub(crate) owner: u16,
    pub(crate) outbound: bool,
    /// Who is at the other end.
    pub(crate) stranger: u32,
    /// The colleague at the other end of a pager message.
    pub(crate) colleague: u16,
    /// When transcript or fax are finished; `created_ms` if nothing is left to
    /// be done.
    pub(crate) settled_at: i64,
    /// When the owner deleted it; [`NEVER`] mostly.
    pub(crate) deleted_at: i64,
    /// Chance of everything else about it.
    pub(crate) dice: Dice,
}

/// What a message is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    Voicemail,
    Sms,
    Mms,
    /// A text with several recipients.
    GroupSms,
    /// A text inside the company.
    Pager,
    Fax,
}

impl Kind {
    pub(crate) fn is_text(self) -> bool {
        !matches!(self, Self::Voicemail | Self::Fax)
    }
}

/// State of a voicemail's transcript once it is settled.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Transcript {
    NotAvailable,
    Completed,
    CompletedPartially,
    Failed,
}

impl Message {
    /// The voicemail's audio.
    pub(crate) fn audio(&self, wav_share: f64) -> Audio {
        let seconds = self.dice.of("seconds").around(16.0).clamp(3.0, 120.0);
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "3 to 120"
        )]
        let seconds = seconds as u32;
        if self.dice.of("wav").chance(wav_share * 4.0) {
            Audio::MuLaw { seconds }
        } else {
            Audio::Mp3 { seconds }
        }
    }

    pub(crate) fn transcript(&self) -> Transcript {
        let dice = self.dice.of("transcript");
        match dice.below(100) {
            _ if self.settled_at > self.created_ms => Transcript::Completed,
            0..40 => Transcript::NotAvailable,
            40..90 => Transcript::Completed,
            90..95 => Transcript::CompletedPartially,
            _ => Transcript::Failed,
        }
    }

    /// Pictures of an MMS.
    pub(crate) fn pictures(&self) -> u8 {
        match self.kind {
            Kind::Mms => u8::try_from(1 + self.dice.of("pictures").below(3)).unwrap_or(1),
            _ => 0,
        }
    }

    /// Pages of a fax.
    pub(crate) fn pages(&self) -> u8 {
        u8::try_from(1 + self.dice.of("pages").below(5)).unwrap_or(1)
    }

    /// True for a sent fax that shows the file it was made from, too.
    pub(crate) fn has_source(&self) -> bool {
        self.kind == Kind::Fax && self.outbound && self.dice.of("source").chance(0.2)
    }

    /// The strangers a text goes to, or comes from first.
    pub(crate) fn strangers(&self) -> Vec<u32> {
        let more = if self.kind == Kind::GroupSms {
            2 + self.dice.of("group").below(4)
        } else {
            0
        };
        let town = u32::try_from(STRANGERS).unwrap_or(1);
        (0..=u32::try_from(more).unwrap_or(0))
            .map(|step| (self.stranger + step * 37) % town)
            .collect()
    }
}

/// Everything in all mailboxes, oldest first.
pub(crate) fn build(
    dice: Dice,
    options: &Options,
    cast: &Cast<'_>,
    anchor_ms: i64,
    delays: &Delays,
) -> Vec<Message> {
    let dice = dice.of("messages");
    let mut messages = Vec::new();
    for (purpose, per_day) in [
        ("voicemail", options.voicemails_per_day),
        ("text", options.texts_per_day),
        ("fax", options.faxes_per_day),
    ] {
        for (era, span) in spans(options, per_day, options.in_history(per_day), anchor_ms) {
            let dice = dice.of(purpose).of(era);
            for k in 0..span.count {
                let thrown = dice.at(u64::from(k));
                let message = throw(thrown, purpose, span.moment(thrown, k), cast);
                messages.extend(message.kind.eq(&Kind::Pager).then(|| mirrored(&message)));
                messages.push(message);
            }
        }
    }
    messages.sort_by_key(|message| (message.created_ms, message.owner));
    plant(&mut messages, options, anchor_ms, delays);
    messages
}

/// History and, if the company goes on, what comes after the anchor.
pub(super) fn spans(
    options: &Options,
    per_day: u32,
    history: u32,
    anchor_ms: i64,
) -> [(&'static str, Span); 2] {
    let past = Span {
        from_ms: anchor_ms - i64::from(options.days) * DAY,
        days: options.days,
        count: history,
    };
    let ahead = Span {
        from_ms: anchor_ms,
        days: options.days_ahead,
        count: per_day.saturating_mul(options.days_ahead),
    };
    [("past", past), ("ahead", ahead)]
}

fn throw(dice: Dice, purpose: &str, created_ms: i64, cast: &Cast<'_>) -> Message {
    let kind = match purpose {
        "voicemail" => Kind::Voicemail,
        "fax" => Kind::Fax,
        _ => match dice.of("kind").below(100) {
            0..66 => Kind::Sms,
            66..82 => Kind::Mms,
            82..90 => Kind::GroupSms,
            _ => Kind::Pager,
        },
    };
    let owner = cast.someone(dice.of("owner"), created_ms, kind == Kind::Voicemail);
    Message {
        created_ms,
        kind,
        owner,
        outbound: kind != Kind::Voicemail && dice.of("direction").chance(0.5),
        stranger: u32::try_from(dice.of("stranger").below(STRANGERS)).unwrap_or(0),
        colleague: cast.colleague(dice, created_ms, owner),
        settled_at: created_ms,
        deleted_at: NEVER,
        dice,
    }
}

/// The other half of a pager message: what the colleague's mailbox shows.
fn mirrored(message: &Message) -> Message {
    Message {
        owner: message.colleague,
        colleague: message.owner,
        outbound: !message.outbound,
        ..message.clone()
    }
}

/// Marks the peculiar ones: the newest that fit, spaced out.
fn plant(messages: &mut [Message], options: &Options, anchor_ms: i64, delays: &Delays) {
    let settle = |message: &mut Message| {
        message.settled_at = delays.planted(anchor_ms, message.dice.of("planted"));
    };
    let recent = |m: &Message| m.created_ms < anchor_ms && m.created_ms > anchor_ms - DAY;
    choose(
        messages,
        options.pending_transcripts,
        |m| recent(m) && m.kind == Kind::Voicemail,
        settle,
    );
    choose(
        messages,
        options.queued_faxes,
        |m| recent(m) && m.kind == Kind::Fax && m.outbound,
        settle,
    );
    let settled = |m: &Message| m.settled_at == m.created_ms && m.deleted_at == NEVER;
    let old = |m: &Message, days: i64| settled(m) && m.created_ms < anchor_ms - days * DAY;
    choose(
        messages,
        options.deleted_messages,
        |m| settled(m) && m.created_ms < anchor_ms - DAY / 8,
        |m| {
            m.deleted_at = (m.created_ms + DAY / 12).max(anchor_ms - DAY);
        },
    );
    choose(
        messages,
        options.purged_messages,
        |m| old(m, 6),
        |m| {
            m.deleted_at = anchor_ms - DELETED_FOR - DAY / 2;
        },
    );
}

/// Changes `count` of those that fit, every fifth one from the newest back.
fn choose<T>(all: &mut [T], count: u32, fits: impl Fn(&T) -> bool, mut change: impl FnMut(&mut T)) {
    let count = usize::try_from(count).unwrap_or(usize::MAX);
    let fitting: Vec<usize> = (0..all.len()).rev().filter(|&i| fits(&all[i])).collect();
    let stride = (fitting.len() / count.max(1)).clamp(1, 5);
    for &index in fitting.iter().step_by(stride).take(count) {
        change(&mut all[index]);
    }
}
