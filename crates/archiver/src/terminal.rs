//! A run's progress on a terminal.

use std::io::IsTerminal;
use std::time::Duration;

use engine::{Progress, Watch};
use indicatif::{HumanBytes, ProgressBar, ProgressDrawTarget, ProgressStyle};

/// A progress bar on standard error, or nothing where nobody looks.
pub(crate) struct Bar(ProgressBar);

impl Bar {
    /// A bar; hidden when `quiet` or when standard error is no terminal.
    pub(crate) fn new(quiet: bool) -> Bar {
        let bar = ProgressBar::no_length();
        if quiet || !std::io::stderr().is_terminal() {
            bar.set_draw_target(ProgressDrawTarget::hidden());
        }
        if let Ok(style) = ProgressStyle::with_template(
            "{spinner} {bar:30.cyan/dim} {pos}/{len} files  {msg}  {elapsed_precise}",
        ) {
            bar.set_style(style.progress_chars("━━─"));
        }
        bar.enable_steady_tick(Duration::from_millis(120));
        Bar(bar)
    }

    /// Clears the line.
    pub(crate) fn finish(&self) {
        self.0.finish_and_clear();
    }
}

impl Watch for Bar {
    fn moved(&self, progress: &Progress) {
        self.0.set_length(progress.found);
        self.0.set_position(progress.archived + progress.missing);
        let listing = if progress.portions_done < progress.portions {
            format!("  listing {}/{}", progress.portions_done, progress.portions)
        } else {
            String::new()
        };
        let waiting = match progress.failed {
            0 => String::new(),
            tries => format!("  {tries} tries to repeat"),
        };
        self.0
            .set_message(format!("{}{listing}{waiting}", HumanBytes(progress.bytes)));
    }
}
