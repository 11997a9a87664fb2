//! Fields of a document as forms and as text, rendered from their specifications alone, and read back from a form.
//!
//! Names in forms: `<key>` for a field of the head or of the line, `i<id>-<key>` for a field of an item. The element
//! has the id `field-<name>`, which is what error summaries and marks link to.

use duban_core::document::content::{Content, Fields, Item, Line, Place};
use duban_core::document::edit::clean;
use duban_core::document::field::{DocumentType, FieldSpec, Kind, Need, Part, read_date};
use duban_core::document::validate::Problem;
use duban_core::reason::Reason;
use duban_core::workflow::Mark;
use serde::Serialize;
use std::collections::BTreeMap;

/// One field of a form.
#[derive(Debug, Serialize)]
pub struct FieldView {
    /// Its name in the form.
    pub name: String,
    /// The locale key of its label.
    pub label: String,
    /// The locale key of its hint.
    pub hint: String,
    /// `text`, `long`, `date`, `decimal`, `integer`, `choice`, `unit`, `person` or `contact`.
    pub kind: &'static str,
    /// `full`, `half`, `third` or `short`: how much room it takes.
    pub width: &'static str,
    /// What stands in it.
    pub value: String,
    /// It must be filled in before the paper is submitted.
    pub required: bool,
    /// The longest text, in characters.
    pub max: usize,
    /// Rows of a long text's box.
    pub rows: usize,
    /// Options of a choice.
    pub options: Vec<OptionView>,
    /// What is wrong with it.
    pub problem: Option<Reason>,
    /// What a reviewer remarked on it.
    pub marks: Vec<String>,
    /// What somebody else wrote there meanwhile, when that differs from what was typed.
    pub theirs: Option<String>,
}

/// One option of a choice.
#[derive(Debug, Serialize)]
pub struct OptionView {
    code: String,
    /// The locale key of its label; empty when the code is a name that speaks for itself.
    label: String,
    chosen: bool,
}

/// One field as text.
#[derive(Debug, Serialize)]
pub struct TextView {
    /// The locale key of its label.
    pub label: String,
    /// Its key.
    pub key: String,
    /// The text, unless one of the next two is set.
    pub text: String,
    /// The locale key of a choice.
    pub choice: String,
    /// The civil date, ISO 8601.
    pub date: String,
    /// It takes the whole width.
    pub wide: bool,
    /// It is needed and empty.
    pub missing: bool,
}

/// What a form needs to know besides the fields themselves.
#[derive(Clone, Copy)]
pub struct Surroundings<'a> {
    /// The document type.
    pub kind: &'a DocumentType,
    /// The groups that are open.
    pub groups: &'a [&'a str],
    /// The names of the units that a field may name, in order.
    pub units: &'a [String],
    /// What is wrong, shown beside the fields.
    pub problems: &'a [Problem],
    /// What reviewers remarked.
    pub marks: &'a [Mark],
}

