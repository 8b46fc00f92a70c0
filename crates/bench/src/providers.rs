//! As much of both providers as a relay needs, on the same HTTP client as the
//! product with the same settings, and without any of its care: nothing is
//! paced, judged, hashed or tried again.

use std::collections::HashSet;

use anyhow::{Context, Result, ensure};
use bytes::Bytes;
use futures::stream::{self, Stream, TryStreamExt};
use reqwest::{Client, RequestBuilder};
use serde_json::{Value, json};

/// Calls in one page of the log: RingCentral's most.
const PAGE: usize = 250;

/// Both providers, signed in.
#[derive(Clone)]
pub(crate) struct Providers {
    client: Client,
    calls: String,
    calls_token: String,
    files: String,
    files_token: String,
}

/// A recording as the log names it.
#[derive(Clone, Debug)]
pub(crate) struct Recording {
    pub(crate) id: String,
    pub(crate) uri: String,
}

/// Bytes in a closed session, and where they belong.
pub(crate) struct Landed {
    pub(crate) session: String,
    pub(crate) size: usize,
    pub(crate) path: String,
}

impl Providers {
    /// Signs in at both, with the settings in the environment.
    pub(crate) async fn sign_in() -> Result<Providers> {
        let (calls, files) = (
            setting("RINGCENTRAL_SERVER_URL")?,
            setting("DROPBOX_API_URL")?,
        );
        let ca = std::fs::read(setting("SSL_CERT_FILE")?)?;
        let roots = reqwest::Certificate::from_pem_bundle(&ca)?;
        let client = Client::builder()
            .no_proxy()
            .http1_only()
            .tls_certs_only(roots)
            .build()?;
        let ask = client
            .post(format!("{calls}/restapi/oauth/token"))
            .basic_auth(
                setting("RINGCENTRAL_CLIENT_ID")?,
                Some(setting("RINGCENTRAL_CLIENT_SECRET")?),
            );
        let grant = "urn%3Aietf%3Aparams%3Aoauth%3Agrant-type%3Ajwt-bearer";
        let jwt = setting("RINGCENTRAL_JWT")?;
        let calls_token = token(ask, format!("grant_type={grant}&assertion={jwt}")).await?;
        let ask = client.post(format!("{files}/oauth2/token")).basic_auth(
            setting("DROPBOX_APP_KEY")?,
            Some(setting("DROPBOX_APP_SECRET")?),
        );
        let refresh = setting("DROPBOX_REFRESH_TOKEN")?;
        let form = format!("grant_type=refresh_token&refresh_token={refresh}");
        let files_token = token(ask, form).await?;
        Ok(Providers {
            client,
            calls,
            calls_token,
            files,
            files_token,
        })
    }

