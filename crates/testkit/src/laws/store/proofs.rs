//! Laws of `Proofs`: the shelf held against what the destination lists.

use std::collections::BTreeMap;

use domain::data_type::DataType;
use domain::item::Item;
use domain::ledger::{Count, EntryState};
use domain::ports::destination::File;
use domain::ports::{Shelved, Store};
use domain::proof::{Claim, Discrepancy, Proof};
use domain::window::HOUR_MS;

use super::stage::{Stage, always};
use crate::builders::{T0, recording};

/// A shelf of four files, in a company with a second destination.
async fn shelf<S: Store>(stage: &Stage<'_, S>) -> (Vec<Item>, Vec<File>) {
    let items: Vec<Item> = (0..4_i64)
        .map(|n| recording(&format!("r{n}"), T0 + n * HOUR_MS))
        .collect();
    stage.note_ready(&items).await;
    for item in &items {
        stage.archive(item, item.id.unit.as_bytes(), T0).await;
    }
    let mut files: Vec<File> = stage.shelved().await.iter().map(listed).collect();
    files.sort_by(|a, b| a.path.cmp(&b.path));
    (items, files)
}

fn listed(shelved: &Shelved) -> File {
    File {
        path: shelved.path.as_str().to_owned(),
        size: shelved.receipt.size,
        hash: Some(shelved.receipt.hash.clone()),
    }
}

async fn compare<S: Store>(stage: &Stage<'_, S>, files: &[File], now_ms: i64) -> Vec<Claim> {
    let (store, at) = (stage.store, &stage.destination.id);
    let claims = store.compare(&stage.account, at, files, now_ms).await;
    claims.unwrap()
}

async fn unproven<S: Store>(stage: &Stage<'_, S>, now_ms: i64) -> Vec<Shelved> {
    let (store, account, backup) = (stage.store, &stage.account, &stage.backup);
    let unproven = store.unproven(account, backup, always(), now_ms, "", 100);
    unproven.await.unwrap()
}

/// The sums that pages show.
async fn totals<S: Store>(stage: &Stage<'_, S>) -> BTreeMap<DataType, Count> {
    let totals = stage.store.totals(&stage.account, &stage.backup).await;
    totals.unwrap().counts
}

/// Each file is answered for, in order: ours and as it was, ours and changed,
/// nobody's. What has no hash is judged by its size.
pub async fn each_file_is_claimed_or_not<S: Store>(store: &S) {
    let stage = Stage::set(store, "1").await;
    let (items, mut files) = shelf(&stage).await;
    files[1].hash = Some("sha256:other".to_owned());
    files[2].hash = None;
    files[3].size += 1;
    files[3].hash = None;
    files.push(File {
        path: "Archive/nobody's.txt".to_owned(),
        size: 1,
        hash: None,
    });
    let claims = compare(&stage, &files, T0).await;
    assert_eq!(claims.len(), files.len());
    assert_eq!(claims[0], Claim::Same(items[0].id.clone()));
    assert!(matches!(&claims[1], Claim::Changed(it) if it.item == items[1].id));
    assert_eq!(claims[2], Claim::Same(items[2].id.clone()));
    assert!(matches!(&claims[3], Claim::Changed(it) if it.item == items[3].id));
    assert_eq!(claims[4], Claim::Nobody);
    assert!(compare(&stage, &[], T0).await.is_empty());
}

/// What was seen as it should be is proven at that time and no other; what
/// was changed or not seen at all is not.
pub async fn what_was_not_seen_is_unproven<S: Store>(store: &S) {
    let stage = Stage::set(store, "1").await;
    let (items, mut files) = shelf(&stage).await;
    files[0].size += 1;
    compare(&stage, &files[..3], T0 + 7).await;
    let left: Vec<_> = unproven(&stage, T0 + 7)
        .await
        .into_iter()
        .map(|it| it.item)
        .collect();
    assert_eq!(left, [items[0].id.clone(), items[3].id.clone()]);
    assert_eq!(unproven(&stage, T0 + 8).await.len(), 4);
    let second = store.unproven(
        &stage.account,
        &stage.backup,
        always(),
        T0 + 7,
        files[0].path.as_str(),
        1,
    );
    let second: Vec<_> = second
        .await
        .unwrap()
        .into_iter()
        .map(|it| it.item)
        .collect();
    assert_eq!(second, [items[3].id.clone()]);
}

