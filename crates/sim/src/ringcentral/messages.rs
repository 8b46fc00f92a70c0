//! The message store: lists, single messages, changes and deletions. What a
//! message looks like is told elsewhere.

use serde_json::{Value, json};

use crate::world::messages::{Kind, Message};
use crate::world::place;

use super::ask::Ask;
use super::bulk;
use super::call_log::DAY_MS;
use super::error::{ApiError, Outcome};
use super::fates::{Availability, Fate};
use super::held;
use super::message_record::{self, TYPES};
use super::paging::{Normal, Page};
use super::params::Wanted;
use super::reply::Reply;
use super::time::iso;

/// Which messages of a mailbox are wanted.
pub(crate) struct Filter {
    pub(crate) from_ms: i64,
    pub(crate) until_ms: i64,
    pub(crate) availability: Wanted,
    directions: Wanted,
    pub(crate) types: Wanted,
    read_status: Wanted,
    owners: Wanted,
    conversation: Option<String>,
    phone: Option<String>,
    distinct: bool,
}

impl Filter {
    /// Reads the query; the default span is the last 24 hours, and the default
    /// availability is `Alive`.
    pub(crate) fn asked(ask: &Ask<'_>) -> Outcome<Self> {
        let query = ask.query;
        let date_to = query.date("dateTo")?;
        let until_ms = date_to.unwrap_or(ask.now_ms);
        let day_before = until_ms - DAY_MS;
        let from_ms = query
            .date("dateFrom")?
            .unwrap_or(day_before - day_before.rem_euclid(60_000));
        if from_ms > until_ms {
            return Err(ApiError::invalid("dateFrom"));
        }
        let inclusive = ask.inner.options().date_to_inclusive || date_to.is_none();
        let availability = match query.wanted("availability", &["Alive", "Deleted", "Purged"])? {
            Wanted::Any => Wanted::These(vec!["Alive".to_owned()]),
            these @ Wanted::These(_) => these,
        };
        let owners = query
            .iter()
            .filter(|(key, _)| *key == "owner")
            .map(|(_, value)| value.to_owned())
            .collect::<Vec<_>>();
        Ok(Self {
            from_ms,
            until_ms: until_ms.saturating_add(i64::from(inclusive)),
            availability,
            directions: query.wanted("direction", &["Inbound", "Outbound"])?,
            types: query.wanted("messageType", &TYPES)?,
            read_status: query.wanted("readStatus", &["Read", "Unread"])?,
            owners: if owners.is_empty() {
                Wanted::Any
            } else {
                Wanted::These(owners)
            },
            conversation: query.get("conversationId").map(str::to_owned),
            phone: query
                .get("phoneNumber")
                .map(|number| number.trim_start_matches('+').to_owned()),
            distinct: query.flag("distinctConversations", false)?,
        })
    }

    /// The same wishes for all times and all states.
    pub(crate) fn everything(self, now_ms: i64) -> Self {
        Self {
            from_ms: i64::MIN,
            until_ms: now_ms + 1,
            availability: Wanted::Any,
            ..self
        }
    }

    /// Numbers of the wanted messages that can be seen, newest first.
    pub(crate) fn select(&self, ask: &Ask<'_>, extension: u16) -> Vec<u32> {
        let world = &ask.inner.world;
        let mailbox = &world.mailboxes[usize::from(extension)];
        let created = |number: &u32| world.messages[place(*number)].created_ms;
        let first = mailbox.partition_point(|number| created(number) < self.from_ms);
        let end = mailbox
            .partition_point(|number| created(number) < self.until_ms.min(ask.now_ms + 1))
            .max(first);
        let mut conversations = std::collections::HashSet::new();
        let newest_first = mailbox[first..end].iter().rev().copied();
        newest_first
            .filter(|&number| self.wants(ask, number))
            .filter(|&number| {
                !self.distinct || conversations.insert(message_record::conversation(ask, number))
            })
            .collect()
    }

    fn wants(&self, ask: &Ask<'_>, number: u32) -> bool {
        let message = &ask.inner.world.messages[place(number)];
        let availability = availability(ask, number);
        let read = if is_read(ask, number) {
            "Read"
        } else {
            "Unread"
        };
        availability != Availability::Gone
            && self.availability.includes(availability.name())
            && self.directions.includes(message_record::direction(message))
            && self.types.includes(message_record::type_name(message))
            && self.read_status.includes(read)
            && self.owners.includes("Personal")
            && self.conversation.as_ref().is_none_or(|id| {
                message.kind.is_text()
                    && message_record::conversation(ask, number).to_string() == *id
            })
            && self.phone.as_ref().is_none_or(|digits| {
                let has = |stranger| {
                    ask.inner
                        .world
                        .stranger(stranger)
                        .phone
                        .trim_start_matches('+')
                        == digits
                };
                message.kind != Kind::Pager && message.strangers().into_iter().any(has)
            })
    }
}