    /// The recordings of the last month, a page asked for when the one before
    /// was taken.
    pub(crate) fn recordings(&self) -> impl Stream<Item = Result<Recording>> + '_ {
        let pages = stream::try_unfold((1_usize, HashSet::new()), async |(page, mut seen)| {
            if page == 0 {
                return Ok::<_, anyhow::Error>(None);
            }
            let answer = self.page(page).await?;
            let more = answer["navigation"]["nextPage"].is_object();
            let found: Vec<_> = named(&answer)
                .filter(|it| seen.insert(it.id.clone()))
                .collect();
            let found = stream::iter(found.into_iter().map(Ok));
            Ok(Some((found, (if more { page + 1 } else { 0 }, seen))))
        });
        pages.try_flatten()
    }

    async fn page(&self, page: usize) -> Result<Value> {
        let url = format!(
            "{}/restapi/v1.0/account/~/call-log?view=Detailed&recordingType=All&perPage={PAGE}\
             &page={page}&dateFrom={}",
            self.calls,
            a_month_ago()
        );
        let ask = self.client.get(url).bearer_auth(&self.calls_token);
        value(ask).await
    }

    /// The bytes of a recording.
    pub(crate) async fn content(&self, recording: &Recording) -> Result<Bytes> {
        let ask = self
            .client
            .get(&recording.uri)
            .bearer_auth(&self.calls_token);
        Ok(ask.send().await?.error_for_status()?.bytes().await?)
    }

    /// Opens upload sessions.
    pub(crate) async fn open_sessions(&self, count: usize) -> Result<Vec<String>> {
        let answer = self
            .rpc(
                "upload_session/start_batch",
                &json!({ "num_sessions": count }),
            )
            .await?;
        let ids = answer["session_ids"].as_array().context("no sessions")?;
        Ok(ids
            .iter()
            .filter_map(Value::as_str)
            .map(str::to_owned)
            .collect())
    }

    /// All bytes of a file into its session, which is closed.
    pub(crate) async fn append(&self, session: &str, bytes: Bytes) -> Result<()> {
        let argument = json!({
            "cursor": { "session_id": session, "offset": 0 },
            "close": true,
        });
        let ask = self
            .client
            .post(format!("{}/2/files/upload_session/append_v2", self.files))
            .bearer_auth(&self.files_token)
            .header("Dropbox-API-Arg", argument.to_string())
            .header("content-type", "application/octet-stream")
            .body(bytes);
        ask.send().await?.error_for_status()?;
        Ok(())
    }

    /// Makes files of sessions.
    pub(crate) async fn finish(&self, batch: &[Landed]) -> Result<()> {
        let entry = |it: &Landed| {
            json!({
                "cursor": { "session_id": it.session, "offset": it.size },
                "commit": { "path": it.path, "mode": "add" },
            })
        };
        let entries: Vec<Value> = batch.iter().map(entry).collect();
        let answer = self
            .rpc(
                "upload_session/finish_batch_v2",
                &json!({ "entries": entries }),
            )
            .await?;
        let told = answer["entries"].as_array().context("no entries")?;
        let good = told.iter().filter(|it| it[".tag"] == "success").count();
        ensure!(
            good == batch.len(),
            "{good} of {} were committed",
            batch.len()
        );
        Ok(())
    }

    async fn rpc(&self, route: &str, argument: &Value) -> Result<Value> {
        let ask = self
            .client
            .post(format!("{}/2/files/{route}", self.files))
            .bearer_auth(&self.files_token)
            .header("content-type", "application/json")
            .body(argument.to_string());
        value(ask).await
    }
}

/// What a page names: on records and on their legs.
fn named(page: &Value) -> impl Iterator<Item = Recording> + '_ {
    let records = page["records"].as_array().into_iter().flatten();
    let with_legs = records.flat_map(|it| {
        let legs = it["legs"].as_array().into_iter().flatten();
        std::iter::once(it).chain(legs)
    });
    with_legs.filter_map(|it| {
        let recording = &it["recording"];
        Some(Recording {
            id: recording["id"].as_str()?.to_owned(),
            uri: recording["contentUri"].as_str()?.to_owned(),
        })
    })
}

async fn token(ask: RequestBuilder, form: String) -> Result<String> {
    let ask = ask
        .header("content-type", "application/x-www-form-urlencoded")
        .body(form);
    let answer = value(ask).await?;
    let token = answer["access_token"].as_str().context("no token came")?;
    Ok(token.to_owned())
}

async fn value(ask: RequestBuilder) -> Result<Value> {
    let answer = ask.send().await?.error_for_status()?.bytes().await?;
    Ok(serde_json::from_slice(&answer)?)
}

/// Where the worlds begin.
#[expect(clippy::disallowed_methods, reason = "a bench lives in real time")]
pub(crate) fn a_month_ago() -> String {
    let then = jiff::Timestamp::now() - jiff::SignedDuration::from_hours(31 * 24);
    then.strftime("%Y-%m-%dT%H:%M:%SZ").to_string()
}

/// A setting that the run has put into this process's environment.
#[expect(
    clippy::disallowed_methods,
    reason = "a side is told where the simulators are"
)]
pub(crate) fn setting(name: &str) -> Result<String> {
    std::env::var(name).with_context(|| format!("{name} is not set: run scripts/bench"))
}
