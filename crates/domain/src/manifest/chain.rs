//! Manifests held against each other: each chain from its first to its newest
//! without a gap, and every manifest at its place.

use std::collections::{BTreeMap, BTreeSet};

use super::{Follows, Header, PublicKey, manifest_path};

/// Copies of a path that are looked for.
const VERSIONS: u32 = 9;
/// Missing manifests of one chain that are named.
const NAMED: u64 = 10_000;

/// What is wrong, by kind.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Flaw {
    /// It is not what was written: changed, cut, no manifest at all.
    Unreadable,
    /// Signed by a key that is not trusted.
    Foreign,
    /// One is not there, although a later one is.
    Gap,
    /// It does not name the one before it.
    Broken,
    /// Two have one place in one chain.
    Fork,
    /// It lies where another belongs.
    Misplaced,
    /// It is of another company. (Another destination may be the same archive,
    /// moved.)
    Mixed,
    /// A chain that follows no other, where there is another.
    Loose,
    /// The end that somebody noted is not there.
    Behind,
}

impl Flaw {
    /// The word in JSON.
    pub fn word(self) -> &'static str {
        match self {
            Flaw::Unreadable => "unreadable",
            Flaw::Foreign => "foreign",
            Flaw::Gap => "gap",
            Flaw::Broken => "broken",
            Flaw::Fork => "fork",
            Flaw::Misplaced => "misplaced",
            Flaw::Mixed => "mixed",
            Flaw::Loose => "loose",
            Flaw::Behind => "behind",
        }
    }
}

/// One thing that is wrong.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Wrong {
    /// What kind.
    pub flaw: Flaw,
    /// Which file, or which one should be there.
    pub path: String,
    /// The sentence for people.
    pub what: String,
}

impl Wrong {
    /// A sentence about a file.
    pub fn new(flaw: Flaw, path: impl Into<String>, what: impl Into<String>) -> Wrong {
        Wrong {
            flaw,
            path: path.into(),
            what: what.into(),
        }
    }
}

/// A manifest that reads: where it lies, its first line, the sum of the whole
/// file.
pub type Found = (String, Header, String);

/// Which of these manifests counts, where two tell of one item.
pub struct Newness(BTreeMap<PublicKey, (u64, i64)>);

impl Newness {
    /// Of all of them together.
    pub fn of(all: &[Found]) -> Newness {
        let mut last = BTreeMap::new();
        for (_, header, _) in all {
            let it = last.entry(header.key.clone()).or_default();
            *it = (header.seq, header.made_ms).max(*it);
        }
        Newness(last)
    }

    /// The greater one counts. Within a chain its number decides and never the
    /// time, for clocks are set back; of chains the one that was made last goes
    /// before.
    pub fn place(&self, header: &Header) -> (i64, PublicKey, u64) {
        let (_, last_ms) = self.0.get(&header.key).copied().unwrap_or_default();
        (last_ms, header.key.clone(), header.seq)
    }
}

/// What is wrong with these manifests as a whole. `trusted`: whose signature
/// counts; none named: everybody's, and then they prove only that they agree.
/// `head`: a sum that somebody noted and that must be among them.
pub fn look_through(all: &[Found], trusted: &[PublicKey], head: Option<&str>) -> Vec<Wrong> {
    let mut wrong = Vec::new();
    let mut chains: BTreeMap<&PublicKey, BTreeMap<u64, Vec<&Found>>> = BTreeMap::new();
    for found in all {
        let (path, header, _) = found;
        if !trusted.is_empty() && !trusted.contains(&header.key) {
            let what = "it is signed by a key that is not among those given";
            wrong.push(Wrong::new(Flaw::Foreign, path, what));
        }
        if !lies_at_its_place(path, header) {
            let what = format!(
                "it is manifest {} of its chain, under another name",
                header.seq
            );
            wrong.push(Wrong::new(Flaw::Misplaced, path, what));
        }
        let chain = chains.entry(&header.key).or_default();
        chain.entry(header.seq).or_default().push(found);
    }
    for chain in chains.values() {
        one_chain(chain, &mut wrong);
    }
    begins(&chains, trusted, &mut wrong);
    one_archive(all, &mut wrong);
    if let Some(head) = head
        && !all.iter().any(|(_, _, sha256)| sha256 == head)
    {
        let what = format!("no manifest has the sum {head}: the newest ones were taken away");
        wrong.push(Wrong::new(Flaw::Behind, "", what));
    }
    wrong
}

