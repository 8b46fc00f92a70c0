//! Both providers with fail-points, and the dance of signing in.

use std::sync::Arc;

use async_trait::async_trait;
use domain::connection::Connection;
use domain::grant::{Grant, Provider};
use domain::ports::sign_in::Trip;
use domain::ports::{Destination, Providers, SignIn, Source};
use domain::{Result, Secret};

use super::{Watched, around, destination, pass, source};

/// The names.
pub(super) const NAMES: &[&str] = &[
    "providers.sign_in",
    "providers.source_behind",
    "providers.destination_behind",
    "providers.source",
    "providers.destination",
    "providers.forget",
    "providers.try_keys",
    "sign_in.source.authorize_url",
    "sign_in.source.exchange",
    "sign_in.source.revoke",
    "sign_in.destination.authorize_url",
    "sign_in.destination.exchange",
    "sign_in.destination.revoke",
];

#[async_trait]
impl Providers for Watched<dyn Providers> {
    async fn sign_in(&self, end: Provider) -> Result<Arc<dyn SignIn>> {
        let inner = around("providers.sign_in", self.0.sign_in(end)).await?;
        Ok(Arc::new(Dance { end, inner }))
    }

    async fn source_behind(&self, grant: &Grant) -> Result<Arc<dyn Source>> {
        let made = around("providers.source_behind", self.0.source_behind(grant)).await?;
        Ok(source(made))
    }

    async fn destination_behind(&self, grant: &Grant) -> Result<Arc<dyn Destination>> {
        let made = self.0.destination_behind(grant);
        Ok(destination(
            around("providers.destination_behind", made).await?,
        ))
    }

    async fn source(&self, connection: &Connection) -> Result<Arc<dyn Source>> {
        let made = around("providers.source", self.0.source(connection)).await?;
        Ok(source(made))
    }

    async fn destination(&self, connection: &Connection) -> Result<Arc<dyn Destination>> {
        let made = around("providers.destination", self.0.destination(connection)).await?;
        Ok(destination(made))
    }

    async fn forget(&self, connection: &Connection) {
        around("providers.forget", self.0.forget(connection)).await;
    }

    async fn try_keys(&self, end: Provider, id: &str, secret: &str) -> Result<()> {
        around("providers.try_keys", self.0.try_keys(end, id, secret)).await
    }
}

struct Dance {
    end: Provider,
    inner: Arc<dyn SignIn>,
}

impl Dance {
    fn name(&self, what: &str) -> String {
        format!("sign_in.{}.{what}", self.end.word())
    }
}

#[async_trait]
impl SignIn for Dance {
    fn authorize_url(&self, trip: &Trip) -> Result<String> {
        let name = self.name("authorize_url");
        pass(&name, "before");
        let told = self.inner.authorize_url(trip);
        pass(&name, "after");
        told
    }

    async fn exchange(&self, trip: &Trip, code: &Secret) -> Result<Grant> {
        around(&self.name("exchange"), self.inner.exchange(trip, code)).await
    }

    async fn revoke(&self, grant: &Grant) -> Result<()> {
        around(&self.name("revoke"), self.inner.revoke(grant)).await
    }
}
