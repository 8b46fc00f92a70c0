//! The oracle: what RingCentral had, what lies in Dropbox, what the database
//! believes. It shares no code with the product.

use std::collections::{HashMap, HashSet};

use anyhow::Result;

use crate::evidence::{self, Names};
use crate::memory::{Entry, Memory};
use crate::world::{Misdeeds, Stored, Truth, World};

/// What the comparison found.
#[derive(Debug, Default)]
pub(crate) struct Verdict {
    /// Things that had to be archived.
    pub(crate) items: usize,
    /// They could be had, and are not in Dropbox.
    pub(crate) lost: Vec<String>,
    /// Files written more than once, and files that nothing accounts for.
    pub(crate) duplicated: Vec<String>,
    /// The database says archived, and no such bytes lie there.
    pub(crate) falsely_done: Vec<String>,
    /// The database does not know it, or still waits, or gave it up.
    pub(crate) unexplained: Vec<String>,
    /// What both providers' logs show.
    pub(crate) misdeeds: Misdeeds,
}

impl Verdict {
    /// Whether nothing is wrong.
    pub(crate) fn is_good(&self) -> bool {
        let Misdeeds {
            deletes,
            moves,
            overwrites,
        } = self.misdeeds;
        self.items > 0
            && self.lost.is_empty()
            && self.duplicated.is_empty()
            && self.falsely_done.is_empty()
            && self.unexplained.is_empty()
            && deletes + moves + overwrites == 0
    }

    /// Adds another world's.
    pub(crate) fn add(&mut self, other: Verdict) {
        self.items += other.items;
        self.lost.extend(other.lost);
        self.duplicated.extend(other.duplicated);
        self.falsely_done.extend(other.falsely_done);
        self.unexplained.extend(other.unexplained);
        self.misdeeds.add(other.misdeeds);
    }
}

/// Compares all that was visible at `until_ms` (the world's time).
pub(crate) fn judge(world: &World, memory: &Memory, until_ms: i64) -> Result<Verdict> {
    judge_files(world, memory, &world.read_files()?, until_ms, Names::First)
}

/// The same for files that may lie elsewhere than in Dropbox.
pub(crate) fn judge_files(
    world: &World,
    memory: &Memory,
    files: &[Stored],
    until_ms: i64,
    names: Names,
) -> Result<Verdict> {
    let truth = world.truth(true)?;
    let entries = memory.entries()?;
    let misdeeds = world.misdeeds(files)?;
    Ok(Verdict {
        misdeeds,
        ..compare(&truth, files, &entries, until_ms, names)
    })
}

/// Paths that the database calls archived, and where no such bytes lie.
pub(crate) fn untruths(entries: &[Entry], files: &[Stored]) -> Vec<String> {
    let mut alike: HashMap<&str, Vec<&Stored>> = HashMap::new();
    for file in files {
        alike.entry(&file.sha256).or_default().push(file);
    }
    entries.iter().filter_map(|it| untrue(it, &alike)).collect()
}

fn compare(
    truth: &[Truth],
    files: &[Stored],
    entries: &[Entry],
    until_ms: i64,
    names: Names,
) -> Verdict {
    let mut verdict = Verdict::default();
    let mut shelf = Shelf::new(files, names);
    let mut known: HashMap<&str, Vec<&Entry>> = HashMap::new();
    for entry in entries {
        known.entry(entry.unit.as_str()).or_default().push(entry);
    }
    let (erased, kept): (Vec<&Truth>, Vec<&Truth>) =
        truth.iter().partition(|item| item.lost || item.gone);
    for item in kept {
        let there = shelf.take(item);
        // What came later may be there already; it need not be.
        if !item.has_come(until_ms) {
            continue;
        }
        verdict.items += 1;
        let name = format!("{} {}", item.kind, item.provider_id);
        if !there {
            verdict.lost.push(name.clone());
        }
        let entries = known.get(item.provider_id.as_str());
        let open = entries
            .into_iter()
            .flatten()
            .find(|it| it.state != "archived");
        if let Some(open) = open {
            let (state, why) = (&open.state, &open.why);
            verdict.unexplained.push(format!("{name} {state} {why}"));
        } else if entries.is_none() {
            verdict.unexplained.push(format!("{name} has no entry"));
        }
    }
    for item in erased {
        shelf.take(item);
        if item.lost && !item.gone && item.has_come(until_ms) {
            let entries = known.get(item.provider_id.as_str());
            verdict.unexplained.extend(unexplained_loss(item, entries));
        }
    }
    verdict.duplicated = shelf.left(truth);
    verdict.falsely_done = untruths(entries, files);
    let mut seen = HashSet::new();
    verdict.unexplained.retain(|it| seen.insert(it.clone()));
    verdict
}

