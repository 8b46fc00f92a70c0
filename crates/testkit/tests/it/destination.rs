//! The Destination in memory.

use domain::Kind;
use domain::ports::Destination as _;
use testkit::builders::{chunked, path, unavailable};
use testkit::{laws, memory, samples};

#[tokio::test]
async fn the_destination_in_memory_obeys_the_laws() {
    laws::destination::all(async || memory::Destination::new()).await;
}

#[tokio::test]
async fn trouble_comes_as_scripted() {
    let shelf = memory::Destination::new();
    let (at, bytes) = (path("a"), samples::noise("a", 100));
    let put = async || shelf.put(&at, chunked(&bytes, 9)).await;
    shelf.refuse_next(1, &unavailable());
    shelf.lose_next_replies(1, &unavailable());
    assert!(put().await.is_err());
    assert_eq!((shelf.files().len(), shelf.writes()), (0, 0));
    assert!(put().await.is_err());
    assert_eq!((shelf.files().len(), shelf.writes()), (1, 1));
    assert!(put().await.is_ok());
    assert_eq!((shelf.puts().len(), shelf.writes()), (3, 1));

    shelf.limit(Some(150));
    let full = shelf.put(&path("b"), chunked(&bytes, 9)).await;
    assert_eq!(full.unwrap_err().kind(), Kind::Full);
    assert_eq!(shelf.space().await.unwrap().free, Some(50));
}
