//! The words of which the rules of a stage are made: who decides, what a no, an abstention or silence does, which way a
//! returned paper comes back.

use serde::{Deserialize, Serialize};

/// What an abstention does to the electorate.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Abstain {
    /// The seat's weight stays in it: an abstention helps nobody.
    Stays,
    /// The seat's weight leaves it: the others decide.
    Leaves,
}

/// Whether the seats of a round are asked together.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Order {
    /// All at the same time (会签).
    #[default]
    Together,
    /// One after another, in the order of the definition (依次).
    InOrder,
}

/// What a return out of a branch to before its split does to the other branches.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Siblings {
    /// They are called off and begin anew when the paper comes to the split again.
    #[default]
    Cancel,
    /// The return is refused while one of them is under way.
    Refuse,
}

/// When a round has passed. Integers only; nothing is rounded.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Policy {
    /// Every seat agrees.
    #[default]
    All,
    /// `yes · den ≥ num · all`, by weight.
    AtLeast {
        /// Numerator.
        num: u32,
        /// Denominator.
        den: u32,
    },
    /// One seat agrees.
    Any,
}

/// What one seat's return or no does to the round.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum OnReject {
    /// One return is a veto: the paper goes back at once.
    #[default]
    Return,
    /// It counts against; the vote has failed once passing has become impossible.
    Count,
    /// One no fails the round at once.
    Fail,
}

/// What silence until the end of the last day means.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum OnTimeout {
    /// Nothing; the round stays open and is late.
    #[default]
    None,
    /// No objection, recorded as such. Only for seats that are asked in parallel by unit (会签).
    Consent,
}

/// Which way a returned paper comes back.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Resume {
    /// Straight to the stage that returned it.
    #[default]
    Direct,
    /// Through every stage again.
    Replay,
    /// Straight back, but first to every seat in between whose signature no longer covers what it answers for.
    Affected,
}

/// Who is asked again when a paper comes back directly.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Reopen {
    /// Every seat.
    #[default]
    All,
    /// Only those that had not agreed; the others' agreement is carried over.
    Returner,
}
