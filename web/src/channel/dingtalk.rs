//! 钉钉: the time in milliseconds and the secret are signed with the secret; both go into the address.

use super::robot::{Robot, said, signature};
use chrono::{DateTime, Utc};
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use serde_json::{Value, json};

/// A robot in a group of 钉钉.
pub struct Dingtalk;

impl Robot for Dingtalk {
    fn code(&self) -> &'static str {
        "dingtalk"
    }

    fn request(&self, text: &str, secret: Option<&str>, now: DateTime<Utc>) -> (String, Value) {
        let body = json!({"msgtype": "text", "text": {"content": text}});
        let Some(secret) = secret else {
            return (String::new(), body);
        };
        let timestamp = now.timestamp_millis();
        let sign = signature(secret.as_bytes(), format!("{timestamp}\n{secret}").as_bytes());
        let sign = utf8_percent_encode(&sign, NON_ALPHANUMERIC);
        (format!("timestamp={timestamp}&sign={sign}"), body)
    }

    fn taken(&self, answer: &Value) -> Result<(), String> {
        said(answer, "errcode", "errmsg")
    }
}
