//! Findings: raising them, handing them over with a rectification report, and what the report's way does to them.

use crate::access;
use crate::audit::Deed;
use crate::case::{Case, Frame};
use crate::document::NewDocument;
use crate::error::{Error, FieldProblem, Result};
use crate::{Caller, Service};
use chrono::NaiveDate;
use duban_core::document::finding::State;
use duban_core::document::rectification::{AskedFinding, Opening, prefill};
use duban_core::id::{DocumentId, FindingId, UnitId};
use duban_core::org::{Organisation, Role};
use duban_core::reason::Reason;
use duban_core::workflow::{Decision, Effect, What};
use duban_store::finding::{Filter, Finding};
use duban_store::{Write, campaign, finding, party, person};
use std::collections::BTreeSet;

pub use duban_store::finding::NewFinding;

/// The type of the papers that answer findings.
pub const REPORT: &str = "rectification_report";

/// The most characters of a finding's description and basis, and of its other words.
const LONG: usize = 2000;
const SHORT: usize = 60;

impl Service {
    /// Units a finding can be raised at: those that exist today, apart from the government's own, by name.
    pub async fn units_with_findings(&self, caller: &Caller) -> Result<Vec<(UnitId, String)>> {
        inspector(caller)?;
        let organisation = person::organisation(self.store().read()).await?;
        let today = self.moment().day;
        let mut found: Vec<_> = organisation
            .units
            .values()
            .filter(|unit| unit.exists_on(today) && unit.kind != duban_core::org::UnitKind::Government)
            .map(|unit| (unit.id, unit.name.clone()))
            .collect();
        found.sort_by(|a, b| a.1.cmp(&b.1));
        Ok(found)
    }

    /// Writes a finding down; it is handed over later. The campaign is the newest one when none is named.
    ///
    /// # Errors
    /// [`Error::Forbidden`] for everybody but inspectors; [`Error::Invalid`] by field; [`Error::Refused`] with
    /// `finding_twice` when the same has just been written down and not handed over.
    pub async fn raise_finding(&self, caller: &Caller, new: NewFinding) -> Result<FindingId> {
        access::acting(caller)?;
        inspector(caller)?;
        let tx = self.write().await?;
        let at = self.moment();
        let organisation = person::organisation(&*tx).await?;
        let mut new = tidy(new);
        let problems = problems(&new, at.day, &organisation);
        if !problems.is_empty() {
            return Err(Error::Invalid(problems));
        }
        let raised = Filter {
            unit: Some(new.unit),
            states: vec![State::Raised],
            ..Filter::default()
        };
        let mut twins = finding::list(&*tx, &raised).await?.into_iter();
        if twins.any(|twin| twin.description == new.description && twin.demanded_by == new.demanded_by) {
            return Err(Error::refused("finding_twice"));
        }
        if new.campaign.is_none() {
            let newest = campaign::list(&*tx, None, 1).await?;
            new.campaign = newest.first().map(|campaign| campaign.id);
        }
        let unit = organisation.unit_name(new.unit);
        let deed = |id| Deed::new("finding.raise", "finding", id).with("unit", &unit);
        let id = finding::add(&*tx, new, (caller.person, at.now)).await?;
        self.record(&*tx, Some(caller), deed(id)).await?;
        tx.commit().await?;
        Ok(id)
    }

    /// Hands raised findings of one unit over with one rectification report of this title, which the unit is to
    /// acknowledge.
    ///
    /// # Errors
    /// [`Error::Forbidden`] for everybody but inspectors; [`Error::Invalid`] for an empty or overlong title;
    /// [`Error::Refused`] with `no_findings_chosen`, `findings_of_several_units`, `finding_handed_over` or
    /// `no_campaign` (nobody would be there to review it).
    pub async fn dispatch_findings(&self, caller: &Caller, title: &str, ids: &[FindingId]) -> Result<DocumentId> {
        access::acting(caller)?;
        inspector(caller)?;
        let title = duban_core::document::edit::clean(title);
        if title.is_empty() || title.chars().count() > SHORT {
            return Err(Error::invalid("title", "title_length"));
        }
        let ids: Vec<_> = ids.iter().copied().collect::<BTreeSet<_>>().into_iter().collect();
        let tx = self.write().await?;
        let mut found = Vec::new();
        for id in &ids {
            found.push(finding::find(&*tx, *id).await?.ok_or(Error::NotFound)?);
        }
        let unit = found.first().ok_or_else(|| Error::refused("no_findings_chosen"))?.unit;
        if found.iter().any(|one| one.unit != unit) {
            return Err(Error::refused("findings_of_several_units"));
        }
        if found.iter().any(|one| one.state != State::Raised) {
            return Err(Error::refused("finding_handed_over"));
        }
        let campaign = found.iter().filter_map(|one| one.campaign).max();
        let fixed = party::of_campaign(&*tx, campaign).await?;
        let fixed = fixed.ok_or_else(|| Error::refused("no_campaign"))?;
        let frame = self.frame(&*tx).await?;
        let opening = Opening {
            title: title.clone(),
            addressee: frame.org.unit_name(fixed.inspection),
            basis: grounds(&found),
        };
        let new = NewDocument {
            definition: self.current_definition(&*tx, REPORT).await?,
            campaign,
            unit,
            title,
            content: prefill(&opening, &asked_of(&found, &frame.org)),
            due_on: found.iter().map(|one| one.demanded_by).max(),
            revises: None,
        };
        let id = self
            .create_document(&tx, Some(caller), (&frame, Some(&fixed)), new)
            .await?;
        if finding::dispatch(&*tx, &ids, id).await? != ids.len() as u64 {
            return Err(Error::refused("finding_handed_over"));
        }
        for one in &ids {
            let deed = Deed::new("finding.dispatch", "finding", one).with("document", id);
            self.record(&*tx, Some(caller), deed).await?;
        }
        tx.commit().await?;
        Ok(id)
    }

