//! The app registered at Dropbox: from it come Dropboxes, sign-ins and tokens.
//! One per process, so that all uploads share one byte budget.

use std::sync::Arc;
use std::time::Duration;

use domain::clock::Clock;
use domain::error::{Error, Kind, Result};
use outbound::{Allow, Chance, Credential, Door, Keeper, Line, Manners, Peer, Token};
use url::Url;

use crate::api::{API, Api, CONTENT};
use crate::byte_budget::ByteBudget;
use crate::commit::Pace;
use crate::dropbox::Dropbox;
use crate::judge::Verdicts;
use crate::oauth::TokenEndpoint;
use crate::options::Options;
use crate::sign_in::DropboxSignIn;
use crate::turns::{Alone, Turns};

/// The registered app. Clones share it.
#[derive(Clone)]
pub struct App(Arc<Inner>);

struct Inner {
    options: Options,
    door: Door,
    peer: Arc<Peer>,
    oauth: Arc<Peer>,
    clock: Arc<dyn Clock>,
    chance: Chance,
    budget: ByteBudget,
}

/// How long a request for tokens may wait for a rate limit.
const PATIENCE: Duration = Duration::from_secs(10);

impl App {
    /// `Kind::Config` where the app key is missing or an address cannot be
    /// used. `chance` jitters the waits.
    pub fn new(
        mut options: Options,
        door: Door,
        clock: Arc<dyn Clock>,
        chance: Chance,
    ) -> Result<App> {
        if options.app_key.is_empty() {
            return Err(Error::new(Kind::Config, "the Dropbox app key is missing")
                .remedy("Set DROPBOX_APP_KEY to the app key from the Dropbox App Console."));
        }
        if !Url::parse(&options.web_url).is_ok_and(|url| url.has_host()) {
            return Err(Error::new(
                Kind::Config,
                "DROPBOX_WEB_URL is not an address",
            ));
        }
        options.upload = options.upload.sound();
        let allow = Allow::new()
            .permit(API, &options.api_url)?
            .permit(CONTENT, &options.content_url)?;
        let peer = |allow, manners| {
            Arc::new(Peer {
                name: "Dropbox".to_owned(),
                allow,
                judge: Arc::new(Verdicts),
                manners,
            })
        };
        // Everybody waits for a renewal: it may fail soon and be tried again.
        let hasty = Manners {
            patience: PATIENCE,
            ..options.manners.clone()
        };
        let budget = ByteBudget::new(options.upload.byte_budget);
        Ok(App(Arc::new(Inner {
            door,
            oauth: peer(Allow::new().permit(API, &options.api_url)?, hasty),
            peer: peer(allow, options.manners.clone()),
            options,
            clock,
            chance,
            budget,
        })))
    }

    /// The token of a grant, renewed when it is due and kept by `keeper`.
    pub fn token(&self, keeper: Arc<dyn Keeper>) -> Token {
        Token::new(keeper, Arc::new(self.endpoint()), Arc::clone(&self.0.clock))
    }

    /// The Dropbox behind a token. `subject` names it in metrics and is whose
    /// pace its calls share: the destination's id where it is known. Archives
    /// lie in `root_folder` of the app's folder. Starts tasks: needs a runtime.
    pub fn dropbox(&self, subject: &str, token: Token, root_folder: &str) -> Dropbox {
        self.dropbox_in_turns(subject, token, root_folder, Arc::new(Alone))
    }

    /// The same, where other processes commit to this Dropbox, too.
    pub fn dropbox_in_turns(
        &self,
        subject: &str,
        token: Token,
        root_folder: &str,
        turns: Arc<dyn Turns>,
    ) -> Dropbox {
        let app = &self.0;
        let line = app.door.line(&app.peer, subject, Credential::Token(token));
        let options = &app.options;
        let api = Api::new(line, &options.api_url, &options.content_url, options.pace);
        let pace = Pace {
            limits: options.upload.commit,
            contention: options.upload.contention,
            tries: options.upload.commits,
            chance: Arc::clone(&app.chance),
            turns,
        };
        let budget = app.budget.clone();
        Dropbox::new(api, budget, &options.upload, pace, root_folder)
    }

    /// Signing in with a browser.
    pub fn sign_in(&self) -> DropboxSignIn {
        DropboxSignIn::new(self.clone(), self.endpoint())
    }

    pub(crate) fn options(&self) -> &Options {
        &self.0.options
    }

    /// A line that signs with one grant's token.
    pub(crate) fn line(&self, subject: &str, credential: Credential) -> Line {
        self.0.door.line(&self.0.peer, subject, credential)
    }

    fn endpoint(&self) -> TokenEndpoint {
        let options = &self.0.options;
        TokenEndpoint {
            line: self.0.door.line(&self.0.oauth, "oauth", Credential::None),
            url: format!("{}/oauth2/token", options.api_url.trim_end_matches('/')),
            app_key: options.app_key.clone(),
            app_secret: options.app_secret.clone(),
            clock: Arc::clone(&self.0.clock),
        }
    }
}
