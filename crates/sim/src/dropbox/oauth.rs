//! OAuth 2 on the wire: the consent page and the token endpoint, with every
//! spelling that real clients use.

use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;

use axum::extract::{Query, Request, State};
use axum::http::{Method, StatusCode, header};
use axum::response::{Html, IntoResponse, Response};
use serde_json::json;

use super::call::finish;
use super::error::{Busy, Failure};
use super::fault::FaultKind;
use super::grants::{Code, OauthError, TokenRequest};
use super::limiter::milliseconds;
use super::options::Options;
use super::{Inner, basic_credentials, reply};

/// `/oauth2/token` and `/1/oauth2/token`.
pub(super) async fn token(State(inner): State<Arc<Inner>>, request: Request) -> Response {
    const ROUTE: &str = "oauth2/token";
    let options = inner.options();
    let fate = inner.fates.next(ROUTE, &options);
    let before = [
        (FaultKind::LostBefore, Failure::Lost),
        (
            FaultKind::InternalServerError,
            Failure::Bare(StatusCode::INTERNAL_SERVER_ERROR),
        ),
        (
            FaultKind::ServiceUnavailable,
            Failure::Bare(StatusCode::SERVICE_UNAVAILABLE),
        ),
        (
            FaultKind::TooManyRequests,
            Failure::Busy {
                reason: Busy::Requests,
                wait_s: options.retry_after_s,
                plain: false,
            },
        ),
    ];
    for (kind, failure) in before {
        if fate.strikes(kind) {
            let response = failure.response(ROUTE, inner.mint.dots());
            return finish(&inner, ROUTE.to_owned(), response);
        }
    }
    let request = token_request(request).await;
    let now_ms = inner.clock.now_ms();
    let outcome = inner
        .grants()
        .token(&request, &options, now_ms, &inner.mint);
    let response = match outcome {
        _ if fate.strikes(FaultKind::LostAfter) => Failure::Lost.response(ROUTE, ""),
        Ok(answer) => reply::json(StatusCode::OK, &answer),
        Err(OauthError(error, description)) => reply::json(
            StatusCode::BAD_REQUEST,
            &json!({ "error": error, "error_description": description }),
        ),
    };
    finish(&inner, ROUTE.to_owned(), response)
}

/// Gathers the fields from the body's form, the address, and Basic
/// authentication. Of a field that comes twice the first counts.
async fn token_request(request: Request) -> TokenRequest {
    let (parts, body) = request.into_parts();
    let body = axum::body::to_bytes(body, 64 << 10)
        .await
        .unwrap_or_default();
    let query = parts.uri.query().unwrap_or_default();
    let mut fields: HashMap<String, String> = HashMap::new();
    for (name, value) in
        url::form_urlencoded::parse(&body).chain(url::form_urlencoded::parse(query.as_bytes()))
    {
        fields
            .entry(name.into_owned())
            .or_insert_with(|| value.into_owned());
    }
    let mut take = |name: &str| fields.remove(name).filter(|value| !value.is_empty());
    let (key, secret) = basic_credentials(&parts.headers).unzip();
    TokenRequest {
        grant_type: take("grant_type"),
        client_id: key.or_else(|| take("client_id")),
        client_secret: secret.or_else(|| take("client_secret")),
        code: take("code"),
        code_verifier: take("code_verifier"),
        redirect_uri: take("redirect_uri"),
        refresh_token: take("refresh_token"),
        scope: take("scope"),
    }
}

/// `/oauth2/authorize`: the page that asks the user, and what follows.
pub(super) async fn authorize(
    State(inner): State<Arc<Inner>>,
    method: Method,
    Query(query): Query<HashMap<String, String>>,
) -> Response {
    let options = inner.options();
    let decision = query.get("decision").map(String::as_str);
    let response = match Consent::read(&query, &options, inner.clock.now_ms()) {
        Err(why) => (StatusCode::BAD_REQUEST, page("Error", &escape(&why))).into_response(),
        Ok(consent) => match (method, decision) {
            (Method::POST, Some("allow")) => consent.granted(&inner),
            (Method::POST, Some(_)) => consent.denied(),
            _ if options.auto_consent => consent.granted(&inner),
            _ => consent.ask(&query, &options).into_response(),
        },
    };
    finish(&inner, "oauth2/authorize".to_owned(), response)
}

/// A well-formed request for consent.
struct Consent {
    code: Code,
    state: Option<String>,
}

