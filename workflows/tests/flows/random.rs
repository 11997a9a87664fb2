//! Random definitions of sequences, votes and nested splits with returns, each proved publishable, and random commands
//! on each of them.

use crate::cast::{OWNER, PARTNERS, Paper, World, holder};
use crate::properties::{Step, cases, play, step};
use duban_core::id::PersonId;
use duban_core::org::Role;
use duban_core::workflow::verify::verify;
use duban_core::workflow::{
    Abstain, Definition, End, Join, OnReject, Order, Outcome, Policy, Resume, RoundState, Route, SeatRule, SeatState,
    Siblings, Split, Stage, StageId, StageKind,
};
use proptest::prelude::*;
use std::collections::BTreeSet;
use std::sync::Arc;

/// A part of a way.
#[derive(Clone, Debug)]
enum Block {
    /// A stage with its rules, drawn from numbers.
    Stage([u8; 6]),
    /// Branches.
    Parallel(Vec<Vec<Block>>),
}

fn way() -> impl Strategy<Value = Vec<Block>> {
    let stage = any::<[u8; 6]>().prop_map(Block::Stage);
    let block = stage.prop_recursive(2, 12, 3, |inner| {
        prop::collection::vec(prop::collection::vec(inner, 1..3), 2..4).prop_map(Block::Parallel)
    });
    prop::collection::vec(block, 1..4)
}

struct Builder {
    def: Definition,
    count: usize,
}

impl Builder {
    fn name(&mut self, kind: &str) -> StageId {
        self.count += 1;
        StageId(format!("{kind}{}", self.count))
    }

    /// Builds a sequence that ends at `to` and gives where it begins. `before` are the stages that lie behind.
    fn sequence(&mut self, blocks: &[Block], to: &StageId, before: &[StageId]) -> StageId {
        let names: Vec<_> = blocks
            .iter()
            .map(|block| match block {
                Block::Stage(_) => self.name("s"),
                Block::Parallel(_) => self.name("p"),
            })
            .collect();
        let mut behind = before.to_vec();
        for (n, block) in blocks.iter().enumerate() {
            let next = names.get(n + 1).unwrap_or(to).clone();
            match block {
                Block::Stage(drawn) => {
                    self.stage(&names[n], *drawn, next, &behind);
                    behind.push(names[n].clone());
                }
                Block::Parallel(branches) => {
                    let join = self.name("j");
                    let built = self.def.stages.len();
                    let firsts = branches
                        .iter()
                        .map(|branch| self.sequence(branch, &join, &behind))
                        .collect();
                    self.def.splits.push(Split {
                        id: names[n].clone(),
                        to: firsts,
                        ..Split::default()
                    });
                    self.def.joins.push(Join {
                        id: join,
                        of: names[n].clone(),
                        next: vec![Route { when: None, to: next }],
                        ..Join::default()
                    });
                    // Whatever comes after the join may send a paper back into a branch.
                    behind.extend(self.def.stages[built..].iter().map(|stage| stage.id.clone()));
                }
            }
        }
        names[0].clone()
    }

    fn stage(&mut self, id: &StageId, drawn: [u8; 6], next: StageId, behind: &[StageId]) {
        let [who, policy, reject, returns, resume, more] = drawn;
        let seat = |role, party: &str, each, weight| SeatRule {
            role,
            party: party.to_owned(),
            fallback: Vec::new(),
            count: 1,
            each,
            weight,
        };
        let seats = match who % 4 {
            0 => vec![seat(Role::Cosigner, "partners", true, 1)],
            1 => vec![seat(Role::Office, "office", false, 1)],
            2 => vec![
                seat(Role::Leader, "leadership", false, 2),
                seat(Role::Cosigner, "partners", true, 1),
            ],
            _ => vec![
                seat(Role::Coordinator, "coordinator", false, 1),
                seat(Role::Inspector, "inspection", false, 1),
            ],
        };
        let targets = [behind[usize::from(returns) % behind.len()].clone(), behind[0].clone()];
        let targets: BTreeSet<_> = targets.into_iter().collect();
        let on_reject = [OnReject::Return, OnReject::Count, OnReject::Fail][usize::from(reject % 3)];
        let fails = on_reject != OnReject::Return && reject & 8 == 0;
        self.def.stages.push(Stage {
            id: id.clone(),
            kind: StageKind::Review,
            seats,
            policy: match policy % 4 {
                0 => Policy::All,
                1 => Policy::Any,
                2 => Policy::AtLeast { num: 2, den: 3 },
                _ => Policy::AtLeast { num: 1, den: 2 },
            },
            order: if policy & 16 == 0 {
                Order::Together
            } else {
                Order::InOrder
            },
            change: more & 1 == 0,
            abstain: [None, Some(Abstain::Stays), Some(Abstain::Leaves)][usize::from(more >> 1) % 3],
            on_reject,
            fail: fails.then(|| StageId::from("rejected")),
            next: vec![Route { when: None, to: next }],
            returns: targets.into_iter().collect(),
            siblings: if resume & 4 == 0 {
                Siblings::Cancel
            } else {
                Siblings::Refuse
            },
            resume: [Resume::Direct, Resume::Replay, Resume::Affected][usize::from(resume % 3)],
            limit: Some(3),
            ..Stage::default()
        });
    }
}

