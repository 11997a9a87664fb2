//! A connection to the relay that is under TLS from its first byte.
//!
//! The mail library would make it itself, but over a socket that holds small pieces back (see
//! [`transport`](super::transport)).

use crate::config::Smtp;
use crate::tls;
use lettre::transport::smtp::client::AsyncTokioStream;
use rustls::pki_types::ServerName;
use std::io;
use std::net::SocketAddr;
use std::pin::Pin;
use std::task::{Context, Poll};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;
use tokio_rustls::client::TlsStream;

/// The connection.
#[derive(Debug)]
pub struct Covered(TlsStream<TcpStream>);

impl Covered {
    /// Covers a connection to the relay; its certificate is checked against its name.
    ///
    /// # Errors
    /// When the name is none, or the relay cannot show who it is.
    pub async fn over(stream: TcpStream, smtp: &Smtp) -> Result<Self, String> {
        let name = ServerName::try_from(smtp.host.clone()).map_err(|e| e.to_string())?;
        let connector = tls::connector(smtp.ca.as_deref())?;
        let covered = connector.connect(name, stream).await;
        covered.map(Self).map_err(|e| format!("TLS: {e}"))
    }
}

impl AsyncTokioStream for Covered {
    fn peer_addr(&self) -> io::Result<SocketAddr> {
        self.0.get_ref().0.peer_addr()
    }
}

impl AsyncRead for Covered {
    fn poll_read(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.0).poll_read(cx, buf)
    }
}

impl AsyncWrite for Covered {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &[u8]) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.0).poll_write(cx, buf)
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.0).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.0).poll_shutdown(cx)
    }
}
