//! How an Export stands, as its page and the list show it.

use domain::export::{Export, Stage};

use super::PATH;
use crate::format::cell;
use crate::size;
use crate::texts::export as say;
use crate::zone::Zone;

/// In words.
pub(super) struct Standing {
    /// Its page.
    pub(super) href: String,
    pub(super) by: String,
    pub(super) made: String,
    pub(super) ends: String,
    pub(super) zone: String,
    /// As a sentence, and as a word for its colour.
    pub(super) state: &'static str,
    pub(super) word: &'static str,
    pub(super) is_making: bool,
    pub(super) is_ready: bool,
    /// What is wrong.
    pub(super) trouble: Option<String>,
    /// It can be asked for again without the item that is wrong.
    pub(super) can_go_without: bool,
    pub(super) items: u64,
    pub(super) size: String,
    /// What was found and is not in it, and why.
    pub(super) rest: Vec<String>,
}

impl Standing {
    pub(super) fn of(export: &Export, zone: &Zone) -> Standing {
        let counts = &export.counts;
        let rest = [
            (counts.pending, say::PENDING),
            (counts.missing, say::MISSING),
            (counts.excluded, say::EXCLUDED),
            (counts.left_out, say::LEFT_OUT),
        ];
        let rest = rest.into_iter().filter(|(count, _)| *count > 0);
        let (state, word) = match export.stage {
            Stage::Making => (say::IS_MADE, "running"),
            Stage::Ready => (say::IS_READY, "success"),
            Stage::Broken => (say::IS_BROKEN, "failed"),
        };
        let trouble = export.trouble.as_ref();
        Standing {
            href: format!("{PATH}/{}", export.id),
            by: export.by.clone(),
            made: cell(export.made_ms, zone),
            ends: cell(export.ends_ms, zone),
            zone: zone.name.clone(),
            state,
            word,
            is_making: export.stage == Stage::Making,
            is_ready: export.stage == Stage::Ready,
            trouble: trouble.map(|(_, why)| why.clone()),
            can_go_without: trouble.is_some_and(|(item, _)| !item.is_empty()),
            items: counts.there,
            size: size::words(export.size),
            rest: rest.map(|(count, why)| format!("{count} {why}")).collect(),
        }
    }
}
