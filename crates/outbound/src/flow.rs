//! The body of an answer on its way: bounded in time by idleness and by a
//! slowest rate, told to the observer when it ends.

use std::sync::Arc;
use std::time::Duration;

use bytes::{Bytes, BytesMut};
use domain::error::{Error, Kind, Result};
use futures::stream::{self, BoxStream, Stream, StreamExt};
use tokio::time::{Instant, timeout};

use crate::answer::{Framing, Headers};
use crate::manners::Deadlines;
use crate::observer::Observer;

/// Who sends a body and how long it may take.
pub(crate) struct Watch {
    pub(crate) name: String,
    pub(crate) route: &'static str,
    pub(crate) deadlines: Deadlines,
    pub(crate) declared: Option<u64>,
    pub(crate) observer: Arc<dyn Observer>,
}

/// How the end of an HTTP/1 answer's body is known.
pub(crate) fn framing(version: reqwest::Version, headers: &Headers) -> Framing {
    let chunked = headers.get("transfer-encoding").is_some_and(|coding| {
        let last = coding.rsplit(',').next().unwrap_or_default();
        last.trim().eq_ignore_ascii_case("chunked")
    });
    if chunked || version >= reqwest::Version::HTTP_2 {
        Framing::Chunked
    } else if headers.has("content-length") {
        Framing::Declared
    } else {
        Framing::UntilClose
    }
}

/// The body under watch.
pub(crate) fn watched(
    body: impl Stream<Item = reqwest::Result<Bytes>> + Send + 'static,
    watch: Watch,
) -> BoxStream<'static, Result<Bytes>> {
    let flow = Flow {
        body: body.boxed(),
        watch,
        received: 0,
        waited: Duration::ZERO,
    };
    let steps = stream::unfold(Some(flow), |flow| async move {
        let mut flow = flow?;
        match flow.next().await {
            None => None,
            Some(Ok(bytes)) => Some((Ok(bytes), Some(flow))),
            Some(Err(error)) => Some((Err(error), None)),
        }
    });
    steps.fuse().boxed()
}

/// The whole body, if it is at most `limit` bytes.
pub(crate) async fn whole(
    name: &str,
    mut body: BoxStream<'static, Result<Bytes>>,
    limit: usize,
) -> Result<Bytes> {
    let mut all = BytesMut::new();
    while let Some(piece) = body.next().await {
        let piece = piece?;
        if all.len() + piece.len() > limit {
            let what = format!("{name} answered more than the {limit} bytes it may");
            return Err(Error::new(Kind::Protocol, what));
        }
        all.extend_from_slice(&piece);
    }
    Ok(all.freeze())
}

struct Flow {
    body: BoxStream<'static, reqwest::Result<Bytes>>,
    watch: Watch,
    received: u64,
    /// Time spent waiting for the network; our reader's own time is not the
    /// provider's fault.
    waited: Duration,
}

impl Flow {
    async fn next(&mut self) -> Option<Result<Bytes>> {
        let deadlines = self.watch.deadlines;
        let left = deadlines.total(self.received).saturating_sub(self.waited);
        let begun = Instant::now();
        let came = timeout(left.min(deadlines.idle), self.body.next()).await;
        self.waited += begun.elapsed();
        match came {
            Err(_) if left <= deadlines.idle => Some(Err(self.slow())),
            Err(_) => Some(Err(self.idle())),
            Ok(Some(Ok(bytes))) => {
                self.received += bytes.len() as u64;
                Some(Ok(bytes))
            }
            Ok(Some(Err(_))) => Some(Err(self.broken())),
            Ok(None) if self.watch.declared.is_some_and(|all| self.received < all) => {
                Some(Err(self.broken()))
            }
            Ok(None) => None,
        }
    }

    fn idle(&self) -> Error {
        let Watch {
            name, deadlines, ..
        } = &self.watch;
        let seconds = deadlines.idle.as_secs_f64();
        let what = format!("{name} stopped sending and was silent for {seconds} s");
        Error::new(Kind::Unavailable, what)
    }

    fn slow(&self) -> Error {
        let Watch {
            name, deadlines, ..
        } = &self.watch;
        let rate = deadlines.rate;
        let what = format!("{name} sends too slowly (less than {rate} bytes a second)");
        Error::new(Kind::Unavailable, what)
    }

    fn broken(&self) -> Error {
        let Watch { name, declared, .. } = &self.watch;
        let got = self.received;
        let what = match declared {
            Some(all) => format!("{name} broke off after {got} of {all} bytes"),
            None => format!("{name} broke off after {got} bytes"),
        };
        Error::new(Kind::Incomplete, what)
    }
}

impl Drop for Flow {
    fn drop(&mut self) {
        let Watch {
            name,
            route,
            observer,
            ..
        } = &self.watch;
        observer.received(name, route, self.received);
    }
}

#[cfg(test)]
mod tests;
