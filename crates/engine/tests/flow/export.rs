//! What is handed over is what was archived, from any byte of the ZIP on; and
//! what differs is named, never handed over.

use std::io::{Cursor, Read};

use bytes::Bytes;
use domain::archive_path::ArchivePath;
use domain::connection::Backup;
use domain::export::{Counts, Export, ExportId, Stage};

use domain::search::Query;
use domain::{Error, Kind};
use engine::export::{Ends, make, stream};
use futures::TryStreamExt;
use serde_json::Value;
use testkit::builders::{picture, recording, sms, voicemail};

use testkit::memory::source::Plant;
use zip::ZipArchive;

use crate::rig::{DAWN, Rig};

struct Shop {
    rig: Rig,
    backup: Backup,
    ends: Ends,
}

/// A day with two recordings, a voicemail, two texts, one of them with a
/// picture; a third recording is never to be had.
async fn shop() -> Shop {
    let rig = Rig::new();
    rig.plant([
        Plant::new(recording("r1", DAWN + 1000)),
        Plant::new(recording("r2", DAWN + 2000)),
        Plant::new(voicemail("v1", DAWN + 3000)),
        Plant::new(sms("s1", DAWN + 4000)),
        Plant::new(picture("s1", "p1", DAWN + 4000)),
        Plant::new(sms("s2", DAWN + 5000)),
        Plant::new(recording("lost", DAWN + 6000))
            .standing(domain::item::Standing::Missing("erased there")),
    ]);
    rig.run().await;
    let backup = rig.job().await.backup;
    let ends = Ends {
        store: rig.ends.store.clone(),
        destination: rig.destination.clone(),
    };
    Shop { rig, backup, ends }
}

impl Shop {
    async fn made(&self, id: &str, without: &[String]) -> Export {
        let export = Export {
            id: ExportId::new(id),
            account: self.backup.account.clone(),
            backup: self.backup.id.clone(),
            viewer: None,
            by: "test".to_owned(),
            asked: String::new(),
            without: without.to_vec(),
            made_ms: DAWN,
            ends_ms: DAWN + 1,
            stage: Stage::Making,
            counts: Counts::default(),
            files: 0,
            directory_at: 0,
            size: 0,
            trouble: None,
        };
        let store = self.ends.store.as_ref();
        store.keep_export(&export).await.unwrap();
        let all = Query::default();
        let made = make(store, &self.backup, &all, export, &|_| {}).await;
        made.unwrap()
    }

    async fn bytes(&self, export: &Export, from: u64, to: u64) -> Result<Vec<u8>, Error> {
        let bytes = stream(self.ends.clone(), export.clone(), from..to);
        let chunks: Vec<Bytes> = bytes.try_collect().await?;
        Ok(chunks.concat())
    }

    async fn whole(&self, export: &Export) -> Vec<u8> {
        self.bytes(export, 0, export.size).await.unwrap()
    }

    fn path_of(&self, part: &str) -> ArchivePath {
        let files = self.rig.destination.files();
        let path = files.keys().find(|it| it.contains(part)).unwrap();
        ArchivePath::new(path.clone()).unwrap()
    }
}

fn member(zip: &[u8], name: &str) -> Vec<u8> {
    let mut zip = ZipArchive::new(Cursor::new(zip)).unwrap();
    let mut bytes = Vec::new();
    // Its reader holds each sum against the bytes.
    zip.by_name(name).unwrap().read_to_end(&mut bytes).unwrap();
    bytes
}

fn manifest(zip: &[u8]) -> Value {
    serde_json::from_slice(&member(zip, "manifest.json")).unwrap()
}

#[tokio::test(start_paused = true)]
async fn everything_that_was_found_is_handed_over_or_named() {
    let shop = shop().await;
    let export = shop.made("a", &[]).await;
    let zip = shop.whole(&export).await;
    assert_eq!(zip.len() as u64, export.size);
    let mut read = ZipArchive::new(Cursor::new(&zip)).unwrap();
    assert_eq!(read.len() as u64, export.files);
    let names = read.file_names().map(|it| it.unwrap().into_owned());
    let names: Vec<String> = names.collect();
    for name in &names {
        let mut bytes = Vec::new();
        read.by_name(name).unwrap().read_to_end(&mut bytes).unwrap();
    }
    for (path, bytes) in shop.rig.destination.files() {
        assert_eq!(member(&zip, &format!("files/{path}")), bytes, "{path}");
    }
    let mails = names.iter().filter(|it| it.starts_with("eml/")).count();
    let days = names.iter().filter(|it| it.starts_with("rsmf/")).count();
    assert_eq!((mails, days), (2, 1), "{names:?}");
    let told = manifest(&zip);
    assert_eq!(told["counts"]["items"], 7);
    assert_eq!(told["counts"]["handed_over"], 6);
    let items = told["items"].as_array().unwrap();
    let lost = items.iter().find(|it| it["state"] == "missing").unwrap();
    assert_eq!(lost["cause"], "erased there");
    assert!(lost.get("file").is_none());
    let sums = String::from_utf8(member(&zip, "SHA256SUMS")).unwrap();
    for name in names.iter().filter(|it| *it != "SHA256SUMS") {
        let sum = domain::manifest::sha256(&member(&zip, name));
        assert!(sums.contains(&format!("{sum}  {name}\n")), "{name}");
    }
}

