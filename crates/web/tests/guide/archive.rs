//! ARCHIVE: finding what is archived.

use axum::http::StatusCode;
use domain::connection::{Backup, Scope};
use domain::item::{Direction, Facts, Item, Party};
use domain::ports::Connections;
use domain::window::DAY_MS;
use testkit::builders::{archived, backup, extension_id, fax, of, recording, sms};

use crate::log::settle;
use crate::rig::{NOW, Rig, cells};

fn party(name: &str, number: &str) -> Party {
    Party {
        name: Some(name.to_owned()),
        number: Some(number.to_owned()),
        ..Party::default()
    }
}

fn with(item: Item, direction: Direction, from: &str, seconds: Option<u64>, text: &str) -> Item {
    Item {
        facts: Facts {
            direction,
            from: party(from, "+15550100567"),
            to: vec![party("", "+15550100999")],
            seconds,
            text: Some(text.to_owned()).filter(|it| !it.is_empty()),
            ..Facts::default()
        },
        ..item
    }
}

/// The company's Backup, and the one of extension 102, with three items and
/// one of them.
pub(crate) async fn archive() -> (Rig, Backup, Backup) {
    let rig = Rig::new().await;
    let (first, second) = (rig.connect("101", "d").await, rig.connect("102", "e").await);
    let mut whole = backup("1/account/101", &first);
    whole.scope = Scope::Account;
    let mut own = backup("1/extension/102", &second);
    own.scope = Scope::Extension(extension_id("102"));
    for it in [&whole, &own] {
        rig.store.keep_backup(it, NOW).await.unwrap();
    }
    let call = with(
        recording("call", NOW - DAY_MS),
        Direction::In,
        "Ada",
        Some(75),
        "",
    );
    let paper = with(
        fax("paper", NOW - 2 * DAY_MS),
        Direction::Out,
        "Zoë",
        None,
        "",
    );
    let text = "the  invoice\nis due";
    let note = with(
        of("102", sms("note", NOW - 3 * DAY_MS)),
        Direction::In,
        "Eve",
        None,
        text,
    );
    let kept = archived("Archive/call.mp3", b"sound");
    settle(
        &rig,
        &whole,
        vec![(call, Some(kept)), (paper, None), (note.clone(), None)],
    )
    .await;
    settle(&rig, &own, vec![(note, None)]).await;
    (rig, whole, own)
}

/// The column of types: enough to tell the three apart.
fn types(page: &str) -> Vec<String> {
    cells(page).into_iter().map(|row| row[1].clone()).collect()
}

#[tokio::test]
async fn everything_is_there_newest_first_and_each_filter_narrows_it() {
    let (rig, ..) = archive().await;
    let browser = rig.browser("101", true).await;
    let page = browser.page("/archive").await;
    let rows = cells(&page);
    assert_eq!(
        types(&page),
        ["Call Recordings", "Fax", "SMS"].map(str::to_owned),
        "{page}"
    );
    let call = [
        "15/6/2016 14:00:00",
        "Call Recordings",
        "In",
        "Ada +15550100567",
        "+15550100999",
    ];
    assert_eq!(rows[0][..5], call.map(str::to_owned));
    assert_eq!(
        rows[0][6..9],
        ["1:15", "5 bytes", "archived"].map(str::to_owned)
    );
    assert_eq!(rows[0][9], "Archive/call.mp3");
    assert!(rows[2][9].starts_with("the invoice is due"), "{rows:?}");
    for (query, found) in [
        ("q=invoice", &["SMS"][..]),
        ("q=invo*+due", &["SMS"]),
        ("q=%22due+is%22", &[]),
        ("q=zoe", &["Fax"]),
        ("person=ada", &["Call Recordings"]),
        ("person=102", &["SMS"]),
        ("number=0567&type=fax&type=sms", &["Fax", "SMS"]),
        ("direction=out", &["Fax"]),
        ("min=1:00&max=2m", &["Call Recordings"]),
        ("from=6/14/2016&to=today", &["Call Recordings", "Fax"]),
        ("to=6/13/2016", &["SMS"]),
    ] {
        let page = browser.page(&format!("/archive?{query}")).await;
        assert_eq!(types(&page), *found, "{query}");
        assert_eq!(
            page.contains("Nothing was found."),
            found.is_empty(),
            "{query}"
        );
    }
}

