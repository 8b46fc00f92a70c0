//! The evidence: what a Run archived is told in the destination, whatever
//! stops it; and the way back from it into an empty memory.

use std::collections::BTreeMap;
use std::future::Future;
use std::pin::pin;
use std::sync::Arc;
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use bytes::Bytes;
use domain::archive_path::{ArchivePath, Naming};
use domain::data_type::DataType;
use domain::manifest::{self, Fate, Flaw, Found, Manifest, is_manifest, look_through, sums};
use domain::proof::Discrepancy;
use domain::window::{DAY_MS, HOUR_MS};
use domain::{Error, Kind};
use engine::{Repair, Thorough, Wish, back_up, rebuild, verify};
use testkit::builders::{fax, picture, recording, sms, unavailable, voicemail};
use testkit::memory::source::Plant;
use testkit::memory::{destination, store};

use crate::rig::{DAWN, Rig};

fn at(hour: i64) -> i64 {
    DAWN + hour * HOUR_MS
}

fn plants() -> Vec<Plant> {
    vec![
        Plant::new(recording("r1", at(1))),
        Plant::new(recording("r2", at(2))),
        Plant::new(voicemail("v1", at(3))),
        Plant::new(fax("f1", at(4))),
        Plant::new(sms("s1", at(5))),
        Plant::new(picture("s1", "p1", at(5))),
    ]
}

/// Every manifest in the destination, by path; all of them good together.
fn manifests(destination: &destination::Destination) -> BTreeMap<String, Manifest> {
    let files = destination.evidence();
    let all = files.iter().filter(|(path, _)| is_manifest(path));
    let all: BTreeMap<String, Manifest> = all
        .map(|(path, bytes)| (path.clone(), manifest::read(bytes).unwrap()))
        .collect();
    let found: Vec<Found> = all
        .iter()
        .map(|(path, it)| (path.clone(), it.header.clone(), it.sha256.clone()))
        .collect();
    assert_eq!(look_through(&found, &[], None), []);
    for (path, manifest) in all.iter().filter(|(_, it)| !it.header.anchor) {
        let list = sums(manifest, &ArchivePath::new(path.clone()).unwrap());
        let beside = path.replace(".jsonl", ".sha256");
        assert_eq!(files[&beside], list, "{beside}");
    }
    all
}

/// How often each file is told of, and the sums agree with what lies there.
fn told(destination: &destination::Destination) -> BTreeMap<String, usize> {
    let mut told = BTreeMap::new();
    for manifest in manifests(destination).values() {
        for one in &manifest.told {
            let Fate::Archived { path, sha256, .. } = &one.fate else {
                continue;
            };
            let bytes = destination.bytes_at(path).unwrap();
            assert_eq!(*sha256, manifest::sha256(&bytes));
            *told.entry(path.as_str().to_owned()).or_default() += 1;
        }
    }
    told
}

fn everything_is_told_once(destination: &destination::Destination, what: &str) {
    let told = told(destination);
    let files: Vec<String> = destination.files().into_keys().collect();
    assert_eq!(told.keys().cloned().collect::<Vec<_>>(), files, "{what}");
    assert!(told.values().all(|it| *it == 1), "{what}: {told:?}");
}

#[tokio::test(start_paused = true)]
async fn a_run_that_archived_tells_of_it_and_one_that_did_not_is_silent() {
    let rig = Rig::new();
    rig.plant(plants());
    assert!(rig.run().await.is_complete());
    everything_is_told_once(&rig.destination, "after the first run");
    let first = rig.destination.evidence_puts().len();
    assert_eq!(first, 3, "README, a manifest, its sums");
    assert!(rig.run().await.is_complete());
    assert_eq!(rig.destination.evidence_puts().len(), first);

    rig.plant([Plant::new(recording("r9", at(6)))]);
    assert!(rig.run().await.is_complete());
    assert_eq!(rig.destination.evidence_puts().len(), first + 2);
    let all = manifests(&rig.destination);
    let seqs: Vec<u64> = all.values().map(|it| it.header.seq).collect();
    assert_eq!(seqs, [1, 2]);
    everything_is_told_once(&rig.destination, "after the third run");
}

#[tokio::test(start_paused = true)]
async fn what_is_missing_is_told_with_its_cause() {
    let rig = Rig::new();
    let gone = Error::new(Kind::Gone, "the provider does not have it");
    let trouble = testkit::memory::source::Trouble::Refused(gone);
    rig.plant([Plant::new(recording("r1", DAWN - 5 * DAY_MS)).troubled(99, &trouble)]);
    let mut job = rig.job().await;
    job.window = domain::window::Window::from_ms(DAWN - 9 * DAY_MS, DAWN + DAY_MS).unwrap();
    let summary = rig.run_job(&job).await;
    assert_eq!(summary.total().missing, 1);
    let all = manifests(&rig.destination);
    let told = &all.values().next().unwrap().told;
    let Fate::Missing { cause } = &told[0].fate else {
        panic!("{told:?}");
    };
    assert!(!cause.is_empty());
}

