//! A line to one provider with one credential: gate, pace, sign, send, judge,
//! retry, in this order, for every request.

use std::fmt;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use bytes::Bytes;
use domain::error::{Error, Kind, Result, Verdict};
use domain::secret::Secret;
use futures::StreamExt;
use futures::stream::BoxStream;
use reqwest::{Response, StatusCode};
use tokio::time::{Instant, sleep, timeout};
use url::Url;

use crate::answer::{Answer, Framing, Headers, Streamed};
use crate::came::Came;
use crate::door::Door;
use crate::flow::{self, Watch};
use crate::judge::{Brake, Judgement};
use crate::observer::Call;
use crate::pacer::{Ask, Late};
use crate::peer::{Credential, Peer};
use crate::permit::Permit;
use crate::reading::{Reading, date_ms, retry_after};
use crate::request::Request;
use crate::retry::{Next, Plan, Trouble};
use crate::sending;
use crate::trouble;

/// Sends requests. Clones share everything.
#[derive(Clone)]
pub struct Line {
    door: Door,
    peer: Arc<Peer>,
    subject: Arc<str>,
    credential: Credential,
}

impl fmt::Debug for Line {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Line({})", self.peer.name)
    }
}

/// A failing answer's body is read up to here.
const JUDGED_BYTES: usize = 64 * 1024;
const MOST_HOPS: usize = 3;

impl Line {
    pub(crate) fn new(door: Door, peer: Arc<Peer>, subject: &str, credential: Credential) -> Line {
        Line {
            door,
            peer,
            subject: subject.into(),
            credential,
        }
    }

    /// The provider's display name.
    pub fn name(&self) -> &str {
        &self.peer.name
    }

    /// Sends a request and takes its whole answer into memory, up to the
    /// request's limit. Comes back with a 2xx answer, or with the judge's
    /// error when nothing more may be tried.
    pub async fn call(&self, request: Request) -> Result<Answer> {
        let mut course = Course::new(self, &request);
        loop {
            let trouble = match self.attempt(&request, course.deadline).await {
                Ok(streamed) => match self.gather(streamed, request.limit).await {
                    Ok(answer) => return Ok(answer),
                    Err(trouble) => trouble,
                },
                Err(trouble) => trouble,
            };
            course.mend(trouble).await?;
        }
    }

    /// Sends a request and returns as soon as a 2xx answer's headers are there.
    /// Everything up to them is retried as by [`call`](Line::call); once the
    /// body flows, a failure ends the stream.
    pub async fn open(&self, request: Request) -> Result<Streamed> {
        let mut course = Course::new(self, &request);
        loop {
            match self.attempt(&request, course.deadline).await {
                Ok(streamed) => return Ok(streamed),
                Err(trouble) => course.mend(trouble).await?,
            }
        }
    }

    /// One sending, with the redirects it leads to.
    async fn attempt(&self, request: &Request, deadline: Instant) -> Result<Streamed, Trouble> {
        let allow = &self.peer.allow;
        let mut url = allow
            .gate(request.purpose, &request.url)
            .map_err(Trouble::Final)?;
        sending::add_query(&mut url, request);
        for _ in 0..=MOST_HOPS {
            let came = self.exchange(request, &url, deadline).await?;
            match came.leads_to(request) {
                Some(to) => url = allow.hop(&url, &to).map_err(Trouble::Final)?,
                None => return self.sort(request, came).await,
            }
        }
        let what = format!("{} redirects in a circle", self.peer.name);
        Err(Trouble::Final(Error::new(Kind::Protocol, what)))
    }

