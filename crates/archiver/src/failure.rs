//! What a command that failed prints, and its exit status: 1 for an error or
//! Ctrl-C, 2 for wrong usage or configuration.

use std::process::ExitCode;

use domain::Kind;

use crate::config::Faults;

/// Status when everything is archived.
pub(crate) const COMPLETE: u8 = 0;
/// Status when something could not be done.
pub(crate) const ERROR: u8 = 1;
const USAGE: u8 = 2;
/// Status when the work is done but items are pending or missing.
pub(crate) const INCOMPLETE: u8 = 3;

/// Why a command failed.
#[derive(Debug)]
pub(crate) struct Failure {
    status: u8,
    text: String,
}

impl Failure {
    /// The user asked for something that cannot be.
    pub(crate) fn usage(text: impl Into<String>) -> Failure {
        Failure {
            status: USAGE,
            text: text.into(),
        }
    }

    /// Somebody pressed Ctrl-C before there was anything to lose.
    pub(crate) fn stopped() -> Failure {
        Failure {
            status: ERROR,
            text: "stopped on request. The next run goes on from here.".to_owned(),
        }
    }

    /// The sentence.
    pub(crate) fn text(&self) -> &str {
        &self.text
    }

    /// Prints the sentence and gives the exit status.
    pub(crate) fn report(&self) -> ExitCode {
        say(&self.text);
        ExitCode::from(self.status)
    }
}

/// Tells people something on standard error.
pub(crate) fn say(text: &str) {
    #[expect(clippy::print_stderr, reason = "this is the terminal's error output")]
    for line in text.lines() {
        eprintln!("archiver: {line}");
    }
}

impl From<domain::Error> for Failure {
    fn from(error: domain::Error) -> Failure {
        let status = match error.kind() {
            // A key that is refused is a configuration that is wrong.
            Kind::Config | Kind::Unauthorized => USAGE,
            _ => ERROR,
        };
        Failure {
            status,
            text: sentence(&error.to_string()),
        }
    }
}

impl From<Faults> for Failure {
    fn from(faults: Faults) -> Failure {
        Failure::usage(faults.to_string())
    }
}

impl From<anyhow::Error> for Failure {
    fn from(error: anyhow::Error) -> Failure {
        Failure {
            status: ERROR,
            text: sentence(&format!("{error:#}")),
        }
    }
}

/// Ends with a full stop, like a sentence.
fn sentence(text: &str) -> String {
    if text.ends_with(['.', '!', '?']) {
        text.to_owned()
    } else {
        format!("{text}.")
    }
}