/// Polls the run so many times, then drops it: a kill between two steps.
async fn cut_after(rig: &Rig, polls: usize) -> bool {
    let job = rig.job().await;
    let mut run = pin!(back_up(&rig.ends, &job, &()));
    for _ in 0..polls {
        let mut context = Context::from_waker(Waker::noop());
        if let Poll::Ready(result) = run.as_mut().poll(&mut context) {
            result.unwrap();
            return true;
        }
        tokio::task::yield_now().await;
        tokio::time::advance(Duration::from_millis(300)).await;
    }
    false
}

#[tokio::test(start_paused = true)]
async fn a_run_cut_anywhere_leaves_a_chain_that_the_next_one_completes() {
    for polls in 0.. {
        let rig = Rig::new();
        rig.plant(plants());
        let ended = cut_after(&rig, polls).await;
        assert!(rig.run().await.is_complete());
        everything_is_told_once(&rig.destination, &format!("cut after {polls} steps"));
        if ended {
            return;
        }
    }
}

/// Every put of the evidence fails once, before or after it was stored.
#[tokio::test(start_paused = true)]
async fn a_put_that_fails_is_made_good_by_the_next_run_with_the_same_bytes() {
    for (lost, nth) in [false, true]
        .into_iter()
        .flat_map(|it| [(it, 0), (it, 1), (it, 2)])
    {
        let rig = Rig::new();
        rig.plant(plants());
        let puts = 6;
        rig.destination.pass_next(puts + nth);
        if lost {
            rig.destination.lose_next_replies(1, &unavailable());
        } else {
            rig.destination.refuse_next(1, &unavailable());
        }
        assert!(rig.run().await.is_complete(), "evidence fails no run");
        let what = format!("put {nth} of the evidence, lost: {lost}");
        rig.run().await;
        everything_is_told_once(&rig.destination, &what);
        let all = manifests(&rig.destination);
        assert_eq!(all.len(), 1, "{what}");
    }
}

#[tokio::test(start_paused = true)]
async fn an_anchor_closes_a_day_and_an_idle_archive_has_no_more() {
    let rig = Rig::new();
    rig.plant(plants());
    assert!(rig.run().await.is_complete());
    let mut job = rig.job().await;
    for day in 1..4 {
        tokio::time::advance(Duration::from_hours(24)).await;
        job.window = domain::window::Window::from_ms(DAWN, DAWN + (day + 1) * DAY_MS).unwrap();
        rig.run_job(&job).await;
    }
    let all = manifests(&rig.destination);
    let kinds: Vec<bool> = all.values().map(|it| it.header.anchor).collect();
    assert_eq!(kinds, [false, true]);
}

/// A database restored from before the newest manifests: what lies in the
/// destination counts, and the chain goes on from it.
#[tokio::test(start_paused = true)]
async fn a_memory_from_before_goes_on_from_what_lies_there() {
    let rig = Rig::new();
    rig.plant(plants());
    assert!(rig.run().await.is_complete());
    rig.plant([Plant::new(recording("r8", at(6)))]);
    assert!(rig.run().await.is_complete());
    let files = rig.destination.files();
    // Another memory of the same installation that knows of none of it.
    let mut older = Rig::new();
    older.destination = Arc::clone(&rig.destination);
    older.ends.destination = rig.destination.clone();
    older.plant(plants());
    older.plant([
        Plant::new(recording("r8", at(6))),
        Plant::new(recording("r9", at(7))),
    ]);
    tokio::time::advance(Duration::from_mins(1)).await;
    assert!(older.run().await.is_complete());
    let all = manifests(&rig.destination);
    assert_eq!(all.len(), 3, "two that lay there, and one for what is new");
    everything_is_told_once(&rig.destination, "after a memory from before");
    assert_eq!(rig.destination.files().len(), files.len() + 1);
    // The proof of the older memory knows them all.
    let proved = prove(&older, true).await;
    assert!(proved.proof.holds(), "{proved:?}");
}

/// Whatever else lies where a manifest belongs, the chain goes on beside it.
#[tokio::test(start_paused = true)]
async fn who_blocks_a_path_stops_nothing() {
    let rig = Rig::new();
    rig.plant(plants());
    assert!(rig.run().await.is_complete());
    let all = manifests(&rig.destination);
    let first = all.keys().next().unwrap();
    let blocked = ArchivePath::new(first.replace("00000001.", "00000002.")).unwrap();
    let forged = Bytes::from_static(b"not yours");
    rig.destination.tamper(&blocked, Some(forged.clone()));
    rig.plant([Plant::new(recording("r9", at(6)))]);
    assert!(rig.run().await.is_complete());
    assert_eq!(rig.destination.bytes_at(&blocked), Some(forged));
    rig.destination.tamper(&blocked, None);
    everything_is_told_once(&rig.destination, "beside what blocked it");
}

