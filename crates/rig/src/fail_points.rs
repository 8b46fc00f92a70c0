//! Every named place of the product at which it can be killed: the process
//! dies right before it and right after it, is started again, and must come to
//! the same end as one that nobody touched.
//!
//! First each journey is made once without a kill, and the places it comes by
//! are written down. Then it is made again and again with a handful of places
//! at which it dies, spread over its whole length.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::time::Duration;

use anyhow::{Context, Result, bail};

use crate::dice::Dice;
use crate::figure::{Figure, Told};
use crate::journey::{JOURNEYS, Journey};
use crate::oracle::Verdict;
use crate::walk::Walk;

/// A dead process's rights last so long.
const LEASE: Duration = Duration::from_secs(2);
/// Places in one journey.
const TOGETHER: usize = 12;
/// A place that comes often is also tried at a later visit, up to this one.
const LATER: u64 = 3;

/// A place, before or after it, and at which visit: as the product reads it.
type At = String;

/// What was done at a place: `NAME:before`.
type Place = String;

/// What came of all journeys.
#[derive(Default)]
struct Course {
    verdict: Verdict,
    /// Where a kill was planned.
    planned: BTreeSet<Place>,
    /// Where the process has died.
    done: BTreeSet<Place>,
    journeys: usize,
}

/// The figure. `most`: no more kills than this, the same share of each
/// journey, and less of a slow one.
pub(crate) fn run(binary: &Path, seed: u64, most: Option<usize>) -> Result<Told> {
    let figure = Figure::begin("fail-points", seed);
    let named = names(binary)?;
    let mut dice = Dice::new(seed, "fail-points");
    let mut course = Course::default();
    for journey in &JOURNEYS {
        let (came_by, calm) = survey(binary, seed, journey)?;
        course.verdict.add(calm);
        let fresh = by_name(came_by, &course.planned);
        let slow = if journey.slow { 4 } else { 1 };
        // Each name is two places.
        let share = most.map_or(fresh.len(), |most| most / 2 / JOURNEYS.len() / slow);
        let places: Vec<At> = spread(&fresh, share.clamp(1, fresh.len()))
            .into_iter()
            .flatten()
            .map(|(place, visits)| {
                course.planned.insert(place.clone());
                let later = if visits >= 2 * LATER { LATER } else { 1 };
                format!("{place}:{}", 1 + dice.below(later))
            })
            .collect();
        let rounds = if most.is_some() { 1 } else { 3 };
        course.go(binary, seed, journey, places, rounds)?;
    }
    let Course {
        verdict,
        planned,
        done,
        journeys,
    } = &course;
    let is =
        |all: &BTreeSet<Place>, name: &str, when: &str| all.contains(&format!("{name}:{when}"));
    let both = |name: &&String| is(done, name, "before") && is(done, name, "after");
    let never = |name: &&String| !is(planned, name, "before") && !is(planned, name, "after");
    let points = named.iter().filter(both).count();
    if most.is_none() {
        let never: Vec<&String> = named.iter().filter(never).collect();
        eprintln!("no journey comes by: {never:?}");
    }
    let missed: Vec<&Place> = planned.difference(done).collect();
    eprintln!("planned, but not met again: {missed:?}");
    let what = format!(
        "{} SIGKILLs in {journeys} journeys, {points} of {} fail-points killed before and after",
        done.len(),
        named.len()
    );
    Ok(figure.told(&what, verdict, &[]))
}

impl Course {
    /// One journey again and again, until it has died at all these places.
    fn go(
        &mut self,
        binary: &Path,
        seed: u64,
        journey: &Journey,
        mut rest: Vec<At>,
        rounds: usize,
    ) -> Result<()> {
        for _ in 0..rounds {
            let groups = rest.len().div_ceil(TOGETHER);
            let mut left = Vec::new();
            for group in 0..groups {
                let places: Vec<At> = rest.iter().skip(group).step_by(groups).cloned().collect();
                let (died, told) = killed(binary, seed, journey, &places)
                    .with_context(|| format!("{} with {}", journey.name, places.join(", ")))?;
                self.journeys += 1;
                self.verdict.add(told);
                left.extend(places.iter().filter_map(|at| first_visit(at, &died)));
                self.done.extend(died);
            }
            rest = left;
        }
        Ok(())
    }
}

