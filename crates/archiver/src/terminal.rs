//! What people see while and after a command runs: progress on standard
//! error, results on standard output.

use std::io::{self, IsTerminal, Write};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use anyhow::Context;
use domain::headway::{Pace, Sample, Trail};
use domain::window::instant;
use engine::{Looked, Progress, Watch};
use indicatif::{HumanBytes, HumanCount, ProgressBar, ProgressDrawTarget, ProgressStyle};
use web::Left;

use crate::failure::{Failure, say};

/// How often a run tells how far it is where a bar cannot be drawn.
const LINE_EVERY: Duration = Duration::from_secs(10);

/// A run's progress: a bar where standard error is a terminal, else a plain
/// line now and then.
pub(crate) struct Bar {
    shown: ProgressBar,
    /// When the last line was written; `None` where no lines are wanted.
    lines: Option<Mutex<Instant>>,
    /// When it began: times of the trail are counted from here.
    began: Instant,
    trail: Mutex<Trail>,
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
            shown: bar,
            lines: (lines && !drawn).then(|| Mutex::new(Instant::now())),
            began: Instant::now(),
            trail: Mutex::default(),
        }
    }

    /// How fast it comes along, over the last minutes.
    fn pace(&self, progress: &Progress) -> Option<Pace> {
        let at_ms = i64::try_from(self.began.elapsed().as_millis()).unwrap_or(i64::MAX);
        let mut trail = self.trail.lock().unwrap_or_else(PoisonError::into_inner);
        trail.note(Sample {
            at_ms,
            files: progress.archived,
            bytes: progress.bytes,
        });
        trail.pace(at_ms)
    }
}

impl Bar {
    /// Where no bar is drawn.
    fn say_now_and_then(&self, line: &str) {
        let Some(lines) = &self.lines else {
            return;
        };
        let mut last = lines.lock().unwrap_or_else(PoisonError::into_inner);
        if last.elapsed() >= LINE_EVERY {
            *last = Instant::now();
            say(line);
        }
    }
}

/// Clears the line, however the run ended.
impl Drop for Bar {
    fn drop(&mut self) {
        self.shown.finish_and_clear();
    }
}

impl Watch for Bar {
    fn moved(&self, progress: &Progress) {
        let (done, all) = files(progress);
        self.shown.set_length(all);
        self.shown.set_position(done);
        let pace = self.pace(progress);
        self.shown.set_message(besides(progress, pace));
        self.say_now_and_then(&line(progress, pace));
    }

    fn waits(&self) {
        let why = "another archiver works on this backup, or was killed a moment ago; waiting";
        match &self.lines {
            Some(_) => say(why),
            None => self.shown.println(why),
        }
    }
}

