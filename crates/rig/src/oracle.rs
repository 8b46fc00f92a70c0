//! The oracle: what RingCentral had, what lies in Dropbox, what the database
//! believes. It shares no code with the product.

use std::collections::{HashMap, HashSet};

use anyhow::Result;

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
        self.misdeeds.deletes += other.misdeeds.deletes;
        self.misdeeds.moves += other.misdeeds.moves;
        self.misdeeds.overwrites += other.misdeeds.overwrites;
    }
}

/// Compares all that was visible at `until_ms` (the world's time).
pub(crate) fn judge(world: &World, memory: &Memory, until_ms: i64) -> Result<Verdict> {
    judge_files(world, memory, &world.files()?, until_ms)
}

/// The same for files that may lie elsewhere than in Dropbox.
pub(crate) fn judge_files(
    world: &World,
    memory: &Memory,
    files: &[Stored],
    until_ms: i64,
) -> Result<Verdict> {
    let truth = world.truth(true)?;
    let entries = memory.entries()?;
    let misdeeds = world.misdeeds(files)?;
    Ok(Verdict {
        misdeeds,
        ..compare(&truth, files, &entries, until_ms)
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

fn compare(truth: &[Truth], files: &[Stored], entries: &[Entry], until_ms: i64) -> Verdict {
    let mut verdict = Verdict::default();
    let mut shelf = Shelf::new(files);
    let mut known: HashMap<&str, Vec<&Entry>> = HashMap::new();
    for entry in entries {
        known.entry(entry.unit.as_str()).or_default().push(entry);
    }
    let (erased, kept): (Vec<&Truth>, Vec<&Truth>) =
        truth.iter().partition(|item| item.lost || item.gone);
    for item in kept {
        let there = shelf.take(item);
        // What came later may be there already; it need not be.
        if item.visible_at_ms > until_ms || item.time_ms > until_ms {
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
    }
    verdict.duplicated = shelf.left();
    verdict.falsely_done = untruths(entries, files);
    let mut seen = HashSet::new();
    verdict.unexplained.retain(|it| seen.insert(it.clone()));
    verdict
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

/// What lies in Dropbox; each file accounts for one thing.
struct Shelf<'a> {
    files: &'a [Stored],
    taken: Vec<bool>,
    by_bytes: HashMap<&'a str, Vec<usize>>,
    by_text: HashMap<&'a str, Vec<usize>>,
}

impl<'a> Shelf<'a> {
    fn new(files: &'a [Stored]) -> Shelf<'a> {
        let mut by_bytes: HashMap<&str, Vec<usize>> = HashMap::new();
        let mut by_text: HashMap<&str, Vec<usize>> = HashMap::new();
        for (at, file) in files.iter().enumerate() {
            by_bytes.entry(&file.sha256).or_default().push(at);
            let id = file.path_display.rsplit_once(" msg");
            if let Some(id) = id.and_then(|(_, rest)| rest.strip_suffix(".txt")) {
                by_text.entry(id).or_default().push(at);
            }
        }
        Shelf {
            files,
            taken: vec![false; files.len()],
            by_bytes,
            by_text,
        }
    }

    /// One file that is this thing's, and nobody else's.
    fn take(&mut self, item: &Truth) -> bool {
        while let Some(at) = self.places(item).and_then(Vec::pop) {
            if !std::mem::replace(&mut self.taken[at], true) {
                return true;
            }
        }
        false
    }

    fn places(&mut self, item: &Truth) -> Option<&mut Vec<usize>> {
        if item.is_text() {
            self.by_text.get_mut(item.provider_id.as_str())
        } else {
            let sha256 = item.sha256.as_deref().unwrap_or_default();
            self.by_bytes.get_mut(sha256)
        }
    }

    /// Written twice, or accounted for by nothing. What lies in the evidence
    /// folder is no copy of anything at RingCentral.
    fn left(self) -> Vec<String> {
        let files = self.files.iter().zip(self.taken);
        files
            .filter(|(file, taken)| {
                let evidence = file.path_display.contains("/_archiver/");
                !(*taken || evidence) || file.history.len() != 1
            })
            .map(|(file, _)| file.path_display.clone())
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
        }
    }

    fn stored(id: &str) -> Stored {
        Stored {
            path_display: format!("/Archive/a/{id}.mp3"),
            size: 9,
            sha256: format!("hash of {id}"),
            history: vec![serde_json::Value::Null],
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
        let verdict = compare(&truth, &files, &entries, 10);
        assert!(verdict.is_good(), "{verdict:?}");
        assert_eq!(verdict.items, 2);
    }

    #[test]
    fn each_fault_has_its_name() {
        let truth = [truth("1"), truth("2")];
        let (one, two) = (entry("1", "archived"), entry("2", "archived"));
        let files = [stored("1")];
        let verdict = compare(&truth, &files, &[one.clone(), two.clone()], 10);
        assert_eq!((verdict.lost.len(), verdict.falsely_done.len()), (1, 1));

        let mut copy = stored("2");
        copy.path_display = "/Archive/a/2 v2.mp3".to_owned();
        let files = [stored("1"), stored("2"), copy];
        let verdict = compare(&truth, &files, &[one.clone(), two.clone()], 10);
        assert_eq!(verdict.duplicated.len(), 1);

        let files = [stored("1"), stored("2")];
        let verdict = compare(&truth, &files, &[one.clone(), entry("2", "pending")], 10);
        assert_eq!(verdict.unexplained.len(), 1);
        let verdict = compare(&truth, &files, std::slice::from_ref(&one), 10);
        assert_eq!(verdict.unexplained.len(), 1);
        assert!(verdict.lost.is_empty() && verdict.duplicated.is_empty());

        let mut twice = stored("2");
        twice.history.push(serde_json::Value::Null);
        let verdict = compare(&truth, &[stored("1"), twice], &[one, two], 10);
        assert_eq!(verdict.duplicated.len(), 1);
    }

    #[test]
    fn what_was_not_visible_yet_is_neither_lost_nor_strange() {
        let mut late = truth("2");
        late.visible_at_ms = 20;
        let truth = [truth("1"), late];
        let entries = [entry("1", "archived")];
        assert!(compare(&truth, &[stored("1")], &entries, 10).is_good());
        let entries = [entry("1", "archived"), entry("2", "archived")];
        assert!(compare(&truth, &[stored("1"), stored("2")], &entries, 10).is_good());
    }
}
