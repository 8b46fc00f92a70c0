//! The configuration: one struct, read once from `archiver.toml` and the
//! environment (which wins), checked as a whole, every fault reported at once.

use std::collections::BTreeMap;
use std::fmt;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::time::Duration;

use domain::Secret;
use domain::archive_path::Naming;
use domain::digest::Every;
use jiff::tz::TimeZone;
use lettre::message::Mailbox;
use url::Url;

use crate::failure::say;

mod alarms;
mod values;

use alarms::{alarms, metrics_listen};
use values::{listen, naming, origin, others_can_read, pages, time_zone, url_of};

/// Everything that can be set, by its name in the environment. In
/// `archiver.toml` the same names stand in lower case.
const NAMES: [&str; 33] = [
    "ARCHIVER_DATA_DIR",
    "ARCHIVER_DATABASE_URL",
    "ARCHIVER_LISTEN",
    "ARCHIVER_PUBLIC_URL",
    "ARCHIVER_MASTER_KEY_FILE",
    "ARCHIVER_NAMING",
    "ARCHIVER_TIME_ZONE",
    "ARCHIVER_ACCOUNTS",
    "ARCHIVER_DATES",
    "ARCHIVER_APP_FOLDER",
    "ARCHIVER_PRODUCT_NAME",
    "ARCHIVER_TERMS_URL",
    "ARCHIVER_PRIVACY_URL",
    "ARCHIVER_METRICS_LISTEN",
    "ARCHIVER_ALARM_MAIL_TO",
    "ARCHIVER_ALARM_MAIL_FROM",
    "ARCHIVER_SMTP_URL",
    "ARCHIVER_ALARM_WEBHOOK_URL",
    "ARCHIVER_ALARM_WEBHOOK_SECRET",
    "ARCHIVER_ALARM_SILENCE_HOURS",
    "ARCHIVER_DIGEST",
    "RINGCENTRAL_SERVER_URL",
    "RINGCENTRAL_MEDIA_URL",
    "RINGCENTRAL_CLIENT_ID",
    "RINGCENTRAL_CLIENT_SECRET",
    "RINGCENTRAL_JWT",
    "DROPBOX_APP_KEY",
    "DROPBOX_APP_SECRET",
    "DROPBOX_REFRESH_TOKEN",
    "DROPBOX_API_URL",
    "DROPBOX_CONTENT_URL",
    "DROPBOX_WEB_URL",
    "SSL_CERT_FILE",
];

/// Which of them open something to whoever knows them.
const SECRETS: [&str; 8] = [
    "ARCHIVER_DATABASE_URL",
    "ARCHIVER_SMTP_URL",
    "ARCHIVER_ALARM_WEBHOOK_URL",
    "ARCHIVER_ALARM_WEBHOOK_SECRET",
    "RINGCENTRAL_CLIENT_SECRET",
    "RINGCENTRAL_JWT",
    "DROPBOX_APP_SECRET",
    "DROPBOX_REFRESH_TOKEN",
];

/// RingCentral, as configured.
#[derive(Clone, Debug)]
pub(crate) struct RingCentral {
    /// Where its API is.
    pub(crate) server_url: Url,
    /// Where recordings and attachments are.
    pub(crate) media_url: Url,
    /// The app's client id.
    pub(crate) client_id: Option<String>,
    /// The app's secret; absent for public apps.
    pub(crate) client_secret: Option<Secret>,
    /// The credential of a head-less run.
    pub(crate) jwt: Option<Secret>,
}

/// Dropbox, as configured.
#[derive(Clone, Debug)]
pub(crate) struct Dropbox {
    /// Where its RPC calls go.
    pub(crate) api_url: Url,
    /// Where bytes go.
    pub(crate) content_url: Url,
    /// Where its consent page is.
    pub(crate) web_url: Url,
    /// The app's key.
    pub(crate) app_key: Option<String>,
    /// The app's secret; absent for PKCE-only apps.
    pub(crate) app_secret: Option<Secret>,
    /// The credential of a head-less run.
    pub(crate) refresh_token: Option<Secret>,
}

