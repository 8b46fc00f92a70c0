//! The CSV files of the LOG.

use domain::ledger::Outcome;
use testkit::builders::{fax, recording};

use crate::log::{hour, kept, logged, open, settle};

#[tokio::test]
async fn the_filtered_log_as_csv_holds_every_page_of_it() {
    let (rig, backup) = logged(1).await;
    open(&rig, &backup, 1_203).await;
    settle(
        &rig,
        &backup,
        vec![kept(recording("r", hour(1).start_ms()))],
    )
    .await;
    let browser = rig.browser("101", false).await;
    let answer = browser
        .get("/log/csv?period=dates&from=1/1/2016&to=12/31/2016&show=10")
        .await;
    assert_eq!(
        answer.headers["content-type"],
        "text/csv; charset=utf-8; header=present"
    );
    assert_eq!(
        answer.headers["content-disposition"],
        "attachment; filename=\"task-log-2016-06-16.csv\""
    );
    let lines: Vec<&str> = answer.body.split("\r\n").collect();
    assert_eq!(
        lines[0],
        "\u{feff}From,To,Status,Job Start,Job End,Call Recording,Voice Mail,SMS,FAX"
    );
    assert_eq!(lines.len(), 1 + 1_203 + 1);
    assert_eq!(
        lines[1],
        "2016-06-16T13:00:00-04:00,2016-06-16T14:00:00-04:00,success,,,0,0,0,0"
    );
    let less = browser.get("/log/csv?less=1").await.body;
    assert_eq!(less.lines().count(), 2, "{less}");
}

#[tokio::test]
async fn the_items_of_a_row_as_csv_hold_cause_and_path() {
    let (rig, backup) = logged(1).await;
    let at = hour(0).start_ms();
    let gone = Outcome::Missing {
        cause: "it is gone, for good".to_owned(),
    };
    let mut what = vec![kept(recording("r", at)), (fax("f", at + 1), Some(gone))];
    what.extend((0..1_100).map(|n| kept(recording(&format!("n{n}"), at + 2))));
    settle(&rig, &backup, what).await;
    let browser = rig.browser("101", false).await;
    let row = format!("/log/row/csv?row={}-{}", at, hour(0).end_ms());
    let file = browser.get(&row).await.body;
    let lines: Vec<&str> = file.split("\r\n").collect();
    assert_eq!(lines.len(), 1 + 1_102 + 1);
    assert_eq!(
        lines[0],
        "\u{feff}Time,Type,Extension,Item,State,Cause,What to do,Path,Size"
    );
    assert!(lines[1].contains("recordings/r") && lines[1].contains("Archive/recordings r.bin"));
    assert!(
        lines[2].contains(",missing,\"it is gone, for good\","),
        "{}",
        lines[2]
    );
}
