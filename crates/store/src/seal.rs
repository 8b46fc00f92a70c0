//! Sealing: XChaCha20-Poly1305 with a random 192-bit nonce. What is sealed for
//! one cell of a table opens in no other. Knows nothing of grants or SQL.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD_NO_PAD as BASE64;
use chacha20poly1305::aead::{Aead, KeyInit, Payload};
use chacha20poly1305::{XChaCha20Poly1305, XNonce};
use domain::{Error, Kind, Result};
use zeroize::Zeroizing;

use crate::master_key::MasterKey;

const NONCE: usize = 24;
/// The first byte of everything sealed, for the day the cipher changes.
const FORM: u8 = 1;

/// Where a sealed value lies: what it is and the key of its row. All of it must
/// be the same when it is opened.
#[derive(Clone, Copy)]
pub(crate) enum Cell<'a> {
    /// One end's grant of a Connection.
    Grant {
        account: &'a str,
        connection: &'a str,
        provider: &'a str,
        /// Counts the values the cell has held.
        generation: i64,
    },
    /// A setting of the server's own.
    Setting { name: &'a str, generation: i64 },
    /// The verifier of a trip.
    Verifier {
        state_hash: &'a str,
        session: &'a str,
    },
}

impl Cell<'_> {
    /// Every part behind its length: no two cells give the same bytes.
    fn bound_to(&self, key: &MasterKey) -> Vec<u8> {
        let count;
        let parts: &[&str] = match *self {
            Cell::Grant {
                account,
                connection,
                provider,
                generation,
            } => {
                count = generation.to_string();
                &["archiver vault", account, connection, provider, &count]
            }
            Cell::Setting { name, generation } => {
                count = generation.to_string();
                &["archiver setting", name, &count]
            }
            Cell::Verifier {
                state_hash,
                session,
            } => &["archiver verifier", state_hash, session],
        };
        let mut bytes = vec![FORM];
        for part in parts.iter().chain([&key.id()]) {
            bytes.extend((part.len() as u64).to_le_bytes());
            bytes.extend(part.as_bytes());
        }
        bytes
    }

    /// What is told when its value does not open.
    fn was_changed(&self) -> Error {
        let (kind, what, remedy) = match self {
            Cell::Grant { .. } => (
                Kind::Unauthorized,
                "a grant in the database was changed from outside",
                "Connect again: only the connection is lost, nothing that was archived.",
            ),
            Cell::Setting { .. } => (
                Kind::Config,
                "a setting in the database was changed from outside",
                "Enter it again on the set-up page; nothing that was archived is lost.",
            ),
            Cell::Verifier { .. } => (
                Kind::Unauthorized,
                "a sign-in in the database was changed from outside",
                "Begin it again.",
            ),
        };
        Error::new(kind, what).remedy(remedy)
    }
}

/// Seals a value for one cell. Never gives the same text twice.
pub(crate) fn seal(key: &MasterKey, cell: &Cell<'_>, value: &[u8]) -> Result<String> {
    let mut nonce = [0; NONCE];
    getrandom::fill(&mut nonce).map_err(|_| {
        Error::new(
            Kind::Storage,
            "the operating system gives no random numbers",
        )
    })?;
    seal_with(key, cell, nonce, value)
}

fn seal_with(key: &MasterKey, cell: &Cell<'_>, nonce: [u8; NONCE], value: &[u8]) -> Result<String> {
    let aad = cell.bound_to(key);
    let sealed = cipher(key)
        .encrypt(
            &XNonce::from(nonce),
            Payload {
                msg: value,
                aad: &aad,
            },
        )
        .map_err(|_| Error::new(Kind::Storage, "a secret cannot be sealed"))?;
    Ok(BASE64.encode([&[FORM], nonce.as_slice(), &sealed].concat()))
}

/// Opens what was sealed for this cell with this key.
pub(crate) fn open(key: &MasterKey, cell: &Cell<'_>, sealed: &str) -> Result<Zeroizing<Vec<u8>>> {
    let bytes = BASE64.decode(sealed).unwrap_or_default();
    let plain = match bytes.split_first() {
        Some((&FORM, rest)) => rest
            .split_first_chunk::<NONCE>()
            .and_then(|(nonce, sealed)| {
                let aad = cell.bound_to(key);
                cipher(key)
                    .decrypt(
                        &XNonce::from(*nonce),
                        Payload {
                            msg: sealed,
                            aad: &aad,
                        },
                    )
                    .ok()
            }),
        _ => None,
    };
    plain.map(Zeroizing::new).ok_or_else(|| cell.was_changed())
}

