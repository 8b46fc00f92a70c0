//! The help page: what the user guide says, and what it leaves open. A section
//! is a heading with paragraphs; the terms that need explaining stand in lists.

use domain::task::TaskStatus;

use crate::texts::statuses::meaning;

/// The title.
pub(crate) const TITLE: &str = "Help";
/// The list of sections.
pub(crate) const CONTENTS: &str = "Contents";
/// Leads to Dropbox's own pages.
pub(crate) const LEARN_MORE: &str = "Learn more about Dropbox";
/// Where that is.
pub(crate) const DROPBOX_URL: &str = "https://www.dropbox.com/features";
/// Before the two links.
pub(crate) const NOTICE: &str = "By using Archiver you acknowledge that you have read and agree to the Terms of Service and the Privacy Policy.";

/// A section.
pub(crate) struct Section {
    /// Its address on the page.
    pub(crate) id: &'static str,
    /// Its heading.
    pub(crate) title: &'static str,
    /// Its text.
    pub(crate) paragraphs: &'static [&'static str],
    /// Words and what they mean.
    pub(crate) terms: Vec<(&'static str, &'static str)>,
}

/// All of them, in their order.
pub(crate) fn sections() -> Vec<Section> {
    vec![
        section("about", "About this help", ABOUT),
        section("dropbox", "About Dropbox", DROPBOX),
        section("integration", "Dropbox Integration", INTEGRATION),
        section("operation", "Installation and Operation", OPERATION),
        section(
            "connection",
            "Connection between RingCentral and Dropbox accounts",
            CONNECTION,
        ),
        section("buttons", "CONNECT and DISCONNECT buttons", BUTTONS),
        section("backup", "Backup RingCentral data to Dropbox", BACKUP),
        section("admin", "Admin View", ADMIN),
        section("extension", "Extension View", EXTENSION),
        Section {
            terms: statuses(),
            ..section("log", "Backup job logs", LOG)
        },
        section("counts", "What the counts mean", COUNTS),
        section("archive", "Finding what is archived", ARCHIVE),
        section("coverage", "What is covered", COVERAGE),
        section("zones", "Time zones and dates", ZONES),
        section("system", "System Requirements", SYSTEM),
    ]
}

fn section(id: &'static str, title: &'static str, paragraphs: &'static [&'static str]) -> Section {
    Section {
        id,
        title,
        paragraphs,
        terms: Vec::new(),
    }
}

fn statuses() -> Vec<(&'static str, &'static str)> {
    [
        TaskStatus::Success,
        TaskStatus::Running,
        TaskStatus::Pending,
        TaskStatus::Incomplete,
        TaskStatus::Failed,
    ]
    .map(|it| (it.word(), meaning(it)))
    .into()
}

const ABOUT: &[&str] = &[
    "This help is for users of Archiver: administrators and extension users of a RingCentral account. It describes how RingCentral and Dropbox are connected, and how data is backed up.",
    "Archiver backs up your call recordings and messages to Dropbox by itself, every hour, once it is set up. What is archived are full copies. Archiver never deletes anything at RingCentral, and never overwrites, renames or deletes anything in Dropbox.",
];

const DROPBOX: &[&str] = &[
    "The Dropbox client supports synchronization and sharing along with personal storage. It supports revision history, so files deleted from the Dropbox folder may be recovered from any of the synced computers.",
    "Dropbox supports multi-user version control, enabling several users to edit and re-post files without overwriting versions.",
    "The version history is by default kept for 30 days, with a 12-month recovery option available for purchase.",
];

const INTEGRATION: &[&str] = &[
    "Archiver writes into one folder of its own, under Apps in your Dropbox. It can see and change nothing else there.",
    "Each file lies in a folder of its extension and month. Its name holds the time and the id at RingCentral, so no file ever takes the place of another. A text message is a readable text file with its pictures beside it.",
    "A file counts as archived only when it passed a check of its own format, when Dropbox reports the same size and checksum, and when that was written down.",
];

const OPERATION: &[&str] = &[
    "1. Sign in with your RingCentral account. Your role there decides what you see.",
    "2. On GENERAL, press CONNECT and allow the access in Dropbox.",
    "3. On BACKUP, turn Enable backup ON and select the type(s) of data.",
    "4. LOG shows what was done, hour by hour.",
];

const CONNECTION: &[&str] = &[
    "Admin and extension users can each connect their RingCentral account to a Dropbox account. Once the connection is set up, the application's folder is there under Apps in Dropbox, before anything is archived.",
    "Each user's connection is their own. If a consent is refused, or anything fails on the way, everything stays as it was.",
];

const BUTTONS: &[&str] = &[
    "CONNECT is shown while you are not connected, and leads to Dropbox for your consent.",
    "DISCONNECT breaks the connection between your RingCentral and Dropbox accounts. Backup ceases when disconnection is successfully completed. The folders in Dropbox and the data archived there before are not deleted. If disconnecting fails, the page says so, and backup goes on.",
    "RECONNECT is shown when RingCentral or Dropbox no longer accepts the access they gave. Nothing is lost meanwhile: what came up is archived after connecting again, as long as RingCentral still has it.",
];

