//! The archive's folder tree, as a terminal shows it: every folder with its
//! number of files, and the first files of each.

use std::collections::BTreeMap;
use std::fmt::Write;

/// How many files of a folder are named.
const NAMED: usize = 2;

#[derive(Default)]
struct Folder {
    folders: BTreeMap<String, Folder>,
    files: Vec<String>,
}

impl Folder {
    fn add(&mut self, path: &str) {
        match path.split_once('/') {
            Some((folder, rest)) => self.folders.entry(folder.to_owned()).or_default().add(rest),
            None => self.files.push(path.to_owned()),
        }
    }

    fn count(&self) -> usize {
        let below: usize = self.folders.values().map(Folder::count).sum();
        below + self.files.len()
    }

    fn draw(&self, indent: &str, out: &mut String) {
        let mut lines = self.folders.len() + self.files.len().min(NAMED);
        let hidden = self.files.len().saturating_sub(NAMED);
        lines += usize::from(hidden > 0);
        let mut branch = || {
            lines -= 1;
            if lines == 0 {
                ("└── ", "    ")
            } else {
                ("├── ", "│   ")
            }
        };
        for (name, folder) in &self.folders {
            let (twig, below) = branch();
            let _ = writeln!(out, "{indent}{twig}{name}/  ({} files)", folder.count());
            folder.draw(&format!("{indent}{below}"), out);
        }
        for file in self.files.iter().take(NAMED) {
            let _ = writeln!(out, "{indent}{}{file}", branch().0);
        }
        if hidden > 0 {
            let _ = writeln!(out, "{indent}{}… {hidden} more", branch().0);
        }
    }
}

/// Draws the tree of these paths (components joined by `/`) under a root.
pub(crate) fn draw(root: &str, paths: impl IntoIterator<Item = String>) -> String {
    let mut top = Folder::default();
    for path in paths {
        top.add(path.trim_start_matches('/'));
    }
    let mut out = format!("{root}/  ({} files)\n", top.count());
    top.draw("", &mut out);
    out
}

#[cfg(test)]
mod tests {
    use super::draw;

    #[test]
    fn a_tree_names_folders_and_a_few_files() {
        let paths = ["/A/x/1", "/A/x/2", "/A/x/3", "/A/y/4", "/5"].map(str::to_owned);
        assert_eq!(
            draw("Apps/App", paths),
            "Apps/App/  (5 files)\n\
             ├── A/  (4 files)\n\
             │   ├── x/  (3 files)\n\
             │   │   ├── 1\n\
             │   │   ├── 2\n\
             │   │   └── … 1 more\n\
             │   └── y/  (1 files)\n\
             │       └── 4\n\
             └── 5\n"
        );
    }
}
