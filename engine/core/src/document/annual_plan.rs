//! The annual plan (年度工作计划): its fields, and how it opens prefilled from what the notice asks of the unit.

use super::content::{Content, Fields, Item, Line};
use super::field::{DocumentType, FieldSpec, Kind, Need};
use crate::id::{IndicatorId, TaskId, UnitId};
use crate::notice::Rhythm;
use chrono::NaiveDate;
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::sync::LazyLock;

/// How often something recurs that has no single due date.
pub const RHYTHMS: &[&str] = &["continuous", "monthly", "quarterly", "half_yearly", "yearly"];
/// The roles a unit may have in a task.
pub const ROLES: &[&str] = &["lead", "support", "co"];
/// How a figure of a notice compares with its value.
pub const COMPARATORS: &[&str] = &["above", "at_least", "equal", "about", "at_most", "below"];

/// The annual plan as a document type.
pub static TYPE: LazyLock<DocumentType> = LazyLock::new(|| DocumentType {
    code: "annual_plan".to_owned(),
    vocabulary: "annual_plan".to_owned(),
    head: vec![
        FieldSpec::new("basis", Kind::LongText).need(Need::Always).max(2000),
        FieldSpec::new("aim", Kind::LongText).need(Need::Always),
        FieldSpec::new("dealt_by", Kind::Person).need(Need::Always),
        FieldSpec::new("dealt_on", Kind::Date).need(Need::Always),
        FieldSpec::new("dealt_how", Kind::Text).max(100),
        FieldSpec::new("drafter", Kind::Person).need(Need::Always),
        FieldSpec::new("contact", Kind::Contact).need(Need::Always),
    ],
    line: vec![
        FieldSpec::new("number", Kind::Text).max(20).given(),
        FieldSpec::new("title", Kind::Text).need(Need::Always).given(),
        FieldSpec::new("role", Kind::choice(ROLES)).given(),
        FieldSpec::new("measures", Kind::LongText).need(Need::Always),
        FieldSpec::new("target", Kind::LongText).need(Need::Always).max(2000),
        FieldSpec::new("q1", Kind::LongText).max(1000),
        FieldSpec::new("q2", Kind::LongText).max(1000),
        FieldSpec::new("q3", Kind::LongText).max(1000),
        FieldSpec::new("q4", Kind::LongText).max(1000),
        FieldSpec::new("standard", Kind::LongText).need(Need::Always).max(1000),
        FieldSpec::new("due_on", Kind::Date).need(Need::OneOf("when".to_owned())),
        FieldSpec::new("rhythm", Kind::choice(RHYTHMS)).need(Need::OneOf("when".to_owned())),
        FieldSpec::new("leader", Kind::Person).need(Need::Always),
        FieldSpec::new("section", Kind::Text).need(Need::Always).max(100),
        FieldSpec::new("person", Kind::Person).need(Need::Always),
        FieldSpec::new("contact", Kind::Contact),
        FieldSpec::new("supporting", Kind::LongText).max(1000),
        FieldSpec::new("remarks", Kind::LongText).max(1000),
    ],
    item: vec![
        FieldSpec::new("name", Kind::Text).need(Need::Always).given(),
        FieldSpec::new("comparator", Kind::choice(COMPARATORS)).given(),
        FieldSpec::new("wanted", Kind::Decimal).given(),
        FieldSpec::new("wanted_year", Kind::Text).max(20).given(),
        FieldSpec::new("measure", Kind::Text).need(Need::Always).max(40).given(),
        FieldSpec::new("base", Kind::Decimal).need(Need::Always),
        FieldSpec::new("target", Kind::Decimal).need(Need::Always),
        FieldSpec::new("counted", Kind::LongText).max(1000),
        FieldSpec::new("reason", Kind::LongText).max(1000),
    ],
    groups: vec!["plan".to_owned()],
    shape: "plan".to_owned(),
    own_lines: true,
    own_items: true,
    least_lines: 0,
    least_items: 0,
    words: BTreeMap::new(),
});

/// How a figure compares with the notice's value.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Comparison {
    /// 超过.
    Above,
    /// 达到, 不少于, 以上.
    AtLeast,
    /// A bare number.
    Equal,
    /// 左右.
    About,
    /// 不超过, 以内.
    AtMost,
    /// 低于.
    Below,
}

impl Comparison {
    /// The stable code, one of [`COMPARATORS`].
    pub fn code(self) -> &'static str {
        match self {
            Self::Above => "above",
            Self::AtLeast => "at_least",
            Self::Equal => "equal",
            Self::About => "about",
            Self::AtMost => "at_most",
            Self::Below => "below",
        }
    }

    /// True when less is better.
    pub fn is_ceiling(self) -> bool {
        matches!(self, Self::AtMost | Self::Below)
    }

    /// True when a yearly target falls short of the notice's value and so needs a reason. A target that equals the
    /// value never does: 超过 and 达到 are told apart by the notice, not by the plan.
    pub fn falls_short(self, target: Decimal, wanted: Decimal) -> bool {
        if self.is_ceiling() {
            target > wanted
        } else {
            target < wanted
        }
    }
}

