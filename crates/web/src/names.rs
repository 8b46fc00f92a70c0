//! What people are called, by the ids of their extensions.

use std::collections::BTreeMap;

use domain::account::{AccountId, Extension, ExtensionId};

use crate::state::State;
use crate::texts::row as say;

/// The people of a company.
pub(crate) struct Names(BTreeMap<ExtensionId, String>);

impl Names {
    /// All there ever were.
    pub(crate) async fn of(state: &State, account: &AccountId) -> domain::Result<Names> {
        let all = state.store.extensions(account).await?;
        let all = all.into_iter().map(|it| (it.id.clone(), name(&it)));
        Ok(Names(all.collect()))
    }

    /// Whose something is.
    pub(crate) fn whose(&self, id: Option<&ExtensionId>) -> String {
        match id {
            None => say::NOBODY.to_owned(),
            Some(id) => self.0.get(id).cloned().unwrap_or_else(|| id.to_string()),
        }
    }
}

fn name(of: &Extension) -> String {
    let parts = [of.number.as_deref(), of.name.as_deref()];
    let known: Vec<&str> = parts.into_iter().flatten().collect();
    if known.is_empty() {
        of.id.to_string()
    } else {
        known.join(" ")
    }
}
