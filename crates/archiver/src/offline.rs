//! `archiver verify --manifests`: a copy of an archive, checked with nothing
//! but the manifests in it and a public key. No network, no database, no
//! configuration.

mod copy;
mod told;

use std::collections::{BTreeMap, HashSet};
use std::fs;
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::Context;
use domain::archive_path::{ArchivePath, Naming};
use domain::manifest::{self, Fate, Found, Manifest, PublicKey, Wrong, short, short_of_path};

use self::copy::Copy;
use self::told::{Outcome, Told};
use crate::failure::{self, Failure};
use crate::terminal::print;

/// What to check.
pub(crate) struct Ask<'a> {
    /// The copy.
    pub(crate) folder: &'a Path,
    /// Public keys, or files that hold one.
    pub(crate) keys: &'a [String],
    /// The sum of a manifest that somebody noted.
    pub(crate) head: Option<&'a str>,
    /// For programs.
    pub(crate) json: bool,
}

/// A longer file is no manifest, bytes.
const LONGEST: u64 = 64 << 20;

/// Runs the check.
pub(crate) fn run(ask: &Ask<'_>) -> Result<ExitCode, Failure> {
    let keys = keys(ask.keys)?;
    let copy = Copy::find(ask.folder)?;
    let outcome = check(&copy, &keys, ask.head)?;
    print(&if ask.json {
        format!("{:#}", outcome.json())
    } else {
        outcome.text()
    })?;
    Ok(ExitCode::from(if outcome.is_good() {
        failure::COMPLETE
    } else {
        failure::INCOMPLETE
    }))
}

/// Public keys, each as it is or in a file.
pub(crate) fn keys(given: &[String]) -> Result<Vec<PublicKey>, Failure> {
    let key = |text: &String| {
        let known = PublicKey::parse(text).or_else(|| {
            let text = fs::read_to_string(text).ok()?;
            PublicKey::parse(&text)
        });
        known.ok_or_else(|| {
            Failure::usage(format!(
                "--public-key {text} is neither a key of 64 hexadecimal digits nor a file that \
                 holds one."
            ))
        })
    };
    given.iter().map(key).collect()
}

/// A manifest that reads, and where it is on the disk.
struct Lies {
    file: PathBuf,
    found: Found,
}

fn check(copy: &Copy, keys: &[PublicKey], head: Option<&str>) -> Result<Outcome, Failure> {
    let mut outcome = Outcome::new(keys);
    let mut manifests = Vec::new();
    let mut sums: BTreeMap<String, PathBuf> = BTreeMap::new();
    let mut any = false;
    for (below, file) in copy.evidence()? {
        if manifest::is_manifest(&below) {
            any = true;
            match read(&file)? {
                Ok(it) => manifests.push(Lies {
                    found: (Copy::path(&it.header, &below), it.header, it.sha256),
                    file,
                }),
                Err(why) => outcome.find("unreadable", &below, why),
            }
        } else if manifest::is_sums(&below) {
            sums.insert(below, file);
        } else {
            outcome.find("extra", &below, "it is no manifest");
        }
    }
    if !any {
        return Err(copy.without_manifests());
    }
    // What a copy's folder is called says nothing: it may have been renamed.
    let naming = manifests.first().map(|it| it.found.1.naming);
    let root = copy
        .root()
        .unwrap_or(naming.unwrap_or(Naming::Default).root());
    let mut files = Files::new(copy, root)?;
    let all: Vec<Found> = manifests.iter().map(|it| it.found.clone()).collect();
    for Wrong { flaw, path, what } in manifest::look_through(&all, keys, head) {
        outcome.find(flaw.word(), &path, &what);
    }
    // The newest first: what it tells of an item counts.
    let newness = manifest::Newness::of(&all);
    manifests.sort_by_cached_key(|it| std::cmp::Reverse(newness.place(&it.found.1)));
    for lies in &manifests {
        outcome.heads(&lies.found);
        let manifest = read(&lies.file)?.map_err(|_| {
            Failure::from(anyhow::anyhow!(
                "{} was changed while it was being read",
                lies.file.display()
            ))
        })?;
        is_listed(copy, lies, &manifest, &mut sums, &mut outcome)?;
        // Who signs for nothing tells of no files.
        if keys.is_empty() || keys.contains(&manifest.header.key) {
            files.told(&manifest, &mut outcome)?;
        }
    }
    for below in sums.keys() {
        outcome.find("sums", below, "it is not the list of any manifest here");
    }
    files.left(&mut outcome)?;
    Ok(outcome)
}

