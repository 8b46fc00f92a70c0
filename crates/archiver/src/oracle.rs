//! What the demo knows that no product could: the simulators' own truth.
//! Compares what RingCentral really had with what really lies in Dropbox,
//! byte for byte, without asking our database.

use std::collections::{BTreeMap, BTreeSet};

use domain::item::ItemId;
use domain::ledger::Open;
use domain::window::Window;
use sim::Simulation;
use sim::ringcentral::{Kind, Truth};

/// The comparison's result.
#[derive(Debug, Default)]
pub(crate) struct Finding {
    /// Files that RingCentral had and that lie in Dropbox with the same bytes.
    pub(crate) equal: usize,
    /// Provider ids of what the simulator planted as lost or purged.
    pub(crate) planted_lost: BTreeSet<String>,
    /// Provider ids that should lie in Dropbox and do not.
    pub(crate) not_found: Vec<String>,
    /// Paths in Dropbox that were written more than once.
    pub(crate) written_twice: Vec<String>,
}

/// Compares the simulators' truth of the window with the simulated Dropbox.
pub(crate) fn compare(simulation: &Simulation, window: Window) -> Finding {
    let ringcentral = simulation.ringcentral();
    let files = simulation.dropbox().files();
    let mut by_sha: BTreeMap<&str, usize> = BTreeMap::new();
    for file in &files {
        *by_sha.entry(&file.sha256).or_default() += 1;
    }
    let mut finding = Finding {
        written_twice: files
            .iter()
            .filter(|file| file.history.len() > 1)
            .map(|file| file.path_display.clone())
            .collect(),
        ..Finding::default()
    };
    for item in ringcentral.truth() {
        if !window.contains_ms(item.time_ms) {
            continue;
        }
        if item.lost || item.gone {
            finding.planted_lost.insert(item.provider_id);
        } else if is_text(&item) {
            // Its file is our own rendering: look for it by its id.
            let name = format!(" msg{}.txt", item.provider_id);
            if files.iter().any(|it| it.path_display.ends_with(&name)) {
                finding.equal += 1;
            } else {
                finding.not_found.push(item.provider_id);
            }
        } else {
            let sha256 = ringcentral.sha256(&item).unwrap_or_default();
            match by_sha.get_mut(sha256.as_str()) {
                Some(left) if *left > 0 => {
                    *left -= 1;
                    finding.equal += 1;
                }
                _ => finding.not_found.push(item.provider_id),
            }
        }
    }
    finding
}

fn is_text(item: &Truth) -> bool {
    matches!(item.kind, Kind::Sms | Kind::Pager)
}

impl Finding {
    /// Whether the archive is what it must be: everything that could be had
    /// lies there once, and only what was planted as lost is missing.
    pub(crate) fn is_good(&self, open: &[Open]) -> bool {
        self.not_found.is_empty()
            && self.written_twice.is_empty()
            && open
                .iter()
                .filter(|it| it.state.word() == "missing")
                .filter_map(|it| ItemId::from_key(&it.item))
                .all(|id| self.planted_lost.contains(&id.unit))
    }
}
