//! What goes wrong, and how little of the archive it touches.

use std::sync::Arc;
use std::time::Duration;

use domain::account::{Extension, ExtensionId};
use domain::connection::Scope;
use domain::content::{Content, Framing};
use domain::data_type::DataType;
use domain::item::Item;
use domain::lane::Lane;
use domain::ports::{Ask, Page, Permission, Source, Viewer};
use domain::window::{DAY_MS, HOUR_MS, Window};
use domain::{Error, Kind, Result, Verdict};
use engine::{Job, back_up, preview};
use futures::stream::BoxStream;
use testkit::builders::{
    bytes_of, extension, extension_id, fax, of, picture, recording, unavailable, voicemail,
};
use testkit::memory;
use testkit::memory::source::{Plant, Trouble};

use crate::rig::{DAWN, Rig};

const AT: i64 = DAWN + HOUR_MS;

#[tokio::test(start_paused = true)]
async fn one_item_that_fails_for_ever_stops_nobody() {
    let rig = Rig::new();
    let page = Trouble::Instead("<html>sorry</html>".into());
    rig.plant([Plant::new(recording("bad", AT)).troubled(1000, &page)]);
    rig.plant((0..200).map(|n| Plant::new(recording(&format!("r{n}"), AT + n))));
    let summary = rig.run().await;
    assert_eq!(summary.total().archived, 200);
    assert_eq!((summary.total().pending, summary.total().missing), (1, 0));
    assert!(!summary.is_complete());
}

#[tokio::test(start_paused = true)]
async fn a_file_torn_at_any_byte_is_never_archived() {
    let whole = bytes_of(&recording("r", AT)).len();
    for after in (0..whole).step_by(7).chain([whole - 1]) {
        let rig = Rig::new();
        let cut = Trouble::CutShort { after };
        rig.plant([Plant::new(recording("r", AT)).troubled(1, &cut)]);
        let summary = rig.run().await;
        assert_eq!(summary.total().archived, 1, "cut after {after}");
        let files = rig.destination.files();
        assert_eq!(files.len(), 1, "cut after {after}");
        assert!(
            files.values().all(|it| it.len() == whole),
            "cut after {after}"
        );
    }
}

#[tokio::test(start_paused = true)]
async fn a_body_that_only_a_closed_connection_ended_is_fetched_twice() {
    let rig = Rig::new();
    let item = recording("r", AT);
    rig.plant([Plant::new(item.clone()).framed(Framing::UntilClose)]);
    assert!(rig.run().await.is_complete());
    assert_eq!(
        rig.source
            .opened()
            .iter()
            .filter(|it| **it == item.id)
            .count(),
        2
    );
}

#[tokio::test(start_paused = true)]
async fn a_declared_size_must_be_met() {
    let rig = Rig::new();
    let mut item = fax("f", AT);
    item.size = Some(bytes_of(&item).len() as u64 + 1);
    rig.plant([Plant::new(item)]);
    assert_eq!(rig.run().await.total().pending, 1);
    assert!(rig.destination.files().is_empty());
}

#[tokio::test(start_paused = true)]
async fn a_picture_that_was_broken_when_it_was_sent_is_archived_as_it_is() {
    let rig = Rig::new();
    let mut broken = picture("s", "p", AT);
    let mut bytes = bytes_of(&broken).to_vec();
    bytes.pop();
    rig.plant([Plant::new(broken.clone()).with_bytes(bytes.clone())]);
    assert_eq!(
        rig.run().await.total().archived,
        0,
        "nobody vouches for its size"
    );

    let rig = Rig::new();
    broken.size = Some(bytes.len() as u64);
    rig.plant([Plant::new(broken).with_bytes(bytes.clone())]);
    assert!(rig.run().await.is_complete());
    assert!(rig.destination.files().values().any(|it| **it == bytes));
}

