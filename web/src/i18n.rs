//! The languages of the pages: locale files, compiled in, looked up by dotted keys.
//!
//! A text may hold `{name}` places, filled from named arguments. A key whose table has only `one` and `other` picks by
//! the argument `count` (English needs it, Chinese does not). No sentence for people stands in Rust code.

use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::fmt;

/// A language that pages and mails are written in.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Locale {
    /// Simplified Chinese, the first language.
    #[default]
    #[serde(rename = "zh-CN")]
    ZhCn,
    /// English, the second language.
    #[serde(rename = "en")]
    En,
}

impl Locale {
    /// All languages, the first one first.
    pub const ALL: [Self; 2] = [Self::ZhCn, Self::En];

    /// The tag used in `lang` attributes, cookies and the database.
    pub fn tag(self) -> &'static str {
        match self {
            Self::ZhCn => "zh-CN",
            Self::En => "en",
        }
    }

    /// The language with exactly this tag.
    pub fn from_tag(tag: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|locale| locale.tag() == tag)
    }

    /// The first language of an `Accept-Language` header that we have. Quality values are ignored: browsers list
    /// languages in the order of preference anyway.
    pub fn negotiate(header: &str) -> Option<Self> {
        header.split(',').find_map(|part| {
            let tag = part.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
            match tag.split('-').next() {
                Some("zh") => Some(Self::ZhCn),
                Some("en") => Some(Self::En),
                _ => None,
            }
        })
    }
}

impl fmt::Display for Locale {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.tag())
    }
}

/// A locale file that could not be read. Only a developer sees it: the files are compiled in.
#[derive(Debug, thiserror::Error)]
#[error("locale file {file}: {problem}")]
pub struct BadLocale {
    file: &'static str,
    problem: String,
}

/// All texts of all languages.
#[derive(Clone, Debug)]
pub struct Texts {
    zh: BTreeMap<String, String>,
    en: BTreeMap<String, String>,
}

impl Texts {
    /// Reads the compiled-in locale files.
    pub fn load() -> Result<Self, BadLocale> {
        Ok(Self {
            zh: read("zh-CN.toml", include_str!("../locales/zh-CN.toml"))?,
            en: read("en.toml", include_str!("../locales/en.toml"))?,
        })
    }

    /// Takes in the words of a definition's form under their keys, in both languages.
    pub fn adopt(&mut self, words: &BTreeMap<String, duban_core::workflow::Text>) {
        for (key, text) in words {
            self.zh.insert(key.clone(), text.zh.clone());
            self.en.insert(key.clone(), text.en.clone());
        }
    }

    fn of(&self, locale: Locale) -> &BTreeMap<String, String> {
        match locale {
            Locale::ZhCn => &self.zh,
            Locale::En => &self.en,
        }
    }

    /// Every key of a language, in order.
    pub fn keys(&self, locale: Locale) -> impl Iterator<Item = &str> {
        self.of(locale).keys().map(String::as_str)
    }

    /// True when the key exists in the language (also as a plural).
    pub fn has(&self, locale: Locale, key: &str) -> bool {
        let texts = self.of(locale);
        texts.contains_key(key) || texts.contains_key(&format!("{key}.other"))
    }

    /// The text of a key with its places filled, or `None` when there is no such key.
    pub fn find(&self, locale: Locale, key: &str, args: &BTreeMap<String, String>) -> Option<String> {
        let texts = self.of(locale);
        let text = texts.get(key).or_else(|| {
            let form = if args.get("count").map(String::as_str) == Some("1") {
                "one"
            } else {
                "other"
            };
            texts.get(&format!("{key}.{form}"))
        })?;
        Some(fill(text, args))
    }

    /// The text of a key with its places filled. A missing key shows as `⟦key⟧`: ugly, found by tests, and better for
    /// a person than no page at all.
    pub fn text(&self, locale: Locale, key: &str, args: &BTreeMap<String, String>) -> String {
        self.find(locale, key, args).unwrap_or_else(|| {
            tracing::error!(key, %locale, "text is missing: {key} in {locale}");
            format!("⟦{key}⟧")
        })
    }

