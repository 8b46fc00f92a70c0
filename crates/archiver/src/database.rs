//! `archiver database`: a copy of the database, its way back, the move to
//! PostgreSQL, and another master key.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::Context;
use clap::Subcommand;
use indicatif::HumanCount;
use store::{Database, DatabaseUrl};

use crate::config::Config;
use crate::failure::Failure;
use crate::terminal::{Counter, print};
use crate::{assemble, deed};

/// What to do with the database.
#[derive(Subcommand)]
pub(crate) enum Command {
    /// Writes the whole database, as it is at this moment, into one file. The
    /// server may run. Keep the master key too, somewhere else: the grants in the
    /// file open with nothing else.
    Backup {
        /// The new file; one that exists is never replaced.
        #[arg(long, value_name = "FILE")]
        to: PathBuf,
    },
    /// Fills an empty database, SQLite or PostgreSQL, from such a file. Files that
    /// were archived since are found in the destination and not stored twice;
    /// RingCentral has to be connected again, for its grants work only once.
    Restore {
        /// The file that `archiver database backup` wrote.
        #[arg(long, value_name = "FILE")]
        from: PathBuf,
    },
    /// Copies the SQLite file of the data directory into the empty PostgreSQL
    /// database that `ARCHIVER_DATABASE_URL` names. Stop every archiver process
    /// first. The SQLite file stays as it is.
    MigrateToPostgres,
    /// Makes a new master key and seals all grants with it. Stop every archiver
    /// process first; give every machine the new key file before it starts again.
    RotateKey,
}

/// Runs the command.
pub(crate) async fn run(command: Command, config: Config) -> Result<ExitCode, Failure> {
    match command {
        Command::Backup { to } => backup(&config, &to).await?,
        Command::Restore { from } => restore(&config, &from).await?,
        Command::MigrateToPostgres => migrate(&config).await?,
        Command::RotateKey => rotate(&config).await?,
    }
    Ok(ExitCode::SUCCESS)
}

async fn backup(config: &Config, to: &Path) -> Result<(), Failure> {
    if to.exists() {
        return Err(exists(to));
    }
    must_be_there(config)?;
    let from = assemble::database(config, assemble::database_url(config)?).await?;
    // It grows in a folder of its own, so a file under that name is whole.
    let growing = Scratch::make(&beside(to))?;
    let copy = DatabaseUrl::Sqlite(growing.file());
    let copy = assemble::database(config, copy).await?;
    let rows = copied(&from, &copy).await?;
    copy.close().await;
    match give_name(&growing.file(), to) {
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => return Err(exists(to)),
        named => {
            named.with_context(|| format!("the copy cannot be given the name {}", to.display()))?;
        }
    }
    deed::tell_server(&from, "database.backup", String::new()).await?;
    from.close().await;
    print(&format!(
        "{} holds the whole database ({} rows). Its grants open only with the master key in {}: keep\n\
         a copy of that, too, in another place.",
        to.display(),
        HumanCount(rows),
        config.master_key_file.display()
    ))
}

fn exists(to: &Path) -> Failure {
    Failure::usage(format!(
        "{} exists already, and a copy is never written over anything. Name a new file.",
        to.display()
    ))
}

/// Gives a file a name that nothing may have, in the same folder or one of the
/// same disk. A rename alone would replace what came there meanwhile.
fn give_name(file: &Path, name: &Path) -> io::Result<()> {
    match fs::hard_link(file, name) {
        Err(error) if error.kind() != io::ErrorKind::AlreadyExists => {
            // A file system without links: the name is taken first.
            fs::File::create_new(name)?;
            fs::rename(file, name)
        }
        // The other name goes with the folder that the file grew in.
        linked => linked,
    }
}

async fn restore(config: &Config, from: &Path) -> Result<(), Failure> {
    if !from.is_file() {
        return Err(Failure::usage(format!(
            "There is no file {}.",
            from.display()
        )));
    }
    if !config.master_key_file.exists() {
        return Err(Failure::usage(format!(
            "The master key of the copied database is not at {}. Put it there first \
             (ARCHIVER_MASTER_KEY_FILE names another place); without it every connection would \
             have to be made anew.",
            config.master_key_file.display()
        )));
    }
    // An older copy is brought to this version's tables, but not in its place.
    let scratch = Scratch::make(&config.data_dir.join("restore"))?;
    fs::copy(from, scratch.file()).with_context(|| format!("{} cannot be read", from.display()))?;
    close_to_others(&scratch.file())?;
    let source = assemble::database(config, DatabaseUrl::Sqlite(scratch.file())).await?;
    let url = assemble::database_url(config)?;
    let place = url.to_string();
    let target = assemble::database(config, url).await?;
    let rows = copied(&source, &target).await?;
    source.close().await;
    deed::tell_server(&target, "database.restore", String::new()).await?;
    target.close().await;
    print(&format!(
        "{place} is as {} was ({} rows). Start the server and, where GENERAL says RECONNECT, connect\n\
         again: RingCentral's grants work only once, and the copy may hold used ones. What was\n\
         archived since is found where it lies.",
        from.display(),
        HumanCount(rows)
    ))
}

