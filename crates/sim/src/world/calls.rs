//! Calls and their recordings: what happened, not how it is shown.

use crate::dice::Dice;
use crate::media::Audio;

use super::calendar::{DAY, Delays, whole_second};
use super::messages::{Kind as MessageKind, Message, spans};
use super::people::{Cast, STRANGERS};
use super::{NEVER, Options};

/// One call, which the log shows as one record or two.
#[derive(Clone, Debug)]
pub(crate) struct Call {
    pub(crate) start_ms: i64,
    pub(crate) duration_ms: u32,
    /// When the log shows it first.
    pub(crate) appears_at: i64,
    /// Until then the record says `In Progress`.
    pub(crate) final_at: i64,
    pub(crate) shape: Shape,
    /// The extension whose call it is: caller, callee or queue.
    pub(crate) who: u16,
    /// Agent, callee or transfer target.
    pub(crate) other: u16,
    pub(crate) stranger: u32,
    pub(crate) outbound: bool,
    pub(crate) first_recording: u32,
    pub(crate) recordings: u8,
    /// The voicemail or fax that the call left.
    pub(crate) message: Option<u32>,
    pub(crate) dice: Dice,
}

/// How a call went.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Shape {
    /// One conversation; a recording, if any, is on the record and its leg.
    Plain,
    /// Between two extensions: two records with the same recording.
    Internal,
    /// Through a queue to an agent; shown while it rings and rewritten later;
    /// the recording is on the agent's leg only.
    Queue,
    /// Handed on to a colleague: two recordings, the second on its leg only.
    Transfer,
    /// Recorded, but too short to be kept.
    Short,
    Missed,
    Refused,
    /// Ended in the mailbox.
    Voicemail,
    Fax,
}

/// One recording of a call.
#[derive(Clone, Debug)]
pub(crate) struct Recording {
    pub(crate) call: u32,
    pub(crate) audio: Audio,
    /// When the call log begins to show it.
    pub(crate) link_at: i64,
    /// When its content can be read; [`NEVER`] if it is lost.
    pub(crate) ready_at: i64,
    pub(crate) on_demand: bool,
}

impl Call {
    pub(crate) fn end_ms(&self) -> i64 {
        self.start_ms + i64::from(self.duration_ms)
    }

    /// Numbers of its recordings.
    pub(crate) fn recording_numbers(&self) -> std::ops::Range<u32> {
        self.first_recording..self.first_recording + u32::from(self.recordings)
    }

    /// 2 for internal calls: each side has its own record.
    pub(crate) fn records(&self) -> u8 {
        1 + u8::from(self.shape == Shape::Internal)
    }

    /// The extension that owns the record of `side`.
    pub(crate) fn owner(&self, side: u8) -> u16 {
        if side == 1 { self.other } else { self.who }
    }

    /// True if the extension's own log shows the record of `side`.
    pub(crate) fn concerns(&self, side: u8, extension: u16) -> bool {
        let shared = matches!(self.shape, Shape::Queue | Shape::Transfer);
        self.owner(side) == extension || (shared && self.other == extension)
    }
}

/// All calls, oldest first, and all recordings in the order of their calls.
pub(crate) fn build(
    dice: Dice,
    options: &Options,
    cast: Cast<'_>,
    messages: &[Message],
    anchor_ms: i64,
    delays: &Delays,
) -> (Vec<Call>, Vec<Recording>) {
    let maker = Maker {
        dice: dice.of("calls"),
        options,
        cast,
        anchor_ms,
        delays,
    };
    let mut drafts = maker.everyday();
    drafts.extend(
        messages
            .iter()
            .zip(0..)
            .filter_map(|(message, number)| maker.leaving(message, number)),
    );
    drafts.extend(maker.at_the_anchor());
    drafts.sort_by_key(|draft| (draft.call.start_ms, draft.call.dice.bits()));
    let mut recordings = Vec::new();
    let mut calls = Vec::with_capacity(drafts.len());
    for (mut draft, number) in drafts.into_iter().zip(0..) {
        draft.call.first_recording = u32::try_from(recordings.len()).unwrap_or(u32::MAX);
        draft.call.recordings = u8::try_from(draft.audio.len()).unwrap_or(0);
        let on_demand = draft.call.dice.of("on demand").chance(0.15);
        for audio in draft.audio {
            let link_at = draft.call.final_at + delays.recording_link;
            let ready_at = link_at + delays.recording_ready;
            recordings.push(Recording {
                call: number,
                audio,
                link_at,
                ready_at,
                on_demand,
            });
        }
        calls.push(draft.call);
    }
    maker.plant(&calls, &mut recordings);
    (calls, recordings)
}

