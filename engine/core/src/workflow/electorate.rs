//! Who sits on which seat: posts, fallbacks, separation of duties, and when a round has passed.

use super::context::Context;
use super::definition::{Definition, Duty, Policy, SeatRule, Stage, StageKind};
use super::instance::{Instance, Round, Seat, SeatState};
use crate::id::{PersonId, SeatNo, UnitId};
use crate::org::{Actor, Role};
use crate::reason::{Reason, Refusal};
use std::collections::{BTreeMap, BTreeSet};

/// How a round stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tally {
    /// Not decided.
    Open,
    /// Passed; no further answer can change that.
    Passed,
    /// Passing has become impossible.
    Failed,
}

/// How a round of `seats` seats stands with `yes` agreements and `no` returns. In integers, nothing is rounded. A
/// round without seats is never passed.
pub fn tally(policy: Policy, yes: usize, no: usize, seats: usize) -> Tally {
    let passes = |yes: usize| match policy {
        Policy::All => yes == seats,
        Policy::AtLeast { num, den } => yes as u128 * u128::from(den) >= u128::from(num) * seats as u128,
        Policy::Any => yes > 0,
    };
    if seats == 0 {
        Tally::Open
    } else if yes > 0 && passes(yes) {
        Tally::Passed
    } else if !passes(seats.saturating_sub(no)) || no >= seats {
        Tally::Failed
    } else {
        Tally::Open
    }
}

/// How this round stands by its policy.
pub(super) fn tally_round(stage: &Stage, round: &Round) -> Tally {
    let yes = round.seats.iter().filter(|seat| seat.is_yes()).count();
    let no = round.seats.iter().filter(|s| s.state == SeatState::Returned).count();
    tally(stage.policy, yes, no, round.seats.len())
}

/// One case: what a decision about seats depends on.
#[derive(Clone, Copy)]
pub(super) struct Case<'a> {
    pub def: &'a Definition,
    pub instance: &'a Instance,
    pub ctx: &'a Context<'a>,
}