async fn migrate(config: &Config) -> Result<(), Failure> {
    let url = assemble::database_url(config)?;
    if !matches!(url, DatabaseUrl::Postgres(_)) {
        return Err(Failure::usage(
            "Set ARCHIVER_DATABASE_URL to the empty PostgreSQL database first: \
             postgres://USER:PASSWORD@HOST/DATABASE.",
        ));
    }
    let file = assemble::sqlite_file(config);
    if !file.exists() {
        return Err(Failure::usage(format!(
            "There is no SQLite database in {}. Name its folder in ARCHIVER_DATA_DIR.",
            config.data_dir.display()
        )));
    }
    let source = assemble::database(config, DatabaseUrl::Sqlite(file.clone())).await?;
    let place = url.to_string();
    let target = assemble::database(config, url).await?;
    let rows = copied(&source, &target).await?;
    source.close().await;
    deed::tell_server(&target, "database.migrate", String::new()).await?;
    target.close().await;
    print(&format!(
        "{} rows of {} are in {place} now, counted on both sides. Start the server and its workers with\n\
         this ARCHIVER_DATABASE_URL; never again with the SQLite file, which stays as it is: a\n\
         RingCentral grant that is renewed in one of them is dead in the other.",
        HumanCount(rows),
        file.display()
    ))
}

async fn rotate(config: &Config) -> Result<(), Failure> {
    must_be_there(config)?;
    let database = assemble::database(config, assemble::database_url(config)?).await?;
    let deed = deed::by_hand("database.rotate-key", String::new());
    let rotated = database.rotate_key(&config.master_key_file, &deed).await?;
    database.close().await;
    print(&format!(
        "{} grants and {} settings are sealed with the new master key {} in {}. Every machine needs\n\
         it before archiver starts there. The old key lies in {}: copies of the database from\n\
         before need it; destroy it together with them.",
        rotated.grants,
        rotated.settings,
        rotated.key_id,
        config.master_key_file.display(),
        rotated.old_key.display()
    ))
}

async fn copied(from: &Database, to: &Database) -> Result<u64, Failure> {
    let counter = Counter::new("rows");
    Ok(from.copy_to(to, &|rows| counter.at(rows)).await?)
}

fn must_be_there(config: &Config) -> Result<(), Failure> {
    if config.database_url.is_none() && !assemble::sqlite_file(config).exists() {
        return Err(Failure::usage(format!(
            "There is no database in {}. Name its folder in ARCHIVER_DATA_DIR.",
            config.data_dir.display()
        )));
    }
    Ok(())
}

fn beside(file: &Path) -> PathBuf {
    let mut name = file.as_os_str().to_owned();
    name.push(".part");
    PathBuf::from(name)
}

/// A folder for a database that is on its way; it goes when it is dropped.
struct Scratch(PathBuf);

impl Scratch {
    /// One that is there already may be somebody else's who is at work.
    fn make(folder: &Path) -> Result<Scratch, Failure> {
        if let Some(above) = folder.parent().filter(|it| !it.as_os_str().is_empty()) {
            fs::create_dir_all(above)
                .with_context(|| format!("the folder {} cannot be made", above.display()))?;
        }
        // Closed to others from the start: it will hold a whole database.
        let mut builder = fs::DirBuilder::new();
        #[cfg(unix)]
        std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
        builder.create(folder).with_context(|| {
            format!(
                "the folder {} cannot be made; if an earlier command left it there, delete it",
                folder.display()
            )
        })?;
        Ok(Scratch(folder.to_owned()))
    }

    fn file(&self) -> PathBuf {
        self.0.join("archiver.db")
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        // What cannot be removed is named by the next command.
        let _ = fs::remove_dir_all(&self.0);
    }
}

#[cfg(unix)]
fn close_to_others(file: &Path) -> Result<(), Failure> {
    use std::os::unix::fs::PermissionsExt;
    fs::set_permissions(file, fs::Permissions::from_mode(0o600))
        .with_context(|| format!("{} cannot be closed to others", file.display()))?;
    Ok(())
}

#[cfg(not(unix))]
fn close_to_others(_: &Path) -> Result<(), Failure> {
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_that_came_meanwhile_is_not_replaced() {
        let folder = tempfile::tempdir().unwrap();
        let (file, name) = (folder.path().join("growing"), folder.path().join("copy.db"));
        fs::write(&file, "copy").unwrap();
        fs::write(&name, "somebody's").unwrap();
        let kind = give_name(&file, &name).unwrap_err().kind();
        assert_eq!(kind, io::ErrorKind::AlreadyExists);
        assert_eq!(fs::read_to_string(&name).unwrap(), "somebody's");
        fs::remove_file(&name).unwrap();
        give_name(&file, &name).unwrap();
        assert_eq!(fs::read_to_string(&name).unwrap(), "copy");
    }
}