/// Counts up, where standard error is a terminal.
pub(crate) struct Counter(Bar, &'static str);

impl Counter {
    /// Of things with this name.
    pub(crate) fn new(of: &'static str) -> Counter {
        Counter(Spinner::new(true).0, of)
    }

    /// So many so far.
    pub(crate) fn at(&self, count: u64) {
        let line = format!("{} {}", HumanCount(count), self.1);
        self.0.say_now_and_then(&line);
        self.0.shown.set_message(line);
    }
}

/// The progress of a proof: a line that is drawn anew where standard error is
/// a terminal, else a plain line now and then.
pub(crate) struct Spinner(Bar);

impl Spinner {
    /// Lines where nothing can be drawn, unless nobody wants them.
    pub(crate) fn new(lines: bool) -> Spinner {
        let bar = Bar::new(lines);
        if let Ok(style) = ProgressStyle::with_template("{spinner} {msg}  {elapsed_precise}") {
            bar.shown.set_style(style);
        }
        Spinner(bar)
    }

    /// So far.
    pub(crate) fn looked(&self, looked: Looked) {
        let line = format!(
            "{} items listed, {} files looked at, {} read back",
            HumanCount(looked.listed),
            HumanCount(looked.files),
            HumanBytes(looked.bytes_read)
        );
        self.0.say_now_and_then(&line);
        self.0.shown.set_message(line);
    }
}

/// Files done, and of how many. What an earlier run left is counted in
/// messages, which may have several files.
fn files(progress: &Progress) -> (u64, u64) {
    let done = progress.archived + progress.missing;
    (done, done.max(progress.left_over + progress.found))
}

fn besides(progress: &Progress, pace: Option<Pace>) -> String {
    let listing = match progress.listing {
        Some(window) if progress.portions_done < progress.portions => format!(
            "  listing {} to {} {}/{}",
            day(window.start_ms()),
            day(window.end_ms()),
            progress.portions_done,
            progress.portions
        ),
        _ => String::new(),
    };
    let waiting = match progress.failed {
        0 => String::new(),
        tries => format!("  {tries} tries to repeat"),
    };
    let (done, all) = files(progress);
    let pace = pace.map_or_else(String::new, |pace| {
        // While it lists, nobody knows how much there is.
        let left = pace.minutes_for(all - done).filter(|_| listing.is_empty());
        let left = left.map(|minutes| Left {
            minutes,
            estimated: false,
        });
        format!("  {}", self::pace(pace, left))
    });
    format!("{}{listing}{pace}{waiting}", HumanBytes(progress.bytes))
}

/// The UTC day of an instant.
fn day(at_ms: i64) -> String {
    instant(at_ms).strftime("%Y-%m-%d").to_string()
}

/// How fast something comes along, and what is left at that pace.
pub(crate) fn pace(pace: Pace, left: Option<Left>) -> String {
    let told = format!(
        "{} files/min, {}/min",
        HumanCount(pace.files),
        HumanBytes(pace.bytes)
    );
    match left {
        None | Some(Left { minutes: 0, .. }) => told,
        Some(Left { minutes, estimated }) => {
            let (hours, rest) = (minutes / 60, minutes % 60);
            let about = if estimated { "about " } else { "" };
            if hours == 0 {
                format!("{told}, {about}{minutes} min left")
            } else {
                format!("{told}, {about}{hours} h {rest} min left")
            }
        }
    }
}

fn line(progress: &Progress, pace: Option<Pace>) -> String {
    let (done, all) = files(progress);
    let (done, all) = (HumanCount(done), HumanCount(all));
    format!("{done} of {all} files  {}", besides(progress, pace))
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

/// What others wrote, on one line, with nothing that a terminal obeys.
pub(crate) fn plain(text: &str) -> String {
    let is_seen = |it: char| {
        !it.is_control()
            && !matches!(it, '\u{200e}'..='\u{200f}'
        | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
    };
    text.chars()
        .map(|it| if is_seen(it) { it } else { ' ' })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use domain::window::{DAY_MS, Window};

    #[test]
    fn a_terminal_obeys_nothing_that_was_found() {
        assert_eq!(
            plain("a\u{1b}[2Jb\r\nc\u{202e}d\u{9b}e é"),
            "a [2Jb  c d e é"
        );
    }

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
            listing: Window::from_ms(0, 7 * DAY_MS),
            ..Progress::default()
        };
        let pace = Some(Pace {
            files: 20,
            bytes: 2 << 20,
        });
        assert_eq!(
            line(&progress, pace),
            "7 of 1,520 files  3.00 MiB  listing 1970-01-01 to 1970-01-08 4/9  \
             20 files/min, 2.00 MiB/min  2 tries to repeat"
        );
        progress.portions_done = 9;
        assert_eq!(
            line(&progress, pace),
            "7 of 1,520 files  3.00 MiB  20 files/min, 2.00 MiB/min, 1 h 16 min left  \
             2 tries to repeat"
        );
        progress.archived = 2_000;
        progress.portions_done = 9;
        progress.failed = 0;
        assert_eq!(line(&progress, None), "2,000 of 2,000 files  3.00 MiB");
    }
}
