//! The BACKUP page.

use std::fmt::Write;

use domain::data_type::DataType;

/// The title.
pub(crate) const TITLE: &str = "Backup";
/// The switch.
pub(crate) const ENABLE: &str = "Enable backup";
/// The switch's state.
pub(crate) const ON: &str = "ON";
/// The switch's state.
pub(crate) const OFF: &str = "OFF";
/// Why the switch cannot be used.
pub(crate) const NOT_CONNECTED: &str =
    "Backup can be turned on once RingCentral is connected to Dropbox.";
/// Where to connect.
pub(crate) const TO_GENERAL: &str = "Connect on GENERAL";
/// What the switch is about, extension view.
pub(crate) const ABOUT_OWN: &str =
    "Archives your own extension's data every hour. These settings affect your own extension only.";
/// What the switch is about, admin view.
pub(crate) const ABOUT_ACCOUNT: &str = "Archives the call recordings of all extensions every hour. These settings change no user's own settings.";
/// Back-fill, offered before it is turned on.
pub(crate) const HISTORY: &str = "Also archive everything RingCentral still holds";
/// What that means.
pub(crate) const HISTORY_HINT: &str = "Up to 90 days back. What RingCentral deletes soonest is archived first; the current hour is kept up to date meanwhile.";
/// Above the types.
pub(crate) const TYPES: &str = "Select the type(s) of data to back up";
/// Above the types that the guide lacks.
pub(crate) const ALSO: &str = "Also for all extensions";
/// What that means.
pub(crate) const ALSO_HINT: &str =
    "Messages of every extension, as far as RingCentral permits it with your sign-in.";
/// Keeps the types.
pub(crate) const SAVE: &str = "SAVE";
/// Nothing is ticked.
pub(crate) const NO_TYPE: &str =
    "Tick at least one type of data, or turn Enable backup off. Nothing was changed.";
/// A field that does not exist.
pub(crate) const UNKNOWN_TYPE: &str =
    "One of the types is not known here. Nothing was changed: load the page again.";
/// The types of somebody whose switch is off.
pub(crate) const IS_OFF: &str =
    "Turn Enable backup on first: the types can be selected after that.";
/// The plan.
pub(crate) const PLAN: &str = "The plan";
/// When it runs next.
pub(crate) const NEXT_RUN: &str = "Next run";
/// When it ran last.
pub(crate) const LAST_RUN: &str = "Last run";
/// Whether it runs.
pub(crate) const NOW: &str = "Now";
/// It does.
pub(crate) const RUNNING: &str = "running";
/// It does not.
pub(crate) const IDLE: &str = "waiting for the next run";
/// It never will.
pub(crate) const IS_OFF_NOW: &str = "off: nothing runs";
/// It never ran.
pub(crate) const NEVER: &str = "never";
/// It is due.
pub(crate) const AT_ONCE: &str = "at once";
/// There is none.
pub(crate) const NONE_WHILE_OFF: &str = "none while Enable backup is OFF";
/// Where it goes.
pub(crate) const TO: &str = "Archived to";
/// Files and bytes there.
pub(crate) const FILES: &str = "Holds";
/// Since its run began.
pub(crate) const THIS_RUN: &str = "This run";
/// What it lists.
pub(crate) const LISTING: &str = "Looking through";
/// Until when what is pending must be safe.
pub(crate) const DEADLINE: &str = "Deadline";
/// Nothing pending.
pub(crate) const NO_DEADLINE: &str = "none: nothing is pending";
/// Pending, but kept for ever.
pub(crate) const ENDLESS: &str = "none: RingCentral documents no limit in time for what is pending";
/// Lets history rest.
pub(crate) const PAUSE: &str = "PAUSE HISTORY";
/// Lets it go on.
pub(crate) const RESUME: &str = "RESUME HISTORY";
/// After that.
pub(crate) const PAUSED: &str = "History is paused. The newest hours are archived as before; RingCentral goes on deleting what gets too old.";
/// After that.
pub(crate) const RESUMED: &str = "History goes on where it was paused.";
/// How fast it comes along.
pub(crate) const PACE: &str = "Pace";
/// Count.
pub(crate) const ARCHIVED: &str = "Archived";
/// Count.
pub(crate) const PENDING: &str = "Pending";
/// Count.
pub(crate) const MISSING: &str = "Missing";
/// What is pending.
pub(crate) const WHY_PENDING: &str = "What is pending, and why";
/// Beside the lines, where there is more than they count.
pub(crate) const WAITING_MORE: &str = "and more; the log names every item with its reason";
/// How far back-fill is.
pub(crate) const PAST: &str = "The past";
/// Leaves it.
pub(crate) const LEAVE_PAST: &str = "Stop archiving the past";
/// Takes it up.
pub(crate) const TAKE_PAST: &str = "Archive everything RingCentral still holds";
/// It was looked through once, and is from time to time.
pub(crate) const PAST_DONE: &str = "looked through; again every week";
/// Nobody wants it.
pub(crate) const NO_PAST: &str = "left alone";
/// What a type that is ticked later brings along.
pub(crate) const PAST_OF_NEW: &str =
    "What is newly ticked is archived from the past, too, as far as RingCentral still holds it.";
