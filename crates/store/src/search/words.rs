//! The index of words, which is each database's own: FTS5 of SQLite, which
//! reads its lists from the newest backwards and stops when a page is full;
//! and a GIN index over a tsvector of PostgreSQL, which knows no order, and is
//! therefore asked for a stretch of time at a time, each four times longer
//! than the one before, or sixteen times where nothing was. Both are handed ready-made words: what a question may
//! hold is decided in `domain::search`, and nothing else reaches them.

use std::collections::BTreeMap;
use std::fmt::Write;

use domain::account::AccountId;
use domain::search::{Ask, Document, Place, Term};
use domain::window::DAY_MS;
use sqlx::{Any, AnyConnection, Transaction};

use super::find::Span;
use super::keep::SearchRow;
use crate::database::Engine;
use crate::fault::Fault;
use crate::list::list;

/// Where each row of a page stands, and whose it is.
const KEEP_SEARCH: &str = "insert into search (id, account_id, item_key, seconds, backups)
    select cast(r.key as bigint), $1, r.value ->> 'item_key',
        cast(r.value ->> 'seconds' as bigint), r.value ->> 'backups'
    from json_each($2) as r where true
    on conflict (account_id, item_key) do update set seconds = excluded.seconds,
        backups = excluded.backups";
const KEEP_WORDS: &str = "insert or replace into search_words (rowid, words)
    select cast(r.key as bigint), r.value ->> 'words' from json_each($1) as r where true";
const MATCH: &str = "select s.id from search_words w cross join search s on s.id = w.rowid
    where w.search_words match $1 and w.rowid >= $2 and w.rowid < $3
        and s.seconds >= $4 and s.seconds <= $5
    order by w.rowid desc limit $6";

/// How many are looked at before the Backup's mark is asked for as well.
const PROBED: i64 = 400;
/// The same where most of what is found is the Backup's: whose it is, is read
/// with the row. FTS5 would move along the list of all that is the Backup's
/// for each word that one of two texts has.
const PROBE: &str = "select s.id from (select rowid as id from search_words
        where search_words match $1 and rowid >= $2 and rowid < $3
        order by rowid desc limit 400) as w
    cross join search s on s.id = w.id
    where s.seconds >= $4 and s.seconds <= $5 and instr(s.backups, $7) > 0
    order by w.id desc limit $6";
const PROBES: &str = "select count(*) from (select rowid from search_words
    where search_words match $1 and rowid >= $2 and rowid < $3 limit 400)";

const KEEP_BOTH: &str = "insert into search (id, account_id, item_key, seconds, backups, words)
    select cast(r.key as bigint), $1, r.value ->> 'item_key',
        cast(r.value ->> 'seconds' as bigint), r.value ->> 'backups',
        cast(r.value ->> 'words' as tsvector)
    from json_each($2) as r where true
    on conflict (account_id, item_key) do update set seconds = excluded.seconds,
        backups = excluded.backups, words = excluded.words";
/// `id + 0`: the order is not to be had from the index of places, which would
/// be read to its end for a word that is rare.
const STRETCH: &str = "select id from search
    where words @@ cast(cast($1 as text) as tsquery) and id + 0 >= $2 and id + 0 < $3
        and seconds >= $4 and seconds <= $5
    order by id + 0 desc limit $6";

/// The SQL that only one of the two understands.
pub(crate) fn of_one(postgres: bool) -> &'static [(&'static str, &'static str)] {
    if postgres {
        &[("KEEP_BOTH", KEEP_BOTH), ("STRETCH", STRETCH)]
    } else {
        &[
            ("KEEP_SEARCH", KEEP_SEARCH),
            ("KEEP_WORDS", KEEP_WORDS),
            ("MATCH", MATCH),
            ("PROBE", PROBE),
            ("PROBES", PROBES),
        ]
    }
}

/// How much longer each stretch is than the one before: a power of two.
const STEP: u32 = 2;
/// Stretches of days before all that is left is asked for.
const STEPS: u32 = 6;

/// A document as its index takes it.
pub(super) fn text(engine: Engine, document: &Document, backups: &str, place: Place) -> String {
    let mut text = String::new();
    match engine {
        // A colon alone keeps phrases from reaching from one text into the next.
        Engine::Sqlite => {
            for words in &document.texts {
                text.push_str(&words.join(" "));
                text.push_str(" : ");
            }
            text.push_str(&document.marks.join(" "));
            text.push(' ');
            text.push_str(backups);
        }
        Engine::Postgres => {
            let mut at = 1;
            for words in &document.texts {
                for word in words {
                    let _ = write!(text, "'{word}':{at} ");
                    at += 1;
                }
                at += 1;
            }
            let days = (0..STEPS).map(|step| stretch(step, day(place) >> (STEP * step)));
            let marks = document.marks.iter().map(String::as_str);
            let marks = marks.chain(backups.split(' ')).map(str::to_owned);
            for mark in marks.chain(days) {
                let _ = write!(text, "'{mark}' ");
            }
        }
    }
    text
}

