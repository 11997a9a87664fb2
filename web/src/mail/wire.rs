//! A thread of its own for the talk with the relay.
//!
//! Where mails are made, threads are busy for milliseconds at a time. An answer that waited for one of them to be free
//! would be known to nobody when the process is killed. Here nothing is done but listening.

use std::io;
use tokio::runtime::{Builder, Handle};
use tokio::sync::oneshot;
use tokio::task::JoinSet;

/// The thread; it ends when this is dropped.
#[derive(Debug)]
pub struct Wire {
    handle: Handle,
    _open: oneshot::Sender<()>,
}

impl Wire {
    /// Starts the thread.
    ///
    /// # Errors
    /// When the machine gives no thread.
    pub fn open() -> io::Result<Self> {
        let runtime = Builder::new_current_thread().enable_all().build()?;
        let handle = runtime.handle().clone();
        let (open, closed) = oneshot::channel::<()>();
        std::thread::Builder::new()
            .name("mail-wire".to_owned())
            .spawn(move || {
                let _ = runtime.block_on(closed);
            })?;
        Ok(Self { handle, _open: open })
    }

    /// Does this work on the thread; none when it panicked. Whoever stops waiting stops the work.
    pub async fn carry<T: Send + 'static>(&self, work: impl Future<Output = T> + Send + 'static) -> Option<T> {
        let mut one = JoinSet::new();
        one.spawn_on(work, &self.handle);
        one.join_next().await?.ok()
    }
}
