//! The keys of the two apps: as configured, or else as they were entered on
//! the set-up page. Read at each use, so that what is entered counts at once.

use std::sync::Arc;

use domain::grant::Provider;
use domain::ports::{Instance, Store};
use domain::{Error, Kind, Result, Secret};

use crate::config::Config;

/// An app's id and secret; public apps have no secret.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct AppKeys {
    pub(crate) id: String,
    pub(crate) secret: Option<Secret>,
}

/// Where keys come from.
pub(crate) struct Keys {
    ringcentral: Option<AppKeys>,
    dropbox: Option<AppKeys>,
    store: Arc<dyn Store>,
}

impl Keys {
    /// What is configured wins; secrets are never mixed with another app's id.
    pub(crate) fn new(config: &Config, store: Arc<dyn Store>) -> Keys {
        let keys = |id: &Option<String>, secret: &Option<Secret>| {
            id.as_ref().map(|id| AppKeys {
                id: id.clone(),
                secret: secret.clone(),
            })
        };
        Keys {
            ringcentral: keys(
                &config.ringcentral.client_id,
                &config.ringcentral.client_secret,
            ),
            dropbox: keys(&config.dropbox.app_key, &config.dropbox.app_secret),
            store,
        }
    }

    /// The keys of one end's app; `Kind::Config` while there are none.
    pub(crate) async fn of(&self, end: Provider) -> Result<AppKeys> {
        let (configured, id, secret, what) = match end {
            Provider::Source => (
                &self.ringcentral,
                "RINGCENTRAL_CLIENT_ID",
                "RINGCENTRAL_CLIENT_SECRET",
                "the RingCentral app",
            ),
            Provider::Destination => (
                &self.dropbox,
                "DROPBOX_APP_KEY",
                "DROPBOX_APP_SECRET",
                "the Dropbox app",
            ),
        };
        if let Some(keys) = configured {
            return Ok(keys.clone());
        }
        let Some(entered) = self.setting(id).await? else {
            return Err(
                Error::new(Kind::Config, format!("the keys of {what} are not set")).remedy(
                    format!("Enter them on the set-up page, or set {id} where the server runs."),
                ),
            );
        };
        Ok(AppKeys {
            id: entered.expose().to_owned(),
            secret: self.setting(secret).await?,
        })
    }

    async fn setting(&self, name: &str) -> Result<Option<Secret>> {
        let value = Instance::setting(self.store.as_ref(), name).await?;
        Ok(value.filter(|it| !it.expose().trim().is_empty()))
    }
}