async fn prove(rig: &Rig, deep: bool) -> engine::Proved {
    let job = rig.job().await;
    let how = Thorough {
        listed: Some(job.window),
        deep,
        repair: Repair::Nothing,
    };
    verify(&rig.ends, &job, how, &|_| {}).await.unwrap()
}

#[tokio::test(start_paused = true)]
async fn evidence_that_is_gone_or_changed_is_found_and_none_is_a_stray() {
    let rig = Rig::new();
    rig.plant(plants());
    assert!(rig.run().await.is_complete());
    let proved = prove(&rig, true).await;
    assert!(proved.proof.holds(), "{proved:?}");
    assert_eq!(proved.proof.files, 6, "the evidence is no item's file");
    let paths: Vec<ArchivePath> = rig
        .destination
        .evidence()
        .into_keys()
        .map(|it| ArchivePath::new(it).unwrap())
        .collect();
    assert_eq!(paths.len(), 3);
    for path in &paths {
        let bytes = rig.destination.bytes_at(path).unwrap();
        for (tampered, kind) in [
            (None, Discrepancy::Gone),
            (Some(Bytes::from_static(b"forged")), Discrepancy::Changed),
        ] {
            // Each proof has a moment of its own.
            tokio::time::advance(Duration::from_secs(1)).await;
            rig.destination.tamper(path, tampered);
            let proved = prove(&rig, false).await;
            let named: Vec<_> = proved
                .findings
                .iter()
                .map(|it| (it.discrepancy, it.path.clone()))
                .collect();
            assert_eq!(named, [(kind, Some(path.as_str().to_owned()))]);
            assert!(proved.proof.has_drift());
            rig.destination.tamper(path, Some(bytes.clone()));
        }
        tokio::time::advance(Duration::from_secs(1)).await;
        let mut rotten = bytes.to_vec();
        rotten[0] ^= 1;
        rig.destination.rot(path, rotten.into());
        assert!(prove(&rig, false).await.proof.holds());
        let proved = prove(&rig, true).await;
        assert_eq!(proved.findings.len(), 1);
        assert_eq!(proved.findings[0].discrepancy, Discrepancy::Damaged);
        rig.destination.tamper(path, Some(bytes));
    }
    tokio::time::advance(Duration::from_secs(1)).await;
    let stray = ArchivePath::new("Archive/_archiver/not ours.txt").unwrap();
    rig.destination
        .tamper(&stray, Some(Bytes::from_static(b"x")));
    let proved = prove(&rig, false).await;
    assert_eq!(proved.findings.len(), 1);
    assert_eq!(proved.findings[0].discrepancy, Discrepancy::Extra);
}

fn wish() -> Wish {
    Wish {
        whole_account: true,
        types: DataType::ALL.into(),
        // What the archive itself says counts.
        naming: Naming::Privacy,
        action: "rebuild.run",
    }
}

/// The same two ends, with a memory that knows nothing.
fn without_memory(mut rig: Rig) -> Rig {
    rig.ends.store = Arc::new(store::Store::new(rig.clock.clone()));
    rig
}

#[tokio::test(start_paused = true)]
async fn a_lost_memory_is_rebuilt_and_nothing_is_put_twice() {
    let rig = Rig::new();
    rig.plant(plants());
    assert!(rig.run().await.is_complete());
    rig.plant([Plant::new(recording("r8", at(6)))]);
    assert!(rig.run().await.is_complete());
    let (puts, opened) = (rig.destination.puts().len(), rig.source.opened().len());
    let mut rig = without_memory(rig);
    let rebuilt = rebuild(&rig.ends, &wish(), &[], &|_| {}).await.unwrap();
    assert_eq!(
        (rebuilt.manifests, rebuilt.entered, rebuilt.not_there),
        (2, 7, 0)
    );
    assert_eq!(rebuilt.wrong, []);
    assert_eq!(rebuilt.enrolled.destination.naming, Naming::Default);
    assert!(prove(&rig, true).await.proof.holds());

    rig.plant([Plant::new(recording("r9", at(7)))]);
    let summary = rig.run().await;
    assert!(summary.is_complete());
    assert_eq!((summary.archived_now, summary.total().archived), (1, 7));
    assert_eq!(rig.destination.puts().len(), puts + 1);
    assert_eq!(rig.source.opened().len(), opened + 1);
    // The key is the same in this world; the chain says all the same that it
    // goes on from another one, and meets its own older manifests.
    let files = rig.destination.files().len();
    assert_eq!(files, 8);
    let again = rebuild(&rig.ends, &wish(), &[], &|_| {}).await.unwrap_err();
    assert_eq!(
        again.kind(),
        Kind::Config,
        "only an empty memory is rebuilt"
    );
    rig = without_memory(rig);
    let rebuilt = rebuild(&rig.ends, &wish(), &[], &|_| {}).await.unwrap();
    assert_eq!((rebuilt.entered, rebuilt.not_there), (8, 0));
}

