//! The days of a simulation.
//!
//! A day of work goes like this: seats whose posts changed are looked at again; time limits that are over take
//! effect; then seats that are ripe are answered, the oldest first, each by whoever of those that may has done least
//! that day, until nobody who could answer has room left. What an act opens may be answered on the same day when its
//! role takes no days. Days on which nothing can happen are left out.

use super::{Load, Outcome, Paper, PaperRun, Scenario, StageRun, Visit};
use crate::id::{CommandId, PersonId, RevisionNo, SeatNo};
use crate::org::{Moment, Role};
use crate::reason::Reason;
use crate::reason::Refusal;
use crate::workflow::{
    Act, ActKind, By, Command, Context, Decision, Definition, Instance, OnTimeout, Round, RoundCause, RoundState,
    SeatState, StageId, StageKind, available, can_answer, start, transition,
};
use chrono::{Days, NaiveDate, NaiveTime};
use std::collections::{BTreeMap, BTreeSet};

/// Replays the papers of a scenario until all have reached an end, or nothing moves any more.
///
/// # Errors
/// What the engine refuses: a definition whose guards ask for a fact that a paper does not have, or one that does not
/// hold together.
pub fn simulate(scenario: &Scenario) -> Result<Outcome, Refusal> {
    let definition = scenario.conditions.limited(scenario.definition);
    let mut papers: Vec<&Paper> = scenario.papers.iter().collect();
    papers.sort_by_key(|paper| (paper.submitted_on, paper.document));
    let mut run = Run {
        scenario,
        definition: &definition,
        desks: Vec::with_capacity(papers.len()),
        loads: BTreeMap::new(),
        day: NaiveDate::MIN,
        commands: 0,
        hashes: BTreeMap::new(),
    };
    for paper in papers {
        run.begin(paper)?;
    }
    let first = run.desks.iter().map(|desk| desk.paper.submitted_on).min();
    let mut next = first.map(|day| scenario.calendar.on_or_after(day));
    while let Some(day) = next {
        run.day = day;
        run.work()?;
        next = run.next_day();
    }
    Ok(run.outcome())
}

/// One paper on its way.
struct Desk<'a> {
    paper: &'a Paper,
    instance: Instance,
    revision: u32,
    returns: BTreeMap<StageId, u32>,
}

impl Desk<'_> {
    fn finished(&self) -> bool {
        self.instance.finish.is_some()
    }

    fn open_rounds(&self) -> impl Iterator<Item = &Round> {
        self.instance.open_rounds()
    }
}

/// A seat that waits, with what decides when it is answered.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord)]
struct Waiting {
    ripe: NaiveDate,
    opened: NaiveDate,
    desk: usize,
    seat: SeatNo,
}

struct Run<'a> {
    scenario: &'a Scenario<'a>,
    definition: &'a Definition,
    desks: Vec<Desk<'a>>,
    loads: BTreeMap<PersonId, Load>,
    day: NaiveDate,
    commands: u128,
    /// Nothing is signed for in a simulation.
    hashes: BTreeMap<String, String>,
}

/// In a simulation everything is ready when it is submitted.
static READY: BTreeMap<StageId, Vec<Reason>> = BTreeMap::new();

impl<'a> Run<'a> {
    fn moment(day: NaiveDate) -> Moment {
        // Delegations run from midnight to midnight where the government sits: the core knows no time zone, and four
        // o'clock UTC lies inside the civil day everywhere in China.
        let hour = NaiveTime::from_hms_opt(4, 0, 0).unwrap_or(NaiveTime::MIN);
        Moment {
            now: day.and_time(hour).and_utc(),
            day,
        }
    }

    fn context<'c>(&'c self, paper: &'c Paper, revision: u32) -> Context<'c> {
        Context {
            at: Self::moment(self.day),
            org: self.scenario.organisation,
            calendar: self.scenario.calendar,
            parties: &paper.parties,
            facts: &paper.facts,
            authors: &paper.authors,
            revision: RevisionNo(revision),
            hashes: &self.hashes,
            unready: &READY,
        }
    }

