//! The ways on which the outbox leaves the house. Each has a sender of its own, so that one that is away holds up no
//! other: mail to people ([`mail`](crate::mail)), and robots in groups, one file each.

pub mod dingtalk;
pub mod feishu;
pub mod pace;
pub mod robot;
pub mod webhook;
pub mod wecom;

use crate::app::App;
use crate::mail::Post;
use duban_service::Result;
use futures_util::future::BoxFuture;
use std::sync::Arc;
use std::time::Duration;

/// A way out.
pub trait Channel: Send + Sync {
    /// Its name in logs.
    fn code(&self) -> &'static str;

    /// Sends everything that waits on this way and whose time has come, and gives how many that was.
    ///
    /// # Errors
    /// Only when the database fails; what was sent until then is marked.
    fn send_waiting<'a>(&'a self, app: &'a App) -> BoxFuture<'a, Result<usize>>;

    /// After how long it wants to go on, where only its pace held it back; none: whenever somebody looks again.
    fn held_back(&self) -> Option<Duration> {
        None
    }
}

/// The ways that the configuration opens.
pub fn channels(app: &App) -> Vec<Arc<dyn Channel>> {
    let mut channels: Vec<Arc<dyn Channel>> = vec![Arc::new(Post::new(&app.config))];
    for robot in robot::robots(&app.config.robots) {
        channels.push(Arc::new(robot));
    }
    channels
}