#[tokio::test(start_paused = true)]
async fn from_any_byte_on_it_is_the_same() {
    let shop = shop().await;
    let first = shop.made("a", &[]).await;
    let whole = shop.whole(&first).await;
    let size = first.size;
    let mut starts: Vec<u64> = (0..size).step_by(997).collect();
    starts.extend([first.directory_at - 1, first.directory_at, size - 1]);
    for (at, from) in starts.into_iter().enumerate() {
        let to = (from + 1 + (from * 31) % 5000).min(size);
        // Every fifth is one of which no byte has passed before.
        let export = match at % 5 {
            0 => shop.made(&format!("{from}"), &[]).await,
            _ => first.clone(),
        };
        let tail = shop.bytes(&export, from, export.size).await.unwrap();
        let part = shop.bytes(&export, from, to).await.unwrap();
        let index = |it: u64| usize::try_from(it).unwrap();
        assert_eq!(part, tail[..index(to - from)], "{from}");
        if export.id == first.id {
            assert_eq!(tail, whole[index(from)..], "{from}");
        } else {
            let whole = shop.whole(&export).await;
            assert_eq!(tail, whole[index(from)..], "{from}");
        }
    }
}

#[tokio::test(start_paused = true)]
async fn what_changed_in_the_destination_is_named_and_never_handed_over() {
    let shop = shop().await;
    for (at, change) in [
        Some(Bytes::from_static(b"other bytes of another length")),
        None,
    ]
    .into_iter()
    .enumerate()
    {
        let path = shop.path_of("v1");
        let right = shop.rig.destination.bytes_at(&path);
        let export = shop.made(&format!("{at}"), &[]).await;
        shop.rig.destination.tamper(&path, change);
        let error = shop.bytes(&export, 0, export.size).await.unwrap_err();
        assert!(
            matches!(error.kind(), Kind::Mismatch | Kind::Gone),
            "{error}"
        );
        assert!(error.to_string().contains("voicemail/v1"), "{error}");
        let kept = shop.ends.store.export(&export.account, &export.id).await;
        let kept = kept.unwrap().unwrap();
        let (item, _) = kept.trouble.unwrap();
        assert_eq!(kept.stage, Stage::Broken);
        let without = shop.made(&format!("without {at}"), &[item]).await;
        let zip = shop.whole(&without).await;
        let told = manifest(&zip);
        assert_eq!(told["counts"]["left_out"], 1);
        let items = told["items"].as_array().unwrap();
        let state = |it: &&Value| it["state"] == "unreadable";
        assert_eq!(items.iter().filter(state).count(), 1);
        shop.rig.destination.tamper(&path, right);
    }
}

#[tokio::test(start_paused = true)]
async fn a_byte_that_rotted_is_found_though_the_size_is_right() {
    let shop = shop().await;
    let path = shop.path_of("r2");
    let mut bytes = shop.rig.destination.bytes_at(&path).unwrap().to_vec();
    let last = bytes.len() - 1;
    bytes[last] ^= 1;
    shop.rig.destination.rot(&path, bytes.into());
    let export = shop.made("a", &[]).await;
    let error = shop.bytes(&export, 0, export.size).await.unwrap_err();
    assert_eq!(error.kind(), Kind::Mismatch);
    assert!(error.to_string().contains("recordings/r2"), "{error}");
}

#[tokio::test(start_paused = true)]
async fn what_was_asked_for_stays_as_it_was() {
    let shop = shop().await;
    let export = shop.made("a", &[]).await;
    let before = shop.whole(&export).await;
    shop.rig.plant([Plant::new(recording("later", DAWN + 900))]);
    shop.rig.run().await;
    assert_eq!(shop.whole(&export).await, before);
    assert_eq!(manifest(&before)["counts"]["items"], 7);
    let nothing = Query {
        text: "nobodysaidthis".to_owned(),
        ..Query::default()
    };
    let store = shop.ends.store.as_ref();
    let again = Export {
        id: ExportId::new("none"),
        ..export
    };
    store.keep_export(&again).await.unwrap();
    let none = make(store, &shop.backup, &nothing, again, &|_| {}).await;
    assert_eq!(none.unwrap_err().kind(), Kind::Config);
}

#[tokio::test(start_paused = true)]
async fn begun_again_it_is_made_anew_and_deleted_it_stays_deleted() {
    let shop = shop().await;
    let before = shop.made("a", &[]).await;
    shop.rig.plant([Plant::new(recording("later", DAWN + 900))]);
    shop.rig.run().await;
    let again = shop.made("a", &[]).await;
    assert_eq!(again.counts.there, before.counts.there + 1);
    let whole = shop.whole(&again).await;
    assert_eq!(whole.len() as u64, again.size);
    let names: Vec<String> = {
        let zip = ZipArchive::new(Cursor::new(whole.as_slice())).unwrap();
        zip.file_names()
            .map(|it| it.unwrap().into_owned())
            .collect()
    };
    assert_eq!(names.len() as u64, again.files);
    for name in &names {
        member(&whole, name);
    }
    let store = shop.ends.store.as_ref();
    while !store
        .forget_export(&again.account, &again.id, 9)
        .await
        .unwrap()
    {}
    let all = Query::default();
    let gone = make(store, &shop.backup, &all, again.clone(), &|_| {}).await;
    assert_eq!(gone.unwrap_err().kind(), Kind::Gone);
    assert_eq!(store.export(&again.account, &again.id).await.unwrap(), None);
}
