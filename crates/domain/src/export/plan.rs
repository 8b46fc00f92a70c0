//! Which files an export has, where each lies and how long it is. Rows come in
//! the order of their places; only those of one conversation's day are held.

use super::part::Part;
use super::row::Row;
use super::{FILES, File, SUMS, TEXTS, What, eml, rsmf, sums_line, zip};
use crate::window::{DAY_MS, instant};

/// A conversation's day with more parts than this becomes several files.
const MOST_PARTS: usize = 5_000;

/// Lays the files out one behind the other.
#[derive(Debug)]
pub struct Planner {
    made_ms: i64,
    at: u64,
    files: u64,
    directory: u64,
    sums: u64,
    /// Parts of one conversation's day.
    group: Vec<Row>,
    /// How many files the day of the conversation has already.
    parts: u32,
    /// Laid out, and not taken yet.
    laid: Vec<File>,
}

/// What came of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Laid {
    /// Files in the ZIP.
    pub files: u64,
    /// Where its directory begins.
    pub directory_at: u64,
    /// Bytes of the whole ZIP.
    pub size: u64,
}

impl Planner {
    /// Begins with the texts that are in every export.
    pub fn new(made_ms: i64) -> Planner {
        let mut planner = Planner {
            made_ms,
            at: 0,
            files: 0,
            directory: 0,
            sums: 0,
            group: Vec::new(),
            parts: 0,
            laid: Vec::new(),
        };
        for (name, text) in TEXTS {
            planner.book(name, What::Text, text.len() as u64);
        }
        planner
    }

    /// Takes the next Item.
    pub fn row(&mut self, row: Row) {
        if let Some(source) = row.source() {
            self.lay(File {
                name: format!("{FILES}/{}", source.path),
                size: source.size,
                at_ms: row.at_ms,
                first: row.place(),
                rows: 1,
                item: source.item,
                sha256: Some(source.sha256),
                ..file(What::Item)
            });
        }
        if let Some(last) = self.group.last() {
            let same = last.conversation() == row.conversation() && last.day() == row.day();
            let full = self.group.len() >= MOST_PARTS && !last.is_of_message(&row);
            if !same || full {
                self.close();
            }
            if !same {
                self.parts = 0;
            }
        }
        if row.conversation().is_some() {
            self.group.push(row);
        }
    }

    /// The files that were laid out since this was asked last.
    pub fn take(&mut self) -> Vec<File> {
        std::mem::take(&mut self.laid)
    }

    /// No more Items come: a list of them, of a size that was counted.
    pub fn book(&mut self, name: &str, what: What, size: u64) {
        self.close();
        self.lay(File {
            name: name.to_owned(),
            size,
            at_ms: self.made_ms,
            ..file(what)
        });
    }

    /// The list of sums, and the end.
    pub fn finish(&mut self) -> Laid {
        let size = self.sums;
        self.book(SUMS, What::Sums, size);
        let end = zip::end(self.files, self.at, self.directory);
        Laid {
            files: self.files,
            directory_at: self.at,
            size: self.at + self.directory + end.len() as u64,
        }
    }

    /// The texts of a conversation's day, each as mail, all as one file.
    fn close(&mut self) {
        let group = std::mem::take(&mut self.group);
        let Some(first) = group.first() else {
            return;
        };
        let mut any = false;
        for message in group.chunk_by(Row::is_of_message) {
            if let Some(source) = message.iter().find_map(Row::source) {
                any = true;
                self.texts(format!("eml/{}.eml", source.path), message, What::Eml);
            }
        }
        if !any {
            return;
        }
        self.parts += 1;
        let day = instant(first.day() * DAY_MS);
        let day = day.strftime("%Y-%m-%d");
        let conversation = first.conversation().unwrap_or_default();
        let name = match self.parts {
            1 => format!("rsmf/{day} {conversation}.rsmf"),
            part => format!("rsmf/{day} {conversation} part {part}.rsmf"),
        };
        self.texts(name, &group, What::Rsmf);
    }

    fn texts(&mut self, name: String, rows: &[Row], what: What) {
        let size = made_of(what, rows).iter().map(Part::size).sum();
        let first = rows.first();
        self.lay(File {
            name,
            size,
            at_ms: first.map_or(self.made_ms, |it| it.at_ms),
            first: first.map(Row::place).unwrap_or_default(),
            rows: u32::try_from(rows.len()).unwrap_or(u32::MAX),
            ..file(what)
        });
    }

    fn lay(&mut self, file: File) {
        let file = File {
            at: self.at,
            ..file
        };
        self.directory += file.member().line(file.at, 0).len() as u64;
        self.at = file.end();
        self.files += 1;
        self.sums += sums_line(&"0".repeat(64), &file.name).len() as u64;
        self.laid.push(file);
    }
}

/// What a file of texts is made of.
pub fn made_of(what: What, rows: &[Row]) -> Vec<Part> {
    match what {
        What::Rsmf => rsmf(rows),
        _ => eml(rows),
    }
}

fn file(what: What) -> File {
    File {
        at: 0,
        name: String::new(),
        size: 0,
        at_ms: 0,
        what,
        first: String::new(),
        rows: 0,
        item: String::new(),
        sha256: None,
        crc: None,
    }
}
