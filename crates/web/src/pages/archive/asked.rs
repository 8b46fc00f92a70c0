//! What the address of ARCHIVE asks for. Pure: the fields go in, the question
//! comes out, and the links that change one thing and keep the rest.

use std::collections::BTreeMap;

use domain::data_type::DataType;
use domain::search::{Place, Query};
use domain::window::Window;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use url::form_urlencoded::Serializer;

use crate::error::PageError;
use crate::form::Fields;
use crate::format::days;
use crate::texts::archive as say;
use crate::texts::dates;
use crate::typed_date;
use crate::viewer::View;

/// What a Query reads itself, in the order of the form.
const READ: [&str; 7] = ["q", "person", "number", "type", "direction", "min", "max"];
/// Dates are read here, for they are a day of somebody's zone.
const DATES: [&str; 2] = ["from", "to"];

/// From when, until before when, milliseconds since 1970; `None`: no end.
type Span = (Option<i64>, Option<i64>);

/// A field, and what is wrong with it.
type Wrong = (&'static str, String);

/// The question, as it was typed.
#[derive(Clone, Debug, Default)]
pub(crate) struct Asked {
    /// Whose archive, where an admin chose.
    pub(super) view: View,
    /// The destination, where there is more than one.
    pub(super) at: Option<String>,
    /// Names and values that are not empty.
    pub(super) typed: Vec<(&'static str, String)>,
    /// Go on before this place.
    pub(super) before: Option<Place>,
    /// By name, what is wrong with a value.
    pub(super) wrong: BTreeMap<&'static str, String>,
}

impl Asked {
    /// Out of the fields. An admin who does not say so means the company.
    pub(super) fn of(fields: &Fields, admin: bool) -> Result<Asked, PageError> {
        let view = fields.get("view");
        let typed = READ.into_iter().chain(DATES).flat_map(|name| {
            let values = fields.all(name).map(str::trim).filter(|it| !it.is_empty());
            values.map(move |it| (name, it.to_owned()))
        });
        Ok(Asked {
            view: match view {
                None | Some("") if admin => View::Account,
                view => View::from_word(view)?,
            },
            at: fields
                .get("at")
                .filter(|it| !it.is_empty())
                .map(str::to_owned),
            typed: typed.collect(),
            before: fields.text("before").parse().ok().map(Place),
            wrong: BTreeMap::new(),
        })
    }

    /// What the store is asked; `None` with what is wrong noted.
    pub(super) fn query(&mut self, today: Date, zone: &TimeZone) -> Option<Query> {
        let mut query = Query::default();
        for (name, value) in self.typed.iter().filter(|(name, _)| READ.contains(name)) {
            if query.take(name, value).is_err() {
                self.wrong.insert(name, say::wrong(name).to_owned());
            }
        }
        match self.span(today, zone) {
            Ok((from_ms, to_ms)) => (query.from_ms, query.to_ms) = (from_ms, to_ms),
            Err((name, why)) => {
                self.wrong.insert(name, why);
            }
        }
        self.wrong.is_empty().then_some(query)
    }

    /// Whole days of the zone; what is not typed is without an end.
    fn span(&self, today: Date, zone: &TimeZone) -> Result<Span, Wrong> {
        let day = |name: &'static str| -> Result<Option<Window>, Wrong> {
            let typed = self.text(name);
            if typed.is_empty() {
                return Ok(None);
            }
            let date = typed_date::read(typed, today).map_err(|why| (name, why))?;
            let window = days(date, date, zone).ok_or_else(|| (name, dates::HOW.to_owned()))?;
            Ok(Some(window))
        };
        let (from, to) = (day("from")?, day("to")?);
        let span = (from.map(Window::start_ms), to.map(Window::end_ms));
        match span {
            (Some(from_ms), Some(to_ms)) if from_ms >= to_ms => {
                Err(("to", dates::REVERSED.to_owned()))
            }
            span => Ok(span),
        }
    }

    /// The first value of a name, or nothing.
    pub(super) fn text(&self, name: &str) -> &str {
        let found = self.typed.iter().find(|(it, _)| *it == name);
        found.map_or("", |(_, value)| value.as_str())
    }

    /// Whether a type is ticked.
    pub(super) fn has_type(&self, data_type: DataType) -> bool {
        self.typed
            .iter()
            .any(|(name, it)| *name == "type" && it == data_type.word())
    }

    /// What is wrong with a value, for its field.
    pub(super) fn why(&self, name: &str) -> Option<&str> {
        self.wrong.get(name).map(String::as_str)
    }

    /// Whether anything but words is asked for.
    pub(super) fn is_narrowed(&self) -> bool {
        self.typed.iter().any(|(name, _)| *name != "q")
    }

    /// Whether anything is.
    pub(super) fn is_filled(&self) -> bool {
        !self.typed.is_empty()
    }

    /// For the audit log: which fields were asked, never what was typed.
    pub(super) fn fields(&self) -> String {
        let mut names: Vec<&str> = self.typed.iter().map(|(name, _)| *name).collect();
        names.dedup();
        names.join(",")
    }

    /// The same from the newest.
    pub(super) fn newest(&self) -> Asked {
        Asked {
            before: None,
            ..self.clone()
        }
    }

    /// The same, going on before a place.
    pub(super) fn before(&self, place: Place) -> Asked {
        Asked {
            before: Some(place),
            ..self.clone()
        }
    }

    /// The same of somebody else's archive.
    pub(super) fn of_view(&self, view: View) -> Asked {
        Asked {
            view,
            at: None,
            ..self.newest()
        }
    }

    /// The same of another destination.
    pub(super) fn of_place(&self, at: &str) -> Asked {
        Asked {
            at: Some(at.to_owned()),
            ..self.newest()
        }
    }

    /// Everything again.
    pub(super) fn everything(&self) -> Asked {
        Asked {
            typed: Vec::new(),
            ..self.newest()
        }
    }

    /// An address with this question; it can be shared, and kept.
    pub(super) fn href(&self, path: &str) -> String {
        format!("{path}?{}", self.query_string())
    }

    /// What stands after the question mark.
    pub(super) fn query_string(&self) -> String {
        let mut query = Serializer::new(String::new());
        query.append_pair("view", self.view.word());
        if let Some(at) = &self.at {
            query.append_pair("at", at);
        }
        for (name, value) in &self.typed {
            query.append_pair(name, value);
        }
        if let Some(Place(place)) = self.before {
            query.append_pair("before", &place.to_string());
        }
        query.finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use domain::item::Direction;
    use domain::window::{DAY_MS, instant};
    use jiff::civil::date;

    const TODAY: Date = date(2026, 6, 16);

    fn asked(query: &str) -> (Asked, Option<Query>) {
        let fields = Fields::of(query.as_bytes());
        let mut asked = Asked::of(&fields, false).unwrap_or_else(|_| panic!("{query}"));
        let query = asked.query(TODAY, &TimeZone::UTC);
        (asked, query)
    }

    #[test]
    fn nothing_typed_asks_for_everything() {
        for empty in ["", "q=&person=+&from=&min=&direction=&before=x"] {
            let (asked, query) = asked(empty);
            assert_eq!(query, Some(Query::default()), "{empty}");
            assert_eq!(asked.href("/archive"), "/archive?view=extension");
            assert!(!asked.is_filled());
        }
    }

    #[test]
    fn every_field_is_asked() {
        let (asked, query) = asked(
            "q=invoice&person=ada&number=555&type=sms&type=fax&direction=in&min=1:00&max=1h\
             &from=6/1/2026&to=2026-06-02&before=77",
        );
        let query = query.unwrap();
        assert_eq!(
            (query.text.as_str(), query.person.as_str()),
            ("invoice", "ada")
        );
        assert_eq!(
            (query.number.as_str(), query.direction),
            ("555", Some(Direction::In))
        );
        assert_eq!(query.types, [DataType::Sms, DataType::Fax].into());
        assert_eq!((query.shortest, query.longest), (Some(60), Some(3600)));
        let from_ms = query.from_ms.unwrap();
        assert_eq!(instant(from_ms).to_string(), "2026-06-01T00:00:00Z");
        assert_eq!(query.to_ms, Some(from_ms + 2 * DAY_MS));
        assert_eq!(asked.before, Some(Place(77)));
        assert_eq!(
            asked.fields(),
            "q,person,number,type,direction,min,max,from,to"
        );
        assert!(asked.is_narrowed() && asked.has_type(DataType::Fax));
    }

    #[test]
    fn links_keep_what_they_do_not_change() {
        let query =
            "view=account&at=dropbox%3Ad&q=%22a+b%22&type=sms&type=fax&from=yesterday&before=9";
        let (asked, _) = asked(query);
        assert_eq!(asked.href("/archive"), format!("/archive?{query}"));
        assert!(!asked.newest().href("").contains("before"));
        let other = asked.of_view(View::Extension).href("");
        assert!(!other.contains("at=") && other.contains("view=extension&q="));
        assert_eq!(asked.everything().href(""), "?view=account&at=dropbox%3Ad");
    }

    #[test]
    fn what_is_not_understood_is_told_beside_its_field_and_kept() {
        for (name, value) in [
            ("from", "yesterdy"),
            ("to", "2/30/2026"),
            ("min", "long"),
            ("max", "-1"),
            ("type", "video"),
            ("direction", "up"),
        ] {
            let (asked, query) = asked(&format!("{name}={value}"));
            assert!(query.is_none() && asked.why(name).is_some(), "{name}");
            assert_eq!(asked.text(name), value);
        }
        let (asked, query) = asked("from=6/2/2026&to=6/1/2026");
        assert!(query.is_none());
        assert_eq!(asked.why("to"), Some(dates::REVERSED));
    }

    #[test]
    fn an_admin_means_the_company_unless_they_say_otherwise() {
        let view = |query: &str, admin| {
            Asked::of(&Fields::of(query.as_bytes()), admin)
                .ok()
                .map(|it| it.view)
        };
        assert_eq!(view("", true), Some(View::Account));
        assert_eq!(view("view=extension", true), Some(View::Extension));
        assert_eq!(view("", false), Some(View::Extension));
        assert_eq!(view("view=nobody", false), None);
    }
}
