//! The demo's world: which moment it is in, where its simulators listen, and
//! how a demo that was stopped finds it again.

use std::fs;
use std::io;
use std::path::Path;
use std::time::Duration;

use anyhow::Context;
use domain::window::{DAY_MS, Window};
use serde::{Deserialize, Serialize};
use sim::{Listen, Scenario, Simulation};

use crate::assemble;
use crate::failure::Failure;

/// The simulators' rate window: 60 s in the real world.
pub(crate) const RATE_WINDOW: Duration = Duration::from_millis(500);
/// How much shorter the simulators' delays are than real ones.
pub(crate) const DELAY_SCALE: f64 = 0.02;
/// The simulators take the first free three of these ports, and the same ones
/// for ever after: the ledger knows their addresses, as it would RingCentral's.
const FIRST_PORT: u16 = 20_000;
const PORTS: u16 = 3;
const PLACES: u16 = 4_000;
/// So many places are tried for a new world.
const TRIED: u16 = 50;

/// What a stopped demo needs to go on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct World {
    anchor_ms: i64,
    /// How many days the company has lived.
    pub(crate) days: u32,
    port: u16,
}

/// The world of an earlier demo in this folder, or a new one; running.
pub(crate) async fn begin(folder: &Path, days: u32) -> Result<(World, Simulation), Failure> {
    if let Some(world) = World::recall(folder, days)? {
        let simulation = world.start(folder).await.with_context(|| {
            format!(
                "the simulators cannot start. Does the demo of {} run already, or does something \
                 else use the ports {} to {}?",
                folder.display(),
                world.port,
                world.port + PORTS - 1
            )
        })?;
        return Ok((world, simulation));
    }
    private_folder(folder).with_context(|| format!("{} cannot be made", folder.display()))?;
    let anchor_ms = assemble::clock().now().as_millisecond();
    let first = u16::try_from(anchor_ms.rem_euclid(i64::from(PLACES))).unwrap_or(0);
    for place in first..first + TRIED {
        let world = World {
            anchor_ms,
            days,
            port: FIRST_PORT + place % PLACES * PORTS,
        };
        match world.start(folder).await {
            Err(error) if error.kind() == io::ErrorKind::AddrInUse => {}
            Err(error) => Err(error).context("the simulators cannot start")?,
            Ok(simulation) => {
                let kept = world.keep(folder);
                kept.with_context(|| format!("{} cannot be written", folder.display()))?;
                return Ok((world, simulation));
            }
        }
    }
    Err(anyhow::anyhow!("the simulators find no free ports"))?
}

impl World {
    /// The days that the company has lived.
    pub(crate) fn window(self) -> Option<Window> {
        Window::from_ms(
            self.anchor_ms - i64::from(self.days) * DAY_MS,
            self.anchor_ms,
        )
    }

    /// The world of an earlier demo. A folder with something else in it is
    /// not touched.
    fn recall(folder: &Path, days: u32) -> Result<Option<World>, Failure> {
        let refused = |what: &str| Err(Failure::usage(format!("{} {what}", folder.display())));
        match fs::read(folder.join("demo.json")) {
            Ok(text) => match serde_json::from_slice::<World>(&text) {
                Ok(world) if world.days == days => Ok(Some(world)),
                Ok(world) => refused(&format!(
                    "holds a demo of {} days. Delete the folder or use --days {}.",
                    world.days, world.days
                )),
                Err(_) => refused("holds a demo that cannot be read. Delete the folder."),
            },
            Err(_) if folder.join("archiver.db").exists() => refused(
                "holds the ledger of a real archive. Name another folder in ARCHIVER_DATA_DIR.",
            ),
            Err(_) => Ok(None),
        }
    }

    /// Whole or not at all: a demo may be killed at any moment.
    fn keep(self, folder: &Path) -> io::Result<()> {
        let beside = folder.join("demo.new");
        fs::write(&beside, serde_json::to_vec(&self)?)?;
        fs::rename(beside, folder.join("demo.json"))
    }

    async fn start(self, folder: &Path) -> io::Result<Simulation> {
        let mut scenario = Scenario::default();
        scenario.company.days = self.days;
        scenario.ringcentral.window_ms = millis(RATE_WINDOW);
        scenario.ringcentral.penalty_ms = millis(RATE_WINDOW);
        scenario.ringcentral.delay_scale = DELAY_SCALE;
        let listen = Listen {
            base_port: Some(self.port),
            dropbox_dir: Some(folder.join("dropbox")),
            ..Listen::default()
        };
        Simulation::start(scenario, listen, self.anchor_ms).await
    }
}

/// A folder that no other user can open: a key and an archive will lie in it.
fn private_folder(folder: &Path) -> io::Result<()> {
    let mut builder = fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(folder)
}

fn millis(duration: Duration) -> i64 {
    i64::try_from(duration.as_millis()).unwrap_or(i64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_folder_with_something_else_in_it_is_not_touched() {
        let folder = tempfile::tempdir().unwrap();
        let recall = |days| World::recall(folder.path(), days);
        assert_eq!(recall(7).unwrap(), None);
        let world = World {
            anchor_ms: 1_795_132_800_000,
            days: 7,
            port: 20_000,
        };
        world.keep(folder.path()).unwrap();
        assert_eq!(recall(7).unwrap(), Some(world));
        assert!(recall(8).is_err());
        fs::write(folder.path().join("demo.json"), "{").unwrap();
        assert!(recall(7).is_err());
        fs::remove_file(folder.path().join("demo.json")).unwrap();
        fs::write(folder.path().join("archiver.db"), "a ledger").unwrap();
        assert!(recall(7).is_err());
    }
}
