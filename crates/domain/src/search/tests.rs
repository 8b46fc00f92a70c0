use super::*;
use crate::account::Extension;
use crate::connection::BackupId;

fn query(pairs: &[(&str, &str)]) -> Result<Query, Wrong> {
    Query::of_pairs(pairs.iter().copied())
}

fn text(typed: &str) -> Option<Vec<Vec<Term>>> {
    let query = Query {
        text: typed.to_owned(),
        ..Query::default()
    };
    let mut ask = Ask::of(&query, "b:1".to_owned(), &[])?;
    assert_eq!(ask.all.pop(), Some(vec![word("b:1")]));
    Some(ask.all)
}

fn word(it: &str) -> Term {
    Term::Word(it.to_owned())
}

fn begins(it: &str) -> Term {
    Term::Beginning(it.to_owned())
}

fn phrase(words: &[&str], open: bool) -> Term {
    Term::Phrase(words.iter().map(|it| (*it).to_owned()).collect(), open)
}

#[test]
fn words_are_small_and_without_accents() {
    for (text, wanted) in [
        ("", &[][..]),
        ("  ,;- ", &[]),
        ("Hello, World", &["hello", "world"]),
        ("naïve Façade Ångström", &["naive", "facade", "angstrom"]),
        ("ΑΘΉΝΑ Йод", &["αθηνα", "иод"]),
        ("ﬁve ① x²", &["five", "1", "x2"]),
        ("a1b2", &["a1b2"]),
        ("12:30", &["12", "30"]),
        ("東京タワー", &["東", "京", "タ", "ワ", "ー"]),
        ("हिन्दी", &["हिन्दी"]),
    ] {
        assert_eq!(words(text), wanted, "{text}");
    }
    assert_eq!(words(&"x".repeat(99)), ["x".repeat(40)]);
}

#[test]
fn what_is_typed_is_words_beginnings_phrases_and_numbers() {
    for (typed, wanted) in [
        ("", vec![]),
        ("two words", vec![vec![word("two")], vec![word("words")]]),
        ("begin*", vec![vec![begins("begin")]]),
        ("b*", vec![vec![word("b")]]),
        (
            "\"a phrase\" more",
            vec![vec![phrase(&["a", "phrase"], false)], vec![word("more")]],
        ),
        (
            "\u{201c}a phrase\u{201d}",
            vec![vec![phrase(&["a", "phrase"], false)]],
        ),
        ("\"open end", vec![vec![phrase(&["open", "end"], false)]]),
        ("re-open*", vec![vec![phrase(&["re", "open"], true)]]),
        ("123 x", vec![vec![word("123")], vec![word("x")]]),
        (
            "1234 x",
            vec![
                vec![word("1234"), begins("n:1234"), begins("r:4321")],
                vec![word("x")],
            ],
        ),
        (
            "+1 (555)",
            vec![vec![phrase(&["1", "555"], false), begins("n:1555")]],
        ),
        (
            "555-0100",
            vec![vec![
                phrase(&["555", "0100"], false),
                begins("n:5550100"),
                begins("r:0010555"),
            ]],
        ),
    ] {
        assert_eq!(text(typed), Some(wanted), "{typed}");
    }
    for vain in ["***", "...", "😀", "\"\""] {
        assert_eq!(text(vain), None, "{vain}");
    }
    assert_eq!(text(&"w ".repeat(99)).map(|it| it.len()), Some(16));
}

#[test]
fn a_person_is_whoever_is_called_so() {
    let called = |id: &str, name: &str| Extension {
        id: ExtensionId::new(id),
        number: Some("7".to_owned()),
        name: Some(name.to_owned()),
        kind: "User".to_owned(),
        status: "Enabled".to_owned(),
        time_zone: None,
    };
    let people = [
        called("1", "Ada Lovelace"),
        called("2", "Ada King"),
        called("3", "Eve"),
    ];
    let asked = |person: &str| {
        let query = Query {
            person: person.to_owned(),
            ..Query::default()
        };
        let ask = Ask::of(&query, "b:1".to_owned(), &people);
        ask.map(|it| it.all.iter().map(Vec::len).collect::<Vec<_>>())
    };
    // The last group is the Backup's.
    assert_eq!(asked("ada"), Some(vec![3, 1]));
    assert_eq!(asked("Ada King"), Some(vec![2, 2, 1]));
    assert_eq!(asked("king lovelace"), Some(vec![1, 1, 1]));
    assert_eq!(asked("7"), Some(vec![4, 1]));
    assert_eq!(asked("lov*"), Some(vec![2, 1]));
    assert_eq!(asked("-"), None);
}