/// The zone.
pub(crate) const TIME_ZONE: &str = "Time zone";
/// Runs it at once.
pub(crate) const BACK_UP_NOW: &str = "Back up now";
/// To the rows of the same view.
pub(crate) const OPEN_LOG: &str = "Open the log of this backup";
/// After that.
pub(crate) const HURRIED: &str = "The backup starts at once. This page and LOG show how it goes.";
/// After turning it on.
pub(crate) const TURNED_ON: &str =
    "Backup is on. The first run starts at once, and then every hour.";
/// After turning it off.
pub(crate) const TURNED_OFF: &str =
    "Backup is off. Nothing runs until it is turned on again; what is archived stays where it is.";
/// After keeping the types.
pub(crate) const SAVED: &str = "The selection is saved. It holds from the next run on.";
/// After leaving the past.
pub(crate) const PAST_LEFT: &str =
    "The past is left alone. What is archived of it stays; each new hour is archived as before.";
/// After taking it up.
pub(crate) const PAST_TAKEN: &str = "What RingCentral still holds is being looked through.";
/// There is no Backup to do this with.
pub(crate) const NOTHING_TO_RUN: &str =
    "Backup is off, so nothing was started. Turn Enable backup on first.";
/// Refused: not an admin.
pub(crate) const ADMINS_ONLY: &str = "Account Settings are for administrators of the RingCentral account. Your own extension's backup is on the BACKUP page.";
/// Refused: another admin's.
pub(crate) const NOT_YOURS: &str =
    "Another administrator runs the account's backup. Take it over first; nothing was changed.";
/// Takes it over.
pub(crate) const TAKE_OVER: &str = "Take over";
/// Above the confirmation.
pub(crate) const TAKE_OVER_TITLE: &str = "Take over the account's backup?";
/// Leaves it.
pub(crate) const CANCEL: &str = "Cancel";
/// Before taking it over one needs a Connection.
pub(crate) const CONNECT_FIRST: &str =
    "To take it over, connect your own RingCentral and Dropbox accounts first.";
/// After taking it over.
pub(crate) const TAKEN_OVER: &str =
    "The account's backup now runs with your connection. The first run starts at once.";
/// There is nothing to take over.
pub(crate) const NOTHING_TO_TAKE: &str =
    "The account's backup is not another administrator's. Nothing was changed.";
/// It could not be asked what is permitted.
pub(crate) const NOT_ASKED: &str = "RingCentral did not say in time what your sign-in may read. You can tick types all the same; what is not permitted shows in LOG as failed, with what is missing.";

/// A type that may not be ticked.
pub(crate) const NOT_PERMITTED: &str = "RingCentral does not permit one of the newly ticked types for all extensions; the sentence beside it says what is missing. Nothing was changed.";
/// Somebody whose name is not known.
pub(crate) const AN_ADMIN: &str = "Another administrator";

