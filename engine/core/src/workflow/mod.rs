//! The workflow engine: a definition as values, one document's way through it, and the pure rules between them.
//!
//! In reading order:
//! - [`definition`], [`guard`]: what a workflow file says;
//! - [`verify`], [`paths`], [`walk`]: whether a definition may be published, and the ways through it;
//! - [`instance`], [`event`]: where one document stands, and the events of which that is the fold;
//! - [`command`], [`context`], [`offer`]: what can be asked, what the answer depends on, what may be asked now;
//! - [`electorate`]: who sits on which seat, separation of duties, signing policies;
//! - [`machine`]: [`start`], [`transition`];
//! - [`simulation`]: many documents replayed under changed conditions;
//! - [`standing`]: where a document stands along its way, for people to look at.
//!
//! A document is in one stage at a time (there is one token); what goes on in parallel inside a stage are its
//! seats. That is why the state graph of a definition is its whole behaviour.

mod acts;
pub mod command;
pub mod context;
pub mod definition;
pub mod electorate;
pub mod event;
pub mod guard;
pub mod instance;
pub mod machine;
pub mod offer;
pub mod paths;
pub mod simulation;
pub mod standing;
pub mod verify;
pub mod walk;

pub use command::{Act, By, Command, Mark};
pub use context::{Context, Decision, Effect, Topic};
pub use definition::{
    Definition, Duty, End, Labels, OnReject, OnTimeout, Policy, Reopen, Resume, Route, SeatRule, Stage, StageId,
    StageKind, Text,
};
pub use event::{Event, What};
pub use guard::{Fact, FactType, Guard};
pub use instance::{Ballot, Finish, Instance, Pending, Round, RoundCause, RoundState, Seat, SeatState, Status};
pub use machine::{start, transition};
pub use offer::{ActKind, Offer, available, can_answer, is_barred};

/// Every code with which the engine refuses, or says why nobody can act, in alphabetical order. Each has its sentence
/// in the locale files; a refusal of a submission may also carry the codes of what is wrong with the content.
pub const CODES: [&str; 38] = [
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
    "stale_version",
    "too_early",
    "too_few_people",
    "unknown_round",
    "unknown_seat",
    "wrong_definition",
];
