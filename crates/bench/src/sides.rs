//! The sides of a comparison: how each is started against one world.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::{Context, Result};

use crate::process::{self, Used};
use crate::providers::a_month_ago;
use crate::world::World;

/// Who brings the recordings over.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Side {
    /// `archiver backup`, the released binary, production settings.
    Ours,
    /// The bare relay.
    Relay,
    /// The straight script on the providers' SDKs.
    Script,
    /// rclone: the upload half alone, from disk.
    Rclone,
}

impl Side {
    /// Its name in tables and plots.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Side::Ours => "Archiver",
            Side::Relay => "relay",
            Side::Script => "SDK script",
            Side::Rclone => "rclone, upload only",
        }
    }
}

/// Where the programs of the other sides are.
pub(crate) struct Tools {
    /// This very program.
    pub(crate) bench: PathBuf,
    /// The folder of `python` and `rclone`.
    pub(crate) folder: PathBuf,
    /// The straight script.
    pub(crate) script: PathBuf,
}

impl Tools {
    /// Runs a side against a world to its end. `files` is the folder with the
    /// recordings, for the one that only uploads; `most` how many the script
    /// brings.
    pub(crate) fn run(&self, side: Side, world: &World, files: &Path, most: u64) -> Result<Used> {
        let mut command = match side {
            Side::Ours => {
                let args = ["backup", "--from", &a_month_ago(), "--to", "now", "--json"];
                let mut command = world.archiver(&args);
                command.args(["--types", "recordings"]);
                command
            }
            Side::Relay => self.relay(world, "relay"),
            Side::Script => self.script(world, most),
            Side::Rclone => self.rclone(world, files)?,
        };
        let log = fs::File::create(world.folder.join("side.log"))?;
        command
            .stdout(Stdio::from(log.try_clone()?))
            .stderr(Stdio::from(log));
        process::run(&mut command, &[0]).with_context(|| {
            let log = fs::read_to_string(world.folder.join("side.log")).unwrap_or_default();
            let last: Vec<&str> = log.lines().rev().take(20).collect();
            let last: Vec<&str> = last.into_iter().rev().collect();
            format!("{} failed:\n{}", side.name(), last.join("\n"))
        })
    }

    /// Lays a world's recordings into a folder.
    pub(crate) fn fetch(&self, world: &World, files: &Path) -> Result<()> {
        let _ = fs::remove_dir_all(files);
        process::run(self.relay(world, "fetch").arg(files), &[0])?;
        Ok(())
    }

    fn relay(&self, world: &World, what: &str) -> Command {
        let mut command = Command::new(&self.bench);
        command.arg(what);
        world.point(&mut command);
        command
    }

    fn script(&self, world: &World, most: u64) -> Command {
        let mut command = Command::new(self.folder.join("python"));
        command.arg(&self.script);
        world.point(&mut command);
        let files = world
            .setting("SIM_TLS_DROPBOX")
            .trim_start_matches("https://");
        command
            .env("DROPBOX_API_HOST", files)
            .env("DROPBOX_API_CONTENT_HOST", files)
            .env("REQUESTS_CA_BUNDLE", world.setting("SIM_CA"))
            .env("BENCH_FROM", a_month_ago())
            .env("BENCH_MOST", most.to_string());
        command
    }

    /// It cannot be told another address, so it goes through the simulators'
    /// CONNECT proxy.
    fn rclone(&self, world: &World, files: &Path) -> Result<Command> {
        let config = world.folder.join("rclone.conf");
        let text = format!(
            "[dbx]\ntype = dropbox\nclient_id = {}\nclient_secret = {}\ntoken = {{\"access_token\":\"expired\",\
             \"token_type\":\"bearer\",\"refresh_token\":\"{}\",\"expiry\":\"2020-01-01T00:00:00Z\"}}\n",
            world.setting("DROPBOX_APP_KEY"),
            world.setting("DROPBOX_APP_SECRET"),
            world.setting("DROPBOX_REFRESH_TOKEN"),
        );
        fs::write(&config, text)?;
        let mut command = Command::new(self.folder.join("rclone"));
        command.arg("copy").arg(files).arg("dbx:rclone");
        command.args(["--transfers", "64", "--retries", "1", "--stats", "0"]);
        world.point(&mut command);
        command
            .env("HTTPS_PROXY", world.setting("SIM_PROXY"))
            .env("RCLONE_CONFIG", config);
        Ok(command)
    }
}