/// A figure asked of the unit.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AskedIndicator {
    /// Its number.
    pub id: IndicatorId,
    /// What is counted.
    pub name: String,
    /// How it compares.
    pub comparison: Comparison,
    /// The notice's value; none when the notice names the figure without one.
    pub value: Option<Decimal>,
    /// The unit of measure, as in `%` or 万家.
    pub measure: String,
    /// The year by which the notice wants it, if it says so.
    pub year: Option<i32>,
}

/// Another unit that shares a task.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Partner {
    /// The unit.
    pub unit: UnitId,
    /// Its name.
    pub name: String,
    /// Other names by which it may be called.
    pub aliases: Vec<String>,
    /// Its role in the task, one of [`ROLES`].
    pub role: &'static str,
    /// The collective name (各街镇园区) by which the notice names it, when it does so.
    pub via: Option<String>,
}

/// A task asked of the unit.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AskedTask {
    /// Its number in the database.
    pub id: TaskId,
    /// Its number in the notice.
    pub number: String,
    /// Its title.
    pub title: String,
    /// The heading under which it stands.
    pub section: String,
    /// Its paragraph, to be read beside the line.
    pub text: String,
    /// The unit's role in it, one of [`ROLES`].
    pub role: &'static str,
    /// The other units of the task.
    pub partners: Vec<Partner>,
    /// The figures of the task that this unit owns.
    pub indicators: Vec<AskedIndicator>,
    /// The date by which the notice wants it, if it says so.
    pub deadline: Option<NaiveDate>,
    /// How often it recurs, or that it goes on for good (长期推进), if the notice says so.
    pub rhythm: Option<Rhythm>,
}

impl AskedTask {
    /// The partners as the notice names them: a collective stands once, in place of its members.
    pub fn partner_names(&self) -> Vec<&str> {
        let mut names: Vec<&str> = Vec::new();
        for partner in &self.partners {
            let name = partner.via.as_deref().unwrap_or(&partner.name);
            if !names.contains(&name) {
                names.push(name);
            }
        }
        names
    }
}

/// Everything a campaign asks of one unit.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Asked {
    /// The year of the campaign.
    pub year: i32,
    /// The notice as a plan cites it, for example `《…方案》（…〔2025〕1号）`.
    pub basis: String,
    /// Its tasks, in the order of the notice.
    pub tasks: Vec<AskedTask>,
    /// Figures of the notice that belong to no task and are owned by this unit.
    pub indicators: Vec<AskedIndicator>,
}

/// The plan as it opens: one line per task with its figures and partners, then last year's unfinished lines.
///
/// Figures that belong to no task go under the first task that the unit leads, else under its first task, else
/// under a line of their own. Of an unfinished line the title, measures, target, section and people are kept; its
/// dates and milestones are not, because they are last year's.
pub fn prefill(asked: &Asked, unfinished: &[Line]) -> Content {
    let mut content = Content::default();
    put(&mut content.head, "basis", &asked.basis);
    let mut ids = 1..;
    let mut next = || ids.next().unwrap_or(u32::MAX);
    for task in &asked.tasks {
        let mut line = Line {
            id: next(),
            source: Some(task.id.0),
            ..Line::default()
        };
        put(&mut line.fields, "number", &task.number);
        put(&mut line.fields, "title", &task.title);
        put(&mut line.fields, "role", task.role);
        put(&mut line.fields, "supporting", &task.partner_names().join("、"));
        if let Some(day) = task.deadline {
            put(&mut line.fields, "due_on", &day.to_string());
        }
        put(&mut line.fields, "rhythm", task.rhythm.map_or("", rhythm_code));
        line.items = task.indicators.iter().map(|asked| indicator(next(), asked)).collect();
        content.lines.push(line);
    }
    let loose: Vec<_> = asked.indicators.iter().map(|asked| indicator(next(), asked)).collect();
    let home = content
        .lines
        .iter()
        .position(|line| line.field("role") == "lead")
        .unwrap_or(0);
    match content.lines.get_mut(home) {
        Some(line) => line.items.extend(loose),
        None if !loose.is_empty() => content.lines.push(Line {
            id: next(),
            items: loose,
            ..Line::default()
        }),
        None => {}
    }
    for old in unfinished {
        let mut line = Line {
            id: next(),
            ..Line::default()
        };
        for key in [
            "title", "measures", "target", "standard", "leader", "section", "person", "contact",
        ] {
            put(&mut line.fields, key, old.field(key));
        }
        content.lines.push(line);
    }
    content
}

/// The notice's rhythm as one of [`RHYTHMS`].
fn rhythm_code(rhythm: Rhythm) -> &'static str {
    match rhythm {
        // What is to be done at once has no beat of its own on the form: it is under way until it is done.
        Rhythm::LongTerm | Rhythm::Continuing | Rhythm::AtOnce => "continuous",
        Rhythm::Monthly => "monthly",
        Rhythm::Quarterly => "quarterly",
        Rhythm::HalfYearly => "half_yearly",
        Rhythm::Yearly => "yearly",
    }
}

