//! The simulated company: who works there, and every call, recording, text,
//! voicemail and fax it ever had. Facts only: how and when RingCentral shows
//! them is told elsewhere.

pub(crate) mod calendar;
pub(crate) mod calls;
pub(crate) mod ids;
pub(crate) mod messages;
pub(crate) mod options;
pub(crate) mod people;
pub(crate) mod words;

pub use options::Options;

use crate::dice::Dice;
use crate::media::{Form, Media, Page};

use calendar::Delays;
use calls::{Call, Recording};
use ids::RecordKey;
use messages::{Kind, Message, Transcript};
use people::{Cast, Extension, Stranger};

/// A moment that does not come.
pub(crate) const NEVER: i64 = i64::MAX;

/// The company and its past (and planned future).
#[derive(Debug)]
pub(crate) struct World {
    pub(crate) options: Options,
    pub(crate) dice: Dice,
    pub(crate) staff: Vec<Extension>,
    /// Oldest first; a call's place is its number.
    pub(crate) calls: Vec<Call>,
    pub(crate) recordings: Vec<Recording>,
    /// Oldest first; a message's place is its number.
    pub(crate) messages: Vec<Message>,
    /// Numbers of each extension's messages, oldest first.
    pub(crate) mailboxes: Vec<Vec<u32>>,
    /// Numbers are recycled and ids are big.
    pub(crate) odd: bool,
    /// When the last delay that holds at the anchor has ended.
    pub(crate) settled_at_ms: i64,
}

impl World {
    /// The company that follows from `seed`, with its present at `anchor_ms`.
    pub(crate) fn new(
        seed: u64,
        options: &Options,
        delays: &Delays,
        anchor_ms: i64,
        odd: bool,
    ) -> Self {
        let dice = Dice::new(seed).of("world");
        let anchor_ms = calendar::whole_second(anchor_ms);
        let staff = people::extensions(options, odd);
        let cast = Cast {
            staff: &staff,
            left_ms: anchor_ms - 2 * calendar::DAY,
        };
        let messages = messages::build(dice, options, &cast, anchor_ms, delays);
        let (calls, recordings) = calls::build(dice, options, cast, &messages, anchor_ms, delays);
        let mut mailboxes = vec![Vec::new(); staff.len()];
        for (number, message) in (0..).zip(&messages) {
            mailboxes[usize::from(message.owner)].push(number);
        }
        let in_history = |start_ms: i64| start_ms < anchor_ms;
        let settled_at_ms = messages
            .iter()
            .filter(|message| in_history(message.created_ms))
            .map(|message| message.settled_at)
            .chain(
                calls
                    .iter()
                    .filter(|call| in_history(call.start_ms))
                    .map(|call| call.final_at),
            )
            .chain(
                recordings
                    .iter()
                    .filter(|r| in_history(calls[place(r.call)].start_ms))
                    .flat_map(|r| {
                        [
                            r.link_at,
                            if r.ready_at == NEVER {
                                r.link_at
                            } else {
                                r.ready_at
                            },
                        ]
                    }),
            )
            .max()
            .unwrap_or(anchor_ms);
        Self {
            options: options.clone(),
            dice,
            staff,
            calls,
            recordings,
            messages,
            mailboxes,
            odd,
            settled_at_ms,
        }
    }

    pub(crate) fn call(&self, number: u32) -> Option<&Call> {
        self.calls.get(place(number))
    }

    pub(crate) fn recording(&self, number: u32) -> Option<&Recording> {
        self.recordings.get(place(number))
    }

    pub(crate) fn message(&self, number: u32) -> Option<&Message> {
        self.messages.get(place(number))
    }

    pub(crate) fn extension(&self, index: u16) -> &Extension {
        &self.staff[usize::from(index)]
    }

    /// Place of the extension with this id.
    pub(crate) fn extension_with_id(&self, id: &str) -> Option<u16> {
        let id: u64 = id.parse().ok()?;
        let index = id.checked_sub(ids::ACCOUNT)? / 1_000;
        let index = u16::try_from(index).ok()?;
        (self.staff.get(usize::from(index))?.id == id).then_some(index)
    }

    pub(crate) fn stranger(&self, index: u32) -> Stranger {
        people::stranger(self.dice, index)
    }

    /// The id of a record of a call.
    pub(crate) fn record_id(&self, call: u32, side: u8, account_level: bool) -> String {
        RecordKey {
            call,
            side,
            account_level,
        }
        .id(self.dice)
    }

