//! The workflow engine: a definition as values, one document's way through it, and the pure rules between them.
//!
//! In reading order:
//! - [`definition`], [`guard`]: what a workflow file says;
//! - [`verify`], [`paths`], [`walk`]: whether a definition may be published, and the ways through it;
//! - [`instance`], [`event`]: where one document stands, and the events of which that is the fold;
//! - [`command`], [`context`], [`offer`]: what can be asked, what the answer depends on, what may be asked now;
//! - [`electorate`]: who sits on which seat, separation of duties, signing policies;
//! - [`machine`]: [`start`], [`transition`];
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
