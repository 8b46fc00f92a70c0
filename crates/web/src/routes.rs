//! Every route, in one table, with the door before it. What is not here is
//! not there; the tests try every line as everybody.

use axum::Router;
use axum::middleware::from_fn_with_state;
use axum::routing::{MethodRouter, get, post};

use crate::pages::{backup, general, help, log, setup, tokens};
use crate::state::State;
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
    handler: fn() -> MethodRouter<State>,
}

const fn looks(path: &'static str, door: Door, handler: fn() -> MethodRouter<State>) -> Route {
    Route {
        verb: Verb::Get,
        path,
        door,
        handler,
    }
}

const fn does(path: &'static str, door: Door, handler: fn() -> MethodRouter<State>) -> Route {
    Route {
        verb: Verb::Post,
        path,
        door,
        handler,
    }
}

/// The table.
pub const ROUTES: &[Route] = &[
    looks("/healthz", Door::Open, || get(health::healthz)),
    looks("/readyz", Door::Open, || get(health::readyz)),
    looks("/style.css", Door::Open, || get(frame::style)),
    looks("/setup", Door::Visitor, || get(setup::show)),
    does("/setup/token", Door::Visitor, || post(setup::unlock)),
    does("/setup/ringcentral", Door::SetUp, || {
        post(setup::ringcentral)
    }),
    does("/setup/dropbox", Door::SetUp, || post(setup::dropbox)),
    looks("/archiver.js", Door::Open, || get(frame::script)),
    looks("/sign-in", Door::Visitor, || get(sign_in::show)),
    does("/sign-in", Door::Visitor, || post(sign_in::leave)),
    looks("/sign-in/ringcentral", Door::Visitor, || {
        get(sign_in::come_back)
    }),
    looks("/sign-in/confirm", Door::Visitor, || get(sign_in::ask)),
    does("/sign-in/confirm", Door::Visitor, || post(sign_in::confirm)),
    does("/sign-in/cancel", Door::Visitor, || post(sign_in::cancel)),
    does("/logout", Door::Visitor, || post(sign_in::log_out)),
    looks("/tokens", Door::Viewer, || get(tokens::show)),
    does("/tokens", Door::Viewer, || post(tokens::make)),
    does("/tokens/{id}/end", Door::Viewer, || post(tokens::end)),
    looks("/api/v1/openapi.json", Door::Open, || get(api::description)),
    looks("/api/v1/status", Door::Read, || get(api::backups::status)),
    looks("/api/v1/connections", Door::Read, || {
        get(api::connections::list)
    }),
    looks("/api/v1/log", Door::Read, || get(api::log::rows)),
    looks("/api/v1/log/{from}/{to}", Door::Read, || get(api::log::row)),
    looks("/api/v1/proof", Door::Read, || get(api::proof::show)),
    looks("/api/v1/tokens", Door::Read, || get(api::tokens::list)),
    does("/api/v1/backups/{view}/run", Door::Change, || {
        post(api::backups::run)
    }),
    does("/api/v1/backups/{view}/pause", Door::Change, || {
        post(api::backups::pause)
    }),
    does("/api/v1/backups/{view}/resume", Door::Change, || {
        post(api::backups::resume)
    }),
    does("/api/v1/log/{from}/{to}/retry", Door::Change, || {
        post(api::log::retry)
    }),
    does("/api/v1/tokens/{id}/end", Door::Change, || {
        post(api::tokens::end)
    }),
    looks("/", Door::Viewer, || get(general::show)),
    does("/connect", Door::Viewer, || post(connect::leave)),
    looks("/connect/dropbox", Door::Viewer, || get(connect::come_back)),
    looks("/disconnect", Door::Viewer, || get(disconnect::ask)),
    does("/disconnect", Door::Viewer, || post(disconnect::disconnect)),
    looks("/backup", Door::Viewer, || get(backup::show)),
    looks("/backup/plan", Door::Viewer, || get(backup::show_plan)),
    does("/backup/switch", Door::Viewer, || post(backup::switch)),
    does("/backup/types", Door::Viewer, || post(backup::types)),
    does("/backup/past", Door::Viewer, || post(backup::past)),
    does("/backup/history", Door::Viewer, || post(backup::history)),
    does("/backup/now", Door::Viewer, || post(backup::now)),
    looks("/backup/take-over", Door::Admin, || {
        get(backup::ask_take_over)
    }),
    does("/backup/take-over", Door::Admin, || post(backup::take_over)),
    looks("/log", Door::Viewer, || get(log::show)),
    looks("/log/rows", Door::Viewer, || get(log::show_rows)),
    looks("/log/csv", Door::Viewer, || get(log::rows_file)),
    looks("/log/row", Door::Viewer, || get(log::show_row)),
    looks("/log/row/csv", Door::Viewer, || get(log::items_file)),
    does("/log/retry", Door::Viewer, || post(log::retry)),
    looks("/help", Door::Visitor, || get(help::show)),
];

/// The pages.
pub fn router(state: State) -> Router {
    let mut router = Router::new();
    for route in ROUTES {
        let before = from_fn_with_state((state.clone(), route.door), guard::stand);
        router = router.route(route.path, (route.handler)().route_layer(before));
    }
    router
        .fallback(error::no_such_page)
        .method_not_allowed_fallback(error::no_such_verb)
        .layer(from_fn_with_state(state.clone(), guard::address))
        .layer(from_fn_with_state(state.clone(), frame::harden))
        .with_state(state)
}
