//! Secrets and personal data, followed through the real binary: a company is
//! archived at the highest log level, with errors provoked and a crash, and then
//! everything that the program wrote is searched for what must not stand there.

use std::collections::BTreeSet;
use std::fs::{self, File};
use std::io::Read;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};

use base64::Engine;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};

use crate::browser::Browser;
use crate::rig::{Rig, told};
use crate::serve::{company, recordings, stored};
use crate::stop::until;
use crate::tap::Tap;

/// Something that must not be found, and what it is.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord)]
struct Canary {
    what: &'static str,
    text: String,
}

impl Canary {
    /// As it is, and as it travels.
    fn spellings(&self) -> Vec<Vec<u8>> {
        let text = self.text.as_str();
        let escaped: String = url::form_urlencoded::byte_serialize(text.as_bytes()).collect();
        let json = serde_json::Value::from(text).to_string();
        let json = json.trim_matches('"').to_owned();
        let coded = [STANDARD.encode(text), URL_SAFE_NO_PAD.encode(text)];
        let all = [text.to_owned(), escaped, json].into_iter().chain(coded);
        let all: BTreeSet<String> = all.collect();
        all.into_iter().map(String::into_bytes).collect()
    }
}

/// What was found where.
#[derive(Default)]
struct Search {
    places: usize,
    bytes: usize,
    found: BTreeSet<String>,
}

impl Search {
    fn look(&mut self, place: &str, bytes: &[u8], canaries: &[&Canary]) {
        self.places += 1;
        self.bytes += bytes.len();
        for canary in canaries {
            for spelling in canary.spellings() {
                if finds(bytes, &spelling) {
                    let (what, text) = (canary.what, &canary.text);
                    self.found.insert(format!("{place}: {what}: {text}"));
                }
            }
        }
    }
}

fn finds(bytes: &[u8], wanted: &[u8]) -> bool {
    let Some((first, rest)) = wanted.split_first() else {
        return false;
    };
    let mut from = 0;
    while let Some(at) = bytes[from..].iter().position(|it| it == first) {
        let after = from + at + 1;
        if bytes[after..].starts_with(rest) {
            return true;
        }
        from = after;
    }
    false
}

/// The company, its providers behind taps, and secrets in every setting that
/// takes one.
struct Stage {
    rig: Rig,
    ringcentral: Tap,
    dropbox: Tap,
    planted: Vec<Canary>,
}

