//! The face: server-rendered pages over the Store. Knows neither the engine
//! nor any provider; they meet in the Store.

mod error;
mod health;
mod pages;
mod state;

use axum::Router;
use axum::routing::get;

pub use state::State;

/// Every route, in one table.
pub fn router(state: State) -> Router {
    Router::new()
        .route("/", get(pages::status::show))
        .route("/healthz", get(health::healthz))
        .route("/readyz", get(health::readyz))
        .with_state(state)
}
