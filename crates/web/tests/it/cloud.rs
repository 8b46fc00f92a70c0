//! Both providers behind their ports: consent pages that give codes once, to
//! whom they were asked for, and grants that live until they are revoked.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;
use std::sync::{Arc, Mutex, MutexGuard};

use async_trait::async_trait;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use domain::archive_path::ArchivePath;
use domain::connection::Connection;
use domain::content::Content;
use domain::grant::{Grant, Provider};
use domain::ledger::{DestinationId, Receipt};
use domain::ports::destination::{File, Owner};
use domain::ports::sign_in::Trip;
use domain::ports::{Destination, Providers, SignIn, Source, Space, Vault, Viewer};
use domain::secret::Secret;
use domain::{Error, Kind, Result};
use futures::stream::BoxStream;
use sha2::{Digest, Sha256};
use testkit::builders::{T0, account, extension, grant};
use testkit::clock::ManualClock;
use testkit::faulty::Faulty;
use testkit::memory;
use tokio::sync::Notify;
use url::Url;

/// Somebody at RingCentral.
pub(crate) fn person(company: &str, number: &str, admin: bool) -> Viewer {
    Viewer {
        account: account(company),
        extension: extension(number),
        admin,
    }
}

/// Somebody's Dropbox.
pub(crate) fn dropbox(word: &str) -> Owner {
    Owner {
        id: DestinationId::new(format!("dropbox:{word}")),
        label: format!("{word}@dropbox.example"),
        name: Some(format!("Owner {word}")),
    }
}

/// Who said yes on a consent page.
#[derive(Clone, Debug)]
pub(crate) enum Consent {
    RingCentral(Viewer),
    Dropbox(Owner),
}

/// A code as it was given out.
#[derive(Clone, Debug)]
struct Code {
    consent: Consent,
    challenge: Option<String>,
    redirect_uri: String,
}

#[derive(Default)]
struct Inner {
    /// Who is in the company no more.
    left: Vec<domain::account::ExtensionId>,
    codes: BTreeMap<String, Code>,
    /// By access token.
    grants: BTreeMap<String, Consent>,
    revoked: BTreeSet<String>,
    count: u32,
    without_keys: Vec<Provider>,
    unrevokable: bool,
    silent: bool,
    unready: Option<Error>,
    refused_keys: Option<Error>,
    tried: Vec<(Provider, String, String)>,
    forgotten: Vec<String>,
    prepared: u32,
}

/// The providers.
#[derive(Clone)]
pub(crate) struct Cloud {
    inner: Arc<Mutex<Inner>>,
    voice: Arc<Notify>,
    vault: Arc<Faulty<memory::Store>>,
    clock: ManualClock,
}

impl Cloud {
    pub(crate) fn new(vault: Arc<Faulty<memory::Store>>, clock: ManualClock) -> Cloud {
        Cloud {
            inner: Arc::default(),
            voice: Arc::default(),
            vault,
            clock,
        }
    }

    fn inner(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap()
    }

    /// Somebody says yes on the consent page that this address leads to. What
    /// comes back is where their browser is sent.
    pub(crate) fn consent(&self, address: &str, who: Consent) -> String {
        let asked = pairs(address);
        let (state, redirect_uri) = (asked["state"].clone(), asked["redirect_uri"].clone());
        let code = self.code(asked.get("code_challenge").cloned(), &redirect_uri, who);
        format!("{}?code={code}&state={state}", path_of(&redirect_uri))
    }

    /// A code, given out as told.
    pub(crate) fn code(
        &self,
        challenge: Option<String>,
        redirect_uri: &str,
        consent: Consent,
    ) -> String {
        let mut inner = self.inner();
        inner.count += 1;
        let code = format!("code{}", inner.count);
        let given = Code {
            consent,
            challenge,
            redirect_uri: redirect_uri.to_owned(),
        };
        inner.codes.insert(code.clone(), given);
        code
    }

    /// A grant that lives.
    pub(crate) fn grant(&self, consent: Consent) -> Grant {
        let mut inner = self.inner();
        inner.count += 1;
        let grant = grant(&format!("{}", inner.count), T0);
        let access = grant.access.expose().to_owned();
        inner.grants.insert(access, consent);
        grant
    }

    /// Whether a grant lives.
    pub(crate) fn lives(&self, grant: &Grant) -> bool {
        self.owner(grant).is_ok()
    }

    /// How many grants live.
    pub(crate) fn living(&self) -> usize {
        let inner = self.inner();
        inner.grants.len() - inner.revoked.len()
    }

