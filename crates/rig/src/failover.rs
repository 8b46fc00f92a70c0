//! `PostgreSQL` fails over under load: its primary dies without a word, the
//! standby that had every commit is promoted, the address leads there.

use std::path::Path;
use std::time::Duration;

use anyhow::{Context, Result};

use crate::dice::Dice;
use crate::figure::{Figure, Told};
use crate::forward::Forward;
use crate::memory::Memory;
use crate::postgres::{self, Clusters};
use crate::scenario::{rationed, unhurried};
use crate::site::{PATIENCE, Site};
use crate::wait::{pass, until};
use crate::world::World;

const LEASE: Duration = Duration::from_millis(1_500);

/// The figure.
pub(crate) fn run(binary: &Path, seed: u64, times: u32) -> Result<Told> {
    let figure = Figure::begin("failovers", seed);
    let world = World::start(binary, seed, &rationed(times * 4))?;
    let mut clusters = Clusters::new()?;
    let mut primary = clusters.make()?;
    let mut standby = clusters.standby(&primary)?;
    let address = Forward::to(primary.port)?;
    let url = postgres::url(address.port);
    let memory = Memory::at(&url)?;
    let mut site = Site::new(binary, world, Some((url, memory)), LEASE)?;
    let mut pages = site.serve("web")?;
    site.begin()?;
    let mut workers = [site.worker()?, site.worker()?];
    let mut dice = Dice::new(seed, "failovers");
    let mut under_load = 0;
    for time in 0..times {
        let before = site.memory.archived()?;
        working(&mut site, before).with_context(|| format!("failover {time}"))?;
        pass(dice.while_between(Duration::ZERO, Duration::from_secs(1)))?;
        under_load += u32::from(site.memory.pending()? > 0);
        primary.kill()?;
        standby.promote()?;
        address.switch(standby.port);
        let next = clusters.standby(&standby)?;
        primary = standby;
        standby = next;
    }
    site.world.ringcentral_becomes(&unhurried())?;
    let verdict = site.settle()?;
    for worker in &mut workers {
        worker.stop()?;
    }
    pages.stop()?;
    let what = format!(
        "{times} failovers of PostgreSQL, {under_load} of them with items on their way, 2 workers \
         and 1 process with pages that nobody restarted"
    );
    Ok(figure.told(
        &what,
        &verdict,
        &[("connections lost", site.memory.troubled()?)],
    ))
}

/// Until something new is archived, or nothing is left to archive.
fn working(site: &mut Site, before: i64) -> Result<()> {
    let mut looks = 0_u32;
    until("the work goes on", PATIENCE, || {
        if looks.is_multiple_of(50) {
            site.admin.hurry()?;
        }
        looks += 1;
        let archived = site.memory.archived()?;
        Ok(archived > before || (archived > 0 && site.memory.pending()? == 0))
    })
}
