//! COVERAGE: what of whom is archived, and where a gap is.

use axum::http::StatusCode;
use domain::account::Extension;
use domain::connection::{Backup, Scope};
use domain::coverage::Hidden;
use domain::ledger::Outcome;
use domain::ports::{Connections, Coverage, Journal, Tasks};
use domain::task::Listing;
use domain::window::{DAY_MS, HOUR_MS, Window};
use testkit::builders::{archived, backup, extension, extension_id, of, recording, sms, voicemail};

use crate::log::{hour, settle};
use crate::rig::{NOW, Rig, cells};

/// The company's Backup and the one of extension 102, whose hours of the last
/// two days were listed.
async fn covered() -> (Rig, Backup, Backup) {
    covered_but(&[]).await
}

/// The same, but for these hours ago.
async fn covered_but(but: &[i64]) -> (Rig, Backup, Backup) {
    let rig = Rig::new().await;
    let (first, second) = (rig.connect("101", "d").await, rig.connect("102", "e").await);
    let mut whole = backup("1/account/101", &first);
    whole.scope = Scope::Account;
    let mut own = backup("1/extension/102", &second);
    own.scope = Scope::Extension(extension_id("102"));
    for it in [&whole, &own] {
        rig.store.keep_backup(it, NOW).await.unwrap();
        listed(&rig, it, but).await;
    }
    (rig, whole, own)
}

/// Rows of the last two days, but for these hours ago.
async fn listed(rig: &Rig, backup: &Backup, but: &[i64]) {
    let hours = (0..48).filter(|ago| !but.contains(ago)).map(hour);
    let (account, rows) = (&rig.company.id, hours.collect::<Vec<Window>>());
    let opened = rig.store.open_tasks(account, &backup.id, &rows);
    opened.await.unwrap();
    for row in rows {
        let done = rig.store.set_listing(account, backup, row, Listing::Done);
        done.await.unwrap();
    }
}

fn count(page: &str, what: &str) -> usize {
    page.matches(what).count()
}

#[tokio::test]
async fn one_hour_that_nobody_listed_is_seen_and_named() {
    // 2016-06-15T18:00:00Z, a day before NOW.
    let (rig, whole, _) = covered_but(&[23]).await;
    let kept = Some(archived("Archive/call.mp3", b"sound"));
    settle(
        &rig,
        &whole,
        vec![(recording("call", NOW - 30 * HOUR_MS), kept)],
    )
    .await;
    let browser = rig.browser("101", true).await;
    let page = browser.page("/coverage").await;
    // One in the calendar, one in the legend; each with its cross.
    assert_eq!(count(&page, "<rect class=\"gap\""), 2, "{page}");
    assert_eq!(count(&page, "<path class=\"gap\""), 2);
    assert!(page.contains("<title>2016-06-15: a gap"), "{page}");
    // In New York.
    let named = "<strong>15/6/2016 14:00:00 to 15/6/2016 15:00:00</strong>";
    assert!(page.contains(named), "{page}");
    assert!(page.contains("the backup was OFF"), "{page}");
    let file = browser.get("/coverage/csv?of=gaps").await;
    assert_eq!(file.status, StatusCode::OK);
    assert!(
        file.headers["content-disposition"]
            .to_str()
            .unwrap()
            .contains("coverage-gaps-")
    );
    let gap = "2016-06-15T18:00:00Z,2016-06-15T19:00:00Z,off,,\"the backup was OFF";
    assert_eq!(count(&file.body, gap), 1, "{}", file.body);
    let lines: Vec<&str> = file.body.lines().collect();
    assert_eq!(lines.len(), 2, "{lines:?}");
    let days = browser.get("/coverage/csv?of=days").await.body;
    assert!(
        days.contains("2016-06-15,gap,recordings,1,1,5,0,0,0"),
        "{days}"
    );
    // Taken up since, it is gone.
    listed(&rig, &whole, &[]).await;
    let page = browser.page("/coverage").await;
    assert_eq!(count(&page, "<rect class=\"gap\""), 1);
    assert!(page.contains("There is no gap"), "{page}");
    assert!(page.contains("<title>2016-06-15: everything is archived"));
}

#[tokio::test]
async fn a_part_that_failed_is_named_unless_it_is_always_closed() {
    let (rig, whole, _) = covered_but(&[5]).await;
    let (account, store) = (&rig.company.id, &rig.store);
    let rows = [hour(5)];
    store.open_tasks(account, &whole.id, &rows).await.unwrap();
    let failed = store.set_listing(account, &whole, hour(5), Listing::Failed);
    failed.await.unwrap();
    let event = |lane: &str| domain::event::Event {
        at_ms: NOW,
        level: domain::event::Level::Warning,
        about: lane.to_owned(),
        belongs_ms: hour(20).start_ms(),
        what: format!("could not list {lane}"),
    };
    let id = &whole.id;
    let write = async |lane: &str| {
        store.write(account, id, &[event(lane)]).await.unwrap();
    };
    write("messages/102").await;
    let browser = rig.browser("101", true).await;
    let file = browser.get("/coverage/csv?of=gaps").await.body;
    assert!(
        file.contains(",failed,messages/102,could not list"),
        "{file}"
    );
    let hidden = Hidden {
        lane: "messages/102".to_owned(),
        since_ms: NOW - DAY_MS,
        cause: "The administrator may not read <it>.".to_owned(),
    };
    let (lanes, all) = ([hidden.lane.clone()], [hidden]);
    store.keep_hidden(account, id, &lanes, &all).await.unwrap();
    let page = browser.page("/coverage").await;
    assert_eq!(count(&page, "<rect class=\"gap\""), 1, "only the legend's");
    let told =
        "Not permitted since 15/6/2016 14:00:00: The administrator may not read &#60;it&#62;.";
    assert!(page.contains(told), "{page}");
    write("calls").await;
    let file = browser.get("/coverage/csv?of=gaps").await.body;
    assert!(
        file.contains(",failed,calls,could not list calls"),
        "{file}"
    );
}

