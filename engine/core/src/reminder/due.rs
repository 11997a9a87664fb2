//! Which reminders are due: pure over rules, open clocks, calendar and the local moment.

use super::rule::{CatchUp, Delivery, Recipient, Rule, Rung, Step, Watch};
use crate::calendar::Calendar;
use crate::id::{CampaignId, DocumentId, FindingId, PersonId, UnitId};
use chrono::{NaiveDate, NaiveDateTime, TimeDelta};
use serde::{Deserialize, Serialize};
use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};

/// A clock that runs now: somebody owes something by a date. A clock that was closed by an act is not in the list,
/// so whoever has acted is not reminded.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct OpenClock {
    /// What kind of clock.
    pub watch: Watch,
    /// The paper it is about; none for a finding without a report.
    pub document: Option<DocumentId>,
    /// The finding it is about, if it is about one.
    pub finding: Option<FindingId>,
    /// The campaign, if it is about a whole one.
    pub campaign: Option<CampaignId>,
    /// The year, if it is about the holidays of one.
    pub year: Option<i32>,
    /// The stage the paper is in, for a seat; empty for anything else.
    pub stage: String,
    /// Tells clocks of one paper apart: the seat's number, or the number of the round that gave the paper to the
    /// unit (0 for the first draft).
    pub turn: u32,
    /// Type of the paper; empty for a finding without a report.
    pub document_type: String,
    /// The unit whose turn it is: the owner of a draft, the unit of a seat.
    pub unit: UnitId,
    /// When it started, local civil time. Rungs before that are not made up for.
    pub opened_at: NaiveDateTime,
    /// The last day, when there is one.
    pub due_on: Option<NaiveDate>,
    /// Who is meant by each kind of recipient now.
    pub people: BTreeMap<Recipient, BTreeSet<PersonId>>,
}

impl OpenClock {
    /// A clock of this kind that is about nothing yet, has no last day and nobody to tell.
    pub fn new(watch: Watch, unit: UnitId, opened_at: NaiveDateTime) -> Self {
        Self {
            watch,
            document: None,
            finding: None,
            campaign: None,
            year: None,
            stage: String::new(),
            turn: 0,
            document_type: String::new(),
            unit,
            opened_at,
            due_on: None,
            people: BTreeMap::new(),
        }
    }

    /// The name of this clock in occurrence keys. The due date is part of it, so a moved date is reminded of anew.
    pub fn key(&self) -> String {
        let subject = match (self.document, self.finding, self.campaign, self.year) {
            (Some(document), ..) => format!("d{document}"),
            (None, Some(finding), ..) => format!("f{finding}"),
            (None, None, Some(campaign), _) => format!("c{campaign}"),
            (None, None, None, Some(year)) => format!("y{year}"),
            (None, None, None, None) => String::from("-"),
        };
        let due = self.due_on.map_or_else(|| "-".to_owned(), |due| due.to_string());
        format!("{}.{subject}.{}.{due}", self.watch.code(), self.turn)
    }
}

/// Everything that [`due`] looks at besides the rules.
#[derive(Clone, Copy, Debug)]
pub struct Situation<'a> {
    /// The clocks that run.
    pub clocks: &'a [OpenClock],
    /// The working days.
    pub calendar: &'a Calendar,
    /// Local civil time where the government sits.
    pub now: NaiveDateTime,
    /// When this was asked before, local civil time; none when it never was, or when that does not matter. What fell
    /// due since then was missed by nobody but the program.
    pub since: Option<NaiveDateTime>,
    /// How much each unit holds up others (from the graph); the heaviest come first.
    pub weights: &'a BTreeMap<UnitId, u64>,
    /// Who has switched off which rule; counts only for rules that may be switched off.
    pub muted: &'a BTreeSet<(String, PersonId)>,
}

/// One reminder: for one person, about one clock, at one rung.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Occurrence {
    /// Unique for ever; the database refuses the same one twice.
    pub key: String,
    /// The rule.
    pub rule: String,
    /// The clock's key.
    pub clock: String,
    /// The rung: working days from the due date, negative before it. For a clock without a last day: working days
    /// since it started.
    pub rung: i64,
    /// Who is reminded.
    pub person: PersonId,
    /// As what they are reminded.
    pub to: Recipient,
    /// When it became due, local civil time.
    pub due_at: NaiveDateTime,
    /// How it travels.
    pub delivery: Delivery,
    /// The unit whose turn it is.
    pub unit: UnitId,
    /// The paper, if it is about one.
    pub document: Option<DocumentId>,
    /// The finding, if it is about one.
    pub finding: Option<FindingId>,
    /// The clock's last day, when there is one.
    pub due_on: Option<NaiveDate>,
}

