//! Where requests may go: exact origins per purpose. A URL that a provider
//! wrote into an answer passes the same gate as one we wrote ourselves.

use domain::error::{Error, Kind, Result};
use url::{Host, Url};

/// What a request is for (`api`, `media`, `content`): each purpose has its own
/// origins, so that a media link cannot lead to the token endpoint's host.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Purpose(pub &'static str);

/// Scheme, host and port after normalisation: what has to be equal.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Origin {
    scheme: String,
    host: Host<String>,
    port: u16,
}

#[derive(Clone, Debug)]
struct Place {
    purpose: Purpose,
    origin: Origin,
    signed: bool,
}

/// The origins of one provider. Nothing else is ever connected to, and the
/// provider's credential never travels elsewhere.
#[derive(Clone, Debug, Default)]
pub struct Allow {
    places: Vec<Place>,
}

impl Allow {
    /// Nothing is allowed yet.
    pub fn new() -> Allow {
        Allow::default()
    }

    /// Allows an origin such as `https://media.ringcentral.com` for a purpose,
    /// with the provider's credential. `Kind::Config` unless it is `https` with
    /// a host name, or a loopback address, which may also be plain `http`.
    pub fn permit(self, purpose: Purpose, origin: &str) -> Result<Allow> {
        self.add(purpose, origin, true)
    }

    /// As [`permit`](Allow::permit), but the credential is left behind: for
    /// the storage network that a download is redirected to.
    pub fn permit_unsigned(self, purpose: Purpose, origin: &str) -> Result<Allow> {
        self.add(purpose, origin, false)
    }

    /// The URL to send to, normalised and without its fragment, if its origin
    /// is allowed for this purpose; else `Kind::Egress`.
    pub fn gate(&self, purpose: Purpose, url: &str) -> Result<Url> {
        let url = parse(url)?;
        let origin = origin_of(&url)?;
        let known = |place: &Place| place.purpose == purpose && place.origin == origin;
        if self.places.iter().any(known) {
            Ok(url)
        } else {
            Err(outside(&url))
        }
    }

    /// Where a redirect may lead: any origin of the provider, but never from
    /// `https` to `http`.
    pub(crate) fn hop(&self, from: &Url, location: &str) -> Result<Url> {
        let bad = || refuse("a redirect to an address that cannot be read");
        check_text(location)?;
        let url = parse(from.join(location).map_err(|_| bad())?.as_str())?;
        if from.scheme() == "https" && url.scheme() != "https" {
            return Err(refuse("a redirect from https to http"));
        }
        let origin = origin_of(&url)?;
        if self.places.iter().any(|place| place.origin == origin) {
            Ok(url)
        } else {
            Err(outside(&url))
        }
    }

    /// Whether the provider's credential may travel to this (gated) URL.
    pub(crate) fn signs(&self, url: &Url) -> bool {
        origin_of(url).is_ok_and(|origin| {
            let known = |place: &Place| place.signed && place.origin == origin;
            self.places.iter().any(known)
        })
    }

    fn add(mut self, purpose: Purpose, origin: &str, signed: bool) -> Result<Allow> {
        let url = parse(origin).map_err(|error| config(origin, error.cause()))?;
        if !matches!(url.path(), "" | "/") || url.query().is_some() || origin.contains('#') {
            return Err(config(origin, "it must be scheme, host and port alone"));
        }
        let origin = origin_of(&url).map_err(|error| config(origin, error.cause()))?;
        if !is_loopback(&origin.host) {
            if url.scheme() != "https" {
                return Err(config(url.as_str(), "plain http is for loopback only"));
            }
            if !matches!(origin.host, Host::Domain(_)) {
                return Err(config(url.as_str(), "it must be a host name, not a number"));
            }
        }
        let place = Place {
            purpose,
            origin,
            signed,
        };
        self.places.push(place);
        Ok(self)
    }
}

/// Whether a host means this very machine.
pub(crate) fn is_loopback(host: &Host<String>) -> bool {
    match host {
        Host::Domain(name) => name == "localhost",
        Host::Ipv4(address) => address.is_loopback(),
        Host::Ipv6(address) => address.is_loopback(),
    }
}

/// What other parsers would read differently is refused rather than mended.
fn check_text(text: &str) -> Result<()> {
    let odd = |c: char| c.is_control() || c.is_whitespace() || c == '\\';
    if text.contains(odd) {
        return Err(refuse("an address with a blank or a backslash in it"));
    }
    Ok(())
}

fn parse(text: &str) -> Result<Url> {
    check_text(text)?;
    let mut url = Url::parse(text).map_err(|_| refuse("an address that cannot be read"))?;
    if !url.username().is_empty() || url.password().is_some() {
        return Err(refuse("an address with a user name in it"));
    }
    url.set_fragment(None);
    Ok(url)
}

fn origin_of(url: &Url) -> Result<Origin> {
    let scheme = url.scheme();
    if scheme != "https" && scheme != "http" {
        return Err(refuse("an address that is not https"));
    }
    match (url.host(), url.port_or_known_default()) {
        (Some(host), Some(port)) => Ok(Origin {
            scheme: scheme.to_owned(),
            host: host.to_owned(),
            port,
        }),
        _ => Err(refuse("an address without a host")),
    }
}

fn outside(url: &Url) -> Error {
    let host: String = url.host_str().unwrap_or("").chars().take(100).collect();
    refuse(&format!("an address outside the allow-list ({host})"))
}

fn refuse(what: &str) -> Error {
    Error::new(Kind::Egress, format!("refused to connect to {what}"))
}

/// A wrong origin in the configuration. It may hold a password, so only its
/// host is repeated.
fn config(text: &str, why: &str) -> Error {
    let host = Url::parse(text)
        .ok()
        .and_then(|url| url.host_str().map(str::to_owned));
    let named = host.unwrap_or_else(|| "?".to_owned());
    Error::new(
        Kind::Config,
        format!("the provider address at host {named} cannot be used: {why}"),
    )
    .remedy("Give an address like https://host.example, or http://127.0.0.1:8080 for a simulator.")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_redirect_stays_with_the_provider_and_never_loses_its_encryption() {
        let api = "https://platform.example";
        let allow = Allow::new().permit(Purpose("api"), api).unwrap();
        let allow = allow
            .permit(Purpose("api"), "http://127.0.0.1:8080")
            .unwrap();
        let allow = allow
            .permit_unsigned(Purpose("cdn"), "https://cdn.example")
            .unwrap();
        let from = Url::parse("https://platform.example/a/b?c").unwrap();
        let hop = |to: &str| allow.hop(&from, to).map(String::from);
        assert_eq!(hop("d").unwrap(), "https://platform.example/a/d");
        assert_eq!(hop("//cdn.example/d#e").unwrap(), "https://cdn.example/d");
        for elsewhere in [
            "http://127.0.0.1:8080/",
            "http://platform.example/",
            "https://other.example/",
            "https://user@platform.example/",
            "https:\\\\other.example",
            "data:,",
        ] {
            assert_eq!(
                hop(elsewhere).unwrap_err().kind(),
                Kind::Egress,
                "{elsewhere}"
            );
        }
        assert!(allow.signs(&from));
        assert!(!allow.signs(&Url::parse("https://cdn.example/d").unwrap()));
    }
}
