//! The two ends made out of grants: RingCentral and Dropbox by name, here and
//! nowhere else beside the head-less assembly.

use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use async_trait::async_trait;
use destination_dropbox::{App, HeldGrant};
use domain::account::AccountId;
use domain::archive_path::Naming;
use domain::clock::Clock;
use domain::connection::{Connection, ConnectionId};
use domain::grant::{Grant, Provider};
use domain::ledger::DestinationId;
use domain::ports::sign_in::Trip;
use domain::ports::{Destination, Limits, Providers, SignIn, Source, Store};
use domain::{Error, Kind, Result, Secret};
use outbound::{Chance, Door};
use source_ringcentral::{Credential, RingCentral, RingCentralSignIn};
use url::Url;

use crate::assemble;
use crate::commit_turns::CommitTurns;
use crate::config::Config;
use crate::keys::{AppKeys, Keys};
use crate::shared_dropbox::SharedDropbox;
use crate::vaulted::{self, AsItIs};

/// One Connection of one company.
type Whose = (AccountId, ConnectionId);

/// Both providers.
pub(crate) struct BothProviders {
    keys: Keys,
    urls: Urls,
    naming: Naming,
    rate_window: Duration,
    door: Door,
    clock: Arc<dyn Clock>,
    chance: Chance,
    store: Arc<dyn Store>,
    /// Who this is, among all processes.
    holder: String,
    made: Mutex<Made>,
}

struct Urls {
    server: Url,
    media: Url,
    api: Url,
    content: Url,
    web: Url,
}

/// What exists already: one of each per process.
#[derive(Default)]
struct Made {
    /// All uploads share one byte budget, so there is one app.
    app: Option<(AppKeys, App)>,
    sources: HashMap<Whose, (AppKeys, Arc<RingCentral>)>,
    /// One committer per Dropbox account, whoever's grants they are.
    dropboxes: HashMap<DestinationId, (AppKeys, Arc<SharedDropbox>)>,
}

impl BothProviders {
    /// Nothing is asked yet. `rate_window` is RingCentral's: shorter only for
    /// simulators.
    pub(crate) fn new(
        config: &Config,
        door: Door,
        store: Arc<dyn Store>,
        rate_window: Duration,
    ) -> BothProviders {
        let holder = assemble::holder();
        door.share(Arc::clone(&store) as Arc<dyn Limits>, &holder);
        BothProviders {
            keys: Keys::new(config, Arc::clone(&store)),
            urls: Urls {
                server: config.ringcentral.server_url.clone(),
                media: config.ringcentral.media_url.clone(),
                api: config.dropbox.api_url.clone(),
                content: config.dropbox.content_url.clone(),
                web: config.dropbox.web_url.clone(),
            },
            naming: config.naming,
            rate_window,
            door,
            clock: assemble::clock(),
            chance: assemble::chance(),
            store,
            holder,
            made: Mutex::default(),
        }
    }

    /// Gives back what other processes may wait for; nothing is archived from
    /// here on.
    pub(crate) async fn end(&self) {
        let dropboxes = std::mem::take(&mut self.made().dropboxes);
        for (_, shared) in dropboxes.into_values() {
            shared.end().await;
        }
    }

    fn made(&self) -> MutexGuard<'_, Made> {
        self.made.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn ringcentral(&self, keys: AppKeys) -> source_ringcentral::Options {
        source_ringcentral::Options {
            server_url: self.urls.server.to_string(),
            media_url: self.urls.media.to_string(),
            client_id: keys.id,
            client_secret: keys.secret,
            rate_window: self.rate_window,
        }
    }

    fn ringcentral_dance(&self, keys: AppKeys) -> Result<RingCentralSignIn> {
        let options = self.ringcentral(keys);
        RingCentralSignIn::new(options, self.door.clone(), Arc::clone(&self.clock))
    }

    /// The one of these keys; another one when they were entered anew.
    fn known_dropbox(&self, connection: &Connection, keys: &AppKeys) -> Option<Arc<SharedDropbox>> {
        let made = self.made();
        let known = made.dropboxes.get(&connection.destination);
        let known = known.filter(|(of, _)| of == keys);
        known.map(|(_, shared)| Arc::clone(shared))
    }

    /// The archive lies where it was begun, however new ones are named.
    async fn new_dropbox(
        &self,
        connection: &Connection,
        keys: &AppKeys,
    ) -> Result<Arc<SharedDropbox>> {
        let (account, id) = (&connection.account, &connection.destination);
        let kept = self.store.destination(account, id).await?;
        let naming = kept.map_or(self.naming, |it| it.naming);
        let app = self.app(keys)?;
        let turns = CommitTurns::default();
        turns.share(&self.store, &self.holder, id);
        let root = naming.root();
        let shared = Arc::new(SharedDropbox::new(app, root, turns));
        let made = (keys.clone(), Arc::clone(&shared));
        // Somebody else may have made it meanwhile: there is one.
        match self.made().dropboxes.entry(id.clone()) {
            Entry::Occupied(known) if known.get().0 == *keys => Ok(Arc::clone(&known.get().1)),
            Entry::Occupied(mut other) => {
                other.insert(made);
                Ok(shared)
            }
            Entry::Vacant(place) => {
                place.insert(made);
                Ok(shared)
            }
        }
    }

