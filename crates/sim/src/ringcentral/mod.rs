//! RingCentral as a product: sign-in, limits, permissions, call log, message
//! store and media.

use serde::{Deserialize, Serialize};

use crate::clock::Clock;
use crate::scenario::Scenario;

/// RingCentral's limits, delays, switches and faults.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Options {}

/// A handle on the simulated RingCentral. Cloning shares it.
#[derive(Clone)]
pub struct RingCentral {
    server_url: String,
    media_url: String,
}

impl RingCentral {
    /// Builds the company; nothing listens yet.
    pub fn new(
        _scenario: &Scenario,
        _anchor_ms: i64,
        _clock: Clock,
        server_url: &str,
        media_url: &str,
    ) -> Self {
        Self {
            server_url: server_url.to_owned(),
            media_url: media_url.to_owned(),
        }
    }

    /// The routes of both hosts.
    pub fn router(&self) -> axum::Router {
        axum::Router::new()
    }

    /// Address of the platform host.
    pub fn server_url(&self) -> String {
        self.server_url.clone()
    }

    /// Address of the media host.
    pub fn media_url(&self) -> String {
        self.media_url.clone()
    }

    /// The application's client id.
    pub fn client_id(&self) -> String {
        String::new()
    }

    /// The application's client secret.
    pub fn client_secret(&self) -> String {
        String::new()
    }

    /// The admin's JWT credential.
    pub fn jwt(&self) -> String {
        String::new()
    }
}
