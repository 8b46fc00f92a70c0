//! How often somebody may knock: who is not signed in, by where they come
//! from; who is, by who they are. Nothing here can be guessed within a
//! lifetime; the limits keep a flood from filling the database, and say so to
//! who sends it. Bounded memory, and the clock is handed in.

use std::collections::HashMap;
use std::hash::Hash;
use std::net::{IpAddr, Ipv6Addr, SocketAddr};
use std::sync::{Arc, Mutex, PoisonError};

use axum::extract::ConnectInfo;
use axum::http::request::Parts;
use domain::account::AccountId;
use domain::audit::Actor;

/// Refused or unknown requests of one client, at once and in a minute. A sign-in
/// is three, and a whole office may stand behind one address in the morning.
pub(crate) const CLIENT: u32 = 240;
/// Those of all clients behind one peer: a proxy, or one machine that makes
/// itself many.
pub(crate) const PEER: u32 = 1_200;
/// Changes by one person or token, at once and in a minute.
pub(crate) const CHANGES: u32 = 240;
/// So many clients are known one by one; the others are one.
const MOST: usize = 4_096;

const MINUTE_MS: i64 = 60 * 1000;

/// Where a request comes from, as far as it can be told.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Client {
    /// The other end of the connection.
    peer: IpAddr,
    /// Whom the peer names, if it says that it is a proxy. Whoever lies here
    /// gets a bucket of their own, within the peer's: nobody gets more by it
    /// than a proxy has, and nobody behind a proxy is locked out by a
    /// neighbour.
    named: Option<IpAddr>,
}

impl Client {
    /// The client behind a request. `None` where nobody says: then there is no
    /// listener either.
    pub(crate) fn of(parts: &Parts) -> Option<Client> {
        let ConnectInfo(address) = parts.extensions.get::<ConnectInfo<SocketAddr>>()?;
        // Only what the nearest proxy wrote itself: the last of all.
        let mut lines = parts.headers.get_all("x-forwarded-for").iter();
        let last = lines.next_back().and_then(|it| it.to_str().ok());
        let last = last.and_then(|it| it.rsplit(',').next());
        Some(Client {
            peer: network(address.ip()),
            named: last.and_then(named).map(network),
        })
    }
}

/// An address as proxies write it: some with its port, or in brackets.
fn named(text: &str) -> Option<IpAddr> {
    let text = text.trim();
    let with_port = |it: &str| it.parse().map(|it: SocketAddr| it.ip());
    let bare = text.strip_prefix('[').and_then(|it| it.strip_suffix(']'));
    let bare = bare.unwrap_or(text);
    bare.parse().or_else(|_| with_port(text)).ok()
}

/// Whom an address stands for: a home has as many IPv6 addresses as it likes,
/// of one /64.
fn network(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V6(it) => {
            let high = it.to_bits() & !u128::from(u64::MAX);
            IpAddr::V6(Ipv6Addr::from_bits(high))
        }
        four @ IpAddr::V4(_) => four,
    }
}

/// What is left for somebody, and since when. It fills up within a minute.
#[derive(Clone, Copy, Debug)]
struct Bucket {
    /// Thousandths of a place.
    left: i64,
    at_ms: i64,
}

struct Buckets<K> {
    most: u32,
    all: HashMap<K, Bucket>,
    /// Of all who are not known one by one.
    others: Bucket,
}

impl<K: Hash + Eq> Buckets<K> {
    fn new(most: u32) -> Buckets<K> {
        let full = Bucket {
            left: i64::from(most) * 1_000,
            at_ms: 0,
        };
        Buckets {
            most,
            all: HashMap::new(),
            others: full,
        }
    }

    /// Takes a place; else says after how many seconds there is one.
    fn take(&mut self, key: K, now_ms: i64) -> Result<(), u32> {
        let full = i64::from(self.most) * 1_000;
        let rate = i64::from(self.most);
        let filled = |it: Bucket| {
            // A clock that was set back fills nothing, and empties nothing.
            let passed = (now_ms - it.at_ms).clamp(0, MINUTE_MS);
            (it.left + passed * rate * 1_000 / MINUTE_MS).min(full)
        };
        if self.all.len() >= MOST && !self.all.contains_key(&key) {
            self.all.retain(|_, it| filled(*it) < full);
        }
        let fresh = Bucket {
            left: full,
            at_ms: now_ms,
        };
        let bucket = if self.all.len() < MOST || self.all.contains_key(&key) {
            self.all.entry(key).or_insert(fresh)
        } else {
            &mut self.others
        };
        let left = filled(*bucket);
        let taken = left >= 1_000;
        *bucket = Bucket {
            left: if taken { left - 1_000 } else { left },
            at_ms: now_ms,
        };
        if taken {
            return Ok(());
        }
        let missing_ms = (1_000 - left) * MINUTE_MS / (rate * 1_000);
        Err(u32::try_from(missing_ms / 1_000 + 1).unwrap_or(60))
    }
}

struct Inner {
    clients: Buckets<Client>,
    peers: Buckets<IpAddr>,
    people: Buckets<(AccountId, String)>,
}

/// All buckets of this process.
#[derive(Clone)]
pub(crate) struct Limit(Arc<Mutex<Inner>>);

impl Default for Limit {
    fn default() -> Limit {
        Limit(Arc::new(Mutex::new(Inner {
            clients: Buckets::new(CLIENT),
            peers: Buckets::new(PEER),
            people: Buckets::new(CHANGES),
        })))
    }
}

impl Limit {
    /// Somebody unknown does something, or is refused. `Err`: too often, with
    /// the seconds after which to come again.
    pub(crate) fn client(&self, client: Option<Client>, now_ms: i64) -> Result<(), u32> {
        let Some(client) = client else {
            return Ok(());
        };
        let mut inner = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        inner.clients.take(client, now_ms)?;
        inner.peers.take(client.peer, now_ms)
    }

