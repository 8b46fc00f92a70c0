//! Dropbox's path rules: the patterns of files.stone (a breach is 400), and
//! the names that are malformed or disallowed (409). Knows no stored file.

use super::error::Failure;
use super::fold;
use super::options::NonBmp;

/// Which alias of files.stone a route's path has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum PathKind {
    /// `WritePath`
    Write,
    /// `WritePathOrId`
    WriteOrId,
    /// `ReadPath`
    Read,
    /// `PathROrId`: a folder, the root being the empty string.
    Folder,
}

const SLASH: &str = r"(/(.|[\\r\\n])*)";
const NAMESPACE: &str = r"(ns:[0-9]+(/(.|[\\r\\n])*)?)";

impl PathKind {
    /// The pattern as the service prints it.
    fn pattern(self) -> String {
        match self {
            Self::Write => format!("{SLASH}|{NAMESPACE}"),
            Self::WriteOrId => format!("{SLASH}|{NAMESPACE}|(id:.*)"),
            Self::Read => format!(r"(/(.|[\\r\\n])*|id:.*)|(rev:[0-9a-f]{{9,}})|{NAMESPACE}"),
            Self::Folder => format!(r"(/(.|[\\r\\n])*)?|id:.*|{NAMESPACE}"),
        }
    }

    /// Reads an argument. The message of a refusal follows the argument's
    /// place in a 400 answer.
    pub(super) fn read(self, text: &str) -> Result<Reference, String> {
        let reads = matches!(self, Self::Read | Self::Folder);
        match text {
            "/" if reads => {
                return Err(
                    "Specify the root folder as an empty string rather than as \"/\".".to_owned(),
                );
            }
            "" if self == Self::Read => return Err("The root folder is unsupported.".to_owned()),
            "" if self == Self::Folder => return Ok(Reference::Path(String::new())),
            _ => {}
        }
        if text.starts_with('/') {
            return Ok(Reference::Path(text.to_owned()));
        }
        if text.starts_with("id:") && self != Self::Write {
            return Ok(Reference::Id(text.to_owned()));
        }
        if let Some(rev) = text.strip_prefix("rev:").filter(|_| self == Self::Read)
            && rev.len() >= 9
            && rev.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f'))
        {
            return Ok(Reference::Rev(rev.to_owned()));
        }
        if let Some(rest) = text.strip_prefix("ns:") {
            let (number, path) = rest.find('/').map_or((rest, ""), |at| rest.split_at(at));
            if !number.is_empty() && number.bytes().all(|b| b.is_ascii_digit()) {
                return Ok(Reference::Namespace(number.to_owned(), path.to_owned()));
            }
        }
        Err(format!(
            "'{text}' did not match pattern '{}'",
            self.pattern()
        ))
    }
}

/// What an argument points at, before anything is looked up.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Reference {
    /// A path from the app's root; empty for the root itself.
    Path(String),
    /// `id:…`
    Id(String),
    /// A revision.
    Rev(String),
    /// A namespace's number and the path within it.
    Namespace(String, String),
}

/// A well-formed path in its two spellings.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Spelling {
    /// As the caller wrote it, single slashes; empty for the root.
    pub(super) display: String,
    /// As Dropbox compares it.
    pub(super) lower: String,
}

/// What is wrong with a path's form.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Malformation {
    /// `malformed_path`
    Malformed,
    /// `disallowed_name`: only writes mind.
    Disallowed,
}

/// Longest name, in UTF-16 units.
const LONGEST_NAME: usize = 255;

impl Spelling {
    /// Checks every name of a path and collapses doubled slashes.
    pub(super) fn parse(path: &str, non_bmp: NonBmp) -> Result<Self, Malformation> {
        if path.ends_with('/') || path.ends_with(char::is_whitespace) {
            return Err(Malformation::Malformed);
        }
        let mut display = String::new();
        for name in path.split('/').filter(|name| !name.is_empty()) {
            if is_malformed(name, non_bmp) {
                return Err(Malformation::Malformed);
            }
            display.push('/');
            display.push_str(name);
        }
        let lower = fold::lower(&display);
        if lower.split('/').any(is_disallowed) {
            return Err(Malformation::Disallowed);
        }
        Ok(Self { display, lower })
    }

