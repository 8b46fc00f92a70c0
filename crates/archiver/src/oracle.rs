//! What the demo knows that no product could: the simulators' own truth.
//! Compares what RingCentral really had with what really lies in Dropbox,
//! byte for byte, without asking our database.

use std::collections::{BTreeSet, HashMap, HashSet};

use domain::item::ItemId;
use domain::ledger::Open;
use domain::window::Window;
use sim::Simulation;
use sim::dropbox::StoredFile;
use sim::ringcentral::Truth;

/// The comparison's result.
#[derive(Debug, Default)]
pub(crate) struct Finding {
    /// Files that RingCentral had and that lie in Dropbox with the same bytes.
    pub(crate) equal: usize,
    /// Provider ids of what the simulator planted as lost: listed, but never
    /// to be had.
    pub(crate) planted_lost: BTreeSet<String>,
    /// Provider ids of what was deleted for good at RingCentral.
    pub(crate) purged: BTreeSet<String>,
    /// Provider ids that should lie in Dropbox and do not.
    pub(crate) not_found: Vec<String>,
    /// Paths in Dropbox that were written more than once.
    pub(crate) written_twice: Vec<String>,
    /// Paths in Dropbox whose content nothing at RingCentral accounts for: a
    /// second copy under another name, for example. What tells of the archive
    /// is Archiver's own, where it has its place and is no copy.
    pub(crate) strangers: Vec<String>,
}

/// Compares the simulators' truth of the window with the simulated Dropbox.
pub(crate) fn compare(simulation: &Simulation, window: Window) -> Finding {
    let ringcentral = simulation.ringcentral();
    let dropbox = simulation.dropbox();
    let mut stored = Stored::new(dropbox.files());
    let mut theirs = HashSet::new();
    let mut finding = Finding {
        written_twice: stored.written_twice(),
        ..Finding::default()
    };
    let truth = ringcentral.truth().into_iter();
    let (erased, kept): (Vec<Truth>, Vec<Truth>) = truth
        .filter(|item| window.contains_ms(item.time_ms))
        .partition(|item| item.lost || item.gone);
    // What is erased comes last: its bytes may be equal to another's, and only
    // that one must lie there.
    for item in kept.into_iter().chain(erased) {
        // The file of a text is our own rendering: it is known by its id and
        // its words.
        let there = if let Some(text) = ringcentral.text(&item) {
            let says = |path: &str| dropbox.bytes(path).is_some_and(|it| says(&it, &text));
            stored.take_text(&item.provider_id, says)
        } else {
            let sha256 = ringcentral.sha256(&item).unwrap_or_default();
            let there = stored.take_bytes(&sha256);
            theirs.insert(sha256);
            there
        };
        if item.lost {
            finding.planted_lost.insert(item.provider_id);
        } else if there {
            finding.equal += 1;
        } else if item.gone {
            finding.purged.insert(item.provider_id);
        } else {
            finding.not_found.push(item.provider_id);
        }
    }
    finding.strangers = stored.left(&theirs);
    finding
}

/// Whether the file of a text ends with its words: RingCentral's, with every
/// break of a line as one `\n`, and one at the end.
fn says(file: &[u8], text: &str) -> bool {
    let text = text.replace("\r\n", "\n").replace('\r', "\n");
    let file = String::from_utf8_lossy(file);
    let words = file.split_once("\n\n").map(|(_, words)| words);
    words.is_some_and(|it| it == text || it.strip_suffix('\n') == Some(text.as_str()))
}

/// Whether a path in Dropbox is one of what tells of the archive: its README,
/// its manifests and their sums.
fn is_evidence(path: &str) -> bool {
    let inner = path.split_once("/Archive/_archiver/");
    let Some((before, inner)) = inner.filter(|(it, _)| it.split('/').count() <= 3) else {
        return false;
    };
    let is_number =
        |it: &str, digits| it.len() == digits && it.bytes().all(|it| it.is_ascii_digit());
    let parts: Vec<&str> = inner.split('/').collect();
    let named = match parts[..] {
        [file] => file == "README.txt",
        ["manifests", key, thousand, file] => {
            let stem = file.strip_suffix(".jsonl").or(file.strip_suffix(".sha256"));
            let of_key = key.len() == 16 && key.bytes().all(|it| it.is_ascii_hexdigit());
            of_key && is_number(thousand, 5) && stem.is_some_and(|it| is_number(it, 8))
        }
        _ => false,
    };
    named && (before.is_empty() || before.starts_with("/Apps/"))
}

