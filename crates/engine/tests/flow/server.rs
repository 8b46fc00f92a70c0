//! A server's worker over a company in memory. The provider has a clock of its
//! own: the machine's may be wrong.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use async_trait::async_trait;
use domain::account::Account;
use domain::connection::{Backup, BackupId, Connection, ConnectionId, DestinationRecord, Scope};
use domain::data_type::DataType;
use domain::grant::{Grant, Provider};
use domain::ports::{Destination, Providers, SignIn, Source, Store};
use domain::schedule::HORIZON_MS;
use domain::task::Task;
use domain::timetable::Timetable;
use domain::window::Window;
use domain::{Error, Kind, Result};
use engine::{Failures, Rhythm, Worker};
use jiff::tz::TimeZone;
use testkit::builders::account_id;
use testkit::clock::ManualClock;
use testkit::faulty::{Faults, Faulty, Rates};
use testkit::memory::{destination, source, store};
use tokio_util::sync::CancellationToken;

use crate::rig::DAWN;

/// One source and one destination for everybody.
pub(crate) struct Fixed {
    pub(crate) source: Arc<dyn Source>,
    pub(crate) destination: Arc<dyn Destination>,
    /// Why nobody gets at the destination.
    pub(crate) dead: Mutex<Option<Error>>,
    pub(crate) forgotten: AtomicUsize,
}

#[async_trait]
impl Providers for Fixed {
    async fn sign_in(&self, _: Provider) -> Result<Arc<dyn SignIn>> {
        Err(Error::new(Kind::Config, "nobody signs in here"))
    }

    async fn source_behind(&self, _: &Grant) -> Result<Arc<dyn Source>> {
        Ok(Arc::clone(&self.source))
    }

    async fn destination_behind(&self, _: &Grant) -> Result<Arc<dyn Destination>> {
        Ok(Arc::clone(&self.destination))
    }

    async fn source(&self, _: &Connection) -> Result<Arc<dyn Source>> {
        Ok(Arc::clone(&self.source))
    }

    async fn destination(&self, _: &Connection) -> Result<Arc<dyn Destination>> {
        match &*self.dead.lock().unwrap() {
            Some(error) => Err(error.clone()),
            None => Ok(Arc::clone(&self.destination)),
        }
    }

    async fn forget(&self, _: &Connection) {
        self.forgotten.fetch_add(1, Ordering::SeqCst);
    }

    async fn try_keys(&self, _: Provider, _: &str, _: &str) -> Result<()> {
        Ok(())
    }
}

pub(crate) struct Server {
    /// The machine's clock, and the database's.
    pub(crate) machine: ManualClock,
    /// What time it really is.
    pub(crate) world: ManualClock,
    source: Arc<Faulty<source::Source>>,
    destination: Arc<Faulty<destination::Destination>>,
    pub(crate) store: Arc<dyn Store>,
    /// The same without faults.
    pub(crate) memory: Arc<Faulty<store::Store>>,
    pub(crate) faults: Faults,
    pub(crate) providers: Arc<Fixed>,
    pub(crate) stop: CancellationToken,
}

/// When the tests' Backup is switched ON: 2026-11-20T12:20:00Z.
pub(crate) const ON: i64 = DAWN + 12 * 3_600_000 + 20 * 60_000;

impl Server {
    /// Connected; nothing is ON.
    pub(crate) async fn new() -> Server {
        let server = Server::with(&Faults::from_seed(0, Rates::default()));
        server.connect().await;
        server
    }

    /// The same, in a world that is calm only now.
    pub(crate) async fn stormy(seed: u64, rates: Rates) -> Server {
        let faults = Faults::from_seed(seed, rates);
        let server = Server::with(&faults);
        while server.try_connect().await.is_err() {}
        server
    }

    /// In a world where each end and the memory fail at their own rates: source,
    /// destination, memory. Calm while it is connected.
    pub(crate) async fn of_a_swarm(seed: u64, rates: [Rates; 3]) -> Server {
        let faults = Faults::from_seed(seed, Rates::default());
        let server = Server::made(
            &faults,
            |it| it.at(rates[0]),
            |it| it.at(rates[1]),
            |it| it.at(rates[2]),
        );
        while server.try_connect().await.is_err() {}
        server
    }

    fn with(faults: &Faults) -> Server {
        Server::made(faults, |it| it, |it| it, |it| it)
    }

    fn made(
        faults: &Faults,
        at_source: impl FnOnce(Faulty<source::Source>) -> Faulty<source::Source>,
        at_destination: impl FnOnce(
            Faulty<destination::Destination>,
        ) -> Faulty<destination::Destination>,
        at_store: impl FnOnce(Faulty<store::Store>) -> Faulty<store::Store>,
    ) -> Server {
        let machine = ManualClock::following_tokio(ON);
        let world = ManualClock::following_tokio(ON);
        let source = Faulty::new(source::Source::new(world.clone()), faults);
        let source = Arc::new(at_source(source));
        let destination = Faulty::new(destination::Destination::new(), faults);
        let destination = Arc::new(at_destination(destination));
        let memory = Arc::new(at_store(Faulty::new(
            store::Store::new(machine.clone()),
            faults,
        )));
        Server {
            store: memory.clone(),
            memory,
            providers: Arc::new(Fixed {
                source: source.clone(),
                destination: destination.clone(),
                dead: Mutex::default(),
                forgotten: AtomicUsize::new(0),
            }),
            machine,
            world,
            source,
            destination,
            faults: faults.clone(),
            stop: CancellationToken::new(),
        }
    }

