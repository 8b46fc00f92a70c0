//! The token keeper against a token endpoint with RingCentral's rotation rules
//! (developer guide, refresh tokens): single use; the old one brings the same
//! pair again until the new access token is used; the old access token dies at
//! once.

use std::future::pending;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use async_trait::async_trait;
use axum::Router;
use axum::http::{HeaderMap, StatusCode};
use axum::routing::any;
use domain::clock::Clock;
use domain::error::{Error, Kind, Result, Verdict};
use domain::grant::Grant;
use domain::secret::Secret;
use futures::future::join_all;
use jiff::{SignedDuration, Timestamp};
use outbound::{Credential, Keeper, Refresher, Request, Token};
use tokio::sync::Notify;

use crate::stage::{API, Hands, allowing, door, hasty, peer, serve};

/// The provider's side.
struct Issuer {
    generation: u32,
    used: bool,
    revoked: bool,
    /// Calls of the token endpoint.
    calls: u32,
}

type Provider = Arc<Mutex<Issuer>>;

fn provider() -> Provider {
    Arc::new(Mutex::new(Issuer {
        generation: 0,
        used: true,
        revoked: false,
        calls: 0,
    }))
}

fn grant(generation: u32, issued: Timestamp) -> Grant {
    Grant {
        access: Secret::new(format!("access-{generation}")),
        access_until: issued + SignedDuration::from_hours(1),
        issued,
        refresh: Some(Secret::new(format!("refresh-{generation}"))),
        refresh_until: None,
        scopes: vec!["ReadMessages".to_owned()],
        owner: "63442850".to_owned(),
    }
}

impl Issuer {
    fn refresh(&mut self, with: &str, now: Timestamp) -> Result<Grant> {
        self.calls += 1;
        let current = format!("refresh-{}", self.generation);
        let before = format!("refresh-{}", self.generation.wrapping_sub(1));
        if self.revoked || (with != current && (with != before || self.used)) {
            let error = Error::new(Kind::Unauthorized, "the grant is dead");
            return Err(error.code_is("OAU-213"));
        }
        if with == current {
            self.generation += 1;
            self.used = false;
        }
        Ok(grant(self.generation, now))
    }

    /// An API request: whether the access token is good.
    fn accepts(&mut self, access: &str) -> bool {
        let good = !self.revoked && access == format!("access-{}", self.generation);
        self.used |= good;
        good
    }
}

/// Where a process may be killed, and where trouble is planted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Step {
    Turn,
    Load,
    Asked,
    Answered,
    Keeping,
    Kept,
}

/// The vault, the way to the provider, and the place where it all stops.
struct World {
    vault: Mutex<Option<Grant>>,
    provider: Provider,
    clock: Arc<Hands>,
    stop_at: Mutex<Option<Step>>,
    stopped: Notify,
    /// Answers that get lost after the provider rotated.
    lose: AtomicUsize,
    /// Times that the vault cannot keep.
    full: AtomicUsize,
    /// The right to renew, across processes.
    right: Arc<tokio::sync::Mutex<()>>,
    /// Played by another process just before our request arrives.
    rival: Mutex<Option<Grant>>,
}

fn take_one(count: &AtomicUsize) -> bool {
    let less = |left: usize| left.checked_sub(1);
    count
        .fetch_update(Ordering::SeqCst, Ordering::SeqCst, less)
        .is_ok()
}

impl World {
    fn new(vault: Option<Grant>) -> Arc<World> {
        Arc::new(World {
            vault: Mutex::new(vault),
            provider: provider(),
            clock: Hands::new(),
            stop_at: Mutex::default(),
            stopped: Notify::new(),
            lose: AtomicUsize::new(0),
            full: AtomicUsize::new(0),
            right: Arc::default(),
            rival: Mutex::default(),
        })
    }

    /// With a grant that has just come to its end.
    fn with_old_grant() -> Arc<World> {
        let world = World::new(None);
        *world.vault.lock().unwrap() = Some(grant(0, world.clock.now()));
        world.clock.advance(3600);
        world
    }

    fn token(self: &Arc<World>) -> Token {
        Token::new(self.clone(), self.clone(), self.clock.clone()).quiet_for(Duration::ZERO)
    }

    /// Waits for ever where the process is to be killed.
    async fn pass(&self, step: Step) {
        if *self.stop_at.lock().unwrap() == Some(step) {
            self.stopped.notify_one();
            pending::<()>().await;
        }
    }

    fn calls(&self) -> u32 {
        self.provider.lock().unwrap().calls
    }

    fn accepts(&self, access: &Secret) -> bool {
        self.provider.lock().unwrap().accepts(access.expose())
    }
}