    fn begin(&mut self, paper: &'a Paper) -> Result<(), Refusal> {
        self.day = self.scenario.calendar.on_or_after(paper.submitted_on);
        let fresh = start(self.definition, paper.document, None, &self.context(paper, 0))?;
        self.desks.push(Desk {
            paper,
            instance: fresh.instance,
            revision: 0,
            returns: paper.returns.clone(),
        });
        Ok(())
    }

    /// One day of work.
    fn work(&mut self) -> Result<(), Refusal> {
        for index in 0..self.desks.len() {
            if self.is_here(index) {
                // Refused with `nothing_changed` on most days.
                let _ = self.command(index, By::Clockwork, None, Act::Recheck);
                self.time_outs(index);
            }
        }
        let mut passed_over = BTreeSet::new();
        while let Some((waiting, person)) = self.next_act(&mut passed_over) {
            self.answer(&waiting, person)?;
        }
        self.count_queues();
        Ok(())
    }

    /// True when the paper has come in and is not finished.
    fn is_here(&self, index: usize) -> bool {
        let desk = self.desks.get(index);
        desk.is_some_and(|desk| desk.paper.submitted_on <= self.day && !desk.finished())
    }

    /// Lets the time limits of the paper that are over take effect.
    fn time_outs(&mut self, index: usize) {
        let Some(desk) = self.desks.get(index) else { return };
        let over: Vec<_> = desk
            .open_rounds()
            .filter(|round| self.consents(&round.stage))
            .filter(|round| {
                round
                    .seats
                    .iter()
                    .any(|seat| seat.due_on.is_some_and(|due| due < self.day))
            })
            .map(|round| round.no)
            .collect();
        for round in over {
            let _ = self.command(index, By::Clockwork, None, Act::TimeOut { round });
        }
    }

    fn consents(&self, stage: &StageId) -> bool {
        let found = self.definition.stage(stage);
        found.is_some_and(|stage| stage.on_timeout == OnTimeout::Consent)
    }

    /// The seats of papers that are here, with the first day on which each may be answered.
    fn waiting(&self) -> Vec<Waiting> {
        let mut found = Vec::new();
        for (index, desk) in self.desks.iter().enumerate().filter(|(index, _)| self.is_here(*index)) {
            for round in desk.open_rounds() {
                for seat in round.seats.iter().filter(|seat| seat.is_undecided()) {
                    found.push(Waiting {
                        ripe: self.ripe(desk, round, seat.role, seat.opened.day),
                        opened: seat.opened.day,
                        desk: index,
                        seat: seat.no,
                    });
                }
            }
        }
        found.sort();
        found
    }

    /// The first day on which the seat may be answered: a first draft is handed in on its day.
    fn ripe(&self, desk: &Desk, round: &Round, role: Role, opened: NaiveDate) -> NaiveDate {
        let calendar = self.scenario.calendar;
        if round.kind == StageKind::Work && round.cause == RoundCause::Start {
            return calendar.on_or_after(desk.paper.submitted_on);
        }
        let ripe = calendar.plus(opened, self.scenario.pace.of(role));
        round.not_before.map_or(ripe, |day| ripe.max(calendar.on_or_after(day)))
    }

    /// Who could answer the seat today and is here.
    fn candidates(&self, waiting: &Waiting) -> Vec<PersonId> {
        let Some(desk) = self.desks.get(waiting.desk) else {
            return Vec::new();
        };
        let ctx = self.context(desk.paper, desk.revision);
        let people = can_answer(self.definition, &desk.instance, waiting.seat, &ctx);
        let here = people
            .into_iter()
            .filter(|person| !self.scenario.conditions.is_away(*person, self.day));
        here.collect()
    }