const BACKUP: &[&str] = &[
    "Enable backup is OFF until you turn it ON. It can be turned on once RingCentral is connected to Dropbox. The types of data can be selected after that.",
    "While it is ON a task runs every hour. While it is OFF nothing runs and no task is logged. Turned ON again, it goes on with the present hour; the time between is archived too if you leave \"Also archive everything RingCentral still holds\" ticked.",
    "RingCentral keeps call recordings for 90 days at most, and messages often for a shorter time. What it deleted before it was archived cannot be had any more, and is logged as missing.",
    "Back up now starts a run at once. The plan beside the switch shows the next run, the last run, and what is pending and why.",
];

const ADMIN: &[&str] = &[
    "Administrators switch to it with Account Settings on the BACKUP tab. Nobody else has that switch.",
    "Call recordings are the data to back up there, and are selected by default. With Enable backup ON, the call recordings of all extensions are archived to the administrator's Dropbox every hour.",
    "Also for all extensions: voice mails, texts and faxes of all extensions can be archived too, as far as RingCentral permits it. Where it does not, the page says what is missing.",
    "An account has one such backup. Another administrator sees its plan and log, and can take it over with their own connection. It changes no user's own settings.",
];

const EXTENSION: &[&str] = &[
    "Each user selects for their own extension which of Call Recordings, Voice Mails, SMS and Fax are backed up. All four are selected at first. These settings affect nobody else's extension, and nothing of another extension reaches your Dropbox this way.",
];

const LOG: &[&str] = &[
    "Each hour is a task with a row of its own, newest first. Time from before the backup was turned on has a row a day. An item that RingCentral shows late still counts in the row of its own time.",
    "Last 7 days is shown at first. For another period choose From and To and press GO; with the same day in both, that whole day is shown. Older tasks stay available.",
    "SHOW LESS leaves only the tasks that archived data, and those with a problem, so that it never hides one. SHOW MORE brings all back. Both keep the period.",
    "Job Start and Job End are the first and last work on an item of that time; a dash means that there was nothing to work on. Click From to open a task: every item with its state, where it lies, why it is not archived and what to do, and buttons to try again.",
    "The statuses are:",
];

const COUNTS: &[&str] = &[
    "The four counts are recordings and messages that are archived and verified: whole ones, not files. A picture message with three pictures counts as 1, and only when all of it is archived.",
    "Every item that RingCentral ever showed is in exactly one state: archived, pending with a reason, missing with a cause, or excluded by a rule.",
];

const ZONES: &[&str] = &[
    "Times are shown in the zone of your RingCentral account. Choose another one beside the filter of the LOG; it is named above the rows.",
    "Tasks are whole hours of universal time (UTC), so in zones that are half an hour off they begin at half past. When summer time ends, an hour is shown twice, with its offset.",
    "In rows a date reads day/month/year; in the two date fields it is month/day/year. Those also accept 2016-06-16.",
];

const SYSTEM: &[&str] = &[
    "The pages work in Internet Explorer 11 and later, Firefox 46 and later, Chrome 50 and later, Safari 9.1 and later, and every current browser. They work without script; with it, running tasks are renewed by themselves.",
];

const ARCHIVE: &[&str] = &[
    "ARCHIVE shows every item that RingCentral ever showed, newest first: those that are archived with the path where they \
     lie, the others with the reason. It goes on showing what RingCentral has deleted since.",
    "Words are looked for in the texts of messages, in the names of both ends and in the names of files. All of them must be \
     there. Capital letters and accents make no difference. \"In quotes\" words stand side by side; begin* is a beginning.",
    "A number is found by all of its digits, by its last ones, or, with a + before it, by its first ones. A person is found by \
     name or extension number, whether the item is theirs or they were at the other end.",
    "The address of the page is the search: it can be sent to a colleague, who sees what they may see. A search that is saved \
     under a name is for yourself alone. A date such as yesterday is meant anew each time.",
    "EXPORT WHAT IS FOUND makes one ZIP of a search: the files as they are archived, texts also as mail (EML) and for \
     e-discovery (RSMF), lists that name everything and what is missing, and a script that checks it all. It is made in the \
     background, is yours alone, can be downloaded for seven days, and a download that broke off goes on where it was.",
    "An extension finds its own items. An administrator finds those of the whole account, and their own under My Extension.",
];

const COVERAGE: &[&str] = &[
    "COVERAGE tells for each extension and type what was archived first and last, how much there is, what is pending or missing \
     and why, and how far RingCentral's list was read. An extension that is new to the company is there as soon as RingCentral \
     lists it. Who has left stays there with what is archived, marked as such.",
    "Each square of the calendar is a day of UTC. A cross is a gap: some of the day was not listed, because the backup was OFF \
     and nobody took the time up since, or because a part could not be read. A slope means that something is pending, missing \
     or still to be listed; a dot that there was nothing. Gaps are named below the calendar with their times and reasons.",
    "What RingCentral does not permit to see, such as a mailbox, is told in the row of the extension whose it is, with the \
     reason. While there is such a thing, days on which nothing else failed count as partly archived.",
    "The name of an extension leads to its own calendar. Three CSV files hold everything: extensions and types, gaps, days.",
    "An extension sees what its own backup covers. An administrator sees the whole account, and their own under My Extension.",
];
