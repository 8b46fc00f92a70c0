//! The BACKUP page.

use axum::http::StatusCode;
use domain::connection::{Connection, Scope};
use domain::data_type::{DataType, DataTypes};
use domain::grant::Provider;
use domain::headway::{Headway, Sample, Trail};
use domain::item::Standing;
use domain::ledger::Pending;
use domain::ports::{Audit, AuditAsk, Connections, Journal, Ledger, Overview, Tasks};
use domain::retention::Retention;
use domain::schedule::HORIZON_MS;
use domain::window::{DAY_MS, HOUR_MS, Window};
use testkit::builders::{archived, failed, noted, ready, recording, sighting};

use crate::html::tags;
use crate::rig::{NO_CALLS, NOW, Rig};

/// NOW is 18:00:00Z sharp; this is in the middle of that hour.
const MID: i64 = NOW + 25 * 60_000;
/// 90 days before, where its day begins.
const OLDEST: i64 = (NOW - HORIZON_MS).div_euclid(DAY_MS) * DAY_MS;
const ON: &[(&str, &str)] = &[("enabled", "on"), ("history", "yes")];
const OFF: &[(&str, &str)] = &[("enabled", "off")];
const ACCOUNT: (&str, &str) = ("view", "account");

/// Label, ticked and usable of each type's box.
fn boxes(page: &str) -> Vec<(String, bool, bool)> {
    page.split("name=\"type\"")
        .skip(1)
        .map(|it| {
            let (tag, rest) = it.split_once('>').unwrap();
            let label = rest.split('<').next().unwrap().trim().to_owned();
            (label, tag.contains(" checked"), !tag.contains(" disabled"))
        })
        .collect()
}

fn labels(page: &str) -> Vec<String> {
    boxes(page).into_iter().map(|(label, ..)| label).collect()
}

fn is_on(page: &str) -> bool {
    let tags = tags(page).unwrap();
    let switch = tags.iter().find(|it| it.get("role") == Some("switch"));
    switch.unwrap().get("aria-checked") == Some("true")
}

#[tokio::test]
async fn s_040_backup_shows_a_toggle_labelled_enable_backup() {
    let rig = Rig::new().await;
    let page = rig.browser("101", false).await.page("/backup").await;
    let button = page.split("role=\"switch\"").nth(1).unwrap();
    assert!(
        button
            .split("</button>")
            .next()
            .unwrap()
            .contains("Enable backup")
    );
}

#[tokio::test]
async fn s_041_the_toggle_is_usable_only_when_connected() {
    let rig = Rig::new().await;
    let browser = rig.browser("101", false).await;
    let page = browser.page("/backup").await;
    let button = page.split("role=\"switch\"").nth(1).unwrap();
    assert!(button.split('>').next().unwrap().ends_with(" disabled"));
    assert!(page.contains("Backup can be turned on once RingCentral is connected to Dropbox."));

    // Who sends the form all the same is told why nothing happened.
    let page = browser.does("/backup/switch", ON).await;
    assert!(page.contains("class=\"notice bad\""), "{page}");
    assert!(rig.backups().await.is_empty());

    rig.connect("101", "d").await;
    let page = browser.page("/backup").await;
    let button = page.split("role=\"switch\"").nth(1).unwrap();
    assert!(!button.split('>').next().unwrap().contains("disabled"));
}

#[tokio::test]
async fn s_042_the_default_is_off() {
    let rig = Rig::new().await;
    rig.connect("101", "d").await;
    let browser = rig.browser("101", true).await;
    for path in ["/backup", "/backup?view=account"] {
        assert!(!is_on(&browser.page(path).await), "{path}");
    }
    assert!(rig.backups().await.is_empty());
}