impl Case<'_> {
    /// Why this person may not sit at the stage, if they may not: they wrote in the paper, or a duty bars them.
    pub fn bar(&self, stage: &Stage, person: PersonId) -> Option<Reason> {
        let named = |code: &str| Reason::new(code).with("stage", &stage.id);
        if stage.kind == StageKind::Review && self.wrote(person) {
            return Some(named("own_paper"));
        }
        for duty in self.def.duties.iter().filter(|duty| duty.stages().contains(&stage.id)) {
            match duty {
                Duty::NotOfUnit { party, .. } => {
                    let units = self.ctx.party(party);
                    let mut posts = self.ctx.org.posts.iter();
                    if posts.any(|p| p.person == person && p.holds_on(self.ctx.at.day) && units.contains(&p.unit)) {
                        return Some(named("of_barred_unit").with("party", party));
                    }
                }
                Duty::Different { stages } => {
                    let mut rounds = self.instance.rounds.iter();
                    let other = rounds.find(|round| {
                        round.stage != stage.id && stages.contains(&round.stage) && voices(round).contains(&person)
                    });
                    if let Some(other) = other {
                        return Some(named("acted_before").with("other", &other.stage));
                    }
                }
            }
        }
        None
    }

    /// True when this person wrote in the paper, or submitted what was written.
    fn wrote(&self, person: PersonId) -> bool {
        let writes = |round: &&Round| {
            let stage = self.def.stage(&round.stage);
            round.kind == StageKind::Work && stage.is_some_and(|stage| !stage.edits.is_empty())
        };
        let mut works = self.instance.rounds.iter().filter(writes);
        self.ctx.authors.contains(&person) || works.any(|round| voices(round).contains(&person))
    }

    /// Holders of the post who may sit at the stage. A delegate may only act where the holder may, so a seat has
    /// somebody exactly when this is not empty.
    fn eligible(&self, stage: &Stage, unit: UnitId, role: Role) -> Vec<PersonId> {
        let holders = self.ctx.org.holders(unit, role, self.ctx.at.day);
        holders.into_iter().filter(|p| self.bar(stage, *p).is_none()).collect()
    }

    /// In which capacity the person can answer from the seat.
    ///
    /// # Errors
    /// `not_your_seat`, `delegation_expired`, `already_answered`, or the bar that stands in the way.
    pub fn capacity(&self, stage: &Stage, round: &Round, seat: &Seat, person: PersonId) -> Result<Actor, Refusal> {
        let (org, at) = (self.ctx.org, self.ctx.at);
        let of_post = |code: &str| {
            let unit = org.unit_name(seat.unit);
            Reason::new(code).with("unit", unit).with("role", seat.role.code())
        };
        let found = org.capacities(person, seat.unit, seat.role, at, &self.def.document_type);
        if found.is_empty() {
            let lent = org.delegations.iter().filter(|loan| loan.delegate == person);
            let mut posts = lent.filter_map(|loan| org.posts.iter().find(|post| post.id == loan.post));
            let was_lent = posts.any(|post| post.unit == seat.unit && post.role == seat.role);
            let code = if was_lent {
                "delegation_expired"
            } else {
                "not_your_seat"
            };
            return Err(of_post(code).into());
        }
        let mut refused = Vec::new();
        for actor in found {
            let people = people_of(&actor);
            let bar = people.iter().find_map(|person| self.bar(stage, *person));
            let taken = stage.distinct && !people.is_disjoint(&voices(round));
            match (bar, taken) {
                (Some(bar), _) => refused.push(bar),
                (None, true) => refused.push(of_post("already_answered")),
                (None, false) => return Ok(actor),
            }
        }
        refused.dedup();
        Err(Refusal { reasons: refused })
    }

    /// Everyone who could answer from the seat now, delegates included, in order of their numbers.
    pub fn actors(&self, stage: &Stage, round: &Round, seat: &Seat) -> Vec<PersonId> {
        let org = self.ctx.org;
        let posts = org.posts.iter().filter(|p| p.unit == seat.unit && p.role == seat.role);
        let people = posts.flat_map(|post| {
            let loans = org.delegations.iter().filter(move |loan| loan.post == post.id);
            loans.map(|loan| loan.delegate).chain([post.person])
        });
        let people: BTreeSet<_> = people.collect();
        let can = |person: &PersonId| self.capacity(stage, round, seat, *person).is_ok();
        people.into_iter().filter(can).collect()
    }

    /// The seats of a new round, numbered from `first`.
    ///
    /// # Errors
    /// Why there is none: `party_empty` when a rule's list of units is empty. Such a round waits, it never passes.
    pub fn seats(&self, stage: &Stage, first: u32) -> Result<Vec<Seat>, Vec<Reason>> {
        let mut seats = Vec::new();
        for (index, rule) in stage.seats.iter().enumerate() {
            let mut units = Vec::new();
            for unit in self.ctx.party(&rule.party) {
                if !units.contains(unit) && (rule.each || units.is_empty()) {
                    units.push(*unit);
                }
            }
            if units.is_empty() {
                return Err(vec![Reason::new("party_empty").with("party", &rule.party)]);
            }
            for unit in units {
                for _ in 0..rule.count {
                    let no = SeatNo(first + u32::try_from(seats.len()).unwrap_or(u32::MAX - first));
                    seats.push(Seat {
                        no,
                        rule: index,
                        unit,
                        role: self.answering(rule, unit),
                        state: SeatState::Open,
                        opened: self.ctx.at,
                        due_on: self.due(stage),
                        why: Vec::new(),
                        ballot: None,
                        carried_from: None,
                    });
                }
            }
        }
        Ok(seats)
    }

    /// Last day of the stage's time limit when it begins to run now.
    pub fn due(&self, stage: &Stage) -> Option<chrono::NaiveDate> {
        stage.limit.map(|days| self.ctx.calendar.plus(self.ctx.at.day, days))
    }

    /// The role that answers for the rule in the unit: its own, else the first fallback that somebody holds.
    fn answering(&self, rule: &SeatRule, unit: UnitId) -> Role {
        let mut roles = [rule.role].into_iter().chain(rule.fallback.iter().copied());
        let held = roles.find(|role| !self.ctx.org.holders(unit, *role, self.ctx.at.day).is_empty());
        held.unwrap_or(rule.role)
    }

    /// Looks at every undecided seat of `seats` again and gives back those that are to be changed, as they should
    /// be: blocked when nobody may answer, open when somebody may, with the post that answers now.
    pub fn reseat(&self, stage: &Stage, seats: &[Seat]) -> Vec<Seat> {
        let used: BTreeSet<PersonId> = seats.iter().flat_map(voices_of).collect();
        let mut revised: Vec<(Seat, Vec<PersonId>)> = Vec::new();
        for seat in seats.iter().filter(|seat| seat.is_undecided()) {
            let mut new = seat.clone();
            if let Some(rule) = stage.seats.get(seat.rule) {
                new.role = self.answering(rule, seat.unit);
            }
            let mut people = self.eligible(stage, new.unit, new.role);
            new.why = if people.is_empty() {
                self.why_nobody(stage, &new)
            } else {
                Vec::new()
            };
            if stage.distinct {
                people.retain(|person| !used.contains(person));
            }
            revised.push((new, people));
        }
        if stage.distinct {
            let people: Vec<_> = revised.iter().map(|(_, people)| people.clone()).collect();
            for (index, filled) in fill(&people).into_iter().enumerate() {
                if let Some((seat, _)) = revised.get_mut(index)
                    && !filled
                    && seat.why.is_empty()
                {
                    let unit = self.ctx.org.unit_name(seat.unit);
                    let reason = Reason::new("too_few_people").with("unit", unit);
                    seat.why = vec![reason.with("role", seat.role.code())];
                }
            }
        }
        let revised = revised.into_iter().map(|(mut seat, _)| {
            let was_blocked = seat.state == SeatState::Blocked;
            seat.state = if seat.why.is_empty() {
                SeatState::Open
            } else {
                SeatState::Blocked
            };
            if was_blocked && seat.state == SeatState::Open {
                // Whoever can answer only now gets the whole time.
                seat.opened = self.ctx.at;
                seat.due_on = self.due(stage);
            }
            seat
        });
        revised.filter(|seat| !seats.contains(seat)).collect()
    }

    /// Why nobody can sit on the seat: nobody holds the post, or everybody who does is barred (and why).
    fn why_nobody(&self, stage: &Stage, seat: &Seat) -> Vec<Reason> {
        let holders = self.ctx.org.holders(seat.unit, seat.role, self.ctx.at.day);
        let code = if holders.is_empty() {
            "nobody_holds"
        } else {
            "all_barred"
        };
        let unit = self.ctx.org.unit_name(seat.unit);
        let mut why = vec![Reason::new(code).with("unit", unit).with("role", seat.role.code())];
        for bar in holders.iter().filter_map(|person| self.bar(stage, *person)) {
            if !why.contains(&bar) {
                why.push(bar);
            }
        }
        why
    }
}

