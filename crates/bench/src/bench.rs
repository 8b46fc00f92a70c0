//! One run of the bench: what is measured, with what, and where the figures
//! go.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};

use crate::plot::Plot;
use crate::sides::Tools;
use crate::table::{HEAD, Row};
use crate::world::World;
use crate::{Run, ratios};

/// A run.
pub(crate) struct Bench {
    /// What was asked for.
    pub(crate) asked: Run,
    /// The other sides.
    pub(crate) tools: Tools,
    rows: Vec<Row>,
}

impl Bench {
    /// Makes the folder for everything that is made.
    pub(crate) fn new(asked: Run) -> Result<Bench> {
        fs::create_dir_all(&asked.work)?;
        let tools = Tools {
            bench: std::env::current_exe()?,
            folder: asked.tools.clone(),
            script: asked.script.clone(),
        };
        Ok(Bench {
            asked,
            tools,
            rows: Vec::new(),
        })
    }

    /// Measures this, if it was asked for.
    pub(crate) fn measure(
        &mut self,
        name: &str,
        measure: impl FnOnce(&mut Bench) -> Result<()>,
    ) -> Result<()> {
        let wanted = &self.asked.measures;
        if !wanted.is_empty() && !wanted.iter().any(|it| it.eq_ignore_ascii_case(name)) {
            return Ok(());
        }
        measure(self).with_context(|| format!("{name} could not be measured"))
    }

    /// Takes a line of the table, and tells it at once to whoever waits.
    pub(crate) fn row(&mut self, row: Row) {
        note(&row.to_string());
        self.rows.push(row);
    }

    /// The larger size, or the smaller one of the short tier.
    pub(crate) fn size<T>(&self, full: T, short: T) -> T {
        if self.asked.short { short } else { full }
    }

    /// Rounds of each side: at least three, of which the median counts.
    pub(crate) fn rounds(&self) -> usize {
        self.asked.rounds.unwrap_or(self.size(3, 1)).max(1)
    }

    /// A world of its own, made anew.
    pub(crate) fn world(&self, name: &str, scenario: &str) -> Result<World> {
        let asked = &self.asked;
        let simulators = asked.simulators.as_ref().unwrap_or(&asked.archiver);
        World::start(&asked.archiver, simulators, &asked.work, name, scenario)
    }

    /// A path below the folder for everything that is made.
    pub(crate) fn work(&self, name: &str) -> PathBuf {
        self.asked.work.join(name)
    }

    /// Keeps a plot, where plots are kept.
    pub(crate) fn plot(&self, name: &str, plot: &Plot) -> Result<()> {
        let Some(folder) = self.kept() else {
            return Ok(());
        };
        fs::create_dir_all(folder)?;
        Ok(fs::write(folder.join(format!("{name}.svg")), plot.svg())?)
    }

    /// Prints the table, and keeps the ratios.
    pub(crate) fn end(self) -> Result<()> {
        println!("\n{HEAD}");
        for row in &self.rows {
            println!("{row}");
        }
        if let Some(folder) = self.kept() {
            fs::create_dir_all(folder)?;
            ratios::append(&folder.join("ratios.csv"), &self.asked.commit, &self.rows)?;
        }
        Ok(())
    }

    /// Where figures are kept: those of the short tier are not.
    fn kept(&self) -> Option<&Path> {
        self.asked.keep.as_deref().filter(|_| !self.asked.short)
    }
}

/// Tells whoever waits how it comes along.
pub(crate) fn note(what: &str) {
    eprintln!("{what}");
}
