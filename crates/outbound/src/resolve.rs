//! Names to addresses, public ones only: an allowed name that resolves to an
//! inner address (DNS rebinding, a poisoned cache) leads nowhere. The client
//! connects to the addresses that were checked here, not to a second answer.

use std::error::Error as StdError;
use std::fmt;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::sync::Arc;

use reqwest::dns::{Addrs, Name, Resolve, Resolving};

/// The system's resolver behind a filter.
pub(crate) struct PublicOnly {
    private: Arc<[String]>,
}

impl PublicOnly {
    /// Lets the named hosts (and `localhost`) resolve to anything.
    pub(crate) fn except(mut private: Vec<String>) -> PublicOnly {
        private.push("localhost".to_owned());
        PublicOnly {
            private: private.into(),
        }
    }
}

impl Resolve for PublicOnly {
    fn resolve(&self, name: Name) -> Resolving {
        let name = name.as_str().to_ascii_lowercase();
        let private = Arc::clone(&self.private);
        Box::pin(async move {
            let found = tokio::net::lookup_host((name.as_str(), 0)).await?;
            let found: Vec<SocketAddr> = found.collect();
            let private = private.contains(&name);
            Ok(Box::new(sifted(found, private)?.into_iter()) as Addrs)
        })
    }
}

/// The addresses that may be connected to; those of a name that leads nowhere
/// else are an attack or a mistake, not an absence.
fn sifted(found: Vec<SocketAddr>, private: bool) -> Result<Vec<SocketAddr>, NotPublic> {
    let may = |at: &SocketAddr| private || is_public(at.ip());
    let good: Vec<SocketAddr> = found.into_iter().filter(may).collect();
    if good.is_empty() {
        return Err(NotPublic);
    }
    Ok(good)
}

/// A public name led to an inner address.
#[derive(Debug)]
pub(crate) struct NotPublic;

impl fmt::Display for NotPublic {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the name resolves to an address that is not public")
    }
}

impl StdError for NotPublic {}

/// Whether an address is reachable for everybody (IANA special-purpose
/// registries; the standard library's own answer is not stable yet).
fn is_public(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(address) => is_public_v4(address),
        IpAddr::V6(address) => is_public_v6(address),
    }
}

fn is_public_v4(address: Ipv4Addr) -> bool {
    let [a, b, c, _] = address.octets();
    !(a == 0
        || a >= 224
        || address.is_private()
        || address.is_loopback()
        || address.is_link_local()
        || address.is_documentation()
        || (a == 100 && (b & 0xc0) == 64)
        || (a == 192 && b == 0 && c == 0)
        || (a == 198 && (b & 0xfe) == 18))
}

fn is_public_v6(address: Ipv6Addr) -> bool {
    if let Some(inner) = address.to_ipv4_mapped() {
        return is_public_v4(inner);
    }
    let segments = address.segments();
    let v4_at = |at: usize| {
        let [a, b] = segments[at].to_be_bytes();
        let [c, d] = segments[at + 1].to_be_bytes();
        is_public_v4(Ipv4Addr::new(a, b, c, d))
    };
    match segments[0] {
        0x0064 => segments[1] == 0xff9b && v4_at(6),
        0x2002 => v4_at(1),
        0x2001 => segments[1] >= 0x0200 && segments[1] != 0x0db8,
        first => (first & 0xe000) == 0x2000,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn inner_addresses_are_not_public() {
        let inner = "0.0.0.0 10.1.2.3 100.64.0.1 100.127.255.255 127.0.0.1 127.9.9.9 169.254.169.254 \
             172.16.0.1 172.31.255.255 192.0.0.8 192.0.2.1 192.168.1.1 198.18.0.1 198.19.255.255 \
             198.51.100.7 203.0.113.9 224.0.0.1 240.0.0.1 255.255.255.255 :: ::1 ::ffff:10.0.0.1 \
             ::ffff:127.0.0.1 64:ff9b::10.0.0.1 64:ff9b::7f00:1 64:ff9b::c000:1 100::1 2001::1 2001:db8::1 2002:a00:1::1 \
             fc00::1 fd12::1 fe80::1 ff02::1";
        for text in inner.split_whitespace() {
            assert!(!is_public(text.parse().unwrap()), "{text}");
        }
    }

    #[test]
    fn only_public_addresses_of_a_name_are_connected_to() {
        let at = |text: &str| SocketAddr::new(text.parse().unwrap(), 0);
        let rebound = || vec![at("127.0.0.1"), at("10.0.0.1")];
        assert!(sifted(rebound(), false).is_err());
        assert_eq!(sifted(rebound(), true).unwrap(), rebound());
        let mixed = vec![at("1.1.1.1"), at("169.254.169.254")];
        assert_eq!(sifted(mixed, false).unwrap(), [at("1.1.1.1")]);
    }

    #[test]
    fn ordinary_addresses_are_public() {
        let outer = "1.1.1.1 8.8.8.8 100.63.0.1 100.128.0.1 172.15.0.1 172.32.0.1 192.0.1.1 198.17.0.1 \
             162.125.1.19 199.255.120.1 2606:4700::1111 2a00:1450:4001::1 ::ffff:8.8.8.8 \
             64:ff9b::8.8.8.8 2002:808:808::1 2620:100::1";
        for text in outer.split_whitespace() {
            assert!(is_public(text.parse().unwrap()), "{text}");
        }
    }
}
