//! Laws of Sessions, trips and personal tokens: what is no longer valid is not
//! there, and what may be had once is had once.

use domain::account::{AccountId, ExtensionId};
use domain::ports::Store;
use domain::secret::Secret;
use domain::session::{ApiToken, Errand, Notice, Session, SessionKey, SignedIn, TripRecord};
use futures::future::join_all;

use crate::builders::{T0, account_id, extension_id};

fn session(key: &str, begun_ms: i64, seen_ms: i64) -> Session {
    Session {
        key: SessionKey::new(key),
        viewer: None,
        unconfirmed: None,
        may_set_up: false,
        notice: None,
        begun_ms,
        seen_ms,
    }
}

fn somebody(extension: &str) -> SignedIn {
    SignedIn {
        account: account_id("1"),
        company: "Acme <b>\u{202e}\0".to_owned(),
        extension: extension_id(extension),
        number: Some(extension.to_owned()),
        name: "Ada \"Lovelace\"".to_owned(),
        admin: true,
        time_zone: None,
        checked_ms: T0,
    }
}

fn trip(state: &str, session: &str, begun_ms: i64) -> TripRecord {
    TripRecord {
        state_hash: state.to_owned(),
        session: SessionKey::new(session),
        errand: Errand::SignIn,
        verifier: Secret::new(format!("verifier-{state}")),
        redirect_uri: "http://127.0.0.1:8080/signed-in?a=b".to_owned(),
        begun_ms,
    }
}

fn token(id: &str, extension: &str, made_ms: i64) -> ApiToken {
    ApiToken {
        id: id.to_owned(),
        hash: format!("hash-{id}"),
        account: account_id("1"),
        extension: extension_id(extension),
        name: format!("Ada's {id}"),
        admin: true,
        may_change: false,
        made_ms,
        ends_ms: made_ms + 1,
        used_ms: None,
    }
}

async fn find<S: Store>(store: &S, key: &str) -> Option<Session> {
    store.session(&SessionKey::new(key)).await.unwrap()
}

async fn take<S: Store>(store: &S, state: &str, session: &str) -> Option<TripRecord> {
    let session = SessionKey::new(session);
    store.take_trip(state, &session).await.unwrap()
}

/// A Session comes back as it was kept, and is updated by its key.
pub async fn a_session_comes_back_as_it_was_kept<S: Store>(store: &S) {
    assert_eq!(find(store, "a").await, None);
    let mut kept = session("a", T0, T0);
    let other = session("b", T0, T0);
    store.keep_session(&other).await.unwrap();
    for change in 0..4 {
        match change {
            1 => kept.unconfirmed = Some(somebody("101")),
            2 => {
                kept.viewer = kept.unconfirmed.take();
                kept.seen_ms = T0 + 60_000;
            }
            3 => {
                kept.may_set_up = true;
                kept.notice = Some(Notice {
                    bad: true,
                    text: "It did not work.".to_owned(),
                });
            }
            _ => {}
        }
        store.keep_session(&kept).await.unwrap();
        assert_eq!(find(store, "a").await.as_ref(), Some(&kept));
    }
    assert_eq!(find(store, "b").await, Some(other));
}

/// A Session that has ended is not there, nor are its trips; others are.
pub async fn a_session_ends_with_its_trips<S: Store>(store: &S) {
    for key in ["a", "b"] {
        store.keep_session(&session(key, T0, T0)).await.unwrap();
        let state = format!("state-{key}");
        store.keep_trip(&trip(&state, key, T0)).await.unwrap();
    }
    for _ in 0..2 {
        store.end_session(&SessionKey::new("a")).await.unwrap();
        assert_eq!(find(store, "a").await, None);
        assert_eq!(take(store, "state-a", "a").await, None);
    }
    assert!(find(store, "b").await.is_some());
    assert!(take(store, "state-b", "b").await.is_some());
}

/// What a slow request writes last must not bring back who has left.
pub async fn what_has_ended_stays_ended<S: Store>(store: &S) {
    let kept = session("a", T0, T0);
    assert!(!store.change_session(&kept).await.unwrap());
    assert_eq!(find(store, "a").await, None);
    store.keep_session(&kept).await.unwrap();
    let seen = session("a", T0, T0 + 1);
    assert!(store.change_session(&seen).await.unwrap());
    assert_eq!(find(store, "a").await, Some(seen.clone()));
    assert!(store.end_session(&kept.key).await.unwrap());
    assert!(!store.change_session(&seen).await.unwrap());
    assert!(!store.end_session(&kept.key).await.unwrap());
    assert_eq!(find(store, "a").await, None);

    let used = token("t", "101", T0);
    store.keep_api_token(&used).await.unwrap();
    store.token_used("t", T0 + 5).await.unwrap();
    let there = store.api_token(&used.hash).await.unwrap().unwrap();
    assert_eq!(there.used_ms, Some(T0 + 5));
    let (account, extension) = (&used.account, &used.extension);
    store.end_api_token(account, extension, "t").await.unwrap();
    store.token_used("t", T0 + 6).await.unwrap();
    assert_eq!(store.api_token(&used.hash).await.unwrap(), None);
}

/// Of many who end a Session, one is told that it did.
pub async fn of_many_who_end_a_session_one_did<S: Store>(store: &S) {
    let kept = session("a", T0, T0);
    store.keep_session(&kept).await.unwrap();
    let ends = (0..8).map(|_| store.end_session(&kept.key));
    let told = join_all(ends).await;
    let ended = told.into_iter().filter(|it| *it.as_ref().unwrap());
    assert_eq!(ended.count(), 1);
}

