//! `archiver audit`: what commands did is there, the log is checked, and an
//! export is checked without the database.

use std::fs;

use serde_json::Value;

use crate::rig::{Rig, small, told};

fn ok(rig: &Rig, args: &[&str]) -> String {
    let output = rig.run(args);
    let (status, text) = told(&output);
    assert_eq!(status, 0, "{args:?}: {text}");
    String::from_utf8(output.stdout).unwrap()
}

fn actions(rig: &Rig) -> Vec<(String, String)> {
    let all: Value = serde_json::from_str(&ok(rig, &["audit", "--json"])).unwrap();
    let books = all["books"].as_array().unwrap();
    let links = books.iter().flat_map(|it| it["links"].as_array().unwrap());
    let word = |it: &Value| it.as_str().unwrap().to_owned();
    links
        .map(|it| (word(&it["actor"]), word(&it["action"])))
        .collect()
}

#[test]
fn what_the_terminal_did_is_told_and_checked() {
    let rig = Rig::new(small());
    assert_eq!(rig.backup(&["--types", "fax"]).0, 0);
    ok(&rig, &["verify", "--json"]);
    ok(&rig, &["connections"]);
    ok(&rig, &["log"]);
    ok(&rig, &["database", "backup", "--to", "copy.db"]);
    ok(&rig, &["database", "rotate-key"]);
    let told_of = actions(&rig);
    for action in [
        "backup.run",
        "verify.run",
        "connections.view",
        "log.view",
        "database.backup",
        "database.rotate-key",
    ] {
        let found = told_of.iter().filter(|it| it.1 == action).count();
        assert_eq!(found, 1, "{action}: {told_of:?}");
    }
    assert_eq!(rig.run(&["verify", "--repair"]).status.code(), Some(0));
    let repaired = actions(&rig);
    let repaired: Vec<&str> = repaired
        .iter()
        .map(|it| it.1.as_str())
        .filter(|it| it.starts_with("verify."))
        .collect();
    assert_eq!(repaired, ["verify.run", "verify.repair", "verify.run"]);
    assert!(
        told_of.iter().all(|it| it.0 == "command line"),
        "{told_of:?}"
    );
    assert!(actions(&rig).iter().any(|it| it.1 == "audit.view"));
    let said = ok(&rig, &["audit", "verify"]);
    assert!(
        said.contains("whole") && said.contains("server: whole"),
        "{said}"
    );
    let table = ok(&rig, &["audit", "--from", "2020-01-01"]);
    assert!(table.contains("backup.run"), "{table}");
    let none = ok(&rig, &["audit", "--to", "2020-01-01"]);
    assert!(none.contains("Nothing is in the audit log"), "{none}");
    // What a clock told that was ahead can be asked for.
    let none = ok(&rig, &["audit", "--from", "2100-01-01"]);
    assert!(none.contains("Nothing is in the audit log"), "{none}");
    assert!(ok(&rig, &["audit", "--csv"]).starts_with("Account,No.,When,Who"));
}

#[test]
fn an_export_is_checked_anywhere_and_a_change_is_named() {
    let rig = Rig::new(small());
    assert_eq!(rig.backup(&["--types", "fax"]).0, 0);
    for _ in 0..3 {
        ok(&rig, &["connections"]);
    }
    let export = ok(&rig, &["audit", "--jsonl"]);
    let file = rig.folder.path().join("audit.jsonl");
    fs::write(&file, &export).unwrap();
    // The database is not needed.
    fs::remove_dir_all(rig.data_dir()).unwrap();
    let said = ok(&rig, &["audit", "verify", "--file", "audit.jsonl"]);
    assert!(said.contains("whole, 4 entries"), "{said}");
    fs::write(
        &file,
        export.replacen("connections.view", "connections.vieu", 1),
    )
    .unwrap();
    let output = rig.run(&["audit", "verify", "--file", "audit.jsonl"]);
    assert_eq!(output.status.code(), Some(3));
    let said = String::from_utf8(output.stdout).unwrap();
    assert!(said.contains("BROKEN at no. 2"), "{said}");
    // The end is cut off, or the beginning.
    let lines: Vec<&str> = export.lines().collect();
    let first = lines.iter().position(|it| it.contains("\"seq\":1,"));
    assert_eq!(first, Some(0), "{export}");
    for (cut, seq) in [(&lines[..3], 4), (&lines[1..], 1), (&lines[..4], 5)] {
        fs::write(&file, cut.join("\n")).unwrap();
        let output = rig.run(&["audit", "verify", "--file", "audit.jsonl"]);
        let said = String::from_utf8(output.stdout).unwrap();
        assert_eq!(output.status.code(), Some(3), "{said}");
        assert!(said.contains(&format!("BROKEN at no. {seq}")), "{said}");
    }
    fs::write(&file, "").unwrap();
    let empty = rig.run(&["audit", "verify", "--file", "audit.jsonl"]);
    assert_eq!(told(&empty).0, 2);
    // And its last line was written anew: only a head that was kept elsewhere
    // tells.
    let read = |line: &str| -> Value { serde_json::from_str(line).unwrap() };
    let (third, last) = (read(lines[2]), read(lines[3]));
    let head = format!(
        "{}:{}:{}",
        last["account"].as_str().unwrap(),
        last["seq"],
        last["hash"].as_str().unwrap()
    );
    let (account, hash) = (&third["account"], &third["hash"]);
    let end = serde_json::json!({ "head": { "account": account, "seq": 3, "hash": hash } });
    fs::write(&file, format!("{}\n{end}\n", lines[..3].join("\n"))).unwrap();
    ok(&rig, &["audit", "verify", "--file", "audit.jsonl"]);
    let args = [
        "audit",
        "verify",
        "--file",
        "audit.jsonl",
        "--head",
        &head,
        "--json",
    ];
    let output = rig.run(&args);
    assert_eq!(output.status.code(), Some(3));
    let said: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(said["books"][0]["broken"]["seq"], 4, "{said:#}");
    for wrong in ["x", "1:0:ab", "1:-1:ab"] {
        let (status, text) = told(&rig.run(&["audit", "verify", "--head", wrong]));
        assert_eq!(status, 2, "{text}");
    }
}