#[tokio::test]
async fn s_043_the_toggle_turns_backup_on_and_off() {
    let rig = Rig::new().await;
    rig.connect("101", "d").await;
    rig.clock.set(MID);
    let browser = rig.browser("101", false).await;
    let page = browser.does("/backup/switch", ON).await;
    assert!(is_on(&page) && page.contains("Backup is on."));
    let backup = rig.backup().await;
    assert!(backup.enabled);
    assert_eq!(backup.id.as_str(), "1/101/own/d");
    assert_eq!(backup.scope, Scope::Extension("101".into_extension()));
    let timetable = rig.timetable(&backup.id).await;
    assert_eq!(timetable.since_ms, Some(NOW), "the whole hour it lies in");
    assert_eq!(timetable.back_fill(), Window::from_ms(OLDEST, NOW));
    assert!(rig.is_due().await);

    let page = browser.does("/backup/switch", OFF).await;
    assert!(!is_on(&page) && page.contains("Backup is off."));
    assert!(!rig.backup().await.enabled);
    assert!(!rig.is_due().await, "S-045: while OFF no task runs");
}

/// Ids are made of words in these tests.
trait IntoExtension {
    fn into_extension(self) -> domain::account::ExtensionId;
}

impl IntoExtension for &str {
    fn into_extension(self) -> domain::account::ExtensionId {
        domain::account::ExtensionId::new(self)
    }
}

#[tokio::test]
async fn back_fill_is_a_choice_that_is_on_by_default() {
    let rig = Rig::new().await;
    rig.connect("101", "d").await;
    let browser = rig.browser("101", false).await;
    let page = browser.page("/backup").await;
    assert!(page.contains(
        "name=\"history\" value=\"yes\" checked> Also archive everything RingCentral still holds"
    ));
    browser.does("/backup/switch", &[("enabled", "on")]).await;
    let id = rig.backup().await.id;
    assert_eq!(rig.timetable(&id).await.history, None);
    assert!(
        browser
            .page("/backup")
            .await
            .contains("<dd>left alone</dd>")
    );

    let page = browser.does("/backup/past", &[("wanted", "yes")]).await;
    assert!(page.contains("still to be looked through"));
    let all = Window::from_ms(OLDEST, NOW);
    assert_eq!(rig.timetable(&id).await.back_fill(), all);
    let page = browser.does("/backup/past", &[("wanted", "no")]).await;
    assert!(page.contains("<dd>left alone</dd>"));
    assert_eq!(rig.timetable(&id).await.history, None);
}

#[tokio::test]
async fn turned_on_again_the_span_that_was_off_is_history() {
    let rig = Rig::new().await;
    rig.connect("101", "d").await;
    let browser = rig.browser("101", false).await;
    browser.does("/backup/switch", ON).await;
    let id = rig.backup().await.id;
    let done = domain::timetable::Timetable {
        history: None,
        weekly_ms: Some(NOW),
        ..rig.timetable(&id).await
    };
    rig.set_timetable(&id, &done).await;
    browser.does("/backup/switch", OFF).await;
    rig.clock.set(NOW + 10 * HOUR_MS);
    let browser = rig.browser("101", false).await;
    browser.does("/backup/switch", ON).await;
    let timetable = rig.timetable(&id).await;
    assert_eq!(timetable.since_ms, Some(NOW + 10 * HOUR_MS));
    let history = timetable.back_fill().unwrap();
    assert_eq!(history.end_ms(), NOW + 10 * HOUR_MS);
    assert!(history.contains_ms(NOW) && history.start_ms() > OLDEST);
}

#[tokio::test]
async fn s_044_types_can_be_selected_only_while_on() {
    let rig = Rig::new().await;
    rig.connect("101", "d").await;
    let browser = rig.browser("101", false).await;
    assert!(boxes(&browser.page("/backup").await).is_empty());
    let page = browser.does("/backup/types", &[("type", "sms")]).await;
    assert!(page.contains("Turn Enable backup on first"));
    assert!(rig.backups().await.is_empty());
    let page = browser.does("/backup/switch", ON).await;
    assert_eq!(boxes(&page).len(), 4);
}

#[tokio::test]
async fn s_046_the_state_survives_in_a_new_browser() {
    let rig = Rig::new().await;
    rig.connect("101", "d").await;
    let browser = rig.browser("101", false).await;
    browser.does("/backup/switch", ON).await;
    browser
        .does("/backup/types", &[("type", "sms"), ("type", "fax")])
        .await;
    let page = rig.browser("101", false).await.page("/backup").await;
    assert!(is_on(&page));
    let ticked: Vec<bool> = boxes(&page).into_iter().map(|(_, it, _)| it).collect();
    assert_eq!(ticked, [false, false, true, true]);
}

