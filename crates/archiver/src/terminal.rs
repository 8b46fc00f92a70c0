//! What people see while and after a command runs: progress on standard
//! error, results on standard output.

use std::io::{self, IsTerminal, Write};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use anyhow::Context;
use engine::{Progress, Watch};
use indicatif::{HumanBytes, HumanCount, ProgressBar, ProgressDrawTarget, ProgressStyle};

use crate::failure::{Failure, say};

/// How often a run tells how far it is where a bar cannot be drawn.
const LINE_EVERY: Duration = Duration::from_secs(10);

/// A run's progress: a bar where standard error is a terminal, else a plain
/// line now and then.
pub(crate) struct Bar {
    bar: ProgressBar,
    /// When the last line was written; `None` where no lines are wanted.
    lines: Option<Mutex<Instant>>,
}

impl Bar {
    /// A bar. Where none can be drawn, lines instead, unless nobody wants
    /// them (`--json`: a program listens).
    pub(crate) fn new(lines: bool) -> Bar {
        let bar = ProgressBar::no_length();
        let drawn = io::stderr().is_terminal();
        if !drawn {
            bar.set_draw_target(ProgressDrawTarget::hidden());
        }
        if let Ok(style) = ProgressStyle::with_template(
            "{spinner} {bar:30.cyan/dim} {pos}/{len} files  {msg}  {elapsed_precise}",
        ) {
            bar.set_style(style.progress_chars("━━─"));
        }
        bar.enable_steady_tick(Duration::from_millis(120));
        Bar {
            bar,
            lines: (lines && !drawn).then(|| Mutex::new(Instant::now())),
        }
    }
}

/// Clears the line, however the run ended.
impl Drop for Bar {
    fn drop(&mut self) {
        self.bar.finish_and_clear();
    }
}

impl Watch for Bar {
    fn moved(&self, progress: &Progress) {
        let (done, all) = files(progress);
        self.bar.set_length(all);
        self.bar.set_position(done);
        self.bar.set_message(besides(progress));
        let Some(lines) = &self.lines else {
            return;
        };
        let mut last = lines.lock().unwrap_or_else(PoisonError::into_inner);
        if last.elapsed() >= LINE_EVERY {
            *last = Instant::now();
            say(&line(progress));
        }
    }

    fn waits(&self) {
        let why = "another archiver works on this backup, or was killed a moment ago; waiting";
        match &self.lines {
            Some(_) => say(why),
            None => self.bar.println(why),
        }
    }
}

/// Files done, and of how many. What an earlier run left is counted in
/// messages, which may have several files.
fn files(progress: &Progress) -> (u64, u64) {
    let done = progress.archived + progress.missing;
    (done, done.max(progress.left_over + progress.found))
}

fn besides(progress: &Progress) -> String {
    let listing = if progress.portions_done < progress.portions {
        format!("  listing {}/{}", progress.portions_done, progress.portions)
    } else {
        String::new()
    };
    let waiting = match progress.failed {
        0 => String::new(),
        tries => format!("  {tries} tries to repeat"),
    };
    format!("{}{listing}{waiting}", HumanBytes(progress.bytes))
}

fn line(progress: &Progress) -> String {
    let (done, all) = files(progress);
    let (done, all) = (HumanCount(done), HumanCount(all));
    format!("{done} of {all} files  {}", besides(progress))
}

/// Writes to standard output. A reader that went away is no failure of ours;
/// a full disk is.
pub(crate) fn print(text: &str) -> Result<(), Failure> {
    let mut out = io::stdout().lock();
    let written = out
        .write_all(text.trim_end().as_bytes())
        .and_then(|()| out.write_all(b"\n"))
        .and_then(|()| out.flush());
    match written {
        Err(error) if error.kind() != io::ErrorKind::BrokenPipe => {
            Err(error).context("the result cannot be written to standard output")?
        }
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_resumed_run_counts_what_an_earlier_one_left() {
        let mut progress = Progress {
            portions: 9,
            portions_done: 4,
            left_over: 1_500,
            found: 20,
            archived: 7,
            bytes: 3 << 20,
            failed: 2,
            ..Progress::default()
        };
        assert_eq!(
            line(&progress),
            "7 of 1,520 files  3.00 MiB  listing 4/9  2 tries to repeat"
        );
        progress.archived = 2_000;
        progress.portions_done = 9;
        progress.failed = 0;
        assert_eq!(line(&progress), "2,000 of 2,000 files  3.00 MiB");
    }
}
