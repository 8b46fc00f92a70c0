//! Every route, in one table, with the door before it. What is not here is
//! not there; the tests try every line as everybody.

use axum::Router;
use axum::middleware::from_fn_with_state;
use axum::routing::{MethodRouter, get, post};

use crate::pages::{
    archive, audit, backup, conversation, coverage, export, general, help, item, log, setup, tokens,
};
use crate::state::State;
use crate::telling::Tells;
use crate::{api, connect, disconnect, error, frame, guard, health, sign_in};

/// Who may pass.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Door {
    /// Everybody, without a look at their cookie.
    Open,
    /// Every browser, signed in or not.
    Visitor,
    /// Who may set the server up, while that is open; and its admins.
    SetUp,
    /// Who is signed in.
    Viewer,
    /// Administrators.
    Admin,
    /// Programs with a token.
    Read,
    /// Programs with a token that may change things.
    Change,
}

/// What is done to it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verb {
    /// Looks. Changes nothing.
    Get,
    /// Changes something.
    Post,
}

/// A line of the table.
#[derive(Clone, Copy)]
pub struct Route {
    /// What is done.
    pub verb: Verb,
    /// To what. `{…}` stand for what an address names.
    pub path: &'static str,
    /// Who may.
    pub door: Door,
    /// What the audit log hears of it.
    pub tells: Tells,
    handler: Handler,
}

type Handler = fn() -> MethodRouter<State>;

/// Looks at nothing of an archive.
const fn looks(path: &'static str, door: Door, handler: Handler) -> Route {
    Route {
        verb: Verb::Get,
        path,
        door,
        tells: Tells::Nothing,
        handler,
    }
}

/// Looks at an archive, or at who looked at it.
const fn views(path: &'static str, door: Door, action: &'static str, handler: Handler) -> Route {
    Route {
        tells: Tells::View(action),
        ..looks(path, door, handler)
    }
}

/// Takes something of it along.
const fn takes(path: &'static str, door: Door, action: &'static str, handler: Handler) -> Route {
    Route {
        tells: Tells::Download(action),
        ..looks(path, door, handler)
    }
}

/// Comes back from a provider's page, which changes something.
const fn returns(path: &'static str, door: Door, action: &'static str, handler: Handler) -> Route {
    Route {
        tells: Tells::Change(action),
        ..looks(path, door, handler)
    }
}

/// Changes something.
const fn does(path: &'static str, door: Door, action: &'static str, handler: Handler) -> Route {
    Route {
        verb: Verb::Post,
        tells: Tells::Change(action),
        ..looks(path, door, handler)
    }
}