    fn done_today(&self, person: PersonId) -> u32 {
        let load = self.loads.get(&person);
        load.and_then(|load| load.days.get(&self.day)).copied().unwrap_or(0)
    }

    /// The next seat to be answered today, and by whom. Seats that nobody can answer today are passed over from then
    /// on, until an act on their paper opens others.
    fn next_act(&self, passed_over: &mut BTreeSet<(usize, SeatNo)>) -> Option<(Waiting, PersonId)> {
        let capacity = self.scenario.pace.capacity.max(1);
        for waiting in self.waiting() {
            if waiting.ripe > self.day || passed_over.contains(&(waiting.desk, waiting.seat)) {
                continue;
            }
            let free = self.candidates(&waiting).into_iter();
            let free = free.filter(|person| self.done_today(*person) < capacity);
            let least = free.min_by_key(|person| {
                let total = self.loads.get(person).map_or(0, Load::total);
                (self.done_today(*person), total, *person)
            });
            match least {
                Some(person) => return Some((waiting, person)),
                None => passed_over.insert((waiting.desk, waiting.seat)),
            };
        }
        None
    }

    /// Answers a seat: what the engine offers, a return where the paper still has one to come from this stage.
    fn answer(&mut self, waiting: &Waiting, person: PersonId) -> Result<(), Refusal> {
        let Some(desk) = self.desks.get_mut(waiting.desk) else {
            return Ok(());
        };
        let round = desk
            .instance
            .rounds
            .iter()
            .find(|round| round.seats.iter().any(|seat| seat.no == waiting.seat));
        let stage = round.map(|round| round.stage.clone()).unwrap_or_default();
        let (paper, instance, revision) = (desk.paper, desk.instance.clone(), desk.revision);
        let offers = available(self.definition, &instance, person, &self.context(paper, revision + 1));
        let offered = |act: ActKind| offers.iter().any(|offer| offer.act == act && offer.stage == stage);
        let Some(desk) = self.desks.get_mut(waiting.desk) else {
            return Ok(());
        };
        let due_back = desk.returns.get(&stage).copied().unwrap_or(0);
        let act = if offered(ActKind::Submit) {
            desk.revision += 1;
            Act::Submit { note: String::new() }
        } else if due_back > 0 && offered(ActKind::Return) {
            desk.returns.insert(stage.clone(), due_back - 1);
            Act::Return {
                to: None,
                // A reason is compulsory; nobody reads this one.
                reason: stage.to_string(),
                marks: Vec::new(),
            }
        } else {
            Act::Approve { note: String::new() }
        };
        self.command(waiting.desk, By::Person(person), Some(waiting.seat), act)?;
        let load = self.loads.entry(person).or_default();
        *load.days.entry(self.day).or_default() += 1;
        Ok(())
    }

    fn command(&mut self, index: usize, by: By, seat: Option<SeatNo>, act: Act) -> Result<(), Refusal> {
        self.commands += 1;
        let id = CommandId(uuid::Uuid::from_u128(self.commands));
        let Some(desk) = self.desks.get(index) else {
            return Ok(());
        };
        let command = Command {
            id,
            expected: desk.instance.version,
            by,
            seat,
            act,
        };
        let ctx = self.context(desk.paper, desk.revision);
        let Decision { instance, .. } = transition(self.definition, &desk.instance, &command, &ctx)?;
        if let Some(desk) = self.desks.get_mut(index) {
            desk.instance = instance;
        }
        Ok(())
    }

    /// Notes how many papers wait for each person at the close of the day.
    fn count_queues(&mut self) {
        let mut queues: BTreeMap<PersonId, BTreeSet<usize>> = BTreeMap::new();
        for waiting in self.waiting() {
            let Some(desk) = self.desks.get(waiting.desk) else {
                continue;
            };
            let ctx = self.context(desk.paper, desk.revision);
            for person in can_answer(self.definition, &desk.instance, waiting.seat, &ctx) {
                queues.entry(person).or_default().insert(waiting.desk);
            }
        }
        for (person, papers) in queues {
            let load = self.loads.entry(person).or_default();
            let length = u32::try_from(papers.len()).unwrap_or(u32::MAX);
            if length > load.longest_queue {
                load.longest_queue = length;
                load.queue_on = Some(self.day);
            }
        }
    }

