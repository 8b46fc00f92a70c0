//! What may be chosen: the registered app, its addresses, and how uploads are
//! gathered. Values only.

use std::time::Duration;

use domain::secret::Secret;
use outbound::{Backoff, Budget, Manners};

use crate::batch::Limits;
use crate::content_hash::BLOCK;

/// The app registered at Dropbox, and how it is used.
#[derive(Clone, Debug)]
pub struct Options {
    /// Calls and the token endpoint; an origin without a path.
    pub api_url: String,
    /// File data; an origin without a path.
    pub content_url: String,
    /// The consent page, for browsers.
    pub web_url: String,
    /// The app key (`client_id`).
    pub app_key: String,
    /// The app secret. Not needed with PKCE, which a browser's sign-in uses.
    pub app_secret: Option<Secret>,
    /// What a sign-in asks for, as Dropbox spells it.
    pub scopes: Vec<String>,
    /// Calls per time and Dropbox. Dropbox publishes no number; some users
    /// report about 12 a second before it refuses. So it begins below that,
    /// and finds out what this Dropbox bears.
    pub pace: Option<Budget>,
    /// Retries, deadlines, penalties.
    pub manners: Manners,
    /// How bytes and commits are gathered.
    pub upload: Upload,
}

/// The sizes and delays of uploads.
#[derive(Clone, Debug)]
pub struct Upload {
    /// Bytes in memory for all uploads of the process together.
    pub byte_budget: usize,
    /// Bytes of a large file per call, at most. Multiples of 4 MiB are hashed
    /// in one pass.
    pub chunk: usize,
    /// Files below this size, in bytes, share calls with others.
    pub small: usize,
    /// Small files in one call. The entries travel in a header of about 138
    /// bytes each, whose limit Dropbox does not publish.
    pub group: Limits,
    /// Files in one commit: at most 1,000.
    pub commit: Limits,
    /// Calls with file data at once.
    pub appends: usize,
    /// Waits after a commit found the Dropbox busy with other changes.
    pub contention: Backoff,
    /// Commits of one file before such trouble comes out.
    pub commits: u32,
}

/// What an archive needs: its own account's id, to write, and to read back
/// for verification.
const SCOPES: [&str; 4] = [
    "account_info.read",
    "files.metadata.read",
    "files.content.write",
    "files.content.read",
];

impl Default for Options {
    fn default() -> Options {
        Options {
            api_url: "https://api.dropboxapi.com".to_owned(),
            content_url: "https://content.dropboxapi.com".to_owned(),
            web_url: "https://www.dropbox.com".to_owned(),
            app_key: String::new(),
            app_secret: None,
            scopes: SCOPES.map(str::to_owned).to_vec(),
            pace: Some(Budget::new(10, Duration::from_secs(1)).up_to(64)),
            manners: Manners::default(),
            upload: Upload::default(),
        }
    }
}

impl Default for Upload {
    fn default() -> Upload {
        Upload {
            byte_budget: 24 << 20,
            chunk: 2 * BLOCK,
            small: BLOCK,
            group: Limits {
                entries: 50,
                bytes: 32 << 20,
                idle: Duration::from_millis(600),
                linger: Duration::from_secs(2),
            },
            commit: Limits {
                entries: 400,
                bytes: u64::MAX,
                idle: Duration::from_millis(250),
                linger: Duration::from_secs(2),
            },
            appends: 8,
            contention: Backoff {
                base: Duration::from_secs(1),
                cap: Duration::from_mins(1),
            },
            commits: 10,
        }
    }
}

impl Upload {
    /// The same, with every number where it can work: a chunk fits into the
    /// budget, a group into a third of it (so that one travels and one is hashed
    /// while the next is gathered), a commit into Dropbox's limit.
    #[must_use]
    pub(crate) fn sound(mut self) -> Upload {
        self.byte_budget = self.byte_budget.clamp(1, u32::MAX as usize);
        self.chunk = self.chunk.clamp(1, self.byte_budget.min(MOST_BYTES));
        let group = (self.byte_budget / 3).clamp(1, MOST_BYTES) as u64;
        self.group.bytes = self.group.bytes.clamp(1, group);
        self.group.entries = self.group.entries.clamp(1, MOST_ENTRIES);
        self.commit.entries = self.commit.entries.clamp(1, MOST_ENTRIES);
        self.appends = self.appends.max(1);
        self.commits = self.commits.max(1);
        self
    }
}

/// Of a call with file data (files.stone: 150 MiB).
const MOST_BYTES: usize = 150 << 20;
/// Of every batch route (files.stone: `max_items=1000`).
const MOST_ENTRIES: usize = 1_000;

#[cfg(test)]
mod tests {
    use tokio::sync::mpsc;

    use super::*;
    use crate::batch::{Collector, Entry};
    use crate::expected::Expected;

    struct File;

    impl Entry for File {
        fn weight(&self) -> u64 {
            100_000
        }

        fn is_abandoned(&self) -> bool {
            false
        }
    }

    /// A simulated source whose windows are shortened hands out ten files
    /// every half second: they share calls all the same.
    #[tokio::test(start_paused = true)]
    async fn files_that_trickle_in_are_gathered_too() {
        let (inbox, files) = mpsc::unbounded_channel();
        let expected = Expected::default();
        let coming = expected.one();
        let mut collector = Collector::new(files, Upload::default().sound().group, expected);
        let feed = async {
            for _ in 0..20 {
                (0..10).for_each(|_| drop(inbox.send(File)));
                tokio::time::sleep(Duration::from_millis(500)).await;
            }
            drop((inbox, coming));
        };
        let gather = async {
            let mut groups = Vec::new();
            while let Some(group) = collector.next(Vec::new()).await {
                groups.push(group.len());
            }
            groups
        };
        let (groups, ()) = futures::join!(gather, feed);
        assert_eq!(groups.iter().sum::<usize>(), 200);
        assert!(groups.len() <= 5, "{groups:?}");
    }

    #[test]
    fn odd_numbers_become_sound() {
        let limits = Limits {
            entries: 5_000,
            bytes: u64::MAX,
            ..Upload::default().group
        };
        let odd = Upload {
            byte_budget: 10 << 20,
            chunk: usize::MAX,
            group: limits,
            commit: limits,
            appends: 0,
            commits: 0,
            ..Upload::default()
        };
        let sound = odd.sound();
        assert_eq!((sound.chunk, sound.group.bytes), (10 << 20, (10 << 20) / 3));
        assert_eq!((sound.group.entries, sound.commit.entries), (1_000, 1_000));
        assert_eq!((sound.appends, sound.commits), (1, 1));
        let none = Upload {
            byte_budget: 0,
            chunk: 0,
            ..Upload::default()
        };
        assert_eq!(none.sound().chunk, 1);
    }
}