/// What the pages say and to whom; `None` where their own default holds.
#[derive(Clone, Debug, Default)]
pub(crate) struct Pages {
    /// RingCentral account ids that may use the server.
    pub(crate) accounts: Vec<String>,
    /// The name of the app folder in Dropbox.
    pub(crate) app_folder: Option<String>,
    /// What stands before the word Archiver.
    pub(crate) product: Option<String>,
    /// Terms of Service.
    pub(crate) terms_url: Option<Url>,
    /// Privacy Policy.
    pub(crate) privacy_url: Option<Url>,
    /// How dates are written.
    pub(crate) dates: web::Dates,
}

/// A mail server.
#[derive(Clone, Debug)]
pub(crate) struct Smtp {
    /// Its name or address.
    pub(crate) host: String,
    /// `None`: the usual one of the transport.
    pub(crate) port: Option<u16>,
    /// How it is spoken to.
    pub(crate) transport: Transport,
    /// Name and password.
    pub(crate) user: Option<(String, Secret)>,
}

/// How a mail server is spoken to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Transport {
    /// TLS from the first byte.
    Tls,
    /// TLS is demanded before anything is said.
    StartTls,
    /// Nothing is hidden: on this very machine only.
    Plain,
}

/// Alarms by e-mail.
#[derive(Clone, Debug)]
pub(crate) struct Mail {
    /// To whom.
    pub(crate) to: Vec<Mailbox>,
    /// From whom.
    pub(crate) from: Mailbox,
    /// Through whom.
    pub(crate) smtp: Smtp,
}

/// How people are told of alarms. Its address may be all that a webhook asks
/// for, so it does not print.
#[derive(Clone)]
pub(crate) struct Alarms {
    /// By e-mail.
    pub(crate) mail: Option<Mail>,
    /// By a POST to here.
    pub(crate) webhook: Option<Url>,
    /// Signs what is posted.
    pub(crate) webhook_secret: Option<Secret>,
    /// So long a Backup may be silent.
    pub(crate) silence: Duration,
    /// How often people are told how everything stands.
    pub(crate) digest: Option<Every>,
}

/// The whole configuration.
#[derive(Clone, Debug)]
pub(crate) struct Config {
    /// Where the database and the key lie.
    pub(crate) data_dir: PathBuf,
    /// PostgreSQL, or an SQLite file elsewhere; `None` = `archiver.db` in the
    /// data dir. May hold a password.
    pub(crate) database_url: Option<Secret>,
    /// Where pages are served.
    pub(crate) listen: SocketAddr,
    /// How browsers reach this server.
    pub(crate) public_url: Option<Url>,
    /// The key of the vault.
    pub(crate) master_key_file: PathBuf,
    /// How files are named in a new archive.
    pub(crate) naming: Naming,
    /// The zone of file names where RingCentral names none.
    pub(crate) time_zone: TimeZone,
    /// The pages.
    pub(crate) pages: Pages,
    /// RingCentral.
    pub(crate) ringcentral: RingCentral,
    /// Dropbox.
    pub(crate) dropbox: Dropbox,
    /// Alarms.
    pub(crate) alarms: Alarms,
    /// Where metrics are served; `None`: nowhere.
    pub(crate) metrics_listen: Option<SocketAddr>,
    /// A CA to trust besides the system's.
    pub(crate) extra_ca: Option<PathBuf>,
}

impl Config {
    /// Another data dir, and with it another key file unless one was named.
    pub(crate) fn set_data_dir(&mut self, data_dir: PathBuf) {
        if self.master_key_file == self.data_dir.join("master.key") {
            self.master_key_file = data_dir.join("master.key");
        }
        self.data_dir = data_dir;
    }

    /// The same, but with both providers as these settings have them (names as
    /// in the environment): for the demo.
    pub(crate) fn point_at(&mut self, settings: &[(String, String)]) -> Result<(), Faults> {
        let values = settings
            .iter()
            .filter_map(|(name, value)| {
                let name = NAMES.iter().find(|it| *it == name)?;
                Some((*name, value.clone()))
            })
            .collect();
        let there = check(&values, Faults::default())?;
        self.ringcentral = there.ringcentral;
        self.dropbox = there.dropbox;
        Ok(())
    }
}

/// All that is wrong with a configuration, a line each.
#[derive(Debug, Default)]
pub(crate) struct Faults(Vec<String>);

impl fmt::Display for Faults {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (at, fault) in self.0.iter().enumerate() {
            if at > 0 {
                writeln!(f)?;
            }
            write!(f, "{fault}")?;
        }
        Ok(())
    }
}

