//! Bytes of every kind before what reads Dropbox's answers.

use jiff::Timestamp;
use outbound::{Answer, Headers, Judge, Judgement};
use serde_json::Value;
use testkit::fuzz::Target;

use crate::judge::Verdicts;
use crate::refusal::{Refusal, Step};
use crate::wire::{FileMetadata, FullAccount, Listed, SpaceUsage, Started, TokenAnswer};
use crate::{api, look_back, oauth, vouch};

fn texts(texts: &[&str]) -> Vec<Vec<u8>> {
    texts.iter().map(|it| it.as_bytes().to_vec()).collect()
}

fn answer(data: &[u8]) -> Answer {
    Answer {
        status: 200,
        headers: Headers::default(),
        body: data.to_vec().into(),
    }
}

const WORDS: &[&str] = &[
    "\".tag\":\"",
    "\"entries\":[",
    "\"success\"",
    "\"failure\":{",
    "\"path\"",
    "\"conflict\"",
    "\"cursor\":",
    "\"has_more\":true",
    "\"correct_offset\":",
    "\"size\":",
    "\"content_hash\":",
    "\"too_many_write_operations\"",
    "null",
    "{",
    "[",
];

#[test]
fn fuzz_errors() {
    let seeds = texts(&[
        r#"l{"error_summary":"path/not_found/..","error":{".tag":"path","path":{".tag":"not_found"}}}"#,
        r#"l{"error":{".tag":"lookup_failed","lookup_failed":{".tag":"incorrect_offset","correct_offset":5}},"user_message":{"text":"Ada Lovelace"}}"#,
        r#"m{"error":{"reason":{".tag":"too_many_requests"},"retry_after":300}}"#,
        r#"A{"error":"invalid_grant","error_description":"Ada Lovelace"}"#,
        r#"A{"error":{".tag":"missing_scope","required_scope":"files.content.write"}}"#,
        "@Error in call to API function \"files/upload\": path: Ada Lovelace",
        "x<html>Ada Lovelace</html>",
    ]);
    Target {
        name: "dropbox errors",
        seeds: &seeds,
        corpus: &[
            b"",
            b"l{\"error\":\"\"}",
            b"l{\"error\":{\".tag\":{\".tag\":{}}}}",
        ],
        words: WORDS,
    }
    .run(|data| {
        let (first, body) = data.split_first().unwrap_or((&0, b""));
        let status = 300 + u16::from(*first);
        let (Judgement::Fail(error)
        | Judgement::Refresh(error)
        | Judgement::Throttle { error, .. }) = Verdicts.judge(status, &Headers::default(), body);
        let told = format!(
            "{error} {error:?} {}",
            error.how_to_mend().unwrap_or_default()
        );
        assert!(!told.contains("Ada Lovelace"), "{told}");
        assert!(
            told.len() < 2_000 && !told.contains(['\0', '\u{1b}', '\u{202e}', '<']),
            "{told}"
        );
        let said: Value = serde_json::from_slice(body).unwrap_or_default();
        let refusal = Refusal::read(&said["error"]).error();
        if let Step::Offset(offset) = Step::of(&refusal) {
            assert!(String::from_utf8_lossy(body).contains(&offset.to_string()));
        }
    });
}

