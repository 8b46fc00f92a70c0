//! The ZIP of an export: other people's reader finds in it what was laid out,
//! whatever the names, sizes and numbers are; and texts stay inside their
//! headers.

use std::collections::BTreeMap;
use std::io::{Read, Seek, SeekFrom};

use domain::export::zip::{Member, end};
use domain::export::{Part, Planner, Row, What, eml, made_of};
use domain::item::{Facts, Party};
use proptest::prelude::*;
use zip::ZipArchive;

/// A file of which only some pieces are anything but zeros.
struct Sparse {
    pieces: BTreeMap<u64, Vec<u8>>,
    size: u64,
    at: u64,
}

impl Read for Sparse {
    fn read(&mut self, into: &mut [u8]) -> std::io::Result<usize> {
        let left = usize::try_from(self.size - self.at.min(self.size)).unwrap_or(usize::MAX);
        let count = into.len().min(left);
        for (offset, byte) in into[..count].iter_mut().enumerate() {
            let at = self.at + offset as u64;
            let piece = self.pieces.range(..=at).next_back();
            let inside =
                piece.and_then(|(from, bytes)| bytes.get(usize::try_from(at - from).ok()?));
            *byte = inside.copied().unwrap_or(0);
        }
        self.at += count as u64;
        Ok(count)
    }
}

impl Seek for Sparse {
    fn seek(&mut self, to: SeekFrom) -> std::io::Result<u64> {
        let to = match to {
            SeekFrom::Start(at) => Some(at),
            SeekFrom::End(by) => self.size.checked_add_signed(by),
            SeekFrom::Current(by) => self.at.checked_add_signed(by),
        };
        self.at = to.ok_or(std::io::ErrorKind::InvalidInput)?;
        Ok(self.at)
    }
}

/// Lays members of these sizes out one behind the other.
fn laid(members: &[(String, u64)]) -> (Sparse, Vec<u64>) {
    let (mut pieces, mut lines, mut at) = (BTreeMap::new(), Vec::new(), 0);
    let mut places = Vec::new();
    for (name, size) in members {
        let member = Member {
            name,
            size: *size,
            at_ms: 1_781_287_407_000,
        };
        let head = member.head();
        let data_at = at + head.len() as u64;
        pieces.insert(at, head);
        pieces.insert(data_at + size, member.foot(0));
        lines.extend(member.line(at, 0));
        places.push(data_at);
        at += member.span();
    }
    let size = lines.len() as u64;
    lines.extend(end(members.len() as u64, at, size));
    let size = at + lines.len() as u64;
    pieces.insert(at, lines);
    (
        Sparse {
            pieces,
            size,
            at: 0,
        },
        places,
    )
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn a_zip_of_any_sizes_is_found_in_its_directory(
        members in prop::collection::vec(
            ("[a-zé😀/ ]{1,40}", prop_oneof![0..9_u64, 0..(1_u64 << 34), Just(0xFFFF_FFFE), Just(0xFFFF_FFFF)]),
            0..12,
        ),
    ) {
        let members: Vec<(String, u64)> = members.into_iter().enumerate()
            .map(|(at, (name, size))| (format!("f{at}{name}"), size))
            .collect();
        let (sparse, places) = laid(&members);
        let mut read = ZipArchive::new(sparse).unwrap();
        prop_assert_eq!(read.len(), members.len());
        for (at, (name, size)) in members.iter().enumerate() {
            let file = read.by_index_raw(at).unwrap();
            let told = file.name().unwrap().into_owned();
            prop_assert_eq!(&told, name);
            prop_assert_eq!((file.size(), file.compressed_size()), (*size, *size));
            prop_assert_eq!(file.data_start(), Some(places[at]));
        }
    }

    #[test]
    fn nothing_that_people_wrote_breaks_out_of_its_header(
        name in "\\PC{0,90}|[\r\n:<>\"a]{0,20}", number in "\\PC{0,30}|[\r\n]{1,3}",
        unit in "[a-z0-9\r\n%/]{1,8}", text in "\\PC{0,90}", conversation in "[\r\na-z]{0,9}",
    ) {
        let row = text_row(&unit, &name, &number, &text, &conversation);
        let parts = eml(std::slice::from_ref(&row));
        let Some(Part::Bytes(head)) = parts.first() else {
            return Err(TestCaseError::fail("no head"));
        };
        let head = std::str::from_utf8(head).unwrap();
        let known = ["Date: ", "From: ", "To: ", "Subject: ", "Message-ID: ", "MIME-Version: ",
            "X-Archiver-Conversation: ", "X-Archiver-Item: ", "Content-Type: ", " "];
        prop_assert!(head.is_ascii() && head.ends_with("\r\n\r\n"));
        for line in head.trim_end_matches("\r\n").split("\r\n") {
            prop_assert!(known.iter().any(|it| line.starts_with(it)), "{}", line);
            prop_assert!(!line.contains(['\r', '\n']) && line.len() <= 120, "{}", line);
        }
    }
}

fn text_row(unit: &str, name: &str, number: &str, text: &str, conversation: &str) -> Row {
    let party = Party {
        number: Some(number.to_owned()),
        name: Some(name.to_owned()),
        ..Party::default()
    };
    Row {
        item: format!("sms/{}", unit.replace('%', "%25").replace('/', "%2F")),
        extension: None,
        at_ms: 1_781_287_407_000,
        facts: Facts {
            from: party.clone(),
            to: vec![party],
            text: Some(text.to_owned()),
            conversation_id: Some(conversation.to_owned()),
            ..Facts::default()
        },
        state: "archived".to_owned(),
        reason: String::new(),
        cause: String::new(),
        path: Some(format!("Archive/text {unit}.txt")),
        size: Some(9),
        sha256: Some("0".repeat(64)),
        left_out: false,
    }
}

#[test]
fn many_members_take_the_64_bit_form_of_the_end() {
    let members: Vec<(String, u64)> = (0..70_000).map(|it| (format!("{it}"), 1)).collect();
    let (sparse, _) = laid(&members);
    assert_eq!(ZipArchive::new(sparse).unwrap().len(), 70_000);
}

#[test]
fn what_is_not_there_has_no_file_and_is_said_in_its_mail() {
    let words = text_row("1", "Ada", "+15550100567", "Look at this", "c");
    let picture = Row {
        item: "sms/1/p".to_owned(),
        path: None,
        state: "pending".to_owned(),
        ..words.clone()
    };
    assert!(words.place() < picture.place());
    let mut planner = Planner::new(0);
    planner.row(words.clone());
    planner.row(picture.clone());
    planner.finish();
    let files = planner.take();
    let whats: Vec<What> = files.iter().map(|it| it.what).collect();
    let texts = [What::Text; 3].into_iter();
    let rest = [What::Item, What::Eml, What::Rsmf, What::Sums];
    assert_eq!(whats, texts.chain(rest).collect::<Vec<What>>());
    for file in &files[4..6] {
        let rows = [words.clone(), picture.clone()];
        let size: u64 = made_of(file.what, &rows).iter().map(Part::size).sum();
        assert_eq!((file.size, file.rows), (size, 2));
    }
    let left_out = Row {
        left_out: true,
        ..words
    };
    let mut planner = Planner::new(0);
    planner.row(left_out);
    planner.row(picture);
    planner.finish();
    assert_eq!(planner.take().len(), 4);
}