/// What lies in Dropbox. Each file accounts for one thing at RingCentral.
struct Stored {
    files: Vec<StoredFile>,
    taken: Vec<bool>,
    by_sha256: HashMap<String, Vec<usize>>,
    by_text: HashMap<String, Vec<usize>>,
}

impl Stored {
    fn new(files: Vec<StoredFile>) -> Stored {
        let mut by_sha256: HashMap<String, Vec<usize>> = HashMap::new();
        let mut by_text: HashMap<String, Vec<usize>> = HashMap::new();
        for (at, file) in files.iter().enumerate() {
            let sha256 = file.sha256.clone();
            by_sha256.entry(sha256).or_default().push(at);
            if let Some((_, name)) = file.path_display.rsplit_once(" msg")
                && let Some(id) = name.strip_suffix(".txt")
            {
                by_text.entry(id.to_owned()).or_default().push(at);
            }
        }
        Stored {
            taken: vec![false; files.len()],
            files,
            by_sha256,
            by_text,
        }
    }

    fn take_bytes(&mut self, sha256: &str) -> bool {
        take(&mut self.taken, self.by_sha256.get_mut(sha256))
    }

    fn take_text(&mut self, id: &str, says: impl Fn(&str) -> bool) -> bool {
        let candidates = self.by_text.get(id).into_iter().flatten().copied();
        let mut free = candidates.filter(|at| !self.taken[*at]);
        let found = free.find(|at| says(&self.files[*at].path_display));
        if let Some(at) = found {
            self.taken[at] = true;
        }
        found.is_some()
    }

    fn written_twice(&self) -> Vec<String> {
        let twice = self.files.iter().filter(|file| file.history.len() > 1);
        twice.map(|file| file.path_display.clone()).collect()
    }

    /// What nothing was found to account for.
    fn left(self, theirs: &HashSet<String>) -> Vec<String> {
        let is_ours =
            |file: &StoredFile| is_evidence(&file.path_display) && !theirs.contains(&file.sha256);
        let files = self.files.into_iter().zip(self.taken);
        files
            .filter(|(file, taken)| !taken && !is_ours(file))
            .map(|(file, _)| file.path_display)
            .collect()
    }
}

fn take(taken: &mut [bool], candidates: Option<&mut Vec<usize>>) -> bool {
    let Some(candidates) = candidates else {
        return false;
    };
    while let Some(at) = candidates.pop() {
        if !std::mem::replace(&mut taken[at], true) {
            return true;
        }
    }
    false
}

impl Finding {
    /// Whether the archive is what it must be: everything that could be had
    /// lies there once, and what was planted as lost, and only that, is
    /// reported as missing.
    pub(crate) fn is_good(&self, open: &[Open]) -> bool {
        let missing: BTreeSet<String> = open
            .iter()
            .filter(|it| it.state.word() == "missing")
            .filter_map(|it| ItemId::from_key(&it.item))
            .map(|id| id.unit)
            .collect();
        self.not_found.is_empty()
            && self.written_twice.is_empty()
            && self.strangers.is_empty()
            && self.planted_lost.is_subset(&missing)
            && missing
                .iter()
                .all(|id| self.planted_lost.contains(id) || self.purged.contains(id))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_tells_of_the_archive_is_evidence() {
        let app = "/Apps/RingCentral Application/Archive/_archiver";
        let manifests = format!("{app}/manifests/0123456789abcdef/00000");
        for good in [
            "/Archive/_archiver/README.txt",
            &format!("{app}/README.txt"),
            &format!("{manifests}/00000001.jsonl"),
            &format!("{manifests}/00000001.sha256"),
        ] {
            assert!(is_evidence(good), "{good}");
        }
        for bad in [
            "/Archive/101 A/_archiver/README.txt",
            "/Archive/101 A/Archive/_archiver/README.txt",
            &format!("{app}/a rec1.mp3"),
            &format!("{manifests}/00000001 v2.jsonl"),
            &format!("{manifests}/00000001.mp3"),
        ] {
            assert!(!is_evidence(bad), "{bad}");
        }
    }

    #[test]
    fn a_text_says_its_words() {
        assert!(says(b"From: a\n\none\ntwo\n", "one\r\ntwo"));
        assert!(says(b"From: a\n\n", ""));
        for other in ["From: a\n\none\n", "one\ntwo\n", ""] {
            assert!(!says(other.as_bytes(), "one\r\ntwo"), "{other:?}");
        }
    }
}