impl Stage {
    fn new() -> Stage {
        let mut scenario = company(14);
        scenario.company.extensions = 24;
        scenario.company.texts_per_day = 60;
        scenario.company.voicemails_per_day = 8;
        scenario.company.faxes_per_day = 6;
        for (setting, canary) in [
            (
                &mut scenario.ringcentral.client_secret,
                "canary-ringcentral-secret",
            ),
            (&mut scenario.dropbox.app_secret, "canary-dropbox-secret"),
            (
                &mut scenario.dropbox.refresh_token,
                "canary-dropbox-refresh",
            ),
        ] {
            canary.clone_into(setting);
        }
        let faults = &mut scenario.ringcentral.faults;
        (faults.error_500, faults.html, faults.empty) = (0.05, 0.05, 0.05);
        (faults.unauthorized, faults.cut_close, faults.reset) = (0.03, 0.05, 0.02);
        let mut rig = Rig::new(scenario);
        let ringcentral = Tap::before(&rig.simulation.ringcentral().server_url());
        let at = rig.setting("DROPBOX_API_URL");
        let dropbox = Tap::before(&at);
        let mut planted = Vec::new();
        let mut plant = |name: &'static str, value: String, canary: &str| {
            rig.set(name, &value);
            planted.push(Canary {
                what: name,
                text: canary.to_owned(),
            });
        };
        let mail = "smtp://canary-mail-user:canary-mail-password@127.0.0.1:9".to_owned();
        let hook = "http://127.0.0.1:9/canary-webhook-path".to_owned();
        plant("ARCHIVER_SMTP_URL", mail, "canary-mail-password");
        plant("ARCHIVER_ALARM_WEBHOOK_URL", hook, "canary-webhook-path");
        let sign = "canary-webhook-secret";
        plant("ARCHIVER_ALARM_WEBHOOK_SECRET", sign.to_owned(), sign);
        rig.set("ARCHIVER_ALARM_MAIL_TO", "canary-to@example.com");
        rig.set("ARCHIVER_ALARM_MAIL_FROM", "canary-from@example.com");
        rig.set("RINGCENTRAL_SERVER_URL", &ringcentral.url);
        rig.set("DROPBOX_API_URL", &dropbox.url);
        rig.set("ARCHIVER_METRICS_LISTEN", "127.0.0.1:0");
        rig.set("ARCHIVER_LOG", "trace");
        let temporary = rig.folder.path().join("tmp");
        fs::create_dir(&temporary).unwrap();
        rig.set("TMPDIR", temporary.to_str().unwrap());
        Stage {
            rig,
            ringcentral,
            dropbox,
            planted,
        }
    }

    /// Everything secret: what was planted, and what the providers gave out.
    fn secrets(&self) -> Vec<Canary> {
        let mut all = self.planted.clone();
        let mut add = |what, text: String| {
            if text.len() >= 12 {
                all.push(Canary { what, text });
            }
        };
        for (what, name) in [
            ("client secret", "RINGCENTRAL_CLIENT_SECRET"),
            ("JWT", "RINGCENTRAL_JWT"),
            ("app secret", "DROPBOX_APP_SECRET"),
            ("refresh token", "DROPBOX_REFRESH_TOKEN"),
        ] {
            add(what, self.rig.setting(name));
        }
        for tap in [&self.ringcentral, &self.dropbox] {
            for (what, before) in [
                ("access token", "\"access_token\":\""),
                ("refresh token", "\"refresh_token\":\""),
                ("access token", "\"access_token\": \""),
                ("refresh token", "\"refresh_token\": \""),
                ("authorization code", "&code="),
                ("PKCE verifier", "code_verifier="),
            ] {
                for text in tap.values(before, &['"', '&', ' ', '\r', '\n']) {
                    add(what, text);
                }
            }
        }
        let key = fs::read(self.rig.data_dir().join("master.key")).unwrap();
        let key = String::from_utf8_lossy(&key).trim().to_owned();
        for line in key.lines() {
            let word = line.rsplit([' ', ':']).next().unwrap_or(line);
            add("master key", word.to_owned());
        }
        all.sort();
        all.dedup();
        all
    }

    /// What RingCentral and Dropbox told of people.
    fn people(&self) -> Vec<Canary> {
        let mut all = Vec::new();
        for (what, before, least) in [
            ("name", "\"name\":\"", 8),
            ("first name", "\"firstName\":\"", 8),
            ("number", "\"phoneNumber\":\"", 10),
            ("text", "\"subject\":\"", 12),
            ("file name", "\"fileName\":\"", 8),
            ("e-mail", "\"email\":\"", 8),
            ("person", "\"display_name\":\"", 6),
        ] {
            for tap in [&self.ringcentral, &self.dropbox] {
                let found = tap.values(before, &['"', '\\']);
                let found = found.into_iter().filter(|it| it.chars().count() >= least);
                all.extend(found.map(|text| Canary { what, text }));
            }
        }
        for text in ["canary-to@example.com", "canary-from@example.com"] {
            all.push(Canary {
                what: "e-mail",
                text: text.to_owned(),
            });
        }
        // Words of RingCentral's own, and the zone of the company.
        let common = [
            "Fax Call",
            "VoIP Call",
            "Phone Call",
            "Anonymous",
            "RingCentral",
            "America/",
            "Europe/",
        ];
        all.retain(|it| !common.iter().any(|word| it.text.starts_with(word)));
        all.sort();
        all.dedup();
        all
    }
}

/// A server whose output goes into files; where its pages and its metrics are.
fn serve(rig: &Rig, name: &str) -> (Child, String, String) {
    let [out, err] = ["out", "err"].map(|it| rig.folder.path().join(format!("{name}.{it}")));
    let child = rig
        .command(&["serve", "--listen", "127.0.0.1:0"])
        .env("ARCHIVER_LOG_FORMAT", "json")
        .stdout(File::create(&out).unwrap())
        .stderr(File::create(&err).unwrap())
        .stdin(Stdio::null())
        .spawn()
        .unwrap();
    let told = || fs::read_to_string(&out).unwrap();
    until("it serves", || told().matches("http://").count() >= 2);
    let address = |word: &str| {
        let text = told();
        let line = text.lines().find(|it| it.contains(word)).map(str::to_owned);
        let line = line.unwrap_or_else(|| panic!("no {word} in {text}"));
        line.split('/').nth(2).unwrap().to_owned()
    };
    (child, address("Pages:"), address("etrics"))
}

