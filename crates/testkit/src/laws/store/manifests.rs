//! Laws of `Manifests`: what is told, once and in order, and the way back.

use domain::archive_path::ArchivePath;
use domain::ledger::Outcome;
use domain::manifest::{Chain, Entered, Exhibit, Fate, Follows, Link, PublicKey, Told, sha256};
use domain::ports::Store;
use domain::ports::destination::File;
use domain::window::HOUR_MS;

use super::stage::{Stage, shelf};
use crate::builders::{T0, archived, extension_id, of, path, recording, sms};

fn link(seq: u64, body: &str) -> Link {
    Link {
        seq,
        sha256: sha256(body.as_bytes()),
        made_ms: T0,
        anchor: false,
        audit: None,
    }
}

fn exhibit(at: &str, bytes: &str) -> Exhibit {
    Exhibit {
        path: path(at),
        size: bytes.len() as u64,
        sha256: sha256(bytes.as_bytes()),
        hash: format!("sha256:{}", sha256(bytes.as_bytes())),
    }
}

fn missing() -> Outcome {
    Outcome::Missing {
        cause: "it was deleted".to_owned(),
    }
}

impl<S: Store> Stage<'_, S> {
    async fn untold(&self, limit: u32) -> Vec<Told> {
        let untold = self
            .store
            .untold(&self.account, &self.destination.id, limit);
        untold.await.unwrap()
    }

    async fn chain(&self) -> Chain {
        let chain = self.store.chain(&self.account, &self.destination.id).await;
        chain.unwrap()
    }

    /// Makes the next manifest, whatever it says, of these.
    async fn draft(&self, seq: u64, body: &str, told: &[Told]) -> bool {
        let previous = self.chain().await.head.map(|it| it.sha256);
        let (link, previous) = (link(seq, body), previous.as_deref());
        let (store, at) = (self.store, &self.destination.id);
        let drafted = store.draft(&self.account, at, &link, previous, body, told);
        drafted.await.unwrap()
    }

    async fn laid(&self, seq: u64) {
        let (store, at) = (self.store, &self.destination.id);
        let laid = store.laid(&self.account, at, seq, &[]).await;
        laid.unwrap();
    }
}

/// Made once for the whole installation, and no secret of it prints.
pub async fn the_key_is_made_once<S: Store>(store: &S) {
    let (one, two) = futures::join!(store.signing_seed(), store.signing_seed());
    let (one, two) = (one.unwrap(), two.unwrap());
    assert_eq!(one, two);
    assert_eq!(store.signing_seed().await.unwrap(), one);
    assert_eq!(one.expose().len(), 64);
    assert!(domain::manifest::SigningKey::from_seed(&one).is_ok());
}

/// Archived and missing Entries, as they are, in the order of their keys.
pub async fn what_is_archived_or_missing_is_to_be_told<S: Store>(store: &S) {
    let stage = Stage::set(store, "1").await;
    let items = [
        of("101", recording("a", T0)),
        recording("b", T0 + HOUR_MS),
        sms("c", T0),
    ];
    stage.note_ready(&items).await;
    assert_eq!(stage.untold(9).await, []);
    stage.archive(&items[0], b"sound", T0).await;
    stage.settle(&items[1], missing(), T0).await;
    let told = stage.untold(9).await;
    assert_eq!(told.len(), 2);
    assert_eq!(told[0].item, items[0].id);
    assert_eq!(told[0].extension, Some(extension_id("101")));
    assert_eq!(told[0].at_ms, T0);
    let archived = Fate::Archived {
        path: path(&shelf(&items[0].id)),
        size: 5,
        sha256: sha256(b"sound"),
        hash: stage.shelved().await[0].receipt.hash.clone(),
    };
    assert_eq!(told[0].fate, archived);
    let cause = "it was deleted".to_owned();
    assert_eq!(told[1].fate, Fate::Missing { cause });
    assert_eq!(stage.untold(1).await, told[..1]);
}

/// What a manifest tells is told once, until its state changes.
pub async fn what_changes_is_told_again<S: Store>(store: &S) {
    let stage = Stage::set(store, "1").await;
    let items = [recording("a", T0), recording("b", T0)];
    stage.note_ready(&items).await;
    stage.archive(&items[0], b"sound", T0).await;
    stage.settle(&items[1], missing(), T0).await;
    let told = stage.untold(9).await;
    assert!(stage.draft(1, "one", &told).await);
    stage.laid(1).await;
    assert_eq!(stage.untold(9).await, []);
    // What was missing came back; what was archived drifted, and is again.
    stage.archive(&items[1], b"late", T0 + 1).await;
    let again = stage.untold(9).await;
    assert_eq!(again.len(), 1);
    assert_eq!(again[0].item, items[1].id);
    let drifted = [(items[0].id.clone(), "gone".to_owned())];
    let (account, at) = (&stage.account, &stage.destination.id);
    assert_eq!(store.reopen(account, at, &drifted, T0).await.unwrap(), 1);
    assert_eq!(stage.untold(9).await, again, "pending is not told of");
    let elsewhere = archived("Archive/elsewhere.mp3", b"sound");
    stage.settle(&items[0], elsewhere, T0 + 2).await;
    assert_eq!(stage.untold(9).await.len(), 2);
}

