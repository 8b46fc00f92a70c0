//! Questions to a destination of whose it is and what room it has. Who asks
//! while the same question is under way shares its answer: many people who
//! look at one page are one question to the provider.

use std::collections::HashMap;
use std::future::Future;
use std::sync::{Arc, Mutex, PoisonError};

use domain::Result;
use domain::connection::ConnectionId;
use domain::ports::destination::{Owner, Space};
use futures::FutureExt;
use futures::future::{BoxFuture, Shared, WeakShared};

/// Whose it is, and its room, or why that was not told.
pub(crate) type Answer = Result<(Owner, Result<Space>)>;
type Asking = BoxFuture<'static, Answer>;

/// Those under way, each with the Connection whose grants it uses.
#[derive(Clone, Default)]
pub(crate) struct SingleFlight(Arc<Mutex<HashMap<ConnectionId, WeakShared<Asking>>>>);

impl SingleFlight {
    /// The answer to the question that is under way, or to `ask`, which is begun
    /// if there is none. It is given up when nobody waits any more.
    pub(crate) fn join(
        &self,
        connection: &ConnectionId,
        ask: impl Future<Output = Answer> + Send + 'static,
    ) -> Shared<Asking> {
        let mut under_way = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let same = under_way.get(connection).and_then(WeakShared::upgrade);
        if let Some(same) = same.filter(|it| it.peek().is_none()) {
            return same;
        }
        under_way.retain(|_, it| it.upgrade().is_some());
        let asking = ask.boxed().shared();
        if let Some(weak) = asking.downgrade() {
            under_way.insert(connection.clone(), weak);
        }
        asking
    }
}

#[cfg(test)]
mod tests {
    use domain::ledger::DestinationId;
    use domain::{Error, Kind};
    use tokio::sync::oneshot;

    use super::*;

    fn told(label: &str) -> (Owner, Result<Space>) {
        let owner = Owner {
            id: DestinationId::new("folder:1"),
            label: label.to_owned(),
            name: None,
        };
        let space = Space {
            used: 1,
            free: None,
        };
        (owner, Ok(space))
    }

    fn label(answer: Answer) -> String {
        answer.unwrap().0.label
    }

    /// A question that is answered when the test says so.
    fn question() -> (
        oneshot::Sender<Answer>,
        impl Future<Output = Answer> + Send + 'static,
    ) {
        let (answer, told) = oneshot::channel();
        let lost = || Err(Error::new(Kind::Unavailable, "lost"));
        (answer, async move { told.await.unwrap_or_else(|_| lost()) })
    }

    #[tokio::test]
    async fn who_asks_meanwhile_shares_the_answer_and_who_comes_later_asks_anew() {
        let (flights, one) = (SingleFlight::default(), ConnectionId::new("1"));
        let (answer, ask) = question();
        let first = flights.join(&one, ask);
        let second = flights.join(&one, async { Ok(told("never asked")) });
        let other = flights.join(&ConnectionId::new("2"), async { Ok(told("another's")) });
        assert!(answer.send(Ok(told("a"))).is_ok());
        let (first, second, other) = futures::join!(first, second, other);
        let labels = [first, second, other].map(label);
        assert_eq!(labels, ["a", "a", "another's"]);
        let kept = flights.join(&one, async { Ok(told("b")) });
        assert_eq!(label(kept.clone().await), "b");
        // Somebody still holds the last answer, but it is not under way.
        let later = flights.join(&one, async { Ok(told("c")) });
        assert_eq!(label(later.await), "c");
        drop(kept);
    }

    #[tokio::test]
    async fn a_question_whose_asker_went_away_is_asked_again() {
        let (flights, one) = (SingleFlight::default(), ConnectionId::new("1"));
        let (answer, ask) = question();
        drop(flights.join(&one, ask));
        assert!(answer.is_closed());
        let again = flights.join(&one, async { Ok(told("b")) });
        assert_eq!(label(again.await), "b");
        let left = flights.join(&ConnectionId::new("2"), async { Ok(told("c")) });
        drop(left);
        drop(flights.join(&ConnectionId::new("3"), async { Ok(told("d")) }));
        assert_eq!(flights.0.lock().unwrap().len(), 1);
    }
}
