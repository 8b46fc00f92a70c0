//! Laws of `Audit`: what is told stays told, in one chain, and a change and
//! its Deed are never one without the other.

use domain::audit::{Actor, Deed, Ending, Head, Link};
use domain::connection::Backup;
use domain::export::{self, Counts, Export, ExportId, LASTS_MS};
use domain::grant::Provider;
use domain::ports::{AuditAsk, Change, Changed, Retry, Store};
use domain::session::Session;
use domain::timetable::Timetable;
use domain::window::Window;
use domain::{Kind, Secret};
use futures::future::join_all;

use super::stage::Stage;
use crate::builders::{T0, account_id, extension_id, recording};

fn deed(action: &'static str, at_ms: i64) -> Deed {
    Deed {
        at_ms,
        actor: Actor::Extension(extension_id("101")),
        action,
        target: "1/account".to_owned(),
        result: Ending::Done,
    }
}

async fn links<S: Store>(store: &S, account: &str) -> Vec<Link> {
    let ask = AuditAsk::all(None, 1_000);
    store.audit_links(&account_id(account), &ask).await.unwrap()
}

async fn holds<S: Store>(store: &S, account: &str, known: &[Head]) -> bool {
    let checked = store
        .check_audit(&account_id(account), known)
        .await
        .unwrap();
    let head = store.audit_head(&account_id(account)).await.unwrap();
    checked.broken.is_none() && head.is_none_or(|it| it == checked.head)
}

/// A Deed comes back as it was told, in its place; each company has a chain of
/// its own, and one that nobody told anything has none.
pub async fn a_deed_is_the_next_link_of_its_company<S: Store>(store: &S) {
    let (one, other) = (account_id("1"), account_id("2"));
    assert_eq!(store.audit_head(&one).await.unwrap(), None);
    assert!(holds(store, "1", &[]).await);
    let odd = Deed {
        actor: Actor::Nobody,
        target: "a\0b\nc 😀 \"quoted\"".to_owned(),
        ..deed("sign-in.begin", T0 + 5)
    };
    let first = store.tell(&one, &deed("backup.switch", T0)).await.unwrap();
    let second = store.tell(&one, &odd).await.unwrap();
    let theirs = store.tell(&other, &odd).await.unwrap();
    assert_eq!((first.seq, second.seq, theirs.seq), (1, 2, 1));
    assert_ne!(first.hash, theirs.hash);
    assert_eq!(store.audit_head(&one).await.unwrap(), Some(second.clone()));
    let told = links(store, "1").await;
    assert_eq!(
        told.iter().map(Link::head).collect::<Vec<_>>(),
        [first.clone(), second]
    );
    assert_eq!(told[1].previous, first.hash);
    let words = |it: &Link| {
        (
            it.at_ms,
            it.actor.clone(),
            it.action.clone(),
            it.result.clone(),
        )
    };
    let text = |it: &str| it.to_owned();
    assert_eq!(
        words(&told[0]),
        (
            T0,
            text("extension 101"),
            text("backup.switch"),
            text("done")
        )
    );
    assert_eq!(told[1].target, "a\u{fffd}b\u{fffd}c 😀 \"quoted\"");
    assert_eq!(store.audit_books().await.unwrap(), [one, other]);
    assert!(holds(store, "1", &[first]).await && holds(store, "2", &[theirs]).await);
}

/// However many tell at once, each has a place of its own and none is lost.
pub async fn of_many_who_tell_at_once_none_is_lost<S: Store>(store: &S) {
    let account = account_id("1");
    let telling = (0..40_i64).map(async |n| {
        let told = store.tell(&account, &deed("log.view", T0 + n)).await;
        told.unwrap()
    });
    let mut heads = join_all(telling).await;
    heads.sort_by_key(|it| it.seq);
    let told = links(store, "1").await;
    assert_eq!(told.iter().map(Link::head).collect::<Vec<_>>(), heads);
    let mut times: Vec<i64> = told.iter().map(|it| it.at_ms - T0).collect();
    times.sort_unstable();
    assert_eq!(times, (0..40).collect::<Vec<_>>());
    assert!(holds(store, "1", &heads).await);
}

