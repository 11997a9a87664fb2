//! Tokens: how a paper moves between stages, splits, joins and ends, and back.
//!
//! There is one token for each open round and for each branch that waits at a join. A token is never lost and never
//! doubled: whatever closes a round either moves its token on, or calls off a whole visit to a split with it.

use super::acts;
use super::context::{Context, Topic};
use super::definition::{Definition, Join, Node, Reopen, Resume, Route, Split, Stage, StageId, StageKind};
use super::event::What;
use super::instance::{Instance, SplitState};
use super::machine::{Desk, broken};
use super::round::{Branch, Pending, Round, RoundCause, RoundState, Seat};
use super::tally::{Tally, tally_round};
use crate::id::{RoundNo, SeatNo};
use crate::org::Role;
use crate::reason::Refusal;
use std::sync::Arc;

/// What a paper carries from one place to the next.
#[derive(Clone, Debug)]
pub(super) struct Token {
    /// The branches it is in, the outermost first.
    pub branch: Vec<Branch>,
    /// Returns that still have to be answered.
    pub pending: Vec<Pending>,
    /// Why it comes.
    pub cause: RoundCause,
    /// The round it comes from.
    pub opened_by: Option<RoundNo>,
}

impl Token {
    /// One that comes from nowhere.
    pub fn new(cause: RoundCause) -> Self {
        Self {
            branch: Vec::new(),
            pending: Vec::new(),
            cause,
            opened_by: None,
        }
    }

    /// One that comes from the end of this round.
    pub fn from(round: &Round, cause: RoundCause) -> Self {
        Self {
            branch: round.branch.clone(),
            pending: round.pending.clone(),
            cause,
            opened_by: Some(round.no),
        }
    }
}

/// How many branches two places have in common, from the outermost.
pub(super) fn common(one: &[Branch], other: &[Branch]) -> usize {
    one.iter().zip(other).take_while(|(one, other)| one == other).count()
}

