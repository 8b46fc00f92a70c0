//! Asynchronous jobs. The work is done when a job is launched; its outcome
//! shows after some checks.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use serde_json::{Value, json};

use super::call::Call;
use super::error::{Failure, tag};
use super::fault::FaultKind;
use super::mint::Mint;
use super::reply::Reply;

/// All jobs.
#[derive(Debug, Default)]
pub(super) struct Jobs {
    table: Mutex<HashMap<String, Job>>,
}

#[derive(Debug)]
struct Job {
    /// The function that launched it: only its own check knows it.
    launcher: &'static str,
    polls_left: u32,
    outcome: Value,
}

impl Jobs {
    fn table(&self) -> std::sync::MutexGuard<'_, HashMap<String, Job>> {
        self.table.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Answers a launch: with the outcome, or with the job's id.
    pub(super) fn launch(&self, call: &Call, outcome: Value, mint: &Mint) -> Reply {
        if call.options.job_polls == 0 {
            return Reply::Json(outcome);
        }
        let id = format!("dbjid:{}", mint.text(56));
        let job = Job {
            launcher: call.route.name,
            polls_left: call.options.job_polls,
            outcome,
        };
        self.table().insert(id.clone(), job);
        Reply::Json(json!({ ".tag": "async_job_id", "async_job_id": id }))
    }

    /// Any of the `…/check` functions.
    pub(super) fn check(&self, mut call: Call) -> Result<Reply, Failure> {
        let id = call.argument.text("async_job_id")?;
        call.argument.end()?;
        if call.fate.strikes(FaultKind::JobInternalError) {
            return Err(Failure::route("internal_error"));
        }
        let mut table = self.table();
        let job = table
            .get_mut(&id)
            .filter(|job| call.route.name.strip_suffix("/check") == Some(job.launcher))
            .ok_or_else(|| Failure::route("invalid_async_job_id"))?;
        if job.polls_left > 0 {
            job.polls_left -= 1;
            return Ok(Reply::Json(tag("in_progress")));
        }
        Ok(Reply::Json(job.outcome.clone()))
    }
}
