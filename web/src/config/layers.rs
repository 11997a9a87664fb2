//! Values by key, laid on top of each other, and how they are understood.

use super::{Config, ConfigError, Origin, SETTINGS};
use std::collections::BTreeMap;
use std::fmt;
use std::path::{Path, PathBuf};

/// Values by key with where each came from, before they are understood.
#[derive(Clone, Debug)]
pub struct Layers {
    values: BTreeMap<&'static str, (String, Origin)>,
}

impl Layers {
    /// Only the defaults.
    pub fn defaults() -> Self {
        let values = SETTINGS
            .iter()
            .map(|s| (s.key, (s.default.to_owned(), Origin::Default)));
        Self {
            values: values.collect(),
        }
    }

    /// Lays a TOML file on top.
    pub fn file(mut self, path: &Path) -> Result<Self, ConfigError> {
        let source = std::fs::read_to_string(path).map_err(|source| ConfigError::Unreadable {
            path: path.to_owned(),
            source,
        })?;
        let table: toml::Table = toml::from_str(&source).map_err(|e| ConfigError::Syntax {
            path: path.to_owned(),
            problem: e.to_string(),
        })?;
        self.table("", &table, path)?;
        Ok(self)
    }

    fn table(&mut self, prefix: &str, table: &toml::Table, path: &Path) -> Result<(), ConfigError> {
        for (name, value) in table {
            let key = if prefix.is_empty() {
                name.clone()
            } else {
                format!("{prefix}.{name}")
            };
            let text = match value {
                toml::Value::Table(inner) => {
                    self.table(&key, inner, path)?;
                    continue;
                }
                toml::Value::Array(items) => {
                    let items: Vec<_> = items.iter().map(plain).collect();
                    items.join(",")
                }
                other => plain(other),
            };
            self.set(&key, text, Origin::File(path.to_owned()), str::to_owned)?;
        }
        Ok(())
    }

    /// Lays environment variables on top; only those that begin with `DUBAN_` count.
    pub fn environment(mut self, variables: impl Iterator<Item = (String, String)>) -> Result<Self, ConfigError> {
        for (name, value) in variables {
            let Some(tail) = name.strip_prefix("DUBAN_") else {
                continue;
            };
            let key = SETTINGS.iter().map(|s| s.key).find(|key| variable(key) == name);
            let key = key.map_or_else(|| tail.to_ascii_lowercase(), str::to_owned);
            self.set(&key, value, Origin::Environment(name), variable)?;
        }
        Ok(self)
    }

