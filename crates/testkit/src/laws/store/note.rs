//! Laws of `Ledger::note`: what a listing showed is never lost, and never
//! undoes what is known.

use domain::data_type::DataType;
use domain::item::{Direction, Facts, Fetch, Item, Party, Sighting, Standing};
use domain::ledger::{EntryState, Pending};
use domain::ports::{Noted, Store};
use domain::window::HOUR_MS;

use super::stage::Stage;
use crate::builders::{
    T0, call, extension_id, failed, fax, hours, item_id, noted, of, picture, ready, recording,
    sighting, sms, voicemail,
};

/// Noting a page again, later and with other stems, adds nothing and moves
/// nothing: first sighting and stem are those of the first time.
pub async fn noting_twice_is_noting_once<S: Store>(store: &S) {
    let stage = Stage::set(store, "1").await;
    let items = [recording("1", T0), sms("2", T0 + 1), fax("3", T0 + 2)];
    assert_eq!(stage.note_ready(&items).await, 3);
    let (work, counts) = (stage.work(T0).await, stage.counts().await);
    assert_eq!(work.len(), 3);
    let again: Vec<Noted> = items
        .iter()
        .map(|it| Noted {
            sighting: ready(it),
            stem: "Archive/elsewhere".to_owned(),
        })
        .collect();
    assert_eq!(stage.note_exactly(&again, T0 + 77).await, 0);
    assert_eq!(stage.work(T0).await, work);
    assert_eq!(stage.counts().await, counts);
    assert_eq!(work[0].first_seen_ms, T0);
    assert_eq!(work[0].stem, noted(ready(&items[0])).stem);

    let (account, calls) = (&stage.account, [call("c1", T0), call("c1", T0)]);
    for calls in [&calls[..], &[]] {
        let new = store.note(account, &stage.backup, &[], calls, T0).await;
        assert_eq!(new.unwrap(), 0);
    }
}

/// Listings shift while they are read: the same item may come twice at once.
pub async fn an_item_twice_on_a_page_is_one_entry<S: Store>(store: &S) {
    let stage = Stage::set(store, "1").await;
    let item = recording("1", T0);
    let page = [ready(&item), ready(&recording("2", T0)), ready(&item)];
    assert_eq!(stage.note(&page, T0).await, 2);
    assert_eq!(stage.due(T0).await.len(), 2);
}

/// Two workers who note the same page at the same moment: each Entry is new
/// for one of them.
pub async fn two_who_note_at_once_count_it_once<S: Store>(store: &S) {
    let stage = Stage::set(store, "1").await;
    let page: Vec<Sighting> = (0..50)
        .map(|n| ready(&recording(&n.to_string(), T0 + n)))
        .collect();
    let both = futures::future::join(stage.note(&page, T0), stage.note(&page, T0));
    let (one, other) = both.await;
    assert_eq!(one + other, 50);
    assert_eq!(stage.due(T0).await.len(), 50);
}

/// Ids are compared as they are: case, leading zeros, punctuation, type and
/// part all tell items apart.
pub async fn identities_are_exact<S: Store>(store: &S) {
    let stage = Stage::set(store, "1").await;
    let units = ["a", "A", "1", "01", "1/1", "1%2F1", "é", "e\u{301}", "1 "];
    let mut items: Vec<Item> = units.iter().map(|unit| recording(unit, T0)).collect();
    items.extend(["1", "01"].map(|part| picture("1", part, T0)));
    items.extend([sms("1", T0), voicemail("1", T0), fax("1", T0)]);
    assert_eq!(stage.note_ready(&items).await, items.len() as u64);
    let due = stage.due(T0).await;
    assert!(items.iter().all(|it| due.contains(&it.id)), "{due:?}");
}

/// A page of a thousand records, the longest that a provider sends, is noted
/// in one call.
pub async fn a_full_page_is_noted_whole<S: Store>(store: &S) {
    let stage = Stage::set(store, "1").await;
    let page: Vec<Noted> = (0..1_000)
        .map(|n| noted(ready(&recording(&n.to_string(), T0 + n))))
        .collect();
    let calls: Vec<_> = (0..1_000).map(|n| call(&n.to_string(), T0 + n)).collect();
    let new = store.note(&stage.account, &stage.backup, &page, &calls, T0);
    assert_eq!(new.await.unwrap(), 1_000);
    assert_eq!(stage.due(T0).await.len(), 1_000);
}

