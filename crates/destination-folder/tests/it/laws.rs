//! The laws of a Destination.

use domain::ports::Destination as _;
use futures::future::join_all;
use testkit::builders::{chunked, path};
use testkit::{laws, samples};

use crate::archive::Archive;

#[tokio::test]
async fn a_folder_obeys_the_laws() {
    laws::destination::all(Archive::new).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn no_part_file_outlives_its_put() {
    let archive = Archive::new().await;
    let bytes = samples::noise("a", 100_000);
    let paths: Vec<_> = (0..40)
        .map(|n| path(&format!("{}/a.bin", n % 10)))
        .collect();
    let puts = paths
        .iter()
        .map(|path| archive.folder.put(path, chunked(&bytes, 9_999)));
    for told in join_all(puts).await {
        told.unwrap();
    }
    assert_eq!(archive.parts(), Vec::<std::path::PathBuf>::new());
}