/// The names of all places.
fn names(binary: &Path) -> Result<Vec<String>> {
    let output = std::process::Command::new(binary)
        .arg("fail-points")
        .output()?;
    if !output.status.success() {
        bail!(
            "{} was not built with --features fail-points",
            binary.display()
        );
    }
    let text = String::from_utf8(output.stdout)?;
    Ok(text.lines().map(str::to_owned).collect())
}

/// The places in the order in which the journey comes by them, and how often
/// (as far as it is written down).
fn survey(binary: &Path, seed: u64, journey: &Journey) -> Result<(Vec<(Place, u64)>, Verdict)> {
    let mut walk = Walk::begin(binary, seed, journey, &[], LEASE)?;
    let verdict = walk.make(journey)?;
    if !verdict.is_good() {
        eprintln!("bad without a kill: {verdict:?}");
    }
    let mut order = Vec::new();
    let mut visits: BTreeMap<Place, u64> = BTreeMap::new();
    for line in walk.log().lines() {
        let visit = visits.entry(line.to_owned()).or_default();
        if *visit == 0 {
            order.push(line.to_owned());
        }
        *visit += 1;
    }
    let places = order.into_iter().map(|place| {
        let often = visits.get(&place).copied().unwrap_or(1);
        (place, often)
    });
    Ok((places.collect(), verdict))
}

/// The journey with these places; at which of them it died.
fn killed(
    binary: &Path,
    seed: u64,
    journey: &Journey,
    places: &[At],
) -> Result<(BTreeSet<Place>, Verdict)> {
    let mut walk = Walk::begin(binary, seed, journey, places, LEASE)?;
    let verdict = walk.make(journey)?;
    if !verdict.is_good() {
        eprintln!(
            "bad: {} with {places:?}; kept: {}",
            journey.name,
            walk.keep().display()
        );
    }
    Ok((walk.died().clone(), verdict))
}

/// The place at its first visit, unless the journey died there.
fn first_visit(at: &At, died: &BTreeSet<Place>) -> Option<At> {
    let (place, _) = at.rsplit_once(':')?;
    (!died.contains(place)).then(|| format!("{place}:1"))
}

/// The places that are not planned yet, before and after each name together.
fn by_name(came_by: Vec<(Place, u64)>, planned: &BTreeSet<Place>) -> Vec<Vec<(Place, u64)>> {
    let mut names: Vec<Vec<(Place, u64)>> = Vec::new();
    for (place, visits) in came_by {
        if planned.contains(&place) {
            continue;
        }
        let name = |it: &Place| it.rsplit_once(':').map(|(name, _)| name.to_owned());
        let same = names
            .iter_mut()
            .find(|known| known.first().is_some_and(|it| name(&it.0) == name(&place)));
        match same {
            Some(known) => known.push((place, visits)),
            None => names.push(vec![(place, visits)]),
        }
    }
    names
}

/// So many of them, from the first to the last.
fn spread<T: Clone>(all: &[T], many: usize) -> Vec<T> {
    let picked = (0..many).filter_map(|nth| all.get(nth * all.len() / many.max(1)));
    picked.cloned().collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_share_covers_the_whole_length() {
        let all: Vec<u32> = (0..10).collect();
        assert_eq!(spread(&all, 3), [0, 3, 6]);
        assert_eq!(spread(&all, 10), all);
    }

    #[test]
    fn a_name_is_tried_before_and_after_it() {
        let came_by = ["a b:before", "c:before", "a b:after", "d:before", "c:after"];
        let came_by = came_by.map(|it| (it.to_owned(), 1)).to_vec();
        let planned = BTreeSet::from(["d:before".to_owned()]);
        let named = by_name(came_by, &planned);
        let named: Vec<Vec<&str>> = named
            .iter()
            .map(|places| places.iter().map(|it| it.0.as_str()).collect())
            .collect();
        assert_eq!(
            named,
            [["a b:before", "a b:after"], ["c:before", "c:after"]]
        );
    }

    #[test]
    fn what_was_not_met_is_tried_at_its_first_visit() {
        let died = BTreeSet::from(["a b:before".to_owned()]);
        assert_eq!(first_visit(&"a b:before:3".to_owned(), &died), None);
        let again = first_visit(&"a b:after:3".to_owned(), &died);
        assert_eq!(again.as_deref(), Some("a b:after:1"));
    }
}
