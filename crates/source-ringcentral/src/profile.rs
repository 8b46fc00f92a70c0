//! What a user may do, as their authorization profile says. Roles have names
//! that anybody may change; permissions and their reach are what counts
//! (RingCentral developer guide, roles).

use crate::wire::AuthzProfile;

/// How far a permission reaches.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Reach {
    /// Not granted.
    Nowhere,
    /// One's own extension.
    Own,
    /// Every extension of the company.
    Company,
}

/// Permission of the company's call log: the first is the specification's
/// name, the second the guide's.
const COMPANY_CALL_LOG: [&str; 2] = ["FullCompanyCallLog", "ReadCompanyCallLog"];

/// A user's permissions.
pub(crate) struct Profile(AuthzProfile);

impl Profile {
    /// From what the provider answered.
    pub(crate) fn new(profile: AuthzProfile) -> Profile {
        Profile(profile)
    }

    /// How far a permission reaches.
    pub(crate) fn reach(&self, permission: &str) -> Reach {
        let granted = self.0.permissions.iter().filter(|it| {
            it.permission.as_ref().and_then(|named| named.id.as_deref()) == Some(permission)
        });
        let reach = |scopes: &Vec<String>| {
            let company = |scope: &String| scope == "AllExtensions" || scope == "Account";
            if scopes.iter().any(company) {
                Reach::Company
            } else {
                Reach::Own
            }
        };
        granted
            .map(|it| reach(&it.scopes))
            .max()
            .unwrap_or(Reach::Nowhere)
    }

    /// Whether the whole company's call log may be read: what makes an
    /// administrator here.
    pub(crate) fn reads_company_calls(&self) -> bool {
        COMPANY_CALL_LOG
            .iter()
            .any(|name| self.reach(name) == Reach::Company)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn profile(json: &str) -> Profile {
        Profile::new(crate::wire::read(json.as_bytes()).unwrap())
    }

    #[test]
    fn an_administrator_is_who_reaches_the_companys_calls() {
        let admin = profile(
            r#"{"permissions":[
                {"permission":{"id":"ReadMessages"},"scopes":["Self"]},
                {"permission":{"id":"FullCompanyCallLog"},"scopes":["AllExtensions","New"]}]}"#,
        );
        assert!(admin.reads_company_calls());
        assert_eq!(admin.reach("ReadMessages"), Reach::Own);
        assert_eq!(admin.reach("Users"), Reach::Nowhere);
        for user in [
            r#"{"permissions":[{"permission":{"id":"FullCompanyCallLog"},"scopes":["Self"]}]}"#,
            r#"{"permissions":[{"permission":{"id":"ReadCallLog"},"scopes":["Account"]}]}"#,
            r#"{"permissions":[{"permission":{},"scopes":["Account"]},7]}"#,
            "{}",
        ] {
            assert!(!profile(user).reads_company_calls(), "{user}");
        }
    }
}
