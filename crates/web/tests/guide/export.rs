//! EXPORTS: what a search finds, handed over as one ZIP.

use axum::http::StatusCode;
use domain::export::LASTS_MS;
use domain::ports::Exports;
use testkit::hand_over::made_up;

use crate::archive::archive;
use crate::rig::{Answer, Browser, NOW, cells};

/// Sends the button on ARCHIVE, and returns where its export lies.
async fn begun(browser: &Browser<'_>, query: &str) -> String {
    let answer = browser.post("/archive/exports", &[("query", query)]).await;
    assert_eq!(answer.status, StatusCode::SEE_OTHER, "{}", answer.body);
    answer.header("location").to_owned()
}

/// Its page, when it is no longer being made.
async fn made(browser: &Browser<'_>, at: &str) -> String {
    loop {
        let page = browser.page(at).await;
        if !page.contains("data-running") {
            return page;
        }
        tokio::task::yield_now().await;
    }
}

async fn ready(browser: &Browser<'_>, query: &str) -> String {
    let at = begun(browser, query).await;
    let page = made(browser, &at).await;
    assert!(page.contains(">ready<"), "{page}");
    at
}

async fn part(browser: &Browser<'_>, at: &str, headers: &[(&str, &str)]) -> Answer {
    browser.get_with(&format!("{at}/file"), headers).await
}

fn text(bytes: std::ops::Range<u64>) -> String {
    String::from_utf8(made_up(bytes)).unwrap()
}

#[tokio::test]
async fn what_a_search_finds_is_made_shown_and_fetched() {
    let (rig, ..) = archive().await;
    let browser = rig.browser("101", true).await;
    let found = browser.page("/archive?q=invoice").await;
    assert!(found.contains("EXPORT WHAT IS FOUND"), "{found}");
    assert!(
        found.contains("name=\"query\" value=\"view=account&#38;q=invoice\""),
        "{found}"
    );
    let at = begun(&browser, "view=account").await;
    let page = made(&browser, &at).await;
    assert!(page.contains("<dt>Items in it</dt><dd>1</dd>"), "{page}");
    assert!(page.contains("2 not archived yet"), "{page}");
    assert!(page.contains("<bdi>Person 101</bdi>"), "{page}");
    let standing = browser.get(&format!("{at}/standing")).await;
    assert_eq!(standing.header("x-archiver-part"), "1");
    let whole = part(&browser, &at, &[]).await;
    assert_eq!(whole.status, StatusCode::OK);
    assert_eq!(whole.header("content-type"), "application/zip");
    assert_eq!(whole.header("content-length"), "3000");
    assert_eq!(whole.body, text(0..3_000));
    let head = browser.head(&format!("{at}/file")).await;
    assert_eq!(
        (head.header("content-length"), head.body.as_str()),
        ("3000", "")
    );
    let list = browser.page("/archive/exports").await;
    assert_eq!(cells(&list).len(), 1, "{list}");
    let small = ready(&browser, "view=account&q=invoice").await;
    assert_eq!(
        part(&browser, &small, &[]).await.header("content-length"),
        "1000"
    );
}

#[tokio::test]
async fn what_broke_off_goes_on_where_it_was() {
    let (rig, ..) = archive().await;
    let browser = rig.browser("101", true).await;
    let at = ready(&browser, "view=account").await;
    let whole = part(&browser, &at, &[]).await;
    let tag = whole.header("etag").to_owned();
    for (range, from, to) in [
        ("bytes=0-", 0, 3_000),
        ("bytes=1234-", 1_234, 3_000),
        ("bytes=2999-", 2_999, 3_000),
        ("bytes=10-19", 10, 20),
        ("bytes=-5", 2_995, 3_000),
    ] {
        let answer = part(&browser, &at, &[("range", range), ("if-range", &tag)]).await;
        assert_eq!(answer.status, StatusCode::PARTIAL_CONTENT, "{range}");
        let span = format!("bytes {from}-{}/3000", to - 1);
        assert_eq!(answer.header("content-range"), span);
        assert_eq!(answer.body, text(from..to), "{range}");
    }
    let beyond = part(&browser, &at, &[("range", "bytes=3000-")]).await;
    assert_eq!(beyond.status, StatusCode::RANGE_NOT_SATISFIABLE);
    let other = [("range", "bytes=5-"), ("if-range", "\"another\"")];
    let other = part(&browser, &at, &other).await;
    assert_eq!((other.status, other.body.len()), (StatusCode::OK, 3_000));
}

#[tokio::test]
async fn an_export_is_its_makers_alone_and_holds_what_they_may_see() {
    let (rig, ..) = archive().await;
    let (admin, user) = (
        rig.browser("101", true).await,
        rig.browser("102", false).await,
    );
    let whole = ready(&admin, "view=account").await;
    let own = ready(&user, "").await;
    assert_eq!(
        part(&user, &own, &[]).await.header("content-length"),
        "1000"
    );
    for (browser, at) in [(&user, &whole), (&admin, &own)] {
        for way in ["", "/standing", "/file"] {
            let answer = browser.get(&format!("{at}{way}")).await;
            assert_eq!(answer.status, StatusCode::NOT_FOUND, "{at}{way}");
        }
        for way in ["/delete", "/again"] {
            let answer = browser.post(&format!("{at}{way}"), &[]).await;
            assert_eq!(answer.status, StatusCode::NOT_FOUND, "{at}{way}");
        }
    }
    let refused = user
        .post("/archive/exports", &[("query", "view=account")])
        .await;
    assert_eq!(refused.status, StatusCode::FORBIDDEN, "{}", refused.body);
    // No admin any more: what they made as one is theirs no longer.
    let demoted = rig.browser("101", false).await;
    assert_eq!(demoted.get(&whole).await.status, StatusCode::NOT_FOUND);
    assert!(cells(&demoted.page("/archive/exports").await).is_empty());
}

