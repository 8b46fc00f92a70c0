//! As much of HTTP as talking to this machine needs: one request, one answer,
//! one connection.

use std::fmt::Write as _;
use std::io::{Read, Write};
use std::net::TcpStream;
use std::time::Duration;

use anyhow::{Context, Result, bail};
use serde_json::Value;

const PATIENCE: Duration = Duration::from_mins(5);

/// An answer.
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) head: String,
    pub(crate) body: String,
    /// The body as it came.
    pub(crate) bytes: Vec<u8>,
}

impl Answer {
    /// The first header of that name.
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        let lines = self.head.lines().skip(1);
        lines
            .filter_map(|line| line.split_once(':'))
            .find(|(it, _)| it.eq_ignore_ascii_case(name))
            .map(|(_, value)| value.trim())
    }
}

/// One request to a host like `127.0.0.1:8080`. `headers` end with a line
/// break each.
pub(crate) fn exchange(
    host: &str,
    verb: &str,
    path: &str,
    headers: &str,
    form: Option<&str>,
) -> Result<Answer> {
    let mut headers = headers.to_owned();
    if let Some(form) = form {
        let _ = write!(
            headers,
            "content-type: application/x-www-form-urlencoded\r\ncontent-length: {}\r\n",
            form.len()
        );
    }
    send(host, verb, path, &headers, form.unwrap_or_default())
}

fn send(host: &str, verb: &str, path: &str, headers: &str, body: &str) -> Result<Answer> {
    let mut request = format!("{verb} {path} HTTP/1.1\r\nhost: {host}\r\nconnection: close\r\n");
    request += headers;
    request += "\r\n";
    request += body;
    let mut line = TcpStream::connect(host)?;
    line.set_read_timeout(Some(PATIENCE))?;
    line.write_all(request.as_bytes())?;
    let mut answer = Vec::new();
    line.read_to_end(&mut answer)?;
    parse(&answer)
}

fn parse(answer: &[u8]) -> Result<Answer> {
    let end = answer.windows(4).position(|it| it == b"\r\n\r\n");
    let end = end.context("the answer broke off")?;
    let head = String::from_utf8_lossy(&answer[..end]).into_owned();
    let status = head.split(' ').nth(1).and_then(|it| it.parse().ok());
    let mut answer = Answer {
        status: status.context("no status")?,
        head,
        body: String::new(),
        bytes: Vec::new(),
    }
    .with(&answer[end + 4..])?;
    answer.body = answer.body.trim_start_matches('\u{feff}').to_owned();
    Ok(answer)
}

impl Answer {
    fn with(mut self, bytes: &[u8]) -> Result<Answer> {
        let chunked = self.header("transfer-encoding").is_some();
        let declared = self.header("content-length").map(str::parse::<usize>);
        let body = if chunked {
            unchunked(bytes)?
        } else {
            if let Some(Ok(declared)) = declared
                && declared > bytes.len()
            {
                bail!("the answer broke off");
            }
            bytes.to_vec()
        };
        self.body = String::from_utf8_lossy(&body).into_owned();
        self.bytes = body;
        Ok(self)
    }
}

fn unchunked(mut bytes: &[u8]) -> Result<Vec<u8>> {
    let mut all = Vec::new();
    loop {
        let end = bytes.windows(2).position(|it| it == b"\r\n");
        let end = end.context("the answer broke off")?;
        let size = std::str::from_utf8(&bytes[..end])?;
        let size = usize::from_str_radix(size.trim(), 16)?;
        if size == 0 {
            return Ok(all);
        }
        let piece = bytes.get(end + 2..end + 2 + size);
        all.extend_from_slice(piece.context("the answer broke off")?);
        bytes = bytes
            .get(end + 4 + size..)
            .context("the answer broke off")?;
    }
}

/// JSON from one of the simulators.
pub(crate) fn json(base: &str, path: &str) -> Result<Value> {
    let answer = exchange(host(base), "GET", path, "", None)?;
    if answer.status != 200 {
        bail!("{path} answered {}", answer.status);
    }
    Ok(serde_json::from_str(&answer.body)?)
}

/// A file from one of the simulators.
pub(crate) fn bytes(base: &str, path: &str) -> Result<Vec<u8>> {
    let answer = exchange(host(base), "GET", path, "", None)?;
    if answer.status != 200 {
        bail!("{path} answered {}", answer.status);
    }
    Ok(answer.bytes)
}

/// Tells one of the simulators something.
pub(crate) fn post(base: &str, path: &str) -> Result<()> {
    let answer = exchange(host(base), "POST", path, "content-length: 0\r\n", None)?;
    if answer.status >= 300 {
        bail!("{path} answered {}", answer.status);
    }
    Ok(())
}

/// Tells one of the simulators something in JSON.
pub(crate) fn post_json(base: &str, path: &str, body: &Value) -> Result<()> {
    let body = body.to_string();
    let headers = format!(
        "content-type: application/json\r\ncontent-length: {}\r\n",
        body.len()
    );
    let answer = send(host(base), "POST", path, &headers, &body)?;
    if answer.status >= 300 {
        bail!("{path} answered {}: {}", answer.status, answer.body);
    }
    Ok(())
}

fn host(base: &str) -> &str {
    base.trim_start_matches("http://").trim_end_matches('/')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whole_answers_are_read_and_torn_ones_refused() {
        let whole = parse(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok").unwrap();
        assert_eq!((whole.status, whole.body.as_str()), (200, "ok"));
        let pieces =
            b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n2\r\nok\r\n1\r\n!\r\n0\r\n\r\n";
        assert_eq!(parse(pieces).unwrap().body, "ok!");
        for torn in [
            &b"HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nok"[..],
            b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n2\r\nok\r\n",
            b"HTTP/1.1 200 OK\r\n",
        ] {
            assert!(parse(torn).is_err());
        }
    }
}
