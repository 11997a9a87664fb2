//! Does the paper answer everything that was asked? By the numbers of tasks, indicators and findings, never by
//! likeness of text.
//!
//! Blocking problems stop a submission; warnings are for the eyes of drafter and reviewer. What a single field
//! lacks is [`super::validate`]'s business and is not said a second time here.

use super::annual_plan::{Asked, AskedIndicator, AskedTask, Comparison};
use super::content::{Content, Item, Line, Place};
use super::field::{read_date, read_decimal};
use super::rectification::AskedFinding;
use super::validate::Problem;
use crate::reason::Reason;
use chrono::Datelike;
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

/// So many of so many.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Count {
    /// How many are answered.
    pub covered: usize,
    /// How many were asked.
    pub total: usize,
}

impl Count {
    /// True when nothing is missing.
    pub fn is_full(self) -> bool {
        self.covered == self.total
    }

    fn add(&mut self, covered: bool) {
        self.total += 1;
        self.covered += usize::from(covered);
    }
}

/// How far one thing that was asked is answered.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Cover {
    /// There is no line for it.
    Missing,
    /// There is a line, but something is left to say.
    Partial,
    /// Everything is there.
    Full,
}

/// One row of the coverage table: a task of the notice, or a finding.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Row {
    /// The number of the task or finding.
    pub source: i64,
    /// Its number as people say it.
    pub number: String,
    /// Its title.
    pub title: String,
    /// The unit's role, one of [`super::annual_plan::ROLES`]; empty for a finding.
    pub role: String,
    /// The first line that answers it.
    pub line: Option<u32>,
    /// There is a measure.
    pub measures: bool,
    /// There is a person who answers for it.
    pub person: bool,
    /// There is a date or a rhythm.
    pub when: bool,
    /// Its figures (for a finding: its measures) with all they need.
    pub items: Count,
    /// All together.
    pub cover: Cover,
}

/// What the coverage check found.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Coverage {
    /// Tasks (findings) answered by a full line.
    pub tasks: Count,
    /// Indicators (measures) with all they need.
    pub indicators: Count,
    /// One row per task or finding, what is missing first.
    pub rows: Vec<Row>,
    /// What stops a submission.
    pub problems: Vec<Problem>,
    /// What somebody should look at.
    pub warnings: Vec<Problem>,
}

/// Coverage of an annual plan.
pub fn annual_plan(asked: &Asked, content: &Content) -> Coverage {
    let mut found = Coverage::default();
    for task in &asked.tasks {
        let lines: Vec<_> = content
            .lines
            .iter()
            .filter(|line| line.source == Some(task.id.0))
            .collect();
        if lines.is_empty() {
            let reason = Reason::new("task_without_line");
            let reason = reason.with("number", &task.number).with("title", &task.title);
            found.problems.push(Problem {
                place: Place::default(),
                reason,
            });
        }
        let mut items = Count::default();
        for indicator in &task.indicators {
            items.add(found.indicator(indicator, content));
        }
        for line in &lines {
            found.warn_about_line(task, line, asked.year);
        }
        found.row(task, &lines, items);
    }
    for indicator in &asked.indicators {
        let covered = found.indicator(indicator, content);
        found.indicators.add(covered);
    }
    // Stable: what is missing first, otherwise in the order of the notice.
    found.rows.sort_by_key(|row| row.cover);
    found
}

/// Coverage of a rectification report.
pub fn rectification(findings: &[AskedFinding], content: &Content) -> Coverage {
    let mut found = Coverage::default();
    for finding in findings {
        let line = content.lines.iter().find(|line| line.source == Some(finding.id.0));
        let mut items = Count::default();
        if let Some(line) = line {
            for item in &line.items {
                items.add(!item.field("measure").is_empty() && read_date(item.field("due_on")).is_some());
                found.warn_when_late(line, item, finding);
            }
        } else {
            let reason = Reason::new("finding_without_line").with("number", &finding.number);
            found.problems.push(Problem {
                place: Place::default(),
                reason: reason.with("title", &finding.description),
            });
        }
        let row = Row {
            source: finding.id.0,
            number: finding.number.clone(),
            title: finding.description.clone(),
            role: String::new(),
            line: line.map(|line| line.id),
            measures: items.covered > 0,
            person: line.is_some_and(|line| !line.field("person").is_empty()),
            when: items.total > 0 && items.is_full(),
            items,
            cover: Cover::Missing,
        };
        found.push(row);
    }
    found.rows.sort_by_key(|row| row.cover);
    found
}

