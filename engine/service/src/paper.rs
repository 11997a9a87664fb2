//! A paper as one reader sees it: what stands in it, where it is, what this reader may do with it.

use crate::access;
use crate::case::unknown_units;
use crate::document::writable;
use crate::error::Result;
use crate::{Caller, Service};
use chrono::{DateTime, NaiveDate, Utc};
use duban_core::calendar::{Calendar, Derivation, Term};
use duban_core::clock::record::{Record, record};
use duban_core::clock::{Light, Progress, light};
use duban_core::document::annual_plan::{Asked, AskedTask};
use duban_core::document::content::Content;
use duban_core::document::coverage::{self, Coverage};
use duban_core::document::field::{self, DocumentType, Part};
use duban_core::document::rectification::AskedFinding;
use duban_core::document::trail::{Entry, history, open_returns};
use duban_core::document::validate::{self, Problem};
use duban_core::id::{CampaignId, DocumentId, RevisionNo, UnitId};
use duban_core::org::{Moment, Organisation};
use duban_core::workflow::{ActKind, Definition, Event, Instance, Mark, Offer, Status};
use duban_store::document::{self, RevisionHead};
use duban_store::{asked, instance};
use std::collections::BTreeSet;
use std::sync::Arc;

/// What the source asks of the unit, by document type.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Demand {
    /// An annual plan answers tasks and indicators.
    Plan(Asked),
    /// A rectification report answers findings.
    Findings(Vec<AskedFinding>),
    /// A form answers nothing but itself.
    Nothing,
}

impl Demand {
    /// The coverage check of `content` against what was asked.
    pub fn coverage(&self, content: &Content) -> Coverage {
        match self {
            Self::Plan(asked) => coverage::annual_plan(asked, content),
            Self::Findings(findings) => coverage::rectification(findings, content),
            Self::Nothing => Coverage::default(),
        }
    }

    /// The task that a line with this source answers.
    pub fn task(&self, source: Option<i64>) -> Option<&AskedTask> {
        match self {
            Self::Plan(asked) => asked.tasks.iter().find(|task| Some(task.id.0) == source),
            Self::Findings(_) | Self::Nothing => None,
        }
    }

    /// True when something was asked of the unit that the paper can be held against.
    pub fn is_any(&self) -> bool {
        !matches!(self, Self::Nothing)
    }
}

/// What is being written, between two submissions.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Working {
    /// The content as last saved.
    pub content: Content,
    /// Raised by one by every save.
    pub edit_version: u32,
    /// When it was last saved (UTC).
    pub edited_at: DateTime<Utc>,
    /// Who saved it last; nobody as long as it is as it was opened.
    pub edited_by: Option<String>,
}

/// A paper as one reader sees it.
#[derive(Clone, Debug)]
pub struct Paper {
    /// Its number.
    pub id: DocumentId,
    /// Its title.
    pub title: String,
    /// The unit it belongs to.
    pub unit: UnitId,
    /// The campaign it belongs to, with its title.
    pub campaign: Option<(CampaignId, String)>,
    /// The last day for the unit, if it has one.
    pub due_on: Option<NaiveDate>,
    /// The workflow it follows.
    pub definition: Arc<Definition>,
    /// Where it stands.
    pub instance: Instance,
    /// Names and posts at this moment.
    pub org: Organisation,
    /// Working days.
    pub calendar: Calendar,
    /// This moment.
    pub at: Moment,
    /// What the reader can do now.
    pub offers: Vec<Offer>,
    /// The groups of fields that the reader may edit now; empty for most.
    pub groups: Vec<String>,
    /// The text that is being written, for those who may see it before it is submitted.
    pub working: Option<Working>,
    /// The frozen revisions, oldest first.
    pub revisions: Vec<RevisionHead>,
    /// The events, oldest first.
    pub events: Vec<Event>,
    /// What people read of them, oldest first.
    pub history: Vec<Entry>,
    /// What was asked of the unit.
    pub demand: Demand,
}

impl Service {
    /// The paper with this number as the caller sees it.
    ///
    /// # Errors
    /// [`crate::Error::NotFound`] when there is none, or none for this caller.
    pub async fn paper(&self, caller: &Caller, id: DocumentId) -> Result<Paper> {
        let (case, frame) = self.open_document(caller, id).await?;
        let db = self.store().read();
        let kind = case.kind()?;
        let open = writable(&case, &frame, caller.person);
        let groups = kind.groups.iter().filter(|group| open.contains(&group.as_str()));
        let groups = groups.cloned().collect();
        let capacities: Vec<_> = access::capacities(caller, &case.document.document_type).collect();
        let hidden = case.hidden(&capacities);
        let working = self.working(caller, &case, &frame).await?.map(|body| Working {
            content: body.content,
            edit_version: body.edit_version,
            edited_at: body.edited_at,
            edited_by: body.edited_by.map(|person| frame.org.person_name(person)),
        });
        let events = instance::events(db, id).await?;
        let mut history = history(&events);
        if !hidden.is_empty() {
            for entry in &mut history {
                entry.marks.retain(|mark| !is_about(kind, mark, &hidden));
            }
        }
        let demand = match (kind.code.as_str(), case.document.campaign) {
            (field::FORM, _) => Demand::Nothing,
            ("annual_plan", Some(campaign)) => Demand::Plan(asked::asked(db, campaign, case.document.unit).await?),
            ("annual_plan", None) => Demand::Plan(Asked::default()),
            _ => Demand::Findings(asked::findings(db, id).await?),
        };
        let campaign = match case.document.campaign {
            Some(campaign) => Some((campaign, asked::campaign_title(db, campaign).await?)),
            None => None,
        };
        Ok(Paper {
            id,
            title: case.document.title.clone(),
            unit: case.document.unit,
            campaign,
            due_on: case.document.due_on,
            offers: self.offers(caller, &case, &frame),
            groups,
            definition: case.definition,
            instance: case.instance,
            org: frame.org,
            calendar: frame.calendar,
            at: frame.at,
            working,
            revisions: document::revisions(db, id).await?,
            history,
            events,
            demand,
        })
    }
}

