//! Laws of `Finds`.

use domain::account::Extension;
use domain::item::{Direction, Facts, Item, Party};
use domain::ledger::EntryState;
use domain::manifest::{Entered, Exhibit};
use domain::ports::finds::MOST_FILTERS;
use domain::ports::{SavedFilter, Store};
use domain::search::{Found, Query};
use domain::window::{DAY_MS, HOUR_MS, Window};

use super::stage::{Stage, shelf};
use crate::builders::{
    T0, extension, extension_id, fax, of, path, picture, ready, recording, sms, voicemail,
};

fn party(name: &str, number: &str) -> Party {
    let some = |text: &str| (!text.is_empty()).then(|| text.to_owned());
    Party {
        number: some(number).filter(|it| it.len() > 4),
        extension_number: some(number).filter(|it| it.len() <= 4),
        name: some(name),
    }
}

fn with(item: Item, facts: Facts) -> Item {
    Item { facts, ..item }
}

/// What the questions are asked about, oldest first.
fn all_there_is() -> Vec<Item> {
    let ada = || party("Ada Lovelace", "+1 (555) 010-0567");
    let zoe = || party("Zoë Müller-Lüdenscheidt", "+4930123456");
    let call = |from, to, direction, seconds| Facts {
        direction,
        from,
        to: vec![to],
        seconds: Some(seconds),
        ..Facts::default()
    };
    let message = |from, to: Vec<Party>, text: &str| Facts {
        direction: Direction::In,
        from,
        to,
        text: Some(text.to_owned()),
        ..Facts::default()
    };
    let desk = || party("", "101");
    let day = |n: i64| T0 + n * DAY_MS;
    let mut paper = with(
        fax("paper", day(40)),
        call(zoe(), desk(), Direction::Out, 0),
    );
    paper.facts.seconds = None;
    paper.facts.file_name = Some("Quarterly Report.pdf".to_owned());
    vec![
        with(
            recording("old", day(0)),
            call(ada(), desk(), Direction::In, 61),
        ),
        of(
            "102",
            with(
                recording("long", day(10)),
                call(desk(), zoe(), Direction::Out, 4000),
            ),
        ),
        with(
            voicemail("voice", day(20)),
            call(ada(), desk(), Direction::In, 9),
        ),
        with(
            sms("hello", day(30)),
            message(
                ada(),
                vec![desk(), zoe()],
                "Hello world. The invoice 20260612 is over-due; don't pay!",
            ),
        ),
        with(
            picture("hello", "7", day(30) + 1),
            message(ada(), vec![desk()], ""),
        ),
        paper,
        with(
            sms("asia", day(400)),
            message(zoe(), vec![desk()], "会議は三時です OK"),
        ),
    ]
}

/// The people of the company: a name is not unique, and need not be in any
/// item.
fn people() -> Vec<Extension> {
    let named = |id: &str, name: &str| Extension {
        name: Some(name.to_owned()),
        ..extension(id)
    };
    vec![named("101", "Front Desk"), named("102", "Grace Hopper")]
}

type Pairs = &'static [(&'static str, &'static str)];