impl Coverage {
    /// Enters a row, working out its cover and the counts.
    fn push(&mut self, mut row: Row) {
        let full = row.measures && row.person && row.when && row.items.is_full();
        row.cover = match row.line {
            None => Cover::Missing,
            Some(_) if full => Cover::Full,
            Some(_) => Cover::Partial,
        };
        self.tasks.add(row.cover == Cover::Full);
        self.indicators.covered += row.items.covered;
        self.indicators.total += row.items.total;
        self.rows.push(row);
    }

    fn row(&mut self, task: &AskedTask, lines: &[&Line], items: Count) {
        let every = |test: &dyn Fn(&Line) -> bool| !lines.is_empty() && lines.iter().all(|line| test(line));
        let row = Row {
            source: task.id.0,
            number: task.number.clone(),
            title: task.title.clone(),
            role: task.role.to_owned(),
            line: lines.first().map(|line| line.id),
            measures: every(&|line| !line.field("measures").is_empty()),
            person: every(&|line| !line.field("person").is_empty()),
            when: every(&|line| !line.field("due_on").is_empty() || !line.field("rhythm").is_empty()),
            items,
            cover: Cover::Missing,
        };
        self.push(row);
    }

    /// True when an item answers the indicator with base and target, and a target short of the notice's value has
    /// a reason.
    fn indicator(&mut self, asked: &AskedIndicator, content: &Content) -> bool {
        let answer = content.lines.iter().find_map(|line| {
            let item = line.items.iter().find(|item| item.source == Some(asked.id.0))?;
            Some((line, item))
        });
        let Some((line, item)) = answer else {
            let reason = Reason::new("indicator_without_item").with("name", &asked.name);
            self.problems.push(Problem {
                place: Place::default(),
                reason,
            });
            return false;
        };
        let target = read_decimal(item.field("target"));
        let short = match (target, asked.value) {
            (Some(target), Some(wanted)) => asked.comparison.falls_short(target, wanted),
            (None, _) | (_, None) => false,
        };
        let unexplained = short && item.field("reason").is_empty();
        if unexplained {
            let reason = Reason::new("target_short_without_reason")
                .with("name", &asked.name)
                .with("target", item.field("target"))
                .with("wanted", asked.value.unwrap_or_default().normalize())
                .with("measure", &asked.measure);
            self.problems.push(Problem {
                place: place(line, Some(item), "reason"),
                reason,
            });
        }
        self.warn_about_text(asked, line);
        target.is_some() && read_decimal(item.field("base")).is_some() && !unexplained
    }

    /// Dates after the notice's or outside the year, and partners who have no part in the task.
    fn warn_about_line(&mut self, task: &AskedTask, line: &Line, year: i32) {
        if let Some(due) = read_date(line.field("due_on")) {
            let reason = match task.deadline {
                Some(wanted) if due > wanted => Some(Reason::new("date_after_notice").with("wanted", wanted)),
                _ if due.year() != year => Some(Reason::new("date_outside_year").with("year", year)),
                _ => None,
            };
            if let Some(reason) = reason {
                self.warnings.push(Problem {
                    place: place(line, None, "due_on"),
                    reason: reason.with("due", due),
                });
            }
        }
        for name in names(line.field("supporting")) {
            let known = task.partners.iter().any(|partner| {
                let named = partner.name == name || partner.via.as_deref() == Some(name);
                named || partner.aliases.iter().any(|alias| alias == name)
            });
            if !known {
                self.warnings.push(Problem {
                    place: place(line, None, "supporting"),
                    reason: Reason::new("partner_without_task").with("name", name),
                });
            }
        }
    }

