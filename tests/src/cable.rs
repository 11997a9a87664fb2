//! A cable between a program and a server that can be pulled out: nothing gets through and nobody is told.
//!
//! In a network of the test's own a packet filter takes what comes and goes, so that not even the receipt of a packet
//! is acknowledged. Elsewhere a proxy in between stops carrying.

use crate::network::{is_own, nft};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};

/// An address that leads to a server of this machine, as long as the cable is plugged in.
pub struct Cable {
    host: String,
    port: u16,
    way: Way,
}

enum Way {
    Filter,
    Proxy {
        out: Arc<AtomicBool>,
        task: tokio::task::JoinHandle<()>,
    },
}

/// Takes the packets from and to addresses whose cable is pulled, and counts them.
const FILTER: &str = "
    add table ip cables
    add set ip cables pulled { type ipv4_addr; }
    add counter ip cables lost
    add chain ip cables arriving { type filter hook input priority 0; policy accept; }
    flush chain ip cables arriving
    add rule ip cables arriving ip saddr @pulled counter name lost drop
    add rule ip cables arriving ip daddr @pulled counter name lost drop
";

impl Cable {
    /// Lays the cable of this number (1 to 9) to this port of this machine. The server has to listen on 127.0.0.1 and
    /// on the addresses of [`Cable::hosts`].
    pub async fn to(port: u16, number: u8) -> Self {
        if is_own() {
            nft(FILTER);
            return Self {
                host: host(number),
                port,
                way: Way::Filter,
            };
        }
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let own = listener.local_addr().expect("its address").port();
        let out = Arc::new(AtomicBool::new(false));
        let pulled = Arc::clone(&out);
        let task = tokio::spawn(async move {
            while let Ok((near, _)) = listener.accept().await {
                let Ok(far) = TcpStream::connect(("127.0.0.1", port)).await else {
                    continue;
                };
                let (near_in, near_out) = near.into_split();
                let (far_in, far_out) = far.into_split();
                tokio::spawn(carry(near_in, far_out, Arc::clone(&pulled)));
                tokio::spawn(carry(far_in, near_out, Arc::clone(&pulled)));
            }
        });
        Self {
            host: "127.0.0.1".to_owned(),
            port: own,
            way: Way::Proxy { out, task },
        }
    }

    /// The addresses at which cables may end.
    pub fn hosts() -> impl Iterator<Item = String> {
        (1..=9).map(host)
    }

    /// Where it begins, as `host:port`.
    pub fn address(&self) -> String {
        format!("{}:{}", self.host, self.port)
    }

    /// Pulls it out. What is on its way arrives when it is plugged in again, as a network repeats what was lost.
    pub fn pull(&self) {
        match &self.way {
            Way::Filter => drop(nft(&format!("add element ip cables pulled {{ {} }}", self.host))),
            Way::Proxy { out, .. } => out.store(true, Ordering::SeqCst),
        }
    }

    /// Plugs it in again.
    pub fn plug(&self) {
        match &self.way {
            Way::Filter => drop(nft(&format!("delete element ip cables pulled {{ {} }}", self.host))),
            Way::Proxy { out, .. } => out.store(false, Ordering::SeqCst),
        }
    }

    /// How many packets were lost at all cables so far; none where there is no packet filter.
    pub fn lost() -> Option<u64> {
        let text = is_own().then(|| nft("list counter ip cables lost"))?;
        let (_, rest) = text.split_once("packets ")?;
        rest.split_whitespace().next()?.parse().ok()
    }
}

impl Drop for Cable {
    fn drop(&mut self) {
        if let Way::Proxy { task, .. } = &self.way {
            task.abort();
        }
    }
}

fn host(number: u8) -> String {
    format!("127.0.1.{number}")
}

async fn carry(
    mut from: tokio::net::tcp::OwnedReadHalf,
    mut to: tokio::net::tcp::OwnedWriteHalf,
    out: Arc<AtomicBool>,
) {
    let mut buffer = vec![0; 16 * 1024];
    while let Ok(read) = from.read(&mut buffer).await {
        while out.load(Ordering::SeqCst) {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        if read == 0 || to.write_all(&buffer[..read]).await.is_err() {
            break;
        }
    }
}