/// Questions as they stand in an address, and the units they find, newest
/// first.
const QUESTIONS: &[(Pairs, &[&str])] = &[
    (
        &[],
        &["asia", "paper", "hello", "hello", "voice", "long", "old"],
    ),
    (&[("q", "hello")], &["hello"]),
    (&[("q", "HELLO  world")], &["hello"]),
    (&[("q", "world hello")], &["hello"]),
    (&[("q", "hello nobody")], &[]),
    (&[("q", "hell")], &[]),
    (&[("q", "hell*")], &["hello"]),
    (&[("q", "h*")], &[]),
    (&[("q", "\"hello world\"")], &["hello"]),
    (&[("q", "\"world hello\"")], &[]),
    (&[("q", "\"hello world")], &["hello"]),
    (&[("q", "over-due")], &["hello"]),
    (&[("q", "due-over")], &[]),
    (&[("q", "don't")], &["hello"]),
    (&[("q", "lovelace")], &["hello", "hello", "voice", "old"]),
    // A phrase never reaches from one text into the next.
    (&[("q", "\"pay ada\"")], &[]),
    (&[("q", "\"lovelace zoe\"")], &[]),
    (&[("q", "zoe")], &["asia", "paper", "hello", "long"]),
    (
        &[("q", "MULLER-LÜDEN*")],
        &["asia", "paper", "hello", "long"],
    ),
    (&[("q", "report.pdf")], &["paper"]),
    (&[("q", "会議")], &["asia"]),
    (&[("q", "議会")], &[]),
    (&[("q", "三時 ok")], &["asia"]),
    (&[("q", "!!! ... ***")], &[]),
    (&[("q", "b:0 OR NOT near( ' \" hello")], &[]),
    (&[("q", "20260612")], &["hello"]),
    (
        &[("q", "555 010 0567")],
        &["hello", "hello", "voice", "old"],
    ),
    (&[("q", "invoice 0100567")], &["hello"]),
    (
        &[("number", "+15550100567")],
        &["hello", "hello", "voice", "old"],
    ),
    (
        &[("number", "(555) 010-0567")],
        &["hello", "hello", "voice", "old"],
    ),
    (&[("number", "0567")], &["hello", "hello", "voice", "old"]),
    (&[("number", "+4930")], &["asia", "paper", "hello", "long"]),
    (&[("number", "+0567")], &[]),
    (
        &[("number", "101")],
        &["asia", "paper", "hello", "hello", "voice", "long", "old"],
    ),
    (&[("number", "567")], &[]),
    (&[("number", "none")], &[]),
    (
        &[("person", "Ada Lovelace")],
        &["hello", "hello", "voice", "old"],
    ),
    (&[("person", "love*")], &["hello", "hello", "voice", "old"]),
    (&[("person", "grace")], &["long"]),
    (&[("person", "102")], &["long"]),
    (&[("person", "front desk"), ("type", "fax")], &["paper"]),
    (&[("person", "nobody")], &[]),
    (&[("person", "...")], &[]),
    (&[("type", "recordings")], &["long", "old"]),
    (
        &[("type", "voicemail"), ("type", "fax")],
        &["paper", "voice"],
    ),
    (&[("direction", "out")], &["paper", "long"]),
    (&[("direction", "in"), ("type", "recordings")], &["old"]),
    (&[("min", "61")], &["long", "old"]),
    (&[("min", "62")], &["long"]),
    (&[("max", "1:00")], &["voice"]),
    (&[("min", "10"), ("max", "3999")], &["old"]),
    (&[("min", "2"), ("max", "1")], &[]),
    (
        &[("q", "lovelace"), ("type", "sms"), ("direction", "in")],
        &["hello", "hello"],
    ),
];

async fn stage<S: Store>(store: &S) -> Stage<'_, S> {
    let stage = Stage::set(store, "1").await;
    let kept = store.keep_extensions(&stage.account, &people(), T0).await;
    kept.unwrap();
    stage.note_ready(&all_there_is()).await;
    stage
}

fn query(pairs: &[(&str, &str)]) -> Query {
    Query::of_pairs(pairs.iter().copied()).unwrap()
}

async fn find<S: Store>(stage: &Stage<'_, S>, query: &Query) -> Found {
    let found = stage
        .store
        .find(&stage.account, &stage.backup, query, None, 99);
    found.await.unwrap()
}

async fn units<S: Store>(stage: &Stage<'_, S>, query: &Query) -> Vec<String> {
    let hits = find(stage, query).await.hits.into_iter();
    hits.map(|it| it.item.split('/').nth(1).unwrap_or_default().to_owned())
        .collect()
}

