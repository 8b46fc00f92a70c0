//! What the company looks like and how much it produces: the `[company]`
//! section of a scenario.

use serde::{Deserialize, Serialize};

/// The default is the demo company: 7 days, more than 2,000 items of all four
/// types, modest sizes, a few of every planted peculiarity.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Options {
    /// Name of the account's owner.
    pub name: String,
    /// IANA zone of the account and of most extensions.
    pub timezone: String,
    /// Days of history before the anchor.
    pub days: u32,
    /// Days on which the company goes on producing after the anchor.
    pub days_ahead: u32,
    /// Extensions in all; beyond the fourteen written ones they are ordinary
    /// users.
    pub extensions: u16,
    /// Recorded calls in the whole history; overrides `recordings_per_day`.
    pub recordings: Option<u32>,
    /// Recorded calls a day (some have two recordings).
    pub recordings_per_day: u32,
    /// Calls a day that leave no recording: missed, refused, short, unrecorded.
    pub other_calls_per_day: u32,
    /// Voicemails a day.
    pub voicemails_per_day: u32,
    /// SMS, MMS, group texts and company pager messages a day.
    pub texts_per_day: u32,
    /// Faxes a day, both directions.
    pub faxes_per_day: u32,
    /// Half of all recordings are smaller than this (MP3, about 1 kB a
    /// second; none is shorter than 31 s).
    pub recording_median_bytes: u64,
    /// No MP3 recording is larger than this.
    pub recording_most_bytes: u64,
    /// Share of recordings and voicemails that are WAV instead of MP3.
    pub wav_share: f64,
    /// One more recording, a WAV file of exactly this size (at least 1 kB,
    /// rounded down to a multiple of 4), two hours before the anchor.
    pub big_recording_bytes: Option<u64>,
    /// Recordings older than a day whose content and metadata are gone for
    /// ever although the call log still shows them.
    pub lost_recordings: u32,
    /// Recordings whose link appears only some time after the anchor.
    pub late_recordings: u32,
    /// Recordings that are listed but not downloadable until after the anchor.
    pub unready_recordings: u32,
    /// Queue calls that are `In Progress` at the anchor, with their final
    /// result and recording following under the same id.
    pub ringing_queue_calls: u32,
    /// Calls that cross the anchor and are seen as active calls until they end.
    pub calls_in_progress: u32,
    /// Voicemails whose transcript is finished only after the anchor.
    pub pending_transcripts: u32,
    /// Outbound faxes still queued, their content refused with MSG-368, at the
    /// anchor.
    pub queued_faxes: u32,
    /// Messages their owner deleted less than five days ago: restorable.
    pub deleted_messages: u32,
    /// Messages deleted longer ago: attachments erased, metadata left.
    pub purged_messages: u32,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            name: "Larkspur Trading Company".to_owned(),
            timezone: "America/Los_Angeles".to_owned(),
            days: 7,
            days_ahead: 0,
            extensions: 14,
            recordings: None,
            recordings_per_day: 100,
            other_calls_per_day: 110,
            voicemails_per_day: 50,
            texts_per_day: 125,
            faxes_per_day: 30,
            recording_median_bytes: 75_000,
            recording_most_bytes: 3_600_000,
            wav_share: 0.08,
            big_recording_bytes: None,
            lost_recordings: 3,
            late_recordings: 4,
            unready_recordings: 4,
            ringing_queue_calls: 2,
            calls_in_progress: 2,
            pending_transcripts: 3,
            queued_faxes: 3,
            deleted_messages: 6,
            purged_messages: 3,
        }
    }
}

impl Options {
    /// How many of something that happens `per_day` lie in the history.
    pub(crate) fn in_history(&self, per_day: u32) -> u32 {
        per_day.saturating_mul(self.days)
    }

    /// Recorded calls in the history.
    pub(crate) fn recorded_calls(&self) -> u32 {
        self.recordings
            .unwrap_or_else(|| self.in_history(self.recordings_per_day))
    }
}
