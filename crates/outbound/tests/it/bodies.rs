//! Bodies as streams: how they end, and what is missing when they end badly.

use domain::error::{Kind, Result};
use futures::StreamExt;
use outbound::{Framing, Request, Streamed};
use tokio::io::AsyncWriteExt;

use crate::stage::{API, line, raw, read_head, say};

async fn open(answer: &'static str) -> Streamed {
    let base = raw(move |_, stream| say(stream, answer.as_bytes())).await;
    let request = Request::get(API, "/content", base.clone());
    line(&base).open(request).await.unwrap()
}

async fn collect(streamed: Streamed) -> Result<Vec<u8>> {
    let mut all = Vec::new();
    let mut body = streamed.body;
    while let Some(piece) = body.next().await {
        all.extend_from_slice(&piece?);
    }
    assert!(body.next().await.is_none(), "an end is an end");
    Ok(all)
}

#[tokio::test]
async fn a_declared_body_that_is_whole() {
    let streamed = open("HTTP/1.1 200 OK\r\ncontent-length: 5\r\n\r\nhello").await;
    assert_eq!(
        (streamed.framing, streamed.declared),
        (Framing::Declared, Some(5))
    );
    assert_eq!(collect(streamed).await.unwrap(), b"hello");
}

#[tokio::test]
async fn a_declared_body_that_is_cut() {
    let streamed = open("HTTP/1.1 200 OK\r\ncontent-length: 50\r\n\r\nhello").await;
    assert_eq!(streamed.declared, Some(50));
    let error = collect(streamed).await.unwrap_err();
    assert_eq!(error.kind(), Kind::Incomplete);
    assert_eq!(error.to_string(), "Provider broke off after 5 of 50 bytes");
}

#[tokio::test]
async fn a_body_longer_than_declared_ends_where_it_said() {
    let streamed = open("HTTP/1.1 200 OK\r\ncontent-length: 5\r\n\r\nhello world").await;
    assert_eq!(collect(streamed).await.unwrap(), b"hello");
}

#[tokio::test]
async fn a_chunked_body_that_is_whole() {
    let whole = "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n";
    let streamed = open(whole).await;
    assert_eq!(
        (streamed.framing, streamed.declared),
        (Framing::Chunked, None)
    );
    assert_eq!(collect(streamed).await.unwrap(), b"hello");
}

#[tokio::test]
async fn a_chunked_body_that_is_cut() {
    for cut in ["5\r\nhello\r\n", "5\r\nhel", "5\r\nhello\r\n0\r\n", ""] {
        let answer = format!("HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n{cut}");
        let error = collect(open(answer.leak()).await).await.unwrap_err();
        assert_eq!(error.kind(), Kind::Incomplete, "{cut:?}");
    }
}

#[tokio::test]
async fn a_body_that_only_the_closing_ends_says_so() {
    for head in [
        "HTTP/1.1 200 OK\r\nconnection: close\r\n\r\n",
        "HTTP/1.0 200 OK\r\n\r\n",
    ] {
        let streamed = open(format!("{head}hel").leak()).await;
        assert_eq!(
            (streamed.framing, streamed.declared),
            (Framing::UntilClose, None)
        );
        assert_eq!(
            collect(streamed).await.unwrap(),
            b"hel",
            "looks complete and may not be"
        );
    }
}

#[tokio::test]
async fn no_content_is_a_whole_body() {
    let streamed = open("HTTP/1.1 204 No Content\r\n\r\n").await;
    assert_eq!(
        (streamed.status, streamed.framing),
        (204, Framing::Declared)
    );
    assert!(collect(streamed).await.unwrap().is_empty());
}

#[tokio::test]
async fn a_part_is_a_good_answer() {
    let streamed = open(
        "HTTP/1.1 206 Partial Content\r\ncontent-range: bytes 5-9/10\r\ncontent-length: 5\r\n\r\nworld",
    )
    .await;
    assert_eq!(streamed.status, 206);
    assert_eq!(streamed.headers.get("Content-Range"), Some("bytes 5-9/10"));
}

#[tokio::test]
async fn a_list_that_breaks_off_is_asked_for_again() {
    let base = raw(|number, stream| async move {
        let cut = b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\n{".as_slice();
        let whole = b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\n{}".as_slice();
        say(stream, if number < 2 { cut } else { whole }).await;
    })
    .await;
    let request = Request::get(API, "/list", base.clone());
    assert_eq!(line(&base).call(request.clone()).await.unwrap().body, "{}");
    let base = raw(|_, stream| say(stream, b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\n{")).await;
    let post = Request::post(API, "/list", base.clone());
    assert_eq!(
        line(&base).call(post).await.unwrap_err().kind(),
        Kind::Incomplete
    );
}

#[tokio::test]
async fn a_body_that_is_not_wanted_any_more_may_be_dropped() {
    let base = raw(|_, mut stream| async move {
        read_head(&mut stream).await;
        let head = b"HTTP/1.1 200 OK\r\ncontent-length: 1000000000\r\n\r\n";
        let _ = stream.write_all(head).await;
        // Ends when the other side has hung up.
        while stream.write_all(&[0; 4096]).await.is_ok() {}
    })
    .await;
    let request = Request::get(API, "/content", base.clone());
    let mut streamed = line(&base).open(request).await.unwrap();
    assert!(streamed.body.next().await.unwrap().is_ok());
    drop(streamed);
}
