//! Message-store reports: all mailboxes of the company as zips, made by a task
//! that takes its time (developer guide, message exports).

use serde_json::{Value, json};

use crate::media::Media;
use crate::world::calendar::scaled;
use crate::world::{ids, place};

use super::ask::Ask;
use super::call_log::DAY_MS;
use super::error::{ApiError, Outcome};
use super::fates::Availability;
use super::held;
use super::message_record::{self, TYPES};
use super::messages;
use super::reply::{Body, Delivery, Framing, Reply};
use super::report_zips;
use super::time::{self, iso};

/// Tasks that may run at the same time.
const TASKS: usize = 2;

/// All tasks since the start.
#[derive(Debug, Default)]
pub(crate) struct Reports(Vec<Task>);

#[derive(Clone, Debug)]
struct Task {
    id: String,
    from_ms: i64,
    until_ms: i64,
    types: Vec<String>,
    started_ms: i64,
    finishes_ms: i64,
    fate: Fate,
    /// Made when somebody first asks for them.
    zips: Option<Vec<Media>>,
}

/// How a task ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Fate {
    Completes,
    /// Its first attempt fails.
    Stumbles,
    Fails,
}

/// `POST …/message-store-report`.
pub(crate) fn create(ask: &Ask<'_>) -> Outcome {
    let body = ask.json()?;
    let date = |name: &str| match body[name].as_str() {
        None => Ok(None),
        Some(text) => time::parse(text)
            .map(Some)
            .ok_or_else(|| ApiError::invalid(name)),
    };
    let until_ms = date("dateTo")?.unwrap_or(ask.now_ms);
    let types: Vec<String> = body["messageTypes"]
        .as_array()
        .into_iter()
        .flatten()
        .filter_map(|t| t.as_str().map(str::to_owned))
        .collect();
    if types.iter().any(|kind| !TYPES.contains(&kind.as_str())) {
        return Err(ApiError::invalid("messageTypes"));
    }
    let mut reports = held(&ask.inner.reports);
    if reports
        .0
        .iter()
        .filter(|task| task.finishes_ms > ask.now_ms)
        .count()
        >= TASKS
    {
        // The real code is not documented.
        return Err(ApiError::new(
            400,
            "CMN-106",
            "Maximum number of simultaneous tasks is 2",
        ));
    }
    let options = ask.inner.options();
    let number = u64::try_from(reports.0.len()).unwrap_or(0);
    let dice = ask.inner.dice.of("report").at(number);
    let task = Task {
        id: format!(
            "{0}-{1}-{2:016x}{3:016x}",
            ids::ACCOUNT,
            ask.user().id,
            dice.bits(),
            dice.at(1).bits()
        ),
        from_ms: date("dateFrom")?.unwrap_or(until_ms - DAY_MS),
        until_ms,
        types: if types.is_empty() {
            TYPES.map(str::to_owned).to_vec()
        } else {
            types
        },
        started_ms: ask.now_ms,
        finishes_ms: ask.now_ms + scaled(options.report_ms, options.delay_scale),
        fate: fate(ask, number),
        zips: None,
    };
    let shown = shown(ask, &task);
    reports.0.push(task);
    Ok(Reply::json(202, shown))
}

fn fate(ask: &Ask<'_>, number: u64) -> Fate {
    let options = ask.inner.options();
    let plan = ask.inner.faults.plan(&options.faults);
    let (faults, task) = (&options.faults, number.to_string());
    if plan.strikes("report_failed", faults.report_failed, &task) {
        Fate::Fails
    } else if plan.strikes("report_attempt_failed", faults.report_attempt_failed, &task) {
        Fate::Stumbles
    } else {
        Fate::Completes
    }
}

/// `GET …/message-store-report/{taskId}`.
pub(crate) fn task(ask: &Ask<'_>) -> Outcome {
    Ok(Reply::json(200, shown(ask, &found(ask)?)))
}

/// `GET …/message-store-report/{taskId}/archive`.
pub(crate) fn archives(ask: &Ask<'_>) -> Outcome {
    let expire = ask.inner.options().report_link_ms.is_some();
    let records: Vec<Value> = (0..)
        .zip(zips(ask)?)
        .map(|(number, zip): (u32, Media)| {
            let id = if expire {
                format!("{number}-{}", ask.now_ms)
            } else {
                number.to_string()
            };
            json!({ "size": zip.len(), "uri": format!("{}/{id}", ask.uri()) })
        })
        .collect();
    Ok(Reply::json(200, json!({ "records": records })))
}