/// An Entry that changed while its manifest was made is told of again.
pub async fn what_changed_meanwhile_stays_untold<S: Store>(store: &S) {
    let stage = Stage::set(store, "1").await;
    let item = recording("a", T0);
    stage.note_ready(std::slice::from_ref(&item)).await;
    stage.settle(&item, missing(), T0).await;
    let told = stage.untold(9).await;
    stage.archive(&item, b"sound", T0).await;
    assert!(stage.draft(1, "one", &told).await);
    let left = stage.untold(9).await;
    assert!(matches!(left[0].fate, Fate::Archived { .. }), "{left:?}");
}

/// One follows the other: nothing beside it, nothing before it lies there.
pub async fn a_manifest_follows_the_newest<S: Store>(store: &S) {
    let stage = Stage::set(store, "1").await;
    assert_eq!(stage.chain().await, Chain::default());
    assert!(!stage.draft(2, "two", &[]).await, "there is no first");
    assert!(stage.draft(1, "one", &[]).await);
    let chain = stage.chain().await;
    assert_eq!(chain.head, Some(link(1, "one")));
    assert_eq!(chain.draft.as_deref(), Some("one"));
    assert!(!stage.draft(2, "two", &[]).await, "the first is to be put");
    stage.laid(1).await;
    stage.laid(1).await;
    assert_eq!(stage.chain().await.draft, None);
    assert!(!stage.draft(1, "one", &[]).await);
    assert!(!stage.draft(3, "three", &[]).await);
    let (account, at) = (&stage.account, &stage.destination.id);
    for previous in [None, Some("another")] {
        let two = link(2, "two");
        let drafted = store.draft(account, at, &two, previous, "two", &[]);
        assert!(!drafted.await.unwrap());
    }
    assert!(stage.draft(2, "two", &[]).await);
    assert_eq!(stage.chain().await.head, Some(link(2, "two")));
}

/// Of many who make the next one at once, one does.
pub async fn of_many_who_draft_one_does<S: Store>(store: &S) {
    let stage = Stage::set(store, "1").await;
    let bodies = ["a", "b", "c", "d"];
    let drafts = bodies.map(|it| stage.draft(1, it, &[]));
    let made = futures::future::join_all(drafts).await;
    assert_eq!(made.iter().filter(|it| **it).count(), 1);
    let winner = made.iter().position(|it| *it).unwrap();
    assert_eq!(stage.chain().await.draft.as_deref(), Some(bodies[winner]));
}

/// What lies there counts, and so does what it tells; what only the draft told
/// is to be told.
pub async fn a_manifest_that_lies_there_takes_the_drafts_place<S: Store>(store: &S) {
    let stage = Stage::set(store, "1").await;
    let items = [recording("a", T0), recording("c", T0)];
    stage.note_ready(&items).await;
    for item in &items {
        stage.archive(item, b"sound", T0).await;
    }
    let (account, at) = (&stage.account, &stage.destination.id);
    let found = link(1, "found");
    let nothing = store.adopt(account, at, &found, &[], &[]).await.unwrap();
    assert!(!nothing, "there is no draft");
    let told = stage.untold(9).await;
    assert!(stage.draft(1, "ours", &told).await);
    assert_eq!(stage.untold(9).await, []);
    let lies = [exhibit("Archive/_archiver/m.jsonl", "found")];
    let adopt = async |told: &[Told]| {
        let adopted = store.adopt(account, at, &found, told, &lies).await;
        adopted.unwrap()
    };
    let mut other = told[0].clone();
    other.item = recording("b", T0).id;
    let mut elsewhere = told[1].clone();
    elsewhere.fate = told[0].fate.clone();
    assert!(adopt(&[told[0].clone(), elsewhere, other]).await);
    assert!(!adopt(&told).await);
    assert_eq!(stage.untold(9).await, told[1..]);
    let chain = stage.chain().await;
    assert_eq!((chain.head, chain.draft), (Some(found), None));
    let kept = store.exhibit(account, at, &lies[0].path).await.unwrap();
    assert_eq!(kept.as_ref(), Some(&lies[0]));
    assert!(stage.draft(2, "two", &told).await);
}