/// Words, beginnings, phrases, numbers, people, types, directions, lengths and
/// times, alone and together.
pub async fn each_question_finds_what_it_asks_for<S: Store>(store: &S) {
    let stage = stage(store).await;
    for (pairs, wanted) in QUESTIONS {
        assert_eq!(units(&stage, &query(pairs)).await, *wanted, "{pairs:?}");
    }
    let at = |n: i64| T0 + n * DAY_MS;
    for (from_ms, to_ms, wanted) in [
        (Some(at(30)), None, &["asia", "paper", "hello", "hello"][..]),
        (None, Some(at(10)), &["old"]),
        (Some(at(10)), Some(at(30)), &["voice", "long"]),
        (Some(at(30)), Some(at(30) + 1), &["hello"]),
        (Some(at(30)), Some(at(30)), &[]),
        (
            Some(i64::MIN),
            Some(i64::MAX),
            &["asia", "paper", "hello", "hello", "voice", "long", "old"],
        ),
        (Some(i64::MAX), Some(i64::MIN), &[]),
    ] {
        let query = Query {
            from_ms,
            to_ms,
            ..Query::default()
        };
        assert_eq!(units(&stage, &query).await, wanted, "{from_ms:?} {to_ms:?}");
    }
}

/// No sign means anything to the database; nothing is as large as to break it.
pub async fn whatever_is_typed_is_no_error<S: Store>(store: &S) {
    let stage = stage(store).await;
    let long = "word ".repeat(5_000);
    let wide = "x".repeat(50_000);
    let many = "\"a b\" ".repeat(500);
    for typed in [
        "'",
        "''",
        "\"",
        "\"\"\"",
        "\\",
        "%",
        "_",
        ";--",
        "' or 1=1 --",
        "NEAR(a b, 2)",
        "a AND",
        "OR",
        "NOT a",
        "words:a",
        "rowid:1",
        "{words} : a",
        "^a",
        "a + b",
        "-a",
        "a*b*",
        "*",
        "**",
        "a:*",
        "a & b | !c",
        "<->",
        "a <2> b",
        "(((",
        ")",
        "\0",
        "a\0b",
        "$1",
        "?1",
        "\u{202e}abc",
        "\u{fffd}",
        "😀",
        "b:00",
        "t:sms",
        "ﬁ ǅ ß İ",
        &long,
        &wide,
        &many,
    ] {
        for number in ["", "1' or '1'='1"] {
            let query = Query {
                text: typed.to_owned(),
                person: typed.to_owned(),
                number: number.to_owned(),
                ..Query::default()
            };
            let found = store
                .find(&stage.account, &stage.backup, &query, None, 9)
                .await;
            assert!(found.is_ok(), "{typed:.40}: {found:?}");
        }
    }
}

/// Newest first, whatever the size of the pages.
pub async fn pages_join_to_all_that_is_found<S: Store>(store: &S) {
    let stage = Stage::set(store, "1").await;
    // Days, weeks and years lie between them, and some share an instant.
    let items: Vec<Item> = (0..60_i64)
        .map(|n| sms(&format!("{n}"), T0 - (n / 2).pow(3) * HOUR_MS))
        .collect();
    stage.note_ready(&items).await;
    for asked in [&[][..], &[("q", "text")], &[("q", "tex*"), ("type", "sms")]] {
        let query = query(asked);
        let whole = find(&stage, &query).await;
        assert_eq!((whole.hits.len(), whole.older), (60, None));
        assert!(whole.hits.is_sorted_by(|a, b| a.at_ms >= b.at_ms));
        for limit in [1, 7, 59, 60, 61] {
            let (mut joined, mut before) = (Vec::new(), None);
            loop {
                let page = store.find(&stage.account, &stage.backup, &query, before, limit);
                let page = page.await.unwrap();
                assert!(page.hits.len() <= limit as usize);
                joined.extend(page.hits);
                before = page.older;
                if before.is_none() {
                    break;
                }
            }
            assert_eq!(joined, whole.hits, "{asked:?} {limit}");
        }
    }
}

