//! The calls an archive makes, one function each. They say what they send and
//! read what comes back; what to do about a failure is for others.

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use domain::error::{Error, Kind, Result};
use outbound::{Answer, Body, Budget, Group, Line, Purpose, Request, Streamed, Urgency};
use serde::Serialize;
use serde_json::Value;

use crate::argument;
use crate::refusal::Refusal;
use crate::wire::{
    Append, AppendBatch, AppendEntry, Batch, CommitInfo, CreateFolder, Cursor, FileMetadata,
    Finish, FinishBatch, FullAccount, GetMetadata, ListFolder, ListFolderContinue, Listed,
    SpaceUsage, StartBatch, Started,
};

/// Calls that carry no file data.
pub(crate) const API: Purpose = Purpose("api");
/// Calls that do.
pub(crate) const CONTENT: Purpose = Purpose("content");

/// A commit of many files may take minutes, and asking twice only adds to the
/// load: nine minutes have been seen.
const COMMIT: Duration = Duration::from_mins(15);

/// Entries per page of a listing; Dropbox gives no more.
const PAGE: u32 = 2_000;
/// A page of them is about a megabyte; paths may be long.
const PAGE_BYTES: usize = 32 << 20;

/// What lies at a path.
pub(crate) enum Found {
    /// A file.
    File(FileMetadata),
    /// A folder, or something newer than this program.
    Other,
}

/// Dropbox, through one grant.
#[derive(Clone)]
pub(crate) struct Api {
    line: Line,
    calls: Arc<str>,
    content: Arc<str>,
    /// One for all calls: Dropbox counts requests per link, whatever the route.
    group: Group,
}

impl Api {
    pub(crate) fn new(line: Line, api_url: &str, content_url: &str, pace: Option<Budget>) -> Api {
        Api {
            line,
            calls: api_url.trim_end_matches('/').into(),
            content: content_url.trim_end_matches('/').into(),
            group: Group {
                name: "dropbox".into(),
                budget: pace,
            },
        }
    }

    /// Whose Dropbox it is.
    pub(crate) async fn account(&self) -> Result<FullAccount> {
        let answer = self.rpc("/2/users/get_current_account", &Value::Null);
        answer.await?.json()
    }

    /// What is used and allowed.
    pub(crate) async fn space(&self) -> Result<SpaceUsage> {
        self.rpc("/2/users/get_space_usage", &Value::Null)
            .await?
            .json()
    }

    /// A folder and the folders above it. Sent twice, it says that the folder
    /// is there.
    pub(crate) async fn create_folder(&self, path: &str) -> Result<()> {
        let folder = CreateFolder {
            path,
            autorename: false,
        };
        self.rpc("/2/files/create_folder_v2", &folder).await?;
        Ok(())
    }

    /// What lies at a path; `Step::Nothing` when nothing does.
    pub(crate) async fn metadata(&self, path: &str) -> Result<Found> {
        let answer = self
            .rpc("/2/files/get_metadata", &GetMetadata { path })
            .await?;
        let metadata: Value = answer.json()?;
        if metadata[".tag"] != "file" {
            return Ok(Found::Other);
        }
        serde_json::from_value(metadata)
            .map(Found::File)
            .map_err(|_| unreadable())
    }

    /// Begins to list everything below a folder.
    pub(crate) async fn list(&self, path: &str) -> Result<Listed> {
        let all = ListFolder {
            path,
            recursive: true,
            limit: PAGE,
        };
        self.page("/2/files/list_folder", &all).await
    }

    /// The next page of a listing.
    pub(crate) async fn list_more(&self, cursor: &str) -> Result<Listed> {
        let more = ListFolderContinue { cursor };
        self.page("/2/files/list_folder/continue", &more).await
    }

    async fn page(&self, route: &'static str, argument: &impl Serialize) -> Result<Listed> {
        let request = self.rpc_request(route, argument)?.repeatable(true);
        self.line.call(request.at_most(PAGE_BYTES)).await?.json()
    }

    /// The bytes at a path; `range` as the header spells it.
    pub(crate) async fn download(&self, path: &str, range: Option<String>) -> Result<Streamed> {
        let route = "/2/files/download";
        let argument = argument::header_value(&GetMetadata { path }).map_err(|_| unwritable())?;
        let url = format!("{}{route}", self.content);
        let request = Request::post(CONTENT, route, url)
            .group(self.group.clone())
            .urgency(Urgency::Content)
            .header(argument::HEADER, argument)
            .repeatable(true);
        let request = match range {
            Some(range) => request.header("range", range),
            None => request,
        };
        self.line.open(request).await
    }