#[tokio::test]
async fn s_047_s_050_s_051_s_059_only_admins_switch_to_account_settings() {
    let rig = Rig::new().await;
    let user = rig.browser("102", false).await.page("/backup").await;
    assert!(!user.contains("Account Settings"));
    let admin = rig.browser("101", true).await;
    let own = admin.page("/backup").await;
    assert!(own.contains("<a href=\"/backup?view=account\">Account Settings</a>"));
    assert!(own.contains("aria-current=\"true\">My Extension</a>"));
    let account = admin.page("/backup?view=account").await;
    assert!(account.contains("aria-current=\"true\">Account Settings</a>"));
    assert_ne!(own, account);
}

#[tokio::test]
async fn s_052_a_direct_request_by_a_user_is_refused() {
    let rig = Rig::new().await;
    rig.connect("101", "d").await;
    rig.connect("102", "e").await;
    let admin = rig.browser("101", true).await;
    admin.does("/backup/switch", &[ON[0], ON[1], ACCOUNT]).await;
    let before = rig.backup().await;
    let user = rig.browser("102", false).await;
    for path in [
        "/backup?view=account",
        "/backup/plan?view=account",
        "/backup/take-over",
        "/log?view=account",
        "/log/rows?view=account",
        "/log/csv?view=account",
        "/log/row?view=account&row=0-1",
    ] {
        let answer = user.get(path).await;
        assert_eq!(answer.status, StatusCode::FORBIDDEN, "{path}");
        assert!(
            answer.body.to_lowercase().contains("administrators"),
            "{path}"
        );
    }
    for path in [
        "/backup/switch",
        "/backup/types",
        "/backup/past",
        "/backup/history",
        "/backup/now",
        "/backup/take-over",
        "/log/retry",
    ] {
        let fields = [ACCOUNT, ("enabled", "off"), ("type", "fax"), ("all", "1")];
        let answer = user.post(path, &fields).await;
        assert_eq!(answer.status, StatusCode::FORBIDDEN, "{path}");
    }
    assert_eq!(rig.backup().await, before);
}

#[tokio::test]
async fn s_053_s_054_call_recordings_are_the_only_choice_and_ticked() {
    let rig = Rig::new().await;
    rig.connect("101", "d").await;
    let admin = rig.browser("101", true).await;
    let page = admin.does("/backup/switch", &[ON[0], ON[1], ACCOUNT]).await;
    let backup = rig.backup().await;
    assert_eq!(backup.id.as_str(), "1/account/d");
    assert_eq!(backup.scope, Scope::Account);
    assert_eq!(backup.types, DataTypes::from([DataType::CallRecording]));
    let (choice, also) = page.split_once("Also for all extensions").unwrap();
    assert_eq!(boxes(choice), [("Call Recordings".to_owned(), true, true)]);
    let off = |label: &str| (label.to_owned(), false, true);
    assert_eq!(boxes(also), [off("Voice Mails"), off("SMS"), off("Fax")]);
}

#[tokio::test]
async fn messages_of_all_extensions_can_be_added_as_far_as_ringcentral_permits() {
    let rig = Rig::new().await;
    rig.connect("101", "d").await;
    *rig.refuses.lock().unwrap() = vec![DataType::Sms];
    let admin = rig.browser("101", true).await;
    let page = admin.does("/backup/switch", &[ON[0], ON[1], ACCOUNT]).await;
    assert!(page.contains("the permission ReadExtensions is missing. Ask your administrator"));
    let usable: Vec<bool> = boxes(&page).into_iter().map(|(.., it)| it).collect();
    assert_eq!(usable, [true, true, false, true]);

    let add = |word| [ACCOUNT, ("type", "recordings"), ("type", word)];
    let answer = admin.post("/backup/types", &add("sms")).await;
    assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(answer.body.contains("Nothing was changed."));
    assert_eq!(rig.backup().await.types.len(), 1);

    admin.does("/backup/types", &add("fax")).await;
    let both = DataTypes::from([DataType::CallRecording, DataType::Fax]);
    assert_eq!(rig.backup().await.types, both);
}