    /// The last name.
    pub(super) fn name(&self) -> &str {
        name_of(&self.display)
    }
}

/// The last name of a path.
pub(super) fn name_of(path: &str) -> &str {
    path.rsplit('/').next().unwrap_or(path)
}

/// The path of the folder that a path lies in; empty for the root.
pub(super) fn parent_of(path: &str) -> &str {
    path.rfind('/').map_or("", |at| &path[..at])
}

fn is_malformed(name: &str, non_bmp: NonBmp) -> bool {
    name == "."
        || name == ".."
        || name.ends_with(char::is_whitespace)
        || name.contains(['\\', '\0', '\u{7f}'])
        || name.encode_utf16().count() > LONGEST_NAME
        || (non_bmp == NonBmp::Reject && name.chars().any(|c| c > '\u{FFFF}'))
}

/// Names that Dropbox will not save, already folded.
fn is_disallowed(name: &str) -> bool {
    const NAMES: [&str; 7] = [
        "desktop.ini",
        "thumbs.db",
        ".ds_store",
        "icon\r",
        ".dropbox",
        ".dropbox.attr",
        ".dropbox.cache",
    ];
    NAMES.contains(&name)
        || name.starts_with("~$")
        || name.starts_with(".~")
        || name
            .strip_prefix('~')
            .and_then(|rest| rest.strip_suffix(".tmp"))
            .is_some()
}

impl From<Malformation> for super::error::Lookup {
    /// Nothing can lie under a disallowed name, so a lookup just misses.
    fn from(malformation: Malformation) -> Self {
        match malformation {
            Malformation::Malformed => Self::MalformedPath,
            Malformation::Disallowed => Self::NotFound,
        }
    }
}

impl From<Malformation> for super::error::Write {
    fn from(malformation: Malformation) -> Self {
        match malformation {
            Malformation::Malformed => Self::MalformedPath,
            Malformation::Disallowed => Self::DisallowedName,
        }
    }
}

/// A reference in an argument, or the 400 that names its place.
pub(super) fn argument(kind: PathKind, text: &str, place: &str) -> Result<Reference, Failure> {
    kind.read(text)
        .map_err(|why| Failure::BadRequest(format!("{place}: {why}")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patterns_are_those_of_the_service() {
        let refused = PathKind::WriteOrId.read("pack.zip").unwrap_err();
        assert_eq!(
            refused,
            r"'pack.zip' did not match pattern '(/(.|[\\r\\n])*)|(ns:[0-9]+(/(.|[\\r\\n])*)?)|(id:.*)'"
        );
        assert!(PathKind::Read.read("rev:0123abcde").is_ok());
        assert!(PathKind::Read.read("rev:012").is_err());
        assert!(PathKind::Write.read("id:abc").is_err());
        assert!(PathKind::Folder.read("").is_ok());
        assert!(
            PathKind::Folder
                .read("/")
                .unwrap_err()
                .contains("empty string")
        );
        assert!(PathKind::Read.read("").unwrap_err().contains("root folder"));
        assert_eq!(
            PathKind::Read.read("ns:12/a").unwrap(),
            Reference::Namespace("12".to_owned(), "/a".to_owned())
        );
    }

    #[test]
    fn names_are_judged() {
        let parse = |path: &str| Spelling::parse(path, NonBmp::Reject);
        let long = format!("/{}", "x".repeat(256));
        for malformed in [
            "/a/", "/a ", "/a /b", "/a\\b", "/a\u{7f}", "/😀", "/..", &long,
        ] {
            assert_eq!(
                parse(malformed),
                Err(Malformation::Malformed),
                "{malformed}"
            );
        }
        for disallowed in ["/Desktop.ini", "/a/.DS_Store/b", "/~$x.doc", "/.~lock"] {
            assert_eq!(parse(disallowed), Err(Malformation::Disallowed));
        }
        assert!(parse(&format!("/{}", "ü".repeat(255))).is_ok());
        assert!(Spelling::parse("/😀", NonBmp::Accept).is_ok());
        let doubled = parse("//Name//B.txt").unwrap();
        assert_eq!(
            (doubled.display.as_str(), doubled.name()),
            ("/Name/B.txt", "B.txt")
        );
        assert_eq!(doubled.lower, "/name/b.txt");
    }
}