impl Desk<'_> {
    /// Moves a token to a stage, split, join or end.
    pub fn advance(&mut self, to: &StageId, token: Token) -> Result<(), Refusal> {
        self.step(to)?;
        match self.def.node(to).ok_or_else(|| broken(self.def, to))? {
            Node::Stage(_) => {
                let round = self.open(to, token, &[])?;
                self.settle(round, None)
            }
            Node::Split(split) => self.part(split, &token),
            Node::Join(join) => self.arrive(join, token),
            Node::End(_) => self.finish(to),
        }
    }

    /// The way parts: a token for each branch.
    fn part(&mut self, split: &Split, token: &Token) -> Result<(), Refusal> {
        let visit = u32::try_from(self.instance.splits.len())
            .unwrap_or(u32::MAX)
            .saturating_add(1);
        self.record(
            None,
            What::SplitOpened {
                visit,
                split: split.id.clone(),
                outer: token.branch.clone(),
                branches: u32::try_from(split.to.len()).unwrap_or(u32::MAX),
                opened_by: token.opened_by,
            },
        );
        for (index, to) in (0..).zip(&split.to) {
            // A branch that ended the document, by a failed vote without anybody to cast one, leaves nothing to open.
            if self.instance.finish.is_some() {
                return Ok(());
            }
            let mut branch = token.branch.clone();
            branch.push(Branch { visit, index });
            self.advance(
                to,
                Token {
                    branch,
                    pending: Vec::new(),
                    ..token.clone()
                },
            )?;
        }
        Ok(())
    }

    /// A branch has arrived; with the last one the paper goes on as one.
    fn arrive(&mut self, join: &Join, mut token: Token) -> Result<(), Refusal> {
        let innermost = token
            .branch
            .pop()
            .and_then(|branch| Some((branch, self.instance.split(branch.visit)?)));
        let (branch, _) = innermost
            .filter(|(_, visit)| visit.split == join.of)
            .ok_or_else(|| broken(self.def, &join.id))?;
        if !self.arrived(branch, token.opened_by, &join.id) {
            return Ok(());
        }
        let to = route(self.def, (&join.id, &join.next), self.ctx)?;
        token.pending.clear();
        self.advance(&to, token)
    }

    /// Records that a branch has arrived. True when it was the last one.
    fn arrived(&mut self, branch: Branch, with: Option<RoundNo>, join: &StageId) -> bool {
        let Branch { visit, index } = branch;
        self.record(
            None,
            What::BranchArrived {
                visit,
                branch: index,
                round: with.unwrap_or(RoundNo(0)),
            },
        );
        let split = self.instance.split(visit);
        let all = split.is_some_and(|split| split.arrived.iter().all(Option::is_some));
        if all {
            let join = join.clone();
            self.record(None, What::Joined { visit, join });
        }
        all
    }

    /// The document is finished. What is still open in other branches is called off.
    fn finish(&mut self, end: &StageId) -> Result<(), Refusal> {
        self.call_off(RoundState::Cancelled, |_| true);
        let on_enter = self.def.end(end).map(|end| end.on_enter.as_slice());
        self.record(None, What::Ended { end: end.clone() });
        self.enter(on_enter.unwrap_or_default());
        let people = self.holders("owner", &[Role::Drafter, Role::Deputy, Role::Head]);
        self.tell(people, Topic::Ended, end, Vec::new());
        Ok(())
    }

    /// Calls off every open round whose way leads through a branch of which `within` holds (or every open round, when
    /// it holds for those outside of splits too), and every visit to a split in it.
    pub fn call_off(&mut self, state: RoundState, within: impl Fn(&[Branch]) -> bool) {
        let rounds: Vec<_> = self
            .instance
            .open_rounds()
            .filter(|round| within(&round.branch))
            .collect();
        let rounds: Vec<_> = rounds.into_iter().map(|round| round.no).collect();
        for round in rounds {
            self.close(round, state, None);
        }
        let open = self
            .instance
            .splits
            .iter()
            .filter(|split| split.state == SplitState::Open);
        let inside = open.filter(|split| {
            let own = Branch {
                visit: split.no,
                index: 0,
            };
            let way: Vec<_> = split.outer.iter().copied().chain([own]).collect();
            within(&way)
        });
        let visits: Vec<_> = inside.map(|split| split.no).collect();
        for visit in visits {
            self.record(None, What::SplitCancelled { visit });
        }
    }

    /// Sees whether a round is decided, and goes on if so. `seat` is the one that was answered last.
    pub fn settle(&mut self, no: RoundNo, seat: Option<SeatNo>) -> Result<(), Refusal> {
        let (stage, round) = self.place(no)?;
        if stage.kind == StageKind::Auto {
            return self.pass(no, None);
        }
        match tally_round(stage, round) {
            Tally::Open => {
                self.call(no)?;
                // An answer uses somebody up only where nobody may fill two seats.
                if seat.is_none() || stage.distinct {
                    self.refresh(no)?;
                }
                Ok(())
            }
            Tally::Passed => self.pass(no, seat),
            Tally::Failed => self.fail(no, seat),
        }
    }

    /// Closes a round as passed and goes where the paper goes from here.
    pub fn pass(&mut self, no: RoundNo, seat: Option<SeatNo>) -> Result<(), Refusal> {
        let (stage, round) = self.place(no)?;
        let mut token = Token::from(round, RoundCause::Passed);
        if let Some(back) = token.pending.pop_if(|last| last.after == stage.id) {
            self.close(no, RoundState::Passed, seat);
            return self.resume(&back, token);
        }
        let chosen = chosen_before(&self.instance, stage, round);
        let to = chosen.map_or_else(|| route(self.def, (&stage.id, &stage.next), self.ctx), Ok)?;
        self.close_towards(no, seat, &to);
        self.advance(&to, token)
    }

    /// A returned paper comes back to the round that had returned it.
    fn resume(&mut self, back: &Pending, mut token: Token) -> Result<(), Refusal> {
        let target = self.def.stage(&back.to).ok_or_else(|| broken(self.def, &back.to))?;
        let Some(from) = self.instance.round(back.round) else {
            return Err(broken(self.def, &back.to));
        };
        let (branch, seats) = (from.branch.clone(), from.seats.clone());
        if back.affected
            && let Some((stage, branch, carried)) = self.affected(back, &token)
        {
            token.pending.push(Pending {
                after: stage.clone(),
                ..back.clone()
            });
            self.leave(&token, &branch)?;
            token.branch = branch;
            token.cause = RoundCause::Resumed;
            let round = self.open(&stage, token, &carried)?;
            return self.settle(round, None);
        }
        if !self.leave(&token, &branch)? {
            return Ok(());
        }
        let carried: Vec<Arc<Seat>> = match target.reopen {
            Reopen::Returner if back.affected => seats.into_iter().filter(|seat| seat.voided.is_empty()).collect(),
            Reopen::Returner => seats,
            Reopen::All => Vec::new(),
        };
        token.branch = branch;
        token.cause = RoundCause::Resumed;
        let round = self.open(&back.to, token, &carried)?;
        self.settle(round, None)
    }

    /// The first stage between a returned paper and its returner at which a signature no longer holds: where it is,
    /// and the seats whose agreement still does.
    fn affected(&self, back: &Pending, token: &Token) -> Option<(StageId, Vec<Branch>, Vec<Arc<Seat>>)> {
        let from = self.instance.round(back.round)?;
        let stages = self.def.stages.iter().filter(|stage| stage.id != back.to);
        let latest = stages.filter_map(|stage| {
            let rounds = self.instance.rounds.iter().rev();
            let mut rounds = rounds.filter(|round| round.stage == stage.id && round.state == RoundState::Passed);
            rounds.next()
        });
        let mut voided: Vec<_> = latest
            .filter(|round| round.kind == StageKind::Review && round.no < from.no || round.no > from.no)
            .filter(|round| round.kind == StageKind::Review && Some(round.no) != token.opened_by)
            .filter(|round| common(&round.branch, &from.branch) == round.branch.len())
            .filter(|round| round.seats.iter().any(|seat| !seat.voided.is_empty()))
            .collect();
        voided.sort_by_key(|round| round.no);
        let first = voided.first()?;
        let carried = first.seats.iter().filter(|seat| seat.voided.is_empty()).cloned();
        Some((first.stage.clone(), first.branch.clone(), carried.collect()))
    }

    /// Leaves the branches that lie between a token and the place it goes to, each by its join. False when another
    /// branch of one of them has not arrived: then the token waits there.
    fn leave(&mut self, token: &Token, to: &[Branch]) -> Result<bool, Refusal> {
        let shared = common(&token.branch, to);
        for branch in token.branch.iter().skip(shared).rev() {
            let split = self.instance.split(branch.visit).map(|split| split.split.clone());
            let join = split.and_then(|split| self.def.join_of(&split));
            let join = join.ok_or_else(|| broken(self.def, &StageId::default()))?;
            if !self.arrived(*branch, token.opened_by, &join.id) {
                return Ok(false);
            }
        }
        Ok(true)
    }

    /// A vote failed: it goes where the stage says, else back.
    pub fn fail(&mut self, no: RoundNo, seat: Option<SeatNo>) -> Result<(), Refusal> {
        let (stage, round) = self.place(no)?;
        if let Some(to) = &stage.fail {
            let mut token = Token::from(round, RoundCause::Failed);
            token.pending.clear();
            self.close(no, RoundState::Failed, seat);
            return self.advance(to, token);
        }
        let last = seat.and_then(|seat| round.seat(seat));
        let asked = last
            .and_then(|seat| seat.ballot.as_ref())
            .and_then(|ballot| ballot.to.clone());
        let targets = acts::return_targets(&self.instance, stage, round);
        let to = asked
            .filter(|to| targets.contains(to))
            .or_else(|| targets.first().cloned());
        // Nothing to return to: verify refuses such a definition.
        let to = to.ok_or_else(|| broken(self.def, &stage.id))?;
        self.go_back(no, seat, &to)
    }

    /// Closes a round as returned and opens the stage it goes back to.
    ///
    /// From inside a branch to before the split everything in the split is called off; from after a join into a
    /// branch only that branch begins anew, and the others stay arrived.
    pub fn go_back(&mut self, no: RoundNo, seat: Option<SeatNo>, to: &StageId) -> Result<(), Refusal> {
        let (stage, round) = self.place(no)?;
        let target = acts::return_round(&self.instance, round, to).ok_or_else(|| broken(self.def, to))?;
        let (from, there) = (round.branch.clone(), target.branch.clone());
        let shared = common(&from, &there);
        let mut token = Token::from(round, RoundCause::Returned);
        let out_of_a_branch = from.len() > shared;
        if stage.resume == Resume::Replay {
            token.pending.clear();
        } else if out_of_a_branch {
            // Whoever returned it sat in a branch that is called off: nothing leads straight back there.
            let instance = &self.instance;
            token.pending.retain(|back| {
                let returner = instance.round(back.round);
                returner.is_some_and(|round| common(&round.branch, &there) == round.branch.len())
            });
        } else {
            token.pending.push(Pending {
                after: to.clone(),
                to: stage.id.clone(),
                round: no,
                affected: stage.resume == Resume::Affected,
            });
        }
        self.close(no, RoundState::Returned, seat);
        if let Some(left) = from.get(shared) {
            let visit = left.visit;
            self.call_off(RoundState::Cancelled, |way| {
                way.get(shared).is_some_and(|branch| branch.visit == visit)
            });
        }
        for branch in there.iter().skip(shared) {
            self.record(
                None,
                What::BranchReopened {
                    visit: branch.visit,
                    branch: branch.index,
                },
            );
        }
        token.branch = there;
        let round = self.open(to, token, &[])?;
        self.settle(round, None)
    }

    /// Closes a round.
    pub fn close(&mut self, round: RoundNo, state: RoundState, decided_by: Option<SeatNo>) {
        self.record(
            None,
            What::RoundClosed {
                round,
                state,
                decided_by,
                went: None,
            },
        );
    }

    fn close_towards(&mut self, round: RoundNo, decided_by: Option<SeatNo>, to: &StageId) {
        self.record(
            None,
            What::RoundClosed {
                round,
                state: RoundState::Passed,
                decided_by,
                went: Some(to.clone()),
            },
        );
    }
}

/// Where the paper went when it passed this stage before, as long as that still holds: a later edit does not
/// re-route, unless the stage says so or the passing was taken back.
fn chosen_before(instance: &Instance, stage: &Stage, round: &Round) -> Option<StageId> {
    if stage.reevaluate || stage.next.len() < 2 {
        return None;
    }
    let fresh = matches!(
        round.cause,
        RoundCause::Withdrawn | RoundCause::TakenBack | RoundCause::Start
    );
    if fresh {
        return None;
    }
    let mut before = instance.rounds.iter().rev().filter(|old| {
        old.no != round.no && old.stage == stage.id && old.state == RoundState::Passed && old.went.is_some()
    });
    before.next()?.went.clone()
}

/// Where the paper goes once a stage is passed or a join has fired.
///
/// # Errors
/// `fact_missing`, `fact_type`; `broken_definition` when no route holds.
pub(super) fn route(def: &Definition, (id, next): (&StageId, &[Route]), ctx: &Context) -> Result<StageId, Refusal> {
    for route in next {
        let holds = route.when.as_ref().map_or(Ok(true), |guard| guard.holds(ctx.facts))?;
        if holds {
            return Ok(route.to.clone());
        }
    }
    Err(broken(def, id))
}
