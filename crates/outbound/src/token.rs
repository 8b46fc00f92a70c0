//! The access token of one grant, always fit for use. Exactly one renewal is
//! under way at a time, everybody else waits for its result, and a new pair is
//! durable before it is first used.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use async_trait::async_trait;
use domain::clock::Clock;
use domain::error::{Error, Kind, Result, Verdict};
use domain::grant::Grant;
use domain::secret::Secret;
use jiff::{SignedDuration, Timestamp};
use tokio::time::Instant;

/// Where the grant is kept: given at assembly, so that this crate never sees
/// the store.
#[async_trait]
pub trait Keeper: Send + Sync {
    /// The grant as it is kept now; another process may have renewed it.
    /// `None`: nothing is kept yet (a JWT before its first use).
    async fn load(&self) -> Result<Option<Grant>>;

    /// Keeps a new grant in the place of `old`. It is durable when this
    /// returns; the grant it replaces may be dropped only then. Where something
    /// else is kept than `old` by now, that stays, and this is an error.
    async fn keep(&self, old: Option<&Grant>, grant: &Grant) -> Result<()>;

    /// The right to renew, across all processes: waits until it is ours and
    /// holds it until the value is dropped. Without it, two processes that
    /// renew at once end with one of them reading what the other kept.
    async fn turn(&self) -> Result<Turn> {
        Ok(Box::new(()))
    }
}

/// Held while a grant is renewed.
pub type Turn = Box<dyn Send + Sync>;

/// Buys a new access token from the provider: refresh token, JWT, or whatever
/// the provider's crate knows. It sends through a line that has no token, and
/// whose patience is short: everybody waits for it.
#[async_trait]
pub trait Refresher: Send + Sync {
    /// The next grant after `old` (`None`: nothing was ever kept). May be
    /// called again with the same `old` when its answer was lost.
    /// `Kind::Unauthorized` means that the provider will never take `old`
    /// again; parts that the provider did not repeat may be left empty.
    async fn refresh(&self, old: Option<&Grant>) -> Result<Grant>;
}

/// After a failed renewal nobody asks again for so long, they share its error:
/// RingCentral's error guide wants tries of the token endpoint 10 s apart.
const QUIET: Duration = Duration::from_secs(10);
const LONGEST_QUIET: Duration = Duration::from_hours(1);

/// One grant's access token. Clones share it; there is one per grant in a
/// process.
#[derive(Clone)]
pub struct Token(Arc<Inner>);

struct Inner {
    keeper: Arc<dyn Keeper>,
    refresher: Arc<dyn Refresher>,
    clock: Arc<dyn Clock>,
    quiet: Duration,
    state: Mutex<State>,
    /// Held by the one renewal, in a task of its own: a caller that goes away
    /// must not take the provider's answer with it.
    renewing: Arc<tokio::sync::Mutex<()>>,
}

#[derive(Default)]
struct State {
    grant: Option<Grant>,
    /// No request may be signed: what the token endpoint did is not known yet.
    unresolved: bool,
    failed: Option<Failure>,
    /// What the provider refused for good, and in which words.
    refused: Option<(Option<Grant>, Error)>,
}

struct Failure {
    at: Instant,
    error: Error,
}

impl Token {
    /// The token of the grant that `keeper` keeps; nothing is loaded yet.
    pub fn new(
        keeper: Arc<dyn Keeper>,
        refresher: Arc<dyn Refresher>,
        clock: Arc<dyn Clock>,
    ) -> Token {
        Token(Arc::new(Inner {
            keeper,
            refresher,
            clock,
            quiet: QUIET,
            state: Mutex::default(),
            renewing: Arc::default(),
        }))
    }

    /// With another quiet time after a failed renewal than 10 s; for simulators
    /// with shortened delays. To be called before the token is cloned or used.
    #[must_use]
    pub fn quiet_for(self, quiet: Duration) -> Token {
        let inner = &self.0;
        Token(Arc::new(Inner {
            keeper: Arc::clone(&inner.keeper),
            refresher: Arc::clone(&inner.refresher),
            clock: Arc::clone(&inner.clock),
            quiet,
            state: Mutex::default(),
            renewing: Arc::default(),
        }))
    }

    /// An access token with life left in it: a fifth of its life, and at least
    /// 60 s unless it lives shorter than two minutes. `Kind::Unauthorized`
    /// when a person has to connect again.
    pub async fn bearer(&self) -> Result<Secret> {
        if let Some(access) = self.0.usable(None) {
            return Ok(access);
        }
        self.0.renew(None).await
    }

    /// The token to use instead of one that was answered with 401. Renewed
    /// only if `stale` is still the current one.
    pub async fn renew(&self, stale: &Secret) -> Result<Secret> {
        if let Some(access) = self.0.usable(Some(stale)) {
            return Ok(access);
        }
        self.0.renew(Some(stale)).await
    }

    /// Whether a request signed with `access` may be sent this instant.
    pub(crate) fn holds(&self, access: &Secret) -> bool {
        let held = self.0.state();
        !held.unresolved
            && held
                .grant
                .as_ref()
                .is_some_and(|grant| grant.access == *access)
    }
}