fn lies_at_its_place(path: &str, header: &Header) -> bool {
    let mut versions = 1..=VERSIONS;
    versions.any(|version| {
        let place = manifest_path(header.naming, &header.key, header.seq, version);
        place.is_ok_and(|it| it.as_str().eq_ignore_ascii_case(path))
    })
}

fn one_chain(chain: &BTreeMap<u64, Vec<&Found>>, wrong: &mut Vec<Wrong>) {
    let mut before: Option<(u64, &Vec<&Found>)> = None;
    for (&seq, here) in chain {
        for (path, ..) in here.iter().skip(1) {
            let what = format!("another manifest is number {seq} of this chain, too");
            wrong.push(Wrong::new(Flaw::Fork, path, what));
        }
        let expected = before.map_or(1, |(last, _)| last + 1);
        for missing in (expected..seq).take(usize::try_from(NAMED).unwrap_or(usize::MAX)) {
            wrong.push(gap(here, missing));
        }
        for (path, header, _) in here {
            let names = header.previous.as_ref();
            let good = match before {
                Some((last, those)) if last + 1 == seq => {
                    those.iter().any(|(_, _, sum)| names == Some(sum))
                }
                // The one that it names is the gap.
                _ if seq > 1 => names.is_some(),
                _ => names.is_none(),
            };
            if !good || (seq > 1 && header.follows.is_some()) {
                let what = format!("manifest {seq} does not name the one before it");
                wrong.push(Wrong::new(Flaw::Broken, path, what));
            }
        }
        before = Some((seq, here));
    }
}

fn gap(here: &[&Found], missing: u64) -> Wrong {
    let place = here.first().and_then(|(_, header, _)| {
        let place = manifest_path(header.naming, &header.key, missing, 1);
        place.ok().map(|it| it.as_str().to_owned())
    });
    let what = format!("manifest {missing} is not there, although later ones are");
    Wrong::new(Flaw::Gap, place.unwrap_or_default(), what)
}

/// Of several chains each follows another one that is there, but for the
/// oldest.
fn begins(
    chains: &BTreeMap<&PublicKey, BTreeMap<u64, Vec<&Found>>>,
    trusted: &[PublicKey],
    wrong: &mut Vec<Wrong>,
) {
    let mut firsts: Vec<&Found> = Vec::new();
    for chain in chains.values() {
        firsts.extend(chain.get(&1).into_iter().flatten());
    }
    firsts.sort_by_key(|(_, header, _)| header.made_ms);
    for (path, header, _) in &firsts {
        if header
            .follows
            .as_ref()
            .is_some_and(|it| !is_there(chains, it))
        {
            let what = "the chain that this one says it follows is not there, or ends elsewhere";
            wrong.push(Wrong::new(Flaw::Broken, path, what));
        }
    }
    let follow_none = firsts.iter().filter(|(_, it, _)| it.follows.is_none());
    for (path, ..) in follow_none.skip(1).filter(|_| trusted.is_empty()) {
        let what = "a second chain begins here and follows no other; a key that you noted tells \
                    which of them is yours (--public-key)";
        wrong.push(Wrong::new(Flaw::Loose, path, what));
    }
}

fn is_there(chains: &BTreeMap<&PublicKey, BTreeMap<u64, Vec<&Found>>>, follows: &Follows) -> bool {
    let chain = chains.get(&follows.key);
    let there = chain.and_then(|it| it.get(&follows.seq));
    there.is_some_and(|all| all.iter().any(|(_, _, sum)| *sum == follows.sha256))
}

fn one_archive(all: &[Found], wrong: &mut Vec<Wrong>) {
    let mut companies = BTreeSet::new();
    for (path, header, _) in all {
        companies.insert(&header.account);
        if companies.len() > 1 {
            wrong.push(Wrong::new(Flaw::Mixed, path, "it is of another company"));
            return;
        }
    }
}