/// Facts are kept to the letter, however odd.
pub async fn whatever_people_wrote_comes_back<S: Store>(store: &S) {
    let stage = Stage::set(store, "1").await;
    let odd = "quote ' \" \\ ; -- % _ $1 ?\r\n\t\u{0}\u{202E}עברית 👩‍👩‍👧 \u{FFFD}";
    let party = Party {
        number: Some("+1 (650) XXX-XXXX".to_owned()),
        extension_number: Some("0101".to_owned()),
        name: Some(odd.to_owned()),
    };
    let item = Item {
        facts: Facts {
            direction: Direction::Out,
            from: party.clone(),
            to: vec![party.clone(), Party::default(), party],
            seconds: Some(u64::from(u32::MAX) + 1),
            pages: Some(0),
            recording_type: Some("OnDemand".to_owned()),
            call_id: Some("c".to_owned()),
            session_id: Some("s".to_owned()),
            conversation_id: Some("1".repeat(40)),
            file_name: Some("../../etc/passwd".to_owned()),
            text: Some(odd.repeat(100)),
        },
        fetch: Fetch::From("https://media.example.com/a?b=c&d='%27".to_owned()),
        size: Some(1 << 40),
        ..sms("1", T0 - 1)
    };
    stage.note_ready(std::slice::from_ref(&item)).await;
    let work = stage.work(T0).await;
    assert_eq!(work.len(), 1);
    assert_eq!(work[0].item, item);
}

/// The owner of an item may be unknown, or somebody whom no listing shows any
/// more.
pub async fn an_item_may_belong_to_nobody_or_to_a_stranger<S: Store>(store: &S) {
    let stage = Stage::set(store, "1").await;
    let nobodys = Item {
        extension: None,
        ..recording("1", T0)
    };
    let strangers = of("999", recording("2", T0 + 1));
    let both = [nobodys, strangers];
    assert_eq!(stage.note_ready(&both).await, 2);
    let work = stage.work(T0).await.into_iter();
    assert_eq!(work.map(|it| it.item).collect::<Vec<_>>(), both);
}

/// While an Entry is pending it is what the newest sighting says: its address
/// and facts, and whether it is ready, not final yet, excluded or missing.
/// What is not final is not due before a sighting says that it is ready.
pub async fn a_pending_entry_follows_the_newest_sighting<S: Store>(store: &S) {
    let stage = Stage::set(store, "1").await;
    let item = fax("1", T0);
    let unfinal = sighting(&item, Standing::NotYet("being sent"));
    assert_eq!(stage.note(&[unfinal], T0).await, 1);
    assert_eq!(stage.due(T0).await, []);
    let open = stage.open().await;
    assert_eq!(open[0].state, EntryState::Pending(Pending::NotReady));
    assert_eq!(open[0].cause, "being sent");

    let changed = Item {
        fetch: Fetch::From("memory:elsewhere".to_owned()),
        facts: Facts {
            pages: Some(3),
            ..Facts::default()
        },
        size: Some(9),
        ..item.clone()
    };
    assert_eq!(stage.note(&[ready(&changed)], T0 + 1).await, 0);
    assert_eq!(stage.work(T0 + 1).await[0].item, changed);

    let other = fax("2", T0);
    stage.note(&[ready(&other)], T0).await;
    let ended = [
        sighting(&item, Standing::Excluded("too short")),
        sighting(&other, Standing::Missing("deleted there")),
    ];
    stage.note(&ended, T0 + 2).await;
    assert_eq!(stage.due(T0 + 2).await, []);
    let total = stage.total().await;
    assert_eq!((total.pending, total.excluded, total.missing), (0, 1, 1));
}

/// A listing that shows an item at another time does not move it to another
/// row: its own time is that of the first sighting.
pub async fn own_time_is_that_of_the_first_sighting<S: Store>(store: &S) {
    let stage = Stage::set(store, "1").await;
    let item = recording("1", T0);
    stage.note_ready(std::slice::from_ref(&item)).await;
    let moved = recording("1", T0 + HOUR_MS);
    assert_eq!(stage.note_ready(&[moved]).await, 0);
    assert_eq!(stage.work(T0).await[0].item, item);
    assert!(stage.counts_in(hours(1, 2)).await.is_empty());
}

