//! What the address of the LOG asks for: whose rows, which period, how many,
//! from where. Pure: the fields go in, the question comes out, and the links
//! that change one thing and keep the rest.

use domain::ports::{LogAsk, Turn};
use domain::window::{DAY_MS, HOUR_MS, Window};
use jiff::civil::Date;
use jiff::tz::TimeZone;
use url::form_urlencoded::Serializer;

use crate::error::PageError;
use crate::form::Fields;
use crate::format::{day, days, picker};
use crate::texts::dates as say;
use crate::typed_date;
use crate::viewer::View;

/// How many rows a page may show.
pub(crate) const SIZES: [u32; 4] = [10, 25, 50, 100];
/// How many it shows unless it is told.
const USUAL: u32 = 25;

/// The question.
#[derive(Clone, Debug)]
pub(crate) struct Asked {
    /// Whose rows.
    pub(crate) view: View,
    /// The destination, where there is more than one.
    pub(crate) at: Option<String>,
    /// A period of dates, and not the last 7 days.
    pub(crate) dates: bool,
    /// As it was typed, or today's date.
    pub(crate) from: String,
    /// As it was typed, or today's date.
    pub(crate) to: String,
    /// Only telling rows.
    pub(crate) less: bool,
    /// Rows on a page.
    pub(crate) show: u32,
    /// A zone that was chosen.
    pub(crate) zone: Option<String>,
    /// From where.
    pub(crate) turn: Turn,
}

/// Names and values of an address or a form.
pub(crate) type Pairs = Vec<(&'static str, String)>;

/// A period, or what is wrong with its two dates.
pub(crate) type Period = Result<Window, Wrong>;

/// A sentence for each field that is wrong.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Wrong {
    /// Beside From.
    pub(crate) from: Option<String>,
    /// Beside To.
    pub(crate) to: Option<String>,
}

impl Asked {
    /// Out of the fields. What is no choice of ours is the usual one; only
    /// what was typed is kept as it is.
    pub(crate) fn of(fields: &Fields, today: Date) -> Result<Asked, PageError> {
        let typed = |name| match fields.text(name).trim() {
            "" => picker(today),
            typed => typed.to_owned(),
        };
        let (from, to) = (typed("from"), typed("to"));
        // Who types dates and presses GO means them, whichever choice is
        // still marked: without script no one else can mark it.
        let was = fields.get("was");
        let retyped = was.is_some_and(|was| was != format!("{from} {to}"));
        let show = fields.text("show").parse();
        Ok(Asked {
            view: View::from_word(fields.get("view"))?,
            at: filled(fields, "at"),
            dates: fields.get("period") == Some("dates") || retyped,
            from,
            to,
            less: fields.get("less") == Some("1"),
            show: show.ok().filter(|it| SIZES.contains(it)).unwrap_or(USUAL),
            zone: filled(fields, "zone"),
            turn: turn(fields),
        })
    }

    /// Which time it is about. A day is whole, as its zone has it.
    pub(crate) fn period(&self, now_ms: i64, zone: &TimeZone) -> Period {
        if !self.dates {
            let hour = Window::hour_of(now_ms);
            let from_ms = hour.start_ms() - 7 * DAY_MS;
            return Window::from_ms(from_ms, hour.end_ms() + HOUR_MS).ok_or_else(Wrong::default);
        }
        let today = day(now_ms, zone);
        let read = |typed: &str| typed_date::read(typed, today);
        let (from, to) = match (read(&self.from), read(&self.to)) {
            (Ok(from), Ok(to)) => (from, to),
            (from, to) => {
                return Err(Wrong {
                    from: from.err(),
                    to: to.err(),
                });
            }
        };
        days(from, to, zone).ok_or_else(|| Wrong {
            from: None,
            to: Some(say::REVERSED.to_owned()),
        })
    }

    /// What the store is asked.
    pub(crate) fn of_store(&self, window: Window) -> LogAsk {
        LogAsk {
            window,
            telling: self.less,
            turn: self.turn,
            limit: self.show,
        }
    }

    /// The same with another beginning.
    pub(crate) fn turned(&self, turn: Turn) -> Asked {
        Asked {
            turn,
            ..self.clone()
        }
    }

    /// The names and values that lead back here; what is usual is left out.
    pub(crate) fn pairs(&self) -> Pairs {
        let mut pairs = vec![("view", self.view.word().to_owned())];
        let mut add = |name, value: Option<String>| {
            pairs.extend(value.map(|it| (name, it)));
        };
        add("at", self.at.clone());
        if self.dates {
            add("period", Some("dates".to_owned()));
            add("from", Some(self.from.clone()));
            add("to", Some(self.to.clone()));
        }
        add("less", self.less.then(|| "1".to_owned()));
        add("show", (self.show != USUAL).then(|| self.show.to_string()));
        add("zone", self.zone.clone());
        match self.turn {
            Turn::Newest => {}
            Turn::Older(row) => add("older", Some(span_word(row))),
            Turn::Newer(row) => add("newer", Some(span_word(row))),
        }
        pairs
    }

    /// The same without those that a form asks for itself.
    pub(crate) fn pairs_but(&self, asked: &[&str]) -> Pairs {
        let mut pairs = self.pairs();
        pairs.retain(|(name, _)| !asked.contains(name));
        pairs
    }

    /// An address with the same question, and more.
    pub(crate) fn href(&self, path: &str, more: &[(&str, &str)]) -> String {
        let mut query = Serializer::for_suffix(format!("{path}?"), path.len() + 1);
        query.extend_pairs(self.pairs());
        query.extend_pairs(more);
        query.finish()
    }
}

