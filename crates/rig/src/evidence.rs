//! The evidence folder: which files may lie there, and what a checker that
//! shares no line with the product (`scripts/check-manifests`) says of them.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use anyhow::{Context, Result, bail};

use crate::world::World;

/// Which names a place may have.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Names {
    /// The first that is tried, and no other.
    First,
    /// Others, too, as ` v2`: the database was lost or restored, and what lies
    /// at the first was put by what is gone.
    Later,
}

/// What lies outside every archive's root is no evidence, and what lies in any
/// other folder of that name neither. The app's folder may stand before it.
const FOLDER: &str = "/Archive/_archiver/";

/// Whether the product puts evidence at this path, and nothing else.
pub(crate) fn is_place(path: &str, names: Names) -> bool {
    let Some((before, inner)) = path.split_once(FOLDER) else {
        return false;
    };
    // `/Apps/NAME`, or nothing.
    let app = before.strip_prefix("/Apps/");
    if !before.is_empty() && !app.is_some_and(|name| !name.is_empty() && !name.contains('/')) {
        return false;
    }
    let parts: Vec<&str> = inner.split('/').collect();
    match parts[..] {
        [file] => is_named(file, names, &["txt"], |stem| stem == "README"),
        ["manifests", key, thousand, file] => {
            let is_hex = |it: char| it.is_ascii_digit() || ('a'..='f').contains(&it);
            let of_key = key.len() == 16 && key.chars().all(is_hex);
            let of_chain = is_number(thousand, 5);
            let is_manifest = |stem: &str| is_number(stem, 8);
            of_key && of_chain && is_named(file, names, &["jsonl", "sha256"], is_manifest)
        }
        _ => false,
    }
}

fn is_named(file: &str, names: Names, kinds: &[&str], is_stem: impl Fn(&str) -> bool) -> bool {
    let Some((mut stem, kind)) = file.rsplit_once('.') else {
        return false;
    };
    // A manifest may be a later one, and so may its list of sums.
    for _ in 0..2 {
        if names == Names::Later
            && let Some((before, version)) = stem.rsplit_once(" v")
            && is_number(version, 1)
        {
            stem = before;
        }
    }
    kinds.contains(&kind) && is_stem(stem)
}

fn is_number(text: &str, digits: usize) -> bool {
    text.len() == digits && text.bytes().all(|it| it.is_ascii_digit())
}

/// What the checker said of one archive.
#[derive(Debug, Default)]
pub(crate) struct Proof {
    /// Of how many items the manifests tell.
    pub(crate) items: usize,
    /// What is wrong, in its words.
    pub(crate) wrong: Vec<String>,
}

/// Checks the manifests of a copy: `root` holds `_archiver`; `key` is what
/// `archiver evidence key` printed.
pub(crate) fn check(root: &Path, key: &str) -> Result<Proof> {
    let checker = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../scripts/check-manifests");
    let told = Command::new("python3")
        .arg(checker)
        .arg(root)
        .arg(key)
        .output()
        .context("python3 cannot be started")?;
    proof(&told)
}

fn proof(told: &Output) -> Result<Proof> {
    let text = String::from_utf8_lossy(&told.stdout);
    let mut lines: Vec<&str> = text.lines().collect();
    // `3 manifests, 11 items, 0 wrong`.
    let last = lines.pop().unwrap_or_default();
    let numbers: Vec<usize> = last
        .split(", ")
        .filter_map(|it| it.split(' ').next()?.parse().ok())
        .collect();
    let [manifests, items, _] = numbers[..] else {
        bail!("{}", String::from_utf8_lossy(&told.stderr));
    };
    let mut wrong: Vec<String> = lines.into_iter().map(str::to_owned).collect();
    if manifests == 0 {
        wrong.push("there is no manifest".to_owned());
    }
    if wrong.is_empty() && !told.status.success() {
        wrong.push(format!("the checker ended with {}", told.status));
    }
    Ok(Proof { items, wrong })
}

/// A copy of all that lies in Dropbox, as somebody would make it with any
/// program; gives back what holds `_archiver`.
pub(crate) fn copied(world: &World, to: &Path) -> Result<PathBuf> {
    let mut root = None;
    for file in world.files()? {
        let place = to.join(file.path_display.trim_start_matches('/'));
        if let Some((before, _)) = file.path_display.split_once(FOLDER) {
            root = Some(format!("{before}/Archive"));
        }
        fs::create_dir_all(place.parent().context("a folder")?)?;
        fs::write(place, world.bytes(&file.path_display)?)?;
    }
    let root = root.context("there is no evidence in Dropbox")?;
    Ok(to.join(root.trim_start_matches('/')))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_the_product_puts_there_is_evidence() {
        let manifests = "/Archive/_archiver/manifests/0123456789abcdef/00000";
        for good in [
            "/Archive/_archiver/README.txt",
            "/Apps/RingCentral Application/Archive/_archiver/README.txt",
            &format!("{manifests}/00000001.jsonl"),
            &format!("{manifests}/00000001.sha256"),
        ] {
            assert!(is_place(good, Names::First), "{good}");
        }
        for later in [
            "/Archive/_archiver/README v2.txt",
            &format!("{manifests}/00000001 v2.jsonl"),
            &format!("{manifests}/00000001 v2 v3.sha256"),
        ] {
            assert!(!is_place(later, Names::First), "{later}");
            assert!(is_place(later, Names::Later), "{later}");
        }
        for bad in [
            "/Archive/101 A/_archiver/README.txt",
            "/Archive/101 A/Archive/_archiver/README.txt",
            "/Archive/_archiver/2026-06/a rec1.mp3",
            "/Archive/_archiver/a rec1.mp3",
            "/Archive/_archiver/README.txt/a",
            "/Archive/_archiver/manifests/00000001.jsonl",
            "/Archive/_archiver/manifests/0123456789ABCDEF/00000/00000001.jsonl",
            &format!("{manifests}/00000001.mp3"),
            &format!("{manifests}/1.jsonl"),
            &format!("{manifests}/00000001 v.jsonl"),
        ] {
            assert!(!is_place(bad, Names::Later), "{bad}");
        }
    }
}
