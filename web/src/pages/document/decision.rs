//! The decision bar and the acts behind it. It shows exactly what the engine offers; the engine decides again when a
//! button is pressed. A refused act comes back with its reason beside the button and everything typed still there.

use super::check;
use super::fields::{Posted, value};
use super::review::{self, ReviewQuery};
use crate::error::PageError;
use crate::extract::{CsrfForm, Signed};
use crate::visit::done;
use axum::extract::Path;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use duban_core::document::content::{Content, Place};
use duban_core::document::edit::clean;
use duban_core::document::field::Part;
use duban_core::id::{DocumentId, SeatNo, Version};
use duban_core::reason::{Reason, Refusal};
use duban_core::workflow::{Act, ActKind, Mark, Offer, StageId};
use duban_service::Error;
use duban_service::command::Request;
use duban_service::paper::Paper;
use serde::Serialize;

/// What a refused act leaves behind for the page that comes back.
#[derive(Debug, Default)]
pub struct Bar {
    /// The act that was tried.
    tried: Option<ActKind>,
    /// What was posted.
    posted: Posted,
    /// Why it was refused.
    reasons: Vec<Reason>,
    /// The version that was expected, when somebody else was first.
    stale: Option<Version>,
}

/// The bar as shown.
#[derive(Serialize)]
pub struct BarView {
    acts: Vec<ActView>,
    stale: Option<StaleView>,
    command: String,
    expected: u32,
    /// Something was already typed as a remark.
    marked: bool,
    /// Lines that can be remarked on; empty when nothing can be returned.
    targets: Vec<TargetView>,
    unready: Vec<Reason>,
}

#[derive(Serialize)]
struct StaleView {
    entries: Vec<super::EntryView>,
}

#[derive(Serialize)]
struct ActView {
    code: &'static str,
    label: String,
    action: String,
    primary: bool,
    open: bool,
    reason_required: bool,
    takes_text: bool,
    text: String,
    seats: Vec<CapacityView>,
    returns: Vec<StageView>,
    resume: &'static str,
    reasons: Vec<Reason>,
    command: String,
}

/// A capacity in which the reader could act.
#[derive(Serialize)]
struct CapacityView {
    seat: Option<u32>,
    actor: super::ActorView,
}

#[derive(Serialize)]
struct StageView {
    id: String,
    title: String,
    chosen: bool,
}

#[derive(Serialize)]
struct TargetView {
    name: String,
    title: String,
    text: String,
    fields: Vec<TargetField>,
}

#[derive(Serialize)]
struct TargetField {
    key: &'static str,
    label: String,
    chosen: bool,
}

/// The address below a document for an act.
fn address(act: ActKind) -> Option<&'static str> {
    match act {
        ActKind::Submit => Some("submission"),
        ActKind::Approve => Some("approval"),
        ActKind::Return => Some("return"),
        ActKind::Withdraw => Some("withdrawal"),
        ActKind::TakeBack => Some("taking-back"),
        ActKind::Terminate => Some("termination"),
        ActKind::Recheck => Some("recheck"),
        // Time runs out by itself; the rest has no form.
        _ => None,
    }
}

impl Bar {
    /// The bar for this reader.
    pub fn view(&self, signed: &Signed, paper: &Paper, content: &Content) -> BarView {
        let mut acts = Vec::new();
        for act in ActKind::ALL {
            let offers: Vec<&Offer> = paper.offers_of(act).collect();
            let (Some(first), Some(path)) = (offers.first(), address(act)) else {
                continue;
            };
            // What a writer submits is submitted from the check page, after the check.
            if act == ActKind::Submit && paper.is_editable() {
                continue;
            }
            acts.push(self.act(signed, paper, (act, path), &offers, first));
        }
        let unready = paper
            .offers
            .iter()
            .flat_map(|offer| offer.unready.iter().cloned())
            .collect();
        let returning = acts.iter().any(|act| act.code == ActKind::Return.code());
        BarView {
            acts,
            stale: self.stale.map(|version| StaleView {
                entries: newer(signed, paper, content, version),
            }),
            command: super::fresh_command(),
            expected: paper.instance.version.0,
            marked: self
                .posted
                .iter()
                .any(|(name, text)| name.starts_with("mark-") && !name.ends_with("-field") && !text.trim().is_empty()),
            targets: if returning {
                self.targets(paper, content)
            } else {
                Vec::new()
            },
            unready,
        }
    }

