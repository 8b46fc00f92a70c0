//! Bodies that stall, drip or break off, in paused time.

use std::sync::Mutex;

use super::*;

#[derive(Default)]
struct Tally(Mutex<Vec<u64>>);

impl Observer for Tally {
    fn received(&self, _peer: &str, _route: &'static str, bytes: u64) {
        self.0.lock().unwrap().push(bytes);
    }
}

type Piece = (Duration, &'static [u8]);

/// Each piece comes so long after the reader asks for it.
fn body(pieces: Vec<Piece>) -> impl Stream<Item = reqwest::Result<Bytes>> + Send + 'static {
    stream::iter(pieces).then(|(after, piece)| async move {
        let _ = timeout(after, std::future::pending::<()>()).await;
        Ok(Bytes::from_static(piece))
    })
}

fn watch(declared: Option<u64>, observer: Arc<dyn Observer>) -> Watch {
    Watch {
        name: "Provider".to_owned(),
        route: "/content",
        deadlines: Deadlines::default(),
        declared,
        observer,
    }
}

const NOW: Duration = Duration::ZERO;

#[tokio::test(start_paused = true)]
async fn a_whole_body_is_whole_and_told() {
    let tally = Arc::new(Tally::default());
    let flow = watched(
        body(vec![(NOW, b"ab"), (NOW, b"cd")]),
        watch(Some(4), tally.clone()),
    );
    assert_eq!(whole("Provider", flow, 4).await.unwrap(), "abcd");
    assert_eq!(*tally.0.lock().unwrap(), [4]);
}

#[tokio::test(start_paused = true)]
async fn more_than_the_limit_is_not_taken() {
    let flow = watched(
        body(vec![(NOW, b"ab"), (NOW, b"cd")]),
        watch(None, Arc::new(())),
    );
    let error = whole("Provider", flow, 3).await.unwrap_err();
    assert_eq!(error.kind(), Kind::Protocol);
}

#[tokio::test(start_paused = true)]
async fn silence_ends_it() {
    let tally = Arc::new(Tally::default());
    let stalled = vec![(NOW, b"ab".as_slice()), (Duration::MAX, b"cd")];
    let flow = watched(body(stalled), watch(Some(4), tally.clone()));
    let begun = Instant::now();
    let error = whole("Provider", flow, 4).await.unwrap_err();
    assert_eq!(error.kind(), Kind::Unavailable);
    assert_eq!(begun.elapsed(), Duration::from_mins(1));
    assert_eq!(*tally.0.lock().unwrap(), [2]);
}

#[tokio::test(start_paused = true)]
async fn a_drip_is_cut_although_it_is_never_silent() {
    let drip = vec![(Duration::from_secs(1), b"x".as_slice()); 10_000];
    let flow = watched(body(drip), watch(None, Arc::new(())));
    let begun = Instant::now();
    let error = whole("Provider", flow, 10_000).await.unwrap_err();
    assert!(error.to_string().contains("too slowly"), "{error}");
    assert!(begun.elapsed() <= Duration::from_secs(62));
}

#[tokio::test(start_paused = true)]
async fn our_own_reader_may_take_its_time() {
    let mut flow = watched(body(vec![(NOW, b"x"); 100]), watch(Some(100), Arc::new(())));
    let mut received = 0;
    while let Some(piece) = flow.next().await {
        received += piece.unwrap().len();
        tokio::time::advance(Duration::from_mins(10)).await;
    }
    assert_eq!(received, 100);
}

#[tokio::test(start_paused = true)]
async fn a_steady_body_may_take_as_long_as_its_size_allows() {
    static PIECE: [u8; 64 * 1024] = [0; 64 * 1024];
    let steady = vec![(Duration::from_secs(4), PIECE.as_slice()); 1000];
    let mut flow = watched(body(steady), watch(None, Arc::new(())));
    let mut received = 0;
    while let Some(piece) = flow.next().await {
        received += piece.unwrap().len();
    }
    assert_eq!(received, 1000 * PIECE.len());
}

#[tokio::test(start_paused = true)]
async fn fewer_bytes_than_declared_are_not_a_file() {
    let flow = watched(body(vec![(NOW, b"ab")]), watch(Some(4), Arc::new(())));
    let error = whole("Provider", flow, 4).await.unwrap_err();
    assert_eq!(error.kind(), Kind::Incomplete);
    assert!(error.to_string().contains("2 of 4"), "{error}");
}

#[test]
fn the_framing_is_read_from_the_headers() {
    let of = |pairs: &[(&str, &str)]| {
        let headers = pairs.iter().copied().collect();
        framing(reqwest::Version::HTTP_11, &headers)
    };
    assert_eq!(of(&[("content-length", "3")]), Framing::Declared);
    assert_eq!(of(&[("transfer-encoding", "Chunked")]), Framing::Chunked);
    assert_eq!(
        of(&[("transfer-encoding", "gzip, chunked")]),
        Framing::Chunked
    );
    assert_eq!(of(&[]), Framing::UntilClose);
    let none = Headers::default();
    assert_eq!(framing(reqwest::Version::HTTP_2, &none), Framing::Chunked);
    assert_eq!(
        framing(reqwest::Version::HTTP_10, &none),
        Framing::UntilClose
    );
}
