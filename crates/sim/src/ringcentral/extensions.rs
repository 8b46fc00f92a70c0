//! The extensions: lists, details, features, numbers, queues.

use serde_json::{Value, json};

use crate::world::people::{Extension, Kind, MAIN_NUMBER};

use super::account::{country, regional};
use super::ask::Ask;
use super::error::Outcome;
use super::paging::Page;
use super::reply::Reply;

const STATUSES: [&str; 5] = [
    "Enabled",
    "Disabled",
    "Frozen",
    "NotActivated",
    "Unassigned",
];
const TYPES: [&str; 21] = [
    "User",
    "FaxUser",
    "FlexibleUser",
    "VirtualUser",
    "DigitalUser",
    "Department",
    "Announcement",
    "Voicemail",
    "SharedLinesGroup",
    "PagingOnly",
    "IvrMenu",
    "ApplicationExtension",
    "ParkLocation",
    "Bot",
    "Room",
    "Limited",
    "Site",
    "ProxyAdmin",
    "DelegatedLinesGroup",
    "GroupCallPickup",
    "RoomConnector",
];

/// Features of an extension that Archiver cares for.
const FEATURES: [&str; 6] = [
    "ReadExtensionCallLog",
    "CallRecording",
    "VoicemailToText",
    "SMSReceiving",
    "FaxReceiving",
    "SharedVoicemail",
];

/// `GET …/extension`.
pub(crate) fn list(ask: &Ask<'_>) -> Outcome {
    let query = ask.query;
    let page = Page::asked(query, 100, 1_000)?;
    let (statuses, types) = (
        query.wanted("status", &STATUSES)?,
        query.wanted("type", &TYPES)?,
    );
    let emails: Vec<&str> = query
        .iter()
        .filter(|(key, _)| *key == "email")
        .map(|(_, value)| value)
        .collect();
    let all = staff(ask)
        .filter(|(_, e)| statuses.includes(status(e)) && types.includes(e.kind.name()))
        .filter(|(_, e)| {
            query
                .get("extensionNumber")
                .is_none_or(|number| e.number == number)
        })
        .filter(|(_, e)| emails.is_empty() || emails.contains(&e.email().as_str()))
        .filter_map(|(index, extension)| as_it_is_now(ask, index, extension))
        .collect();
    Ok(Reply::json(200, page.counted(&ask.uri(), query, all)))
}

/// What a list shows of somebody, if it does.
fn as_it_is_now(ask: &Ask<'_>, index: u16, extension: &Extension) -> Option<Value> {
    let mut shown = listed(ask, index, extension);
    let options = ask.inner.options();
    if let Some(change) = options.staff.get(&extension.number) {
        if !change.listed {
            return None;
        }
        if let Some(number) = &change.number {
            shown["extensionNumber"] = json!(number);
        }
        if let Some(name) = &change.name {
            shown["name"] = json!(name);
        }
    }
    Some(shown)
}

/// `GET …/extension/{extensionId}`.
pub(crate) fn one(ask: &Ask<'_>) -> Outcome {
    let index = ask.extension()?;
    let extension = ask.inner.world.extension(index);
    let mut body = listed(ask, index, extension);
    let role = if extension.admin {
        ("1", "Super Admin")
    } else {
        ("5", "Standard (International)")
    };
    body["account"] =
        json!({ "id": ask.inner.world.extension(0).id.to_string(), "uri": ask.account_uri() });
    body["regionalSettings"] = regional(ask, &extension.timezone);
    body["setupWizardState"] = json!("Completed");
    body["extensionNumbers"] = json!([extension.number]);
    body["roles"] = json!([{
        "uri": format!("{}/restapi/v1.0/dictionary/user-role/{}", ask.hosts.platform, role.0),
        "id": role.0,
        "displayName": role.1,
    }]);
    Ok(Reply::json(200, body))
}