    /// A figure written out in words beside an indicator's name that is not the notice's value.
    fn warn_about_text(&mut self, asked: &AskedIndicator, line: &Line) {
        let Some(wanted) = asked.value else { return };
        for key in ["target", "measures", "standard"] {
            let Some(said) = number_after(line.field(key), &asked.name) else {
                continue;
            };
            if said != wanted {
                let reason = Reason::new("number_differs").with("name", &asked.name);
                let reason = reason.with("said", said.normalize()).with("wanted", wanted.normalize());
                self.warnings.push(Problem {
                    place: place(line, None, key),
                    reason: reason.with("measure", &asked.measure),
                });
            }
        }
    }

    fn warn_when_late(&mut self, line: &Line, item: &Item, finding: &AskedFinding) {
        let (Some(due), Some(wanted)) = (read_date(item.field("due_on")), finding.demanded_on) else {
            return;
        };
        if due > wanted {
            let reason = Reason::new("date_after_demand").with("due", due).with("wanted", wanted);
            self.warnings.push(Problem {
                place: place(line, Some(item), "due_on"),
                reason,
            });
        }
    }
}

fn place(line: &Line, item: Option<&Item>, field: &str) -> Place {
    Place {
        line: Some(line.id),
        item: item.map(|item| item.id),
        field: Some(field.to_owned()),
    }
}

/// The names in a list as people write one; a trailing 等 or full stop is not part of a name.
fn names(list: &str) -> impl Iterator<Item = &str> {
    list.split(['、', '，', ',', '；', ';', '\n', ' ', '\u{3000}'])
        .map(|name| name.trim().trim_end_matches(['等', '。']))
        .filter(|name| !name.is_empty())
}

/// The first number within twelve characters after `name` in `text`.
fn number_after(text: &str, name: &str) -> Option<Decimal> {
    if name.is_empty() {
        return None;
    }
    let (_, rest) = text.split_once(name)?;
    let near: Vec<char> = rest.chars().take(24).collect();
    let start = near.iter().take(12).position(char::is_ascii_digit)?;
    // A sentence's end or another list item between name and number: the number is about something else.
    if near
        .iter()
        .take(start)
        .any(|c| matches!(c, '。' | '；' | '，' | '、' | '\n'))
    {
        return None;
    }
    let digits: String = near
        .iter()
        .skip(start)
        .take_while(|c| c.is_ascii_digit() || **c == '.')
        .collect();
    let after = near.get(start + digits.chars().count());
    // A year or a date is not the figure.
    if after.is_some_and(|c| matches!(c, '年' | '月' | '日')) {
        return None;
    }
    digits.trim_end_matches('.').parse().ok()
}

