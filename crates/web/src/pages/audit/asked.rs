//! What the address of AUDIT asks for. Pure: the fields go in, the question
//! comes out, and the links that change one thing and keep the rest.

use domain::account::{AccountId, Extension};
use domain::audit::server_book;
use domain::ports::AuditAsk;
use domain::window::Window;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use url::form_urlencoded::Serializer;

use crate::form::Fields;
use crate::format::days;
use crate::texts::audit as say;
use crate::texts::dates;
use crate::typed_date;

/// The question.
#[derive(Clone, Debug, Default)]
pub(super) struct Asked {
    /// As it was typed.
    pub(super) person: String,
    /// An action, a group of them, or all.
    pub(super) action: String,
    /// As it was typed.
    pub(super) from: String,
    /// As it was typed.
    pub(super) to: String,
    /// The server's own book.
    pub(super) server: bool,
    /// Go on before this entry.
    pub(super) before: Option<i64>,
    /// What is wrong with the person.
    pub(super) person_wrong: Option<String>,
    /// What is wrong with the dates.
    pub(super) dates_wrong: Option<String>,
}

impl Asked {
    /// Out of the fields.
    pub(super) fn of(fields: &Fields) -> Asked {
        let typed = |name| fields.text(name).trim().to_owned();
        let action = typed("action");
        let known = say::ACTIONS.iter().any(|(it, _)| *it == action);
        Asked {
            person: typed("person"),
            action: if known { action } else { String::new() },
            from: typed("from"),
            to: typed("to"),
            server: fields.get("book") == Some("server"),
            before: fields.text("before").parse().ok(),
            ..Asked::default()
        }
    }

    /// Whose log it is about.
    pub(super) fn book(&self, account: &AccountId) -> AccountId {
        if self.server {
            server_book()
        } else {
            account.clone()
        }
    }

    /// What the store is asked; `None` with what is wrong noted.
    pub(super) fn ask<'a>(
        &mut self,
        people: impl Iterator<Item = &'a Extension>,
        today: Date,
        zone: &TimeZone,
    ) -> Option<AuditAsk> {
        let actor = actor(&self.person, people);
        self.person_wrong = actor.as_ref().err().map(|&why| why.to_owned());
        let span = self.span(today, zone);
        self.dates_wrong = span.as_ref().err().cloned();
        let (from_ms, to_ms) = span.ok()?;
        Some(AuditAsk {
            actor: actor.ok()?,
            action: self.action.clone(),
            from_ms,
            to_ms,
            newest_first: true,
            after: self.before,
            limit: 0,
        })
    }

    /// Whole days of the zone; what is not typed is without an end.
    fn span(&self, today: Date, zone: &TimeZone) -> Result<(i64, i64), String> {
        let read = |typed: &str| match typed {
            "" => Ok(None),
            typed => typed_date::read(typed, today).map(Some),
        };
        let (from, to) = (read(&self.from)?, read(&self.to)?);
        let day = |date: Date| days(date, date, zone).ok_or_else(|| dates::HOW.to_owned());
        let from_ms = from.map_or(Ok(i64::MIN), |it| day(it).map(Window::start_ms))?;
        let to_ms = to.map_or(Ok(i64::MAX), |it| day(it).map(Window::end_ms))?;
        if from_ms >= to_ms {
            return Err(dates::REVERSED.to_owned());
        }
        Ok((from_ms, to_ms))
    }

    /// The same from the beginning.
    pub(super) fn newest(&self) -> Asked {
        Asked {
            before: None,
            ..self.clone()
        }
    }

    /// The same, going on after an entry.
    pub(super) fn after(&self, seq: i64) -> Asked {
        Asked {
            before: Some(seq),
            ..self.clone()
        }
    }

    /// The same of the other log.
    pub(super) fn of_book(&self, server: bool) -> Asked {
        Asked {
            server,
            ..self.newest()
        }
    }

    /// An address with this question.
    pub(super) fn href(&self, path: &str) -> String {
        let mut query = Serializer::for_suffix(format!("{path}?"), path.len() + 1);
        let texts = [
            ("person", &self.person),
            ("action", &self.action),
            ("from", &self.from),
            ("to", &self.to),
        ];
        for (name, value) in texts.into_iter().filter(|(_, it)| !it.is_empty()) {
            query.append_pair(name, value);
        }
        if self.server {
            query.append_pair("book", "server");
        }
        if let Some(seq) = self.before {
            query.append_pair("before", &seq.to_string());
        }
        query.finish()
    }
}

