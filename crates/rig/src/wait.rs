//! Waiting: for a condition, never for a time and then believing something.

use std::thread::sleep;
use std::time::{Duration, Instant};

use anyhow::{Result, bail};

/// How often a condition is looked at.
const LOOK: Duration = Duration::from_millis(20);

/// Until something is so, `most` at the longest. A condition that cannot be
/// read is one that is not so yet.
pub(crate) fn until(
    what: &str,
    most: Duration,
    mut so: impl FnMut() -> Result<bool>,
) -> Result<()> {
    let begun = Instant::now();
    loop {
        let seen = so();
        if matches!(seen, Ok(true)) {
            return Ok(());
        }
        if begun.elapsed() >= most {
            match seen {
                Err(error) => bail!("never within {} s: {what} ({error:#})", most.as_secs()),
                Ok(_) => bail!("never within {} s: {what}", most.as_secs()),
            }
        }
        sleep(LOOK);
    }
}

/// Lets a while pass in which something is at work: part of a plan, never a
/// proof.
pub(crate) fn pass(time: Duration) {
    sleep(time);
}