/// `GET …/features`.
pub(crate) fn features(ask: &Ask<'_>) -> Outcome {
    let index = ask.extension()?;
    let asked: Vec<&str> = ask
        .query
        .iter()
        .filter(|(key, _)| *key == "featureId")
        .map(|(_, value)| value)
        .collect();
    let only_available = ask.query.flag("availableOnly", false)?;
    let user = ask.inner.world.extension(index).kind == Kind::User;
    let records: Vec<Value> = FEATURES
        .iter()
        .filter(|id| asked.is_empty() || asked.contains(id))
        .map(|id| (id, user && *id != "SharedVoicemail"))
        .filter(|(_, available)| *available || !only_available)
        .map(|(id, available)| {
            let mut feature = json!({ "id": id, "available": available });
            if !available {
                let code = if user {
                    "ServicePlanLimitation"
                } else {
                    "ExtensionTypeLimitation"
                };
                feature["reason"] =
                    json!({ "code": code, "message": "The feature is not available" });
            }
            feature
        })
        .collect();
    Ok(Reply::json(200, json!({ "records": records })))
}

/// `GET …/phone-number`.
pub(crate) fn numbers(ask: &Ask<'_>) -> Outcome {
    let page = Page::asked(ask.query, 100, 1_000)?;
    let index = ask.extension()?;
    let extension = ask.inner.world.extension(index);
    let features = ["CallerId", "SmsSender", "MmsSender"];
    // Beside a number a country has no codes (`CountryInfoBasicModel`).
    let country = country(ask);
    let country = json!({ "id": country["id"], "uri": country["uri"], "name": country["name"] });
    let all = [
        (extension.phone.as_str(), "DirectNumber", 1),
        (MAIN_NUMBER, "MainCompanyNumber", 2),
    ]
    .into_iter()
    .filter(|(_, usage, _)| {
        ask.query
            .get("usageType")
            .is_none_or(|wanted| wanted == *usage)
    })
    .map(|(number, usage, nth)| {
        let id = extension.id + nth;
        json!({
            "uri": format!("{}/phone-number/{id}", ask.account_uri()),
            "id": id,
            "country": country,
            "location": "Palo Alto, CA",
            "paymentType": "Local",
            "phoneNumber": number,
            "primary": usage == "MainCompanyNumber",
            "status": "Normal",
            "type": "VoiceFax",
            "usageType": usage,
            "features": features,
        })
    })
    .collect();
    Ok(Reply::json(200, page.counted(&ask.uri(), ask.query, all)))
}

/// `GET …/call-queues`.
pub(crate) fn queues(ask: &Ask<'_>) -> Outcome {
    let page = Page::asked(ask.query, 100, 1_000)?;
    let all = staff(ask)
        .filter(|(_, extension)| extension.kind == Kind::Department)
        .map(|(_, extension)| {
            json!({
                "uri": format!("{}/call-queues/{}", ask.account_uri(), extension.id),
                "id": extension.id.to_string(),
                "extensionNumber": extension.number,
                "name": extension.name(),
                "status": status(extension),
            })
        })
        .collect();
    Ok(Reply::json(200, page.counted(&ask.uri(), ask.query, all)))
}

fn staff<'a>(ask: &'a Ask<'_>) -> impl Iterator<Item = (u16, &'a Extension)> {
    (0_u16..).zip(&ask.inner.world.staff)
}

fn status(extension: &Extension) -> &'static str {
    if extension.enabled {
        "Enabled"
    } else {
        "Disabled"
    }
}

/// An extension as lists show it.
fn listed(ask: &Ask<'_>, index: u16, extension: &Extension) -> Value {
    let uri = ask.extension_uri(index);
    let image = uri.replace(&ask.hosts.platform, &ask.hosts.media);
    let mut contact = json!({
        "firstName": extension.first_name,
        "email": extension.email(),
        "company": ask.inner.world.options.name,
        "businessPhone": extension.phone,
    });
    if !extension.last_name.is_empty() {
        contact["lastName"] = json!(extension.last_name);
    }
    json!({
        "uri": uri,
        "id": extension.id,
        "extensionNumber": extension.number,
        "name": extension.name(),
        "type": extension.kind.name(),
        "status": status(extension),
        "contact": contact,
        "permissions": {
            "admin": { "enabled": extension.admin },
            "internationalCalling": { "enabled": false },
        },
        "profileImage": { "uri": format!("{image}/profile-image") },
        "hidden": false,
    })
}
