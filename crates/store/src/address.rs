//! Where the database is: a file, or a PostgreSQL server. The only place that
//! reads a database URL; its password never leaves through `Debug` or
//! `Display`.

use std::fmt;
use std::path::{Path, PathBuf};

use domain::{Error, Kind, Result, Secret};
use url::Url;

/// Where the database is.
#[derive(Clone, PartialEq, Eq)]
pub enum DatabaseUrl {
    /// An SQLite file.
    Sqlite(PathBuf),
    /// A PostgreSQL server, `postgres://user:password@host/database`.
    Postgres(Secret),
}

impl DatabaseUrl {
    /// From the words of a configuration: `sqlite:PATH` or `postgres://…`.
    /// An error does not repeat the words: they may hold a password.
    pub fn parse(words: &str) -> Result<DatabaseUrl> {
        if let Some(path) = words.strip_prefix("sqlite:") {
            let path = path.strip_prefix("//").unwrap_or(path);
            if path.is_empty() || path.contains('?') {
                return Err(wrong("the database URL names no SQLite file"));
            }
            return Ok(DatabaseUrl::Sqlite(PathBuf::from(path)));
        }
        if words.starts_with("postgres:") || words.starts_with("postgresql:") {
            let url = Url::parse(words).map_err(|_| wrong("the database URL cannot be read"))?;
            if url.host_str().is_none() && !words.contains("host=") {
                return Err(wrong("the database URL names no PostgreSQL server"));
            }
            return Ok(DatabaseUrl::Postgres(Secret::new(words)));
        }
        Err(wrong("the database URL is of no known kind"))
    }

    /// As sqlx wants it. The path must be absolute.
    pub(crate) fn for_driver(&self) -> Result<Secret> {
        match self {
            DatabaseUrl::Postgres(url) => Ok(url.clone()),
            DatabaseUrl::Sqlite(path) => {
                Ok(Secret::new(format!("sqlite://{}?mode=rw", encoded(path)?)))
            }
        }
    }
}

fn wrong(what: &str) -> Error {
    Error::new(Kind::Config, what)
        .remedy("Write sqlite:PATH or postgres://USER:PASSWORD@HOST/DATABASE.")
}

/// Percent-encodes everything that could mean something in a URL.
fn encoded(path: &Path) -> Result<String> {
    let text = path.to_str().ok_or_else(|| {
        Error::new(Kind::Config, "the path of the database file is not UTF-8")
            .remedy("Choose a data directory with a plain name.")
    })?;
    let encoded = text.bytes().map(|byte| match byte {
        b'/' | b'-' | b'.' | b'_' | b'0'..=b'9' | b'a'..=b'z' | b'A'..=b'Z' => {
            char::from(byte).to_string()
        }
        other => format!("%{other:02X}"),
    });
    Ok(encoded.collect())
}

impl fmt::Display for DatabaseUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            DatabaseUrl::Sqlite(path) => write!(f, "{}", path.display()),
            DatabaseUrl::Postgres(url) => match Url::parse(url.expose()) {
                Ok(url) => write!(
                    f,
                    "PostgreSQL at {}:{}{}",
                    url.host_str().unwrap_or("localhost"),
                    url.port().unwrap_or(5432),
                    url.path()
                ),
                Err(_) => f.write_str("PostgreSQL"),
            },
        }
    }
}

impl fmt::Debug for DatabaseUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "DatabaseUrl({self})")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_become_an_address_and_the_password_stays_inside() {
        assert_eq!(
            DatabaseUrl::parse("sqlite:///var/lib/a.db").unwrap(),
            DatabaseUrl::Sqlite("/var/lib/a.db".into())
        );
        assert_eq!(
            DatabaseUrl::parse("sqlite:a.db").unwrap(),
            DatabaseUrl::Sqlite("a.db".into())
        );
        let there = DatabaseUrl::parse("postgres://me:hunter2@db.example/archive").unwrap();
        assert_eq!(there.to_string(), "PostgreSQL at db.example:5432/archive");
        assert!(!format!("{there:?}").contains("hunter2"));

        for wrong in [
            "",
            "sqlite:",
            "mysql://me:hunter2@x/y",
            "postgres://me:hunter2@:x",
        ] {
            let error = DatabaseUrl::parse(wrong).unwrap_err();
            assert_eq!(error.kind(), Kind::Config);
            assert!(!error.to_string().contains("hunter2"), "{error}");
        }
    }

    #[test]
    fn a_path_means_only_itself() {
        let url = DatabaseUrl::Sqlite("/a b/50% off?#/ü.db".into());
        assert_eq!(
            url.for_driver().unwrap().expose(),
            "sqlite:///a%20b/50%25%20off%3F%23/%C3%BC.db?mode=rw"
        );
    }
}
