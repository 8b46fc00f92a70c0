//! What the demo knows that no product could: the simulators' own truth.
//! Compares what RingCentral really had with what really lies in Dropbox,
//! byte for byte, without asking our database.

use std::collections::{BTreeSet, HashMap};

use domain::item::ItemId;
use domain::ledger::Open;
use domain::window::Window;
use sim::Simulation;
use sim::dropbox::StoredFile;
use sim::ringcentral::{Kind, Truth};

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
    /// second copy under another name, for example. The evidence folder is
    /// Archiver's own.
    pub(crate) strangers: Vec<String>,
}

/// Compares the simulators' truth of the window with the simulated Dropbox.
pub(crate) fn compare(simulation: &Simulation, window: Window) -> Finding {
    let ringcentral = simulation.ringcentral();
    let mut stored = Stored::new(simulation.dropbox().files());
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
        // The file of a text is our own rendering: it is known by its id.
        let there = if is_text(&item) {
            stored.take_text(&item.provider_id)
        } else {
            stored.take_bytes(&ringcentral.sha256(&item).unwrap_or_default())
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
    finding.strangers = stored.left();
    finding
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

    fn take_text(&mut self, id: &str) -> bool {
        take(&mut self.taken, self.by_text.get_mut(id))
    }

    fn written_twice(&self) -> Vec<String> {
        let twice = self.files.iter().filter(|file| file.history.len() > 1);
        twice.map(|file| file.path_display.clone()).collect()
    }

    /// What nothing was found to account for.
    fn left(self) -> Vec<String> {
        let files = self.files.into_iter().zip(self.taken);
        files
            .filter(|(file, taken)| !taken && !file.path_display.contains("/_archiver/"))
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

fn is_text(item: &Truth) -> bool {
    matches!(item.kind, Kind::Sms | Kind::Pager)
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