    /// Lays flags on top, given as `(key, value)`; absent flags are `None`.
    pub fn flags(
        mut self,
        flags: impl IntoIterator<Item = (&'static str, Option<String>)>,
    ) -> Result<Self, ConfigError> {
        for (key, value) in flags {
            if let Some(value) = value {
                self.set(key, value, Origin::Flag, str::to_owned)?;
            }
        }
        Ok(self)
    }

    fn set(
        &mut self,
        key: &str,
        value: String,
        origin: Origin,
        spelling: impl Fn(&str) -> String,
    ) -> Result<(), ConfigError> {
        let Some(setting) = SETTINGS.iter().find(|s| s.key == key) else {
            let nearest = SETTINGS
                .iter()
                .min_by_key(|s| distance(s.key, key))
                .map_or("", |s| s.key);
            let name = match &origin {
                Origin::Environment(name) => name.clone(),
                _ => key.to_owned(),
            };
            return Err(ConfigError::Unknown {
                name,
                origin,
                nearest: spelling(nearest),
            });
        };
        self.values.insert(setting.key, (value, origin));
        Ok(())
    }

    /// The definitions folder: as set, else the one beside the database file, when there is one.
    fn definitions(&self) -> Option<PathBuf> {
        let set = self.text("definitions");
        if !set.is_empty() {
            return Some(PathBuf::from(set));
        }
        let beside = self.beside_database()?.join("definitions");
        beside.is_dir().then_some(beside)
    }

    /// The folder of the database file; none for a database elsewhere.
    fn beside_database(&self) -> Option<PathBuf> {
        let file = self.text("database").strip_prefix("sqlite:")?;
        let file = file.trim_start_matches("//").split('?').next()?;
        let folder = Path::new(file).parent()?;
        let here = folder.as_os_str().is_empty();
        Some(if here { PathBuf::from(".") } else { folder.to_owned() })
    }

    pub(super) fn text(&self, key: &str) -> &str {
        self.values.get(key).map_or("", |(value, _)| value.as_str())
    }

    pub(super) fn optional(&self, key: &str) -> Option<String> {
        Some(self.text(key).to_owned()).filter(|value| !value.is_empty())
    }

    pub(super) fn list(&self, key: &str) -> Vec<String> {
        let items = self.text(key).split(',').map(str::trim).filter(|item| !item.is_empty());
        items.map(str::to_owned).collect()
    }

    pub(super) fn wrong(&self, key: &'static str, problem: impl fmt::Display) -> ConfigError {
        ConfigError::Value {
            key,
            origin: self
                .values
                .get(key)
                .map_or(Origin::Default, |(_, origin)| origin.clone()),
            problem: problem.to_string(),
        }
    }

    pub(super) fn parse<T: std::str::FromStr<Err: fmt::Display>>(&self, key: &'static str) -> Result<T, ConfigError> {
        self.text(key).parse().map_err(|e| self.wrong(key, e))
    }

    pub(super) fn choice<T: Copy>(&self, key: &'static str, choices: &[(&str, T)]) -> Result<T, ConfigError> {
        let found = choices.iter().find(|(name, _)| *name == self.text(key));
        found.map(|(_, value)| *value).ok_or_else(|| {
            let names: Vec<_> = choices.iter().map(|(name, _)| *name).collect();
            self.wrong(key, format!("must be one of {}", names.join(", ")))
        })
    }

    /// Every setting with its value (secrets hidden) and its origin, in the order of [`SETTINGS`].
    pub fn shown(&self) -> Vec<(&'static str, String, &Origin)> {
        SETTINGS
            .iter()
            .filter_map(|s| {
                let (value, origin) = self.values.get(s.key)?;
                let hidden = s.secret && !value.is_empty() && *origin != Origin::Default;
                let value = if hidden { "******".to_owned() } else { value.clone() };
                Some((s.key, value, origin))
            })
            .collect()
    }

    /// Understands the values.
    pub fn read(&self) -> Result<Config, ConfigError> {
        let listen: std::net::SocketAddr = self.parse("listen")?;
        let base_url = self.optional("base_url").unwrap_or_else(|| format!("http://{listen}"));
        let base_url = base_url.trim_end_matches('/').to_owned();
        let host = base_url
            .strip_prefix("https://")
            .or_else(|| base_url.strip_prefix("http://"));
        let Some(host) = host.filter(|host| !host.is_empty() && !host.contains('/')) else {
            return Err(self.wrong("base_url", "must look like https://duban.example.org"));
        };
        let mut hosts = vec![host.to_ascii_lowercase()];
        hosts.extend(self.list("hosts").iter().map(|host| host.to_ascii_lowercase()));
        let zone = self
            .text("zone")
            .parse()
            .map_err(|_| self.wrong("zone", "is not a time zone name"))?;
        let locale = crate::i18n::Locale::from_tag(self.text("locale"))
            .ok_or_else(|| self.wrong("locale", "must be one of zh-CN, en"))?;
        let proxies = self
            .list("http.proxies")
            .iter()
            .map(|ip| ip.parse())
            .collect::<Result<_, _>>();
        Ok(Config {
            listen,
            hosts,
            base_url,
            database: self.text("database").to_owned(),
            zone,
            locale,
            organisation: self.text("organisation").to_owned(),
            base_seeds: self.parse("base_seeds")?,
            definitions: self.definitions(),
            log_filter: self.text("log.filter").to_owned(),
            log_json: self.choice("log.format", &[("text", false), ("json", true)])?,
            max_connections: self.parse("http.max_connections")?,
            proxies: proxies.map_err(|e| self.wrong("http.proxies", e))?,
            smtp: self.smtp()?,
            mail_domains: self.list("mail.domains"),
            bounces: self.optional("mail.bounces").map(Into::into),
            journal: self
                .optional("mail.journal")
                .map(Into::into)
                .or_else(|| self.beside_database()),
            robots: self.robots()?,
            demo: false,
        })
    }
}

fn plain(value: &toml::Value) -> String {
    match value {
        toml::Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}

/// The environment variable of a key.
fn variable(key: &str) -> String {
    format!("DUBAN_{}", key.replace('.', "_").to_ascii_uppercase())
}

/// Edit distance of two short ASCII names.
fn distance(a: &str, b: &str) -> usize {
    let b: Vec<char> = b.chars().collect();
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, x) in a.chars().enumerate() {
        let mut corner = i;
        row[0] = i + 1;
        for (j, y) in b.iter().enumerate() {
            let change = corner + usize::from(x != *y);
            corner = row[j + 1];
            row[j + 1] = change.min(row[j] + 1).min(corner + 1);
        }
    }
    row[b.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    fn env(pairs: &[(&str, &str)]) -> std::vec::IntoIter<(String, String)> {
        let pairs: Vec<_> = pairs.iter().map(|(k, v)| ((*k).to_owned(), (*v).to_owned())).collect();
        pairs.into_iter()
    }

    fn file(content: &str) -> tempfile::NamedTempFile {
        let file = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(file.path(), content).unwrap();
        file
    }

    #[test]
    fn flags_win_over_environment_over_file_over_defaults() {
        let file = file("listen = \"127.0.0.1:1\"\nzone = \"UTC\"\n[smtp]\nport = 2525\n");
        let layers = Layers::defaults().file(file.path()).unwrap();
        let layers = layers
            .environment(env(&[("DUBAN_LISTEN", "127.0.0.1:2"), ("HOME", "/")]))
            .unwrap();
        let layers = layers
            .flags([("listen", Some("127.0.0.1:3".to_owned())), ("zone", None)])
            .unwrap();
        let config = layers.read().unwrap();
        assert_eq!(config.listen.port(), 3);
        assert_eq!(config.zone, chrono_tz::UTC);
        assert_eq!(config.locale.tag(), "zh-CN");
        assert_eq!(config.base_url, "http://127.0.0.1:3");
        assert_eq!(layers.text("smtp.port"), "2525");
    }

    #[test]
    fn an_unknown_name_is_an_error_that_names_the_nearest() {
        let file = file("[smtp]\nhots = \"x\"\n");
        let error = Layers::defaults().file(file.path()).unwrap_err().to_string();
        assert!(error.contains("smtp.hots") && error.contains("`smtp.host`"), "{error}");
        let error = Layers::defaults()
            .environment(env(&[("DUBAN_SMTP_PASSWROD", "x")]))
            .unwrap_err();
        let error = error.to_string();
        assert!(
            error.contains("DUBAN_SMTP_PASSWROD") && error.contains("`DUBAN_SMTP_PASSWORD`"),
            "{error}"
        );
    }

    #[test]
    fn secrets_are_not_shown() {
        let layers = Layers::defaults()
            .environment(env(&[("DUBAN_SMTP_PASSWORD", "hunter2")]))
            .unwrap();
        let shown = format!("{:?}", layers.shown());
        assert!(!shown.contains("hunter2") && shown.contains("******"));
    }

    #[test]
    fn a_value_that_does_not_fit_names_its_setting() {
        for (name, value, key) in [
            ("DUBAN_LISTEN", "here", "listen"),
            ("DUBAN_ZONE", "Mars", "zone"),
            ("DUBAN_BASE_URL", "duban", "base_url"),
            ("DUBAN_LOG_FORMAT", "xml", "log.format"),
            (
                "DUBAN_ROBOTS_FEISHU_URL",
                "http://open.feishu.cn/x",
                "robots.feishu.url",
            ),
            (
                "DUBAN_ROBOTS_FEISHU_URL",
                "https://169.254.169.254/x",
                "robots.feishu.url",
            ),
            (
                "DUBAN_ROBOTS_FEISHU_URL",
                "https://open.feishu.cn@evil.example/x",
                "robots.feishu.url",
            ),
            (
                "DUBAN_ROBOTS_FEISHU_URL",
                "https://open.feishu.cn.evil.example/x",
                "robots.feishu.url",
            ),
        ] {
            let error = Layers::defaults()
                .environment(env(&[(name, value)]))
                .unwrap()
                .read()
                .unwrap_err();
            assert!(error.to_string().contains(key), "{error}");
        }
    }
}
