//! Addresses that RingCentral wrote into its answers, all of them hostile: as the
//! address of a recording, and as the way to a listing's next page. The corpus is
//! the door's; here it meets what turns such an address into a request.

use std::net::SocketAddr;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, OnceLock};

use domain::account::ExtensionId;
use domain::item::Fetch;
use domain::lane::{Depth, Lane};
use domain::ports::Source;
use domain::window::{HOUR_MS, Window};
use tokio::net::TcpListener;

use crate::script::Script;
use crate::world::{ask, list, sightings};

const LIST: &str = include_str!("../../../outbound/tests/it/egress.txt");

/// 2026-05-10T17:00:00Z.
const FROM_MS: i64 = 1_778_432_400_000;

/// What is told as the next page, by the number of the extension.
static PAGES: OnceLock<Vec<String>> = OnceLock::new();

fn window() -> Window {
    Window::from_ms(FROM_MS, FROM_MS + HOUR_MS).unwrap()
}

fn answer(path: &str) -> (u16, String) {
    let number = path.split("/extension/").nth(1).unwrap_or_default();
    let number: usize = number.split('/').next().unwrap().parse().unwrap_or(0);
    let next = if path.contains("page=1&") {
        let uri = PAGES.get().map_or("", |it| it[number].as_str());
        serde_json::json!({ "nextPage": { "uri": uri } })
    } else {
        serde_json::json!({})
    };
    let sms = serde_json::json!({"id": 1, "type": "SMS", "subject": "x",
        "creationTime": "2026-05-10T17:30:00Z"});
    let body = serde_json::json!({ "records": [sms], "navigation": next });
    (200, body.to_string())
}

/// A port on every loopback address there is, and how often anybody came.
async fn trap() -> (u16, Arc<AtomicUsize>) {
    let contacts: Arc<AtomicUsize> = Arc::default();
    let first = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = first.local_addr().unwrap().port();
    let mut listeners = vec![first];
    for also in ["127.0.0.2", "::1"] {
        let address = SocketAddr::new(also.parse().unwrap(), port);
        listeners.extend(TcpListener::bind(address).await.ok());
    }
    for listener in listeners {
        let contacts = Arc::clone(&contacts);
        tokio::spawn(async move {
            while listener.accept().await.is_ok() {
                contacts.fetch_add(1, Ordering::SeqCst);
            }
        });
    }
    (port, contacts)
}

/// The door's corpus, for these ports.
fn corpus(platform: &Script, media: &Script, trap: u16) -> Vec<(String, String)> {
    let port = |url: &str| url.rsplit(':').next().unwrap().to_owned();
    let lines = LIST.lines().filter(|it| !it.starts_with('#'));
    let filled = lines.map(|line| {
        let (fate, url) = line.split_once(' ').unwrap_or((line, ""));
        let url = url
            .replace("{P}", &port(&platform.url))
            .replace("{M}", &port(&media.url))
            .replace("{T}", &trap.to_string())
            .replace("{S}", &trap.to_string())
            .replace("{C}", &trap.to_string())
            .replace("\\t", "\t")
            .replace("\\n", "\n")
            .replace("\\0", "\0")
            .replace("\\\\", "\\");
        (fate.to_owned(), url)
    });
    filled.collect()
}

#[tokio::test]
async fn hostile_addresses_in_answers_lead_nowhere() {
    let platform = Script::play(answer).await;
    let media = Script::play(|_| (200, "bytes".to_owned())).await;
    let (port, contacts) = trap().await;
    let corpus = corpus(&platform, &media, port);
    let source = platform.beside(&media);
    let messages = |number: usize| {
        let lane = Lane::Messages(ExtensionId::new(number.to_string()));
        ask(lane, window(), Depth::Every)
    };

    // As the way to the next page: our own listing goes on, or ends in words.
    let pages = corpus
        .iter()
        .map(|(_, url)| format!("{url}?page=2&perPage=250"));
    PAGES.set(pages.collect()).unwrap();
    let mut walked = 0;
    for number in 0..corpus.len() {
        let listed = list(&source, &messages(number)).await;
        walked += usize::from(listed.is_ok_and(|pages| pages.len() == 2));
    }
    let ours = "/restapi/v1.0/account/~/extension/";
    assert!(platform.asked().iter().all(|path| path.starts_with(ours)));
    assert!(walked * 2 > corpus.len(), "{walked} of {}", corpus.len());

    // As the address of a file.
    let found = sightings(&list(&source, &messages(0)).await.unwrap());
    let item = found.into_values().next().unwrap().item;
    let mut opened = 0;
    for (fate, url) in &corpus {
        let mut hostile = item.clone();
        hostile.extension = None;
        hostile.fetch = Fetch::From(url.clone());
        let came = source.open(&hostile).await;
        opened += usize::from(came.is_ok());
        let good = fate == "honest" && url.contains("//127.0.0.1:");
        assert!(came.is_ok() || !good, "{url}: {:?}", came.err());
    }
    let contacts = contacts.load(Ordering::SeqCst);
    println!(
        "egress of answers: {} addresses as nextPage ({walked} walked on our own host) and as contentUri ({opened} \
         opened on our own hosts); {contacts} reached a trap",
        corpus.len()
    );
    assert_eq!(contacts, 0);
}
