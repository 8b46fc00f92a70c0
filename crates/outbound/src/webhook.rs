//! A webhook: one address of the operator's choice that is told something. It
//! has a client of its own, which shares nothing with the door: no provider's
//! credential can get here, and nothing that comes back is believed.

use std::fmt;
use std::time::Duration;

use bytes::Bytes;
use domain::error::{Error, Kind, Result};
use reqwest::header::{CONTENT_TYPE, HeaderName, HeaderValue};
use reqwest::{Certificate, ClientBuilder};
use url::Url;

use crate::allow::is_loopback;

/// How long the whole of it may take.
const PATIENCE: Duration = Duration::from_secs(15);
const CONNECT: Duration = Duration::from_secs(5);
/// More is not sent.
const MOST_BYTES: usize = 256 * 1024;

/// One address to POST to: https, or plain http on this very machine. Follows
/// no redirect, keeps no cookie and no connection, reads no proxy setting.
pub struct Webhook {
    client: reqwest::Client,
    url: Url,
}

impl Webhook {
    /// For this address, trusting these authorities (PEM) beside the
    /// platform's. The process must have installed a TLS provider first.
    /// `Kind::Config` where the address is plain http to elsewhere.
    pub fn new(url: Url, user_agent: &str, extra_roots: &[u8]) -> Result<Webhook> {
        let near = url.host().is_some_and(|host| is_loopback(&host.to_owned()));
        if !(url.scheme() == "https" || (url.scheme() == "http" && near)) {
            return Err(config("the webhook's address must begin with https://"));
        }
        let roots = Certificate::from_pem_bundle(extra_roots)
            .map_err(|_| config("the extra certificate authorities are not PEM certificates"))?;
        let with_platform = settings(user_agent).tls_certs_merge(roots.clone()).build();
        let client = with_platform
            .or_else(|_| settings(user_agent).tls_certs_only(roots).build())
            .map_err(|_| config("the webhook's HTTP client cannot be built"))?;
        Ok(Webhook { client, url })
    }

    /// Sends JSON, with these further headers. `Ok`: the other side said 2xx;
    /// what else it said is not read.
    pub async fn post(&self, json: Vec<u8>, headers: &[(&'static str, String)]) -> Result<()> {
        if json.len() > MOST_BYTES {
            return Err(Error::new(
                Kind::Protocol,
                "the webhook's message is too long",
            ));
        }
        let mut request = reqwest::Request::new(reqwest::Method::POST, self.url.clone());
        let json_type = HeaderValue::from_static("application/json");
        request.headers_mut().insert(CONTENT_TYPE, json_type);
        for (name, value) in headers {
            let value = HeaderValue::from_str(value)
                .map_err(|_| config("a header of the webhook cannot be written"))?;
            let name = HeaderName::from_static(name);
            request.headers_mut().insert(name, value);
        }
        *request.body_mut() = Some(Bytes::from(json).into());
        let answer = self.client.execute(request).await.map_err(|error| {
            let what = if error.is_timeout() {
                "the webhook did not answer in time"
            } else {
                "the webhook cannot be reached"
            };
            Error::new(Kind::Unavailable, what)
        })?;
        let status = answer.status();
        if status.is_success() {
            return Ok(());
        }
        let what = format!("the webhook answered {}", status.as_u16());
        Err(Error::new(Kind::Unavailable, what))
    }
}

/// Where it goes may be a secret: nothing of it is shown.
impl fmt::Debug for Webhook {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Webhook")
    }
}

fn settings(user_agent: &str) -> ClientBuilder {
    ClientBuilder::new()
        .user_agent(user_agent)
        .redirect(reqwest::redirect::Policy::none())
        .retry(reqwest::retry::never())
        .referer(false)
        .no_proxy()
        .http1_only()
        .pool_max_idle_per_host(0)
        .connect_timeout(CONNECT)
        .timeout(PATIENCE)
}

fn config(what: &str) -> Error {
    Error::new(Kind::Config, what)
}
