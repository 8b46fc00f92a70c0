//! A simulation whose present is a fixed moment, and a client for it.

use std::time::Duration;

use reqwest::header::{AUTHORIZATION, HeaderMap};
use reqwest::{Client, Method, Response};
use serde_json::Value;
use sim::clock::Clock;
use sim::ringcentral::{Kind, RingCentral, Truth};
use sim::{Listen, Scenario, Simulation};

/// 2026-03-04T18:00:00Z, the moment at which every test begins.
pub(crate) const ANCHOR: i64 = 1_772_647_200_000;
pub(crate) const DAY: i64 = 86_400_000;

pub(crate) struct Rig {
    pub(crate) rc: RingCentral,
    pub(crate) clock: Clock,
    pub(crate) http: Client,
    simulation: Simulation,
}

/// A status, headers and a JSON body.
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Value,
}

/// A small company without rate limits, which most tests want, changed as the
/// test wishes.
pub(crate) async fn rig(change: impl FnOnce(&mut Scenario)) -> Rig {
    let mut scenario = Scenario::default();
    scenario.company.recordings_per_day = 20;
    scenario.company.other_calls_per_day = 20;
    scenario.company.voicemails_per_day = 10;
    scenario.company.texts_per_day = 20;
    scenario.company.faxes_per_day = 8;
    let rc = &mut scenario.ringcentral;
    (rc.light, rc.medium, rc.heavy, rc.auth) = (10_000, 10_000, 10_000, 10_000);
    change(&mut scenario);
    let clock = Clock::default();
    clock.advance_ms(ANCHOR - clock.now_ms());
    let listen = Listen {
        clock: clock.clone(),
        ..Listen::default()
    };
    let simulation = Simulation::start(scenario, listen, ANCHOR).await.unwrap();
    let _ = rustls::crypto::ring::default_provider().install_default();
    let http = Client::builder()
        .redirect(reqwest::redirect::Policy::none())
        .timeout(Duration::from_mins(1))
        .build()
        .unwrap();
    Rig {
        rc: simulation.ringcentral(),
        clock,
        http,
        simulation,
    }
}

impl Rig {
    /// An access token of the extension with this number, by JWT.
    pub(crate) async fn token(&self, extension: &str) -> String {
        let jwt = self.rc.jwt_of(extension).unwrap();
        let answer = self
            .grant(&[
                ("grant_type", "urn:ietf:params:oauth:grant-type:jwt-bearer"),
                ("assertion", &jwt),
            ])
            .await;
        assert_eq!(answer.status, 200, "{}", answer.body);
        answer.body["access_token"].as_str().unwrap().to_owned()
    }

    /// A request to the token endpoint by the confidential application.
    pub(crate) async fn grant(&self, form: &[(&str, &str)]) -> Answer {
        let url = format!("{}/restapi/oauth/token", self.rc.server_url());
        let request = self
            .http
            .post(url)
            .basic_auth(self.rc.client_id(), Some(self.rc.client_secret()));
        answer(form_body(request, form).send().await.unwrap()).await
    }

    /// GET on the platform host.
    pub(crate) async fn get(&self, token: &str, path: &str) -> Answer {
        let url = if path.starts_with("http") {
            path.to_owned()
        } else {
            format!("{}{path}", self.rc.server_url())
        };
        answer(self.fetch(token, &url, HeaderMap::new()).await).await
    }

    /// GET that must succeed.
    pub(crate) async fn ok(&self, token: &str, path: &str) -> Value {
        let answer = self.get(token, path).await;
        assert_eq!(answer.status, 200, "{path}: {}", answer.body);
        answer.body
    }

    pub(crate) async fn send(
        &self,
        method: Method,
        token: &str,
        path: &str,
        body: Option<Value>,
    ) -> Answer {
        let mut request = self
            .http
            .request(method, format!("{}{path}", self.rc.server_url()));
        request = request.header(AUTHORIZATION, format!("Bearer {token}"));
        if let Some(body) = body {
            request = request
                .header("content-type", "application/json")
                .body(body.to_string());
        }
        answer(request.send().await.unwrap()).await
    }

    pub(crate) async fn fetch(&self, token: &str, url: &str, headers: HeaderMap) -> Response {
        let request = self
            .http
            .get(url)
            .header(AUTHORIZATION, format!("Bearer {token}"));
        request.headers(headers).send().await.unwrap()
    }

    /// All records of a list, following `nextPage`.
    pub(crate) async fn all(&self, token: &str, path: &str) -> Vec<Value> {
        let mut records = Vec::new();
        let mut next = Some(path.to_owned());
        while let Some(path) = next {
            let page = self.ok(token, &path).await;
            records.extend(page["records"].as_array().unwrap().iter().cloned());
            next = page["navigation"]["nextPage"]["uri"]
                .as_str()
                .map(str::to_owned);
        }
        records
    }

    /// Everything true of one kind.
    pub(crate) fn truth(&self, kind: Kind) -> Vec<Truth> {
        self.rc
            .truth()
            .into_iter()
            .filter(|truth| truth.kind == kind)
            .collect()
    }

    pub(crate) fn media_url(&self, truth: &Truth) -> String {
        let account = &truth.account_id;
        let base = format!("{}/restapi/v1.0/account/{account}", self.rc.media_url());
        if truth.kind == Kind::Recording {
            format!("{base}/recording/{}/content", truth.provider_id)
        } else {
            let (extension, message) = (&truth.extension_id, &truth.provider_id);
            format!(
                "{base}/extension/{extension}/message-store/{message}/content/{}",
                truth.attachment_id
            )
        }
    }

    pub(crate) async fn stop(self) {
        self.simulation.stop().await;
    }
}

pub(crate) async fn answer(response: Response) -> Answer {
    let (status, headers) = (response.status().as_u16(), response.headers().clone());
    let text = response.text().await.unwrap();
    Answer {
        status,
        headers,
        body: serde_json::from_str(&text).unwrap_or(Value::String(text)),
    }
}

pub(crate) fn form_body(
    request: reqwest::RequestBuilder,
    form: &[(&str, &str)],
) -> reqwest::RequestBuilder {
    let body: String = url::form_urlencoded::Serializer::new(String::new())
        .extend_pairs(form)
        .finish();
    request
        .header("content-type", "application/x-www-form-urlencoded")
        .body(body)
}

impl Answer {
    /// The code of the first error.
    pub(crate) fn code(&self) -> &str {
        self.body["errors"][0]["errorCode"]
            .as_str()
            .unwrap_or_default()
    }

    pub(crate) fn header(&self, name: &str) -> &str {
        self.headers
            .get(name)
            .map_or("", |value| value.to_str().unwrap())
    }
}

/// `2026-03-04T18:00:00.000Z` for the anchor plus so many milliseconds.
pub(crate) fn iso(offset_ms: i64) -> String {
    format!(
        "{:.3}",
        jiff::Timestamp::from_millisecond(ANCHOR + offset_ms).unwrap()
    )
}