/// The manifest in a file, or why there is none.
fn read(file: &Path) -> Result<Result<Manifest, &'static str>, Failure> {
    let told = || format!("reading {}", file.display());
    let size = fs::metadata(file).with_context(told)?.len();
    if size > LONGEST {
        return Ok(Err("it is longer than any manifest"));
    }
    Ok(manifest::read(&fs::read(file).with_context(told)?))
}

/// The list of sums lies beside its manifest, byte for byte.
fn is_listed(
    copy: &Copy,
    lies: &Lies,
    manifest: &Manifest,
    sums: &mut BTreeMap<String, PathBuf>,
    outcome: &mut Outcome,
) -> Result<(), Failure> {
    if manifest.header.anchor {
        return Ok(());
    }
    let Ok(path) = ArchivePath::new(lies.found.0.clone()) else {
        return Ok(());
    };
    let list = manifest::sums(manifest, &path);
    let below = copy.below(&lies.file);
    let stem = below.trim_end_matches(".jsonl").to_owned();
    let beside = sums.range(stem.clone()..);
    let beside = beside.take_while(|(it, _)| it.starts_with(&stem));
    let beside: Vec<(String, PathBuf)> = beside
        .map(|(below, file)| (below.clone(), file.clone()))
        .collect();
    for (below, file) in beside {
        let there = fs::read(&file).with_context(|| format!("reading {}", file.display()))?;
        if there == list.as_bytes() {
            sums.remove(&below);
            return Ok(());
        }
    }
    let what = "its list of sums is not there, or was changed";
    outcome.find("sums", &below, what);
    Ok(())
}

/// The archived files in the copy.
struct Files<'a> {
    copy: &'a Copy,
    /// The root folder, as it was called in the archive.
    root: &'static str,
    /// Whether there are any: else only manifests were copied.
    any: bool,
    /// 16 bytes of a hash each: items that were told of, paths accounted for.
    items: HashSet<[u8; 16]>,
    paths: HashSet<[u8; 16]>,
}

impl<'a> Files<'a> {
    fn new(copy: &'a Copy, root: &'static str) -> Result<Files<'a>, Failure> {
        Ok(Files {
            root,
            any: copy.has_files()?,
            copy,
            items: HashSet::new(),
            paths: HashSet::new(),
        })
    }

    /// Holds what a manifest tells against the files.
    fn told(&mut self, manifest: &Manifest, outcome: &mut Outcome) -> Result<(), Failure> {
        for told in &manifest.told {
            let newest = self.items.insert(short(&told.item.key()));
            match &told.fate {
                Fate::Missing { .. } if newest => outcome.missing += 1,
                Fate::Missing { .. } => {}
                Fate::Archived {
                    path, size, sha256, ..
                } => {
                    self.paths.insert(short_of_path(path.as_str()));
                    outcome.archived += u64::from(newest);
                    if self.any {
                        let told = Told {
                            path,
                            size: *size,
                            sha256,
                        };
                        self.one(&told, newest, outcome)?;
                    }
                }
            }
        }
        Ok(())
    }

    /// A file that was archived anew since need not be what it was.
    fn one(&self, told: &Told<'_>, newest: bool, outcome: &mut Outcome) -> Result<(), Failure> {
        let kind = match self.copy.sum_of(told.path)? {
            Some((size, sha256)) if size == told.size && sha256 == told.sha256 => {
                outcome.files += 1;
                outcome.bytes += size;
                return Ok(());
            }
            _ if !newest => {
                outcome.superseded += 1;
                return Ok(());
            }
            Some(_) => "changed",
            None => "missing",
        };
        let what = match kind {
            "changed" => "it has other bytes than were archived",
            _ => "it was archived and is not there",
        };
        outcome.find(kind, told.path.as_str(), what);
        Ok(())
    }

    /// Files that no manifest accounts for.
    fn left(&self, outcome: &mut Outcome) -> Result<(), Failure> {
        if !self.any {
            return Ok(());
        }
        self.copy.each_file(&mut |below| {
            let path = format!("{}/{below}", self.root);
            if !self.paths.contains(&short_of_path(&path)) {
                let what = "no manifest accounts for it (or it was archived after the newest)";
                outcome.find("extra", &path, what);
            }
            ControlFlow::Continue(())
        })
    }
}
