//! The planted bugs (`scripts/planted`) are kept as patches. A patch that no
//! longer applies proves nothing, so each is held against the sources here.

use std::fs;
use std::path::Path;

/// The pieces of a file as a patch expects them: what stays and what goes.
fn expected(patch: &str) -> Vec<(String, String)> {
    let mut pieces: Vec<(String, String)> = Vec::new();
    let mut file = String::new();
    for line in patch.lines() {
        if let Some(name) = line.strip_prefix("--- a/") {
            name.clone_into(&mut file);
        } else if line.starts_with("@@") {
            pieces.push((file.clone(), String::new()));
        } else if let Some((_, piece)) = pieces.last_mut()
            && let Some(old) = line.strip_prefix([' ', '-'])
        {
            piece.push_str(old);
            piece.push('\n');
        }
    }
    pieces
}

#[test]
fn every_planted_bug_still_applies() {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    let root = here.ancestors().nth(2).unwrap();
    let mut bugs = 0;
    let mut faults = Vec::new();
    for entry in fs::read_dir(here.join("bugs")).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        let text = fs::read_to_string(&path).unwrap();
        let mut lines = text.lines();
        let what = lines.next().unwrap();
        let suite = lines.next().unwrap();
        if !what.ends_with('.') || !suite.starts_with("Suite: ") {
            faults.push(format!("{name} does not say what it is and who catches it"));
        }
        let pieces = expected(&text);
        if pieces.is_empty() {
            faults.push(format!("{name} changes nothing"));
        }
        for (file, piece) in pieces {
            let source = fs::read_to_string(root.join(&file)).unwrap_or_default();
            if source.matches(&piece).count() != 1 {
                faults.push(format!("{name} no longer applies to {file}"));
            }
        }
        bugs += 1;
    }
    assert!(faults.is_empty(), "{}", faults.join("\n"));
    assert!(bugs >= 25, "{bugs}");
}