/// Places are never shared, and absurd times have places, too.
pub async fn items_of_one_instant_are_all_found<S: Store>(store: &S) {
    let stage = Stage::set(store, "1").await;
    let ever = Window::EVER;
    let times = [T0, 0, -5, ever.start_ms(), ever.end_ms() - 1];
    let items = times
        .into_iter()
        .flat_map(|at_ms| (0..40).map(move |n| sms(&format!("{at_ms} {n}"), at_ms)));
    let items: Vec<Item> = items.collect();
    for some in items.chunks(30) {
        stage.note_ready(some).await;
    }
    let everything = Query::default();
    let found = store.find(&stage.account, &stage.backup, &everything, None, 999);
    let mut found: Vec<String> = found
        .await
        .unwrap()
        .hits
        .into_iter()
        .map(|it| it.item)
        .collect();
    let mut wanted: Vec<String> = items.iter().map(|it| it.id.key()).collect();
    found.sort();
    wanted.sort();
    assert_eq!(found, wanted);
}

/// An Item is found by the Backups that noted it.
pub async fn who_has_no_part_in_an_item_does_not_find_it<S: Store>(store: &S) {
    let first = Stage::set(store, "1").await;
    let second = first.another("1:box").await;
    let (one, both) = (sms("one", T0), sms("both", T0 + 1));
    first.note_ready(&[one, both.clone()]).await;
    let text = query(&[("q", "text")]);
    assert_eq!(units(&first, &text).await, ["both", "one"]);
    assert_eq!(find(&second, &text).await, Found::default());
    second.note_ready(&[both]).await;
    assert_eq!(units(&second, &text).await, ["both"]);
    assert_eq!(units(&first, &text).await, ["both", "one"]);
}

/// However many newer ones of others there are.
pub async fn few_among_many_of_others_are_found<S: Store>(store: &S) {
    let first = Stage::set(store, "1").await;
    let second = first.another("1:box").await;
    let many: Vec<Item> = (0..900).map(|n| sms(&format!("n{n}"), T0 + n)).collect();
    let few: Vec<Item> = (0..3).map(|n| sms(&format!("few{n}"), T0 - n)).collect();
    first.note_ready(&many).await;
    second.note_ready(&few).await;
    for asked in [&[("q", "text")][..], &[("q", "text of"), ("type", "sms")]] {
        let query = query(asked);
        assert_eq!(units(&second, &query).await, ["few0", "few1", "few2"]);
        let page = store.find(&first.account, &first.backup, &query, None, 700);
        assert_eq!(page.await.unwrap().hits.len(), 700);
    }
}

/// Newer facts take the place of older ones; known ones are never lost.
pub async fn what_becomes_known_is_found<S: Store>(store: &S) {
    let stage = Stage::set(store, "1").await;
    let named = |name: &str, seconds| {
        let facts = Facts {
            from: party(name, ""),
            seconds,
            ..Facts::default()
        };
        with(recording("call", T0), facts)
    };
    stage.note_ready(&[named("Ada", None)]).await;
    assert_eq!(units(&stage, &query(&[("q", "ada")])).await, ["call"]);
    stage.note_ready(&[named("Grace", Some(70))]).await;
    assert_eq!(units(&stage, &query(&[("q", "ada")])).await, [""; 0]);
    assert_eq!(
        units(&stage, &query(&[("q", "grace"), ("min", "70")])).await,
        ["call"]
    );
    stage.note_ready(&[named("", None)]).await;
    assert_eq!(
        units(&stage, &query(&[("q", "grace"), ("min", "70")])).await,
        ["call"]
    );
}

