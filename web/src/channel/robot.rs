//! Robots in groups: one message a working morning, rendered in the language of the installation.

use super::Channel;
use super::pace::Pace;
use super::webhook::{self, Webhook};
use super::{dingtalk, feishu, wecom};
use crate::app::App;
use crate::config::{RobotSettings, Robots};
use crate::mail::message::MessageError;
use chrono::{DateTime, Utc};
use duban_service::Result;
use duban_service::group::GroupView;
use duban_service::outbox::Tried;
use futures_util::future::BoxFuture;
use serde::Serialize;
use serde_json::Value;
use std::time::Instant;

/// What a kind of robot wants, and what it answers.
pub trait Robot: Send + Sync {
    /// Its name in settings and logs.
    fn code(&self) -> &'static str;

    /// What is added to the address of the robot (already encoded, without `?`), and the body, to say `text` at `now`.
    fn request(&self, text: &str, secret: Option<&str>, now: DateTime<Utc>) -> (String, Value);

    /// Whether the answer says that the message was taken; otherwise what it says.
    ///
    /// # Errors
    /// The robot's code and sentence.
    fn taken(&self, answer: &Value) -> std::result::Result<(), String>;
}

const KINDS: [&dyn Robot; 3] = [&wecom::Wecom, &dingtalk::Dingtalk, &feishu::Feishu];

/// A robot that is set, as a way out.
pub struct Group {
    robot: &'static dyn Robot,
    settings: RobotSettings,
    webhook: Webhook,
    pace: Pace,
}

/// The robots of the configuration.
pub fn robots(settings: &Robots) -> Vec<Group> {
    let known = settings.list.iter().filter_map(|robot| {
        let kind = KINDS.into_iter().find(|kind| kind.code() == robot.kind)?;
        Some(Group {
            robot: kind,
            settings: robot.clone(),
            webhook: Webhook::new(settings.ca.as_deref()),
            pace: Pace::new(settings.per_minute),
        })
    });
    known.collect()
}

#[derive(Serialize)]
struct GroupMessage<'a> {
    base_url: &'a str,
    organisation: &'a str,
    group: &'a GroupView,
}

impl Group {
    fn text(&self, app: &App, group: &GroupView) -> std::result::Result<String, MessageError> {
        let view = GroupMessage {
            base_url: &app.config.base_url,
            organisation: &app.config.organisation,
            group,
        };
        let text = app.views.text("mail/group/text", app.config.locale, &view)?;
        Ok(text.trim().to_owned())
    }

    async fn attempt(&self, app: &App, group: &GroupView) -> Tried {
        let text = match self.text(app, group) {
            Ok(text) => text,
            Err(error) => return Tried::Refused(error.to_string()),
        };
        // The robots compare the signature's time with their own clock.
        let (query, body) = self.robot.request(&text, self.settings.secret.as_deref(), Utc::now());
        match self.webhook.post(&self.settings.url, &query, &body).await {
            Ok(answer) => match self.robot.taken(&answer) {
                Ok(()) => Tried::Sent(self.robot.code().to_owned()),
                Err(error) => Tried::Failed(error),
            },
            Err(webhook::WebhookError(error)) => Tried::Failed(error),
        }
    }

    async fn turn(&self, app: &App) -> Result<usize> {
        let mut handled = 0;
        loop {
            let claims = app.service.claim_group(self.robot.code(), 1).await?;
            let Some(claim) = claims.first() else {
                return Ok(handled);
            };
            handled += 1;
            let Some(group) = app.service.prepare_group(claim).await? else {
                continue;
            };
            let tried = if self.pace.take(Instant::now()) {
                self.attempt(app, &group).await
            } else {
                Tried::Failed("per_minute".to_owned())
            };
            if let Tried::Failed(error) | Tried::Refused(error) = &tried {
                tracing::warn!(
                    robot = self.robot.code(),
                    "a message to a group was not delivered: {error}"
                );
            }
            app.service.finish_mail(claim, None, tried).await?;
        }
    }
}

impl Channel for Group {
    fn code(&self) -> &'static str {
        self.robot.code()
    }

    fn send_waiting<'a>(&'a self, app: &'a App) -> BoxFuture<'a, Result<usize>> {
        Box::pin(self.turn(app))
    }
}

/// HMAC-SHA256 in base 64, as the robots sign.
pub(super) fn signature(key: &[u8], text: &[u8]) -> String {
    use hmac::{Hmac, KeyInit as _, Mac as _};
    // A key of any length fits.
    let mac = Hmac::<sha2::Sha256>::new_from_slice(key).map(|mac| mac.chain_update(text).finalize().into_bytes());
    mac.map(|bytes| crate::mail::dkim::base64(&bytes)).unwrap_or_default()
}

/// The answer of a robot as its code and sentence.
pub(super) fn said(answer: &Value, code: &str, sentence: &str) -> std::result::Result<(), String> {
    match answer[code].as_i64() {
        Some(0) => Ok(()),
        Some(other) => Err(format!("{other} {}", answer[sentence].as_str().unwrap_or_default())),
        None => Err("an answer without a code".to_owned()),
    }
}