    /// Lets the findings of a report follow what has just been decided about it, in the same transaction.
    pub(crate) async fn follow_findings(
        &self,
        tx: &Write,
        caller: Option<&Caller>,
        (case, frame): (&Case, &Frame),
        decision: &Decision,
    ) -> Result<()> {
        if case.document.document_type != REPORT {
            return Ok(());
        }
        let id = case.document.id;
        let asks = |name: &str| {
            let named = |effect: &Effect| matches!(effect, Effect::Named { name: asked } if asked == name);
            decision.effects.iter().any(named)
        };
        let happened = |test: fn(&What) -> bool| decision.events.iter().any(|event| test(&event.what));
        let (verb, state, stamps) = if happened(|what| matches!(what, What::Ended { .. })) {
            ("finding.confirm", State::Confirmed, (None, None))
        } else if happened(|what| matches!(what, What::Terminated { .. })) {
            // The report is gone, what was found is not: it can be handed over again.
            ("finding.release", State::Raised, (None, None))
        } else if asks("close_findings") {
            let look_back = decision.instance.current().and_then(|round| round.not_before);
            ("finding.close", State::Closed, (Some(frame.at.now), look_back))
        } else if asks("reopen_findings") {
            ("finding.reopen", State::Rectifying, (None, None))
        } else {
            return Ok(());
        };
        let moved = finding::follow(&**tx, id, state, stamps).await?;
        if moved > 0 {
            let deed = Deed::new(verb, "document", id).with("findings", moved);
            self.record(&**tx, caller, deed).await?;
        }
        Ok(())
    }
}

/// Raising and handing over is for inspectors, in their own post or one lent to them.
pub(crate) fn inspector(caller: &Caller) -> Result<()> {
    let mut capacities = access::capacities(caller, REPORT);
    if capacities.any(|(_, role)| role == Role::Inspector) {
        Ok(())
    } else {
        Err(Error::forbidden("inspector_only"))
    }
}

/// The grounds of the findings, each once.
fn grounds(found: &[Finding]) -> String {
    let mut grounds: Vec<&str> = Vec::new();
    for one in found {
        if !grounds.contains(&one.basis.as_str()) {
            grounds.push(&one.basis);
        }
    }
    grounds.join("\n")
}

/// The findings as a report answers them, numbered in the order in which they were raised.
fn asked_of(found: &[Finding], organisation: &Organisation) -> Vec<AskedFinding> {
    let found = found.iter().enumerate();
    found
        .map(|(index, one)| AskedFinding {
            id: one.id,
            number: (index + 1).to_string(),
            description: one.description.clone(),
            source: one.source.clone(),
            class: one.class.clone(),
            severity: one.severity.clone(),
            demanded_on: Some(one.demanded_by),
            supporting: one
                .supporting
                .iter()
                .map(|unit| organisation.unit_name(*unit))
                .collect(),
        })
        .collect()
}

fn tidy(mut new: NewFinding) -> NewFinding {
    for text in [
        &mut new.source,
        &mut new.basis,
        &mut new.description,
        &mut new.class,
        &mut new.severity,
    ] {
        *text = duban_core::document::edit::clean(text);
    }
    new.supporting.sort_unstable();
    new.supporting.dedup();
    new
}

fn problems(new: &NewFinding, today: NaiveDate, organisation: &Organisation) -> Vec<FieldProblem> {
    let mut found = Vec::new();
    let texts = [
        ("unit", "", 0),
        ("source", new.source.as_str(), SHORT),
        ("class", new.class.as_str(), SHORT),
        ("severity", new.severity.as_str(), SHORT),
        ("description", new.description.as_str(), LONG),
        ("basis", new.basis.as_str(), LONG),
    ];
    for (field, text, most) in texts {
        let problem = |code: &str| FieldProblem {
            reason: Reason::new(code).with("field", format!("finding.field.{field}")),
            ..FieldProblem::new(field, code)
        };
        let length = text.chars().count();
        if field == "unit" {
            let known = organisation.units.get(&new.unit);
            if !known.is_some_and(|unit| unit.exists_on(today)) {
                found.push(problem("field_missing"));
            }
        } else if length == 0 {
            found.push(problem("field_missing"));
        } else if length > most {
            let mut long = problem("field_too_long");
            long.reason = long.reason.with("max", most).with("over", length - most);
            found.push(long);
        }
    }
    if new.demanded_by < today {
        found.push(FieldProblem::new("demanded_by", "date_past"));
    }
    if new.supporting.contains(&new.unit) {
        found.push(FieldProblem::new("supporting", "helps_itself"));
    }
    if new.supporting.iter().any(|unit| !organisation.units.contains_key(unit)) {
        found.push(FieldProblem::new("supporting", "malformed"));
    }
    found
}
