//! Signing in, the confirmation "is that you?", and the page that leads on to
//! a provider.

/// The title.
pub(crate) const TITLE: &str = "Sign in";
/// There are no keys yet.
pub(crate) const UNREADY: &str =
    "This Archiver is not set up yet: it has no keys of a RingCentral app.";
/// To the set-up page.
pub(crate) const SET_IT_UP: &str = "Set it up";
/// For those who cannot.
pub(crate) const HOW: &str = "Whoever runs it finds in its log how to open the set-up page.";
/// What this is.
pub(crate) const ABOUT: &str = "Archiver copies your call recordings and messages to your own Dropbox. Sign in with your RingCentral account; what you see depends on your role there.";
/// Leads to RingCentral.
pub(crate) const SIGN_IN: &str = "Sign in with RingCentral";
/// To the set-up page.
pub(crate) const SET_UP: &str = "Set-up";
/// The confirmation's title.
pub(crate) const IS_THAT_YOU: &str = "Is that you?";
/// Before who.
pub(crate) const TOLD: &str = "RingCentral says that you are:";
/// Of a person.
pub(crate) const NAME: &str = "Name";
/// Of a person.
pub(crate) const EXTENSION: &str = "Extension";
/// Of a person.
pub(crate) const ACCOUNT: &str = "Account";
/// Of a person.
pub(crate) const ROLE: &str = "Role";
/// A role.
pub(crate) const ADMINISTRATOR: &str = "Administrator: may see the whole account";
/// A role.
pub(crate) const USER: &str = "User: sees their own extension";
/// Before the company's name.
pub(crate) const CONNECTING: &str = "You are connecting the account";
/// After the company's name.
pub(crate) const TO_THIS: &str = "to this Archiver. If that is not you, say no.";
/// Before the company's name.
pub(crate) const CLAIMS: &str = "This Archiver belongs to nobody yet. With a yes it belongs to";
/// Goes on.
pub(crate) const YES: &str = "Yes, continue";
/// Does not.
pub(crate) const NO: &str = "No, cancel";
/// Before the provider's name: title.
pub(crate) const ON_TO: &str = "On to";
/// Before the provider's name: link.
pub(crate) const CONTINUE_TO: &str = "Continue to";
/// After the provider's name.
pub(crate) const CONSENT: &str =
    ", where you are asked for your consent. You come back here afterwards.";
/// Somebody said no at RingCentral.
pub(crate) const REFUSED: &str =
    "RingCentral did not let you in: access was refused there. Nothing was changed.";
/// Back from a trip that was not theirs.
pub(crate) const NOT_BEGUN_HERE: &str = "This sign-in was not begun in this browser, or it took longer than ten minutes, or it was used before. Please sign in again.";
/// Their Session has ended meanwhile.
pub(crate) const AGAIN: &str = "Please sign in again.";
/// Before the first administrator, without the set-up page.
pub(crate) const NOT_SET_UP: &str =
    "This Archiver is not set up yet. Whoever runs it must open the set-up page first.";
/// Before the first administrator, to a user.
pub(crate) const ADMIN_FIRST: &str = "This Archiver is not set up yet, and only an administrator of your RingCentral account can do that.";
/// A dead grant was replaced.
pub(crate) const RECONNECTED: &str =
    "RingCentral is connected again. The backup goes on where it stopped.";
/// They said that it is not them.
pub(crate) const CANCELLED: &str = "You were not signed in. Nothing was kept.";
/// Their role could not be confirmed.
pub(crate) const CONFIRM: &str =
    "Please sign in again, so that RingCentral can say what you may see. Backups go on meanwhile.";
/// What is wrong with a Connection whose grant is dead.
pub(crate) const ACCESS_ENDED: &str = "RingCentral no longer accepts the access it gave";

/// It did not work.
pub(crate) fn failed(why: &impl std::fmt::Display) -> String {
    format!("Signing in did not work: {why}")
}

/// Somebody of another company.
pub(crate) fn anothers(company: &str) -> String {
    format!(
        "This Archiver belongs to another RingCentral account, so {company} cannot use it. Nothing of yours was kept. Your company can run an Archiver of its own."
    )
}
