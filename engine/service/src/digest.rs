//! The words of a digest: what it says is decided when it is sent, from the clocks as they run then.

use crate::Service;
use crate::open_clock::World;
use crate::outbox::Addressee;
use chrono::NaiveDate;
use duban_core::clock::{Light, Progress, light};
use duban_core::id::{CampaignId, DocumentId, FindingId};
use duban_core::reminder::{Occurrence, OpenClock, Recipient, Watch, still_due};
use serde::Serialize;
use std::collections::BTreeSet;

/// A line of a digest.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct DigestLine {
    /// How urgent it is.
    pub light: Light,
    /// What kind of clock it is about.
    pub watch: Watch,
    /// As what the reader is told: because they can act, or because somebody else does not.
    pub to: Recipient,
    /// The unit whose turn it is.
    pub unit: String,
    /// The paper's title, or the finding's description.
    pub title: String,
    /// The stage it is in, as people call it; empty for a finding without a report.
    pub stage: String,
    /// The last day, when there is one.
    pub due_on: Option<NaiveDate>,
    /// Working days left until then; none without a last day, 0 on it and after it.
    pub left: Option<i64>,
    /// Working days late; 0 while it is not.
    pub late: i64,
    /// True when the last day lies in a year whose calendar is not known yet.
    pub provisional: bool,
    /// Who could act, by name; for lines that the reader gets as an escalation.
    pub who: Vec<String>,
    /// The paper, if there is one.
    pub document: Option<DocumentId>,
    /// The finding, if it is about one.
    pub finding: Option<FindingId>,
    /// The campaign, if it is about a whole one, and how many plans were never submitted.
    pub campaign: Option<(CampaignId, usize)>,
    /// The year, if it is about the holidays of one.
    pub year: Option<i32>,
    /// The occurrence's key.
    #[serde(skip)]
    pub key: String,
    /// The clock's key.
    #[serde(skip)]
    pub clock: String,
}

/// The one mail of a working morning.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct DigestView {
    /// The morning.
    pub day: NaiveDate,
    /// What the reader can do something about, the most urgent first.
    pub own: Vec<DigestLine>,
    /// What others have not done and the reader answers for.
    pub others: Vec<DigestLine>,
}

impl DigestView {
    /// True when there is nothing to say.
    pub fn is_empty(&self) -> bool {
        self.own.is_empty() && self.others.is_empty()
    }

    /// The occurrences it tells.
    pub(crate) fn keys(&self) -> BTreeSet<String> {
        let lines = self.own.iter().chain(&self.others);
        lines.map(|line| line.key.clone()).collect()
    }

    /// How many lines are late.
    pub fn late(&self) -> usize {
        self.own.iter().chain(&self.others).filter(|line| line.late > 0).count()
    }
}

impl Service {
    /// The words of a digest for these occurrences as things are now; lines about what is done already are left out,
    /// and of several about one clock the latest rung stays.
    pub(crate) fn digest_in(
        &self,
        world: &World,
        to: &Addressee,
        occurrences: &[Occurrence],
        day: NaiveDate,
    ) -> DigestView {
        let mut view = DigestView {
            day,
            own: Vec::new(),
            others: Vec::new(),
        };
        let mut told = BTreeSet::new();
        for occurrence in occurrences {
            let clock = world.clocks.iter().find(|clock| clock.key() == occurrence.clock);
            let Some(clock) = clock.filter(|_| still_due(occurrence, &world.clocks)) else {
                continue;
            };
            if !told.insert(occurrence.clock.clone()) {
                continue;
            }
            let line = self.line(world, to, occurrence, clock, day);
            if occurrence.to == Recipient::CanAct {
                view.own.push(line);
            } else {
                view.others.push(line);
            }
        }
        // Within a colour the order of the occurrences stays: who holds up most comes first.
        view.own
            .sort_by_key(|line| (line.light, line.due_on.unwrap_or(NaiveDate::MAX)));
        view.others.sort_by_key(|line| line.light);
        view
    }

    fn line(
        &self,
        world: &World,
        to: &Addressee,
        occurrence: &Occurrence,
        clock: &OpenClock,
        day: NaiveDate,
    ) -> DigestLine {
        let calendar = &world.calendar;
        let paper = clock.document.and_then(|id| world.paper(id));
        let finding = clock.finding.and_then(|id| world.findings.iter().find(|f| f.id == id));
        let stage = paper.and_then(|paper| {
            let stage = paper.stage.as_ref()?;
            Some(self.stage_title(paper, stage, &to.locale))
        });
        let missing = clock
            .campaign
            .and_then(|id| world.missing.iter().find(|missing| missing.campaign.id == id));
        let title = match (paper, finding, missing, clock.year) {
            (Some(paper), ..) => paper.title.clone(),
            (None, Some(finding), ..) => finding.description.clone(),
            (None, None, Some(missing), _) => missing.campaign.title.clone(),
            (None, None, None, year) => year.map(|year| year.to_string()).unwrap_or_default(),
        };
        let due_on = clock.due_on.map(|due| calendar.on_or_after(due));
        let left = due_on.map(|due| calendar.between(day, due));
        let who = if occurrence.to == Recipient::CanAct {
            Vec::new()
        } else {
            let people = clock.people.get(&Recipient::CanAct).into_iter().flatten();
            people.map(|person| world.organisation.person_name(*person)).collect()
        };
        DigestLine {
            light: light(Progress::Open, clock.due_on, day, calendar),
            watch: clock.watch,
            to: occurrence.to,
            unit: world.organisation.unit_name(clock.unit),
            title,
            stage: stage.unwrap_or_default(),
            due_on: clock.due_on,
            left: left.map(|left| left.max(0)),
            late: left.map_or(0, |left| (-left).max(0)),
            provisional: clock.due_on.is_some_and(|due| calendar.is_provisional(due)),
            who,
            document: clock.document,
            finding: clock.finding,
            campaign: missing.map(|missing| (missing.campaign.id, missing.plans)),
            year: clock.year,
            key: occurrence.key.clone(),
            clock: occurrence.clock.clone(),
        }
    }
}
