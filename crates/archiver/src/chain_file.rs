//! An export of the audit log, checked by itself: neither database nor key is
//! needed, only the file, and a head that was kept elsewhere.

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

/// One company's part of the file.
#[derive(Default)]
struct Part {
    links: Vec<Link>,
    head: Option<Head>,
}

/// Follows each chain in the file.
pub(crate) fn check(
    file: &Path,
    heads: &[(AccountId, Head)],
) -> Result<Vec<(AccountId, Checked)>, Failure> {
    let opened = File::open(file).with_context(|| format!("{} cannot be read", file.display()))?;
    let mut parts: BTreeMap<AccountId, Part> = BTreeMap::new();
    for (account, _) in heads {
        parts.entry(account.clone()).or_default();
    }
    for text in BufReader::new(opened).lines() {
        let text = text.with_context(|| format!("{} cannot be read", file.display()))?;
        let read = serde_json::from_str(&text);
        match read.with_context(|| format!("a line of {} is no entry", file.display()))? {
            Line::Link(link) => {
                let part = parts.entry(link.account.clone()).or_default();
                part.links.push(*link);
            }
            Line::Head { head: it } => {
                let head = Head {
                    seq: it.seq,
                    hash: it.hash,
                };
                parts.entry(it.account).or_default().head = Some(head);
            }
        }
    }
    Ok(parts
        .into_iter()
        .map(|(book, part)| follow(book, &part, heads))
        .collect())
}

fn follow(book: AccountId, part: &Part, heads: &[(AccountId, Head)]) -> (AccountId, Checked) {
    let known = heads.iter().filter(|(it, _)| *it == book);
    let known: Vec<Head> = known.map(|(_, head)| head.clone()).collect();
    let mut good = Head {
        seq: 0,
        hash: String::new(),
    };
    let mut check = Check::copied(&book, &known);
    let mut broken: Option<Broken> = None;
    for link in &part.links {
        if let Err(why) = check.follow(link) {
            broken = Some(why);
            break;
        }
        good = link.head();
    }
    let broken = broken.or_else(|| check.end(part.head.as_ref()).err());
    (book, Checked { head: good, broken })
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

    fn checked(links: &[Link], end: &Head, heads: &[(AccountId, Head)]) -> Option<i64> {
        let mut file = tempfile::NamedTempFile::new().unwrap();
        for link in links {
            writeln!(file, "{}", web::json::link(link)).unwrap();
        }
        let (seq, hash) = (end.seq, &end.hash);
        writeln!(
            file,
            r#"{{"head":{{"account":"1","seq":{seq},"hash":"{hash}"}}}}"#
        )
        .unwrap();
        let all = check(file.path(), heads).unwrap();
        assert_eq!(all.len(), 1);
        all[0].1.broken.as_ref().map(|it| it.seq)
    }

    #[test]
    fn an_export_is_checked_without_database_and_key() {
        let links = chain(6);
        let end = links[5].head();
        let kept = [(AccountId::new("1"), links[3].head())];
        assert_eq!(checked(&links, &end, &kept), None);
        let mut changed = links.clone();
        changed[4].at_ms += 1;
        assert_eq!(checked(&changed, &end, &[]), Some(5));
        assert_eq!(checked(&links[..5], &end, &[]), Some(6));
        assert_eq!(checked(&links[..3], &links[2].head(), &kept), Some(4));
        assert_eq!(
            checked(
                &[],
                &Head {
                    seq: 0,
                    hash: String::new()
                },
                &kept
            ),
            Some(1)
        );
    }
}
