//! The task breakdown table of a notice (任务分解表): one row a task in the usual columns, and the rows of each unit.

mod docx;
mod xlsx;

use duban_core::notice::{Indicator, Notice, Role, Task};
use std::collections::BTreeMap;

/// What the table is written as.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Form {
    /// A workbook.
    Xlsx,
    /// A document.
    Docx,
}

impl Form {
    /// Its media type.
    pub fn media_type(self) -> &'static str {
        match self {
            Self::Xlsx => "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
            Self::Docx => "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
        }
    }

    /// How a browser is told to keep it.
    pub fn disposition(self) -> &'static str {
        match self {
            Self::Xlsx => "attachment; filename=\"breakdown.xlsx\"",
            Self::Docx => "attachment; filename=\"breakdown.docx\"",
        }
    }

    /// The form that an ending of a file name means.
    pub fn of_ending(ending: &str) -> Option<Self> {
        match ending {
            "xlsx" => Some(Self::Xlsx),
            "docx" => Some(Self::Docx),
            _ => None,
        }
    }
}

/// The columns, by the keys of their heads in `[breakdown]`.
const COLUMNS: [&str; 9] = [
    "number",
    "section",
    "task",
    "text",
    "lead",
    "co",
    "support",
    "deadline",
    "indicators",
];

/// The table, ready to be written.
pub struct Breakdown {
    title: String,
    overview: String,
    heads: Vec<String>,
    /// One row a task, as many cells as heads.
    rows: Vec<Vec<String>>,
    unit_heads: Vec<String>,
    /// The rows of each unit in the order of first naming: number, task, its part, deadline, indicators, remarks.
    units: Vec<(String, Vec<Vec<String>>)>,
}

impl Breakdown {
    /// The table of a notice; `text` gives the words of a key.
    pub fn of(notice: &Notice, text: impl Fn(&str) -> String) -> Self {
        let word = |key: &str| text(&format!("breakdown.{key}"));
        let mut rows = Vec::with_capacity(notice.tasks.len());
        let mut units: Vec<(String, Vec<Vec<String>>)> = Vec::new();
        let mut known: BTreeMap<&str, usize> = BTreeMap::new();
        for task in &notice.tasks {
            let figures = figures(notice, task, &text);
            let deadline = task.deadline.as_ref().map_or_else(String::new, |d| d.text.clone());
            rows.push(vec![
                task.number.clone(),
                task.section.clone().unwrap_or_default(),
                task.title.clone(),
                task.text.clone(),
                named(task, Role::Lead),
                named(task, Role::Co),
                named(task, Role::Support),
                deadline.clone(),
                figures.clone(),
            ]);
            for unit in &task.units {
                let at = *known.entry(&unit.name).or_insert_with(|| {
                    units.push((unit.name.clone(), Vec::new()));
                    units.len() - 1
                });
                let part = match unit.role {
                    Role::Lead => "lead",
                    Role::Co => "co",
                    Role::Support => "support",
                };
                units[at].1.push(vec![
                    task.number.clone(),
                    task.title.clone(),
                    word(part),
                    deadline.clone(),
                    figures.clone(),
                    if unit.first { word("first") } else { String::new() },
                ]);
            }
        }
        let unit_heads = ["number", "task", "role", "deadline", "indicators", "remarks"];
        Self {
            title: notice.title.clone().unwrap_or_else(|| word("title")),
            overview: word("overview"),
            heads: COLUMNS.iter().map(|key| word(key)).collect(),
            rows,
            unit_heads: unit_heads.iter().map(|key| word(key)).collect(),
            units,
        }
    }

    /// The bytes of the table.
    ///
    /// # Errors
    /// When it does not fit the form.
    pub fn write(&self, form: Form) -> std::io::Result<Vec<u8>> {
        match form {
            Form::Xlsx => self.xlsx().map_err(std::io::Error::other),
            Form::Docx => self.docx().map_err(std::io::Error::other),
        }
    }
}

fn named(task: &Task, role: Role) -> String {
    let names: Vec<&str> = task
        .units
        .iter()
        .filter(|unit| unit.role == role)
        .map(|unit| unit.name.as_str())
        .collect();
    names.join("\u{3001}")
}

/// The indicators that stand in the words of a task.
fn figures(notice: &Notice, task: &Task, text: &impl Fn(&str) -> String) -> String {
    let inside = |one: &&Indicator| {
        one.task.as_ref() == Some(&task.number)
            && task.place.line <= one.place.line
            && one.place.line <= task.place.end_line
    };
    let shown: Vec<String> = notice
        .indicators
        .iter()
        .filter(inside)
        .map(|one| {
            let comparator = text(&format!("notice.comparator.{}", one.comparator.code()));
            format!("{}{comparator}{}{}", one.name, one.value, one.unit)
        })
        .collect();
    shown.join("\u{ff1b}")
}

#[cfg(test)]
mod tests {
    use super::*;
    use duban_core::notice::{lines, read};

    #[test]
    fn what_goes_out_comes_in_again() {
        let notice = read(&lines(
            "甲区2026年工作要点\n一、任务\n1.清淤。清淤12公里。（区水务局牵头，区财政局、各镇配合，2026年6月底前完成）\n2.修路。（区交通局负责）\n",
        ));
        let texts = crate::i18n::Texts::load().expect("texts");
        let table = Breakdown::of(&notice, |key| texts.plain(crate::i18n::Locale::ZhCn, key));
        for form in [Form::Xlsx, Form::Docx] {
            let bytes = table.write(form).expect("a file");
            let text = duban_intake::text(&bytes).expect("text");
            let again = read(&lines(&text));
            let task = again
                .tasks
                .iter()
                .find(|t| t.title.starts_with("清淤"))
                .expect("the task");
            let units: Vec<(&str, Role)> = task.units.iter().map(|u| (u.name.as_str(), u.role)).collect();
            assert!(units.contains(&("区水务局", Role::Lead)), "{text}\n{units:?}");
            assert!(units.contains(&("各镇", Role::Support)), "{text}");
            assert_eq!(
                task.deadline.as_ref().map(|d| d.text.as_str()),
                Some("2026年6月底前"),
                "{text}"
            );
        }
    }
}
