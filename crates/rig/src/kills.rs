//! SIGKILL at random moments of one continuing archive, to which items keep
//! coming.

use std::path::Path;
use std::time::Duration;

use anyhow::Result;

use crate::dice::Dice;
use crate::figure::{Figure, Told};
use crate::postgres::Clusters;
use crate::scenario::continuing;
use crate::site::{PATIENCE, Site};
use crate::wait::{pass, until};
use crate::world::World;

/// A dead process's rights last so long.
const LEASE: Duration = Duration::from_millis(1_200);

/// One database's figure.
pub(crate) fn run(binary: &Path, seed: u64, kills: u32, postgres: bool) -> Result<Told> {
    let name = if postgres {
        "kills on PostgreSQL"
    } else {
        "kills on SQLite"
    };
    let figure = Figure::begin(name, seed);
    let world = World::start(binary, seed, &continuing(kills))?;
    let mut clusters = Clusters::new()?;
    let cluster = if postgres {
        Some(clusters.make()?)
    } else {
        None
    };
    let mut site = match &cluster {
        None => Site::new(binary, world, None, LEASE)?,
        Some(cluster) => {
            let database = Some((cluster.url(), cluster.memory()?));
            Site::new(binary, world, database, LEASE)?
        }
    };
    let mut dice = Dice::new(seed, name);
    let mut server = site.serve("all")?;
    site.begin()?;
    let mut archived = vec![0];
    for kill in 0..kills {
        if kill % 4 == 0 {
            site.hurry()?;
        }
        pass(dice.while_between(Duration::from_millis(20), Duration::from_secs(4)))?;
        server.kill()?;
        archived.push(site.memory.archived()?);
        server = site.serve("all")?;
    }
    let verdict = site.settle();
    let verdict = match verdict {
        Ok(verdict) => verdict,
        Err(error) => anyhow::bail!("{error:#}; see {}", site.world.keep().display()),
    };
    let moved = archived.windows(2).filter(|pair| pair[1] > pair[0]).count();
    let what = format!("{kills} SIGKILLs, {moved} of them between two that archived something new");
    until(
        "manifests that lie there tell of everything",
        PATIENCE,
        || {
            site.nudge()?;
            Ok(site.memory.untold()? == 0)
        },
    )?;
    server.stop()?;
    let certain = site.memory.certain()?;
    let proof = site.proof()?;
    for wrong in &proof.wrong {
        eprintln!("  {name}: {wrong}");
    }
    let what = format!("{what}, {} things in the manifests", proof.items);
    let more = [
        ("wrong in the manifests", i64::try_from(proof.wrong.len())?),
        (
            "not told by them",
            (certain - i64::try_from(proof.items)?).abs(),
        ),
    ];
    let told = figure.told(&what, &verdict, &more);
    if !told.good {
        eprintln!("kept: {}", site.world.keep().display());
    }
    Ok(told)
}
