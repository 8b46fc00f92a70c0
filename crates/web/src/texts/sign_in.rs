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
