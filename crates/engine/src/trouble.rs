//! What is wrong with a Connection's grants, as GENERAL tells it: found out by
//! asking both ends who they are, told once, taken back when they answer.

use domain::audit::{Actor, Deed, Ending};
use domain::connection::Connection;
use domain::event::{Event, Level};
use domain::grant::Provider;
use domain::ports::{Change, Store};
use domain::{Error, Kind, Result};

use crate::backup::Job;
use crate::ends::Ends;

/// Asks both ends and keeps what they say. `Err`: the source's grant is dead,
/// or it does not answer; inside is the same of the destination.
pub(crate) async fn ask(ends: &Ends, job: &Job, connection: &Connection) -> Result<Result<()>> {
    let (source, destination) = futures::join!(ends.source.viewer(), ends.destination.owner());
    let answers = [
        (Provider::Source, source.map(drop)),
        (Provider::Destination, destination.map(drop)),
    ];
    for (end, answer) in &answers {
        match keep(ends.store.as_ref(), ends.now_ms(), connection, *end, answer).await? {
            Some(News::Dead(what)) => tell(ends, job, Level::Error, &what).await?,
            Some(News::Well) => tell(ends, job, Level::Info, "connected again").await?,
            None => {}
        }
    }
    let [(_, source), (_, destination)] = answers;
    source.map(|()| destination)
}

/// Whether anything was wrong when last somebody looked.
pub(crate) fn is_known(connection: &Connection) -> bool {
    connection.source_trouble.is_some() || connection.destination_trouble.is_some()
}

/// What people have not heard yet.
pub(crate) enum News {
    /// The grant is dead.
    Dead(String),
    /// It is good again.
    Well,
}

/// Keeps how one end answered. Only a dead grant is trouble: what does not
/// answer for the moment is neither well nor ill.
pub(crate) async fn keep(
    store: &dyn Store,
    now_ms: i64,
    connection: &Connection,
    end: Provider,
    answer: &Result<()>,
) -> Result<Option<News>> {
    let known = match end {
        Provider::Source => connection.source_trouble.as_deref(),
        Provider::Destination => connection.destination_trouble.as_deref(),
    };
    let (now, news) = match answer {
        Err(error) if error.kind() == Kind::Unauthorized => {
            let what = error.to_string();
            (Some(what.clone()), News::Dead(what))
        }
        Ok(()) if known.is_some() => (None, News::Well),
        _ => return Ok(None),
    };
    if now.as_deref() == known {
        return Ok(None);
    }
    let deed = Deed {
        at_ms: now_ms,
        actor: Actor::System,
        action: match &news {
            News::Dead(_) => "connection.trouble",
            News::Well => "connection.mend",
        },
        target: format!("{} {}", connection.id, end.word()),
        result: Ending::Done,
    };
    let change = Change::Trouble {
        connection: &connection.id,
        end,
        trouble: now.as_deref(),
    };
    store.change(&connection.account, &deed, &change).await?;
    Ok(Some(news))
}

/// Tells the people who read the LOG, in the row of the present hour.
pub(crate) async fn tell(ends: &Ends, job: &Job, level: Level, what: &str) -> Result<()> {
    let at_ms = ends.now_ms();
    let event = Event {
        at_ms,
        level,
        about: String::new(),
        belongs_ms: at_ms,
        what: what.to_owned(),
    };
    let (account, backup) = (&job.backup.account, &job.backup.id);
    ends.store.write(account, backup, &[event]).await
}

/// Tells of a failure that reaches beyond one item.
pub(crate) async fn tell_failure(ends: &Ends, job: &Job, error: &Error) -> Result<()> {
    tell(ends, job, Level::Warning, &error.to_string()).await
}