#[tokio::test]
async fn an_extension_finds_its_own_and_nothing_else() {
    let (rig, ..) = archive().await;
    let browser = rig.browser("102", false).await;
    assert_eq!(types(&browser.page("/archive").await), ["SMS"]);
    for query in [
        "q=ada",
        "type=recordings",
        "person=101",
        "number=0999&type=fax",
    ] {
        assert_eq!(
            types(&browser.page(&format!("/archive?{query}")).await),
            [""; 0]
        );
    }
    for query in ["view=account", "at=d", "view=account&q=invoice"] {
        let answer = browser.get(&format!("/archive?{query}")).await;
        assert!(!answer.body.contains("Archive/call.mp3"), "{query}");
        assert_ne!(answer.status, StatusCode::OK, "{query}");
    }
    let nobody = rig.browser("103", false).await.page("/archive").await;
    assert!(nobody.contains("There is no archive yet."), "{nobody}");
}

#[tokio::test]
async fn pages_follow_each_other_and_keep_the_question() {
    let (rig, whole, _) = archive().await;
    let many: Vec<_> = (0..60)
        .map(|n| (sms(&format!("n{n}"), NOW - n), None))
        .collect();
    settle(&rig, &whole, many).await;
    let browser = rig.browser("101", true).await;
    let mut path = "/archive?q=text&type=sms".to_owned();
    let mut seen = Vec::new();
    loop {
        let page = browser.page(&path).await;
        seen.extend(cells(&page).into_iter().map(|row| row[9].clone()));
        let Some(next) = page
            .split("rel=\"next\"")
            .next()
            .filter(|it| it.len() < page.len())
        else {
            break;
        };
        path = next
            .rsplit("href=\"")
            .next()
            .unwrap()
            .split('"')
            .next()
            .unwrap()
            .to_owned();
        path = path.replace("&#38;", "&");
        assert!(path.contains("q=text&type=sms&before="), "{path}");
    }
    let wanted: Vec<String> = (0..60).map(|n| format!("text of n{n}")).collect();
    assert_eq!(seen, wanted);
    let last = browser.page(&path).await;
    assert!(last.contains("rel=\"prev\""), "{last}");
}

#[tokio::test]
async fn what_is_not_understood_is_told_beside_its_field() {
    let (rig, ..) = archive().await;
    let browser = rig.browser("101", true).await;
    for (name, typed) in [("from", "yesterdy"), ("min", "long"), ("direction", "up")] {
        let answer = browser.get(&format!("/archive?{name}={typed}")).await;
        assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY, "{name}");
        crate::html::page(&answer.body);
        assert!(answer.body.contains("nothing was looked for"), "{name}");
        assert!(name == "direction" || answer.body.contains(&format!("value=\"{typed}\"")));
    }
    let page = browser.page("/archive?q=***").await;
    assert!(page.contains("Nothing was found."));
}

#[tokio::test]
async fn a_search_is_saved_followed_and_deleted() {
    let (rig, ..) = archive().await;
    let browser = rig.browser("101", true).await;
    let query = "view=account&q=invo*&type=sms&from=yesterday";
    let page = browser
        .does("/archive/filters", &[("query", query), ("name", " <Due> ")])
        .await;
    assert!(page.contains("The search is saved as"), "{page}");
    assert!(page.contains("&#60;Due&#62;</bdi></a>"), "{page}");
    assert!(page.contains(&format!(
        "href=\"/archive?{}\"",
        query.replace('&', "&#38;")
    )));
    let other = rig.browser("102", false).await.page("/archive").await;
    assert!(!other.contains("Due"), "it is its owner's alone");
    let long = "x".repeat(61);
    for name in ["", "  ", "a\u{7}b", long.as_str()] {
        let page = browser
            .does("/archive/filters", &[("query", query), ("name", name)])
            .await;
        assert!(page.contains("Nothing was saved"), "{name}");
    }
    let delete = [("query", query), ("name", "<Due>")];
    let page = browser.does("/archive/filters/delete", &delete).await;
    assert!(page.contains("None yet."), "{page}");
    let again = browser.post("/archive/filters/delete", &delete).await;
    assert_eq!(again.status, StatusCode::NOT_FOUND);
    let elsewhere = [("query", "view=//evil.example"), ("name", "x")];
    let answer = browser.post("/archive/filters", &elsewhere).await;
    assert_eq!(answer.status, StatusCode::NOT_FOUND);
}
