//! An item of the archive: its page, and its bytes out of the destination.

use axum::http::StatusCode;
use bytes::Bytes;
use domain::Kind;
use domain::connection::{Backup, Connection, Scope};
use domain::data_type::DataType;
use domain::item::{Facts, Item};
use domain::media::Expected;
use domain::ports::Connections;
use domain::window::DAY_MS;
use testkit::builders::{
    archived, backup, extension_id, item_id, of, path, picture, recording, sms, voicemail,
};

use crate::log::settle;
use crate::rig::{Browser, NOW, Rig};

const SOUND: &[u8] = b"0123456789abcdefghij";

/// The company's archive with what the test puts into it: the item, where it
/// lies, and its bytes.
pub(crate) async fn archive(what: Vec<(Item, &str, &[u8])>) -> (Rig, Backup, Connection) {
    let rig = Rig::new().await;
    let tie = rig.connect("101", "d").await;
    let mut whole = backup("1/account/101", &tie);
    whole.scope = Scope::Account;
    rig.store.keep_backup(&whole, NOW).await.unwrap();
    for (item, at, bytes) in what {
        rig.shelf
            .tamper(&path(at), Some(Bytes::copy_from_slice(bytes)));
        settle(&rig, &whole, vec![(item, Some(archived(at, bytes)))]).await;
    }
    (rig, whole, tie)
}

async fn call() -> (Rig, Backup, Connection) {
    archive(vec![(
        recording("call", NOW - DAY_MS),
        "Archive/a b.mp3",
        SOUND,
    )])
    .await
}

const CONTENT: &str = "/archive/items/recordings~call/content";
const FILE: &str = "/archive/items/recordings~call/file";

async fn part(browser: &Browser<'_>, range: &str) -> (StatusCode, String, String, String) {
    let answer = browser.get_with(CONTENT, &[("range", range)]).await;
    let header = |name: &str| answer.header(name).to_owned();
    let (length, span) = (header("content-length"), header("content-range"));
    (answer.status, length, span, answer.body)
}

#[tokio::test]
async fn a_recording_is_sent_whole_or_by_one_range() {
    let (rig, ..) = call().await;
    let browser = rig.browser("101", true).await;
    let whole = browser.get(CONTENT).await;
    assert_eq!(
        (whole.status, whole.body.as_bytes()),
        (StatusCode::OK, SOUND)
    );
    for (name, value) in [
        ("content-type", "audio/mpeg"),
        ("content-length", "20"),
        ("accept-ranges", "bytes"),
        ("cache-control", "no-store"),
        ("x-content-type-options", "nosniff"),
        ("cross-origin-resource-policy", "same-origin"),
        (
            "content-security-policy",
            "sandbox; default-src 'none'; frame-ancestors 'none'",
        ),
        (
            "content-disposition",
            "inline; filename=\"a b.mp3\"; filename*=UTF-8''a%20b.mp3",
        ),
    ] {
        assert_eq!(whole.header(name), value, "{name}");
    }
    for (range, length, span, bytes) in [
        ("bytes=0-", "20", "bytes 0-19/20", "0123456789abcdefghij"),
        ("bytes=5-9", "5", "bytes 5-9/20", "56789"),
        ("bytes=15-", "5", "bytes 15-19/20", "fghij"),
        ("bytes=-3", "3", "bytes 17-19/20", "hij"),
        ("bytes=18-99", "2", "bytes 18-19/20", "ij"),
    ] {
        let told = part(&browser, range).await;
        let wanted = (
            StatusCode::PARTIAL_CONTENT,
            length.to_owned(),
            span.to_owned(),
            bytes.to_owned(),
        );
        assert_eq!(told, wanted, "{range}");
    }
    for range in ["bytes=0-1,4-5", "items=0-1", "bytes=9-5"] {
        let (status, length, span, bytes) = part(&browser, range).await;
        assert_eq!(
            (status, length.as_str(), span.as_str()),
            (StatusCode::OK, "20", ""),
            "{range}"
        );
        assert_eq!(bytes.as_bytes(), SOUND);
    }
    let beyond = part(&browser, "bytes=20-").await;
    let wanted = (
        StatusCode::RANGE_NOT_SATISFIABLE,
        "0".to_owned(),
        "bytes */20".to_owned(),
        String::new(),
    );
    assert_eq!(beyond, wanted);
}

