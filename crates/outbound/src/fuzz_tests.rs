//! Bytes of every kind before what reads an answer's headers and addresses.

use std::time::{Duration, SystemTime};

use testkit::fuzz::Target;

use crate::allow::{Allow, Purpose};
use crate::answer::{Framing, Headers};
use crate::flow::framing;
use crate::manners::Penalty;
use crate::reading::{Reading, date_ms, retry_after};

/// `name: value` lines, as they stand in an answer.
fn headers(data: &[u8]) -> Headers {
    let text = String::from_utf8_lossy(data).into_owned();
    let lines = text.split('\n').filter_map(|line| line.split_once(':'));
    lines.collect()
}

fn limits(data: &[u8]) {
    let headers = headers(data);
    let reading = Reading::of(&headers);
    if let Some(group) = &reading.group {
        assert!(
            (1..=64).contains(&group.len()) && !group.bytes().any(|it| it.is_ascii_uppercase())
        );
    }
    assert_ne!(reading.limit, Some(0), "nothing would ever go again");
    let penalty = Penalty::default();
    for now in [
        SystemTime::UNIX_EPOCH,
        SystemTime::UNIX_EPOCH + Duration::from_hours(500_000),
    ] {
        let pause = penalty.pause(retry_after(&headers, now));
        assert!(pause >= penalty.floor && pause <= penalty.ceiling);
    }
    if let Some(at) = date_ms(&headers) {
        assert!(at >= 0);
    }
    for version in [reqwest::Version::HTTP_10, reqwest::Version::HTTP_11] {
        let chunked = headers
            .get("transfer-encoding")
            .is_some_and(|it| it.trim() == "chunked");
        assert!(!chunked || framing(version, &headers) == Framing::Chunked);
    }
    assert!(
        !format!("{headers:?}").contains("canary"),
        "values are not shown"
    );
}

#[test]
fn fuzz_headers() {
    let seeds = [
        "x-rate-limit-group: heavy\nx-rate-limit-limit: 10\nx-rate-limit-remaining: 3\nx-rate-limit-window: 60",
        "retry-after: 60\ndate: Sun, 06 Nov 1994 12:00:00 GMT",
        "retry-after: Sun, 06 Nov 1994 12:00:40 GMT\ndate: Sun, 06 Nov 1994 12:00:00 GMT",
        "transfer-encoding: gzip, chunked\ncontent-length: 5",
        "content-disposition: attachment; filename=canary.mp3\ncontent-type: audio/mpeg",
    ]
    .map(|it| it.as_bytes().to_vec());
    let words = [
        "retry-after: ",
        "x-rate-limit-window: ",
        "-",
        "GMT",
        "Fri, 31 Dec 9999 23:59:59 GMT",
        "1e9",
        "\u{a0}",
    ];
    Target {
        name: "headers",
        seeds: &seeds,
        corpus: &[b"", b"retry-after:", b":"],
        words: &words,
    }
    .run(limits);
}

fn gate(data: &[u8]) {
    const MEDIA: Purpose = Purpose("media");
    let text = String::from_utf8_lossy(data);
    let Ok(allow) = Allow::new().permit(MEDIA, "https://media.ringcentral.com") else {
        unreachable!("a good origin");
    };
    let from = url::Url::parse("https://media.ringcentral.com/a/b?c");
    let hop = from
        .map_err(drop)
        .and_then(|from| allow.hop(&from, &text).map_err(drop));
    for url in [allow.gate(MEDIA, &text).map_err(drop), hop]
        .into_iter()
        .flatten()
    {
        assert_eq!((url.scheme(), url.port()), ("https", None));
        assert_eq!(url.host_str(), Some("media.ringcentral.com"));
        assert!(url.username().is_empty() && url.password().is_none() && url.fragment().is_none());
        assert!(allow.signs(&url));
        assert_eq!(allow.gate(MEDIA, url.as_str()).ok(), Some(url));
    }
    // As an operator's own setting: an origin and nothing else, or an error.
    if let Ok(own) = Allow::new().permit(MEDIA, &text) {
        assert!(
            own.gate(MEDIA, text.trim_end_matches('#')).is_ok(),
            "{text}"
        );
    }
}

#[test]
fn fuzz_addresses() {
    let list = include_str!("../tests/it/egress.txt");
    let lines = list.lines().filter(|it| !it.starts_with('#'));
    let seeds: Vec<Vec<u8>> = lines
        .filter_map(|line| line.split_once(' '))
        .map(|(_, url)| {
            url.replace("127.0.0.1:{P}", "media.ringcentral.com")
                .into_bytes()
        })
        .chain([b"https://media.ringcentral.com/restapi?a=b#c".to_vec()])
        .collect();
    let words = [
        "https://",
        "media.ringcentral.com",
        "@",
        "\\",
        "//",
        "%00",
        "[",
        "]",
        ":443",
        "。",
        "\u{ad}",
        "#",
        "?",
        "xn--",
    ];
    Target {
        name: "addresses",
        seeds: &seeds,
        corpus: &[b"", b"//", b"https://"],
        words: &words,
    }
    .run(gate);
}