impl Consent {
    fn read(
        query: &HashMap<String, String>,
        options: &Options,
        now_ms: i64,
    ) -> Result<Self, String> {
        let get = |name: &str| query.get(name).cloned();
        if get("client_id").as_deref() != Some(&options.app_key) {
            return Err("Invalid client_id: there is no app with this key.".to_owned());
        }
        if get("response_type").as_deref() != Some("code") {
            return Err("Invalid response_type: only \"code\" is supported.".to_owned());
        }
        if get("state").is_some_and(|state| state.len() > 500) {
            return Err("Invalid state: at most 500 bytes.".to_owned());
        }
        let redirect_uri = get("redirect_uri");
        if let Some(uri) = &redirect_uri
            && !is_registered(uri, options)
        {
            return Err(format!(
                "Invalid redirect_uri: \"{uri}\" must exactly match one of the redirect URIs \
                 registered for this app."
            ));
        }
        let challenge = get("code_challenge");
        let method = get("code_challenge_method");
        if challenge.is_some() && method.as_deref() != Some("S256") {
            return Err("Invalid code_challenge_method: use \"S256\".".to_owned());
        }
        let enabled: BTreeSet<String> = options.scopes.iter().cloned().collect();
        let scopes = match get("scope") {
            None => enabled,
            Some(asked) => {
                let asked: BTreeSet<String> = asked.split_whitespace().map(str::to_owned).collect();
                if !asked.is_subset(&enabled) {
                    return Err("Invalid scope: it is not enabled for this app.".to_owned());
                }
                asked
            }
        };
        Ok(Self {
            code: Code {
                scopes,
                redirect_uri,
                challenge,
                offline: get("token_access_type").as_deref() == Some("offline"),
                expires_ms: now_ms.saturating_add(milliseconds(options.code_life_s)),
            },
            state: get("state"),
        })
    }

    /// The user has agreed: the code goes to the redirect address, or is shown
    /// for pasting.
    fn granted(&self, inner: &Inner) -> Response {
        let code = inner.grants().consent(self.code.clone(), &inner.mint);
        match self.back(&[("code", &code)]) {
            Some(response) => response,
            None => page(
                "Access code generated",
                &format!(
                    "Enter this code to finish: \
                     <input readonly id=\"auth-code\" data-token=\"{code}\" value=\"{code}\">"
                ),
            )
            .into_response(),
        }
    }

    fn denied(&self) -> Response {
        let error = [
            ("error", "access_denied"),
            (
                "error_description",
                "The user chose not to give your app access to their Dropbox account.",
            ),
        ];
        self.back(&error)
            .unwrap_or_else(|| page("No access", "You did not give access.").into_response())
    }

    /// The redirect to the app, with its state.
    fn back(&self, fields: &[(&str, &str)]) -> Option<Response> {
        let mut target = url::Url::parse(self.code.redirect_uri.as_ref()?).ok()?;
        target
            .query_pairs_mut()
            .extend_pairs(fields)
            .extend_pairs(self.state.as_ref().map(|state| ("state", state)));
        let location = [(header::LOCATION, target.to_string())];
        Some((StatusCode::FOUND, location).into_response())
    }

    /// The page with the two buttons.
    fn ask(&self, query: &HashMap<String, String>, options: &Options) -> Html<String> {
        let mut again = url::form_urlencoded::Serializer::new(String::new());
        again.extend_pairs(query.iter().filter(|(name, _)| *name != "decision"));
        let again = escape(&again.finish());
        let scopes: String = self
            .code
            .scopes
            .iter()
            .flat_map(|scope| ["<li>", scope, "</li>"])
            .collect();
        let app = escape(&options.app_key);
        let button = |decision, text| {
            format!(
                "<form method=\"post\" action=\"?{again}&amp;decision={decision}\">\
                 <button type=\"submit\" name=\"{decision}\">{text}</button></form>"
            )
        };
        page(
            "Simulated Dropbox",
            &format!(
                "The app \"{app}\" would like to:<ul>{scopes}</ul>{}{}",
                button("allow", "Allow"),
                button("deny", "Cancel")
            ),
        )
    }
}

/// Whether the app may be sent there.
fn is_registered(uri: &str, options: &Options) -> bool {
    if !options.redirect_uris.is_empty() {
        return options.redirect_uris.iter().any(|known| known == uri);
    }
    url::Url::parse(uri).is_ok_and(|uri| {
        let local = matches!(uri.host_str(), Some("localhost" | "127.0.0.1" | "[::1]"));
        uri.scheme() == "https" || (uri.scheme() == "http" && local)
    })
}

fn page(title: &str, body: &str) -> Html<String> {
    Html(format!(
        "<!doctype html><html lang=\"en\"><head><meta charset=\"utf-8\">\
         <title>{title}</title></head><body><h1>{title}</h1><p>{body}</p></body></html>"
    ))
}

fn escape(text: &str) -> String {
    text.replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
        .replace('"', "&quot;")
}
