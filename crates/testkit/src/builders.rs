//! Short ways to the values that tests are about. Everything belongs to
//! extension `101` and happens on 1 June 2026 unless the test says otherwise.

use domain::account::{Account, AccountId, Extension, ExtensionId};
use domain::archive_path::{ArchivePath, Naming};
use domain::call::Call;
use domain::connection::{Backup, BackupId, Connection, ConnectionId, DestinationRecord, Scope};
use domain::content::{Content, Framing};
use domain::data_type::DataType;
use domain::event::{Event, Level};
use domain::grant::Grant;
use domain::item::{Facts, Fetch, Item, ItemId, Sighting, Standing};
use domain::ledger::{DestinationId, Fingerprint, Outcome, Pending, Receipt};
use domain::media::Expected;
use domain::ports::Noted;
use domain::secret::Secret;
use domain::window::{HOUR_MS, Window, instant};
use domain::{Error, Kind};
use futures::{StreamExt, stream};

use crate::samples;

/// 2026-06-01T00:00:00Z, milliseconds since 1970: where the tests' time begins.
pub const T0: i64 = 1_780_272_000_000;

/// A company.
pub fn account(id: &str) -> Account {
    Account {
        id: AccountId::new(id),
        name: format!("Company {id}"),
        time_zone: Some("America/New_York".to_owned()),
    }
}

/// Its id alone.
pub fn account_id(id: &str) -> AccountId {
    AccountId::new(id)
}

/// A person, whose number is the id.
pub fn extension(id: &str) -> Extension {
    Extension {
        id: extension_id(id),
        number: Some(id.to_owned()),
        name: Some(format!("Person {id}")),
        kind: "User".to_owned(),
        status: "Enabled".to_owned(),
        time_zone: Some("America/New_York".to_owned()),
    }
}

/// Its id alone.
pub fn extension_id(id: &str) -> ExtensionId {
    ExtensionId::new(id)
}

/// Where archives go.
pub fn destination(id: &str, account: &AccountId) -> DestinationRecord {
    DestinationRecord {
        id: DestinationId::new(id),
        account: account.clone(),
        label: format!("{id}@example.com"),
        naming: Naming::Default,
    }
}

/// A Connection of extension `101`, to be run by the scheduler.
pub fn connection(id: &str, to: &DestinationRecord) -> Connection {
    Connection {
        id: ConnectionId::new(id),
        account: to.account.clone(),
        viewer: extension_id("101"),
        destination: to.id.clone(),
        headless: false,
        connected: true,
        source_trouble: None,
        destination_trouble: None,
    }
}

/// A Backup of the whole company and of all types, switched on.
pub fn backup(id: &str, of: &Connection) -> Backup {
    Backup {
        id: BackupId::new(id),
        account: of.account.clone(),
        connection: of.id.clone(),
        destination: of.destination.clone(),
        scope: Scope::Account,
        types: DataType::ALL.into(),
        enabled: true,
    }
}

/// Tokens that live for an hour from `issued_ms`; what they are is told from
/// the word.
pub fn grant(word: &str, issued_ms: i64) -> Grant {
    Grant {
        access: Secret::new(format!("access-{word}")),
        access_until: instant(issued_ms + HOUR_MS),
        issued: instant(issued_ms),
        refresh: Some(Secret::new(format!("refresh-{word}"))),
        refresh_until: Some(instant(issued_ms + 168 * HOUR_MS)),
        scopes: vec!["ReadCallLog".to_owned(), "ReadMessages".to_owned()],
        owner: "101".to_owned(),
    }
}

/// The identity of an item: `part` as in a picture message.
pub fn item_id(data_type: DataType, unit: &str, part: Option<&str>) -> ItemId {
    ItemId {
        data_type,
        unit: unit.to_owned(),
        part: part.map(str::to_owned),
    }
}

/// A call recording, to be fetched.
pub fn recording(id: &str, at_ms: i64) -> Item {
    item(
        item_id(DataType::CallRecording, id, None),
        at_ms,
        Expected::Audio,
    )
}

/// A voicemail's audio, to be fetched.
pub fn voicemail(id: &str, at_ms: i64) -> Item {
    item(
        item_id(DataType::Voicemail, id, Some("1")),
        at_ms,
        Expected::Audio,
    )
}

/// A fax, to be fetched.
pub fn fax(id: &str, at_ms: i64) -> Item {
    item(
        item_id(DataType::Fax, id, Some("1")),
        at_ms,
        Expected::Document,
    )
}

