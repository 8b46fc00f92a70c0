//! The app registered at RingCentral, as everything here shares it: whom to
//! speak to, how fast, and what the answers mean.

use std::borrow::Cow;
use std::sync::Arc;
use std::time::Duration;

use domain::clock::Clock;
use domain::error::{Error, Kind, Result};
use outbound::{Allow, Backoff, Budget, Credential, Door, Group, Line, Manners, Peer, Token};

use crate::addresses::{Addresses, MEDIA, PLATFORM};
use crate::judge::{ApiJudge, TokenJudge};
use crate::options::Options;

/// RingCentral's rate groups with their usual budgets (RingCentral developer
/// guide, rate limits: per user, app and group in a sliding window). The
/// answers' own headers correct them.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Pace {
    /// Company, extension, permission checks, message lists.
    Light,
    /// Extension lists, authorization profiles, message contents.
    Medium,
    /// Call logs and recording contents.
    Heavy,
    /// The token endpoint.
    Auth,
}

/// The token endpoint after 408, 500 and time-outs: 3 tries, 10 s apart
/// (RingCentral developer guide, OAuth token errors).
const TOKEN_TRIES: u32 = 3;
const TOKEN_WAIT: Duration = Duration::from_secs(10);

/// The app, and the way to RingCentral.
pub(crate) struct App {
    pub(crate) options: Options,
    pub(crate) addresses: Addresses,
    pub(crate) clock: Arc<dyn Clock>,
    door: Door,
    api: Arc<Peer>,
    tokens: Arc<Peer>,
}

impl App {
    /// `Kind::Config` where an address or the client id cannot be used.
    pub(crate) fn new(options: Options, door: Door, clock: Arc<dyn Clock>) -> Result<App> {
        if options.client_id.is_empty() {
            return Err(
                Error::new(Kind::Config, "the RingCentral app has no client id").remedy(
                    "Set RINGCENTRAL_CLIENT_ID to that of your app at developers.ringcentral.com.",
                ),
            );
        }
        let platform = Allow::new().permit(PLATFORM, &options.server_url)?;
        let everything = platform.clone().permit(MEDIA, &options.media_url)?;
        let retry = Backoff {
            base: TOKEN_WAIT,
            cap: TOKEN_WAIT,
        };
        let patient = Manners {
            backoff: retry,
            tries: TOKEN_TRIES,
            counts: true,
            ..Manners::default()
        };
        let usual = Manners {
            counts: true,
            ..Manners::default()
        };
        let name = "RingCentral";
        let pace = options.pace();
        Ok(App {
            addresses: Addresses::new(&options.server_url, &options.media_url)?,
            api: Arc::new(Peer {
                name: name.to_owned(),
                allow: everything,
                judge: Arc::new(ApiJudge),
                manners: usual.scaled(pace),
            }),
            tokens: Arc::new(Peer {
                name: name.to_owned(),
                allow: platform,
                judge: Arc::new(TokenJudge),
                manners: patient.scaled(pace),
            }),
            options,
            clock,
            door,
        })
    }

    /// A line that signs with a user's token.
    pub(crate) fn api_line(&self, owner: &str, token: Token) -> Line {
        let credential = Credential::Token(token);
        self.door.line(&self.api, &self.subject(owner), credential)
    }

    /// A line to the token endpoint. A confidential app signs as itself, a
    /// public one names itself in the body.
    pub(crate) fn token_line(&self, owner: &str) -> Line {
        let credential = match &self.options.client_secret {
            Some(secret) => Credential::Basic {
                id: self.options.client_id.clone(),
                secret: secret.clone(),
            },
            None => Credential::None,
        };
        self.door
            .line(&self.tokens, &self.subject(owner), credential)
    }

    /// Whose budget: RingCentral counts by user and app.
    fn subject(&self, owner: &str) -> String {
        format!("{}/{owner}", self.options.client_id)
    }

    /// A rate group in this service's window.
    pub(crate) fn group(&self, pace: Pace) -> Group {
        let (name, limit) = match pace {
            Pace::Light => ("light", 50),
            Pace::Medium => ("medium", 40),
            Pace::Heavy => ("heavy", 10),
            Pace::Auth => ("auth", 5),
        };
        Group {
            name: Cow::Borrowed(name),
            budget: Some(Budget::new(limit, self.options.rate_window)),
        }
    }

    /// A pause of RingCentral's own pace.
    pub(crate) async fn rest(&self, pause: Duration) {
        tokio::time::sleep(pause.mul_f64(self.options.pace())).await;
    }

    /// How long nobody asks again after a failed renewal.
    pub(crate) fn quiet(&self) -> Duration {
        TOKEN_WAIT.mul_f64(self.options.pace())
    }
}
