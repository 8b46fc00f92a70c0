//! The database is gone: an older copy is restored, or there is none. The
//! destination keeps what was archived since; the next run finds it there.

use std::fs;
use std::path::Path;

use anyhow::{Context, Result};

use crate::evidence::Names;
use crate::figure::{Figure, Told};
use crate::oracle;
use crate::scenario::aging;
use crate::terminal::{Terminal, well};
use crate::world::World;

/// What becomes of the database.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Loss {
    /// `archiver database restore` of a copy that is six hours old.
    Older,
    /// Nothing is left of it, the master key neither.
    Whole,
}

/// Both losses.
pub(crate) fn both(binary: &Path, seed: u64, to_folder: bool) -> Result<Told> {
    let older = run(binary, seed, Loss::Older, to_folder)?;
    let whole = run(binary, seed, Loss::Whole, to_folder)?;
    Ok(Told {
        line: format!("{}\n{}", older.line, whole.line),
        good: older.good && whole.good,
    })
}

fn run(binary: &Path, seed: u64, loss: Loss, to_folder: bool) -> Result<Told> {
    let name = match (loss, to_folder) {
        (Loss::Older, false) => "database of six hours ago, Dropbox",
        (Loss::Older, true) => "database of six hours ago, folder",
        (Loss::Whole, false) => "database lost wholly, Dropbox",
        (Loss::Whole, true) => "database lost wholly, folder",
    };
    let figure = Figure::begin(name, seed);
    let mut world = World::start(binary, seed, &aging())?;
    let home = world.folder().join("site");
    let site = Terminal::new(binary, &world, home, to_folder)?;
    // As it was six hours ago; what came since is archived, and not in it.
    let (begin, six_hours_ago) = (world.days_ago(4)?, world.hours_ago(6)?);
    let then = site.range(&begin, &six_hours_ago);
    then.backup_well().context("the first run")?;
    let copy = world.folder().join("copy.db");
    let words = [
        "database",
        "backup",
        "--to",
        copy.to_str().context("a path")?,
    ];
    well(&site.run(&[], &words, &[])?).context("database backup")?;
    let before = site.memory()?.archived()?;
    site.backup_well().context("the second run")?;
    let after = site.memory()?.archived()?;
    let key = fs::read(site.data().join("master.key"))?;
    fs::remove_dir_all(site.data())?;
    if loss == Loss::Older {
        fs::create_dir(site.data())?;
        private(&site.data(), 0o700)?;
        let file = site.data().join("master.key");
        fs::write(&file, key)?;
        private(&file, 0o600)?;
        let words = [
            "database",
            "restore",
            "--from",
            copy.to_str().context("a path")?,
        ];
        well(&site.run(&[], &words, &[])?).context("database restore")?;
        anyhow::ensure!(site.memory()?.archived()? == before, "the copy is another");
    }
    let look = || {
        if to_folder {
            site.files()
        } else {
            world.read_files()
        }
    };
    let before_it = look()?;
    let (until_ms, _) = world.times()?;
    site.backup_well().context("the run afterwards")?;
    let files = look()?;
    let memory = site.memory()?;
    let mut verdict = oracle::judge_files(&world, &memory, &files, until_ms, Names::Later)?;
    if to_folder {
        verdict.misdeeds.add(oracle::changed(&before_it, &files));
    }
    let broken = i64::from(!memory.is_whole()?);
    let what = format!("{before} items in the copy, {after} when it was lost");
    let told = figure.told(&what, &verdict, &[("broken databases", broken)]);
    if !told.good {
        eprintln!("kept: {}", world.keep().display());
    }
    Ok(told)
}

fn private(path: &Path, mode: u32) -> Result<()> {
    use std::os::unix::fs::PermissionsExt;
    fs::set_permissions(path, fs::Permissions::from_mode(mode)).context("permissions")
}
