//! Templates: compiled once at start, strict about missing names, escaping on.
//!
//! There is one set per language, so that helpers know the language without asking the page. Helpers:
//!
//! | helper | gives |
//! |---|---|
//! | `{{t "inbox.title"}}`, `{{t "role" code}}`, `{{t "x" count=3}}` | a text; further words are joined with dots |
//! | `{{#if (has "field_hint" key)}}` | true when there is such a text |
//! | `{{reason r}}` | the sentence of a reason `{code, args}` |
//! | `{{date d}}`, `{{day d}}` | 2026年3月20日（周五）; 3月20日 – from a civil date |
//! | `{{datetime i}}`, `{{time i}}` | local date and time; local time – from an instant (RFC 3339) |
//! | `{{number n}}` | digits in groups of three |
//! | `{{asset "js/form.js"}}` | the address of a file of `static/` |
//! | `{{concat a b}}`, `{{urlencode s}}` | strings put together; percent-encoding for a query |
//! | `{{picture p}}` | a picture as it is: SVG made by `duban_core::picture`, which escapes what goes into it |
//!
//! A page begins with `{{#> layouts/page page_title=(t "inbox.title")}}` and ends with `{{/layouts/page}}`. Names given
//! to a partial this way hide fields of the same name inside it, hence `page_title` and not `title`. The layout's own
//! data is `@root.layout` (`@root.layout.csrf` and so on); inside `each` that is the only way to reach it.
//!
//! Dates and times are `<time>` elements with the machine-readable value.

use crate::assets;
use crate::i18n::{Locale, Texts};
use chrono::{DateTime, Datelike, NaiveDate, Utc};
use chrono_tz::Tz;
use handlebars::{
    Context, Handlebars, Helper, HelperDef, HelperResult, Output, RenderContext, RenderError, RenderErrorReason,
    ScopedJson, html_escape, no_escape,
};
use rust_embed::RustEmbed;
use serde::Serialize;
use serde_json::Value;
use std::collections::BTreeMap;
use std::sync::Arc;

#[derive(RustEmbed)]
#[folder = "templates/"]
struct Sources;

/// A template that does not compile or does not fit its view.
#[derive(Debug, thiserror::Error)]
pub enum ViewError {
    /// Found at start.
    #[error("template {name}: {problem}")]
    Template {
        /// The template.
        name: String,
        /// What the compiler said.
        problem: String,
    },
    /// Found when it was shown.
    #[error("cannot render {name}: {problem}")]
    Render {
        /// The template.
        name: String,
        /// What went wrong.
        problem: String,
    },
}

/// The templates of all languages.
pub struct Views {
    zh: Set,
    en: Set,
}

struct Set {
    html: Handlebars<'static>,
    text: Handlebars<'static>,
}

impl Views {
    /// Compiles all templates. `zone` is where civil times are told.
    pub fn load(texts: &Arc<Texts>, zone: Tz) -> Result<Self, ViewError> {
        Ok(Self {
            zh: set(texts, Locale::ZhCn, zone)?,
            en: set(texts, Locale::En, zone)?,
        })
    }

    fn of(&self, locale: Locale) -> &Set {
        match locale {
            Locale::ZhCn => &self.zh,
            Locale::En => &self.en,
        }
    }

    /// Renders an HTML template (a page, or the HTML part of a mail) with escaping.
    pub fn html<V: Serialize>(&self, name: &str, locale: Locale, view: &V) -> Result<String, ViewError> {
        render(&self.of(locale).html, name, view)
    }

    /// Renders a plain text template (the subject or the text part of a mail), without HTML escaping.
    pub fn text<V: Serialize>(&self, name: &str, locale: Locale, view: &V) -> Result<String, ViewError> {
        render(&self.of(locale).text, name, view)
    }

    /// The names of all HTML templates.
    pub fn names(&self) -> Vec<String> {
        let mut names: Vec<_> = self.zh.html.get_templates().keys().cloned().collect();
        names.sort();
        names
    }
}

