//! The workflow engine: a definition as values, one document's way through it, and the pure rules between them.
//!
//! In reading order:
//! - [`definition`], [`rule`], [`guard`]: what a workflow file says;
//! - [`verify`], [`paths`], [`walk`]: whether a definition may be published, and the ways through it;
//! - [`instance`], [`round`], [`event`]: where one document stands, and the events of which that is the fold;
//! - [`command`], [`context`], [`offer`]: what can be asked, what the answer depends on, what may be asked now;
//! - [`electorate`], [`tally`]: who sits on which seat, separation of duties, how a vote stands;
//! - [`machine`]: [`start`], [`transition`]; `token` and `sitting` move papers and open rounds, `acts` is what each act
//!   asks for and does;
//! - [`migration`]: moving a running document to another version; [`preview`]: the way ahead with names and dates;
//! - [`simulation`]: many documents replayed under changed conditions;
//! - [`standing`]: where a document stands along its way, for people to look at.
//!
//! A document is in one stage, or inside a split in one stage of each branch that has not arrived at the join: it has
//! a token for each. Seats are what goes on in parallel inside one stage.

mod acts;
pub mod command;
pub mod compile;
pub mod context;
pub mod definition;
pub mod electorate;
pub mod event;
pub mod extension;
mod fold;
pub mod form;
mod gate_guards;
pub mod guard;
pub mod instance;
pub mod machine;
pub mod migration;
pub mod net;
pub mod offer;
pub mod paths;
pub mod preview;
pub mod proof;
pub mod round;
pub mod rule;
pub mod simulation;
mod sitting;
pub mod soundness;
pub mod standing;
pub mod tally;
mod token;
pub mod trace;
pub mod verify;
pub mod walk;

pub use command::{Act, ActKind, Addressee, By, Command, Mark, Turn};
pub use context::{Context, Decision, Effect, Topic};
pub use definition::{
    Abstain, Definition, Duty, End, Join, Labels, Node, OnReject, OnTimeout, Order, Outcome, Policy, Reopen, Resume,
    Route, SeatRule, Siblings, Split, Stage, StageId, StageKind, Text,
};
pub use event::{DueMove, Event, Voided, What};
pub use extension::{Extension, ExtensionState};
pub use guard::{Fact, FactType, Guard};
pub use instance::{Finish, Instance, SplitState, SplitVisit, Status};
pub use machine::{start, transition};
pub use migration::{MIGRATION_CODES, Names, migrate};
pub use offer::{Offer, available, barred_from, can_answer};
pub use preview::{Expected, ExpectedSeat, preview, preview_of_start};
pub use round::{Added, Ballot, Branch, Given, Overriding, Pending, Round, RoundCause, RoundState, Seat, SeatState};
pub use tally::{Tally, Votes, tally};

/// Every code with which the engine refuses, or says why nobody can act, in alphabetical order. Each has its sentence
/// in the locale files; a refusal of a submission may also carry the codes of what is wrong with the content.
pub const CODES: [&str; 64] = [
    "act_not_allowed",
    "acted_before",
    "added_no_further",
    "all_barred",
    "already_acted_on",
    "already_answered",
    "already_seated",
    "blocked",
    "broken_definition",
    "choose_seat",
    "clockwork_only",
    "delegation_expired",
    "extension_late",
    "extension_no_date",
    "extension_none",
    "extension_not_later",
    "extension_not_with_unit",
    "extension_not_yours",
    "extension_not_yours_to_decide",
    "extension_open",
    "extension_too_far",
    "fact_missing",
    "fact_type",
    "finished",
    "irrevocable",
    "no_return",
    "no_time_out",
    "nobody_holds",
    "nobody_to_urge",
    "not_blocked",
    "not_due",
    "not_in_this_stage",
    "not_lent",
    "not_suspended",
    "not_your_agreement",
    "not_your_seat",
    "not_your_signer",
    "not_your_submission",
    "not_your_turn",
    "not_yours_to_urge",
    "nothing_changed",
    "nothing_to_take_back",
    "nothing_to_withdraw",
    "of_barred_unit",
    "office_only",
    "only_within_the_unit",
    "own_paper",
    "party_empty",
    "person_needed",
    "reason_missing",
    "round_closed",
    "seat_answered",
    "seat_lent",
    "second_person_needed",
    "siblings_running",
    "stale_version",
    "suspended",
    "too_early",
    "too_few_people",
    "unknown_person",
    "unknown_round",
    "unknown_seat",
    "urged_today",
    "wrong_definition",
];
