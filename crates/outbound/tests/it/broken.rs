//! Networks that fail, at every place they can.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use domain::error::{Error, Kind};
use outbound::{Body, Credential, DoorOptions, Manners, Request};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;

use crate::stage::{
    API, allowing, base_of, blurt, door, door_with, hasty, line, peer, raw, read_head, say,
};

const OK: &[u8] = b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok";

async fn failing(answer: &'static [u8]) -> Error {
    let base = raw(move |_, stream| say(stream, answer)).await;
    let request = Request::get(API, "/", base.clone());
    line(&base).call(request).await.unwrap_err()
}

#[tokio::test]
async fn nobody_listens() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let base = base_of(listener.local_addr().unwrap());
    drop(listener);
    let error = line(&base)
        .call(Request::get(API, "/", base.clone()))
        .await
        .unwrap_err();
    assert_eq!(error.kind(), Kind::Unavailable);
    assert_eq!(
        error.to_string(),
        "Provider does not answer (connection refused)"
    );
}

#[tokio::test]
async fn what_nobody_got_is_sent_again_even_if_it_must_not_be_repeated() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    drop(listener);
    let base = base_of(address);
    let manners = Manners {
        tries: u32::MAX,
        ..hasty()
    };
    let line = door().line(&peer(allowing(&base), manners), "user", Credential::None);
    let request = Request::post(API, "/", base).body(Body::Json(b"{}".to_vec()));
    let call = tokio::spawn(async move { line.call(request).await });
    let listener = TcpListener::bind(address).await.unwrap();
    let (mut stream, _) = listener.accept().await.unwrap();
    assert!(read_head(&mut stream).await.unwrap().starts_with("POST"));
    stream.write_all(OK).await.unwrap();
    assert!(call.await.unwrap().is_ok());
}

#[tokio::test]
async fn a_name_that_does_not_exist() {
    let base = "https://no-such-host.invalid";
    let manners = Manners {
        tries: 1,
        ..hasty()
    };
    let line = door().line(&peer(allowing(base), manners), "user", Credential::None);
    let error = line.call(Request::get(API, "/", base)).await.unwrap_err();
    assert_eq!(error.kind(), Kind::Unavailable);
    assert!(error.to_string().contains("DNS"), "{error}");
}

#[tokio::test]
async fn an_answer_cut_at_every_byte_never_looks_whole() {
    for cut in 0..OK.len() {
        let base = raw(move |_, stream| say(stream, &OK[..cut])).await;
        let manners = Manners {
            tries: 1,
            ..hasty()
        };
        let line = door().line(&peer(allowing(&base), manners), "user", Credential::None);
        let error = line.call(Request::get(API, "/", base)).await.unwrap_err();
        let kinds = [Kind::Unavailable, Kind::Incomplete, Kind::Protocol];
        assert!(kinds.contains(&error.kind()), "cut at {cut}: {error:?}");
    }
}

#[tokio::test]
async fn something_that_is_not_http() {
    let error = failing(b"SSH-2.0-OpenSSH_9.2\r\n\r\n").await;
    assert_eq!(
        error.to_string(),
        "Provider answered something that is not HTTP"
    );
}

#[tokio::test]
async fn headers_without_end() {
    let mut many = b"HTTP/1.1 200 OK\r\n".to_vec();
    (0..200).for_each(|number| many.extend(format!("x-{number}: a\r\n").bytes()));
    many.extend(b"content-length: 0\r\n\r\n");
    assert_eq!(failing(many.leak()).await.kind(), Kind::Protocol);
    let mut long = b"HTTP/1.1 200 OK\r\nx: ".to_vec();
    long.extend(vec![b'a'; 100_000]);
    long.extend(b"\r\ncontent-length: 0\r\n\r\n");
    assert_eq!(failing(long.leak()).await.kind(), Kind::Protocol);
}

#[tokio::test]
async fn two_answers_to_one_question_do_not_answer_the_next() {
    let base = raw(|_, mut stream| async move {
        let mut number = 0;
        while read_head(&mut stream).await.is_some() {
            let answer = format!("HTTP/1.1 200 OK\r\ncontent-length: 1\r\n\r\n{number}");
            let twice = [answer.as_bytes(), answer.as_bytes()].concat();
            let _ = stream
                .write_all(if number == 0 {
                    &twice
                } else {
                    answer.as_bytes()
                })
                .await;
            number += 1;
        }
    })
    .await;
    let line = line(&base);
    for _ in 0..2 {
        // A fresh connection each time: the surplus spoiled the first one.
        let answer = line
            .call(Request::get(API, "/", base.clone()))
            .await
            .unwrap();
        assert_eq!(answer.body, "0");
    }
}

/// Connections that answer once and close when they are used again.
async fn forgetful() -> (String, Arc<AtomicUsize>) {
    let requests = Arc::new(AtomicUsize::new(0));
    let counted = Arc::clone(&requests);
    let base = raw(move |_, mut stream| {
        let counted = Arc::clone(&counted);
        async move {
            if read_head(&mut stream).await.is_some() {
                counted.fetch_add(1, Ordering::SeqCst);
                let _ = stream.write_all(OK).await;
            }
            if read_head(&mut stream).await.is_some() {
                counted.fetch_add(1, Ordering::SeqCst);
            }
        }
    })
    .await;
    (base, requests)
}

