//! Failures of the network, told for people: who does not answer and why. No
//! address beyond the host's name, no header, no body gets into the words.

use std::error::Error as StdError;
use std::io;

use domain::error::{Error, Kind, Verdict};
use rustls::CertificateError;

use crate::resolve::NotPublic;
use crate::retry::Trouble;

/// What a failed sending means. `name` is the provider's display name.
pub(crate) fn of_sending(name: &str, error: &reqwest::Error) -> Trouble {
    if find::<NotPublic>(error).is_some() {
        let what = format!("{name}'s address leads to an inner network; refused to connect");
        let remedy = "If that is intended, list the host among the private hosts.";
        return Trouble::Final(Error::new(Kind::Egress, what).remedy(remedy));
    }
    if let Some(tls) = find::<rustls::Error>(error) {
        return Trouble::Final(insecure(name, tls));
    }
    if error.is_dns() {
        return Trouble::Unsent(unavailable(name, "its name is not found in the DNS"));
    }
    if error.is_builder() {
        let what = format!("a request to {name} cannot be written");
        return Trouble::Final(Error::new(Kind::Protocol, what).verdict_is(Verdict::GiveUp));
    }
    if error.is_connect() {
        return Trouble::Unsent(unavailable(name, why_no_connection(error)));
    }
    if find::<hyper::Error>(error)
        .is_some_and(|cause| cause.is_parse() || cause.is_parse_too_large())
    {
        let what = format!("{name} answered something that is not HTTP");
        return Trouble::Unavailable(Error::new(Kind::Protocol, what), None);
    }
    if error.is_timeout() {
        return Trouble::Unavailable(unavailable(name, "no answer in time"), None);
    }
    Trouble::Stale(unavailable(name, "the connection broke before an answer"))
}

/// No headers within the deadline.
pub(crate) fn no_headers(name: &str) -> Trouble {
    Trouble::Unavailable(unavailable(name, "no answer in time"), None)
}

fn unavailable(name: &str, why: &str) -> Error {
    Error::new(Kind::Unavailable, format!("{name} does not answer ({why})"))
}

fn why_no_connection(error: &reqwest::Error) -> &'static str {
    if error.is_timeout() {
        return "connecting took too long";
    }
    match find::<io::Error>(error).map(io::Error::kind) {
        Some(io::ErrorKind::ConnectionRefused) => "connection refused",
        Some(io::ErrorKind::ConnectionReset) => "connection reset",
        Some(io::ErrorKind::NetworkUnreachable) => "network unreachable",
        Some(io::ErrorKind::HostUnreachable) => "host unreachable",
        Some(io::ErrorKind::TimedOut) => "connecting took too long",
        Some(io::ErrorKind::UnexpectedEof) => "the connection was closed at once",
        _ if told(error).contains("proxy") || told(error).contains("tunnel") => {
            "the proxy refuses the connection"
        }
        _ => "no connection",
    }
}

/// A connection that is not secure is no connection, now or later, until
/// somebody mends it.
fn insecure(name: &str, error: &rustls::Error) -> Error {
    let clock = "Check this machine's clock first, then the certificate.";
    let (why, remedy) = match error {
        rustls::Error::InvalidCertificate(why) => match why {
            CertificateError::Expired | CertificateError::ExpiredContext { .. } => (
                "its certificate has expired, or this machine's clock is wrong",
                clock,
            ),
            CertificateError::NotValidYet | CertificateError::NotValidYetContext { .. } => (
                "its certificate is not valid yet, or this machine's clock is wrong",
                clock,
            ),
            CertificateError::NotValidForName | CertificateError::NotValidForNameContext { .. } => {
                (
                    "its certificate is for another host",
                    "Something between here and there may be listening in.",
                )
            }
            CertificateError::UnknownIssuer => (
                "its certificate is signed by an authority that is not trusted",
                "If a company proxy inspects traffic, add its authority with SSL_CERT_FILE.",
            ),
            _ => ("its certificate is not valid", "Ask who runs the network."),
        },
        _ => (
            "no secure connection could be agreed on (TLS)",
            "Something between here and there may not speak TLS 1.2 or newer.",
        ),
    };
    Error::new(Kind::Unavailable, format!("{name} is not trusted: {why}")).remedy(remedy)
}

/// The first cause of a type. An `io::Error` hides what it wraps from
/// `source`, so it is opened by hand.
fn find<'a, T: StdError + 'static>(error: &'a (dyn StdError + 'static)) -> Option<&'a T> {
    let mut next = Some(error);
    while let Some(cause) = next {
        if let Some(found) = cause.downcast_ref::<T>() {
            return Some(found);
        }
        let wrapped = cause
            .downcast_ref::<io::Error>()
            .and_then(io::Error::get_ref);
        next = match wrapped {
            Some(inner) => Some(inner),
            None => cause.source(),
        };
    }
    None
}

fn told(error: &reqwest::Error) -> String {
    let mut all = String::new();
    let mut next = error.source();
    while let Some(cause) = next {
        all.push_str(&cause.to_string());
        next = cause.source();
    }
    all.to_ascii_lowercase()
}
