//! What a simulation plays: the company, RingCentral's rules and moods, and
//! Dropbox's. One TOML file; every field has a default.

use serde::{Deserialize, Serialize};

use crate::dropbox;
use crate::ringcentral;
use crate::world;

/// The whole scenario: the content of the file given by
/// `archiver simulate --faults FILE`. The same scenario and the same anchor
/// time give the same world, byte for byte.
///
/// ```
/// let scenario: sim::Scenario = toml::from_str(
///     r#"
///     seed = 5
///     [company]
///     recordings_per_day = 20
///     lost_recordings = 1
///     [ringcentral]
///     delay_scale = 0.01        # minutes become less than a second
///     [ringcentral.faults]
///     cut_length = 0.02         # one recording in fifty breaks off, once
///     error_503 = 3             # the next three requests are refused
///     "#,
/// )?;
/// assert_eq!(scenario.company.days, 7);
/// # Ok::<(), toml::de::Error>(())
/// ```
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Scenario {
    /// Every choice in the world follows from this number.
    pub seed: u64,
    /// The simulated company and what it produced.
    pub company: world::Options,
    /// RingCentral's limits, delays, switches and faults.
    pub ringcentral: ringcentral::Options,
    /// Dropbox's limits, moods and faults.
    pub dropbox: dropbox::Options,
}

impl Default for Scenario {
    fn default() -> Self {
        Self {
            seed: 7,
            company: world::Options::default(),
            ringcentral: ringcentral::Options::default(),
            dropbox: dropbox::Options::default(),
        }
    }
}

impl Scenario {
    /// The same scenario with RingCentral's minute shortened to half a
    /// second: rate windows, penalties, and all delays. For demonstrations.
    #[must_use]
    pub fn hurried(mut self) -> Self {
        let rc = &mut self.ringcentral;
        (rc.window_ms, rc.penalty_ms, rc.global_penalty_ms) = (500, 500, 250);
        rc.delay_scale = 1.0 / 120.0;
        self
    }
}