    fn act(
        &self,
        signed: &Signed,
        paper: &Paper,
        (act, path): (ActKind, &str),
        offers: &[&Offer],
        first: &Offer,
    ) -> ActView {
        let locale = signed.locale.tag();
        let stage = paper.definition.stage(&paper.instance.stage);
        let own = stage.and_then(|stage| match act {
            ActKind::Submit => stage.labels.submit.as_ref(),
            ActKind::Approve => stage.labels.approve.as_ref(),
            ActKind::Return => stage.labels.back.as_ref(),
            ActKind::Reject => stage.labels.reject.as_ref(),
            ActKind::Abstain => stage.labels.abstain.as_ref(),
            _ => None,
        });
        let tried = self.tried == Some(act);
        let typed = |name: &str| {
            value(&self.posted, name)
                .filter(|_| tried)
                .unwrap_or_default()
                .to_owned()
        };
        let to = typed("to");
        let returns = first.returns.iter().enumerate().map(|(at, stage)| StageView {
            id: stage.to_string(),
            title: super::stage_title(signed, paper, stage),
            chosen: if to.is_empty() { at == 0 } else { stage.0 == to },
        });
        ActView {
            code: act.code(),
            label: own.map_or_else(
                || signed.text(&format!("act.{}", act.code())),
                |text| text.get(locale).to_owned(),
            ),
            action: format!("/documents/{}/{path}", paper.id),
            primary: matches!(act, ActKind::Approve | ActKind::Submit),
            open: tried,
            reason_required: first.reason_required,
            takes_text: act != ActKind::Recheck,
            text: typed("text"),
            seats: offers
                .iter()
                .map(|offer| CapacityView {
                    seat: offer.seat.map(|seat| seat.0),
                    actor: super::actor_view(paper, &offer.actor),
                })
                .collect(),
            returns: returns.collect(),
            resume: stage.map_or("direct", |stage| match stage.resume {
                duban_core::workflow::Resume::Direct => "direct",
                duban_core::workflow::Resume::Replay => "replay",
                duban_core::workflow::Resume::Affected => "affected",
            }),
            reasons: if tried { self.reasons.clone() } else { Vec::new() },
            command: super::fresh_command(),
        }
    }

    /// The places that a return may remark on: the head, then every line.
    fn targets(&self, paper: &Paper, content: &Content) -> Vec<TargetView> {
        let target = |line: Option<u32>| {
            let name = line.map_or_else(|| "head".to_owned(), |id| id.to_string());
            let part = if line.is_some() { Part::Line } else { Part::Head };
            let chosen = value(&self.posted, &format!("mark-{name}-field")).unwrap_or_default();
            TargetView {
                title: super::line_title(content, line),
                text: value(&self.posted, &format!("mark-{name}"))
                    .unwrap_or_default()
                    .to_owned(),
                fields: paper
                    .kind
                    .fields(part)
                    .iter()
                    .filter(|spec| !spec.given)
                    .map(|spec| TargetField {
                        key: spec.key,
                        label: paper.kind.label(part, spec.key),
                        chosen: spec.key == chosen,
                    })
                    .collect(),
                name,
            }
        };
        let lines = content.lines.iter().map(|line| target(Some(line.id)));
        std::iter::once(target(None)).chain(lines).collect()
    }
}

/// What happened after the version that the reader had seen, oldest first.
fn newer(signed: &Signed, paper: &Paper, content: &Content, version: Version) -> Vec<super::EntryView> {
    let seen = paper
        .events
        .iter()
        .filter(|event| event.version <= version)
        .map(|event| event.seq)
        .max();
    let seen = seen.unwrap_or(0);
    let entries = paper.history.iter().filter(|entry| entry.seq > seen);
    entries
        .map(|entry| super::entry_view(signed, paper, entry, content))
        .collect()
}

/// The remarks of a posted return: `mark-<line>` with `mark-<line>-field`, and `mark-head`.
fn marks(posted: &Posted) -> Vec<Mark> {
    let texts = posted.iter().filter_map(|(name, text)| {
        let target = name
            .strip_prefix("mark-")
            .filter(|target| !target.ends_with("-field"))?;
        let text = clean(text);
        let line = if target == "head" {
            None
        } else {
            Some(target.parse().ok()?)
        };
        let field = value(posted, &format!("{name}-field")).filter(|key| !key.is_empty());
        (!text.is_empty()).then(|| Mark {
            place: Place {
                line,
                item: None,
                field: field.map(str::to_owned),
            },
            text,
        })
    });
    texts.collect()
}

/// The act that a form asks for.
fn read_act(kind: ActKind, posted: &Posted) -> Act {
    let text = clean(value(posted, "text").unwrap_or_default());
    match kind {
        ActKind::Submit => Act::Submit { note: text },
        ActKind::Approve => Act::Approve { note: text },
        ActKind::Return => Act::Return {
            to: value(posted, "to").filter(|to| !to.is_empty()).map(StageId::from),
            reason: text,
            marks: marks(posted),
        },
        ActKind::Withdraw => Act::Withdraw { reason: text },
        ActKind::TakeBack => Act::TakeBack { reason: text },
        ActKind::Terminate => Act::Terminate { reason: text },
        // Time runs out by itself: no form leads there. Looking again is all that a person may do about seats.
        _ => Act::Recheck,
    }
}

