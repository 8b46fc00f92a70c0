//! Archive paths: what they look like, and which are refused.

use domain::account::Extension;
use domain::archive_path::{ArchivePath, Naming, file_extension, finished, folder_name, stem};
use domain::data_type::DataType;
use domain::error::Kind;
use domain::item::{Direction, Facts, Item, Party};
use domain::media::Format;
use jiff::tz::TimeZone;

use crate::samples::{ada, inside, item, new_york, outside};

fn path(naming: Naming, item: &Item) -> String {
    let folder = folder_name(naming, Some(&ada()));
    stem(naming, item, &folder, &new_york())
}

#[test]
fn the_default_tree_reads_like_a_sentence() {
    let below = |it: &Item| {
        let whole = path(Naming::Default, it);
        let shelf = "Archive/101 Ada Lovelace [62264006]/2026-06/";
        whole.strip_prefix(shelf).unwrap().to_owned()
    };
    let at = "2026-06-12T14-03-27-0400";
    assert_eq!(
        below(&item(DataType::CallRecording, "3636328599023", None)),
        format!("{at} call in from +15550100567 to 101 6m12s rec3636328599023")
    );
    assert_eq!(
        below(&item(DataType::Voicemail, "1181234", Some("1181234"))),
        format!("{at} voicemail from +15550100567 to 101 6m12s msg1181234")
    );
    assert_eq!(
        below(&item(DataType::Fax, "1185555", Some("1185556"))),
        format!("{at} fax in from +15550100567 to 101 3p msg1185555_att1185556")
    );
    let mut text = item(DataType::Sms, "1182222", None);
    let whole = format!("{at} sms in from +15550100567 to 101 msg1182222");
    assert_eq!(below(&text), whole);
    text.id.part = Some("456".to_owned());
    assert_eq!(below(&text), format!("{whole}_att456"));
}

#[test]
fn the_other_presets_keep_their_shape() {
    let call = item(DataType::CallRecording, "3636328599023", None);
    assert_eq!(
        path(Naming::FlatMonth, &call),
        "Archive/2026-06/2026-06-12T14-03-27-0400 call in from +15550100567 to 101 6m12s rec3636328599023"
    );
    assert_eq!(
        path(Naming::Privacy, &call),
        "Archive/101 [62264006]/2026-06/2026-06-12T14-03-27-0400 call in from 0567 to 101 6m12s rec3636328599023"
    );
    assert_eq!(
        path(Naming::RingCentral, &call),
        "RingCentral Archiver/Ada Lovelace_101/2026-6-12/Call Recording/20260612-140327_15550100567_15550100234#101_Automatic_3636328599023"
    );
    let voicemail = item(DataType::Voicemail, "1181234", Some("1181234"));
    assert_eq!(
        path(Naming::RingCentral, &voicemail),
        "RingCentral Archiver/Ada Lovelace_101/2026-6-12/Voicemail/20260612-140327_15550100567_15550100234#101_Voicemail_1181234"
    );
}

#[test]
fn the_original_products_real_example_comes_out_again() {
    // From a customer's tree; its zone is not known, so UTC stands in.
    let mut call = item(DataType::CallRecording, "3636328599023", None);
    call.at_ms = 1_778_407_332_000;
    call.facts.to[0].number = Some("+15550100234".to_owned());
    call.facts.to[0].extension_number = Some("135".to_owned());
    let path = stem(Naming::RingCentral, &call, "First Last_101", &TimeZone::UTC);
    assert_eq!(
        finished(&path, 1, "mp3").unwrap().as_str(),
        "RingCentral Archiver/First Last_101/2026-5-10/Call Recording/\
         20260510-100212_15550100567_15550100234#135_Automatic_3636328599023.mp3"
    );
}

#[test]
fn what_is_not_known_is_left_out() {
    let mut call = item(DataType::CallRecording, "1", None);
    call.facts = Facts::default();
    let name = |it: &Item| {
        path(Naming::Default, it)
            .rsplit_once('/')
            .unwrap()
            .1
            .to_owned()
    };
    assert_eq!(name(&call), "2026-06-12T14-03-27-0400 call rec1");
    call.facts.to = vec![inside(), outside(), Party::default()];
    call.facts.from.name = Some("Anonymous: *67".to_owned());
    assert_eq!(
        name(&call),
        "2026-06-12T14-03-27-0400 call from Anonymous- -67 to 101 and 2 more rec1"
    );
    call.facts.direction = Direction::Out;
    call.facts.seconds = Some(3_723);
    assert!(name(&call).starts_with("2026-06-12T14-03-27-0400 call out from"));
    assert!(name(&call).ends_with("and 2 more 1h02m03s rec1"));
}

#[test]
fn an_hour_that_comes_twice_is_told_apart_by_its_offset() {
    let mut call = item(DataType::CallRecording, "1", None);
    call.at_ms = 1_793_510_999_000;
    let first = path(Naming::Default, &call);
    call.at_ms += 3_600_000;
    let second = path(Naming::Default, &call);
    assert!(first.contains("2026-11-01T01-29-59-0400"), "{first}");
    assert!(second.contains("2026-11-01T01-29-59-0500"), "{second}");
}