/// Before it is archived and after.
pub async fn a_hit_tells_how_it_stands<S: Store>(store: &S) {
    let stage = Stage::set(store, "1").await;
    let item = sms("one", T0);
    stage.note_ready(std::slice::from_ref(&item)).await;
    let hit = find(&stage, &Query::default()).await.hits.pop().unwrap();
    assert!(matches!(hit.state, EntryState::Pending(_)));
    assert_eq!((hit.path, hit.size), (None, None));
    assert_eq!(
        (hit.item, hit.extension),
        (item.id.key(), item.extension.clone())
    );
    stage.archive(&item, b"12345", T0).await;
    let hit = find(&stage, &Query::default()).await.hits.pop().unwrap();
    assert_eq!((hit.state, hit.size), (EntryState::Archived, Some(5)));
    assert_eq!(hit.path, Some(shelf(&item.id)));
    assert_eq!((hit.facts, hit.at_ms), (item.facts, T0));
}

/// What a manifest tells of is found by what is known of it; what was known
/// before stays found by that.
pub async fn what_is_entered_is_found<S: Store>(store: &S) {
    let stage = Stage::set(store, "1").await;
    let known = sms("known", T0);
    stage.note_ready(std::slice::from_ref(&known)).await;
    let entered = |item: &Item| Entered {
        item: item.id.clone(),
        extension: item.extension.clone(),
        at_ms: item.at_ms,
        exhibit: Exhibit {
            path: path(&shelf(&item.id)),
            size: 5,
            sha256: "ab".repeat(32),
            hash: "cd".repeat(32),
        },
    };
    let lost = recording("lost", T0 + 1);
    let both = [entered(&known), entered(&lost)];
    let done = store.enter(&stage.account, &stage.backup, &both, T0).await;
    assert_eq!(done.unwrap(), 1);
    assert_eq!(units(&stage, &Query::default()).await, ["lost", "known"]);
    assert_eq!(
        units(&stage, &query(&[("type", "recordings")])).await,
        ["lost"]
    );
    assert_eq!(units(&stage, &query(&[("q", "known")])).await, ["known"]);
    stage.note_ready(&[ready(&lost).item]).await;
    assert_eq!(units(&stage, &Query::default()).await, ["lost", "known"]);
}

fn filter(name: &str, query: &str) -> SavedFilter {
    SavedFilter {
        name: name.to_owned(),
        query: query.to_owned(),
    }
}

/// In the order of names; one of the same name takes the place of another.
pub async fn a_filter_is_its_owners_alone<S: Store>(store: &S) {
    let stage = Stage::set(store, "1").await;
    let (ada, grace) = (extension_id("101"), extension_id("102"));
    let account = &stage.account;
    let keep = async |viewer, name: &str, query: &str| {
        store
            .keep_filter(account, viewer, &filter(name, query))
            .await
            .unwrap()
    };
    assert!(keep(&ada, "later", "q=a").await && keep(&ada, "early", "q=b").await);
    assert!(keep(&grace, "later", "q=c").await && keep(&ada, "later", "q=d").await);
    let of_ada = store.filters(account, &ada).await.unwrap();
    assert_eq!(of_ada, [filter("early", "q=b"), filter("later", "q=d")]);
    assert!(store.drop_filter(account, &ada, "later").await.unwrap());
    assert!(!store.drop_filter(account, &ada, "later").await.unwrap());
    assert_eq!(
        store.filters(account, &ada).await.unwrap(),
        [filter("early", "q=b")]
    );
    let of_grace = store.filters(account, &grace).await.unwrap();
    assert_eq!(of_grace, [filter("later", "q=c")]);
}

/// What there is may still be changed.
pub async fn nobody_keeps_filters_without_end<S: Store>(store: &S) {
    let stage = Stage::set(store, "1").await;
    let ada = extension_id("101");
    let keep = async |n: usize, query: &str| {
        let filter = filter(&format!("{n:02}"), query);
        store
            .keep_filter(&stage.account, &ada, &filter)
            .await
            .unwrap()
    };
    for n in 0..MOST_FILTERS {
        assert!(keep(n, "q=a").await);
    }
    assert!(!keep(MOST_FILTERS, "q=a").await);
    assert!(keep(0, "q=b").await);
    let kept = store.filters(&stage.account, &ada).await.unwrap();
    assert_eq!((kept.len(), kept[0].query.as_str()), (MOST_FILTERS, "q=b"));
}
