//! `GET /workflows/{id}/difference?from=&to=`: what changed between two versions of a workflow, as a picture and as a
//! list that says the same.

use crate::error::PageError;
use crate::extract::Signed;
use crate::visit::{Page, Visit};
use axum::extract::{Path, Query};
use duban_core::workflow::{Definition, StageId};
use duban_service::Error;
use duban_workflows::difference::{Change, Kind, difference, difference_svg};
use serde::{Deserialize, Serialize};

/// Which two versions.
#[derive(Debug, Deserialize)]
pub struct DifferenceQuery {
    from: u32,
    to: u32,
}

#[derive(Serialize)]
struct DifferenceView {
    id: String,
    title: String,
    from: u32,
    to: u32,
    svg: String,
    parts: Vec<PartView>,
}

/// The changes of one stage or end, or of the definition as a whole.
#[derive(Serialize)]
struct PartView {
    /// Empty for the whole.
    title: String,
    /// `added`, `removed` or `changed`.
    kind: &'static str,
    changes: Vec<ChangeView>,
}

#[derive(Serialize)]
struct ChangeView {
    kind: &'static str,
    /// What changed, in words; then where in it, as the file says it.
    field: String,
    place: String,
    before: String,
    after: String,
}

/// `GET /workflows/{id}/difference`.
pub async fn show(
    signed: Signed,
    Path(id): Path<String>,
    Query(query): Query<DifferenceQuery>,
) -> Result<Page, PageError> {
    let known = signed.app.service.definitions();
    let old = known.get(&id, query.from).ok_or(Error::NotFound)?;
    let new = known.get(&id, query.to).ok_or(Error::NotFound)?;
    let tag = signed.locale.tag();
    let view = DifferenceView {
        title: new.title.get(tag).to_owned(),
        from: old.version,
        to: new.version,
        svg: difference_svg(&old, &new, "workflow-difference", tag),
        parts: parts(&signed, (&old, &new), &difference(&old, &new)),
        id,
    };
    signed.page("pages/difference", &view)
}

fn parts(visit: &Visit, versions: (&Definition, &Definition), changes: &[Change]) -> Vec<PartView> {
    let mut found: Vec<(&Option<StageId>, PartView)> = Vec::new();
    for change in changes {
        let at = match found.iter().position(|(part, _)| **part == change.part) {
            Some(at) => at,
            None => {
                let title = change.part.as_ref();
                let part = PartView {
                    title: title.map_or_else(String::new, |part| name(visit, versions, &part.0)),
                    kind: if change.field.is_empty() {
                        code(change.kind)
                    } else {
                        "changed"
                    },
                    changes: Vec::new(),
                };
                found.push((&change.part, part));
                found.len() - 1
            }
        };
        if let Some((_, part)) = found.get_mut(at).filter(|_| !change.field.is_empty()) {
            part.changes.push(change_view(visit, versions, change));
        }
    }
    found.into_iter().map(|(_, part)| part).collect()
}

fn change_view(visit: &Visit, versions: (&Definition, &Definition), change: &Change) -> ChangeView {
    let (field, place) = change.field.split_once('.').unwrap_or((&change.field, ""));
    let key = format!("workflow.field.{field}");
    let known = visit.app.texts.has(visit.locale, &key);
    let said = |value: &Option<String>| {
        value
            .as_deref()
            .map_or_else(String::new, |value| name(visit, versions, value))
    };
    ChangeView {
        kind: code(change.kind),
        field: if known { visit.text(&key) } else { field.to_owned() },
        place: place.to_owned(),
        before: said(&change.before),
        after: said(&change.after),
    }
}

/// A stage or end by its title, a role or a yes by its word, everything else as it is.
fn name(visit: &Visit, (old, new): (&Definition, &Definition), value: &str) -> String {
    let id = StageId::from(value);
    if let Some(title) = new.title_of(&id).or_else(|| old.title_of(&id)) {
        return title.get(visit.locale.tag()).to_owned();
    }
    let word = match value {
        "true" => "workflow.value.true".to_owned(),
        "false" => "workflow.value.false".to_owned(),
        other => format!("role.{other}"),
    };
    if visit.app.texts.has(visit.locale, &word) {
        visit.text(&word)
    } else {
        value.to_owned()
    }
}

fn code(kind: Kind) -> &'static str {
    match kind {
        Kind::Added => "added",
        Kind::Removed => "removed",
        Kind::Changed => "changed",
    }
}
