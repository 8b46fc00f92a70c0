//! The keys of a chain of manifests: Ed25519, one pair for an installation.

use std::fmt;

use ring::signature::{ED25519, Ed25519KeyPair, KeyPair, UnparsedPublicKey};
use serde::{Deserialize, Serialize};

use crate::error::{Error, Kind, Result};
use crate::secret::Secret;

/// What is signed begins with this, so that the key says nothing else by it.
const WHAT: &str = "archiver manifest 1 ";

/// The half that everybody may know: 32 bytes as lower-case hex.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct PublicKey(String);

impl PublicKey {
    /// Takes 64 hexadecimal digits.
    pub fn parse(text: &str) -> Option<PublicKey> {
        let text = text.trim().to_ascii_lowercase();
        (unhex(&text)?.len() == 32).then_some(PublicKey(text))
    }

    /// As hex.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Enough of it to tell it from others, for names: 16 digits.
    pub fn id(&self) -> &str {
        self.0.get(..16).unwrap_or(&self.0)
    }

    /// Whether the owner of this key signed this sum, lower-case hex.
    pub fn has_signed(&self, sha256: &str, signature: &str) -> bool {
        let (Some(key), Some(bytes)) = (unhex(&self.0), unhex(signature)) else {
            return false;
        };
        // In one spelling only.
        if hex(&bytes) != signature {
            return false;
        }
        let message = format!("{WHAT}{sha256}");
        let key = UnparsedPublicKey::new(&ED25519, key);
        key.verify(message.as_bytes(), &bytes).is_ok()
    }
}

impl TryFrom<String> for PublicKey {
    type Error = &'static str;

    fn try_from(text: String) -> std::result::Result<PublicKey, &'static str> {
        let key = PublicKey::parse(&text).filter(|it| it.0 == text);
        key.ok_or("not a public key")
    }
}

impl From<PublicKey> for String {
    fn from(key: PublicKey) -> String {
        key.0
    }
}

impl fmt::Display for PublicKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Debug for PublicKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// The half that signs. Does not print itself.
pub struct SigningKey {
    pair: Ed25519KeyPair,
    public: PublicKey,
}

impl SigningKey {
    /// From its seed: 32 bytes as hex.
    pub fn from_seed(seed: &Secret) -> Result<SigningKey> {
        let broken = || {
            Error::new(Kind::Storage, "the key that signs manifests cannot be read")
                .remedy("Restore the database, or report it.")
        };
        let bytes = unhex(seed.expose()).map(zeroize::Zeroizing::new);
        let bytes = bytes.ok_or_else(broken)?;
        let pair = Ed25519KeyPair::from_seed_unchecked(&bytes).map_err(|_| broken())?;
        let public = PublicKey(hex(pair.public_key().as_ref()));
        Ok(SigningKey { pair, public })
    }

    /// The half that everybody may know.
    pub fn public(&self) -> &PublicKey {
        &self.public
    }

    /// Signs a sum, lower-case hex; the signature as hex.
    pub(super) fn sign(&self, sha256: &str) -> String {
        hex(self
            .pair
            .sign(format!("{WHAT}{sha256}").as_bytes())
            .as_ref())
    }
}

impl fmt::Debug for SigningKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "SigningKey of {}", self.public.id())
    }
}

/// Lower-case hex.
pub fn hex(bytes: &[u8]) -> String {
    let digit = |nibble: u8| char::from_digit(u32::from(nibble), 16).unwrap_or('0');
    let digits = bytes.iter().flat_map(|it| [digit(it >> 4), digit(it & 15)]);
    digits.collect()
}

fn unhex(text: &str) -> Option<Vec<u8>> {
    let digits: Option<Vec<u32>> = text.chars().map(|it| it.to_digit(16)).collect();
    let digits = digits.filter(|it| it.len().is_multiple_of(2))?;
    let bytes = digits.chunks(2);
    bytes
        .map(|it| u8::try_from(it[0] * 16 + it[1]).ok())
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// RFC 8032, 7.1, test 1.
    #[test]
    fn a_public_key_is_that_of_the_standard() {
        let seed = "9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60";
        let key = SigningKey::from_seed(&Secret::new(seed)).unwrap();
        let public = "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a";
        assert_eq!(key.public().as_str(), public);
        assert_eq!(format!("{key:?}"), "SigningKey of d75a980182b10ab7");
        assert!(SigningKey::from_seed(&Secret::new("9d")).is_err());
        assert!(SigningKey::from_seed(&Secret::new("xx")).is_err());
    }

    #[test]
    fn a_signature_is_of_one_key_and_one_sum() {
        let key = |digit: &str| SigningKey::from_seed(&Secret::new(digit.repeat(64))).unwrap();
        let (ours, other) = (key("1"), key("2"));
        let signature = ours.sign("ab");
        assert!(ours.public().has_signed("ab", &signature));
        assert!(!ours.public().has_signed("ac", &signature));
        assert!(!other.public().has_signed("ab", &signature));
        assert!(!ours.public().has_signed("ab", "zz"));
        let loud = signature.to_ascii_uppercase();
        assert!(!ours.public().has_signed("ab", &loud));
    }

    #[test]
    fn a_key_is_64_digits() {
        let text = "AB".repeat(32);
        let key = PublicKey::parse(&format!(" {text}\n")).unwrap();
        assert_eq!(key.as_str(), text.to_ascii_lowercase());
        for wrong in ["", "ab", &"g".repeat(64), &"a".repeat(65)] {
            assert_eq!(PublicKey::parse(wrong), None);
        }
        let upper = format!("\"{text}\"");
        assert!(serde_json::from_str::<PublicKey>(&upper).is_err());
    }
}