/// True when a remark is about a field of these groups.
fn is_about(kind: &DocumentType, mark: &Mark, groups: &BTreeSet<String>) -> bool {
    let part = match (mark.place.line, mark.place.item) {
        (None, _) => Part::Head,
        (Some(_), None) => Part::Line,
        (Some(_), Some(_)) => Part::Item,
    };
    let spec = mark.place.field.as_deref().and_then(|key| kind.field(part, key));
    spec.is_some_and(|spec| groups.contains(&spec.group))
}

impl Paper {
    /// Its type.
    pub fn kind(&self) -> &DocumentType {
        // `Service::paper` makes no paper of a type that is not known.
        self.definition
            .kind()
            .unwrap_or(&duban_core::document::annual_plan::TYPE)
    }

    /// The groups that the reader may edit now.
    pub fn open_groups(&self) -> Vec<&str> {
        self.groups.iter().map(String::as_str).collect()
    }

    /// Everything that keeps `content` from being submitted now: fields first, then coverage.
    pub fn problems(&self, content: &Content) -> Vec<Problem> {
        let groups = self.open_groups();
        let mut problems = validate::content(self.kind(), content, &groups);
        problems.extend(unknown_units(self.kind(), content, &self.org.units, &groups));
        problems.extend(self.demand.coverage(content).problems);
        problems
    }

    /// True when the reader may write in it now.
    pub fn is_editable(&self) -> bool {
        !self.groups.is_empty()
    }

    /// The offers of one kind, one for each capacity in which the reader could act.
    pub fn offers_of(&self, act: ActKind) -> impl Iterator<Item = &Offer> {
        self.offers.iter().filter(move |offer| offer.act == act)
    }

    /// The newest frozen revision.
    pub fn newest(&self) -> Option<RevisionNo> {
        self.revisions.last().map(|revision| revision.no)
    }

    /// The remarks of the returns that the next submission answers.
    pub fn open_marks(&self) -> Vec<Mark> {
        open_returns(&self.history)
            .into_iter()
            .flat_map(|entry| entry.marks.clone())
            .collect()
    }

    /// The last day that counts now: of the open seats when a reviewer has it, else the unit's.
    pub fn current_due(&self) -> Option<NaiveDate> {
        let seats = self.instance.open_seats();
        let of_seats = seats.iter().filter_map(|seat| seat.due_on).min();
        of_seats.or(if self.is_with_unit() { self.due_on } else { None })
    }

    /// The two clocks with everything that came of them, today.
    pub fn clocks(&self) -> Record {
        record(&self.instance, self.due_on, &self.calendar, self.at.day)
    }

    /// How that day came about: from the day its seat opened and the stage's limit, or as a date that was set. None
    /// without a last day, and when the calendar has been amended since, so that it would come out otherwise today.
    pub fn derivation(&self) -> Option<Derivation> {
        let due = self.current_due()?;
        let limits = self.instance.open_rounds().flat_map(|round| {
            let limit = self.definition.stage(&round.stage).and_then(|stage| stage.limit);
            let seats = round.seats.iter().filter(move |seat| seat.due_on == Some(due));
            seats.filter_map(move |seat| Some((seat.opened.day, limit?)))
        });
        let told = match limits.min() {
            Some((start, days)) => self.calendar.derive(start, Term::WorkingDays(days)),
            None => {
                let start = self.instance.current().map_or(self.at.day, |round| round.opened.day);
                self.calendar.derive(start, Term::Date(due))
            }
        };
        (told.due == self.calendar.on_or_after(due)).then_some(told)
    }

    /// True while the unit writes: not submitted, or returned.
    pub fn is_with_unit(&self) -> bool {
        matches!(self.instance.status(), Status::Draft | Status::Returned)
    }

    /// Its light.
    pub fn light(&self) -> Light {
        let progress = match self.instance.status() {
            Status::Ended | Status::Terminated => Progress::Done,
            Status::Draft if self.working.as_ref().is_some_and(|w| w.edit_version <= 1) => Progress::NotStarted,
            Status::Draft | Status::Returned | Status::Running | Status::Blocked | Status::Suspended => Progress::Open,
        };
        light(progress, self.current_due(), self.at.day, &self.calendar)
    }

    /// Units whose seats in the open round the reader could speak from and that are not the paper's own: what
    /// concerns them is shown first.
    pub fn speaking_for(&self) -> Vec<UnitId> {
        let mut units: Vec<_> = self
            .offers_of(ActKind::Approve)
            .map(|offer| offer.actor.unit)
            .filter(|unit| *unit != self.unit)
            .collect();
        units.sort_unstable();
        units.dedup();
        units
    }
}