#[tokio::test]
async fn what_cannot_be_made_says_why() {
    let (rig, ..) = archive().await;
    let browser = rig.browser("101", true).await;
    let at = begun(&browser, "view=account&q=nobodysaidthis").await;
    let page = made(&browser, &at).await;
    assert!(page.contains("could not be made"), "{page}");
    assert!(page.contains("nothing was found"), "{page}");
    assert_eq!(part(&browser, &at, &[]).await.status, StatusCode::NOT_FOUND);
    let nonsense = browser
        .post("/archive/exports", &[("query", "from=never")])
        .await;
    assert_eq!(nonsense.status, StatusCode::BAD_REQUEST);
    for _ in 0..19 {
        begun(&browser, "view=account").await;
    }
    let more = browser
        .post("/archive/exports", &[("query", "view=account")])
        .await;
    assert_eq!(more.status, StatusCode::BAD_REQUEST, "{}", more.body);
    let page = browser.does(&format!("{at}/delete"), &[]).await;
    assert!(page.contains("The export is forgotten"), "{page}");
    assert_eq!(browser.get(&at).await.status, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn an_item_that_cannot_be_read_can_be_left_out() {
    let (rig, ..) = archive().await;
    let browser = rig.browser("101", true).await;
    let at = ready(&browser, "view=account").await;
    let again = browser.post(&format!("{at}/again"), &[]).await;
    assert_eq!(again.status, StatusCode::BAD_REQUEST, "nothing is wrong");
    let mut export = rig.store.exports(&rig.company.id).await.unwrap().remove(0);
    export.stage = domain::export::Stage::Broken;
    let why = "it is <b>another file</b> now".to_owned();
    export.trouble = Some(("recordings/call".to_owned(), why));
    rig.store.keep_export(&export).await.unwrap();
    let page = browser.page(&at).await;
    assert!(
        page.contains("it is &#60;b&#62;another file&#60;/b&#62; now"),
        "{page}"
    );
    let next = browser.post(&format!("{at}/again"), &[]).await;
    let next = next.header("location").to_owned();
    let page = made(&browser, &next).await;
    assert!(
        page.contains("1 left out, because they could not be read"),
        "{page}"
    );
}

#[tokio::test]
async fn it_is_kept_for_a_week_and_the_making_outlives_a_restart() {
    let (rig, ..) = archive().await;
    let browser = rig.browser("101", true).await;
    let at = ready(&browser, "view=account").await;
    let mut export = rig.store.exports(&rig.company.id).await.unwrap().remove(0);
    // As another process has it that makes it at this time.
    export.stage = domain::export::Stage::Making;
    rig.store.keep_export(&export).await.unwrap();
    assert!(browser.page(&at).await.contains("data-running"));
    tokio::task::yield_now().await;
    assert!(browser.page(&at).await.contains("data-running"));
    // As a server leaves it that stops while it makes it.
    export.made_ms -= 1;
    rig.store.keep_export(&export).await.unwrap();
    assert!(made(&browser, &at).await.contains(">ready<"));
    rig.clock.set(NOW + LASTS_MS);
    // A week is longer than a session.
    let browser = rig.browser("101", true).await;
    let answer = browser.get(&at).await;
    assert_eq!(answer.status, StatusCode::GONE, "{}", answer.body);
    web::sweep(&rig.state).await.unwrap();
    assert!(rig.store.exports(&rig.company.id).await.unwrap().is_empty());
    let deeds = rig.deeds("export.").await;
    let actions: Vec<&str> = deeds.iter().map(|it| it.0.as_str()).collect();
    assert_eq!(actions.first(), Some(&"export.make"), "{deeds:?}");
    assert_eq!(actions.last(), Some(&"export.expire"), "{deeds:?}");
}

#[tokio::test]
async fn each_download_is_told_and_who_made_it() {
    let (rig, ..) = archive().await;
    let browser = rig.browser("101", true).await;
    let at = ready(&browser, "view=account").await;
    let id = at.rsplit('/').next().unwrap();
    part(&browser, &at, &[]).await;
    part(&browser, &at, &[("range", "bytes=5-")]).await;
    browser.post(&format!("{at}/delete"), &[]).await;
    let told = rig.deeds("export.").await;
    assert!(
        told.iter().all(|it| it.1 == id && it.2 == "done"),
        "{told:?}"
    );
    let count = |action: &str| told.iter().filter(|it| it.0 == action).count();
    assert_eq!(
        [
            "export.make",
            "export.view",
            "export.download",
            "export.delete"
        ]
        .map(count),
        [1, 1, 2, 1],
        "{told:?}"
    );
}
