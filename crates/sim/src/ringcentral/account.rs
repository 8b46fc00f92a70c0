//! The account: who it belongs to, what it may do, how it records.

#![expect(
    clippy::unnecessary_wraps,
    reason = "the route table's handlers may refuse; these do not"
)]

use serde_json::{Value, json};

use crate::world::ids;
use crate::world::people::{Kind, MAIN_NUMBER};

use super::ask::{Ask, Knock};
use super::error::Outcome;
use super::paging::Page;
use super::reply::Reply;

/// Features of the account and whether it has them.
const FEATURES: [(&str, bool); 12] = [
    ("Archiver", true),
    ("AutomaticCallRecordingMute", true),
    ("AutomaticInboundCallRecording", true),
    ("AutomaticOutboundCallRecording", true),
    ("FaxReceiving", true),
    ("HipaaCompliance", false),
    ("MMS", true),
    ("OnDemandCallRecording", true),
    ("PagerReceiving", true),
    ("SMSReceiving", true),
    ("Voicemail", true),
    ("VoicemailToText", true),
];

/// `GET /restapi`.
pub(crate) fn versions(knock: &Knock<'_>) -> Reply {
    let uri = format!("{}/restapi", knock.hosts.platform);
    let body = json!({
        "uri": uri,
        "apiVersions": [api(&uri)],
        "serverVersion": "26.3.1",
        "serverRevision": "simulated",
    });
    Reply::json(200, body)
}

/// `GET /restapi/v1.0`.
pub(crate) fn version(knock: &Knock<'_>) -> Reply {
    Reply::json(200, api(&format!("{}/restapi", knock.hosts.platform)))
}

fn api(uri: &str) -> Value {
    json!({
        "uri": format!("{uri}/v1.0"),
        "versionString": "1.0.60",
        "releaseDate": "2026-07-01T00:00:00.000Z",
        "uriString": "v1.0",
    })
}

/// `GET …/account/{accountId}`.
pub(crate) fn account(ask: &Ask<'_>) -> Outcome {
    let world = &ask.inner.world;
    let body = json!({
        "uri": ask.account_uri(),
        "id": ids::ACCOUNT,
        "mainNumber": MAIN_NUMBER.trim_start_matches('+'),
        "operator": {
            "uri": ask.extension_uri(0),
            "id": world.extension(0).id,
            "extensionNumber": world.extension(0).number,
        },
        "serviceInfo": plan(ask),
        "setupWizardState": "Completed",
        "status": "Confirmed",
        "regionalSettings": regional(ask, &world.options.timezone),
        "federated": false,
        "limits": { "maxExtensionNumberLength": 8, "cloudRecordingStorage": 10 },
    });
    Ok(Reply::json(200, body))
}

/// `GET …/service-info`.
pub(crate) fn service_info(ask: &Ask<'_>) -> Outcome {
    let mut body = plan(ask);
    let features: Vec<Value> = FEATURES
        .iter()
        .map(|(name, enabled)| json!({ "featureName": name, "enabled": enabled }))
        .collect();
    body["servicePlanName"] = json!("RingCentral Office Ultimate");
    body["serviceFeatures"] = json!(features);
    body["limits"] = json!({ "maxExtensionNumberLength": 8, "cloudRecordingStorage": 10 });
    Ok(Reply::json(200, body))
}

fn plan(ask: &Ask<'_>) -> Value {
    json!({
        "uri": format!("{}/service-info", ask.account_uri()),
        "brand": { "id": "1210", "name": "RingCentral", "homeCountry": country(ask) },
        "contractedCountry": country(ask),
        "servicePlan": { "id": "4485", "name": "Office", "edition": "Enterprise" },
        "billingPlan": {
            "id": "3029",
            "name": "Monthly",
            "durationUnit": "Month",
            "duration": 1,
            "type": "Regular",
            "includedPhoneLines": 20,
        },
    })
}

/// `GET …/call-recording`.
pub(crate) fn call_recording(ask: &Ask<'_>) -> Outcome {
    let days = ask.inner.options().retention_days;
    let body = json!({
        "onDemand": { "enabled": true, "retentionPeriod": days },
        "automatic": {
            "enabled": true,
            "outboundCallTones": false,
            "outboundCallAnnouncement": true,
            "allowMute": true,
            "extensionCount": recorded(ask).len(),
            "retentionPeriod": days,
            "maxNumberLimit": 100_000,
        },
        "greetings": [
            { "type": "StartRecording", "mode": "Default" },
            { "type": "StopRecording", "mode": "Default" },
        ],
    });
    Ok(Reply::json(200, body))
}

/// `GET …/call-recording/extensions`.
pub(crate) fn recorded_extensions(ask: &Ask<'_>) -> Outcome {
    let page = Page::asked(ask.query, 100, 1_000)?;
    Ok(Reply::json(
        200,
        page.counted(&ask.uri(), ask.query, recorded(ask)),
    ))
}

fn recorded(ask: &Ask<'_>) -> Vec<Value> {
    let staff = (0_u16..).zip(&ask.inner.world.staff);
    staff
        .filter(|(_, extension)| extension.enabled && extension.kind == Kind::User)
        .map(|(index, extension)| {
            json!({
                "id": extension.id.to_string(),
                "uri": ask.extension_uri(index),
                "extensionNumber": extension.number,
                "name": extension.name(),
            })
        })
        .collect()
}

/// `GET …/message-store-configuration`.
pub(crate) fn message_store_configuration(ask: &Ask<'_>) -> Outcome {
    let days = ask.inner.options().retention_days.clamp(7, 90);
    Ok(Reply::json(200, json!({ "retentionPeriod": days })))
}

pub(crate) fn country(ask: &Ask<'_>) -> Value {
    json!({
        "id": "1",
        "uri": format!("{}/restapi/v1.0/dictionary/country/1", ask.hosts.platform),
        "name": "United States",
        "isoCode": "US",
        "callingCode": "1",
    })
}

/// Regional settings with an IANA zone, as the provider names zones.
pub(crate) fn regional(ask: &Ask<'_>, timezone: &str) -> Value {
    json!({
        "homeCountry": country(ask),
        "timezone": {
            "id": "58",
            "uri": format!("{}/restapi/v1.0/dictionary/timezone/58", ask.hosts.platform),
            "name": timezone,
            "description": timezone.replace('_', " "),
            "bias": "-480",
        },
        "language": { "id": "1033", "localeCode": "en-US", "name": "English (United States)" },
        "greetingLanguage": { "id": "1033", "localeCode": "en-US", "name": "English (United States)" },
        "formattingLocale": { "id": "1033", "localeCode": "en-US", "name": "English (United States)" },
        "timeFormat": "12h",
    })
}
