//! One POST to a robot: TLS with the certificate checked, no redirects, no proxies, a time limit over everything, an
//! answer of limited size. The address comes from the configuration only and was checked against the list of hosts
//! there. Errors never hold the address: it is a secret.

use crate::tls;
use axum::http::{Request, Uri, header};
use http_body_util::{BodyExt as _, Full, Limited};
use hyper::body::Bytes;
use hyper_util::rt::TokioIo;
use rustls::pki_types::ServerName;
use serde_json::Value;
use std::time::Duration;
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;

/// How long a whole exchange may take.
const PATIENCE: Duration = Duration::from_secs(10);
/// The largest answer, in bytes.
const ANSWER: usize = 64 * 1024;

/// What went wrong, without the address.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WebhookError(pub String);

/// A client for robots.
pub struct Webhook {
    tls: Result<TlsConnector, String>,
}

impl Webhook {
    /// Trusts the system's authorities and those in `ca` (PEM).
    pub fn new(ca: Option<&[u8]>) -> Self {
        Self {
            tls: tls::connector(ca),
        }
    }

    /// Sends `body` and gives the answer. `query` is added to the address.
    pub async fn post(&self, url: &str, query: &str, body: &Value) -> Result<Value, WebhookError> {
        let tls = self.tls.as_ref().map_err(|e| WebhookError(e.clone()))?;
        match tokio::time::timeout(PATIENCE, exchange(tls, url, query, body)).await {
            Ok(answer) => answer.map_err(WebhookError),
            Err(_) => Err(WebhookError(format!("no answer within {} s", PATIENCE.as_secs()))),
        }
    }
}

async fn exchange(tls: &TlsConnector, url: &str, query: &str, body: &Value) -> Result<Value, String> {
    let uri: Uri = url.parse().map_err(|_| "not an address".to_owned())?;
    let host = uri.host().ok_or("no host")?.to_owned();
    let port = uri.port_u16().unwrap_or(443);
    let mut path = uri.path_and_query().map_or("/", |path| path.as_str()).to_owned();
    if !query.is_empty() {
        path.push(if path.contains('?') { '&' } else { '?' });
        path.push_str(query);
    }
    let name = ServerName::try_from(host.clone()).map_err(|e| e.to_string())?;
    let stream = TcpStream::connect((host.as_str(), port))
        .await
        .map_err(|e| format!("connect: {e}"))?;
    let stream = tls.connect(name, stream).await.map_err(|e| format!("TLS: {e}"))?;
    let handshake = hyper::client::conn::http1::handshake(TokioIo::new(stream)).await;
    let (mut sender, connection) = handshake.map_err(|e| e.to_string())?;
    let driving = tokio::spawn(connection);
    let authority = uri.authority().map_or(host, ToString::to_string);
    let request = Request::post(path)
        .header(header::HOST, authority)
        .header(header::CONTENT_TYPE, "application/json; charset=utf-8")
        .header(header::CONNECTION, "close")
        .body(Full::new(Bytes::from(body.to_string())))
        .map_err(|_| "not an address".to_owned())?;
    let answer = sender.send_request(request).await.map_err(|e| e.to_string())?;
    let status = answer.status();
    let bytes = Limited::new(answer.into_body(), ANSWER).collect().await;
    driving.abort();
    // A redirect is an answer like any other that is not the expected one.
    if !status.is_success() {
        return Err(format!("answered {}", status.as_u16()));
    }
    let bytes = bytes.map_err(|e| e.to_string())?.to_bytes();
    serde_json::from_slice(&bytes).map_err(|_| "an answer that is no JSON".to_owned())
}