    /// One request, one answer (of any status).
    async fn exchange(
        &self,
        request: &Request,
        url: &Url,
        deadline: Instant,
    ) -> Result<Came, Trouble> {
        let signed = self.peer.allow.signs(url);
        let (permit, bearer) = self.admitted(request, signed, deadline).await?;
        let authorization = match (&self.credential, &bearer) {
            (_, Some(access)) => Some(format!("Bearer {}", access.expose())),
            (credential, None) if signed => credential.basic(),
            _ => None,
        };
        let built = sending::build(request, url, authorization.as_deref());
        let built = match built {
            Ok(built) => built,
            Err(error) => {
                permit.unsent();
                return Err(Trouble::Final(error));
            }
        };
        let observer = &self.door.0.observer;
        observer.calling(&self.peer.name, request.route);
        let begun = Instant::now();
        let within = sending::headers_within(request, &self.peer.manners.deadlines);
        let came = timeout(within, self.door.0.client.execute(built)).await;
        let lost = match came {
            Ok(Ok(response)) => {
                let headers = Headers(response.headers().clone());
                let at = Instant::now();
                let group = self.settled(permit, response.status(), &headers, signed);
                let status = Some(response.status().as_u16());
                self.tell(
                    request,
                    status,
                    (&group, date_ms(&headers)),
                    begun.elapsed(),
                );
                return Ok(Came {
                    response,
                    headers,
                    at,
                    group,
                    bearer,
                });
            }
            Ok(Err(error)) => trouble::of_sending(&self.peer.name, &error),
            Err(_) => trouble::no_headers(&self.peer.name),
        };
        self.tell(request, None, (&request.group.name, None), begun.elapsed());
        Err(lost)
    }

    /// Waits for a usable token, then for the pace; both at once, so that no
    /// request is signed with a token that was replaced while it waited.
    async fn admitted(
        &self,
        request: &Request,
        signed: bool,
        deadline: Instant,
    ) -> Result<(Permit, Option<Secret>), Trouble> {
        let ask = Ask {
            peer: &self.peer.name,
            subject: &self.subject,
            route: request.route,
            group: &request.group,
            urgency: request.urgency,
            counts: self.peer.manners.counts,
        };
        loop {
            let token = match &self.credential {
                Credential::Token(token) if signed => Some(token),
                _ => None,
            };
            let bearer = match token {
                Some(token) => Some(token.bearer().await.map_err(Trouble::Final)?),
                None => None,
            };
            let admitted = self.door.0.pacer.admit(ask, deadline).await;
            let permit = admitted.map_err(|late| self.late(request, late))?;
            match (token, &bearer) {
                (Some(token), Some(access)) if !token.holds(access) => permit.unsent(),
                _ => return Ok((permit, bearer)),
            }
        }
    }

    /// Settles the permit: from here on the answer is counted, and a rate limit
    /// has closed its group.
    fn settled(&self, permit: Permit, status: StatusCode, headers: &Headers, own: bool) -> String {
        // Only the provider itself teaches us about its limits.
        let reading = if own {
            Reading::of(headers)
        } else {
            Reading::default()
        };
        if status == StatusCode::TOO_MANY_REQUESTS {
            let pause = self.peer.manners.penalty.pause(self.said(headers));
            let chance = (self.door.0.chance)();
            permit.throttled(&reading.without_remaining(), pause, chance)
        } else {
            permit.answered(&reading)
        }
    }

    /// A good answer goes on as a stream, a failing one to the judge.
    async fn sort(&self, request: &Request, came: Came) -> Result<Streamed, Trouble> {
        if came.has_too_many_headers() {
            let what = format!("{} answered with too many headers", self.peer.name);
            return Err(Trouble::Final(Error::new(Kind::Protocol, what)));
        }
        if !came.response.status().is_success() {
            return Err(self.judged(request, came).await);
        }
        let (status, framing) = (came.status(), came.framing());
        let declared = match framing {
            Framing::Declared => came.response.content_length(),
            Framing::Chunked | Framing::UntilClose => None,
        };
        Ok(Streamed {
            status,
            framing,
            declared,
            body: self.watched(request, came.response, declared),
            headers: came.headers,
        })
    }

    async fn judged(&self, request: &Request, came: Came) -> Trouble {
        let (status, said) = (came.status(), self.said(&came.headers));
        let mut stream = self.watched(request, came.response, None);
        let mut body = Vec::new();
        while let Some(Ok(piece)) = stream.next().await {
            let room = JUDGED_BYTES - body.len();
            body.extend_from_slice(&piece[..piece.len().min(room)]);
            if body.len() == JUDGED_BYTES {
                break;
            }
        }
        match self.peer.judge.judge(status, &came.headers, &body) {
            Judgement::Fail(error) if error.kind() == Kind::Unavailable => {
                Trouble::Unavailable(error, said)
            }
            Judgement::Fail(error) => Trouble::Final(error),
            Judgement::Refresh(error) => match came.bearer {
                Some(bearer) => Trouble::Refused(error, bearer),
                None => Trouble::Final(error),
            },
            Judgement::Throttle { error, brake, wait } => {
                let pause = self.peer.manners.penalty.pause(said.or(wait));
                self.brake(brake, &came.group, pause, came.at);
                Trouble::Throttled(error.verdict_is(Verdict::WaitFor(pause)))
            }
        }
    }

