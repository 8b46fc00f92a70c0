//! The LOG's filter by period, and its zones.

use axum::http::StatusCode;
use domain::ports::Tasks;
use domain::window::{DAY_MS, Window};

use crate::log::{logged, open};
use crate::rig::{NOW, cells};

/// The value of a field of the filter.
fn value(page: &str, id: &str) -> String {
    let tags = crate::html::tags(page).unwrap();
    let field = tags.iter().find(|it| it.get("id") == Some(id)).unwrap();
    field.get("value").unwrap().to_owned()
}

#[tokio::test]
async fn s_095_s_096_s_097_last_7_days_is_selected_at_first() {
    let (rig, backup) = logged(1).await;
    open(&rig, &backup, 10 * 24).await;
    let browser = rig.browser("101", false).await;
    let page = browser.page("/log?show=100").await;
    assert!(page.contains("value=\"week\" id=\"week\" checked"));
    assert!(page.contains("<label for=\"week\">Last 7 days</label>"));
    assert!(!page.contains("id=\"dates\" checked"));
    assert!(page.contains("<label for=\"from\">From:</label>"));
    assert!(page.contains("<label for=\"to\">To:</label>"));
    assert!(page.contains(">GO</button>"));
    let mut rows = 0;
    let file = browser.get("/log/csv").await.body;
    for line in file.lines().skip(1) {
        assert!(line >= "2016-06-09T14", "{line}");
        rows += 1;
    }
    assert_eq!(rows, 7 * 24);
}

#[tokio::test]
async fn s_099_s_100_both_pickers_start_at_todays_date() {
    let (rig, _) = logged(1).await;
    let page = rig.browser("101", false).await.page("/log").await;
    assert_eq!(value(&page, "from"), "6/16/2016");
    assert_eq!(value(&page, "to"), "6/16/2016");
    // Today is where the viewer is.
    let browser = rig.browser("101", false).await;
    let page = browser.page("/log?zone=Asia/Tokyo").await;
    assert_eq!(value(&page, "from"), "6/17/2016");
}

#[tokio::test]
async fn s_098_s_101_go_shows_only_that_period_and_one_day_is_whole() {
    let (rig, backup) = logged(1).await;
    open(&rig, &backup, 5 * 24).await;
    let browser = rig.browser("101", false).await;
    let rows = |page: &str| cells(page);
    let day = browser
        .page("/log?period=dates&from=6/14/2016&to=6/14/2016&show=50")
        .await;
    let shown = rows(&day);
    assert_eq!(shown.len(), 24);
    assert_eq!(shown[0][1], "15/6/2016 00:00:00");
    assert_eq!(shown[23][0], "14/6/2016 00:00:00");
    assert_eq!(value(&day, "from"), "6/14/2016");
    assert!(day.contains("id=\"dates\" checked"));
    let two = browser
        .page("/log?period=dates&from=2016-06-14&to=15.6.2016&show=100")
        .await;
    assert_eq!(rows(&two).len(), 48);
}

#[tokio::test]
async fn s_112_older_logs_stay_available() {
    let (rig, backup) = logged(1).await;
    let row = Window::hour_of(NOW - 200 * DAY_MS);
    rig.store
        .open_tasks(&rig.company.id, &backup.id, &[row])
        .await
        .unwrap();
    let browser = rig.browser("101", false).await;
    let page = browser
        .page("/log?period=dates&from=11/1/2015&to=12/31/2015")
        .await;
    assert_eq!(cells(&page).len(), 1);
}

#[tokio::test]
async fn every_row_belongs_to_exactly_one_day_in_every_zone() {
    let (rig, backup) = logged(1).await;
    open(&rig, &backup, 6 * 24).await;
    // A day of history, as long as a day of universal time.
    let day = NOW.div_euclid(DAY_MS) * DAY_MS - 8 * DAY_MS;
    let day = Window::from_ms(day, day + DAY_MS).unwrap();
    rig.store
        .open_tasks(&rig.company.id, &backup.id, &[day])
        .await
        .unwrap();
    let browser = rig.browser("101", false).await;
    for zone in ["UTC", "America/New_York", "Asia/Kolkata", "Asia/Kathmandu"] {
        let mut rows = Vec::new();
        for day in 6..18 {
            let period = format!("period=dates&from=6/{day}/2016&to=6/{day}/2016");
            let page = browser
                .page(&format!("/log?{period}&show=50&zone={zone}"))
                .await;
            rows.extend(
                cells(&page)
                    .into_iter()
                    .filter(|it| it.len() == 9)
                    .map(|it| it[..2].to_vec()),
            );
        }
        let all = rows.len();
        rows.sort_unstable();
        rows.dedup();
        assert_eq!((all, rows.len()), (6 * 24 + 1, 6 * 24 + 1), "{zone}");
    }
}

#[tokio::test]
async fn bad_dates_are_told_beside_their_field_and_kept() {
    let (rig, _) = logged(3).await;
    let browser = rig.browser("101", false).await;
    for (from, to, field, sentence) in [
        ("soon", "6/16/2016", "from", "This is not a date."),
        (
            "6/16/2016",
            "16/6/2016",
            "to",
            "The month comes first here. If you mean 6/16/2016, write that.",
        ),
        (
            "6/31/2016",
            "6/30/2016",
            "from",
            "There is no such day: 6/31/2016.",
        ),
        ("6/17/2016", "6/16/2016", "to", "To comes before From."),
        (
            "6/1/16",
            "6/16/2016",
            "from",
            "Write the year with four digits",
        ),
    ] {
        let answer = browser
            .get(&format!("/log?period=dates&from={from}&to={to}"))
            .await;
        assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY);
        crate::html::page(&answer.body);
        let beside = format!("id=\"{field}-wrong\" role=\"alert\">");
        let said = answer.body.split(&beside).nth(1).unwrap();
        assert!(
            said.split("</span>").next().unwrap().contains(sentence),
            "{said}"
        );
        assert_eq!(value(&answer.body, "from"), from);
        assert_eq!(value(&answer.body, "to"), to);
        let file = browser
            .get(&format!("/log/csv?period=dates&from={from}&to={to}"))
            .await;
        assert_eq!(file.status, StatusCode::BAD_REQUEST);
    }
}

#[tokio::test]
async fn who_types_dates_and_presses_go_means_them() {
    let (rig, backup) = logged(1).await;
    open(&rig, &backup, 48).await;
    let browser = rig.browser("101", false).await;
    let query = "period=week&from=6/15/2016&to=6/15/2016&was=6/16/2016%206/16/2016&show=50";
    let page = browser.page(&format!("/log?{query}")).await;
    assert_eq!(cells(&page).len(), 24);
    assert!(page.contains("id=\"dates\" checked"));
}

#[tokio::test]
async fn the_zone_is_shown_and_can_be_chosen() {
    let (rig, _) = logged(1).await;
    let browser = rig.browser("101", false).await;
    let page = browser.page("/log").await;
    assert!(page.contains("Times are in America/New_York (UTC-04:00)."));
    assert!(page.contains("selected>America/New_York (yours)</option>"));
    let page = browser.page("/log?zone=Asia/Kolkata").await;
    assert!(page.contains("Times are in Asia/Kolkata (UTC+05:30)."));
    assert_eq!(cells(&page)[0][0], "16/6/2016 22:30:00");
    assert!(page.contains("<option value=\"Asia/Kolkata\" selected>"));
    // One that does not exist is passed over, and the page says what it shows.
    let page = browser.page("/log?zone=Mars/Base").await;
    assert!(page.contains("Times are in America/New_York (UTC-04:00)."));
}
