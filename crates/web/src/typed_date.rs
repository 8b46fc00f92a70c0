//! Dates as people type them into the LOG's pickers. Month first, as the
//! pickers show them; where the form leaves no doubt, other orders too.

use jiff::civil::Date;

use crate::texts::dates as say;

/// More than any date needs.
const LONGEST: usize = 40;
/// Years that a log can be about.
const YEARS: std::ops::RangeInclusive<i16> = 1970..=2199;

const MONTHS: [&str; 12] = [
    "january",
    "february",
    "march",
    "april",
    "may",
    "june",
    "july",
    "august",
    "september",
    "october",
    "november",
    "december",
];

/// The date, or a sentence that says how to write it.
///
/// `6/16/2016`, `6-16-2016`, `2016-06-16` (a time may follow), `20160616`,
/// `16.6.2016`, `June 16, 2016`, `16 jun 2016`, `today`, `yesterday`.
pub(crate) fn read(typed: &str, today: Date) -> Result<Date, String> {
    let text = plain(typed);
    if text.is_empty() {
        return Err(say::EMPTY.to_owned());
    }
    let known = |it: char| it.is_ascii_alphanumeric() || "/-., ".contains(it);
    if text.len() > LONGEST || !text.chars().all(known) {
        return Err(say::HOW.to_owned());
    }
    match text.as_str() {
        "today" => return Ok(today),
        "yesterday" => return today.yesterday().map_err(|_| say::HOW.to_owned()),
        _ => {}
    }
    let parts: Vec<&str> = text
        .split(|it: char| !it.is_ascii_alphanumeric())
        .filter(|it| !it.is_empty())
        .collect();
    let (year, month, day) = order(&text, &parts)?;
    dated(year, month, day)
}

/// Lower case, one kind of blank, without a time that follows an ISO date.
fn plain(typed: &str) -> String {
    let text = typed.trim().to_lowercase();
    let iso = text.get(..10).filter(|it| {
        it.bytes().enumerate().all(|(at, byte)| match at {
            4 | 7 => byte == b'-',
            _ => byte.is_ascii_digit(),
        })
    });
    match (iso, text.as_bytes().get(10)) {
        (Some(date), Some(b't' | b' ')) => date.to_owned(),
        _ => text,
    }
}

/// Which part is which.
fn order(text: &str, parts: &[&str]) -> Result<(i16, i8, i8), String> {
    match *parts {
        [all] if all.len() == 8 && digits(all) => numbers(&all[..4], &all[4..6], &all[6..]),
        [a, b, c] if digits(a) && digits(b) && digits(c) => match (a.len(), c.len()) {
            (4, _) => numbers(a, b, c),
            (_, 4) if text.contains('.') => numbers(c, b, a),
            (_, 4) => numbers(c, a, b).and_then(month_first),
            _ => Err(say::FOUR_DIGITS.to_owned()),
        },
        [a, b, c] if c.len() == 4 && digits(c) => {
            let (name, day) = if digits(a) || ordinal(a).is_some() {
                (b, a)
            } else {
                (a, b)
            };
            let month = month(name).ok_or_else(|| say::HOW.to_owned())?;
            let (year, _, day) = numbers(c, "1", ordinal(day).unwrap_or(day))?;
            Ok((year, month, day))
        }
        [a, b] if (month(a).is_some() && digits(b)) || (digits(a) && month(b).is_some()) => {
            Err(say::FOUR_DIGITS.to_owned())
        }
        _ => Err(say::HOW.to_owned()),
    }
}

fn digits(part: &str) -> bool {
    part.len() <= 4 && part.bytes().all(|it| it.is_ascii_digit())
        || part.len() == 8 && part.bytes().all(|it| it.is_ascii_digit())
}

/// `16th` without its letters.
fn ordinal(part: &str) -> Option<&str> {
    ["st", "nd", "rd", "th"]
        .iter()
        .find_map(|it| part.strip_suffix(it))
        .filter(|it| !it.is_empty() && digits(it))
}

