//! What is around every page.

use axum::http::StatusCode;

use crate::rig::Rig;

const PAGES: [&str; 6] = [
    "/",
    "/backup",
    "/backup?view=account",
    "/log",
    "/log?view=account",
    "/help",
];

#[tokio::test]
async fn s_001_the_header_is_the_logo_slot_followed_by_archiver() {
    let rig = Rig::new().await;
    let browser = rig.browser("101", true).await;
    for path in PAGES {
        let page = browser.page(path).await;
        let brand =
            "<span class=\"slot\">RingCentral</span> <span class=\"product\">Archiver</span>";
        assert!(page.contains(brand), "{path}");
    }
}

#[tokio::test]
async fn s_011_logout_is_in_the_header_of_every_page() {
    let rig = Rig::new().await;
    let browser = rig.browser("101", true).await;
    for path in PAGES {
        let page = browser.page(path).await;
        let header = page.split("</header>").next().unwrap();
        assert!(header.contains("action=\"/logout\""), "{path}");
        assert!(header.contains(">LOGOUT</button>"), "{path}");
    }
}

#[tokio::test]
async fn s_020_the_tabs_are_general_backup_log_in_this_order() {
    let rig = Rig::new().await;
    let browser = rig.browser("101", false).await;
    for (path, current) in [("/", "GENERAL"), ("/backup", "BACKUP"), ("/log", "LOG")] {
        let page = browser.page(path).await;
        let nav = page.split("<nav").nth(1).unwrap();
        let nav = nav.split("</nav>").next().unwrap();
        let tabs: Vec<&str> = nav
            .split("</a>")
            .filter_map(|it| it.rsplit('>').next())
            .filter(|it| !it.trim().is_empty())
            .collect();
        assert_eq!(
            tabs,
            ["GENERAL", "BACKUP", "LOG", "ARCHIVE", "COVERAGE"],
            "{path}"
        );
        // S-090: the open one is highlighted.
        let marked = nav.split("aria-current=\"page\">").nth(1).unwrap();
        assert!(marked.starts_with(current), "{path}");
    }
}

#[tokio::test]
async fn s_120_no_page_needs_script_and_there_is_one_small_one() {
    let rig = Rig::new().await;
    let browser = rig.browser("101", true).await;
    for path in ["/archiver.js", "/player.js"] {
        let script = browser.get(path).await;
        assert_eq!(script.status, StatusCode::OK);
        assert!(script.body.len() < 4_000, "{}", script.body.len());
        for modern in ["=>", "`", "let ", "const ", "fetch(", "eval("] {
            assert!(!script.body.contains(modern), "{path}: {modern}");
        }
    }
    for path in PAGES {
        let tags = crate::html::page(&browser.get(path).await.body);
        let scripts: Vec<_> = tags.iter().filter(|it| it.name == "script").collect();
        assert_eq!(scripts.len(), 1);
        assert_eq!(scripts[0].get("src"), Some("/archiver.js"));
        let buttons = tags.iter().filter(|it| it.name == "button");
        assert!(
            buttons
                .into_iter()
                .all(|it| it.get("type") == Some("submit"))
        );
    }
}

#[tokio::test]
async fn s_120_the_style_sheet_leaves_out_what_old_browsers_lack() {
    let rig = Rig::new().await;
    let browser = rig.browser("101", true).await;
    let style = browser.get("/style.css").await.body;
    for modern in [
        "var(", "grid", "flex", ":has", ":is(", ":where", "gap:", "@layer", "@import",
    ] {
        assert!(
            !style.split("*/").nth(1).unwrap().contains(modern),
            "{modern}"
        );
    }
    assert!(style.contains("prefers-color-scheme: dark"));
    assert_eq!(style.matches('{').count(), style.matches('}').count());
}

#[tokio::test]
async fn who_is_not_signed_in_gets_no_page_but_help() {
    let rig = Rig::new().await;
    let browser = rig.browser("101", true).await;
    browser.does_log_out().await;
    for path in &PAGES[..5] {
        let answer = browser.get(path).await;
        assert_eq!(answer.status, StatusCode::SEE_OTHER, "{path}");
        assert_eq!(answer.headers["location"], "/sign-in");
    }
    browser.page("/help").await;
    for part in ["/log/rows", "/backup/plan"] {
        let answer = browser.get(part).await;
        assert!(!answer.headers.contains_key("x-archiver-part"), "{part}");
    }
}
