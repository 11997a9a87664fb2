//! What changed between two revisions, as shown: changed lines open, unchanged ones folded.

use super::reading::{self, LineView};
use duban_core::document::content::{Content, Line};
use duban_core::document::difference::{Change, Difference, FieldDifference, LineDifference, Run, Summary, between};
use duban_core::document::field::{DocumentType, FieldSpec, Kind, Part};
use serde::Serialize;

/// How a difference is laid out.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Layout {
    /// Both texts in one, what is gone struck out.
    #[default]
    Merged,
    /// Old and new beside each other.
    Side,
    /// Only the new text, what is new marked.
    New,
}

impl Layout {
    /// The layout with this code; the usual one for anything else.
    pub fn from_code(code: &str) -> Self {
        match code {
            "side" => Self::Side,
            "new" => Self::New,
            _ => Self::Merged,
        }
    }

    /// The code used in addresses and text keys.
    pub fn code(self) -> &'static str {
        match self {
            Self::Merged => "merged",
            Self::Side => "side",
            Self::New => "new",
        }
    }
}

/// The difference of two contents.
#[derive(Debug, Serialize)]
pub struct DifferenceView {
    /// How much differs.
    pub summary: Summary,
    head: Vec<FieldView>,
    lines: Vec<DifferentLine>,
}

/// A line: changed ones with what differs, all with their text.
#[derive(Debug, Serialize)]
pub struct DifferentLine {
    /// Its number in the document.
    pub id: u32,
    change: &'static str,
    open: bool,
    fields: Vec<FieldView>,
    items: Vec<DifferentItem>,
    /// The whole line as it reads now (as it read, when it is gone).
    text: LineView,
    /// What this reader speaks for is in it.
    pub mine: bool,
}

#[derive(Debug, Serialize)]
struct DifferentItem {
    change: &'static str,
    name: String,
    fields: Vec<FieldView>,
}

/// A field that differs.
#[derive(Debug, Serialize)]
struct FieldView {
    label: String,
    /// `merged`, `side` or `new`: exactly one is true, for the template.
    side: bool,
    runs: Vec<RunView>,
    old: Vec<RunView>,
    new: Vec<RunView>,
}

/// A piece of a text, as it is marked.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct RunView {
    added: bool,
    removed: bool,
    text: String,
    /// The locale key of a choice, shown instead of its code.
    choice: String,
}

impl RunView {
    /// A piece of plain text.
    pub(crate) fn of_run(run: &Run) -> Self {
        let (Run::Same(text) | Run::Removed(text) | Run::Added(text)) = run;
        Self {
            added: matches!(run, Run::Added(_)),
            removed: matches!(run, Run::Removed(_)),
            text: text.clone(),
            choice: String::new(),
        }
    }
}

/// The view of what differs between `old` and `new`.
pub fn view(kind: &DocumentType, old: &Content, new: &Content, layout: Layout) -> DifferenceView {
    let found: Difference = between(old, new);
    let show = Show { kind, layout };
    let empty = Line::default();
    let lines = found
        .lines
        .iter()
        .map(|line| show.line(line, old.line(line.id).unwrap_or(&empty), new.line(line.id)))
        .collect();
    DifferenceView {
        summary: found.summary,
        head: show.fields(Part::Head, &found.head),
        lines,
    }
}

impl DifferenceView {
    /// Puts the lines that concern the reader first and marks them.
    pub fn put_first(&mut self, concerns: impl Fn(u32) -> bool) {
        for line in &mut self.lines {
            line.mine = concerns(line.id);
        }
        self.lines.sort_by_key(|line| !line.mine);
    }
}

struct Show<'a> {
    kind: &'a DocumentType,
    layout: Layout,
}

impl Show<'_> {
    fn line(&self, found: &LineDifference, old: &Line, new: Option<&Line>) -> DifferentLine {
        let now = new.unwrap_or(old);
        let items = found
            .items
            .iter()
            .filter(|item| item.change != Change::Same)
            .map(|item| {
                let at = |line: &Line| {
                    line.items
                        .iter()
                        .find(|i| i.id == item.id)
                        .map(|i| i.field("name").to_owned())
                };
                DifferentItem {
                    change: code(item.change),
                    name: at(now).or_else(|| at(old)).unwrap_or_default(),
                    fields: self.fields(Part::Item, &item.fields),
                }
            })
            .collect();
        DifferentLine {
            id: found.id,
            change: code(found.change),
            open: !matches!(found.change, Change::Same),
            fields: if found.change == Change::Changed {
                self.fields(Part::Line, &found.fields)
            } else {
                Vec::new()
            },
            items,
            text: reading::line(self.kind, now, &[], ""),
            mine: false,
        }
    }

    /// Fields that differ, in the order of their specification.
    fn fields(&self, part: Part, found: &[FieldDifference]) -> Vec<FieldView> {
        let specs = self.kind.fields(part).iter();
        specs
            .filter_map(|spec| {
                let field = found.iter().find(|field| field.key == spec.key)?;
                Some(self.field(part, spec, field))
            })
            .collect()
    }

    fn field(&self, part: Part, spec: &FieldSpec, found: &FieldDifference) -> FieldView {
        let runs: Vec<RunView> = match &spec.kind {
            // A word, date or number is replaced as a whole; character by character it would not read.
            Kind::Choice(_) | Kind::YesNo | Kind::Date | Kind::Decimal | Kind::Integer | Kind::Unit => {
                self.replaced(part, spec, &found.runs)
            }
            Kind::Text | Kind::LongText | Kind::Person | Kind::Contact => found.runs.iter().map(run).collect(),
        };
        let kept = |keep: fn(&RunView) -> bool| runs.iter().filter(|r| keep(r)).cloned().collect::<Vec<_>>();
        let (old, new) = (kept(|r| !r.added), kept(|r| !r.removed));
        FieldView {
            label: self.kind.label(part, &spec.key),
            side: self.layout == Layout::Side,
            runs: if self.layout == Layout::New { new.clone() } else { runs },
            old,
            new,
        }
    }

    fn replaced(&self, part: Part, spec: &FieldSpec, runs: &[Run]) -> Vec<RunView> {
        let (mut old, mut new) = (String::new(), String::new());
        for run in runs {
            match run {
                Run::Same(text) => {
                    old.push_str(text);
                    new.push_str(text);
                }
                Run::Removed(text) => old.push_str(text),
                Run::Added(text) => new.push_str(text),
            }
        }
        let whole = |text: String, added: bool| {
            let known = spec
                .kind
                .options()
                .is_some_and(|options| options.contains(&text.as_str()));
            let choice = if known {
                self.kind.option_label(part, &spec.key, &text)
            } else {
                String::new()
            };
            RunView {
                added,
                removed: !added,
                text,
                choice,
            }
        };
        [whole(old, false), whole(new, true)]
            .into_iter()
            .filter(|run| !run.text.is_empty())
            .collect()
    }
}

fn run(run: &Run) -> RunView {
    let (added, removed, text) = match run {
        Run::Same(text) => (false, false, text),
        Run::Added(text) => (true, false, text),
        Run::Removed(text) => (false, true, text),
    };
    RunView {
        added,
        removed,
        text: text.clone(),
        choice: String::new(),
    }
}

fn code(change: Change) -> &'static str {
    match change {
        Change::Added => "added",
        Change::Removed => "removed",
        Change::Changed => "changed",
        Change::Moved => "moved",
        Change::Same => "same",
    }
}
