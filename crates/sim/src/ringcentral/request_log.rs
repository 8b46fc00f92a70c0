//! What was asked: counters for benchmarks, and the last requests one by one.

use std::collections::{BTreeMap, VecDeque};

use serde::Serialize;

use super::Group;

/// Requests kept one by one.
const KEPT: usize = 100_000;

/// One request that was answered.
#[derive(Clone, Debug, Serialize)]
pub struct Asked {
    /// When, in milliseconds since 1970.
    pub at_ms: i64,
    /// HTTP method.
    pub method: String,
    /// The path with its parameters' names, never their values.
    pub path: &'static str,
    /// Usage plan group.
    pub group: Group,
    /// Status of the answer; 0 if the connection was dropped.
    pub status: u16,
    /// Id of the extension that asked; empty before sign-in.
    pub user: String,
    /// The request came within a running penalty.
    pub early: bool,
}

/// How often something was asked.
#[derive(Clone, Debug, Serialize)]
pub struct Counter {
    /// HTTP method.
    pub method: String,
    /// The path with its parameters' names.
    pub path: &'static str,
    /// Usage plan group.
    pub group: Group,
    /// Status of the answers.
    pub status: u16,
    /// How many.
    pub count: u64,
}

/// A summary of all requests since the last reset.
#[derive(Clone, Debug, Serialize)]
pub struct Requests {
    /// All of them.
    pub total: u64,
    /// Those that came within a running penalty: a polite client has none.
    pub early_hits: u64,
    /// By method, path, group and status.
    pub counters: Vec<Counter>,
}

#[derive(Debug, Default)]
pub(crate) struct RequestLog {
    entries: VecDeque<Asked>,
    counters: BTreeMap<(&'static str, String, Group, u16), u64>,
    total: u64,
    early_hits: u64,
}

impl RequestLog {
    pub(crate) fn add(&mut self, asked: Asked) {
        self.total += 1;
        self.early_hits += u64::from(asked.early);
        let key = (asked.path, asked.method.clone(), asked.group, asked.status);
        *self.counters.entry(key).or_default() += 1;
        if self.entries.len() == KEPT {
            self.entries.pop_front();
        }
        self.entries.push_back(asked);
    }

    pub(crate) fn reset(&mut self) {
        *self = Self::default();
    }

    pub(crate) fn entries(&self) -> Vec<Asked> {
        self.entries.iter().cloned().collect()
    }

    pub(crate) fn summary(&self) -> Requests {
        let counters = self
            .counters
            .iter()
            .map(|((path, method, group, status), count)| Counter {
                method: method.clone(),
                path,
                group: *group,
                status: *status,
                count: *count,
            });
        Requests {
            total: self.total,
            early_hits: self.early_hits,
            counters: counters.collect(),
        }
    }
}
