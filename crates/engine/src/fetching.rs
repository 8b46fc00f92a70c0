//! The right to fetch one content: given back as soon as its bytes have come,
//! long before the destination vouches for them. So what is gathered into one
//! commit keeps nobody from being fetched, and a source is asked for no more at
//! once than before.

use std::time::Duration;

use domain::data_type::DataType;
use domain::ports::destination::Announced;
use tokio::sync::mpsc::{self, UnboundedReceiver, UnboundedSender};
use tokio::time::Instant;

/// A content that waited longer than this until somebody read it came too
/// early.
const HELD: Duration = Duration::from_millis(20);

/// The right, for one item of a type. It ends when it is dropped.
pub struct Fetching {
    of: DataType,
    /// The destination hears that it will come.
    _announced: Announced,
    came: Option<Instant>,
    pull: Pull,
    ended: UnboundedSender<Ended>,
}

/// What the destination did with a content.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Pull {
    /// Nothing: there was none.
    None,
    /// It read on at once.
    Free,
    /// It had no room, and kept the source waiting.
    Held,
}

/// A fetch that has ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Ended {
    pub(crate) of: DataType,
    pub(crate) pull: Pull,
}

/// Gives the right, and hears when it ends.
#[derive(Debug)]
pub(crate) struct Fetches {
    ended: UnboundedSender<Ended>,
    heard: UnboundedReceiver<Ended>,
}

impl Fetches {
    /// Nobody fetches.
    pub(crate) fn new() -> Fetches {
        let (ended, heard) = mpsc::unbounded_channel();
        Fetches { ended, heard }
    }

    /// The right for one more.
    pub(crate) fn begin(&self, of: DataType, announced: Announced) -> Fetching {
        Fetching {
            of,
            _announced: announced,
            came: None,
            pull: Pull::None,
            ended: self.ended.clone(),
        }
    }

    /// Waits for the next that ends. May be dropped at any time.
    pub(crate) async fn end(&mut self) -> Option<Ended> {
        self.heard.recv().await
    }

    /// Another that has ended already.
    pub(crate) fn ended(&mut self) -> Option<Ended> {
        self.heard.try_recv().ok()
    }
}

impl Fetching {
    /// The content came and is offered to the destination.
    pub(crate) fn offered(&mut self) {
        self.came = Some(Instant::now());
    }

    /// The destination reads.
    pub(crate) fn read(&mut self) {
        if let Some(came) = self.came.take() {
            let is_held = came.elapsed() > HELD;
            self.pull = if is_held { Pull::Held } else { Pull::Free };
        }
    }
}

impl Drop for Fetching {
    fn drop(&mut self) {
        let ended = Ended {
            of: self.of,
            pull: self.pull,
        };
        // A drain that is gone has no use for it.
        let _ = self.ended.send(ended);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MAIL: DataType = DataType::Voicemail;

    fn begin(fetches: &Fetches, of: DataType) -> Fetching {
        fetches.begin(of, Announced::default())
    }

    #[tokio::test(start_paused = true)]
    async fn an_end_is_heard_whoever_drops_it() {
        let mut fetches = Fetches::new();
        let (mut one, other) = (begin(&fetches, MAIL), begin(&fetches, DataType::Fax));
        assert_eq!(fetches.ended(), None);
        drop(other);
        let failed = Ended {
            of: DataType::Fax,
            pull: Pull::None,
        };
        assert_eq!(fetches.end().await, Some(failed));
        one.offered();
        one.read();
        tokio::spawn(async move { drop(one) }).await.unwrap();
        let pull = Pull::Free;
        assert_eq!(fetches.ended(), Some(Ended { of: MAIL, pull }));
        assert_eq!(fetches.ended(), None);
    }

    #[tokio::test(start_paused = true)]
    async fn a_content_that_waits_for_the_destination_says_so() {
        let mut fetches = Fetches::new();
        let mut one = begin(&fetches, MAIL);
        one.offered();
        tokio::time::sleep(HELD * 2).await;
        one.read();
        one.read();
        drop(one);
        let pull = Pull::Held;
        assert_eq!(fetches.ended(), Some(Ended { of: MAIL, pull }));
    }
}
