//! The pages over a memory that obeys the Store's laws, and browsers that are
//! signed in to them.

use std::sync::atomic::{AtomicU8, Ordering};
use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use axum::Router;
use axum::body::{Body, to_bytes};
use axum::http::{HeaderMap, Request, StatusCode};
use domain::account::{Account, Extension, ExtensionId};
use domain::call::Call;
use domain::connection::{Backup, BackupId, Connection, ConnectionId, DestinationRecord};
use domain::content::Content;
use domain::data_type::DataType;
use domain::grant::{Grant, Provider};
use domain::item::Item;
use domain::ports::{
    Ask, Audit, AuditAsk, Connections, Destination, Instance, Page, Permission, Providers,
    Sessions, SignIn, Source, Tasks, Viewer,
};
use domain::session::{Session, SessionKey, SignedIn};
use domain::timetable::Timetable;
use domain::{Error, Kind, Result};
use futures::stream::{self, BoxStream, StreamExt};
use sha2::{Digest, Sha256};
use testkit::builders::{account, connection, destination, extension};
use testkit::clock::ManualClock;
use testkit::hand_over::MadeUp;
use testkit::memory::Store;

/// 2016-06-16T18:00:00Z: 14:00 in New York, as in the guide's figure 5.
pub(crate) const NOW: i64 = 1_466_100_000_000;

/// One server with one company.
pub(crate) struct Rig {
    pub(crate) clock: ManualClock,
    pub(crate) store: Arc<Store>,
    pub(crate) company: Account,
    /// What RingCentral refuses, for the whole account.
    pub(crate) refuses: Arc<Mutex<Vec<DataType>>>,
    /// What somebody else does to Backups while RingCentral is asked next.
    pub(crate) meanwhile: Arc<Mutex<Vec<Backup>>>,
    /// What lies in every Dropbox.
    pub(crate) shelf: Arc<testkit::memory::Destination>,
    /// How every Dropbox fails.
    pub(crate) away: Arc<Mutex<Option<Kind>>>,
    pub(crate) state: web::State,
    app: Router,
}

/// A browser of somebody.
pub(crate) struct Browser<'a> {
    rig: &'a Rig,
    word: String,
}

/// What came back.
pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) body: String,
}

impl Rig {
    /// A company that owns the server; nobody is connected.
    pub(crate) async fn new() -> Rig {
        Rig::of(account("1")).await
    }

    /// The same with a company of this name.
    pub(crate) async fn of(company: Account) -> Rig {
        let clock = ManualClock::at(NOW);
        let store = Arc::new(Store::new(clock.clone()));
        store.keep_account(&company, NOW).await.unwrap();
        assert!(store.claim(&company.id, NOW).await.unwrap());
        let people = ["101", "102", "103"].map(extension);
        store
            .keep_extensions(&company.id, &people, NOW)
            .await
            .unwrap();
        let refuses = Arc::default();
        let meanwhile = Arc::default();
        let shelf = Arc::new(testkit::memory::Destination::new());
        let away = Arc::default();
        let options = web::Options {
            public_url: Some("http://archiver.test/".parse().unwrap()),
            ..web::Options::default()
        };
        let providers = Fake {
            store: Arc::clone(&store),
            refuses: Arc::clone(&refuses),
            meanwhile: Arc::clone(&meanwhile),
            shelf: Arc::clone(&shelf),
            away: Arc::clone(&away),
        };
        let count = AtomicU8::new(7);
        let state = web::State::new(
            Arc::clone(&store) as Arc<dyn domain::ports::Store>,
            Arc::new(clock.clone()),
            Arc::new(providers),
            Arc::new(MadeUp(Arc::clone(&store) as Arc<dyn domain::ports::Store>)),
            Arc::new(move || [count.fetch_add(1, Ordering::Relaxed); 32]),
            options,
        );
        Rig {
            clock,
            store,
            company,
            refuses,
            meanwhile,
            shelf,
            away,
            app: web::router(state.clone()),
            state,
        }
    }