#[tokio::test]
async fn what_was_turned_off_while_ringcentral_was_asked_stays_off() {
    let rig = Rig::new().await;
    rig.connect("101", "d").await;
    let admin = rig.browser("101", true).await;
    admin.does("/backup/switch", &[ON[0], ON[1], ACCOUNT]).await;
    let off = domain::switch::off(&rig.backup().await);
    rig.meanwhile.lock().unwrap().push(off.clone());
    let add = [ACCOUNT, ("type", "recordings"), ("type", "fax")];
    let answer = admin.post("/backup/types", &add).await;
    assert_eq!(answer.status, StatusCode::SEE_OTHER);
    assert_eq!(rig.backup().await, off);
    let page = admin.page("/backup?view=account").await;
    assert!(page.contains("Turn Enable backup on first"), "{page}");
}

#[tokio::test]
async fn a_type_that_is_no_longer_permitted_can_still_be_unticked() {
    let rig = Rig::new().await;
    rig.connect("101", "d").await;
    let admin = rig.browser("101", true).await;
    admin.does("/backup/switch", &[ON[0], ON[1], ACCOUNT]).await;
    let all = [ACCOUNT, ("type", "recordings"), ("type", "sms")];
    admin.does("/backup/types", &all).await;
    *rig.refuses.lock().unwrap() = vec![DataType::Sms];
    let page = admin.page("/backup?view=account").await;
    let sms = boxes(&page).into_iter().find(|(it, ..)| it == "SMS");
    assert_eq!(sms, Some(("SMS".to_owned(), true, true)));
    admin.does("/backup/types", &all[..2]).await;
    assert_eq!(rig.backup().await.types.len(), 1);
}

#[tokio::test]
async fn s_060_s_071_settings_of_one_affect_nobody_else() {
    let rig = Rig::new().await;
    for (extension, dropbox) in [("101", "d"), ("102", "e"), ("103", "d")] {
        rig.connect(extension, dropbox).await;
    }
    rig.browser("102", false)
        .await
        .does("/backup/switch", ON)
        .await;
    rig.browser("103", false)
        .await
        .does("/backup/switch", ON)
        .await;
    let before = rig.backups().await;
    let admin = rig.browser("101", true).await;
    for view in ["account", "extension"] {
        let view = ("view", view);
        admin
            .does("/backup/switch", &[view, ("enabled", "on")])
            .await;
        admin
            .does("/backup/types", &[view, ("type", "recordings")])
            .await;
        admin.does("/backup/switch", &[view, OFF[0]]).await;
    }
    let after = rig.backups().await;
    assert_eq!(after.len(), 4);
    for backup in before {
        assert!(after.contains(&backup), "{backup:?}");
    }
}

#[tokio::test]
async fn s_070_s_074_a_user_selects_any_combination_by_the_guides_labels() {
    let rig = Rig::new().await;
    rig.connect("101", "d").await;
    let browser = rig.browser("101", false).await;
    let page = browser.does("/backup/switch", ON).await;
    let all = ["Call Recordings", "Voice Mails", "SMS", "Fax"];
    assert_eq!(labels(&page), all);
    assert!(boxes(&page).iter().all(|(_, ticked, _)| *ticked));
    for combination in 1..16_u8 {
        let chosen: Vec<DataType> = DataType::ALL
            .into_iter()
            .enumerate()
            .filter(|(at, _)| combination & (1 << at) != 0)
            .map(|(_, it)| it)
            .collect();
        let fields: Vec<_> = chosen.iter().map(|it| ("type", it.word())).collect();
        browser.does("/backup/types", &fields).await;
        assert!(rig.backup().await.types.into_iter().eq(chosen));
    }
}

