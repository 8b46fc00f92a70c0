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

/// A renewed grant takes the place of the very grant that was renewed, and
/// only while the Connection is connected.
pub async fn a_renewal_replaces_only_what_was_renewed<S: Store>(store: &S) {
    let stage = Stage::set(store, "1").await;
    let id = &stage.connection.id;
    let renew = async |old: &Grant, new: &Grant| {
        let renewed = store.renew_grant(&stage.account, id, Provider::Source, old, new);
        renewed.await.unwrap()
    };
    let (first, second, third) = (grant("1", T0), grant("2", T0 + 1), grant("3", T0 + 2));
    assert!(!renew(&first, &second).await, "nothing is kept");
    keep(&stage, Provider::Source, &first).await;
    assert!(renew(&first, &second).await);
    assert!(!renew(&first, &third).await, "it was renewed already");
    assert_eq!(
        read(&stage, id, Provider::Source).await,
        Some(second.clone())
    );
    let ended = store.disconnect(&stage.account, id, T0).await;
    assert_eq!(ended.unwrap().0, Some(second.clone()));
    keep(&stage, Provider::Source, &second).await;
    assert!(!renew(&second, &third).await, "nobody is connected");
    assert_eq!(read(&stage, id, Provider::Source).await, Some(second));
}

/// One renews at a time; the right is given back, or runs out.
pub async fn one_renews_at_a_time<S: Store>(store: &S) {
    let stage = Stage::set(store, "1").await;
    let id = &stage.connection.id;
    let lease = std::time::Duration::from_mins(1);
    let take = async |end: Provider, holder: &str, lease| {
        let taken = store.take_renewal(&stage.account, id, end, holder, lease);
        taken.await.unwrap()
    };
    let give = async |holder: &str| {
        let given = store.end_renewal(&stage.account, id, Provider::Source, holder);
        given.await.unwrap();
    };
    assert!(take(Provider::Source, "a", lease).await);
    assert!(!take(Provider::Source, "b", lease).await);
    assert!(
        take(Provider::Destination, "b", lease).await,
        "the other end"
    );
    give("b").await;
    assert!(
        !take(Provider::Source, "b", lease).await,
        "it was not theirs"
    );
    give("a").await;
    assert!(take(Provider::Source, "b", std::time::Duration::ZERO).await);
    assert!(
        take(Provider::Source, "c", lease).await,
        "a lease of zero has run out"
    );
}