    /// Somebody known changes something.
    pub(crate) fn person(&self, account: &AccountId, who: &Actor, now_ms: i64) -> Result<(), u32> {
        let mut inner = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        inner
            .people
            .take((account.clone(), who.to_string()), now_ms)
    }
}

#[cfg(test)]
mod tests {
    use axum::http::Request;

    use super::*;

    fn client(peer: &str, forwarded: &[&str]) -> Option<Client> {
        let mut request = Request::get("/");
        for line in forwarded {
            request = request.header("x-forwarded-for", *line);
        }
        let (mut parts, ()) = request.body(()).unwrap().into_parts();
        let address: SocketAddr = peer.parse().unwrap();
        parts.extensions.insert(ConnectInfo(address));
        Client::of(&parts)
    }

    fn taken(limit: &Limit, who: Option<Client>, times: u32, now_ms: i64) -> u32 {
        let taken = (0..times).filter(|_| limit.client(who, now_ms).is_ok());
        u32::try_from(taken.count()).unwrap()
    }

    #[test]
    fn a_bucket_empties_and_fills_up_in_a_minute() {
        let limit = Limit::default();
        let who = client("192.0.2.1:1", &[]);
        let again_ms = MINUTE_MS / i64::from(CLIENT);
        assert_eq!(taken(&limit, who, 2 * CLIENT, 0), CLIENT);
        assert_eq!(limit.client(who, 0), Err(1));
        assert_eq!(limit.client(who, again_ms - 1), Err(1));
        assert_eq!(limit.client(who, again_ms), Ok(()));
        assert_eq!(limit.client(who, again_ms), Err(1));
        assert_eq!(
            limit.client(who, -5_000),
            Err(1),
            "a clock that was set back"
        );
        assert_eq!(taken(&limit, who, 2 * CLIENT, 3_600_000), CLIENT);
        assert_eq!(taken(&limit, client("192.0.2.2:1", &[]), 5, 0), 5);
        assert_eq!(taken(&limit, None, 10_000, 0), 10_000);
    }

    #[test]
    fn a_port_or_an_address_of_the_same_home_is_no_other_client() {
        for (one, same) in [
            ("192.0.2.1:1", "192.0.2.1:2"),
            ("[2001:db8::1]:1", "[2001:db8::ffff:2]:1"),
            ("[::ffff:192.0.2.1]:1", "192.0.2.1:1"),
        ] {
            assert_eq!(client(one, &[]), client(same, &[]), "{one}");
        }
        assert_ne!(
            client("[2001:db8:0:1::1]:1", &[]),
            client("[2001:db8::1]:1", &[])
        );
        for (plain, written) in [
            ("203.0.113.9", "203.0.113.9:51234"),
            ("2001:db8::1", "[2001:db8::1]"),
            ("2001:db8::1", " [2001:db8::1]:443 "),
        ] {
            let named = |it| client("10.0.0.1:1", &["198.51.100.1", it]);
            assert!(named(plain).is_some_and(|it| it.named.is_some()));
            assert_eq!(named(written), named(plain), "{written}");
        }
        let unknown = client("10.0.0.1:1", &["unknown"]);
        assert_eq!(unknown, client("10.0.0.1:1", &[]));
    }

    #[test]
    fn neighbours_behind_a_proxy_do_not_lock_each_other_out() {
        let limit = Limit::default();
        let proxy = "10.0.0.1:1";
        let bad = client(proxy, &["198.51.100.1, 203.0.113.9"]);
        assert_eq!(taken(&limit, bad, 1_000, 0), CLIENT);
        assert_eq!(taken(&limit, client(proxy, &["198.51.100.7"]), 5, 0), 5);
        // What comes before the last was written by the client itself.
        assert_eq!(client(proxy, &["9.9.9.9", "8.8.8.8, 203.0.113.9"]), bad);
    }

    #[test]
    fn who_names_itself_many_gets_no_more_than_a_proxy() {
        let limit = Limit::default();
        let taken: u32 = (0..10_000_u32)
            .map(|n| {
                let name = format!("203.0.{}.{}", n / 256, n % 256);
                taken(&limit, client("192.0.2.1:1", &[&name]), 1, 0)
            })
            .sum();
        assert_eq!(taken, PEER);
    }

    #[test]
    fn memory_is_bounded_and_strangers_share_what_is_left() {
        let limit = Limit::default();
        let mut passed = 0;
        for n in 0..20_000_u32 {
            let address = format!("{}.{}.{}.1:1", 1 + n / 65_536, n / 256 % 256, n % 256);
            passed += taken(&limit, client(&address, &[]), 1, 0);
        }
        let inner = limit.0.lock().unwrap();
        assert!(inner.clients.all.len() <= MOST && inner.peers.all.len() <= MOST);
        assert!(passed < 5_000, "{passed}");
        drop(inner);
        // A minute later all are as before.
        assert_eq!(taken(&limit, client("9.9.9.9:1", &[]), 5, 120_000), 5);
        assert!(limit.0.lock().unwrap().clients.all.len() < 10);
    }

    #[test]
    fn a_person_is_limited_and_not_their_colleague() {
        let limit = Limit::default();
        let account = AccountId::new("1");
        let token = Actor::Token("t".to_owned());
        let mut passed = 0;
        while limit.person(&account, &token, 0).is_ok() {
            passed += 1;
        }
        assert_eq!(passed, CHANGES);
        assert!(
            limit
                .person(&account, &Actor::Token("u".to_owned()), 0)
                .is_ok()
        );
    }
}
