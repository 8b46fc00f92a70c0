//! One request on its way to its handler: who asks, for what, when, and by
//! which name the hosts are known to them. A [`Knock`] is a request before
//! sign-in, an [`Ask`] one after it.

use axum::http::HeaderMap;
use bytes::Bytes;

use crate::world::ids;
use crate::world::people::Extension;

use super::Inner;
use super::error::{ApiError, Outcome};
use super::params::Params;
use super::permissions::{self, Scope};
use super::routes::Route;

/// A request as it arrived.
pub(crate) struct Knock<'a> {
    pub(crate) inner: &'a Inner,
    pub(crate) now_ms: i64,
    pub(crate) query: Params,
    pub(crate) headers: &'a HeaderMap,
    pub(crate) body: &'a Bytes,
    pub(crate) hosts: Hosts,
}

impl Knock<'_> {
    /// A header's text.
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).and_then(|value| value.to_str().ok())
    }

    /// Query and form body together; the form wins.
    pub(crate) fn form(&self) -> Params {
        Params::parse(self.body).and(&self.query)
    }
}

/// A request that has been let in.
pub(crate) struct Ask<'a> {
    pub(crate) inner: &'a Inner,
    pub(crate) now_ms: i64,
    pub(crate) route: &'static Route,
    /// Place of the asking extension in the company.
    pub(crate) user: u16,
    pub(crate) path: Vec<(&'static str, String)>,
    pub(crate) query: &'a Params,
    pub(crate) headers: &'a HeaderMap,
    pub(crate) body: &'a Bytes,
    pub(crate) hosts: &'a Hosts,
}

/// How links name the two hosts.
#[derive(Clone, Debug)]
pub(crate) struct Hosts {
    pub(crate) platform: String,
    pub(crate) media: String,
}

impl Hosts {
    /// A client that came by the real names (through the CONNECT proxy) gets
    /// links with the real names, one that came to the TLS listener itself
    /// gets links back to it; others get our plain listeners'.
    pub(crate) fn seen_by(inner: &Inner, headers: &HeaderMap, over_tls: bool) -> Self {
        let host = headers
            .get("host")
            .and_then(|host| host.to_str().ok())
            .unwrap_or_default();
        let real = host
            .split(':')
            .next()
            .is_some_and(|name| name.ends_with(".ringcentral.com"));
        let here = format!("https://{host}");
        let (platform, media) = if real {
            (
                "https://platform.ringcentral.com",
                "https://media.ringcentral.com",
            )
        } else if over_tls {
            (here.as_str(), here.as_str())
        } else {
            (inner.server_url.as_str(), inner.media_url.as_str())
        };
        let bare = media.matches(':').count() == 1;
        let port = if inner.options().explicit_port && bare {
            ":443"
        } else {
            ""
        };
        Self {
            platform: platform.to_owned(),
            media: format!("{media}{port}"),
        }
    }
}

impl Ask<'_> {
    /// A path parameter; the route has it or it is empty.
    pub(crate) fn path(&self, name: &str) -> &str {
        self.path
            .iter()
            .find(|(key, _)| *key == name)
            .map_or("", |(_, value)| value)
    }

    /// Checks the account in the path.
    pub(crate) fn account(&self) -> Outcome<()> {
        match self.path("accountId") {
            "" | "~" => Ok(()),
            id if id == ids::ACCOUNT.to_string() => Ok(()),
            _ => Err(ApiError::not_found("accountId")),
        }
    }

    /// The extension in the path.
    pub(crate) fn extension(&self) -> Outcome<u16> {
        match self.path("extensionId") {
            "~" => Ok(self.user),
            id => self
                .inner
                .world
                .extension_with_id(id)
                .ok_or_else(|| ApiError::not_found("extensionId")),
        }
    }

    /// Refuses those who lack `permission`, or have it for themselves only
    /// while another extension is in the path.
    pub(crate) fn permit(&self, permission: &str) -> Outcome<()> {
        let scope = self
            .scope_of(permission)
            .ok_or_else(|| ApiError::permission(permission))?;
        let elsewhere = !self.path("extensionId").is_empty() && self.extension()? != self.user;
        if elsewhere && scope == Scope::Own {
            return Err(ApiError::extended_scope(permission));
        }
        Ok(())
    }

    /// How far the user's permission reaches.
    pub(crate) fn scope_of(&self, permission: &str) -> Option<Scope> {
        permissions::scope_of(self.inner, self.user, permission)
    }

    pub(crate) fn user(&self) -> &Extension {
        self.inner.world.extension(self.user)
    }

    /// `…/restapi/v1.0/account/{id}`.
    pub(crate) fn account_uri(&self) -> String {
        format!(
            "{}/restapi/v1.0/account/{}",
            self.hosts.platform,
            ids::ACCOUNT
        )
    }

    /// `…/restapi/v1.0/account/{id}/extension/{id}`.
    pub(crate) fn extension_uri(&self, extension: u16) -> String {
        format!(
            "{}/extension/{}",
            self.account_uri(),
            self.inner.world.extension(extension).id
        )
    }

    /// The request's own address without query, `~` written out.
    pub(crate) fn uri(&self) -> String {
        let mut path = self.route.template.to_owned();
        for (name, value) in &self.path {
            let id = match (*name, value.as_str()) {
                ("accountId", _) => ids::ACCOUNT.to_string(),
                ("extensionId", "~") => self.user().id.to_string(),
                (_, given) => given.to_owned(),
            };
            path = path.replace(&format!("{{{name}}}"), &id);
        }
        format!("{}{path}", self.hosts.platform)
    }

    /// The JSON body, or CMN-103.
    pub(crate) fn json(&self) -> Outcome<serde_json::Value> {
        serde_json::from_slice(self.body)
            .map_err(|_| ApiError::new(400, "CMN-103", "Cannot parse request body"))
    }
}