/// The reminders that are due now, for each rule, clock and person the latest rung only, unless the rule wants each
/// ([`CatchUp`]).
///
/// A rung is due when its moment is not after `now`, so a pause of the program loses nothing: asking again gives the
/// same keys, and the database refuses those it has. On a day off nothing is due; what fell due meanwhile comes on
/// the next working day. Rungs from before the clock started are not made up for. The units that hold up most come
/// first.
pub fn due(rules: &[Rule], situation: &Situation<'_>) -> Vec<Occurrence> {
    let mut found = Vec::new();
    for (rule, clock) in asked(rules, situation) {
        let (latest, missed) = come(rule, clock, situation);
        match rule.catch_up {
            CatchUp::Digest => found.extend(latest),
            CatchUp::Each => found.extend(missed.into_iter().chain(latest)),
            CatchUp::Skip(days) => found.extend(latest.into_iter().filter(|o| !is_past(o, days, situation.now))),
        }
    }
    order(&mut found, situation.weights);
    found
}

/// The reminders that their rule wants to be skipped because too much time has gone by ([`CatchUp::Skip`]). Like
/// [`due`], asking again gives the same keys.
pub fn skipped(rules: &[Rule], situation: &Situation<'_>) -> Vec<Occurrence> {
    let mut found = Vec::new();
    for (rule, clock) in asked(rules, situation) {
        let CatchUp::Skip(days) = rule.catch_up else { continue };
        let (latest, missed) = come(rule, clock, situation);
        let all = missed.into_iter().chain(latest);
        found.extend(all.filter(|o| is_past(o, days, situation.now)));
    }
    order(&mut found, situation.weights);
    found
}

fn is_past(occurrence: &Occurrence, days: u32, now: NaiveDateTime) -> bool {
    now - occurrence.due_at > TimeDelta::days(i64::from(days))
}

/// The rules with the clocks they watch; none on a day off.
fn asked<'a>(
    rules: &'a [Rule],
    situation: &Situation<'a>,
) -> impl Iterator<Item = (&'a Rule, &'a OpenClock)> + use<'a> {
    let works = situation.calendar.is_working(situation.now.date());
    matching(rules, situation.clocks).filter(move |_| works)
}

/// What of a rule has come for a clock: the latest reminder of each person, and those before it that fell due since
/// somebody last asked.
fn come(rule: &Rule, clock: &OpenClock, situation: &Situation<'_>) -> (Vec<Occurrence>, Vec<Occurrence>) {
    let mut latest: BTreeMap<PersonId, Occurrence> = BTreeMap::new();
    let mut missed: BTreeMap<String, Occurrence> = BTreeMap::new();
    for rung in &rule.rungs {
        let come = moments_so_far(rule, rung, clock, situation);
        let newest = come.last().copied();
        let since_asked = come
            .into_iter()
            .filter(|(_, at)| situation.since.is_some_and(|since| *at > since));
        for moment in since_asked {
            let found = at_rung(rule, rung, clock, moment, situation);
            missed.extend(found.into_iter().map(|occurrence| (occurrence.key.clone(), occurrence)));
        }
        for occurrence in newest
            .into_iter()
            .flat_map(|moment| at_rung(rule, rung, clock, moment, situation))
        {
            match latest.get(&occurrence.person) {
                Some(known) if known.due_at >= occurrence.due_at => {}
                Some(_) | None => {
                    latest.insert(occurrence.person, occurrence);
                }
            }
        }
    }
    for occurrence in latest.values() {
        missed.remove(&occurrence.key);
    }
    (latest.into_values().collect(), missed.into_values().collect())
}

/// The reminders that will become due after `now` and by the end of `until`, if nobody acts: what an administrator
/// sees as the next runs. In order of time, then as [`due`].
pub fn next_runs(rules: &[Rule], situation: &Situation<'_>, until: NaiveDate) -> Vec<Occurrence> {
    let mut found = Vec::new();
    for (rule, clock) in matching(rules, situation.clocks) {
        let mut seen = BTreeSet::new();
        for rung in &rule.rungs {
            for (number, day) in moments(rung.step, clock, situation.calendar, until) {
                let at = day.and_time(rule.at);
                if at <= situation.now || at <= clock.opened_at || day > until {
                    continue;
                }
                for occurrence in at_rung(rule, rung, clock, (number, at), situation) {
                    if seen.insert((occurrence.person, at)) {
                        found.push(occurrence);
                    }
                }
            }
        }
    }
    order(&mut found, situation.weights);
    found.sort_by_key(|occurrence| occurrence.due_at);
    found
}