#[tokio::test]
async fn a_selection_of_nothing_is_refused_beside_the_boxes_and_kept() {
    let rig = Rig::new().await;
    rig.connect("101", "d").await;
    let browser = rig.browser("101", false).await;
    browser.does("/backup/switch", ON).await;
    let answer = browser.post("/backup/types", &[]).await;
    assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY);
    crate::html::page(&answer.body);
    assert!(answer.body.contains("Tick at least one type of data"));
    assert!(boxes(&answer.body).iter().all(|(_, ticked, _)| !ticked));
    assert_eq!(rig.backup().await.types.len(), 4);

    let answer = browser.post("/backup/types", &[("type", "pager")]).await;
    assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert_eq!(rig.backup().await.types.len(), 4);
}

#[tokio::test]
async fn a_type_ticked_later_brings_its_past_under_the_same_choice() {
    let rig = Rig::new().await;
    rig.connect("101", "d").await;
    let browser = rig.browser("101", false).await;
    browser.does("/backup/switch", &[("enabled", "on")]).await;
    browser.does("/backup/types", &[("type", "sms")]).await;
    let id = rig.backup().await.id;
    let more = [("type", "sms"), ("type", "fax")];
    let page = browser.does("/backup/types", &more).await;
    assert_eq!(rig.timetable(&id).await.history, None);
    assert!(!page.contains("What is newly ticked is archived from the past"));

    let page = browser.does("/backup/past", &[("wanted", "yes")]).await;
    assert!(page.contains("What is newly ticked is archived from the past"));
    rig.clock.set(NOW + HOUR_MS);
    let fields = [("type", "sms"), ("type", "voicemail")];
    browser.does("/backup/types", &fields).await;
    let history = rig.timetable(&id).await.back_fill().unwrap();
    assert_eq!(history.end_ms(), NOW + HOUR_MS, "up to now");
    assert!(rig.is_due().await);
}

#[tokio::test]
async fn another_admin_sees_the_accounts_backup_and_can_take_it_over() {
    let rig = Rig::new().await;
    rig.connect("101", "d").await;
    let first = rig.browser("101", true).await;
    first.does("/backup/switch", &[ON[0], ON[1], ACCOUNT]).await;
    first
        .does(
            "/backup/types",
            &[ACCOUNT, ("type", "recordings"), ("type", "fax")],
        )
        .await;

    let second = rig.browser("102", true).await;
    let page = second.page("/backup?view=account").await;
    assert!(page.contains("Person 101 runs the account&#39;s backup; it goes to d@example.com"));
    assert!(boxes(&page).is_empty() && !page.contains("role=\"switch\""));
    // Not connected: first things first.
    let page = second.does("/backup/take-over", &[]).await;
    assert!(page.contains("connect your own RingCentral and Dropbox accounts first"));
    rig.connect("102", "e").await;
    for path in [
        "/backup/switch",
        "/backup/types",
        "/backup/past",
        "/backup/history",
    ] {
        let page = second.does(path, &[ACCOUNT, ("enabled", "off")]).await;
        assert!(page.contains("Take it over first; nothing was changed"));
    }
    let page = second.page("/backup/take-over").await;
    assert!(page.contains("Person 101") && page.contains("e@example.com"));

    second.does("/backup/take-over", &[ON[1]]).await;
    let told = told(&rig).await;
    assert_eq!(
        told[told.len() - 2..],
        [
            "extension 102: backup.yield 1/account/d done",
            "extension 102: backup.take-over 1/account/e done"
        ]
    );
    let [theirs, mine] = &rig.backups().await[..] else {
        panic!("two");
    };
    assert_eq!((theirs.id.as_str(), theirs.enabled), ("1/account/d", false));
    assert_eq!((mine.id.as_str(), mine.enabled), ("1/account/e", true));
    assert_eq!(mine.types, theirs.types);
    for backup in [theirs, mine] {
        let events = rig
            .store
            .events(&rig.company.id, &backup.id, Window::EVER, 9)
            .await
            .unwrap();
        assert!(events[0].what.contains("taken over"), "audited");
    }
    let page = first.page("/backup?view=account").await;
    assert!(page.contains("Person 102 runs the account&#39;s backup"));
    let page = second.does("/backup/take-over", &[]).await;
    assert!(page.contains("is not another administrator&#39;s. Nothing was changed"));
}

