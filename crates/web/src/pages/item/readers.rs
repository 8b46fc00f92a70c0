//! How many files are read back at once: a bounded number for all, and few for
//! each person, so that nobody's downloads keep others from listening.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use domain::account::{AccountId, ExtensionId};
use domain::session::SignedIn;

/// By everybody.
const ALL: usize = 64;
/// By one person. A browser opens six connections to one server.
const EACH: usize = 8;

type Who = (AccountId, ExtensionId);

/// Who reads at present.
#[derive(Clone, Default)]
pub(crate) struct Readers(Arc<Mutex<BTreeMap<Who, usize>>>);

/// One file that is being read; its place is free when this is dropped.
pub(crate) struct Reader {
    readers: Readers,
    who: Who,
}

impl Readers {
    fn inner(&self) -> MutexGuard<'_, BTreeMap<Who, usize>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A place for one more, if there is one.
    pub(crate) fn admit(&self, who: &SignedIn) -> Option<Reader> {
        let who = (who.account.clone(), who.extension.clone());
        let mut all = self.inner();
        let own = all.get(&who).copied().unwrap_or_default();
        if own >= EACH || all.values().sum::<usize>() >= ALL {
            return None;
        }
        all.insert(who.clone(), own + 1);
        Some(Reader {
            readers: self.clone(),
            who,
        })
    }
}

impl Drop for Reader {
    fn drop(&mut self) {
        let mut all = self.readers.inner();
        if let Some(count) = all.get_mut(&self.who) {
            *count -= 1;
            if *count == 0 {
                all.remove(&self.who);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn person(extension: &str) -> SignedIn {
        SignedIn {
            account: AccountId::new("1"),
            company: String::new(),
            extension: ExtensionId::new(extension),
            number: None,
            name: String::new(),
            admin: false,
            time_zone: None,
            checked_ms: 0,
        }
    }

    #[test]
    fn a_place_is_free_again_when_its_reader_is_gone() {
        let readers = Readers::default();
        let mut own: Vec<_> = (0..EACH).map(|_| readers.admit(&person("1"))).collect();
        assert!(own.iter().all(Option::is_some));
        assert!(readers.admit(&person("1")).is_none());
        let mut others = Vec::new();
        for n in 2.. {
            let Some(reader) = readers.admit(&person(&n.to_string())) else {
                break;
            };
            others.push(reader);
        }
        assert_eq!(others.len(), ALL - EACH);
        own.pop();
        assert!(readers.admit(&person("1")).is_some());
        drop((own, others));
        assert!(readers.inner().is_empty());
    }
}
