//! A browser, as far as these pages need one: one cookie jar, forms with their
//! hidden token, and the headers of a new browser or none of them.

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::http::header::{CONTENT_TYPE, COOKIE, HOST, LOCATION, SET_COOKIE};
use axum::http::{HeaderMap, Method, Request, StatusCode};
use url::form_urlencoded::Serializer;

/// An answer.
#[derive(Clone, Debug)]
pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) body: String,
}

impl Answer {
    /// A header, or nothing.
    pub(crate) fn header(&self, name: &str) -> &str {
        let value = self.headers.get(name).map(|it| it.to_str().unwrap());
        value.unwrap_or_default()
    }

    /// Where it leads.
    pub(crate) fn location(&self) -> &str {
        self.header(LOCATION.as_str())
    }

    /// The address that the page "On to …" leads to.
    pub(crate) fn way_out(&self) -> String {
        assert_eq!(self.status, StatusCode::OK, "{}", self.body);
        let rest = self.body.split("content=\"0;url=").nth(1).unwrap();
        let address = rest.split('"').next().unwrap();
        address.replace("&#38;", "&").replace("&amp;", "&")
    }

    /// The value of a hidden or visible field.
    pub(crate) fn field(&self, name: &str) -> Option<String> {
        let rest = self
            .body
            .split(&format!("name=\"{name}\" value=\""))
            .nth(1)?;
        Some(rest.split('"').next()?.to_owned())
    }
}

/// Sends one request.
pub(crate) async fn send(app: &Router, request: Request<Body>) -> Answer {
    let response = tower::ServiceExt::oneshot(app.clone(), request).await;
    let (head, body) = response.unwrap().into_parts();
    let body = to_bytes(body, 1 << 20).await.unwrap();
    Answer {
        status: head.status,
        headers: head.headers,
        body: String::from_utf8(body.to_vec()).unwrap(),
    }
}

/// A browser.
#[derive(Clone)]
pub(crate) struct Browser {
    pub(crate) app: Router,
    /// The `Host` it sends.
    pub(crate) host: String,
    /// What it calls us in `Origin`; `None`: it is too old to say.
    pub(crate) origin: Option<String>,
    /// Name and value of the cookie it holds.
    pub(crate) cookie: Option<(String, String)>,
    /// The token of the last form it was shown.
    pub(crate) form_token: String,
}

impl Browser {
    /// A new one, on this machine.
    pub(crate) fn new(app: Router) -> Browser {
        Browser {
            app,
            host: "127.0.0.1:8080".to_owned(),
            origin: Some("http://127.0.0.1:8080".to_owned()),
            cookie: None,
            form_token: String::new(),
        }
    }

    /// The word in its cookie.
    pub(crate) fn word(&self) -> String {
        self.cookie.clone().unwrap().1
    }

    /// A request as this browser sends it, for changes.
    pub(crate) fn request(&self, method: &Method, path: &str) -> axum::http::request::Builder {
        let mut request = Request::builder()
            .method(method)
            .uri(path)
            .header(HOST, &self.host);
        if let Some((name, word)) = &self.cookie {
            request = request.header(COOKIE, format!("theme=dark; {name}={word}"));
        }
        if *method == Method::POST {
            request = request.header(CONTENT_TYPE, "application/x-www-form-urlencoded");
            if let Some(origin) = &self.origin {
                request = request
                    .header("origin", origin)
                    .header("sec-fetch-site", "same-origin");
            }
        }
        request
    }

    /// Sends it and keeps what comes with the answer.
    pub(crate) async fn take(&mut self, request: Request<Body>) -> Answer {
        let answer = send(&self.app, request).await;
        if let Some(line) = answer.headers.get(SET_COOKIE) {
            let line = line.to_str().unwrap();
            let (name, word) = line.split(';').next().unwrap().split_once('=').unwrap();
            let kept = !word.is_empty() && !line.contains("Max-Age=0");
            self.cookie = kept.then(|| (name.to_owned(), word.to_owned()));
        }
        if let Some(token) = answer.field("form_token") {
            self.form_token = token;
        }
        answer
    }

    /// Looks at a page.
    pub(crate) async fn get(&mut self, path: &str) -> Answer {
        let request = self.request(&Method::GET, path).body(Body::empty());
        self.take(request.unwrap()).await
    }

    /// The same, through redirects.
    pub(crate) async fn visit(&mut self, path: &str) -> Answer {
        let mut answer = self.get(path).await;
        for _ in 0..5 {
            if !answer.status.is_redirection() {
                return answer;
            }
            let next = answer.location().to_owned();
            answer = self.get(&next).await;
        }
        answer
    }

    /// Sends a form of the last page.
    pub(crate) async fn post(&mut self, path: &str, fields: &[(&str, &str)]) -> Answer {
        let token = self.form_token.clone();
        self.post_with(path, &token, fields).await
    }

    /// Sends a form with this token.
    pub(crate) async fn post_with(
        &mut self,
        path: &str,
        token: &str,
        fields: &[(&str, &str)],
    ) -> Answer {
        let body = form(token, fields);
        let request = self.request(&Method::POST, path).body(Body::from(body));
        self.take(request.unwrap()).await
    }
}

/// A form as it travels.
pub(crate) fn form(token: &str, fields: &[(&str, &str)]) -> String {
    let mut form = Serializer::new(String::new());
    form.append_pair("form_token", token);
    form.extend_pairs(fields);
    form.finish()
}
