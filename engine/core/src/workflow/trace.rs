//! A history as steps of the definition's net: what an exported log says, and what can be replayed on the net.

use super::compile::{How, Label};
use super::definition::StageId;
use super::event::{Event, What};
use super::instance::{RoundCause, RoundState};
use crate::id::RoundNo;
use std::collections::BTreeMap;

/// One step of a history: a transition of the net, and the event that tells who made it happen and when.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Step<'e> {
    /// The transition.
    pub label: Label,
    /// The answer, or, where nobody answered, the event itself.
    pub event: &'e Event,
}

/// The steps of a document's events, oldest first. What moves nothing (seats that change hands, are blocked or freed)
/// is no step.
pub fn steps(events: &[Event]) -> Vec<Step<'_>> {
    let mut trace = Trace::default();
    for command in events.chunk_by(|a, b| a.version == b.version) {
        for event in command {
            trace.take(event);
        }
        trace.rest();
    }
    trace.steps
}

/// A round that was closed and has not led anywhere yet.
struct Closed<'e> {
    stage: StageId,
    state: RoundState,
    cause: RoundCause,
    silent: bool,
    event: &'e Event,
}

#[derive(Default)]
struct Trace<'e> {
    steps: Vec<Step<'e>>,
    /// Stage and cause of each round.
    rounds: BTreeMap<RoundNo, (StageId, RoundCause)>,
    /// Answers of the present command that have not closed their round.
    answers: Vec<(RoundNo, &'e Event)>,
    closed: Option<Closed<'e>>,
}

impl<'e> Trace<'e> {
    fn take(&mut self, event: &'e Event) {
        match &event.what {
            What::RoundOpened {
                round, stage, cause, ..
            } => {
                self.rounds.insert(*round, (stage.clone(), *cause));
                self.opened(event, stage, *cause);
            }
            What::Submitted { round, .. }
            | What::Approved { round, .. }
            | What::Returned { round, .. }
            | What::Consented { round, .. } => self.answers.push((*round, event)),
            What::RoundClosed { round, state, .. } => self.close(event, *round, *state),
            What::Ended { end } => self.opened(event, end, RoundCause::Passed),
            What::Terminated { .. } => {
                self.closed = None;
                self.step(Label::Terminate, event);
            }
            What::Started { .. }
            | What::Withdrawn { .. }
            | What::TakenBack { .. }
            | What::SeatBlocked { .. }
            | What::SeatFreed { .. }
            | What::RoundSeated { .. } => {}
        }
    }

    fn step(&mut self, label: Label, event: &'e Event) {
        self.steps.push(Step { label, event });
    }

    fn close(&mut self, event: &'e Event, round: RoundNo, state: RoundState) {
        let Some((stage, cause)) = self.rounds.get(&round).cloned() else {
            return;
        };
        let answer = self.answers.iter().position(|(of, _)| *of == round);
        let answer = answer.map(|index| self.answers.remove(index).1);
        let silent = answer.is_some_and(|answer| matches!(answer.what, What::Consented { .. }));
        self.closed = Some(Closed {
            stage,
            state,
            cause,
            silent,
            event: answer.unwrap_or(event),
        });
    }

    /// The closed round has led to this stage or end.
    fn opened(&mut self, event: &'e Event, to: &StageId, cause: RoundCause) {
        let Some(closed) = self.closed.take() else {
            if cause == RoundCause::Start {
                self.step(Label::Start, event);
            }
            return;
        };
        let (stage, to) = (closed.stage, to.clone());
        let label = match closed.state {
            RoundState::Returned => Label::Return { stage, to },
            RoundState::Withdrawn | RoundState::TakenBack => Label::Undo {
                stage,
                to,
                how: match closed.cause {
                    RoundCause::Resumed => How::Resume,
                    _ => How::Answer,
                },
            },
            RoundState::Passed | RoundState::Open | RoundState::Terminated => Label::Pass {
                stage,
                to,
                how: match (cause, closed.silent) {
                    (RoundCause::Resumed, false) => How::Resume,
                    (RoundCause::Resumed, true) => How::SilentResume,
                    (_, false) => How::Answer,
                    (_, true) => How::Silence,
                },
            },
        };
        self.step(label, closed.event);
    }

    /// Answers that closed nothing.
    fn rest(&mut self) {
        for (round, event) in std::mem::take(&mut self.answers) {
            let Some((stage, _)) = self.rounds.get(&round).cloned() else {
                continue;
            };
            let label = match event.what {
                What::Consented { .. } => Label::Silence { stage },
                _ => Label::Ballot { stage },
            };
            self.step(label, event);
        }
    }
}