/// What the audit log was told of the company, as words.
async fn told(rig: &Rig) -> Vec<String> {
    let ask = AuditAsk::all(None, 1_000);
    let links = rig.store.audit_links(&rig.company.id, &ask).await.unwrap();
    links
        .iter()
        .map(|it| format!("{}: {} {} {}", it.actor, it.action, it.target, it.result))
        .collect()
}

#[tokio::test]
async fn taking_over_to_the_same_dropbox_goes_on_with_the_same_backup() {
    let rig = Rig::new().await;
    rig.connect("101", "d").await;
    let mine = rig.connect("102", "d").await;
    let first = rig.browser("101", true).await;
    first.does("/backup/switch", &[ON[0], ON[1], ACCOUNT]).await;
    let before = rig.timetable(&rig.backup().await.id).await;
    rig.clock.set(NOW + 3 * HOUR_MS);
    let second = rig.browser("102", true).await;
    second.does("/backup/take-over", &[]).await;
    let backup = rig.backup().await;
    assert_eq!((backup.connection, backup.enabled), (mine.id, true));
    assert_eq!(rig.timetable(&backup.id).await, before);
}

#[tokio::test]
async fn when_the_accounts_backup_is_off_another_admin_turns_on_their_own() {
    let rig = Rig::new().await;
    rig.connect("101", "d").await;
    rig.connect("102", "e").await;
    let first = rig.browser("101", true).await;
    first.does("/backup/switch", &[ON[0], ACCOUNT]).await;
    first.does("/backup/switch", &[OFF[0], ACCOUNT]).await;
    let second = rig.browser("102", true).await;
    let page = second.does("/backup/switch", &[ON[0], ACCOUNT]).await;
    assert!(is_on(&page));
    let on: Vec<_> = rig.backups().await;
    let on: Vec<_> = on.iter().filter(|it| it.enabled).collect();
    assert_eq!(on.len(), 1, "an account has one");
    assert_eq!(on[0].id.as_str(), "1/account/e");
}

#[tokio::test]
async fn back_up_now_makes_it_due_at_once() {
    let rig = Rig::new().await;
    rig.connect("101", "d").await;
    let browser = rig.browser("101", false).await;
    let page = browser.does("/backup/now", &[]).await;
    assert!(page.contains("Backup is off, so nothing was started"));
    browser.does("/backup/switch", ON).await;
    let id = rig.backup().await.id;
    let later = domain::timetable::Timetable {
        due_ms: Some(NOW + HOUR_MS),
        ran_ms: Some(NOW),
        ..rig.timetable(&id).await
    };
    rig.set_timetable(&id, &later).await;
    assert!(!rig.is_due().await);
    let page = browser.does("/backup/now", &[]).await;
    assert!(page.contains("The backup starts at once"));
    assert!(rig.is_due().await);
}

