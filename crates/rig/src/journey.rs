//! The journeys on which the product dies: what an administrator does with a
//! server from the first day on, and a backup from a terminal.

use anyhow::{Context, Result};

use crate::scenario;
use crate::site::Site;

/// One of them.
pub(crate) struct Journey {
    pub(crate) name: &'static str,
    pub(crate) scenario: fn() -> String,
    /// The apps' keys are typed in, not configured.
    pub(crate) keyless: bool,
    /// A death costs ten seconds and more: a short tier has fewer of them.
    pub(crate) slow: bool,
    /// `archiver backup` instead of a server.
    pub(crate) by_hand: bool,
    pub(crate) steps: &'static [Step],
}

/// Something that is done until it is done; it may be done again.
pub(crate) struct Step {
    pub(crate) name: &'static str,
    /// Whether it is done. The text is what the server has said so far.
    pub(crate) take: fn(&mut Site, &str) -> Result<bool>,
}

const fn step(name: &'static str, take: fn(&mut Site, &str) -> Result<bool>) -> Step {
    Step { name, take }
}

/// All of them. What the first one comes by is not tried in the next.
pub(crate) const JOURNEYS: [Journey; 3] = [
    Journey {
        name: "a server, set up and used",
        scenario: || scenario::small(5_000_000, ""),
        keyless: true,
        slow: false,
        by_hand: false,
        steps: &[
            step("set-up", set_up),
            step("signing in", |site, _| site.admin.sign_in().map(|()| true)),
            step("connecting", |site, _| site.admin.connect().map(|()| true)),
            step("switching on", |site, _| {
                site.admin.switch_on().map(|()| true)
            }),
            step("archiving", archived),
            step("looking", looked),
            step("changing", changed),
            step("a token for programs", token),
            step("tokens die", aged),
            step("disconnecting", |site, _| {
                site.admin.disconnect()?;
                Ok(site.memory.connected()? == 0)
            }),
            step("connecting again", |site, _| {
                site.admin.connect().map(|()| true)
            }),
            step("switching on again", |site, _| {
                site.admin.switch_on()?;
                site.memory.switched_on()
            }),
            step("archiving again", archived),
            step("leaving", |site, _| {
                site.admin.post("/", "/logout", &[]).map(|_| true)
            }),
        ],
    },
    Journey {
        name: "a company whose messages come by export",
        scenario: scenario::exported,
        keyless: false,
        slow: true,
        by_hand: false,
        steps: &[
            step("signing in", |site, _| site.admin.sign_in().map(|()| true)),
            step("connecting", |site, _| site.admin.connect().map(|()| true)),
            step("switching on", |site, _| {
                site.admin.switch_on().map(|()| true)
            }),
            step("archiving", archived),
        ],
    },
    Journey {
        name: "a backup from a terminal",
        scenario: || scenario::small(5_000_000, ""),
        keyless: false,
        slow: false,
        by_hand: true,
        steps: &[],
    },
];

/// The keys are typed in by whoever has the token that the server prints.
fn set_up(site: &mut Site, told: &str) -> Result<bool> {
    let line = told.lines().rev().find(|it| it.contains("/setup?token="));
    let token = line.and_then(|it| it.split("token=").nth(1)).map(str::trim);
    if site
        .admin
        .page("/setup")?
        .contains("action=\"/setup/token\"")
    {
        let Some(token) = token else {
            return Ok(true);
        };
        site.admin
            .post("/setup", "/setup/token", &[("token", token)])?;
    }
    for (end, id, secret) in [
        (
            "ringcentral",
            "RINGCENTRAL_CLIENT_ID",
            "RINGCENTRAL_CLIENT_SECRET",
        ),
        ("dropbox", "DROPBOX_APP_KEY", "DROPBOX_APP_SECRET"),
    ] {
        let (id, secret) = (site.world.setting(id), site.world.setting(secret));
        let keys = [("id", id), ("secret", secret), ("how", "tested")];
        let keys = keys.map(|(name, value)| (name, value.to_owned()));
        let keys: Vec<(&str, &str)> = keys.iter().map(|(name, it)| (*name, it.as_str())).collect();
        site.admin
            .post("/setup", &format!("/setup/{end}"), &keys)
            .with_context(|| format!("the keys of {end}"))?;
    }
    Ok(true)
}

/// Everything that is there is archived, also what came late.
fn archived(site: &mut Site, _: &str) -> Result<bool> {
    let (now_ms, settled_ms) = site.world.times()?;
    site.nudge()?;
    if now_ms <= settled_ms || site.memory.pending()? > 0 {
        return Ok(false);
    }
    site.is_all_there(now_ms)
}

/// Every page once.
fn looked(site: &mut Site, _: &str) -> Result<bool> {
    for page in [
        "/",
        "/backup?view=account",
        "/backup?view=extension",
        "/backup/plan?view=account",
        "/log?view=account",
        "/log/csv?view=account",
        "/tokens",
        "/setup",
        "/help",
        "/healthz",
        "/readyz",
    ] {
        site.admin.get(page)?;
    }
    let log = site.admin.page("/log?view=account")?;
    let rows = log.split("href=\"/log/row?").skip(1);
    for row in rows.take(2) {
        let query = row.split('"').next().unwrap_or_default();
        let query = query.replace("&#38;", "&").replace("&amp;", "&");
        site.admin.page(&format!("/log/row?{query}"))?;
        site.admin.get(&format!("/log/row/csv?{query}"))?;
    }
    Ok(true)
}

/// The past left and taken up again, everything tried again, a run at once.
fn changed(site: &mut Site, _: &str) -> Result<bool> {
    let page = "/backup?view=account";
    for wanted in ["no", "yes"] {
        let past = [("view", "account"), ("wanted", wanted)];
        site.admin.post(page, "/backup/past", &past)?;
        let history = [("view", "account"), ("rests", wanted)];
        site.admin.post(page, "/backup/history", &history)?;
    }
    let history = [("view", "account"), ("rests", "no")];
    site.admin.post(page, "/backup/history", &history)?;
    let all = [("view", "account"), ("all", "1")];
    site.admin
        .post("/backup?view=account", "/log/retry", &all)?;
    site.admin.hurry()?;
    Ok(true)
}

/// Made, used and ended.
fn token(site: &mut Site, _: &str) -> Result<bool> {
    let bearer = site.admin.program()?;
    for (verb, path) in [
        ("GET", "/api/v1/status"),
        ("GET", "/api/v1/connections"),
        ("GET", "/api/v1/log?view=account"),
        ("POST", "/api/v1/backups/account/run"),
    ] {
        site.admin.as_program(verb, path, &bearer)?;
    }
    let page = site.admin.page("/tokens")?;
    let end = page.split("action=\"/tokens/").nth(1);
    let end = end.and_then(|it| it.split('"').next()).context("a token")?;
    site.admin.post("/tokens", &format!("/tokens/{end}"), &[])?;
    Ok(true)
}

/// Both ends' access tokens die, and are renewed. The world grows older only
/// once: RingCentral repeats an answer that got lost for 60 minutes, no longer.
fn aged(site: &mut Site, _: &str) -> Result<bool> {
    const FOUR_HOURS_MS: i64 = 15_000_000;
    if site.aged_at.is_none() {
        let generation = site.memory.generation()?;
        site.world.age(FOUR_HOURS_MS)?;
        site.aged_at = Some(generation);
    }
    site.nudge()?;
    let renewed = site.memory.generation()?;
    Ok(site.aged_at.is_some_and(|it| renewed > it))
}