impl Surroundings<'_> {
    /// The form of the head.
    pub fn head(&self, content: &Content) -> Vec<FieldView> {
        self.form(Part::Head, &content.head, &Place::default(), false)
    }

    /// The form of a line.
    pub fn line(&self, line: &Line) -> Vec<FieldView> {
        self.form(Part::Line, &line.fields, &of_line(line.id), line.source.is_some())
    }

    /// The form of an item.
    pub fn item(&self, line: u32, item: &Item) -> Vec<FieldView> {
        self.form(Part::Item, &item.fields, &of_item(line, item.id), item.source.is_some())
    }

    fn form(&self, part: Part, fields: &Fields, place: &Place, sourced: bool) -> Vec<FieldView> {
        self.kind
            .fields(part)
            .iter()
            // What the source gives is shown as text; in a line of one's own, what only sources have is not asked.
            .filter(|spec| spec.is_in(self.groups) && !(spec.given && (sourced || spec.need == Need::Optional)))
            .map(|spec| self.field(part, spec, fields, place))
            .collect()
    }

    fn field(&self, part: Part, spec: &FieldSpec, fields: &Fields, place: &Place) -> FieldView {
        let value = fields.get(&spec.key).cloned().unwrap_or_default();
        let here = Place {
            field: Some(spec.key.clone()),
            ..place.clone()
        };
        let options = match (spec.kind.options(), &spec.kind) {
            (Some(codes), _) => codes
                .into_iter()
                .map(|code| OptionView {
                    label: self.kind.option_label(part, &spec.key, code),
                    chosen: value == code,
                    code: code.to_owned(),
                })
                .collect(),
            // A name that is none of them stays, to be seen and mended.
            (None, Kind::Unit) => {
                let unknown = (!value.is_empty() && !self.units.contains(&value)).then(|| value.clone());
                let names = self.units.iter().cloned().chain(unknown);
                names
                    .map(|name| OptionView {
                        label: String::new(),
                        chosen: value == name,
                        code: name,
                    })
                    .collect()
            }
            (None, _) => Vec::new(),
        };
        // A date is shown in the form that date boxes take; what cannot be read stays as typed.
        let value = match (&spec.kind, read_date(&value)) {
            (Kind::Date, Some(day)) => day.to_string(),
            _ => value,
        };
        FieldView {
            name: name_of(&here),
            label: self.kind.label(part, &spec.key),
            hint: self.kind.hint(part, &spec.key),
            kind: kind_code(&spec.kind),
            width: width(spec),
            required: spec.need == Need::Always,
            max: spec.max,
            rows: (value.lines().count() + 1).clamp(if spec.max > 1000 { 4 } else { 2 }, 14),
            options,
            problem: self.problems.iter().find(|p| p.place == here).map(|p| p.reason.clone()),
            marks: self
                .marks
                .iter()
                .filter(|m| m.place == here)
                .map(|m| m.text.clone())
                .collect(),
            theirs: None,
            value,
        }
    }
}

/// The fields of a part as text, in the order of their specification. Empty ones are left out unless they are needed
/// and `groups` says that they are due.
pub fn texts(kind: &DocumentType, part: Part, fields: &Fields, sourced: bool, groups: &[&str]) -> Vec<TextView> {
    kind.fields(part)
        .iter()
        .filter_map(|spec| {
            let text = fields.get(&spec.key).map_or("", |text| text.trim());
            let needed = spec.need == Need::Always && spec.is_in(groups) && !(spec.given && sourced);
            if text.is_empty() && !needed {
                return None;
            }
            Some(text_view(kind, part, spec, text))
        })
        .collect()
}

/// A text longer than this (characters) takes the whole width.
const WIDE: usize = 24;

/// One field as text.
pub fn text_view(kind: &DocumentType, part: Part, spec: &FieldSpec, text: &str) -> TextView {
    let mut view = TextView {
        label: kind.label(part, &spec.key),
        key: spec.key.clone(),
        text: text.to_owned(),
        choice: String::new(),
        date: String::new(),
        wide: spec.kind == Kind::LongText && (spec.max > 1000 || text.chars().count() > WIDE),
        missing: text.is_empty(),
    };
    if spec.kind.options().is_some_and(|codes| codes.contains(&text)) {
        view.choice = kind.option_label(part, &spec.key, text);
    } else if spec.kind == Kind::Date {
        view.date = read_date(text).map_or_else(String::new, |day| day.to_string());
    }
    view
}

/// The name of a field in a form.
pub fn name_of(place: &Place) -> String {
    let key = place.field.as_deref().unwrap_or("");
    match place.item {
        Some(item) => format!("i{item}-{key}"),
        None => key.to_owned(),
    }
}

fn of_line(line: u32) -> Place {
    Place {
        line: Some(line),
        ..Place::default()
    }
}

fn of_item(line: u32, item: u32) -> Place {
    Place {
        item: Some(item),
        ..of_line(line)
    }
}

