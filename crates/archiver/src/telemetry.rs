//! Logs for the operator, on standard error. `ARCHIVER_LOG` chooses what is
//! told (default: warnings), `ARCHIVER_LOG_FORMAT=json` how. No secret or
//! personal data reaches a log line: the types that hold them do not print.

use std::io::IsTerminal;

use tracing_subscriber::EnvFilter;

/// Starts logging.
#[expect(
    clippy::disallowed_methods,
    reason = "logging starts before the configuration is read"
)]
pub(crate) fn start() {
    let filter = EnvFilter::try_from_env("ARCHIVER_LOG").unwrap_or_else(|_| EnvFilter::new("warn"));
    let logs = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_ansi(std::io::stderr().is_terminal())
        .with_writer(std::io::stderr);
    if std::env::var("ARCHIVER_LOG_FORMAT").is_ok_and(|format| format == "json") {
        logs.json().init();
    } else {
        logs.init();
    }
    // What a panic says may quote what it stumbled over: a name, a number, a
    // text. Where it happened is enough to mend it.
    std::panic::set_hook(Box::new(|panic| {
        let place = panic.location().map(ToString::to_string);
        tracing::error!(place, "an internal error; please report it");
    }));
}
