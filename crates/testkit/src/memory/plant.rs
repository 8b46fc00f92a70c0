//! An item planted in a [`super::Source`]: when it is seen and how it stands,
//! and what goes wrong when its bytes are asked for.

use std::collections::VecDeque;

use bytes::Bytes;
use domain::content::{Content, Framing};
use domain::item::{Item, ItemId, Sighting, Standing};
use domain::{Error, Kind, Result};
use futures::stream::BoxStream;
use futures::{StreamExt, stream};

use crate::builders;

/// An item with its bytes and its fate.
#[derive(Clone, Debug)]
pub struct Plant {
    pub(super) item: Item,
    bytes: Bytes,
    framing: Framing,
    chunk: usize,
    appears_ms: i64,
    vanishes_ms: i64,
    /// Before this a listing shows it as not final and counts it as unsettled.
    settles_ms: i64,
    /// Before this its bytes are not there yet, whatever a listing shows.
    bytes_ms: i64,
    gone_ms: i64,
    standing: Standing,
    troubles: VecDeque<Trouble>,
}

/// What goes wrong with one opening of an item.
#[derive(Clone, Debug)]
pub enum Trouble {
    /// `open` fails.
    Refused(Error),
    /// The stream fails after so many bytes.
    Torn {
        /// Bytes that come before the failure.
        after: usize,
        /// The failure.
        error: Error,
    },
    /// The stream ends after so many bytes as if that were all: no length was
    /// declared and the connection was closed.
    CutShort {
        /// Bytes that come.
        after: usize,
    },
    /// Other bytes come, whole and well framed: somebody's error page.
    Instead(Bytes),
}

impl Plant {
    /// An item that is listed from its own time on, ready, with bytes of the
    /// right format ([`builders::bytes_of`]).
    pub fn new(item: Item) -> Plant {
        Plant {
            bytes: builders::bytes_of(&item),
            framing: Framing::Declared,
            chunk: 64 * 1024,
            appears_ms: item.at_ms,
            vanishes_ms: i64::MAX,
            settles_ms: i64::MIN,
            bytes_ms: i64::MIN,
            gone_ms: i64::MAX,
            standing: Standing::Ready,
            troubles: VecDeque::new(),
            item,
        }
    }

    /// With these bytes.
    #[must_use]
    pub fn with_bytes(self, bytes: impl Into<Bytes>) -> Plant {
        let bytes = bytes.into();
        Plant { bytes, ..self }
    }

    /// Listed from this time on, later than its own: a recording that shows
    /// up hours after its call.
    #[must_use]
    pub fn appearing_at(self, appears_ms: i64) -> Plant {
        Plant { appears_ms, ..self }
    }

    /// From this time on no listing shows it and its bytes are gone.
    #[must_use]
    pub fn vanishing_at(self, vanishes_ms: i64) -> Plant {
        Plant {
            vanishes_ms,
            gone_ms: vanishes_ms,
            ..self
        }
    }

    /// Listed as not final until then ([`Standing::NotYet`]), counted as
    /// unsettled, without bytes: a fax that is being sent.
    #[must_use]
    pub fn settling_at(self, settles_ms: i64) -> Plant {
        Plant {
            settles_ms,
            bytes_ms: settles_ms,
            ..self
        }
    }

    /// Listed as ready, but `open` says `Kind::NotReady` until then.
    #[must_use]
    pub fn bytes_at(self, bytes_ms: i64) -> Plant {
        Plant { bytes_ms, ..self }
    }

    /// Listed still, but from then on `open` says `Kind::Gone`.
    #[must_use]
    pub fn gone_at(self, gone_ms: i64) -> Plant {
        Plant { gone_ms, ..self }
    }

    /// Listed as standing like this, once it has settled.
    #[must_use]
    pub fn standing(self, standing: Standing) -> Plant {
        Plant { standing, ..self }
    }

    /// Its end is marked like this; a length is declared with
    /// [`Framing::Declared`] only (the default).
    #[must_use]
    pub fn framed(self, framing: Framing) -> Plant {
        Plant { framing, ..self }
    }

    /// Its bytes come in chunks of this size.
    #[must_use]
    pub fn in_chunks_of(self, chunk: usize) -> Plant {
        Plant { chunk, ..self }
    }

    /// The next `times` openings go wrong like this. Scripts run one after
    /// the other.
    #[must_use]
    pub fn troubled(mut self, times: usize, trouble: &Trouble) -> Plant {
        let more = std::iter::repeat_n(trouble.clone(), times);
        self.troubles.extend(more);
        self
    }

    pub(super) fn id(&self) -> &ItemId {
        &self.item.id
    }

    /// What a listing shows of it at this time.
    pub(super) fn sighting(&self, now_ms: i64) -> Option<Sighting> {
        let shown = (self.appears_ms..self.vanishes_ms).contains(&now_ms);
        shown.then(|| Sighting {
            item: self.item.clone(),
            standing: if self.is_settled(now_ms) {
                self.standing.clone()
            } else {
                Standing::NotYet("it will still change")
            },
        })
    }

    /// Whether it is final at this time.
    pub(super) fn is_settled(&self, now_ms: i64) -> bool {
        now_ms >= self.settles_ms
    }

    /// What `open` answers at this time. Takes the next script.
    pub(super) fn open(&mut self, now_ms: i64) -> Result<Content> {
        if now_ms >= self.gone_ms {
            return Err(Error::new(Kind::Gone, "the bytes are gone"));
        }
        if now_ms < self.bytes_ms {
            return Err(Error::new(Kind::NotReady, "the bytes are not there yet"));
        }
        let whole = self.bytes.len();
        let (bytes, failure, framing) = match self.troubles.pop_front() {
            None => (self.bytes.clone(), None, self.framing),
            Some(Trouble::Refused(error)) => return Err(error),
            Some(Trouble::Torn { after, error }) => {
                let torn = self.bytes.slice(..after.min(whole));
                (torn, Some(error), self.framing)
            }
            Some(Trouble::CutShort { after }) => {
                let cut = self.bytes.slice(..after.min(whole));
                (cut, None, Framing::UntilClose)
            }
            Some(Trouble::Instead(bytes)) => (bytes, None, self.framing),
        };
        let length = if failure.is_some() {
            whole
        } else {
            bytes.len()
        };
        Ok(Content {
            fingerprint: None,
            length: (framing == Framing::Declared).then_some(length as u64),
            framing,
            media_type: None,
            bytes: chunks(&bytes, self.chunk, failure),
        })
    }
}

/// The bytes in chunks, then the failure if there is one.
fn chunks(
    bytes: &Bytes,
    chunk: usize,
    failure: Option<Error>,
) -> BoxStream<'static, Result<Bytes>> {
    let chunk = chunk.max(1);
    let starts = (0..bytes.len()).step_by(chunk);
    let parts: Vec<Result<Bytes>> = starts
        .map(|start| Ok(bytes.slice(start..bytes.len().min(start + chunk))))
        .chain(failure.map(Err))
        .collect();
    stream::iter(parts).boxed()
}