fn definition(blocks: &[Block]) -> Definition {
    let end = |id: &str, outcome| End {
        id: StageId::from(id),
        outcome,
        ..End::default()
    };
    let draft = StageId::from("draft");
    let mut builder = Builder {
        def: Definition {
            id: "random".to_owned(),
            version: 1,
            document_type: "annual_plan".to_owned(),
            start: draft.clone(),
            ends: vec![end("approved", Outcome::Approved), end("rejected", Outcome::Rejected)],
            ..Definition::default()
        },
        count: 0,
    };
    builder.def.stages.push(Stage {
        id: draft.clone(),
        edits: vec!["plan".to_owned()],
        withdraw: true,
        seats: vec![SeatRule {
            role: Role::Drafter,
            party: "owner".to_owned(),
            fallback: Vec::new(),
            count: 1,
            each: false,
            weight: 1,
        }],
        ..Stage::default()
    });
    let first = builder.sequence(blocks, &StageId::from("approved"), &[draft]);
    let always = Route { when: None, to: first };
    builder.def.stages[0].next = vec![always];
    if builder.def.stages.iter().all(|stage| stage.fail.is_none()) {
        builder.def.ends.truncate(1);
    }
    builder.def
}

/// What holds in every definition: nobody acts on their own paper, thresholds are exact, one vote a person.
fn check(world: &World, authors: &BTreeSet<PersonId>, before: &Paper, after: &Paper) {
    for round in &after.instance.rounds {
        if round.kind == StageKind::Review {
            for ballot in round.seats.iter().filter_map(|seat| seat.ballot.as_ref()) {
                let old = before.instance.round(round.no);
                let known = old.is_some_and(|old| old.seats.iter().any(|seat| seat.ballot.as_ref() == Some(ballot)));
                let carried = round
                    .seats
                    .iter()
                    .any(|s| s.carried_from.is_some() && s.ballot.as_ref() == Some(ballot));
                assert!(
                    known || carried || !authors.contains(&ballot.actor.person),
                    "on their own paper"
                );
            }
        }
        let stage = world.def.stage(&round.stage).unwrap();
        let counted = round.seats.iter().filter(|seat| {
            let left = seat.state == SeatState::Abstained && stage.abstain == Some(Abstain::Leaves);
            !left && !matches!(seat.state, SeatState::Removed | SeatState::Objected)
        });
        let (mut yes, mut all) = (0, 0);
        for seat in counted {
            all += seat.weight;
            if matches!(
                seat.state,
                SeatState::Approved | SeatState::Submitted | SeatState::Consented
            ) {
                yes += seat.weight;
            }
        }
        let reached = match stage.policy {
            Policy::All => yes == all,
            Policy::Any => yes > 0,
            Policy::AtLeast { num, den } => yes * den >= num * all,
        };
        let passed = round.state == RoundState::Passed && round.overridden.is_none();
        assert!(
            !passed || (yes > 0 && reached),
            "{} passed with {yes} of {all}",
            round.stage
        );
        let failed = round.state == RoundState::Failed && stage.on_reject == OnReject::Count;
        assert!(
            !failed || yes == 0 || !reached,
            "{} failed with {yes} of {all}",
            round.stage
        );
    }
}

proptest! {
    #![proptest_config(cases(50, 5000))]

    #[test]
    fn any_definition_and_any_commands(
        blocks in way(),
        partners in 1usize..4,
        steps in prop::collection::vec(step(), 1..60),
    ) {
        let def = definition(&blocks);
        let problems = verify(&def);
        prop_assert!(problems.iter().all(|p| p.reason.code == "empty_party_reachable"), "{problems:?}");
        let mut world = World::of(Arc::new(def)).with_partners(&PARTNERS[..partners]);
        world.authors.insert(holder(OWNER, Role::Drafter, 0));
        let steps: Vec<Step> = steps;
        play(world, &steps, check);
    }
}