/// A call whose recordings have no numbers yet.
struct Draft {
    call: Call,
    audio: Vec<Audio>,
}

struct Maker<'a> {
    dice: Dice,
    options: &'a Options,
    cast: Cast<'a>,
    anchor_ms: i64,
    delays: &'a Delays,
}

impl Maker<'_> {
    /// The recorded and the unrecorded calls of every day.
    fn everyday(&self) -> Vec<Draft> {
        let options = self.options;
        let mut drafts = Vec::new();
        for (recorded, per_day, history) in [
            (true, options.recordings_per_day, options.recorded_calls()),
            (
                false,
                options.other_calls_per_day,
                options.in_history(options.other_calls_per_day),
            ),
        ] {
            for (era, span) in spans(options, per_day, history, self.anchor_ms) {
                let dice = self
                    .dice
                    .of(if recorded { "recorded" } else { "other" })
                    .of(era);
                drafts.extend((0..span.count).map(|k| {
                    let dice = dice.at(u64::from(k));
                    let latest = if era == "past" { self.anchor_ms } else { NEVER };
                    self.draft(dice, span.moment(dice, k), latest, recorded)
                }));
            }
        }
        drafts
    }

    /// One call that starts at `start_ms` and is over by `latest_ms`.
    fn draft(&self, dice: Dice, start_ms: i64, latest_ms: i64, recorded: bool) -> Draft {
        let shape = shape(dice.of("shape"), recorded, self.cast.staff.len() > 1);
        let audio: Vec<Audio> = if recorded {
            let count = if shape == Shape::Transfer { 2 } else { 1 };
            (0..count)
                .map(|n| self.audio(dice.of("audio").at(n)))
                .collect()
        } else {
            Vec::new()
        };
        let talked: i64 = audio.iter().map(|audio| audio.duration_ms()).sum();
        let silence = match shape {
            Shape::Missed | Shape::Refused => 0,
            Shape::Short => dice.of("short").between(2, 28) * 1_000,
            _ if recorded => dice.of("ringing").between(1, 12) * 1_000,
            _ => dice.of("talk").between(3, 900) * 1_000,
        };
        let duration = talked + silence;
        let start_ms = start_ms.min(latest_ms.saturating_sub(duration + 1_000));
        Draft {
            call: self.call(dice, shape, whole_second(start_ms), duration),
            audio,
        }
    }

    fn call(&self, dice: Dice, shape: Shape, start_ms: i64, duration: i64) -> Call {
        let queue = self.cast.queue(dice).filter(|_| shape == Shape::Queue);
        let who = queue.unwrap_or_else(|| self.cast.someone(dice.of("who"), start_ms, false));
        let final_at = start_ms + duration + self.delays.call_visible;
        let appears_at = match shape {
            Shape::Queue => final_at.min(start_ms + self.delays.queue_visible),
            _ => final_at,
        };
        Call {
            start_ms,
            duration_ms: u32::try_from(duration).unwrap_or(u32::MAX),
            appears_at,
            final_at,
            shape,
            who,
            other: self.cast.colleague(dice, start_ms, who),
            stranger: u32::try_from(dice.of("stranger").below(STRANGERS)).unwrap_or(0),
            outbound: shape == Shape::Internal
                || (shape != Shape::Queue && dice.of("direction").chance(0.45)),
            first_recording: 0,
            recordings: 0,
            message: None,
            dice,
        }
    }

    #[expect(
        clippy::cast_precision_loss,
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "31 s to some hours"
    )]
    fn audio(&self, dice: Dice) -> Audio {
        let median = self.options.recording_median_bytes as f64 / 1_000.0;
        let most = self.options.recording_most_bytes as f64 / 1_000.0;
        if dice.of("wav").chance(self.options.wav_share) {
            return Audio::MuLaw {
                seconds: dice.around(38.0).clamp(31.0, 90.0) as u32,
            };
        }
        Audio::Mp3 {
            seconds: dice.around(median).clamp(31.0, most.max(31.0)) as u32,
        }
    }

    /// The call that left a voicemail or was a fax.
    fn leaving(&self, message: &Message, number: u32) -> Option<Draft> {
        let shape = match message.kind {
            MessageKind::Voicemail => Shape::Voicemail,
            MessageKind::Fax => Shape::Fax,
            _ => return None,
        };
        let duration = message.dice.of("call").between(8, 90) * 1_000;
        let start_ms = message.created_ms - duration;
        let mut call = self.call(message.dice.of("its call"), shape, start_ms, duration);
        call.who = message.owner;
        call.stranger = message.stranger;
        call.outbound = message.outbound;
        call.message = Some(number);
        Some(Draft {
            call,
            audio: Vec::new(),
        })
    }

    /// What is going on at the anchor, and the one very long recording.
    fn at_the_anchor(&self) -> Vec<Draft> {
        let mut drafts = Vec::new();
        for (shape, count) in [
            (Shape::Queue, self.options.ringing_queue_calls),
            (Shape::Plain, self.options.calls_in_progress),
        ] {
            for k in 0..count {
                let dice = self
                    .dice
                    .of("anchor")
                    .of(if shape == Shape::Queue {
                        "queue"
                    } else {
                        "plain"
                    })
                    .at(u64::from(k));
                let audio = self.audio(dice);
                let end_ms = self.delays.planted(self.anchor_ms, dice);
                let before = audio.duration_ms() + dice.between(5, 300) * 1_000;
                let start_ms = whole_second(self.anchor_ms - before);
                drafts.push(Draft {
                    call: self.call(dice, shape, start_ms, end_ms - start_ms),
                    audio: vec![audio],
                });
            }
        }
        drafts.extend(self.options.big_recording_bytes.map(|bytes| {
            let audio = Audio::pcm_of(bytes);
            let duration = audio.duration_ms() + 5_000;
            let start_ms = whole_second(self.anchor_ms - duration - DAY / 12);
            let dice = self.dice.of("big");
            Draft {
                call: self.call(dice, Shape::Plain, start_ms, duration),
                audio: vec![audio],
            }
        }));
        drafts
    }

    /// Makes some recordings lost, late or not ready.
    fn plant(&self, calls: &[Call], recordings: &mut [Recording]) {
        let age = |r: &Recording| self.anchor_ms - calls[index(r.call)].end_ms();
        let plain = |r: &Recording| {
            calls[index(r.call)].shape == Shape::Plain && !matches!(r.audio, Audio::Pcm { .. })
        };
        let due = |n: u32| {
            self.delays
                .planted(self.anchor_ms, self.dice.of("due").at(u64::from(n)))
        };
        let old: Vec<usize> = (0..recordings.len())
            .rev()
            .filter(|&i| plain(&recordings[i]) && age(&recordings[i]) > DAY * 26 / 24)
            .collect();
        let lost = index(self.options.lost_recordings);
        for &i in old
            .iter()
            .step_by((old.len() / lost.max(1)).max(1))
            .take(lost)
        {
            recordings[i].ready_at = NEVER;
        }
        let recent: Vec<usize> = (0..recordings.len())
            .rev()
            .filter(|&i| plain(&recordings[i]) && (0..DAY * 20 / 24).contains(&age(&recordings[i])))
            .collect();
        let late = index(self.options.late_recordings);
        let unready = index(self.options.unready_recordings);
        let stride = (recent.len() / (late + unready).max(1)).clamp(1, 2);
        for (n, &i) in (0..).zip(recent.iter().step_by(stride).take(late + unready)) {
            let recording = &mut recordings[i];
            recording.ready_at = due(n);
            if index(n) < late {
                recording.link_at = recording.ready_at;
            }
        }
    }
}

fn index(n: u32) -> usize {
    usize::try_from(n).unwrap_or(usize::MAX)
}

fn shape(dice: Dice, recorded: bool, colleagues: bool) -> Shape {
    let shape = match (recorded, dice.below(100)) {
        (true, 0..12) | (false, 58..66) => Shape::Internal,
        (true, 12..24) => Shape::Queue,
        (true, 24..31) => Shape::Transfer,
        (false, 0..40) => Shape::Missed,
        (false, 40..50) => Shape::Refused,
        (false, 50..58) => Shape::Short,
        _ => Shape::Plain,
    };
    match shape {
        Shape::Internal | Shape::Transfer if !colleagues => Shape::Plain,
        shape => shape,
    }
}
