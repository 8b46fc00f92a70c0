//! The help page.

use crate::rig::Rig;

async fn help() -> String {
    let rig = Rig::new().await;
    let browser = rig.browser("101", false).await;
    browser.page("/help").await
}

#[tokio::test]
async fn s_004_help_explains_dropbox_in_the_guides_points() {
    let help = help().await;
    for point in [
        "synchronization and sharing along with personal storage",
        "files deleted from the Dropbox folder may be recovered from any of the synced computers",
        "several users to edit and re-post files without overwriting versions",
        "by default kept for 30 days",
        "12-month recovery option available for purchase",
    ] {
        assert!(help.contains(point), "{point}");
    }
}

#[tokio::test]
async fn s_005_a_link_leads_to_more_about_dropbox() {
    let help = help().await;
    assert!(help.contains("href=\"https://www.dropbox.com/features\""));
    assert!(help.contains(">Learn more about Dropbox</a>"));
}

#[tokio::test]
async fn s_007_help_covers_what_the_guide_covers() {
    let help = help().await;
    for heading in [
        "Dropbox Integration",
        "Installation and Operation",
        "Connection between RingCentral and Dropbox accounts",
        "CONNECT and DISCONNECT buttons",
        "Backup RingCentral data to Dropbox",
        "Admin View",
        "Extension View",
        "Backup job logs",
        "System Requirements",
    ] {
        assert!(help.contains(&format!("{heading}</h2>")), "{heading}");
        assert!(help.contains(&format!("\">{heading}</a>")), "{heading}");
    }
}

#[tokio::test]
async fn s_008_help_says_who_it_is_for() {
    assert!(help().await.contains("This help is for users of Archiver"));
}

#[tokio::test]
async fn s_009_use_means_acceptance_of_terms_and_privacy_policy() {
    let rig = Rig::new().await;
    let browser = rig.browser("101", false).await;
    for path in ["/help", "/log", "/backup", "/"] {
        let page = browser.page(path).await;
        let footer = page.split("<footer").nth(1).unwrap();
        assert!(footer.contains("you acknowledge that you have read and agree"));
        assert!(footer.contains("href=\"https://www.ringcentral.com/legal/eulatos.html\""));
        assert!(footer.contains("href=\"https://www.ringcentral.com/legal/privacy-policy.html\""));
    }
}

#[tokio::test]
async fn s_088_every_status_is_documented() {
    let help = help().await;
    for status in ["success", "running", "pending", "incomplete", "failed"] {
        let term = format!("<dt><span class=\"status {status}\">{status}</span></dt><dd>");
        let meaning = help.split(&term).nth(1).unwrap();
        assert!(meaning.find("</dd>").unwrap() > 20, "{status}");
    }
    assert!(help.contains("id=\"log\""), "where the help icon leads");
}
