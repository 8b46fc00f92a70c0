//! The one table: what was measured, both sides, the ratio, and whether it
//! meets its target.

use std::fmt;

/// What a ratio has to be.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Target {
    /// At least this.
    Least(f64),
    /// At most this.
    Most(f64),
    /// Told, not judged.
    Told,
}

impl Target {
    fn is_met(self, ratio: f64) -> Option<bool> {
        match self {
            Target::Least(least) => Some(ratio >= least),
            Target::Most(most) => Some(ratio <= most),
            Target::Told => None,
        }
    }
}

impl fmt::Display for Target {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Target::Least(least) => write!(f, "≥ {}", number(*least)),
            Target::Most(most) => write!(f, "≤ {}", number(*most)),
            Target::Told => f.write_str("told"),
        }
    }
}

/// One line of the table.
#[derive(Clone, Debug)]
pub(crate) struct Row {
    /// `B1`.
    pub(crate) of: &'static str,
    /// What was measured, with its unit.
    pub(crate) what: String,
    /// Our figure.
    pub(crate) ours: f64,
    /// The other's, and who that is.
    pub(crate) against: Option<(f64, &'static str)>,
    /// What is judged; without an other it is our figure.
    pub(crate) ratio: f64,
    /// What it has to be.
    pub(crate) target: Target,
}

impl Row {
    /// Ours as a multiple of the other's.
    pub(crate) fn ratio(
        of: &'static str,
        what: impl Into<String>,
        ours: f64,
        (other, who): (f64, &'static str),
        target: Target,
    ) -> Row {
        Row {
            of,
            what: what.into(),
            ours,
            against: Some((other, who)),
            ratio: ours / other,
            target,
        }
    }

    /// Of several rounds: the medians, and the median of the rounds' ratios.
    pub(crate) fn paired(
        of: &'static str,
        what: impl Into<String>,
        ours: &[f64],
        (other, who): (&[f64], &'static str),
        target: Target,
    ) -> Row {
        let ratios = ours.iter().zip(other).map(|(ours, other)| ours / other);
        Row {
            ratio: median(ratios.collect()),
            ..Row::ratio(
                of,
                what,
                median(ours.to_vec()),
                (median(other.to_vec()), who),
                target,
            )
        }
    }

    /// Our figure alone.
    pub(crate) fn alone(
        of: &'static str,
        what: impl Into<String>,
        ours: f64,
        target: Target,
    ) -> Row {
        Row {
            of,
            what: what.into(),
            ours,
            against: None,
            ratio: ours,
            target,
        }
    }

    /// `yes`, `NO`, or nothing where it is only told.
    pub(crate) fn met(&self) -> &'static str {
        match self.target.is_met(self.ratio) {
            Some(true) => "yes",
            Some(false) => "NO",
            None => "",
        }
    }
}

impl fmt::Display for Row {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (against, ratio) = match self.against {
            Some((other, who)) => (format!("{} ({who})", number(other)), number(self.ratio)),
            None => (String::new(), String::new()),
        };
        write!(
            f,
            "| {} | {} | {} | {against} | {ratio} | {} | {} |",
            self.of,
            self.what,
            number(self.ours),
            self.target,
            self.met()
        )
    }
}

/// The table's head.
pub(crate) const HEAD: &str = "| | measure | ours | against | ratio | target | met |\n\
    | --- | --- | --- | --- | --- | --- | --- |";

/// A number as people write it: three digits that count.
pub(crate) fn number(it: f64) -> String {
    let size = it.abs();
    if it == 0.0 || !it.is_finite() {
        return format!("{it}");
    }
    if size >= 100.0 || it.fract() == 0.0 {
        format!("{it:.0}")
    } else if size >= 10.0 {
        format!("{it:.1}")
    } else if size >= 0.1 {
        format!("{it:.2}")
    } else {
        format!("{it:.4}")
    }
}

/// The middle one; of an even number the lower of the two middle ones.
pub(crate) fn median(mut all: Vec<f64>) -> f64 {
    all.sort_by(f64::total_cmp);
    let middle = all.len().saturating_sub(1) / 2;
    all.get(middle).copied().unwrap_or(f64::NAN)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_row_says_whether_the_ratio_meets_its_target() {
        let met = |ours, target| Row::ratio("B1", "it", ours, (10.0, "them"), target).met();
        assert_eq!(met(8.0, Target::Least(0.8)), "yes");
        assert_eq!(met(7.9, Target::Least(0.8)), "NO");
        assert_eq!(met(12.0, Target::Most(1.2)), "yes");
        assert_eq!(met(12.1, Target::Most(1.2)), "NO");
        assert_eq!(met(1.0, Target::Told), "");
        let row = Row::ratio(
            "B1",
            "items a second",
            12.34,
            (4.0, "relay"),
            Target::Least(0.8),
        );
        assert_eq!(
            row.to_string(),
            "| B1 | items a second | 12.3 | 4 (relay) | 3.08 | ≥ 0.80 | yes |"
        );
        let row = Row::alone("B5", "MiB", 61.0, Target::Most(64.0));
        assert_eq!(row.to_string(), "| B5 | MiB | 61 |  |  | ≤ 64 | yes |");
    }

    #[test]
    fn the_median_is_one_of_them() {
        assert!((median(vec![3.0, 1.0, 2.0]) - 2.0).abs() < 1e-9);
        assert!((median(vec![4.0, 1.0, 2.0, 3.0]) - 2.0).abs() < 1e-9);
        assert!(median(Vec::new()).is_nan());
    }
}
