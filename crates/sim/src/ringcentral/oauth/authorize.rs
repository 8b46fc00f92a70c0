//! `/restapi/oauth/authorize`: the consent page, as plain as can be, and the
//! redirect back with a code.

use url::Url;

use crate::ringcentral::ask::Knock;
use crate::ringcentral::held;
use crate::ringcentral::params::Params;
use crate::ringcentral::reply::Reply;

use super::sessions::{CODE_MS, Code, Viewer};

/// Fields that the page hands on to its own form.
const KEPT: [&str; 7] = [
    "response_type",
    "client_id",
    "redirect_uri",
    "state",
    "code_challenge",
    "code_challenge_method",
    "scope",
];

/// `GET` shows the page; `POST` with a decision redirects.
pub(crate) fn authorize(knock: &Knock<'_>) -> Reply {
    let form = knock.form();
    let redirect = match trusted(knock, &form) {
        Ok(redirect) => redirect,
        Err(problem) => return page(400, &format!("<p>{problem}</p>")),
    };
    let state = form.get("state");
    if form.get("response_type") != Some("code") {
        return back(redirect, &[("error", "unsupported_response_type")], state);
    }
    let method = form.get("code_challenge_method").unwrap_or("plain");
    if !matches!(method, "S256" | "plain") {
        return back(
            redirect,
            &[
                ("error", "invalid_request"),
                ("error_description", "Unknown PKCE method"),
            ],
            state,
        );
    }
    let user = match form.get("decision") {
        Some("deny") => {
            return back(
                redirect,
                &[
                    ("error", "access_denied"),
                    ("error_description", "The user said no"),
                ],
                state,
            );
        }
        Some(_) => form.get("user").and_then(|number| user(knock, number)),
        None if knock.inner.options().auto_consent => {
            let hint = form.get("login_hint").and_then(|hint| user(knock, hint));
            hint.or_else(|| user(knock, &knock.inner.options().consent_as))
        }
        None => return consent_page(knock, &form),
    };
    let Some(user) = user else {
        return back(
            redirect,
            &[
                ("error", "access_denied"),
                ("error_description", "Unknown user"),
            ],
            state,
        );
    };
    let code = held(&knock.inner.sessions).consent(Code {
        viewer: Viewer {
            user,
            client: form.get("client_id").unwrap_or_default().to_owned(),
        },
        redirect_uri: form.get("redirect_uri").unwrap_or_default().to_owned(),
        challenge: form
            .get("code_challenge")
            .map(|challenge| (method.to_owned(), challenge.to_owned())),
        expires_ms: knock.now_ms + CODE_MS,
    });
    back(redirect, &[("code", &code), ("expires_in", "60")], state)
}

/// The address to return to, if application and address are registered.
fn trusted(knock: &Knock<'_>, form: &Params) -> Result<Url, &'static str> {
    let options = knock.inner.options();
    let client = form.get("client_id").unwrap_or_default();
    if client != options.client_id && !options.public_clients.iter().any(|public| public == client)
    {
        return Err("OAU-108: unknown application");
    }
    let given = form.get("redirect_uri").unwrap_or_default();
    let url = Url::parse(given).map_err(|_| "OAU-109: the redirect address is not valid")?;
    let local = matches!(url.host_str(), Some("localhost" | "127.0.0.1" | "[::1]"));
    let registered = if options.redirect_uris.is_empty() {
        local
    } else {
        options.redirect_uris.iter().any(|uri| uri == given)
    };
    registered
        .then_some(url)
        .ok_or("OAU-109: redirect URIs do not match")
}

/// An enabled extension by number or e-mail address.
fn user(knock: &Knock<'_>, hint: &str) -> Option<u16> {
    let found = knock
        .inner
        .world
        .staff
        .iter()
        .position(|e| e.enabled && (e.number == hint || e.email() == hint));
    found.and_then(|index| u16::try_from(index).ok())
}

fn back(mut redirect: Url, answer: &[(&str, &str)], state: Option<&str>) -> Reply {
    redirect
        .query_pairs_mut()
        .extend_pairs(answer)
        .extend_pairs(state.map(|state| ("state", state)));
    Reply::empty(302)
        .with("location", redirect.as_str())
        .with("cache-control", "no-store")
}

fn consent_page(knock: &Knock<'_>, form: &Params) -> Reply {
    let hidden: Vec<String> = KEPT
        .iter()
        .filter_map(|name| Some((name, form.get(name)?)))
        .map(|(name, value)| {
            format!(
                "<input type=\"hidden\" name=\"{name}\" value=\"{}\">\n",
                escaped(value)
            )
        })
        .collect();
    let users: Vec<String> = knock
        .inner
        .world
        .staff
        .iter()
        .filter(|extension| extension.enabled)
        .map(|extension| {
            let role = if extension.admin { " (admin)" } else { "" };
            format!(
                "<option value=\"{0}\">{0} {1}{role}</option>\n",
                extension.number,
                escaped(&extension.name())
            )
        })
        .collect();
    let scopes = escaped(&knock.inner.options().scopes.join(", "));
    let (hidden, users) = (hidden.concat(), users.concat());
    page(
        200,
        &format!(
            "<p>The application asks for: {scopes}.</p>\n\
             <form method=\"post\" action=\"/restapi/oauth/authorize\">\n{hidden}\
             <label>Sign in as <select name=\"user\">\n{users}</select></label>\n\
             <button name=\"decision\" value=\"allow\">Authorize</button>\n\
             <button name=\"decision\" value=\"deny\">Deny</button>\n</form>"
        ),
    )
}

fn page(status: u16, content: &str) -> Reply {
    let html = format!(
        "<!DOCTYPE html>\n<html lang=\"en\"><head><meta charset=\"utf-8\"><title>Simulated sign-in</title></head>\n\
         <body><h1>RingCentral, simulated</h1>\n{content}\n</body></html>\n"
    );
    Reply::bytes(status, "text/html; charset=utf-8", html)
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
        .replace('"', "&quot;")
}
