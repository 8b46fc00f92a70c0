//! The digest as people and programs are told it, and `archiver digest`. Company
//! ids stand in it; names, numbers and texts do not.

use std::collections::BTreeMap;
use std::fmt::Write;
use std::process::ExitCode;

use clap::ValueEnum;
use domain::alarm::Standing;
use domain::digest::{Company, Digest, Every};
use domain::ledger::Count;
use domain::window::{DAY_MS, instant};
use indicatif::{HumanBytes, HumanCount};
use serde_json::{Value, json};
use web::alarm_texts::{name, remedy};

use crate::assemble;
use crate::config::Config;
use crate::failure::Failure;
use crate::letter::Letter;
use crate::report;
use crate::terminal::print;

/// Companies that a mail tells of one by one.
const MOST: usize = 50;

/// Of which time.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Period {
    /// Of yesterday, UTC.
    Daily,
    /// Of the last whole week, UTC.
    Weekly,
}

/// The options.
#[derive(clap::Args)]
pub(crate) struct Args {
    /// Of which time.
    #[arg(value_enum, default_value = "daily")]
    period: Period,
    /// Print JSON.
    #[arg(long)]
    json: bool,
}

/// Runs the command.
pub(crate) async fn run(args: Args, config: Config) -> Result<ExitCode, Failure> {
    let every = match args.period {
        Period::Daily => Every::Day,
        Period::Weekly => Every::Week,
    };
    let store = assemble::existing_store(&config).await?;
    let now_ms = assemble::clock().now().as_millisecond();
    let period = every
        .period(now_ms)
        .ok_or_else(|| Failure::usage("the clock of this machine stands at 1970"))?;
    let digest = engine::watchman::digest(store.as_ref(), every, period, &BTreeMap::new()).await?;
    let product = config.pages.product.clone();
    let product = product.unwrap_or_else(|| web::Options::default().product);
    if args.json {
        print(&format!("{:#}", json(&product, &digest)))?;
    } else {
        let Letter { subject, body } = letter(&product, &digest);
        print(&format!("{subject}\n\n{body}"))?;
    }
    Ok(ExitCode::SUCCESS)
}

/// As a mail.
pub(crate) fn letter(product: &str, digest: &Digest) -> Letter {
    let sum = digest.sum();
    let how = if digest.is_well() {
        format!("all is safe, {} items", HumanCount(sum.archived))
    } else {
        let unwell = digest.companies.iter().filter(|it| !it.is_well()).count();
        match (digest.companies.len(), unwell) {
            (_, 0) => "look at the server".to_owned(),
            (1, _) => "something is not safe".to_owned(),
            (all, some) => format!("something is not safe at {some} of {all} companies"),
        }
    };
    let when = when(digest);
    let mut body = format!("{when} (UTC)\n\n");
    alarms(&mut body, &digest.alarms);
    for company in digest.companies.iter().take(MOST) {
        paragraph(&mut body, company);
    }
    let rest = digest.companies.get(MOST..).unwrap_or_default();
    if !rest.is_empty() {
        let unwell = rest.iter().filter(|it| !it.is_well()).count();
        let _ = writeln!(
            body,
            "{} more companies; something is not safe at {unwell} of them.\n",
            rest.len()
        );
    }
    body.push_str(
        "Every item by itself: the page LOG, or archiver log. What an administrator should do: \
         the page GENERAL.\n",
    );
    Letter {
        subject: format!("{product} Archiver, {when}: {how}"),
        body,
    }
}

/// `2026-06-12`, or `2026-06-08 to 2026-06-14`.
fn when(digest: &Digest) -> String {
    let day = |ms: i64| instant(ms).strftime("%Y-%m-%d").to_string();
    let (first, last) = (digest.period.start_ms(), digest.period.end_ms() - DAY_MS);
    match digest.every {
        Every::Day => day(first),
        Every::Week => format!("{} to {}", day(first), day(last)),
    }
}

fn paragraph(out: &mut String, company: &Company) {
    let _ = writeln!(out, "Company {}", company.account);
    if company.period.is_empty() {
        out.push_str("RingCentral listed nothing of this time.\n");
    } else {
        report::table(out, &company.period, company.sum());
    }
    let total = company.total;
    let _ = write!(
        out,
        "In all: {} files, {}",
        HumanCount(total.files),
        HumanBytes(total.bytes)
    );
    if let Some(grown) = company.grown {
        let _ = write!(out, "; {} more than in the last digest", HumanBytes(grown));
    }
    out.push_str(".\n");
    if total.pending > 0 {
        let _ = write!(out, "Not yet safe: {} items.", HumanCount(total.pending));
        if let Some(deadline) = &company.deadline {
            let day = instant(deadline.at_ms).strftime("%Y-%m-%d");
            let of = deadline.data_type.label();
            let _ = write!(out, " RingCentral deletes the first ({of}) on {day}.");
        }
        out.push('\n');
    }
    let missing = company.sum().missing;
    if missing > 0 {
        let _ = writeln!(
            out,
            "{} items cannot be had any more; LOG says of each why.",
            HumanCount(missing)
        );
    }
    alarms(out, &company.alarms);
    out.push('\n');
}

