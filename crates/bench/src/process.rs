//! A process under observation: how long it took, how much it computed, how
//! much memory it held at most.

use std::fs;
use std::process::{Child, Command};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};

/// How often a process is looked at.
const LOOK: Duration = Duration::from_millis(5);
/// Of `/proc/PID/stat` (the kernel's `USER_HZ`, the same on every Linux that
/// Rust runs on).
const TICKS: f64 = 100.0;

/// What a process has used.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Used {
    /// From its start to its end, in seconds.
    pub(crate) seconds: f64,
    /// Of the processor, with its ended children, in seconds.
    pub(crate) cpu: f64,
    /// Resident at most, in MiB, as the kernel counts it.
    pub(crate) peak_mib: f64,
}

/// Runs a command to its end. Fails unless its exit status is one of these.
pub(crate) fn run(command: &mut Command, good: &[i32]) -> Result<Used> {
    let name = command.get_program().to_string_lossy().into_owned();
    let began = Instant::now();
    let mut child = command
        .spawn()
        .with_context(|| format!("{name} does not start"))?;
    let mut used = Used::default();
    let status = loop {
        used = used.and(&child);
        if let Some(status) = child.try_wait()? {
            break status;
        }
        std::thread::sleep(LOOK);
    };
    used.seconds = began.elapsed().as_secs_f64();
    if !status.code().is_some_and(|it| good.contains(&it)) {
        bail!("{name} ended with {status}");
    }
    Ok(used)
}

/// Asks a process to end, and waits until it has.
pub(crate) fn end(child: &mut Child) {
    let pid = child.id().to_string();
    let _ = Command::new("kill").args(["-TERM", &pid]).status();
    let _ = child.wait();
}

/// Of the processor so far, with ended children, in seconds.
pub(crate) fn cpu_of(pid: u32) -> Option<f64> {
    let stat = fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
    // The name may hold anything but ends with the last bracket.
    let fields: Vec<&str> = stat.rsplit_once(')')?.1.split_whitespace().collect();
    let ticks = fields
        .get(11..15)?
        .iter()
        .filter_map(|it| it.parse::<f64>().ok());
    Some(ticks.sum::<f64>() / TICKS)
}

/// Resident at most so far, in MiB.
pub(crate) fn peak_of(pid: u32) -> Option<f64> {
    let status = fs::read_to_string(format!("/proc/{pid}/status")).ok()?;
    let line = status.lines().find_map(|it| it.strip_prefix("VmHWM:"))?;
    let kib: f64 = line.split_whitespace().next()?.parse().ok()?;
    Some(kib / 1024.0)
}

impl Used {
    fn and(self, child: &Child) -> Used {
        Used {
            cpu: cpu_of(child.id()).unwrap_or_default().max(self.cpu),
            peak_mib: peak_of(child.id()).unwrap_or_default().max(self.peak_mib),
            ..self
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_process_uses_is_seen() {
        let mut busy = Command::new("sh");
        busy.args(["-c", "i=0; while [ $i -lt 200000 ]; do i=$((i+1)); done"]);
        let used = run(&mut busy, &[0]).unwrap();
        assert!(
            used.cpu > 0.0 && used.seconds > 0.0 && used.peak_mib > 0.1,
            "{used:?}"
        );
        let mut wrong = Command::new("sh");
        assert!(run(wrong.args(["-c", "exit 3"]), &[0]).is_err());
    }
}