    /// Opens sessions, 1 to 1,000. Those of a lost answer are not missed.
    pub(crate) async fn start(&self, sessions: usize) -> Result<Vec<String>> {
        let batch = StartBatch {
            num_sessions: sessions,
        };
        let answer = self
            .rpc("/2/files/upload_session/start_batch", &batch)
            .await?;
        let started: Started = answer.json()?;
        if started.session_ids.is_empty() {
            return Err(unreadable());
        }
        Ok(started.session_ids)
    }

    /// Appends one piece. Sent twice after a lost answer, it says where the
    /// session stands.
    pub(crate) async fn append(
        &self,
        cursor: &Cursor,
        close: bool,
        content_hash: &str,
        bytes: Vec<Bytes>,
    ) -> Result<()> {
        let append = Append {
            cursor,
            close,
            content_hash,
        };
        self.upload("/2/files/upload_session/append_v2", &append, bytes)
            .await?;
        Ok(())
    }

    /// Appends whole small files to sessions of their own and closes these.
    /// One result for each, in order; a list of another length is an error.
    pub(crate) async fn append_batch(
        &self,
        entries: Vec<AppendEntry>,
        content_hash: &str,
        pieces: Vec<Bytes>,
    ) -> Result<Vec<Result<()>>> {
        let count = entries.len();
        let batch = AppendBatch {
            entries,
            content_hash,
        };
        let route = "/2/files/upload_session/append_batch";
        let answer = self.upload(route, &batch, pieces).await?;
        let entries = read_batch(&answer, count)?;
        Ok(entries.into_iter().map(|entry| entry.map(|_| ())).collect())
    }

    /// Makes files of closed sessions. One result for each, in order; a list
    /// of another length, or with something unknown in it, tells nothing about
    /// any of them and is an error without a code.
    pub(crate) async fn finish_batch(
        &self,
        entries: impl Iterator<Item = (&Cursor, &str)>,
    ) -> Result<Vec<Result<FileMetadata>>> {
        let entries: Vec<Finish<'_>> = entries
            .map(|(cursor, path)| Finish {
                cursor,
                commit: CommitInfo::add(path),
            })
            .collect();
        let count = entries.len();
        let batch = FinishBatch { entries };
        let route = "/2/files/upload_session/finish_batch_v2";
        let request = self.rpc_request(route, &batch)?.headers_within(COMMIT);
        let answer = self.line.call(request).await?;
        let read = |entry: Result<Value>| match entry {
            Ok(success) => serde_json::from_value(success)
                .map(Ok)
                .map_err(|_| unreadable()),
            Err(refused) => Ok(Err(refused)),
        };
        read_batch(&answer, count)?.into_iter().map(read).collect()
    }

    /// A call that does no harm when it is sent twice.
    async fn rpc(&self, route: &'static str, argument: &impl Serialize) -> Result<Answer> {
        let request = self.rpc_request(route, argument)?.repeatable(true);
        self.line.call(request).await
    }

    fn rpc_request(&self, route: &'static str, argument: &impl Serialize) -> Result<Request> {
        let body = serde_json::to_vec(argument).map_err(|_| unwritable())?;
        let url = format!("{}{route}", self.calls);
        Ok(Request::post(API, route, url)
            .group(self.group.clone())
            .body(Body::Json(body)))
    }

    async fn upload(
        &self,
        route: &'static str,
        argument: &impl Serialize,
        pieces: Vec<Bytes>,
    ) -> Result<Answer> {
        let argument = argument::header_value(argument).map_err(|_| unwritable())?;
        let url = format!("{}{route}", self.content);
        let request = Request::post(CONTENT, route, url)
            .group(self.group.clone())
            .urgency(Urgency::Content)
            .header(argument::HEADER, argument)
            .body(Body::Bytes(pieces))
            .repeatable(true);
        self.line.call(request).await
    }
}

/// The entries of a batch's answer: matched by position, and only if there
/// are as many as were sent and each says what it is.
pub(crate) fn read_batch(answer: &Answer, sent: usize) -> Result<Vec<Result<Value>>> {
    let batch: Batch = answer.json()?;
    if batch.entries.len() != sent {
        return Err(unreadable());
    }
    let read = |entry: Value| match entry[".tag"].as_str() {
        Some("success") => Ok(Ok(entry)),
        Some("failure") => Ok(Err(Refusal::read(&entry["failure"]).error())),
        _ => Err(unreadable()),
    };
    batch.entries.into_iter().map(read).collect()
}

fn unreadable() -> Error {
    Error::new(Kind::Protocol, "Dropbox gave an answer that makes no sense")
}

fn unwritable() -> Error {
    Error::new(Kind::Protocol, "a request to Dropbox cannot be written")
}
