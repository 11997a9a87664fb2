//! Reminder rules: TOML files in, [`Rule`] values out.

use chrono::NaiveTime;
use duban_core::reminder::{CatchUp, Delivery, Recipient, Rule, Rung, Step, Watch};
use serde::Deserialize;
use std::collections::{BTreeMap, BTreeSet};

/// The rules this program ships with, by file name.
const SHIPPED: [(&str, &str); 7] = [
    ("plan-due.toml", include_str!("../reminders/plan-due.toml")),
    ("report-due.toml", include_str!("../reminders/report-due.toml")),
    ("seat-due.toml", include_str!("../reminders/seat-due.toml")),
    ("finding-due.toml", include_str!("../reminders/finding-due.toml")),
    ("campaign-due.toml", include_str!("../reminders/campaign-due.toml")),
    (
        "extension-asked.toml",
        include_str!("../reminders/extension-asked.toml"),
    ),
    ("calendar-gap.toml", include_str!("../reminders/calendar-gap.toml")),
];

/// What is wrong with a rule file.
#[derive(Debug, thiserror::Error)]
pub enum RuleError {
    /// It is not TOML, or not of this shape.
    #[error("{file}: {source}")]
    Syntax {
        /// The file.
        file: String,
        /// What the parser said, with line and column.
        source: Box<toml::de::Error>,
    },
    /// A rung that does not say when, says it twice, or reaches nobody.
    #[error("{file}: rung {rung}: {problem}")]
    Rung {
        /// The file.
        file: String,
        /// Which rung, counted from 1.
        rung: usize,
        /// What is wrong.
        problem: &'static str,
    },
    /// Something else about the rule.
    #[error("{file}: {problem}")]
    Rule {
        /// The file.
        file: String,
        /// What is wrong.
        problem: &'static str,
    },
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RuleFile {
    id: String,
    title: BTreeMap<String, String>,
    watch: Watch,
    document_type: Option<String>,
    stage: Option<String>,
    at: String,
    delivery: Delivery,
    mutable: bool,
    /// `"digest"`, `"each"` or `{ skip = 7 }`.
    #[serde(default)]
    catch_up: CatchUp,
    #[serde(default)]
    rung: Vec<RungFile>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RungFile {
    opened: Option<u32>,
    before: Option<u32>,
    #[serde(default)]
    on: bool,
    after: Option<u32>,
    every: Option<u32>,
    to: Vec<Recipient>,
}

/// The rules this program ships with.
///
/// # Errors
/// [`RuleError`] when a shipped file is broken; a test keeps that from happening.
pub fn shipped() -> Result<Vec<Rule>, RuleError> {
    let rules: Vec<Rule> = SHIPPED
        .iter()
        .map(|(file, text)| parse(file, text))
        .collect::<Result<_, _>>()?;
    let ids: BTreeSet<_> = rules.iter().map(|rule| &rule.id).collect();
    if ids.len() < rules.len() {
        return Err(RuleError::Rule {
            file: "reminders".to_owned(),
            problem: "two rules have the same id",
        });
    }
    Ok(rules)
}

/// Reads one rule; `file` is for the error message.
///
/// # Errors
/// [`RuleError`] with the place and the problem: unknown keys, a rung without a step or with two, nobody to reach, a
/// rule without rungs or without both titles, a time that is none.
pub fn parse(file: &str, text: &str) -> Result<Rule, RuleError> {
    let wrong = |problem| RuleError::Rule {
        file: file.to_owned(),
        problem,
    };
    let read: RuleFile = toml::from_str(text).map_err(|source| RuleError::Syntax {
        file: file.to_owned(),
        source: Box::new(source),
    })?;
    let is_name = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
    if read.id.is_empty() || !read.id.chars().all(is_name) {
        return Err(wrong("id must be of small letters, digits and hyphens"));
    }
    if !["zh", "en"].iter().all(|language| read.title.contains_key(*language)) {
        return Err(wrong("title needs zh and en"));
    }
    let at = NaiveTime::parse_from_str(&read.at, "%H:%M").map_err(|_| wrong("at must look like 08:30"))?;
    if read.rung.is_empty() {
        return Err(wrong("a rule without rungs reminds nobody"));
    }
    let late = |rung: &RungFile| rung.after.is_some();
    if read.delivery == Delivery::Single && !read.rung.iter().all(late) {
        return Err(wrong(
            "a mail of its own is for what is late; anything else belongs into the digest",
        ));
    }
    let rungs = read.rung.iter().enumerate().map(|(index, rung)| {
        rung.read().map_err(|problem| RuleError::Rung {
            file: file.to_owned(),
            rung: index + 1,
            problem,
        })
    });
    Ok(Rule {
        rungs: rungs.collect::<Result<_, _>>()?,
        id: read.id,
        title: read.title,
        watch: read.watch,
        document_type: read.document_type,
        stage: read.stage,
        at,
        delivery: read.delivery,
        mutable: read.mutable,
        catch_up: read.catch_up,
    })
}

impl RungFile {
    fn read(&self) -> Result<Rung, &'static str> {
        if self.to.is_empty() {
            return Err("`to` names nobody");
        }
        let step = match (self.opened, self.before, self.on, self.after, self.every) {
            (Some(days), None, false, None, None) => Step::Opened(days),
            (None, Some(0), ..) => return Err("`before = 0` is written `on = true`"),
            (None, Some(days), false, None, None) => Step::Before(days),
            (None, None, true, None, None) => Step::On,
            (None, None, false, Some(0), _) | (None, None, false, Some(_), Some(0)) => {
                return Err("`after` and `every` begin at 1");
            }
            (None, None, false, Some(days), None) => Step::After(days),
            (None, None, false, Some(from), Some(step)) => Step::Every { from, step },
            (None, None, false, None, _) => return Err("says none of `opened`, `before`, `on`, `after`"),
            _ => return Err("says more than one of `opened`, `before`, `on`, `after`"),
        };
        Ok(Rung {
            step,
            to: self.to.clone(),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_shipped_rules_load() {
        let rules = shipped().unwrap();
        assert_eq!(rules.len(), SHIPPED.len());
        let plan = rules.iter().find(|rule| rule.id == "plan-due").unwrap();
        assert_eq!((plan.watch, plan.at.to_string().as_str()), (Watch::Draft, "08:30:00"));
        assert_eq!(plan.rungs[0].step, Step::Before(10));
        assert_eq!(plan.rungs[4].step, Step::Every { from: 1, step: 1 });
    }

    #[test]
    fn every_file_of_the_folder_is_shipped() {
        let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/reminders");
        let mut files: Vec<_> = std::fs::read_dir(folder)
            .unwrap()
            .map(|entry| entry.unwrap().file_name().into_string().unwrap())
            .collect();
        files.sort();
        let mut shipped: Vec<_> = SHIPPED.iter().map(|(file, _)| (*file).to_owned()).collect();
        shipped.sort();
        assert_eq!(files, shipped);
    }

    #[test]
    fn a_rule_says_what_becomes_of_what_an_outage_missed() {
        let head =
            "id = \"x\"\ntitle = { zh = \"x\", en = \"x\" }\nwatch = \"seat\"\ndelivery = \"digest\"\nmutable = false";
        let rule = |line: &str| {
            let text = format!("{head}\nat = \"08:30\"\n{line}\n[[rung]]\non = true\nto = [\"head\"]");
            parse("x.toml", &text).map(|rule| rule.catch_up)
        };
        assert_eq!(rule("").unwrap(), CatchUp::Digest);
        assert_eq!(rule("catch_up = \"each\"").unwrap(), CatchUp::Each);
        assert_eq!(rule("catch_up = { skip = 7 }").unwrap(), CatchUp::Skip(7));
        assert!(rule("catch_up = \"never\"").is_err());
    }

    #[test]
    fn a_broken_rule_says_where_and_why() {
        let rule = |rung: &str, at: &str| {
            let head = "id = \"x\"\ntitle = { zh = \"x\", en = \"x\" }\nwatch = \"seat\"\ndelivery = \"digest\"";
            parse("x.toml", &format!("{head}\nmutable = false\nat = \"{at}\"\n{rung}"))
                .map_err(|error| error.to_string())
        };
        for (rung, at, problem) in [
            ("", "08:30", "x.toml: a rule without rungs reminds nobody"),
            (
                "[[rung]]\non = true\nto = []",
                "08:30",
                "x.toml: rung 1: `to` names nobody",
            ),
            ("[[rung]]\nto = [\"head\"]", "08:30", "x.toml: rung 1: says none of"),
            (
                "[[rung]]\non = true\nafter = 1\nto = [\"head\"]",
                "08:30",
                "x.toml: rung 1: says more than one of",
            ),
            (
                "[[rung]]\nafter = 1\nevery = 0\nto = [\"head\"]",
                "08:30",
                "x.toml: rung 1: `after` and `every`",
            ),
            (
                "[[rung]]\non = true\nto = [\"head\"]",
                "8h",
                "x.toml: at must look like",
            ),
            (
                "[[rung]]\non = true\nto = [\"mayor\"]",
                "08:30",
                "unknown variant `mayor`",
            ),
            (
                "[[rung]]\nbefroe = 1\nto = [\"head\"]",
                "08:30",
                "unknown field `befroe`",
            ),
        ] {
            let error = rule(rung, at).unwrap_err();
            assert!(error.contains(problem), "{error}");
        }
        assert!(rule("[[rung]]\non = true\nto = [\"head\"]", "08:30").is_ok());
    }

    #[test]
    fn a_mail_of_its_own_is_for_what_is_late() {
        let rule = |rung: &str| {
            let head = "id = \"x\"\ntitle = { zh = \"x\", en = \"x\" }\nwatch = \"seat\"\ndelivery = \"single\"";
            parse(
                "x.toml",
                &format!("{head}\nmutable = false\nat = \"08:30\"\n[[rung]]\n{rung}\nto = [\"head\"]"),
            )
        };
        assert!(rule("after = 1").is_ok());
        let early = rule("before = 1").unwrap_err().to_string();
        assert!(early.contains("belongs into the digest"), "{early}");
    }
}
