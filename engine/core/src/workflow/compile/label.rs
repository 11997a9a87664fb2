//! What the transitions of a definition's net stand for.

use crate::workflow::definition::StageId;
use serde::Serialize;
use std::fmt;

/// What a transition of the net stands for. Written out it is the transition's label, and the name of the event in an
/// exported history.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize)]
#[serde(tag = "step", rename_all = "snake_case")]
pub enum Label {
    /// The document began.
    Start,
    /// A seat answered and the round goes on.
    Ballot {
        /// The stage.
        stage: StageId,
    },
    /// Seats stayed silent and the round goes on.
    Silence {
        /// The stage.
        stage: StageId,
    },
    /// The stage was passed.
    Pass {
        /// The stage.
        stage: StageId,
        /// Where it led.
        to: StageId,
        /// How.
        how: How,
    },
    /// The stage sent the paper back.
    Return {
        /// The stage.
        stage: StageId,
        /// Where to.
        to: StageId,
    },
    /// A submission or agreement was taken back.
    Undo {
        /// The stage that it had opened.
        stage: StageId,
        /// The stage in which it had been given.
        to: StageId,
        /// How that had been passed.
        how: How,
    },
    /// The office ended the document.
    Terminate,
}

/// How a stage was passed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum How {
    /// By an answer, along a route.
    Answer,
    /// By an answer to a return, straight back.
    Resume,
    /// By silence, along a route.
    Silence,
    /// By silence, straight back.
    SilentResume,
    /// The vote failed, and the stage says where that leads.
    Failure,
}

impl fmt::Display for Label {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Start => f.write_str("start"),
            Self::Ballot { stage } => write!(f, "{stage}: ballot"),
            Self::Silence { stage } => write!(f, "{stage}: silence"),
            Self::Pass { stage, to, how } => {
                let verb = match how {
                    How::Answer => "pass",
                    How::Resume => "resume",
                    How::Silence => "time-out",
                    How::SilentResume => "time-out, resume",
                    How::Failure => "fail",
                };
                write!(f, "{stage}: {verb} → {to}")
            }
            Self::Return { stage, to } => write!(f, "{stage}: return → {to}"),
            Self::Undo { stage, to, how } => {
                let verb = match how {
                    How::Resume | How::SilentResume => "taken back (resumed)",
                    How::Answer | How::Silence | How::Failure => "taken back",
                };
                write!(f, "{stage}: {verb} → {to}")
            }
            Self::Terminate => f.write_str("terminate"),
        }
    }
}
