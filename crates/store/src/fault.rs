//! Whatever the database answers, judged in one place. Sentences name no value
//! and no password: of the driver's own text only the code is passed on.

use domain::{Error, Kind, Verdict};

/// A failure inside this crate, before it is judged.
#[derive(Debug)]
pub(crate) enum Fault {
    /// The driver's.
    Sql(sqlx::Error),
    /// Ours, judged already.
    Told(Error),
}

impl From<sqlx::Error> for Fault {
    fn from(error: sqlx::Error) -> Fault {
        Fault::Sql(error)
    }
}

impl From<Error> for Fault {
    fn from(error: Error) -> Fault {
        Fault::Told(error)
    }
}

impl From<serde_json::Error> for Fault {
    fn from(_: serde_json::Error) -> Fault {
        Fault::Told(unreadable("a value"))
    }
}

impl Fault {
    /// Whether the database undid a transaction only because of another one:
    /// it is certain that nothing happened, so it may run again.
    pub(crate) fn is_collision(&self) -> bool {
        matches!(code(self).as_deref(), Some("40001" | "40P01"))
    }

    /// The error for everyone else.
    pub(crate) fn told(self) -> Error {
        match self {
            Fault::Told(error) => error,
            Fault::Sql(sqlx::Error::Database(error)) => match error.code() {
                Some(code) => coded(&code),
                None => unknown(),
            },
            Fault::Sql(error) => uncoded(error),
        }
    }
}

/// A row, or a value in one, that this version does not understand.
pub(crate) fn unreadable(what: &str) -> Error {
    Error::new(
        Kind::Storage,
        format!("{what} in the database cannot be read"),
    )
    .verdict_is(Verdict::GiveUp)
    .remedy("Was it written by a newer archiver? Start that version.")
}

fn code(fault: &Fault) -> Option<String> {
    match fault {
        Fault::Sql(sqlx::Error::Database(error)) => error.code().map(Into::into),
        _ => None,
    }
}

fn unknown() -> Error {
    Error::new(Kind::Storage, "the database refused a statement")
}

/// What the driver itself says, without the database.
fn uncoded(error: sqlx::Error) -> Error {
    match error {
        // Our own words come back out of the driver's box.
        sqlx::Error::Configuration(cause) => match cause.downcast::<Error>() {
            Ok(ours) => *ours,
            Err(_) => Error::new(Kind::Config, "the database URL cannot be used")
                .remedy("Check ARCHIVER_DATABASE_URL."),
        },
        sqlx::Error::Io(cause) => Error::new(
            Kind::Storage,
            format!("the database cannot be reached: {}", cause.kind()),
        )
        .remedy(
            "Is it running, and is its address right? Archiver goes on by itself when it is back.",
        ),
        sqlx::Error::Tls(_) => Error::new(
            Kind::Config,
            "the database's TLS certificate is not accepted",
        )
        .remedy("Add its authority with SSL_CERT_FILE, or correct sslmode in the database URL."),
        sqlx::Error::PoolTimedOut => Error::new(
            Kind::Storage,
            "no connection to the database became free in time",
        )
        .remedy("The database is overloaded or away; archiver goes on by itself when it is back."),
        sqlx::Error::ColumnDecode { index, .. } => unreadable(&format!("the column {index}")),
        sqlx::Error::Decode(_) | sqlx::Error::ColumnNotFound(_) | sqlx::Error::RowNotFound => {
            unreadable("a row")
        }
        sqlx::Error::PoolClosed | sqlx::Error::WorkerCrashed => {
            Error::new(Kind::Storage, "the database is closed")
        }
        _ => Error::new(Kind::Storage, "the database connection broke"),
    }
}

/// SQLite's result codes are numbers, PostgreSQL's have five characters.
fn coded(code: &str) -> Error {
    let error = match (code.len(), code.parse::<i32>()) {
        (1..=4, Ok(number)) => sqlite(number),
        _ => postgres(code),
    };
    error.code_is(code)
}

const GOES_ON: &str = "nothing archived is lost, and the backup goes on by itself.";

