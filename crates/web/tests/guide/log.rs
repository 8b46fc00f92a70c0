//! The LOG page: columns, order, statuses, pages, who sees what.

use axum::http::StatusCode;
use domain::connection::Backup;
use domain::item::Item;
use domain::ledger::{Outcome, Pending};
use domain::ports::{Connections, Ledger, Tasks};
use domain::task::Listing;
use domain::window::{HOUR_MS, Window};
use testkit::builders::{
    archived, bytes_of, failed, fax, noted, picture, ready, recording, sms, voicemail,
};

use crate::rig::{Browser, NO_CALLS, NOW, Rig, cells};

/// A company in which extension 101 has a Backup that ran for so many hours,
/// the newest of which ended at NOW.
pub(crate) async fn logged(hours: i64) -> (Rig, Backup) {
    let rig = Rig::new().await;
    let backup = switch_on(&rig, "101", false, "d").await;
    open(&rig, &backup, hours).await;
    (rig, backup)
}

/// Turns a Backup ON.
pub(crate) async fn switch_on(rig: &Rig, extension: &str, account: bool, dropbox: &str) -> Backup {
    rig.connect(extension, dropbox).await;
    let browser = rig.browser(extension, true).await;
    let view = if account { "account" } else { "extension" };
    let before = rig.backups().await;
    browser
        .does("/backup/switch", &[("view", view), ("enabled", "on")])
        .await;
    let mut after = rig.backups().await;
    after.retain(|it| !before.contains(it));
    after.remove(0)
}

/// Opens rows that were listed, the newest of which ends at NOW.
pub(crate) async fn open(rig: &Rig, backup: &Backup, hours: i64) {
    let span = Window::from_ms(NOW - hours * HOUR_MS, NOW).unwrap();
    let rows: Vec<Window> = span.hours().collect();
    let account = &rig.company.id;
    rig.store
        .open_tasks(account, &backup.id, &rows)
        .await
        .unwrap();
    rig.store
        .set_listing(account, backup, span, Listing::Done)
        .await
        .unwrap();
}

/// The hour that ended so many hours before NOW.
pub(crate) fn hour(ago: i64) -> Window {
    Window::from_ms(NOW - (ago + 1) * HOUR_MS, NOW - ago * HOUR_MS).unwrap()
}

/// Has items seen and settled.
pub(crate) async fn settle(rig: &Rig, backup: &Backup, what: Vec<(Item, Option<Outcome>)>) {
    let account = &rig.company.id;
    let seen: Vec<_> = what.iter().map(|(it, _)| noted(ready(it))).collect();
    rig.store
        .note(account, backup, &seen, NO_CALLS, NOW)
        .await
        .unwrap();
    let settled: Vec<_> = what
        .into_iter()
        .filter_map(|(item, outcome)| Some((item.id, outcome?)))
        .collect();
    rig.store
        .settle(account, &backup.destination, &settled, NOW)
        .await
        .unwrap();
}

/// That it was archived.
pub(crate) fn kept(item: Item) -> (Item, Option<Outcome>) {
    let path = format!("Archive/{}.bin", item.id.key().replace('/', " "));
    let outcome = archived(&path, &bytes_of(&item));
    (item, Some(outcome))
}

async fn browser(rig: &Rig) -> Browser<'_> {
    rig.browser("101", false).await
}

#[tokio::test]
async fn s_091_s_092_s_093_s_094_the_head_of_the_page() {
    let (rig, _) = logged(1).await;
    let page = browser(&rig).await.page("/log").await;
    let head = page.split("<h1 id=\"log\">Task Log</h1>").nth(1).unwrap();
    let (link, rest) = head.split_once("</a>").unwrap();
    assert!(link.ends_with(">SHOW LESS"), "{link}");
    assert!(
        rest.trim_start()
            .starts_with("<a class=\"icon\" href=\"/help#log\"")
    );
    assert!(page.contains("<legend>Show Log for:</legend>"));
}

