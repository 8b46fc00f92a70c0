//! Fail-points: at a named place the process kills itself, as `kill -9` would.
//! Only in binaries that are built for it (`--features fail-points`): there
//! assembly wraps the ports with wrappers that know their names. What wraps a
//! port is a port, so nothing else knows of this.
//!
//! ```text
//! ARCHIVER_FAIL_AT=store.note:after:3   dies right after its third call of `note`;
//!                                       several places, with `;` between: at the first it meets
//! ARCHIVER_FAIL_ARM=FILE                counts visits only while FILE is there
//! ARCHIVER_FAIL_LOG=FILE                writes down which places it came by, a line each, and
//!                                       at which it died
//! ARCHIVER_FAIL_LEASE_MS=1500           leases so short that nobody waits long for the dead
//! ARCHIVER_FAIL_DROPBOX_CALLS=200       so many calls a second to a Dropbox that can bear them,
//!                                       and pauses as short as it asks for
//! ```

mod destination;
mod door;
mod keeper;
mod providers;
mod source;
mod store;

use std::collections::HashMap;
use std::fs::{File, OpenOptions};
use std::future::Future;
use std::io::Write;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use std::time::Duration;

use domain::grant::Provider;
use domain::ports::{Destination, Providers, Source, Store};
use engine::Rhythm;
use outbound::{Budget, Keeper, Observer};

/// A place is written down this often: enough to choose a later visit.
const WRITTEN: u64 = 8;

/// A port with fail-points around its functions.
pub(crate) struct Watched<T: ?Sized>(Arc<T>);

/// The memory.
pub(crate) fn store(inner: Arc<dyn Store>) -> Arc<dyn Store> {
    Arc::new(Watched(inner))
}

/// Both providers, and all that they make.
pub(crate) fn providers(inner: Arc<dyn Providers>) -> Arc<dyn Providers> {
    Arc::new(Watched(inner))
}

/// Where items come from.
pub(crate) fn source(inner: Arc<dyn Source>) -> Arc<dyn Source> {
    Arc::new(Watched(inner))
}

/// Where items go.
pub(crate) fn destination(inner: Arc<dyn Destination>) -> Arc<dyn Destination> {
    Arc::new(Watched(inner))
}

/// Where one end's grant is kept.
pub(crate) fn keeper(end: Provider, inner: Arc<dyn Keeper>) -> Arc<dyn Keeper> {
    Arc::new(keeper::Watched { end, inner })
}

/// The door out: before a request leaves, after its answer's head came, after
/// its body's end.
pub(crate) fn observer(inner: Arc<dyn Observer>) -> Arc<dyn Observer> {
    Arc::new(Watched(inner))
}

/// The names of all places, whether a world ever comes there or not.
pub(crate) fn names() -> Vec<String> {
    let fixed = store::names()
        .into_iter()
        .chain(source::NAMES.iter().copied())
        .chain(destination::NAMES.iter().copied())
        .chain(keeper::NAMES.iter().copied())
        .chain(providers::NAMES.iter().copied());
    fixed.map(str::to_owned).chain(door::names()).collect()
}

/// As patient as it is asked to be.
pub(crate) fn rhythm(usual: Rhythm) -> Rhythm {
    match lease() {
        None => usual,
        Some(lease) => Rhythm {
            lease,
            first_wait: Duration::from_millis(200),
            longest_wait: Duration::from_secs(1),
            slow_lane: Duration::from_secs(2),
            ..usual
        },
    }
}

/// How long the right to something lasts, where that was asked for.
pub(crate) fn lease() -> Option<Duration> {
    settings().lease
}

/// As many calls as it is asked to make.
pub(crate) fn dropbox(usual: destination_dropbox::Options) -> destination_dropbox::Options {
    match settings().dropbox_calls {
        None => usual,
        Some(limit) => {
            let mut options = usual;
            options.pace = Some(Budget::new(limit, Duration::from_secs(1)));
            options.manners.penalty.floor = Duration::from_millis(100);
            options
        }
    }
}

