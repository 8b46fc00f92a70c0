//! What people are told of alarms: the text of a mail and the JSON of a
//! webhook. Pure. Company ids and our own ids may stand in it; names, numbers
//! and texts do not.

use std::collections::BTreeSet;
use std::fmt::Write;

use domain::account::AccountId;
use domain::alarm::{News, Notice};
use domain::window::instant;
use serde_json::{Value, json};
use web::alarm_texts::{means, name, remedy};

/// A mail.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Letter {
    /// One line.
    pub(crate) subject: String,
    /// Plain text.
    pub(crate) body: String,
}

/// All of these in one mail.
pub(crate) fn letter(product: &str, notices: &[Notice]) -> Letter {
    let what = match notices {
        [one] => {
            let word = match one.news {
                News::Fired => "",
                News::Cleared => "over: ",
            };
            format!("{word}{}", name(one.alarm.key.kind))
        }
        many => format!("{} news of alarms", many.len()),
    };
    let mut body = String::new();
    for notice in notices {
        body.push_str(&paragraph(notice));
        body.push('\n');
    }
    body.push_str(
        "You are told when an alarm begins and when it is over. What stands now: archiver alarms, \
         or the page GENERAL as an administrator.\n",
    );
    Letter {
        subject: format!("{product} Archiver, {}: {what}", whose(notices)),
        body,
    }
}

/// Whose they are.
fn whose(notices: &[Notice]) -> String {
    let all: BTreeSet<Option<&AccountId>> = notices
        .iter()
        .map(|it| it.alarm.key.account.as_ref())
        .collect();
    let mut all = all.into_iter();
    match (all.next().flatten(), all.len()) {
        (Some(one), 0) => format!("company {one}"),
        (None, 0) => "the server".to_owned(),
        (_, more) => format!("{} companies", more + 1),
    }
}

fn paragraph(notice: &Notice) -> String {
    let key = &notice.alarm.key;
    let at = instant(notice.at_ms).strftime("%Y-%m-%d %H:%M UTC");
    let mut text = match notice.news {
        News::Fired => format!("ALARM since {at}: {}\n", name(key.kind)),
        News::Cleared => format!("OVER since {at}: {}\n", name(key.kind)),
    };
    let company = key.account.as_ref().map_or_else(
        || "the server itself".to_owned(),
        |id| format!("company {id}"),
    );
    let about = match key.about.as_str() {
        "" => company,
        about => format!("{company}, {about}"),
    };
    let _ = writeln!(text, "  Where:         {about}");
    match notice.news {
        News::Fired => {
            let _ = writeln!(text, "  What happened: {}", notice.alarm.what);
            let _ = writeln!(text, "  What it means: {}", means(key.kind));
            let _ = writeln!(text, "  What to do:    {}", remedy(key.kind));
        }
        News::Cleared => {
            let _ = writeln!(text, "  What it was:   {}", notice.alarm.what);
        }
    }
    text
}

/// The same for programs.
pub(crate) fn json(product: &str, notices: &[Notice]) -> Value {
    let one = |notice: &Notice| {
        let key = &notice.alarm.key;
        json!({
            "id": notice.id, "news": notice.news.word(), "at": instant(notice.at_ms).to_string(),
            "account": key.account, "kind": key.kind.word(), "about": key.about,
            "what": notice.alarm.what, "means": means(key.kind), "remedy": remedy(key.kind),
        })
    };
    let alarms: Vec<Value> = notices.iter().map(one).collect();
    json!({ "product": format!("{product} Archiver"), "test": false, "alarms": alarms })
}

/// A mail that only says that mails come.
pub(crate) fn test_letter(product: &str) -> Letter {
    Letter {
        subject: format!("{product} Archiver: a test message"),
        body: "Somebody ran: archiver alarms test\nNothing is wrong; alarms of this server come \
               to this address.\n"
            .to_owned(),
    }
}

/// The same for programs.
pub(crate) fn test_json(product: &str) -> Value {
    json!({ "product": format!("{product} Archiver"), "test": true, "alarms": [] })
}

#[cfg(test)]
mod tests {
    use domain::alarm::{Alarm, AlarmKey, AlarmKind};

    use super::*;

    fn notice(account: Option<&str>, kind: AlarmKind, news: News) -> Notice {
        Notice {
            id: "1".to_owned(),
            alarm: Alarm {
                key: AlarmKey {
                    account: account.map(AccountId::new),
                    kind,
                    about: String::new(),
                },
                what: "So it is.".to_owned(),
            },
            news,
            at_ms: 1_795_132_800_000,
            tries: 0,
        }
    }

    #[test]
    fn a_mail_says_what_happened_what_it_means_and_what_to_do() {
        for kind in AlarmKind::ALL {
            let mail = letter("Acme", &[notice(Some("42"), kind, News::Fired)]);
            let subject = format!("Acme Archiver, company 42: {}", name(kind));
            assert_eq!(mail.subject, subject);
            assert!(mail.subject.len() < 100, "{}", mail.subject);
            for said in [
                "So it is.",
                means(kind),
                remedy(kind),
                "2026-11-20 00:00 UTC",
            ] {
                assert!(mail.body.contains(said), "{said}: {}", mail.body);
            }
        }
    }

    #[test]
    fn a_subject_tells_whose_and_whether_it_is_over() {
        let silence = |account, news| notice(account, AlarmKind::Silence, news);
        let (fired, over) = (News::Fired, News::Cleared);
        for (notices, subject) in [
            (
                vec![silence(Some("42"), over)],
                "A Archiver, company 42: over: No success for long",
            ),
            (
                vec![notice(None, AlarmKind::Stalled, fired)],
                "A Archiver, the server: Nobody does the work",
            ),
            (
                vec![silence(Some("42"), fired), silence(Some("42"), over)],
                "A Archiver, company 42: 2 news of alarms",
            ),
            (
                vec![silence(Some("42"), fired), silence(Some("43"), fired)],
                "A Archiver, 2 companies: 2 news of alarms",
            ),
        ] {
            assert_eq!(letter("A", &notices).subject, subject);
        }
    }
}
