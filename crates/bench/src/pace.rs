//! B3: a backlog under RingCentral's documented limits, whose minute is a
//! second here: how much of the budget is used, and whether it is ever
//! overdrawn.

use anyhow::Result;

use crate::bench::Bench;
use crate::scenario;
use crate::sides::Side;
use crate::table::{Row, Target};

/// Heavy requests in a window (RingCentral's usage plan).
const HEAVY: u64 = 10;

/// The backlog, worked off once.
pub(crate) fn budget(bench: &mut Bench) -> Result<()> {
    let count = bench.size(2_000, 100);
    let text = format!(
        "{}[ringcentral]\nheavy = {HEAVY}\nwindow_ms = 1000\npenalty_ms = 1000\n",
        scenario::recordings(count, 40_000)
    );
    let world = bench.world("pace", &text)?;
    let used = bench
        .tools
        .run(Side::Ours, &world, &bench.work("none"), 0)?;
    world.check("Archiver")?;
    let heavy = world.heavy(200)?;
    let share = heavy as f64 / (HEAVY as f64 * used.seconds);
    bench.row(Row::alone(
        "B3",
        format!("share of the Heavy budget used, from start to exit, {heavy} requests"),
        share,
        Target::Least(0.98),
    ));
    let refused = world.heavy(429)? as f64;
    let title = "requests refused with 429 (the first may be)";
    bench.row(Row::alone("B3", title, refused, Target::Most(1.0)));
    let early = world.ask("RINGCENTRAL_SERVER_URL", "/__sim/requests")?["early_hits"]
        .as_f64()
        .unwrap_or(f64::NAN);
    let title = "requests inside a penalty";
    bench.row(Row::alone("B3", title, early, Target::Most(0.0)));
    Ok(())
}
