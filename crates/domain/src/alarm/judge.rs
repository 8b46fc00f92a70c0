//! From what was seen to what stands, and from what stood to what is news.

use super::facts::{Facts, Heap, SKEW_MS, SPANS_MS, STALLED_MS, Silent};
use super::{Alarm, AlarmKey, AlarmKind, Standing};
use crate::account::AccountId;
use crate::grant::Provider;
use crate::ports::Space;
use crate::window::DAY_MS;

/// Less room than this is nearly full, whatever the size of the whole: bytes.
const TIGHT_BYTES: u64 = 512 << 20;

/// What follows from it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Verdict {
    /// What stands.
    pub standing: Vec<Alarm>,
    /// What nobody can tell now: it stays as it was.
    pub unknown: Vec<AlarmKey>,
}

/// What has changed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Changes {
    /// To be raised, or told anew: raising what stands changes nothing.
    pub raise: Vec<Alarm>,
    /// To be cleared.
    pub clear: Vec<AlarmKey>,
}

impl Verdict {
    /// What has changed since.
    pub fn since(self, before: &[Standing]) -> Changes {
        let stays = |key: &AlarmKey| {
            key.kind == AlarmKind::Drift
                || self.unknown.contains(key)
                || self.standing.iter().any(|it| it.key == *key)
        };
        let keys = before.iter().map(|it| &it.alarm.key);
        let clear = keys.filter(|it| !stays(it)).cloned().collect();
        let mut raise = self.standing;
        // What stays because nobody can tell, or because somebody else says
        // so, is raised again as it was: who was not told yet hears of it.
        for stood in before {
            let key = &stood.alarm.key;
            let known = raise.iter().any(|it| it.key == *key);
            if !known && (key.kind == AlarmKind::Drift || self.unknown.contains(key)) {
                raise.push(stood.alarm.clone());
            }
        }
        Changes { raise, clear }
    }
}

impl Facts {
    /// What stands.
    pub fn judge(&self) -> Verdict {
        let mut verdict = Verdict::default();
        let standing = &mut verdict.standing;
        standing.extend(self.stalled());
        standing.extend(self.skew());
        standing.extend(self.silent.iter().map(|it| self.silence(it)));
        standing.extend(self.dying());
        for heap in &self.quarantined {
            let what = format!(
                "{} {} failed again and again; it is tried once in a while now.",
                heap.count,
                plural(heap.count, "item has", "items have")
            );
            standing.push(of_heap(AlarmKind::Quarantined, heap, what));
        }
        for heap in &self.missing {
            let what = format!(
                "{} {} found missing within the last 24 hours: RingCentral does not have it any more.",
                heap.count,
                plural(heap.count, "item was", "items were")
            );
            standing.push(of_heap(AlarmKind::Missing, heap, what));
        }
        self.rooms(&mut verdict);
        self.backlogs(&mut verdict);
        verdict
    }

    fn stalled(&self) -> Option<Alarm> {
        (self.idle_ms > STALLED_MS).then(|| {
            let what = format!(
                "Backups have been due for {} and no worker takes them.",
                span(self.idle_ms)
            );
            of_server(AlarmKind::Stalled, String::new(), what)
        })
    }

    fn skew(&self) -> Vec<Alarm> {
        let database = ("the database".to_owned(), self.ahead_of_database_ms);
        let all = std::iter::once(&database).chain(&self.ahead_of_providers_ms);
        all.filter(|(_, ahead)| ahead.unsigned_abs() > SKEW_MS.unsigned_abs())
            .map(|(whom, ahead)| {
                let way = if *ahead > 0 { "ahead of" } else { "behind" };
                let by = span(ahead.saturating_abs());
                let what = format!("This machine's clock is {by} {way} that of {whom}.");
                of_server(AlarmKind::Skew, whom.clone(), what)
            })
            .collect()
    }

    fn silence(&self, silent: &Silent) -> Alarm {
        let what = match silent.well_ms {
            Some(at) => format!(
                "No run of this backup has succeeded for {}.",
                span(self.now_ms.saturating_sub(at))
            ),
            None => format!(
                "This backup is ON and has never succeeded, for more than {}.",
                span(self.silence_ms)
            ),
        };
        let about = silent.backup.to_string();
        of_account(AlarmKind::Silence, &silent.account, about, what)
    }