fn cipher(key: &MasterKey) -> XChaCha20Poly1305 {
    XChaCha20Poly1305::new(key.bytes().into())
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    const CELL: Cell<'_> = Cell::Grant {
        account: "1",
        connection: "c",
        provider: "source",
        generation: 1,
    };

    const KNOWN_KEY_ID: &str = "479989ea1adff759";
    const KNOWN_SEALED: &str = "AUBBQkNERUZHSElKS0xNTk9QUVJTVFVWV5AsFIY6noBbWgrvjF2s+FPeuheqCkyI";

    fn key(first: u8) -> MasterKey {
        let mut bytes = [0; 32];
        bytes[0] = first;
        MasterKey::new(bytes)
    }

    /// The numbers come from an implementation of its own, by RFC 8439 and
    /// draft-irtf-cfrg-xchacha-03, that gives the draft's example.
    #[test]
    fn a_known_value_is_sealed_as_ever() {
        let key = MasterKey::new(std::array::from_fn(|n| 0x80 + u8::try_from(n).unwrap()));
        let nonce = std::array::from_fn(|n| 0x40 + u8::try_from(n).unwrap());
        assert_eq!(key.id(), KNOWN_KEY_ID);
        let sealed = seal_with(&key, &CELL, nonce, b"a grant").unwrap();
        assert_eq!(sealed, KNOWN_SEALED);
        assert_eq!(*open(&key, &CELL, KNOWN_SEALED).unwrap(), b"a grant");
    }

    #[test]
    fn a_value_opens_only_in_its_own_cell() {
        let sealed = seal(&key(1), &CELL, b"a grant").unwrap();
        assert_eq!(*open(&key(1), &CELL, &sealed).unwrap(), b"a grant");
        let grant = |account, connection, provider, generation| Cell::Grant {
            account,
            connection,
            provider,
            generation,
        };
        let others = [
            grant("2", "c", "source", 1),
            grant("1", "d", "source", 1),
            grant("1", "c", "destination", 1),
            grant("1", "c", "source", 2),
            // The same letters, cut elsewhere.
            grant("1c", "", "source", 1),
        ];
        for other in others {
            let error = open(&key(1), &other, &sealed).unwrap_err();
            assert_eq!(error.kind(), Kind::Unauthorized);
        }
        assert!(open(&key(2), &CELL, &sealed).is_err());
    }

    #[test]
    fn a_value_of_one_kind_opens_in_no_cell_of_another() {
        let cells = [
            CELL,
            Cell::Setting {
                name: "a",
                generation: 1,
            },
            Cell::Setting {
                name: "a",
                generation: 2,
            },
            Cell::Setting {
                name: "b",
                generation: 1,
            },
            // The same letters as a setting's.
            Cell::Verifier {
                state_hash: "a",
                session: "1",
            },
            Cell::Verifier {
                state_hash: "1",
                session: "a",
            },
        ];
        for (n, cell) in cells.iter().enumerate() {
            let sealed = seal(&key(1), cell, b"a secret").unwrap();
            for (m, other) in cells.iter().enumerate() {
                assert_eq!(open(&key(1), other, &sealed).is_ok(), n == m, "{n} in {m}");
            }
        }
    }

    #[test]
    fn a_changed_value_does_not_open() {
        let sealed = BASE64
            .decode(seal(&key(1), &CELL, b"a grant").unwrap())
            .unwrap();
        for at in 0..sealed.len() {
            for bit in [1, 128] {
                let mut changed = sealed.clone();
                changed[at] ^= bit;
                assert!(open(&key(1), &CELL, &BASE64.encode(changed)).is_err());
            }
            assert!(open(&key(1), &CELL, &BASE64.encode(&sealed[..at])).is_err());
        }
        assert!(open(&key(1), &CELL, "no base64!").is_err());
    }

    #[test]
    fn no_nonce_is_used_twice() {
        let key = key(1);
        let mut nonces = HashSet::new();
        for _ in 0..100_000 {
            let sealed = BASE64.decode(seal(&key, &CELL, b"").unwrap()).unwrap();
            let nonce: [u8; NONCE] = sealed[1..=NONCE].try_into().unwrap();
            assert!(nonces.insert(nonce));
        }
        assert_eq!(nonces.len(), 100_000);
    }
}