#[test]
fn versions_and_extensions_are_added_last() {
    let whole = |version, extension| finished("a/b rec1", version, extension).unwrap();
    assert_eq!(whole(1, "wav").as_str(), "a/b rec1.wav");
    assert_eq!(whole(7, "JPG").as_str(), "a/b rec1 v7.jpg");
    for odd in [
        "",
        ".",
        "tar.gz",
        "mp3/..",
        "toolongext",
        "m p",
        "ｍｐ３",
        "mp3 ",
    ] {
        assert_eq!(whole(1, odd).as_str(), "a/b rec1.bin", "{odd:?}");
    }
}

#[test]
fn extensions_follow_the_bytes_and_never_run() {
    let of = |format, name, media| file_extension(format, name, media);
    assert_eq!(of(Format::Jpeg, Some("x.exe"), Some("text/html")), "jpg");
    assert_eq!(of(Format::Other, Some("clip.MP4"), None), "mp4");
    assert_eq!(
        of(Format::Other, Some("x"), Some("audio/AMR; rate=8")),
        "amr"
    );
    assert_eq!(
        of(Format::Text, Some("card.vcf"), Some("text/x-vcard")),
        "vcf"
    );
    assert_eq!(of(Format::Text, None, Some("text/plain")), "txt");
    assert_eq!(of(Format::Json, None, None), "json");
    // What the bytes deny is not believed.
    assert_eq!(
        of(Format::Other, Some("call.mp3"), Some("audio/mpeg")),
        "bin"
    );
    for name in [
        "a.html", "a.svg", "a.exe", "a.js", "a.lnk", "a.hta", "a.docm", "a.jar", "a.scr",
    ] {
        for format in [Format::Html, Format::Json, Format::Other, Format::Text] {
            let given = of(format, Some(name), Some("text/html"));
            assert!(
                ["bin", "txt", "json"].contains(&given.as_str()),
                "{name} became {given}"
            );
        }
    }
}

#[rustfmt::skip]
const REFUSED: [&str; 60] = [
    "", "/", "/a", "a/", "a//b", ".", "..", "a/..", "../a", "a/./b", "a\\b", "a:b", "a*", "a?", "a\"b", "a<b",
    "a>b", "a|b", "a\nb", "a\0", "a\u{7f}", "a\u{85}", "a ", "a.", " a", "a /b", "a./b", "a/ b", "😀",
    "e\u{301}", "\u{212a}", "a\u{202e}b", "a\u{200b}b", "a\u{feff}", "a\u{fe0f}", "a\u{2028}b", "a\u{a0}",
    "\u{e000}", "\u{fffe}", "con", "CON", "a/nul.txt", "Aux.mp3", "com1", "LPT³.x", "con .txt", "desktop.ini",
    "a/Thumbs.DB", ".ds_store", ".dropbox", ".Dropbox.cache", "~$a.doc", ".~lock", "~a.tmp", "a/con/b", "icon\r",
    "COM0", "prn.", "CONOUT$", "a/\t",
];

#[rustfmt::skip]
const ACCEPTED: [&str; 12] = [
    "a", "a/b.c", ".a", "console", "COM10", "comet.txt", "a b/c d.mp3", "Grüße/é", "a..b", "+1#2=[3]", "李小龍", "icon",
];

#[test]
fn a_path_that_breaks_a_rule_is_refused_without_being_repeated() {
    let long = format!("a/{}", "x".repeat(121));
    let deep = "a/".repeat(120) + "b";
    let bytes = "李".repeat(67);
    for path in REFUSED.into_iter().chain([&*long, &*deep, &*bytes]) {
        let error = ArchivePath::new(path).unwrap_err();
        assert_eq!(error.kind(), Kind::PathRefused, "{path:?}");
        let told = error.to_string();
        assert!(path.len() < 5 || !told.contains(path), "{told}");
        assert!(told.starts_with('a') && !told.ends_with('.'), "{told}");
    }
    for path in ACCEPTED {
        assert_eq!(ArchivePath::new(path).unwrap().as_str(), path);
    }
}

/// No name and no more than four digits of a number in a discreet tree.
#[test]
fn the_privacy_preset_gives_nobody_away() {
    let mut call = item(DataType::CallRecording, "rec", None);
    call.facts.from.extension_number = Some("+1 555 010 0567".to_owned());
    call.facts.to[0].extension_number = None;
    let extension = Extension {
        number: Some("5550100234".to_owned()),
        ..ada()
    };
    let folder = folder_name(Naming::Privacy, Some(&extension));
    let path = stem(Naming::Privacy, &call, &folder, &new_york());
    for secret in ["Ada", "Lovelace", "Charles", "555", "0100"] {
        assert!(!path.contains(secret), "{secret} in {path}");
    }
    assert!(path.contains("from 0567 to 0234"), "{path}");
}
