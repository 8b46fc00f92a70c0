//! The shapes of Dropbox's API that an archive needs, as `files.stone` and
//! `users.stone` have them. What is not needed is not read, what may be
//! missing may be missing.

use serde::{Deserialize, Serialize};
use serde_json::Value;

/// `UploadSessionCursor`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(crate) struct Cursor {
    pub(crate) session_id: String,
    /// Bytes the session holds already.
    pub(crate) offset: u64,
}

/// `UploadSessionStartBatchArg`.
#[derive(Serialize)]
pub(crate) struct StartBatch {
    /// 1 to 1,000.
    pub(crate) num_sessions: usize,
}

/// `UploadSessionStartBatchResult`.
#[derive(Deserialize)]
pub(crate) struct Started {
    pub(crate) session_ids: Vec<String>,
}

/// `UploadSessionAppendArg`.
#[derive(Serialize)]
pub(crate) struct Append<'a> {
    pub(crate) cursor: &'a Cursor,
    pub(crate) close: bool,
    /// Of this call's bytes, not of the file.
    pub(crate) content_hash: &'a str,
}

/// `UploadSessionAppendBatchArg`.
#[derive(Serialize)]
pub(crate) struct AppendBatch<'a> {
    pub(crate) entries: Vec<AppendEntry>,
    /// Of all entries' bytes, one after the other.
    pub(crate) content_hash: &'a str,
}

/// `UploadSessionAppendBatchArgEntry`.
#[derive(Serialize)]
pub(crate) struct AppendEntry {
    pub(crate) cursor: Cursor,
    pub(crate) length: u64,
    pub(crate) close: bool,
}

/// `UploadSessionFinishBatchArg`.
#[derive(Serialize)]
pub(crate) struct FinishBatch<'a> {
    pub(crate) entries: Vec<Finish<'a>>,
}

/// `UploadSessionFinishArg`.
#[derive(Serialize)]
pub(crate) struct Finish<'a> {
    pub(crate) cursor: &'a Cursor,
    pub(crate) commit: CommitInfo<'a>,
}

/// `CommitInfo`. Its constructor is the only one: an archive adds, it never
/// overwrites and never lets the server choose a name.
#[derive(Serialize)]
pub(crate) struct CommitInfo<'a> {
    path: &'a str,
    mode: &'static str,
    autorename: bool,
    mute: bool,
    strict_conflict: bool,
}

impl<'a> CommitInfo<'a> {
    /// A new file at `path`. The same bytes at the same path are no conflict
    /// (`strict_conflict`), and nobody's desktop is notified (`mute`).
    pub(crate) fn add(path: &'a str) -> CommitInfo<'a> {
        CommitInfo {
            path,
            mode: "add",
            autorename: false,
            mute: true,
            strict_conflict: false,
        }
    }
}

/// The answer of a batch route. `entries` answer the request's by position.
#[derive(Deserialize)]
pub(crate) struct Batch {
    pub(crate) entries: Vec<Value>,
}

/// `FileMetadata`, as far as it proves what was stored.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(default)]
pub(crate) struct FileMetadata {
    pub(crate) id: String,
    pub(crate) path_display: Option<String>,
    pub(crate) rev: Option<String>,
    pub(crate) size: Option<u64>,
    pub(crate) content_hash: Option<String>,
}

/// `CreateFolderArg`.
#[derive(Serialize)]
pub(crate) struct CreateFolder<'a> {
    pub(crate) path: &'a str,
    pub(crate) autorename: bool,
}

/// `GetMetadataArg`.
#[derive(Serialize)]
pub(crate) struct GetMetadata<'a> {
    pub(crate) path: &'a str,
}

/// `ListFolderArg`: everything below a folder.
#[derive(Serialize)]
pub(crate) struct ListFolder<'a> {
    pub(crate) path: &'a str,
    pub(crate) recursive: bool,
    /// Entries per page, about; 2,000 at most.
    pub(crate) limit: u32,
}

/// `ListFolderContinueArg`.
#[derive(Serialize)]
pub(crate) struct ListFolderContinue<'a> {
    pub(crate) cursor: &'a str,
}

