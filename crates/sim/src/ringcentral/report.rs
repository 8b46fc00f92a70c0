//! Message-store reports: all mailboxes of the company as zips, made by a task
//! that takes its time (developer guide, message exports).

use std::io::{Cursor, Write};

use bytes::Bytes;
use serde_json::{Value, json};
use zip::ZipWriter;
use zip::write::SimpleFileOptions;

use crate::world::calendar::scaled;
use crate::world::{ids, place};

use super::ask::Ask;
use super::call_log::DAY_MS;
use super::error::{ApiError, Outcome};
use super::fates::Availability;
use super::held;
use super::message_record::{self, TYPES};
use super::messages;
use super::reply::Reply;
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
    /// Made when somebody first asks for them.
    zips: Option<Vec<Bytes>>,
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
        zips: None,
    };
    let shown = shown(ask, &task);
    reports.0.push(task);
    Ok(Reply::json(202, shown))
}

/// `GET …/message-store-report/{taskId}`.
pub(crate) fn task(ask: &Ask<'_>) -> Outcome {
    Ok(Reply::json(200, shown(ask, &found(ask)?)))
}

/// `GET …/message-store-report/{taskId}/archive`.
pub(crate) fn archives(ask: &Ask<'_>) -> Outcome {
    let records: Vec<Value> = (0..)
        .zip(zips(ask)?)
        .map(|(n, zip): (u32, Bytes)| json!({ "size": zip.len(), "uri": format!("{}/{n}", ask.uri()) }))
        .collect();
    Ok(Reply::json(200, json!({ "records": records })))
}

/// `GET …/message-store-report/{taskId}/archive/{archiveId}`.
pub(crate) fn archive(ask: &Ask<'_>) -> Outcome {
    let number = ask.path("archiveId").parse::<usize>().ok();
    let zip = zips(ask)?
        .into_iter()
        .nth(number.unwrap_or(usize::MAX))
        .ok_or_else(|| ApiError::not_found("archiveId"))?;
    Ok(Reply::bytes(200, "application/zip", zip))
}

fn found(ask: &Ask<'_>) -> Outcome<Task> {
    let reports = held(&ask.inner.reports);
    let task = reports.0.iter().find(|task| task.id == ask.path("taskId"));
    task.cloned().ok_or_else(|| ApiError::not_found("taskId"))
}

fn status(ask: &Ask<'_>, task: &Task) -> &'static str {
    let accepted_until = task.started_ms + (task.finishes_ms - task.started_ms) / 5;
    match ask.now_ms {
        now if now >= task.finishes_ms => "Completed",
        now if now >= accepted_until => "InProgress",
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
    if status == "Completed" {
        shown["finishTime"] = json!(iso(task.finishes_ms));
    }
    shown
}

/// The zips of a finished task: first the metadata, then the contents.
fn zips(ask: &Ask<'_>) -> Outcome<Vec<Bytes>> {
    let task = found(ask)?;
    if status(ask, &task) != "Completed" {
        return Err(ApiError::not_found("archiveId"));
    }
    if let Some(zips) = task.zips {
        return Ok(zips);
    }
    let made = make(ask, &task)
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

fn make(ask: &Ask<'_>, task: &Task) -> zip::result::ZipResult<Vec<Bytes>> {
    let world = &ask.inner.world;
    let mut metadata = Zip::default();
    let mut contents = vec![Zip::default()];
    for (extension, mailbox) in world.staff.iter().zip(&world.mailboxes) {
        let folder = format!("account/{}/extension/{}", ids::ACCOUNT, extension.id);
        let wanted: Vec<u32> = mailbox
            .iter()
            .copied()
            .filter(|&number| wants(ask, task, number))
            .collect();
        let records: Vec<Value> = wanted
            .iter()
            .map(|&number| message_record::message(ask, number))
            .collect();
        metadata.add(
            &format!("{folder}/message-store.json"),
            json!({ "records": records }).to_string().as_bytes(),
        )?;
        for number in wanted {
            for attachment in message_record::visible_attachments(ask, number) {
                let Some(media) = world.attachment_media(number, attachment) else {
                    continue;
                };
                let full = |zip: &Zip| {
                    zip.bytes + media.len() > ask.inner.options().report_zip_bytes && zip.bytes > 0
                };
                if contents.last().is_none_or(full) {
                    contents.push(Zip::default());
                }
                if let Some(zip) = contents.last_mut() {
                    let id = world.attachment_id(number, attachment.part);
                    zip.begin(&format!("{folder}/message-store/content/{id}"))?;
                    let mut offset = 0;
                    while offset < media.len() {
                        let chunk = media.chunk(offset);
                        offset += chunk.len() as u64;
                        zip.write(&chunk)?;
                    }
                }
            }
        }
    }
    std::iter::once(metadata)
        .chain(contents)
        .map(Zip::finish)
        .collect()
}

fn wants(ask: &Ask<'_>, task: &Task, number: u32) -> bool {
    let message = &ask.inner.world.messages[place(number)];
    let kind = message_record::type_name(message);
    message.created_ms >= task.from_ms
        && message.created_ms < task.until_ms.min(ask.now_ms)
        && task.types.iter().any(|wanted| wanted == kind)
        && messages::availability(ask, number) == Availability::Alive
}

/// A zip in the making, and how much went into it.
struct Zip {
    writer: ZipWriter<Cursor<Vec<u8>>>,
    bytes: u64,
}

impl Default for Zip {
    fn default() -> Self {
        Self {
            writer: ZipWriter::new(Cursor::new(Vec::new())),
            bytes: 0,
        }
    }
}

impl Zip {
    fn begin(&mut self, name: &str) -> zip::result::ZipResult<()> {
        self.writer.start_file(name, SimpleFileOptions::default())
    }

    fn write(&mut self, data: &[u8]) -> zip::result::ZipResult<()> {
        self.bytes += data.len() as u64;
        Ok(self.writer.write_all(data)?)
    }

    fn add(&mut self, name: &str, data: &[u8]) -> zip::result::ZipResult<()> {
        self.begin(name)?;
        self.write(data)
    }

    fn finish(self) -> zip::result::ZipResult<Bytes> {
        Ok(Bytes::from(self.writer.finish()?.into_inner()))
    }
}
