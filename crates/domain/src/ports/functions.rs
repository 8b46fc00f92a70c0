//! Every function of the [`Store`](super::Store) port, once, for what wraps it: a
//! new one has its line here. Bring all of this module into scope, and hand [`each_book`](crate::each_book) a macro that takes
//!
//! ```text
//! Book { fn name(argument: Type, …) -> Told; … }
//! ```
//!
//! for functions that are `async fn name(&self, argument: Type, …) -> Result<Told>`.

pub use std::collections::BTreeMap;
pub use std::time::Duration;

pub use crate::account::{Account, AccountId, Extension, ExtensionId};
pub use crate::alarm::{
    Ailing, Alarm, AlarmKey, Heap, Notice, Queue, Silent, Standing, Unrenewed, Way,
};
pub use crate::allowance::{Inquiry, RateKey, Told};
pub use crate::archive_path::ArchivePath;
pub use crate::audit::{Deed, Head, Link};
pub use crate::call::Call;
pub use crate::census::CensusDay;
pub use crate::connection::{Backup, BackupId, Connection, ConnectionId, DestinationRecord};
pub use crate::coverage::{Cover, Hidden, Lost, Reached};
pub use crate::data_type::DataType;
pub use crate::event::Event;
pub use crate::export::{Export, ExportId, File as ExportFile, Passed, Row};
pub use crate::grant::{Grant, Provider};
pub use crate::headway::{Headway, Seen};
pub use crate::holding::Holding;
pub use crate::item::ItemId;
pub use crate::lane::Lane;
pub use crate::ledger::{Count, DestinationId, EntryState, Open, Outcome, Work};
pub use crate::manifest::{
    Chain, Entered, Exhibit, Follows, Link as ManifestLink, Told as ManifestTold,
};
pub use crate::ports::destination::File;
pub use crate::ports::{
    Alarms, Audit, AuditAsk, Change, Changed, Checked, Claimed, Connections, Coverage, EntryLine,
    Exports, Finds, Instance, Journal, Ledger, Limits, Log, LogAsk, Manifests, Noted, Overview,
    Paged, PendingSum, Proofs, Retry, Run, SavedFilter, Scrubbed, Scrubs, Sessions, Shelved,
    Shelves, Tasks, Totals, Vault, Walked, Walks, Watch,
};
pub use crate::proof::{Claim, Proof};
pub use crate::retention::Retention;
pub use crate::scrub::Scrub;
pub use crate::search::{Found, Place, Query};
pub use crate::secret::Secret;
pub use crate::session::{ApiToken, Session, SessionKey, TripRecord};
pub use crate::task::{Listing, Task};
pub use crate::timetable::Timetable;
pub use crate::window::Window;

