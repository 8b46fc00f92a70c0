//! A provider that answers from a script: for answers that RingCentral is said
//! to have given and the simulator does not give.

use std::sync::{Arc, Mutex};

use axum::Router;
use axum::body::Body;
use axum::extract::Request;
use axum::http::Response;
use domain::secret::Secret;
use source_ringcentral::{Credential, Options, RingCentral};
use tokio::net::TcpListener;
use tokio::task::JoinHandle;

use crate::world::{Shelf, SimClock, WINDOW};
use domain::clock::Clock;
use outbound::{Door, DoorOptions};

/// Status and body for a path with its query.
pub(crate) type Answer = fn(&str) -> (u16, String);

/// A running script.
pub(crate) struct Script {
    pub(crate) url: String,
    asked: Arc<Mutex<Vec<String>>>,
    task: JoinHandle<()>,
}

impl Drop for Script {
    fn drop(&mut self) {
        self.task.abort();
    }
}

impl Script {
    /// Answers every request but the token endpoint's, which is always kind.
    pub(crate) async fn play(answer: Answer) -> Script {
        let _ = rustls::crypto::ring::default_provider().install_default();
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let asked: Arc<Mutex<Vec<String>>> = Arc::default();
        let log = Arc::clone(&asked);
        let app = Router::new().fallback(async move |request: Request| {
            let path = request.uri().path_and_query().unwrap().to_string();
            let (status, body) = if path.ends_with("/oauth/token") {
                (
                    200,
                    r#"{"access_token":"a","expires_in":3600,"owner_id":"5"}"#.to_owned(),
                )
            } else {
                log.lock().unwrap().push(path.clone());
                answer(&path)
            };
            let answer = Response::builder().status(status);
            answer
                .header("content-type", "application/json")
                .body(Body::from(body))
                .unwrap()
        });
        let task = tokio::spawn(async move {
            axum::serve(listener, app).await.unwrap();
        });
        Script { url, asked, task }
    }

    /// Paths with their queries, in order.
    pub(crate) fn asked(&self) -> Vec<String> {
        self.asked.lock().unwrap().clone()
    }

    /// The adapter, pointed at the script.
    pub(crate) fn source(&self) -> RingCentral {
        self.beside(self)
    }

    /// The adapter, with this script as platform and another as media host.
    pub(crate) fn beside(&self, media: &Script) -> RingCentral {
        let clock: Arc<dyn Clock> = Arc::new(SimClock(sim::clock::Clock::default()));
        let door = DoorOptions::default();
        let door = Door::open(&door, Arc::clone(&clock), Arc::new(|| 0.5), Arc::new(()));
        let options = Options {
            server_url: self.url.clone(),
            media_url: media.url.clone(),
            client_id: "app".to_owned(),
            client_secret: Some(Secret::new("secret")),
            rate_window: WINDOW,
        };
        let jwt = Credential::Jwt(Secret::new("jwt"));
        RingCentral::new(options, jwt, door.unwrap(), Arc::<Shelf>::default(), clock).unwrap()
    }
}