    /// The company in memory.
    pub(crate) fn source(&self) -> &source::Source {
        self.source.inner()
    }

    /// The destination in memory.
    pub(crate) fn destination(&self) -> &destination::Destination {
        self.destination.inner()
    }

    async fn connect(&self) {
        self.try_connect().await.unwrap();
    }

    async fn try_connect(&self) -> Result<()> {
        let viewer = self.source().viewer().await?;
        let owner = self.destination().owner().await?;
        let account = viewer.account.id.clone();
        let record = DestinationRecord {
            id: owner.id,
            account: account.clone(),
            label: owner.label,
            naming: domain::archive_path::Naming::Default,
        };
        let company = Account {
            time_zone: Some("UTC".to_owned()),
            ..viewer.account
        };
        let store = &self.store;
        store.keep_account(&company, 0).await?;
        store.keep_destination(&record).await?;
        let connection = Connection {
            id: ConnectionId::new("c"),
            account: account.clone(),
            viewer: viewer.extension.id,
            destination: record.id.clone(),
            headless: false,
            connected: true,
            source_trouble: None,
            destination_trouble: None,
        };
        store.keep_connection(&connection, 0).await?;
        let backup = Backup {
            id: BackupId::new("b"),
            account,
            connection: connection.id,
            destination: record.id,
            scope: Scope::Account,
            types: DataType::ALL.into(),
            enabled: false,
        };
        store.keep_backup(&backup, 0).await?;
        Ok(())
    }

    pub(crate) async fn backup(&self) -> Backup {
        self.store
            .backups(&account_id("1"))
            .await
            .unwrap()
            .remove(0)
    }

    pub(crate) async fn connection(&self) -> Connection {
        let backup = self.backup().await;
        let all = self.store.connections(&backup.account).await.unwrap();
        all.into_iter().next().unwrap()
    }

    pub(crate) async fn timetable(&self) -> Timetable {
        let backup = self.backup().await;
        let kept = self.store.timetable(&backup.account, &backup.id).await;
        kept.unwrap()
    }

    pub(crate) async fn keep_timetable(&self, timetable: &Timetable) {
        let backup = self.backup().await;
        let (account, id) = (&backup.account, &backup.id);
        let was = self.timetable().await;
        let changed = self.store.change_timetable(account, id, &was, timetable);
        assert!(changed.await.unwrap());
    }

    /// Switched ON without history, if nothing fails.
    pub(crate) async fn try_switch_on(&self) -> Result<()> {
        let account = account_id("1");
        let now_ms = self.machine.now_ms();
        let mut backup = self.store.backups(&account).await?.remove(0);
        let timetable = Timetable::default()
            .with_history(false, now_ms, HORIZON_MS)
            .turned_on(now_ms, HORIZON_MS);
        let was = self.store.timetable(&account, &backup.id).await?;
        self.store
            .change_timetable(&account, &backup.id, &was, &timetable)
            .await?;
        backup.enabled = true;
        self.store.keep_backup(&backup, 0).await
    }

    /// As the BACKUP page does it.
    pub(crate) async fn switch(&self, on: bool) {
        let backup = self.backup().await;
        if on {
            let timetable = self.timetable().await;
            let now_ms = self.machine.now_ms();
            self.keep_timetable(&timetable.turned_on(now_ms, HORIZON_MS))
                .await;
        }
        let backup = Backup {
            enabled: on,
            ..backup
        };
        self.store.keep_backup(&backup, 0).await.unwrap();
    }

    /// Switched ON by somebody who does not want what was before.
    pub(crate) async fn switch_on_without_history(&self) {
        let timetable = self.timetable().await;
        let now_ms = self.machine.now_ms();
        self.keep_timetable(&timetable.with_history(false, now_ms, HORIZON_MS))
            .await;
        self.switch(true).await;
    }

    pub(crate) async fn hurry(&self) {
        let backup = self.backup().await;
        let hurry = self.store.hurry(&backup.account, &backup.id);
        hurry.await.unwrap();
    }

    /// A process of its own, as after a restart.
    pub(crate) fn worker(&self, name: &str) -> Worker {
        Worker {
            store: Arc::clone(&self.store),
            providers: self.providers.clone(),
            clock: Arc::new(self.machine.clone()),
            rhythm: Rhythm::default(),
            name: name.to_owned(),
            zone: TimeZone::UTC,
            at_once: 4,
            failures: Failures::default(),
            stop: self.stop.clone(),
        }
    }

    /// Works until nothing is due; how many runs that took.
    pub(crate) async fn settle(&self) -> usize {
        let worker = self.worker("test");
        let mut turns = 0;
        while worker.turn().await.unwrap() {
            turns += 1;
            assert!(turns < 1_000, "it is always due");
        }
        turns
    }

    /// Time goes by, with a worker that looks every now and then.
    pub(crate) async fn live(&self, span: Duration, look: Duration) {
        let until = tokio::time::Instant::now() + span;
        while tokio::time::Instant::now() < until {
            tokio::time::sleep(look).await;
            self.settle().await;
        }
    }

    /// All rows, oldest first.
    pub(crate) async fn rows(&self) -> Vec<Task> {
        let backup = self.backup().await;
        let rows = self
            .store
            .tasks(&backup.account, &backup.id, Window::EVER)
            .await;
        let mut rows = rows.unwrap();
        rows.reverse();
        rows
    }
}
