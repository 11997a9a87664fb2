//! What the supervision office of the demo district has found, and how far the units have come with it.

use crate::papers::Play;
use duban_core::document::content::{Content, Fields};
use duban_core::id::DocumentId;
use duban_core::org::Role;
use duban_core::workflow::Act;
use duban_service::Error;
use duban_service::finding::NewFinding;
use duban_service::ledger::Asked;
use serde::Deserialize;
use std::sync::PoisonError;

/// `demo/findings.toml`.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct FindingsFile {
    words: Words,
    pub(crate) report: Vec<Report>,
}

/// What stands in the reports.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Words {
    cause: String,
    measure: String,
    result: String,
    evidence: String,
    overall: String,
    lasting: String,
    contact: String,
}

/// The findings of one unit, and the report that answers them.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Report {
    unit: String,
    title: String,
    until: Until,
    /// On which working day before the first start they were raised.
    days: u32,
    /// Working days from the first start to the day that was demanded; negative: it has passed.
    demanded: i32,
    finding: Vec<Found>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Found {
    source: String,
    class: String,
    severity: String,
    basis: String,
    description: String,
}

/// How far a report has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Until {
    /// Written down, not handed over.
    Raised,
    /// The coordinator is to review the scheme.
    Scheme,
    /// The unit is at work.
    Progress,
    /// Inspector and coordinator are to verify.
    Verification,
    /// Closed; the look-back is to come.
    Closed,
}

/// One step of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Step {
    Raise,
    HandOver,
    Receive,
    Plan,
    Deputy,
    Scheme,
    Carry,
    Apply,
    Inspect,
    Verify,
    Close,
}

pub(crate) fn file() -> Result<FindingsFile, Error> {
    crate::read("demo/findings.toml", include_str!("../demo/findings.toml"))
}

/// The steps of a report, each with its working day before the first start.
pub(crate) fn steps(report: &Report) -> Vec<(u32, Step)> {
    let all = [
        (0, Step::Raise, Until::Raised),
        (0, Step::HandOver, Until::Scheme),
        (1, Step::Receive, Until::Scheme),
        (3, Step::Plan, Until::Scheme),
        (4, Step::Deputy, Until::Scheme),
        (5, Step::Scheme, Until::Progress),
        (12, Step::Carry, Until::Verification),
        (13, Step::Apply, Until::Verification),
        (16, Step::Inspect, Until::Closed),
        (17, Step::Verify, Until::Closed),
        (18, Step::Close, Until::Closed),
    ];
    let done = all.into_iter().filter(|(_, _, from)| report.until >= *from);
    done.map(|(after, step, _)| (report.days.saturating_sub(after), step))
        .collect()
}

impl Play {
    /// Plays one step of the n-th report.
    pub(crate) async fn report_step(&self, n: usize, step: Step) -> Result<(), Error> {
        let report = self.findings.report.get(n).ok_or(Error::NotFound)?;
        let unit = self.unit(&report.unit)?;
        let agree = || Act::Approve { note: String::new() };
        let submit = || Act::Submit { note: String::new() };
        let named = |name: &'static str| self.service.impersonate_locally(name);
        match step {
            Step::Raise => self.raise(report).await,
            Step::HandOver => self.hand_over(n, report).await,
            Step::Receive => {
                self.act(&self.holder(unit, Role::Drafter).await?, self.paper(n)?, submit())
                    .await
            }
            Step::Plan | Step::Carry => {
                let drafter = self.holder(unit, Role::Drafter).await?;
                let read = self.service.paper(&drafter, self.paper(n)?).await?;
                let working = read.working.ok_or(Error::NotFound)?;
                let content = self.written(working.content, &drafter.name, step);
                let saved = self
                    .service
                    .save_content(&drafter, read.id, working.edit_version, content);
                saved.await?;
                self.act(&drafter, read.id, submit()).await
            }
            Step::Deputy => {
                self.act(&self.holder(unit, Role::Deputy).await?, self.paper(n)?, agree())
                    .await
            }
            Step::Apply => {
                self.act(&self.holder(unit, Role::Head).await?, self.paper(n)?, agree())
                    .await
            }
            Step::Scheme => self.act(&named("coordinator").await?, self.paper(n)?, agree()).await,
            Step::Inspect => self.act(&named("inspector").await?, self.paper(n)?, agree()).await,
            Step::Verify => self.act(&named("coordinator2").await?, self.paper(n)?, agree()).await,
            Step::Close => self.act(&named("office").await?, self.paper(n)?, agree()).await,
        }
    }

    fn paper(&self, n: usize) -> Result<DocumentId, Error> {
        let reports = self.reports.lock().unwrap_or_else(PoisonError::into_inner);
        reports.get(&n).copied().ok_or(Error::NotFound)
    }

    async fn raise(&self, report: &Report) -> Result<(), Error> {
        let inspector = self.service.impersonate_locally("inspector").await?;
        let days = report.demanded.unsigned_abs();
        let demanded_by = if report.demanded < 0 {
            self.calendar.minus(self.today, days)
        } else {
            self.calendar.plus(self.today, days)
        };
        for found in &report.finding {
            let new = NewFinding {
                source: found.source.clone(),
                basis: found.basis.clone(),
                description: found.description.clone(),
                class: found.class.clone(),
                severity: found.severity.clone(),
                unit: self.unit(&report.unit)?,
                supporting: Vec::new(),
                demanded_by,
                campaign: None,
            };
            self.service.raise_finding(&inspector, new).await?;
        }
        Ok(())
    }

    async fn hand_over(&self, n: usize, report: &Report) -> Result<(), Error> {
        let inspector = self.service.impersonate_locally("inspector").await?;
        let unit = self.unit(&report.unit)?;
        let ledger = self.service.findings(&inspector, &Asked::default()).await?;
        let raised = ledger.waiting.into_iter().filter(|(of, ..)| *of == unit);
        let ids: Vec<_> = raised.flat_map(|(.., rows)| rows).map(|row| row.finding.id).collect();
        let paper = self.service.dispatch_findings(&inspector, &report.title, &ids).await?;
        let mut reports = self.reports.lock().unwrap_or_else(PoisonError::into_inner);
        reports.insert(n, paper);
        Ok(())
    }

    /// The scheme, or the results, filled in.
    fn written(&self, mut content: Content, drafter: &str, step: Step) -> Content {
        let words = &self.findings.words;
        let put = |fields: &mut Fields, key: &str, value: &str| {
            fields.insert(key.to_owned(), value.to_owned());
        };
        if step == Step::Carry {
            put(&mut content.head, "overall", &words.overall);
            put(&mut content.head, "lasting", &words.lasting);
        } else {
            put(&mut content.head, "leader", drafter);
            put(&mut content.head, "contact", &words.contact);
        }
        for line in &mut content.lines {
            if step == Step::Carry {
                put(&mut line.fields, "result", &words.result);
                put(&mut line.fields, "evidence", &words.evidence);
                put(&mut line.fields, "outcome", "done");
                continue;
            }
            put(&mut line.fields, "cause", &words.cause);
            put(&mut line.fields, "leader", drafter);
            put(&mut line.fields, "person", drafter);
            for item in &mut line.items {
                put(&mut item.fields, "kind", "by_date");
                put(&mut item.fields, "measure", &words.measure);
            }
        }
        content
    }
}