/// Beside each type.
pub(crate) fn hint(data_type: DataType) -> &'static str {
    match data_type {
        DataType::CallRecording => "The audio of recorded calls.",
        DataType::Voicemail => "Audio, and the transcript where there is one.",
        DataType::Sms => "Texts, picture messages and pager messages.",
        DataType::Fax => "Received and sent.",
    }
}

/// Whose account Backup it is.
pub(crate) fn anothers(who: &str, label: &str) -> String {
    format!(
        "{who} runs the account's backup; it goes to {label}. You see its plan and its log, and can take it over."
    )
}

/// What taking over does.
pub(crate) fn take_over_means(who: &str, theirs: &str, yours: &str) -> String {
    format!(
        "The account's backup of {who} to {theirs} is turned off, and one with the same types goes on to {yours} with your sign-in. Nothing archived is moved or deleted."
    )
}

/// One line of what is pending.
pub(crate) fn waiting(items: usize, why: &str) -> String {
    let noun = if items == 1 { "item" } else { "items" };
    format!("{items} {noun}: {why}")
}

/// What lies in the destination.
pub(crate) fn files(files: u64, size: &str) -> String {
    let noun = if files == 1 { "file" } else { "files" };
    format!("{files} {noun}, {size}")
}

/// How fast it comes along.
pub(crate) fn pace(files_a_minute: u64, size_a_minute: &str) -> String {
    format!("{files_a_minute} files a minute, {size_a_minute} a minute")
}

/// How long what is left takes. `estimated`: part of it is not found yet.
pub(crate) fn left(minutes: u64, estimated: bool) -> String {
    let time = match minutes {
        0 | 1 => "about a minute".to_owned(),
        2..120 => format!("about {minutes} minutes"),
        120..2_880 => format!("about {} hours", minutes / 60),
        _ => format!("about {} days", minutes / 1_440),
    };
    if estimated {
        format!("{time} left, if the rest of history holds as much")
    } else {
        format!("{time} left for what is pending")
    }
}

/// What the run at work has done so far.
pub(crate) fn this_run(found: u64, archived: u64, size: &str, missing: u64, failed: u64) -> String {
    let noun = |n: u64| if n == 1 { "file" } else { "files" };
    let mut all = format!(
        "{found} found, {archived} {} archived, {size}",
        noun(archived)
    );
    if missing > 0 {
        let _ = write!(all, ", {missing} missing");
    }
    if failed > 0 {
        let tries = if failed == 1 { "try" } else { "tries" };
        let _ = write!(all, ", {failed} {tries} to repeat");
    }
    all
}

/// Which stretch is being listed, and how much of it is.
pub(crate) fn listing(from: &str, to: &str, done: u64, of: u64) -> String {
    format!("{from} to {to}; {done} of {of} portions")
}

/// A worker holds the right but says nothing.
pub(crate) fn silent(seconds: i64) -> String {
    format!("no sign of life for {seconds} seconds; another worker takes over")
}

/// Since when history is paused.
pub(crate) fn paused(since: &str) -> String {
    format!("paused since {since}")
}

/// When the first of what is pending is deleted.
pub(crate) fn deadline(at: &str, over: bool, what: &str, days: u32, told: bool) -> String {
    let verb = if over { "was to be" } else { "is" };
    let how = if told {
        "as it says for your company"
    } else {
        "as it documents; your sign-in may not read your company's setting"
    };
    format!(
        "the oldest item not yet safe ({what}) {verb} deleted by RingCentral on {at}: it keeps them {days} days, {how}"
    )
}

/// How far back-fill is.
pub(crate) fn past_left(from: &str, to: &str) -> String {
    format!("still to be looked through: {from} to {to}")
}

/// The zone of all times on the page.
pub(crate) fn zone(name: &str, offset: &str) -> String {
    format!("{name} ({offset})")
}

/// In the log of both Backups.
pub(crate) fn taken_over_by(extension: &str) -> String {
    format!(
        "The account's backup was taken over by the administrator with extension id {extension}."
    )
}
