//! From a setting's text to its value, or to what is wrong with it. Pure, but
//! for a look at who may read the file.

use std::collections::BTreeMap;
use std::net::{IpAddr, SocketAddr};
use std::path::Path;

use domain::archive_path::Naming;
use jiff::tz::TimeZone;
use url::Url;

use super::{Faults, Pages};

pub(super) fn pages(values: &BTreeMap<&'static str, String>, faults: &mut Faults) -> Pages {
    let text = |name: &str| values.get(name).map(|value| value.trim().to_owned());
    let accounts: Vec<String> = text("ARCHIVER_ACCOUNTS")
        .unwrap_or_default()
        .split([',', ' '])
        .filter(|id| !id.is_empty())
        .map(str::to_owned)
        .collect();
    let digits = |id: &String| id.bytes().all(|byte| byte.is_ascii_digit());
    if !accounts.iter().all(digits) {
        faults.0.push(
            "ARCHIVER_ACCOUNTS must be RingCentral account ids, separated by commas, like \
             400131426008"
                .to_owned(),
        );
    }
    let dates = match text("ARCHIVER_DATES") {
        None => web::Dates::default(),
        Some(word) => web::Dates::from_word(&word).unwrap_or_else(|| {
            let words = "ARCHIVER_DATES must be one of: guide, iso, us.";
            faults.0.push(words.to_owned());
            web::Dates::default()
        }),
    };
    let mut link = |name: &str| text(name).and_then(|value| url_of(name, &value, faults));
    Pages {
        accounts,
        app_folder: text("ARCHIVER_APP_FOLDER"),
        product: text("ARCHIVER_PRODUCT_NAME"),
        terms_url: link("ARCHIVER_TERMS_URL"),
        privacy_url: link("ARCHIVER_PRIVACY_URL"),
        dates,
    }
}

/// An origin: https, or plain http to this machine only.
pub(super) fn origin(name: &str, value: Option<String>, default: &str, faults: &mut Faults) -> Url {
    let value = value.unwrap_or_else(|| default.to_owned());
    url_of(name, &value, faults).unwrap_or_else(placeholder)
}

pub(super) fn url_of(name: &str, value: &str, faults: &mut Faults) -> Option<Url> {
    let Ok(url) = Url::parse(value) else {
        faults.0.push(format!(
            "{name} is not an address. Write it like https://platform.ringcentral.com"
        ));
        return None;
    };
    let plain = url.scheme() == "http";
    if url.host().is_none() || !(plain || url.scheme() == "https") {
        faults.0.push(format!("{name} must begin with https://"));
        return None;
    }
    if plain && !url.host_str().is_some_and(is_loopback) {
        faults.0.push(format!(
            "{name} must begin with https://; plain http:// is accepted for this machine only."
        ));
        return None;
    }
    if !url.username().is_empty() || url.password().is_some() {
        faults
            .0
            .push(format!("{name} must not contain a user name or password."));
        return None;
    }
    Some(url)
}

/// Whether the host of an address is this very machine.
pub(super) fn is_loopback(host: &str) -> bool {
    let number = host.trim_matches(['[', ']']).parse::<IpAddr>();
    number.map_or(host == "localhost", |ip| ip.is_loopback())
}

/// Stands in for an address that was faulty; the configuration is refused, so
/// nobody ever sees it.
fn placeholder() -> Url {
    Url::parse("https://invalid.invalid").unwrap_or_else(|_| unreachable!("a constant address"))
}

pub(super) fn listen(value: Option<String>, faults: &mut Faults) -> SocketAddr {
    let default = SocketAddr::from(([127, 0, 0, 1], 8080));
    let Some(value) = value else {
        return default;
    };
    value.parse().unwrap_or_else(|_| {
        faults
            .0
            .push("ARCHIVER_LISTEN must be an address and port, like 127.0.0.1:8080".to_owned());
        default
    })
}

pub(super) fn naming(value: Option<&str>, faults: &mut Faults) -> Naming {
    match value {
        None | Some("default") => Naming::Default,
        Some("ringcentral") => Naming::RingCentral,
        Some("flat-month") => Naming::FlatMonth,
        Some("privacy") => Naming::Privacy,
        Some(_) => {
            faults.0.push(
                "ARCHIVER_NAMING must be one of: default, ringcentral, flat-month, privacy."
                    .to_owned(),
            );
            Naming::Default
        }
    }
}

pub(super) fn time_zone(value: Option<String>, faults: &mut Faults) -> TimeZone {
    let Some(value) = value else {
        return TimeZone::UTC;
    };
    TimeZone::get(&value).unwrap_or_else(|_| {
        faults.0.push(
            "ARCHIVER_TIME_ZONE is not a time zone. Write an IANA name like America/New_York"
                .to_owned(),
        );
        TimeZone::UTC
    })
}

#[cfg(unix)]
pub(super) fn others_can_read(path: &Path) -> bool {
    use std::os::unix::fs::PermissionsExt;
    std::fs::metadata(path).is_ok_and(|it| it.permissions().mode() & 0o077 != 0)
}

#[cfg(not(unix))]
pub(super) fn others_can_read(_path: &Path) -> bool {
    false
}
