//! B4: what an item costs in calls, by type, against the least that is
//! possible: one call for each content, and one listing page for each so many
//! records of a mailbox or of the call log. Those of the other sides are told
//! with B1.

use anyhow::{Context, Result};
use serde_json::Value;

use crate::bench::Bench;
use crate::process;
use crate::providers::a_month_ago;
use crate::scenario::{self, UNLIMITED};
use crate::table::{Row, Target};
use crate::world::World;

/// A type: its word on the command line, and what the simulator's truth calls
/// that which costs a call.
const TYPES: [(&str, &[&str]); 4] = [
    ("recordings", &["recording"]),
    ("voicemail", &["voicemail", "transcript"]),
    ("sms", &["mms_part"]),
    ("fax", &["fax", "fax_source"]),
];

/// Each type by itself.
pub(crate) fn by_type(bench: &mut Bench) -> Result<()> {
    let text = format!("{}{UNLIMITED}", scenario::of_everything(bench.size(30, 7)));
    for (of, kinds) in TYPES {
        let world = bench.world("calls", &text)?;
        let least = least(&world, of, kinds)?;
        archive(&world, of)?;
        let calls = world.ringcentral_calls("")? as f64;
        let title = format!("RingCentral calls, a month of {of}");
        let minimum = (least, "the minimum");
        bench.row(Row::ratio("B4", title, calls, minimum, Target::Most(1.02)));
    }
    let count = bench.size(4_000, 500);
    let text = format!("{}{UNLIMITED}", scenario::recordings(count, 60_000));
    let world = bench.world("calls", &text)?;
    archive(&world, "recordings")?;
    let stored = world.check("Archiver")?;
    let share = world.dropbox_calls("")? as f64 / stored.files as f64;
    let title = format!("Dropbox calls per small file, of {}", stored.files);
    bench.row(Row::alone("B4", title, share, Target::Most(0.03)));
    Ok(())
}

fn archive(world: &World, of: &str) -> Result<()> {
    let args = ["backup", "--from", &a_month_ago(), "--to", "now", "--json"];
    let mut command = world.archiver(&args);
    let log = std::fs::File::create(world.folder.join("side.log"))?;
    command.args(["--types", of]).stdout(log);
    // 3: what happens at this very moment may be pending.
    process::run(&mut command, &[0, 3])?;
    Ok(())
}

/// The least that is possible: the contents, a listing page for each 250
/// records of the call log that have a recording, one for each mailbox.
fn least(world: &World, of: &str, kinds: &[&str]) -> Result<f64> {
    let truth = world.ask("RINGCENTRAL_SERVER_URL", "/__sim/truth?hashes=false")?;
    let (now, items) = (truth["now_ms"].as_i64(), truth["items"].as_array());
    let items = items.context("the truth has no items")?;
    let is_there = |it: &&Value| it["visible_at_ms"].as_i64() <= now;
    let is_one = |it: &&Value| kinds.iter().any(|kind| it["kind"] == *kind);
    let contents = items.iter().filter(is_there).filter(is_one).count();
    let pages = match of {
        "recordings" => contents.div_ceil(250),
        _ => MAILBOXES,
    };
    Ok((contents + pages) as f64)
}

/// Extensions of the simulated company.
const MAILBOXES: usize = 14;