    /// The text of a key without arguments.
    pub fn plain(&self, locale: Locale, key: &str) -> String {
        self.text(locale, key, &BTreeMap::new())
    }
}

/// Puts arguments into the `{name}` places of a text. A place without an argument stays as it is.
fn fill(text: &str, args: &BTreeMap<String, String>) -> String {
    let mut out = String::with_capacity(text.len() + 16);
    let mut rest = text;
    while let Some((before, after)) = rest.split_once('{') {
        out.push_str(before);
        match after.split_once('}') {
            Some((name, tail)) if args.contains_key(name) => {
                out.push_str(&args[name]);
                rest = tail;
            }
            _ => {
                out.push('{');
                rest = after;
            }
        }
    }
    out.push_str(rest);
    out
}

fn read(file: &'static str, source: &str) -> Result<BTreeMap<String, String>, BadLocale> {
    let table: toml::Table = toml::from_str(source).map_err(|e| BadLocale {
        file,
        problem: e.to_string(),
    })?;
    let mut texts = BTreeMap::new();
    flatten(file, "", &table, &mut texts)?;
    Ok(texts)
}

fn flatten(
    file: &'static str,
    prefix: &str,
    table: &toml::Table,
    texts: &mut BTreeMap<String, String>,
) -> Result<(), BadLocale> {
    for (name, value) in table {
        let key = if prefix.is_empty() {
            name.clone()
        } else {
            format!("{prefix}.{name}")
        };
        match value {
            toml::Value::String(text) => {
                texts.insert(key, text.clone());
            }
            toml::Value::Table(inner) => flatten(file, &key, inner, texts)?,
            _ => {
                return Err(BadLocale {
                    file,
                    problem: format!("{key} is neither a text nor a table"),
                });
            }
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    fn args(pairs: &[(&str, &str)]) -> BTreeMap<String, String> {
        pairs.iter().map(|(k, v)| ((*k).to_owned(), (*v).to_owned())).collect()
    }

    #[test]
    fn both_languages_have_the_same_keys() {
        let texts = Texts::load().unwrap();
        // A plural has `one` and `other` in English and may have a single text in Chinese.
        let base = |locale| -> BTreeSet<String> {
            texts
                .keys(locale)
                .map(|key| {
                    let stem = key.strip_suffix(".one").or_else(|| key.strip_suffix(".other"));
                    stem.unwrap_or(key).to_owned()
                })
                .collect()
        };
        let (zh, en) = (base(Locale::ZhCn), base(Locale::En));
        let missing_in_en: Vec<_> = zh.difference(&en).collect();
        let missing_in_zh: Vec<_> = en.difference(&zh).collect();
        assert!(
            missing_in_en.is_empty() && missing_in_zh.is_empty(),
            "only Chinese: {missing_in_en:?}\nonly English: {missing_in_zh:?}"
        );
    }

    #[test]
    fn both_languages_have_the_same_places_in_each_text() {
        let texts = Texts::load().unwrap();
        let places = |text: &str| -> BTreeSet<String> {
            text.split('{')
                .skip(1)
                .filter_map(|part| part.split_once('}').map(|(name, _)| name.to_owned()))
                .collect()
        };
        for key in texts.keys(Locale::ZhCn) {
            let Some(en) = texts.en.get(key).or_else(|| texts.en.get(&format!("{key}.other"))) else {
                continue;
            };
            assert_eq!(places(&texts.zh[key]), places(en), "places of {key} differ");
        }
    }

    #[test]
    fn places_are_filled_and_unknown_ones_stay() {
        assert_eq!(fill("{a} of {b} {", &args(&[("a", "1")])), "1 of {b} {");
        assert_eq!(
            fill("{a}", &args(&[("a", "{b}"), ("b", "x")])),
            "{b}",
            "an argument is never filled again"
        );
    }

    #[test]
    fn accept_language_finds_the_first_known() {
        assert_eq!(Locale::negotiate("fr, en-GB;q=0.8, zh;q=0.5"), Some(Locale::En));
        assert_eq!(Locale::negotiate("zh-TW"), Some(Locale::ZhCn));
        assert_eq!(Locale::negotiate("fr"), None);
    }
}
