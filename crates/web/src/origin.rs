//! Our own address as the browser sees it: what redirect addresses begin with,
//! what a form must come from, and whether it is this very machine.

use axum::http::header::HOST;
use axum::http::request::Parts;
use url::{Host, Url};

use crate::options::Options;

/// Headers that a proxy adds: then the browser is not on this machine, even
/// when the connection is.
const FORWARDED: [&str; 5] = [
    "forwarded",
    "via",
    "x-forwarded-for",
    "x-forwarded-host",
    "x-real-ip",
];

/// Scheme, host and port, as browsers write them in `Origin`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Origin {
    text: String,
    local: bool,
}

impl Origin {
    /// Ours, for this request. `None`: it came for somebody else's name (DNS
    /// rebinding), or for none at all.
    pub(crate) fn of(options: &Options, parts: &Parts) -> Option<Origin> {
        if let Some(url) = &options.public_url {
            let text = url.origin().ascii_serialization();
            return Some(Origin { text, local: false });
        }
        let url = asked_for(parts)?;
        let forwarded = FORWARDED.iter().any(|it| parts.headers.contains_key(*it));
        let local = options.loopback && is_loopback(&url) && !forwarded;
        if options.loopback && !is_loopback(&url) {
            return None;
        }
        Some(Origin {
            text: url.origin().ascii_serialization(),
            local,
        })
    }

    /// An address of ours.
    pub(crate) fn at(&self, path: &str) -> String {
        format!("{}{path}", self.text)
    }

    /// Whether the browser is on this machine and nothing stands between.
    pub(crate) fn is_local(&self) -> bool {
        self.local
    }

    /// Whether an `Origin` or `Referer` header names us.
    pub(crate) fn is(&self, named: &str) -> bool {
        Url::parse(named).is_ok_and(|url| {
            matches!(url.scheme(), "http" | "https")
                && url.origin().ascii_serialization() == self.text
        })
    }
}

/// What the request was sent to: a host and a port, and nothing else.
fn asked_for(parts: &Parts) -> Option<Url> {
    let mut hosts = parts.headers.get_all(HOST).iter();
    let host = match (hosts.next(), hosts.next(), parts.uri.authority()) {
        (Some(only), None, _) => only.to_str().ok()?,
        (None, None, Some(authority)) => authority.as_str(),
        _ => return None,
    };
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b".-:[]".contains(&byte);
    if host.is_empty() || !host.bytes().all(plain) {
        return None;
    }
    Url::parse(&format!("http://{host}/")).ok()
}

fn is_loopback(url: &Url) -> bool {
    match url.host() {
        Some(Host::Domain(name)) => name == "localhost",
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => address.is_loopback(),
        None => false,
    }
}

#[cfg(test)]
mod tests {
    use axum::http::Request;

    use super::*;

    fn origin(options: &Options, headers: &[(&str, &str)]) -> Option<Origin> {
        let mut request = Request::get("/");
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        Origin::of(options, &request.body(()).unwrap().into_parts().0)
    }

    fn loopback() -> Options {
        Options {
            loopback: true,
            ..Options::default()
        }
    }

    #[test]
    fn a_loopback_listener_serves_only_loopback_names() {
        for host in ["localhost:8080", "127.0.0.1:8080", "[::1]:8080", "127.1"] {
            let origin = origin(&loopback(), &[("host", host)]).unwrap();
            assert!(origin.is_local(), "{host}");
        }
        for host in [
            "rebound.example",
            "localhost.example",
            "127.0.0.1.example",
            "user@127.0.0.1",
            "127.0.0.1/x",
            "",
            "10.0.0.1",
            "0.0.0.0",
        ] {
            assert_eq!(origin(&loopback(), &[("host", host)]), None, "{host}");
        }
        assert_eq!(origin(&loopback(), &[]), None);
        let twice = [("host", "localhost"), ("host", "localhost")];
        assert_eq!(origin(&loopback(), &twice), None);
    }

    #[test]
    fn who_comes_through_a_proxy_is_not_on_this_machine() {
        for header in FORWARDED {
            let headers = [("host", "127.0.0.1:1"), (header, "x")];
            assert!(!origin(&loopback(), &headers).unwrap().is_local());
        }
    }

    #[test]
    fn the_public_address_wins_over_what_a_request_says() {
        let options = Options {
            public_url: Some(Url::parse("https://Archive.example:443/").unwrap()),
            ..loopback()
        };
        let origin = origin(&options, &[("host", "127.0.0.1")]).unwrap();
        assert_eq!(
            origin.at("/sign-in/ringcentral"),
            "https://archive.example/sign-in/ringcentral"
        );
        assert!(!origin.is_local());
        assert!(origin.is("https://archive.example") && origin.is("https://archive.example/x"));
        for foreign in [
            "http://archive.example",
            "https://archive.example:8443",
            "https://archive.example.evil",
            "https://evil/https://archive.example",
            "null",
            "",
        ] {
            assert!(!origin.is(foreign), "{foreign}");
        }
    }
}
