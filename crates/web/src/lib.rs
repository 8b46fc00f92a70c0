//! The face: server-rendered pages over the Store. Knows neither the engine
//! nor any provider; they meet in the Store.

mod error;
mod frame;
mod health;
mod pages;
mod state;

use axum::routing::get;
use axum::{Router, middleware};

pub use state::State;

/// Every route, in one table.
pub fn router(state: State) -> Router {
    Router::new()
        .route("/", get(pages::status::show))
        .route("/style.css", get(frame::style))
        .route("/healthz", get(health::healthz))
        .route("/readyz", get(health::readyz))
        .fallback(error::no_such_page)
        .layer(middleware::map_response(frame::harden))
        .with_state(state)
}
