//! How much room the destinations in use have: each is asked once an hour, a
//! few in each round.

use std::collections::BTreeMap;
use std::time::Duration;

use domain::Result;
use domain::alarm::Room;
use domain::connection::Connection;
use domain::ledger::DestinationId;
use domain::ports::Space;
use domain::window::HOUR_MS;
use tokio::time::timeout;

use super::Watchman;

/// How many are asked in one round.
const AT_ONCE: usize = 20;
/// How long one may take.
const PATIENCE: Duration = Duration::from_secs(10);

/// The destinations in use, as they answered.
#[derive(Debug, Default)]
pub(super) struct Rooms {
    /// When they were last looked up.
    listed_ms: Option<i64>,
    all: BTreeMap<DestinationId, Asked>,
}

#[derive(Debug)]
struct Asked {
    connection: Connection,
    space: Option<Space>,
    /// Not asked since the last listing.
    due: bool,
}

impl Watchman {
    pub(super) async fn rooms(&self, rooms: &mut Rooms, now_ms: i64) -> Result<Vec<Room>> {
        let fresh = |at: i64| at <= now_ms && now_ms - at < HOUR_MS;
        if !rooms.listed_ms.is_some_and(fresh) {
            self.list(rooms).await?;
            rooms.listed_ms = Some(now_ms);
        }
        let due = rooms.all.values_mut().filter(|it| it.due).take(AT_ONCE);
        for asked in due {
            asked.due = false;
            // Who does not answer has as much room as before.
            if let Some(space) = self.ask(&asked.connection).await {
                asked.space = Some(space);
            }
        }
        let rooms = rooms.all.iter().map(|(id, asked)| Room {
            account: asked.connection.account.clone(),
            destination: id.clone(),
            space: asked.space,
        });
        Ok(rooms.collect())
    }

    async fn list(&self, rooms: &mut Rooms) -> Result<()> {
        let mut before = std::mem::take(&mut rooms.all);
        for account in self.store.accounts().await? {
            for connection in self.store.connections(&account.id).await? {
                if connection.connected && !connection.headless {
                    let known = before.remove(&connection.destination);
                    let asked = Asked {
                        space: known.and_then(|it| it.space),
                        due: connection.destination_trouble.is_none(),
                        connection,
                    };
                    let id = asked.connection.destination.clone();
                    rooms.all.entry(id).or_insert(asked);
                }
            }
        }
        Ok(())
    }

    async fn ask(&self, connection: &Connection) -> Option<Space> {
        let asking = async {
            let destination = self.providers.destination(connection).await?;
            destination.space().await
        };
        timeout(PATIENCE, asking).await.ok()?.ok()
    }
}