#[test]
fn fuzz_batch() {
    let seeds = texts(&[
        r#"{"entries":[{".tag":"success","id":"id:a","name":"a.mp3","path_display":"/Archive/a.mp3","rev":"5e1","size":5,"content_hash":"aa"},{".tag":"failure","failure":{".tag":"path","path":{".tag":"conflict"}}}]}"#,
        r#"{"entries":[{".tag":"success"},{".tag":"success","size":"5"}]}"#,
        r#"{"session_ids":["a","b"]}"#,
    ]);
    Target {
        name: "dropbox batch",
        seeds: &seeds,
        corpus: &[b"", b"{}", b"{\"entries\":[]}"],
        words: WORDS,
    }
    .run(|data| {
        let answer = answer(data);
        for sent in [0, 1, 2] {
            let Ok(entries) = api::read_batch(&answer, sent) else {
                continue;
            };
            assert_eq!(
                entries.len(),
                sent,
                "an answer for every entry, and no other"
            );
            for entry in entries.into_iter().flatten() {
                assert_eq!(entry[".tag"], "success");
                if let Ok(file) = serde_json::from_value::<FileMetadata>(entry) {
                    let _ = vouch::receipt(&file);
                    assert!(!vouch::is_at("Archive/other.mp3", &FileMetadata::default()));
                    let _ = vouch::is_at("Archive/a.mp3", &file);
                }
            }
        }
        let _ = answer.json::<Started>();
    });
}

#[test]
fn fuzz_list() {
    let seeds = texts(&[
        r#"{"entries":[{".tag":"file","name":"a.mp3","path_display":"/Archive/a.mp3","id":"id:1","size":5,"content_hash":"aa"},{".tag":"folder","path_display":"/Archive"},{".tag":"deleted"}],"cursor":"c","has_more":true}"#,
        r#"{"entries":[],"cursor":"c","has_more":false}"#,
    ]);
    Target {
        name: "dropbox list",
        seeds: &seeds,
        corpus: &[
            b"",
            b"{}",
            b"{\"entries\":[],\"cursor\":\"\",\"has_more\":true}",
        ],
        words: WORDS,
    }
    .run(|data| {
        for known in [None, Some("c"), Some("")] {
            let Ok(page) = answer(data).json::<Listed>() else {
                return;
            };
            let empty = page.entries.is_empty();
            let (more, cursor) = (page.has_more, page.cursor.clone());
            match look_back::step(page, known, 0) {
                Ok((files, at)) => {
                    assert!(
                        files.iter().all(|it| !it.path.starts_with('/')),
                        "a path from the root"
                    );
                    assert_eq!(matches!(at, look_back::At::End), !more);
                    assert!(!(more && empty && known == Some(&cursor)), "a circle");
                }
                Err(error) => assert!(!error.to_string().contains("Archive")),
            }
        }
    });
}

#[test]
fn fuzz_account() {
    let seeds = texts(&[
        r#"{"access_token":"sl.canary-access","expires_in":14400,"token_type":"bearer","scope":"files.content.write files.metadata.read","refresh_token":"canary-refresh","account_id":"dbid:x"}"#,
        r#"{"account_id":"dbid:x","email":"canary@example.com","name":{"display_name":"Ada Lovelace"}}"#,
        r#"{"used":3,"allocation":{".tag":"team","used":60,"allocated":100,"user_within_team_space_allocated":20,"user_within_team_space_used_cached":5}}"#,
    ]);
    Target {
        name: "dropbox account",
        seeds: &seeds,
        corpus: &[b"", b"{}", b"{\"used\":18446744073709551615}"],
        words: &[
            "\"expires_in\":",
            "\"used\":",
            "\"allocated\":",
            "\"account_id\":",
            "null",
        ],
    }
    .run(|data| {
        let answer = answer(data);
        match answer.json::<TokenAnswer>() {
            Ok(told) => {
                let shown = told.scope.clone().unwrap_or_default()
                    + told.account_id.as_deref().unwrap_or("");
                let secret = told.access_token.clone();
                let issued = Timestamp::from_second(1_700_000_000).unwrap();
                let grant = oauth::grant(told, issued);
                assert!(grant.access_until >= issued);
                let hidden = secret.len() < 9 || shown.contains(&secret);
                assert!(hidden || !format!("{grant:?}").contains(&secret));
            }
            Err(error) => assert!(!error.to_string().contains("canary")),
        }
        let _ = answer.json::<FullAccount>();
        if let Ok(space) = answer.json::<SpaceUsage>() {
            let _ = space.free();
        }
    });
}