/// `ListFolderResult`.
#[derive(Deserialize)]
pub(crate) struct Listed {
    /// Of `Metadata`: files, folders, and in a later version others.
    pub(crate) entries: Vec<Value>,
    pub(crate) cursor: String,
    pub(crate) has_more: bool,
}

/// `FullAccount`, as far as people see it.
#[derive(Deserialize)]
pub(crate) struct FullAccount {
    pub(crate) account_id: String,
    #[serde(default)]
    pub(crate) email: Option<String>,
    #[serde(default)]
    pub(crate) name: Option<Name>,
}

/// `Name`: how people write it themselves.
#[derive(Deserialize)]
pub(crate) struct Name {
    #[serde(default)]
    pub(crate) display_name: Option<String>,
}

/// `SpaceUsage`.
#[derive(Deserialize)]
pub(crate) struct SpaceUsage {
    pub(crate) used: u64,
    #[serde(default)]
    pub(crate) allocation: Allocation,
}

/// `SpaceAllocation`: an individual's or a team's, told apart by which fields
/// are there.
#[derive(Default, Deserialize)]
#[serde(default)]
pub(crate) struct Allocation {
    pub(crate) allocated: Option<u64>,
    /// By the whole team.
    #[serde(rename = "used")]
    pub(crate) team_used: Option<u64>,
    /// The member's own limit within the team; 0: none.
    pub(crate) user_within_team_space_allocated: Option<u64>,
    pub(crate) user_within_team_space_used_cached: Option<u64>,
}

impl SpaceUsage {
    /// What is left in bytes: the smaller of the team's room and the member's.
    pub(crate) fn free(&self) -> Option<u64> {
        let all = &self.allocation;
        let room = |limit: u64, used: u64| limit.saturating_sub(used);
        let whole = all
            .allocated
            .map(|limit| room(limit, all.team_used.unwrap_or(self.used)));
        let own = all
            .user_within_team_space_allocated
            .filter(|limit| *limit > 0)
            .map(|limit| {
                room(
                    limit,
                    all.user_within_team_space_used_cached.unwrap_or(self.used),
                )
            });
        whole.into_iter().chain(own).min()
    }
}

/// The token endpoint's answer (RFC 6749, 5.1, with Dropbox's `account_id`).
#[derive(Deserialize)]
pub(crate) struct TokenAnswer {
    pub(crate) access_token: String,
    /// Seconds; 14,400 live.
    pub(crate) expires_in: Option<u64>,
    /// Only in the answer to a code.
    pub(crate) refresh_token: Option<String>,
    pub(crate) scope: Option<String>,
    pub(crate) account_id: Option<String>,
}

#[cfg(test)]
mod tests {
    use serde_json::{from_value, json, to_value};

    use super::*;

    #[test]
    fn a_commit_only_ever_adds() {
        assert_eq!(
            to_value(CommitInfo::add("/a")).unwrap(),
            json!({
                "path": "/a", "mode": "add", "autorename": false, "mute": true,
                "strict_conflict": false
            })
        );
    }

    #[test]
    fn room_is_the_smaller_of_the_team_s_and_the_member_s() {
        let free = |value| from_value::<SpaceUsage>(value).unwrap().free();
        let individual =
            json!({ "used": 3, "allocation": { ".tag": "individual", "allocated": 10 } });
        assert_eq!(free(individual), Some(7));
        let team = |limit: u64, own: u64| {
            json!({ "used": 3, "allocation": {
                ".tag": "team", "used": 60, "allocated": 100,
                "user_within_team_space_allocated": limit,
                "user_within_team_space_limit_type": "off",
                "user_within_team_space_used_cached": own
            }})
        };
        assert_eq!(free(team(0, 3)), Some(40));
        assert_eq!(free(team(20, 5)), Some(15));
        assert_eq!(free(team(4, 5)), Some(0));
        assert_eq!(
            free(json!({ "used": 3, "allocation": { ".tag": "other" } })),
            None
        );
        assert_eq!(free(json!({ "used": 3 })), None);
    }
}