fn indicator(id: u32, asked: &AskedIndicator) -> Item {
    let mut item = Item {
        id,
        source: Some(asked.id.0),
        ..Item::default()
    };
    put(&mut item.fields, "name", &asked.name);
    put(&mut item.fields, "comparator", asked.comparison.code());
    put(&mut item.fields, "measure", &asked.measure);
    if let Some(value) = asked.value {
        put(&mut item.fields, "wanted", &value.to_string());
        put(&mut item.fields, "target", &value.to_string());
    }
    if let Some(year) = asked.year {
        put(&mut item.fields, "wanted_year", &year.to_string());
    }
    item
}

/// Sets a field unless the text is empty.
pub(super) fn put(fields: &mut Fields, key: &str, text: &str) {
    if !text.is_empty() {
        fields.insert(key.to_owned(), text.to_owned());
    }
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;

    /// Two tasks, the first led with one figure, and one figure that belongs to no task.
    pub fn asked() -> Asked {
        let figure = |id, name: &str, value: &str| AskedIndicator {
            id: IndicatorId(id),
            name: name.to_owned(),
            comparison: Comparison::AtLeast,
            value: value.parse().ok(),
            measure: "%".to_owned(),
            year: Some(2025),
        };
        let task = |id, role, deadline| AskedTask {
            id: TaskId(id),
            number: id.to_string(),
            title: format!("Task {id}"),
            section: String::new(),
            text: String::new(),
            role,
            partners: vec![Partner {
                unit: UnitId(2),
                name: "区科技局".to_owned(),
                aliases: vec!["科技局".to_owned()],
                role: "co",
                via: None,
            }],
            indicators: Vec::new(),
            deadline,
            rhythm: None,
        };
        let mut asked = Asked {
            year: 2026,
            basis: "《方案》".to_owned(),
            tasks: vec![
                task(1, "co", None),
                task(2, "lead", NaiveDate::from_ymd_opt(2026, 6, 30)),
            ],
            indicators: vec![figure(9, "总体合格率", "98")],
        };
        asked.tasks[1].indicators = vec![figure(7, "检查覆盖率", "100")];
        asked
    }

    #[test]
    fn a_plan_opens_with_a_line_per_task_its_figures_and_its_partners() {
        let content = prefill(&asked(), &[]);
        assert_eq!(content.lines.len(), 2);
        assert_eq!(content.head["basis"], "《方案》");
        let led = &content.lines[1];
        assert_eq!(
            (led.source, led.field("number"), led.field("role")),
            (Some(2), "2", "lead")
        );
        assert_eq!(led.field("due_on"), "2026-06-30");
        assert_eq!(led.field("supporting"), "区科技局");
        // The figure without a task stands under the task that the unit leads.
        let names: Vec<_> = led.items.iter().map(|item| item.field("name")).collect();
        assert_eq!(names, ["检查覆盖率", "总体合格率"]);
        assert_eq!(led.items[0].field("target"), "100");
        assert_eq!(led.items[0].field("base"), "");
    }

    #[test]
    fn a_collective_stands_once_in_place_of_its_members() {
        let mut asked = asked();
        for (unit, name) in [(3, "甲镇"), (4, "乙镇")] {
            asked.tasks[0].partners.push(Partner {
                unit: UnitId(unit),
                name: name.to_owned(),
                aliases: Vec::new(),
                role: "co",
                via: Some("各镇".to_owned()),
            });
        }
        assert_eq!(prefill(&asked, &[]).lines[0].field("supporting"), "区科技局、各镇");
    }

    #[test]
    fn ids_are_never_shared() {
        let content = prefill(&asked(), &[Line::default(), Line::default()]);
        let mut ids: Vec<_> = content.lines.iter().map(|line| line.id).collect();
        ids.extend(
            content
                .lines
                .iter()
                .flat_map(|line| line.items.iter().map(|item| item.id)),
        );
        let count = ids.len();
        ids.sort_unstable();
        ids.dedup();
        assert_eq!(ids.len(), count);
        assert!(!ids.contains(&content.next_id()));
    }

    #[test]
    fn unfinished_lines_come_along_without_last_years_dates() {
        let mut old = Line::default();
        for (key, text) in [
            ("title", "旧事"),
            ("measures", "继续"),
            ("due_on", "2025-09-30"),
            ("q1", "一"),
        ] {
            put(&mut old.fields, key, text);
        }
        let content = prefill(&asked(), &[old]);
        let carried = &content.lines[2];
        assert_eq!(
            (carried.source, carried.field("title"), carried.field("measures")),
            (None, "旧事", "继续")
        );
        assert_eq!((carried.field("due_on"), carried.field("q1")), ("", ""));
    }

    #[test]
    fn short_of_the_notice_depends_on_the_direction() {
        let (less, wanted): (Decimal, Decimal) = (Decimal::from(95), Decimal::from(98));
        assert!(Comparison::AtLeast.falls_short(less, wanted));
        assert!(!Comparison::AtLeast.falls_short(wanted, wanted));
        assert!(!Comparison::AtMost.falls_short(less, wanted));
        assert!(Comparison::AtMost.falls_short(wanted, less));
    }
}