/// What a rule leaves out is archived after all when a newer sighting says
/// that it is ready.
pub async fn what_is_excluded_may_be_taken_in_later<S: Store>(store: &S) {
    let stage = Stage::set(store, "1").await;
    let item = recording("1", T0);
    let excluded = sighting(&item, Standing::Excluded("short"));
    stage.note(&[excluded], T0).await;
    stage.note(&[ready(&item)], T0 + 1).await;
    assert_eq!(stage.due(T0 + 1).await, [item.id]);
    assert_eq!(stage.open().await[0].cause, "");
    assert_eq!(stage.total().await.excluded, 0);
}

/// A try that failed is repeated when its time has come: seeing the item in
/// the next listing neither hastens it nor forgets its attempts and reason.
pub async fn a_time_to_wait_outlasts_a_sighting<S: Store>(store: &S) {
    let stage = Stage::set(store, "1").await;
    let item = recording("1", T0);
    stage.note_ready(std::slice::from_ref(&item)).await;
    stage
        .settle(&item, failed(Pending::Failed, T0 + 100), T0)
        .await;
    let open = stage.open().await;
    stage.note(&[ready(&item)], T0 + 50).await;
    assert_eq!(stage.due(T0 + 99).await, []);
    assert_eq!(stage.open().await, open);
    assert_eq!(stage.work(T0 + 100).await[0].attempts, 1);
}

/// A sighting that tells less than was known takes nothing away.
pub async fn known_facts_are_never_overwritten_with_nothing<S: Store>(store: &S) {
    let stage = Stage::set(store, "1").await;
    let word = |word: &str| Some(word.to_owned());
    let party = Party {
        number: word("+16505550100"),
        extension_number: word("101"),
        name: word("Ada"),
    };
    let full = Item {
        facts: Facts {
            direction: Direction::In,
            from: party.clone(),
            to: vec![party.clone()],
            seconds: Some(1),
            pages: Some(2),
            recording_type: word("Automatic"),
            call_id: word("c"),
            session_id: word("s"),
            conversation_id: word("k"),
            file_name: word("f"),
            text: word("t"),
        },
        size: Some(3),
        ..recording("1", T0)
    };
    stage.note_ready(std::slice::from_ref(&full)).await;
    let mut bare = Item {
        extension: None,
        fetch: Fetch::Nothing,
        ..recording("1", T0)
    };
    stage.note(&[ready(&bare)], T0 + 1).await;
    assert_eq!(stage.work(T0 + 1).await[0].item, full);
    bare.facts.from.name = word("");
    bare.facts.to = vec![Party::default()];
    bare.facts.file_name = word("");
    stage.note(&[ready(&bare)], T0 + 1).await;
    assert_eq!(stage.work(T0 + 1).await[0].item, full);

    let mut newer = bare;
    newer.facts.from.name = word("Ada King");
    newer.facts.seconds = Some(60);
    stage.note(&[ready(&newer)], T0 + 2).await;
    let mut expected = full;
    expected.facts.from.name = word("Ada King");
    expected.facts.seconds = Some(60);
    assert_eq!(stage.work(T0 + 2).await[0].item, expected);
}

/// What a rule leaves out or the Source has lost is on the books all the
/// same, with the sentence that says why, and is never due.
pub async fn what_is_excluded_or_missing_says_why<S: Store>(store: &S) {
    let stage = Stage::set(store, "1").await;
    let unfetched = |item| Item {
        fetch: Fetch::Nothing,
        ..item
    };
    let page = [
        sighting(&unfetched(recording("1", T0)), Standing::Excluded("short")),
        sighting(&unfetched(sms("2", T0 + 1)), Standing::Missing("purged")),
    ];
    assert_eq!(stage.note(&page, T0).await, 2);
    assert_eq!(stage.note(&page, T0 + 1).await, 0);
    assert_eq!(stage.due(T0 + 1).await, []);
    assert_eq!(stage.next_due().await, None);
    let open = stage.open().await;
    let told: Vec<_> = open
        .iter()
        .map(|it| (it.data_type, it.state.clone(), it.cause.as_str()))
        .collect();
    let expected = [
        (DataType::CallRecording, EntryState::Excluded, "short"),
        (DataType::Sms, EntryState::Missing, "purged"),
    ];
    assert_eq!(told, expected);
    assert_eq!(
        open[0].item,
        item_id(DataType::CallRecording, "1", None).key()
    );
    assert_eq!(open[0].extension, Some(extension_id("101")));
}

