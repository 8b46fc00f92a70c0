//! Hundreds of hostile strings as names, numbers, causes, keys and paths, and
//! as what is typed: none becomes markup, none breaks a page or a file.

use domain::account::{Account, Extension};
use domain::archive_path::ArchivePath;
use domain::connection::DestinationRecord;
use domain::event::{Event, Level};
use domain::grant::Provider;
use domain::item::Item;
use domain::ledger::{Outcome, Pending};
use domain::ports::{Connections, Journal, Ledger};
use domain::session::SignedIn;
use testkit::builders::{account, archived, destination, extension, fax, noted, ready, recording};

use crate::log::{hour, open};
use crate::rig::{Browser, NO_CALLS, NOW, Rig};

const SEEDS: [&str; 62] = [
    "<script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    "<svg/onload=alert(1)>",
    "\"><script>alert(1)</script>",
    "'><script>alert(1)</script>",
    "\" onmouseover=\"alert(1)",
    "' onfocus='alert(1)' autofocus='",
    "</title><script>alert(1)</script>",
    "</textarea><script>alert(1)</script>",
    "</td></tr></table><h1>owned</h1>",
    "<!--",
    "-->",
    "<![CDATA[",
    "]]>",
    "<base href=//evil.example>",
    "<meta http-equiv=refresh content=0>",
    "<style>*{display:none}</style>",
    "<plaintext>",
    "<iframe src=javascript:alert(1)>",
    "<a href=javascript:alert(1)>x</a>",
    "javascript:alert(1)",
    "data:text/html,<script>alert(1)</script>",
    "&lt;script&gt;",
    "&#60;script&#62;",
    "&amp",
    "&",
    "<",
    ">",
    "\"",
    "'",
    "`",
    "{{7*7}}",
    "${7*7}",
    "{% include '/etc/passwd' %}",
    "#{7*7}",
    "<%= 7*7 %>",
    "=1+1",
    "=cmd|' /C calc'!A0",
    "+1+1",
    "-1+1",
    "@SUM(A1:A9)",
    "\t=1+1",
    "\r=1+1",
    "=HYPERLINK(\"http://evil.example\",\"x\")",
    "＝1+1",
    "a,b;c\"d",
    "line\r\nbreak\r\n=1",
    "\0null\0",
    "\u{1}\u{7f}\u{1b}[31m",
    "\u{202e}gpj.exe",
    "\u{2066}\u{202e}turned",
    "\u{200b}\u{feff}=1",
    "مرحبا بالعالم",
    "שלום",
    "😀👨‍👩‍👧‍👦🏳️‍🌈",
    "Z̷̛͕a̶l̴g̷o̸",
    "Ａ\u{fffd}\u{fffe}",
    "../../etc/passwd",
    "C:\\Windows\\..\\",
    "%3Cscript%3E %00 %0d%0a",
    "'; drop table entry; --",
    " ",
];

/// Each seed, alone and in company.
fn strings() -> Vec<String> {
    let mut strings = Vec::new();
    for seed in SEEDS {
        strings.extend([
            seed.to_owned(),
            format!("Ada {seed} Lovelace"),
            format!("{seed}\u{202e}\"'<&>"),
            format!("<b>{seed}"),
            seed.repeat(120),
        ]);
    }
    strings.sort_unstable();
    strings.dedup();
    strings
}

fn is_markup(text: &str) -> bool {
    text.contains(['<', '>', '"', '\'', '&'])
}

/// A company in which everything that others may choose is this text.
async fn full_of(text: &str) -> Rig {
    let company = Account {
        name: text.to_owned(),
        ..account("1")
    };
    let rig = Rig::of(company).await;
    let people = ["101", "102"].map(|id| Extension {
        number: Some(text.to_owned()),
        name: Some(text.to_owned()),
        ..extension(id)
    });
    let (account, store) = (&rig.company.id, &rig.store);
    store.keep_extensions(account, &people, NOW).await.unwrap();
    for (id, dropbox) in [("101", "d"), ("102", "e")] {
        let record = DestinationRecord {
            label: text.to_owned(),
            ..destination(dropbox, account)
        };
        store.keep_destination(&record).await.unwrap();
        let connection = rig.connect(id, dropbox).await;
        for end in [Provider::Source, Provider::Destination] {
            store
                .set_trouble(account, &connection.id, end, Some(text))
                .await
                .unwrap();
        }
    }
    rig
}

