//! B9: how long a server takes to listen, and how large the program is.

use std::fs;
use std::io::{BufRead, BufReader};
use std::net::TcpStream;
use std::process::{Command, Stdio};
use std::time::Instant;

use anyhow::{Context, Result};

use crate::bench::Bench;
use crate::process;
use crate::table::{Row, Target, median};

/// Both.
pub(crate) fn start(bench: &mut Bench) -> Result<()> {
    let folder = bench.work("start");
    let _ = fs::remove_dir_all(&folder);
    fs::create_dir_all(&folder)?;
    let (mut first, mut again) = (Vec::new(), Vec::new());
    for round in 0..bench.size(11, 3) {
        let data = folder.join(format!("data-{round}"));
        first.push(listens_after(bench, &data)?);
        again.push(listens_after(bench, &data)?);
    }
    fs::remove_dir_all(&folder)?;
    let title = "s from start to listening, empty data dir";
    bench.row(Row::alone("B9", title, median(first), Target::Told));
    let title = "s from start to listening";
    bench.row(Row::alone("B9", title, median(again), Target::Most(0.2)));
    let mib = |file| Ok::<_, anyhow::Error>(fs::metadata(file)?.len() as f64 / f64::from(1 << 20));
    let ours = mib(bench.asked.archiver.clone())?;
    let rclone = mib(bench.asked.tools.join("rclone"))?;
    let title = "MiB of the program";
    let row = Row::ratio("B9", title, ours, (rclone, "rclone"), Target::Most(1.0));
    bench.row(row);
    let lock = fs::read_to_string("Cargo.lock").context("run it at the root of the tree")?;
    let crates = lock.matches("[[package]]").count() as f64;
    bench.row(Row::alone(
        "B9",
        "crates in the lock file",
        crates,
        Target::Told,
    ));
    Ok(())
}

/// Seconds until somebody can connect.
fn listens_after(bench: &Bench, data: &std::path::Path) -> Result<f64> {
    let began = Instant::now();
    let mut server = Command::new(&bench.asked.archiver)
        .args(["serve", "--listen", "127.0.0.1:0"])
        .current_dir(bench.work("start"))
        .env("ARCHIVER_DATA_DIR", data)
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()?;
    let out = server.stdout.take().context("no output")?;
    let mut line = String::new();
    BufReader::new(out).read_line(&mut line)?;
    let address = line.split('/').nth(2).map(str::trim).unwrap_or_default();
    let reached = TcpStream::connect(address);
    let seconds = began.elapsed().as_secs_f64();
    process::end(&mut server);
    reached.with_context(|| format!("the server does not listen: {line}"))?;
    Ok(seconds)
}