fn render<V: Serialize>(registry: &Handlebars<'static>, name: &str, view: &V) -> Result<String, ViewError> {
    registry.render(name, view).map_err(|e| ViewError::Render {
        name: name.to_owned(),
        problem: e.to_string(),
    })
}

fn set(texts: &Arc<Texts>, locale: Locale, zone: Tz) -> Result<Set, ViewError> {
    let mut html = Handlebars::new();
    html.register_escape_fn(html_escape);
    let mut text = Handlebars::new();
    text.register_escape_fn(no_escape);
    for registry in [&mut html, &mut text] {
        registry.set_strict_mode(true);
        let words = Words {
            texts: Arc::clone(texts),
            locale,
            zone,
        };
        words.register(registry);
    }
    for file in Sources::iter() {
        let Some(name) = file.strip_suffix(".hbs") else {
            continue;
        };
        let Some(source) = Sources::get(&file) else { continue };
        let source = String::from_utf8_lossy(&source.data).into_owned();
        let plain = name.starts_with("mail/") && !name.ends_with("/html");
        let registry = if plain { &mut text } else { &mut html };
        registry
            .register_template_string(name, source)
            .map_err(|e| ViewError::Template {
                name: name.to_owned(),
                problem: e.to_string(),
            })?;
    }
    Ok(Set { html, text })
}

/// What the helpers know: the language, its texts, the zone.
#[derive(Clone)]
struct Words {
    texts: Arc<Texts>,
    locale: Locale,
    zone: Tz,
}

type Answer = Result<Value, String>;
type Function = fn(&Words, &[&Value], &BTreeMap<&str, &Value>) -> Answer;

/// One helper that gives a value (escaped by the template like any other).
struct Giver {
    words: Words,
    function: Function,
}

/// One helper that gives a `<time>` element: machine value and shown text.
struct Timer {
    words: Words,
    function: fn(&Words, &str) -> Option<String>,
    /// False in plain text, where only the shown text is written.
    marked_up: bool,
}

/// Writes a picture as it is. Only our own SVG: what does not begin as such is refused.
struct Pictures;

impl HelperDef for Pictures {
    fn call<'reg: 'rc, 'rc>(
        &self,
        helper: &Helper<'rc>,
        _: &'reg Handlebars<'reg>,
        _: &'rc Context,
        _: &mut RenderContext<'reg, 'rc>,
        out: &mut dyn Output,
    ) -> HelperResult {
        let svg = helper.param(0).and_then(|param| param.value().as_str());
        let svg = svg.filter(|svg| svg.starts_with("<svg "));
        let svg = svg.ok_or_else(|| RenderErrorReason::Other("picture needs an SVG picture".to_owned()))?;
        Ok(out.write(svg)?)
    }
}

/// Says an instant or a day in words.
type Shower = fn(&Words, &str) -> Option<String>;

impl Words {
    fn register(self, registry: &mut Handlebars<'static>) {
        registry.register_helper("picture", Box::new(Pictures));
        let givers: [(&str, Function); 7] = [
            ("t", translate),
            ("has", has),
            ("reason", reason),
            ("number", number),
            ("asset", asset),
            ("concat", concat),
            ("urlencode", urlencode),
        ];
        for (name, function) in givers {
            let words = self.clone();
            registry.register_helper(name, Box::new(Giver { words, function }));
        }
        let timers: [(&str, Shower); 4] = [
            ("date", Self::long_date),
            ("day", Self::short_date),
            ("datetime", Self::date_and_time),
            ("time", Self::only_time),
        ];
        let marked_up = registry.get_escape_fn()("<") != "<";
        for (name, function) in timers {
            let words = self.clone();
            registry.register_helper(
                name,
                Box::new(Timer {
                    words,
                    function,
                    marked_up,
                }),
            );
        }
    }

    fn say(&self, key: &str, args: &[(&str, String)]) -> String {
        let args = args
            .iter()
            .map(|(name, value)| ((*name).to_owned(), value.clone()))
            .collect();
        self.texts.text(self.locale, key, &args)
    }

