//! The file that keeps the ratios of each commit that was measured, so that a
//! later one can be held against it. Lines are added, never changed.

use std::fs::OpenOptions;
use std::io::Write;
use std::path::Path;

use anyhow::Result;

use crate::table::{Row, number};

const HEAD: &str = "commit,measure,what,ours,against,other,ratio,target,met\n";

/// Adds what was measured of a commit.
pub(crate) fn append(file: &Path, commit: &str, rows: &[Row]) -> Result<()> {
    let is_new = !file.exists();
    let mut out = OpenOptions::new().create(true).append(true).open(file)?;
    if is_new {
        out.write_all(HEAD.as_bytes())?;
    }
    for row in rows {
        out.write_all(line(commit, row).as_bytes())?;
    }
    Ok(())
}

fn line(commit: &str, row: &Row) -> String {
    let (other, who) = row
        .against
        .map_or((String::new(), ""), |(it, who)| (number(it), who));
    let fields = [
        commit,
        row.of,
        &row.what,
        &number(row.ours),
        who,
        &other,
        &number(row.ratio),
        &row.target.to_string(),
        row.met(),
    ];
    let quoted: Vec<String> = fields.iter().map(|it| quoted(it)).collect();
    format!("{}\n", quoted.join(","))
}

fn quoted(field: &str) -> String {
    if field.contains([',', '"']) {
        format!("\"{}\"", field.replace('"', "\"\""))
    } else {
        field.to_owned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::table::Target;

    #[test]
    fn a_line_holds_a_ratio_and_what_it_is_of() {
        let row = Row::ratio(
            "B1",
            "items/s, all",
            9.0,
            (3.0, "relay"),
            Target::Least(0.8),
        );
        assert_eq!(
            line("abc", &row),
            "abc,B1,\"items/s, all\",9,relay,3,3,≥ 0.80,yes\n"
        );
        let row = Row::alone("B5", "MiB", 61.0, Target::Told);
        assert_eq!(line("abc", &row), "abc,B5,MiB,61,,,61,told,\n");
    }
}
