//! Which bytes a request asks for: one range, or all. Pure; RFC 9110, 14.

use std::ops::Range;

/// What is to be sent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Asked {
    /// Everything, as if no range were named: that is also the answer to
    /// several ranges and to what makes no sense.
    Whole,
    /// These bytes; never none.
    Part(Range<u64>),
    /// None of the bytes that are there.
    Beyond,
}

/// Out of the header `Range`, for a file of this size.
pub(crate) fn asked(header: Option<&str>, size: u64) -> Asked {
    header.map_or(Asked::Whole, |it| of(it, size).unwrap_or(Asked::Whole))
}

fn of(header: &str, size: u64) -> Option<Asked> {
    let (unit, ranges) = header.split_once('=')?;
    if !unit.trim().eq_ignore_ascii_case("bytes") {
        return None;
    }
    let (first, last) = ranges.trim().split_once('-')?;
    let (first, last) = (first.trim(), last.trim());
    if first.is_empty() {
        let count = number(last)?.min(size);
        return Some(if count == 0 {
            Asked::Beyond
        } else {
            Asked::Part(size - count..size)
        });
    }
    let first = number(first)?;
    let end = if last.is_empty() {
        size
    } else {
        let last = number(last)?;
        if last < first {
            return None;
        }
        last.saturating_add(1).min(size)
    };
    Some(if first >= size {
        Asked::Beyond
    } else {
        Asked::Part(first..end)
    })
}

/// Digits and nothing else; more than fits is as much as fits.
fn number(text: &str) -> Option<u64> {
    let digits = !text.is_empty() && text.bytes().all(|it| it.is_ascii_digit());
    digits.then(|| text.parse().unwrap_or(u64::MAX))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_range_is_cut_to_what_is_there() {
        for (header, first, end) in [
            ("bytes=0-", 0, 100),
            ("bytes=0-99", 0, 100),
            ("bytes=10-19", 10, 20),
            ("bytes=90-1000", 90, 100),
            ("bytes=99-", 99, 100),
            ("bytes=-10", 90, 100),
            ("bytes=-1000", 0, 100),
            ("Bytes = 5-5", 5, 6),
            ("bytes=0-99999999999999999999999999", 0, 100),
        ] {
            assert_eq!(
                asked(Some(header), 100),
                Asked::Part(first..end),
                "{header}"
            );
        }
    }

    #[test]
    fn what_makes_no_sense_is_everything() {
        for header in [
            "bytes=0-1,5-6",
            "bytes=",
            "bytes=-",
            "bytes=5-4",
            "items=0-1",
            "bytes",
            "bytes=a-b",
            "bytes=+1-2",
            "bytes=1-2-3",
            "bytes=--1",
            "",
            "bytes=0x1-2",
        ] {
            assert_eq!(asked(Some(header), 100), Asked::Whole, "{header}");
        }
        assert_eq!(asked(None, 100), Asked::Whole);
    }

    #[test]
    fn behind_the_end_there_is_nothing() {
        for (header, size) in [
            ("bytes=100-", 100),
            ("bytes=100-200", 100),
            ("bytes=-0", 100),
            ("bytes=0-", 0),
            ("bytes=-5", 0),
            ("bytes=99999999999999999999999999-", 100),
        ] {
            assert_eq!(asked(Some(header), size), Asked::Beyond, "{header}");
        }
    }
}
