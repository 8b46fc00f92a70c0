//! Bytes of every kind before what reads browsers' and programs' requests.

use axum::http::{HeaderMap, HeaderValue, Request, header};
use jiff::civil::date;
use jiff::tz::TimeZone;
use testkit::fuzz::Target;

use crate::form::Fields;
use crate::options::Options;
use crate::origin::Origin;
use crate::pages::log::asked::{self, Asked};
use crate::secrets::is_word;
use crate::zone::Zone;
use crate::{api, cookie, csv, typed_date};

const NOW_MS: i64 = 1_781_273_007_000;

fn texts(texts: &[&str]) -> Vec<Vec<u8>> {
    texts.iter().map(|it| it.as_bytes().to_vec()).collect()
}

#[test]
fn fuzz_forms() {
    let seeds = texts(&[
        "view=admin&at=x&period=dates&from=6%2F16%2F2016&to=6%2F17%2F2016&less=1&show=50&zone=Europe%2FBerlin",
        "view=own&was=1+2&older=1781273007000-1781276607000&form_token=abc&type=sms&type=fax",
        "row=1781273007000-1781276607000&newer=-1-1&row=0-1",
    ]);
    let words = [
        "&",
        "=",
        "%00",
        "%ff",
        "view=",
        "show=",
        "older=",
        "zone=",
        "+",
        "9223372036854775807",
        "-",
    ];
    Target {
        name: "forms",
        seeds: &seeds,
        corpus: &[b"", b"&&==&", b"%"],
        words: &words,
    }
    .run(|data| {
        let fields = Fields::of(data);
        for name in ["view", "at", "zone", "from"] {
            assert!(
                fields.text(name).len() <= 2_000,
                "a value as long as anybody likes"
            );
        }
        if let Some(window) = asked::span(fields.text("row")) {
            assert_eq!(asked::span(&asked::span_word(window)), Some(window));
        }
        let Ok(asked) = Asked::of(&fields, date(2026, 6, 12)) else {
            return;
        };
        assert!((1..=100).contains(&asked.show));
        let zone = Zone::of(asked.zone.as_deref(), None, None);
        for zone in [&zone.rules, &TimeZone::UTC] {
            if let Ok(window) = asked.period(NOW_MS, zone) {
                assert!(window.start_ms() < window.end_ms());
            }
        }
        let href = asked.href("/log", &[("x", "y")]);
        assert!(
            href.bytes()
                .all(|it| it.is_ascii_graphic() && !b"\"<>'\\".contains(&it)),
            "{href}"
        );
        // The link asks the same again.
        let query = href.split_once('?').map_or("", |(_, query)| query);
        let again = Asked::of(&Fields::of(query.as_bytes()), date(2026, 6, 12));
        assert_eq!(again.ok().map(|it| it.pairs()), Some(asked.pairs()));
    });
}

#[test]
fn fuzz_dates() {
    let seeds = texts(&[
        "6/16/2016",
        "2016-06-16T13:00:00Z",
        "20160616",
        "16.6.2016",
        "June 16th, 2016",
        "16 sept 2016",
        "yesterday",
    ]);
    let words = [
        "/", "-", ".", ", ", "th", "june", "2016", "today", "\u{a0}", "９", "İ",
    ];
    Target {
        name: "dates",
        seeds: &seeds,
        corpus: &[b"", b"////", "İİİİİİİİİİ".as_bytes()],
        words: &words,
    }
    .run(|data| {
        let typed = String::from_utf8_lossy(data);
        match typed_date::read(&typed, date(2026, 6, 12)) {
            Ok(read) => assert!((1970..=2199).contains(&read.year())),
            Err(told) => assert!(told.len() < 300, "{told}"),
        }
    });
}

