//! JWT credentials, as users make them in the developer console: signed with
//! a key that only the simulator knows.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD as BASE64;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use crate::dice::Dice;

/// Expiry of a good credential: 2037, in seconds since 1970.
pub(crate) const VALID_UNTIL_S: i64 = 2_130_000_000;
/// Expiry of a bad one: 2020.
pub(crate) const EXPIRED_AT_S: i64 = 1_600_000_000;

/// A credential of the extension with this id.
pub(crate) fn issue(dice: Dice, extension_id: u64, expires_s: i64) -> String {
    let id = dice.of("jwt").at(extension_id);
    let header = json!({ "kid": "8762f598d05944dbb86bf5ca97804710", "typ": "JWT", "alg": "RS256" });
    let claims = json!({
        "aud": "https://platform.ringcentral.com/restapi/oauth/token",
        "sub": extension_id.to_string(),
        "iss": "https://platform.ringcentral.com",
        "exp": expires_s,
        "iat": 1_577_836_800,
        "jti": BASE64.encode([id.bits().to_be_bytes(), id.at(1).bits().to_be_bytes()].concat()),
    });
    let signed = format!(
        "{}.{}",
        BASE64.encode(header.to_string()),
        BASE64.encode(claims.to_string())
    );
    let signature = BASE64.encode(signature(dice, &signed));
    format!("{signed}.{signature}")
}

/// What a credential is worth.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Claim {
    /// Of the extension with this id.
    Good(String),
    Expired,
    /// Not one of ours.
    Forged,
}

/// Judges a credential at `now_ms`.
pub(crate) fn judge(dice: Dice, jwt: &str, now_ms: i64) -> Claim {
    let Some((signed, given)) = jwt.rsplit_once('.') else {
        return Claim::Forged;
    };
    let claims = signed
        .split_once('.')
        .and_then(|(_, claims)| BASE64.decode(claims).ok())
        .and_then(|claims| serde_json::from_slice::<Value>(&claims).ok());
    let Some(claims) = claims.filter(|_| BASE64.encode(signature(dice, signed)) == given) else {
        return Claim::Forged;
    };
    match (claims["sub"].as_str(), claims["exp"].as_i64()) {
        (Some(_), Some(expires_s)) if expires_s * 1_000 <= now_ms => Claim::Expired,
        (Some(extension), Some(_)) => Claim::Good(extension.to_owned()),
        _ => Claim::Forged,
    }
}

/// 256 bytes, the size of an RS256 signature.
fn signature(dice: Dice, signed: &str) -> Vec<u8> {
    let key = dice.of("jwt key").bits();
    (0_u8..8)
        .flat_map(|part| {
            Sha256::new()
                .chain_update(key.to_be_bytes())
                .chain_update([part])
                .chain_update(signed)
                .finalize()
        })
        .collect()
}
