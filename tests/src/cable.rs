//! A cable between a program and a server that can be pulled out: nothing gets through and nobody is told.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};

/// A port that leads to another one, as long as the cable is plugged in.
pub struct Cable {
    port: u16,
    out: Arc<AtomicBool>,
    task: tokio::task::JoinHandle<()>,
}

impl Cable {
    /// Lays a cable to this port of this machine.
    pub async fn to(port: u16) -> Self {
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
        Self { port: own, out, task }
    }

    /// Where it begins.
    pub fn port(&self) -> u16 {
        self.port
    }

    /// Pulls it out. What is on its way arrives when it is plugged in again, as a network repeats what was lost.
    pub fn pull(&self) {
        self.out.store(true, Ordering::SeqCst);
    }

    /// Plugs it in again.
    pub fn plug(&self) {
        self.out.store(false, Ordering::SeqCst);
    }
}

impl Drop for Cable {
    fn drop(&mut self) {
        self.task.abort();
    }
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