/// True when a reminder that was due earlier still makes sense: its clock still runs with the same last day, and
/// its person is still among those it was meant for. Asked again at the moment of sending.
pub fn still_due(occurrence: &Occurrence, clocks: &[OpenClock]) -> bool {
    clocks.iter().any(|clock| {
        clock.key() == occurrence.clock
            && clock
                .people
                .get(&occurrence.to)
                .is_some_and(|people| people.contains(&occurrence.person))
    })
}

fn matching<'a>(rules: &'a [Rule], clocks: &'a [OpenClock]) -> impl Iterator<Item = (&'a Rule, &'a OpenClock)> {
    rules.iter().flat_map(move |rule| {
        clocks
            .iter()
            .filter(move |clock| {
                clock.watch == rule.watch
                    && rule
                        .document_type
                        .as_ref()
                        .is_none_or(|wanted| *wanted == clock.document_type)
                    && rule.stage.as_ref().is_none_or(|wanted| *wanted == clock.stage)
            })
            .map(move |clock| (rule, clock))
    })
}

/// The moments of this rung that are not after now, in order, with their number of working days from the due date.
fn moments_so_far(rule: &Rule, rung: &Rung, clock: &OpenClock, situation: &Situation<'_>) -> Vec<(i64, NaiveDateTime)> {
    moments(rung.step, clock, situation.calendar, situation.now.date())
        .into_iter()
        .map(|(number, day)| (number, day.and_time(rule.at)))
        .filter(|(_, at)| *at <= situation.now && *at > clock.opened_at)
        .collect()
}

/// The days of a rung, in order, with their number of working days from the due date; those of an endless rung up
/// to `until`.
fn moments(step: Step, clock: &OpenClock, calendar: &Calendar, until: NaiveDate) -> Vec<(i64, NaiveDate)> {
    // A last day that is off lasts until the next working day.
    let due = clock.due_on.map(|due| calendar.on_or_after(due));
    if let Step::Opened(days) = step {
        let day = calendar.plus(clock.opened_at.date(), days);
        let number = due.map_or(i64::from(days), |due| -calendar.between(day, due));
        return vec![(number, day)];
    }
    let Some(due) = due else { return Vec::new() };
    match step {
        Step::Opened(_) => Vec::new(),
        Step::Before(0) | Step::On => vec![(0, due)],
        Step::Before(days) => vec![(-i64::from(days), calendar.minus(due, days))],
        Step::After(days) => vec![(i64::from(days), calendar.plus(due, days))],
        Step::Every { from, step } => {
            let mut found = Vec::new();
            let mut number = from.max(1);
            let mut day = calendar.plus(due, number);
            while day <= until {
                found.push((i64::from(number), day));
                number = number.saturating_add(step.max(1));
                day = calendar.plus(day, step.max(1));
            }
            found
        }
    }
}

fn at_rung(
    rule: &Rule,
    rung: &Rung,
    clock: &OpenClock,
    (number, due_at): (i64, NaiveDateTime),
    situation: &Situation<'_>,
) -> Vec<Occurrence> {
    let mut told = BTreeSet::new();
    let mut found = Vec::new();
    for to in &rung.to {
        for person in clock.people.get(to).into_iter().flatten() {
            let muted = rule.mutable && situation.muted.contains(&(rule.id.clone(), *person));
            if muted || !told.insert(*person) {
                continue;
            }
            let clock_key = clock.key();
            found.push(Occurrence {
                key: format!("{}/{clock_key}/{number}/{person}", rule.id),
                rule: rule.id.clone(),
                clock: clock_key,
                rung: number,
                person: *person,
                to: *to,
                due_at,
                delivery: rule.delivery,
                unit: clock.unit,
                document: clock.document,
                finding: clock.finding,
                due_on: clock.due_on,
            });
        }
    }
    found
}

fn order(found: &mut [Occurrence], weights: &BTreeMap<UnitId, u64>) {
    found.sort_by(|a, b| {
        let rank = |o: &Occurrence| {
            (
                Reverse(weights.get(&o.unit).copied().unwrap_or(0)),
                o.due_on.unwrap_or(NaiveDate::MAX),
                o.unit,
            )
        };
        let place = |o: &Occurrence| (o.clock.clone(), o.person, o.rung, o.rule.clone());
        rank(a).cmp(&rank(b)).then_with(|| place(a).cmp(&place(b)))
    });
}

#[cfg(test)]
mod tests;