/// `GET …/message-store-report/{taskId}/archive/{archiveId}`.
pub(crate) fn archive(ask: &Ask<'_>) -> Outcome {
    let (options, id) = (ask.inner.options(), ask.path("archiveId"));
    let (number, listed_ms) = id.split_once('-').unwrap_or((id, ""));
    let dead = options.report_link_ms.is_some_and(|life| {
        let listed_ms = listed_ms.parse::<i64>().unwrap_or(i64::MIN);
        ask.now_ms >= listed_ms.saturating_add(life)
    });
    let number = number.parse::<usize>().ok().filter(|_| !dead);
    let zip = zips(ask)?
        .into_iter()
        .nth(number.unwrap_or(usize::MAX))
        .ok_or_else(|| ApiError::not_found("archiveId"))?;
    let mut delivery = Delivery::of(zip);
    if !options.content_length {
        delivery.framing = Framing::Chunked;
    }
    let reply = Reply::new(200, Body::Media(delivery));
    Ok(reply.with("content-type", "application/zip"))
}

fn found(ask: &Ask<'_>) -> Outcome<Task> {
    let reports = held(&ask.inner.reports);
    let kept_ms = ask.inner.options().report_kept_ms;
    let is_kept = |task: &&Task| {
        kept_ms.is_none_or(|kept| ask.now_ms < task.finishes_ms.saturating_add(kept))
    };
    let task = reports.0.iter().find(|task| task.id == ask.path("taskId"));
    let task = task.filter(is_kept).cloned();
    task.ok_or_else(|| ApiError::not_found("taskId"))
}

fn status(ask: &Ask<'_>, task: &Task) -> &'static str {
    let (took_ms, takes_ms) = (
        ask.now_ms - task.started_ms,
        task.finishes_ms - task.started_ms,
    );
    let tenths = took_ms.saturating_mul(10).checked_div(takes_ms);
    let tenths = tenths.unwrap_or(10);
    match (tenths, task.fate) {
        (10.., Fate::Fails) => "Failed",
        (10.., _) => "Completed",
        (5..7, Fate::Stumbles | Fate::Fails) => "AttemptFailed",
        (2.., _) => "InProgress",
        (1, _) => "Pending",
        _ => "Accepted",
    }
}

fn shown(ask: &Ask<'_>, task: &Task) -> Value {
    let status = status(ask, task);
    let mut shown = json!({
        "id": task.id,
        "uri": format!("{}/message-store-report/{}", ask.account_uri(), task.id),
        "status": status,
        "accountId": ids::ACCOUNT.to_string(),
        "extensionId": ask.user().id.to_string(),
        "dateFrom": iso(task.from_ms),
        "dateTo": iso(task.until_ms),
        "startTime": iso(task.started_ms),
        "messageTypes": task.types,
    });
    if matches!(status, "Completed" | "Failed") {
        shown["finishTime"] = json!(iso(task.finishes_ms));
    }
    shown
}

/// The zips of a finished task: first the metadata, then the contents.
fn zips(ask: &Ask<'_>) -> Outcome<Vec<Media>> {
    let task = found(ask)?;
    if status(ask, &task) != "Completed" {
        return Err(ApiError::not_found("archiveId"));
    }
    if let Some(zips) = task.zips {
        return Ok(zips);
    }
    let made = report_zips::make(ask, |number| wants(ask, &task, number))
        .map_err(|_| ApiError::new(500, "CMN-201", "Service Temporary Unavailable"))?;
    if let Some(task) = held(&ask.inner.reports)
        .0
        .iter_mut()
        .find(|other| other.id == task.id)
    {
        task.zips = Some(made.clone());
    }
    Ok(made)
}

fn wants(ask: &Ask<'_>, task: &Task, number: u32) -> bool {
    let message = &ask.inner.world.messages[place(number)];
    let kind = message_record::type_name(message);
    message.created_ms >= task.from_ms
        && message.created_ms < task.until_ms.min(task.finishes_ms)
        && task.types.iter().any(|wanted| wanted == kind)
        && match messages::availability(ask, number) {
            Availability::Alive => true,
            Availability::Deleted => ask.inner.options().report_deleted,
            Availability::Purged | Availability::Gone => false,
        }
}
