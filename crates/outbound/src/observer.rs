//! Who watches the door: the binary counts calls for its metrics here. The
//! door itself knows no metrics.

use std::time::Duration;

/// One exchange that ended: an answer's headers came, or nothing did.
#[derive(Clone, Debug)]
pub struct Call<'a> {
    /// The provider's display name.
    pub peer: &'a str,
    /// The path template the caller gave; never a real path.
    pub route: &'static str,
    /// The rate group it was paced in.
    pub group: &'a str,
    /// The answer's status; `None` if there was no answer.
    pub status: Option<u16>,
    /// From sending to the answer's headers, waiting for the pace not included.
    pub took: Duration,
    /// Bytes of the request's body.
    pub sent: u64,
    /// What time the other side says it is (`Date`), milliseconds since 1970;
    /// exact to a second. `None` if there was no answer, or it does not say.
    pub date_ms: Option<i64>,
}

/// Is told what passes the door. Called from the request's own task: be quick.
pub trait Observer: Send + Sync {
    /// A request is about to leave: paced, signed, and told once per exchange.
    fn calling(&self, peer: &str, route: &'static str) {
        let _ = (peer, route);
    }

    /// An exchange ended; a retried request is told once per exchange.
    fn called(&self, call: &Call<'_>) {
        let _ = call;
    }

    /// The body of an answer ended or was dropped after so many bytes.
    fn received(&self, peer: &str, route: &'static str, bytes: u64) {
        let _ = (peer, route, bytes);
    }

    /// A rate limit closed a group (`None`: the whole provider) for so long.
    fn braked(&self, peer: &str, subject: &str, group: Option<&str>, pause: Duration) {
        let _ = (peer, subject, group, pause);
    }
}

/// Nobody watches.
impl Observer for () {}
