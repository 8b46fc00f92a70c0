//! The house rules that a machine can keep: who may name whom, how big a
//! function and a file may be, that every module says what it is.
#![expect(clippy::expect_used, reason = "a test that cannot go on says so")]

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

const FUNCTION_LINES: usize = 70;
const FILE_LINES: usize = 400;
const BANNED: [&str; 7] = [
    "util", "utils", "helper", "helpers", "common", "misc", "shared",
];

/// Which of our crates each crate may use, outside its tests; and a sentence
/// of ARCHITECTURE.md to break to change it.
const WALLS: [(&str, &[&str], &str); 13] = [
    ("domain", &[], "The words depend on nothing of ours."),
    (
        "outbound",
        &["domain"],
        "The door does not know what an Item is.",
    ),
    (
        "source-ringcentral",
        &["domain", "outbound"],
        "A provider knows no other provider, no store and no engine.",
    ),
    (
        "destination-dropbox",
        &["domain", "outbound"],
        "A provider knows no other provider, no store and no engine.",
    ),
    (
        "destination-folder",
        &["domain"],
        "A folder needs no network.",
    ),
    (
        "store",
        &["domain"],
        "The memory knows no rule about backups and no provider.",
    ),
    (
        "engine",
        &["domain"],
        "The flow knows ports, never who stands behind them.",
    ),
    (
        "web",
        &["domain"],
        "The pages and the engine meet in the store.",
    ),
    (
        "sim",
        &[],
        "The simulators must not repeat our misreadings.",
    ),
    ("testkit", &["domain"], "Only ever a dev-dependency."),
    (
        "rig",
        &[],
        "Its oracle must not repeat the product's mistakes.",
    ),
    (
        "bench",
        &[],
        "It measures the released binary, as anybody could.",
    ),
    (
        "archiver",
        &[
            "domain",
            "engine",
            "outbound",
            "source-ringcentral",
            "destination-dropbox",
            "destination-folder",
            "store",
            "web",
            "sim",
        ],
        "The binary assembles.",
    ),
];

/// Third parties that only some crates may name.
const WARDS: [(&str, &[&str]); 10] = [
    ("sqlx", &["store", "rig"]),
    ("reqwest", &["outbound", "bench"]),
    ("axum", &["web", "sim", "archiver"]),
    ("askama", &["web"]),
    ("clap", &["archiver", "rig", "bench"]),
    ("indicatif", &["archiver"]),
    ("anyhow", &["archiver", "rig", "bench"]),
    ("lettre", &["archiver"]),
    ("prometheus-client", &["archiver"]),
    ("chacha20poly1305", &["store"]),
];

/// Words that must not stand in a crate's sources: the name behind a port.
const STRANGERS: [(&str, &[&str]); 4] = [
    (
        "engine",
        &[
            "ringcentral::",
            "dropbox::",
            "sqlx",
            "reqwest",
            "SystemTime",
        ],
    ),
    (
        "outbound",
        &["ArchivePath", "Extension", "Voicemail", "sqlx"],
    ),
    ("web", &["reqwest", "sqlx", "use engine"]),
    ("store", &["reqwest", "use engine"]),
];

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .ancestors()
        .nth(2)
        .expect("crates/archiver lies two folders deep")
        .to_owned()
}

fn rust_files(folder: &Path, found: &mut Vec<PathBuf>) {
    let Ok(entries) = fs::read_dir(folder) else {
        return;
    };
    for entry in entries {
        let path = entry.expect("a readable entry").path();
        if path.is_dir() {
            rust_files(&path, found);
        } else if path.extension().is_some_and(|it| it == "rs") {
            found.push(path);
        }
    }
}

/// The sources of a crate, without its tests.
fn sources(name: &str) -> Vec<(PathBuf, String)> {
    let mut files = Vec::new();
    rust_files(&root().join("crates").join(name).join("src"), &mut files);
    files
        .into_iter()
        .filter(|path| !is_test(path))
        .map(|path| {
            let text = fs::read_to_string(&path).expect("readable source");
            (path, text)
        })
        .collect()
}

