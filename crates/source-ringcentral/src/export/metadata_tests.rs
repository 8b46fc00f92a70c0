use std::io::{Cursor, Write};

use zip::ZipWriter;
use zip::write::SimpleFileOptions;

use super::*;

fn zipped(files: &[(&str, Vec<u8>)]) -> Bytes {
    let mut writer = ZipWriter::new(Cursor::new(Vec::new()));
    for (name, bytes) in files {
        let options = SimpleFileOptions::default();
        writer.start_file(*name, options).unwrap();
        writer.write_all(bytes).unwrap();
    }
    writer.finish().unwrap().into_inner().into()
}

fn mailbox(id: &str) -> String {
    format!("account/1/extension/{id}/message-store.json")
}

fn extension(id: &str) -> Extension {
    Extension {
        id: ExtensionId::new(id),
        number: None,
        name: None,
        kind: String::new(),
        status: String::new(),
        time_zone: None,
    }
}

#[tokio::test]
async fn a_zip_that_tells_of_no_mailbox_is_not_an_empty_company() {
    for files in [vec![], vec![("readme.txt", b"x".to_vec())]] {
        let error = Metadata::read(zipped(&files)).await.err().unwrap();
        assert_eq!(error.kind(), Kind::Unavailable, "{error}");
    }
    let name = mailbox("3");
    let zip = zipped(&[(&name, br#"{"records":[]}"#.to_vec())]);
    let empty = Metadata::read(zip).await.unwrap();
    assert!(
        empty
            .records(&ExtensionId::new("3"))
            .await
            .unwrap()
            .is_empty()
    );
}

#[tokio::test]
async fn mailboxes_that_are_called_by_other_names_are_told_apart_from_empty_ones() {
    let name = mailbox("3");
    let zip = zipped(&[(&name, b"[]".to_vec())]);
    let metadata = Metadata::read(zip).await.unwrap();
    assert!(metadata.tells_of_any(&[extension("2"), extension("3")]));
    assert!(!metadata.tells_of_any(&[extension("103"), extension("2")]));
}

#[tokio::test]
async fn a_mailbox_in_many_entries_takes_no_more_memory_than_in_one() {
    let most = usize::try_from(MAILBOX).unwrap();
    let part = |length: usize| {
        let mut json = vec![b' '; length];
        json[..2].copy_from_slice(b"[]");
        json
    };
    let more = "account/1/extension/3/message-store/message-store-2.json";
    let one = mailbox("3");
    let half = most / 2;
    let zip = zipped(&[(&one, part(half)), (more, part(half))]);
    assert!(Metadata::read(zip).await.is_ok());
    let zip = zipped(&[(&one, part(half)), (more, part(half + 1))]);
    let error = Metadata::read(zip).await.err().unwrap();
    // That is how a shorter span is asked for.
    assert_eq!(error.kind(), Kind::Protocol);
    assert_eq!(error.verdict(), Verdict::GiveUp);
    let other = mailbox("4");
    let zip = zipped(&[(&one, part(half)), (&other, part(half + 1))]);
    assert!(Metadata::read(zip).await.is_ok(), "each by itself");
}

/// The zip of an export, and the names in it.
#[test]
fn fuzz_export() {
    let page = br#"{"records":[{"id":7,"type":"SMS","attachments":[{"id":1,"contentType":"image/heic"}]}]}"#;
    let (one, other) = (mailbox("3"), mailbox("4"));
    let content = "account/1/extension/3/message-store/content/7/1.heic";
    let seeds = [
        zipped(&[(&one, page.to_vec()), (&other, b"[{},{\"id\":1}]".to_vec())]),
        zipped(&[
            (&one, b"{\"records\":[]}".to_vec()),
            (content, b"bytes".to_vec()),
        ]),
        zipped(&[("../../etc/passwd", b"x".to_vec())]),
    ]
    .map(|it| it.to_vec());
    testkit::fuzz::Target {
        name: "ringcentral export",
        seeds: &seeds,
        corpus: &[b"", b"PK\x05\x06"],
        words: &[
            "extension",
            "message-store",
            "content",
            "/",
            "\\",
            "..",
            "PK\x03\x04",
            "PK\x05\x06",
        ],
    }
    .run(|data| {
        let now = |metadata| futures::FutureExt::now_or_never(metadata);
        let bytes = Bytes::copy_from_slice(data);
        let read = now(Metadata::read(bytes)).expect("nothing has to be waited for");
        let Ok(metadata) = read else { return };
        assert!(!metadata.at.is_empty() && metadata.weight() >= data.len());
        for extension in metadata.at.keys() {
            let id = ExtensionId::new(extension.as_str());
            let records = futures::FutureExt::now_or_never(metadata.records(&id));
            assert!(records.is_some(), "nothing has to be waited for");
        }
        let text = String::from_utf8_lossy(data);
        for name in text.split('\n') {
            if let Some(Place::File { file, message, .. }) = Place::of(name.as_bytes()) {
                let words = [Some(file), message];
                assert!(words.iter().flatten().all(|it| !it.contains(['/', '\\'])));
            }
        }
    });
}