fn width(spec: &FieldSpec) -> &'static str {
    match &spec.kind {
        Kind::LongText if spec.max > 1000 => "full",
        Kind::LongText => "half",
        Kind::Text | Kind::Unit if spec.max > 100 => "third",
        _ => "short",
    }
}

fn kind_code(kind: &Kind) -> &'static str {
    match kind {
        Kind::LongText => "long",
        Kind::YesNo => "choice",
        other => other.code(),
    }
}

/// A posted form: names and values in their order.
pub type Posted = Vec<(String, String)>;

/// The last value of a name.
pub fn value<'a>(posted: &'a Posted, name: &str) -> Option<&'a str> {
    posted
        .iter()
        .rev()
        .find(|(key, _)| key == name)
        .map(|(_, value)| value.as_str())
}

/// Puts the posted fields of the head into `content`; fields that were not posted stay.
pub fn take_head(kind: &DocumentType, content: &mut Content, posted: &Posted) {
    take(kind, Part::Head, &mut content.head, &by_name(posted), "");
}

/// Puts the posted fields of a line and its items into `line`; fields that were not posted stay.
pub fn take_line(kind: &DocumentType, line: &mut Line, posted: &Posted) {
    let posted = by_name(posted);
    take(kind, Part::Line, &mut line.fields, &posted, "");
    for item in &mut line.items {
        let prefix = format!("i{}-", item.id);
        take(kind, Part::Item, &mut item.fields, &posted, &prefix);
    }
}

fn by_name(posted: &Posted) -> BTreeMap<&str, &str> {
    posted
        .iter()
        .map(|(name, value)| (name.as_str(), value.as_str()))
        .collect()
}

fn take(kind: &DocumentType, part: Part, fields: &mut Fields, posted: &BTreeMap<&str, &str>, prefix: &str) {
    for spec in kind.fields(part) {
        let Some(value) = posted.get(format!("{prefix}{}", spec.key).as_str()) else {
            continue;
        };
        let value = clean(value);
        if value.is_empty() {
            fields.remove(&spec.key);
        } else {
            fields.insert(spec.key.clone(), value);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use duban_core::document::field::document_type;

    fn posted(pairs: &[(&str, &str)]) -> Posted {
        pairs.iter().map(|(k, v)| ((*k).to_owned(), (*v).to_owned())).collect()
    }

    #[test]
    fn a_posted_line_changes_only_what_was_posted_and_known() {
        let kind = document_type("annual_plan").unwrap();
        let mut line = Line {
            id: 3,
            items: vec![Item {
                id: 4,
                ..Item::default()
            }],
            ..Line::default()
        };
        line.fields.insert("person".into(), "张三".into());
        line.fields.insert("remarks".into(), "旧".into());
        let form = [
            ("measures", " 一\r\n二 "),
            ("remarks", ""),
            ("i4-base", "90"),
            ("i5-base", "1"),
            ("role_of", "x"),
        ];
        take_line(kind, &mut line, &posted(&form));
        assert_eq!(line.fields["measures"], "一\n二");
        assert_eq!(line.fields["person"], "张三");
        assert!(!line.fields.contains_key("remarks") && !line.fields.contains_key("role_of"));
        assert_eq!(line.items[0].fields["base"], "90");
    }

    #[test]
    fn given_fields_are_no_inputs_in_a_line_that_answers_a_task() {
        let kind = document_type("annual_plan").unwrap();
        let around = Surroundings {
            kind,
            groups: &["plan"],
            units: &[],
            problems: &[],
            marks: &[],
        };
        let names = |line: &Line| around.line(line).into_iter().map(|f| f.name).collect::<Vec<_>>();
        let own = Line::default();
        let sourced = Line {
            source: Some(1),
            ..Line::default()
        };
        assert!(names(&own).contains(&"title".to_owned()) && !names(&own).contains(&"role".to_owned()));
        assert!(!names(&sourced).contains(&"title".to_owned()));
    }
}
