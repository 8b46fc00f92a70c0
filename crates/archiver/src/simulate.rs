//! `archiver simulate`: only the simulators. Prints the settings that point
//! the other commands at them.

use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::Context;
use sim::{Listen, Scenario, Simulation};

use crate::assemble;
use crate::failure::Failure;
use crate::terminal::print;

/// The options.
#[derive(clap::Args)]
pub(crate) struct Args {
    /// Every choice of the simulated world follows from this number.
    #[arg(long, value_name = "N")]
    seed: Option<u64>,
    /// The first of the simulators' ports [default: any free ones].
    #[arg(long, value_name = "PORT")]
    listen_base: Option<u16>,
    /// Also serve TLS and a CONNECT proxy, with a CA of its own kept here.
    #[arg(long, value_name = "DIR")]
    tls: Option<PathBuf>,
    /// The scenario: company, limits, delays, faults (TOML).
    #[arg(long, value_name = "FILE")]
    faults: Option<PathBuf>,
}

/// Runs the command until it is told to stop.
pub(crate) async fn run(args: Args) -> Result<ExitCode, Failure> {
    let mut scenario = match &args.faults {
        None => Scenario::default(),
        Some(file) => {
            let text = std::fs::read_to_string(file).map_err(|error| {
                let file = file.display();
                Failure::usage(format!("The scenario {file} cannot be read: {error}."))
            })?;
            toml::from_str(&text).map_err(|error| {
                let file = file.display();
                Failure::usage(format!("The scenario {file} is not valid.\n{error}"))
            })?
        }
    };
    if let Some(seed) = args.seed {
        scenario.seed = seed;
    }
    let listen = Listen {
        base_port: args.listen_base,
        tls_dir: args.tls,
        ..Listen::default()
    };
    let now_ms = assemble::clock().now().as_millisecond();
    let simulation = Simulation::start(scenario, listen, now_ms)
        .await
        .with_context(|| match args.listen_base {
            None => "the simulators cannot listen".to_owned(),
            Some(port) => format!(
                "the simulators cannot listen on port {port} and the five after it; choose others \
                 with --listen-base"
            ),
        })?;
    for (name, value) in simulation.settings() {
        print(&format!("{name}={value}"))?;
    }
    if let Some(tunnel) = simulation.tunnel() {
        print(&format!("SIM_TLS_RINGCENTRAL={}", tunnel.ringcentral_url))?;
        print(&format!("SIM_TLS_DROPBOX={}", tunnel.dropbox_url))?;
        print(&format!("SIM_PROXY={}", tunnel.proxy_url))?;
        print(&format!("SIM_CA={}", tunnel.ca_path.display()))?;
    }
    assemble::stop_signal().cancelled().await;
    simulation.stop().await;
    Ok(ExitCode::SUCCESS)
}
