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
    tell_of_panics();
}

/// What a panic says may quote what it stumbled over: a name, a number, a text.
/// Where it happened is enough to mend it.
fn tell_of_panics() {
    std::panic::set_hook(Box::new(|panic| {
        let place = panic.location().map(ToString::to_string);
        tracing::error!(place, "an internal error; please report it");
    }));
}

#[cfg(test)]
mod tests {
    use std::io::Write;
    use std::sync::{Arc, Mutex};

    use super::*;

    #[derive(Clone, Default)]
    struct Log(Arc<Mutex<Vec<u8>>>);

    impl Write for Log {
        fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
            self.0.lock().unwrap().write(bytes)
        }

        fn flush(&mut self) -> std::io::Result<()> {
            Ok(())
        }
    }

    #[test]
    fn a_panic_tells_where_and_not_what() {
        let log = Log::default();
        let writer = log.clone();
        let subscriber = tracing_subscriber::fmt()
            .with_writer(move || writer.clone())
            .finish();
        let before = std::panic::take_hook();
        tell_of_panics();
        let broken = tracing::subscriber::with_default(subscriber, || {
            std::panic::catch_unwind(|| assert_eq!("+16175550123", "of Ann Example"))
        });
        std::panic::set_hook(before);
        assert!(broken.is_err());
        let told = String::from_utf8(log.0.lock().unwrap().clone()).unwrap();
        assert!(told.contains("telemetry.rs:"), "{told}");
        for secret in ["6175550123", "Ann"] {
            assert!(!told.contains(secret), "{told}");
        }
    }
}
