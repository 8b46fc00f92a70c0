//! Laws of what processes agree on before they send.

use std::time::Duration;

use domain::allowance::{Inquiry, Note, Rate, RateKey, Told};
use domain::ports::Store;
use futures::future::join_all;

fn key(peer: &str, group: &str) -> RateKey {
    RateKey {
        peer: peer.to_owned(),
        subject: "app/1".to_owned(),
        group: group.to_owned(),
    }
}

fn ask(holder: &str, want: u32, notes: &[Note]) -> Inquiry {
    Inquiry {
        holder: holder.to_owned(),
        lot: 1,
        want,
        rate: Some(Rate {
            limit: 10,
            window_ms: 3_600_000,
        }),
        notes: notes.to_vec(),
    }
}

/// Of many who ask at once all together get the limit and no more; another
/// group is another budget.
pub async fn a_budget_is_shared_by_all<S: Store>(store: &S) {
    let (heavy, light) = (key("P", "heavy"), key("P", "light"));
    let inquiries: Vec<Inquiry> = (0..12).map(|n| ask(&n.to_string(), 3, &[])).collect();
    let told = join_all(inquiries.iter().map(|it| store.inquire(&heavy, it))).await;
    let granted = told.iter().map(|it| match it {
        Ok(Told::Granted { places, .. }) => *places,
        told => {
            assert!(matches!(told, Ok(Told::Full { .. })), "{told:?}");
            0
        }
    });
    assert_eq!(granted.sum::<u32>(), 10);
    let told = store.inquire(&light, &ask("a", 10, &[])).await.unwrap();
    let granted = |places| Told::Granted {
        places,
        probing: false,
    };
    assert_eq!(told, granted(10));
    let closed = Note::Closed {
        lot: 1,
        sent: 4,
        ago_ms: 0,
    };
    let told = store.inquire(&light, &ask("a", 0, &[closed])).await;
    assert_eq!(told.unwrap(), Told::Noted);
    let told = store.inquire(&light, &ask("b", 10, &[])).await.unwrap();
    assert_eq!(told, granted(6));
}

/// A penalty that one process met holds all, in its group or everywhere; when
/// it is over one goes ahead.
pub async fn a_penalty_is_met_once<S: Store>(store: &S) {
    let heavy = key("P", "heavy");
    let hour = Note::Shut { for_ms: 3_600_000 };
    assert_eq!(store.penalties().await.unwrap(), []);
    store.inquire(&heavy, &ask("a", 0, &[hour])).await.unwrap();
    let told = store.inquire(&heavy, &ask("b", 1, &[])).await.unwrap();
    let runs = |told| matches!(told, Told::Shut { for_ms } if (1..=3_600_000).contains(&for_ms));
    assert!(runs(told), "{told:?}");
    let running = store.penalties().await.unwrap();
    assert_eq!(running.len(), 1);
    assert_eq!(running[0].0, heavy);
    assert!(running[0].1 <= Duration::from_hours(1));

    let all = RateKey::all_of("Q");
    store.inquire(&all, &ask("a", 0, &[hour])).await.unwrap();
    let told = store.inquire(&key("Q", "x"), &ask("b", 1, &[])).await;
    assert!(matches!(told.unwrap(), Told::Shut { .. }));
    let told = store.inquire(&key("R", "x"), &ask("b", 1, &[])).await;
    assert!(matches!(told.unwrap(), Told::Granted { .. }));

    let over = Note::Shut { for_ms: 0 };
    let quick = key("R", "y");
    store.inquire(&quick, &ask("a", 0, &[over])).await.unwrap();
    let probe = Told::Granted {
        places: 1,
        probing: true,
    };
    let one = store.inquire(&quick, &ask("a", 1, &[])).await.unwrap();
    assert_eq!(one, probe);
    let other = store.inquire(&quick, &ask("b", 1, &[])).await.unwrap();
    assert!(matches!(other, Told::Behind { .. }), "{other:?}");
}

/// A right has one holder at a time, who gives it back or whose lease runs
/// out; who waited comes next.
pub async fn a_right_has_one_holder<S: Store>(store: &S) {
    let hour = Duration::from_hours(1);
    let take = async |who: &str, lease| store.take_right("x", who, lease).await.unwrap();
    let others: Vec<String> = (0..8).map(|n| n.to_string()).collect();
    let asking = others.iter().map(|it| store.take_right("y", it, hour));
    let given = join_all(asking).await;
    assert_eq!(given.iter().filter(|it| *it.as_ref().unwrap()).count(), 1);

    assert!(take("a", hour).await);
    assert!(take("a", hour).await, "it is theirs");
    assert!(!take("b", hour).await);
    store.end_right("x", "b").await.unwrap();
    assert!(!take("b", hour).await, "it was not theirs");
    store.end_right("x", "a").await.unwrap();
    assert!(!take("a", hour).await, "another stood in the queue");
    assert!(take("b", Duration::ZERO).await);
    assert!(take("a", hour).await, "a lease of zero has run out");
}
