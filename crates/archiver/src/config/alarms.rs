//! How people are told of alarms, and where metrics are served: from texts to
//! values, or to what is wrong with them. Pure.

use std::collections::BTreeMap;
use std::fmt;
use std::net::SocketAddr;
use std::time::Duration;

use domain::Secret;
use domain::digest::Every;
use lettre::message::{Mailbox, Mailboxes};
use url::{Url, form_urlencoded};

use super::values::{is_loopback, url_of};
use super::{Alarms, Faults, Mail, Smtp, Transport};

/// So long a Backup may be silent unless somebody says otherwise, hours.
const SILENCE_HOURS: u64 = 3;

impl fmt::Debug for Alarms {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Alarms")
            .field("mail", &self.mail)
            .field("webhook", &self.webhook.is_some())
            .field("silence", &self.silence)
            .finish_non_exhaustive()
    }
}

pub(super) fn alarms(values: &BTreeMap<&'static str, String>, faults: &mut Faults) -> Alarms {
    let text = |name: &str| values.get(name).map(|value| value.trim().to_owned());
    let secret = text("ARCHIVER_ALARM_WEBHOOK_SECRET").map(Secret::new);
    let webhook = text("ARCHIVER_ALARM_WEBHOOK_URL")
        .and_then(|value| url_of("ARCHIVER_ALARM_WEBHOOK_URL", &value, faults));
    if secret.is_some() && !values.contains_key("ARCHIVER_ALARM_WEBHOOK_URL") {
        faults.0.push(
            "ARCHIVER_ALARM_WEBHOOK_SECRET is set without ARCHIVER_ALARM_WEBHOOK_URL.".to_owned(),
        );
    }
    let hours = text("ARCHIVER_ALARM_SILENCE_HOURS");
    let hours = hours.map_or(Some(SILENCE_HOURS), |it| it.parse().ok());
    let hours = hours
        .filter(|it| (1..=720).contains(it))
        .unwrap_or_else(|| {
            faults
                .0
                .push("ARCHIVER_ALARM_SILENCE_HOURS must be a number from 1 to 720.".to_owned());
            SILENCE_HOURS
        });
    let digest = text("ARCHIVER_DIGEST").filter(|it| it != "off");
    let every = digest.as_deref().and_then(Every::from_word);
    let nobody = ["ARCHIVER_ALARM_MAIL_TO", "ARCHIVER_ALARM_WEBHOOK_URL"];
    if digest.is_some() && every.is_none() {
        let what = "ARCHIVER_DIGEST must be daily, weekly or off.";
        faults.0.push(what.to_owned());
    } else if every.is_some() && !nobody.iter().any(|it| values.contains_key(it)) {
        faults.0.push(format!(
            "ARCHIVER_DIGEST is set, but nobody is told: set {} as well.",
            nobody.join(" or ")
        ));
    }
    Alarms {
        mail: mail(&text, faults),
        webhook,
        webhook_secret: secret,
        silence: Duration::from_hours(hours),
        digest: every,
    }
}

/// All three or none.
fn mail(text: &dyn Fn(&str) -> Option<String>, faults: &mut Faults) -> Option<Mail> {
    let names = [
        "ARCHIVER_ALARM_MAIL_TO",
        "ARCHIVER_ALARM_MAIL_FROM",
        "ARCHIVER_SMTP_URL",
    ];
    let [to, from, url] = names.map(text);
    if to.is_none() && from.is_none() && url.is_none() {
        return None;
    }
    let [to, from, url] = match (to, from, url) {
        (Some(to), Some(from), Some(url)) => [to, from, url],
        (to, from, url) => {
            let missing = names.iter().zip([to, from, url]);
            let missing = missing.filter_map(|(name, it)| it.is_none().then_some(*name));
            let missing = missing.collect::<Vec<_>>().join(" and ");
            faults.0.push(format!(
                "To send alarms by e-mail, set {missing} as well: {} belong together.",
                names.join(", ")
            ));
            return None;
        }
    };
    let to_all = to.parse::<Mailboxes>().map_err(|_| names[0]);
    let from_one = from.parse::<Mailbox>().map_err(|_| names[1]);
    for name in [to_all.as_ref().err(), from_one.as_ref().err()]
        .into_iter()
        .flatten()
    {
        faults.0.push(format!(
            "{name} must be an e-mail address, like archive@example.com"
        ));
    }
    let smtp = smtp(&url, faults);
    Some(Mail {
        to: to_all.ok()?.into_iter().collect(),
        from: from_one.ok()?,
        smtp: smtp?,
    })
}