#[test]
fn a_query_goes_through_an_address_unharmed() {
    let pairs = [
        ("q", "\"a b\" c*"),
        ("person", "Zoë"),
        ("number", "+1 555"),
        ("from", "2026-06-01T00:00:00Z"),
        ("to", "2026-06-02T12:30:00.5Z"),
        ("type", "voicemail"),
        ("type", "sms"),
        ("direction", "out"),
        ("min", "61"),
        ("max", "3600"),
    ];
    let asked = query(&pairs).unwrap();
    let back = asked.pairs();
    let back: Vec<(&str, &str)> = back.iter().map(|(name, it)| (*name, it.as_str())).collect();
    assert_eq!(back, pairs);
    assert_eq!(query(&back), Ok(asked));
    assert_eq!(Query::default().pairs(), []);
}

#[test]
fn days_are_whole_and_lengths_are_as_people_type_them() {
    let asked = query(&[
        ("from", "2026-06-01"),
        ("to", "2026-06-01"),
        ("min", "1:30"),
    ])
    .unwrap();
    assert_eq!(asked.to_ms.unwrap() - asked.from_ms.unwrap(), 86_400_000);
    assert_eq!(asked.shortest, Some(90));
    for (typed, wanted) in [
        ("90", Some(90)),
        ("45s", Some(45)),
        ("2m", Some(120)),
        ("1h", Some(3600)),
        ("1:02:03", Some(3723)),
        ("", None),
        ("x", None),
        ("-1", None),
        ("1:2:3:4", None),
        ("9999999:0:0", Some(35_999_996_400)),
        ("35999996400", Some(35_999_996_400)),
        ("18446744073709551615", Some(u64::MAX)),
        ("18446744073709551615m", None),
        ("9:18446744073709551615", None),
    ] {
        assert_eq!(seconds(typed), wanted, "{typed}");
    }
}

#[test]
fn what_is_not_understood_is_named() {
    let long = "x".repeat(401);
    for (name, value) in [
        ("from", "yesterday"),
        ("to", "6/1/2026"),
        ("type", "video"),
        ("direction", "up"),
        ("min", "long"),
        ("max", "-1"),
        ("q", long.as_str()),
    ] {
        assert_eq!(query(&[(name, value)]).unwrap_err().name, name);
    }
    assert_eq!(
        query(&[("other", "x"), ("q", " "), ("min", "")]),
        Ok(Query::default())
    );
}

#[test]
fn places_stand_in_the_order_of_time() {
    let account = AccountId::new("1");
    let times = [
        i64::MIN,
        0,
        1,
        1_781_287_407_000,
        LAST_MS - 1,
        LAST_MS,
        i64::MAX,
    ];
    let places: Vec<Place> = times
        .iter()
        .map(|it| Place::of(&account, "a", *it))
        .collect();
    assert!(places.is_sorted() && places.iter().all(|it| it.0 >= 0));
    assert_eq!(places[3].at_ms(), 1_781_287_407_000);
    let at = times[3];
    assert!(Place::from(at) <= places[3] && places[3] < Place::before(at + 1));
    assert!(places[6] < Place::before(i64::MAX));
    assert_ne!(places[3], Place::of(&account, "b", at));
    assert_ne!(places[3], Place::of(&AccountId::new("2"), "a", at));
}

#[test]
fn a_length_is_among_the_steps_of_every_span_that_holds_it() {
    let lengths = [
        0,
        1,
        2,
        3,
        4,
        5,
        6,
        7,
        59,
        60,
        61,
        3400,
        3600,
        1 << 18,
        u64::MAX,
    ];
    for at in lengths {
        let mark = Term::Word(document::length_mark(at));
        for (from, to) in lengths
            .iter()
            .flat_map(|a| lengths.iter().map(move |b| (*a, *b)))
        {
            let query = Query {
                shortest: Some(from),
                longest: Some(to),
                ..Query::default()
            };
            let ask = Ask::of(&query, "b:1".to_owned(), &[]);
            let among = ask.is_some_and(|it| it.all[0].contains(&mark));
            assert!(among || !query.admits(Some(at)), "{at} from {from} to {to}");
        }
    }
}

#[test]
fn a_backups_mark_is_its_own() {
    let mark =
        |account: &str, backup: &str| backup_mark(&AccountId::new(account), &BackupId::new(backup));
    assert_ne!(mark("1", "12"), mark("11", "2"));
    assert_eq!(mark("1", "2"), mark("1", "2"));
}
