//! An export of the audit log, checked by itself: neither database nor key is
//! needed, only the file, and a head that was kept elsewhere. Line by line, so
//! that a file of any length can be checked.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{BufRead, BufReader};
use std::path::Path;

use anyhow::Context;
use domain::account::AccountId;
use domain::audit::{Broken, Check, Head, Link};
use domain::ports::Checked;
use serde::Deserialize;

use crate::failure::Failure;

#[derive(Deserialize)]
#[serde(untagged)]
enum Line {
    Link(Box<Link>),
    Head { head: Ended },
}

#[derive(Deserialize)]
struct Ended {
    account: AccountId,
    seq: i64,
    hash: String,
}

/// One company's part of the file, as far as it was read.
struct Part {
    check: Check,
    /// Whole up to here.
    good: Head,
    broken: Option<Broken>,
    /// Where the file says that the chain ends.
    head: Option<Head>,
}

/// Follows each chain in the file.
pub(crate) fn check(
    file: &Path,
    heads: &[(AccountId, Head)],
) -> Result<Vec<(AccountId, Checked)>, Failure> {
    let opened = File::open(file).with_context(|| format!("{} cannot be read", file.display()))?;
    let part = |book: &AccountId| {
        let known = heads.iter().filter(|(it, _)| it == book);
        let known: Vec<Head> = known.map(|(_, head)| head.clone()).collect();
        Part::new(book, &known)
    };
    let mut parts: BTreeMap<AccountId, Part> = BTreeMap::new();
    for text in BufReader::new(opened).lines() {
        let text = text.with_context(|| format!("{} cannot be read", file.display()))?;
        let read = serde_json::from_str(&text);
        match read.with_context(|| format!("a line of {} is no entry", file.display()))? {
            Line::Link(link) => {
                let book = link.account.clone();
                let part = parts.entry(book).or_insert_with_key(part);
                part.follow(&link);
            }
            Line::Head { head: it } => {
                let part = parts.entry(it.account).or_insert_with_key(part);
                part.head = Some(Head {
                    seq: it.seq,
                    hash: it.hash,
                });
            }
        }
    }
    if parts.is_empty() {
        return Err(Failure::usage(format!(
            "{} is no export of an audit log: there is no entry in it, and no end of one.",
            file.display()
        )));
    }
    // One that was taken away whole is missed by its head alone.
    for (book, _) in heads {
        parts.entry(book.clone()).or_insert_with_key(part);
    }
    let parts = parts.into_iter();
    Ok(parts.map(|(book, it)| (book, it.checked())).collect())
}

impl Part {
    fn new(book: &AccountId, known: &[Head]) -> Part {
        Part {
            check: Check::copied(book, known),
            good: Head {
                seq: 0,
                hash: String::new(),
            },
            broken: None,
            head: None,
        }
    }

    fn follow(&mut self, link: &Link) {
        if self.broken.is_none() {
            match self.check.follow(link) {
                Ok(()) => self.good = link.head(),
                Err(why) => self.broken = Some(why),
            }
        }
    }

    fn checked(self) -> Checked {
        let Part { good, head, .. } = self;
        let cut = Broken {
            seq: good.seq + 1,
            why: "the line that says where the chain ends is not in the export: its end was cut off",
        };
        let broken = self.broken.or(match &head {
            None => Some(cut),
            Some(head) => self.check.end(Some(head)).err(),
        });
        Checked { head: good, broken }
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use domain::audit::{Actor, Deed, Ending, Stamp};

    use super::*;

    fn chain(length: i64) -> Vec<Link> {
        let account = AccountId::new("1");
        let stamp = Stamp::of(&[1; 32], &account);
        let mut head = stamp.beginning();
        (0..length)
            .map(|n| {
                let deed = Deed {
                    at_ms: n,
                    actor: Actor::System,
                    action: "log.view",
                    target: String::new(),
                    result: Ending::Done,
                };
                let link = Link::next(&account, &head, &deed, &stamp);
                head = link.head();
                link
            })
            .collect()
    }

    fn checked(links: &[Link], end: Option<&Head>, heads: &[(AccountId, Head)]) -> Option<i64> {
        let mut file = tempfile::NamedTempFile::new().unwrap();
        for link in links {
            writeln!(file, "{}", web::json::link(link)).unwrap();
        }
        if let Some(Head { seq, hash }) = end {
            let head = format!(r#"{{"head":{{"account":"1","seq":{seq},"hash":"{hash}"}}}}"#);
            writeln!(file, "{head}").unwrap();
        }
        let all = check(file.path(), heads).unwrap();
        assert_eq!(all.len(), 1);
        all[0].1.broken.as_ref().map(|it| it.seq)
    }

    #[test]
    fn an_export_is_checked_without_database_and_key() {
        let links = chain(6);
        let end = links[5].head();
        let kept = [(AccountId::new("1"), links[3].head())];
        assert_eq!(checked(&links, Some(&end), &kept), None);
        let mut changed = links.clone();
        changed[4].at_ms += 1;
        assert_eq!(checked(&changed, Some(&end), &[]), Some(5));
        assert_eq!(checked(&links[..5], Some(&end), &[]), Some(6));
        assert_eq!(checked(&links[..3], Some(&links[2].head()), &kept), Some(4));
        let none = Head {
            seq: 0,
            hash: String::new(),
        };
        assert_eq!(checked(&[], Some(&none), &kept), Some(1));
        assert_eq!(checked(&[], Some(&none), &[]), None);
    }

    #[test]
    fn an_export_that_was_cut_is_not_whole() {
        let links = chain(6);
        let end = links[5].head();
        let kept = [(AccountId::new("1"), links[1].head())];
        assert_eq!(checked(&links[2..], Some(&end), &[]), Some(1));
        assert_eq!(checked(&links[2..], Some(&end), &kept), Some(1));
        assert_eq!(checked(&links[..3], None, &[]), Some(4));
        assert_eq!(checked(&links, None, &kept), Some(7));
        let empty = tempfile::NamedTempFile::new().unwrap();
        assert!(check(empty.path(), &kept).is_err());
    }
}