    /// A browser in which this extension is signed in.
    pub(crate) async fn browser(&self, extension: &str, admin: bool) -> Browser<'_> {
        self.browser_of(SignedIn {
            account: self.company.id.clone(),
            company: self.company.name.clone(),
            extension: ExtensionId::new(extension),
            number: Some(extension.to_owned()),
            name: format!("Person {extension}"),
            admin,
            time_zone: Some("America/New_York".to_owned()),
            checked_ms: self.clock_ms(),
        })
        .await
    }

    /// A browser of somebody in particular; each call is another browser.
    pub(crate) async fn browser_of(&self, who: SignedIn) -> Browser<'_> {
        static COUNT: std::sync::atomic::AtomicU32 = std::sync::atomic::AtomicU32::new(0);
        let n = COUNT.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
        let word = format!("{n:043}");
        let session = Session {
            key: SessionKey::new(hex(&word)),
            viewer: Some(who),
            unconfirmed: None,
            may_set_up: false,
            notice: None,
            begun_ms: self.clock_ms(),
            seen_ms: self.clock_ms(),
        };
        self.store.keep_session(&session).await.unwrap();
        Browser { rig: self, word }
    }

    pub(crate) fn clock_ms(&self) -> i64 {
        domain::clock::Clock::now(&self.clock).as_millisecond()
    }

    /// Connects an extension to a Dropbox.
    pub(crate) async fn connect(&self, extension: &str, dropbox: &str) -> Connection {
        let record = DestinationRecord {
            label: format!("{dropbox}@example.com"),
            ..destination(dropbox, &self.company.id)
        };
        self.store.keep_destination(&record).await.unwrap();
        let connection = Connection {
            id: ConnectionId::new(format!("{}/{extension}", self.company.id)),
            viewer: ExtensionId::new(extension),
            ..connection("c", &record)
        };
        self.store.keep_connection(&connection, NOW).await.unwrap();
        connection
    }

    /// Everything that is switched on and off.
    pub(crate) async fn backups(&self) -> Vec<Backup> {
        self.store.backups(&self.company.id).await.unwrap()
    }

    /// The only Backup.
    pub(crate) async fn backup(&self) -> Backup {
        let mut all = self.backups().await;
        assert_eq!(all.len(), 1, "{all:?}");
        all.remove(0)
    }

    /// What its clock remembers.
    pub(crate) async fn timetable(&self, id: &BackupId) -> domain::timetable::Timetable {
        self.store.timetable(&self.company.id, id).await.unwrap()
    }

    /// Replaces it, whatever it was.
    pub(crate) async fn set_timetable(&self, id: &BackupId, timetable: &Timetable) {
        let was = self.timetable(id).await;
        let account = &self.company.id;
        let changed = self.store.change_timetable(account, id, &was, timetable);
        assert!(changed.await.unwrap());
    }

    /// What the audit log was told of a group of actions: which, about what,
    /// and what came of it.
    pub(crate) async fn deeds(&self, group: &str) -> Vec<(String, String, String)> {
        let ask = AuditAsk {
            action: group.to_owned(),
            ..AuditAsk::all(None, 1_000)
        };
        let links = self
            .store
            .audit_links(&self.company.id, &ask)
            .await
            .unwrap();
        let told = links.into_iter();
        told.map(|it| (it.action, it.target, it.result)).collect()
    }

    /// Whether a worker would find it due.
    pub(crate) async fn is_due(&self) -> bool {
        let lease = std::time::Duration::ZERO;
        self.store.claim_due("w", lease).await.unwrap().is_some()
    }
}

impl Answer {
    /// A header, or nothing.
    pub(crate) fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", |it| it.to_str().unwrap())
    }
}

impl Browser<'_> {
    /// Looks at a page.
    pub(crate) async fn get(&self, path: &str) -> Answer {
        self.send(Request::get(path), Body::empty()).await
    }

    /// The same with more headers.
    pub(crate) async fn get_with(&self, path: &str, headers: &[(&str, &str)]) -> Answer {
        let mut request = Request::get(path);
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        self.send(request, Body::empty()).await
    }

    /// Asks for the headers alone.
    pub(crate) async fn head(&self, path: &str) -> Answer {
        self.send(Request::head(path), Body::empty()).await
    }

    /// Whether an answer that began well breaks off.
    pub(crate) async fn broken(&self, path: &str) -> bool {
        let response = self.response(Request::get(path), Body::empty()).await;
        assert_eq!(response.status(), StatusCode::OK, "{path}");
        to_bytes(response.into_body(), 1 << 26).await.is_err()
    }

    /// A page that must be there and well made.
    pub(crate) async fn page(&self, path: &str) -> String {
        let answer = self.get(path).await;
        assert_eq!(answer.status, StatusCode::OK, "{path}: {}", answer.body);
        crate::html::page(&answer.body);
        answer.body
    }

    /// Sends a form.
    pub(crate) async fn post(&self, path: &str, fields: &[(&str, &str)]) -> Answer {
        let token = self.token().await;
        let mut form = url::form_urlencoded::Serializer::new(String::new());
        form.append_pair("form_token", &token).extend_pairs(fields);
        let request = Request::post(path)
            .header("origin", "http://archiver.test")
            .header("content-type", "application/x-www-form-urlencoded");
        self.send(request, Body::from(form.finish())).await
    }

    /// Sends a form and follows to the page that tells what was done.
    pub(crate) async fn does(&self, path: &str, fields: &[(&str, &str)]) -> String {
        let answer = self.post(path, fields).await;
        assert_eq!(answer.status, StatusCode::SEE_OTHER, "{}", answer.body);
        let to = answer.headers["location"].to_str().unwrap().to_owned();
        self.page(&to).await
    }

    /// Leaves.
    pub(crate) async fn does_log_out(&self) {
        let answer = self.post("/logout", &[]).await;
        assert_eq!(answer.status, StatusCode::SEE_OTHER, "{}", answer.body);
    }

    async fn token(&self) -> String {
        let page = self.get("/help").await.body;
        let field = page.split("name=\"form_token\" value=\"").nth(1).unwrap();
        field.split('"').next().unwrap().to_owned()
    }

    async fn response(
        &self,
        request: axum::http::request::Builder,
        body: Body,
    ) -> axum::response::Response {
        let request = request
            .header("host", "archiver.test")
            .header("cookie", format!("archiver={}", self.word))
            .body(body)
            .unwrap();
        let response = tower::ServiceExt::oneshot(self.rig.app.clone(), request);
        response.await.unwrap()
    }

    async fn send(&self, request: axum::http::request::Builder, body: Body) -> Answer {
        let (head, body) = self.response(request, body).await.into_parts();
        let body = to_bytes(body, 1 << 26).await.unwrap();
        Answer {
            status: head.status,
            headers: head.headers,
            body: String::from_utf8(body.to_vec()).unwrap(),
        }
    }
}