/// All files of a folder, but for those with these names.
fn files(folder: &Path, without: &[&str]) -> Vec<(String, Vec<u8>)> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        if path.is_dir() {
            found.extend(files(&path, without));
        } else if !without.iter().any(|it| name.starts_with(it)) {
            found.push((name, fs::read(&path).unwrap()));
        }
    }
    found
}

fn unzipped(file: &Path) -> Vec<(String, Vec<u8>)> {
    let mut zip = zip::ZipArchive::new(File::open(file).unwrap()).unwrap();
    let parts = zip.len();
    let read = |at| {
        let mut part = zip.by_index(at).unwrap();
        let mut bytes = Vec::new();
        part.read_to_end(&mut bytes).unwrap();
        (part.name().unwrap().into_owned(), bytes)
    };
    (0..parts).map(read).collect()
}

const PAGES: [&str; 12] = [
    "/",
    "/backup",
    "/backup?view=account",
    "/log?view=account",
    "/log",
    "/archive",
    "/archive?view=account",
    "/archive?q=canary&view=account",
    "/tokens",
    "/setup",
    "/sign-in",
    "/help",
];

/// Secrets that open nothing, in settings of commands that fail.
const WRONG: [&str; 4] = [
    "canary-wrong-jwt",
    "canary-wrong-refresh",
    "canary-in-url",
    "canary-db-password",
];

/// Commands for people, some of which must fail.
fn commands(stage: &Stage) -> Vec<(String, Output)> {
    let mut all = Vec::new();
    let mut run = |args: &[&str], change: fn(&mut Command)| {
        let mut command = stage.rig.command(args);
        change(&mut command);
        all.push((args.join(" "), command.output().unwrap()));
    };
    let nothing: fn(&mut Command) = |_| ();
    let yesterday = stage.rig.ago_ms(86_400_000);
    let range = ["backup", "--from", &yesterday, "--to", "now", "--json"];
    run(&range, nothing);
    run(&range, |it| {
        it.env("RINGCENTRAL_JWT", "canary-wrong-jwt");
    });
    run(&range, |it| {
        it.env("DROPBOX_REFRESH_TOKEN", "canary-wrong-refresh");
    });
    run(&range, |it| {
        it.env(
            "RINGCENTRAL_SERVER_URL",
            "http://user:canary-in-url@127.0.0.1:9",
        );
    });
    run(&["status"], |it| {
        it.env(
            "ARCHIVER_DATABASE_URL",
            "postgres://archiver:canary-db-password@127.0.0.1:9/archiver",
        );
    });
    run(&["verify", "--json"], nothing);
    run(&["status", "--json"], nothing);
    run(&["log", "--from", "2000-01-01", "--json"], nothing);
    run(&["connections", "--json"], nothing);
    run(&["alarms", "test"], nothing);
    let copy = stage.rig.folder.path().join("copy.db");
    run(
        &["database", "backup", "--to", copy.to_str().unwrap()],
        nothing,
    );
    all
}

/// What a server and its commands left behind besides files.
struct Life {
    arguments: Vec<u8>,
    metrics: String,
    /// Who looked at which page, and what they saw.
    html: Vec<(&'static str, &'static str, String)>,
    output: Vec<(String, Output)>,
    bundle: PathBuf,
}

/// Connected, archived, looked at, disturbed, killed, and asked for a bundle.
fn live(stage: &Stage) -> Life {
    let rig = &stage.rig;
    let (mut child, pages, metrics) = serve(rig, "first");
    let arguments = fs::read(format!("/proc/{}/cmdline", child.id())).unwrap();
    let mut admin = Browser::new(&pages);
    admin.sign_in();
    admin.connect();
    admin.switch_on();
    until("most is archived", || {
        stored(rig) * 10 > recordings(rig) * 6
    });
    let mut somebody = Browser::new(&pages);
    somebody.sign_in_as("104");
    let mut html = Vec::new();
    for (who, browser) in [
        ("admin", &mut admin),
        ("somebody", &mut somebody),
        ("stranger", &mut Browser::new(&pages)),
    ] {
        for page in PAGES {
            html.push((who, page, browser.get(page).body));
        }
    }
    let metrics = Browser::new(&metrics).get("/metrics").body;
    rig.simulation.ringcentral().end_sessions();
    rig.simulation.dropbox().revoke_all();
    let mut output = commands(stage);
    child.kill().unwrap();
    child.wait().unwrap();
    let (mut child, ..) = serve(rig, "second");
    let bundle = rig.folder.path().join("bundle.zip");
    let args = ["support-bundle", "--to", bundle.to_str().unwrap()];
    let bundled = rig.run(&args);
    assert_eq!(told(&bundled).0, 0, "{}", told(&bundled).1);
    let again = rig.run(&args);
    assert_eq!(told(&again).0, 2, "nothing is written over");
    output.push(("support-bundle".to_owned(), bundled));
    child.kill().unwrap();
    child.wait().unwrap();
    Life {
        arguments,
        metrics,
        html,
        output,
        bundle,
    }
}