/// `GET …/message-store`.
pub(crate) fn list(ask: &Ask<'_>) -> Outcome {
    let filter = Filter::asked(ask)?;
    let page = Page::asked(ask.query, 100, 1_000)?;
    let all = filter.select(ask, ask.extension()?);
    let shown = all.iter().skip(page.start()).take(page.size);
    let records: Vec<Value> = shown
        .map(|&number| message_record::message(ask, number))
        .collect();
    let normal = Normal::of(ask.query)
        .or("availability", "Alive")
        .or("dateFrom", &iso(filter.from_ms));
    Ok(Reply::json(
        200,
        page.body(&ask.uri(), &normal, &records, Some(all.len()), false),
    ))
}

/// `GET …/message-store/{id[,id…]}`.
pub(crate) fn by_id(ask: &Ask<'_>) -> Outcome {
    bulk::answer(ask, "messageId", |id| {
        Ok(message_record::message(ask, found(ask, id)?))
    })
}

/// `PUT` and `PATCH …/message-store/{id[,id…]}`: the read status, and (PATCH
/// only) back from Deleted to Alive.
pub(crate) fn update(ask: &Ask<'_>) -> Outcome {
    let body = ask.json()?;
    bulk::answer(ask, "messageId", |id| {
        let number = found(ask, id)?;
        let message = &ask.inner.world.messages[place(number)];
        match body["readStatus"].as_str() {
            Some(status @ ("Read" | "Unread")) => {
                held(&ask.inner.fates).mark_read(number, message, status == "Read", ask.now_ms);
            }
            Some(_) => return Err(ApiError::invalid("readStatus")),
            None => {}
        }
        let restore = ask.route.method == "PATCH" && body["availability"] == "Alive";
        if restore && !held(&ask.inner.fates).restore(number, message, ask.now_ms) {
            return Err(ApiError::invalid("availability"));
        }
        Ok(message_record::message(ask, number))
    })
}

/// `DELETE …/message-store/{id[,id…]}`.
pub(crate) fn delete(ask: &Ask<'_>) -> Outcome {
    let purge = ask.query.flag("purge", false)?;
    let numbers: Outcome<Vec<u32>> = ask
        .path("messageId")
        .split(',')
        .map(|id| found(ask, id.trim()))
        .collect();
    for number in numbers? {
        let message = &ask.inner.world.messages[place(number)];
        held(&ask.inner.fates).delete_message(number, message, purge, ask.now_ms);
    }
    Ok(Reply::empty(204))
}

/// `DELETE …/message-store`: this simulator does not empty mailboxes.
pub(crate) fn delete_by_filter(ask: &Ask<'_>) -> Outcome {
    if ask.query.get("conversationId").is_some() && ask.query.get("type").is_some() {
        let message =
            "[conversationId] and [type] query parameters cannot be specified simultaneously";
        return Err(ApiError::new(400, "MSG-390", message));
    }
    Err(ApiError::new(
        501,
        "CMN-202",
        "The simulator does not empty mailboxes",
    ))
}

/// The message of the asked extension's mailbox with this id.
pub(crate) fn found(ask: &Ask<'_>, id: &str) -> Outcome<u32> {
    let missing = || ApiError::not_found("messageId");
    let number = ask.inner.world.message_number(id).ok_or_else(missing)?;
    let message = &ask.inner.world.messages[place(number)];
    let here = message.owner == ask.extension()? && message.created_ms <= ask.now_ms;
    let seen = here && availability(ask, number) != Availability::Gone;
    if seen { Ok(number) } else { Err(missing()) }
}

pub(crate) fn availability(ask: &Ask<'_>, number: u32) -> Availability {
    fate(ask, number).availability(ask.now_ms)
}

/// What became of a message.
pub(crate) fn fate(ask: &Ask<'_>, number: u32) -> Fate {
    held(&ask.inner.fates).of(number, &ask.inner.world.messages[place(number)])
}

pub(crate) fn is_read(ask: &Ask<'_>, number: u32) -> bool {
    let message: &Message = &ask.inner.world.messages[place(number)];
    fate(ask, number)
        .read
        .unwrap_or(message.outbound || message.dice.of("read").chance(0.6))
}

/// When anything about the message last changed.
pub(crate) fn modified_at(ask: &Ask<'_>, number: u32) -> i64 {
    let message = &ask.inner.world.messages[place(number)];
    let settled =
        Some(message.settled_at).filter(|at| *at <= ask.now_ms && *at > message.created_ms);
    let by_fate = fate(ask, number).modified_at(ask.now_ms);
    let at_first = message.created_ms + message.dice.of("modified").between(20, 990);
    [settled, by_fate]
        .into_iter()
        .flatten()
        .fold(at_first, i64::max)
}

/// What a change feed shows of a message that is not alive.
pub(crate) fn stub(ask: &Ask<'_>, number: u32) -> Value {
    let message = &ask.inner.world.messages[place(number)];
    let id = ask.inner.world.message_id(number);
    json!({
        "uri": format!("{}/message-store/{id}", ask.extension_uri(message.owner)),
        "id": id,
        "availability": availability(ask, number).name(),
    })
}