/// Sessions that were not used for long are found, and old ones, used or not;
/// until they are ended they are found again.
pub async fn old_and_idle_sessions_are_found_until_they_end<S: Store>(store: &S) {
    for (key, begun_ms, seen_ms) in [
        ("idle", T0, T0 + 9),
        ("old", T0 - 1, T0 + 99),
        ("both", T0 - 9, T0),
        ("good", T0, T0 + 10),
    ] {
        let kept = store.keep_session(&session(key, begun_ms, seen_ms)).await;
        kept.unwrap();
        store.keep_trip(&trip(key, key, T0)).await.unwrap();
    }
    for _ in 0..2 {
        let old = store.old_sessions(T0 + 10, T0).await.unwrap();
        let mut keys: Vec<&str> = old.iter().map(|it| it.key.as_str()).collect();
        keys.sort_unstable();
        assert_eq!(keys, ["both", "idle", "old"]);
    }
    for key in ["both", "idle", "old"] {
        assert!(find(store, key).await.is_some());
        assert!(store.end_session(&SessionKey::new(key)).await.unwrap());
        assert_eq!(take(store, key, key).await, None);
    }
    assert_eq!(store.old_sessions(T0 + 10, T0).await.unwrap(), []);
    assert!(find(store, "good").await.is_some());
    assert!(take(store, "good", "good").await.is_some());
}

/// A trip comes back whole, once, and only to the Session that began it.
pub async fn a_trip_is_given_once_and_to_its_session<S: Store>(store: &S) {
    let connect = TripRecord {
        errand: Errand::Connect,
        ..trip("two", "a", T0 + 1)
    };
    for kept in [&trip("one", "a", T0), &connect] {
        store.keep_trip(kept).await.unwrap();
    }
    assert_eq!(take(store, "one", "b").await, None);
    assert_eq!(take(store, "three", "a").await, None);
    assert_eq!(take(store, "", "a").await, None);
    assert_eq!(take(store, "one\0", "a").await, None);
    assert_eq!(take(store, "one", "a").await, Some(trip("one", "a", T0)));
    assert_eq!(take(store, "one", "a").await, None);
    assert_eq!(take(store, "two", "a").await, Some(connect));
}

/// Of many who ask for a trip at the same moment one gets it.
pub async fn of_many_who_take_a_trip_one_gets_it<S: Store>(store: &S) {
    for round in 0..3 {
        let state = format!("state-{round}");
        store.keep_trip(&trip(&state, "a", T0)).await.unwrap();
        let asking = (0..8).map(|_| take(store, &state, "a"));
        let given = join_all(asking).await.into_iter().flatten();
        assert_eq!(given.count(), 1);
    }
}

/// Trips that were begun before a time are forgotten.
pub async fn old_trips_are_swept<S: Store>(store: &S) {
    store.keep_trip(&trip("old", "a", T0 - 1)).await.unwrap();
    store.keep_trip(&trip("new", "a", T0)).await.unwrap();
    store.sweep_trips(T0).await.unwrap();
    assert_eq!(take(store, "old", "a").await, None);
    assert!(take(store, "new", "a").await.is_some());
}

async fn tokens<S: Store>(store: &S, account: &AccountId, of: &ExtensionId) -> Vec<ApiToken> {
    store.api_tokens(account, of).await.unwrap()
}

/// A token is found by its hash, comes back as it was kept and is updated by
/// its id; somebody's come newest first.
pub async fn a_token_comes_back_as_it_was_kept<S: Store>(store: &S) {
    let (account, ada) = (account_id("1"), extension_id("101"));
    let (first, second) = (token("x", "101", T0), token("a", "101", T0 + 1));
    for kept in [&first, &second, &token("b", "102", T0)] {
        store.keep_api_token(kept).await.unwrap();
    }
    let used = ApiToken {
        used_ms: Some(T0 + 5),
        may_change: true,
        ..first
    };
    store.keep_api_token(&used).await.unwrap();
    let found = store.api_token("hash-x").await.unwrap();
    assert_eq!(found.as_ref(), Some(&used));
    for nobody in ["x", "", "hash-", "hash-x\0"] {
        assert_eq!(store.api_token(nobody).await.unwrap(), None);
    }
    assert_eq!(tokens(store, &account, &ada).await, [second, used]);
}

/// Nobody ends, replaces or lists somebody else's token.
pub async fn a_token_is_its_owners_alone<S: Store>(store: &S) {
    let (account, ada) = (account_id("1"), extension_id("101"));
    let kept = token("a", "101", T0);
    store.keep_api_token(&kept).await.unwrap();
    for (other, extension) in [("2", "101"), ("1", "102"), ("2", "102")] {
        let (other, extension) = (account_id(other), extension_id(extension));
        let end = store.end_api_token(&other, &extension, "a").await;
        end.unwrap();
        assert_eq!(tokens(store, &other, &extension).await, []);
        let stolen = ApiToken {
            account: other,
            extension,
            ..kept.clone()
        };
        let _ = store.keep_api_token(&stolen).await;
    }
    assert_eq!(tokens(store, &account, &ada).await, [kept]);
    for _ in 0..2 {
        store.end_api_token(&account, &ada, "a").await.unwrap();
        assert_eq!(store.api_token("hash-a").await.unwrap(), None);
    }
}