/// What one call meets: its place before, then after.
async fn around<T>(name: &str, call: impl Future<Output = T>) -> T {
    pass(name, "before");
    let told = call.await;
    pass(name, "after");
    told
}

/// Comes by a place. Does not return where the process is to die.
fn pass(name: &str, when: &'static str) {
    let settings = settings();
    if settings.at.is_empty() && settings.log.is_none() {
        return;
    }
    let mut places = settings.at.iter();
    let place = places.find(|it| it.name == name && it.when == when);
    if place.is_some() && settings.arm.as_ref().is_some_and(|it| !it.exists()) {
        return;
    }
    let mut visits = settings
        .visits
        .lock()
        .unwrap_or_else(PoisonError::into_inner);
    let visit = visits.entry((name.to_owned(), when)).or_default();
    *visit += 1;
    if let Some(log) = &settings.log
        && *visit <= WRITTEN
    {
        // Whoever reads the log sees what is missing from it.
        let _ = writeln!(&*log, "{name}:{when}");
    }
    if place.is_some_and(|it| it.visit == *visit) {
        if let Some(log) = &settings.log {
            let _ = writeln!(&*log, "died {name}:{when}");
        }
        die();
    }
}

/// At once: nothing is flushed, given back or said.
fn die() -> ! {
    let _ = rustix::process::kill_process(rustix::process::getpid(), rustix::process::Signal::KILL);
    loop {
        std::thread::park();
    }
}

/// Where to die.
struct At {
    name: String,
    when: String,
    visit: u64,
}

struct Settings {
    at: Vec<At>,
    arm: Option<PathBuf>,
    log: Option<File>,
    lease: Option<Duration>,
    dropbox_calls: Option<u32>,
    visits: Mutex<HashMap<(String, &'static str), u64>>,
}

fn settings() -> &'static Settings {
    static SETTINGS: OnceLock<Settings> = OnceLock::new();
    SETTINGS.get_or_init(|| Settings {
        at: said("ARCHIVER_FAIL_AT")
            .unwrap_or_default()
            .split(';')
            .filter_map(at)
            .collect(),
        arm: said("ARCHIVER_FAIL_ARM").map(PathBuf::from),
        log: said("ARCHIVER_FAIL_LOG")
            .and_then(|path| OpenOptions::new().create(true).append(true).open(path).ok()),
        lease: said("ARCHIVER_FAIL_LEASE_MS")
            .and_then(|text| text.parse().ok())
            .map(Duration::from_millis),
        dropbox_calls: said("ARCHIVER_FAIL_DROPBOX_CALLS").and_then(|text| text.parse().ok()),
        visits: Mutex::default(),
    })
}

/// `NAME:before|after:VISIT`; a name may hold colons.
fn at(text: &str) -> Option<At> {
    let mut parts = text.rsplitn(3, ':');
    let (visit, when, name) = (parts.next()?, parts.next()?, parts.next()?);
    Some(At {
        name: name.to_owned(),
        when: when.to_owned(),
        visit: visit.parse().ok()?,
    })
}

#[expect(
    clippy::disallowed_methods,
    reason = "no setting of the product: only binaries built for fail-points read it"
)]
fn said(name: &str) -> Option<String> {
    std::env::var(name).ok().filter(|text| !text.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_place_has_a_name_of_its_own() {
        let mut names = names();
        let all = names.len();
        assert!(all >= 120, "{all}");
        names.sort();
        names.dedup();
        assert_eq!(names.len(), all);
    }

    #[test]
    fn where_to_die_is_read_from_its_end() {
        let at = at("body Dropbox /2/a:b:after:3").unwrap();
        assert_eq!(at.name, "body Dropbox /2/a:b");
        assert_eq!((at.when.as_str(), at.visit), ("after", 3));
        assert!(super::at("store.note").is_none());
    }
}