/// What RingCentral lists and cannot give must be called missing, and why.
fn unexplained_loss(item: &Truth, entries: Option<&Vec<&Entry>>) -> Option<String> {
    let mut entries = entries.into_iter().flatten().peekable();
    let name = format!("{} {}, lost there,", item.kind, item.provider_id);
    if entries.peek().is_none() {
        return Some(format!("{name} has no entry"));
    }
    let open = entries.find(|it| it.state != "missing" || it.why.is_empty());
    open.map(|it| format!("{name} {} {}", it.state, it.why))
}

/// What became of files between two looks at a folder, which keeps no history:
/// other bytes at a path, and paths that are no more.
pub(crate) fn changed(before: &[Stored], after: &[Stored]) -> Misdeeds {
    let after: HashMap<&str, &str> = after
        .iter()
        .map(|it| (it.path_display.as_str(), it.sha256.as_str()))
        .collect();
    let mut found = Misdeeds::default();
    for file in before {
        match after.get(file.path_display.as_str()) {
            None => found.deletes += 1,
            Some(sha256) => found.overwrites += u64::from(*sha256 != file.sha256),
        }
    }
    found
}

/// An entry that says archived without the bytes. `files` are by their hash.
fn untrue(entry: &Entry, files: &HashMap<&str, Vec<&Stored>>) -> Option<String> {
    if entry.state != "archived" {
        return None;
    }
    let path = entry.path.as_deref().unwrap_or("no path");
    let tail = format!("/{path}");
    let is_it = |file: &&Stored| {
        file.path_display.ends_with(&tail) && i64::try_from(file.size).ok() == entry.size
    };
    let alike = files.get(entry.sha256.as_deref().unwrap_or_default());
    let there = alike.is_some_and(|alike| alike.iter().any(is_it));
    (!there).then(|| path.to_owned())
}

/// Whether the file of a text has its words: RingCentral's, with every break of
/// a line as one `\n`, and one at the end. What is no text has none to compare.
fn has_words(file: &Stored, item: &Truth) -> bool {
    let Some(text) = &item.text else {
        return true;
    };
    let text = text.replace("\r\n", "\n").replace('\r', "\n");
    let words = file.words.as_deref();
    words.is_some_and(|it| it == text || it.strip_suffix('\n') == Some(text.as_str()))
}

/// What lies in Dropbox; each file accounts for one thing.
struct Shelf<'a> {
    files: &'a [Stored],
    evidence: Vec<bool>,
    taken: Vec<bool>,
    by_bytes: HashMap<&'a str, Vec<usize>>,
    by_text: HashMap<&'a str, Vec<usize>>,
}