    /// An argument of a reason: a field, a role or a kind of unit by its label, anything else as it is.
    fn named(&self, name: &str, arg: String) -> String {
        if name == "role" || name == "other_role" {
            return self.say(&format!("role.{arg}"), &[]);
        }
        if name == "kind" && self.texts.has(self.locale, &format!("unit_kind.{arg}")) {
            return self.say(&format!("unit_kind.{arg}"), &[]);
        }
        let is_key = ["field.", "finding.field."]
            .iter()
            .any(|prefix| arg.starts_with(prefix))
            && self.texts.has(self.locale, &arg);
        if is_key { self.say(&arg, &[]) } else { arg }
    }

    fn long_date(&self, text: &str) -> Option<String> {
        let day: NaiveDate = text.parse().ok()?;
        let weekday = self.say(&format!("date.weekday.{}", day.weekday().number_from_monday()), &[]);
        let args = [
            ("year", day.year().to_string()),
            ("month", self.month(day)),
            ("day", day.day().to_string()),
            ("weekday", weekday),
        ];
        Some(self.say("date.long", &args))
    }

    fn short_date(&self, text: &str) -> Option<String> {
        let day: NaiveDate = text.parse().ok()?;
        Some(self.say(
            "date.short",
            &[("month", self.month(day)), ("day", day.day().to_string())],
        ))
    }

    fn date_and_time(&self, text: &str) -> Option<String> {
        let instant: DateTime<Utc> = text.parse().ok()?;
        let local = instant.with_timezone(&self.zone);
        let args = [
            ("year", local.year().to_string()),
            ("month", self.month(local.date_naive())),
            ("day", local.day().to_string()),
            ("time", local.format("%H:%M").to_string()),
        ];
        Some(self.say("date.instant", &args))
    }

    fn only_time(&self, text: &str) -> Option<String> {
        let instant: DateTime<Utc> = text.parse().ok()?;
        Some(instant.with_timezone(&self.zone).format("%H:%M").to_string())
    }

    fn month(&self, day: NaiveDate) -> String {
        self.say(&format!("date.month.{}", day.month()), &[])
    }
}

fn word(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        Value::Null => String::new(),
        other => other.to_string(),
    }
}

fn translate(words: &Words, params: &[&Value], hash: &BTreeMap<&str, &Value>) -> Answer {
    let key = params.iter().map(|p| word(p)).collect::<Vec<_>>().join(".");
    let args = hash
        .iter()
        .map(|(name, value)| ((*name).to_owned(), word(value)))
        .collect();
    Ok(words.texts.text(words.locale, &key, &args).into())
}

fn has(words: &Words, params: &[&Value], _: &BTreeMap<&str, &Value>) -> Answer {
    let key = params.iter().map(|p| word(p)).collect::<Vec<_>>().join(".");
    Ok(words.texts.has(words.locale, &key).into())
}

fn reason(words: &Words, params: &[&Value], _: &BTreeMap<&str, &Value>) -> Answer {
    let reason = params.first().ok_or("reason needs a reason")?;
    let code = reason["code"].as_str().ok_or("a reason needs a code")?;
    let args = reason["args"]
        .as_object()
        .map(|args| args.iter().map(|(k, v)| (k.clone(), words.named(k, word(v)))).collect());
    Ok(words
        .texts
        .text(words.locale, &format!("reason.{code}"), &args.unwrap_or_default())
        .into())
}

fn number(_: &Words, params: &[&Value], _: &BTreeMap<&str, &Value>) -> Answer {
    let text = params.first().map(|p| word(p)).ok_or("number needs a number")?;
    let (sign, digits) = text.strip_prefix('-').map_or(("", text.as_str()), |rest| ("-", rest));
    let (whole, rest) = digits.split_once('.').map_or((digits, None), |(w, r)| (w, Some(r)));
    let mut grouped = String::from(sign);
    for (i, c) in whole.chars().enumerate() {
        if i > 0 && (whole.len() - i) % 3 == 0 {
            grouped.push(',');
        }
        grouped.push(c);
    }
    if let Some(rest) = rest {
        grouped.push('.');
        grouped.push_str(rest);
    }
    Ok(grouped.into())
}

