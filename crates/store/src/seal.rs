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

/// Where a sealed value lies. All of it must be the same when it is opened.
pub(crate) struct Cell<'a> {
    pub(crate) account: &'a str,
    pub(crate) connection: &'a str,
    pub(crate) provider: &'a str,
    /// Counts the values the cell has held.
    pub(crate) generation: i64,
}

impl Cell<'_> {
    /// Every part behind its length: no two cells give the same bytes.
    fn bound_to(&self, key: &MasterKey) -> Vec<u8> {
        let generation = self.generation.to_string();
        let parts = [
            "archiver vault",
            self.account,
            self.connection,
            self.provider,
            &generation,
            key.id(),
        ];
        let mut bytes = vec![FORM];
        for part in parts {
            bytes.extend((part.len() as u64).to_le_bytes());
            bytes.extend(part.as_bytes());
        }
        bytes
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
        .map_err(|_| Error::new(Kind::Storage, "a grant cannot be sealed"))?;
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
    plain.map(Zeroizing::new).ok_or_else(|| {
        Error::new(
            Kind::Unauthorized,
            "a grant in the database was changed from outside",
        )
        .remedy("Connect again: only the connection is lost, nothing that was archived.")
    })
}

fn cipher(key: &MasterKey) -> XChaCha20Poly1305 {
    XChaCha20Poly1305::new(key.bytes().into())
}