#[tokio::test]
#[expect(clippy::too_many_lines, reason = "one plan, told from start to end")]
async fn the_plan_tells_runs_counts_reasons_and_the_zone() {
    let rig = Rig::new().await;
    rig.connect("101", "d").await;
    let browser = rig.browser("101", false).await;
    browser.does("/backup/switch", ON).await;
    let backup = rig.backup().await;
    let (account, store) = (&rig.company.id, &rig.store);
    let items: Vec<_> = (0..3)
        .map(|n| recording(&format!("r{n}"), NOW - n))
        .collect();
    let mut seen: Vec<_> = items.iter().map(|it| noted(ready(it))).collect();
    seen[2] = noted(sighting(&items[2], Standing::NotYet("it is being sent")));
    store
        .note(account, &backup, &seen, NO_CALLS, NOW)
        .await
        .unwrap();
    let full = failed(Pending::DestinationFull, NOW + HOUR_MS);
    store
        .settle(
            account,
            &backup.destination,
            &[(items[0].id.clone(), full)],
            NOW,
        )
        .await
        .unwrap();
    let timetable = domain::timetable::Timetable {
        due_ms: Some(NOW + HOUR_MS),
        ran_ms: Some(NOW - HOUR_MS),
        ..rig.timetable(&backup.id).await
    };
    rig.set_timetable(&backup.id, &timetable).await;
    let page = browser.page("/backup").await;
    for shown in [
        "<dt>Next run</dt><dd>16/6/2016 15:00:00</dd>",
        "<dt>Last run</dt><dd>16/6/2016 13:00:00</dd>",
        "<dd>waiting for the next run</dd>",
        "<strong>3</strong> Pending",
        "<li>1 item: waiting for room in the destination</li>",
        "<li>1 item: not ready at RingCentral yet</li>",
        "<dd>America/New_York (UTC-04:00)</dd>",
        "<bdi>d@example.com</bdi>",
    ] {
        assert!(page.contains(shown), "{shown}\n{page}");
    }
    // While a run is at it, the part alone says so: the script asks for it.
    let lease = std::time::Duration::from_mins(1);
    store
        .start_run(account, &backup.id, "w", lease)
        .await
        .unwrap()
        .unwrap();
    let part = browser.get("/backup/plan").await;
    assert_eq!(part.headers["x-archiver-part"], "1");
    assert!(
        part.body
            .contains("data-running=\"1\"><span class=\"status running\">running")
    );
    tags(&part.body).unwrap();

    // A run that tells how it comes along.
    assert!(page.contains("<dt>Holds</dt><dd>0 files, 0 bytes</dd>"));
    assert!(!part.body.contains("<dt>Pace</dt>"));
    assert!(!part.body.contains("<dt>This run</dt>"));
    let kept = archived("Archive/r1.wav", &vec![0; 60_000]);
    store
        .settle(
            account,
            &backup.destination,
            &[(items[1].id.clone(), kept)],
            NOW,
        )
        .await
        .unwrap();
    let sample = |at_ms, files, bytes| Sample {
        at_ms,
        files,
        bytes,
    };
    let headway = Headway {
        attempt: 1,
        began_ms: NOW,
        listing: Window::from_ms(NOW - DAY_MS, NOW),
        portions: 4,
        portions_done: 1,
        found: 3,
        archived: 1,
        bytes: 60_000,
        failed: 1,
        missing: 0,
        trail: Trail::of(vec![sample(NOW, 0, 0), sample(NOW + 30_000, 1, 60_000)]),
    };
    store
        .keep_headway(account, &backup.id, &headway)
        .await
        .unwrap();
    rig.clock.set(NOW + 30_000);
    let again = browser.get("/backup/plan").await.body;
    for wanted in [
        "<dd>3 found, 1 file archived, 58.5 KB, 1 try to repeat</dd>",
        "<dd>15/6/2016 14:00:00 to 16/6/2016 14:00:00; 1 of 4 portions</dd>",
        "<dd>2 files a minute, 117.1 KB a minute; about a minute left for what is pending</dd>",
        "data-running=\"1\"",
    ] {
        // The run told it just now, or 30 s ago: then it is not at work.
        assert!(!again.contains(wanted), "{wanted}: {again}");
    }
    assert!(again.contains("no sign of life for 30 seconds; another worker takes over"));
    store
        .keep_headway(account, &backup.id, &headway)
        .await
        .unwrap();
    let again = browser.get("/backup/plan").await.body;
    for wanted in [
        "<dd>3 found, 1 file archived, 58.5 KB, 1 try to repeat</dd>",
        "<dd>15/6/2016 14:00:00 to 16/6/2016 14:00:00; 1 of 4 portions</dd>",
        "<dd>2 files a minute, 117.1 KB a minute; about a minute left for what is pending</dd>",
        "data-running=\"1\"",
    ] {
        assert!(again.contains(wanted), "{wanted}: {again}");
    }
}

#[tokio::test]
async fn a_broken_grant_is_told_with_the_way_to_mend_it() {
    let rig = Rig::new().await;
    let connection: Connection = rig.connect("101", "d").await;
    let browser = rig.browser("101", false).await;
    browser.does("/backup/switch", ON).await;
    let trouble = Some("Dropbox no longer accepts the access it gave");
    rig.store
        .set_trouble(
            &rig.company.id,
            &connection.id,
            Provider::Destination,
            trouble,
        )
        .await
        .unwrap();
    let page = browser.page("/backup").await;
    assert!(
        page.contains("<bdi>Dropbox no longer accepts the access it gave</bdi> <a href=\"/\">")
    );
}

