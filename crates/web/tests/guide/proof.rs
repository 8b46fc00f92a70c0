//! What LOG tells of the proof: RingCentral's count of each day beside the
//! ledger's, and how the files were found.

use std::collections::BTreeMap;

use domain::census::{CensusDay, day_of};
use domain::data_type::DataType;
use domain::ledger::Outcome;
use domain::ports::{Proofs, Scrubs};
use domain::proof::{Discrepancy, Proof};
use domain::scrub::Scrub;
use domain::window::{DAY_MS, HOUR_MS};
use testkit::builders::{recording, voicemail};

use crate::log::{kept, logged, settle};
use crate::rig::{NOW, Rig};

/// The day before the one on which it is NOW.
const YESTERDAY: i64 = NOW - NOW % DAY_MS - DAY_MS;

async fn page(rig: &Rig, query: &str) -> String {
    let browser = rig.browser("101", false).await;
    browser.page(&format!("/log{query}")).await
}

/// The cells of the table of days.
fn days(page: &str) -> Vec<Vec<String>> {
    let section = page.split("id=\"proof\"").nth(1).unwrap();
    let Some(body) = section.split("<tbody>").nth(1) else {
        return Vec::new();
    };
    let rows = body.split("</tbody>").next().unwrap().split("<tr>").skip(1);
    let text = |cell: &str| {
        let mut inside = false;
        let letters = cell.chars().filter(|it| match it {
            '<' => {
                inside = true;
                false
            }
            '>' => {
                inside = false;
                false
            }
            _ => !inside,
        });
        letters.collect::<String>()
    };
    rows.map(|row| {
        let cells = row.split("</t").filter(|it| it.contains("<t"));
        cells
            .map(|it| text(&it[it.find("<t").unwrap()..]))
            .collect()
    })
    .collect()
}

fn census(day_ms: i64, voicemails: u64, recordings: u64) -> CensusDay {
    CensusDay {
        day_ms,
        at_ms: NOW - HOUR_MS,
        listed: BTreeMap::from([
            (DataType::Voicemail, voicemails),
            (DataType::CallRecording, recordings),
        ]),
    }
}

fn proof(discrepancies: BTreeMap<Discrepancy, u64>) -> Proof {
    Proof {
        begun_ms: NOW - HOUR_MS,
        ended_ms: NOW - HOUR_MS,
        from_ms: 0,
        to_ms: NOW,
        deep: false,
        listed: BTreeMap::new(),
        counts: BTreeMap::new(),
        files: 1_234,
        bytes_read: 0,
        discrepancies,
        gaps: 0,
    }
}

#[tokio::test]
async fn each_day_has_what_was_listed_and_what_became_of_it() {
    let (rig, backup) = logged(30).await;
    let at = |n: i64| YESTERDAY + n * HOUR_MS;
    let missing = Outcome::Missing {
        cause: "gone".to_owned(),
    };
    let what = vec![
        kept(voicemail("1", at(1))),
        (voicemail("2", at(2)), None),
        (recording("3", at(3)), Some(missing)),
        kept(voicemail("4", YESTERDAY + DAY_MS)),
    ];
    settle(&rig, &backup, what).await;
    let account = &rig.company.id;
    let listed = [census(YESTERDAY, 2, 1), census(YESTERDAY - DAY_MS, 0, 0)];
    let listed = rig.store.keep_census(account, &backup.id, &listed);
    listed.await.unwrap();
    let page = page(&rig, "").await;
    let rows = days(&page);
    let today = ["2016-06-16", "not yet whole", "1", "0", "0", "0", "0", "-"];
    assert_eq!(rows[0], today);
    let yesterday = ["2016-06-15", "3", "1", "1", "1", "0", "0"];
    assert_eq!(rows[1][..7], yesterday);
    assert_eq!(rows[1][7], "16/6/2016 13:00:00");
    assert_eq!(rows[2][..2], ["2016-06-14", "0"]);
    assert_eq!(rows.len(), 3);
    let sums = "RingCentral listed 3; archived 1, pending 1, missing 1, excluded 0. One more day \
                is not over, or not listed whole yet.";
    assert!(page.contains(sums), "{page}");
    assert!(page.contains("have not been looked at"));
}

/// Each page is in the ledger before it counts as listed, so this cannot be.
#[tokio::test]
async fn what_was_listed_and_has_no_state_is_shouted_about() {
    let (rig, backup) = logged(30).await;
    let account = &rig.company.id;
    let listed = [census(YESTERDAY, 2, 0)];
    let listed = rig.store.keep_census(account, &backup.id, &listed);
    listed.await.unwrap();
    let page = page(&rig, "").await;
    assert!(page.contains("RingCentral listed 2; archived 0"));
    assert!(page.contains("2 of those listed have no state"));
    assert_eq!(days(&page)[0][6], "2");
}