#[tokio::test(start_paused = true)]
async fn what_does_not_lie_there_as_it_was_is_archived_anew() {
    let rig = Rig::new();
    rig.plant(plants());
    assert!(rig.run().await.is_complete());
    let paths: Vec<String> = rig.destination.files().into_keys().collect();
    let path = |nth: usize| ArchivePath::new(paths[nth].clone()).unwrap();
    rig.destination.tamper(&path(0), None);
    let forged = Bytes::from_static(b"forged");
    rig.destination.tamper(&path(1), Some(forged.clone()));
    let rig = without_memory(rig);
    let rebuilt = rebuild(&rig.ends, &wish(), &[], &|_| {}).await.unwrap();
    assert_eq!((rebuilt.entered, rebuilt.not_there), (4, 2));
    let summary = rig.run().await;
    assert!(summary.is_complete());
    assert_eq!(summary.archived_now, 2);
    assert_eq!(rig.destination.bytes_at(&path(1)), Some(forged));
    assert!(rig.destination.bytes_at(&path(0)).is_some());
}

#[tokio::test(start_paused = true)]
async fn manifests_of_a_key_that_is_not_trusted_are_not_believed() {
    let rig = Rig::new();
    rig.plant(plants());
    assert!(rig.run().await.is_complete());
    let seed = rig.ends.store.signing_seed().await.unwrap();
    let ours = manifest::SigningKey::from_seed(&seed).unwrap();
    let rig = without_memory(rig);
    let other = manifest::PublicKey::parse(&"ab".repeat(32)).unwrap();
    let rebuilt = rebuild(&rig.ends, &wish(), &[other], &|_| {})
        .await
        .unwrap();
    assert_eq!((rebuilt.manifests, rebuilt.entered), (0, 0));
    let rig = without_memory(rig);
    let ours = [ours.public().clone()];
    let rebuilt = rebuild(&rig.ends, &wish(), &ours, &|_| {}).await.unwrap();
    assert_eq!((rebuilt.manifests, rebuilt.entered), (1, 6));
}

#[tokio::test(start_paused = true)]
async fn a_manifest_that_was_meddled_with_is_named_by_a_rebuild() {
    let rig = Rig::new();
    rig.plant(plants());
    assert!(rig.run().await.is_complete());
    let all = manifests(&rig.destination);
    let path = ArchivePath::new(all.keys().next().unwrap().clone()).unwrap();
    let mut bytes = rig.destination.bytes_at(&path).unwrap().to_vec();
    bytes[300] ^= 1;
    rig.destination.tamper(&path, Some(bytes.into()));
    rig.plant([Plant::new(recording("r8", at(6)))]);
    assert!(rig.run().await.is_complete());
    let rig = without_memory(rig);
    let rebuilt = rebuild(&rig.ends, &wish(), &[], &|_| {}).await.unwrap();
    let flaws: Vec<Flaw> = rebuilt.wrong.iter().map(|it| it.flaw).collect();
    assert_eq!(flaws, [Flaw::Unreadable, Flaw::Gap]);
    assert_eq!(rebuilt.entered, 1);
    let summary = rig.run().await;
    assert!(summary.is_complete());
    assert_eq!(rig.destination.files().len(), 7, "0 lost, 0 twice");
}

#[tokio::test(start_paused = true)]
async fn without_any_manifest_nothing_is_put_twice_either() {
    let rig = Rig::new();
    rig.plant(plants());
    assert!(rig.run().await.is_complete());
    for path in rig.destination.evidence().into_keys() {
        rig.destination
            .tamper(&ArchivePath::new(path).unwrap(), None);
    }
    let writes = rig.destination.writes();
    let rig = without_memory(rig);
    let rebuilt = rebuild(&rig.ends, &wish(), &[], &|_| {}).await.unwrap();
    assert_eq!((rebuilt.manifests, rebuilt.entered), (0, 0));
    // Nothing told how files were named: the one who rebuilds must say so.
    let rig = without_memory(rig);
    assert!(rig.run().await.is_complete());
    assert_eq!(rig.destination.writes(), writes);
    everything_is_told_once(&rig.destination, "after a run without memory");
}