impl std::error::Error for Faults {}

/// Reads the file and the environment.
///
/// `file` is the one named on the command line; otherwise `archiver.toml` in
/// the working directory is read if it is there.
#[expect(
    clippy::disallowed_methods,
    reason = "the one place that reads the environment"
)]
pub(crate) fn read(file: Option<&Path>) -> Result<Config, Faults> {
    let mut faults = Faults::default();
    let mut values = match file {
        Some(path) => from_file(path, &mut faults),
        None if Path::new("archiver.toml").exists() => {
            from_file(Path::new("archiver.toml"), &mut faults)
        }
        None => BTreeMap::new(),
    };
    for name in NAMES {
        match std::env::var(name) {
            Ok(value) if !value.trim().is_empty() => {
                values.insert(name, value);
            }
            Err(std::env::VarError::NotUnicode(_)) => {
                faults.0.push(format!("{name} is not valid text."));
            }
            _ => {}
        }
    }
    check(&values, faults)
}

fn from_file(path: &Path, faults: &mut Faults) -> BTreeMap<&'static str, String> {
    let mut values = BTreeMap::new();
    let text = match std::fs::read_to_string(path) {
        Ok(text) => text,
        Err(error) => {
            faults.0.push(format!(
                "The configuration file {} cannot be read: {error}.",
                path.display()
            ));
            return values;
        }
    };
    values.extend(from_text(path, &text, faults));
    if SECRETS.iter().any(|it| values.contains_key(it)) && others_can_read(path) {
        let path = path.display();
        say(&format!(
            "Warning: other users can read the secrets in {path}. Run: chmod 600 '{path}'"
        ));
    }
    values
}

/// What a file says; pure. `path` is its name, for faults.
fn from_text(path: &Path, text: &str, faults: &mut Faults) -> BTreeMap<&'static str, String> {
    let mut values = BTreeMap::new();
    let table: toml::Table = match text.parse() {
        Ok(table) => table,
        Err(error) => {
            // The parser's message may quote the line, and a line may hold a
            // secret: say where, not what.
            let line = error.span().map_or(1, |span| {
                text.get(..span.start)
                    .map_or(1, |before| before.matches('\n').count() + 1)
            });
            faults.0.push(format!(
                "{}, line {line}: not valid TOML. Write lines such as: ringcentral_client_id = \"…\"",
                path.display()
            ));
            return values;
        }
    };
    for (key, value) in table {
        let Some(name) = NAMES.iter().find(|it| it.eq_ignore_ascii_case(&key)) else {
            faults.0.push(format!(
                "{}: there is no setting named \"{key}\". Known ones: {}.",
                path.display(),
                NAMES.map(str::to_lowercase).join(", ")
            ));
            continue;
        };
        match value {
            toml::Value::String(text) => values.insert(*name, text),
            other => values.insert(*name, other.to_string()),
        };
    }
    values
}