    /// Id of a message, which is that of its first attachment.
    pub(crate) fn message_id(&self, number: u32) -> u64 {
        self.attachment_id(number, 0)
    }

    pub(crate) fn attachment_id(&self, number: u32, part: u8) -> u64 {
        ids::attachment(number, part, self.odd)
    }

    /// The message with this id.
    pub(crate) fn message_number(&self, id: &str) -> Option<u32> {
        ids::message_number(id, self.odd).filter(|&number| self.message(number).is_some())
    }

    /// The audio of a recording.
    pub(crate) fn recording_media(&self, number: u32) -> Option<Media> {
        let recording = self.recording(number)?;
        let label = format!("Recording {}", ids::recording(number));
        Some(Media::audio(
            self.dice.of("recording audio").at(u64::from(number)),
            &label,
            recording.audio,
        ))
    }

    /// The attachments of a message once everything about it is settled, in
    /// order; `part` is what [`ids::attachment`] counts.
    pub(crate) fn attachments(&self, number: u32) -> Vec<Attachment> {
        let Some(message) = self.message(number) else {
            return Vec::new();
        };
        let first = |role| Attachment { part: 0, role };
        match message.kind {
            Kind::Voicemail => {
                let text = matches!(
                    message.transcript(),
                    Transcript::Completed | Transcript::CompletedPartially
                );
                let transcript = text.then_some(Attachment {
                    part: 1,
                    role: Role::Transcript,
                });
                [Some(first(Role::Voicemail)), transcript]
                    .into_iter()
                    .flatten()
                    .collect()
            }
            Kind::Fax => {
                let source = message.has_source().then_some(Attachment {
                    part: 1,
                    role: Role::FaxSource,
                });
                [Some(first(Role::Fax)), source]
                    .into_iter()
                    .flatten()
                    .collect()
            }
            _ => {
                let pictures = (1..=message.pictures()).map(|part| Attachment {
                    part,
                    role: Role::Picture,
                });
                std::iter::once(first(Role::Text)).chain(pictures).collect()
            }
        }
    }

    /// What kind of file an attachment is.
    pub(crate) fn form(&self, message: &Message, attachment: Attachment) -> Form {
        match attachment.role {
            Role::Voicemail => message.audio(self.options.wav_share).form(),
            Role::Transcript | Role::Text | Role::FaxSource => Form::Text,
            Role::Picture
                if message
                    .dice
                    .of("jpeg")
                    .at(u64::from(attachment.part))
                    .chance(0.5) =>
            {
                Form::Jpeg
            }
            Role::Picture => Form::Png,
            Role::Fax
                if Dice::new(u64::from(message.owner))
                    .of("fax preference")
                    .chance(0.3) =>
            {
                Form::Tiff
            }
            Role::Fax => Form::Pdf,
        }
    }

    /// The bytes of an attachment.
    pub(crate) fn attachment_media(&self, number: u32, attachment: Attachment) -> Option<Media> {
        let message = self.message(number)?;
        let dice = message.dice.of("part").at(u64::from(attachment.part));
        let id = self.attachment_id(number, attachment.part);
        let pages = || -> Vec<Page> {
            let faxed = (0..message.pages()).map(|n| words::fax_page(dice.at(u64::from(n)), id));
            faxed.collect()
        };
        Some(match (attachment.role, self.form(message, attachment)) {
            (Role::Voicemail, _) => Media::audio(
                dice,
                &format!("Voicemail {id}"),
                message.audio(self.options.wav_share),
            ),
            (Role::Transcript, _) => Media::text(&words::transcript(dice)),
            (Role::Text, _) => Media::text(&words::text(message)),
            (Role::FaxSource, _) => Media::text(&words::letter(dice)),
            (Role::Picture, Form::Jpeg) => Media::jpeg(dice, &format!("Picture {id}")),
            (Role::Picture, _) => Media::png(dice),
            (Role::Fax, Form::Tiff) => Media::tiff(&pages()),
            (Role::Fax, _) => Media::pdf(&pages(), id),
        })
    }
}

/// One attachment of a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Attachment {
    pub(crate) part: u8,
    pub(crate) role: Role,
}

/// What an attachment is to its message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Role {
    Voicemail,
    Transcript,
    Text,
    Picture,
    Fax,
    FaxSource,
}

/// A number as a place in a list.
pub(crate) fn place(number: u32) -> usize {
    usize::try_from(number).unwrap_or(usize::MAX)
}