/// The headers of a request, a line each; what is no header is left out.
fn headers(data: &[u8]) -> HeaderMap {
    let mut map = HeaderMap::new();
    for line in data.split(|it| *it == b'\n') {
        let Some(colon) = line.iter().position(|it| *it == b':') else {
            continue;
        };
        let name = header::HeaderName::from_bytes(&line[..colon]);
        let value = HeaderValue::from_bytes(&line[colon + 1..]);
        if let (Ok(name), Ok(value)) = (name, value) {
            map.append(name, value);
        }
    }
    map
}

#[test]
fn fuzz_request_headers() {
    let word = "0123456789abcdefghijklmnopqrstuvwxyzABCDEF_";
    let seeds = texts(&[
        &format!("cookie: __Host-archiver={word}; a=b"),
        &format!("cookie: archiver={word}\ncookie: archiver={word}"),
        &format!("authorization: Bearer arc_{word}"),
        "host: 127.0.0.1:8080\norigin: http://127.0.0.1:8080",
        "host: [::1]:8080\nx-forwarded-for: 1.2.3.4",
    ]);
    let words = [
        "cookie: ",
        "host: ",
        "authorization: Bearer ",
        "archiver=",
        word,
        "; ",
        "localhost",
        "127.0.0.1",
        "@",
        "evil.example",
    ];
    Target {
        name: "request headers",
        seeds: &seeds,
        corpus: &[b"", b"host:", b"host:%"],
        words: &words,
    }
    .run(|data| {
        let headers = headers(data);
        for https in [true, false] {
            assert!(cookie::read(&headers, https).is_none_or(|it| is_word(&it)));
        }
        assert!(api::shown(&headers).is_none_or(|it| it.len() < 60));
        let options = Options {
            loopback: true,
            ..Options::default()
        };
        let mut request = Request::new(());
        *request.headers_mut() = headers;
        let (parts, ()) = request.into_parts();
        if let Some(origin) = Origin::of(&options, &parts) {
            let at = url::Url::parse(&origin.at("/")).map(|it| it.host_str().map(str::to_owned));
            let host = at.ok().flatten().unwrap_or_default();
            let near = host == "localhost" || host.starts_with("127.") || host == "[::1]";
            assert!(near, "a loopback listener answers for {host}");
        }
    });
}

/// A line of CSV, read as RFC 4180 has it.
fn read_back(line: &str) -> Vec<String> {
    let line = line.strip_suffix("\r\n").unwrap_or(line);
    let (mut cells, mut cell, mut quoted) = (Vec::new(), String::new(), false);
    let mut letters = line.chars().peekable();
    while let Some(letter) = letters.next() {
        match letter {
            '"' if quoted && letters.peek() == Some(&'"') => cell.extend(letters.next()),
            '"' => quoted = !quoted,
            ',' if !quoted => cells.push(std::mem::take(&mut cell)),
            _ => cell.push(letter),
        }
    }
    assert!(!quoted, "a cell without an end");
    cells.push(cell);
    cells
}

#[test]
fn fuzz_csv() {
    let seeds = texts(&[
        "a\u{1f}=1+1\u{1f}b,c\u{1f}\"q\"",
        "-2+3\u{1f}@SUM(A1)\u{1f}\tx\u{1f}\u{feff}=x",
        "+1650\u{1f}ß",
    ]);
    let words = [
        "\u{1f}", "=", "\"", ",", "\r\n", "\u{200b}", "＝", "'", "\0",
    ];
    Target {
        name: "csv",
        seeds: &seeds,
        corpus: &[b"", b"\x1f"],
        words: &words,
    }
    .run(|data| {
        let text = String::from_utf8_lossy(data);
        let cells: Vec<&str> = text.split('\u{1f}').collect();
        let read = read_back(&csv::line(&cells));
        assert_eq!(read.len(), cells.len());
        for (cell, read) in cells.iter().zip(&read) {
            let cell = cell.replace('\0', "\u{fffd}");
            assert!(
                *read == cell || *read == format!("'{cell}"),
                "{read:?} for {cell:?}"
            );
            assert!(
                !read.starts_with(['=', '+', '-', '@', '\t', '\r', '\n']),
                "{read:?}"
            );
        }
    });
}