#[tokio::test]
async fn s_105_the_columns_in_their_order_and_spelling() {
    let (rig, _) = logged(1).await;
    let page = browser(&rig).await.page("/log").await;
    let head = page
        .split("<thead>")
        .nth(1)
        .unwrap()
        .split("</thead>")
        .next()
        .unwrap();
    let columns: Vec<&str> = head
        .split("</th>")
        .filter_map(|it| it.rsplit('>').next())
        .filter(|it| !it.is_empty())
        .collect();
    assert_eq!(
        columns,
        [
            "From",
            "To",
            "Status",
            "Job Start",
            "Job End",
            "Call Recording",
            "Voice Mail",
            "SMS",
            "FAX"
        ]
    );
}

#[tokio::test]
async fn s_083_s_084_s_085_s_087_s_107_an_hour_without_data_as_in_figure_5() {
    let (rig, _) = logged(10).await;
    let page = browser(&rig).await.page("/log").await;
    let rows = cells(&page);
    assert_eq!(rows.len(), 10);
    let idle = ["success", "-", "-", "0", "0", "0", "0"];
    // S-082, S-106, S-108: whole hours, newest first, D/M/YYYY HH:MM:SS.
    assert_eq!(rows[0][..2], ["16/6/2016 13:00:00", "16/6/2016 14:00:00"]);
    assert_eq!(rows[9][..2], ["16/6/2016 04:00:00", "16/6/2016 05:00:00"]);
    for (newer, older) in rows.iter().zip(&rows[1..]) {
        assert_eq!(newer[0], older[1], "consecutive, without gap or overlap");
    }
    for row in rows {
        assert_eq!(row[2..], idle);
    }
}

#[tokio::test]
async fn s_086_a_task_that_archived_shows_its_real_start_and_end() {
    let (rig, backup) = logged(2).await;
    rig.clock.set(NOW + 90_000);
    let in_first = hour(1).start_ms() + 5;
    let account = &rig.company.id;
    let item = recording("r", in_first);
    rig.store
        .note(
            account,
            &backup,
            &[noted(ready(&item))],
            NO_CALLS,
            NOW + 30_000,
        )
        .await
        .unwrap();
    let (item, outcome) = kept(item);
    rig.store
        .settle(
            account,
            &backup.destination,
            &[(item.id, outcome.unwrap())],
            NOW + 90_000,
        )
        .await
        .unwrap();
    let rows = cells(&browser(&rig).await.page("/log").await);
    assert_eq!(rows[1][2], "success");
    assert!(rows[1][3].starts_with("16/6/2016 14:0"), "{:?}", rows[1]);
    assert_eq!(rows[1][4], "16/6/2016 14:01:30");
    assert_eq!(rows[1][5], "1");
    assert_eq!(rows[0][3..5], ["-", "-"]);
}

#[tokio::test]
async fn s_107_counts_are_recordings_and_messages_not_files() {
    let (rig, backup) = logged(1).await;
    let at = hour(0).start_ms() + 1;
    let mut what = vec![
        kept(recording("r1", at)),
        kept(recording("r2", at)),
        kept(voicemail("v", at)),
        kept(fax("f", at)),
        kept(sms("s1", at)),
    ];
    what.extend(["1", "2", "3"].map(|part| kept(picture("s1", part, at))));
    settle(&rig, &backup, what).await;
    let rows = cells(&browser(&rig).await.page("/log").await);
    assert_eq!(rows[0][5..], ["2", "1", "1", "1"]);

    // A picture that is not there yet: the message is not archived.
    let late = picture("s1", "4", at);
    settle(&rig, &backup, vec![(late, None)]).await;
    let rows = cells(&browser(&rig).await.page("/log").await);
    assert_eq!(rows[0][5..], ["2", "1", "0", "1"]);
    assert_eq!(rows[0][2], "pending");
}

#[tokio::test]
async fn s_088_what_went_wrong_has_another_status() {
    let (rig, backup) = logged(4).await;
    let at = |ago| hour(ago).start_ms() + 1;
    let gone = Outcome::Missing {
        cause: "it is gone".to_owned(),
    };
    let waits = failed(Pending::Failed, NOW + HOUR_MS);
    settle(
        &rig,
        &backup,
        vec![
            (recording("p", at(0)), Some(waits)),
            (recording("m", at(1)), Some(gone)),
            kept(recording("s", at(3))),
        ],
    )
    .await;
    // What was wholly listed once stays so; a new row fails.
    let older = hour(4);
    let (account, id) = (&rig.company.id, &backup.id);
    rig.store.open_tasks(account, id, &[older]).await.unwrap();
    rig.store
        .set_listing(account, &backup, older, Listing::Failed)
        .await
        .unwrap();
    let rows = cells(&browser(&rig).await.page("/log").await);
    let statuses: Vec<&str> = rows.iter().map(|it| it[2].as_str()).collect();
    assert_eq!(
        statuses,
        ["pending", "incomplete", "success", "success", "failed"]
    );
}