/// The person who acts and the one they act for.
pub(super) fn people_of(actor: &Actor) -> BTreeSet<PersonId> {
    let principal = actor.on_behalf_of.map(|(_, principal)| principal);
    [actor.person].into_iter().chain(principal).collect()
}

/// Everyone who answered from a seat, and everyone for whom it was answered.
fn voices_of(seat: &Seat) -> BTreeSet<PersonId> {
    seat.ballot.iter().flat_map(|ballot| people_of(&ballot.actor)).collect()
}

/// The same for a round.
pub(super) fn voices(round: &Round) -> BTreeSet<PersonId> {
    round.seats.iter().flat_map(voices_of).collect()
}

/// Which of the seats can be filled with different people, given who could sit on each: a largest matching, seats
/// in front preferred.
fn fill(people: &[Vec<PersonId>]) -> Vec<bool> {
    fn place(
        seat: usize,
        people: &[Vec<PersonId>],
        taken: &mut BTreeMap<PersonId, usize>,
        tried: &mut BTreeSet<PersonId>,
    ) -> bool {
        for person in people.get(seat).into_iter().flatten() {
            if tried.insert(*person) {
                let before = taken.get(person).copied();
                if before.is_none_or(|other| place(other, people, taken, tried)) {
                    taken.insert(*person, seat);
                    return true;
                }
            }
        }
        false
    }
    let mut taken = BTreeMap::new();
    let seats = 0..people.len();
    seats
        .map(|seat| place(seat, people, &mut taken, &mut BTreeSet::new()))
        .collect()
}
