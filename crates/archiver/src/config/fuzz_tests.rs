//! Bytes of every kind before what reads the configuration.

use testkit::fuzz::Target;

use super::*;

const GOOD: &str = r#"archiver_data_dir = "/var/lib/archiver"
archiver_database_url = "postgres://archiver:canary@db.example/archiver"
archiver_listen = "127.0.0.1:8080"
archiver_public_url = "https://archive.example"
archiver_naming = "flat-month"
archiver_time_zone = "Europe/Berlin"
archiver_accounts = "37439510"
archiver_alarm_mail_to = "a@x.example, b@x.example"
archiver_alarm_mail_from = "archive@x.example"
archiver_smtp_url = "smtps://user:canary%40@mail.example"
archiver_alarm_webhook_url = "https://hooks.example/canary"
archiver_alarm_webhook_secret = "canary"
archiver_alarm_silence_hours = 3
ringcentral_client_id = "id"
ringcentral_client_secret = "canary"
ringcentral_jwt = "canary"
dropbox_app_key = "key"
dropbox_app_secret = "canary"
dropbox_refresh_token = "canary"
"#;

/// No fault tells a secret, whatever is wrong with it; and what is accepted
/// speaks in the clear with nobody but this machine.
fn configured(data: &[u8]) {
    let text = String::from_utf8_lossy(data);
    let mut faults = Faults::default();
    let values = from_text(Path::new("archiver.toml"), &text, &mut faults);
    // Names that nobody knows are told, and a name may be anything.
    faults
        .0
        .retain(|it| !it.contains("there is no setting named"));
    match check(&values, faults) {
        Err(faults) => {
            let told = faults.to_string();
            assert!(!told.contains("canary"), "{told}");
        }
        Ok(config) => {
            let urls = [
                &config.ringcentral.server_url,
                &config.ringcentral.media_url,
                &config.dropbox.api_url,
                &config.dropbox.content_url,
                &config.dropbox.web_url,
            ];
            for url in urls.into_iter().chain(&config.alarms.webhook) {
                let near = url.host_str().is_some_and(values::is_loopback);
                assert!(
                    url.scheme() == "https" || (url.scheme() == "http" && near),
                    "{url}"
                );
            }
            if let Some(mail) = &config.alarms.mail {
                let near = values::is_loopback(&mail.smtp.host);
                assert!(near || mail.smtp.transport != Transport::Plain);
            }
            let told = format!("{config:?}");
            assert!(misplaced(&text) || !told.contains("canary"), "{told}");
        }
    }
}

/// Whether a secret has got into a setting that is none: a name, a folder.
fn misplaced(text: &str) -> bool {
    let line = |line: &str| {
        let (name, value) = line.split_once(" = ").unwrap_or(("", line));
        let secret = SECRETS.iter().any(|it| it.eq_ignore_ascii_case(name));
        let password = name != "archiver_smtp_url" || value.contains(":canary");
        line.contains("canary") && !(secret && password)
    };
    text.lines().any(line)
}

#[test]
fn fuzz_config() {
    let lines: Vec<Vec<u8>> = GOOD.lines().map(|it| it.as_bytes().to_vec()).collect();
    let seeds = [vec![GOOD.as_bytes().to_vec()], lines].concat();
    let words = [
        "\"",
        "'''",
        "[",
        "]",
        "=",
        "\n",
        "http://",
        "https://",
        "smtp://",
        "localhost",
        "[::1]",
        "canary",
        "{ a = 1 }",
        "2026-01-01",
    ];
    Target {
        name: "configuration",
        seeds: &seeds,
        corpus: &[
            b"",
            b"[a]",
            b"dropbox_app_secret = \"canary\"",
            b"archiver_smtp_url = \"canary\"",
        ],
        words: &words,
    }
    .run(configured);
}
