//! `archiver search`: finds what is archived, by the words of the ARCHIVE page.

use std::cmp::Reverse;
use std::collections::BTreeMap;
use std::process::ExitCode;

use domain::account::AccountId;
use domain::item::{Direction, Party};
use domain::ports::Store;
use domain::search::{Hit, Query};
use indicatif::HumanBytes;
use jiff::tz::TimeZone;
use serde_json::json;

use crate::config::Config;
use crate::failure::Failure;
use crate::status::moment;
use crate::terminal::{plain, print};
use crate::{assemble, deed, span, table};

/// Items that are shown unless somebody asks for more.
const USUAL: u32 = 50;
/// Items that are shown at most.
const MOST: u32 = 10_000;
/// So much of a text is shown, characters.
const GLIMPSE: usize = 60;

const COLUMNS: [&str; 9] = [
    "When",
    "Type",
    "Direction",
    "From",
    "To",
    "Length",
    "Size",
    "State",
    "What, and where it lies",
];

/// What is looked for: the words of the ARCHIVE page.
#[derive(clap::Args)]
pub(crate) struct Asked {
    /// Words of a text, names or numbers; all must be there. In quotes of
    /// their own they stand side by side; `begin*` is a beginning.
    words: Vec<String>,
    /// Whose archive it lies in, or who was at the other end: a name or an
    /// extension number.
    #[arg(long)]
    person: Option<String>,
    /// A telephone number, its end, or its beginning with +.
    #[arg(long)]
    number: Option<String>,
    /// Items of this time or later.
    #[arg(long, value_name = "T")]
    from: Option<String>,
    /// Items before this time.
    #[arg(long, value_name = "T")]
    to: Option<String>,
    /// recordings, voicemail, sms or fax; several with commas.
    #[arg(long = "type", value_name = "TYPES", value_delimiter = ',')]
    types: Vec<String>,
    /// in or out.
    #[arg(long)]
    direction: Option<String>,
    /// Audio at least as long: 90 (seconds), 1:30, 2m or 1h.
    #[arg(long, value_name = "LENGTH")]
    min: Option<String>,
    /// Audio at most as long.
    #[arg(long, value_name = "LENGTH")]
    max: Option<String>,
}

/// The options.
#[derive(clap::Args)]
pub(crate) struct Args {
    #[command(flatten)]
    asked: Asked,
    /// Show so many items of each company, the newest.
    #[arg(long, value_name = "N", default_value_t = USUAL,
        value_parser = clap::value_parser!(u32).range(1..=i64::from(MOST)))]
    limit: u32,
    /// Print JSON.
    #[arg(long)]
    json: bool,
}

impl Asked {
    /// As the archive is asked.
    pub(crate) fn query(&self, zone: &TimeZone) -> Result<Query, Failure> {
        let words = self.words.join(" ");
        let mut pairs = vec![("q", words.as_str())];
        let options = [
            ("person", &self.person),
            ("number", &self.number),
            ("direction", &self.direction),
            ("min", &self.min),
            ("max", &self.max),
        ];
        let given = options.into_iter();
        pairs.extend(given.filter_map(|(name, it)| Some((name, it.as_deref()?))));
        pairs.extend(self.types.iter().map(|it| ("type", it.as_str())));
        let query = Query::of_pairs(pairs.into_iter());
        let query = query.map_err(|wrong| Failure::usage(format!("--{wrong}.")))?;
        let now = assemble::clock().now();
        let (from, to) = (self.from.as_deref(), self.to.as_deref());
        let window = span::whole(from, to, zone, now)?;
        Ok(Query {
            from_ms: from.map(|_| window.start_ms()),
            to_ms: to.map(|_| window.end_ms()),
            ..query
        })
    }
}

/// Runs the command.
pub(crate) async fn run(args: Args, config: Config) -> Result<ExitCode, Failure> {
    let zone = &config.time_zone;
    let query = args.asked.query(zone)?;
    let store = assemble::existing_store(&config).await?;
    let fields: Vec<&str> = query.pairs().into_iter().map(|(name, _)| name).collect();
    let (mut found, mut rows) = (Vec::new(), Vec::new());
    for account in store.accounts().await? {
        let about = fields.join(",");
        deed::tell(store.as_ref(), &account.id, "archive.search", about).await?;
        for hit in hits(store.as_ref(), &account.id, &query, args.limit).await? {
            rows.push(cells(&hit, zone));
            let mut hit = web::json::hit(&hit);
            hit["account"] = json!(account.id);
            found.push(hit);
        }
    }
    if args.json {
        print(&format!("{:#}", json!({ "hits": found })))?;
    } else if rows.is_empty() {
        print("Nothing was found.")?;
    } else {
        print(&table::draw(&COLUMNS, &rows))?;
    }
    Ok(ExitCode::SUCCESS)
}

/// The newest of a company, each once at each place where it lies, whoever's
/// Backup archived it.
async fn hits(
    store: &dyn Store,
    account: &AccountId,
    query: &Query,
    limit: u32,
) -> domain::Result<Vec<Hit>> {
    let mut all = BTreeMap::new();
    for backup in store.backups(account).await? {
        let found = store.find(account, &backup, query, None, limit).await?;
        for hit in found.hits {
            let destination = backup.destination.clone();
            all.insert((Reverse(hit.at_ms), hit.item.clone(), destination), hit);
        }
    }
    Ok(all.into_values().take(limit as usize).collect())
}

fn cells(hit: &Hit, zone: &TimeZone) -> Vec<String> {
    let facts = &hit.facts;
    let to: Vec<String> = facts.to.iter().map(who).collect();
    let text = facts.text.as_deref().or(facts.file_name.as_deref());
    let glimpse: String = text.unwrap_or_default().chars().take(GLIMPSE).collect();
    let what = [
        glimpse.as_str(),
        &hit.cause,
        hit.path.as_deref().unwrap_or_default(),
    ];
    let what: Vec<&str> = what.into_iter().filter(|it| !it.is_empty()).collect();
    let cells = [
        moment(hit.at_ms, zone),
        hit.data_type.word().to_owned(),
        match facts.direction {
            Direction::In => "in",
            Direction::Out => "out",
            Direction::Unknown => "",
        }
        .to_owned(),
        who(&facts.from),
        to.join(", "),
        facts
            .seconds
            .map(|it| format!("{}:{:02}", it / 60, it % 60))
            .unwrap_or_default(),
        hit.size
            .map(|it| HumanBytes(it).to_string())
            .unwrap_or_default(),
        hit.state.word().to_owned(),
        what.join("; "),
    ];
    cells.map(|it| plain(&it)).into()
}

fn who(party: &Party) -> String {
    let all = [&party.name, &party.number, &party.extension_number];
    let known: Vec<&str> = all.into_iter().flatten().map(String::as_str).collect();
    known.join(" ")
}
