//! To the relay, phase by phase, each with a time limit of its own.
//!
//! The library's `timeout` covers the TCP connection only; a server that accepts and stays silent would hold a sender
//! for ever. One envelope holds one recipient, so that one refused address never keeps a mail from another.

use super::covered::Covered;
use crate::config::{Smtp, SmtpTls};
use crate::tls;
use lettre::Message;
use lettre::address::Envelope;
use lettre::transport::smtp::Error;
use lettre::transport::smtp::authentication::{Credentials, DEFAULT_MECHANISMS};
use lettre::transport::smtp::client::{AsyncSmtpConnection, AsyncTokioStream, Certificate, TlsParameters};
use lettre::transport::smtp::commands::{Data, Mail, Rcpt};
use lettre::transport::smtp::extension::{ClientId, Extension, MailBodyParameter, MailParameter};
use std::future::Future;
use std::time::{Duration, Instant};
use tokio::net::TcpStream;

/// How long a goodbye may take; the mail is delivered by then.
const QUIT: Duration = Duration::from_secs(2);

/// Why a mail did not get to the relay.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SendError {
    /// The relay could not be reached, or not with our certificate and account: no mail would get through now.
    Away(String),
    /// Try again later.
    Transient(String),
    /// The whole text was sent, and no answer came: the relay may have taken it.
    Unclear(String),
    /// The relay will never take this mail for this address.
    Permanent(String),
}

/// What is being done; named in errors.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Phase {
    Connect,
    StartTls,
    Auth,
    MailFrom,
    RcptTo,
    Data,
    Text,
}

impl Phase {
    fn name(self) -> &'static str {
        match self {
            Self::Connect => "connect",
            Self::StartTls => "STARTTLS",
            Self::Auth => "AUTH",
            Self::MailFrom => "MAIL FROM",
            Self::RcptTo => "RCPT TO",
            Self::Data => "DATA",
            Self::Text => "after DATA",
        }
    }

    /// A permanent refusal before the envelope is about us, not about the mail: somebody has to mend the relay or our
    /// account, and then the mail may go.
    fn concerns_the_mail(self) -> bool {
        match self {
            Self::Connect | Self::StartTls | Self::Auth => false,
            Self::MailFrom | Self::RcptTo | Self::Data | Self::Text => true,
        }
    }
}

/// A mail as it goes over the wire.
#[derive(Clone, Debug)]
pub struct Sealed {
    /// Sender and the one recipient.
    pub envelope: Envelope,
    /// Headers and body, signed where a key is set.
    pub bytes: Vec<u8>,
}

impl Sealed {
    /// Puts a message into its envelope, signed where a key is set.
    ///
    /// # Errors
    /// What the key said.
    pub fn new(smtp: &Smtp, message: &Message, now: chrono::DateTime<chrono::Utc>) -> Result<Self, String> {
        let mut bytes = message.formatted();
        if let Some(dkim) = &smtp.dkim {
            let signature = super::dkim::header(dkim, &bytes, now)?;
            bytes.splice(0..0, signature.into_bytes());
        }
        Ok(Self {
            envelope: message.envelope().clone(),
            bytes,
        })
    }
}

/// Sends one message to its one recipient.
pub async fn send(smtp: &Smtp, message: &Sealed) -> Result<(), SendError> {
    let reply = Duration::from_secs(smtp.reply_seconds);
    let mut connection = connect(smtp).await?;
    if smtp.tls == SmtpTls::Starttls {
        let starting = connection.starttls(starttls(smtp)?, hello());
        limited(Phase::StartTls, reply, starting).await?;
    }
    if let (Some(user), Some(password)) = (&smtp.user, &smtp.password) {
        let credentials = Credentials::new(user.clone(), password.clone());
        let signing_in = connection.auth(DEFAULT_MECHANISMS, &credentials);
        limited(Phase::Auth, reply, signing_in).await?;
    }
    let body = &message.bytes;
    envelope(&mut connection, &message.envelope, body.is_ascii(), reply).await?;
    let patience = Duration::from_secs(smtp.data_seconds);
    limited(Phase::Text, patience, connection.message(body)).await?;
    // The relay has the mail. A goodbye that fails changes nothing, and nobody waits for it: until the delivery is on
    // record, a kill would have the mail sent again.
    tokio::spawn(async move { tokio::time::timeout(QUIT, connection.quit()).await });
    Ok(())
}

