//! The set-up page.

/// The title.
pub(crate) const TITLE: &str = "Set-up";
/// What is needed.
pub(crate) const ABOUT: &str = "Archiver needs an app of yours at RingCentral and one at Dropbox. Both are free and take a few minutes.";
/// Why it is shown.
pub(crate) const LOCAL: &str =
    "You see this page because you are on the machine that Archiver runs on.";
/// The first step.
pub(crate) const ONE: &str = "1. The RingCentral app";
/// The second step.
pub(crate) const TWO: &str = "2. The Dropbox app";
/// The third step.
pub(crate) const THREE: &str = "3. Sign in";
/// Beside a step that is done.
pub(crate) const DONE: &str = "keys are there";
/// Before the address of a page.
pub(crate) const OPEN: &str = "Open";
/// After it: RingCentral.
pub(crate) const REGISTER: &str =
    ", sign in as an administrator and choose Register App, type REST API App.";
/// RingCentral.
pub(crate) const AUTHENTICATION: &str = "Authentication: 3-legged OAuth flow authorization code, for a server-side web app, with issue refresh tokens.";
/// Before the address: RingCentral.
pub(crate) const SIGN_IN_URI: &str = "OAuth redirect URI, exactly:";
/// Before the scopes: RingCentral.
pub(crate) const APP_SCOPES: &str = "Security, app scopes:";
/// After them.
pub(crate) const NO_OTHER: &str =
    "No other is needed; nothing is ever changed or deleted at RingCentral.";
/// RingCentral.
pub(crate) const WHO: &str = "Who may use it: people of your own RingCentral account.";
/// RingCentral.
pub(crate) const COPY_ID: &str =
    "Copy the app's client id and secret from its Credentials page to here.";
/// Field.
pub(crate) const CLIENT_ID: &str = "Client ID";
/// Field.
pub(crate) const CLIENT_SECRET: &str = "Client Secret";
/// After the address: Dropbox.
pub(crate) const CREATE: &str = "and create an app: Scoped access, type of access App folder. Give it the name that the folder shall have:";
/// After the name.
pub(crate) const OR_ANOTHER: &str = ", or another where that is taken.";
/// Before the scopes: Dropbox.
pub(crate) const PERMISSIONS: &str = "Permissions, then Submit:";
/// Before the address: Dropbox.
pub(crate) const CONNECT_URI: &str = "Settings, OAuth 2, redirect URI, exactly:";
/// Dropbox.
pub(crate) const COPY_KEY: &str = "Copy the app key and the app secret from the same page to here.";
/// Field.
pub(crate) const APP_KEY: &str = "App key";
/// Field.
pub(crate) const APP_SECRET: &str = "App secret";
/// It is somebody's.
pub(crate) const CLAIMED: &str = "This Archiver belongs to a RingCentral account already.";
/// What other keys mean for who is connected.
pub(crate) const OTHER_KEYS: &str = "A new secret of the same app changes nothing else. With the keys of another app, everybody has to reconnect once, and another Dropbox app has another folder.";
/// It is nobody's yet.
pub(crate) const UNCLAIMED: &str = "The first administrator who signs in from this browser makes this Archiver their company's. Nobody of another company can use it then.";
/// To sign in.
pub(crate) const TO_SIGN_IN: &str = "Go on to sign in";
/// Not yet.
pub(crate) const LATER: &str = "This comes when the keys of the RingCentral app are there.";
/// Beside a field that cannot be changed here.
pub(crate) const FIXED: &str = "Set by the environment.";
/// Beside a secret that is kept.
pub(crate) const KEPT: &str = "One is kept; leave this empty to keep it.";
/// Beside a secret that may be absent.
pub(crate) const OPTIONAL: &str = "Leave this empty if the app has none.";
/// Tries the keys, then keeps them.
pub(crate) const TEST_AND_KEEP: &str = "Test and keep";
/// Keeps them untried.
pub(crate) const KEEP_ANYWAY: &str = "Keep them anyway";
/// Before the field of the set-up token.
pub(crate) const LOCKED: &str =
    "This Archiver is not set up yet. Paste the set-up token that it printed when it started.";
/// Field.
pub(crate) const TOKEN: &str = "Token";
/// Opens the page.
pub(crate) const GO_ON: &str = "Go on";
/// What the link to RingCentral's apps reads.
pub(crate) const RINGCENTRAL_SITE: &str = "developers.ringcentral.com";
/// What the link to Dropbox's apps reads.
pub(crate) const DROPBOX_SITE: &str = "dropbox.com/developers/apps";
/// Another token than the server's.
pub(crate) const WRONG_TOKEN: &str = "That is not the token that this server printed when it started. After a restart there is a new one.";
/// After keeping keys.
pub(crate) const RINGCENTRAL_KEPT: &str = "The keys of the RingCentral app are kept.";
/// After keeping keys.
pub(crate) const DROPBOX_KEPT: &str = "The keys of the Dropbox app are kept.";
/// An empty field.
pub(crate) const NO_KEY: &str = "Copy it from the page of the app; it is missing here.";
/// What cannot be a key.
pub(crate) const LONG_KEY: &str = "It is much too long for a key.";
/// What cannot be a key.
pub(crate) const FOREIGN_KEY: &str =
    "It has a space or a letter in it that no key has. Copy it again.";