#[tokio::test]
async fn a_stale_connection_is_excused_without_costing_a_try() {
    let (base, requests) = forgetful().await;
    let manners = Manners {
        tries: 1,
        ..hasty()
    };
    let line = door().line(&peer(allowing(&base), manners), "user", Credential::None);
    let get = || Request::get(API, "/", base.clone());
    assert!(line.call(get()).await.is_ok());
    assert!(
        line.call(get()).await.is_ok(),
        "the second goes over the stale one first"
    );
    assert_eq!(requests.load(Ordering::SeqCst), 3);
}

#[tokio::test]
async fn what_must_not_be_repeated_is_not_even_over_a_stale_connection() {
    let (base, requests) = forgetful().await;
    let line = line(&base);
    let post = || Request::post(API, "/", base.clone());
    assert!(line.call(post()).await.is_ok());
    let error = line.call(post()).await.unwrap_err();
    assert_eq!(error.kind(), Kind::Unavailable);
    assert_eq!(requests.load(Ordering::SeqCst), 2);
}

#[tokio::test]
async fn a_body_that_stalls_is_given_up() {
    let base = raw(|_, mut stream| async move {
        read_head(&mut stream).await;
        let _ = stream
            .write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\nabc")
            .await;
        let _ = stream.read_u8().await;
    })
    .await;
    let mut manners = hasty();
    manners.tries = 2;
    manners.deadlines.idle = Duration::from_millis(20);
    let line = door().line(&peer(allowing(&base), manners), "user", Credential::None);
    let error = line.call(Request::get(API, "/", base)).await.unwrap_err();
    assert_eq!(error.kind(), Kind::Unavailable);
    assert!(error.to_string().contains("stopped sending"), "{error}");
}

#[tokio::test]
async fn a_half_closed_connection_still_brings_its_answer() {
    let base = raw(|_, mut stream| async move {
        read_head(&mut stream).await;
        let _ = stream.write_all(b"HTTP/1.1 200 OK\r\n").await;
        let _ = stream.write_all(b"content-length: 2\r\n\r\nok").await;
        let _ = stream.shutdown().await;
        while stream.read_u8().await.is_ok() {}
    })
    .await;
    let answer = line(&base)
        .call(Request::get(API, "/", base.clone()))
        .await
        .unwrap();
    assert_eq!(answer.body, "ok");
}

/// What an https call says when its proxy answers so, and then with a page.
async fn through_proxy(answer: &'static [u8], page: &'static [u8]) -> (Error, String) {
    let asked = Arc::new(std::sync::Mutex::new(String::new()));
    let noted = Arc::clone(&asked);
    let proxy = raw(move |_, mut stream| {
        let noted = Arc::clone(&noted);
        async move {
            if let Some(head) = read_head(&mut stream).await {
                *noted.lock().unwrap() = head;
                let _ = stream.write_all(answer).await;
                blurt(stream, page).await;
            }
        }
    })
    .await;
    let proxy = proxy.replace("http://", "http://name:word@");
    let options = DoorOptions {
        proxy: Some(proxy.parse().unwrap()),
        ..DoorOptions::default()
    };
    let base = "https://platform.example";
    let door = door_with(&options, Arc::new(()));
    let line = door.line(&peer(allowing(base), hasty()), "user", Credential::None);
    let error = line.call(Request::get(API, "/", base)).await.unwrap_err();
    assert!(!format!("{error:?} {options:?}").contains("word"));
    let asked = asked.lock().unwrap().clone();
    (error, asked)
}

#[tokio::test]
async fn a_proxy_that_wants_to_know_who_asks() {
    let answer = b"HTTP/1.1 407 Proxy Authentication Required\r\ncontent-length: 0\r\n\r\n";
    let (error, asked) = through_proxy(answer, b"").await;
    assert_eq!(
        error.to_string(),
        "Provider does not answer (the proxy refuses the connection)"
    );
    assert!(asked.starts_with("CONNECT platform.example:443"), "{asked}");
    assert!(
        asked
            .to_lowercase()
            .contains("proxy-authorization: basic bmftztp3b3jk"),
        "{asked}"
    );
}

#[tokio::test]
async fn a_proxy_that_answers_with_a_page() {
    let page = b"<html>Please log in to the hotel's network</html>";
    let (error, _) = through_proxy(b"HTTP/1.1 200 OK\r\n\r\n", page).await;
    assert_eq!(error.kind(), Kind::Unavailable);
    assert!(error.to_string().contains("TLS"), "{error}");
}

#[tokio::test]
async fn hung_up_on_in_the_middle_of_the_handshake() {
    let base = raw(|_, stream| async move { drop(stream) }).await;
    let base = base.replace("http:", "https:");
    let error = line(&base)
        .call(Request::get(API, "/", base.clone()))
        .await
        .unwrap_err();
    assert_eq!(error.kind(), Kind::Unavailable);
    assert!(
        error.to_string().starts_with("Provider does not answer ("),
        "{error}"
    );
}

#[tokio::test]
async fn loopback_goes_past_the_proxy() {
    let base = raw(|_, stream| say(stream, OK)).await;
    let options = DoorOptions {
        proxy: Some("http://127.0.0.1:1".parse().unwrap()),
        ..DoorOptions::default()
    };
    let door = door_with(&options, Arc::new(()));
    let line = door.line(&peer(allowing(&base), hasty()), "user", Credential::None);
    assert!(line.call(Request::get(API, "/", base)).await.is_ok());
}