/// The command that a form asks for; none when its number or version is no number.
fn read_request(kind: ActKind, posted: &Posted) -> Option<Request> {
    Some(Request {
        id: value(posted, "command")?.parse().ok()?,
        expected: Version(value(posted, "expected")?.parse().ok()?),
        seat: value(posted, "seat").and_then(|seat| seat.parse().ok()).map(SeatNo),
        act: read_act(kind, posted),
    })
}

async fn act(signed: Signed, id: DocumentId, kind: ActKind, posted: Posted) -> Result<Response, PageError> {
    let service = &signed.app.service;
    let request = read_request(kind, &posted).ok_or_else(|| PageError::refused("malformed"))?;
    let expected = request.expected;
    let (status, reasons, stale) = match service.command(&signed.caller, id, request).await {
        Ok(_) => return Ok(done(&format!("/documents/{id}"), &format!("act_{}", kind.code()))),
        Err(Error::Refused(Refusal { reasons })) => (StatusCode::UNPROCESSABLE_ENTITY, reasons, None),
        Err(Error::Forbidden(Refusal { reasons })) => (StatusCode::FORBIDDEN, reasons, None),
        Err(Error::Conflict(_)) => (StatusCode::CONFLICT, Vec::new(), Some(expected)),
        Err(other) => return Err(other.into()),
    };
    let paper = service.paper(&signed.caller, id).await?;
    if kind == ActKind::Submit && paper.is_editable() && stale.is_none() {
        let refused = check::Refused {
            reasons,
            note: value(&posted, "text").unwrap_or_default().to_owned(),
            unstated: false,
        };
        return Ok(check::page(&signed, &paper, refused)?
            .with_status(status)
            .into_response());
    }
    let bar = Bar {
        tried: Some(kind),
        posted,
        reasons,
        stale,
    };
    let page = review::page(&signed, &paper, &ReviewQuery::default(), bar).await?;
    Ok(page.with_status(status).into_response())
}

/// `POST /documents/{id}/submission`. A writer confirms a statement first; whoever only takes note does not.
pub async fn submit(
    signed: Signed,
    Path(id): Path<DocumentId>,
    CsrfForm(posted): CsrfForm<Posted>,
) -> Result<Response, PageError> {
    let paper = signed.app.service.paper(&signed.caller, id).await?;
    if paper.is_editable() && value(&posted, "statement") != Some("yes") {
        let refused = check::Refused {
            reasons: Vec::new(),
            note: value(&posted, "text").unwrap_or_default().to_owned(),
            unstated: true,
        };
        return Ok(check::page(&signed, &paper, refused)?.refused().into_response());
    }
    act(signed, id, ActKind::Submit, posted).await
}

macro_rules! acts {
    ($($(#[$meta:meta])* $name:ident => $kind:ident;)*) => {$(
        $(#[$meta])*
        pub async fn $name(
            signed: Signed,
            Path(id): Path<DocumentId>,
            CsrfForm(posted): CsrfForm<Posted>,
        ) -> Result<Response, PageError> {
            act(signed, id, ActKind::$kind, posted).await
        }
    )*};
}

acts! {
    /// `POST /documents/{id}/approval`.
    approve => Approve;
    /// `POST /documents/{id}/return`.
    send_back => Return;
    /// `POST /documents/{id}/withdrawal`.
    withdraw => Withdraw;
    /// `POST /documents/{id}/taking-back`.
    take_back => TakeBack;
    /// `POST /documents/{id}/termination`.
    terminate => Terminate;
    /// `POST /documents/{id}/recheck`.
    recheck => Recheck;
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn marks_are_read_with_their_field_and_empty_ones_are_left_out() {
        let posted: Posted = [
            ("mark-3", " 请补充 "),
            ("mark-3-field", "measures"),
            ("mark-4", ""),
            ("mark-4-field", "target"),
            ("mark-head", "总体目标不清"),
            ("mark-x", "谁"),
        ]
        .map(|(k, v)| (k.to_owned(), v.to_owned()))
        .to_vec();
        let found = marks(&posted);
        assert_eq!(found.len(), 2);
        assert_eq!(found[0].text, "请补充");
        assert_eq!(
            (found[0].place.line, found[0].place.field.as_deref()),
            (Some(3), Some("measures"))
        );
        assert_eq!((found[1].place.line, found[1].place.field.as_deref()), (None, None));
    }
}