#[tokio::test]
async fn a_range_counts_only_of_the_file_that_was_begun() {
    let (rig, ..) = call().await;
    let browser = rig.browser("101", true).await;
    let tag = browser.get(CONTENT).await.header("etag").to_owned();
    assert_eq!(tag, format!("\"{}\"", testkit::samples::sha256(SOUND)));
    for (given, status) in [
        (tag.as_str(), StatusCode::PARTIAL_CONTENT),
        ("\"other\"", StatusCode::OK),
        ("Tue, 15 Nov 1994 12:45:26 GMT", StatusCode::OK),
    ] {
        let headers = [("range", "bytes=1-2"), ("if-range", given)];
        assert_eq!(
            browser.get_with(CONTENT, &headers).await.status,
            status,
            "{given}"
        );
    }
}

#[tokio::test]
async fn only_the_head_asks_the_destination_for_nothing() {
    let (rig, ..) = call().await;
    *rig.away.lock().unwrap() = Some(Kind::Unavailable);
    let browser = rig.browser("101", true).await;
    let head = browser.head(CONTENT).await;
    assert_eq!(
        (head.status, head.header("content-length")),
        (StatusCode::OK, "20")
    );
    assert!(head.body.is_empty());
}

#[tokio::test]
async fn what_somebody_sent_never_runs_as_ours() {
    let evil = b"<script>alert(document.domain)</script>";
    let mut what = Vec::new();
    for ending in ["html", "svg", "pdf", "xml", "js", "txt", "tif", "bin"] {
        let at = format!("Archive/evil.{ending}");
        what.push((picture("mms", ending, NOW - DAY_MS), at));
    }
    let what = what
        .iter()
        .map(|(item, at)| (item.clone(), at.as_str(), &evil[..]));
    let (rig, ..) = archive(what.collect()).await;
    let browser = rig.browser("101", true).await;
    for ending in ["html", "svg", "pdf", "xml", "js", "txt", "tif", "bin"] {
        for way in ["content", "file"] {
            let at = format!("/archive/items/sms~mms~{ending}/{way}");
            let answer = browser.get(&at).await;
            assert_eq!(answer.status, StatusCode::OK, "{at}");
            assert_eq!(
                answer.header("content-type"),
                "application/octet-stream",
                "{at}"
            );
            assert!(
                answer
                    .header("content-disposition")
                    .starts_with("attachment;"),
                "{at}"
            );
            assert!(
                answer
                    .header("content-security-policy")
                    .starts_with("sandbox;"),
                "{at}"
            );
        }
        let page = browser
            .page(&format!("/archive/items/sms~mms~{ending}"))
            .await;
        assert!(!page.contains(&format!("{ending}/content\"")), "{page}");
    }
    let sound = call().await.0;
    let browser = sound.browser("101", true).await;
    let saved = browser.get(FILE).await;
    assert!(
        saved
            .header("content-disposition")
            .starts_with("attachment;")
    );
    assert_eq!(saved.header("content-type"), "application/octet-stream");
}

#[tokio::test]
async fn an_item_is_its_owners_and_the_admins_alone() {
    let (rig, whole, _) = call().await;
    let text = of("102", sms("note", NOW - DAY_MS));
    let tie = rig.connect("102", "e").await;
    let mut own = backup("1/extension/102", &tie);
    own.scope = Scope::Extension(extension_id("102"));
    rig.store.keep_backup(&own, NOW).await.unwrap();
    settle(&rig, &whole, vec![(text.clone(), None)]).await;
    settle(&rig, &own, vec![(text, None)]).await;
    for (who, admin, item, status) in [
        ("101", true, "recordings~call", StatusCode::OK),
        ("101", true, "sms~note", StatusCode::OK),
        ("102", false, "sms~note", StatusCode::OK),
        ("102", false, "recordings~call", StatusCode::NOT_FOUND),
        ("103", false, "recordings~call", StatusCode::NOT_FOUND),
        ("101", false, "recordings~call", StatusCode::NOT_FOUND),
        ("101", true, "recordings~none", StatusCode::NOT_FOUND),
        ("101", true, "recordings~call~1", StatusCode::NOT_FOUND),
        ("101", true, "nonsense", StatusCode::NOT_FOUND),
    ] {
        let browser = rig.browser(who, admin).await;
        let page = browser.get(&format!("/archive/items/{item}")).await;
        assert_eq!(page.status, status, "{who} {item}");
        let bytes = browser.get(&format!("/archive/items/{item}/content")).await;
        let there = status == StatusCode::OK && item == "recordings~call";
        assert_eq!(bytes.status == StatusCode::OK, there, "{who} {item}");
        assert_eq!(bytes.body.contains("abcdef"), there);
    }
}