/// A reopened Entry is due at once, says why, and can be archived again, also
/// under another path. Only archived ones are reopened.
pub async fn what_drifted_is_archived_again<S: Store>(store: &S) {
    let stage = Stage::set(store, "1").await;
    let (items, _) = shelf(&stage).await;
    let waiting = recording("waiting", T0);
    stage.note_ready(std::slice::from_ref(&waiting)).await;
    let (account, at) = (&stage.account, &stage.destination.id);
    assert_eq!(totals(&stage).await, stage.counts().await);
    let why = "its file is no longer there".to_owned();
    let both = [
        (items[1].id.clone(), why.clone()),
        (waiting.id.clone(), why.clone()),
    ];
    let reopened = store.reopen(account, at, &both, T0 + 5).await.unwrap();
    assert_eq!(reopened, 1);
    let open = stage.open().await;
    let it = open.iter().find(|it| it.item == items[1].id.key()).unwrap();
    assert!(matches!(it.state, EntryState::Pending(_)));
    assert_eq!(it.cause, why);
    assert!(stage.due(T0 + 5).await.contains(&items[1].id));
    assert_eq!(stage.shelved().await.len(), 3);
    assert_eq!(totals(&stage).await, stage.counts().await);
    stage.archive(&items[1], b"once more", T0 + 6).await;
    assert_eq!(stage.shelved().await.len(), 4);
    assert_eq!(unproven(&stage, T0).await.len(), 4);
}

/// Items are looked up in the order in which they are asked for.
pub async fn items_are_looked_up_in_order<S: Store>(store: &S) {
    let stage = Stage::set(store, "1").await;
    let (items, _) = shelf(&stage).await;
    let waiting = recording("waiting", T0);
    stage.note_ready(std::slice::from_ref(&waiting)).await;
    let stranger = recording("stranger", T0);
    let ids = [&waiting, &stranger, &items[0]].map(|it| it.id.clone());
    let (account, at) = (&stage.account, &stage.destination.id);
    let standing = store.standing(account, at, &ids).await.unwrap();
    assert!(matches!(standing[0], Some(EntryState::Pending(_))));
    assert_eq!(standing[1], None);
    assert_eq!(standing[2], Some(EntryState::Archived));
}

/// Another company's destination claims nothing and changes nothing.
pub async fn proofs_stay_in_their_company<S: Store>(store: &S) {
    let stage = Stage::set(store, "1").await;
    let other = Stage::set(store, "2").await;
    let (items, files) = shelf(&stage).await;
    let (account, at) = (&other.account, &stage.destination.id);
    let claims = store.compare(account, at, &files, T0 + 1).await.unwrap();
    assert!(claims.iter().all(|it| *it == Claim::Nobody));
    let ids = [(items[0].id.clone(), String::new())];
    assert_eq!(store.reopen(account, at, &ids, T0).await.unwrap(), 0);
    let standing = store.standing(account, at, &[items[0].id.clone()]).await;
    assert_eq!(standing.unwrap(), [None]);
    assert_eq!(unproven(&stage, T0 + 1).await.len(), 4);
}

/// Proofs come back as they were kept, newest first.
pub async fn proofs_come_newest_first<S: Store>(store: &S) {
    let stage = Stage::set(store, "1").await;
    let proof = |begun_ms: i64| Proof {
        begun_ms,
        ended_ms: begun_ms + 9,
        from_ms: T0,
        to_ms: T0 + HOUR_MS,
        deep: true,
        listed: BTreeMap::new(),
        counts: BTreeMap::new(),
        files: 3,
        bytes_read: 4,
        discrepancies: BTreeMap::from([(Discrepancy::Extra, 2)]),
        gaps: 1,
    };
    let (account, backup) = (&stage.account, &stage.backup.id);
    for begun_ms in [T0 + 1, T0 + 3, T0 + 2] {
        store
            .keep_proof(account, backup, &proof(begun_ms))
            .await
            .unwrap();
    }
    let newest = store.proofs(account, backup, 2).await.unwrap();
    assert_eq!(newest, [proof(T0 + 3), proof(T0 + 2)]);
}
