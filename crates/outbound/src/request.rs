//! A request before it is sent: what for, where to, how it is paced, and
//! whether it may be sent twice.

use std::borrow::Cow;
use std::fmt;
use std::time::Duration;

use bytes::Bytes;

use crate::allow::Purpose;
use crate::budget::Budget;

/// A rate group of the provider, with what is known of its budget before the
/// first answer says better.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Group {
    /// The provider's word for it, lower case: `heavy`. Where an answer's
    /// `X-Rate-Limit-Group` says another one, the route is counted there.
    pub name: Cow<'static, str>,
    /// `None`: not paced until an answer brings a budget; a rate limit still
    /// closes it.
    pub budget: Option<Budget>,
}

impl Group {
    /// A group with a budget of `limit` requests in any `seconds` seconds.
    pub const fn new(name: &'static str, limit: u32, seconds: u64) -> Group {
        let window = Duration::from_secs(seconds);
        Group {
            name: Cow::Borrowed(name),
            budget: Some(Budget::new(limit, window)),
        }
    }

    /// A group without a known budget.
    pub const fn unpaced(name: &'static str) -> Group {
        Group {
            name: Cow::Borrowed(name),
            budget: None,
        }
    }
}

/// Who goes first when a budget is short. A listing gets a head start of one
/// window, no more: content is never starved.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Urgency {
    /// Finding out what there is.
    #[default]
    Listing,
    /// Fetching it.
    Content,
}

/// What a request carries. It prints its size only.
#[derive(Clone, Default)]
pub enum Body {
    /// Nothing, and no `Content-Type`.
    #[default]
    Empty,
    /// `application/json`, already written.
    Json(Vec<u8>),
    /// `application/x-www-form-urlencoded`; values may be secrets.
    Form(Vec<(&'static str, String)>),
    /// `application/octet-stream` in pieces that are not copied or joined.
    Bytes(Vec<Bytes>),
}

impl fmt::Debug for Body {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Body::Empty => f.write_str("Empty"),
            Body::Json(json) => write!(f, "Json({} bytes)", json.len()),
            Body::Form(fields) => write!(f, "Form({} fields)", fields.len()),
            Body::Bytes(pieces) => write!(f, "Bytes({} pieces)", pieces.len()),
        }
    }
}

/// One request. Built by the provider's crate, sent by a `Line`.
#[derive(Clone)]
pub struct Request {
    pub(crate) method: Method,
    pub(crate) purpose: Purpose,
    pub(crate) route: &'static str,
    pub(crate) url: String,
    pub(crate) query: Vec<(Cow<'static, str>, String)>,
    pub(crate) headers: Vec<(&'static str, String)>,
    pub(crate) body: Body,
    pub(crate) group: Group,
    pub(crate) urgency: Urgency,
    pub(crate) repeatable: bool,
    pub(crate) limit: usize,
    pub(crate) headers_within: Option<Duration>,
}

/// The methods an archive needs: it deletes and replaces nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Method {
    Get,
    Post,
}

impl Method {
    pub(crate) fn word(self) -> &'static str {
        match self {
            Method::Get => "GET",
            Method::Post => "POST",
        }
    }
}

const DEFAULT_LIMIT: usize = 8 * 1024 * 1024;

impl Request {
    /// Asks for something; may be repeated. `route` is the path template for
    /// logs and metrics (`/account/~/call-log`), `url` the whole address.
    pub fn get(purpose: Purpose, route: &'static str, url: impl Into<String>) -> Request {
        Request::new(Method::Get, purpose, route, url.into(), true)
    }

    /// Sends something; not repeated unless [`repeatable`](Request::repeatable)
    /// says that a second sending does no harm.
    pub fn post(purpose: Purpose, route: &'static str, url: impl Into<String>) -> Request {
        Request::new(Method::Post, purpose, route, url.into(), false)
    }

    fn new(
        method: Method,
        purpose: Purpose,
        route: &'static str,
        url: String,
        repeatable: bool,
    ) -> Request {
        Request {
            method,
            purpose,
            route,
            url,
            query: Vec::new(),
            headers: Vec::new(),
            body: Body::Empty,
            group: Group::unpaced("none"),
            urgency: Urgency::Listing,
            repeatable,
            limit: DEFAULT_LIMIT,
            headers_within: None,
        }
    }

    /// Appends `name=value` to the address, escaped; may be called again with
    /// the same name.
    #[must_use]
    pub fn query(mut self, name: impl Into<Cow<'static, str>>, value: impl Into<String>) -> Self {
        self.query.push((name.into(), value.into()));
        self
    }

    /// Adds a header; it must be visible ASCII or the call fails. An explicit
    /// `content-type` replaces the body's own. Never for credentials.
    #[must_use]
    pub fn header(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.headers.push((name, value.into()));
        self
    }

    /// What it carries.
    #[must_use]
    pub fn body(mut self, body: Body) -> Self {
        self.body = body;
        self
    }

    /// The rate group it is counted in; without one it is not paced.
    #[must_use]
    pub fn group(mut self, group: Group) -> Self {
        self.group = group;
        self
    }

    /// Who goes first when the budget is short.
    #[must_use]
    pub fn urgency(mut self, urgency: Urgency) -> Self {
        self.urgency = urgency;
        self
    }

    /// Whether a second sending after a lost answer does no harm. `true` for
    /// GET; a POST must say so itself.
    #[must_use]
    pub fn repeatable(mut self, repeatable: bool) -> Self {
        self.repeatable = repeatable;
        self
    }

    /// The largest answer that `Line::call` takes into memory, in bytes;
    /// 8 MiB if not said. `Line::open` is not bound by it.
    #[must_use]
    pub fn at_most(mut self, bytes: usize) -> Self {
        self.limit = bytes;
        self
    }

    /// How long the answer's headers may take, where 60 s are too short (a
    /// commit of a thousand files may take minutes).
    #[must_use]
    pub fn headers_within(mut self, time: Duration) -> Self {
        self.headers_within = Some(time);
        self
    }
}

impl fmt::Debug for Request {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let method = self.method.word();
        write!(f, "{method} {} {:?}", self.route, self.body)
    }
}