    /// How many grants were ever given.
    pub(crate) fn given(&self) -> usize {
        self.inner().grants.len()
    }

    /// Ends a grant at the provider, as a person there can.
    pub(crate) fn kill(&self, grant: &Grant) {
        let access = grant.access.expose().to_owned();
        self.inner().revoked.insert(access);
    }

    /// Somebody leaves the company.
    pub(crate) fn dismiss(&self, number: &str) {
        self.inner().left.push(extension(number).id);
    }

    /// Somebody's role changes.
    pub(crate) fn demote(&self) {
        for consent in self.inner().grants.values_mut() {
            if let Consent::RingCentral(viewer) = consent {
                viewer.admin = false;
            }
        }
    }

    /// An app has no keys.
    pub(crate) fn without_keys(&self, end: Provider) {
        self.inner().without_keys.push(end);
    }

    /// Every app has its keys.
    pub(crate) fn with_keys(&self) {
        self.inner().without_keys.clear();
    }

    /// No grant can be revoked from now on.
    pub(crate) fn unrevokable(&self) {
        self.inner().unrevokable = true;
    }

    /// Nothing answers from now on; or everything does again, late answers
    /// too.
    pub(crate) fn silent(&self, silent: bool) {
        self.inner().silent = silent;
        if !silent {
            self.voice.notify_waiters();
        }
    }

    /// A Dropbox that cannot be written.
    pub(crate) fn unready(&self, error: Option<Error>) {
        self.inner().unready = error;
    }

    /// What is said of keys that are tried.
    pub(crate) fn refuse_keys(&self, error: Option<Error>) {
        self.inner().refused_keys = error;
    }

    /// Keys that were tried.
    pub(crate) fn tried(&self) -> Vec<(Provider, String, String)> {
        self.inner().tried.clone()
    }

    /// Connections that were forgotten.
    pub(crate) fn forgotten(&self) -> Vec<String> {
        self.inner().forgotten.clone()
    }

    /// How often a Dropbox was prepared.
    pub(crate) fn prepared(&self) -> u32 {
        self.inner().prepared
    }

    fn owner(&self, grant: &Grant) -> Result<Consent> {
        let inner = self.inner();
        let access = grant.access.expose();
        let living = inner.grants.get(access);
        living
            .filter(|_| !inner.revoked.contains(access))
            .cloned()
            .ok_or_else(dead)
    }

    async fn speak(&self) {
        let broken = self.voice.notified();
        if self.inner().silent {
            broken.await;
        }
    }

    async fn kept(&self, of: &Connection, end: Provider) -> Result<Grant> {
        let grant = self.vault.inner().grant(&of.account, &of.id, end).await?;
        grant.ok_or_else(dead)
    }
}

fn dead() -> Error {
    Error::new(Kind::Unauthorized, "the access was taken back").remedy("Connect again.")
}

/// The query of an address.
pub(crate) fn pairs(address: &str) -> BTreeMap<String, String> {
    let url = Url::parse(address).unwrap();
    url.query_pairs().into_owned().collect()
}

fn path_of(address: &str) -> String {
    Url::parse(address).unwrap().path().to_owned()
}

/// RFC 7636, S256.
pub(crate) fn challenge(verifier: &str) -> String {
    URL_SAFE_NO_PAD.encode(Sha256::digest(verifier))
}

/// The OAuth dance of one end.
struct Dance {
    cloud: Cloud,
    end: Provider,
}

#[async_trait]
impl SignIn for Dance {
    fn authorize_url(&self, trip: &Trip) -> Result<String> {
        let base = match self.end {
            Provider::Source => "https://ringcentral.example/authorize",
            Provider::Destination => "https://dropbox.example/authorize",
        };
        let mut url = Url::parse(base).unwrap();
        url.query_pairs_mut()
            .append_pair("state", &trip.state)
            .append_pair("code_challenge", &challenge(trip.verifier.expose()))
            .append_pair("code_challenge_method", "S256")
            .append_pair("redirect_uri", &trip.redirect_uri);
        Ok(url.into())
    }

    async fn exchange(&self, trip: &Trip, code: &Secret) -> Result<Grant> {
        self.cloud.speak().await;
        let given = self.cloud.inner().codes.remove(code.expose());
        let right = given.filter(|it| {
            let ours = match self.end {
                Provider::Source => matches!(it.consent, Consent::RingCentral(_)),
                Provider::Destination => matches!(it.consent, Consent::Dropbox(_)),
            };
            // A code without a challenge is never given for a verifier
            // (RFC 9700, 2.1.1).
            ours && it.redirect_uri == trip.redirect_uri
                && it.challenge == Some(challenge(trip.verifier.expose()))
        });
        match right {
            Some(code) => Ok(self.cloud.grant(code.consent)),
            None => Err(Error::new(
                Kind::Unauthorized,
                "the code is not valid (any more)",
            )),
        }
    }