#[tokio::test]
async fn the_page_tells_what_is_known_and_plays_it() {
    let (rig, ..) = call().await;
    let browser = rig.browser("101", true).await;
    let found = browser.page("/archive").await;
    assert!(
        found.contains("<a href=\"/archive/items/recordings~call\"><time"),
        "{found}"
    );
    let page = browser.page("/archive/items/recordings~call").await;
    let hash = testkit::samples::sha256(SOUND);
    for wanted in [
        "<audio class=\"sound\" controls preload=\"metadata\" src=\"/archive/items/recordings~call/content\"",
        "Archive/a b.mp3",
        hash.as_str(),
        "20 bytes",
        "href=\"/archive/items/recordings~call/file\"",
        "d@example.com",
    ] {
        assert!(page.contains(wanted), "{wanted}: {page}");
    }
}

fn transcript(unit: &str) -> Item {
    let mut words = voicemail(unit, NOW - DAY_MS);
    words.id = item_id(DataType::Voicemail, unit, Some("2"));
    words.expected = Expected::Text;
    words
}

#[tokio::test]
async fn the_transcript_stands_beside_a_voicemail() {
    let hostile = "Call me <b>back</b>\nAda\0";
    let mut voice = voicemail("v", NOW - DAY_MS);
    voice.id = item_id(DataType::Voicemail, "v", Some("1"));
    let (rig, ..) = archive(vec![
        (voice, "Archive/v.mp3", SOUND),
        (transcript("v"), "Archive/v.txt", hostile.as_bytes()),
    ])
    .await;
    let browser = rig.browser("101", true).await;
    let page = browser.page("/archive/items/voicemail~v~1").await;
    assert!(
        page.contains("Call me &#60;b&#62;back&#60;/b&#62;\nAda\u{fffd}</bdi>"),
        "{page}"
    );
    assert!(page.contains("<audio") && page.contains("voicemail~v~2\""));
    *rig.away.lock().unwrap() = Some(Kind::Unavailable);
    let page = browser.page("/archive/items/voicemail~v~1").await;
    assert!(page.contains("could not be read just now"), "{page}");
}

#[tokio::test]
async fn hostile_texts_and_names_are_text() {
    let mut item = sms("note", NOW - DAY_MS);
    item.facts = Facts {
        text: Some("</p><script>alert(1)</script>".to_owned()),
        file_name: Some("\"><img src=x onerror=alert(1)>".to_owned()),
        ..item.facts
    };
    let (rig, ..) = archive(vec![(item, "Archive/no te.txt", SOUND)]).await;
    let page = rig
        .browser("101", true)
        .await
        .page("/archive/items/sms~note")
        .await;
    assert!(
        !page.contains("<script>") && !page.contains("<img"),
        "{page}"
    );
    assert!(page.contains("&#60;script&#62;alert(1)"), "{page}");
}

#[tokio::test]
async fn what_cannot_be_had_is_told_in_a_sentence() {
    for (kind, status, sentence) in [
        (
            Kind::Unavailable,
            StatusCode::SERVICE_UNAVAILABLE,
            "does not answer at the moment",
        ),
        (
            Kind::Throttled,
            StatusCode::SERVICE_UNAVAILABLE,
            "does not answer at the moment",
        ),
        (
            Kind::Unauthorized,
            StatusCode::SERVICE_UNAVAILABLE,
            "does not let us in any more",
        ),
        (
            Kind::Protocol,
            StatusCode::BAD_GATEWAY,
            "no answer that makes sense",
        ),
        (
            Kind::Gone,
            StatusCode::GONE,
            "no longer where it was archived",
        ),
    ] {
        let (rig, ..) = call().await;
        *rig.away.lock().unwrap() = Some(kind);
        let answer = rig.browser("101", true).await.get(FILE).await;
        assert_eq!(answer.status, status, "{kind:?}");
        crate::html::page(&answer.body);
        assert!(answer.body.contains(sentence), "{kind:?}: {}", answer.body);
    }
    let (rig, whole, _) = call().await;
    rig.shelf.tamper(&path("Archive/a b.mp3"), None);
    let browser = rig.browser("101", true).await;
    assert_eq!(browser.get(CONTENT).await.status, StatusCode::GONE);
    rig.shelf
        .tamper(&path("Archive/a b.mp3"), Some(Bytes::from_static(b"short")));
    let answer = browser.get(CONTENT).await;
    assert_eq!(answer.status, StatusCode::BAD_GATEWAY);
    assert!(
        answer.body.contains("is not what was archived"),
        "{}",
        answer.body
    );
    settle(&rig, &whole, vec![(sms("new", NOW), None)]).await;
    let answer = browser.get("/archive/items/sms~new/content").await;
    assert_eq!(answer.status, StatusCode::NOT_FOUND);
    assert!(
        answer.body.contains("This item is not archived"),
        "{}",
        answer.body
    );
    let page = browser.page("/archive/items/sms~new").await;
    assert!(
        page.contains("status pending") && !page.contains("/file\""),
        "{page}"
    );
}

