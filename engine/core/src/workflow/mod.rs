//! The workflow engine: a definition as values, one document's way through it, and the pure rules between them.
//!
//! In reading order:
//! - [`definition`], [`guard`]: what a workflow file says;
//! - [`verify`], [`paths`], [`walk`]: whether a definition may be published, and the ways through it;
//! - [`instance`], [`round`], [`event`]: where one document stands, and the events of which that is the fold;
//! - [`command`], [`context`], [`offer`]: what can be asked, what the answer depends on, what may be asked now;
//! - [`electorate`], [`tally`]: who sits on which seat, separation of duties, how a vote stands;
//! - [`machine`]: [`start`], [`transition`]; `token` and `sitting` move papers and open rounds, `acts` is what each act
//!   asks for and does;
//! - [`standing`]: where a document stands along its way, for people to look at.
//!
//! A document is in one stage, or inside a split in one stage of each branch that has not arrived at the join: it has
//! a token for each. Seats are what goes on in parallel inside one stage.

mod acts;
pub mod command;
pub mod context;
pub mod definition;
pub mod electorate;
pub mod event;
mod fold;
pub mod guard;
pub mod instance;
pub mod machine;
pub mod offer;
pub mod paths;
pub mod round;
mod sitting;
pub mod standing;
pub mod tally;
mod token;
pub mod verify;
pub mod walk;

pub use command::{Act, ActKind, Addressee, By, Command, Mark, Turn};
pub use context::{Context, Decision, Effect, Topic};
pub use definition::{
    Abstain, Definition, Duty, End, Join, Labels, Node, OnReject, OnTimeout, Order, Outcome, Policy, Reopen, Resume,
    Route, SeatRule, Siblings, Split, Stage, StageId, StageKind, Text,
};
pub use event::{Event, What};
pub use guard::{Fact, FactType, Guard};
pub use instance::{Finish, Instance, SplitState, SplitVisit, Status};
pub use machine::{start, transition};
pub use offer::{Offer, available, can_answer, is_barred};
pub use round::{Added, Ballot, Branch, Given, Overriding, Pending, Round, RoundCause, RoundState, Seat, SeatState};
pub use tally::{Tally, Votes, tally};

/// Every code with which the engine refuses, or says why nobody can act, in alphabetical order. Each has its sentence
/// in the locale files; a refusal of a submission may also carry the codes of what is wrong with the content.
pub const CODES: [&str; 40] = [
    "acted_before",
    "all_barred",
    "already_acted_on",
    "already_answered",
    "blocked",
    "broken_definition",
    "choose_seat",
    "clockwork_only",
    "delegation_expired",
    "fact_missing",
    "fact_type",
    "finished",
    "irrevocable",
    "no_return",
    "no_time_out",
    "nobody_holds",
    "not_due",
    "not_in_this_stage",
    "not_your_agreement",
    "not_your_seat",
    "not_your_submission",
    "not_your_turn",
    "nothing_changed",
    "nothing_to_take_back",
    "nothing_to_withdraw",
    "of_barred_unit",
    "office_only",
    "own_paper",
    "party_empty",
    "person_needed",
    "reason_missing",
    "round_closed",
    "seat_answered",
    "siblings_running",
    "stale_version",
    "too_early",
    "too_few_people",
    "unknown_round",
    "unknown_seat",
    "wrong_definition",
];
