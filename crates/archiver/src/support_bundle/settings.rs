//! The configuration as it may be shown to strangers: whether something is set,
//! and a value only where it can be nobody's secret, name or address. Pure.

use serde_json::{Value, json};
use url::Url;

use crate::config::{Config, Transport};

/// Where the providers are, for everybody.
const USUAL: [&str; 5] = [
    "https://platform.ringcentral.com/",
    "https://media.ringcentral.com/",
    "https://api.dropboxapi.com/",
    "https://content.dropboxapi.com/",
    "https://www.dropbox.com/",
];

/// All of it.
pub(crate) fn told(config: &Config) -> Value {
    let (ringcentral, dropbox) = (&config.ringcentral, &config.dropbox);
    json!({
        "database": database(config),
        "listens_on_loopback": config.listen.ip().is_loopback(),
        "public_address": config.public_url.as_ref().map(Url::scheme),
        "master_key_in_data_dir": config.master_key_file.starts_with(&config.data_dir),
        "naming": config.naming,
        "time_zone_set": config.time_zone.iana_name().is_some_and(|it| it != "UTC"),
        "accounts": config.pages.accounts.len(),
        "own_certificate_authority": config.extra_ca.is_some(),
        "metrics": config.metrics_listen.is_some(),
        "ringcentral": {
            "server": place(&ringcentral.server_url),
            "media": place(&ringcentral.media_url),
            "client_id": ringcentral.client_id.is_some(),
            "client_secret": ringcentral.client_secret.is_some(),
            "jwt": ringcentral.jwt.is_some(),
        },
        "dropbox": {
            "api": place(&dropbox.api_url),
            "content": place(&dropbox.content_url),
            "web": place(&dropbox.web_url),
            "app_key": dropbox.app_key.is_some(),
            "app_secret": dropbox.app_secret.is_some(),
            "refresh_token": dropbox.refresh_token.is_some(),
        },
        "alarms": {
            "mail": config.alarms.mail.as_ref().map(|mail| json!({
                "recipients": mail.to.len(),
                "transport": transport(mail.smtp.transport),
                "signs_in": mail.smtp.user.is_some(),
            })),
            "webhook": config.alarms.webhook.is_some(),
            "webhook_signed": config.alarms.webhook_secret.is_some(),
            "silence_hours": config.alarms.silence.as_secs() / 3600,
        },
    })
}

fn database(config: &Config) -> &'static str {
    match &config.database_url {
        None => "SQLite in the data dir",
        Some(url) if url.expose().starts_with("postgres") => "PostgreSQL",
        Some(_) => "SQLite elsewhere",
    }
}

fn place(url: &Url) -> &str {
    USUAL
        .iter()
        .find(|usual| **usual == url.as_str())
        .unwrap_or(&"another")
}

fn transport(transport: Transport) -> &'static str {
    match transport {
        Transport::Tls => "TLS",
        Transport::StartTls => "STARTTLS",
        Transport::Plain => "plain, this machine",
    }
}