/// The text of an SMS, made from the item itself.
pub fn sms(id: &str, at_ms: i64) -> Item {
    let mut item = item(item_id(DataType::Sms, id, None), at_ms, Expected::Text);
    item.fetch = Fetch::Transcript;
    item.facts.text = Some(format!("text of {id}"));
    item
}

/// A picture of the SMS with that id, to be fetched.
pub fn picture(sms: &str, part: &str, at_ms: i64) -> Item {
    item(
        item_id(DataType::Sms, sms, Some(part)),
        at_ms,
        Expected::Anything,
    )
}

fn item(id: ItemId, at_ms: i64, expected: Expected) -> Item {
    let address = format!("memory:{id}");
    Item {
        id,
        extension: Some(extension_id("101")),
        at_ms,
        facts: Facts::default(),
        fetch: Fetch::From(address),
        expected,
        size: None,
    }
}

/// The same item, of another extension.
pub fn of(extension: &str, item: Item) -> Item {
    Item {
        extension: Some(extension_id(extension)),
        ..item
    }
}

/// Whole bytes as the item must have them: its format, its own content.
pub fn bytes_of(item: &Item) -> bytes::Bytes {
    let name = item.id.key();
    match item.expected {
        Expected::Audio => samples::wav(&name),
        Expected::Document => samples::pdf(&name),
        Expected::Text => name.into(),
        Expected::Anything => samples::gif(&name),
    }
}

/// A row of the call log without a recording.
pub fn call(id: &str, at_ms: i64) -> Call {
    Call {
        id: id.to_owned(),
        extension: Some(extension_id("101")),
        at_ms,
        facts: Facts::default(),
        result: "Call connected".to_owned(),
        recordings: 0,
        unfinished: false,
    }
}

/// A sighting of an item whose bytes can be asked for.
pub fn ready(item: &Item) -> Sighting {
    sighting(item, Standing::Ready)
}

/// A sighting of an item, standing like this.
pub fn sighting(item: &Item, standing: Standing) -> Sighting {
    Sighting {
        item: item.clone(),
        standing,
    }
}

/// A sighting with a stem that is told from the item's identity.
pub fn noted(sighting: Sighting) -> Noted {
    Noted {
        stem: format!("Archive/{}", sighting.item.id.key().replace('/', " ")),
        sighting,
    }
}

/// A path in the archive.
pub fn path(path: &str) -> ArchivePath {
    ArchivePath::new(path).unwrap()
}

/// The outcome of a try that worked, with what would truly have been computed.
pub fn archived(at: &str, bytes: &[u8]) -> Outcome {
    let size = bytes.len() as u64;
    let sha256 = samples::sha256(bytes);
    Outcome::Archived {
        path: path(at),
        receipt: Receipt {
            size,
            hash: format!("sha256:{sha256}"),
            revision: None,
        },
        fingerprint: Fingerprint { size, sha256 },
    }
}

/// The outcome of a try that failed and counts.
pub fn failed(reason: Pending, next_try_ms: i64) -> Outcome {
    Outcome::Pending {
        cause: format!("it is {}", reason.word()),
        reason,
        next_try_ms,
        counts: true,
    }
}

/// An Event about the item that belongs to this time and happened then.
pub fn event(what: &str, at_ms: i64) -> Event {
    Event {
        at_ms,
        level: Level::Info,
        about: String::new(),
        belongs_ms: at_ms,
        what: what.to_owned(),
    }
}

/// The clock hours from `from` until before `to`, counted from [`T0`].
pub fn hours(from: i64, to: i64) -> Window {
    Window::from_ms(T0 + from * HOUR_MS, T0 + to * HOUR_MS).unwrap()
}

/// Bytes that come in chunks of this size, their length declared.
pub fn chunked(bytes: &bytes::Bytes, chunk: usize) -> Content {
    let whole = bytes.clone();
    let starts = (0..bytes.len()).step_by(chunk.max(1));
    let chunks: Vec<_> = starts
        .map(|start| Ok(whole.slice(start..whole.len().min(start + chunk.max(1)))))
        .collect();
    Content {
        fingerprint: None,
        length: Some(bytes.len() as u64),
        framing: Framing::Declared,
        media_type: None,
        bytes: stream::iter(chunks).boxed(),
    }
}

/// A failure of the moment.
pub fn unavailable() -> Error {
    Error::new(Kind::Unavailable, "the other side does not answer")
}
