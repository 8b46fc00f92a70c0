//! When things happen: busy hours, quiet nights, whole seconds.

use crate::dice::Dice;

/// One day, in milliseconds.
pub(crate) const DAY: i64 = 86_400_000;
const HOUR: i64 = 3_600_000;

/// How busy the company is, by hour of the day in UTC; its day is Pacific.
const BUSY: [f64; 24] = [
    0.8, 0.4, 0.2, 0.1, 0.05, 0.02, 0.02, 0.02, 0.02, 0.02, 0.02, 0.02, 0.05, 0.1, 0.3, 0.7, 1.0,
    1.0, 1.0, 0.8, 0.9, 1.0, 1.0, 0.9,
];

/// Longest time that a planted delay may take, before scaling.
const PLANTED_MAX: i64 = 10 * 60_000;
const PLANTED_MIN: i64 = 2 * 60_000;

/// A stretch of the company's life in which `count` things of a kind happen.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Span {
    pub(crate) from_ms: i64,
    pub(crate) days: u32,
    pub(crate) count: u32,
}

impl Span {
    /// When the `k`-th thing happens: days in order, hours by business.
    pub(crate) fn moment(&self, dice: Dice, k: u32) -> i64 {
        let day = u64::from(k) * u64::from(self.days) / u64::from(self.count.max(1));
        let day_start = self.from_ms + DAY * i64::try_from(day).unwrap_or(0);
        let hour = (0..6)
            .map(|attempt| dice.at(attempt))
            .map(|d| (d, d.between(0, 23)))
            .find(|&(d, hour)| {
                let utc = (day_start + hour * HOUR).rem_euclid(DAY) / HOUR;
                d.at(1).chance(BUSY[usize::try_from(utc).unwrap_or(0)])
            })
            .map_or_else(|| dice.at(9).between(0, 23), |(_, hour)| hour);
        whole_second(day_start + hour * HOUR + dice.of("second").between(0, 3_599) * 1_000)
    }
}

/// Times of calls and messages come to the second.
pub(crate) fn whole_second(ms: i64) -> i64 {
    ms - ms.rem_euclid(1_000)
}

/// How long things take to show, already scaled. All in milliseconds.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Delays {
    /// End of a call until its record is in the call log.
    pub(crate) call_visible: i64,
    /// Record visible until its `recording` property appears.
    pub(crate) recording_link: i64,
    /// Link visible until the content can be read.
    pub(crate) recording_ready: i64,
    /// Start of a queue call until its first record.
    pub(crate) queue_visible: i64,
    /// Factor that the scenario asked for, for planted delays.
    pub(crate) scale: f64,
}

impl Delays {
    /// When a planted delay ends that holds at the anchor: 2 to 10 minutes
    /// after it, scaled.
    pub(crate) fn planted(&self, anchor_ms: i64, dice: Dice) -> i64 {
        anchor_ms + scaled(dice.between(PLANTED_MIN, PLANTED_MAX), self.scale)
    }
}

/// `ms` times `scale`, at least 0.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_precision_loss,
    reason = "delays are far below 2^52 ms"
)]
pub(crate) fn scaled(ms: i64, scale: f64) -> i64 {
    (ms as f64 * scale).max(0.0) as i64
}
