//! The company-wide export of messages (RingCentral developer guide, message
//! store exports): the way to mailboxes that refuse an administrator with
//! CMN-419. One export serves every lane and every file that lies in its span;
//! identities and addresses are those of the mailbox itself, so that nothing
//! is archived twice when RingCentral changes its mind. Knows no lane's page
//! and judges no error.

mod contents;
mod made;
mod metadata;
mod place;
mod shelf;
mod task;

use std::sync::Arc;
use std::time::Duration;

use domain::account::ExtensionId;
use domain::content::Content;
use domain::error::{Error, Kind, Result};
use domain::item::Item;
use domain::ports::source::Ask;
use domain::window::{DAY_MS, HOUR_MS, Window};
use outbound::{Keeper, Line};
use serde_json::Value;
use tokio::sync::Semaphore;

use crate::app::App;
use crate::asked::is_young;
use crate::message_store::message_types;
use contents::{NotHere, Wanted};
use made::{Export, Trouble};
use shelf::Shelf;

/// What the user needs besides `ReadMessages` (OpenAPI, `x-user-permission` of
/// `createMessageStoreReport`).
pub(crate) const PERMISSION: &str = "Users";

/// RingCentral makes at most so many at the same time for an account
/// (OpenAPI, `createMessageStoreReport`).
const AT_ONCE: usize = 2;

/// A file is looked for in exports up to this size; of a larger one a shorter
/// one is made, because each has to be read from its start.
const LARGE: u64 = 256 * 1024 * 1024;

/// So long a file waits for its export to be made, and looks at the time so
/// often.
const SOON_MS: i64 = 3 * 60_000;
const LOOK: Duration = Duration::from_secs(10);

/// Message types in an export: what a listing of a mailbox asks for.
type Kinds = Vec<&'static str>;

/// The exports of one grant.
pub(crate) struct Exports {
    app: Arc<App>,
    keeper: Arc<dyn Keeper>,
    slots: Arc<Semaphore>,
    shelf: Shelf,
}

impl Exports {
    /// Nothing is asked until a mailbox refuses.
    pub(crate) fn new(app: Arc<App>, keeper: Arc<dyn Keeper>) -> Exports {
        Exports {
            app,
            keeper,
            slots: Arc::new(Semaphore::new(AT_ONCE)),
            shelf: Shelf::default(),
        }
    }

    /// Whether this mailbox refused a short while ago.
    pub(crate) fn is_closed(&self, extension: &ExtensionId) -> bool {
        self.shelf.is_closed(extension, self.now_ms())
    }

    /// A mailbox let itself be read, or did not.
    pub(crate) fn note(&self, extension: &ExtensionId, closed: bool) {
        self.shelf.note(extension, closed, self.now_ms());
    }

    /// The exports that together hold what a listing of a mailbox asks for.
    /// Each is used once for each lane: who lists again wants to see what is
    /// new.
    pub(crate) async fn of_mailbox(
        &self,
        line: &Line,
        extension: &ExtensionId,
        ask: &Ask,
    ) -> Result<Vec<Mailbox>> {
        let kinds: Kinds = ask
            .types
            .iter()
            .flat_map(|it| message_types(*it))
            .copied()
            .collect();
        let mut open = vec![ask.window];
        let mut found = Vec::new();
        while let Some(window) = open.pop() {
            if window.start_ms() >= self.now_ms() || kinds.is_empty() {
                continue;
            }
            if let Some((earlier, later)) = self.shelf.too_long(window, self.now_ms()) {
                open.extend([later, earlier]);
                continue;
            }
            let order = self.order(line, window, &kinds);
            let export = self.shelf.for_lane(extension, order, self.now_ms())?;
            match self.made(&export).await {
                Ok(made) => {
                    export.listed(extension);
                    found.push(Mailbox(made, extension.clone()));
                }
                Err(Trouble::TooLarge) => open.push(window),
                Err(Trouble::Failed(error)) => return Err(error),
            }
        }
        Ok(found)
    }

    /// The bytes of an item, out of an export that holds it.
    pub(crate) async fn open(&self, line: &Line, item: &Item) -> Result<Content> {
        let wanted = Wanted::of(item)?;
        // An export that has expired in the meantime is made once more.
        for _ in 0..2 {
            let export = self.holding(line, item).await?;
            let made = self.made_soon(&export).await;
            let made = made.map_err(Trouble::into_error)?;
            match made.contents.open(wanted.clone()).await {
                Ok(content) => return Ok(content),
                Err(NotHere::Absent) => {
                    export.lacks(item);
                    return Err(absent(item, self.now_ms()));
                }
                Err(NotHere::Expired) => self.shelf.forget(&export),
                Err(NotHere::Failed(error)) => return Err(error),
            }
        }
        let what = "RingCentral's export expires before it can be read";
        Err(Error::new(Kind::Unavailable, what))
    }

