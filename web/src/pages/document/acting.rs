//! The acts of the decision bar: reading a posted form into a command, carrying it out, and coming back with everything
//! still typed when it is refused.

use super::check;
use super::decision::Bar;
use super::fields::{Posted, value};
use super::review::{self, ReviewQuery};
use super::whom;
use crate::error::PageError;
use crate::extract::{CsrfForm, Signed};
use crate::visit::done;
use axum::extract::Path;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use chrono::NaiveDate;
use duban_core::document::content::Place;
use duban_core::document::edit::clean;
use duban_core::id::{DocumentId, PersonId, RoundNo, SeatNo, UnitId, Version};
use duban_core::org::Role;
use duban_core::reason::Refusal;
use duban_core::workflow::{Act, ActKind, Addressee, Mark, StageId, Turn};
use duban_service::Error;
use duban_service::command::Request;

/// The address below a document for an act. Time runs out by itself: no form leads there.
pub fn address(act: ActKind) -> Option<&'static str> {
    Some(match act {
        ActKind::Submit => "submission",
        ActKind::Approve => "approval",
        ActKind::Reject => "rejection",
        ActKind::Abstain => "abstention",
        ActKind::Return => "return",
        ActKind::Withdraw => "withdrawal",
        ActKind::TakeBack => "taking-back",
        ActKind::AddBefore => "signer-before",
        ActKind::AddAfter => "signer-after",
        ActKind::AddParallel => "signer-beside",
        ActKind::Remove => "signer-removal",
        ActKind::Transfer => "transfer",
        ActKind::Lend => "loan",
        ActKind::GiveBack => "loan-return",
        ActKind::Copy => "copies",
        ActKind::Urge => "urging",
        ActKind::Recheck => "recheck",
        ActKind::Suspend => "suspension",
        ActKind::Resume => "resumption",
        ActKind::Override => "override",
        ActKind::Terminate => "termination",
        ActKind::AskExtension => "extension",
        ActKind::GrantExtension => "extension-grant",
        ActKind::RefuseExtension => "extension-refusal",
        ActKind::TimeOut => return None,
    })
}

/// How a post is written in a form: unit, role and person.
pub fn post_value(to: &Addressee) -> String {
    let person = to.person.map_or_else(String::new, |person| person.to_string());
    format!("{}:{}:{person}", to.unit, to.role.code())
}

