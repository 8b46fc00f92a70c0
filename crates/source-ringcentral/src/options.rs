//! How to reach RingCentral and as which app: read from the configuration at
//! assembly.

use std::time::Duration;

use domain::secret::Secret;

/// The app at RingCentral and the addresses of the service.
#[derive(Clone, Debug)]
pub struct Options {
    /// `https://platform.ringcentral.com`.
    pub server_url: String,
    /// `https://media.ringcentral.com`.
    pub media_url: String,
    /// Of the app registered at developers.ringcentral.com.
    pub client_id: String,
    /// Absent for a public (PKCE) app.
    pub client_secret: Option<Secret>,
    /// The length of RingCentral's rate window: 60 s (RingCentral developer
    /// guide, rate limits). Shorter only for simulators, and then everything
    /// that mirrors the provider's pace is shortened with it.
    pub rate_window: Duration,
}

impl Default for Options {
    fn default() -> Options {
        Options {
            server_url: "https://platform.ringcentral.com".to_owned(),
            media_url: "https://media.ringcentral.com".to_owned(),
            client_id: String::new(),
            client_secret: None,
            rate_window: Duration::from_mins(1),
        }
    }
}

impl Options {
    /// How much faster than the real service the other side plays: 1 for the
    /// real one.
    pub(crate) fn pace(&self) -> f64 {
        self.rate_window.as_secs_f64() / 60.0
    }
}
