//! Sizes as people read them.

/// In the units that Dropbox shows: powers of 1024, one decimal.
pub(crate) fn words(bytes: u64) -> String {
    const UNITS: [&str; 5] = ["KB", "MB", "GB", "TB", "PB"];
    if bytes < 1024 {
        return format!("{bytes} bytes");
    }
    // Tenths of the unit, in whole numbers: no size is too large for it.
    let mut tenths = u128::from(bytes) * 10 / 1024;
    let mut unit = 0;
    while tenths >= 10_240 && unit + 1 < UNITS.len() {
        tenths /= 1024;
        unit += 1;
    }
    format!("{}.{} {}", tenths / 10, tenths % 10, UNITS[unit])
}

#[cfg(test)]
mod tests {
    use super::words;

    #[test]
    fn a_size_has_the_unit_that_suits_it() {
        assert_eq!(words(0), "0 bytes");
        assert_eq!(words(1023), "1023 bytes");
        assert_eq!(words(1536), "1.5 KB");
        assert_eq!(words(2 << 30), "2.0 GB");
        assert_eq!(words((1 << 30) - 1), "1023.9 MB");
        assert_eq!(words(u64::MAX), "16383.9 PB");
    }
}