#[tokio::test]
async fn each_extension_and_type_has_its_line() {
    let (rig, whole, _) = covered().await;
    let people = [
        extension("101"),
        extension("103"),
        Extension {
            name: Some("New <b>\u{202e}".to_owned()),
            ..extension("104")
        },
    ];
    let (account, store) = (&rig.company.id, &rig.store);
    let texts = vec![
        (
            of("102", sms("one", NOW - 3 * DAY_MS)),
            Some(archived("Archive/1.txt", b"text")),
        ),
        (
            of("102", sms("two", NOW - 2 * DAY_MS)),
            Some(archived("Archive/2.txt", b"texts")),
        ),
        (
            of("102", voicemail("lost", NOW - DAY_MS)),
            Some(Outcome::Missing {
                cause: "erased".to_owned(),
            }),
        ),
        (recording("call", NOW - DAY_MS), None),
    ];
    settle(&rig, &whole, texts).await;
    store.keep_extensions(account, &people, NOW).await.unwrap();
    let browser = rig.browser("101", true).await;
    let page = browser.page("/coverage").await;
    let rows = cells(&page);
    let row = |whose: &str, kind: &str| {
        let of = |it: &&Vec<String>| it[0].starts_with(whose) && it[1] == kind;
        rows.iter()
            .find(of)
            .unwrap_or_else(|| panic!("{whose} {kind}: {rows:#?}"))
    };
    let gone = row("102", "SMS");
    assert_eq!(
        gone[2..4],
        ["13/6/2016 14:00:00", "14/6/2016 14:00:00"].map(str::to_owned)
    );
    assert_eq!(
        gone[5..11],
        ["2", "2", "9 bytes", "0", "0", "0"].map(str::to_owned)
    );
    assert!(gone[11].starts_with("Left the company"), "{gone:?}");
    assert!(row("102", "Voice Mails")[11].ends_with("1 file missing: erased"));
    assert_eq!(row("101", "Call Recordings")[8], "1");
    // Nothing of theirs was seen yet: they are there all the same.
    assert_eq!(row("104", "Call Recordings")[5], "0");
    assert!(
        !rows
            .iter()
            .any(|it| it[0].starts_with("102") && it[1] == "Fax")
    );
    assert!(page.contains("Total of all extensions"));
    let person = browser.page("/coverage?view=account&person=102").await;
    assert_eq!(cells(&person).len(), 2, "{person}");
    assert!(person.contains("<title>2016-06-14: everything is archived (1 archived"));
    let file = browser
        .get("/coverage/csv?view=account&person=102")
        .await
        .body;
    assert_eq!(file.lines().count(), 3, "{file}");
    let nobody = browser.get("/coverage?view=account&person=999").await;
    assert_eq!(nobody.status, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn an_extension_sees_its_own_and_nothing_else() {
    let (rig, whole, own) = covered().await;
    let call = recording("call", NOW - DAY_MS);
    let text = of("102", sms("text", NOW - DAY_MS));
    settle(&rig, &whole, vec![(call, None), (text.clone(), None)]).await;
    settle(&rig, &own, vec![(text, None)]).await;
    let browser = rig.browser("102", false).await;
    let page = browser.page("/coverage").await;
    let people: Vec<String> = cells(&page).into_iter().map(|row| row[0].clone()).collect();
    assert!(!people.is_empty());
    assert!(people.iter().all(|it| it.starts_with("102")), "{page}");
    for query in [
        "view=account",
        "at=d",
        "person=101",
        "view=account&person=102",
    ] {
        for path in ["/coverage", "/coverage/csv"] {
            let answer = browser.get(&format!("{path}?{query}")).await;
            let refused = [StatusCode::FORBIDDEN, StatusCode::NOT_FOUND];
            assert!(refused.contains(&answer.status), "{path} {query}");
        }
    }
    let nobody = rig.browser("103", false).await.page("/coverage").await;
    assert!(nobody.contains("Nothing is covered yet."), "{nobody}");
}

#[tokio::test]
async fn ten_thousand_extensions_come_page_by_page() {
    let (rig, whole, _) = covered().await;
    let people: Vec<Extension> = (10_001..=20_000)
        .map(|n| extension(&n.to_string()))
        .collect();
    let account = &rig.company.id;
    rig.store
        .keep_extensions(account, &people, NOW)
        .await
        .unwrap();
    let types = whole.types.len();
    let lines = people.len() * types;
    let browser = rig.browser("101", true).await;
    let first = browser.page("/coverage?view=account").await;
    assert!(first.contains(&format!("1 to 100 of {lines}")), "{types}");
    assert!(first.len() < 300_000, "{}", first.len());
    let last = lines.div_ceil(100);
    let page = browser
        .page(&format!("/coverage?view=account&page={last}"))
        .await;
    assert!(page.contains("20000"), "the last one");
    assert!(!page.contains("rel=\"next\""));
    // Beyond the end is the end.
    let beyond = browser.page("/coverage?view=account&page=99999999").await;
    assert!(beyond.contains("20000"));
    let file = browser.get("/coverage/csv?view=account").await.body;
    assert_eq!(file.lines().count(), lines + 1);
}