    /// The app of these keys; another one when they were entered anew.
    fn app(&self, keys: &AppKeys) -> Result<App> {
        let mut made = self.made();
        if let Some((of, app)) = &made.app
            && of == keys
        {
            return Ok(app.clone());
        }
        let app = self.new_app(keys)?;
        made.app = Some((keys.clone(), app.clone()));
        Ok(app)
    }

    fn new_app(&self, keys: &AppKeys) -> Result<App> {
        let options = destination_dropbox::Options {
            api_url: self.urls.api.to_string(),
            content_url: self.urls.content.to_string(),
            web_url: self.urls.web.to_string(),
            app_key: keys.id.clone(),
            app_secret: keys.secret.clone(),
            ..destination_dropbox::Options::default()
        };
        #[cfg(feature = "fail-points")]
        let options = crate::fail_points::dropbox(options);
        let (clock, chance) = (Arc::clone(&self.clock), Arc::clone(&self.chance));
        App::new(options, self.door.clone(), clock, chance)
    }
}

#[async_trait]
impl Providers for BothProviders {
    async fn sign_in(&self, end: Provider) -> Result<Arc<dyn SignIn>> {
        let keys = self.keys.of(end).await?;
        Ok(match end {
            Provider::Source => Arc::new(self.ringcentral_dance(keys)?),
            Provider::Destination => Arc::new(self.app(&keys)?.sign_in()),
        })
    }

    async fn source_behind(&self, grant: &Grant) -> Result<Arc<dyn Source>> {
        let options = self.ringcentral(self.keys.of(Provider::Source).await?);
        let source = RingCentral::new(
            options,
            Credential::Kept,
            self.door.clone(),
            Arc::new(AsItIs::new(grant)),
            Arc::clone(&self.clock),
        )?;
        Ok(Arc::new(source))
    }

    async fn destination_behind(&self, grant: &Grant) -> Result<Arc<dyn Destination>> {
        let app = self.app(&self.keys.of(Provider::Destination).await?)?;
        let token = app.token(Arc::new(HeldGrant::new(grant.clone())));
        let root = self.naming.root();
        Ok(Arc::new(app.dropbox(&grant.owner, token, root)))
    }

    async fn source(&self, connection: &Connection) -> Result<Arc<dyn Source>> {
        let keys = self.keys.of(Provider::Source).await?;
        let mut made = self.made();
        if let Some((of, known)) = made.sources.get(&whose(connection))
            && *of == keys
        {
            return Ok(Arc::clone(known) as Arc<dyn Source>);
        }
        let keeper = vaulted::keeper(&self.store, connection, Provider::Source);
        let source = Arc::new(RingCentral::new(
            self.ringcentral(keys.clone()),
            Credential::Kept,
            self.door.clone(),
            keeper,
            Arc::clone(&self.clock),
        )?);
        made.sources
            .insert(whose(connection), (keys, Arc::clone(&source)));
        Ok(source)
    }

    async fn destination(&self, connection: &Connection) -> Result<Arc<dyn Destination>> {
        let keys = self.keys.of(Provider::Destination).await?;
        let shared = match self.known_dropbox(connection, &keys) {
            Some(shared) => shared,
            None => self.new_dropbox(connection, &keys).await?,
        };
        let keeper = vaulted::keeper(&self.store, connection, Provider::Destination);
        shared.join(connection, keeper);
        Ok(shared)
    }

    async fn forget(&self, connection: &Connection) {
        let mut made = self.made();
        made.sources.remove(&whose(connection));
        if let Some((_, shared)) = made.dropboxes.get(&connection.destination)
            && shared.leave(connection)
        {
            made.dropboxes.remove(&connection.destination);
        }
    }

    async fn try_keys(&self, end: Provider, id: &str, secret: &str) -> Result<()> {
        let keys = AppKeys {
            id: id.to_owned(),
            secret: (!secret.is_empty()).then(|| Secret::new(secret)),
        };
        let dance: Arc<dyn SignIn> = match end {
            Provider::Source => Arc::new(self.ringcentral_dance(keys)?),
            Provider::Destination => Arc::new(self.new_app(&keys)?.sign_in()),
        };
        verdict(dance.exchange(&nowhere(), &Secret::new("no-code")).await)
    }
}

fn whose(connection: &Connection) -> Whose {
    (connection.account.clone(), connection.id.clone())
}

/// A trip that nobody made: its code is refused by whoever knows the app.
fn nowhere() -> Trip {
    Trip {
        state: String::new(),
        verifier: Secret::new("x".repeat(43)),
        redirect_uri: String::new(),
    }
}

/// The provider knows the app when it is only the code that it refuses, or
/// the address that is missing.
fn verdict(answer: Result<Grant>) -> Result<()> {
    let Err(error) = answer else { return Ok(()) };
    let of_the_address = matches!(error.code(), Some("OAU-109" | "OAU-113"));
    match error.kind() {
        Kind::Unauthorized => Ok(()),
        Kind::Config if of_the_address => Ok(()),
        Kind::Config => Err(Error::new(Kind::Config, error.cause().to_owned())
            .remedy("Copy both once more from the app's page, without spaces around them.")),
        _ => Err(error.while_doing("trying the keys")),
    }
}
