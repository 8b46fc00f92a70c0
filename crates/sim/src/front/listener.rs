//! Serves a router on one listener, in the clear or under TLS, until it is
//! told to stop. Knows no route.

use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::response::Response;
use hyper::body::Incoming;
use hyper::rt::{Read, Write};
use hyper_util::rt::{TokioExecutor, TokioIo};
use hyper_util::server::conn::auto;
use rustls::ServerConfig;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio::task::JoinSet;
use tokio_rustls::TlsAcceptor;
use tower::ServiceExt;

use super::{Authority, OverTls, is_dropped, lost};

/// Header bytes accepted: Dropbox's `append_batch` puts 1,000 entries of about
/// 138 bytes into one header, far beyond hyper's own limits.
const HEADERS: u32 = 1 << 20;

/// How long answers under way may take after the stop.
const GRACE: Duration = Duration::from_secs(2);

/// Serves HTTP/1.1 (and HTTP/2 with prior knowledge) without encryption until
/// `stop` turns true. Meant for loopback.
pub async fn plain(listener: TcpListener, router: Router, stop: watch::Receiver<bool>) {
    accept(listener, stop, move |stream, stop| {
        serve(TokioIo::new(stream), router.clone(), false, stop)
    })
    .await;
}

/// Serves HTTP/2 and HTTP/1.1 under TLS, as the client chooses by ALPN, until
/// `stop` turns true.
pub async fn tls(
    listener: TcpListener,
    router: Router,
    certificate: Authority,
    stop: watch::Receiver<bool>,
) {
    let acceptor = TlsAcceptor::from(Arc::<ServerConfig>::clone(certificate.server()));
    accept(listener, stop, move |stream, stop| {
        let (acceptor, router) = (acceptor.clone(), router.clone());
        async move {
            // A client that does not trust us hangs up here; nothing to do.
            if let Ok(stream) = acceptor.accept(stream).await {
                serve(TokioIo::new(stream), router, true, stop).await;
            }
        }
    })
    .await;
}

/// Accepts connections and runs `each` on them, until `stop` turns true; then
/// lets them end within [`GRACE`].
pub(super) async fn accept<F>(
    listener: TcpListener,
    mut stop: watch::Receiver<bool>,
    each: impl Fn(TcpStream, watch::Receiver<bool>) -> F,
) where
    F: Future<Output = ()> + Send + 'static,
{
    let mut connections = JoinSet::new();
    let until = stop.clone();
    loop {
        tokio::select! {
            // A dropped sender counts as a stop.
            _ = stop.wait_for(|stop| *stop) => break,
            Ok((stream, _)) = listener.accept() => {
                // Small answers must not wait for more.
                let _ = stream.set_nodelay(true);
                connections.spawn(each(stream, until.clone()));
                while connections.try_join_next().is_some() {}
            }
        }
    }
    let _ = tokio::time::timeout(GRACE, async {
        while connections.join_next().await.is_some() {}
    })
    .await;
}

async fn serve<I>(io: I, router: Router, over_tls: bool, mut stop: watch::Receiver<bool>)
where
    I: Read + Write + Unpin + Send + 'static,
{
    let service = hyper::service::service_fn(move |request: hyper::Request<Incoming>| {
        answer(router.clone(), request, over_tls)
    });
    let mut builder = auto::Builder::new(TokioExecutor::new());
    builder.http1().max_buf_size(HEADERS as usize);
    builder.http2().max_header_list_size(HEADERS);
    let connection = builder.serve_connection(io, service);
    tokio::pin!(connection);
    tokio::select! {
        _ = connection.as_mut() => return,
        _ = stop.wait_for(|stop| *stop) => {}
    }
    connection.as_mut().graceful_shutdown();
    let _ = connection.await;
}

/// Lets the router answer, unless the answer is to be lost.
async fn answer(
    router: Router,
    request: hyper::Request<Incoming>,
    over_tls: bool,
) -> std::io::Result<Response> {
    let mut request = request.map(Body::new);
    if over_tls {
        request.extensions_mut().insert(OverTls);
    }
    let Ok(response) = router.oneshot(request).await;
    if is_dropped(&response) {
        return Err(lost());
    }
    Ok(response)
}
