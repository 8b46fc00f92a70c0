//! What a failing answer says of itself. RingCentral asks to rely on codes and
//! not on messages, which change and are translated.

use crate::wire;

/// The words of a refusal that mean something. Nothing else of its body is
/// kept: messages may repeat phone numbers.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Refusal {
    /// RingCentral's code: `CMN-102`.
    pub(super) code: Option<String>,
    /// OAuth's word: `invalid_grant`.
    pub(super) oauth: Option<String>,
    /// The scope or permission that is missing: `ReadCallLog`.
    pub(super) permission: Option<String>,
}

impl Refusal {
    /// From a body that may be empty, cut off, or a gateway's HTML page. The
    /// specification promises `errors`; the top level is a fallback, and may
    /// hold a word of older days (`TokenInvalid`) instead of a code.
    pub(super) fn read(body: &[u8]) -> Refusal {
        let told: wire::Refusal = wire::read(body).unwrap_or_default();
        let all = || told.errors.iter().chain(std::iter::once(&told));
        let code = all().find_map(|it| word(it.error_code.as_deref()?));
        let named = |it: &wire::Refusal| {
            let name = it.permission_name.as_ref().or(it.permissions_name.as_ref());
            word(
                name.map(String::as_str)
                    .or_else(|| in_brackets(it.message.as_deref()?))?,
            )
        };
        Refusal {
            code,
            oauth: told.error.as_deref().and_then(word),
            permission: all().find_map(named),
        }
    }
}

/// A word that may stand in an error for people; nothing that could hold more.
fn word(text: &str) -> Option<String> {
    let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.');
    let short = !text.is_empty() && text.len() <= 60;
    (short && text.chars().all(plain)).then(|| text.to_owned())
}

/// `application needs to have [ReadCallLog] permission`.
fn in_brackets(message: &str) -> Option<&str> {
    let (_, rest) = message.split_once('[')?;
    Some(rest.split_once(']')?.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refusal(code: &str, permission: Option<&str>) -> Refusal {
        Refusal {
            code: Some(code.to_owned()),
            oauth: None,
            permission: permission.map(str::to_owned),
        }
    }

    #[test]
    fn the_list_of_errors_goes_before_the_top_level() {
        let body = br#"{"errorCode":"InsufficientPermissions",
            "message":"application needs to have [ReadCallLog] permission",
            "errors":[{"errorCode":"CMN-401","message":"x","permissionName":"ReadCallLog"}],
            "permissionName":"ReadCallLog"}"#;
        assert_eq!(Refusal::read(body), refusal("CMN-401", Some("ReadCallLog")));
        let old =
            br#"{"errorCode":"CMN-408","message":"[ReadCompanyCallLog] permission required"}"#;
        assert_eq!(
            Refusal::read(old),
            refusal("CMN-408", Some("ReadCompanyCallLog"))
        );
        let misspelt =
            br#"{"errors":[{},{"errorCode":"CMN-419","permissionsName":"ReadMessages"}]}"#;
        assert_eq!(
            Refusal::read(misspelt),
            refusal("CMN-419", Some("ReadMessages"))
        );
    }

    #[test]
    fn a_body_that_says_nothing_is_no_refusal_to_read() {
        for body in [
            &b""[..],
            b"<html>502 Bad Gateway</html>",
            b"null",
            b"[]",
            b"{\"errors\":\"no\"}",
            b"{\"errorCode\":\"call +16505550100\"}",
        ] {
            assert_eq!(Refusal::read(body), Refusal::default());
        }
    }

    #[test]
    fn the_token_endpoint_adds_oauths_own_word() {
        let body = br#"{"error":"invalid_grant","error_description":"Token not found",
            "errors":[{"errorCode":"OAU-213","message":"Token not found"}]}"#;
        let told = Refusal::read(body);
        assert_eq!(told.oauth.as_deref(), Some("invalid_grant"));
        assert_eq!(told.code.as_deref(), Some("OAU-213"));
    }
}