fn whatever_is_sighted(item: &Item) -> [Sighting; 4] {
    [
        sighting(item, Standing::Missing("gone")),
        sighting(item, Standing::Excluded("rule")),
        sighting(item, Standing::NotYet("changing")),
        ready(item),
    ]
}

/// Nothing that a listing shows later makes an archived Entry anything else.
pub async fn an_archived_entry_stays_so_whatever_is_sighted<S: Store>(store: &S) {
    let stage = Stage::set(store, "1").await;
    let item = recording("1", T0);
    stage.note_ready(std::slice::from_ref(&item)).await;
    stage.archive(&item, b"sound", T0).await;
    let (shelved, total) = (stage.shelved().await, stage.total().await);
    assert_eq!((shelved.len(), total.archived), (1, 1));
    for (at, sighted) in (T0 + 1..).zip(whatever_is_sighted(&item)) {
        assert_eq!(stage.note(std::slice::from_ref(&sighted), at).await, 0);
        assert_eq!(stage.due(at).await, [], "after {:?}", sighted.standing);
        assert_eq!(stage.shelved().await, shelved);
        assert_eq!(stage.total().await, total);
    }
}

/// What cannot be had any more is not tried again because a listing still
/// shows it.
pub async fn a_missing_entry_stays_so_whatever_is_sighted<S: Store>(store: &S) {
    let stage = Stage::set(store, "1").await;
    let item = recording("1", T0);
    stage.note(&whatever_is_sighted(&item)[..1], T0).await;
    let open = stage.open().await;
    assert_eq!(open[0].state, EntryState::Missing);
    for (at, sighted) in (T0 + 1..).zip(whatever_is_sighted(&item)) {
        assert_eq!(stage.note(&[sighted], at).await, 0);
        assert_eq!(stage.due(at).await, []);
        assert_eq!(stage.open().await, open);
    }
}

/// Two Backups that archive to one place: one Entry, one file, counted in
/// both; and each counts only what was noted for it.
pub async fn backups_at_one_destination_share_an_entry<S: Store>(store: &S) {
    let stage = Stage::set(store, "1").await;
    let second = stage.another("1:box").await;
    let (shared, own) = (recording("1", T0), recording("2", T0 + 1));
    assert_eq!(stage.note_ready(&[shared.clone(), own]).await, 2);
    assert_eq!(second.total().await.listed(), 0);
    assert_eq!(second.due(T0).await, []);
    assert_eq!(second.note_ready(std::slice::from_ref(&shared)).await, 0);
    assert_eq!(second.due(T0).await, std::slice::from_ref(&shared.id));

    second.archive(&shared, b"sound", T0).await;
    assert_eq!(stage.total().await.archived, 1);
    assert_eq!(stage.total().await.pending, 1);
    assert_eq!(second.total().await.archived, 1);
    assert_eq!(second.total().await.pending, 0);
    assert_eq!(stage.shelved().await, second.shelved().await);
}

/// Two destinations: two Entries, each with its own stem and state.
pub async fn destinations_have_an_entry_each<S: Store>(store: &S) {
    let stage = Stage::set(store, "1").await;
    let second = stage.another("1:other").await;
    let item = recording("1", T0);
    assert_eq!(stage.note_ready(std::slice::from_ref(&item)).await, 1);
    let elsewhere = Noted {
        sighting: ready(&item),
        stem: "Archive/elsewhere".to_owned(),
    };
    assert_eq!(second.note_exactly(&[elsewhere], T0).await, 1);
    assert_eq!(second.work(T0).await[0].stem, "Archive/elsewhere");
    stage.archive(&item, b"sound", T0).await;
    assert_eq!(stage.total().await.archived, 1);
    assert_eq!(second.total().await.archived, 0);
    assert_eq!(second.due(T0).await, [item.id]);
}