#[tokio::test]
async fn how_the_files_were_found_is_a_sentence() {
    let (rig, backup) = logged(2).await;
    let account = &rig.company.id;
    let keep = |proof: Proof| {
        let (store, id) = (&rig.store, backup.id.clone());
        async move { store.keep_proof(account, &id, &proof).await.unwrap() }
    };
    keep(proof(BTreeMap::new())).await;
    let good = page(&rig, "").await;
    assert!(good.contains("all 1234 files in the destination were looked at: every archived file"));
    assert!(!good.contains("class=\"fault\""));
    keep(proof(BTreeMap::from([
        (Discrepancy::Gone, 3),
        (Discrepancy::Extra, 7),
    ])))
    .await;
    let now_ms = rig.clock_ms();
    let (absurd_ms, lease) = (i64::MAX, std::time::Duration::from_secs(9));
    let claimed = rig.store.claim_scrub("w", lease, now_ms, absurd_ms);
    assert_eq!(claimed.await.unwrap().unwrap().backup, backup.id);
    let scrub = Scrub {
        read_ms: Some(NOW),
        files: 12,
        bytes: 3_072,
        damaged: 1,
        unread: 2,
        ..Scrub::default()
    };
    let kept = rig.store.keep_scrub(account, &backup.id, "w", &scrub, None);
    assert!(kept.await.unwrap());
    let bad = page(&rig, "").await;
    for told in [
        "3 archived files are gone, 0 have another size or hash",
        "7 files there are not Archiver&#39;s",
        "12 files, 3.0 KB so far as they were archived; 1 more have other bytes; 2 more could not be",
        "class=\"fault\"",
    ] {
        assert!(bad.contains(told), "{told}: {bad}");
    }
}

/// A look that could not be ended, or was asked for a part of the archive,
/// speaks for no other file; what it found is told all the same.
#[tokio::test]
async fn a_look_that_did_not_see_everything_says_so() {
    let (rig, backup) = logged(2).await;
    let account = &rig.company.id;
    let all = "every archived file lies there";
    let count = std::cell::Cell::new(0);
    let looks = |proof: Proof| {
        let (store, id, rig) = (&rig.store, &backup.id, &rig);
        count.set(count.get() + 1);
        let begun_ms = proof.begun_ms + count.get();
        async move {
            let proof = Proof { begun_ms, ..proof };
            store.keep_proof(account, id, &proof).await.unwrap();
            page(rig, "").await
        }
    };
    let hidden = Proof {
        gaps: 1,
        ..proof(BTreeMap::new())
    };
    let part = Proof {
        from_ms: NOW - 2 * DAY_MS,
        ..proof(BTreeMap::new())
    };
    let before = Proof {
        to_ms: NOW - 2 * DAY_MS,
        ..proof(BTreeMap::new())
    };
    for (partial, why) in [
        (
            &hidden,
            "one list, of RingCentral&#39;s or the destination&#39;s",
        ),
        (
            &part,
            "asked only for what RingCentral dates from 14/6/2016",
        ),
        (&before, "to 14/6/2016"),
    ] {
        let page = looks(partial.clone()).await;
        assert!(!page.contains(all) && page.contains(why), "{why}: {page}");
        assert!(
            page.contains("No look of late saw the whole archive"),
            "{page}"
        );
    }
    looks(proof(BTreeMap::new())).await;
    let page = looks(hidden).await;
    assert!(page.contains(all) && page.contains("did not see the whole archive"));
    assert!(!page.contains("class=\"fault\""));
    // Drift that a look at a part found stands until everything was seen.
    looks(Proof {
        discrepancies: BTreeMap::from([(Discrepancy::Gone, 2)]),
        ..part.clone()
    })
    .await;
    let page = looks(before).await;
    assert!(page.contains("2 archived files are gone") && page.contains("class=\"fault\""));
    let page = looks(proof(BTreeMap::new())).await;
    assert!(page.contains(all) && !page.contains("class=\"fault\""));
    assert!(!page.contains("2 archived files"));
}

#[tokio::test]
async fn of_a_long_period_the_newest_days_are_shown() {
    let (rig, backup) = logged(2).await;
    let newest = day_of(NOW);
    let all: Vec<CensusDay> = (0..60).map(|n| census(newest - n * DAY_MS, 0, 0)).collect();
    let account = &rig.company.id;
    let listed = rig.store.keep_census(account, &backup.id, &all);
    listed.await.unwrap();
    let page = page(&rig, "?period=dates&from=1/1/2016&to=12/31/2016").await;
    let rows = days(&page);
    assert_eq!(rows.len(), 31);
    assert_eq!(rows[0][0], "2016-06-16");
    assert!(page.contains("Only the newest days of the period are shown."));
}
