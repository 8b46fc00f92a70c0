//! Rate limits over real HTTP, against a limiter that forgives nothing: its
//! penalty starts anew with every early request.

use std::collections::VecDeque;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use axum::Router;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use axum::routing::any;
use futures::future::join_all;
use outbound::{Credential, DoorOptions, Group, Request, Urgency};

use crate::stage::{API, Notes, allowing, door, door_with, hasty, peer, serve};

const LIMIT: usize = 5;
const WINDOW: Duration = Duration::from_millis(300);

#[derive(Default)]
struct Limiter {
    counted: VecDeque<Instant>,
    shut_until: Option<Instant>,
    served: usize,
    refused: usize,
    early: usize,
}

impl Limiter {
    fn hit(&mut self) -> Response {
        let now = Instant::now();
        while self.counted.front().is_some_and(|at| *at + WINDOW < now) {
            self.counted.pop_front();
        }
        let early = self.shut_until.is_some_and(|end| now < end);
        let window = WINDOW.as_secs_f64().to_string();
        let limits = |remaining: usize| {
            [
                ("x-rate-limit-group", "heavy".to_owned()),
                ("x-rate-limit-limit", LIMIT.to_string()),
                ("x-rate-limit-remaining", remaining.to_string()),
                ("x-rate-limit-window", window.clone()),
            ]
        };
        if early || self.counted.len() >= LIMIT {
            self.early += usize::from(early);
            self.refused += 1;
            self.shut_until = Some(now + WINDOW);
            let wait = [("retry-after", window.clone())];
            return (StatusCode::TOO_MANY_REQUESTS, limits(0), wait).into_response();
        }
        self.served += 1;
        self.counted.push_back(now);
        limits(LIMIT - self.counted.len()).into_response()
    }
}

async fn limited(limiter: Limiter) -> (String, Arc<Mutex<Limiter>>) {
    let limiter = Arc::new(Mutex::new(limiter));
    let shared = Arc::clone(&limiter);
    let router = Router::new().fallback(any(move || async move { shared.lock().unwrap().hit() }));
    (serve(router).await, limiter)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_crowd_never_meets_the_limit() {
    let (base, limiter) = limited(Limiter::default()).await;
    let line = door().line(&peer(allowing(&base), hasty()), "user", Credential::None);
    let calls = (0..40).map(|number| {
        let urgency = if number % 4 == 0 {
            Urgency::Listing
        } else {
            Urgency::Content
        };
        let request = Request::get(API, "/things", base.clone());
        line.call(request.group(Group::new("heavy", 50, 60)).urgency(urgency))
    });
    assert!(join_all(calls).await.iter().all(Result::is_ok));
    let limiter = limiter.lock().unwrap();
    assert_eq!((limiter.served, limiter.refused, limiter.early), (40, 0, 0));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_storm_that_an_earlier_process_left_is_met_once() {
    let limiter = Limiter {
        counted: std::iter::repeat_n(Instant::now(), LIMIT).collect(),
        ..Limiter::default()
    };
    let (base, limiter) = limited(limiter).await;
    let notes = Arc::new(Notes::default());
    let door = door_with(&DoorOptions::default(), notes.clone());
    let line = door.line(&peer(allowing(&base), hasty()), "user", Credential::None);
    let calls = (0..32).map(|_| {
        let request = Request::post(API, "/things", base.clone());
        line.call(request.group(Group::new("heavy", 10, 60)))
    });
    assert!(
        join_all(calls).await.iter().all(Result::is_ok),
        "no try is lost to a limit"
    );
    let limiter = limiter.lock().unwrap();
    assert_eq!((limiter.served, limiter.refused, limiter.early), (32, 1, 0));
    let brakes = notes.brakes.lock().unwrap();
    assert_eq!(*brakes, [(Some("heavy".to_owned()), WINDOW)]);
}

#[tokio::test]
async fn a_limit_on_everybody_stops_other_groups_and_subjects() {
    const PAUSE: Duration = Duration::from_millis(200);
    let end: Arc<Mutex<Option<Instant>>> = Arc::default();
    let early = Arc::new(AtomicUsize::new(0));
    let counted = Arc::clone(&early);
    let router = Router::new().fallback(any(move || async move {
        let now = Instant::now();
        match *end.lock().unwrap().get_or_insert(now + PAUSE) {
            end if end == now + PAUSE => {
                let headers = [("x-everybody", "1"), ("retry-after", "0.2")];
                return (StatusCode::TOO_MANY_REQUESTS, headers).into_response();
            }
            end if end > now => counted.fetch_add(1, Ordering::SeqCst),
            _ => 0,
        };
        StatusCode::OK.into_response()
    }));
    let base = serve(router).await;
    let notes = Arc::new(Notes::default());
    let door = door_with(&DoorOptions::default(), notes.clone());
    let peer = peer(allowing(&base), hasty());
    let request = || Request::get(API, "/", base.clone());
    let one = door.line(&peer, "one", Credential::None);
    let other = door.line(&peer, "other", Credential::None);
    let first = one.call(request().group(Group::unpaced("light")));
    let second = async {
        while notes.brakes.lock().unwrap().is_empty() {
            tokio::task::yield_now().await;
        }
        let heavy = Group::new("heavy", 10, 60);
        other.call(request().group(heavy)).await
    };
    let (first, second) = tokio::join!(first, second);
    assert!(first.is_ok() && second.is_ok());
    assert_eq!(early.load(Ordering::SeqCst), 0);
    assert_eq!(*notes.brakes.lock().unwrap(), [(None, PAUSE)]);
}

#[tokio::test]
async fn a_penalty_known_from_before_is_kept() {
    let (base, limiter) = limited(Limiter {
        shut_until: Some(Instant::now() + Duration::from_millis(100)),
        ..Limiter::default()
    })
    .await;
    let door = door();
    let peer = peer(allowing(&base), hasty());
    door.brake(&peer, "user", "heavy", Duration::from_millis(150));
    let line = door.line(&peer, "user", Credential::None);
    let request = Request::get(API, "/", base.clone()).group(Group::new("heavy", 10, 60));
    line.call(request).await.unwrap();
    assert_eq!(limiter.lock().unwrap().early, 0);
}
