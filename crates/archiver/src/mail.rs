//! Mails through a mail server: TLS always, but on this very machine.

use std::time::Duration;

use domain::{Error, Kind, Result};
use lettre::message::header::ContentType;
use lettre::transport::smtp::authentication::Credentials;
use lettre::transport::smtp::client::{Certificate, Tls, TlsParameters};
use lettre::{AsyncSmtpTransport, AsyncTransport, Message, Tokio1Executor};

use crate::config::{Mail, Transport};
use crate::letter::Letter;

/// How long one step of the conversation may take.
const PATIENCE: Duration = Duration::from_secs(20);
/// How long all of it may take.
const ALL_OF_IT: Duration = Duration::from_mins(1);

/// Sends mails from one address to some.
pub(crate) struct Mailer {
    settings: Mail,
    server: AsyncSmtpTransport<Tokio1Executor>,
}

impl Mailer {
    /// Nothing is sent yet. `roots`: authorities trusted besides the system's,
    /// as PEM.
    pub(crate) fn new(settings: Mail, roots: &[u8]) -> Result<Mailer> {
        let smtp = &settings.smtp;
        let (usual, tls) = match smtp.transport {
            Transport::Tls => (465, Tls::Wrapper(parameters(&smtp.host, roots)?)),
            Transport::StartTls => (587, Tls::Required(parameters(&smtp.host, roots)?)),
            Transport::Plain => (25, Tls::None),
        };
        let mut server = AsyncSmtpTransport::<Tokio1Executor>::builder_dangerous(&smtp.host)
            .port(smtp.port.unwrap_or(usual))
            .timeout(Some(PATIENCE))
            .tls(tls);
        if let Some((name, password)) = &smtp.user {
            let password = password.expose().to_owned();
            server = server.credentials(Credentials::new(name.clone(), password));
        }
        Ok(Mailer {
            server: server.build(),
            settings,
        })
    }

    /// Sends one. `Ok`: the server took it over.
    pub(crate) async fn send(&self, letter: Letter) -> Result<()> {
        let mut message = Message::builder()
            .from(self.settings.from.clone())
            .subject(letter.subject)
            .header(ContentType::TEXT_PLAIN);
        for to in &self.settings.to {
            message = message.to(to.clone());
        }
        let message = message
            .body(letter.body)
            .map_err(|_| Error::new(Kind::Config, "the mail cannot be written"))?;
        let sent = tokio::time::timeout(ALL_OF_IT, self.server.send(message)).await;
        match sent {
            Err(_) => Err(Error::new(
                Kind::Unavailable,
                "the mail server did not answer in time",
            )),
            Ok(sent) => sent.map(drop).map_err(|error| refused(&error)),
        }
    }
}

fn parameters(host: &str, roots: &[u8]) -> Result<TlsParameters> {
    let mut parameters = TlsParameters::builder(host.to_owned());
    if !roots.is_empty() {
        let extra = Certificate::from_pem(roots)
            .map_err(|_| Error::new(Kind::Config, "the extra certificates are not PEM"))?;
        parameters = parameters.add_root_certificate(extra);
    }
    parameters
        .build_rustls()
        .map_err(|_| Error::new(Kind::Config, "the mail server's name cannot be checked"))
}

/// Without the words of the server, which may quote addresses.
fn refused(error: &lettre::transport::smtp::Error) -> Error {
    if let Some(code) = error.status() {
        let what = format!("the mail server refused the mail ({code})");
        return Error::new(Kind::Unavailable, what);
    }
    let what = match () {
        () if error.is_timeout() => "the mail server did not answer in time",
        () if error.is_tls() => "no secure connection to the mail server",
        () => "the mail server cannot be reached, or does not speak as it should",
    };
    Error::new(Kind::Unavailable, what)
}
