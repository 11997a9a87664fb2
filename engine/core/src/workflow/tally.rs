//! How a vote stands: integers only, nothing is rounded.

use super::definition::{Abstain, Policy, Stage};
use super::round::{Round, SeatState};

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

/// The weights of an electorate. What is neither yes nor undecided is against it or has abstained.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Votes {
    /// What has agreed.
    pub yes: u64,
    /// What has not answered yet.
    pub undecided: u64,
    /// All of it: what decides is a share of this.
    pub all: u64,
}

impl Votes {
    /// The votes of a round. Who was removed or objected as an added signer is not part of it; an abstention is as
    /// the stage says; an agreement after which somebody added still has to answer is not given yet.
    pub fn of(stage: &Stage, round: &Round) -> Self {
        let mut votes = Self::default();
        for seat in round.seats.iter().filter(|seat| seat.counts()) {
            let weight = u64::from(seat.weight);
            if seat.state == SeatState::Abstained && stage.abstain == Some(Abstain::Leaves) {
                continue;
            }
            votes.all = votes.all.saturating_add(weight);
            if seat.awaits() || round.is_pending(seat) {
                votes.undecided = votes.undecided.saturating_add(weight);
            } else if seat.is_yes() {
                votes.yes = votes.yes.saturating_add(weight);
            }
        }
        votes
    }
}

/// How a round with these votes stands. An empty electorate is never passed: without any weight it is open while
/// somebody is still asked or nobody ever was, and never decided by itself.
pub fn tally(policy: Policy, votes: Votes) -> Tally {
    let Votes { yes, undecided, all } = votes;
    let passes = |yes: u64| match policy {
        Policy::All => yes == all,
        Policy::AtLeast { num, den } => u128::from(yes) * u128::from(den) >= u128::from(num) * u128::from(all),
        Policy::Any => yes > 0,
    };
    let best = yes.saturating_add(undecided);
    if all == 0 {
        Tally::Open
    } else if yes > 0 && passes(yes) {
        Tally::Passed
    } else if best == 0 || !passes(best) {
        Tally::Failed
    } else {
        Tally::Open
    }
}

/// How this round stands by the policy of its stage.
pub(super) fn tally_round(stage: &Stage, round: &Round) -> Tally {
    let votes = Votes::of(stage, round);
    // All abstained and left: there is nobody whose yes could still come.
    let abstained = || round.seats.iter().any(|seat| seat.state == SeatState::Abstained);
    if votes.all == 0 && abstained() {
        return Tally::Failed;
    }
    tally(stage.policy, votes)
}