    /// An export in which the item may be found: one that there is, else one
    /// of its day, shorter where that is a large one.
    async fn holding(&self, line: &Line, item: &Item) -> Result<Arc<Export>> {
        let (now_ms, at_ms) = (self.now_ms(), item.at_ms);
        let quiet_ms = if is_young(at_ms, now_ms) {
            self.short_ms()
        } else {
            DAY_MS
        };
        if self
            .shelf
            .lacked_since(item, now_ms.saturating_sub(quiet_ms))
        {
            return Err(absent(item, now_ms));
        }
        let mut longest = i64::MAX;
        loop {
            let span = longest.min(DAY_MS);
            let day = Window::from_ms(at_ms, at_ms + 1).and_then(|it| around(it, span));
            let window = day.ok_or_else(|| absent(item, now_ms))?;
            let order = self.order(line, window, &all_kinds());
            let export = self.shelf.for_item(item, longest, order, now_ms)?;
            match self.made_soon(&export).await {
                Ok(made) if made.contents.size() > LARGE && export.length_ms() > HOUR_MS => {
                    longest = shorter(export.length_ms());
                }
                Ok(_) => return Ok(export),
                Err(Trouble::TooLarge) if export.length_ms() > HOUR_MS => {
                    longest = shorter(export.length_ms());
                }
                Err(trouble) => return Err(trouble.into_error()),
            }
        }
    }

    /// As `made`, but not for as long as an export may take: who waits for a
    /// file keeps others from theirs. It goes on being made, and whoever comes
    /// back finds it.
    async fn made_soon(&self, export: &Arc<Export>) -> Result<Arc<made::Made>, Trouble> {
        let ended = export.outcome();
        tokio::pin!(ended);
        loop {
            tokio::select! {
                biased;
                _ = &mut ended => break,
                () = self.app.rest(LOOK) => {}
            }
            if self.now_ms().saturating_sub(export.begun_ms) >= SOON_MS {
                let what = "RingCentral is still making its company-wide export; the file is \
                            fetched when it is finished";
                return Err(Error::new(Kind::NotReady, what).into());
            }
        }
        self.made(export).await
    }

    /// Waits for an export. One that failed is forgotten.
    async fn made(&self, export: &Arc<Export>) -> Result<Arc<made::Made>, Trouble> {
        let outcome = export.outcome().await;
        if let Err(trouble) = &outcome {
            self.shelf.forget(export);
            self.shelf.learn(export, trouble, self.now_ms());
        }
        outcome
    }

    fn order(&self, line: &Line, window: Window, kinds: &Kinds) -> task::Order {
        task::Order {
            app: Arc::clone(&self.app),
            keeper: Arc::clone(&self.keeper),
            line: line.clone(),
            slots: Arc::clone(&self.slots),
            window,
            kinds: kinds.clone(),
        }
    }

    fn now_ms(&self) -> i64 {
        self.app.clock.now().as_millisecond()
    }

    /// How long another export is not asked for what a young message lacked.
    fn short_ms(&self) -> i64 {
        let short = shelf::ASK_AGAIN.mul_f64(self.app.options.pace());
        i64::try_from(short.as_millis()).unwrap_or(i64::MAX)
    }
}

/// What one export holds of one mailbox.
pub(crate) struct Mailbox(Arc<made::Made>, ExtensionId);

impl Mailbox {
    /// Its messages, as a listing of the mailbox shows them.
    pub(crate) async fn records(&self) -> Result<Vec<Value>> {
        self.0.metadata.records(&self.1).await
    }
}

fn all_kinds() -> Kinds {
    domain::data_type::DataType::ALL
        .iter()
        .flat_map(|it| message_types(*it))
        .copied()
        .collect()
}

fn around(window: Window, step_ms: i64) -> Option<Window> {
    let from = window
        .start_ms()
        .div_euclid(step_ms)
        .saturating_mul(step_ms);
    Window::from_ms(from, from.saturating_add(step_ms))
}

fn shorter(length_ms: i64) -> i64 {
    if length_ms > DAY_MS { DAY_MS } else { HOUR_MS }
}

/// An export may leave out what there is (the trash, or what RingCentral did
/// not put in it), so this never says that the file is gone: it stays to be
/// archived. While it is young it may only not be ready.
fn absent(item: &Item, now_ms: i64) -> Error {
    if is_young(item.at_ms, now_ms) {
        let what = "RingCentral's company-wide export does not hold the file yet";
        return Error::new(Kind::NotReady, what);
    }
    let what = "RingCentral's company-wide export does not hold the file, which does not mean \
                that it is gone";
    Error::new(Kind::Forbidden, what).remedy("Let the owner of the extension connect it.")
}