impl<'a> Shelf<'a> {
    fn new(files: &'a [Stored], names: Names) -> Shelf<'a> {
        let evidence: Vec<bool> = files
            .iter()
            .map(|file| evidence::is_place(&file.path_display, names))
            .collect();
        let mut by_bytes: HashMap<&str, Vec<usize>> = HashMap::new();
        let mut by_text: HashMap<&str, Vec<usize>> = HashMap::new();
        // What lies among the evidence is no copy of anything.
        let copies = files.iter().enumerate().filter(|(at, _)| !evidence[*at]);
        for (at, file) in copies {
            by_bytes.entry(&file.sha256).or_default().push(at);
            if let Some(id) = file.text_id() {
                by_text.entry(id).or_default().push(at);
            }
        }
        Shelf {
            files,
            evidence,
            taken: vec![false; files.len()],
            by_bytes,
            by_text,
        }
    }

    /// One file that is this thing's, and nobody else's.
    fn take(&mut self, item: &Truth) -> bool {
        let candidates = if item.is_text() {
            self.by_text.get(item.provider_id.as_str())
        } else {
            let sha256 = item.sha256.as_deref().unwrap_or_default();
            self.by_bytes.get(sha256)
        };
        let mut candidates = candidates.into_iter().flatten().copied();
        let is_its = |at: &usize| !self.taken[*at] && has_words(&self.files[*at], item);
        let found = candidates.find(is_its);
        if let Some(at) = found {
            self.taken[at] = true;
        }
        found.is_some()
    }

    /// Written twice, or accounted for by nothing. Evidence is accounted for,
    /// unless it is the bytes of something at RingCentral.
    fn left(self, truth: &[Truth]) -> Vec<String> {
        let theirs: HashSet<&str> = truth.iter().filter_map(|it| it.sha256.as_deref()).collect();
        let files = self.files.iter().zip(self.taken).zip(self.evidence);
        files
            .filter(|((file, taken), evidence)| {
                let accounted = if *evidence {
                    !theirs.contains(file.sha256.as_str())
                } else {
                    *taken
                };
                !accounted || file.history.len() != 1
            })
            .map(|((file, _), _)| file.path_display.clone())
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn truth(id: &str) -> Truth {
        Truth {
            kind: "recording".to_owned(),
            provider_id: id.to_owned(),
            time_ms: 1,
            visible_at_ms: 2,
            lost: false,
            gone: false,
            sha256: Some(format!("hash of {id}")),
            text: None,
        }
    }

    fn stored(id: &str) -> Stored {
        Stored {
            path_display: format!("/Archive/a/{id}.mp3"),
            size: 9,
            sha256: format!("hash of {id}"),
            history: vec![serde_json::Value::Null],
            words: None,
        }
    }

    fn entry(id: &str, state: &str) -> Entry {
        Entry {
            unit: id.to_owned(),
            state: state.to_owned(),
            path: Some(format!("a/{id}.mp3")),
            size: Some(9),
            sha256: Some(format!("hash of {id}")),
            why: String::new(),
        }
    }

    #[test]
    fn a_whole_archive_is_good() {
        let (truth, files) = ([truth("1"), truth("2")], [stored("1"), stored("2")]);
        let entries = [entry("1", "archived"), entry("2", "archived")];
        let verdict = compare(&truth, &files, &entries, 10, Names::First);
        assert!(verdict.is_good(), "{verdict:?}");
        assert_eq!(verdict.items, 2);
    }

    #[test]
    fn each_fault_has_its_name() {
        let truth = [truth("1"), truth("2")];
        let (one, two) = (entry("1", "archived"), entry("2", "archived"));
        let files = [stored("1")];
        let verdict = compare(
            &truth,
            &files,
            &[one.clone(), two.clone()],
            10,
            Names::First,
        );
        assert_eq!((verdict.lost.len(), verdict.falsely_done.len()), (1, 1));

        let mut copy = stored("2");
        copy.path_display = "/Archive/a/2 v2.mp3".to_owned();
        let files = [stored("1"), stored("2"), copy];
        let verdict = compare(
            &truth,
            &files,
            &[one.clone(), two.clone()],
            10,
            Names::First,
        );
        assert_eq!(verdict.duplicated.len(), 1);

        let files = [stored("1"), stored("2")];
        let verdict = compare(
            &truth,
            &files,
            &[one.clone(), entry("2", "pending")],
            10,
            Names::First,
        );
        assert_eq!(verdict.unexplained.len(), 1);
        let verdict = compare(&truth, &files, std::slice::from_ref(&one), 10, Names::First);
        assert_eq!(verdict.unexplained.len(), 1);
        assert!(verdict.lost.is_empty() && verdict.duplicated.is_empty());

        let mut twice = stored("2");
        twice.history.push(serde_json::Value::Null);
        let verdict = compare(&truth, &[stored("1"), twice], &[one, two], 10, Names::First);
        assert_eq!(verdict.duplicated.len(), 1);
    }

    #[test]
    fn evidence_is_no_copy_and_copies_are_no_evidence() {
        let (truth, entries) = ([truth("1")], [entry("1", "archived")]);
        let lying = |path: &str, sha256: &str| Stored {
            path_display: path.to_owned(),
            sha256: sha256.to_owned(),
            ..stored("1")
        };
        let readme = lying("/Archive/_archiver/README.txt", "words");
        let told = |other: Stored| {
            let files = [stored("1"), readme.clone(), other];
            compare(&truth, &files, &entries, 10, Names::First)
        };
        let manifest = "/Archive/_archiver/manifests/0123456789abcdef/00000/00000001.jsonl";
        assert!(told(lying(manifest, "lines")).is_good());
        for (path, sha256) in [
            (manifest, "hash of 1"),
            ("/Archive/_archiver/anything.mp3", "hash of 1"),
            ("/Archive/_archiver/anything.txt", "others"),
            ("/Archive/a/_archiver/README.txt", "words"),
        ] {
            let verdict = told(lying(path, sha256));
            assert_eq!(verdict.duplicated, [path], "{verdict:?}");
        }
        // And nothing counts as archived because its bytes lie there.
        let only = [lying(manifest, "hash of 1")];
        let verdict = compare(&truth, &only, &entries, 10, Names::First);
        assert_eq!(verdict.lost.len(), 1);
    }

    #[test]
    fn a_text_is_known_by_its_id_and_its_words() {
        let text = Truth {
            kind: "sms".to_owned(),
            text: Some("one\r\ntwo\rthree".to_owned()),
            ..truth("1")
        };
        let told = |name: &str, bytes: &str| {
            let mut file = Stored {
                path_display: format!("/Archive/a/{name}.txt"),
                ..stored("1")
            };
            file.read(bytes.as_bytes());
            let entry = Entry {
                path: Some(format!("a/{name}.txt")),
                ..entry("1", "archived")
            };
            let texts = std::slice::from_ref(&text);
            compare(texts, &[file], &[entry], 10, Names::First)
        };
        assert!(told("sms msg1", "From: a\n\none\ntwo\nthree\n").is_good());
        for (name, bytes) in [
            ("sms msg2", "From: a\n\none\ntwo\nthree\n"),
            ("sms msg1", "From: a\n\none\ntwo\n"),
            ("sms msg1", "From: a\n\n"),
            ("sms msg1", "one\ntwo\nthree\n"),
            ("sms msg1", ""),
        ] {
            let verdict = told(name, bytes);
            assert_eq!(verdict.lost.len(), 1, "{name}: {bytes:?}");
            assert_eq!(verdict.duplicated.len(), 1, "{name}: {bytes:?}");
        }
    }

    #[test]
    fn what_is_lost_there_must_be_called_missing_and_why() {
        let mut lost = truth("2");
        lost.lost = true;
        let truth = [truth("1"), lost];
        let told = |state: &str, why: &str| {
            let mut other = entry("2", state);
            why.clone_into(&mut other.why);
            let entries = [entry("1", "archived"), other];
            compare(&truth, &[stored("1")], &entries, 10, Names::First)
        };
        assert!(told("missing", "gone").is_good());
        for (state, why) in [
            ("missing", ""),
            ("pending", "not ready"),
            ("excluded", "rule"),
        ] {
            assert_eq!(told(state, why).unexplained.len(), 1, "{state}");
        }
        let entries = [entry("1", "archived")];
        let verdict = compare(&truth, &[stored("1")], &entries, 10, Names::First);
        assert_eq!(verdict.unexplained.len(), 1);
    }

    #[test]
    fn a_folder_is_looked_at_twice() {
        let (one, mut other) = (stored("1"), stored("2"));
        let before = [one.clone(), other.clone()];
        other.sha256 = "other".to_owned();
        let Misdeeds {
            deletes,
            moves,
            overwrites,
        } = changed(&before, &[one.clone(), other, stored("3")]);
        assert_eq!((deletes, moves, overwrites), (0, 0, 1));
        assert_eq!(changed(&before, &[one]).deletes, 1);
    }

    #[test]
    fn what_was_not_visible_yet_is_neither_lost_nor_strange() {
        let mut late = truth("2");
        late.visible_at_ms = 20;
        let truth = [truth("1"), late];
        let entries = [entry("1", "archived")];
        assert!(compare(&truth, &[stored("1")], &entries, 10, Names::First).is_good());
        let entries = [entry("1", "archived"), entry("2", "archived")];
        assert!(
            compare(
                &truth,
                &[stored("1"), stored("2")],
                &entries,
                10,
                Names::First
            )
            .is_good()
        );
    }
}