fn full() -> Error {
    Error::new(Kind::Storage, "the disk with the database is full")
        .remedy(format!("Free some space: {GOES_ON}"))
}

/// SQLite documentation, result and error codes; the low byte is the family.
fn sqlite(code: i32) -> Error {
    match code & 0xff {
        5 | 6 => Error::new(Kind::Storage, "another process keeps the database locked")
            .remedy("Stop the other archiver that uses this file."),
        8 => Error::new(Kind::Storage, "the database can only be read")
            .remedy("Is the disk mounted read-only, or the file another user's?"),
        10 => Error::new(Kind::Storage, "the disk with the database fails")
            .remedy("Look at the system's log and check the disk before starting archiver again."),
        11 | 26 => Error::new(Kind::Storage, "the database file is damaged")
            .verdict_is(Verdict::GiveUp)
            .remedy(
                "Stop archiver and put a copy of the file back; the archive itself is not touched.",
            ),
        13 => full(),
        14 => Error::new(Kind::Storage, "the database file cannot be opened")
            .remedy("Does it exist, and may archiver write to it and to its folder?"),
        19 => broken_rule(),
        _ => unknown(),
    }
}

/// PostgreSQL documentation, appendix A: error codes.
fn postgres(code: &str) -> Error {
    match code {
        "53100" => full(),
        "53300" => Error::new(Kind::Storage, "PostgreSQL has no connection left")
            .remedy("Raise its max_connections, or run fewer workers."),
        "28P01" | "28000" => Error::new(Kind::Config, "PostgreSQL refuses the user or password")
            .remedy("Correct ARCHIVER_DATABASE_URL."),
        "3D000" => Error::new(Kind::Config, "PostgreSQL has no such database")
            .remedy("Make it with createdb, or correct ARCHIVER_DATABASE_URL."),
        "42501" => Error::new(Kind::Config, "PostgreSQL does not permit it to this user")
            .remedy("Make the user the owner of the database."),
        "25006" => Error::new(Kind::Storage, "PostgreSQL can only be read")
            .remedy("Is it a replica? Name the primary in ARCHIVER_DATABASE_URL."),
        "55P03" => Error::new(
            Kind::Storage,
            "another worker writes for this company for too long",
        ),
        "57014" => Error::new(Kind::Storage, "PostgreSQL took too long for a statement"),
        _ => match code.get(..2) {
            Some("08" | "57") => Error::new(Kind::Storage, "the connection to PostgreSQL broke")
                .remedy("Archiver goes on by itself when it is back."),
            Some("23") => broken_rule(),
            _ => unknown(),
        },
    }
}

/// Foreign keys and the like: something was named before it was kept.
fn broken_rule() -> Error {
    Error::new(
        Kind::Storage,
        "it names something that is not in the database, or contradicts it",
    )
    .verdict_is(Verdict::GiveUp)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_full_disk_is_told_so_on_both_databases() {
        for code in ["13", "53100"] {
            let error = coded(code);
            assert_eq!(error.kind(), Kind::Storage);
            assert_eq!(error.verdict(), Verdict::Retry);
            assert!(error.to_string().contains("disk with the database is full"));
            assert!(error.to_string().contains("nothing archived is lost"));
        }
    }

    #[test]
    fn extended_codes_belong_to_their_family() {
        for (code, words) in [
            ("517", "locked"),
            ("2570", "disk with the database fails"),
            ("787", "not in the database"),
            ("57P01", "connection to PostgreSQL broke"),
            ("28P01", "user or password"),
            ("XX000", "refused a statement"),
        ] {
            assert!(
                coded(code).to_string().contains(words),
                "{code}: {}",
                coded(code)
            );
        }
    }

    #[test]
    fn what_the_driver_says_about_values_stays_inside() {
        let error = Fault::Sql(sqlx::Error::ColumnDecode {
            index: "facts".to_owned(),
            source: "hunter2".into(),
        });
        assert!(!error.told().to_string().contains("hunter2"));
        let error = Fault::Sql(sqlx::Error::Configuration("hunter2".into()));
        assert!(!error.told().to_string().contains("hunter2"));
    }
}
