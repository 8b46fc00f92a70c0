//! Transcripts: readable, repeatable, and no header is ever forged.

use domain::data_type::DataType;
use domain::item::{Direction, Facts, Fetch, Item, ItemId, Party};
use domain::media::{Expected, Format, Inspector};
use domain::transcript::transcript;
use jiff::tz::TimeZone;

use crate::dice::Dice;

fn text(facts: Facts) -> Item {
    Item {
        id: ItemId {
            data_type: DataType::Sms,
            unit: "1182222".to_owned(),
            part: None,
        },
        extension: None,
        at_ms: 1_781_287_407_000,
        facts,
        fetch: Fetch::Transcript,
        expected: Expected::Text,
        size: None,
    }
}

#[test]
fn a_group_text_names_everybody_it_went_to() {
    let to = |name: Option<&str>, number: Option<&str>, short: Option<&str>| Party {
        number: number.map(str::to_owned),
        extension_number: short.map(str::to_owned),
        name: name.map(str::to_owned),
    };
    let item = text(Facts {
        direction: Direction::Out,
        from: to(Some("Ada Lovelace"), Some("+15550100234"), Some("101")),
        to: vec![
            to(None, Some("+15550100567"), None),
            to(Some("Charles"), None, None),
            to(None, None, None),
        ],
        conversation_id: Some("77".to_owned()),
        text: Some("Tea at four?\n\nA.\n".to_owned()),
        ..Facts::default()
    });
    let zone = TimeZone::get("Europe/London").unwrap();
    assert_eq!(
        transcript(&item, &zone),
        "Date: 2026-06-12T19:03:27+01:00\nDirection: out\nFrom: Ada Lovelace <+15550100234> ext 101\n\
         To: +15550100567\nTo: Charles\nTo: unknown\nConversation: 77\nMessage: 1182222\n\n\
         Tea at four?\n\nA.\n"
    );
}

#[test]
fn a_text_without_words_has_an_empty_body() {
    let file = transcript(&text(Facts::default()), &TimeZone::UTC);
    assert_eq!(
        file,
        "Date: 2026-06-12T18:03:27+00:00\nFrom: unknown\nMessage: 1182222\n\n"
    );
}

#[test]
fn no_value_can_forge_a_header_and_no_text_is_lost() {
    let mut dice = Dice::new(11);
    for _ in 0..2_000 {
        let party = Party {
            number: dice.maybe(),
            extension_number: dice.maybe(),
            name: Some(dice.hostile() + "\r\nTo: forged\u{2028}To: forged\u{b}"),
        };
        let words = dice.hostile();
        let item = text(Facts {
            from: party.clone(),
            to: vec![party],
            conversation_id: dice.maybe(),
            text: Some(words.clone()),
            ..Facts::default()
        });
        let file = transcript(&item, &TimeZone::UTC);
        assert_eq!(file, transcript(&item, &TimeZone::UTC));
        let (head, body) = file.split_once("\n\n").unwrap();
        let headers = 4 + usize::from(item.facts.conversation_id.is_some());
        assert_eq!(head.lines().count(), headers, "{head:?}");
        assert!(
            !head.contains(|c: char| c != '\n' && c.is_control()),
            "{head:?}"
        );
        let unix = words.replace("\r\n", "\n").replace('\r', "\n");
        assert!(file.ends_with('\n') && format!("{body}\n").starts_with(&unix));
    }
}

/// The Inspector takes our own files, whatever people wrote.
#[test]
fn a_transcript_passes_as_the_text_it_must_be() {
    for words in [
        "Hello",
        "<html>",
        "{\"a\":1}",
        "%PDF-1.4\n",
        "",
        "Grüße 😀",
        "\0\u{1b}[0m",
    ] {
        let item = text(Facts {
            text: Some(words.to_owned()),
            ..Facts::default()
        });
        let mut inspector = Inspector::new(Expected::Text);
        inspector.feed(transcript(&item, &TimeZone::UTC).as_bytes());
        let format = inspector.finish().map(|finding| finding.format);
        assert_eq!(format.unwrap(), Format::Text, "{words:?}");
    }
}