/// From its English name, or at least three letters of it.
fn month(name: &str) -> Option<i8> {
    let at = MONTHS.iter().position(|it| {
        name.len() >= 3 && it.starts_with(name) || name == "sept" && *it == "september"
    })?;
    i8::try_from(at + 1).ok()
}

fn numbers(year: &str, month: &str, day: &str) -> Result<(i16, i8, i8), String> {
    let how = |_| say::HOW.to_owned();
    Ok((
        year.parse().map_err(how)?,
        month.parse().map_err(how)?,
        day.parse().map_err(how)?,
    ))
}

/// Tells those who write the day first, instead of calling their date wrong.
fn month_first((year, month, day): (i16, i8, i8)) -> Result<(i16, i8, i8), String> {
    if month > 12 && (1..=12).contains(&day) {
        return Err(say::month_first(&format!("{day}/{month}/{year}")));
    }
    Ok((year, month, day))
}

fn dated(year: i16, month: i8, day: i8) -> Result<Date, String> {
    if !YEARS.contains(&year) {
        return Err(say::years(*YEARS.start(), *YEARS.end()));
    }
    Date::new(year, month, day).map_err(|_| say::no_such_day(&format!("{month}/{day}/{year}")))
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::civil::date;

    const TODAY: Date = date(2026, 6, 1);

    #[test]
    fn dates_are_read_in_the_forms_people_write() {
        for typed in [
            "6/16/2016",
            "06/16/2016",
            " 6 / 16 / 2016 ",
            "6-16-2016",
            "2016-06-16",
            "2016-6-16",
            "2016/06/16",
            "2016-06-16T13:00:00Z",
            "2016-06-16 13:00",
            "20160616",
            "16.6.2016",
            "16.06.2016",
            "June 16, 2016",
            "jun 16 2016",
            "16 June 2016",
            "16th June 2016",
            "June 16th, 2016",
        ] {
            assert_eq!(read(typed, TODAY), Ok(date(2016, 6, 16)), "{typed}");
        }
        assert_eq!(read("Today", TODAY), Ok(TODAY));
        assert_eq!(read("yesterday", TODAY), Ok(date(2026, 5, 31)));
        assert_eq!(read("2/29/2024", TODAY), Ok(date(2024, 2, 29)));
        assert_eq!(read("3 Sept 2024", TODAY), Ok(date(2024, 9, 3)));
    }

    #[test]
    fn what_is_no_date_is_told_how_to_write_one() {
        for (typed, sentence) in [
            ("", say::EMPTY.to_owned()),
            ("   ", say::EMPTY.to_owned()),
            ("16/6/2016", say::month_first("6/16/2016")),
            ("6/16/16", say::FOUR_DIGITS.to_owned()),
            ("June 16", say::FOUR_DIGITS.to_owned()),
            ("2/30/2024", say::no_such_day("2/30/2024")),
            ("13/32/2024", say::no_such_day("13/32/2024")),
            ("0/0/2024", say::no_such_day("0/0/2024")),
            ("6/16/0001", say::years(1970, 2199)),
            ("6/16/9999", say::years(1970, 2199)),
            ("next week", say::HOW.to_owned()),
            ("<script>", say::HOW.to_owned()),
            ("6/16", say::HOW.to_owned()),
            ("１６", say::HOW.to_owned()),
            ("6/16/2016/1", say::HOW.to_owned()),
            ("99999999999999999999", say::HOW.to_owned()),
            ("६/१६/२०१६", say::HOW.to_owned()),
        ] {
            assert_eq!(read(typed, TODAY), Err(sentence), "{typed}");
        }
    }

    #[test]
    fn nothing_that_can_be_typed_breaks_it() {
        let long = "9".repeat(5000);
        for typed in [
            &long,
            "\u{0}",
            "é/é/2016",
            "2016-06-1é",
            "////",
            "-",
            "th th 2016",
        ] {
            assert!(read(typed, TODAY).is_err(), "{typed}");
        }
    }
}
