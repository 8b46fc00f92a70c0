//! What `archiver audit` prints of books, a portion of Links at a time: a log
//! may be longer than the memory.

use domain::account::AccountId;
use domain::audit::{Head, Link};
use jiff::tz::TimeZone;
use serde_json::json;

use crate::status::moment;
use crate::table;

const COLUMNS: [&str; 7] = ["Account", "No.", "When", "Who", "What", "To what", "Result"];

/// How it looks.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Form {
    /// For people: a table for each portion.
    Table,
    /// For spreadsheets.
    Csv,
    /// One JSON value.
    Json,
    /// A line of JSON each, and where each chain ends.
    Lines,
}

/// Texts for standard output, one after the other; an empty one is none.
pub(super) struct Printed<'a> {
    form: Form,
    zone: &'a TimeZone,
    /// Books that were begun.
    books: usize,
    /// Links of the present book, and of all.
    links: usize,
    all: usize,
}

impl<'a> Printed<'a> {
    pub(super) fn new(form: Form, zone: &'a TimeZone) -> Printed<'a> {
        Printed {
            form,
            zone,
            books: 0,
            links: 0,
            all: 0,
        }
    }

    /// Before the first book.
    pub(super) fn begin(&self) -> String {
        match self.form {
            Form::Csv => web::csv_line(&COLUMNS),
            Form::Json => "{ \"books\": [".to_owned(),
            Form::Table | Form::Lines => String::new(),
        }
    }

    /// Before a book's first Link.
    pub(super) fn book(&mut self, book: &AccountId) -> String {
        let comma = if self.books == 0 { "" } else { "," };
        self.books += 1;
        self.links = 0;
        if self.form == Form::Json {
            format!("{comma}{{ \"account\": {}, \"links\": [", json!(book))
        } else {
            String::new()
        }
    }

    /// Some more of it.
    pub(super) fn links(&mut self, links: &[Link]) -> String {
        let before = self.links;
        self.links += links.len();
        self.all += links.len();
        let rows = || -> Vec<Vec<String>> { links.iter().map(|it| self.cells(it)).collect() };
        match self.form {
            Form::Table => table::draw(&COLUMNS, &rows()),
            Form::Csv => rows().iter().map(|it| web::csv_line(it)).collect(),
            Form::Json => {
                let line = |(at, link): (usize, &Link)| {
                    let comma = if before + at == 0 { "" } else { "," };
                    format!("{comma}{}\n", web::json::link(link))
                };
                links.iter().enumerate().map(line).collect()
            }
            Form::Lines => {
                let line = |it: &Link| format!("{}\n", web::json::link(it));
                links.iter().map(line).collect()
            }
        }
    }

    /// After a book's last Link. `head`: where its chain ends.
    pub(super) fn end_of(&self, book: &AccountId, head: Option<&Head>) -> String {
        match self.form {
            Form::Json => "] }".to_owned(),
            Form::Lines => {
                let seq = head.map_or(0, |it| it.seq);
                let hash = head.map(|it| it.hash.as_str()).unwrap_or_default();
                json!({ "head": { "account": book, "seq": seq, "hash": hash } }).to_string()
            }
            Form::Table | Form::Csv => String::new(),
        }
    }

    /// After the last book.
    pub(super) fn end(&self) -> &'static str {
        match self.form {
            Form::Json => "] }",
            Form::Table if self.all == 0 => "Nothing is in the audit log.",
            Form::Table | Form::Csv | Form::Lines => "",
        }
    }

    fn cells(&self, link: &Link) -> Vec<String> {
        vec![
            link.account.to_string(),
            link.seq.to_string(),
            moment(link.at_ms, self.zone),
            link.actor.clone(),
            link.action.clone(),
            link.target.clone(),
            link.result.clone(),
        ]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn link(seq: i64) -> Link {
        serde_json::from_value(json!({
            "account": "1", "seq": seq, "at_ms": 0, "actor": "system", "action": "log.view",
            "target": "", "result": "done", "previous": "", "hash": "", "seal": "",
        }))
        .unwrap()
    }

    /// Two books, the first in two portions.
    fn printed(form: Form) -> String {
        let zone = TimeZone::UTC;
        let mut printed = Printed::new(form, &zone);
        let (one, two) = (AccountId::new("1"), AccountId::new("2"));
        let head = Head {
            seq: 3,
            hash: "ab".to_owned(),
        };
        let texts = [
            printed.begin(),
            printed.book(&one),
            printed.links(&[link(1), link(2)]),
            printed.links(&[link(3)]),
            printed.end_of(&one, Some(&head)),
            printed.book(&two),
            printed.end_of(&two, None),
            printed.end().to_owned(),
        ];
        let texts = texts.iter().filter(|it| !it.is_empty());
        let texts: Vec<&str> = texts.map(|it| it.trim_end()).collect();
        texts.join("\n") + "\n"
    }

    #[test]
    fn portions_are_one_text() {
        let json: serde_json::Value = serde_json::from_str(&printed(Form::Json)).unwrap();
        let seqs = |at: usize| -> Vec<i64> {
            let links = json["books"][at]["links"].as_array().unwrap();
            links.iter().map(|it| it["seq"].as_i64().unwrap()).collect()
        };
        assert_eq!((seqs(0), seqs(1)), (vec![1, 2, 3], vec![]));
        assert_eq!(printed(Form::Csv).lines().count(), 4);
        assert_eq!(printed(Form::Table).matches("log.view").count(), 3);
        let lines = printed(Form::Lines);
        let lines: Vec<serde_json::Value> = lines
            .lines()
            .map(|it| serde_json::from_str(it).unwrap())
            .collect();
        assert_eq!(lines.len(), 5);
        assert_eq!(lines[3]["head"]["seq"], 3);
        assert_eq!(lines[4]["head"]["account"], "2");
    }
}