/// Writes rows, by their places.
pub(super) async fn write(
    engine: Engine,
    tx: &mut Transaction<'_, Any>,
    account: &AccountId,
    rows: &BTreeMap<String, SearchRow>,
) -> Result<(), Fault> {
    let rows = list(rows)?;
    let keep = match engine {
        Engine::Sqlite => KEEP_SEARCH,
        Engine::Postgres => KEEP_BOTH,
    };
    sqlx::query(keep)
        .bind(account.as_str())
        .bind(rows.as_str())
        .execute(&mut **tx)
        .await?;
    if engine == Engine::Sqlite {
        sqlx::query(KEEP_WORDS)
            .bind(rows)
            .execute(&mut **tx)
            .await?;
    }
    Ok(())
}

/// The newest places of a span that answer.
pub(super) async fn places(
    engine: Engine,
    reader: &mut AnyConnection,
    ask: &Ask,
    span: &Span,
) -> Result<Vec<Place>, Fault> {
    if span.from >= span.before {
        return Ok(Vec::new());
    }
    match engine {
        Engine::Sqlite => newest(reader, ask, span).await,
        Engine::Postgres => stretches(reader, ask, span).await,
    }
}

/// From the newest backwards.
async fn newest(reader: &mut AnyConnection, ask: &Ask, span: &Span) -> Result<Vec<Place>, Fault> {
    if let Some(([mark], rest)) = ask
        .all
        .split_last()
        .map(|(mark, rest)| (mark.as_slice(), rest))
        && let Term::Word(mark) = mark
        && span.is_whole
        && !rest.is_empty()
    {
        let rest = fts5(rest);
        let found: Vec<i64> = span
            .ask(PROBE, &rest, span.from)
            .bind(mark)
            .fetch_all(&mut *reader)
            .await?;
        let enough = i64::try_from(found.len()).is_ok_and(|it| it >= span.limit);
        if enough || probed(reader, &rest, span).await? < PROBED {
            return Ok(found.into_iter().map(Place).collect());
        }
    }
    some(reader, MATCH, &fts5(&ask.all), span.from, span).await
}

/// How many there are, if they are not too many to be looked at.
async fn probed(reader: &mut AnyConnection, ask: &str, span: &Span) -> Result<i64, Fault> {
    let count = sqlx::query_scalar(PROBES)
        .bind(ask)
        .bind(span.from.0)
        .bind(span.before.0);
    Ok(count.fetch_one(reader).await?)
}

/// The last day first, then ever longer stretches, until there are enough. So
/// much of what is found is read as a page needs, and four times that.
async fn stretches(
    reader: &mut AnyConnection,
    ask: &Ask,
    span: &Span,
) -> Result<Vec<Place>, Fault> {
    let ask = tsquery(&ask.all);
    let last = day(Place(span.before.0 - 1));
    let mut step = 0;
    while step < STEPS {
        let bits = STEP * step;
        let here = last >> bits;
        let from = Place::from(((here - 1) << bits).saturating_mul(DAY_MS)).max(span.from);
        let of = format!(
            "{ask} & ('{}' | '{}')",
            stretch(step, here),
            stretch(step, here - 1)
        );
        let found = some(reader, STRETCH, &of, from, span).await?;
        let enough = i64::try_from(found.len()).is_ok_and(|it| it >= span.limit);
        if enough || from == span.from {
            return Ok(found);
        }
        step += if found.is_empty() { 2 } else { 1 };
    }
    some(reader, STRETCH, &ask, span.from, span).await
}

async fn some(
    reader: &mut AnyConnection,
    sql: &'static str,
    ask: &str,
    from: Place,
    span: &Span,
) -> Result<Vec<Place>, Fault> {
    let found: Vec<i64> = span.ask(sql, ask, from).fetch_all(reader).await?;
    Ok(found.into_iter().map(Place).collect())
}

fn day(place: Place) -> i64 {
    place.at_ms() / DAY_MS
}

fn stretch(step: u32, number: i64) -> String {
    format!("{step}:{number}")
}

/// The question in FTS5's language: every word in quotes.
fn fts5(all: &[Vec<Term>]) -> String {
    groups(all, " AND ", " OR ", |term| match term {
        Term::Word(word) => format!("\"{word}\""),
        Term::Beginning(word) => format!("\"{word}\" *"),
        Term::Phrase(words, open) => {
            let open = if *open { " *" } else { "" };
            format!("\"{}\"{open}", words.join(" "))
        }
    })
}

/// The question in the language of a tsquery.
fn tsquery(all: &[Vec<Term>]) -> String {
    groups(all, " & ", " | ", |term| match term {
        Term::Word(word) => format!("'{word}'"),
        Term::Beginning(word) => format!("'{word}':*"),
        Term::Phrase(words, open) => {
            let words: Vec<String> = words.iter().map(|it| format!("'{it}'")).collect();
            let open = if *open { ":*" } else { "" };
            format!("({}{open})", words.join(" <-> "))
        }
    })
}

fn groups(all: &[Vec<Term>], and: &str, or: &str, term: impl Fn(&Term) -> String) -> String {
    let groups = all.iter().map(|group| {
        let terms: Vec<String> = group.iter().map(&term).collect();
        format!("({})", terms.join(or))
    });
    groups.collect::<Vec<String>>().join(and)
}
