//! An HTTP CONNECT proxy for clients that cannot be told another address:
//! real host names in, simulated listeners behind. Leads nowhere else.

use std::net::SocketAddr;
use std::sync::Arc;

use axum::body::Body;
use axum::http::{Method, Response, StatusCode, header};
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper_util::rt::TokioIo;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;

use super::listener::accept;

/// Serves CONNECT until `stop` turns true. `resolve` gets the host (lower
/// case, without a trailing dot) and port that a client asks for and names
/// the listener behind; `None` is refused with 403, any other method with 405.
pub async fn connect_proxy(
    listener: TcpListener,
    resolve: impl Fn(&str, u16) -> Option<SocketAddr> + Send + Sync + 'static,
    stop: watch::Receiver<bool>,
) {
    let resolve = Arc::new(resolve);
    accept(listener, stop, move |stream, mut stop| {
        let resolve = Arc::clone(&resolve);
        let tunnels = stop.clone();
        let service = hyper::service::service_fn(move |request| {
            let (resolve, stop) = (Arc::clone(&resolve), tunnels.clone());
            async move { Ok::<_, std::convert::Infallible>(connect(request, &*resolve, stop).await) }
        });
        let connection = http1::Builder::new()
            .serve_connection(TokioIo::new(stream), service)
            .with_upgrades();
        async move {
            tokio::select! {
                _ = connection => {}
                _ = stop.wait_for(|stop| *stop) => {}
            }
        }
    })
    .await;
}

async fn connect(
    request: hyper::Request<Incoming>,
    resolve: &(impl Fn(&str, u16) -> Option<SocketAddr> + ?Sized),
    mut stop: watch::Receiver<bool>,
) -> Response<Body> {
    if request.method() != Method::CONNECT {
        let mut refused = told(
            StatusCode::METHOD_NOT_ALLOWED,
            "This proxy only speaks CONNECT.\n",
        );
        let allow = header::HeaderValue::from_static("CONNECT");
        refused.headers_mut().insert(header::ALLOW, allow);
        return refused;
    }
    let target = request.uri().authority().and_then(|authority| {
        let host = authority.host().trim_end_matches('.').to_ascii_lowercase();
        resolve(&host, authority.port_u16()?)
    });
    let Some(target) = target else {
        return told(
            StatusCode::FORBIDDEN,
            "This proxy leads to simulated hosts only.\n",
        );
    };
    let Ok(mut behind) = TcpStream::connect(target).await else {
        return told(StatusCode::BAD_GATEWAY, "The simulator is not listening.\n");
    };
    tokio::spawn(async move {
        let Ok(upgraded) = hyper::upgrade::on(request).await else {
            return;
        };
        let mut client = TokioIo::new(upgraded);
        tokio::select! {
            _ = tokio::io::copy_bidirectional(&mut client, &mut behind) => {}
            _ = stop.wait_for(|stop| *stop) => {}
        }
    });
    Response::new(Body::empty())
}

fn told(status: StatusCode, text: &'static str) -> Response<Body> {
    let mut response = Response::new(Body::from(text));
    *response.status_mut() = status;
    response
}