    async fn revoke(&self, grant: &Grant) -> Result<()> {
        self.cloud.speak().await;
        if self.cloud.inner().unrevokable {
            return Err(Error::new(Kind::Unavailable, "the provider is down"));
        }
        self.cloud.kill(grant);
        Ok(())
    }
}

/// A Dropbox in memory, with an owner, behind a grant that may die.
struct Dropbox {
    cloud: Cloud,
    behind: Behind,
    room: memory::Destination,
}

/// Which grant is used.
enum Behind {
    Grant(Grant),
    Connection(Connection),
}

impl Dropbox {
    async fn alive(&self) -> Result<Owner> {
        self.cloud.speak().await;
        let grant = match &self.behind {
            Behind::Grant(grant) => grant.clone(),
            Behind::Connection(of) => self.cloud.kept(of, Provider::Destination).await?,
        };
        match self.cloud.owner(&grant)? {
            Consent::Dropbox(owner) => Ok(owner),
            Consent::RingCentral(_) => Err(dead()),
        }
    }
}

#[async_trait]
impl Destination for Dropbox {
    async fn owner(&self) -> Result<Owner> {
        self.alive().await
    }

    async fn prepare(&self) -> Result<()> {
        self.alive().await?;
        let mut inner = self.cloud.inner();
        inner.prepared += 1;
        inner.unready.clone().map_or(Ok(()), Err)
    }

    async fn put(&self, path: &ArchivePath, content: Content) -> Result<Receipt> {
        self.alive().await?;
        self.room.put(path, content).await
    }

    async fn stat(&self, path: &ArchivePath) -> Result<Option<Receipt>> {
        self.alive().await?;
        self.room.stat(path).await
    }

    fn list(&self) -> BoxStream<'_, Result<Vec<File>>> {
        self.room.list()
    }

    async fn read(&self, path: &ArchivePath, part: Option<Range<u64>>) -> Result<Content> {
        self.alive().await?;
        self.room.read(path, part).await
    }

    async fn space(&self) -> Result<Space> {
        self.alive().await?;
        Ok(Space {
            used: 3 << 30,
            free: Some(5 << 20),
        })
    }
}

#[async_trait]
impl Providers for Cloud {
    async fn sign_in(&self, end: Provider) -> Result<Arc<dyn SignIn>> {
        if self.inner().without_keys.contains(&end) {
            return Err(Error::new(Kind::Config, "the app has no keys"));
        }
        let cloud = self.clone();
        Ok(Arc::new(Dance { cloud, end }))
    }

    async fn source_behind(&self, grant: &Grant) -> Result<Arc<dyn Source>> {
        self.speak().await;
        let source = memory::Source::new(self.clock.clone());
        for number in ["101", "102", "103", "201"] {
            source.hire(extension(number));
        }
        for extension in &self.inner().left {
            source.dismiss(extension);
        }
        match self.owner(grant) {
            Ok(Consent::RingCentral(viewer)) => source.sign_in(viewer),
            Ok(Consent::Dropbox(_)) => source.die(Some(dead())),
            Err(error) => source.die(Some(error)),
        }
        Ok(Arc::new(source))
    }

    async fn destination_behind(&self, grant: &Grant) -> Result<Arc<dyn Destination>> {
        Ok(Arc::new(Dropbox {
            cloud: self.clone(),
            behind: Behind::Grant(grant.clone()),
            room: memory::Destination::new(),
        }))
    }

    async fn source(&self, connection: &Connection) -> Result<Arc<dyn Source>> {
        let grant = self.kept(connection, Provider::Source).await?;
        self.source_behind(&grant).await
    }

    async fn destination(&self, connection: &Connection) -> Result<Arc<dyn Destination>> {
        Ok(Arc::new(Dropbox {
            cloud: self.clone(),
            behind: Behind::Connection(connection.clone()),
            room: memory::Destination::new(),
        }))
    }

    async fn forget(&self, connection: &Connection) {
        self.inner().forgotten.push(connection.id.to_string());
    }

    async fn try_keys(&self, end: Provider, id: &str, secret: &str) -> Result<()> {
        self.speak().await;
        let mut inner = self.inner();
        inner.tried.push((end, id.to_owned(), secret.to_owned()));
        inner.refused_keys.clone().map_or(Ok(()), Err)
    }
}
