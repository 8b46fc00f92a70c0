//! The proof: the provider's list, the Ledger and the destination are held
//! against each other. What the provider lists is noted in passing, so an item
//! that nobody knew is pending from then on; all else is only looked at. The
//! Lease of the Backup is not needed: whatever runs besides changes no result
//! for the worse.

use domain::ledger::Count;
use domain::proof::{Discrepancy, Finding, Proof};
use domain::retention::Retention;
use domain::window::{HOUR_MS, Window};
use domain::{Error, Result};

use crate::agenda::{Rows, Stretch};
use crate::backup::{Job, People, keep_census};
use crate::check::Check;
use crate::ends::Ends;
use crate::portion::Portion;
use crate::survey::{Found, Gap, Survey};
use crate::{drift, plan};

/// How thorough.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Thorough {
    /// What the provider is asked to list: the job's window, or the part of it
    /// that the provider may still have. `None`: nothing; what it listed day by
    /// day while the archive was kept is told instead.
    pub listed: Option<Window>,
    /// Read every archived file back and hash its bytes.
    pub deep: bool,
    /// Make what is gone, changed or damaged pending again, so that the next
    /// run archives it anew (beside what lies there: nothing is replaced).
    pub repair: Repair,
}

/// What of that which drifted is made pending again.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Repair {
    /// Nothing.
    Nothing,
    /// What the provider still keeps, by how long it keeps each type. What is
    /// older stays in the Ledger as it was archived, so that somebody can bring
    /// the file back.
    Kept(Retention),
    /// Everything.
    All,
}

impl Repair {
    fn takes(&self, finding: &Finding, now_ms: i64) -> bool {
        let (Some(item), Some(at_ms)) = (&finding.item, finding.at_ms) else {
            return false;
        };
        match self {
            Repair::Nothing => false,
            Repair::Kept(retention) => retention.deadline_ms(item.data_type, at_ms) > now_ms,
            Repair::All => true,
        }
    }
}

/// What came of it: the Proof as it is kept, and what does not agree by name.
#[derive(Debug)]
pub struct Proved {
    /// The Proof.
    pub proof: Proof,
    /// What does not agree, at most [`NAMED`] of each kind.
    pub findings: Vec<Finding>,
    /// Lanes that could not be listed.
    pub gaps: Vec<Gap>,
    /// Why the destination could not be looked at to the end.
    pub hidden: Option<Error>,
    /// Entries that were made pending again.
    pub reopened: u64,
}

/// How far it is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Looked {
    /// Items that the provider listed so far.
    pub listed: u64,
    /// Files of the destination that were looked at.
    pub files: u64,
    /// Bytes that were read back.
    pub bytes_read: u64,
}

/// Findings of one kind that are named, and repaired, by one proof. Of what is
/// gone, changed or damaged more are counted; more unknown items and extra
/// files are not looked for.
pub const NAMED: usize = 10_000;

/// Proves one Backup over one Window. Fails only where there is nothing to
/// say at all: a provider that does not answer is told of.
pub async fn verify(
    ends: &Ends,
    job: &Job,
    how: Thorough,
    watch: &(dyn Fn(Looked) + Sync),
) -> Result<Proved> {
    let mut check = Check::new(ends, job, watch);
    let (listed, gaps) = match how.listed {
        Some(window) => check.what_the_provider_lists(window).await?,
        None => (check.what_the_provider_listed().await?, Vec::new()),
    };
    let hidden = check.what_lies_there(how.deep).await?;
    let counts = ends
        .store
        .counts(&job.backup.account, &job.backup, job.window)
        .await?;
    let wanted = counts
        .into_iter()
        .filter(|(it, _)| job.backup.types.contains(it));
    let reopened = check.repair(&how.repair).await?;
    let proof = Proof {
        begun_ms: check.begun_ms,
        ended_ms: ends.now_ms(),
        from_ms: job.window.start_ms(),
        to_ms: job.window.end_ms(),
        deep: how.deep,
        listed,
        counts: wanted
            .map(|(it, count): (_, Count)| (it, count.into()))
            .collect(),
        files: check.looked.files,
        bytes_read: check.looked.bytes_read,
        discrepancies: check.discrepancies,
        gaps: gaps.len() as u64 + u64::from(hidden.is_some()),
    };
    // Of a look that saw nothing there is nothing to keep: it comes again.
    if hidden.is_none() || how.listed.is_some() {
        let (account, id) = (&job.backup.account, &job.backup.id);
        ends.store.keep_proof(account, id, &proof).await?;
    }
    tell(ends, job, &proof, hidden.is_none()).await?;
    Ok(Proved {
        proof,
        findings: check.findings,
        gaps,
        hidden,
        reopened,
    })
}

impl Check<'_> {
    /// Makes what drifted pending, as far as that is wanted.
    pub(crate) async fn repair(&mut self, how: &Repair) -> Result<u64> {
        let now_ms = self.ends.now_ms();
        let drifted = self.findings.iter().filter(|it| it.discrepancy.is_drift());
        let wanted = drifted.filter(|it| how.takes(it, now_ms));
        let wanted: Vec<_> = wanted
            .filter_map(|it| Some((it.item.clone()?, it.what.clone())))
            .collect();
        if wanted.is_empty() {
            return Ok(0);
        }
        let (account, at) = (&self.job.backup.account, &self.job.backup.destination);
        let store = &self.ends.store;
        store.reopen(account, at, &wanted, now_ms).await
    }
}

/// Whoever watches the server hears of drift. Only a proof of everything can
/// say that there is none any more.
async fn tell(ends: &Ends, job: &Job, proof: &Proof, looked: bool) -> Result<()> {
    // The window was made a moment before the proof was begun.
    let reaches = proof.from_ms <= 0 && proof.to_ms >= proof.begun_ms - HOUR_MS;
    let all = looked && reaches;
    let drifted = drift::of_files(ends, job, &proof.discrepancies).await?;
    if all && !drifted {
        drift::files_are_well(ends, job).await?;
    }
    match proof.discrepancies.get(&Discrepancy::Damaged) {
        Some(&damaged) if damaged > 0 => drift::of_bytes(ends, job, damaged).await,
        _ if all && proof.deep => drift::bytes_are_well(ends, job).await,
        _ => Ok(()),
    }
}

/// Lists every lane of the job.
pub(crate) async fn survey(
    ends: &Ends,
    job: &Job,
    window: Window,
    listed: &(dyn Fn() + Sync),
) -> Result<Found> {
    let people = People::ask(ends, job).await?;
    let backup = &job.backup;
    let lanes = plan::lanes(&backup.scope, &backup.types, &people.now)
        .into_iter()
        .map(|(lane, types)| plan::portions(&lane, &types, window, job.depth))
        .collect();
    let survey = Survey::new(ends, job, &people.ever, None);
    let stretch = Stretch {
        window,
        depth: job.depth,
        rows: Rows::Open,
        bound_ms: None,
        is_shared: false,
    };
    let whole = Portion::open(ends, job, &stretch, None).await?;
    let mut found = survey.run(lanes, &whole, &|_| listed(), listed).await?;
    if let Some(error) = people.hidden {
        found.gaps.push(survey.gap(None, window, error).await?);
    }
    if !found.is_worth_repeating() {
        keep_census(ends, job, &stretch, &found).await?;
    }
    Ok(found)
}
