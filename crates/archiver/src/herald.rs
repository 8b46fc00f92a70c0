//! Who tells people of alarms: by e-mail and by webhook, as configured.

use async_trait::async_trait;
use domain::alarm::{Notice, Way};
use domain::digest::Digest;
use domain::ports::Herald;
use domain::{Error, Kind, Result, Secret};
use hmac::{Hmac, KeyInit, Mac};
use outbound::Webhook;
use serde_json::Value;
use sha2::Sha256;

use crate::assemble;
use crate::config::Config;
use crate::letter;
use crate::mail::Mailer;

/// The header that signs a webhook's body: `sha256=` and the HMAC in hex.
const SIGNATURE: &str = "x-archiver-signature";

/// The ways that are configured.
pub(crate) struct Configured {
    /// What stands before the word Archiver.
    product: String,
    mail: Option<Mailer>,
    webhook: Option<(Webhook, Option<Secret>)>,
}

impl Configured {
    /// As configured; nothing is sent yet.
    pub(crate) fn new(config: &Config) -> Result<Configured> {
        let roots = assemble::extra_roots(config)?;
        let alarms = &config.alarms;
        let mail = alarms.mail.clone();
        let webhook = alarms.webhook.clone();
        let usual = web::Options::default().product;
        Ok(Configured {
            product: config.pages.product.clone().unwrap_or(usual),
            mail: mail.map(|it| Mailer::new(it, &roots)).transpose()?,
            webhook: webhook
                .map(|url| Webhook::new(url, assemble::USER_AGENT, &roots))
                .transpose()?
                .map(|webhook| (webhook, alarms.webhook_secret.clone())),
        })
    }

    /// Says in one way that this is a test.
    pub(crate) async fn test(&self, way: Way) -> Result<()> {
        match way {
            Way::Mail => self.mail(letter::test_letter(&self.product)).await,
            Way::Webhook => self.post(&letter::test_json(&self.product)).await,
        }
    }

    async fn mail(&self, letter: letter::Letter) -> Result<()> {
        match &self.mail {
            Some(mailer) => mailer.send(letter).await,
            None => Err(not_set_up()),
        }
    }

    async fn post(&self, json: &Value) -> Result<()> {
        let Some((webhook, secret)) = &self.webhook else {
            return Err(not_set_up());
        };
        let body = json.to_string().into_bytes();
        let signature = secret.as_ref().map(|it| signature(it, &body)).transpose()?;
        let headers: Vec<_> = signature.map(|it| (SIGNATURE, it)).into_iter().collect();
        webhook.post(body, &headers).await
    }
}

#[async_trait]
impl Herald for Configured {
    fn ways(&self) -> Vec<Way> {
        let mail = self.mail.as_ref().map(|_| Way::Mail);
        let webhook = self.webhook.as_ref().map(|_| Way::Webhook);
        mail.into_iter().chain(webhook).collect()
    }

    async fn tell(&self, way: Way, notices: &[Notice]) -> Result<()> {
        match way {
            Way::Mail => self.mail(letter::letter(&self.product, notices)).await,
            Way::Webhook => self.post(&letter::json(&self.product, notices)).await,
        }
    }

    async fn digest(&self, way: Way, digest: &Digest) -> Result<()> {
        match way {
            Way::Mail => {
                self.mail(crate::digest::letter(&self.product, digest))
                    .await
            }
            Way::Webhook => {
                let json = crate::digest::json(&self.product, digest);
                self.post(&json).await
            }
        }
    }
}

fn not_set_up() -> Error {
    Error::new(Kind::Config, "alarms are not set up to be told in this way")
}

/// HMAC-SHA256 of the body.
fn signature(secret: &Secret, body: &[u8]) -> Result<String> {
    let mut mac = Hmac::<Sha256>::new_from_slice(secret.expose().as_bytes())
        .map_err(|_| Error::new(Kind::Config, "the webhook's secret cannot be used"))?;
    mac.update(body);
    let sum = mac.finalize().into_bytes();
    Ok(format!("sha256={}", domain::manifest::hex(&sum)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_body_is_signed_as_everybody_signs() {
        // RFC 4231, test case 2.
        let signed = signature(&Secret::new("Jefe"), b"what do ya want for nothing?");
        assert_eq!(
            signed.unwrap(),
            "sha256=5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843"
        );
    }
}
