//! A browser without a screen: one cookie, forms with their hidden token,
//! plain HTTP to this machine.

use std::fmt::Write as _;
use std::io::{Read, Write};
use std::net::TcpStream;
use std::time::Duration;

/// An answer.
pub(crate) struct Answer {
    pub(crate) status: u16,
    head: String,
    pub(crate) body: String,
}

impl Answer {
    /// The first header of that name.
    fn header(&self, name: &str) -> Option<&str> {
        let lines = self.head.lines().skip(1);
        lines
            .filter_map(|line| line.split_once(": "))
            .find(|(it, _)| it.eq_ignore_ascii_case(name))
            .map(|(_, value)| value)
    }

    /// Where it leads.
    fn location(&self) -> String {
        let told = self.header("location");
        told.unwrap_or_else(|| panic!("leads nowhere: {}\n{}", self.head, self.body))
            .to_owned()
    }

    /// The address that the page "On to …" leads to.
    fn way_out(&self) -> String {
        let address = self.body.split("content=\"0;url=").nth(1);
        let address = address.unwrap_or_else(|| panic!("no way out: {}", self.body));
        let address = address.split('"').next().unwrap();
        address.replace("&#38;", "&").replace("&amp;", "&")
    }

    /// The value of a form's field.
    fn field(&self, name: &str) -> String {
        let rest = self.body.split(&format!("name=\"{name}\" value=\"")).nth(1);
        let rest = rest.unwrap_or_else(|| panic!("no field {name}: {}", self.body));
        rest.split('"').next().unwrap().to_owned()
    }
}

/// Somebody before the pages of one server.
pub(crate) struct Browser {
    /// `127.0.0.1:8080`.
    server: String,
    cookie: Option<String>,
}

impl Browser {
    pub(crate) fn new(server: &str) -> Browser {
        Browser {
            server: server.to_owned(),
            cookie: None,
        }
    }

    /// The server listens somewhere else now.
    pub(crate) fn moves_to(&mut self, server: &str) {
        server.clone_into(&mut self.server);
    }

    pub(crate) fn get(&mut self, path: &str) -> Answer {
        let server = self.server.clone();
        self.send(&server, "GET", path, None)
    }

    /// Sends a form that stands on this page.
    pub(crate) fn post(&mut self, on: &str, to: &str, fields: &[(&str, &str)]) -> Answer {
        let token = self.get(on).field("form_token");
        let mut form = url::form_urlencoded::Serializer::new(String::new());
        form.append_pair("form_token", &token);
        form.extend_pairs(fields);
        let server = self.server.clone();
        self.send(&server, "POST", to, Some(&form.finish()))
    }

    /// Signs in as whoever the simulator consents for.
    pub(crate) fn sign_in(&mut self) {
        self.sign_in_from("/sign-in");
    }

    /// Signs in as somebody else of the company, by their number.
    pub(crate) fn sign_in_as(&mut self, number: &str) {
        self.sign_in_with("/sign-in", &format!("&login_hint={number}"));
    }

    /// GENERAL asks for it before a Dropbox is connected anew.
    pub(crate) fn sign_in_again(&mut self) {
        self.sign_in_from("/");
    }

    fn sign_in_from(&mut self, page: &str) {
        self.sign_in_with(page, "");
    }

    fn sign_in_with(&mut self, page: &str, hint: &str) {
        let out = self.post(page, "/sign-in", &[]);
        let back = self.goes(&(out.way_out() + hint)).location();
        let arrived = self.goes(&back);
        assert_eq!(arrived.status, 303, "{}", arrived.body);
        let proof = self.get("/sign-in/confirm").field("proof");
        let confirm = [("proof", proof.as_str())];
        let done = self.post("/sign-in/confirm", "/sign-in/confirm", &confirm);
        assert_eq!(done.status, 303, "{}", done.body);
    }

    /// CONNECT, with the consent of the simulated Dropbox.
    pub(crate) fn connect(&mut self) {
        let out = self.post("/", "/connect", &[]);
        let back = self.goes(&out.way_out()).location();
        let arrived = self.goes(&back);
        assert_eq!(arrived.status, 303, "{}", arrived.body);
        let general = self.get("/").body;
        assert!(general.contains("DISCONNECT"), "{general}");
    }

    pub(crate) fn disconnect(&mut self) {
        let done = self.post("/disconnect", "/disconnect", &[]);
        assert_eq!(done.status, 303, "{}", done.body);
    }

    /// Enable backup, in the account's view.
    pub(crate) fn switch_on(&mut self) {
        self.switch_on_in("account");
    }

    /// Enable backup, of what is one's own.
    pub(crate) fn switch_on_own(&mut self) {
        self.switch_on_in("extension");
    }

    fn switch_on_in(&mut self, view: &str) {
        let fields = [("view", view), ("enabled", "on"), ("history", "yes")];
        let page = format!("/backup?view={view}");
        let done = self.post(&page, "/backup/switch", &fields);
        assert_eq!(done.status, 303, "{}", done.body);
    }

    /// Follows an address to wherever it leads.
    fn goes(&mut self, address: &str) -> Answer {
        let url = url::Url::parse(&format!("http://{}/", self.server)).unwrap();
        let url = url.join(address).unwrap();
        let host = format!("{}:{}", url.host_str().unwrap(), url.port().unwrap());
        let path = &url[url::Position::BeforePath..];
        self.send(&host, "GET", path, None)
    }

    fn send(&mut self, host: &str, verb: &str, path: &str, form: Option<&str>) -> Answer {
        let ours = host == self.server;
        let mut request =
            format!("{verb} {path} HTTP/1.1\r\nhost: {host}\r\nconnection: close\r\n");
        if let Some(cookie) = self.cookie.as_ref().filter(|_| ours) {
            let _ = write!(request, "cookie: {cookie}\r\n");
        }
        if let Some(form) = form {
            let _ = write!(
                request,
                "origin: http://{host}\r\ncontent-type: application/x-www-form-urlencoded\r\n\
                 content-length: {}\r\n",
                form.len()
            );
        }
        request += "\r\n";
        request += form.unwrap_or_default();
        let answer = exchange(host, &request);
        if let Some(cookie) = answer.header("set-cookie").filter(|_| ours) {
            self.cookie = cookie.split(';').next().map(str::to_owned);
        }
        answer
    }
}

fn exchange(host: &str, request: &str) -> Answer {
    let mut line = TcpStream::connect(host).unwrap();
    line.set_read_timeout(Some(Duration::from_mins(1))).unwrap();
    line.write_all(request.as_bytes()).unwrap();
    let mut answer = Vec::new();
    line.read_to_end(&mut answer).unwrap();
    let answer = String::from_utf8_lossy(&answer);
    let (head, body) = answer.split_once("\r\n\r\n").unwrap();
    Answer {
        status: head.split(' ').nth(1).unwrap().parse().unwrap(),
        head: head.to_owned(),
        body: body.to_owned(),
    }
}
