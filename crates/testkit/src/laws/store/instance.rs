//! Laws of what belongs to the server itself.

use domain::ports::Store;
use domain::secret::Secret;
use futures::future::join_all;

use crate::builders::{T0, account_id};

/// A setting comes back as it was kept, is replaced, and is gone when it is
/// erased; others stay.
pub async fn a_setting_comes_back_as_it_was_kept<S: Store>(store: &S) {
    let read = async |name: &str| store.setting(name).await.unwrap();
    assert_eq!(read("A").await, None);
    let values = ["one", "", "two \u{1f511}\0 three"].map(Secret::new);
    store.keep_setting("B", Some(&values[0])).await.unwrap();
    for value in &values {
        store.keep_setting("A", Some(value)).await.unwrap();
        assert_eq!(read("A").await.as_ref(), Some(value));
    }
    for _ in 0..2 {
        store.keep_setting("A", None).await.unwrap();
        assert_eq!(read("A").await, None);
    }
    store.keep_setting("A", Some(&values[0])).await.unwrap();
    assert_eq!(read("A").await.as_ref(), Some(&values[0]));
    assert_eq!(read("B").await.as_ref(), Some(&values[0]));
    assert_eq!(read("a").await, None);
}

/// Of two who change a setting at once one comes last, and it opens.
pub async fn two_who_change_a_setting_leave_one<S: Store>(store: &S) {
    let values: Vec<Secret> = (0..8).map(|n| Secret::new(format!("value {n}"))).collect();
    let keeping = values.iter().map(|it| store.keep_setting("A", Some(it)));
    for kept in join_all(keeping).await {
        kept.unwrap();
    }
    let left = store.setting("A").await.unwrap().unwrap();
    assert!(values.contains(&left));
}

/// The server belongs to the first company that claims it, and to no other.
pub async fn a_server_is_claimed_once<S: Store>(store: &S) {
    let (one, two) = (account_id("1"), account_id("2"));
    assert_eq!(store.owners().await.unwrap(), []);
    assert!(store.claim(&two, T0).await.unwrap());
    assert!(!store.claim(&one, T0 + 1).await.unwrap());
    assert!(store.claim(&two, T0 + 2).await.unwrap());
    assert_eq!(store.owners().await.unwrap(), [two]);
}

/// Of many companies that claim it at the same moment one gets it.
pub async fn of_many_who_claim_a_server_one_gets_it<S: Store>(store: &S) {
    let all: Vec<_> = (0..8).map(|n| account_id(&n.to_string())).collect();
    let asking = all.iter().map(|it| store.claim(it, T0));
    let given = join_all(asking).await;
    let given: Vec<_> = all
        .iter()
        .zip(given)
        .filter_map(|(it, given)| given.unwrap().then(|| it.clone()))
        .collect();
    assert_eq!(given.len(), 1, "{given:?}");
    assert_eq!(store.owners().await.unwrap(), given);
}