/// The log is read by who, what and when, from either end, page by page.
pub async fn links_are_found_by_who_what_and_when<S: Store>(store: &S) {
    let account = account_id("1");
    for n in 0..12_i64 {
        let action = ["log.view", "log.csv", "sign-in.confirm"][usize::try_from(n % 3).unwrap()];
        let actor = match n % 2 {
            0 => Actor::Token("t".to_owned()),
            _ => Actor::System,
        };
        let deed = Deed {
            actor,
            ..deed(action, T0 + n)
        };
        store.tell(&account, &deed).await.unwrap();
    }
    let seqs = async |ask: AuditAsk| -> Vec<i64> {
        let found = store.audit_links(&account, &ask).await.unwrap();
        found.iter().map(|it| it.seq).collect()
    };
    let all = AuditAsk::all(None, 100);
    let newest = AuditAsk {
        newest_first: true,
        limit: 3,
        ..all.clone()
    };
    assert_eq!(seqs(newest.clone()).await, [12, 11, 10]);
    assert_eq!(
        seqs(AuditAsk {
            after: Some(10),
            ..newest
        })
        .await,
        [9, 8, 7]
    );
    assert_eq!(seqs(AuditAsk::all(Some(9), 2)).await, [10, 11]);
    let exact = AuditAsk {
        action: "log.view".to_owned(),
        ..all.clone()
    };
    assert_eq!(seqs(exact).await, [1, 4, 7, 10]);
    let group = AuditAsk {
        action: "log.".to_owned(),
        actor: "system".to_owned(),
        ..all.clone()
    };
    assert_eq!(seqs(group).await, [2, 4, 8, 10]);
    let beginning = AuditAsk {
        action: "log".to_owned(),
        ..all.clone()
    };
    assert_eq!(seqs(beginning).await, [0_i64; 0]);
    let hour = AuditAsk {
        from_ms: T0 + 2,
        to_ms: T0 + 4,
        ..all
    };
    assert_eq!(seqs(hour).await, [3, 4]);
}

/// A head that was kept elsewhere and is not in the chain tells that the
/// chain's end was cut off, or that it went on from an older copy.
pub async fn a_head_kept_elsewhere_is_missed<S: Store>(store: &S) {
    let account = account_id("1");
    let mut heads = Vec::new();
    for n in 0..3_i64 {
        heads.push(
            store
                .tell(&account, &deed("log.view", T0 + n))
                .await
                .unwrap(),
        );
    }
    assert!(holds(store, "1", &heads).await);
    let beyond = Head {
        seq: 5,
        ..heads[2].clone()
    };
    let other = Head {
        hash: heads[0].hash.clone(),
        ..heads[1].clone()
    };
    for (known, seq) in [(beyond, 4), (other, 2)] {
        let checked = store.check_audit(&account, &[known]).await.unwrap();
        assert_eq!(checked.broken.map(|it| it.seq), Some(seq));
    }
}

fn session(key: &str) -> Session {
    Session {
        key: domain::session::SessionKey::new(key),
        viewer: None,
        unconfirmed: None,
        may_set_up: false,
        notice: None,
        begun_ms: T0,
        seen_ms: T0,
    }
}

/// Makes changes one after the other; each answers as expected and is told
/// once.
async fn make<S: Store>(stage: &Stage<'_, S>, changes: &[(Change<'_>, Changed)]) {
    let (store, account) = (stage.store, &stage.account);
    for (change, expected) in changes {
        let before = links(store, "1").await.len();
        let made = store.change(account, &deed("it", T0), change).await;
        assert_eq!(&made.unwrap(), expected, "{change:?}");
        assert_eq!(links(store, "1").await.len(), before + 1, "{change:?}");
    }
    assert!(holds(store, "1", &[]).await);
}

/// A change of who looks and of the server's own is made, and told once.
pub async fn a_change_of_the_server_is_made_and_told<S: Store>(store: &S) {
    let stage = Stage::set(store, "1").await;
    let here = session("here");
    let keys = [("A", Some(Secret::new("a"))), ("B", None)];
    let changes = [
        (Change::Session(&here), Changed::Done),
        (Change::ChangedSession(&here), Changed::Whether(true)),
        (Change::EndSession(&here.key), Changed::Whether(true)),
        (Change::Settings(&keys), Changed::Done),
        (Change::Claim, Changed::Whether(true)),
    ];
    make(&stage, &changes).await;
    assert_eq!(store.session(&here.key).await.unwrap(), None);
    assert_eq!(store.setting("A").await.unwrap(), keys[0].1);
    assert_eq!(store.owners().await.unwrap(), [account_id("1")]);
}