async fn look_at<'a>(rig: &'a Rig, text: &str, extension: &str) -> Browser<'a> {
    rig.browser_of(SignedIn {
        account: rig.company.id.clone(),
        company: text.to_owned(),
        extension: domain::account::ExtensionId::new(extension),
        number: Some(text.to_owned()),
        name: text.to_owned(),
        admin: true,
        time_zone: Some(text.to_owned()),
        checked_ms: NOW,
    })
    .await
}

fn keyed(text: &str, item: Item) -> Item {
    let mut item = item;
    text.clone_into(&mut item.id.unit);
    item
}

/// Its log: archived at a path with this text, pending and missing because of
/// it, told by it.
async fn fill_log(rig: &Rig, text: &str) {
    let backups = rig.backups().await;
    let backup = backups.iter().find(|it| it.enabled).unwrap();
    let (account, store) = (&rig.company.id, &rig.store);
    open(rig, backup, 1).await;
    let at = hour(0).start_ms();
    let items = [
        keyed(text, recording("r", at)),
        keyed(text, fax("f", at)),
        recording("m", at),
    ];
    let mut items = items;
    for item in &mut items {
        item.facts.text = Some(text.to_owned());
        item.facts.from.name = Some(text.to_owned());
        item.facts.to.clone_from(&vec![item.facts.from.clone(); 9]);
    }
    let seen: Vec<_> = items.iter().map(|it| noted(ready(it))).collect();
    store
        .note(account, backup, &seen, NO_CALLS, NOW)
        .await
        .unwrap();
    let path = ArchivePath::new(format!("Archive/{text}.mp3")).is_ok();
    let path = if path {
        format!("Archive/{text}.mp3")
    } else {
        "Archive/it.mp3".to_owned()
    };
    let [kept, waits, lost] = items.map(|it| it.id);
    let outcomes = [
        (kept, archived(&path, b"bytes")),
        (
            waits,
            Outcome::Pending {
                reason: Pending::Failed,
                cause: text.to_owned(),
                next_try_ms: NOW + 1,
                counts: true,
            },
        ),
        (
            lost,
            Outcome::Missing {
                cause: text.to_owned(),
            },
        ),
    ];
    store
        .settle(account, &backup.destination, &outcomes, NOW)
        .await
        .unwrap();
    let event = Event {
        at_ms: NOW,
        level: Level::Warning,
        about: text.to_owned(),
        belongs_ms: at,
        what: text.to_owned(),
    };
    store.write(account, &backup.id, &[event]).await.unwrap();
}

async fn is_well_made(browser: &Browser<'_>, path: &str, text: &str) -> String {
    let page = browser.get(path).await.body;
    crate::html::page(&page);
    if is_markup(text) && text.len() > 2 && text != "-->" {
        assert!(!page.contains(text), "{path} holds {text:?} as it is");
    }
    page
}

#[tokio::test]
async fn hostile_strings_are_text_on_every_page() {
    let strings = strings();
    assert!(strings.len() >= 300, "{}", strings.len());
    let row = format!("{}-{}", hour(0).start_ms(), hour(0).end_ms());
    for text in &strings {
        let rig = full_of(text).await;
        let browser = look_at(&rig, text, "101").await;
        browser
            .does("/backup/switch", &[("view", "account"), ("enabled", "on")])
            .await;
        fill_log(&rig, text).await;
        for path in [
            "/",
            "/backup",
            "/backup?view=account",
            "/log?view=account",
            "/archive",
            "/coverage",
            "/help",
        ] {
            is_well_made(&browser, path, text).await;
        }
        let path = format!("/log/row?view=account&row={row}");
        let page = is_well_made(&browser, &path, text).await;
        if text.contains("{{7*7}}") || text.contains("${7*7}") {
            assert!(page.contains("7*7"), "nothing is computed");
        }
        let other = look_at(&rig, text, "102").await;
        for path in ["/backup?view=account", "/backup/take-over"] {
            is_well_made(&other, path, text).await;
        }
        let part = browser.get("/backup/plan?view=account").await.body;
        crate::html::tags(&part).unwrap();
        let file = browser
            .get(&format!("/log/row/csv?view=account&row={row}"))
            .await;
        cells_are_text(&file.body, 9, 4);
    }
}

