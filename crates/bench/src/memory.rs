//! B5: memory at most, as the kernel counts it: a server with nothing to do,
//! and one recording of 2 GiB. That of many recordings is told with B1, that of
//! a large Ledger with B6.

use std::fs;
use std::process::Stdio;
use std::time::Duration;

use anyhow::Result;

use crate::bench::Bench;
use crate::process;
use crate::scenario::{self, UNLIMITED};
use crate::sides::Side;
use crate::table::{Row, Target};

/// What is allowed, in MiB.
pub(crate) const MOST: Target = Target::Most(64.0);

/// Both.
pub(crate) fn peaks(bench: &mut Bench) -> Result<()> {
    idle(bench)?;
    huge(bench)
}

fn idle(bench: &mut Bench) -> Result<()> {
    let world = bench.world("idle", &scenario::recordings(10, 2_000))?;
    let mut server = world
        .archiver(&["serve", "--listen", "127.0.0.1:0"])
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()?;
    std::thread::sleep(Duration::from_secs(bench.size(15, 3)));
    let peak = process::peak_of(server.id()).unwrap_or(f64::NAN);
    process::end(&mut server);
    bench.row(Row::alone("B5", "MiB at most, an idle server", peak, MOST));
    Ok(())
}

/// rclone uploads the same file from disk.
fn huge(bench: &mut Bench) -> Result<()> {
    let bytes: u64 = bench.size(2 << 30, 256 << 20);
    let text = format!(
        "{}big_recording_bytes = {bytes}\n{UNLIMITED}",
        scenario::recordings(3, 2_000)
    );
    let files = bench.work("files");
    let world = bench.world("huge", &text)?;
    bench.tools.fetch(&world, &files)?;
    let ours = bench.tools.run(Side::Ours, &world, &files, 0)?;
    world.check("Archiver")?;
    drop(world);
    let world = bench.world("huge", &text)?;
    let theirs = bench.tools.run(Side::Rclone, &world, &files, 0)?;
    world.check("rclone")?;
    fs::remove_dir_all(files)?;
    let title = format!("MiB at most, one recording of {} MiB", bytes >> 20);
    bench.row(Row::alone("B5", title.clone(), ours.peak_mib, MOST));
    let rclone = (theirs.peak_mib, "rclone");
    bench.row(Row::ratio(
        "B5",
        title,
        ours.peak_mib,
        rclone,
        Target::Most(1.0),
    ));
    Ok(())
}
