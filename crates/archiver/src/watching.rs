//! What runs beside a server's work: the watch over alarms, and the address at
//! which metrics and health are told.

use std::sync::Arc;

use anyhow::Context;
use axum::Router;
use axum::extract::State;
use axum::http::StatusCode;
use axum::http::header::CONTENT_TYPE;
use axum::response::IntoResponse;
use axum::routing::get;
use engine::Watchman;
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;

use crate::assemble;
use crate::config::Config;
use crate::failure::Failure;
use crate::herald::Configured;
use crate::metrics;
use crate::serve::{Server, random};
use crate::terminal::print;

/// Does the work, and watches over it until it ends.
pub(crate) async fn over(
    config: &Config,
    server: &Server,
    stop: &CancellationToken,
    work: impl Future<Output = Result<(), Failure>>,
) -> Result<(), Failure> {
    let metrics = &server.metrics;
    let watchman = Watchman {
        store: Arc::clone(&server.store),
        providers: server.providers.clone(),
        clock: assemble::clock(),
        clocks: {
            let metrics = Arc::clone(metrics);
            Arc::new(move || metrics.ahead())
        },
        herald: Arc::new(Configured::new(config)?),
        name: domain::manifest::hex(&random()?),
        silence: config.alarms.silence,
        digest: config.alarms.digest,
        stop: stop.clone(),
    };
    let post = post(config, server).await?;
    let beside = async {
        let ((), ()) = tokio::join!(watchman.watch(), post);
        // Whoever stops the work stops this: what is dropped is repeated.
        std::future::pending::<()>().await;
    };
    tokio::select! {
        done = work => done,
        () = beside => Ok(()),
    }
}

/// The address of metrics and health, if there is to be one.
async fn post(
    config: &Config,
    server: &Server,
) -> Result<impl Future<Output = ()> + use<>, Failure> {
    let listener = match config.metrics_listen {
        None => None,
        Some(address) => {
            let listener = TcpListener::bind(address).await.with_context(|| {
                format!("the address {address} of ARCHIVER_METRICS_LISTEN cannot be used")
            })?;
            let address = listener
                .local_addr()
                .context("the listener has no address")?;
            print(&format!("Metrics: http://{address}/metrics"))?;
            Some(listener)
        }
    };
    let app = Router::new()
        .route("/healthz", get(async || "ok\n"))
        .route("/readyz", get(ready))
        .route("/metrics", get(numbers))
        .with_state(server.clone());
    Ok(async move {
        if let Some(listener) = listener
            && axum::serve(listener, app).await.is_err()
        {
            tracing::error!("metrics can no longer be served");
        }
    })
}

async fn ready(State(server): State<Server>) -> (StatusCode, String) {
    let ails = web::what_ails(server.store.as_ref(), server.providers.as_ref()).await;
    if ails.is_empty() {
        return (StatusCode::OK, "ready\n".to_owned());
    }
    (StatusCode::SERVICE_UNAVAILABLE, ails.join("\n") + "\n")
}

async fn numbers(State(server): State<Server>) -> impl IntoResponse {
    let text = server.metrics.text(server.store.as_ref()).await;
    ([(CONTENT_TYPE, metrics::CONTENT_TYPE)], text)
}
