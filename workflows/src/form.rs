//! The part of a definition file that describes a form: `starters`, `[[field]]` and `[line]`.

use duban_core::document::field::{DocumentType, FORM, FieldSpec, Kind, Limits, Need, Part, read_date, read_decimal};
use duban_core::org::Role;
use duban_core::reason::Reason;
use duban_core::workflow::form::{FACT, Form, type_of};
use duban_core::workflow::{Definition, Fact, FactType, Guard, Route, Text};
use serde::Deserialize;
use std::collections::{BTreeMap, BTreeSet};
use toml::Spanned;

/// One field as written.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct FieldFile {
    key: Spanned<String>,
    kind: String,
    label: Text,
    help: Option<Text>,
    #[serde(default = "usual_group")]
    group: String,
    #[serde(default)]
    required: bool,
    required_when: Option<WhenFile>,
    #[serde(default)]
    choices: Vec<ChoiceFile>,
    length: Option<usize>,
    min: Option<ValueFile>,
    max: Option<ValueFile>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct WhenFile {
    field: String,
    is: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ChoiceFile {
    code: String,
    label: Text,
}

/// A number or a date: a whole number as it is, everything else in quotes, because no amount is ever a float.
#[derive(Deserialize)]
#[serde(untagged)]
enum ValueFile {
    Whole(i64),
    Quoted(String),
}

impl ValueFile {
    fn text(&self) -> String {
        match self {
            Self::Whole(number) => number.to_string(),
            Self::Quoted(text) => text.clone(),
        }
    }
}

/// The table of repeated entries as written.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct LineFile {
    #[serde(default)]
    least: usize,
    #[serde(default = "usual_group")]
    group: String,
    #[serde(default, rename = "field")]
    fields: Vec<FieldFile>,
}

fn usual_group() -> String {
    "form".to_owned()
}

/// A problem with the place in the file.
pub(crate) type Found = (usize, Reason);

/// What a file says of its form. None when its document type is one of the program's and it brings no fields.
///
/// # Errors
/// `form_without_fields`, `form_not_wanted` (fields for a document type of the program), `bad_name`, `double_name`,
/// `unknown_kind`, `bad_limit`, `bad_choices`, `unknown_field`, `unknown_role`.
pub(crate) fn read(
    (id, version, document_type): (&str, u32, &str),
    starters: &[String],
    head: Vec<FieldFile>,
    line: Option<LineFile>,
) -> Result<Option<Form>, Vec<Found>> {
    if document_type != FORM {
        let given = !head.is_empty() || line.is_some() || !starters.is_empty();
        return if given {
            Err(vec![(0, Reason::new("form_not_wanted").with("type", document_type))])
        } else {
            Ok(None)
        };
    }
    let mut reader = Reader {
        vocabulary: format!("form.{id}.v{version}"),
        groups: Vec::new(),
        words: BTreeMap::new(),
        problems: Vec::new(),
    };
    if head.is_empty() {
        reader.problems.push((0, Reason::new("form_without_fields")));
    }
    let head = reader.part(Part::Head, head);
    let (least_lines, shape) = line
        .as_ref()
        .map_or((0, None), |line| (line.least, Some(line.group.clone())));
    let line = line.map_or_else(Vec::new, |line| reader.part(Part::Line, line.fields));
    let shape = shape.or_else(|| reader.groups.first().cloned()).unwrap_or_default();
    if !reader.groups.contains(&shape) {
        reader.groups.push(shape.clone());
    }
    let mut roles = Vec::new();
    for code in starters {
        match Role::from_code(code).filter(|role| !role.is_administrator() && *role != Role::Observer) {
            Some(role) => roles.push(role),
            None => reader
                .problems
                .push((0, Reason::new("unknown_role").with("role", code))),
        }
    }
    if starters.is_empty() {
        roles.push(Role::Drafter);
    }
    if !reader.problems.is_empty() {
        return Err(reader.problems);
    }
    Ok(Some(Form {
        kind: DocumentType {
            code: FORM.to_owned(),
            vocabulary: reader.vocabulary,
            own_lines: !line.is_empty(),
            head,
            line,
            item: Vec::new(),
            groups: reader.groups,
            shape,
            own_items: false,
            least_lines,
            least_items: 0,
            words: reader.words,
        },
        starters: roles,
    }))
}

