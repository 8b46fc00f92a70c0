//! What a sighting does to what the Ledger knows. Pure: values in, values out.

use domain::item::{Direction, Facts, Fetch, Item, Party, Standing};
use domain::ledger::{EntryState, Pending};

/// How an Entry stands, as far as a sighting can change it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Stand {
    pub(crate) state: EntryState,
    /// The sentence for people.
    pub(crate) cause: String,
    /// When the next try of a pending Entry is due, milliseconds since 1970.
    /// `None`: not before a sighting says that it is ready; what is not final
    /// must not be archived, however long that takes.
    pub(crate) next_try_ms: Option<i64>,
}

impl Stand {
    /// An Entry as its first sighting shows it.
    pub(crate) fn first(standing: &Standing, now_ms: i64) -> Stand {
        let (state, cause) = match standing {
            Standing::Ready => (EntryState::Pending(Pending::New), ""),
            Standing::NotYet(why) => (EntryState::Pending(Pending::NotReady), *why),
            Standing::Excluded(rule) => (EntryState::Excluded, *rule),
            Standing::Missing(cause) => (EntryState::Missing, *cause),
        };
        Stand {
            state,
            cause: cause.to_owned(),
            next_try_ms: (*standing == Standing::Ready).then_some(now_ms),
        }
    }

    /// An Entry that is seen again. Archived and missing are ends that no
    /// listing undoes. One that waits for a time waits on, for `Ready` says
    /// nothing new about it. All others are as the newest sighting says.
    pub(crate) fn resighted(&self, standing: &Standing, now_ms: i64) -> Stand {
        match (&self.state, standing) {
            (EntryState::Archived | EntryState::Missing, _) => self.clone(),
            (EntryState::Pending(_), Standing::Ready) if self.next_try_ms.is_some() => self.clone(),
            _ => Stand::first(standing, now_ms),
        }
    }
}

/// The Item as it is known after another sighting. Its own time is fixed by
/// the first one, so that it never moves to another row of the LOG; all else
/// follows the newest, and nothing known is overwritten with nothing.
pub(crate) fn merged(known: Item, seen: &Item) -> Item {
    let seen = seen.clone();
    Item {
        id: known.id,
        at_ms: known.at_ms,
        extension: seen.extension.or(known.extension),
        facts: merged_facts(known.facts, seen.facts),
        fetch: match seen.fetch {
            Fetch::Nothing => known.fetch,
            found => found,
        },
        expected: seen.expected,
        size: seen.size.or(known.size),
    }
}

/// The same for what is known besides identity.
pub(crate) fn merged_facts(known: Facts, seen: Facts) -> Facts {
    Facts {
        direction: match seen.direction {
            Direction::Unknown => known.direction,
            told => told,
        },
        from: merged_party(known.from, seen.from),
        to: if seen.to.iter().any(|it| *it != Party::default()) {
            seen.to
        } else {
            known.to
        },
        seconds: seen.seconds.or(known.seconds),
        pages: seen.pages.or(known.pages),
        recording_type: text(seen.recording_type, known.recording_type),
        call_id: text(seen.call_id, known.call_id),
        session_id: text(seen.session_id, known.session_id),
        conversation_id: text(seen.conversation_id, known.conversation_id),
        file_name: text(seen.file_name, known.file_name),
        text: text(seen.text, known.text),
    }
}

fn merged_party(known: Party, seen: Party) -> Party {
    Party {
        number: text(seen.number, known.number),
        extension_number: text(seen.extension_number, known.extension_number),
        name: text(seen.name, known.name),
    }
}

/// An empty text is nothing.
fn text(seen: Option<String>, known: Option<String>) -> Option<String> {
    match seen {
        Some(text) if !text.is_empty() => Some(text),
        nothing => known.or(nothing),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: i64 = 1_000;

    fn pending(why: Pending, next_try_ms: Option<i64>) -> Stand {
        Stand {
            state: EntryState::Pending(why),
            cause: "before".to_owned(),
            next_try_ms,
        }
    }

    fn ended(state: EntryState) -> Stand {
        Stand {
            state,
            cause: "before".to_owned(),
            next_try_ms: None,
        }
    }

    const STANDINGS: [Standing; 4] = [
        Standing::Ready,
        Standing::NotYet("being sent"),
        Standing::Excluded("too short"),
        Standing::Missing("purged"),
    ];

    #[test]
    fn no_listing_undoes_an_end() {
        for state in [EntryState::Archived, EntryState::Missing] {
            let stand = ended(state);
            for standing in &STANDINGS {
                assert_eq!(stand.resighted(standing, NOW), stand);
            }
        }
    }

    #[test]
    fn ready_wakes_only_what_waits_for_it() {
        let fresh = Stand::first(&Standing::Ready, NOW);
        assert_eq!(fresh.next_try_ms, Some(NOW));
        let waits_for_a_sighting = pending(Pending::NotReady, None);
        assert_eq!(waits_for_a_sighting.resighted(&Standing::Ready, NOW), fresh);
        assert_eq!(
            ended(EntryState::Excluded).resighted(&Standing::Ready, NOW),
            fresh
        );
        for why in [
            Pending::New,
            Pending::Failed,
            Pending::NotReady,
            Pending::Reconnect,
        ] {
            let waits_for_a_time = pending(why, Some(NOW + 9));
            assert_eq!(
                waits_for_a_time.resighted(&Standing::Ready, NOW),
                waits_for_a_time
            );
        }
    }

    #[test]
    fn whatever_else_is_pending_is_as_the_newest_sighting_says() {
        for standing in &STANDINGS[1..] {
            let told = Stand::first(standing, NOW);
            assert_eq!(told.next_try_ms, None);
            for before in [
                pending(Pending::New, Some(NOW)),
                pending(Pending::Failed, Some(NOW + 9)),
                pending(Pending::NotReady, None),
                ended(EntryState::Excluded),
            ] {
                assert_eq!(before.resighted(standing, NOW), told);
            }
        }
    }

    #[test]
    fn an_empty_text_is_nothing() {
        let some = |text: &str| Some(text.to_owned());
        assert_eq!(text(some(""), some("known")), some("known"));
        assert_eq!(text(None, some("known")), some("known"));
        assert_eq!(text(some("seen"), some("known")), some("seen"));
        assert_eq!(text(some(""), None), some(""));
    }
}
