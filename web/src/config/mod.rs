//! The configuration of `duban serve`: a file, then the environment (`DUBAN_*`), then flags; the later one wins.
//!
//! Every setting stands once in [`SETTINGS`]. A name that does not is an error that says the nearest known one: a
//! misspelt setting that is silently ignored is worse than a program that does not start.

mod delivery;
mod layers;

use serde::Deserialize;
use std::fmt;
use std::path::PathBuf;

pub use layers::Layers;

/// One setting: its key, whether its value must never be shown, its default.
#[derive(Clone, Copy, Debug)]
pub struct Setting {
    /// The dotted key; in the environment `DUBAN_` and the key in capitals with `_` for dots.
    pub key: &'static str,
    /// True for passwords and keys.
    pub secret: bool,
    /// The value when nobody sets it; empty means "not set".
    pub default: &'static str,
}

const fn setting(key: &'static str, default: &'static str) -> Setting {
    Setting {
        key,
        secret: false,
        default,
    }
}

const fn secret(key: &'static str) -> Setting {
    Setting {
        key,
        secret: true,
        default: "",
    }
}

/// All settings with their defaults. Those about mail and robots are explained in `docs/mail.md`.
pub const SETTINGS: &[Setting] = &[
    setting("listen", "127.0.0.1:8080"),
    setting("base_url", ""),
    setting("hosts", ""),
    Setting {
        key: "database",
        secret: true,
        default: "sqlite:duban.db",
    },
    setting("zone", "Asia/Shanghai"),
    setting("locale", "zh-CN"),
    setting("organisation", ""),
    setting("base_seeds", "true"),
    setting("definitions", ""),
    setting("log.filter", "info"),
    setting("log.format", "text"),
    setting("http.max_connections", "1000"),
    setting("http.proxies", ""),
    setting("smtp.host", ""),
    setting("smtp.port", "25"),
    setting("smtp.tls", "none"),
    setting("smtp.user", ""),
    secret("smtp.password"),
    setting("smtp.from", ""),
    setting("smtp.connect_seconds", "30"),
    setting("smtp.reply_seconds", "300"),
    setting("smtp.data_seconds", "600"),
    setting("smtp.ca_file", ""),
    setting("smtp.per_minute", "0"),
    setting("mail.domains", ""),
    setting("mail.bounces", ""),
    setting("mail.journal", ""),
    setting("dkim.domain", ""),
    setting("dkim.selector", "duban"),
    setting("dkim.key_file", ""),
    secret("robots.wecom.url"),
    secret("robots.dingtalk.url"),
    secret("robots.dingtalk.secret"),
    secret("robots.feishu.url"),
    secret("robots.feishu.secret"),
    setting("robots.hosts", "qyapi.weixin.qq.com,oapi.dingtalk.com,open.feishu.cn"),
    setting("robots.per_minute", "20"),
    setting("robots.ca_file", ""),
];

/// Where a value came from; shown by `duban config`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Origin {
    /// Nobody set it.
    Default,
    /// This file.
    File(PathBuf),
    /// This variable.
    Environment(String),
    /// A flag on the command line.
    Flag,
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Default => f.write_str("default"),
            Self::File(path) => write!(f, "file {}", path.display()),
            Self::Environment(name) => write!(f, "environment {name}"),
            Self::Flag => f.write_str("flag"),
        }
    }
}

/// What is wrong with a configuration.
#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
    /// The file cannot be read.
    #[error("cannot read {}: {source}", path.display())]
    Unreadable {
        /// Which file.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// The file is not TOML.
    #[error("{} is not valid TOML: {problem}", path.display())]
    Syntax {
        /// Which file.
        path: PathBuf,
        /// What the parser said.
        problem: String,
    },
    /// A name that is not a setting.
    #[error("unknown setting `{name}` ({origin}); did you mean `{nearest}`?")]
    Unknown {
        /// The name as written.
        name: String,
        /// Where it is written.
        origin: Origin,
        /// The known name most like it, in the same spelling.
        nearest: String,
    },
    /// A value that does not fit.
    #[error("setting `{key}` ({origin}): {problem}")]
    Value {
        /// Which setting.
        key: &'static str,
        /// Where the value came from.
        origin: Origin,
        /// What is wrong.
        problem: String,
    },
}

/// How to talk to the mail relay.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum SmtpTls {
    /// Plain text, for a relay on the same machine or a closed network.
    None,
    /// Plain connection raised to TLS, required.
    Starttls,
    /// TLS from the first byte.
    Tls,
}

