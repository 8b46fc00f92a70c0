//! The GENERAL page and its confirmation of DISCONNECT.

/// The title.
pub(crate) const TITLE: &str = "General";
/// One end.
pub(crate) const RINGCENTRAL: &str = "RingCentral";
/// The other end.
pub(crate) const DROPBOX: &str = "Dropbox";
/// Before a person's name.
pub(crate) const SIGNED_IN_AS: &str = "Signed in as";
/// Between a person's name and their company's.
pub(crate) const OF: &str = "of";
/// A role.
pub(crate) const ADMINISTRATOR: &str = "administrator";
/// A role.
pub(crate) const USER: &str = "user";
/// Before why.
pub(crate) const SOURCE_ENDED: &str = "RingCentral's access has ended, and the backup waits:";
/// Mends it.
pub(crate) const RECONNECT_SOURCE: &str = "RECONNECT RINGCENTRAL";
/// Why one must sign in again.
pub(crate) const ASK_AGAIN: &str =
    "RingCentral has to be asked again before a Dropbox can be connected.";
/// Does it.
pub(crate) const SIGN_IN: &str = "Sign in with RingCentral";
/// How it stands.
pub(crate) const CONNECTED: &str = "Connected";
/// How it stands.
pub(crate) const NOT_CONNECTED: &str = "Not connected";
/// Before why.
pub(crate) const DESTINATION_ENDED: &str = "Dropbox's access has ended, and the backup waits:";
/// Mends it.
pub(crate) const RECONNECT_DESTINATION: &str = "RECONNECT DROPBOX";
/// Before why.
pub(crate) const SILENT: &str = "Not everything can be shown now:";
/// Of the Dropbox account.
pub(crate) const NAME: &str = "Name";
/// Of the Dropbox account.
pub(crate) const EMAIL: &str = "E-mail";
/// Of the Dropbox account.
pub(crate) const USED: &str = "Used space";
/// Of the Dropbox account.
pub(crate) const FREE: &str = "Free space";
/// Where the archive lies there.
pub(crate) const FOLDER: &str = "Folder";
/// Ends the Connection.
pub(crate) const DISCONNECT: &str = "DISCONNECT";
/// Begins it.
pub(crate) const CONNECT: &str = "CONNECT";
/// Before the folder's name.
pub(crate) const MEANS: &str =
    "With CONNECT you allow Archiver to write into one folder of your Dropbox,";
/// After the folder's name.
pub(crate) const AND_NO_MORE: &str = ", and to see nothing else of it.";
/// What was archived before.
pub(crate) const BEFORE: &str = "It was connected before. Connecting the same Dropbox again goes on in the same folder; what is there stays.";
/// Nobody can connect.
pub(crate) const NO_KEYS: &str =
    "This Archiver has no keys of a Dropbox app yet, so nobody can connect.";
/// What an admin does about it.
pub(crate) const TO_SET_UP: &str = "Enter them on the set-up page";
/// What others do about it.
pub(crate) const TELL: &str = "Please tell whoever runs it.";
/// Over what stands.
pub(crate) const ALARMS: &str = "Alarms";
/// Before since when an Alarm stands.
pub(crate) const SINCE: &str = "Since";
/// To the page of tokens.
pub(crate) const TOKENS: &str = "Tokens for programs";
/// To the keys of both apps, for admins.
pub(crate) const KEYS: &str = "Keys of the apps";
/// The confirmation's title.
pub(crate) const SURE: &str = "Disconnect Dropbox?";
/// What it does.
pub(crate) const DISCONNECT_MEANS: &str = "Your backups stop. Nothing is deleted: what is in your Dropbox stays there, and connecting the same Dropbox again goes on in the same folder. Other people's connections are not affected.";
/// Leaves all as it is.
pub(crate) const KEEP: &str = "Keep it connected";