#[tokio::test(start_paused = true)]
async fn an_error_page_is_no_picture() {
    for answer in [
        "<!doctype html><html>sorry</html>",
        "{\"errorCode\": \"CMN-1\"}",
    ] {
        let rig = Rig::new();
        let sorry = Trouble::Instead(answer.into());
        let item = picture("s", "p", AT);
        rig.plant([Plant::new(item.clone()).troubled(1, &sorry)]);
        assert!(rig.run().await.is_complete());
        let files = rig.destination.files();
        assert!(files.values().all(|it| *it == bytes_of(&item)), "{answer}");

        // Who sends a page calls it one, or it has the promised size.
        let mut page = picture("s", "page", AT);
        page.facts.file_name = Some("page.html".to_owned());
        let mut sized = picture("s", "sized", AT);
        sized.size = Some(answer.len() as u64);
        rig.plant([page, sized].map(|it| Plant::new(it).with_bytes(answer)));
        let named = usize::from(answer.starts_with('<'));
        assert_eq!(rig.run().await.total().files, 2 + named as u64);
    }
}

#[tokio::test(start_paused = true)]
async fn gone_is_asked_again_and_then_reported_as_missing() {
    let rig = Rig::new();
    let item = recording("lost", AT);
    rig.plant([
        Plant::new(item.clone()).gone_at(0),
        Plant::new(recording("kept", AT)),
    ]);
    let summary = rig.run().await;
    assert_eq!((summary.total().archived, summary.total().missing), (1, 1));
    assert_eq!(
        rig.source
            .opened()
            .iter()
            .filter(|it| **it == item.id)
            .count(),
        3
    );
}

