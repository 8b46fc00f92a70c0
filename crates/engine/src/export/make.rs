//! Writes down what an Export holds: its items as they are now, then where
//! each file of the ZIP lies. Begun again, all of it is made anew: what was
//! archived since would shift what lies behind it.

use domain::connection::Backup;
use domain::export::{Counts, Export, Laid, MOST_ITEMS, Planner, Row, Stage};
use domain::ports::Store;
use domain::search::Query;
use domain::{Error, Kind, Result};

use super::content::{BOOKS, Lists};
use super::sink::Count;

/// Items that are read at once.
const PAGE: u32 = 500;

/// Makes an Export ready that was kept as being made. `watch` hears how many
/// items are written down.
///
/// # Errors
/// The store's, and `Kind::Config` where more is asked for than one Export
/// holds, or nothing.
pub async fn make(
    store: &dyn Store,
    backup: &Backup,
    query: &Query,
    export: Export,
    watch: &(dyn Fn(u64) + Sync),
) -> Result<Export> {
    let mut export = export;
    wanted(store, &export).await?;
    while !store
        .forget_export(&export.account, &export.id, PAGE)
        .await?
    {}
    store.keep_export(&export).await?;
    freeze(store, backup, query, &export, watch).await?;
    let mut planner = Planner::new(export.made_ms);
    export.counts = lay_rows(store, &export, &mut planner).await?;
    if export.counts.all() == 0 {
        let what = "nothing was found that could be handed over";
        return Err(Error::new(Kind::Config, what));
    }
    let laid = lay_lists(store, &export, &mut planner).await?;
    let made = Export {
        stage: Stage::Ready,
        files: laid.files,
        directory_at: laid.directory_at,
        size: laid.size,
        ..export
    };
    wanted(store, &made).await?;
    store.keep_export(&made).await?;
    Ok(made)
}

/// Whoever deleted it meanwhile does not get it back.
async fn wanted(store: &dyn Store, export: &Export) -> Result<()> {
    let kept = store.export(&export.account, &export.id).await?;
    if kept.is_some_and(|it| it.ends_ms == export.ends_ms) {
        return Ok(());
    }
    Err(Error::new(Kind::Gone, "the export was deleted"))
}

async fn freeze(
    store: &dyn Store,
    backup: &Backup,
    query: &Query,
    export: &Export,
    watch: &(dyn Fn(u64) + Sync),
) -> Result<()> {
    let account = &export.account;
    let (mut before, mut all) = (None, 0);
    loop {
        let found = store.find(account, backup, query, before, PAGE).await?;
        all += found.hits.len() as u64;
        if all > MOST_ITEMS {
            let what = format!("more than {MOST_ITEMS} items were found");
            let remedy = "Ask for them in parts, a year at a time for example.";
            return Err(Error::new(Kind::Config, what).remedy(remedy));
        }
        let rows = found.hits.into_iter().map(|hit| {
            let left_out = export.without.contains(&hit.item);
            Row::of(hit, left_out)
        });
        let rows: Vec<Row> = rows.collect();
        store.freeze(account, &export.id, &rows).await?;
        watch(all);
        before = found.older;
        if before.is_none() {
            return Ok(());
        }
    }
}

async fn lay_rows(store: &dyn Store, export: &Export, planner: &mut Planner) -> Result<Counts> {
    let (account, id) = (&export.account, &export.id);
    let mut counts = Counts::default();
    let mut after = String::new();
    loop {
        let rows = store.frozen(account, id, &after, true, PAGE).await?;
        let Some(last) = rows.last() else {
            return Ok(counts);
        };
        after = last.place();
        for row in rows {
            counts.add(&row);
            planner.row(row);
        }
        store.lay_out(account, id, &planner.take()).await?;
    }
}

/// The lists, each written once to see how long it is.
async fn lay_lists(store: &dyn Store, export: &Export, planner: &mut Planner) -> Result<Laid> {
    let (account, id) = (&export.account, &export.id);
    for (name, what) in BOOKS {
        let mut count = Count::default();
        let lists = Lists { store, export };
        let written = lists.write(what, &mut count).await;
        written.map_err(super::sink::Halt::told)?;
        planner.book(name, what, count.0);
    }
    let laid = planner.finish();
    store.lay_out(account, id, &planner.take()).await?;
    Ok(laid)
}