#[tokio::test]
async fn of_a_changed_file_the_last_bytes_never_go_out() {
    let (rig, ..) = call().await;
    rig.shelf.tamper(
        &path("Archive/a b.mp3"),
        Some(Bytes::from_static(b"X123456789abcdefghij")),
    );
    let browser = rig.browser("101", true).await;
    assert!(
        browser.broken(CONTENT).await,
        "a whole file is held to its hash"
    );
    assert!(browser.broken(FILE).await);
    let part = browser.get_with(CONTENT, &[("range", "bytes=1-3")]).await;
    assert_eq!(part.body, "123", "nobody can tell of a part");
}

#[tokio::test]
async fn where_nobody_is_connected_any_more_that_is_told() {
    let (rig, _, tie) = call().await;
    rig.store
        .disconnect(&rig.company.id, &tie.id, NOW)
        .await
        .unwrap();
    let browser = rig.browser("101", true).await;
    let page = browser.page("/archive/items/recordings~call").await;
    assert!(page.contains("Archive/a b.mp3"));
    let answer = browser.get(CONTENT).await;
    assert_eq!(answer.status, StatusCode::SERVICE_UNAVAILABLE);
    assert!(
        answer.body.contains("Nobody is connected"),
        "{}",
        answer.body
    );
    // The same Dropbox by somebody else's Connection will do; another will not.
    rig.connect("103", "e").await;
    assert_eq!(
        browser.get(CONTENT).await.status,
        StatusCode::SERVICE_UNAVAILABLE
    );
    rig.connect("102", "d").await;
    assert_eq!(browser.get(CONTENT).await.status, StatusCode::OK);
}

#[tokio::test]
async fn a_play_is_told_once_and_a_download_each_time() {
    let (rig, ..) = call().await;
    let browser = rig.browser("101", true).await;
    browser.page("/archive/items/recordings~call").await;
    for range in ["bytes=0-", "bytes=5-9", "bytes=1-", "bytes=15-"] {
        assert_eq!(part(&browser, range).await.0, StatusCode::PARTIAL_CONTENT);
    }
    browser.get(FILE).await;
    browser.get(FILE).await;
    let told = rig.deeds("item.").await;
    let target = "1/account/101 recordings/call";
    let wanted = ["item.view", "item.content", "item.file", "item.file"];
    assert_eq!(
        told,
        wanted.map(|it| (it.to_owned(), target.to_owned(), "done".to_owned()))
    );
}

#[tokio::test]
async fn a_sound_is_drawn_and_what_is_none_is_an_empty_picture() {
    let mut wav = b"RIFF\0\0\0\0WAVEfmt \x10\0\0\0\x01\0\x01\0\x40\x1f\0\0\x40\x1f\0\0\x01\0\x08\0data\x40\x1f\0\0".to_vec();
    wav.extend([128; 4_000]);
    wav.extend([255; 4_000]);
    let (rig, ..) = archive(vec![
        (recording("call", NOW - DAY_MS), "Archive/call.wav", &wav),
        (recording("noise", NOW - DAY_MS), "Archive/noise.mp3", SOUND),
        (picture("mms", "1", NOW - DAY_MS), "Archive/a.html", SOUND),
    ])
    .await;
    let browser = rig.browser("101", true).await;
    let page = browser.page("/archive/items/recordings~call").await;
    assert!(
        page.contains("src=\"/archive/items/recordings~call/waveform.svg\""),
        "{page}"
    );
    let drawn = browser
        .get("/archive/items/recordings~call/waveform.svg")
        .await;
    assert_eq!(drawn.status, StatusCode::OK);
    assert_eq!(drawn.header("content-type"), "image/svg+xml");
    assert!(
        drawn
            .header("content-security-policy")
            .starts_with("sandbox;")
    );
    assert!(drawn.body.contains("M1 29v2M3 29v2"), "{}", drawn.body);
    assert!(
        drawn.body.contains("M597 1v58M599 1v58\""),
        "{}",
        drawn.body
    );
    for item in ["recordings~noise", "sms~mms~1"] {
        let empty = browser
            .get(&format!("/archive/items/{item}/waveform.svg"))
            .await;
        assert_eq!(empty.status, StatusCode::OK, "{item}");
        assert!(empty.body.contains("d=\"\""), "{item}: {}", empty.body);
    }
    *rig.away.lock().unwrap() = Some(Kind::Unavailable);
    let away = browser
        .get("/archive/items/recordings~call/waveform.svg")
        .await;
    assert_eq!(away.status, StatusCode::SERVICE_UNAVAILABLE);
}
