//! What a backup would list, without a trace: nothing is fetched, nothing is
//! stored, nothing is remembered.

use std::collections::{BTreeMap, BTreeSet};

use domain::account::Extension;
use domain::connection::Scope;
use domain::data_type::{DataType, DataTypes};
use domain::item::Standing;
use domain::lane::Depth;
use domain::ports::Source;
use domain::window::Window;
use domain::{Kind, Reach, Result};
use futures::TryStreamExt;

use crate::plan;
use crate::survey::Gap;

/// What was listed.
#[derive(Debug, Default)]
pub struct Preview {
    /// Recordings and messages that a backup would archive, by type.
    pub units: BTreeMap<DataType, u64>,
    /// Their files.
    pub files: u64,
    /// What could not be listed.
    pub gaps: Vec<Gap>,
}

/// Lists everything that a backup of this scope and window would archive.
pub async fn preview(
    source: &dyn Source,
    scope: &Scope,
    types: &DataTypes,
    window: Window,
) -> Result<Preview> {
    let mut preview = Preview::default();
    let mut people: Vec<Extension> = Vec::new();
    if plan::asks_everybody(scope, types) {
        match source.extensions().await {
            Ok(all) => people = all,
            Err(error) if error.kind() == Kind::Forbidden => {
                people.push(source.viewer().await?.extension);
                preview.gaps.push(Gap {
                    lane: None,
                    window,
                    error,
                });
            }
            Err(error) => return Err(error),
        }
    }
    let mut files = BTreeSet::new();
    for (lane, types) in plan::lanes(scope, types, &people) {
        for ask in plan::portions(&lane, &types, window, Depth::Recorded) {
            let listed = source.list(&ask).try_for_each(|page| {
                let ready = page
                    .sightings
                    .into_iter()
                    .filter(|it| matches!(it.standing, Standing::Ready | Standing::NotYet(_)));
                files.extend(ready.map(|it| it.item.id));
                futures::future::ready(Ok(()))
            });
            match listed.await {
                Ok(()) => {}
                Err(error) if error.reach() >= Reach::Connection => return Err(error),
                Err(error) => preview.gaps.push(Gap {
                    lane: Some(ask.lane.clone()),
                    window: ask.window,
                    error,
                }),
            }
        }
    }
    preview.files = files.len() as u64;
    let units: BTreeSet<_> = files
        .into_iter()
        .map(|it| (it.data_type, it.unit))
        .collect();
    for (data_type, _) in units {
        *preview.units.entry(data_type).or_default() += 1;
    }
    Ok(preview)
}