fn hex(word: &str) -> String {
    use std::fmt::Write;
    let mut hex = String::new();
    for byte in Sha256::digest(word.as_bytes()) {
        write!(hex, "{byte:02x}").unwrap();
    }
    hex
}

/// The texts between the tags of the cells of a table's body, row by row.
pub(crate) fn cells(page: &str) -> Vec<Vec<String>> {
    let body = page.split("<tbody").nth(1).unwrap_or_default();
    let body = body.split("</tbody>").next().unwrap_or_default();
    body.split("<tr").skip(1).map(row_cells).collect()
}

fn row_cells(row: &str) -> Vec<String> {
    let cell = |it: &str| {
        let inside = it.split_once('>').map_or("", |(_, it)| it);
        let mut text = String::new();
        let mut tag = false;
        for it in inside.chars() {
            match it {
                '<' => tag = true,
                '>' => tag = false,
                _ if !tag => text.push(it),
                _ => {}
            }
        }
        text.trim().to_owned()
    };
    let marked = row.replace("<th ", "<td ").replace("<td>", "<td >");
    marked.split("<td ").skip(1).map(cell).collect()
}

struct Fake {
    store: Arc<Store>,
    refuses: Arc<Mutex<Vec<DataType>>>,
    meanwhile: Arc<Mutex<Vec<Backup>>>,
    shelf: Arc<testkit::memory::Destination>,
    away: Arc<Mutex<Option<Kind>>>,
}

fn nothing() -> Error {
    Error::new(Kind::Unavailable, "nothing is there in this test")
}

#[async_trait]
impl Providers for Fake {
    async fn sign_in(&self, _: Provider) -> Result<Arc<dyn SignIn>> {
        Err(nothing())
    }

    async fn source_behind(&self, _: &Grant) -> Result<Arc<dyn Source>> {
        Err(nothing())
    }

    async fn destination_behind(&self, _: &Grant) -> Result<Arc<dyn Destination>> {
        Err(nothing())
    }

    async fn source(&self, _: &Connection) -> Result<Arc<dyn Source>> {
        let refuses = self.refuses.lock().unwrap().clone();
        let meanwhile = std::mem::take(&mut *self.meanwhile.lock().unwrap());
        for backup in meanwhile {
            self.store.keep_backup(&backup, NOW).await?;
        }
        Ok(Arc::new(Asked { refuses }))
    }

    async fn destination(&self, _: &Connection) -> Result<Arc<dyn Destination>> {
        if let Some(kind) = *self.away.lock().unwrap() {
            return Err(Error::new(kind, "the Dropbox fails in this test"));
        }
        Ok(Arc::clone(&self.shelf) as Arc<dyn Destination>)
    }

    async fn forget(&self, _: &Connection) {}

    async fn try_keys(&self, _: Provider, _: &str, _: &str) -> Result<()> {
        Ok(())
    }
}

/// A source of which only the permissions are asked.
struct Asked {
    refuses: Vec<DataType>,
}

#[async_trait]
impl Source for Asked {
    async fn viewer(&self) -> Result<Viewer> {
        Err(nothing())
    }

    async fn extensions(&self) -> Result<Vec<Extension>> {
        Err(nothing())
    }

    async fn permissions(&self, of: Option<&ExtensionId>) -> Result<Vec<Permission>> {
        assert_eq!(of, None, "the account is asked about");
        let permission = |data_type| Permission {
            data_type,
            allowed: if self.refuses.contains(&data_type) {
                Err(
                    Error::new(Kind::Forbidden, "the permission ReadExtensions is missing")
                        .remedy("Ask your administrator for it."),
                )
            } else {
                Ok(())
            },
        };
        Ok(DataType::ALL.map(permission).into())
    }

    fn list<'a>(&'a self, _: &'a Ask) -> BoxStream<'a, Result<Page>> {
        stream::empty().boxed()
    }

    async fn open(&self, _: &Item) -> Result<Content> {
        Err(nothing())
    }
}

/// Kept by whoever needs a call: the log page shows none.
pub(crate) const NO_CALLS: &[Call] = &[];
