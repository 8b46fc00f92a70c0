//! Texts as conversations.

use axum::http::StatusCode;
use domain::connection::Scope;
use domain::item::{Direction, Facts, Item, Party};
use domain::ports::Connections;
use domain::window::DAY_MS;
use testkit::builders::{backup, extension_id, of, picture, recording, sms};

use crate::item::archive;
use crate::log::settle;
use crate::rig::{NOW, Rig};

const ADA: &str = "+15550100567";
const ZOE: &str = "+4930123456";
const DESK: &str = "+15550100999";

fn party(number: &str) -> Party {
    Party {
        number: Some(number.to_owned()),
        ..Party::default()
    }
}

fn text(item: Item, direction: Direction, with: &str, text: &str) -> Item {
    let (from, to) = match direction {
        Direction::Out => (DESK, with),
        _ => (with, DESK),
    };
    let facts = Facts {
        direction,
        from: party(from),
        to: vec![party(to)],
        text: Some(text.to_owned()),
        ..Facts::default()
    };
    Item { facts, ..item }
}

async fn texts() -> Rig {
    let photo = picture("hello", "7", NOW - 3 * DAY_MS);
    let photo = text(photo, Direction::In, ADA, "");
    let (rig, whole, _) = archive(vec![(photo, "Archive/photo.png", b"\x89PNG")]).await;
    let all = vec![
        text(
            sms("hello", NOW - 3 * DAY_MS),
            Direction::In,
            ADA,
            "Hello <b>desk</b>",
        ),
        text(
            sms("answer", NOW - 2 * DAY_MS),
            Direction::Out,
            ADA,
            "Good day",
        ),
        text(sms("zoe", NOW - DAY_MS), Direction::In, ZOE, "Guten Tag"),
        text(
            of("102", sms("other", NOW - DAY_MS)),
            Direction::In,
            ADA,
            "To somebody else",
        ),
        text(
            recording("call", NOW - DAY_MS),
            Direction::In,
            ADA,
            "not a text",
        ),
    ];
    let all = all.into_iter().map(|it| (it, None)).collect();
    settle(&rig, &whole, all).await;
    rig
}

/// What stands in order in a page.
fn in_order(page: &str, texts: &[&str]) {
    let mut rest = page;
    for text in texts {
        let at = rest.find(text);
        rest = &rest[at.unwrap_or_else(|| panic!("{text}: {page}"))..];
    }
}

#[tokio::test]
async fn a_conversation_is_read_from_above_with_its_pictures_in_place() {
    let rig = texts().await;
    let browser = rig.browser("101", true).await;
    let item = browser.page("/archive/items/sms~answer").await;
    assert!(
        item.contains("href=\"/archive/conversations/sms~answer\""),
        "{item}"
    );
    for key in ["sms~answer", "sms~hello", "sms~hello~7"] {
        let page = browser.page(&format!("/archive/conversations/{key}")).await;
        in_order(
            &page,
            &[
                "<li class=\"bubble in\">",
                "Received",
                "Hello &#60;b&#62;desk&#60;/b&#62;",
                "src=\"/archive/items/sms~hello~7/content\"",
                "<li class=\"bubble out\">",
                "Sent",
                "Good day",
            ],
        );
        for not in ["Guten Tag", "somebody else", "not a text", "Older messages"] {
            assert!(!page.contains(not), "{not}: {page}");
        }
        assert_eq!(page.matches("<li class=\"bubble").count(), 2);
    }
    for key in ["recordings~call", "sms~none", "nonsense"] {
        let answer = browser.get(&format!("/archive/conversations/{key}")).await;
        assert_eq!(answer.status, StatusCode::NOT_FOUND, "{key}");
    }
}

#[tokio::test]
async fn conversations_are_listed_by_their_newest_message() {
    let rig = texts().await;
    let browser = rig.browser("101", true).await;
    let page = browser.page("/archive/conversations").await;
    assert_eq!(page.matches("<td class=\"when\">").count(), 3, "{page}");
    in_order(&page, &["Good day"]);
    let found = browser
        .page("/archive/conversations?number=4930123456")
        .await;
    assert_eq!(found.matches("<td class=\"when\">").count(), 1);
    in_order(
        &found,
        &["href=\"/archive/conversations/sms~zoe\"", ZOE, "Guten Tag"],
    );
    let none = browser.page("/archive/conversations?number=777777").await;
    assert!(none.contains("There are no texts here."));
    let archive = browser.page("/archive").await;
    assert!(archive.contains("href=\"/archive/conversations?view=account\""));
}

#[tokio::test]
async fn a_user_reads_their_own_conversations_alone() {
    let rig = texts().await;
    let tie = rig.connect("102", "e").await;
    let mut own = backup("1/extension/102", &tie);
    own.scope = Scope::Extension(extension_id("102"));
    rig.store.keep_backup(&own, NOW).await.unwrap();
    let mine = text(
        of("102", sms("other", NOW - DAY_MS)),
        Direction::In,
        ADA,
        "To somebody else",
    );
    settle(&rig, &own, vec![(mine, None)]).await;
    let browser = rig.browser("102", false).await;
    let page = browser.page("/archive/conversations").await;
    assert_eq!(page.matches("<td class=\"when\">").count(), 1, "{page}");
    let page = browser.page("/archive/conversations/sms~other").await;
    assert!(
        page.contains("To somebody else") && !page.contains("Good day"),
        "{page}"
    );
    for path in ["sms~hello", "sms~zoe", "?view=account"] {
        let answer = browser.get(&format!("/archive/conversations/{path}")).await;
        assert_ne!(answer.status, StatusCode::OK, "{path}");
        assert!(!answer.body.contains("Hello"), "{path}");
    }
}

#[tokio::test]
async fn pages_of_a_conversation_join_to_all_of_it() {
    let (rig, whole, _) = archive(Vec::new()).await;
    // Several at one instant, where a page could be cut in the wrong place.
    let all = (0..130).map(|n| {
        let item = sms(&format!("n{n}"), NOW - DAY_MS + n / 7);
        (
            text(item, Direction::In, ADA, &format!("message {n}.")),
            None,
        )
    });
    settle(&rig, &whole, all.collect()).await;
    let browser = rig.browser("101", true).await;
    let mut path = "/archive/conversations/sms~n0".to_owned();
    let mut seen = Vec::new();
    for turn in 0.. {
        let page = browser.page(&path).await;
        let texts = page.split("<bdi>message ").skip(1);
        seen.extend(texts.map(|it| it.split('.').next().unwrap().parse::<i64>().unwrap()));
        assert_eq!(page.contains("rel=\"prev\""), turn > 0);
        let Some(before) = page.split("?before=").nth(1) else {
            break;
        };
        let before = before.split('"').next().unwrap();
        path = format!("/archive/conversations/sms~n0?before={before}");
    }
    assert_eq!(seen.len(), 130, "each is there once");
    seen.sort_unstable();
    assert!(seen.into_iter().eq(0..130));
}