fn smtp(value: &str, faults: &mut Faults) -> Option<Smtp> {
    let url = Url::parse(value).ok();
    let known = url.filter(|it| matches!(it.scheme(), "smtp" | "smtps") && it.host().is_some());
    let Some(url) = known else {
        faults.0.push(
            "ARCHIVER_SMTP_URL must be an address like smtps://user:password@mail.example or \
             smtp://user:password@mail.example:587"
                .to_owned(),
        );
        return None;
    };
    let host = url.host_str().unwrap_or_default();
    let host = host.trim_matches(['[', ']']).to_owned();
    let transport = match url.scheme() {
        "smtps" => Transport::Tls,
        _ if is_loopback(&host) => Transport::Plain,
        _ => Transport::StartTls,
    };
    let user = (!url.username().is_empty()).then(|| {
        let password = decoded(url.password().unwrap_or_default());
        (decoded(url.username()), Secret::new(password))
    });
    Some(Smtp {
        host,
        port: url.port(),
        transport,
        user,
    })
}

/// What `%40` and the like stand for.
fn decoded(text: &str) -> String {
    let field = text.replace('+', "%2B").replace('&', "%26");
    let pairs = form_urlencoded::parse(field.as_bytes());
    pairs
        .map(|(name, value)| {
            if value.is_empty() {
                name.into_owned()
            } else {
                format!("{name}={value}")
            }
        })
        .collect()
}

pub(super) fn metrics_listen(value: Option<String>, faults: &mut Faults) -> Option<SocketAddr> {
    let value = value?;
    let address = value.parse().ok();
    if address.is_none() {
        faults.0.push(
            "ARCHIVER_METRICS_LISTEN must be an address and port, like 127.0.0.1:9184".to_owned(),
        );
    }
    address
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(values: &[(&'static str, &str)]) -> (Alarms, Vec<String>) {
        let values = values.iter().map(|(k, v)| (*k, (*v).to_owned())).collect();
        let mut faults = Faults::default();
        let alarms = alarms(&values, &mut faults);
        (alarms, faults.0)
    }

    #[test]
    fn nothing_set_tells_nobody() {
        let (alarms, faults) = read(&[]);
        assert_eq!(faults, Vec::<String>::new());
        assert!(alarms.mail.is_none() && alarms.webhook.is_none());
        assert_eq!(alarms.silence, Duration::from_hours(3));
    }

    #[test]
    fn a_mail_server_is_spoken_to_in_secret_unless_it_is_this_machine() {
        for (url, transport, host, port, user) in [
            (
                "smtps://a%40b.example:p%25+w=1@mail.example",
                Transport::Tls,
                "mail.example",
                None,
                Some(("a@b.example", "p%+w=1")),
            ),
            (
                "smtp://mail.example:587",
                Transport::StartTls,
                "mail.example",
                Some(587),
                None,
            ),
            (
                "smtp://127.0.0.1:2525",
                Transport::Plain,
                "127.0.0.1",
                Some(2525),
                None,
            ),
            ("smtp://[::1]", Transport::Plain, "::1", None, None),
        ] {
            let (alarms, faults) = read(&[
                ("ARCHIVER_ALARM_MAIL_TO", "a@x.example, b@x.example"),
                ("ARCHIVER_ALARM_MAIL_FROM", "Archiver <c@x.example>"),
                ("ARCHIVER_SMTP_URL", url),
            ]);
            assert_eq!(faults, Vec::<String>::new(), "{url}");
            let mail = alarms.mail.unwrap();
            assert_eq!(mail.to.len(), 2);
            let smtp = mail.smtp;
            assert_eq!((smtp.transport, smtp.port), (transport, port), "{url}");
            assert_eq!(smtp.host, host);
            let known = smtp.user.as_ref().map(|it| (it.0.as_str(), it.1.expose()));
            assert_eq!(known, user);
        }
    }

    #[test]
    fn every_fault_is_told() {
        let (_, faults) = read(&[
            ("ARCHIVER_ALARM_MAIL_TO", "nobody"),
            ("ARCHIVER_ALARM_MAIL_FROM", "x"),
            ("ARCHIVER_SMTP_URL", "mail.example"),
            ("ARCHIVER_ALARM_WEBHOOK_URL", "http://elsewhere.example"),
            ("ARCHIVER_ALARM_SILENCE_HOURS", "0"),
            ("ARCHIVER_DIGEST", "hourly"),
        ]);
        assert_eq!(faults.len(), 6, "{faults:?}");
        let (_, faults) = read(&[("ARCHIVER_DIGEST", "daily")]);
        assert_eq!(faults.len(), 1, "{faults:?}");
        let (alarms, faults) = read(&[
            ("ARCHIVER_ALARM_WEBHOOK_URL", "https://hooks.example/a"),
            ("ARCHIVER_DIGEST", "weekly"),
        ]);
        assert_eq!((alarms.digest, faults.len()), (Some(Every::Week), 0));
        let (_, faults) = read(&[
            ("ARCHIVER_ALARM_MAIL_TO", "a@x.example"),
            ("ARCHIVER_ALARM_WEBHOOK_SECRET", "s"),
        ]);
        assert_eq!(faults.len(), 2, "{faults:?}");
        let of_mail = faults.iter().find(|it| it.contains("e-mail")).unwrap();
        assert!(of_mail.contains("ARCHIVER_SMTP_URL") && of_mail.contains("MAIL_FROM"));
    }
}