async fn connect(smtp: &Smtp) -> Result<AsyncSmtpConnection, SendError> {
    let patience = Duration::from_secs(smtp.connect_seconds);
    let address = (smtp.host.as_str(), smtp.port);
    let began = Instant::now();
    let opening = async {
        let stream = prompt(address).await.map_err(|e| e.to_string())?;
        if smtp.tls == SmtpTls::Tls {
            let covered = Covered::over(stream, smtp).await?;
            return Ok(Box::new(covered) as Box<dyn AsyncTokioStream>);
        }
        Ok(Box::new(stream) as Box<dyn AsyncTokioStream>)
    };
    let stream: Result<_, String> = tokio::time::timeout(patience, opening)
        .await
        .map_err(|_| SendError::Away(silent(Phase::Connect, patience)))?;
    let stream = stream.map_err(|e| SendError::Away(format!("{}: {e}", Phase::Connect.name())))?;
    let greeting = AsyncSmtpConnection::connect_with_transport(stream, hello());
    limited(Phase::Connect, patience.saturating_sub(began.elapsed()), greeting).await
}

/// A connection that sends at once. The dot that ends a mail would else wait in this machine until the relay has
/// acknowledged the text, some forty milliseconds: whoever dies meanwhile has handed the mail over without knowing it.
async fn prompt(address: (&str, u16)) -> std::io::Result<TcpStream> {
    let stream = TcpStream::connect(address).await?;
    stream.set_nodelay(true)?;
    Ok(stream)
}

async fn envelope(
    connection: &mut AsyncSmtpConnection,
    envelope: &Envelope,
    ascii: bool,
    reply: Duration,
) -> Result<(), SendError> {
    let mut options = Vec::new();
    if !ascii && connection.server_info().supports_feature(Extension::EightBitMime) {
        options.push(MailParameter::Body(MailBodyParameter::EightBitMime));
    }
    let addresses = envelope.from().into_iter().chain(envelope.to());
    if addresses.map(AsRef::<str>::as_ref).any(|address| !address.is_ascii()) {
        if !connection.server_info().supports_feature(Extension::SmtpUtfEight) {
            return Err(SendError::Permanent("bad_address".to_owned()));
        }
        options.push(MailParameter::SmtpUtfEight);
    }
    let from = Mail::new(envelope.from().cloned(), options);
    limited(Phase::MailFrom, reply, connection.command(from)).await?;
    for to in envelope.to() {
        let to = Rcpt::new(to.clone(), Vec::new());
        limited(Phase::RcptTo, reply, connection.command(to)).await?;
    }
    limited(Phase::Data, reply, connection.command(Data)).await?;
    Ok(())
}

async fn limited<T>(
    phase: Phase,
    patience: Duration,
    work: impl Future<Output = Result<T, Error>>,
) -> Result<T, SendError> {
    match tokio::time::timeout(patience, work).await {
        Ok(Ok(done)) => Ok(done),
        Ok(Err(error)) => {
            let text = told(phase, &error);
            if !phase.concerns_the_mail() {
                Err(SendError::Away(text))
            } else if error.is_permanent() {
                Err(SendError::Permanent(text))
            } else if phase == Phase::Text && error.status().is_none() {
                Err(SendError::Unclear(text))
            } else {
                Err(SendError::Transient(text))
            }
        }
        Err(_) => {
            let text = silent(phase, patience);
            Err(match phase {
                Phase::Text => SendError::Unclear(text),
                _ if !phase.concerns_the_mail() => SendError::Away(text),
                _ => SendError::Transient(text),
            })
        }
    }
}

fn silent(phase: Phase, patience: Duration) -> String {
    format!(
        "{}: no answer within {} s",
        phase.name(),
        patience.as_secs_f64().round()
    )
}

/// The phase, and the error with what caused it (the library's own sentence leaves the cause out).
fn told(phase: Phase, error: &Error) -> String {
    use std::error::Error as _;
    let mut text = format!("{}: {error}", phase.name());
    let mut cause = error.source();
    while let Some(inner) = cause {
        let inner_text = inner.to_string();
        if !text.contains(&inner_text) {
            text.push_str(": ");
            text.push_str(&inner_text);
        }
        cause = inner.source();
    }
    text
}

/// The same trust as [`tls::connector`] has, for the library's own way to TLS in the middle of a connection.
fn starttls(smtp: &Smtp) -> Result<TlsParameters, SendError> {
    let wrong = |e: &Error| SendError::Away(told(Phase::StartTls, e));
    let mut parameters = TlsParameters::builder(smtp.host.clone());
    for block in smtp.ca.iter().flat_map(|pem| tls::certificates(pem)) {
        let certificate = Certificate::from_der(block.to_vec()).map_err(|e| wrong(&e))?;
        parameters = parameters.add_root_certificate(certificate);
    }
    parameters.build().map_err(|e| wrong(&e))
}

fn hello() -> &'static ClientId {
    static HELLO: std::sync::LazyLock<ClientId> = std::sync::LazyLock::new(ClientId::default);
    &HELLO
}
