//! Stopped anywhere: a call that did not return has done all or nothing.

use std::future::{Future, poll_fn};
use std::pin::pin;
use std::task::Poll;

use domain::ledger::Count;
use domain::ports::Ledger;
use testkit::builders::{T0, archived, recording};

use crate::home::on_both;
use crate::ledger::{always, company, note, page};

/// Lets work go on for so many steps, then drops it where it stands.
async fn cut_off<T>(steps: usize, work: impl Future<Output = T>) -> Option<T> {
    let mut work = pin!(work);
    let mut left = steps;
    poll_fn(|context| match work.as_mut().poll(context) {
        Poll::Ready(done) => Poll::Ready(Some(done)),
        Poll::Pending if left == 0 => Poll::Ready(None),
        Poll::Pending => {
            left -= 1;
            Poll::Pending
        }
    })
    .await
}

#[tokio::test]
async fn a_page_is_noted_wholly_or_not_at_all() {
    on_both(|home| async move {
        let store = home.open().await;
        let backup = company(&store, "1").await;
        let account = &backup.account;
        let mut finished = false;
        let mut steps = 0;
        while !finished {
            let items: Vec<_> = (0..600)
                .map(|n| recording(&format!("{steps}-{n}"), T0 + n))
                .collect();
            let page = page(&items);
            let noted = cut_off(steps, store.note(account, &backup, &page, &[], T0)).await;
            finished = noted.is_some_and(|it| it.is_ok());
            let open = store
                .open_entries(account, &backup, always(), 100_000)
                .await
                .unwrap();
            let ours = format!("recordings/{steps}-");
            let of_this = open.iter().filter(|it| it.item.starts_with(&ours)).count();
            assert!(
                of_this == 600 || (of_this == 0 && !finished),
                "{of_this} at {steps}"
            );
            steps += 1;
        }
        assert!(steps > 1, "it was never cut");
    })
    .await;
}

#[tokio::test]
async fn outcomes_are_settled_wholly_or_not_at_all() {
    on_both(|home| async move {
        let store = home.open().await;
        let backup = company(&store, "1").await;
        let items: Vec<_> = (0..600)
            .map(|n| recording(&n.to_string(), T0 + n))
            .collect();
        note(&store, &backup, &items, T0).await;
        let outcomes: Vec<_> = items
            .iter()
            .map(|it| {
                (
                    it.id.clone(),
                    archived(&format!("Archive/{}", it.id.unit), b"a"),
                )
            })
            .collect();
        let mut archived = 0;
        let mut steps = 0;
        while archived == 0 {
            let settled = store.settle(&backup.account, &backup.destination, &outcomes, T0);
            let done = cut_off(steps, settled).await;
            let counts = store
                .counts(&backup.account, &backup, always())
                .await
                .unwrap();
            archived = counts.values().map(|it: &Count| it.archived).sum();
            assert!(
                archived == 600 || (archived == 0 && done.is_none()),
                "{archived} at {steps}"
            );
            steps += 1;
        }
        assert!(steps > 1, "it was never cut");
    })
    .await;
}
