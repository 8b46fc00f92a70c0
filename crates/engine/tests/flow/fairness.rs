//! A company with very much to do, and one with very little.
//!
//! Scaled: 1,000,000 files that a destination takes 64 at once, one second
//! each, take 52 runs of five minutes. Here 10,000 files take a hundred
//! seconds each: as many runs, as long a time.

use std::ops::Range;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use domain::archive_path::ArchivePath;
use domain::connection::{Backup, BackupId, Connection, ConnectionId, DestinationRecord, Scope};
use domain::content::Content;
use domain::data_type::DataType;
use domain::grant::{Grant, Provider};
use domain::ledger::{DestinationId, Receipt};
use domain::ports::destination::{File, Owner};
use domain::ports::{Destination, Noted, Providers, SignIn, Source, Space, Store, Viewer};
use domain::schedule::HORIZON_MS;
use domain::timetable::Timetable;
use domain::window::Window;
use domain::{Error, Kind, Result};
use engine::{Failures, Rhythm, Worker};
use futures::stream::BoxStream;
use jiff::tz::TimeZone;
use testkit::builders::{account, extension, ready, recording};
use testkit::clock::ManualClock;
use testkit::memory::source::Plant;
use testkit::memory::{destination, source, store};
use tokio_util::sync::CancellationToken;

use crate::server::ON;

const FILES: usize = 10_000;
const EACH: Duration = Duration::from_secs(100);

/// A destination that takes its time.
struct Slow(destination::Destination);

#[async_trait]
impl Destination for Slow {
    async fn owner(&self) -> Result<Owner> {
        self.0.owner().await
    }

    async fn prepare(&self) -> Result<()> {
        self.0.prepare().await
    }

    async fn put(&self, path: &ArchivePath, content: Content) -> Result<Receipt> {
        tokio::time::sleep(EACH).await;
        self.0.put(path, content).await
    }

    async fn stat(&self, path: &ArchivePath) -> Result<Option<Receipt>> {
        self.0.stat(path).await
    }

    fn list(&self) -> BoxStream<'_, Result<Vec<File>>> {
        self.0.list()
    }

    async fn read(&self, path: &ArchivePath, part: Option<Range<u64>>) -> Result<Content> {
        self.0.read(path, part).await
    }

    async fn space(&self) -> Result<Space> {
        self.0.space().await
    }
}

/// Two companies, each with both ends of its own: the busy one's is slow.
struct Two {
    sources: [Arc<source::Source>; 2],
    slow: Arc<Slow>,
    quick: Arc<destination::Destination>,
}

impl Two {
    fn which(connection: &Connection) -> usize {
        usize::from(connection.account.as_str() == "2")
    }
}

#[async_trait]
impl Providers for Two {
    async fn sign_in(&self, _: Provider) -> Result<Arc<dyn SignIn>> {
        Err(Error::new(Kind::Config, "nobody signs in here"))
    }

    async fn source_behind(&self, _: &Grant) -> Result<Arc<dyn Source>> {
        Err(Error::new(Kind::Config, "nobody signs in here"))
    }

    async fn destination_behind(&self, _: &Grant) -> Result<Arc<dyn Destination>> {
        Err(Error::new(Kind::Config, "nobody signs in here"))
    }

    async fn source(&self, connection: &Connection) -> Result<Arc<dyn Source>> {
        Ok(self.sources[Two::which(connection)].clone())
    }

    async fn destination(&self, connection: &Connection) -> Result<Arc<dyn Destination>> {
        Ok(match Two::which(connection) {
            0 => self.slow.clone(),
            _ => self.quick.clone(),
        })
    }

    async fn forget(&self, _: &Connection) {}

    async fn try_keys(&self, _: Provider, _: &str, _: &str) -> Result<()> {
        Ok(())
    }
}

