//! Laws of `Vault`: the grants.

use domain::connection::ConnectionId;
use domain::grant::{Grant, Provider};
use domain::ports::Store;
use domain::secret::Secret;

use super::stage::Stage;
use crate::builders::{T0, grant};

const ENDS: [Provider; 2] = [Provider::Source, Provider::Destination];

async fn read<S: Store>(
    stage: &Stage<'_, S>,
    connection: &ConnectionId,
    end: Provider,
) -> Option<Grant> {
    let grant = stage.store.grant(&stage.account, connection, end);
    grant.await.unwrap()
}

async fn keep<S: Store>(stage: &Stage<'_, S>, end: Provider, grant: &Grant) {
    let (store, account) = (stage.store, &stage.account);
    let kept = store.keep_grant(account, &stage.connection.id, end, grant);
    kept.await.unwrap();
}

/// Each end of a Connection has its own grant, which comes back as it was
/// kept (times to the millisecond).
pub async fn a_grant_comes_back_as_it_was_kept<S: Store>(store: &S) {
    let stage = Stage::set(store, "1").await;
    let id = &stage.connection.id;
    for end in ENDS {
        assert_eq!(read(&stage, id, end).await, None);
    }
    let long = Grant {
        access: Secret::new("ключ 🔑".repeat(1_000)),
        refresh: None,
        refresh_until: None,
        scopes: Vec::new(),
        owner: String::new(),
        ..grant("long", T0 + 123)
    };
    keep(&stage, Provider::Source, &grant("s", T0)).await;
    keep(&stage, Provider::Destination, &long).await;
    assert_eq!(read(&stage, id, ENDS[0]).await, Some(grant("s", T0)));
    assert_eq!(read(&stage, id, ENDS[1]).await, Some(long));
}

/// A new grant replaces the old one, what it lacks included.
pub async fn a_grant_is_replaced_as_a_whole<S: Store>(store: &S) {
    let stage = Stage::set(store, "1").await;
    let id = &stage.connection.id;
    let bare = Grant {
        refresh: None,
        refresh_until: None,
        scopes: vec!["b".to_owned(), "a".to_owned()],
        ..grant("new", T0 + 1)
    };
    for newest in [grant("old", T0), bare, grant("newest", T0 + 2)] {
        keep(&stage, Provider::Source, &newest).await;
        assert_eq!(read(&stage, id, Provider::Source).await, Some(newest));
    }
}

/// Erasing takes both ends of one Connection, and may be repeated.
pub async fn both_ends_are_erased_and_no_others<S: Store>(store: &S) {
    let stage = Stage::set(store, "1").await;
    let second = stage.another("1:box").await;
    for end in ENDS {
        keep(&stage, end, &grant("a", T0)).await;
        keep(&second, end, &grant("b", T0)).await;
    }
    for _ in 0..2 {
        let erased = store.erase_grants(&stage.account, &stage.connection.id);
        erased.await.unwrap();
        for end in ENDS {
            assert_eq!(read(&stage, &stage.connection.id, end).await, None);
            let other = read(&stage, &second.connection.id, end).await;
            assert_eq!(other, Some(grant("b", T0)));
        }
    }
}