fn asset(_: &Words, params: &[&Value], _: &BTreeMap<&str, &Value>) -> Answer {
    Ok(assets::address(params.first().and_then(|p| p.as_str()).ok_or("asset needs a name")?).into())
}

fn concat(_: &Words, params: &[&Value], _: &BTreeMap<&str, &Value>) -> Answer {
    Ok(params.iter().map(|p| word(p)).collect::<String>().into())
}

fn urlencode(_: &Words, params: &[&Value], _: &BTreeMap<&str, &Value>) -> Answer {
    let text = params.first().map(|p| word(p)).unwrap_or_default();
    let encoded = percent_encoding::utf8_percent_encode(&text, percent_encoding::NON_ALPHANUMERIC);
    Ok(encoded.to_string().into())
}

impl HelperDef for Giver {
    fn call_inner<'reg: 'rc, 'rc>(
        &self,
        h: &Helper<'rc>,
        r: &'reg Handlebars<'reg>,
        ctx: &'rc Context,
        rc: &mut RenderContext<'reg, 'rc>,
    ) -> Result<ScopedJson<'rc>, RenderError> {
        if h.params().is_empty() && h.hash().is_empty() {
            // `{{number}}` alone means the field of that name.
            return rc.evaluate(ctx, h.name());
        }
        let missing = h
            .params()
            .iter()
            .chain(h.hash().values())
            .find(|p| p.is_value_missing());
        if let (true, Some(missing)) = (r.strict_mode(), missing) {
            return Err(RenderError::strict_error(missing.relative_path()));
        }
        let params: Vec<&Value> = h.params().iter().map(|p| p.value()).collect();
        let hash = h.hash().iter().map(|(name, p)| (*name, p.value())).collect();
        let given = (self.function)(&self.words, &params, &hash);
        given
            .map(ScopedJson::Derived)
            .map_err(|e| RenderErrorReason::Other(e).into())
    }
}

impl HelperDef for Timer {
    /// Within another helper, as in `{{t "…" date=(date due)}}`, it is the shown text alone: markup there would be
    /// escaped with the sentence around it.
    fn call_inner<'reg: 'rc, 'rc>(
        &self,
        h: &Helper<'rc>,
        _: &'reg Handlebars<'reg>,
        _: &'rc Context,
        _: &mut RenderContext<'reg, 'rc>,
    ) -> Result<ScopedJson<'rc>, RenderError> {
        let machine = h.param(0).and_then(|p| p.value().as_str());
        let Some(machine) = machine else {
            return Err(RenderErrorReason::Unimplemented.into());
        };
        let shown = (self.function)(&self.words, machine);
        let shown = shown.ok_or_else(|| RenderErrorReason::Other(format!("{}: `{machine}` is no date", h.name())))?;
        Ok(ScopedJson::Derived(shown.into()))
    }

    fn call<'reg: 'rc, 'rc>(
        &self,
        h: &Helper<'rc>,
        r: &'reg Handlebars<'reg>,
        ctx: &'rc Context,
        rc: &mut RenderContext<'reg, 'rc>,
        out: &mut dyn Output,
    ) -> HelperResult {
        if h.params().is_empty() {
            let field = rc.evaluate(ctx, h.name())?;
            if field.is_missing() {
                return Err(RenderError::strict_error(Some(&h.name().to_owned())));
            }
            out.write(&r.get_escape_fn()(&word(field.as_json())))?;
            return Ok(());
        }
        let Some(machine) = h.param(0).and_then(|p| p.value().as_str()) else {
            return Err(RenderErrorReason::Other(format!("{} needs a date", h.name())).into());
        };
        let Some(shown) = (self.function)(&self.words, machine) else {
            return Err(RenderErrorReason::Other(format!("{}: `{machine}` is no date", h.name())).into());
        };
        if self.marked_up {
            let (machine, shown) = (html_escape(machine), html_escape(&shown));
            out.write(&format!("<time datetime=\"{machine}\">{shown}</time>"))?;
        } else {
            out.write(&shown)?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests;
