//! Alarms, on GENERAL, in mails and in terminals: what each kind means for the
//! data, and what to do. What happened comes with the Alarm.

use domain::alarm::AlarmKind;

/// What it is called.
pub fn name(kind: AlarmKind) -> &'static str {
    match kind {
        AlarmKind::Dying => "Access has ended or is about to end",
        AlarmKind::Backlog => "Items will be deleted before they are archived",
        AlarmKind::Full => "The destination is full or nearly full",
        AlarmKind::Drift => "A verification found differences",
        AlarmKind::Stalled => "Nobody does the work",
        AlarmKind::Skew => "Clocks disagree",
        AlarmKind::Silence => "No success for long",
        AlarmKind::Quarantined => "Items fail again and again",
        AlarmKind::Missing => "Items are missing",
    }
}

/// What it means for the data.
pub fn means(kind: AlarmKind) -> &'static str {
    match kind {
        AlarmKind::Dying => {
            "Nothing new is archived on this connection once the access has ended. What is archived \
             stays; what RingCentral keeps (usually 90 days) can still be fetched later."
        }
        AlarmKind::Backlog => {
            "RingCentral deletes recordings after its retention time (usually 90 days). What is not \
             archived by then is lost."
        }
        AlarmKind::Full => {
            "Nothing is lost yet: items wait, and go on waiting until there is room or RingCentral \
             deletes them."
        }
        AlarmKind::Drift => {
            "What lies in the destination is not what was archived there. The rest of the archive \
             is as it was."
        }
        AlarmKind::Stalled => {
            "Nothing is archived at present, for any company. Nothing is lost as long as the work \
             goes on before RingCentral deletes items."
        }
        AlarmKind::Skew => {
            "Rows of the log may carry wrong times, and sign-ins may fail. No item is skipped or \
             lost because of it."
        }
        AlarmKind::Silence => {
            "New calls and messages of this backup are not archived, or nobody knows whether they \
             are. RingCentral still has them for its retention time (usually 90 days)."
        }
        AlarmKind::Quarantined => {
            "All other items go on. These are tried once in a while for as long as RingCentral has \
             them."
        }
        AlarmKind::Missing => {
            "These items cannot be archived any more. All others are not affected."
        }
    }
}

/// What to do.
pub fn remedy(kind: AlarmKind) -> &'static str {
    match kind {
        AlarmKind::Dying => {
            "Open GENERAL as the person whose connection it is, and press RECONNECT."
        }
        AlarmKind::Backlog => {
            "Ask RingCentral for a higher rate limit of the app, leave out data types that are not \
             needed, or ask RingCentral to keep recordings for longer."
        }
        AlarmKind::Full => "Free some room in the destination, or enlarge its plan.",
        AlarmKind::Drift => {
            "Run archiver verify again; its report names every file. Damaged bytes are named, and \
             their alarm ends, only with --deep, which reads every file back."
        }
        AlarmKind::Stalled => {
            "Look whether a server with the role all or worker runs, and at its log; start it again."
        }
        AlarmKind::Skew => "Set the machine's clock by NTP (timedatectl set-ntp true).",
        AlarmKind::Silence => {
            "Open LOG: the rows that are incomplete or failed say why. Look also whether the server \
             runs and reaches RingCentral and the destination."
        }
        AlarmKind::Quarantined => {
            "Open LOG: the items say why they fail. Try them again there when the cause is gone."
        }
        AlarmKind::Missing => {
            "Open LOG: the items are named there with the cause. If they were restored at \
             RingCentral, try again there."
        }
    }
}
