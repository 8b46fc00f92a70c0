//! The laws of the ports, as suites: one law is one function, `all` runs each
//! on a fresh subject and names every one that is broken.

pub mod destination;
pub mod source;
pub mod store;

use std::future::Future;
use std::panic::AssertUnwindSafe;

use futures::FutureExt;

/// Tells whether a law holds. Its own words are printed by the panic.
async fn holds(law: impl Future<Output = ()>) -> bool {
    AssertUnwindSafe(law).catch_unwind().await.is_ok()
}

/// Holds a fresh subject to each law in turn; ends the test with the names of
/// all that are broken.
macro_rules! hold {
    ($port:literal, $make:expr, [$($law:path),+ $(,)?]) => {{
        let mut broken: Vec<&str> = Vec::new();
        $(
            // In a box: a suite of many laws is no large future.
            let held = Box::pin(async {
                let subject = $make().await;
                $crate::laws::holds($law(&subject)).await
            });
            if !held.await {
                broken.push(stringify!($law));
            }
        )+
        assert!(broken.is_empty(), "laws of {} that are broken: {broken:#?}", $port);
    }};
}
use hold;
