//! Whatever is typed, and whatever a text holds, is words and nothing else.

use domain::data_type::DataType;
use domain::item::{Facts, Item};
use domain::search::{Ask, Document, Query, Term, words};
use testkit::fuzz::Target;

use crate::samples::item;

/// Whatever is typed: words hold letters and digits alone and are words again;
/// a question is built of nothing else and goes through an address unharmed; a
/// text is found by its own words.
fn search(data: &[u8]) {
    let typed = String::from_utf8_lossy(data);
    let all = words(&typed);
    let bare = |it: &str| !it.is_empty() && !it.contains([' ', '"', '\'', '\\', ':', '*', '\0']);
    for word in &all {
        assert!(bare(word) && word.chars().count() <= 40, "{word:?}");
        assert_eq!(words(word), std::slice::from_ref(word));
    }
    let mut lines = typed.split('\n');
    let pairs = [
        "q",
        "person",
        "number",
        "from",
        "to",
        "type",
        "direction",
        "min",
        "max",
    ];
    let pairs: Vec<(&str, &str)> = pairs
        .into_iter()
        .map_while(|name| Some((name, lines.next()?)))
        .collect();
    if let Ok(query) = Query::of_pairs(pairs.into_iter()) {
        let back = query.pairs();
        let back = Query::of_pairs(back.iter().map(|(name, it)| (*name, it.as_str())));
        assert_eq!(back.as_ref(), Ok(&query));
        let ask = Ask::of(&query, "b:1".to_owned(), &[]);
        for term in ask.iter().flat_map(|it| &it.all).flatten() {
            let words = match term {
                Term::Word(word) | Term::Beginning(word) => std::slice::from_ref(word),
                Term::Phrase(words, _) => words,
            };
            for word in words {
                assert!(
                    bare(word.split_once(':').map_or(word.as_str(), |(_, it)| it)),
                    "{word:?}"
                );
            }
        }
    }
    let said = Item {
        facts: Facts {
            text: Some(typed.clone().into_owned()),
            ..Facts::default()
        },
        ..item(DataType::Sms, "1", None)
    };
    let query = Query {
        text: all.iter().take(16).cloned().collect::<Vec<_>>().join(" "),
        ..Query::default()
    };
    if all.len() <= 4_000
        && let Some(ask) = Ask::of(&query, "b:1".to_owned(), &[])
        && !all.is_empty()
    {
        let number = all
            .iter()
            .all(|it| it.bytes().all(|it| it.is_ascii_digit()));
        let found = Document::of(&said).answers(&ask, &["b:1".to_owned()]);
        assert!(found || number, "{query:?}");
    }
}

#[test]
fn fuzz_search() {
    let seeds = [
        "hello world",
        "\"hello world\" x*\n101\n+1 555",
        "会議は三時です OK",
        "a-b c'd naïve ﬁ",
        "q\nada\n555\n2026-06-01\n2026-06-02T00:00:00Z\nsms\nin\n1:30\n1h",
    ];
    let seeds: Vec<Vec<u8>> = seeds.iter().map(|it| it.as_bytes().to_vec()).collect();
    Target {
        name: "search",
        seeds: &seeds,
        corpus: &[b"", b"\"", b"*", b"\0", b"\n\n\n\n\n\n\n9999999:0:0"],
        words: &[
            "\"",
            "*",
            "b:",
            ":",
            "'",
            "\\",
            "é",
            "e\u{301}",
            "か\u{3099}",
            "İ",
            "ß",
            "한글",
            "हि",
            "\u{202e}",
        ],
    }
    .run(search);
}
