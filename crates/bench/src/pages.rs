//! B8: pages and the JSON interface before fifty people at once, with a year
//! of items behind them, against a file that the same server sends.

use std::io::{BufRead, BufReader};
use std::process::{Child, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};
use futures::future::try_join_all;

use crate::bench::{Bench, note};
use crate::browser::Browser;
use crate::history;
use crate::process;
use crate::scenario::{self, UNLIMITED};
use crate::table::{Row, Target, median};
use crate::world::World;

/// Who look at once.
const VIEWERS: usize = 50;
/// The file that all is held against.
const FILE: &str = "/style.css";
/// What people and programs look at.
const PAGES: [(&str, &str); 5] = [
    ("GENERAL", "/"),
    ("BACKUP", "/backup?view=account"),
    ("LOG", "/log?view=account"),
    ("API status", "/api/v1/status"),
    ("API log", "/api/v1/log?view=account"),
];

/// All of them.
pub(crate) fn viewers(bench: &mut Bench) -> Result<()> {
    let count = bench.size(1_000_000, 20_000);
    let text = format!(
        "{}{UNLIMITED}auto_consent = true\n[dropbox]\nauto_consent = true\n",
        scenario::recordings(600, 20_000)
    );
    let world = bench.world("pages", &text)?;
    let data = world.folder.join("data");
    let (mut server, address) = serve(&world, &[])?;
    let mut browser = Browser::default();
    browser.moves_to(&address);
    browser.sign_in()?;
    browser.connect()?;
    browser.switch_on()?;
    let archived = until_archived(&world);
    process::end(&mut server);
    archived?;
    history::grow(bench, &data, count)?;
    let (mut server, address) = serve(&world, &["--role", "web"])?;
    browser.moves_to(&address);
    let result = look(bench, &address, &mut browser, count);
    process::end(&mut server);
    result
}

/// Until everything lies in the Dropbox.
fn until_archived(world: &World) -> Result<()> {
    let began = Instant::now();
    while world.stored()?.files < world.recordings()?.files {
        if began.elapsed() > Duration::from_mins(3) {
            bail!("the server does not archive: {:?}", world.stored()?);
        }
        std::thread::sleep(Duration::from_millis(500));
    }
    // What has landed is written down a moment later.
    std::thread::sleep(Duration::from_secs(2));
    Ok(())
}

fn serve(world: &World, args: &[&str]) -> Result<(Child, String)> {
    let args = [&["serve", "--listen", "127.0.0.1:0"][..], args].concat();
    let mut server = world
        .archiver_in_the_clear(&args)
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()?;
    let mut line = String::new();
    let out = server.stdout.take().context("no output")?;
    BufReader::new(out).read_line(&mut line)?;
    let address = line.split('/').nth(2).map(str::trim).unwrap_or_default();
    Ok((server, address.to_owned()))
}

fn look(bench: &mut Bench, address: &str, browser: &mut Browser, count: u64) -> Result<()> {
    let token = browser.program()?;
    let bearer = token.split_once(": ").map_or("", |(_, it)| it.trim());
    let cookie = browser.cookie.clone().context("nobody is signed in")?;
    // Counts what was never counted, so that nobody waits for it later.
    for (_, path) in &PAGES[..3] {
        browser.page(path)?;
    }
    let looks = bench.size(40, 4);
    let mut figures: Vec<(&str, Vec<f64>, Vec<f64>)> = Vec::new();
    let mut file_halves = Vec::new();
    for round in 0..bench.rounds() {
        let (half, _) = crowd(address, FILE, ("cookie", &cookie), looks * 4)?;
        file_halves.push(half);
        for (at, (name, path)) in PAGES.into_iter().enumerate() {
            let header = if path.starts_with("/api/") {
                ("authorization", bearer)
            } else {
                ("cookie", cookie.as_str())
            };
            let (half, most) = crowd(address, path, header, looks)?;
            if round == 0 {
                figures.push((name, Vec::new(), Vec::new()));
            }
            figures[at].1.push(half);
            figures[at].2.push(most);
            note(&format!(
                "B8 round {round}, {name}: p50 {half:.1} ms, p99 {most:.1} ms"
            ));
        }
    }
    note(&format!(
        "B8 {FILE}: p50 {:.1} ms",
        median(file_halves.clone())
    ));
    for (name, halves, mosts) in figures {
        let title = format!("ms, {name}, p50 of {VIEWERS} at once, {count} items");
        let file = (&file_halves[..], "static file");
        bench.row(Row::paired("B8", title, &halves, file, Target::Most(20.0)));
        let title = format!("ms, {name}, p99 of {VIEWERS} at once, {count} items");
        bench.row(Row::paired(
            "B8",
            title,
            &mosts,
            (&halves, "its p50"),
            Target::Most(4.0),
        ));
    }
    Ok(())
}

/// Everybody asks for the same, one time after the other: the median and the
/// 99th percentile of the times, in ms.
fn crowd(address: &str, path: &str, header: (&str, &str), looks: usize) -> Result<(f64, f64)> {
    let url = format!("http://{address}{path}");
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?;
    let mut all = runtime
        .block_on(async {
            let client = reqwest::Client::builder().no_proxy().build()?;
            let one = async || {
                let mut times = Vec::with_capacity(looks);
                for _ in 0..looks {
                    let began = Instant::now();
                    let asked = client.get(&url).header(header.0, header.1).send().await?;
                    if asked.status() != 200 {
                        bail!("{path} answered {}", asked.status());
                    }
                    asked.bytes().await?;
                    times.push(began.elapsed().as_secs_f64() * 1e3);
                }
                Ok::<_, anyhow::Error>(times)
            };
            try_join_all((0..VIEWERS).map(|_| one())).await
        })?
        .concat();
    all.sort_by(f64::total_cmp);
    let at = |share: usize| all[(all.len() * share / 100).min(all.len() - 1)];
    Ok((at(50), at(99)))
}
