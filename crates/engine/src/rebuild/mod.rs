//! The way back: the memory is lost, and the manifests in the destination tell
//! an empty one what is archived. Nothing is believed that does not lie there
//! with the size and hash that its manifest tells; what is not entered, the
//! next Run archives like anything new.

mod back;
mod lying;

use std::collections::HashSet;

use domain::manifest::{PublicKey, Wrong, look_through};
use domain::{Error, Kind, Result};

use self::back::Back;
use self::lying::Shelf;
use crate::ends::Ends;
use crate::enrol::{Enrolled, Wish, enrol};

/// What came of it.
#[derive(Debug)]
pub struct Rebuilt {
    /// The Backup that the Entries are of now.
    pub enrolled: Enrolled,
    /// Manifests that were read and believed.
    pub manifests: u64,
    /// Entries that were entered.
    pub entered: u64,
    /// Items that a manifest tells as archived, and whose file does not lie
    /// there as it was: they are archived anew.
    pub not_there: u64,
    /// The keys that signed what was believed, oldest chain first.
    pub keys: Vec<PublicKey>,
    /// What is wrong with the manifests. What they told all the same was
    /// entered only where its file bears it out.
    pub wrong: Vec<Wrong>,
}

/// Enters what the destination's manifests tell. `trusted`: whose signature
/// counts; none: everybody's. `so_far` hears how many were entered.
pub async fn rebuild(
    ends: &Ends,
    wish: &Wish,
    trusted: &[PublicKey],
    so_far: &(dyn Fn(u64) + Sync),
) -> Result<Rebuilt> {
    if !ends.store.accounts().await?.is_empty() {
        let what = "this memory knows a company already";
        return Err(Error::new(Kind::Config, what)
            .remedy("Rebuild into an empty ARCHIVER_DATA_DIR: nothing is ever merged."));
    }
    let shelf = Shelf::look(ends.destination.as_ref()).await?;
    let chains = shelf.chains(ends, trusted).await?;
    let naming = chains.first().map_or(wish.naming, |it| it.naming);
    let wish = Wish {
        naming,
        ..wish.clone()
    };
    let viewer = ends.source.viewer().await?;
    if let Some(other) = chains.iter().find(|it| it.account != viewer.account.id) {
        let what = format!(
            "the archive is that of RingCentral account {}, and these keys are for {}",
            other.account, viewer.account.id
        );
        return Err(Error::new(Kind::Config, what)
            .remedy("Use keys of the archive's own company, or name another archive."));
    }
    let enrolled = enrol(ends, &wish).await?;
    let mut back = Back {
        ends,
        shelf: &shelf,
        trusted,
        backup: enrolled.backup.clone(),
        waiting: Vec::new(),
        done: HashSet::new(),
        open: HashSet::new(),
        folders: HashSet::new(),
        found: Vec::new(),
        wrong: Vec::new(),
        entered: 0,
        so_far,
    };
    back.go(&chains).await?;
    let mut wrong = back.wrong;
    wrong.extend(look_through(&back.found, trusted, None));
    Ok(Rebuilt {
        manifests: back.found.len() as u64,
        entered: back.entered,
        not_there: back.open.len() as u64,
        keys: chains.into_iter().rev().map(|it| it.key).collect(),
        wrong,
        enrolled,
    })
}
