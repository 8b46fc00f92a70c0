//! Laws of looking back: everything that lies there is shown, and can be read.

use std::collections::BTreeMap;
use std::ops::Range;

use bytes::Bytes;
use domain::Kind;
use domain::archive_path::ArchivePath;
use domain::ports::destination::File;
use futures::TryStreamExt;

use super::{Shelf, put, stat};
use crate::builders::path;
use crate::samples::noise;

/// Files in several folders, more than one page of some destinations: each is
/// listed where it lies, as large as it is, with the hash that `stat` tells.
pub async fn every_file_is_listed<S: Shelf>(shelf: &S) {
    assert!(listed(shelf).await.is_empty(), "nothing lies there yet");
    let mut sizes = BTreeMap::new();
    for number in 0..24_usize {
        let name = format!(
            "Archive/Folder {}/2026-0{}/{number}.bin",
            number % 3,
            number % 2
        );
        put(shelf, &path(&name), &noise(&name, number * 100))
            .await
            .unwrap();
        sizes.insert(name, number as u64 * 100);
    }
    let listed = listed(shelf).await;
    let shown: BTreeMap<String, u64> = listed
        .iter()
        .map(|(name, file)| (name.clone(), file.size))
        .collect();
    assert_eq!(shown, sizes);
    for (name, file) in listed {
        let receipt = stat(shelf, &path(&name)).await.unwrap();
        assert!(file.hash.is_none_or(|hash| hash == receipt.hash), "{name}");
    }
}

/// The bytes come back as they were sent, whole and in parts.
pub async fn what_lies_there_can_be_read<S: Shelf>(shelf: &S) {
    let bytes = noise("read back", 300_000);
    let name = path("Archive/read.bin");
    put(shelf, &name, &bytes).await.unwrap();
    assert_eq!(read(shelf, &name, None).await.unwrap(), bytes);
    for part in [
        0..1,
        0..300_000,
        65_535..65_537,
        299_999..300_000,
        7..400_000,
        9..u64::MAX,
    ] {
        let came = read(shelf, &name, Some(part.clone())).await.unwrap();
        let end = part.end.min(300_000);
        let at = |it: u64| usize::try_from(it).unwrap();
        assert!(came == bytes.slice(at(part.start)..at(end)), "{part:?}");
    }
    let empty = path("Archive/empty.bin");
    put(shelf, &empty, &Bytes::new()).await.unwrap();
    assert_eq!(read(shelf, &empty, None).await.unwrap(), Bytes::new());
}

/// What is not there is gone, and so is what lies behind the end.
pub async fn what_is_not_there_is_gone<S: Shelf>(shelf: &S) {
    let name = path("Archive/2026-06/read.bin");
    let kind = read(shelf, &name, None).await.unwrap_err().kind();
    assert_eq!(kind, Kind::Gone);
    put(shelf, &name, &noise("read", 10)).await.unwrap();
    let behind = read(shelf, &name, Some(10..20)).await.unwrap_err();
    assert_eq!(behind.kind(), Kind::Gone);
}

async fn listed(shelf: &impl Shelf) -> BTreeMap<String, File> {
    let pages: Vec<Vec<File>> = shelf.destination().list().try_collect().await.unwrap();
    let files = pages.into_iter().flatten();
    files.map(|file| (file.path.clone(), file)).collect()
}

async fn read(
    shelf: &impl Shelf,
    path: &ArchivePath,
    part: Option<Range<u64>>,
) -> domain::Result<Bytes> {
    let content = shelf.destination().read(path, part).await?;
    let declared = content.length;
    let chunks: Vec<Bytes> = content.bytes.try_collect().await?;
    let bytes = Bytes::from(chunks.concat());
    assert!(declared.is_none_or(|length| length == bytes.len() as u64));
    Ok(bytes)
}
