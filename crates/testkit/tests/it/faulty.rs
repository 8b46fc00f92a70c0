//! Planted faults lose and break off; what they let through is true.

use std::collections::BTreeMap;

use async_trait::async_trait;
use bytes::Bytes;
use domain::Kind;
use domain::lane::{Depth, Lane};
use domain::ports::{Ask, Connections as _, Destination, Source as _};
use futures::TryStreamExt;
use testkit::builders::{T0, account, bytes_of, chunked, hours, path, recording};
use testkit::faulty::{Faults, Faulty, Rates};
use testkit::laws::destination::Shelf;
use testkit::memory::Plant;
use testkit::{ManualClock, laws, memory, samples};

const HALF: Rates = Rates {
    before: 200,
    torn: 200,
    after: 100,
};

struct Calm(Faulty<memory::Destination>);

#[async_trait]
impl Shelf for Calm {
    fn destination(&self) -> &dyn Destination {
        &self.0
    }

    async fn files(&self) -> BTreeMap<String, Bytes> {
        self.0.inner().files()
    }
}

#[tokio::test]
async fn without_faults_it_is_the_port_itself() {
    let faults = Faults::from_seed(1, Rates::default());
    let calm = async || Calm(Faulty::new(memory::Destination::new(), &faults));
    laws::destination::all(calm).await;
    let clock = ManualClock::of_the_machine();
    let calm = async || Faulty::new(memory::Store::new(clock.clone()), &faults);
    laws::store::all(calm).await;
    assert_eq!(faults.faults(), 0);
    assert!(faults.calls() > 100);
}

#[tokio::test]
async fn a_put_that_is_repeated_long_enough_lands_whole() {
    let faults = Faults::from_seed(7, HALF);
    let shelf = Faulty::new(memory::Destination::new(), &faults);
    for n in 0..100 {
        let name = format!("{n}.bin");
        let bytes = samples::noise(&name, 1_000 + n);
        let mut tries = 0;
        while shelf.put(&path(&name), chunked(&bytes, 200)).await.is_err() {
            tries += 1;
            assert!(tries < 50, "it never lands");
        }
        assert_eq!(shelf.inner().bytes_at(&path(&name)), Some(bytes));
    }
    assert_eq!(shelf.inner().writes(), 100);
    assert!(faults.faults() > 50, "{faults:?}");
}

#[tokio::test]
async fn a_listing_either_fails_or_is_whole() {
    let faults = Faults::from_seed(3, HALF);
    let source = Faulty::new(memory::Source::new(ManualClock::at(T0 + 100)), &faults);
    source.inner().page_size(2);
    let items: Vec<_> = (0..9).map(|n| recording(&n.to_string(), T0 + n)).collect();
    for item in &items {
        source
            .inner()
            .plant(Plant::new(item.clone()).in_chunks_of(100));
    }
    let ask = Ask {
        lane: Lane::AccountCalls,
        window: hours(0, 1),
        types: domain::data_type::DataType::ALL.into(),
        depth: Depth::Recorded,
    };
    let (mut whole, mut opened) = (0, 0);
    for _ in 0..100 {
        let listed: Result<Vec<_>, _> = source.list(&ask).try_collect().await;
        if let Ok(pages) = listed {
            assert_eq!(pages.len(), 5);
            whole += 1;
        }
        if let Ok(content) = source.open(&items[0]).await {
            let read: Result<Vec<_>, _> = content.bytes.try_collect().await;
            if let Ok(chunks) = read {
                assert_eq!(chunks.concat(), bytes_of(&items[0]));
                opened += 1;
            }
        }
    }
    assert!((1..100).contains(&whole) && (1..100).contains(&opened));
}

#[tokio::test]
async fn the_same_seed_is_the_same_history() {
    let history = async |seed| {
        let faults = Faults::from_seed(seed, HALF);
        let store = Faulty::new(memory::Store::new(ManualClock::at(T0)), &faults);
        let mut told = Vec::new();
        for _ in 0..64 {
            told.push(store.keep_account(&account("1"), T0).await.is_ok());
        }
        told
    };
    assert_eq!(history(1).await, history(1).await);
    assert_ne!(history(1).await, history(2).await);
}

#[tokio::test]
async fn a_cut_is_for_good() {
    for (faults, kept) in [(Faults::cut_before(2), 2), (Faults::cut_after(2), 3)] {
        let store = Faulty::new(memory::Store::new(ManualClock::at(T0)), &faults);
        for (n, id) in ["1", "2", "3", "4"].into_iter().enumerate() {
            let told = store.keep_account(&account(id), T0).await;
            assert_eq!(
                told.map_err(|it| it.kind()).err(),
                (n >= 2).then_some(Kind::Storage)
            );
        }
        assert_eq!(store.inner().accounts().await.unwrap().len(), kept);
        faults.calm();
        assert!(store.accounts().await.is_ok());
        assert_eq!((faults.calls(), faults.faults()), (5, 2));
    }
}
