//! Waiting: for a condition, never for a time and then believing something.
//! Whoever ends the rig (SIGINT, SIGTERM) ends every wait: what waited gives
//! up, and all that it had started goes with it.

use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::{self, sleep};
use std::time::{Duration, Instant};

use anyhow::{Result, bail};
use tokio::signal::unix::{SignalKind, signal};

/// How often a condition is looked at.
const LOOK: Duration = Duration::from_millis(20);

/// Whether the rig was told to end.
static ENDING: AtomicBool = AtomicBool::new(false);

/// Hears SIGINT, SIGTERM and SIGHUP from now on.
pub(crate) fn hear() -> Result<()> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?;
    let heard = {
        let _inside = runtime.enter();
        [
            SignalKind::interrupt(),
            SignalKind::terminate(),
            SignalKind::hangup(),
        ]
        .map(signal)
    };
    for told in heard {
        let mut told = told?;
        let handle = runtime.handle().clone();
        handle.spawn(async move {
            told.recv().await;
            ENDING.store(true, Ordering::SeqCst);
        });
    }
    thread::spawn(move || runtime.block_on(std::future::pending::<()>()));
    Ok(())
}

/// An error once the rig was told to end.
pub(crate) fn going_on() -> Result<()> {
    if ENDING.load(Ordering::SeqCst) {
        bail!("told to end");
    }
    Ok(())
}

/// Until something is so, `most` at the longest. A condition that cannot be
/// read is one that is not so yet.
pub(crate) fn until(
    what: &str,
    most: Duration,
    mut so: impl FnMut() -> Result<bool>,
) -> Result<()> {
    let begun = Instant::now();
    loop {
        going_on()?;
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
pub(crate) fn pass(time: Duration) -> Result<()> {
    let begun = Instant::now();
    loop {
        going_on()?;
        match time.checked_sub(begun.elapsed()) {
            None | Some(Duration::ZERO) => return Ok(()),
            Some(left) => sleep(left.min(LOOK)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_condition_that_never_holds_is_told_with_its_reason() {
        let never = until("it is so", Duration::ZERO, || bail!("not yet")).unwrap_err();
        assert_eq!(never.to_string(), "never within 0 s: it is so (not yet)");
        assert!(until("it is so", Duration::ZERO, || Ok(true)).is_ok());
    }
}