/// `tests.rs` and `…_tests.rs` beside the code, folders of them, and the law
/// books, which are tests and lists of tests.
fn is_test(path: &Path) -> bool {
    let named = |it: &std::ffi::OsStr| it.to_str().is_some_and(|it| it.ends_with("tests"));
    path.file_stem().is_some_and(named) || path.iter().any(|it| it == "tests" || it == "laws")
}

/// The functions of the Store, one a line: nothing to read from top to bottom.
fn is_table(path: &Path) -> bool {
    path.ends_with("domain/src/ports/functions.rs")
}

/// Everything before the inline tests.
fn without_tests(text: &str) -> &str {
    text.find("#[cfg(test)]").map_or(text, |at| &text[..at])
}

fn dependencies(name: &str, section: &str) -> Vec<String> {
    let manifest = root().join("crates").join(name).join("Cargo.toml");
    let table: toml::Table = fs::read_to_string(manifest)
        .expect("a manifest")
        .parse()
        .expect("valid TOML");
    table
        .get(section)
        .and_then(toml::Value::as_table)
        .map(|it| it.keys().cloned().collect())
        .unwrap_or_default()
}

fn no_faults(faults: &[String]) {
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

#[test]
fn crates_name_only_whom_they_may() {
    let ours: BTreeMap<&str, _> = WALLS
        .iter()
        .map(|(name, may, why)| (*name, (may, why)))
        .collect();
    let mut faults = Vec::new();
    for (name, (may, why)) in &ours {
        for dependency in dependencies(name, "dependencies") {
            if ours.contains_key(dependency.as_str()) && !may.contains(&dependency.as_str()) {
                faults.push(format!("{name} must not depend on {dependency}: {why}"));
            }
            for (ward, keepers) in WARDS {
                if dependency == ward && !keepers.contains(name) {
                    faults.push(format!("{ward} belongs to {keepers:?}, not to {name}"));
                }
            }
        }
    }
    let folders = fs::read_dir(root().join("crates")).expect("crates").count();
    assert_eq!(folders, ours.len(), "a new crate needs a line in WALLS");
    no_faults(&faults);
}

#[test]
fn nobody_speaks_of_what_stands_behind_a_port() {
    let mut faults = Vec::new();
    for (name, words) in STRANGERS {
        for (path, text) in sources(name) {
            for word in words
                .iter()
                .filter(|it| without_tests(&text).contains(**it))
            {
                faults.push(format!("{} names {word}", path.display()));
            }
        }
    }
    no_faults(&faults);
}

#[test]
fn functions_and_files_stay_small() {
    let mut faults = Vec::new();
    for (name, _, _) in WALLS {
        for (path, text) in sources(name) {
            let code = without_tests(&text);
            let lines = code.lines().count();
            if lines > FILE_LINES && !is_table(&path) {
                faults.push(format!(
                    "{}: {lines} lines (limit {FILE_LINES})",
                    path.display()
                ));
            }
            for (function, length) in functions(code) {
                if length > FUNCTION_LINES {
                    faults.push(format!(
                        "{}: `{function}` has {length} lines (limit {FUNCTION_LINES})",
                        path.display()
                    ));
                }
            }
        }
    }
    no_faults(&faults);
}

/// Each function with its length, by rustfmt's indentation.
fn functions(code: &str) -> Vec<(String, usize)> {
    let lines: Vec<&str> = code.lines().collect();
    let mut found = Vec::new();
    for (at, line) in lines.iter().enumerate() {
        let body = line.trim_start();
        let indent = line.len() - body.len();
        let Some(name) = function_name(body) else {
            continue;
        };
        let end = format!("{}}}", " ".repeat(indent));
        let length = lines[at..].iter().position(|it| **it == end);
        if let Some(length) = length {
            found.push((name.to_owned(), length + 1));
        }
    }
    found
}

fn function_name(line: &str) -> Option<&str> {
    let mut words = line.split_whitespace();
    loop {
        match words.next()? {
            "fn" => return words.next()?.split(['(', '<']).next(),
            "async" | "const" | "pub" => {}
            word if word.starts_with("pub(") => {}
            _ => return None,
        }
    }
}

#[test]
fn every_module_says_what_it_is() {
    let mut faults = Vec::new();
    for (name, _, _) in WALLS {
        for (path, text) in sources(name) {
            if !text.starts_with("//! ") {
                faults.push(format!("{} does not open with a sentence", path.display()));
            }
            let stem = path
                .file_stem()
                .and_then(|it| it.to_str())
                .unwrap_or_default();
            if BANNED.contains(&stem) {
                faults.push(format!("{}: the name says nothing", path.display()));
            }
        }
    }
    no_faults(&faults);
}

#[test]
fn every_dependency_has_a_reason() {
    let manifest = fs::read_to_string(root().join("Cargo.toml")).expect("the manifest");
    let list = manifest
        .split("[workspace.dependencies]")
        .nth(1)
        .and_then(|rest| rest.split("\n[").next())
        .expect("a list of dependencies");
    let faults: Vec<String> = list
        .lines()
        .filter(|line| line.contains('=') && !line.starts_with('#') && !line.contains("path ="))
        .filter(|line| !line.contains('#'))
        .map(|line| format!("no reason beside: {line}"))
        .collect();
    no_faults(&faults);
}

/// Names of tests in a document: words in code with underscores.
fn named_tests(text: &str) -> impl Iterator<Item = &str> {
    let words = text.split('`').skip(1).step_by(2);
    words.filter(|word| {
        let plain = |it: u8| it.is_ascii_lowercase() || it.is_ascii_digit() || it == b'_';
        word.contains('_') && word.bytes().all(plain)
    })
}

#[test]
fn every_test_that_the_security_documents_name_exists() {
    let mut files = Vec::new();
    rust_files(&root().join("crates"), &mut files);
    let code = files.iter().map(fs::read_to_string);
    let code: String = code.map(|it| it.expect("readable source")).collect();
    let mut faults = Vec::new();
    let mut named = 0;
    for document in ["SECURITY.md", "docs/asvs.md"] {
        let text = fs::read_to_string(root().join(document)).expect("the document");
        for name in named_tests(&text) {
            named += 1;
            let there = [format!("fn {name}("), format!("fn {name}<")];
            if !there.iter().any(|it| code.contains(it.as_str())) {
                faults.push(format!("{document} names a test that is not there: {name}"));
            }
        }
    }
    assert!(named > 100, "{named} tests are named");
    no_faults(&faults);
}

#[test]
fn every_item_of_the_standard_stands_in_the_table_once() {
    let text = fs::read_to_string(root().join("docs/asvs.md")).expect("the table");
    let mut levels: BTreeMap<&str, usize> = BTreeMap::new();
    let mut items = BTreeMap::new();
    for row in text.lines().filter(|it| it.starts_with("| ")) {
        let cells: Vec<&str> = row.split(" | ").collect();
        let item = cells[0].trim_start_matches("| ");
        let is_item =
            item.split('.').count() == 3 && item.starts_with(|it: char| it.is_ascii_digit());
        if is_item && cells.len() == 5 {
            assert!(
                items.insert(item, row).is_none(),
                "{item} stands there twice"
            );
            *levels.entry(cells[1]).or_default() += 1;
            let states = ["met", "**not met**", "operator", "does not apply"];
            assert!(states.contains(&cells[3]), "{item}: {}", cells[3]);
            assert!(cells[4].len() > 4, "{item} says nothing");
        }
    }
    // The standard's own counts: 70 of level 1, 183 of level 2.
    assert_eq!(levels, BTreeMap::from([("1", 70), ("2", 183)]));
    for state in ["met", "not met", "the operator's to meet", "do not apply"] {
        let word = match state {
            "not met" => "| **not met** |",
            "the operator's to meet" => "| operator |",
            "do not apply" => "| does not apply |",
            _ => "| met |",
        };
        let count = items.values().filter(|it| it.contains(word)).count();
        let told = format!("{count} {state}");
        assert!(
            text.replace('\n', " ").contains(&told),
            "the head does not say: {told}"
        );
    }
}