/// The post that a form names.
fn read_post(text: &str) -> Option<Addressee> {
    let mut parts = text.split(':');
    let unit = UnitId(parts.next()?.parse().ok()?);
    let role = Role::from_code(parts.next()?)?;
    let person = match parts.next()? {
        "" => None,
        number => Some(PersonId(number.parse().ok()?)),
    };
    parts.next().is_none().then_some(Addressee { unit, role, person })
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

/// The act that a form asks for; none when it names nobody where somebody must be named, or no day where one must be.
fn read_act(kind: ActKind, posted: &Posted) -> Option<Act> {
    let text = clean(value(posted, "text").unwrap_or_default());
    let to = || value(posted, "to").and_then(read_post);
    let add = |turn: Turn| {
        let signer = to()?;
        let note = text.clone();
        Some(Act::Add { turn, signer, note })
    };
    Some(match kind {
        ActKind::Submit => Act::Submit { note: text },
        ActKind::Approve => Act::Approve { note: text },
        ActKind::Reject => Act::Reject { reason: text },
        ActKind::Abstain => Act::Abstain { note: text },
        ActKind::Return => Act::Return {
            to: value(posted, "to").filter(|to| !to.is_empty()).map(StageId::from),
            reason: text,
            marks: marks(posted),
        },
        ActKind::Withdraw => Act::Withdraw { reason: text },
        ActKind::TakeBack => Act::TakeBack { reason: text },
        ActKind::AddBefore => add(Turn::Before)?,
        ActKind::AddAfter => add(Turn::After)?,
        ActKind::AddParallel => add(Turn::Parallel)?,
        ActKind::Remove => Act::Remove {
            seat: seat(posted)?,
            reason: text,
        },
        ActKind::Transfer => Act::Transfer {
            to: to()?,
            reason: text,
        },
        ActKind::Lend => Act::Lend { to: to()?, note: text },
        ActKind::GiveBack => Act::GiveBack { note: text },
        ActKind::Copy => Act::Copy {
            people: people(posted),
            note: text,
        },
        ActKind::Urge => Act::Urge,
        ActKind::Suspend => Act::Suspend { reason: text },
        ActKind::Resume => Act::Resume,
        ActKind::Override => Act::Override {
            round: value(posted, "round").and_then(|round| round.parse().ok()).map(RoundNo),
            reason: text,
        },
        ActKind::Terminate => Act::Terminate { reason: text },
        ActKind::Recheck => Act::Recheck,
        ActKind::AskExtension => Act::AskExtension {
            until: until(posted)?,
            reason: text,
        },
        ActKind::GrantExtension => Act::GrantExtension {
            until: Some(until(posted)?),
            note: text,
        },
        ActKind::RefuseExtension => Act::RefuseExtension { reason: text },
        ActKind::TimeOut => return None,
    })
}

fn until(posted: &Posted) -> Option<NaiveDate> {
    value(posted, "until").and_then(|day| day.trim().parse().ok())
}

fn seat(posted: &Posted) -> Option<SeatNo> {
    value(posted, "seat").and_then(|seat| seat.parse().ok()).map(SeatNo)
}

/// The people ticked in a form.
fn people(posted: &Posted) -> Vec<PersonId> {
    let chosen = posted.iter().filter(|(name, _)| name == "people");
    chosen
        .filter_map(|(_, number)| number.parse().ok().map(PersonId))
        .collect()
}

/// The command that a form asks for; none when its number or version is no number.
fn read_request(act: Act, posted: &Posted) -> Option<Request> {
    let kind = act.kind();
    Some(Request {
        id: value(posted, "command")?.parse().ok()?,
        expected: Version(value(posted, "expected")?.parse().ok()?),
        // The seat of a signer who is to be removed is no seat to speak from.
        seat: seat(posted).filter(|_| kind != ActKind::Remove),
        act,
    })
}

async fn act(signed: Signed, id: DocumentId, kind: ActKind, posted: Posted) -> Result<Response, PageError> {
    let service = &signed.app.service;
    let named = match whom::field(kind) {
        Some(field) if value(&posted, field).is_none_or(str::is_empty) => {
            let paper = service.paper(&signed.caller, id).await?;
            whom::resolve(&signed, &paper, kind, &posted)
        }
        _ => Ok(Posted::new()),
    };
    let read = named.map(|named| read_act(kind, &named.into_iter().chain(posted.iter().cloned()).collect()));
    let answer = match read {
        Err(reason) => Err(Error::Refused(reason.into())),
        Ok(Some(act)) => {
            let request = read_request(act, &posted).ok_or_else(|| PageError::refused("malformed"))?;
            service.command(&signed.caller, id, request).await
        }
        Ok(None) if posted.iter().any(|(name, _)| name == "until") => Err(Error::refused("choose_day")),
        Ok(None) => Err(Error::refused("choose_somebody")),
    };
    let expected = value(&posted, "expected")
        .and_then(|text| text.parse().ok())
        .map(Version);
    let (status, reasons, stale) = match answer {
        Ok(_) => return Ok(done(&format!("/documents/{id}"), &format!("act_{}", kind.code()))),
        Err(Error::Refused(Refusal { reasons })) => (StatusCode::UNPROCESSABLE_ENTITY, reasons, None),
        Err(Error::Forbidden(Refusal { reasons })) => (StatusCode::FORBIDDEN, reasons, None),
        Err(Error::Conflict(_)) => (StatusCode::CONFLICT, Vec::new(), expected),
        Err(other) => return Err(other.into()),
    };
    let paper = service.paper(&signed.caller, id).await?;
    if kind == ActKind::Submit && paper.is_editable() && stale.is_none() {
        let refused = check::Refused {
            reasons,
            note: value(&posted, "text").unwrap_or_default().to_owned(),
            unstated: false,
        };
        return Ok(check::page(&signed, &paper, refused)
            .await?
            .with_status(status)
            .into_response());
    }
    let bar = Bar::refused(kind, posted, reasons, stale);
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
        return Ok(check::page(&signed, &paper, refused).await?.refused().into_response());
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
    /// `POST /documents/{id}/rejection`.
    reject => Reject;
    /// `POST /documents/{id}/abstention`.
    abstain => Abstain;
    /// `POST /documents/{id}/signer-before`.
    add_before => AddBefore;
    /// `POST /documents/{id}/signer-after`.
    add_after => AddAfter;
    /// `POST /documents/{id}/signer-beside`.
    add_beside => AddParallel;
    /// `POST /documents/{id}/signer-removal`.
    remove => Remove;
    /// `POST /documents/{id}/transfer`.
    transfer => Transfer;
    /// `POST /documents/{id}/loan`.
    lend => Lend;
    /// `POST /documents/{id}/loan-return`.
    give_back => GiveBack;
    /// `POST /documents/{id}/copies`.
    copy => Copy;
    /// `POST /documents/{id}/urging`.
    urge => Urge;
    /// `POST /documents/{id}/suspension`.
    suspend => Suspend;
    /// `POST /documents/{id}/resumption`.
    resume => Resume;
    /// `POST /documents/{id}/extension`.
    ask_extension => AskExtension;
    /// `POST /documents/{id}/extension-grant`.
    grant_extension => GrantExtension;
    /// `POST /documents/{id}/extension-refusal`.
    refuse_extension => RefuseExtension;
    /// `POST /documents/{id}/override`.
    pass_over => Override;
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_post_is_read_as_it_is_written_and_nothing_else_is() {
        let to = Addressee {
            unit: UnitId(3),
            role: Role::Deputy,
            person: Some(PersonId(9)),
        };
        assert_eq!(read_post(&post_value(&to)), Some(to));
        let anybody = Addressee { person: None, ..to };
        assert_eq!(read_post(&post_value(&anybody)), Some(anybody));
        for text in [
            "",
            "3",
            "3:deputy",
            "3:king:9",
            "x:deputy:9",
            "3:deputy:9:1",
            "3:deputy:x",
        ] {
            assert_eq!(read_post(text), None, "{text}");
        }
    }

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