    fn brake(&self, brake: Brake, group: &str, pause: Duration, since: Instant) {
        let (pacer, name) = (&self.door.0.pacer, &self.peer.name);
        let shut = match brake {
            Brake::Group => {
                pacer.shut(name, &self.subject, group, since + pause);
                Some(group)
            }
            Brake::Host => {
                pacer.shut_all(name, since + pause);
                None
            }
        };
        tracing::debug!(peer = %name, group = shut, pause_ms = millis(pause), "rate limit");
        self.door
            .0
            .observer
            .braked(name, &self.subject, shut, pause);
    }

    fn watched(
        &self,
        request: &Request,
        response: Response,
        declared: Option<u64>,
    ) -> BoxStream<'static, Result<Bytes>> {
        let watch = Watch {
            name: self.peer.name.clone(),
            route: request.route,
            deadlines: self.peer.manners.deadlines,
            declared,
            observer: Arc::clone(&self.door.0.observer),
        };
        flow::watched(response.bytes_stream(), watch)
    }

    async fn gather(&self, streamed: Streamed, limit: usize) -> Result<Answer, Trouble> {
        let name = &self.peer.name;
        let coding = streamed
            .headers
            .get("content-encoding")
            .unwrap_or("identity");
        if !coding.eq_ignore_ascii_case("identity") {
            let what = format!("{name} compressed its answer although it was asked not to");
            return Err(Trouble::Final(Error::new(Kind::Protocol, what)));
        }
        match flow::whole(name, streamed.body, limit).await {
            Ok(body) => Ok(Answer {
                status: streamed.status,
                headers: streamed.headers,
                body,
            }),
            Err(error) if error.kind() == Kind::Protocol => Err(Trouble::Final(error)),
            Err(error) => Err(Trouble::Unavailable(error, None)),
        }
    }

    fn late(&self, request: &Request, Late(opens): Late) -> Trouble {
        let (name, group) = (&self.peer.name, &request.group.name);
        let what = format!("{name}'s rate limit ({group}) leaves no room for now");
        let wait = opens.saturating_duration_since(Instant::now());
        let wait = wait.max(self.peer.manners.penalty.floor);
        Trouble::Late(Error::new(Kind::Throttled, what).verdict_is(Verdict::WaitFor(wait)))
    }

    fn said(&self, headers: &Headers) -> Option<Duration> {
        let now = SystemTime::try_from(self.door.0.clock.now());
        retry_after(headers, now.unwrap_or(SystemTime::UNIX_EPOCH))
    }

    fn tell(
        &self,
        request: &Request,
        status: Option<u16>,
        (group, date_ms): (&str, Option<i64>),
        took: Duration,
    ) {
        let (peer, route) = (self.peer.name.as_str(), request.route);
        let method = request.method.word();
        tracing::debug!(peer, method, route, status, took_ms = millis(took), "call");
        let sent = sending::size(&request.body);
        self.door.0.observer.called(&Call {
            peer,
            route,
            group,
            status,
            took,
            sent,
            date_ms,
        });
    }
}

/// The course of one call: what was tried, how long it may still wait.
struct Course<'a> {
    line: &'a Line,
    plan: Plan,
    deadline: Instant,
}

impl Course<'_> {
    fn new<'a>(line: &'a Line, request: &Request) -> Course<'a> {
        Course {
            line,
            plan: Plan::new(request.repeatable),
            deadline: Instant::now() + line.peer.manners.patience,
        }
    }

    /// Does what the plan says; an error is the call's end.
    async fn mend(&mut self, trouble: Trouble) -> Result<()> {
        let chance = (self.line.door.0.chance)();
        match self.plan.next(trouble, &self.line.peer.manners, chance) {
            Next::Out(error) => Err(error),
            Next::Again(wait) => {
                sleep(wait).await;
                Ok(())
            }
            Next::Renew(stale) => match &self.line.credential {
                Credential::Token(token) => token.renew(&stale).await.map(drop),
                Credential::Basic { .. } | Credential::None => Ok(()),
            },
        }
    }
}

fn millis(time: Duration) -> u64 {
    u64::try_from(time.as_millis()).unwrap_or(u64::MAX)
}