/// The table.
#[rustfmt::skip]
pub const ROUTES: &[Route] = &[
    looks("/healthz", Door::Open, || get(health::healthz)),
    looks("/readyz", Door::Open, || get(health::readyz)),
    looks("/style.css", Door::Open, || get(frame::style)),
    looks("/archiver.js", Door::Open, || get(frame::script)),
    looks("/player.js", Door::Open, || get(frame::player)),
    looks("/setup", Door::Visitor, || get(setup::show)),
    does("/setup/token", Door::Visitor, "setup.unlock", || post(setup::unlock)),
    does("/setup/ringcentral", Door::SetUp, "setup.ringcentral", || post(setup::ringcentral)),
    does("/setup/dropbox", Door::SetUp, "setup.dropbox", || post(setup::dropbox)),
    looks("/sign-in", Door::Visitor, || get(sign_in::show)),
    does("/sign-in", Door::Visitor, "sign-in.begin", || post(sign_in::leave)),
    returns("/sign-in/ringcentral", Door::Visitor, "sign-in.return", || get(sign_in::come_back)),
    looks("/sign-in/confirm", Door::Visitor, || get(sign_in::ask)),
    does("/sign-in/confirm", Door::Visitor, "sign-in.confirm", || post(sign_in::confirm)),
    does("/sign-in/cancel", Door::Visitor, "sign-in.cancel", || post(sign_in::cancel)),
    does("/logout", Door::Visitor, "sign-in.out", || post(sign_in::log_out)),
    looks("/tokens", Door::Viewer, || get(tokens::show)),
    does("/tokens", Door::Viewer, "token.make", || post(tokens::make)),
    does("/tokens/{id}/end", Door::Viewer, "token.end", || post(tokens::end)),
    looks("/api/v1/openapi.json", Door::Open, || get(api::description)),
    views("/api/v1/status", Door::Read, "api.status", || get(api::backups::status)),
    views("/api/v1/connections", Door::Read, "api.connections", || get(api::connections::list)),
    views("/api/v1/log", Door::Read, "api.log", || get(api::log::rows)),
    views("/api/v1/log/{from}/{to}", Door::Read, "api.log.row", || get(api::log::row)),
    views("/api/v1/proof", Door::Read, "api.proof", || get(api::proof::show)),
    views("/api/v1/tokens", Door::Read, "api.tokens", || get(api::tokens::list)),
    views("/api/v1/audit", Door::Read, "api.audit", || get(api::audit::links)),
    views("/api/v1/search", Door::Read, "api.search", || get(api::search::hits)),
    views("/api/v1/items/{key}", Door::Read, "api.item", || get(api::items::show)),
    takes("/api/v1/items/{key}/content", Door::Read, "api.item.content", || get(api::items::content)),
    views("/api/v1/coverage", Door::Read, "api.coverage", || get(api::coverage::show)),
    does("/api/v1/backups/{view}/run", Door::Change, "backup.now", || post(api::backups::run)),
    does("/api/v1/backups/{view}/pause", Door::Change, "backup.history", || post(api::backups::pause)),
    does("/api/v1/backups/{view}/resume", Door::Change, "backup.history", || post(api::backups::resume)),
    does("/api/v1/log/{from}/{to}/retry", Door::Change, "log.retry", || post(api::log::retry)),
    does("/api/v1/tokens/{id}/end", Door::Change, "token.end", || post(api::tokens::end)),
    looks("/", Door::Viewer, || get(general::show)),
    does("/connect", Door::Viewer, "connection.begin", || post(connect::leave)),
    returns("/connect/dropbox", Door::Viewer, "connection.make", || get(connect::come_back)),
    looks("/disconnect", Door::Viewer, || get(disconnect::ask)),
    does("/disconnect", Door::Viewer, "connection.end", || post(disconnect::disconnect)),
    looks("/backup", Door::Viewer, || get(backup::show)),
    looks("/backup/plan", Door::Viewer, || get(backup::show_plan)),
    does("/backup/switch", Door::Viewer, "backup.switch", || post(backup::switch)),
    does("/backup/types", Door::Viewer, "backup.types", || post(backup::types)),
    does("/backup/past", Door::Viewer, "backup.past", || post(backup::past)),
    does("/backup/history", Door::Viewer, "backup.history", || post(backup::history)),
    does("/backup/now", Door::Viewer, "backup.now", || post(backup::now)),
    looks("/backup/take-over", Door::Admin, || get(backup::ask_take_over)),
    does("/backup/take-over", Door::Admin, "backup.take-over", || post(backup::take_over)),
    views("/log", Door::Viewer, "log.view", || get(log::show)),
    views("/log/rows", Door::Viewer, "log.view", || get(log::show_rows)),
    takes("/log/csv", Door::Viewer, "log.csv", || get(log::rows_file)),
    views("/log/row", Door::Viewer, "log.row", || get(log::show_row)),
    takes("/log/row/csv", Door::Viewer, "log.row.csv", || get(log::items_file)),
    does("/log/retry", Door::Viewer, "log.retry", || post(log::retry)),
    views("/archive", Door::Viewer, "archive.search", || get(archive::show)),
    does("/archive/filters", Door::Viewer, "archive.filter", || post(archive::save)),
    does("/archive/filters/delete", Door::Viewer, "archive.filter", || post(archive::drop)),
    views("/archive/items/{key}", Door::Viewer, "item.view", || get(item::show)),
    views("/archive/items/{key}/content", Door::Viewer, "item.content", || get(item::shown)),
    views("/archive/items/{key}/waveform.svg", Door::Viewer, "item.waveform", || get(item::waveform)),
    takes("/archive/items/{key}/file", Door::Viewer, "item.file", || get(item::saved)),
    views("/archive/conversations", Door::Viewer, "conversation.list", || get(conversation::list)),
    views("/archive/conversations/{key}", Door::Viewer, "conversation.view", || get(conversation::show)),
    views("/archive/exports", Door::Viewer, "export.list", || get(export::list)),
    does("/archive/exports", Door::Viewer, "export.make", || post(export::make)),
    views("/archive/exports/{export}", Door::Viewer, "export.view", || get(export::show)),
    views("/archive/exports/{export}/standing", Door::Viewer, "export.view", || get(export::standing)),
    takes("/archive/exports/{export}/file", Door::Viewer, "export.download", || get(export::download)),
    does("/archive/exports/{export}/again", Door::Viewer, "export.make", || post(export::again)),
    does("/archive/exports/{export}/delete", Door::Viewer, "export.delete", || post(export::delete)),
    views("/coverage", Door::Viewer, "coverage.view", || get(coverage::show)),
    takes("/coverage/csv", Door::Viewer, "coverage.csv", || get(coverage::csv)),
    views("/audit", Door::Admin, "audit.view", || get(audit::show)),
    takes("/audit/csv", Door::Admin, "audit.csv", || get(audit::csv)),
    takes("/audit/jsonl", Door::Admin, "audit.jsonl", || get(audit::jsonl)),
    looks("/help", Door::Visitor, || get(help::show)),
];

/// The pages.
pub fn router(state: State) -> Router {
    let mut router = Router::new();
    for route in ROUTES {
        let before = from_fn_with_state((state.clone(), *route), guard::stand);
        router = router.route(route.path, (route.handler)().route_layer(before));
    }
    router
        .fallback(error::no_such_page)
        .method_not_allowed_fallback(error::no_such_verb)
        .layer(from_fn_with_state(state.clone(), guard::address))
        .layer(from_fn_with_state(state.clone(), frame::harden))
        .with_state(state)
}
