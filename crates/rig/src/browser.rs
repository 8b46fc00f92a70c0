//! An administrator before the pages: one cookie, forms with their hidden
//! token. Every step may be taken again; a server that dies in one is an error
//! like any other.

use std::fmt::Write;

use anyhow::{Context, Result, bail};
use url::Url;

use crate::http::{Answer, exchange};

/// Somebody before the pages of one server.
#[derive(Default)]
pub(crate) struct Browser {
    /// `127.0.0.1:8080`.
    server: String,
    /// What it sends with every request, once it was given it.
    pub(crate) cookie: Option<String>,
}

impl Browser {
    /// Somebody else before the same server.
    pub(crate) fn another(&self) -> Browser {
        Browser {
            server: self.server.clone(),
            cookie: None,
        }
    }

    /// The server listens there now.
    pub(crate) fn moves_to(&mut self, server: &str) {
        server.clone_into(&mut self.server);
    }

    pub(crate) fn get(&mut self, path: &str) -> Result<Answer> {
        let server = self.server.clone();
        self.send(&server, "GET", path, None)
    }

    /// A page that must be there.
    pub(crate) fn page(&mut self, path: &str) -> Result<String> {
        let answer = self.get(path)?;
        if answer.status != 200 {
            bail!("{path} answered {}", answer.status);
        }
        Ok(answer.body)
    }

    /// Sends a form that stands on this page.
    pub(crate) fn post(&mut self, on: &str, to: &str, fields: &[(&str, &str)]) -> Result<Answer> {
        let token = field(&self.page(on)?, "form_token")?;
        let mut form = url::form_urlencoded::Serializer::new(String::new());
        form.append_pair("form_token", &token);
        form.extend_pairs(fields);
        let server = self.server.clone();
        let answer = self.send(&server, "POST", to, Some(&form.finish()))?;
        if answer.status >= 400 {
            bail!("{to} answered {}", answer.status);
        }
        Ok(answer)
    }

    /// Signed in as whoever the simulator consents for.
    pub(crate) fn sign_in(&mut self) -> Result<()> {
        if self.get("/")?.status == 200 {
            return Ok(());
        }
        self.sign_in_from("/sign-in")
    }

    /// Once more, from a page with that button.
    pub(crate) fn sign_in_from(&mut self, page: &str) -> Result<()> {
        let out = self.post(page, "/sign-in", &[])?;
        self.there_and_back(&out)?;
        let proof = field(&self.page("/sign-in/confirm")?, "proof")?;
        let confirm = [("proof", proof.as_str())];
        let done = self.post("/sign-in/confirm", "/sign-in/confirm", &confirm)?;
        match done.status {
            303 => Ok(()),
            other => bail!("signing in answered {other}"),
        }
    }

    /// GENERAL shows a Dropbox.
    pub(crate) fn connect(&mut self) -> Result<()> {
        let general = self.page("/")?;
        if general.contains("action=\"/disconnect\"") {
            return Ok(());
        }
        // Whoever disconnected is asked who they are first.
        if !general.contains("action=\"/connect\"") || general.contains("action=\"/sign-in\"") {
            self.sign_in_from("/")?;
        }
        let out = self.post("/", "/connect", &[])?;
        self.there_and_back(&out)?;
        if !self.page("/")?.contains("action=\"/disconnect\"") {
            bail!("not connected");
        }
        Ok(())
    }

    pub(crate) fn disconnect(&mut self) -> Result<()> {
        if self.page("/")?.contains("action=\"/disconnect\"") {
            self.post("/disconnect", "/disconnect", &[])?;
        }
        Ok(())
    }

    /// Presses what GENERAL offers where a grant is refused; whether there was
    /// anything to press.
    pub(crate) fn mend(&mut self) -> Result<bool> {
        let general = self.page("/")?;
        let (source, destination) = (
            general.contains(">RECONNECT RINGCENTRAL<"),
            general.contains(">RECONNECT DROPBOX<"),
        );
        if source {
            self.sign_in_from("/")?;
        }
        if destination {
            let out = self.post("/", "/connect", &[])?;
            // It is well again already, or a provider did not answer: GENERAL
            // says which, and people press again where it still offers to.
            if out.status == 303 {
                return Ok(source);
            }
            self.there_and_back(&out)?;
        }
        Ok(source || destination)
    }