#[tokio::test]
async fn hostile_strings_in_addresses_and_forms_break_nothing() {
    let rig = Rig::new().await;
    crate::log::switch_on(&rig, "101", false, "d").await;
    let browser = rig.browser("101", true).await;
    for text in strings() {
        let typed: String = url::form_urlencoded::byte_serialize(text.as_bytes()).collect();
        for path in [
            format!("/log?period=dates&from={typed}&to={typed}&zone={typed}&show={typed}"),
            format!("/log?less={typed}&older={typed}&newer={typed}&was={typed}"),
            format!("/log?at={typed}"),
            format!("/log?view={typed}"),
            format!("/log/row?row={typed}&after={typed}"),
            format!("/backup?view={typed}"),
            format!("/archive?q={typed}&person={typed}&number={typed}"),
            format!("/archive?from={typed}&to={typed}&before={typed}"),
            format!("/archive?min={typed}&max={typed}&type={typed}"),
            format!("/archive?at={typed}&view={typed}&direction={typed}"),
            format!("/coverage?at={typed}&view={typed}&page={typed}"),
            format!("/coverage?person={typed}"),
            format!("/coverage/csv?of={typed}"),
            format!("/{typed}"),
        ] {
            let answer = browser.get(&path).await;
            assert!(answer.status.as_u16() < 500, "{path}: {}", answer.status);
            crate::html::page(&answer.body);
            if is_markup(&text) && text.len() > 2 && text != "-->" {
                assert!(!answer.body.contains(&text), "{path}");
            }
        }
        for (path, name) in [
            ("/backup/types", "type"),
            ("/backup/switch", "view"),
            ("/log/retry", "row"),
            ("/archive/filters", "query"),
            ("/archive/filters/delete", "name"),
        ] {
            let answer = browser.post(path, &[(name, &text)]).await;
            assert!(answer.status.as_u16() < 500, "{path}: {}", answer.status);
        }
    }
}

/// Reads a CSV file as RFC 4180 has it.
fn read(file: &str) -> Vec<Vec<String>> {
    let mut lines = vec![vec![String::new()]];
    let mut quoted = false;
    let mut rest = file.chars().peekable();
    while let Some(it) = rest.next() {
        let line = lines.last_mut().unwrap();
        let cell = line.last_mut().unwrap();
        match it {
            '"' if quoted && rest.peek() == Some(&'"') => {
                rest.next();
                cell.push('"');
            }
            '"' => quoted = !quoted,
            ',' if !quoted => line.push(String::new()),
            '\r' if !quoted && rest.peek() == Some(&'\n') => {
                rest.next();
                lines.push(vec![String::new()]);
            }
            _ => cell.push(it),
        }
    }
    assert!(!quoted, "a cell does not end");
    assert_eq!(lines.pop(), Some(vec![String::new()]), "the last line ends");
    lines
}

fn cells_are_text(file: &str, columns: usize, lines: usize) {
    let all = read(file.strip_prefix('\u{feff}').unwrap());
    assert_eq!(all.len(), lines, "{file}");
    for line in all {
        assert_eq!(line.len(), columns, "{line:?}");
        for cell in line {
            assert!(!cell.contains('\0'));
            let seen = cell.trim_start_matches(|it: char| {
                it.is_whitespace()
                    || it.is_control()
                    || "\u{200b}\u{feff}\u{202e}\u{2066}".contains(it)
            });
            assert!(!seen.starts_with(['=', '+', '-', '@', '＝']), "{cell:?}");
            assert!(!cell.starts_with(['\t', '\r', '\n']), "{cell:?}");
        }
    }
}