#[tokio::test]
async fn an_unknown_view_is_no_page() {
    let rig = Rig::new().await;
    let browser = rig.browser("101", true).await;
    for path in ["/backup?view=all", "/log?view=all"] {
        assert_eq!(browser.get(path).await.status, StatusCode::NOT_FOUND);
    }
}

#[tokio::test]
async fn history_can_be_paused_and_goes_on_when_told() {
    let rig = Rig::new().await;
    rig.connect("101", "d").await;
    let browser = rig.browser("101", false).await;
    let pause = [("rests", "yes")];
    let page = browser.does("/backup/history", &pause).await;
    assert!(page.contains("Turn Enable backup on first"), "it is off");
    let page = browser.does("/backup/switch", ON).await;
    assert!(page.contains("<button type=\"submit\">PAUSE HISTORY</button>"));
    let backup = rig.backup().await;
    let rests = async || rig.store.history_rests(&rig.company.id, &backup.id).await;

    let page = browser.does("/backup/history", &pause).await;
    assert!(page.contains("History is paused.") && page.contains("RESUME HISTORY"));
    assert!(page.contains("<dd>paused since 16/6/2016 14:00:00; still to be looked through"));
    rig.clock.set(NOW + HOUR_MS);
    browser.does("/backup/history", &pause).await;
    assert_eq!(rests().await.unwrap(), Some(NOW), "since it was");
    assert_eq!(
        rig.timetable(&backup.id)
            .await
            .back_fill()
            .map(Window::end_ms),
        Some(NOW)
    );
    assert!(rig.is_due().await);

    let page = browser.does("/backup/history", &[("rests", "no")]).await;
    assert!(page.contains("History goes on") && page.contains("PAUSE HISTORY"));
    assert_eq!(rests().await.unwrap(), None);
    assert!(rig.is_due().await, "at once");

    browser.does("/backup/history", &pause).await;
    browser.does("/backup/switch", OFF).await;
    browser.does("/backup/switch", ON).await;
    assert_eq!(rests().await.unwrap(), None, "turned on anew");
    // To take up the past lifts a pause, too, and that is told.
    browser.does("/backup/history", &pause).await;
    let before = told(&rig).await.len();
    browser.does("/backup/past", &[("wanted", "yes")]).await;
    assert_eq!(rests().await.unwrap(), None);
    assert_eq!(
        told(&rig).await[before..],
        [
            format!("extension 101: backup.history {} on done", backup.id),
            format!("extension 101: backup.past {} on unchanged", backup.id)
        ]
    );
}

#[tokio::test]
async fn the_deadline_of_the_oldest_pending_item_is_told_with_its_source() {
    let rig = Rig::new().await;
    rig.connect("101", "d").await;
    let browser = rig.browser("101", false).await;
    let page = browser.does("/backup/switch", ON).await;
    assert!(page.contains("<dt>Deadline</dt><dd>none: nothing is pending</dd>"));
    let backup = rig.backup().await;
    let item = recording("r1", NOW - 10 * DAY_MS);
    let store = &rig.store;
    store
        .note(&rig.company.id, &backup, &[noted(ready(&item))], &[], NOW)
        .await
        .unwrap();
    let page = browser.page("/backup").await;
    let usual = "(Call Recordings) is deleted by RingCentral on 4/9/2016 14:00:00: it keeps them \
                 90 days, as it documents;";
    assert!(page.contains(usual), "{page}");
    let told = Retention([(DataType::CallRecording, 7)].into());
    let company = &rig.company.id;
    store.keep_retention(company, &told, NOW).await.unwrap();
    let page = browser.page("/backup").await;
    let own = "(Call Recordings) was to be deleted by RingCentral on 13/6/2016 14:00:00: it keeps \
               them 7 days, as it says for your company</dd>";
    assert!(page.contains(own), "{page}");
}