/// From values to a configuration; pure.
fn check(values: &BTreeMap<&'static str, String>, mut faults: Faults) -> Result<Config, Faults> {
    let text = |name: &str| values.get(name).map(|value| value.trim().to_owned());
    let secret = |name: &str| text(name).map(Secret::new);
    let data_dir = PathBuf::from(text("ARCHIVER_DATA_DIR").unwrap_or("archiver-data".to_owned()));
    let mut url = |name: &str, default: &str| origin(name, text(name), default, &mut faults);
    let ringcentral = RingCentral {
        server_url: url("RINGCENTRAL_SERVER_URL", "https://platform.ringcentral.com"),
        media_url: url("RINGCENTRAL_MEDIA_URL", "https://media.ringcentral.com"),
        client_id: text("RINGCENTRAL_CLIENT_ID"),
        client_secret: secret("RINGCENTRAL_CLIENT_SECRET"),
        jwt: secret("RINGCENTRAL_JWT"),
    };
    let dropbox = Dropbox {
        api_url: url("DROPBOX_API_URL", "https://api.dropboxapi.com"),
        content_url: url("DROPBOX_CONTENT_URL", "https://content.dropboxapi.com"),
        web_url: url("DROPBOX_WEB_URL", "https://www.dropbox.com"),
        app_key: text("DROPBOX_APP_KEY"),
        app_secret: secret("DROPBOX_APP_SECRET"),
        refresh_token: secret("DROPBOX_REFRESH_TOKEN"),
    };
    for (id, secret) in [
        ("RINGCENTRAL_CLIENT_ID", "RINGCENTRAL_CLIENT_SECRET"),
        ("DROPBOX_APP_KEY", "DROPBOX_APP_SECRET"),
    ] {
        if values.contains_key(secret) && !values.contains_key(id) {
            faults.0.push(format!(
                "{secret} is set without {id}. Set both, or enter both on the set-up page."
            ));
        }
    }
    let public_url =
        text("ARCHIVER_PUBLIC_URL").map(|value| url_of("ARCHIVER_PUBLIC_URL", &value, &mut faults));
    let pages = pages(values, &mut faults);
    let config = Config {
        pages,
        alarms: alarms(values, &mut faults),
        metrics_listen: metrics_listen(text("ARCHIVER_METRICS_LISTEN"), &mut faults),
        database_url: secret("ARCHIVER_DATABASE_URL"),
        listen: listen(text("ARCHIVER_LISTEN"), &mut faults),
        public_url: public_url.flatten(),
        master_key_file: text("ARCHIVER_MASTER_KEY_FILE")
            .map_or_else(|| data_dir.join("master.key"), PathBuf::from),
        naming: naming(text("ARCHIVER_NAMING").as_deref(), &mut faults),
        time_zone: time_zone(text("ARCHIVER_TIME_ZONE"), &mut faults),
        extra_ca: text("SSL_CERT_FILE").map(PathBuf::from),
        data_dir,
        ringcentral,
        dropbox,
    };
    if faults.0.is_empty() {
        Ok(config)
    } else {
        Err(faults)
    }
}

#[cfg(test)]
#[path = "config/fuzz_tests.rs"]
mod fuzz_tests;

#[cfg(test)]
mod tests {
    use super::*;

    fn checked(values: &[(&'static str, &str)]) -> Result<Config, Faults> {
        let values = values.iter().map(|(k, v)| (*k, (*v).to_owned())).collect();
        check(&values, Faults::default())
    }

    #[test]
    fn nothing_set_is_a_good_configuration() {
        let config = checked(&[]).unwrap();
        assert_eq!(
            config.ringcentral.server_url.as_str(),
            "https://platform.ringcentral.com/"
        );
        assert_eq!(
            config.master_key_file,
            Path::new("archiver-data/master.key")
        );
        assert_eq!(config.listen.to_string(), "127.0.0.1:8080");
    }

    #[test]
    fn every_fault_is_told_at_once() {
        let faults = checked(&[
            ("DROPBOX_API_URL", "http://example.com"),
            ("RINGCENTRAL_SERVER_URL", "platform"),
            ("ARCHIVER_LISTEN", "8080"),
            ("ARCHIVER_NAMING", "mine"),
            ("ARCHIVER_TIME_ZONE", "Mars/Olympus"),
            ("ARCHIVER_ACCOUNTS", "ours"),
            ("DROPBOX_APP_SECRET", "alone"),
            ("ARCHIVER_METRICS_LISTEN", "9184"),
            ("ARCHIVER_ALARM_MAIL_TO", "a@x.example"),
        ])
        .unwrap_err()
        .to_string();
        for name in [
            "DROPBOX_API_URL",
            "RINGCENTRAL_SERVER_URL",
            "ARCHIVER_LISTEN",
            "ARCHIVER_NAMING",
            "ARCHIVER_TIME_ZONE",
            "ARCHIVER_ACCOUNTS",
            "DROPBOX_APP_KEY",
            "ARCHIVER_METRICS_LISTEN",
            "ARCHIVER_SMTP_URL",
        ] {
            assert!(faults.contains(name), "{name} is not named in: {faults}");
        }
    }

    #[test]
    fn plain_http_is_for_this_machine_only() {
        for good in [
            "http://127.0.0.1:9",
            "http://localhost:1",
            "http://[::1]:2",
            "https://x.example",
        ] {
            assert!(checked(&[("DROPBOX_API_URL", good)]).is_ok(), "{good}");
        }
        for bad in [
            "http://10.0.0.1",
            "http://localhost.evil.example",
            "ftp://x",
            "https://u:p@x.example",
        ] {
            assert!(checked(&[("DROPBOX_API_URL", bad)]).is_err(), "{bad}");
        }
    }
}
