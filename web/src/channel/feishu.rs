//! 飞书: the time in seconds and the secret together are the key, nothing is the text; both go into the body.

use super::robot::{Robot, said, signature};
use chrono::{DateTime, Utc};
use serde_json::{Value, json};

/// A robot in a group of 飞书.
pub struct Feishu;

impl Robot for Feishu {
    fn code(&self) -> &'static str {
        "feishu"
    }

    fn request(&self, text: &str, secret: Option<&str>, now: DateTime<Utc>) -> (String, Value) {
        let mut body = json!({"msg_type": "text", "content": {"text": text}});
        if let Some(secret) = secret {
            let timestamp = now.timestamp();
            body["sign"] = signature(format!("{timestamp}\n{secret}").as_bytes(), b"").into();
            body["timestamp"] = timestamp.to_string().into();
        }
        (String::new(), body)
    }

    fn taken(&self, answer: &Value) -> Result<(), String> {
        said(answer, "code", "msg")
    }
}