struct Reader {
    vocabulary: String,
    groups: Vec<String>,
    words: BTreeMap<String, Text>,
    problems: Vec<Found>,
}

impl Reader {
    fn part(&mut self, part: Part, files: Vec<FieldFile>) -> Vec<FieldSpec> {
        let keys: BTreeSet<String> = files.iter().map(|file| file.key.get_ref().clone()).collect();
        let mut seen = BTreeSet::new();
        let mut specs = Vec::new();
        for file in files {
            let at = file.key.span().start;
            let key = file.key.get_ref().clone();
            if !is_key(&key) {
                self.problems.push((at, Reason::new("bad_name").with("name", &key)));
            }
            if !seen.insert(key.clone()) {
                self.problems.push((at, Reason::new("double_name").with("name", &key)));
            }
            if let Some(when) = file.required_when.as_ref().filter(|when| !keys.contains(&when.field)) {
                let reason = Reason::new("unknown_field").with("field", &when.field);
                self.problems.push((at, reason));
            }
            match self.field(part, file) {
                Ok(spec) => specs.push(spec),
                Err(reason) => self.problems.push((at, reason.with("name", &key))),
            }
        }
        specs
    }

    fn field(&mut self, part: Part, file: FieldFile) -> Result<FieldSpec, Reason> {
        let key = file.key.into_inner();
        let codes: Vec<String> = file.choices.iter().map(|choice| choice.code.clone()).collect();
        let kind = kind(&file.kind, codes)?;
        let middle = format!("{}.{}.{key}", self.vocabulary, part.code());
        self.words.insert(format!("field.{middle}"), file.label);
        if let Some(help) = file.help {
            self.words.insert(format!("field_hint.{middle}"), help);
        }
        for choice in file.choices {
            self.words
                .insert(format!("choice.{middle}.{}", choice.code), choice.label);
        }
        if !self.groups.contains(&file.group) {
            self.groups.push(file.group.clone());
        }
        let mut spec = FieldSpec::new(&key, kind);
        spec.limits = limits(&spec.kind, file.min.as_ref(), file.max.as_ref())?;
        spec.max = file.length.unwrap_or(spec.max);
        spec.group = file.group;
        spec.need = match (file.required, file.required_when) {
            (true, None) => Need::Always,
            (false, None) => Need::Optional,
            (false, Some(when)) => Need::When {
                field: when.field,
                is: when.is,
            },
            (true, Some(_)) => return Err(Reason::new("required_twice")),
        };
        Ok(spec)
    }
}

fn kind(code: &str, choices: Vec<String>) -> Result<Kind, Reason> {
    let distinct: BTreeSet<_> = choices.iter().collect();
    let good = distinct.len() == choices.len() && choices.iter().all(|code| is_key(code));
    let kind = match code {
        "choice" if choices.len() > 1 && good => return Ok(Kind::Choice(choices)),
        "choice" => return Err(Reason::new("bad_choices")),
        "text" => Kind::Text,
        "long_text" => Kind::LongText,
        "date" => Kind::Date,
        "decimal" => Kind::Decimal,
        "integer" => Kind::Integer,
        "yes_no" => Kind::YesNo,
        "person" => Kind::Person,
        "contact" => Kind::Contact,
        "unit" => Kind::Unit,
        other => return Err(Reason::new("unknown_kind").with("kind", other)),
    };
    if choices.is_empty() {
        Ok(kind)
    } else {
        Err(Reason::new("bad_choices"))
    }
}

fn limits(kind: &Kind, min: Option<&ValueFile>, max: Option<&ValueFile>) -> Result<Limits, Reason> {
    let bad = |value: &ValueFile| Reason::new("bad_limit").with("value", value.text());
    match kind {
        _ if min.is_none() && max.is_none() => Ok(Limits::None),
        Kind::Decimal | Kind::Integer => {
            let read = |value: Option<&ValueFile>| {
                value
                    .map(|value| read_decimal(&value.text()).ok_or_else(|| bad(value)))
                    .transpose()
            };
            let (least, most) = (read(min)?, read(max)?);
            Ok(Limits::Numbers { least, most })
        }
        Kind::Date => {
            let read = |value: Option<&ValueFile>| {
                value
                    .map(|value| read_date(&value.text()).ok_or_else(|| bad(value)))
                    .transpose()
            };
            let (first, last) = (read(min)?, read(max)?);
            Ok(Limits::Days { first, last })
        }
        _ => Err(min.or(max).map_or_else(|| Reason::new("bad_limit"), bad)),
    }
}