    /// ON in one's own view, with all types, as it comes.
    pub(crate) fn switch_on_own(&mut self) -> Result<()> {
        let page = "/backup?view=extension";
        let on = [("view", "extension"), ("enabled", "on"), ("history", "yes")];
        self.post(page, "/backup/switch", &on)?;
        Ok(())
    }

    /// *Back up now* in one's own view.
    pub(crate) fn hurry_own(&mut self) -> Result<()> {
        let fields = [("view", "extension")];
        self.post("/backup?view=extension", "/backup/now", &fields)?;
        Ok(())
    }

    /// All four types, then ON, in the account's view.
    pub(crate) fn switch_on(&mut self) -> Result<()> {
        let page = "/backup?view=account";
        let on = [("view", "account"), ("enabled", "on"), ("history", "yes")];
        self.post(page, "/backup/switch", &on)?;
        let types = ["recordings", "voicemail", "sms", "fax"].map(|it| ("type", it));
        let fields = [&[("view", "account")][..], &types].concat();
        self.post(page, "/backup/types", &fields)?;
        Ok(())
    }

    /// *Back up now*.
    pub(crate) fn hurry(&mut self) -> Result<()> {
        let fields = [("view", "account")];
        self.post("/backup?view=account", "/backup/now", &fields)?;
        Ok(())
    }

    /// A token for programs that may change things: the header to send.
    pub(crate) fn program(&mut self) -> Result<String> {
        let all = [
            ("name", "rig"),
            ("days", "3"),
            ("change", "on"),
            ("account", "on"),
        ];
        let made = self.post("/tokens", "/tokens", &all)?.body;
        let token = made.split("<code class=\"token\">").nth(1);
        let token = token
            .and_then(|it| it.split('<').next())
            .context("a token")?;
        Ok(format!("authorization: Bearer {token}\r\n"))
    }

    /// *Back up now*, as a program.
    pub(crate) fn hurry_as_program(&mut self, headers: &str) -> Result<()> {
        self.as_program("POST", "/api/v1/backups/account/run", headers)
    }

    /// Asks as a program with a token.
    pub(crate) fn as_program(&mut self, verb: &str, path: &str, headers: &str) -> Result<()> {
        let form = (verb == "POST").then_some("");
        let answer = exchange(&self.server, verb, path, headers, form)?;
        if answer.status >= 400 {
            bail!("{path} answered {}", answer.status);
        }
        Ok(())
    }

    /// Over the provider's consent page and back to us.
    fn there_and_back(&mut self, out: &Answer) -> Result<()> {
        let consented = self.goes(&way_out(out)?)?;
        let back = consented.header("location").context("leads nowhere")?;
        let arrived = self.goes(back)?;
        match arrived.status {
            303 => Ok(()),
            other => bail!("coming back answered {other}"),
        }
    }

    /// Follows an address to wherever it leads.
    fn goes(&mut self, address: &str) -> Result<Answer> {
        let url = Url::parse(&format!("http://{}/", self.server))?.join(address)?;
        let host = url.host_str().context("a host")?;
        let host = format!("{host}:{}", url.port().context("a port")?);
        let path = url[url::Position::BeforePath..].to_owned();
        self.send(&host, "GET", &path, None)
    }

    fn send(&mut self, host: &str, verb: &str, path: &str, form: Option<&str>) -> Result<Answer> {
        let ours = host == self.server;
        let mut headers = String::new();
        if let Some(cookie) = self.cookie.as_ref().filter(|_| ours) {
            let _ = write!(headers, "cookie: {cookie}\r\n");
        }
        if form.is_some() {
            let _ = write!(headers, "origin: http://{host}\r\n");
        }
        let answer = exchange(host, verb, path, &headers, form)?;
        if let Some(cookie) = answer.header("set-cookie").filter(|_| ours) {
            self.cookie = cookie.split(';').next().map(str::to_owned);
        }
        Ok(answer)
    }
}

/// The address that the page "On to …" leads to.
fn way_out(page: &Answer) -> Result<String> {
    let address = page.body.split("content=\"0;url=").nth(1);
    let address = address.and_then(|it| it.split('"').next());
    let address = address.with_context(|| format!("no way out ({})", page.status))?;
    Ok(address.replace("&#38;", "&").replace("&amp;", "&"))
}

/// The value of a form's field.
pub(crate) fn field(page: &str, name: &str) -> Result<String> {
    let rest = page.split(&format!("name=\"{name}\" value=\"")).nth(1);
    let value = rest.and_then(|it| it.split('"').next());
    Ok(value
        .with_context(|| format!("no field {name}"))?
        .to_owned())
}
