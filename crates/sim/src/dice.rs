//! Seeded chance without state: the same question always gets the same
//! answer, in any order, on every machine.

/// A point in the tree of all throws. Deriving with [`Dice::of`] and
/// [`Dice::at`] gives independent points; throwing does not change them.
#[derive(Clone, Copy, Debug)]
pub struct Dice(u64);

impl Dice {
    /// The root of everything that follows from `seed`.
    pub const fn new(seed: u64) -> Self {
        Self(mix(seed ^ 0x0073_696d_0064_6963))
    }

    /// The branch of a purpose, named in words.
    #[must_use]
    pub fn of(self, purpose: &str) -> Self {
        let hash = purpose.bytes().fold(0xcbf2_9ce4_8422_2325, |h: u64, b| {
            (h ^ u64::from(b)).wrapping_mul(0x0100_0000_01b3)
        });
        Self(mix(self.0 ^ hash))
    }

    /// The branch of the `index`-th thing.
    #[must_use]
    pub const fn at(self, index: u64) -> Self {
        Self(mix(
            self.0 ^ index.wrapping_mul(0x9e37_79b9_7f4a_7c15).rotate_left(17)
        ))
    }

    /// 64 even bits.
    pub const fn bits(self) -> u64 {
        mix(self.0)
    }

    /// A number below `n`; 0 when `n` is 0.
    pub const fn below(self, n: u64) -> u64 {
        let wide = (self.bits() as u128) * (n as u128);
        (wide >> 64) as u64
    }

    /// A number in `from..=to`.
    pub fn between(self, from: i64, to: i64) -> i64 {
        let span = to.abs_diff(from).saturating_add(1);
        from.saturating_add_unsigned(self.below(span))
    }

    /// True in a share `rate` (0 to 1) of all cases.
    pub fn chance(self, rate: f64) -> bool {
        self.unit() < rate
    }

    /// One of `options`, which must not be empty.
    pub fn pick<T>(self, options: &[T]) -> &T {
        let index = usize::try_from(self.below(options.len() as u64)).unwrap_or(0);
        &options[index]
    }

    /// A positive quantity as nature has it: half below `median`, few far
    /// above (the logarithm is bell-shaped with deviation 0.8).
    pub fn around(self, median: f64) -> f64 {
        let sum: f64 = (0..6).map(|i| self.at(i).unit()).sum();
        median * (0.8 * 1.414 * (sum - 3.0)).exp()
    }

    /// A number in `0.0..1.0`.
    #[expect(clippy::cast_precision_loss, reason = "53 bits fit a double exactly")]
    pub fn unit(self) -> f64 {
        (self.bits() >> 11) as f64 / (1_u64 << 53) as f64
    }
}

/// A bijection of 64 bits that looks random (the finaliser of splitmix64).
const fn mix(x: u64) -> u64 {
    let x = x.wrapping_add(0x9e37_79b9_7f4a_7c15);
    let x = (x ^ (x >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let x = (x ^ (x >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    x ^ (x >> 31)
}

#[cfg(test)]
mod tests {
    use super::Dice;

    #[test]
    fn throws_repeat_and_spread() {
        let dice = Dice::new(7).of("test");
        assert_eq!(dice.at(3).bits(), Dice::new(7).of("test").at(3).bits());
        assert_ne!(dice.at(3).bits(), dice.at(4).bits());
        let hits = (0..10_000).filter(|&i| dice.at(i).chance(0.25)).count();
        assert!((2_300..2_700).contains(&hits), "{hits}");
        let below_median = (0..10_000)
            .filter(|&i| dice.at(i).around(100.0) < 100.0)
            .count();
        assert!((4_700..5_300).contains(&below_median), "{below_median}");
        assert!((0..1_000).all(|i| (-3..=5).contains(&dice.at(i).between(-3, 5))));
    }
}