/// The mail relay. Absent: mail stays in the built-in mailbox.
#[derive(Clone, Debug)]
pub struct Smtp {
    /// Host name of the relay.
    pub host: String,
    /// TCP port.
    pub port: u16,
    /// Encryption.
    pub tls: SmtpTls,
    /// Account, if the relay wants one.
    pub user: Option<String>,
    /// Its password.
    pub password: Option<String>,
    /// The sender's address, as in `Duban <duban@example.org>`.
    pub from: String,
    /// Seconds to wait for the connection and the greeting.
    pub connect_seconds: u64,
    /// Seconds to wait for each reply.
    pub reply_seconds: u64,
    /// Seconds to wait after the text of a mail was sent.
    pub data_seconds: u64,
    /// Certificates (PEM) that are trusted for the relay besides those of the system.
    pub ca: Option<Vec<u8>>,
    /// Mails a minute at most; 0: no limit.
    pub per_minute: u32,
    /// Signs every mail, when a key is set.
    pub dkim: Option<Dkim>,
}

/// The key that mails are signed with (DKIM, RFC 6376).
#[derive(Clone, Debug)]
pub struct Dkim {
    /// The domain that vouches for the mail, as in `example.gov.cn`.
    pub domain: String,
    /// Where its public key stands: `<selector>._domainkey.<domain>`.
    pub selector: String,
    /// The private key, RSA, in PEM.
    pub key: std::sync::Arc<crate::mail::dkim::Key>,
}

/// A robot in a group of 企业微信, 钉钉 or 飞书.
#[derive(Clone)]
pub struct RobotSettings {
    /// Which service: `wecom`, `dingtalk`, `feishu`.
    pub kind: &'static str,
    /// Its address, `https` and on the list of hosts. Holds the robot's token: never shown, never logged.
    pub url: String,
    /// The key for signatures, where the service has them.
    pub secret: Option<String>,
}

impl fmt::Debug for RobotSettings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RobotSettings")
            .field("kind", &self.kind)
            .finish_non_exhaustive()
    }
}

/// Messages to groups.
#[derive(Clone, Debug, Default)]
pub struct Robots {
    /// The robots that are set.
    pub list: Vec<RobotSettings>,
    /// Messages a minute at most, for each.
    pub per_minute: u32,
    /// Certificates (PEM) that are trusted besides those of the system.
    pub ca: Option<Vec<u8>>,
}

/// The configuration as the program uses it.
#[derive(Clone, Debug)]
pub struct Config {
    /// Address and port to listen on.
    pub listen: std::net::SocketAddr,
    /// The address under which people reach the service, without a slash at the end. Links in mails start with it.
    pub base_url: String,
    /// Host names (with port) that requests may ask for, the one of `base_url` first.
    pub hosts: Vec<String>,
    /// Database address: `sqlite:PATH` or `postgres://…`.
    pub database: String,
    /// Where the government sits: civil dates are dates there.
    pub zone: chrono_tz::Tz,
    /// Language of a visitor about whom nothing is known.
    pub locale: crate::i18n::Locale,
    /// Name shown beside the product's, as in "某区人民政府".
    pub organisation: String,
    /// Load the base seeds (units, rosters, calendar) at first start.
    pub base_seeds: bool,
    /// The folder with further workflow definitions: as set, else `definitions` beside the database file when there is
    /// such a folder.
    pub definitions: Option<PathBuf>,
    /// `tracing` filter.
    pub log_filter: String,
    /// One JSON object a line instead of text.
    pub log_json: bool,
    /// Connections served at once; further ones wait.
    pub max_connections: usize,
    /// Addresses of proxies whose `X-Forwarded-For` is believed.
    pub proxies: Vec<std::net::IpAddr>,
    /// The mail relay, if one is set.
    pub smtp: Option<Smtp>,
    /// Domains to which mail may go; empty: all.
    pub mail_domains: Vec<String>,
    /// A Maildir into which delivery reports are laid.
    pub bounces: Option<PathBuf>,
    /// The folder where a sender notes what the relay took: as set, else the one of the database file.
    pub journal: Option<PathBuf>,
    /// Messages to groups.
    pub robots: Robots,
    /// True under `duban demo`: pages for developers and the built-in mailbox are shown.
    pub demo: bool,
}

impl Config {
    /// True when people reach the service by HTTPS.
    pub fn https(&self) -> bool {
        self.base_url.starts_with("https://")
    }
}
