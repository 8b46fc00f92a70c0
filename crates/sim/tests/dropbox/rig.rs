//! A running simulator, and a client that knows only the wire.

use reqwest::header::{HeaderMap, HeaderValue};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use sim::clock::Clock;
use sim::dropbox::{Dropbox, FaultKind, Options, PlannedFault};
use tokio::net::TcpListener;
use tokio::sync::watch;

pub(crate) struct Rig {
    pub(crate) dropbox: Dropbox,
    pub(crate) clock: Clock,
    pub(crate) url: String,
    pub(crate) client: reqwest::Client,
    pub(crate) token: String,
    _stop: watch::Sender<bool>,
}

/// An answer, read to its end.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) headers: HeaderMap,
    pub(crate) bytes: Vec<u8>,
}

impl Answer {
    pub(crate) fn text(&self) -> String {
        String::from_utf8(self.bytes.clone()).unwrap()
    }

    pub(crate) fn json(&self) -> Value {
        serde_json::from_slice(&self.bytes).unwrap_or_else(|_| panic!("{self:?}"))
    }

    pub(crate) fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", |v| v.to_str().unwrap())
    }

    /// The body of a success.
    #[track_caller]
    pub(crate) fn ok(&self) -> Value {
        assert_eq!(self.status, 200, "{}", String::from_utf8_lossy(&self.bytes));
        self.json()
    }

    /// The error of a 409.
    #[track_caller]
    pub(crate) fn refused(&self) -> Value {
        assert_eq!(self.status, 409, "{}", String::from_utf8_lossy(&self.bytes));
        self.json()["error"].clone()
    }
}

pub(crate) async fn default() -> Rig {
    with(|_| ()).await
}

pub(crate) async fn with(set: impl FnOnce(&mut Options)) -> Rig {
    let mut options = Options::default();
    set(&mut options);
    let clock = Clock::default();
    let dropbox = Dropbox::new(options, clock.clone());
    serve(dropbox, clock).await
}

pub(crate) async fn kept_in(directory: &std::path::Path) -> Rig {
    let clock = Clock::default();
    let dropbox = Dropbox::open(Options::default(), clock.clone(), directory).unwrap();
    serve(dropbox, clock).await
}

async fn serve(dropbox: Dropbox, clock: Clock) -> Rig {
    let _ = rustls::crypto::ring::default_provider().install_default();
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let (stop, stopped) = watch::channel(false);
    tokio::spawn(sim::front::plain(listener, dropbox.router(), stopped));
    let mut rig = Rig {
        dropbox,
        clock,
        url,
        client: reqwest::Client::builder().no_proxy().build().unwrap(),
        token: String::new(),
        _stop: stop,
    };
    rig.token = rig.fresh_token("").await;
    rig.dropbox.reset_requests();
    rig
}

pub(crate) fn fault(route: &str, fault: FaultKind) -> PlannedFault {
    PlannedFault {
        route: route.to_owned(),
        fault,
        skip: 0,
        times: 1,
    }
}

impl Rig {
    /// The same rig with another access token.
    pub(crate) fn with_token(mut self, token: impl Into<String>) -> Self {
        self.token = token.into();
        self
    }

    /// An access token by the head-less refresh token; `scope` may narrow it.
    pub(crate) async fn fresh_token(&self, scope: &str) -> String {
        let form = [
            ("grant_type", "refresh_token"),
            ("refresh_token", &self.dropbox.refresh_token()),
            ("client_id", &self.dropbox.app_key()),
            ("scope", scope),
        ];
        let answer = self.form("/oauth2/token", &form).await;
        answer.ok()["access_token"].as_str().unwrap().to_owned()
    }

    pub(crate) async fn form(&self, path: &str, fields: &[(&str, &str)]) -> Answer {
        let body = url::form_urlencoded::Serializer::new(String::new())
            .extend_pairs(fields)
            .finish();
        let request = self
            .client
            .post(format!("{}{path}", self.url))
            .header("content-type", "application/x-www-form-urlencoded")
            .body(body);
        read(request).await.unwrap()
    }

    pub(crate) fn request(&self, function: &str) -> reqwest::RequestBuilder {
        self.client
            .post(format!("{}/2/{function}", self.url))
            .bearer_auth(&self.token)
    }

    /// An rpc call.
    pub(crate) async fn rpc(&self, function: &str, argument: Value) -> Answer {
        self.try_rpc(function, argument).await.unwrap()
    }

    pub(crate) async fn try_rpc(&self, function: &str, argument: Value) -> reqwest::Result<Answer> {
        let request = self
            .request(function)
            .header("content-type", "application/json")
            .body(argument.to_string());
        read(request).await
    }

    /// An upload call.
    pub(crate) async fn send(&self, function: &str, argument: Value, body: &[u8]) -> Answer {
        self.try_send(function, argument, body).await.unwrap()
    }

    pub(crate) async fn try_send(
        &self,
        function: &str,
        argument: Value,
        body: &[u8],
    ) -> reqwest::Result<Answer> {
        let request = self
            .request(function)
            .header("content-type", "application/octet-stream")
            .header("dropbox-api-arg", argument.to_string())
            .body(body.to_vec());
        read(request).await
    }

    /// Uploads in one call and returns the metadata.
    pub(crate) async fn put(&self, path: &str, body: &[u8]) -> Value {
        let answer = self.send("files/upload", json!({ "path": path }), body);
        answer.await.ok()
    }

    /// Opens a session with `body` and closes it.
    pub(crate) async fn closed_session(&self, body: &[u8]) -> String {
        let answer = self.send("files/upload_session/start", json!({ "close": true }), body);
        text(&answer.await.ok()["session_id"])
    }

    pub(crate) async fn download(&self, path: &str, range: Option<&str>) -> Answer {
        let mut request = self
            .request("files/download")
            .header("dropbox-api-arg", json!({ "path": path }).to_string());
        if let Some(range) = range {
            request = request.header("range", HeaderValue::from_str(range).unwrap());
        }
        read(request).await.unwrap()
    }
}

pub(crate) async fn read(request: reqwest::RequestBuilder) -> reqwest::Result<Answer> {
    let response = request.send().await?;
    Ok(Answer {
        status: response.status().as_u16(),
        headers: response.headers().clone(),
        bytes: response.bytes().await?.to_vec(),
    })
}

pub(crate) fn text(value: &Value) -> String {
    value
        .as_str()
        .unwrap_or_else(|| panic!("{value}"))
        .to_owned()
}

/// Dropbox's content hash of a body below 4 MiB, where it is a hash of a hash.
pub(crate) fn small_content_hash(bytes: &[u8]) -> String {
    let outer = Sha256::digest(Sha256::digest(bytes));
    let digits: Vec<String> = outer.iter().map(|byte| format!("{byte:02x}")).collect();
    digits.concat()
}