#[async_trait]
impl Keeper for World {
    async fn load(&self) -> Result<Option<Grant>> {
        self.pass(Step::Load).await;
        Ok(self.vault.lock().unwrap().clone())
    }

    async fn keep(&self, _: Option<&Grant>, grant: &Grant) -> Result<()> {
        self.pass(Step::Keeping).await;
        if take_one(&self.full) {
            return Err(Error::new(Kind::Storage, "the disk is full"));
        }
        *self.vault.lock().unwrap() = Some(grant.clone());
        self.pass(Step::Kept).await;
        Ok(())
    }

    async fn turn(&self) -> Result<outbound::Turn> {
        self.pass(Step::Turn).await;
        Ok(Box::new(Arc::clone(&self.right).lock_owned().await))
    }
}

#[async_trait]
impl Refresher for World {
    async fn refresh(&self, old: Option<&Grant>) -> Result<Grant> {
        self.pass(Step::Asked).await;
        if let Some(newer) = self.rival.lock().unwrap().take() {
            *self.vault.lock().unwrap() = Some(newer);
        }
        let with = old.and_then(|old| old.refresh.as_ref());
        let with = with.map_or("", Secret::expose).to_owned();
        tokio::task::yield_now().await;
        let answer = self
            .provider
            .lock()
            .unwrap()
            .refresh(&with, self.clock.now());
        self.pass(Step::Answered).await;
        if take_one(&self.lose) {
            return Err(Error::new(Kind::Unavailable, "the answer is lost"));
        }
        answer
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn sixty_four_tasks_share_one_refresh() {
    for _ in 0..50 {
        let world = World::with_old_grant();
        let token = world.token();
        let asking = (0..64).map(|_| {
            let token = token.clone();
            tokio::spawn(async move { token.bearer().await.unwrap() })
        });
        for access in join_all(asking).await {
            assert_eq!(access.unwrap().expose(), "access-1");
        }
        assert_eq!(world.calls(), 1);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn three_processes_renew_once_too() {
    for _ in 0..20 {
        let world = World::with_old_grant();
        let processes = [world.token(), world.token(), world.token()];
        let asking = (0..192).map(|task| {
            let token = processes[task % 3].clone();
            tokio::spawn(async move { token.bearer().await.unwrap() })
        });
        for access in join_all(asking).await {
            assert_eq!(access.unwrap().expose(), "access-1");
        }
        assert_eq!(world.calls(), 1);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn sixty_four_refused_requests_renew_once() {
    let world = World::new(None);
    *world.vault.lock().unwrap() = Some(grant(0, world.clock.now()));
    let token = world.token();
    let stale = token.bearer().await.unwrap();
    assert_eq!(
        (stale.expose(), world.calls()),
        ("access-0", 0),
        "fresh enough"
    );
    let asking = (0..64).map(|_| {
        let (token, stale) = (token.clone(), stale.clone());
        tokio::spawn(async move { token.renew(&stale).await.unwrap() })
    });
    for access in join_all(asking).await {
        assert_eq!(access.unwrap().expose(), "access-1");
    }
    assert_eq!(token.renew(&stale).await.unwrap().expose(), "access-1");
    assert_eq!(world.calls(), 1);
}

#[tokio::test]
async fn it_is_renewed_when_a_fifth_of_its_life_is_left() {
    let world = World::new(None);
    *world.vault.lock().unwrap() = Some(grant(0, world.clock.now()));
    let token = world.token();
    for (seconds, expected) in [(0, "access-0"), (2879, "access-0"), (1, "access-1")] {
        world.clock.advance(seconds);
        assert_eq!(token.bearer().await.unwrap().expose(), expected);
    }
}

#[tokio::test]
async fn a_short_life_is_lived_at_least_by_half() {
    let world = World::new(None);
    let mut short = grant(0, world.clock.now());
    short.access_until = short.issued + SignedDuration::from_secs(10);
    *world.vault.lock().unwrap() = Some(short);
    let token = world.token();
    for (seconds, expected) in [(4, "access-0"), (1, "access-1")] {
        world.clock.advance(seconds);
        assert_eq!(token.bearer().await.unwrap().expose(), expected);
    }
}

#[test]
fn killed_anywhere_the_next_process_still_has_the_grant() {
    use Step::{Answered, Asked, Keeping, Kept, Load, Turn};
    for step in [Turn, Load, Asked, Answered, Keeping, Kept] {
        let world = World::with_old_grant();
        *world.stop_at.lock().unwrap() = Some(step);
        let first = tokio::runtime::Runtime::new().unwrap();
        first.block_on(async {
            let token = world.token();
            tokio::spawn(async move { token.bearer().await });
            world.stopped.notified().await;
        });
        // The process is gone, with everything that was under way in it (and
        // the right to renew, as a lease would be).
        drop(first);
        *world.stop_at.lock().unwrap() = None;
        let second = tokio::runtime::Runtime::new().unwrap();
        let access = second.block_on(world.token().bearer()).unwrap();
        assert!(world.accepts(&access), "killed at {step:?}");
        assert!(world.calls() <= 2);
    }
}

#[tokio::test]
async fn who_goes_away_does_not_take_the_answer_along() {
    let world = World::with_old_grant();
    *world.stop_at.lock().unwrap() = Some(Step::Answered);
    let token = world.token();
    let asking = {
        let token = token.clone();
        tokio::spawn(async move { token.bearer().await })
    };
    world.stopped.notified().await;
    asking.abort();
    assert!(asking.await.unwrap_err().is_cancelled());
    // The renewal itself still runs (and hangs where it was told to), so
    // nobody else starts a second one.
    let second = tokio::time::timeout(Duration::from_millis(20), token.bearer()).await;
    assert!(second.is_err());
    assert_eq!(world.calls(), 1);
}

#[tokio::test]
async fn a_lost_answer_is_fetched_again_with_the_same_refresh_token() {
    let world = World::with_old_grant();
    world.lose.store(2, Ordering::SeqCst);
    let token = world.token();
    for _ in 0..2 {
        assert_eq!(token.bearer().await.unwrap_err().kind(), Kind::Unavailable);
    }
    let access = token.bearer().await.unwrap();
    assert!(world.accepts(&access));
    assert_eq!(access.expose(), "access-1", "the same pair each time");
}

#[tokio::test]
async fn what_cannot_be_kept_is_not_used() {
    let world = World::with_old_grant();
    world.full.store(1, Ordering::SeqCst);
    let token = world.token();
    let error = token.bearer().await.unwrap_err();
    assert_eq!(error.kind(), Kind::Storage);
    assert!(!world.provider.lock().unwrap().used);
    let access = token.bearer().await.unwrap();
    let kept = world.vault.lock().unwrap().clone().unwrap();
    assert_eq!(kept.access, access);
    assert!(world.accepts(&access));
}

#[tokio::test]
async fn an_error_is_shared_and_not_asked_for_again_at_once() {
    let world = World::with_old_grant();
    world.lose.store(1, Ordering::SeqCst);
    let token = world.token().quiet_for(Duration::from_hours(1));
    let asking = (0..20).map(|_| token.bearer());
    for result in join_all(asking).await {
        assert_eq!(result.unwrap_err().kind(), Kind::Unavailable);
    }
    assert!(token.bearer().await.is_err());
    assert_eq!(world.calls(), 1);
}

#[tokio::test]
async fn what_another_process_renewed_is_adopted() {
    let world = World::with_old_grant();
    let token = world.token();
    assert_eq!(token.bearer().await.unwrap().expose(), "access-1");
    world.clock.advance(3600);
    let newer = world
        .provider
        .lock()
        .unwrap()
        .refresh("refresh-1", world.clock.now())
        .unwrap();
    *world.vault.lock().unwrap() = Some(newer);
    let before = world.calls();
    assert_eq!(token.bearer().await.unwrap().expose(), "access-2");
    assert_eq!(world.calls(), before);
}

#[tokio::test]
async fn the_loser_of_a_race_adopts_the_winner_s_grant() {
    let world = World::with_old_grant();
    let winner = {
        let mut provider = world.provider.lock().unwrap();
        let winner = provider.refresh("refresh-0", world.clock.now()).unwrap();
        assert!(provider.accepts("access-1"));
        winner
    };
    *world.rival.lock().unwrap() = Some(winner);
    assert_eq!(world.token().bearer().await.unwrap().expose(), "access-1");
}

#[tokio::test]
async fn a_dead_grant_is_asked_about_once_until_a_person_connects_again() {
    let world = World::with_old_grant();
    world.provider.lock().unwrap().revoked = true;
    let token = world.token();
    for _ in 0..10 {
        let error = token.bearer().await.unwrap_err();
        assert_eq!(
            (error.kind(), error.verdict()),
            (Kind::Unauthorized, Verdict::Reconnect)
        );
        assert_eq!(error.code(), Some("OAU-213"));
    }
    assert_eq!(world.calls(), 1);
    world.provider.lock().unwrap().revoked = false;
    *world.vault.lock().unwrap() = Some(grant(0, world.clock.now()));
    assert!(token.bearer().await.is_ok());
}

/// A provider that gives no refresh token back (Dropbox), or needs none (JWT).
struct Minting;

#[async_trait]
impl Refresher for Minting {
    async fn refresh(&self, old: Option<&Grant>) -> Result<Grant> {
        Ok(Grant {
            access: Secret::new("minted"),
            refresh: None,
            scopes: vec![],
            owner: String::new(),
            ..grant(7, old.map_or(Hands::new().now(), |old| old.access_until))
        })
    }
}

#[tokio::test]
async fn what_the_provider_did_not_repeat_stays() {
    let world = World::with_old_grant();
    let token = Token::new(world.clone(), Arc::new(Minting), world.clock.clone());
    assert_eq!(token.bearer().await.unwrap().expose(), "minted");
    let kept = world.vault.lock().unwrap().clone().unwrap();
    assert_eq!(kept.refresh.unwrap().expose(), "refresh-0");
    assert_eq!((kept.scopes.len(), kept.owner.as_str()), (1, "63442850"));
}

#[tokio::test]
async fn a_first_token_needs_no_old_grant() {
    let world = World::new(None);
    let token = Token::new(world.clone(), Arc::new(Minting), world.clock.clone());
    assert_eq!(token.bearer().await.unwrap().expose(), "minted");
    assert!(world.vault.lock().unwrap().is_some());
}

/// An API that accepts the provider's current token only.
async fn api(world: &Arc<World>) -> (String, Arc<AtomicUsize>) {
    let refused = Arc::new(AtomicUsize::new(0));
    let (world, counted) = (Arc::clone(world), Arc::clone(&refused));
    let router = Router::new().fallback(any(move |headers: HeaderMap| async move {
        let given = headers
            .get("authorization")
            .and_then(|value| value.to_str().ok());
        let access = given
            .and_then(|value| value.strip_prefix("Bearer "))
            .unwrap_or("");
        if world.accepts(&Secret::new(access)) {
            StatusCode::OK
        } else {
            counted.fetch_add(1, Ordering::SeqCst);
            StatusCode::UNAUTHORIZED
        }
    }));
    (serve(router).await, refused)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_crowd_whose_token_died_early_renews_once_and_all_get_through() {
    let world = World::new(None);
    *world.vault.lock().unwrap() = Some(grant(0, world.clock.now()));
    // Somebody else minted a token: ours is dead before its time.
    world.provider.lock().unwrap().used = false;
    let (base, refused) = api(&world).await;
    let credential = Credential::Token(world.token());
    let line = door().line(&peer(allowing(&base), hasty()), "user", credential);
    assert!(
        line.call(Request::get(API, "/", base.clone()))
            .await
            .is_ok()
    );
    world.provider.lock().unwrap().generation = 1;
    *world.vault.lock().unwrap() =
        Some(grant(1, world.clock.now() - SignedDuration::from_hours(1)));
    let calls = (0..64).map(|_| {
        let (line, request) = (line.clone(), Request::post(API, "/", base.clone()));
        tokio::spawn(async move { line.call(request).await })
    });
    for result in join_all(calls).await {
        assert!(result.unwrap().is_ok(), "each is replayed once");
    }
    assert_eq!(world.calls(), 1);
    assert!((1..=64).contains(&refused.load(Ordering::SeqCst)));
}

#[tokio::test]
async fn a_token_that_is_refused_again_is_not_renewed_again() {
    let world = World::with_old_grant();
    let router = Router::new().fallback(any(|| async { (StatusCode::UNAUTHORIZED, "no") }));
    let base = serve(router).await;
    let credential = Credential::Token(world.token());
    let line = door().line(&peer(allowing(&base), hasty()), "user", credential);
    let error = line.call(Request::get(API, "/", base)).await.unwrap_err();
    assert_eq!((error.kind(), error.cause()), (Kind::Unauthorized, "no"));
    assert_eq!(
        world.calls(),
        2,
        "once because it was old, once because it was refused"
    );
}

#[tokio::test]
async fn nothing_is_sent_while_a_refresh_is_unresolved() {
    let world = World::with_old_grant();
    world.lose.store(1, Ordering::SeqCst);
    let (base, refused) = api(&world).await;
    let credential = Credential::Token(world.token());
    let line = door().line(&peer(allowing(&base), hasty()), "user", credential);
    let error = line
        .call(Request::get(API, "/", base.clone()))
        .await
        .unwrap_err();
    assert_eq!(error.cause(), "the answer is lost");
    assert!(line.call(Request::get(API, "/", base)).await.is_ok());
    assert_eq!(refused.load(Ordering::SeqCst), 0);
}