fn filled(fields: &Fields, name: &str) -> Option<String> {
    let value = fields.text(name).trim();
    (!value.is_empty()).then(|| value.to_owned())
}

fn turn(fields: &Fields) -> Turn {
    let older = fields.get("older").and_then(span).map(Turn::Older);
    let newer = fields.get("newer").and_then(span).map(Turn::Newer);
    older.or(newer).unwrap_or(Turn::Newest)
}

/// A window in an address: `1466089200000-1466092800000`.
pub(crate) fn span_word(row: Window) -> String {
    format!("{}-{}", row.start_ms(), row.end_ms())
}

/// Back from an address; times before 1970 begin with a minus.
pub(crate) fn span(word: &str) -> Option<Window> {
    let cut = word.get(1..)?.find('-')? + 1;
    let (from, to) = (word.get(..cut)?, word.get(cut + 1..)?);
    let window = Window::from_ms(from.parse().ok()?, to.parse().ok()?)?;
    let ever = Window::EVER;
    (ever.start_ms() <= window.start_ms() && window.end_ms() <= ever.end_ms()).then_some(window)
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::civil::date;

    const TODAY: Date = date(2016, 6, 16);
    /// 2016-06-16T17:20:00Z.
    const NOW: i64 = 1_466_097_600_000;

    fn asked(query: &str) -> Asked {
        Asked::of(&Fields::of(query.as_bytes()), TODAY).unwrap_or_else(|_| panic!("{query}"))
    }

    fn new_york() -> TimeZone {
        TimeZone::get("America/New_York").unwrap()
    }

    #[test]
    fn s_095_s_100_s_109_the_usual_question() {
        let asked = asked("");
        assert!(!asked.dates && !asked.less);
        assert_eq!(
            (asked.from.as_str(), asked.to.as_str()),
            ("6/16/2016", "6/16/2016")
        );
        assert_eq!((asked.show, asked.turn), (25, Turn::Newest));
        assert_eq!(asked.href("/log", &[]), "/log?view=extension");
    }

    #[test]
    fn s_097_the_usual_period_is_the_past_7_days() {
        let window = asked("").period(NOW, &new_york()).unwrap();
        assert!(window.contains_ms(NOW - 7 * DAY_MS) && window.contains_ms(NOW));
        assert!(!window.contains_ms(NOW - 7 * DAY_MS - HOUR_MS));
    }

    #[test]
    fn s_101_one_day_is_that_whole_day_in_the_viewers_zone() {
        let asked = asked("period=dates&from=6/16/2016&to=2016-06-16");
        let window = asked.period(NOW, &new_york()).unwrap();
        assert_eq!(window.start().to_string(), "2016-06-16T04:00:00Z");
        assert_eq!(window.end().to_string(), "2016-06-17T04:00:00Z");
    }

    #[test]
    fn dates_that_make_no_sense_are_told_beside_their_field_and_kept() {
        let asked = asked("period=dates&from=yesterdy&to=13/13/2016");
        let wrong = asked.period(NOW, &new_york()).unwrap_err();
        assert!(wrong.from.is_some() && wrong.to.is_some());
        assert_eq!(
            (asked.from.as_str(), asked.to.as_str()),
            ("yesterdy", "13/13/2016")
        );
        let reversed = self::asked("period=dates&from=6/17/2016&to=6/16/2016");
        let wrong = reversed.period(NOW, &new_york()).unwrap_err();
        assert_eq!(wrong.to.as_deref(), Some(say::REVERSED));
    }

    #[test]
    fn who_types_dates_means_them_even_if_the_other_choice_is_marked() {
        let was = "was=6%2F16%2F2016+6%2F16%2F2016";
        assert!(asked(&format!("period=week&from=6/1/2016&to=6/16/2016&{was}")).dates);
        assert!(!asked(&format!("period=week&from=6/16/2016&to=6/16/2016&{was}")).dates);
        assert!(!asked("period=week&from=6/1/2016&to=6/16/2016").dates);
    }

    #[test]
    fn s_104_links_keep_everything_they_do_not_change() {
        let query = "view=account&at=dropbox%3Ad&period=dates&from=6%2F1%2F2016&to=6%2F2%2F2016\
                     &less=1&show=50&zone=Asia%2FTokyo&older=1-2";
        let asked = asked(query);
        assert_eq!(asked.href("/log", &[]), format!("/log?{query}"));
        let newest = asked.turned(Turn::Newest);
        assert!(!newest.href("/log", &[]).contains("older"));
        assert!(
            newest
                .href("/log/row", &[("row", "3-4")])
                .ends_with("&row=3-4")
        );
    }

    #[test]
    fn what_is_no_choice_is_the_usual_one() {
        for query in [
            "show=1000000",
            "show=-1",
            "show=x",
            "show=",
            "older=x",
            "older=5-1",
        ] {
            let asked = asked(query);
            assert_eq!((asked.show, asked.turn), (25, Turn::Newest), "{query}");
        }
        assert!(Asked::of(&Fields::of(b"view=nobody"), TODAY).is_err());
    }

    #[test]
    fn windows_go_through_addresses_unharmed() {
        for window in [
            Window::from_ms(1, 2).unwrap(),
            Window::from_ms(-5, -2).unwrap(),
            Window::from_ms(-5, 2).unwrap(),
            Window::EVER,
        ] {
            assert_eq!(span(&span_word(window)), Some(window));
        }
        for word in [
            "",
            "-",
            "1",
            "1-",
            "-1",
            "é-1",
            "1-2-3",
            "9223372036854775807-9223372036854775808",
            "0-9223372036854775807",
        ] {
            assert_eq!(span(word), None, "{word}");
        }
    }
}
