//! A row of the LOG, opened, and what can be tried again.

use axum::http::StatusCode;
use domain::ledger::{Outcome, Pending};
use domain::ports::{Journal, Log};
use domain::window::{HOUR_MS, Window};
use testkit::builders::{event, failed, fax, recording, sms};

use crate::log::{hour, kept, logged, open, settle, switch_on};
use crate::rig::{NOW, Rig, cells};

fn address(row: Window) -> String {
    format!("/log/row?row={}-{}", row.start_ms(), row.end_ms())
}

#[tokio::test]
async fn a_row_opens_to_its_events_and_items() {
    let (rig, backup) = logged(2).await;
    let at = hour(0).start_ms() + 1;
    let gone = Outcome::Missing {
        cause: "RingCentral no longer has it".to_owned(),
    };
    let full = failed(Pending::DestinationFull, NOW + HOUR_MS);
    settle(
        &rig,
        &backup,
        vec![
            kept(recording("r", at)),
            (fax("f", at + 1), Some(gone)),
            (sms("s", at + 2), Some(full)),
            kept(recording("other", hour(1).start_ms())),
        ],
    )
    .await;
    let told = [event("One fax is lost for good", at)];
    rig.store
        .write(&rig.company.id, &backup.id, &told)
        .await
        .unwrap();
    let browser = rig.browser("101", false).await;
    let log = browser.page("/log?show=10").await;
    let href = log
        .split("<th scope=\"row\" class=\"when\"><a href=\"")
        .nth(1)
        .unwrap();
    let href = href.split('"').next().unwrap().replace("&#38;", "&");
    let page = browser.page(&href).await;
    for shown in [
        "One fax is lost for good",
        "<bdi>Archive/recordings r.bin</bdi>",
        "<bdi>RingCentral no longer has it</bdi>",
        "If it was restored at RingCentral, try again.",
        "<bdi>it is destination-full</bdi>",
        "Free some room in Dropbox",
        "Next try: 16/6/2016 15:00:00",
        "<bdi>101 Person 101</bdi>",
        "America/New_York (UTC-04:00)",
    ] {
        assert!(page.contains(shown), "{shown}\n{page}");
    }
    assert!(!page.contains("other"), "of this hour only");
    // Archived things need no second try; the page leads back to where one was.
    assert_eq!(page.matches(">Try again</button>").count(), 2);
    assert!(page.contains("href=\"/log?view=extension&#38;show=10\">Back to the Task Log"));
}

#[tokio::test]
async fn many_items_come_page_by_page() {
    let (rig, backup) = logged(1).await;
    let at = hour(0).start_ms();
    let items = (0..120).map(|n| kept(recording(&format!("r{n:03}"), at + n / 7)));
    settle(&rig, &backup, items.collect()).await;
    let browser = rig.browser("101", false).await;
    let mut next = address(hour(0));
    let mut seen = Vec::new();
    loop {
        let page = browser.page(&next).await;
        for part in page.split("<code><bdi>").skip(1) {
            seen.push(part.split('<').next().unwrap().to_owned());
        }
        let Some(more) = page
            .split("rel=\"next\"")
            .next()
            .filter(|it| it.len() < page.len())
        else {
            break;
        };
        let href = more.rsplit("href=\"").next().unwrap();
        next = href.split('"').next().unwrap().replace("&#38;", "&");
    }
    assert_eq!(seen.len(), 120);
    seen.sort_unstable();
    seen.dedup();
    assert_eq!(seen.len(), 120);
}

#[tokio::test]
async fn one_item_a_row_or_all_that_failed_can_be_tried_again() {
    let (rig, backup) = logged(3).await;
    let waits = || failed(Pending::Failed, NOW + 99 * HOUR_MS);
    let items = |ago: i64| {
        (
            recording(&format!("r{ago}"), hour(ago).start_ms()),
            Some(waits()),
        )
    };
    let mut what = vec![items(0), items(1), items(2)];
    what.push((fax("f", hour(0).start_ms()), Some(waits())));
    settle(&rig, &backup, what).await;
    let due = || async {
        let lines = rig
            .store
            .entries(&rig.company.id, &backup, Window::EVER, None, 99)
            .await
            .unwrap();
        let due = lines
            .into_iter()
            .filter(|it| it.next_try_ms.is_none_or(|at| at <= NOW));
        due.map(|it| it.item).collect::<Vec<_>>()
    };
    assert!(due().await.is_empty());
    let browser = rig.browser("101", false).await;
    let row = format!("{}-{}", hour(0).start_ms(), hour(0).end_ms());
    let key = recording("r0", 0).id.key();

    let page = browser
        .does("/log/retry", &[("row", &row), ("item", &key)])
        .await;
    assert!(page.contains("1 item is tried again now.") && page.contains("<h1>Task "));
    assert_eq!(due().await, [key]);
    assert!(rig.is_due().await, "a worker is woken");

    browser.does("/log/retry", &[("row", &row)]).await;
    assert_eq!(due().await.len(), 2);

    let page = browser.does("/log/retry", &[("all", "1")]).await;
    assert!(page.contains("4 items are tried again now.") && page.contains("Task Log</h1>"));
    assert_eq!(due().await.len(), 4);
}

#[tokio::test]
async fn rows_of_others_and_rows_that_are_not_there_look_alike() {
    let rig = Rig::new().await;
    let mine = switch_on(&rig, "101", false, "d").await;
    let theirs = switch_on(&rig, "102", false, "e").await;
    open(&rig, &mine, 2).await;
    open(&rig, &theirs, 9).await;
    let browser = rig.browser("101", true).await;
    let there = format!("{}-{}", hour(5).start_ms(), hour(5).end_ms());
    let unknown = format!("{}-{}", hour(50).start_ms(), hour(50).end_ms());
    let ever = format!("{}-{}", Window::EVER.start_ms(), Window::EVER.end_ms());
    let mut answers = Vec::new();
    for row in [&there, &unknown, &ever, "", "x", "1-2-3"] {
        for path in ["/log/row", "/log/row/csv"] {
            let answer = browser.get(&format!("{path}?row={row}")).await;
            assert_eq!(answer.status, StatusCode::NOT_FOUND, "{path} {row}");
            answers.push(answer.body);
        }
        let answer = browser.post("/log/retry", &[("row", row)]).await;
        assert_eq!(answer.status, StatusCode::NOT_FOUND, "{row}");
    }
    answers.dedup();
    assert_eq!(answers.len(), 1);
}

#[tokio::test]
async fn an_item_of_somebody_else_is_not_tried_again() {
    let rig = Rig::new().await;
    let mine = switch_on(&rig, "101", false, "d").await;
    let theirs = switch_on(&rig, "102", false, "e").await;
    open(&rig, &mine, 1).await;
    open(&rig, &theirs, 1).await;
    let item = fax("secret", hour(0).start_ms());
    let key = item.id.key();
    let waits = failed(Pending::Failed, NOW + HOUR_MS);
    settle(&rig, &theirs, vec![(item, Some(waits))]).await;
    let browser = rig.browser("101", false).await;
    let row = format!("{}-{}", hour(0).start_ms(), hour(0).end_ms());
    let page = browser
        .does("/log/retry", &[("row", &row), ("item", &key)])
        .await;
    assert!(page.contains("Nothing had to be tried again"));
    assert!(!page.contains("secret"));
    assert_eq!(cells(&browser.page("/log").await)[0][2], "success");
}
