//! What is told of a copy that was checked.

use std::collections::BTreeMap;
use std::fmt::Write;

use domain::archive_path::ArchivePath;
use domain::manifest::{Found, PublicKey};
use domain::window::instant;
use indicatif::{HumanBytes, HumanCount};
use serde_json::{Value, json};

/// Findings of one kind that are named.
const NAMED: u64 = 10_000;

/// A file as a manifest tells of it.
pub(crate) struct Told<'a> {
    pub(crate) path: &'a ArchivePath,
    pub(crate) size: u64,
    pub(crate) sha256: &'a str,
}

/// What came of it.
pub(crate) struct Outcome {
    trusted: Vec<PublicKey>,
    manifests: u64,
    /// The newest manifest of each chain.
    heads: BTreeMap<PublicKey, (u64, String, i64)>,
    /// Items whose newest manifest says so.
    pub(crate) archived: u64,
    pub(crate) missing: u64,
    /// Files that are what they were, and their bytes.
    pub(crate) files: u64,
    pub(crate) bytes: u64,
    /// Files that are not what an older manifest says, and that were archived
    /// anew since.
    pub(crate) superseded: u64,
    counts: BTreeMap<String, u64>,
    findings: Vec<(String, String, String)>,
}

impl Outcome {
    pub(crate) fn new(trusted: &[PublicKey]) -> Outcome {
        Outcome {
            trusted: trusted.to_vec(),
            manifests: 0,
            heads: BTreeMap::new(),
            archived: 0,
            missing: 0,
            files: 0,
            bytes: 0,
            superseded: 0,
            counts: BTreeMap::new(),
            findings: Vec::new(),
        }
    }

    /// Something is wrong.
    pub(crate) fn find(&mut self, kind: &str, path: &str, what: &str) {
        let count = self.counts.entry(kind.to_owned()).or_default();
        *count += 1;
        if *count <= NAMED {
            let finding = (kind.to_owned(), path.to_owned(), what.to_owned());
            self.findings.push(finding);
        }
    }

    /// Takes a manifest in.
    pub(crate) fn heads(&mut self, (_, header, sha256): &Found) {
        self.manifests += 1;
        let head = (header.seq, sha256.clone(), header.made_ms);
        let known = self.heads.entry(header.key.clone());
        let known = known.or_insert_with(|| head.clone());
        if known.0 < head.0 {
            *known = head;
        }
    }

    pub(crate) fn is_good(&self) -> bool {
        self.counts.is_empty()
    }

    /// For programs.
    pub(crate) fn json(&self) -> Value {
        let heads = self.heads.iter().map(|(key, (seq, sha256, made_ms))| {
            json!({
                "key": key,
                "trusted": self.trusted.contains(key),
                "seq": seq,
                "sha256": sha256,
                "made_at": instant(*made_ms).to_string(),
            })
        });
        let findings = self
            .findings
            .iter()
            .map(|(kind, path, what)| json!({ "kind": kind, "path": path, "what": what }));
        json!({
            "good": self.is_good(),
            "trusted": !self.trusted.is_empty(),
            "manifests": self.manifests,
            "chains": heads.collect::<Vec<_>>(),
            "archived": self.archived,
            "missing": self.missing,
            "files": self.files,
            "bytes": self.bytes,
            "superseded": self.superseded,
            "counts": self.counts,
            "findings": findings.collect::<Vec<_>>(),
        })
    }

    /// For people.
    pub(crate) fn text(&self) -> String {
        let mut out = String::new();
        let headline = match (self.is_good(), self.trusted.is_empty()) {
            (true, false) => {
                "good: every manifest is signed, in its place, and bears the key given."
            }
            (true, true) => {
                "consistent. Without --public-key this only shows that the manifests agree with \
                 each other, not whose they are."
            }
            (false, _) => "NOT good.",
        };
        let _ = writeln!(
            out,
            "{} manifests: {headline}\n\n  items archived  {}\n  items missing   {}\n  \
             files checked   {} ({})",
            HumanCount(self.manifests),
            HumanCount(self.archived),
            HumanCount(self.missing),
            HumanCount(self.files),
            HumanBytes(self.bytes),
        );
        if self.superseded > 0 {
            let _ = writeln!(
                out,
                "  archived anew   {} (an older manifest tells of another file)",
                HumanCount(self.superseded)
            );
        }
        for (key, (seq, sha256, made_ms)) in &self.heads {
            let made = instant(*made_ms).strftime("%F %H:%M UTC");
            let _ = writeln!(
                out,
                "\n  key       {key}\n  newest    manifest {seq} of {made}\n  its sum   {sha256}"
            );
        }
        for (kind, count) in &self.counts {
            let _ = writeln!(out, "\n{kind} ({}):", HumanCount(*count));
            for (_, path, what) in self.findings.iter().filter(|(it, ..)| it == kind) {
                let _ = writeln!(out, "  {path}: {what}");
            }
        }
        out
    }
}
