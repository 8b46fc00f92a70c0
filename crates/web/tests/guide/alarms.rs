//! Alarms on GENERAL: for administrators, of their company and of the server.

use domain::alarm::{Alarm, AlarmKey, AlarmKind};
use domain::ports::Alarms;
use testkit::builders::account_id;

use crate::rig::{NOW, Rig};

fn alarm(account: Option<&str>, kind: AlarmKind) -> Alarm {
    Alarm {
        key: AlarmKey {
            account: account.map(account_id),
            kind,
            about: "x".to_owned(),
        },
        what: format!("<b>{}</b> happened.", kind.word()),
    }
}

#[tokio::test]
async fn an_administrator_is_shown_what_stands_and_nobody_else_is() {
    let rig = Rig::new().await;
    let admin = rig.browser("101", true).await;
    assert!(!admin.page("/").await.contains("id=\"alarms\""));
    for (account, kind) in [
        (Some("1"), AlarmKind::Silence),
        (None, AlarmKind::Stalled),
        (Some("2"), AlarmKind::Full),
    ] {
        let raised = rig.store.raise_alarm(&alarm(account, kind), &[], NOW).await;
        raised.unwrap();
    }
    let page = admin.page("/").await;
    for said in [
        "silence&#60;/b&#62; happened.",
        "scheduler-stalled",
        "No success for long",
        "RingCentral still has them for its retention time",
        "Look whether a server with the role all or worker runs",
        "Since 2016-06-16 18:00 UTC",
    ] {
        assert!(page.contains(said), "{said}: {page}");
    }
    assert!(!page.contains("destination-full"), "another company's");
    let user = rig.browser("102", false).await;
    assert!(!user.page("/").await.contains("happened"));
    for kind in [AlarmKind::Silence, AlarmKind::Stalled] {
        let account = (kind == AlarmKind::Silence).then_some("1");
        let cleared = rig.store.clear_alarm(&alarm(account, kind).key, NOW).await;
        assert!(cleared.unwrap());
    }
    assert!(!admin.page("/").await.contains("happened"));
}

#[tokio::test]
async fn every_kind_has_words_of_its_own() {
    let mut said = std::collections::BTreeSet::new();
    for kind in AlarmKind::ALL {
        use web::alarm_texts::{means, name, remedy};
        for words in [name(kind), means(kind), remedy(kind)] {
            assert!(words.len() > 10 && said.insert(words), "{words}");
        }
    }
}