fn alarms(out: &mut String, standing: &[Standing]) {
    for it in standing {
        let since = instant(it.since_ms).strftime("%Y-%m-%d %H:%M UTC");
        let kind = it.alarm.key.kind;
        let _ = writeln!(out, "ALARM since {since}: {}", name(kind));
        let _ = writeln!(out, "  What happened: {}", it.alarm.what);
        let _ = writeln!(out, "  What to do:    {}", remedy(kind));
    }
}

/// For programs.
pub(crate) fn json(product: &str, digest: &Digest) -> Value {
    let alarms = |all: &[Standing]| all.iter().map(web::json::alarm).collect::<Vec<_>>();
    let count = |it: &Count| {
        json!({
            "listed": it.listed(), "archived": it.archived, "pending": it.pending,
            "missing": it.missing, "excluded": it.excluded, "files": it.files, "bytes": it.bytes,
        })
    };
    let companies = digest.companies.iter().map(|it| {
        let types = it.period.iter().map(|(of, sum)| (of.word(), count(sum)));
        json!({
            "account": it.account, "well": it.is_well(),
            "period": types.collect::<BTreeMap<_, _>>(),
            "total": count(&it.total), "grown_bytes": it.grown,
            "deadline": it.deadline.map(|it| instant(it.at_ms).to_string()),
            "alarms": alarms(&it.alarms),
        })
    });
    json!({
        "product": format!("{product} Archiver"), "test": false,
        "alarms": alarms(&digest.alarms),
        "digest": {
            "every": digest.every.word(), "well": digest.is_well(),
            "from": digest.period.start().to_string(), "to": digest.period.end().to_string(),
            "companies": companies.collect::<Vec<_>>(),
        },
    })
}

#[cfg(test)]
mod tests {
    use domain::account::AccountId;
    use domain::alarm::{Alarm, AlarmKey, AlarmKind};
    use domain::data_type::DataType;
    use domain::retention::Retention;
    use domain::window::HOUR_MS;

    use super::*;

    /// 2026-06-01T00:00:00Z, a Monday.
    const T0: i64 = 1_780_272_000_000;

    fn company(id: &str, pending: u64) -> Company {
        let count = Count {
            archived: 1_200,
            pending,
            files: 1_200,
            bytes: 5 << 30,
            ..Count::default()
        };
        Company {
            account: AccountId::new(id),
            period: BTreeMap::from([(DataType::Fax, count)]),
            total: count,
            grown: Some(1 << 30),
            deadline: Retention::default()
                .deadline(&BTreeMap::from([(DataType::Fax, T0)]))
                .filter(|_| pending > 0),
            alarms: Vec::new(),
        }
    }

    fn digest(every: Every, companies: Vec<Company>) -> Digest {
        Digest {
            every,
            period: every.period(T0 + DAY_MS + 6 * HOUR_MS).unwrap(),
            companies,
            alarms: Vec::new(),
        }
    }

    #[test]
    fn a_subject_tells_whether_somebody_must_look() {
        let mut ill = digest(Every::Day, vec![company("1", 0)]);
        ill.alarms.push(Standing {
            alarm: Alarm {
                key: AlarmKey {
                    account: None,
                    kind: AlarmKind::Stalled,
                    about: String::new(),
                },
                what: "So it is.".to_owned(),
            },
            since_ms: T0,
        });
        for (digest, subject) in [
            (
                digest(Every::Day, vec![company("1", 0)]),
                "A Archiver, 2026-06-01: all is safe, 1,200 items",
            ),
            (
                digest(Every::Week, vec![company("1", 2)]),
                "A Archiver, 2026-05-25 to 2026-05-31: something is not safe",
            ),
            (
                digest(Every::Day, vec![company("1", 2), company("2", 0)]),
                "A Archiver, 2026-06-01: something is not safe at 1 of 2 companies",
            ),
            (ill, "A Archiver, 2026-06-01: look at the server"),
        ] {
            assert_eq!(letter("A", &digest).subject, subject);
        }
    }

    #[test]
    fn a_mail_tells_what_is_not_safe_until_when_and_how_much_there_is() {
        let body = letter("A", &digest(Every::Day, vec![company("42", 3)])).body;
        for said in [
            "Company 42",
            "1,200 files, 5.00 GiB; 1.00 GiB more than in the last digest.",
            "Not yet safe: 3 items. RingCentral deletes the first (Fax) on 2026-07-01.",
        ] {
            assert!(body.contains(said), "{said}: {body}");
        }
        let many = (0..60).map(|n| company(&n.to_string(), 0)).collect();
        let body = letter("A", &digest(Every::Day, many)).body;
        assert!(
            body.contains("10 more companies; something is not safe at 0"),
            "{body}"
        );
        let json = json("A", &digest(Every::Week, vec![company("42", 3)]));
        assert_eq!(
            json["digest"]["companies"][0]["period"]["fax"]["listed"],
            1_203
        );
        assert_eq!(json["digest"]["well"], false);
    }
}
