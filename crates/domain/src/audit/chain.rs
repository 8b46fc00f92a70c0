//! The chain itself: each Link holds the hash of the one before it, and a seal
//! that only who has the key can make. Pure: the key is handed in.

use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;
use zeroize::Zeroizing;

use super::{Head, Link};
use crate::account::AccountId;
use crate::manifest::hex;

/// What a company's chain begins with and is sealed by: both come of one
/// secret of the server's, so that no two companies have the same.
#[derive(Clone)]
pub struct Stamp {
    key: Zeroizing<[u8; 32]>,
    beginning: String,
}

impl Stamp {
    /// The stamp of a company, from the server's secret.
    pub fn of(secret: &[u8; 32], account: &AccountId) -> Stamp {
        let part = |what: &str| mac(secret, format!("{what}\n{account}").as_bytes());
        let key = Zeroizing::new(part("archiver audit seal"));
        Stamp {
            key,
            beginning: hex(&part("archiver audit beginning")),
        }
    }

    /// A chain without any Link. Nobody who does not have the secret can guess
    /// what its first hash is made of.
    pub fn beginning(&self) -> Head {
        Head {
            seq: 0,
            hash: self.beginning.clone(),
        }
    }

    /// Seals a hash.
    pub fn press(&self, hash: &str) -> String {
        hex(&mac(&self.key, hash.as_bytes()))
    }
}

/// HMAC-SHA256 (RFC 2104), which takes keys of any length.
fn mac(key: &[u8; 32], message: &[u8]) -> [u8; 32] {
    Hmac::<Sha256>::new_from_slice(key).map_or([0; 32], |mut mac| {
        mac.update(message);
        mac.finalize().into_bytes().into()
    })
}

/// Where a chain is broken, and how it shows. Nothing before it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Broken {
    /// The first place that is not as it was written.
    pub seq: i64,
    /// What is wrong with it.
    pub why: &'static str,
}

/// Follows a chain, Link by Link in their order, from its first.
pub struct Check {
    account: AccountId,
    /// Without the key, only hashes are checked.
    stamp: Option<Stamp>,
    /// Heads that were kept elsewhere, not yet passed.
    known: Vec<Head>,
    /// `None`: before the first Link of a chain whose beginning only the
    /// server knows.
    head: Option<Head>,
}

impl Check {
    /// Of a chain where it was written. `known` are heads that were kept
    /// elsewhere.
    pub fn whole(account: &AccountId, stamp: &Stamp, known: &[Head]) -> Check {
        Check {
            account: account.clone(),
            stamp: Some(stamp.clone()),
            known: known.to_vec(),
            head: Some(stamp.beginning()),
        }
    }

    /// Of a chain that was copied elsewhere: by its hashes alone.
    pub fn copied(account: &AccountId, known: &[Head]) -> Check {
        Check {
            account: account.clone(),
            stamp: None,
            known: known.to_vec(),
            head: None,
        }
    }

    /// The next Link.
    pub fn follow(&mut self, link: &Link) -> Result<(), Broken> {
        let expected = self.head.as_ref().map_or(1, |it| it.seq + 1);
        let broken = |seq, why| Err(Broken { seq, why });
        if link.seq != expected {
            return broken(expected, "it is missing, or another stands in its place");
        }
        if link.account != self.account {
            return broken(expected, "it belongs to another company");
        }
        if self
            .head
            .as_ref()
            .is_some_and(|it| it.hash != link.previous)
        {
            return broken(expected, "it does not follow the one before it");
        }
        if link.digest() != link.hash {
            return broken(expected, "it is not what was written");
        }
        if self
            .stamp
            .as_ref()
            .is_some_and(|it| it.press(&link.hash) != link.seal)
        {
            return broken(expected, "it was not written by this server");
        }
        let mut known = self.known.iter().filter(|it| it.seq == link.seq);
        if known.any(|it| it.hash != link.hash) {
            return broken(
                expected,
                "another stood here when its head was kept elsewhere",
            );
        }
        self.known.retain(|it| it.seq != link.seq);
        self.head = Some(link.head());
        Ok(())
    }

    /// After the last Link. `head` is the end as the database knows it.
    pub fn end(self, head: Option<&Head>) -> Result<Head, Broken> {
        let last = self.head.unwrap_or(Head {
            seq: 0,
            hash: String::new(),
        });
        let next = last.seq + 1;
        if let Some(head) = head
            && *head != last
        {
            let seq = if head.seq == last.seq { last.seq } else { next };
            let why = "the chain does not end where its head says";
            return Err(Broken { seq, why });
        }
        // Every place was passed from the first: what is left lies beyond.
        if self.known.is_empty() {
            return Ok(last);
        }
        let why = "it was there when a later head was kept elsewhere";
        Err(Broken { seq: next, why })
    }
}