/// What a chain follows is said once, before it begins.
pub async fn a_chain_follows_another_from_its_start<S: Store>(store: &S) {
    let stage = Stage::set(store, "1").await;
    let follows = |seq| Follows {
        key: PublicKey::parse(&"ab".repeat(32)).unwrap(),
        seq,
        sha256: "cd".to_owned(),
    };
    let (account, at) = (&stage.account, &stage.destination.id);
    assert!(store.follow(account, at, &follows(7)).await.unwrap());
    assert!(!store.follow(account, at, &follows(8)).await.unwrap());
    let chain = stage.chain().await;
    assert_eq!((chain.follows, chain.head), (Some(follows(7)), None));
    assert!(stage.draft(1, "one", &[]).await);
    let other = Stage::set(store, "2").await;
    assert!(other.draft(1, "one", &[]).await);
    let (account, at) = (&other.account, &other.destination.id);
    assert!(!store.follow(account, at, &follows(7)).await.unwrap());
}

/// Files of the evidence are held against what is listed.
pub async fn evidence_is_compared<S: Store>(store: &S) {
    let stage = Stage::set(store, "1").await;
    let at = |name: &str| format!("Archive/_archiver/{name}");
    let all = ["a", "b", "c"].map(|it| exhibit(&at(it), it));
    let (account, to) = (&stage.account, &stage.destination.id);
    store.keep_exhibits(account, to, &all).await.unwrap();
    store.keep_exhibits(account, to, &all).await.unwrap();
    let listed = |name: &str, size, hash: Option<&str>| File {
        path: at(name),
        size,
        hash: hash.map(str::to_owned),
    };
    let files = [
        listed("b", 1, Some("sha256:other")),
        listed("nobody's", 1, None),
        listed("a", 1, Some(&all[0].hash)),
        listed("c", 2, None),
    ];
    let compared = store.compare_exhibits(account, to, &files, T0).await;
    assert_eq!(
        compared.unwrap(),
        [Some(false), None, Some(true), Some(false)]
    );
    let left = store.unproven_exhibits(account, to, T0, "", 9).await;
    assert_eq!(left.unwrap(), all[1..]);
    let next = store.unproven_exhibits(account, to, T0, &at("b"), 9).await;
    assert_eq!(next.unwrap(), all[2..]);
    let first = store.unproven_exhibits(account, to, T0 + 1, "", 1).await;
    assert_eq!(first.unwrap(), all[..1]);
    let nobodys = ArchivePath::new(at("nobody's")).unwrap();
    let none = store.exhibit(account, to, &nobodys).await.unwrap();
    assert_eq!(none, None);
    // Another company's are not shown.
    let other = Stage::set(store, "2").await;
    let none = store.unproven_exhibits(&other.account, to, T0 + 1, "", 9);
    assert_eq!(none.await.unwrap(), []);
}

/// What is entered is archived, counts, needs no manifest, and no sighting
/// makes it anything else.
pub async fn what_is_entered_is_archived<S: Store>(store: &S) {
    let stage = Stage::set(store, "1").await;
    let item = of("101", recording("a", T0));
    let known = recording("b", T0);
    stage.note_ready(std::slice::from_ref(&known)).await;
    let entered = |id: &domain::item::ItemId, at: &str| Entered {
        item: id.clone(),
        extension: Some(extension_id("101")),
        at_ms: T0,
        exhibit: exhibit(at, "sound"),
    };
    let all = [
        entered(&item.id, "Archive/a v2.mp3"),
        entered(&known.id, "Archive/b.mp3"),
    ];
    let new = store.enter(&stage.account, &stage.backup, &all, T0).await;
    assert_eq!(new.unwrap(), 1, "what is known is left as it is");
    let again = store.enter(&stage.account, &stage.backup, &all, T0).await;
    assert_eq!(again.unwrap(), 0);
    assert_eq!(stage.untold(9).await, []);
    assert_eq!(stage.due(T0 + 1).await, std::slice::from_ref(&known.id));
    let total = stage.total().await;
    assert_eq!((total.archived, total.pending, total.bytes), (1, 1, 5));
    let totals = store.totals(&stage.account, &stage.backup).await.unwrap();
    let sum = totals.counts.values().map(|it| it.archived).sum::<u64>();
    assert_eq!(sum, 1);

    stage.note_ready(std::slice::from_ref(&item)).await;
    let shelved = stage.shelved().await;
    assert_eq!(shelved.len(), 1);
    assert_eq!(shelved[0].path.as_str(), "Archive/a v2.mp3");
    assert_eq!(shelved[0].fingerprint.sha256, all[0].exhibit.sha256);
    assert_eq!(shelved[0].receipt.hash, all[0].exhibit.hash);
    assert_eq!(stage.untold(9).await, []);
    // If it drifts it lies beside what was there.
    let drifted = [(item.id.clone(), "gone".to_owned())];
    let at = &stage.destination.id;
    let reopened = store.reopen(&stage.account, at, &drifted, T0).await;
    assert_eq!(reopened.unwrap(), 1);
    let work = stage.work(T0 + 1).await;
    let stem = work.iter().find(|it| it.item.id == item.id).unwrap();
    assert_eq!(stem.stem, "Archive/a");
    assert_eq!(stem.item.fetch, item.fetch, "the sighting tells where from");
}
