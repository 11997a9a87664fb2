//! Who sits on which seat: posts, fallbacks, separation of duties.

use super::context::Context;
use super::definition::{Definition, Duty, Order, SeatRule, Stage, StageKind, role_of};
use super::instance::Instance;
use super::round::{Given, Round, Seat, SeatState};
use crate::clock::record;
use crate::id::{PersonId, SeatNo, UnitId};
use crate::org::{Actor, Role};
use crate::reason::{Reason, Refusal};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

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
                    let mut posts = self.ctx.org.posts_of(person);
                    if posts.any(|p| p.holds_on(self.ctx.at.day) && units.contains(&p.unit)) {
                        return Some(named("of_barred_unit").with("party", party));
                    }
                }
                Duty::Different { stages } => {
                    let mut rounds = self.instance.rounds.iter();
                    let other = rounds
                        .find(|round| round.stage != stage.id && stages.contains(&round.stage) && spoke(round, person));
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
        let edits = |round: &Round| {
            self.def
                .stage(&round.stage)
                .is_some_and(|stage| !stage.edits.is_empty())
        };
        let writes = |round: &&Arc<Round>| round.kind == StageKind::Work && edits(round);
        let mut works = self.instance.rounds.iter().filter(writes);
        self.ctx.authors.contains(&person) || works.any(|round| spoke(round, person))
    }

    /// Holders of the post who may sit at the stage. A delegate may only act where the holder may, so a seat has
    /// somebody exactly when this is not empty.
    pub fn eligible(&self, stage: &Stage, seat: &Seat) -> Vec<PersonId> {
        let holders = self.ctx.org.holders(seat.unit, seat.role, self.ctx.at.day).into_iter();
        let meant = self.meant(seat);
        let holders = holders.filter(|person| meant.is_none_or(|meant| meant == *person));
        holders.filter(|person| self.bar(stage, *person).is_none()).collect()
    }

    /// The one person who is meant by the seat, as long as they hold its post.
    fn meant(&self, seat: &Seat) -> Option<PersonId> {
        self.ctx.org.meant(seat.person, seat.unit, seat.role, self.ctx.at.day)
    }

    /// In which capacity the person can answer from the seat.
    ///
    /// # Errors
    /// `not_your_seat`, `delegation_expired`, `already_answered`, or the bar that stands in the way.
    pub fn capacity(&self, stage: &Stage, round: &Round, seat: &Seat, person: PersonId) -> Result<Actor, Refusal> {
        let taken = |people: &BTreeSet<PersonId>| stage.distinct && self.answered_already(round, seat, people);
        self.capacity_where(stage, seat, person, taken)
    }

    /// The same, whatever else they answered.
    pub fn capacity_of(&self, stage: &Stage, seat: &Seat, person: PersonId) -> Result<Actor, Refusal> {
        self.capacity_where(stage, seat, person, |_| false)
    }

    fn capacity_where(
        &self,
        stage: &Stage,
        seat: &Seat,
        person: PersonId,
        taken: impl Fn(&BTreeSet<PersonId>) -> bool,
    ) -> Result<Actor, Refusal> {
        let (org, at) = (self.ctx.org, self.ctx.at);
        let of_post = |code: &str| {
            let unit = org.unit_name(seat.unit);
            Reason::new(code).with("unit", unit).with("role", seat.role.code())
        };
        let mut found = if org.may_reach(person, seat.unit, seat.role) {
            org.capacities(person, seat.unit, seat.role, at, &self.def.document_type)
        } else {
            Vec::new()
        };
        if let Some(meant) = self.meant(seat) {
            found.retain(|actor| actor.on_behalf_of.map_or(actor.person, |(_, principal)| principal) == meant);
        }
        if found.is_empty() {
            let mut lent = org.loans_to(person).filter_map(|loan| org.post(loan.post));
            let was_lent = lent.any(|post| post.unit == seat.unit && post.role == seat.role);
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
            match (bar, taken(&people)) {
                (Some(bar), _) => refused.push(bar),
                (None, true) => refused.push(of_post("already_answered")),
                (None, false) => return Ok(actor),
            }
        }
        refused.dedup();
        Err(Refusal { reasons: refused })
    }

    /// True when one of these people has answered from another seat of the round.
    fn answered_already(&self, round: &Round, seat: &Seat, people: &BTreeSet<PersonId>) -> bool {
        let others = round.seats.iter().filter(|other| other.no != seat.no);
        others
            .into_iter()
            .any(|other| people.iter().any(|person| spoke_from(other, *person)))
    }

    /// Everyone who could answer from the seat now, delegates included, in order of their numbers.
    pub fn actors(&self, stage: &Stage, round: &Round, seat: &Seat) -> Vec<PersonId> {
        let org = self.ctx.org;
        let posts = org.posts_as(seat.unit, seat.role);
        let people = posts.flat_map(|post| {
            let loans = org.loans_of(post.id);
            loans.map(|loan| loan.delegate).chain([post.person])
        });
        let people: BTreeSet<_> = people.collect();
        let can = |person: &PersonId| self.capacity(stage, round, seat, *person).is_ok();
        people.into_iter().filter(can).collect()
    }

    /// The seats of a new round, numbered from `first`. All are open; nobody has looked yet whether somebody can sit.
    ///
    /// # Errors
    /// Why there is none: `party_empty` when a rule's list of units is empty. Such a round waits, it never passes.
    pub fn seats(&self, stage: &Stage, first: u32) -> Result<Vec<Seat>, Vec<Reason>> {
        let mut seats = Vec::new();
        let next = |seats: &Vec<Seat>| SeatNo(first.saturating_add(u32::try_from(seats.len()).unwrap_or(u32::MAX)));
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
                    let mut seat = self.fresh(stage, next(&seats), (unit, self.answering(rule, unit)));
                    seat.rule = index;
                    seat.weight = rule.weight;
                    seats.push(seat);
                }
            }
        }
        Ok(seats)
    }

    /// The one seat of a round whose electorate would be empty, when the stage says who answers then.
    pub fn fallback(&self, stage: &Stage, first: u32) -> Option<Seat> {
        let party = stage.on_empty.as_ref()?;
        let (unit, role) = (self.ctx.party(party).first()?, role_of(party)?);
        let mut seat = self.fresh(stage, SeatNo(first), (*unit, role));
        seat.given = Some(Given::Fallback);
        Some(seat)
    }

    /// An open seat of this post.
    pub fn fresh(&self, stage: &Stage, no: SeatNo, (unit, role): (UnitId, Role)) -> Seat {
        Seat {
            no,
            rule: 0,
            unit,
            role,
            person: None,
            weight: 1,
            state: SeatState::Open,
            opened: self.ctx.at,
            due_on: self.due(stage),
            why: Vec::new(),
            ballot: None,
            earlier: Vec::new(),
            carried_from: None,
            given: None,
            added: None,
            lent: None,
            voided: Vec::new(),
        }
    }

    /// Last day of the stage's time limit when it begins to run now.
    pub fn due(&self, stage: &Stage) -> Option<chrono::NaiveDate> {
        let limit = stage.limit.map(|days| self.ctx.calendar.plus(self.ctx.at.day, days));
        // Where the paper comes back to its unit, the unit's own clock goes on with what is left of its budget.
        let again = stage.kind == StageKind::Work && !self.instance.rounds.is_empty();
        limit.or_else(|| again.then(|| record::unit_due(self.instance, self.ctx))?)
    }

    /// The role that answers for the rule in the unit: its own, else the first fallback that somebody holds.
    fn answering(&self, rule: &SeatRule, unit: UnitId) -> Role {
        let mut roles = [rule.role].into_iter().chain(rule.fallback.iter().copied());
        let held = roles.find(|role| !self.ctx.org.holders(unit, *role, self.ctx.at.day).is_empty());
        held.unwrap_or(rule.role)
    }

    /// Looks at every undecided seat of `seats` again and gives back those that are to be changed, as they should
    /// be: blocked when nobody may answer, open when somebody may, with the post that answers now.
    pub fn reseat(&self, stage: &Stage, seats: &[Arc<Seat>]) -> Vec<Seat> {
        let used: BTreeSet<PersonId> = seats.iter().flat_map(|seat| voices_of(seat)).collect();
        let mut revised: Vec<(Seat, Vec<PersonId>)> = Vec::new();
        for seat in seats.iter().filter(|seat| seat.is_undecided()) {
            let mut new = Seat::clone(seat);
            let own_rule = seat.given.is_none() && seat.added.is_none();
            if let Some(rule) = stage.seats.get(seat.rule).filter(|_| own_rule) {
                new.role = self.answering(rule, seat.unit);
            }
            let mut people = self.eligible(stage, &new);
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
        revised.filter(|seat| !seats.iter().any(|old| **old == *seat)).collect()
    }

    /// Why nobody can sit on the seat: nobody holds the post, or everybody who does is barred (and why).
    pub fn why_nobody(&self, stage: &Stage, seat: &Seat) -> Vec<Reason> {
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

/// True when this person answered from the seat, or somebody answered from it for them.
fn spoke_from(seat: &Seat, person: PersonId) -> bool {
    let mut ballots = seat.ballot.iter().chain(&seat.earlier);
    ballots.any(|ballot| {
        let actor = &ballot.actor;
        actor.person == person || actor.on_behalf_of.is_some_and(|(_, principal)| principal == person)
    })
}

/// The same for a round.
pub(super) fn spoke(round: &Round, person: PersonId) -> bool {
    round.seats.iter().any(|seat| spoke_from(seat, person))
}

/// True when the seats of this stage that await an answer are to be asked one after another.
pub(super) fn in_order(stage: &Stage) -> bool {
    stage.order == Order::InOrder
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
