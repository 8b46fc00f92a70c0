//! RingCentral's error answers: status, code, and the body that repeats itself
//! at the top and in `errors`.

use serde_json::{Value, json};

use super::reply::Reply;

/// One refusal.
#[derive(Clone, Debug)]
pub(crate) struct ApiError {
    pub(crate) status: u16,
    pub(crate) code: &'static str,
    pub(crate) message: String,
    /// One more property, which stands beside the code in both places.
    detail: Option<(&'static str, String)>,
}

pub(crate) type Outcome<T = Reply> = Result<T, ApiError>;

impl ApiError {
    pub(crate) fn new(status: u16, code: &'static str, message: impl Into<String>) -> Self {
        Self {
            status,
            code,
            message: message.into(),
            detail: None,
        }
    }

    /// CMN-101.
    pub(crate) fn invalid(parameter: &str) -> Self {
        Self {
            detail: Some(("parameterName", parameter.to_owned())),
            ..Self::new(
                400,
                "CMN-101",
                format!("Parameter [{parameter}] value is invalid."),
            )
        }
    }

    /// CMN-102.
    pub(crate) fn not_found(parameter: &str) -> Self {
        Self {
            detail: Some(("parameterName", parameter.to_owned())),
            ..Self::new(
                404,
                "CMN-102",
                format!("Resource for parameter [{parameter}] is not found"),
            )
        }
    }

    /// CMN-401: the application lacks a scope.
    pub(crate) fn scope(name: &str) -> Self {
        Self {
            detail: Some(("permissionName", name.to_owned())),
            ..Self::new(
                403,
                "CMN-401",
                format!(
                    "In order to call this API endpoint, application needs to have [{name}] permission"
                ),
            )
        }
    }

    /// CMN-408: the user lacks a permission.
    pub(crate) fn permission(name: &str) -> Self {
        Self {
            detail: Some(("permissionName", name.to_owned())),
            ..Self::new(
                403,
                "CMN-408",
                format!(
                    "In order to call this API endpoint, user needs to have [{name}] permission."
                ),
            )
        }
    }

    /// CMN-419: the user has the permission for their own extension only.
    pub(crate) fn extended_scope(name: &str) -> Self {
        Self {
            detail: Some(("permissionsName", name.to_owned())),
            ..Self::new(
                403,
                "CMN-419",
                format!(
                    "In order to call this API endpoint for another extension, user needs to have [{name}] permission \
                     granted with extended scope"
                ),
            )
        }
    }

    /// CMN-404.
    pub(crate) fn another_extension() -> Self {
        Self::new(403, "CMN-404", "Attempt to access another extension")
    }

    /// The word that older answers carry at the top instead of the code.
    fn legacy_word(&self) -> &'static str {
        match self.code {
            "CMN-401" | "CMN-408" => "InsufficientPermissions",
            "OAU-128" | "OAU-129" | "OAU-149" | "OAU-213" => "TokenInvalid",
            code => code,
        }
    }

    /// The JSON body.
    pub(crate) fn body(&self) -> Value {
        let mut error = json!({ "errorCode": self.code, "message": self.message });
        let mut body = json!({ "errorCode": self.legacy_word(), "message": self.message });
        if let Some((name, value)) = &self.detail {
            error[*name] = json!(value);
            body[*name] = json!(value);
        }
        body["errors"] = json!([error]);
        body
    }

    pub(crate) fn reply(&self) -> Reply {
        Reply::json(self.status, self.body())
    }
}
