//! The worlds that are measured in, as the text that `archiver simulate`
//! reads.

/// A month in a company that makes nothing but recordings, all of which are
/// there: half of them smaller than the median, a twelfth WAV, none above 20 MB.
pub(crate) fn recordings(count: u64, median_bytes: u64) -> String {
    format!(
        "[company]\nvoicemails_per_day = 0\ntexts_per_day = 0\nfaxes_per_day = 0\nother_calls_per_day = 0\n\
         {NOTHING_ODD}days = 30\nrecordings = {count}\nrecording_median_bytes = {median_bytes}\n\
         recording_most_bytes = 20000000\n"
    )
}

/// A company that makes everything, and of which all is there.
pub(crate) fn of_everything(days: u64) -> String {
    format!("[company]\n{NOTHING_ODD}days = {days}\n")
}

/// RingCentral without limits.
pub(crate) const UNLIMITED: &str =
    "[ringcentral]\nheavy = 1000000\nmedium = 1000000\nlight = 1000000\n";

const NOTHING_ODD: &str = "lost_recordings = 0\nlate_recordings = 0\nunready_recordings = 0\n\
    ringing_queue_calls = 0\ncalls_in_progress = 0\npending_transcripts = 0\nqueued_faxes = 0\n\
    deleted_messages = 0\npurged_messages = 0\n";