#[tokio::test(start_paused = true)]
async fn gone_is_believed_only_when_heard_in_a_row() {
    let gone = || Trouble::Refused(Error::new(Kind::Gone, "gone"));
    let down = || Trouble::Refused(unavailable());
    for history in [
        vec![down(), down(), gone()],
        vec![gone(), gone(), down(), gone(), gone()],
        vec![down(), down(), down(), down(), gone(), gone()],
    ] {
        let rig = Rig::new();
        let plant = history
            .iter()
            .fold(Plant::new(recording("r", AT)), |it, trouble| {
                it.troubled(1, trouble)
            });
        rig.plant([plant]);
        let total = rig.run().await.total();
        assert_eq!((total.archived, total.missing), (1, 0), "{history:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn only_the_types_that_were_asked_for_are_counted() {
    let rig = Rig::new();
    let down = Trouble::Refused(unavailable());
    rig.plant([
        Plant::new(recording("r", AT)).troubled(1000, &down),
        Plant::new(fax("f", AT)),
    ]);
    assert!(!rig.run().await.is_complete());
    let mut job = rig.job().await;
    job.backup.types = [DataType::Fax].into();
    let summary = rig.run_job(&job).await;
    assert!(summary.is_complete(), "{summary:?}");
    assert_eq!(summary.total().listed(), 1);
}

/// A grant that may not ask who is in the company.
struct Blinkered(Arc<memory::Source>);

#[async_trait::async_trait]
impl Source for Blinkered {
    async fn viewer(&self) -> Result<Viewer> {
        self.0.viewer().await
    }

    async fn extensions(&self) -> Result<Vec<Extension>> {
        Err(Error::new(Kind::Forbidden, "the list may not be read"))
    }

    async fn permissions(&self, of: Option<&ExtensionId>) -> Result<Vec<Permission>> {
        self.0.permissions(of).await
    }

    fn list<'a>(&'a self, ask: &'a Ask) -> BoxStream<'a, Result<Page>> {
        self.0.list(ask)
    }

    async fn open(&self, item: &Item) -> Result<Content> {
        self.0.open(item).await
    }
}

#[tokio::test(start_paused = true)]
async fn people_who_cannot_be_listed_are_a_gap_and_what_can_be_had_is_archived() {
    let mut rig = Rig::new();
    rig.source.hire(extension("102"));
    rig.plant([
        Plant::new(of("101", fax("mine", AT))),
        Plant::new(of("102", fax("theirs", AT))),
        Plant::new(recording("r", AT)),
    ]);
    rig.ends.source = Arc::new(Blinkered(rig.source.clone()));
    let summary = rig.run().await;
    assert_eq!(summary.total().archived, 2);
    assert!(!summary.is_complete());
    assert_eq!(summary.gaps[0].error.kind(), Kind::Forbidden);
    assert_eq!(summary.gaps[0].lane, None);

    let mut job = rig.job().await;
    let (scope, types) = (&job.backup.scope, &job.backup.types);
    let source = rig.ends.source.as_ref();
    let seen = preview(source, scope, types, job.window).await.unwrap();
    assert_eq!((seen.files, seen.gaps.len()), (2, 1));
    // Nobody's mailbox is asked for, so nothing is hidden.
    job.backup.types = [DataType::CallRecording].into();
    assert!(rig.run_job(&job).await.is_complete());
    job.backup.types = DataType::ALL.into();
    job.backup.scope = Scope::Extension(extension_id("101"));
    assert!(rig.run_job(&job).await.is_complete());
}

#[tokio::test(start_paused = true)]
async fn a_forbidden_mailbox_is_a_named_gap_and_the_others_go_on() {
    let rig = Rig::new();
    rig.source.hire(extension("102"));
    rig.source.hire(extension("103"));
    let shut = Lane::Messages(extension_id("102"));
    rig.source.forbid(shut.clone());
    rig.plant([
        Plant::new(of("102", voicemail("v2", AT))),
        Plant::new(of("103", voicemail("v3", AT))),
        Plant::new(recording("r", AT)),
    ]);
    let summary = rig.run().await;
    assert_eq!(summary.total().archived, 2);
    let gaps: Vec<_> = summary
        .gaps
        .iter()
        .map(|gap| (gap.lane.as_ref(), gap.error.kind()))
        .collect();
    assert_eq!(gaps, [(Some(&shut), Kind::Forbidden)]);
    assert!(!summary.is_complete());

    rig.source.allow(&shut);
    let second = rig.run().await;
    assert!(second.is_complete());
    assert_eq!(second.total().archived, 3);
}

#[tokio::test(start_paused = true)]
async fn what_is_forbidden_is_asked_for_once_however_long_the_window() {
    let rig = Rig::new();
    let mut job = rig.job().await;
    job.window = Window::from_ms(DAWN - 20 * DAY_MS, DAWN).unwrap();
    rig.source.forbid(Lane::AccountCalls);
    let gaps = rig.run_job(&job).await.gaps;
    assert_eq!(gaps.len(), 1);
    assert_eq!(gaps[0].window, job.window);
}

#[tokio::test(start_paused = true)]
async fn a_listing_that_breaks_off_does_not_move_the_mark() {
    let rig = Rig::new();
    rig.source.page_size(2);
    rig.plant((0..10).map(|n| Plant::new(recording(&format!("r{n}"), AT + n))));
    rig.source
        .break_listing(&Lane::AccountCalls, 1, 2, &unavailable());
    let first = rig.run().await;
    assert_eq!(first.gaps.len(), 1);
    let job = rig.job().await;
    let mark = rig
        .ends
        .store
        .mark(
            &job.backup.account,
            &job.backup.id,
            &Lane::AccountCalls,
            domain::data_type::DataType::CallRecording,
        )
        .await
        .unwrap();
    assert_eq!(mark, None);
    let second = rig.run().await;
    assert!(second.is_complete());
    assert_eq!(second.total().archived, 10);
}

#[tokio::test(start_paused = true)]
async fn a_listing_that_makes_no_sense_is_begun_again() {
    let nonsense = Error::new(Kind::Protocol, "an answer is cut off");
    for (times, gaps) in [(1, 0), (2, 0), (3, 1)] {
        let rig = Rig::new();
        rig.source.page_size(2);
        rig.plant((0..5).map(|n| Plant::new(recording(&format!("r{n}"), AT + n))));
        rig.plant([Plant::new(recording("late", AT + 9)).settling_at(DAWN + 24 * HOUR_MS)]);
        rig.source
            .break_listing(&Lane::AccountCalls, times, 2, &nonsense);
        let summary = rig.run().await;
        assert_eq!(summary.gaps.len(), gaps, "{times}");
        assert_eq!(summary.unsettled, 1 - gaps as u64, "counted once");
    }
}

#[tokio::test(start_paused = true)]
async fn a_mark_passes_nothing_that_was_not_listed() {
    let rig = Rig::new();
    let mut job = rig.job().await;
    let mark = async |job: &Job| {
        let (account, backup) = (&job.backup.account, &job.backup.id);
        let (lane, calls) = (Lane::AccountCalls, DataType::CallRecording);
        let mark = rig.ends.store.mark(account, backup, &lane, calls).await;
        mark.unwrap()
    };
    let days = |from: i64, to: i64| Window::from_ms(DAWN + from * DAY_MS, DAWN + to * DAY_MS);
    // The first of three portions fails, the others are listed.
    job.window = days(-20, 0).unwrap();
    let cut = unavailable();
    rig.source.break_listing(&Lane::AccountCalls, 1, 0, &cut);
    rig.plant([Plant::new(recording("late", DAWN - DAY_MS))]);
    let summary = rig.run_job(&job).await;
    assert_eq!(summary.gaps.len(), 1);
    assert!(summary.gaps[0].window.end_ms() < DAWN - DAY_MS);
    assert_eq!(summary.total().archived, 1);
    assert_eq!(mark(&job).await, None);
    job.window = days(-20, -10).unwrap();
    rig.run_job(&job).await;
    assert_eq!(mark(&job).await, Some(job.window.end_ms()));
    // What lies between was never listed.
    job.window = days(-5, 0).unwrap();
    rig.run_job(&job).await;
    assert_eq!(mark(&job).await, Some(DAWN - 10 * DAY_MS));
    job.window = days(-11, 0).unwrap();
    rig.run_job(&job).await;
    assert_eq!(mark(&job).await, Some(DAWN));
}

#[tokio::test(start_paused = true)]
async fn a_full_destination_stops_the_run_and_loses_nothing() {
    let rig = Rig::new();
    rig.plant((0..30).map(|n| Plant::new(recording(&format!("r{n}"), AT + n))));
    rig.destination
        .limit(Some(3 * bytes_of(&recording("r0", AT)).len() as u64));
    let error = rig.try_run().await.unwrap_err();
    assert_eq!(error.kind(), Kind::Full);
    rig.destination.limit(None);
    let summary = rig.run().await;
    assert!(summary.is_complete());
    assert_eq!(summary.total().archived, 30);
    assert_eq!(rig.destination.files().len(), 30);
}

#[tokio::test(start_paused = true)]
async fn a_dead_grant_marks_nothing_as_missing() {
    let rig = Rig::new();
    rig.plant([Plant::new(recording("r", AT))]);
    rig.run().await;
    rig.plant([Plant::new(recording("r2", AT))]);
    let job = rig.job().await;
    rig.source
        .die(Some(Error::new(Kind::Unauthorized, "the grant is dead")));
    let error = back_up(&rig.ends, &job, &()).await.unwrap_err();
    assert_eq!(error.kind(), Kind::Unauthorized);
    rig.source.die(None);
    assert!(rig.run().await.is_complete());
    assert_eq!(rig.destination.files().len(), 2);
}

#[tokio::test(start_paused = true)]
async fn hours_of_limits_cost_no_attempt() {
    let rig = Rig::new();
    let limit =
        Error::new(Kind::Throttled, "limit").verdict_is(Verdict::WaitFor(Duration::from_mins(5)));
    let refused = Trouble::Refused(limit);
    rig.plant([Plant::new(recording("r", AT)).troubled(50, &refused)]);
    let before = rig.clock.now_ms();
    assert_eq!(rig.run().await.total().archived, 1);
    assert!(rig.clock.now_ms() - before >= 50 * 300_000);
}

#[tokio::test(start_paused = true)]
async fn a_lost_reply_stores_nothing_twice() {
    let rig = Rig::new();
    rig.plant((0..5).map(|n| Plant::new(recording(&format!("r{n}"), AT + n))));
    rig.destination.lose_next_replies(3, &unavailable());
    assert!(rig.run().await.is_complete());
    assert_eq!(rig.destination.files().len(), 5);
    assert_eq!(rig.destination.writes(), 5);
}

#[tokio::test(start_paused = true)]
async fn two_runs_of_one_backup_never_work_at_once() {
    let rig = Rig::new();
    rig.plant([Plant::new(recording("r", AT))]);
    let job = rig.job().await;
    let held = rig
        .ends
        .store
        .start_run(
            &job.backup.account,
            &job.backup.id,
            "other",
            Duration::from_hours(1),
        )
        .await
        .unwrap()
        .unwrap();
    assert_eq!(rig.try_run().await.unwrap_err().kind(), Kind::Cancelled);
    rig.ends
        .store
        .finish_run(&job.backup.account, &held)
        .await
        .unwrap();
    assert!(rig.run().await.is_complete());
}