    /// One Alarm a Connection: a dead grant says more than one that dies.
    fn dying(&self) -> Vec<Alarm> {
        let mut all: Vec<Alarm> = Vec::new();
        for it in &self.ailing {
            let whose = match it.end {
                Provider::Source => "RingCentral",
                Provider::Destination => "the destination",
            };
            let what = format!("The access to {whose} has ended: {}", sentence(&it.trouble));
            let about = it.connection.to_string();
            push_new(
                &mut all,
                of_account(AlarmKind::Dying, &it.account, about, what),
            );
        }
        for it in &self.unrenewed {
            let what = format!(
                "The access to RingCentral was last renewed {} ago; it ends after 7 days.",
                span(it.age_ms)
            );
            let about = it.connection.to_string();
            push_new(
                &mut all,
                of_account(AlarmKind::Dying, &it.account, about, what),
            );
        }
        all
    }

    fn rooms(&self, verdict: &mut Verdict) {
        for heap in &self.full {
            let what = "The destination has no room left and refused files.".to_owned();
            verdict.standing.push(of_heap(AlarmKind::Full, heap, what));
        }
        for room in &self.rooms {
            let about = room.destination.to_string();
            match room.space {
                None => verdict
                    .unknown
                    .push(key(AlarmKind::Full, &room.account, about)),
                Some(space) => {
                    if let Some(what) = tight(space) {
                        let alarm = of_account(AlarmKind::Full, &room.account, about, what);
                        push_new(&mut verdict.standing, alarm);
                    }
                }
            }
        }
    }

    fn backlogs(&self, verdict: &mut Verdict) {
        for it in &self.backlogs {
            let about = it.destination.to_string();
            let Some(daily) = it.daily else {
                verdict
                    .unknown
                    .push(key(AlarmKind::Backlog, &it.account, about));
                continue;
            };
            if let Some(what) = late(&it.within, daily) {
                let alarm = of_account(AlarmKind::Backlog, &it.account, about, what);
                verdict.standing.push(alarm);
            }
        }
    }
}

/// The sentence for a destination with little room.
fn tight(space: Space) -> Option<String> {
    let free = space.free?;
    if free == 0 {
        return Some("The destination is full.".to_owned());
    }
    let whole = space.used.saturating_add(free);
    let low = free < TIGHT_BYTES || free < whole / 20;
    low.then(|| {
        let left = free >> 20;
        format!("The destination is nearly full: {left} MiB are left.")
    })
}

/// The sentence for a backlog of which some will be deleted first: what is
/// deleted within a span is more than what is done in it.
fn late(within: &[u64; SPANS_MS.len()], daily: u64) -> Option<String> {
    let too_many = |(span, count): (&i64, &u64)| {
        let done = u128::from(daily) * u128::from(span.unsigned_abs());
        let asked = u128::from(*count) * u128::from(DAY_MS.unsigned_abs());
        (asked > done).then_some((*span, *count))
    };
    let (by, count) = SPANS_MS.iter().zip(within).find_map(too_many)?;
    Some(format!(
        "{count} {} deleted by RingCentral within {}, and at the present pace ({daily} a day) not all of them are archived by then.",
        plural(count, "item that waits is", "items that wait are"),
        span(by)
    ))
}

fn of_server(kind: AlarmKind, about: String, what: String) -> Alarm {
    let key = AlarmKey {
        account: None,
        kind,
        about,
    };
    Alarm { key, what }
}

fn key(kind: AlarmKind, account: &AccountId, about: String) -> AlarmKey {
    AlarmKey {
        account: Some(account.clone()),
        kind,
        about,
    }
}

fn of_account(kind: AlarmKind, account: &AccountId, about: String, what: String) -> Alarm {
    Alarm {
        key: key(kind, account, about),
        what,
    }
}

fn of_heap(kind: AlarmKind, heap: &Heap, what: String) -> Alarm {
    of_account(kind, &heap.account, heap.destination.to_string(), what)
}

fn push_new(all: &mut Vec<Alarm>, alarm: Alarm) {
    if all.iter().all(|it| it.key != alarm.key) {
        all.push(alarm);
    }
}

fn plural<'a>(count: u64, one: &'a str, many: &'a str) -> &'a str {
    if count == 1 { one } else { many }
}

fn sentence(text: &str) -> String {
    if text.ends_with(['.', '!', '?']) {
        text.to_owned()
    } else {
        format!("{text}.")
    }
}

/// A span for people.
fn span(ms: i64) -> String {
    let minutes = ms / 60_000;
    match minutes {
        0..120 => format!("{minutes} minutes"),
        120..2_880 => format!("{} hours", minutes / 60),
        _ => format!("{} days", minutes / 1_440),
    }
}

#[cfg(test)]
mod tests;
