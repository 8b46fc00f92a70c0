//! `archiver serve`: the server.

use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;

use anyhow::Context;
use domain::ports::Store;
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;

use crate::config::Config;
use crate::failure::{Failure, say};
use crate::terminal::print;
use crate::{Listen, Role, assemble};

/// How long pages under way may take when the server is told to stop.
/// Browsers keep connections open on which they ask nothing.
const GRACE: Duration = Duration::from_secs(3);

/// The options.
#[derive(clap::Args)]
pub(crate) struct Args {
    /// Which part of the work this process does.
    #[arg(long, value_enum, default_value = "all")]
    role: Role,
    #[command(flatten)]
    listen: Listen,
}

/// Runs the command until it is told to stop.
pub(crate) async fn run(args: Args, mut config: Config) -> Result<ExitCode, Failure> {
    if args.role == Role::Worker {
        return Err(Failure::usage(
            "workers come with the scheduler, which this version does not have yet. \
             Run archiver backup from cron meanwhile.",
        ));
    }
    if let Some(listen) = args.listen.listen {
        config.listen = listen;
    }
    let listener = bind(&config).await?;
    let store = assemble::store(&config).await?;
    pages(listener, &config, store, assemble::stop_signal()).await?;
    Ok(ExitCode::SUCCESS)
}

/// Takes the port, or says what to do.
pub(crate) async fn bind(config: &Config) -> Result<TcpListener, Failure> {
    let listener = TcpListener::bind(config.listen).await.with_context(|| {
        format!(
            "the address {} cannot be used; choose another with --listen, for example \
             --listen 127.0.0.1:0",
            config.listen
        )
    })?;
    Ok(listener)
}

/// Serves the pages until told to stop.
pub(crate) async fn pages(
    listener: TcpListener,
    config: &Config,
    store: Arc<dyn Store>,
    stop: CancellationToken,
) -> Result<(), Failure> {
    let address = listener
        .local_addr()
        .context("the listener has no address")?;
    if !address.ip().is_loopback() {
        say(&format!(
            "Warning: anybody who can reach {address} can read these pages; signing in comes \
             with a later version"
        ));
    }
    let place = match &config.public_url {
        Some(url) => url.to_string(),
        None => format!("http://{address}/"),
    };
    print(&format!("Pages: {place}  (Ctrl-C stops)"))?;
    let app = web::router(web::State {
        store,
        clock: assemble::clock(),
    });
    let served = axum::serve(listener, app)
        .with_graceful_shutdown(stop.clone().cancelled_owned())
        .into_future();
    let cut = async {
        stop.cancelled().await;
        tokio::time::sleep(GRACE).await;
    };
    tokio::select! {
        done = served => Ok(done.context("the pages cannot be served")?),
        () = cut => Ok(()),
    }
}