#[tokio::test]
async fn s_102_show_less_shows_only_rows_with_data() {
    let (rig, backup) = logged(30).await;
    let at = |ago| hour(ago).start_ms() + 1;
    let gone = Outcome::Missing {
        cause: "it is gone".to_owned(),
    };
    settle(
        &rig,
        &backup,
        vec![
            kept(recording("a", at(2))),
            kept(sms("b", at(28))),
            // And never hides a problem.
            (fax("c", at(5)), Some(gone)),
        ],
    )
    .await;
    let page = browser(&rig).await.page("/log?less=1").await;
    let ends: Vec<String> = cells(&page).into_iter().map(|it| it[1].clone()).collect();
    assert_eq!(
        ends,
        [
            "16/6/2016 12:00:00",
            "16/6/2016 09:00:00",
            "15/6/2016 10:00:00"
        ]
    );
}

#[tokio::test]
async fn s_103_s_104_the_link_turns_around_and_keeps_the_period() {
    let (rig, _) = logged(3).await;
    let browser = browser(&rig).await;
    let period = "period=dates&from=6%2F15%2F2016&to=6%2F17%2F2016";
    let link = |page: &str, words: &str| -> String {
        let before = page.split(&format!(">{words}</a>")).next().unwrap();
        let href = before.rsplit("href=\"").next().unwrap();
        href.split('"').next().unwrap().replace("&#38;", "&")
    };
    let page = browser
        .page(&format!("/log?{period}&show=10&zone=Asia%2FTokyo"))
        .await;
    assert!(!page.contains(">SHOW MORE</a>"));
    let less = link(&page, "SHOW LESS");
    for kept in [period, "less=1", "show=10", "zone=Asia%2FTokyo"] {
        assert!(less.contains(kept), "{less}");
    }
    let page = browser.page(&less).await;
    assert!(!page.contains(">SHOW LESS</a>"));
    assert!(page.contains("No task in this period archived data or has a problem."));
    let more = link(&page, "SHOW MORE");
    assert!(more.contains(period) && !more.contains("less"), "{more}");
    assert_eq!(cells(&browser.page(&more).await).len(), 3);
}

#[tokio::test]
async fn s_109_show_25_is_the_default_page_size() {
    let (rig, _) = logged(60).await;
    let browser = browser(&rig).await;
    let page = browser.page("/log").await;
    assert_eq!(cells(&page).len(), 25);
    let bottom = page.split("class=\"pager\"").nth(1).unwrap();
    let control = bottom.split("</select>").next().unwrap();
    assert!(control.contains("<label for=\"show\">Show</label>"));
    for size in ["10", "50", "100"] {
        assert!(control.contains(&format!("<option>{size}</option>")));
    }
    assert!(control.contains("<option selected>25</option>"));
    for (size, rows) in [("10", 10), ("50", 50), ("100", 60), ("1000000", 25)] {
        let page = browser.page(&format!("/log?show={size}")).await;
        assert_eq!(cells(&page).len(), rows, "{size}");
    }
}

#[tokio::test]
async fn s_110_the_arrows_turn_the_pages_both_ways() {
    let (rig, _) = logged(60).await;
    let browser = browser(&rig).await;
    let arrow = |page: &str, rel: &str| -> Option<String> {
        let before = page.split(&format!("\" rel=\"{rel}\"")).next()?;
        (before.len() < page.len())
            .then(|| before.rsplit('"').next().unwrap().replace("&#38;", "&"))
    };
    let mut pages = vec![browser.page("/log").await];
    assert_eq!(arrow(&pages[0], "prev"), None);
    while let Some(next) = arrow(pages.last().unwrap(), "next") {
        pages.push(browser.page(&next).await);
    }
    let rows: Vec<_> = pages.iter().flat_map(|it| cells(it)).collect();
    assert_eq!((pages.len(), rows.len()), (3, 60));
    for (newer, older) in rows.iter().zip(&rows[1..]) {
        assert_eq!(newer[0], older[1], "no row twice, none left out");
    }
    let back = browser.page(&arrow(&pages[2], "prev").unwrap()).await;
    assert_eq!(cells(&back), cells(&pages[1]));
    let first = browser.page(&arrow(&back, "prev").unwrap()).await;
    assert_eq!(cells(&first), cells(&pages[0]));
    assert_eq!(arrow(&first, "prev"), None);
}

