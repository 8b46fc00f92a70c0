//! `PostgreSQL` clusters of our own: made, started, killed, copied to a
//! standby, promoted.

use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Duration;

use anyhow::{Context, Result, bail};
use tempfile::TempDir;

use crate::memory::Memory;
use crate::wait::{going_on, until};

/// How often a cluster is started before it is given up.
const TRIES: u32 = 5;

/// The folder in which clusters lie; they end with it.
pub(crate) struct Clusters {
    folder: TempDir,
    programs: PathBuf,
    made: usize,
}

/// One cluster, running or not.
pub(crate) struct Cluster {
    data: PathBuf,
    programs: PathBuf,
    pub(crate) port: u16,
}

impl Clusters {
    /// None yet.
    pub(crate) fn new() -> Result<Clusters> {
        let folder = tempfile::Builder::new().prefix("archiver-pg-").tempdir()?;
        if is_root() {
            run(Command::new("chown").arg("postgres").arg(folder.path()))?;
        }
        Ok(Clusters {
            folder,
            programs: programs()?,
            made: 0,
        })
    }

    fn place(&mut self) -> Result<Cluster> {
        self.made += 1;
        Ok(Cluster {
            data: self.folder.path().join(format!("pg{}", self.made)),
            programs: self.programs.clone(),
            port: free_port()?,
        })
    }

    /// A new one, running, with an empty database.
    pub(crate) fn make(&mut self) -> Result<Cluster> {
        let mut cluster = self.place()?;
        let mut initdb = cluster.program("initdb");
        initdb.arg("-D").arg(&cluster.data);
        initdb.args([
            "-U",
            "archiver",
            "--auth=trust",
            "-E",
            "UTF8",
            "--no-locale",
        ]);
        run(&mut initdb)?;
        cluster.start()?;
        Ok(cluster)
    }

    /// A standby of another, which waits for it with every commit from now on.
    pub(crate) fn standby(&mut self, primary: &Cluster) -> Result<Cluster> {
        let mut standby = self.place()?;
        let mut copy = standby.program("pg_basebackup");
        copy.arg("-D").arg(&standby.data);
        let port = primary.port.to_string();
        copy.args(["-h", "127.0.0.1", "-p", &port, "-U", "archiver"]);
        copy.args(["-R", "-X", "stream", "-c", "fast"]);
        run(&mut copy)?;
        standby.start()?;
        primary.tell("alter system set synchronous_standby_names = '*'")?;
        primary.tell("select pg_reload_conf()")?;
        let attached = "select count(*) from pg_stat_replication where sync_state = 'sync'";
        until("the standby is attached", Duration::from_mins(5), || {
            Ok(primary.asked(attached)?.trim() == "1")
        })?;
        Ok(standby)
    }
}

impl Cluster {
    /// For the product.
    pub(crate) fn url(&self) -> String {
        url(self.port)
    }

    /// The same, where a transaction that stands still for so long is ended.
    pub(crate) fn impatient_url(&self, patience: Duration) -> String {
        let patience = patience.as_millis();
        format!(
            "{}?options=-c%20idle_in_transaction_session_timeout%3D{patience}ms",
            self.url()
        )
    }

    /// Where its database is, for us.
    pub(crate) fn memory(&self) -> Result<Memory> {
        Memory::at(&self.url())
    }

    fn program(&self, name: &str) -> Command {
        let program = self.programs.join(name);
        if !is_root() {
            return Command::new(program);
        }
        let mut command = Command::new("setpriv");
        command.args(["--reuid=postgres", "--regid=postgres", "--init-groups"]);
        command.arg(program);
        command
    }

    /// A port that was free a moment ago may have been taken since: then
    /// another is tried.
    fn start(&mut self) -> Result<()> {
        let mut tries = 1;
        while let Err(error) = self.start_here() {
            going_on()?;
            if tries == TRIES {
                return Err(error);
            }
            tries += 1;
            self.port = free_port()?;
        }
        Ok(())
    }

    fn start_here(&self) -> Result<()> {
        let options = format!(
            "-p {} -c listen_addresses=127.0.0.1 -c unix_socket_directories='' -c fsync=off \
             -c max_connections=100 -c shared_buffers=32MB",
            self.port
        );
        let mut start = self.program("pg_ctl");
        start.arg("-D").arg(&self.data);
        start.arg("-l").arg(self.data.with_extension("log"));
        start.args(["-w", "-t", "300", "-o", &options, "start"]);
        run(&mut start)
    }

    /// Without a word to anybody, as when its machine dies.
    pub(crate) fn kill(&self) -> Result<()> {
        let mut stop = self.program("pg_ctl");
        stop.arg("-D").arg(&self.data);
        stop.args(["-m", "immediate", "-w", "-t", "300", "stop"]);
        run(&mut stop)
    }

    /// A standby becomes the primary, and waits for no other.
    pub(crate) fn promote(&self) -> Result<()> {
        let mut promote = self.program("pg_ctl");
        promote.arg("-D").arg(&self.data);
        promote.args(["-w", "-t", "300", "promote"]);
        run(&mut promote)?;
        self.tell("alter system set synchronous_standby_names = ''")?;
        self.tell("select pg_reload_conf()")
    }

    fn psql(&self, sql: &str) -> Command {
        let mut psql = self.program("psql");
        psql.args(["-X", "-q", "-A", "-t", "-v", "ON_ERROR_STOP=1", "-c", sql]);
        psql.arg(self.url());
        psql
    }

    fn tell(&self, sql: &str) -> Result<()> {
        run(&mut self.psql(sql))
    }

    fn asked(&self, sql: &str) -> Result<String> {
        let output = self.psql(sql).output()?;
        Ok(String::from_utf8(output.stdout)?)
    }
}

impl Drop for Cluster {
    fn drop(&mut self) {
        // It may be stopped already.
        let _ = self.kill();
    }
}

/// For the product, at a port of this machine.
pub(crate) fn url(port: u16) -> String {
    format!("postgres://archiver@127.0.0.1:{port}/postgres")
}

fn programs() -> Result<PathBuf> {
    let versions = Path::new("/usr/lib/postgresql");
    let found = std::fs::read_dir(versions).context("no PostgreSQL in /usr/lib/postgresql")?;
    let mut found: Vec<PathBuf> = found.filter_map(|it| Some(it.ok()?.path())).collect();
    found.sort();
    Ok(found.pop().context("no PostgreSQL")?.join("bin"))
}

fn is_root() -> bool {
    rustix::process::geteuid().is_root()
}

fn free_port() -> Result<u16> {
    Ok(TcpListener::bind("127.0.0.1:0")?.local_addr()?.port())
}

fn run(command: &mut Command) -> Result<()> {
    // A server that stays must not hold our output open.
    let status = command
        .current_dir("/")
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status()
        .with_context(|| format!("{command:?}"))?;
    if !status.success() {
        bail!("{command:?} ended with {status}");
    }
    Ok(())
}
