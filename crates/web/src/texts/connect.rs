//! CONNECT: what is told on GENERAL after the way to Dropbox and back.

/// There is nothing to do.
pub(crate) const ALREADY: &str = "Your Dropbox is connected already.";
/// Somebody said no at Dropbox.
pub(crate) const REFUSED: &str =
    "Dropbox was not connected: access was refused there. Everything is as it was.";
/// Back from a trip that was not theirs.
pub(crate) const NOT_BEGUN_HERE: &str = "Dropbox was not connected: this was not begun in this browser, or it took longer than ten minutes, or it was used before. Please try again.";
/// Another Dropbox than the one to be mended.
pub(crate) const ANOTHER: &str = "that is another Dropbox than before";
/// What to do then.
pub(crate) const ANOTHER_REMEDY: &str = "Sign in there with the Dropbox account that your archive is in, or DISCONNECT first and then connect the other one.";
/// RingCentral's grant is no longer held.
pub(crate) const SIGN_IN_GONE: &str = "the RingCentral sign-in is gone";
/// What to do then.
pub(crate) const SIGN_IN_GONE_REMEDY: &str =
    "Press CONNECT again; the way leads to RingCentral first.";

/// It worked. `label`: the Dropbox, as people know it.
pub(crate) fn connected(label: &str) -> String {
    format!("Connected: {label} receives your archive.")
}

/// It did not.
pub(crate) fn failed(why: &impl std::fmt::Display) -> String {
    format!("Dropbox was not connected: {why}")
}