async fn company(store: &store::Store, source: &source::Source, id: &str) -> Backup {
    let company = account(id);
    source.sign_in(Viewer {
        account: company.clone(),
        extension: extension("101"),
        admin: true,
    });
    let record = DestinationRecord {
        id: DestinationId::new(format!("box:{id}")),
        account: company.id.clone(),
        label: id.to_owned(),
        naming: domain::archive_path::Naming::Default,
    };
    let connection = Connection {
        id: ConnectionId::new(id),
        account: company.id.clone(),
        viewer: extension("101").id,
        destination: record.id.clone(),
        headless: false,
        connected: true,
        source_trouble: None,
        destination_trouble: None,
    };
    let backup = Backup {
        id: BackupId::new(id),
        account: company.id.clone(),
        connection: connection.id.clone(),
        destination: record.id.clone(),
        scope: Scope::Account,
        types: [DataType::CallRecording].into(),
        enabled: true,
    };
    let store: &dyn Store = store;
    store.keep_account(&company, 0).await.unwrap();
    store.keep_destination(&record).await.unwrap();
    store.keep_connection(&connection, 0).await.unwrap();
    store.keep_backup(&backup, 0).await.unwrap();
    let none = Timetable::default();
    let on = none
        .with_history(false, ON, HORIZON_MS)
        .turned_on(ON, HORIZON_MS);
    let changed = store.change_timetable(&company.id, &backup.id, &none, &on);
    assert!(changed.await.unwrap());
    backup
}

#[tokio::test(start_paused = true)]
async fn a_company_with_a_million_files_delays_another_s_fresh_one_by_two_cycles_at_most() {
    let clock = ManualClock::following_tokio(ON);
    let store = Arc::new(store::Store::new(clock.clone()));
    let sources = [(); 2].map(|()| Arc::new(source::Source::new(clock.clone())));
    let busy = company(&store, &sources[0], "1").await;
    let quiet = company(&store, &sources[1], "2").await;
    let mut page = Vec::new();
    for n in 0..FILES {
        let at = ON + i64::try_from(n % 1_000).unwrap();
        let item = recording(&format!("m{n:05}"), at);
        sources[0].plant(Plant::new(item.clone()));
        page.push(Noted {
            sighting: ready(&item),
            stem: format!("Archive/{}", item.id.unit),
        });
    }
    let book: &dyn Store = store.as_ref();
    let noted = book.note(&busy.account, &busy, &page, &[], ON);
    noted.await.unwrap();
    let providers = Two {
        sources: sources.clone(),
        slow: Arc::new(Slow(destination::Destination::new())),
        quick: Arc::new(destination::Destination::new()),
    };
    let providers = Arc::new(providers);
    let stop = CancellationToken::new();
    // One place only: the worst case.
    let worker = Worker {
        store: store.clone(),
        providers: providers.clone(),
        clock: Arc::new(clock.clone()),
        rhythm: Rhythm::default(),
        name: "one".to_owned(),
        zone: TimeZone::UTC,
        at_once: 1,
        failures: Failures::default(),
        stop: stop.clone(),
    };
    let work = tokio::spawn(worker.work());
    let (mut worst, mut fresh) = (Duration::ZERO, 0);
    while providers.slow.0.files().len() < FILES {
        tokio::time::sleep(Duration::from_mins(7)).await;
        fresh += 1;
        let item = recording(&format!("fresh{fresh}"), clock.now_ms() - 1);
        sources[1].plant(Plant::new(item));
        // Somebody waits for it: it need not wait for the hour.
        book.hurry(&quiet.account, &quiet.id).await.unwrap();
        let since = tokio::time::Instant::now();
        while providers.quick.files().len() < fresh {
            tokio::time::sleep(Duration::from_secs(5)).await;
            assert!(since.elapsed() < Duration::from_hours(1), "it starves");
        }
        worst = worst.max(since.elapsed());
    }
    stop.cancel();
    work.await.unwrap();
    let cycle = Rhythm::default().stint;
    println!(
        "{FILES} files of {} s each, one worker with one place: {fresh} fresh files of another \
         company waited {} s at most; two cycles are {} s",
        EACH.as_secs(),
        worst.as_secs(),
        2 * cycle.as_secs()
    );
    assert!(fresh > 20, "{fresh}");
    assert!(worst <= 2 * cycle, "{worst:?}");
    let all = book
        .counts(&busy.account, &busy, Window::EVER)
        .await
        .unwrap();
    assert_eq!(all[&DataType::CallRecording].archived, FILES as u64);
}