/// An Export that is being made.
fn begun(backup: &Backup) -> Export {
    Export {
        id: ExportId::new("e"),
        account: backup.account.clone(),
        backup: backup.id.clone(),
        viewer: None,
        by: "somebody".to_owned(),
        asked: String::new(),
        without: Vec::new(),
        made_ms: T0,
        ends_ms: T0 + LASTS_MS,
        stage: export::Stage::Making,
        counts: Counts::default(),
        files: 0,
        directory_at: 0,
        size: 0,
        trouble: None,
    }
}

/// A change of a Connection or a Backup is made, and told once.
pub async fn a_change_of_a_backup_is_made_and_told<S: Store>(store: &S) {
    let stage = Stage::set(store, "1").await;
    let (account, backup, id) = (&stage.account, &stage.backup, &stage.backup.id);
    let item = recording("r", T0);
    stage.note_ready(std::slice::from_ref(&item)).await;
    let was = store.timetable(account, id).await.unwrap();
    let timetable = Timetable {
        due_ms: Some(T0),
        ..was
    };
    let off = Backup {
        enabled: false,
        ..backup.clone()
    };
    let (tie, end) = (&stage.connection.id, Provider::Source);
    let whole = Retry::Window(Window::EVER);
    let trouble = Change::Trouble {
        connection: tie,
        end,
        trouble: Some("dead"),
    };
    let clock = Change::Timetable {
        backup: id,
        was: &was,
        timetable: &timetable,
    };
    let rest = Change::Rest {
        backup: id,
        since_ms: Some(T0),
    };
    let retry = Change::Retry {
        backup,
        what: &whole,
    };
    let export = begun(backup);
    let changes = [
        (Change::Connection(&stage.connection), Changed::Done),
        (trouble, Changed::Done),
        (clock, Changed::Whether(true)),
        (rest, Changed::Done),
        (Change::Hurry(id), Changed::Done),
        (retry, Changed::Count(1)),
        (Change::Backup(&off), Changed::Done),
        (Change::Export(&export), Changed::Done),
        (Change::Disconnect(tie), Changed::Grants(None, None)),
    ];
    make(&stage, &changes).await;
    assert_eq!(store.history_rests(account, id).await.unwrap(), Some(T0));
    let kept = store.backup(account, id).await.unwrap();
    assert!(kept.is_some_and(|it| !it.enabled));
    let kept = store.export(account, &export.id).await.unwrap();
    assert_eq!(kept, Some(export));
}

/// A change that fails, or that finds nothing to change, is not told.
pub async fn what_is_not_changed_is_not_told<S: Store>(store: &S) {
    let stage = Stage::set(store, "1").await;
    let (account, id) = (&stage.account, &stage.backup.id);
    let gone = session("gone");
    let other = Timetable {
        due_ms: Some(T0 + 7),
        ..Timetable::default()
    };
    let idle = [
        Change::ChangedSession(&gone),
        Change::EndSession(&gone.key),
        Change::Timetable {
            backup: id,
            was: &other,
            timetable: &other,
        },
    ];
    for change in &idle {
        let made = store.change(account, &deed("it", T0), change).await;
        assert_eq!(made.unwrap(), Changed::Whether(false), "{change:?}");
    }
    assert!(store.claim(&account_id("2"), T0).await.unwrap());
    let claimed = store.change(account, &deed("it", T0), &Change::Claim).await;
    assert_eq!(claimed.unwrap(), Changed::Whether(false));
    assert_eq!(links(store, "1").await, []);
    assert_eq!(store.audit_head(account).await.unwrap(), None);
    // Told for somebody who has no such book, it is in nobody's.
    let lone = Backup {
        account: account_id("9"),
        ..stage.backup.clone()
    };
    let refused = store
        .change(&lone.account, &deed("it", T0), &Change::Backup(&lone))
        .await;
    if let Err(error) = refused {
        assert_eq!(error.kind(), Kind::Storage);
        assert_eq!(links(store, "9").await, []);
    }
}
