//! What the operator sets of the pages. Read elsewhere; here is what it means.

use std::collections::BTreeMap;

use domain::Secret;
use domain::account::AccountId;
use domain::archive_path::Naming;
use url::Url;

/// Names of the keys that the set-up page asks for, as in the environment.
pub(crate) mod names {
    /// RingCentral app.
    pub(crate) const RINGCENTRAL_ID: &str = "RINGCENTRAL_CLIENT_ID";
    /// RingCentral app; absent for public apps.
    pub(crate) const RINGCENTRAL_SECRET: &str = "RINGCENTRAL_CLIENT_SECRET";
    /// Dropbox app.
    pub(crate) const DROPBOX_ID: &str = "DROPBOX_APP_KEY";
    /// Dropbox app; absent for apps that use PKCE alone.
    pub(crate) const DROPBOX_SECRET: &str = "DROPBOX_APP_SECRET";
}

/// How the cells of pages show dates and times: 24 hours in each.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Dates {
    /// `16/6/2016 13:00:00`, as in the user guide.
    #[default]
    Guide,
    /// `2016-06-16 13:00:00`.
    Iso,
    /// `6/16/2016 13:00:00`: the order of the guide's date pickers.
    Us,
}

impl Dates {
    /// From the word of the setting.
    pub fn from_word(word: &str) -> Option<Dates> {
        match word {
            "guide" => Some(Dates::Guide),
            "iso" => Some(Dates::Iso),
            "us" => Some(Dates::Us),
            _ => None,
        }
    }
}

/// What the operator set.
#[derive(Clone, Debug)]
pub struct Options {
    /// How browsers reach this server; `None`: by the address they use.
    pub public_url: Option<Url>,
    /// The name of the app folder in Dropbox, as the Dropbox app was made.
    pub app_folder: String,
    /// What stands in the header before the word Archiver: the logo slot.
    pub product: String,
    /// Where the Terms of Service are.
    pub terms_url: String,
    /// Where the Privacy Policy is.
    pub privacy_url: String,
    /// The companies that may use this server, from the configuration. Empty:
    /// the first admin who sets it up claims it.
    pub accounts: Vec<AccountId>,
    /// Opens the set-up page to whoever was told it, until the server is
    /// somebody's and has its keys.
    pub set_up_token: Option<Secret>,
    /// Whether only this machine can reach the listener.
    pub loopback: bool,
    /// Keys that the environment sets (names as there) with what may be shown
    /// of them: nothing of a secret. They win over what is entered.
    pub fixed: BTreeMap<String, String>,
    /// How files are named in a new archive.
    pub naming: Naming,
    /// How pages show dates and times.
    pub dates: Dates,
}

impl Default for Options {
    fn default() -> Options {
        Options {
            public_url: None,
            app_folder: "RingCentral Application".to_owned(),
            product: "RingCentral".to_owned(),
            terms_url: "https://www.ringcentral.com/legal/eulatos.html".to_owned(),
            privacy_url: "https://www.ringcentral.com/legal/privacy-policy.html".to_owned(),
            accounts: Vec::new(),
            set_up_token: None,
            loopback: false,
            fixed: BTreeMap::new(),
            naming: Naming::Default,
            dates: Dates::Guide,
        }
    }
}

impl Options {
    /// Whether browsers reach us over https, as far as we know.
    pub(crate) fn is_https(&self) -> bool {
        self.public_url
            .as_ref()
            .is_some_and(|url| url.scheme() == "https")
    }
}