fn is_key(name: &str) -> bool {
    let mut chars = name.chars();
    chars.next().is_some_and(|c| c.is_ascii_lowercase())
        && chars.all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_')
}

/// Gives every value that a guard compares a field with the type of that field; what does not fit stays, and the gate
/// says so.
pub(crate) fn type_guards(definition: &mut Definition) {
    if definition.form.is_none() {
        return;
    }
    let known = definition.clone();
    for stage in &mut definition.stages {
        type_routes(&known, &mut stage.next);
    }
    for join in &mut definition.joins {
        type_routes(&known, &mut join.next);
    }
}

fn type_routes(def: &Definition, routes: &mut [Route]) {
    for guard in routes.iter_mut().filter_map(|route| route.when.as_mut()) {
        type_guard(def, guard);
    }
}

fn type_guard(def: &Definition, guard: &mut Guard) {
    match guard {
        Guard::Is { fact, value } | Guard::AtLeast { fact, value } | Guard::AtMost { fact, value } => {
            if fact.starts_with(FACT)
                && let Some(kind) = type_of(def, fact)
                && let Some(typed) = typed(kind, value)
            {
                *value = typed;
            }
        }
        Guard::Empty { .. } => {}
        Guard::All(parts) | Guard::Any(parts) => parts.iter_mut().for_each(|part| type_guard(def, part)),
        Guard::Not(part) => type_guard(def, part),
    }
}

fn typed(kind: FactType, value: &Fact) -> Option<Fact> {
    match (kind, value) {
        (FactType::Decimal, Fact::Integer(number)) => Some(Fact::Decimal((*number).into())),
        (FactType::Decimal, Fact::Text(text)) => text.parse().ok().map(Fact::Decimal),
        (FactType::Date, Fact::Text(text)) => text.parse().ok().map(Fact::Date),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use crate::check;

    const PURCHASE: &str = include_str!("../examples/nested-choice.v1.toml");
    const JOINT: &str = include_str!("../examples/joint-review.v1.toml");

    /// The codes of what is wrong once `from` reads `to`.
    fn codes(text: &str, from: &str, to: &str) -> Vec<String> {
        assert!(text.contains(from), "{from}");
        let found = check(&text.replace(from, to)).err().unwrap_or_default();
        found.into_iter().map(|located| located.problem.reason.code).collect()
    }

    #[test]
    fn a_guard_over_a_field_that_may_be_empty_says_what_empty_means() {
        let from = r#"{ fact = "form.urgent", empty = true }, "#;
        assert!(codes(PURCHASE, from, "").contains(&"field_may_be_empty".to_owned()));
        let optional = JOINT.replace("kind = \"unit\"\nrequired = true", "kind = \"unit\"");
        assert!(
            codes(&optional, "id = \"joint-review\"", "id = \"joint-review\"")
                .contains(&"field_may_be_empty".to_owned())
        );
    }

    #[test]
    fn guards_fit_their_fields_and_no_amount_is_a_float() {
        assert_eq!(
            codes(PURCHASE, "at_least = 50000 }", "at_least = 50000.0 }"),
            ["syntax"]
        );
        let wrong = codes(
            PURCHASE,
            r#""form.amount", at_least = 50000 }"#,
            r#""form.urgent", at_least = 1 }"#,
        );
        assert!(wrong.contains(&"fact_type".to_owned()), "{wrong:?}");
        let unknown = codes(
            PURCHASE,
            r#""form.amount", at_least = 50000 }"#,
            r#""form.price", at_least = 1 }"#,
        );
        assert!(unknown.contains(&"unknown_fact".to_owned()), "{unknown:?}");
    }

    #[test]
    fn a_threshold_beyond_the_limits_of_its_field_is_a_route_that_nobody_takes() {
        let found = codes(PURCHASE, r#"max = "100000000""#, r#"max = "40000""#);
        assert!(found.contains(&"route_never_taken".to_owned()), "{found:?}");
    }

    #[test]
    fn a_seat_names_a_unit_field_or_a_known_party() {
        let found = codes(JOINT, "field:lawyer", "field:subject");
        assert!(found.contains(&"unknown_party".to_owned()), "{found:?}");
    }
}