    /// The next working day on which something can happen; none when nothing will.
    fn next_day(&self) -> Option<NaiveDate> {
        if self.desks.iter().all(Desk::finished) {
            return None;
        }
        let after = |day: NaiveDate| day.checked_add_days(Days::new(1)).unwrap_or(NaiveDate::MAX);
        let mut days: BTreeSet<NaiveDate> = BTreeSet::new();
        days.extend(self.desks.iter().map(|desk| desk.paper.submitted_on));
        let waiting = self.waiting();
        days.extend(waiting.iter().map(|waiting| waiting.ripe));
        if waiting
            .iter()
            .any(|w| w.ripe <= self.day && !self.candidates(w).is_empty())
        {
            // Whoever could answer had no room left today.
            days.insert(after(self.day));
        }
        for desk in &self.desks {
            let rounds = desk.open_rounds().filter(|round| self.consents(&round.stage));
            let seats = rounds.flat_map(|round| &round.seats).filter(|seat| seat.is_undecided());
            days.extend(seats.filter_map(|seat| seat.due_on).map(after));
        }
        days.extend(self.scenario.conditions.away.iter().map(|absence| absence.until));
        let org = self.scenario.organisation;
        days.extend(
            org.posts
                .iter()
                .flat_map(|post| [Some(post.from), post.until])
                .flatten(),
        );
        let loans = org.delegations.iter().flat_map(|loan| [loan.from, loan.until]);
        // The civil day of a boundary at midnight in China begins on the evening before in UTC.
        days.extend(loans.flat_map(|at| [at.date_naive(), after(at.date_naive())]));
        let next = days.into_iter().find(|day| *day > self.day)?;
        Some(self.scenario.calendar.on_or_after(next))
    }

    fn visit(&self, desk: &Desk, round: &Round) -> Visit {
        let first = round.kind == StageKind::Work && round.cause == RoundCause::Start;
        let last = desk.paper.due_on.filter(|_| first);
        let due_on = round.due_on.or(last.map(|day| self.scenario.calendar.on_or_after(day)));
        let closed_on = round.closed.map(|at| at.day);
        Visit {
            stage: round.stage.clone(),
            opened_on: round.opened.day,
            closed_on,
            due_on,
            late: due_on.is_some_and(|due| closed_on.is_none_or(|closed| closed > due)) && !consented(round),
        }
    }

    fn outcome(self) -> Outcome {
        let mut outcome = Outcome::default();
        for desk in &self.desks {
            let visits: Vec<_> = desk
                .instance
                .rounds
                .iter()
                .map(|round| self.visit(desk, round))
                .collect();
            for visit in &visits {
                let stage: &mut StageRun = outcome.stages.entry(visit.stage.clone()).or_default();
                stage.rounds += 1;
                stage.late += u32::from(visit.late);
            }
            let closed = desk
                .instance
                .rounds
                .iter()
                .filter_map(|round| round.closed)
                .map(|at| at.day)
                .max();
            outcome.papers.push(PaperRun {
                document: desk.paper.document,
                owner: desk.paper.owner,
                late: visits.iter().any(|visit| visit.late),
                finished_on: closed.filter(|_| desk.finished()),
                stage: desk.instance.stage.clone(),
                visits,
            });
        }
        outcome.people = self.loads;
        outcome
    }
}

/// True when silence decided the round: that is what its limit is for, and not late.
fn consented(round: &Round) -> bool {
    round.state == RoundState::Passed && round.seats.iter().any(|seat| seat.state == SeatState::Consented)
}