#[tokio::test]
async fn s_111_everybody_sees_their_own_tasks_and_admins_the_accounts() {
    let rig = Rig::new().await;
    let own = switch_on(&rig, "101", false, "d").await;
    let account = switch_on(&rig, "101", true, "d").await;
    let other = switch_on(&rig, "102", false, "e").await;
    for (backup, hours) in [(&own, 1), (&account, 2), (&other, 3)] {
        open(&rig, backup, hours).await;
    }
    let admin = rig.browser("101", true).await;
    assert_eq!(cells(&admin.page("/log").await).len(), 1);
    assert_eq!(cells(&admin.page("/log?view=account").await).len(), 2);
    let user = rig.browser("102", false).await;
    let page = user.page("/log").await;
    assert_eq!(cells(&page).len(), 3);
    assert!(!page.contains("view=account"));
    // A third admin, who never connected anything, sees the account's too.
    let third = rig.browser("103", true).await;
    assert_eq!(cells(&third.page("/log?view=account").await).len(), 2);
    // Whoever names another's destination is told that there is none.
    for at in ["e", "nowhere"] {
        let answer = admin.get(&format!("/log?at={at}")).await;
        assert_eq!(answer.status, StatusCode::NOT_FOUND, "{at}");
    }
}

#[tokio::test]
async fn a_log_stays_in_sight_after_disconnecting_and_moving_to_another_dropbox() {
    let (rig, _) = logged(2).await;
    let connection = rig.connect("101", "d").await;
    rig.store
        .disconnect(&rig.company.id, &connection.id, NOW)
        .await
        .unwrap();
    let browser = browser(&rig).await;
    assert_eq!(cells(&browser.page("/log").await).len(), 2);
    let second = switch_on(&rig, "101", false, "e").await;
    open(&rig, &second, 5).await;
    let page = browser.page("/log").await;
    assert_eq!(cells(&page).len(), 5);
    assert!(page.contains("Archived to d@example.com"));
    assert_eq!(cells(&browser.page("/log?at=d").await).len(), 2);
}

#[tokio::test]
async fn before_anything_was_turned_on_the_page_says_what_to_do() {
    let rig = Rig::new().await;
    let browser = browser(&rig).await;
    let page = browser.page("/log").await;
    assert!(page.contains("No task has been logged yet."));
    let part = browser.get("/log/rows").await;
    assert_eq!(part.headers["x-archiver-part"], "1");
    let file = browser.get("/log/csv").await;
    assert_eq!(file.body.lines().count(), 1);
}

#[tokio::test]
async fn running_rows_are_marked_and_the_part_renews_them() {
    let (rig, backup) = logged(1).await;
    let now = Window::hour_of(NOW);
    let (account, id) = (&rig.company.id, &backup.id);
    rig.store.open_tasks(account, id, &[now]).await.unwrap();
    rig.store
        .set_listing(account, &backup, now, Listing::Running)
        .await
        .unwrap();
    let browser = browser(&rig).await;
    let page = browser.page("/log?show=10").await;
    assert_eq!(cells(&page)[0][2], "running");
    let live = page.split("data-live=\"").nth(1).unwrap();
    let live = live.split('"').next().unwrap().replace("&#38;", "&");
    assert!(live.starts_with("/log/rows?") && live.contains("show=10"));
    let part = browser.get(&live).await;
    assert_eq!(part.headers["x-archiver-part"], "1");
    crate::html::tags(&part.body).unwrap();
    assert_eq!(part.body.matches("data-running").count(), 1);
    let body = page.split("<tbody").nth(1).unwrap();
    let body = body.split_once('>').unwrap().1;
    assert!(body.trim_start().starts_with(part.body.trim()));
}