/// Calls a macro once for each book of the Store, with its functions.
#[macro_export]
macro_rules! each_book {
    ($with:ident) => {
        $with!(Connections {
            fn keep_account(account: &Account, now_ms: i64) -> ();
            fn accounts() -> Vec<Account>;
            fn account(id: &AccountId) -> Option<Account>;
            fn keep_extensions(account: &AccountId, all: &[Extension], now_ms: i64) -> ();
            fn extensions(account: &AccountId) -> Vec<Extension>;
            fn keep_destination(record: &DestinationRecord) -> DestinationRecord;
            fn destination(account: &AccountId, id: &DestinationId) -> Option<DestinationRecord>;
            fn keep_connection(connection: &Connection, now_ms: i64) -> ();
            fn connections(account: &AccountId) -> Vec<Connection>;
            fn connection(account: &AccountId, id: &ConnectionId) -> Option<Connection>;
            fn set_trouble(
                account: &AccountId,
                connection: &ConnectionId,
                end: Provider,
                trouble: Option<&str>,
            ) -> ();
            fn disconnect(
                account: &AccountId,
                connection: &ConnectionId,
                now_ms: i64,
            ) -> (Option<Grant>, Option<Grant>);
            fn keep_backup(backup: &Backup, now_ms: i64) -> ();
            fn backup(account: &AccountId, id: &BackupId) -> Option<Backup>;
            fn backups(account: &AccountId) -> Vec<Backup>;
            fn folder(
                account: &AccountId,
                destination: &DestinationId,
                extension: Option<&ExtensionId>,
                proposed: &str,
            ) -> String;
        });
        $with!(Tasks {
            fn open_tasks(account: &AccountId, backup: &BackupId, windows: &[Window]) -> ();
            fn set_listing(
                account: &AccountId,
                backup: &Backup,
                window: Window,
                listing: Listing,
            ) -> ();
            fn relist(account: &AccountId, backup: &BackupId, window: Window) -> ();
            fn tasks(account: &AccountId, backup: &BackupId, window: Window) -> Vec<Task>;
            fn claim_due(worker: &str, lease: Duration) -> Option<Claimed>;
            fn hurry(account: &AccountId, backup: &BackupId) -> ();
            fn timetable(account: &AccountId, backup: &BackupId) -> Timetable;
            fn change_timetable(
                account: &AccountId,
                backup: &BackupId,
                was: &Timetable,
                timetable: &Timetable,
            ) -> bool;
            fn is_running(account: &AccountId, backup: &BackupId) -> bool;
            fn start_run(
                account: &AccountId,
                backup: &BackupId,
                worker: &str,
                lease: Duration,
            ) -> Option<Run>;
            fn beat(account: &AccountId, run: &Run, lease: Duration) -> bool;
            fn finish_run(account: &AccountId, run: &Run) -> ();
            fn mark(
                account: &AccountId,
                backup: &BackupId,
                lane: &Lane,
                data_type: DataType,
            ) -> Option<i64>;
            fn advance_mark(
                account: &AccountId,
                backup: &BackupId,
                lane: &Lane,
                data_type: DataType,
                to_ms: i64,
            ) -> ();
        });
        $with!(Walks {
            fn keep_walked(account: &AccountId, backup: &BackupId, lines: &[Walked]) -> ();
            fn walked(account: &AccountId, backup: &BackupId) -> Vec<Walked>;
            fn forget_walked(account: &AccountId, backup: &BackupId) -> ();
        });
        $with!(Ledger {
            fn note(
                account: &AccountId,
                backup: &Backup,
                noted: &[Noted],
                calls: &[Call],
                now_ms: i64,
            ) -> u64;
            fn due(
                account: &AccountId,
                backup: &Backup,
                of: DataType,
                window: Window,
                now_ms: i64,
                limit: u32,
            ) -> Vec<Work>;
            fn next_due(account: &AccountId, backup: &Backup, window: Window) -> Option<i64>;
            fn settle(
                account: &AccountId,
                destination: &DestinationId,
                outcomes: &[(ItemId, Outcome)],
                now_ms: i64,
            ) -> ();
            fn counts(
                account: &AccountId,
                backup: &Backup,
                window: Window,
            ) -> BTreeMap<DataType, Count>;
            fn open_entries(
                account: &AccountId,
                backup: &Backup,
                window: Window,
                limit: u32,
            ) -> Vec<Open>;
            fn shelved(
                account: &AccountId,
                backup: &Backup,
                window: Window,
                after: &str,
                limit: u32,
            ) -> Vec<Shelved>;
        });
        $with!(Journal {
            fn write(account: &AccountId, backup: &BackupId, events: &[Event]) -> ();
            fn events(
                account: &AccountId,
                backup: &BackupId,
                window: Window,
                limit: u32,
            ) -> Vec<Event>;
        });
        $with!(Vault {
            fn grant(
                account: &AccountId,
                connection: &ConnectionId,
                provider: Provider,
            ) -> Option<Grant>;
            fn keep_grant(
                account: &AccountId,
                connection: &ConnectionId,
                provider: Provider,
                grant: &Grant,
            ) -> ();
            fn renew_grant(
                account: &AccountId,
                connection: &ConnectionId,
                provider: Provider,
                old: &Grant,
                new: &Grant,
            ) -> bool;
            fn take_renewal(
                account: &AccountId,
                connection: &ConnectionId,
                provider: Provider,
                holder: &str,
                lease: Duration,
            ) -> bool;
            fn end_renewal(
                account: &AccountId,
                connection: &ConnectionId,
                provider: Provider,
                holder: &str,
            ) -> ();
            fn erase_grants(account: &AccountId, connection: &ConnectionId) -> ();
        });
        $with!(Log {
            fn log(account: &AccountId, backup: &BackupId, ask: &LogAsk) -> Paged;
            fn entries(
                account: &AccountId,
                backup: &Backup,
                window: Window,
                after: Option<(i64, &str)>,
                limit: u32,
            ) -> Vec<EntryLine>;
            fn retry(account: &AccountId, backup: &Backup, what: &Retry, now_ms: i64) -> u64;
        });
        $with!(Sessions {
            fn keep_session(session: &Session) -> ();
            fn change_session(session: &Session) -> bool;
            fn session(key: &SessionKey) -> Option<Session>;
            fn end_session(key: &SessionKey) -> bool;
            fn old_sessions(seen_ms: i64, begun_ms: i64) -> Vec<Session>;
            fn keep_trip(trip: &TripRecord) -> ();
            fn take_trip(state_hash: &str, session: &SessionKey) -> Option<TripRecord>;
            fn sweep_trips(begun_ms: i64) -> ();
            fn keep_api_token(token: &ApiToken) -> ();
            fn token_used(id: &str, used_ms: i64) -> ();
            fn api_token(hash: &str) -> Option<ApiToken>;
            fn api_tokens(account: &AccountId, extension: &ExtensionId) -> Vec<ApiToken>;
            fn end_api_token(account: &AccountId, extension: &ExtensionId, id: &str) -> ();
        });
        $with!(Instance {
            fn setting(name: &str) -> Option<Secret>;
            fn keep_setting(name: &str, value: Option<&Secret>) -> ();
            fn owners() -> Vec<AccountId>;
            fn claim(account: &AccountId, now_ms: i64) -> bool;
        });
        $with!(Overview {
            fn totals(account: &AccountId, backup: &Backup) -> Totals;
            fn by_day(
                account: &AccountId,
                backup: &Backup,
                window: Window,
            ) -> BTreeMap<i64, BTreeMap<DataType, Count>>;
            fn keep_headway(account: &AccountId, backup: &BackupId, headway: &Headway) -> ();
            fn headway(account: &AccountId, backup: &BackupId) -> Option<Seen>;
            fn rest_history(account: &AccountId, backup: &BackupId, since_ms: Option<i64>) -> ();
            fn history_rests(account: &AccountId, backup: &BackupId) -> Option<i64>;
            fn keep_retention(account: &AccountId, retention: &Retention, now_ms: i64) -> ();
            fn retention(account: &AccountId) -> Option<(Retention, i64)>;
        });
        $with!(Coverage {
            fn coverage(account: &AccountId, backup: &Backup) -> Vec<Cover>;
            fn days_of_person(
                account: &AccountId,
                backup: &Backup,
                person: Option<&ExtensionId>,
                window: Window,
            ) -> BTreeMap<i64, BTreeMap<DataType, Count>>;
            fn listings(
                account: &AccountId,
                backup: &BackupId,
                window: Window,
            ) -> Vec<(Window, Listing)>;
            fn marks(account: &AccountId, backup: &BackupId) -> Vec<Reached>;
            fn keep_hidden(
                account: &AccountId,
                backup: &BackupId,
                lanes: &[String],
                hidden: &[Hidden],
            ) -> ();
            fn hidden(account: &AccountId, backup: &BackupId) -> Vec<Hidden>;
            fn lost_by_cause(account: &AccountId, backup: &Backup, limit: u32) -> Vec<Lost>;
            fn leavers(account: &AccountId) -> BTreeMap<ExtensionId, i64>;
        });
        $with!(Limits {
            fn inquire(key: &RateKey, inquiry: &Inquiry) -> Told;
            fn penalties() -> Vec<(RateKey, Duration)>;
            fn take_right(name: &str, holder: &str, lease: Duration) -> bool;
            fn end_right(name: &str, holder: &str) -> ();
        });
        $with!(Alarms {
            fn take_watch(holder: &str, lease: Duration) -> bool;
            fn alarms() -> Vec<Standing>;
            fn alarms_of(account: Option<&AccountId>) -> Vec<Standing>;
            fn raise_alarm(alarm: &Alarm, ways: &[Way], now_ms: i64) -> bool;
            fn clear_alarm(key: &AlarmKey, now_ms: i64) -> bool;
            fn notices(way: Way, now_ms: i64, limit: u32) -> Vec<Notice>;
            fn end_notices(ids: &[String]) -> ();
            fn postpone_notices(ids: &[String], next_ms: i64) -> ();
        });
        $with!(Watch {
            fn database_ms() -> i64;
            fn queue() -> Queue;
            fn silent(before_ms: i64, beyond_ms: i64, limit: u32) -> Vec<Silent>;
            fn ailing(limit: u32) -> Vec<Ailing>;
            fn unrenewed(longer_ms: i64, limit: u32) -> Vec<Unrenewed>;
            fn full(limit: u32) -> Vec<Heap>;
            fn stuck(limit: u32) -> Vec<Heap>;
            fn lost(since_ms: i64, limit: u32) -> Vec<Heap>;
            fn behind(before_ms: i64) -> Vec<(AccountId, DestinationId)>;
            fn ready_before(
                account: &AccountId,
                destination: &DestinationId,
                of: DataType,
                before_ms: i64,
                limit: u32,
            ) -> u64;
            fn pending(limit: u32) -> PendingSum;
        });
        $with!(Proofs {
            fn compare(
                account: &AccountId,
                destination: &DestinationId,
                files: &[File],
                now_ms: i64,
            ) -> Vec<Claim>;
            fn unproven(
                account: &AccountId,
                backup: &Backup,
                window: Window,
                now_ms: i64,
                after: &str,
                limit: u32,
            ) -> Vec<Shelved>;
            fn reopen(
                account: &AccountId,
                destination: &DestinationId,
                items: &[(ItemId, String)],
                now_ms: i64,
            ) -> u64;
            fn standing(
                account: &AccountId,
                destination: &DestinationId,
                items: &[ItemId],
            ) -> Vec<Option<EntryState>>;
            fn keep_proof(account: &AccountId, backup: &BackupId, proof: &Proof) -> ();
            fn proofs(account: &AccountId, backup: &BackupId, limit: u32) -> Vec<Proof>;
        });
        $with!(Audit {
            fn tell(account: &AccountId, deed: &Deed) -> Head;
            fn change(account: &AccountId, deed: &Deed, change: &Change<'_>) -> Changed;
            fn audit_head(account: &AccountId) -> Option<Head>;
            fn audit_books() -> Vec<AccountId>;
            fn audit_links(account: &AccountId, ask: &AuditAsk) -> Vec<Link>;
            fn check_audit(account: &AccountId, known: &[Head]) -> Checked;
        });
        $with!(Scrubs {
            fn claim_scrub(
                holder: &str,
                lease: Duration,
                now_ms: i64,
                absurd_ms: i64,
            ) -> Option<Scrubbed>;
            fn beat_scrub(
                account: &AccountId,
                backup: &BackupId,
                holder: &str,
                lease: Duration,
            ) -> bool;
            fn keep_scrub(
                account: &AccountId,
                backup: &BackupId,
                holder: &str,
                scrub: &Scrub,
                due_ms: Option<i64>,
            ) -> bool;
            fn scrub(account: &AccountId, backup: &BackupId) -> Scrub;
            fn keep_census(account: &AccountId, backup: &BackupId, days: &[CensusDay]) -> ();
            fn census(account: &AccountId, backup: &BackupId, window: Window) -> Vec<CensusDay>;
        });
        $with!(Manifests {
            fn signing_seed() -> Secret;
            fn chain(account: &AccountId, destination: &DestinationId) -> Chain;
            fn untold(
                account: &AccountId,
                destination: &DestinationId,
                limit: u32,
            ) -> Vec<ManifestTold>;
            fn draft(
                account: &AccountId,
                destination: &DestinationId,
                link: &ManifestLink,
                previous: Option<&str>,
                body: &str,
                told: &[ManifestTold],
            ) -> bool;
            fn laid(
                account: &AccountId,
                destination: &DestinationId,
                seq: u64,
                exhibits: &[Exhibit],
            ) -> ();
            fn adopt(
                account: &AccountId,
                destination: &DestinationId,
                link: &ManifestLink,
                told: &[ManifestTold],
                exhibits: &[Exhibit],
            ) -> bool;
            fn follow(
                account: &AccountId,
                destination: &DestinationId,
                follows: &Follows,
            ) -> bool;
            fn keep_exhibits(
                account: &AccountId,
                destination: &DestinationId,
                exhibits: &[Exhibit],
            ) -> ();
            fn exhibit(
                account: &AccountId,
                destination: &DestinationId,
                path: &ArchivePath,
            ) -> Option<Exhibit>;
            fn compare_exhibits(
                account: &AccountId,
                destination: &DestinationId,
                files: &[File],
                now_ms: i64,
            ) -> Vec<Option<bool>>;
            fn unproven_exhibits(
                account: &AccountId,
                destination: &DestinationId,
                now_ms: i64,
                after: &str,
                limit: u32,
            ) -> Vec<Exhibit>;
            fn enter(
                account: &AccountId,
                backup: &Backup,
                entered: &[Entered],
                now_ms: i64,
            ) -> u64;
        });
        $with!(Finds {
            fn find(
                account: &AccountId,
                backup: &Backup,
                query: &Query,
                before: Option<Place>,
                limit: u32,
            ) -> Found;
            fn filters(account: &AccountId, viewer: &ExtensionId) -> Vec<SavedFilter>;
            fn keep_filter(
                account: &AccountId,
                viewer: &ExtensionId,
                filter: &SavedFilter,
            ) -> bool;
            fn drop_filter(account: &AccountId, viewer: &ExtensionId, name: &str) -> bool;
        });
        $with!(Shelves {
            fn parts(
                account: &AccountId,
                backup: &Backup,
                of: DataType,
                unit: &str,
            ) -> Vec<Holding>;
        });
        $with!(Exports {
            fn keep_export(export: &Export) -> ();
            fn export(account: &AccountId, id: &ExportId) -> Option<Export>;
            fn exports(account: &AccountId) -> Vec<Export>;
            fn freeze(account: &AccountId, id: &ExportId, rows: &[Row]) -> ();
            fn frozen(
                account: &AccountId,
                id: &ExportId,
                from: &str,
                after: bool,
                limit: u32,
            ) -> Vec<Row>;
            fn lay_out(account: &AccountId, id: &ExportId, files: &[ExportFile]) -> ();
            fn laid_out(
                account: &AccountId,
                id: &ExportId,
                from: u64,
                limit: u32,
            ) -> Vec<ExportFile>;
            fn passed(account: &AccountId, id: &ExportId, passed: &[Passed]) -> ();
            fn forget_export(account: &AccountId, id: &ExportId, limit: u32) -> bool;
        });
    };
}