impl Inner {
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The current token, if it is fit for use and is not `stale`.
    fn usable(&self, stale: Option<&Secret>) -> Option<Secret> {
        let held = self.state();
        let grant = held.grant.as_ref().filter(|_| !held.unresolved)?;
        self.is_fit(grant, stale).then(|| grant.access.clone())
    }

    fn is_fit(&self, grant: &Grant, stale: Option<&Secret>) -> bool {
        stale != Some(&grant.access) && is_fresh(grant, self.clock.now())
    }

    async fn renew(self: &Arc<Self>, stale: Option<&Secret>) -> Result<Secret> {
        let asked = Instant::now();
        let right = Arc::clone(&self.renewing).lock_owned().await;
        if let Some(access) = self.usable(stale) {
            return Ok(access);
        }
        if let Some(error) = self.shared_failure(asked) {
            return Err(error);
        }
        let inner = Arc::clone(self);
        let stale = stale.cloned();
        let renewal = tokio::spawn(async move {
            let result = inner.renewal(stale.as_ref()).await;
            drop(right);
            result
        });
        renewal.await.unwrap_or_else(|_| {
            let what = "the renewal of an access token was interrupted";
            Err(Error::new(Kind::Cancelled, what))
        })
    }

    /// The error of a renewal that failed while we waited for it, or a moment ago.
    fn shared_failure(&self, asked: Instant) -> Option<Error> {
        let held = self.state();
        let failure = held.failed.as_ref()?;
        let quiet = match failure.error.verdict() {
            Verdict::WaitFor(wait) => wait.clamp(self.quiet, self.quiet.max(LONGEST_QUIET)),
            _ => self.quiet,
        };
        let shared = failure.at >= asked || failure.at.elapsed() < quiet;
        shared.then(|| failure.error.clone())
    }

    async fn renewal(&self, stale: Option<&Secret>) -> Result<Secret> {
        let outcome = self.next_grant(stale).await;
        let mut held = self.state();
        match outcome {
            Ok(grant) => {
                let access = grant.access.clone();
                *held = State {
                    grant: Some(grant),
                    ..State::default()
                };
                Ok(access)
            }
            Err(error) => {
                let at = Instant::now();
                held.failed = Some(Failure {
                    at,
                    error: error.clone(),
                });
                Err(error)
            }
        }
    }

    /// What is kept, if another process renewed it; else what the provider
    /// gives for it, kept.
    async fn next_grant(&self, stale: Option<&Secret>) -> Result<Grant> {
        let _turn = self.keeper.turn().await?;
        let mut old = self.keeper.load().await?;
        loop {
            if let Some(kept) = old.as_ref().filter(|kept| self.is_fit(kept, stale)) {
                return Ok(kept.clone());
            }
            if let Some(error) = self.refusal_of(old.as_ref()) {
                return Err(error);
            }
            self.state().unresolved = true;
            let refused = match self.refresher.refresh(old.as_ref()).await {
                Ok(new) => return self.kept(new, old).await,
                Err(error) if error.kind() == Kind::Unauthorized => error,
                Err(error) => return Err(error),
            };
            // Refused: perhaps because another process has renewed it since.
            let kept = self.keeper.load().await?;
            if kept == old {
                self.state().refused = Some((old, refused.clone()));
                return Err(refused);
            }
            old = kept;
        }
    }

    async fn kept(&self, new: Grant, old: Option<Grant>) -> Result<Grant> {
        let new = match &old {
            Some(old) => completed(new, old.clone()),
            None => new,
        };
        let keeping = self.keeper.keep(old.as_ref(), &new).await;
        keeping.map_err(|error| error.while_doing("keeping a renewed grant"))?;
        Ok(new)
    }

    /// The provider's refusal of this very grant: asking again would change
    /// nothing and hammer the token endpoint.
    fn refusal_of(&self, grant: Option<&Grant>) -> Option<Error> {
        let held = self.state();
        let (refused, error) = held.refused.as_ref()?;
        (refused.as_ref() == grant).then(|| error.clone())
    }
}

/// More than a fifth of its life is left, and more than 60 s (half of a life
/// under two minutes, as simulators and short-lived grants have it).
fn is_fresh(grant: &Grant, now: Timestamp) -> bool {
    let life = grant.access_until.duration_since(grant.issued);
    let left = grant.access_until.duration_since(now);
    let margin = (life / 5).max(SignedDuration::from_mins(1).min(life / 2));
    left > margin
}

/// A provider that does not rotate (Dropbox), or left something out, means the
/// old value.
fn completed(mut new: Grant, old: Grant) -> Grant {
    if new.refresh.is_none() {
        new.refresh = old.refresh;
        new.refresh_until = old.refresh_until;
    }
    if new.scopes.is_empty() {
        new.scopes = old.scopes;
    }
    if new.owner.is_empty() {
        new.owner = old.owner;
    }
    new
}
