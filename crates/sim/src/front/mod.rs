//! The simulators' listeners: plain HTTP on loopback, TLS under an authority
//! of their own, and a CONNECT proxy that leads unmodified clients to them.
//! Knows neither product.

use axum::body::Body;
use axum::response::Response;

mod certificate;
mod listener;
mod proxy;

pub use certificate::{Authority, certificate_authority};
pub use listener::{plain, tls};
pub use proxy::connect_proxy;

/// Marks a request that came over TLS, in the request's extensions.
#[derive(Clone, Copy, Debug)]
pub struct OverTls;

/// Marks an answer that must never arrive: the listeners of this module close
/// the connection instead (HTTP/2: reset the stream).
#[derive(Clone, Copy, Debug)]
struct Dropped;

/// A lost answer. Under a listener that does not know the mark, its body
/// breaks at once.
pub fn dropped() -> Response {
    let broken = futures::stream::once(async { Err::<bytes::Bytes, _>(lost()) });
    let mut response = Response::new(Body::from_stream(broken));
    response.extensions_mut().insert(Dropped);
    response
}

/// Whether an answer is to be lost.
pub fn is_dropped(response: &Response) -> bool {
    response.extensions().get::<Dropped>().is_some()
}

fn lost() -> std::io::Error {
    std::io::Error::new(
        std::io::ErrorKind::ConnectionReset,
        "the simulator dropped this connection on purpose",
    )
}
