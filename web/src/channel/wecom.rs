//! 企业微信: no signature, the address itself is the secret.

use super::robot::{Robot, said};
use chrono::{DateTime, Utc};
use serde_json::{Value, json};

/// A robot in a group of 企业微信.
pub struct Wecom;

impl Robot for Wecom {
    fn code(&self) -> &'static str {
        "wecom"
    }

    fn request(&self, text: &str, _: Option<&str>, _: DateTime<Utc>) -> (String, Value) {
        (String::new(), json!({"msgtype": "text", "text": {"content": text}}))
    }

    fn taken(&self, answer: &Value) -> Result<(), String> {
        said(answer, "errcode", "errmsg")
    }
}