/// Who is meant, as the log spells them; nobody typed is everybody. `Err`: why
/// that is nobody in particular.
fn actor<'a>(
    typed: &str,
    people: impl Iterator<Item = &'a Extension>,
) -> Result<String, &'static str> {
    let word = typed.to_lowercase();
    let as_it_is = ["", "system", "command line", "nobody"].contains(&word.as_str());
    if as_it_is {
        return Ok(word);
    }
    let (kind, rest) = typed.split_once(' ').unwrap_or((typed, ""));
    let kind = kind.to_lowercase();
    let as_told = format!("{kind} {rest}");
    if kind == "token" {
        return Ok(as_told);
    }
    let people: Vec<&Extension> = people.collect();
    let only = |meant: Vec<&Extension>| match &meant[..] {
        [] => Ok(None),
        [it] => Ok(Some(format!("extension {}", it.id))),
        _ => Err(say::SEVERAL_PEOPLE),
    };
    let is = |it: &str, typed: &str| it.to_lowercase() == typed.to_lowercase();
    let numbered = |it: &Extension, typed: &str| it.number.as_deref().is_some_and(|n| is(n, typed));
    let mut all = people.iter().copied();
    if kind == "extension" && !rest.is_empty() {
        let rest = rest.trim();
        if all.any(|it| it.id.as_str() == rest) {
            return Ok(format!("extension {rest}"));
        }
        // Who is no longer there is asked for by the id that the log has.
        let meant = people.into_iter().filter(|it| numbered(it, rest)).collect();
        return Ok(only(meant)?.unwrap_or(as_told));
    }
    let named = |it: &Extension| it.name.as_deref().is_some_and(|name| is(name, typed));
    let meant = all.filter(|it| is(it.id.as_str(), typed) || numbered(it, typed) || named(it));
    only(meant.collect())?.ok_or(say::NO_PERSON)
}

#[cfg(test)]
mod tests {
    use domain::window::{DAY_MS, instant};
    use jiff::civil::date;
    use testkit::builders::extension;

    use super::*;

    fn asked(query: &str) -> (Asked, Option<AuditAsk>) {
        let person = |id, number: &str, name: &str| Extension {
            name: Some(name.to_owned()),
            number: Some(number.to_owned()),
            ..extension(id)
        };
        let people = [
            person("101", "7", "Ada L."),
            person("102", "8", "Bob"),
            person("103", "9", "bob"),
        ];
        let mut asked = Asked::of(&Fields::of(query.as_bytes()));
        let ask = asked.ask(people.iter(), date(2026, 6, 16), &TimeZone::UTC);
        (asked, ask)
    }

    #[test]
    fn everything_is_asked_unless_something_is_typed() {
        let (asked, ask) = asked("");
        let ask = ask.unwrap();
        assert_eq!((ask.actor.as_str(), ask.action.as_str()), ("", ""));
        assert_eq!(
            (ask.from_ms, ask.to_ms, ask.after),
            (i64::MIN, i64::MAX, None)
        );
        assert_eq!(asked.href("/audit"), "/audit?");
    }

    #[test]
    fn a_person_is_found_by_number_name_or_id() {
        for typed in ["101", "7", "ada+l.", "extension+101", "Extension+101"] {
            let ask = asked(&format!("person={typed}")).1.unwrap();
            assert_eq!(ask.actor, "extension 101", "{typed}");
        }
        for (typed, actor) in [("System", "system"), ("token+aBc", "token aBc")] {
            assert_eq!(asked(&format!("person={typed}")).1.unwrap().actor, actor);
        }
        let (asked, ask) = asked("person=eve");
        assert!(ask.is_none() && asked.person_wrong.is_some());
    }

    #[test]
    fn a_name_of_several_people_is_nobodys_and_a_number_is_understood() {
        let (wrong, ask) = asked("person=Bob");
        assert!(ask.is_none());
        assert_eq!(wrong.person_wrong.as_deref(), Some(say::SEVERAL_PEOPLE));
        for (typed, actor) in [
            ("8", "extension 102"),
            ("extension+9", "extension 103"),
            ("Extension+103", "extension 103"),
            // Somebody who left.
            ("extension+999", "extension 999"),
        ] {
            let ask = asked(&format!("person={typed}")).1.unwrap();
            assert_eq!(ask.actor, actor, "{typed}");
        }
    }

    #[test]
    fn days_are_whole_and_may_be_open() {
        let ask = asked("from=2026-06-01&to=6/2/2026").1.unwrap();
        assert_eq!(instant(ask.from_ms).to_string(), "2026-06-01T00:00:00Z");
        assert_eq!(ask.to_ms - ask.from_ms, 2 * DAY_MS);
        assert_eq!(asked("to=2026-06-01").1.unwrap().from_ms, i64::MIN);
        for wrong in ["from=yesterdy", "from=2026-06-02&to=2026-06-01"] {
            let (asked, ask) = asked(wrong);
            assert!(ask.is_none() && asked.dates_wrong.is_some(), "{wrong}");
        }
    }

    #[test]
    fn links_keep_what_they_do_not_change() {
        let query = "person=7&action=log.view&from=2026-06-01&book=server&before=9";
        let (asked, _) = asked(query);
        assert_eq!(asked.href("/audit"), format!("/audit?{query}"));
        assert!(!asked.of_book(false).href("/audit").contains("server"));
        assert!(!asked.newest().href("/audit").contains("before"));
        assert_eq!(Asked::of(&Fields::of(b"action=%3Cscript%3E")).action, "");
    }
}
