//! One Item of the archive.

/// The title.
pub(crate) const TITLE: &str = "Item";
/// Back to the search.
pub(crate) const BACK: &str = "Back to the archive";
/// Its own time.
pub(crate) const WHEN: &str = "When";
/// Which way.
pub(crate) const DIRECTION: &str = "Direction";
/// One end.
pub(crate) const SENDER: &str = "From";
/// The other end.
pub(crate) const RECEIVER: &str = "To";
/// Whose.
pub(crate) const WHOSE: &str = "Extension";
/// Of the audio, or in pages.
pub(crate) const LENGTH: &str = "Length";
/// How it stands.
pub(crate) const STATE: &str = "State";
/// Where it lies.
pub(crate) const PLACE: &str = "Lies at";
/// Whose Dropbox.
pub(crate) const ARCHIVE: &str = "In";
/// In bytes.
pub(crate) const SIZE: &str = "Size";
/// Of its bytes.
pub(crate) const SHA256: &str = "SHA-256";
/// As the destination spells it.
pub(crate) const RECEIPT: &str = "Hash told by the destination";
/// Its identity.
pub(crate) const ID: &str = "Id";
/// Section of sound.
pub(crate) const LISTEN: &str = "Listen";
/// Buttons beside the player.
pub(crate) const TOOLS: &str = "Player";
/// Button.
pub(crate) const BACKWARD: &str = "10 s back";
/// Button.
pub(crate) const FORWARD: &str = "10 s on";
/// Choice.
pub(crate) const SPEED: &str = "Speed";
/// The keys.
pub(crate) const KEYS: &str =
    "Keys: space plays and pauses, the arrows left and right go 10 seconds back and on.";
/// A picture of the sound.
pub(crate) const WAVEFORM: &str =
    "The sound as a picture: how loud it is from its beginning to its end";
/// Section of words.
pub(crate) const TEXT: &str = "Text";
/// Section of words that a machine heard.
pub(crate) const TRANSCRIPT: &str = "Transcript";
/// It could not be fetched now.
pub(crate) const NO_TRANSCRIPT: &str =
    "The transcript is archived but could not be read just now. Open it below, or try again.";
/// Section of pictures.
pub(crate) const PICTURES: &str = "Pictures";
/// Section of all parts.
pub(crate) const PARTS: &str = "Parts of this message";
/// Link.
pub(crate) const DOWNLOAD: &str = "DOWNLOAD";
/// It is no sound and no picture.
pub(crate) const NOT_SHOWN: &str =
    "A file of this kind is not shown here. Download it and open it with a program that you trust.";
/// Not yet, or never.
pub(crate) const NOT_ARCHIVED: &str =
    "This item is not archived, so there are no bytes to show. Its page says how it stands.";
/// Nobody is connected to it.
pub(crate) const NOT_CONNECTED: &str = "Nobody is connected to the Dropbox in which this lies. Connect again on GENERAL: \
     what is archived stays where it is until then.";
/// The grant is dead.
pub(crate) const GRANT_DEAD: &str = "The Dropbox in which this lies does not let us in any more. Connect again on GENERAL: \
     what is archived stays where it is until then.";
/// No answer, or a busy one.
pub(crate) const AWAY: &str =
    "The Dropbox in which this lies does not answer at the moment. Try again in a minute.";
/// The file is not there.
pub(crate) const GONE: &str = "The file is no longer where it was archived: somebody moved or deleted it. \
     archiver verify names all such files, and with --repair archives again what RingCentral still has. \
     Dropbox keeps deleted files for a while.";
/// The file is another one.
pub(crate) const CHANGED: &str = "What lies at this place is not what was archived: somebody changed the file. \
     archiver verify names all such files. Dropbox keeps earlier versions for a while.";
/// Something else.
pub(crate) const BROKEN: &str =
    "The Dropbox in which this lies gave no answer that makes sense. Try again later.";
/// Too many at once.
pub(crate) const CROWDED: &str = "Too many files are being read at the moment. Close some of them, or try again in a few seconds.";

/// A picture, for who does not see it.
pub(crate) fn picture(name: &str) -> String {
    format!("Picture {name}")
}

/// A link's name for screen readers.
pub(crate) fn download(name: &str) -> String {
    format!("Download {name}")
}