impl Search {
    /// What the processes told: nobody's name in any log, no secret anywhere.
    fn look_at_output(&mut self, stage: &Stage, life: &Life, secret: &[&Canary], all: &[&Canary]) {
        self.look("arguments", &life.arguments, all);
        self.look("/metrics", life.metrics.as_bytes(), all);
        for name in ["first.err", "first.out", "second.err", "second.out"] {
            let bytes = fs::read(stage.rig.folder.path().join(name)).unwrap();
            self.look(&format!("serve, {name}"), &bytes, all);
        }
        for (name, output) in &life.output {
            self.look(&format!("{name}, stderr"), &output.stderr, all);
            self.look(&format!("{name}, stdout"), &output.stdout, secret);
        }
        let parts = unzipped(&life.bundle);
        assert_eq!(parts.len(), 8);
        for (name, bytes) in &parts {
            self.look(&format!("bundle {name}"), bytes, all);
        }
    }

    /// What lies on disk. Names and texts are the database's own business;
    /// secrets are not.
    fn look_at_files(&mut self, stage: &Stage, secret: &[&Canary], all: &[&Canary]) {
        let folder = stage.rig.folder.path();
        for (name, bytes) in files(&stage.rig.data_dir(), &["master.key"]) {
            let is_database = name.starts_with("archiver.db");
            self.look(&name, &bytes, if is_database { secret } else { all });
        }
        let copy = fs::read(folder.join("copy.db")).unwrap();
        self.look("copy.db", &copy, secret);
        for (name, bytes) in files(&folder.join("tmp"), &[]) {
            self.look(&format!("temporary {name}"), &bytes, all);
        }
    }

    /// Somebody's pages name one person: themselves, as the help page does.
    fn look_at_pages(&mut self, life: &Life, secret: &[&Canary], all: &[&Canary]) {
        let mut help = life.html.iter();
        let help = help.find(|it| (it.0, it.1) == ("somebody", "/help"));
        let own = all.iter().filter(|it| help.unwrap().2.contains(&it.text));
        let own: BTreeSet<&str> = own.map(|it| it.text.as_str()).collect();
        assert_eq!(own.len(), 1, "{own:?}");
        let others = all.iter().filter(|it| !own.contains(it.text.as_str()));
        let others: Vec<&Canary> = others.copied().collect();
        for (who, page, body) in &life.html {
            let hidden = match *who {
                "admin" => secret,
                "somebody" => &others,
                _ => all,
            };
            self.look(&format!("{page} of {who}"), body.as_bytes(), hidden);
        }
    }
}

#[test]
fn planted_secrets_and_personal_data_stay_where_they_belong() {
    let stage = Stage::new();
    let life = live(&stage);
    let (mut secrets, people) = (stage.secrets(), stage.people());
    secrets.extend(WRONG.map(|text| Canary {
        what: "wrong secret",
        text: text.to_owned(),
    }));
    let secret: Vec<&Canary> = secrets.iter().collect();
    let all: Vec<&Canary> = secrets.iter().chain(&people).collect();
    let mut search = Search::default();
    search.look_at_output(&stage, &life, &secret, &all);
    search.look_at_files(&stage, &secret, &all);
    search.look_at_pages(&life, &secret, &all);
    println!(
        "canaries: {} secrets and {} names, numbers, texts, files in {} places ({} bytes): {} found",
        secret.len(),
        people.len(),
        search.places,
        search.bytes,
        search.found.len()
    );
    let told: Vec<String> = search.found.into_iter().take(40).collect();
    assert!(told.is_empty(), "{}", told.join("\n"));
    assert!(secret.len() >= 20 && all.len() >= 100);

    // The highest level was on, and the search does find: the database holds
    // the texts.
    let log = fs::read_to_string(stage.rig.folder.path().join("first.err")).unwrap();
    assert!(log.contains("\"TRACE\""));
    let mut control = Search::default();
    let database = fs::read(stage.rig.data_dir().join("archiver.db")).unwrap();
    control.look("database", &database, &all);
    assert!(control.found.len() > 10);
}
