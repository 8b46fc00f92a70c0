//! The account behind the app: who it is, its space, its namespaces, and the
//! app's own credentials.

use axum::http::HeaderMap;
use serde_json::{Value, json};

use super::argument::Argument;
use super::basic_credentials;
use super::call::Call;
use super::error::{Failure, tag, tag_of};
use super::options::Options;
use super::reply::Reply;

/// The user's number in OAuth answers.
pub(super) const UID: &str = "12345678";
/// The namespace of the account, home and root in one.
pub(super) const NAMESPACE: &str = "3235641";
/// How the account calls itself, also in the names of conflicted copies.
pub(super) const DISPLAY_NAME: &str = "Simulated Owner";

/// `users/get_current_account`
pub(super) fn current(call: &Call) -> Result<Reply, Failure> {
    call.argument.end()?;
    let options = &call.options;
    let kind = if options.member_quota_bytes.is_some() {
        "business"
    } else {
        "basic"
    };
    Ok(Reply::Json(json!({
        "account_id": options.account_id,
        "name": {
            "given_name": "Simulated",
            "surname": "Owner",
            "familiar_name": "Simulated",
            "display_name": DISPLAY_NAME,
            "abbreviated_name": "SO",
        },
        "email": "owner@example.com",
        "email_verified": true,
        "disabled": false,
        "country": "US",
        "locale": "en",
        "referral_link": "https://www.dropbox.com/referrals/simulated",
        "is_paired": false,
        "account_type": tag(kind),
        "root_info": root_info(),
    })))
}

fn root_info() -> Value {
    json!({
        ".tag": "user",
        "root_namespace_id": NAMESPACE,
        "home_namespace_id": NAMESPACE,
    })
}

/// `users/get_space_usage`
pub(super) fn space(call: &Call, stored_bytes: u64) -> Result<Reply, Failure> {
    call.argument.end()?;
    let options = &call.options;
    let used = stored_bytes + options.used_elsewhere_bytes;
    let allocation = match options.member_quota_bytes {
        None => json!({ ".tag": "individual", "allocated": options.quota_bytes }),
        Some(member) => json!({
            ".tag": "team",
            "used": used,
            "allocated": options.quota_bytes,
            "user_within_team_space_allocated": member,
            "user_within_team_space_limit_type": tag(if member == 0 { "off" } else { "stop_sync" }),
            "user_within_team_space_used_cached": stored_bytes,
        }),
    };
    Ok(Reply::Json(
        json!({ "used": used, "allocation": allocation }),
    ))
}

/// Bytes that may still be written.
pub(super) fn free(options: &Options, stored_bytes: u64) -> u64 {
    let team = options
        .quota_bytes
        .saturating_sub(stored_bytes + options.used_elsewhere_bytes);
    match options.member_quota_bytes {
        None | Some(0) => team,
        Some(member) => team.min(member.saturating_sub(stored_bytes)),
    }
}

/// `check/user` and `check/app`
pub(super) fn echo(mut call: Call) -> Result<Reply, Failure> {
    let query = call.argument.optional_text("query")?.unwrap_or_default();
    let length = query.chars().count();
    if length > 500 {
        let why = format!("'{query}' must be at most 500 characters, got {length}");
        return Err(call.argument.refuse("query", &why));
    }
    call.argument.end()?;
    Ok(Reply::Json(json!({ "result": query })))
}

/// The app's key and secret by Basic authentication.
pub(super) fn right_app(headers: &HeaderMap, options: &Options) -> Result<(), Failure> {
    let given = basic_credentials(headers);
    let right = given.is_some_and(|(k, s)| k == options.app_key && s == options.app_secret);
    if right {
        return Ok(());
    }
    Err(Failure::BadRequest("Invalid app key or secret.".to_owned()))
}

/// `Dropbox-API-Path-Root`: never with an app-folder app; otherwise it must
/// name a namespace of the user.
pub(super) fn right_root(headers: &HeaderMap, options: &Options) -> Result<(), Failure> {
    let Some(header) = headers.get("dropbox-api-path-root") else {
        return Ok(());
    };
    if options.app_folder {
        return Err(Failure::BadRequest(
            "Path root is not supported for sandbox app.".to_owned(),
        ));
    }
    let place = "HTTP header \"Dropbox-API-Path-Root\"";
    let text = header.as_bytes();
    let wrapped = [b"{\"root\":", text, b"}"].concat();
    let mut argument = Argument::parse(&wrapped, place)?;
    let Some((tag_name, mut fields)) = argument.union("root")? else {
        return Ok(());
    };
    match tag_name.as_str() {
        "home" => Ok(()),
        "root" if fields.text("root")? == NAMESPACE => Ok(()),
        "root" => Err(Failure::PathRoot(tag_of("invalid_root", &root_info()))),
        "namespace_id" if fields.text("namespace_id")? == NAMESPACE => Ok(()),
        "namespace_id" => Err(Failure::PathRoot(tag("no_permission"))),
        other => Err(fields.unknown_tag(other)),
    }
}