impl Comparison {
    /// The comparison with this code.
    pub fn from_code(code: &str) -> Option<Self> {
        [
            Self::Above,
            Self::AtLeast,
            Self::Equal,
            Self::About,
            Self::AtMost,
            Self::Below,
        ]
        .into_iter()
        .find(|each| each.code() == code)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::document::{annual_plan as plan, rectification as report};

    fn filled(asked: &Asked) -> Content {
        let mut content = plan::prefill(asked, &[]);
        for line in &mut content.lines {
            for (key, text) in [("measures", "做"), ("person", "张三"), ("rhythm", "quarterly")] {
                line.fields.insert(key.into(), text.into());
            }
            for item in &mut line.items {
                item.fields.insert("base".into(), "90".into());
            }
        }
        content
    }

    fn codes(problems: &[Problem]) -> Vec<&str> {
        problems.iter().map(|p| p.reason.code.as_str()).collect()
    }

    #[test]
    fn a_filled_plan_is_covered() {
        let asked = plan::tests::asked();
        let found = annual_plan(&asked, &filled(&asked));
        assert_eq!((found.tasks.covered, found.tasks.total), (2, 2));
        assert_eq!((found.indicators.covered, found.indicators.total), (2, 2));
        assert_eq!((codes(&found.problems), codes(&found.warnings)), (vec![], vec![]));
    }

    #[test]
    fn a_missing_task_comes_first_and_is_named() {
        let asked = plan::tests::asked();
        let mut content = filled(&asked);
        content.lines.remove(1);
        let found = annual_plan(&asked, &content);
        assert_eq!((found.tasks.covered, found.tasks.total), (1, 2));
        assert_eq!(
            (found.rows[0].number.as_str(), found.rows[0].cover),
            ("2", Cover::Missing)
        );
        assert_eq!(
            codes(&found.problems),
            ["task_without_line", "indicator_without_item", "indicator_without_item"]
        );
        assert_eq!(found.problems[0].reason.args["title"], "Task 2");
    }

    #[test]
    fn a_target_short_of_the_notice_needs_a_reason() {
        let asked = plan::tests::asked();
        let mut content = filled(&asked);
        content.lines[1].items[0].fields.insert("target".into(), "99.5".into());
        let found = annual_plan(&asked, &content);
        assert_eq!(codes(&found.problems), ["target_short_without_reason"]);
        assert_eq!(found.problems[0].place.field.as_deref(), Some("reason"));
        assert_eq!(found.indicators.covered, 1);
        content.lines[1].items[0]
            .fields
            .insert("reason".into(), "停产改造".into());
        assert!(annual_plan(&asked, &content).problems.is_empty());
    }

    #[test]
    fn a_line_without_person_or_base_is_partial() {
        let asked = plan::tests::asked();
        let mut content = filled(&asked);
        content.lines[0].fields.remove("person");
        content.lines[1].items[0].fields.remove("base");
        let found = annual_plan(&asked, &content);
        assert_eq!(
            found.rows.iter().map(|row| row.cover).collect::<Vec<_>>(),
            [Cover::Partial; 2]
        );
        assert_eq!(found.tasks.covered, 0);
    }

    #[test]
    fn doubts_are_warnings_and_do_not_block() {
        let asked = plan::tests::asked();
        let mut content = filled(&asked);
        for (key, text) in [
            ("due_on", "2026-07-31"),
            ("supporting", "科技局、区商务局等"),
            ("target", "检查覆盖率达到95%，总体合格率达到98%"),
        ] {
            content.lines[1].fields.insert(key.into(), text.into());
        }
        content.lines[0].fields.insert("due_on".into(), "2027-01-31".into());
        let found = annual_plan(&asked, &content);
        assert!(found.problems.is_empty());
        let mut warned = codes(&found.warnings);
        warned.sort_unstable();
        assert_eq!(
            warned,
            [
                "date_after_notice",
                "date_outside_year",
                "number_differs",
                "partner_without_task"
            ]
        );
        let number = found
            .warnings
            .iter()
            .find(|w| w.reason.code == "number_differs")
            .unwrap();
        assert_eq!(
            (
                number.reason.args["said"].as_str(),
                number.reason.args["wanted"].as_str()
            ),
            ("95", "100")
        );
    }

    #[test]
    fn a_year_or_another_item_is_not_taken_for_the_figure() {
        assert_eq!(number_after("合格率2026年底前稳定", "合格率"), None);
        assert_eq!(number_after("合格率提高，新增30家", "合格率"), None);
        assert_eq!(
            number_after("合格率达到98.5%以上。", "合格率"),
            Some("98.5".parse().unwrap())
        );
    }

    #[test]
    fn a_report_answers_every_finding_with_a_dated_measure() {
        let findings = [report::tests::finding()];
        let mut content = report::prefill(&report::Opening::default(), &findings);
        content.lines[0].fields.insert("person".into(), "李四".into());
        content.lines[0].items[0].fields.insert("measure".into(), "召回".into());
        assert_eq!(rectification(&findings, &content).rows[0].cover, Cover::Full);
        content.lines[0].items[0]
            .fields
            .insert("due_on".into(), "2026-06-30".into());
        assert_eq!(
            codes(&rectification(&findings, &content).warnings),
            ["date_after_demand"]
        );
        content.lines.clear();
        let found = rectification(&findings, &content);
        assert_eq!(codes(&found.problems), ["finding_without_line"]);
        assert_eq!((found.tasks.covered, found.tasks.total), (0, 1));
    }
}
