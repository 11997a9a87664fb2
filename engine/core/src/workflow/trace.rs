//! A history as steps of the definition's net: what an exported log says, and what can be replayed on the net.

use super::compile::{How, Label};
use super::definition::{StageId, StageKind};
use super::event::{Event, What};
use super::round::{RoundCause, RoundState};
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
    silent: bool,
    event: &'e Event,
}

#[derive(Default)]
struct Trace<'e> {
    steps: Vec<Step<'e>>,
    /// The stage of each round, and whether it is passed without anybody's act.
    rounds: BTreeMap<RoundNo, (StageId, bool)>,
    /// Answers of the present command that have not closed their round.
    answers: Vec<(RoundNo, &'e Event)>,
    closed: Option<Closed<'e>>,
    recalled: Option<&'e Event>,
}

impl<'e> Trace<'e> {
    fn take(&mut self, event: &'e Event) {
        match &event.what {
            What::RoundOpened {
                round,
                stage,
                stage_kind,
                cause,
                ..
            } => {
                self.rounds
                    .insert(*round, (stage.clone(), *stage_kind == StageKind::Auto));
                self.opened(event, stage, *cause);
            }
            What::Submitted { round, .. }
            | What::Approved { round, .. }
            | What::Rejected { round, .. }
            | What::Abstained { round, .. }
            | What::Returned { round, .. }
            | What::Consented { round, .. } => self.answers.push((*round, event)),
            What::RoundClosed { round, state, went, .. } => self.close(event, *round, *state, went.as_ref()),
            What::Ended { end } => self.opened(event, end, RoundCause::Passed),
            What::Withdrawn { .. } | What::TakenBack { .. } => self.recalled = Some(event),
            What::Terminated { .. } => self.step(Label::Terminate, event),
            // Nothing else moves the paper.
            _ => {}
        }
    }

    fn step(&mut self, label: Label, event: &'e Event) {
        self.steps.push(Step { label, event });
    }

    fn close(&mut self, event: &'e Event, round: RoundNo, state: RoundState, went: Option<&StageId>) {
        let decided = matches!(state, RoundState::Passed | RoundState::Returned | RoundState::Failed);
        let Some((stage, false)) = self.rounds.get(&round).cloned().filter(|_| decided) else {
            return;
        };
        // One ballot may have been cast from several seats: it is one step.
        let answer = self
            .answers
            .iter()
            .rfind(|(of, _)| *of == round)
            .map(|(_, answer)| *answer);
        self.answers.retain(|(of, _)| *of != round);
        let silent = answer.is_some_and(|answer| matches!(answer.what, What::Consented { .. }));
        let event = answer.unwrap_or(event);
        match went {
            Some(to) if state == RoundState::Passed => {
                let how = if silent { How::Silence } else { How::Answer };
                let to = to.clone();
                self.step(Label::Pass { stage, to, how }, event);
            }
            _ => {
                self.closed = Some(Closed {
                    stage,
                    state,
                    silent,
                    event,
                });
            }
        }
    }

    /// A stage was opened or an end reached: the closed round has led there.
    fn opened(&mut self, event: &'e Event, to: &StageId, cause: RoundCause) {
        if cause == RoundCause::Start {
            return self.step(Label::Start, event);
        }
        if let Some(recalled) = self.recalled.take() {
            return self.recall(recalled, to);
        }
        let Some(closed) = self.closed.take() else {
            return;
        };
        let (stage, to) = (closed.stage, to.clone());
        let label = match (closed.state, cause, closed.silent) {
            (RoundState::Returned, ..) => Label::Return { stage, to },
            (state, cause, silent) => {
                let how = match (state, cause, silent) {
                    (RoundState::Failed, ..) => How::Failure,
                    (_, RoundCause::Resumed, false) => How::Resume,
                    (_, RoundCause::Resumed, true) => How::SilentResume,
                    (_, _, false) => How::Answer,
                    (_, _, true) => How::Silence,
                };
                Label::Pass { stage, to, how }
            }
        };
        self.step(label, closed.event);
    }

    /// The last passing of the stage was taken back.
    fn recall(&mut self, event: &'e Event, stage: &StageId) {
        let passed = self.steps.iter().rev().find_map(|step| match &step.label {
            Label::Pass { stage: of, to, how } if of == stage => Some((to.clone(), *how)),
            _ => None,
        });
        if let Some((opened, how)) = passed {
            let label = Label::Undo {
                stage: opened,
                to: stage.clone(),
                how,
            };
            self.step(label, event);
        }
    }

    /// Answers that closed nothing.
    fn rest(&mut self) {
        let mut told: Vec<RoundNo> = Vec::new();
        for (round, event) in std::mem::take(&mut self.answers) {
            let Some((stage, _)) = self.rounds.get(&round).cloned().filter(|_| !told.contains(&round)) else {
                continue;
            };
            told.push(round);
            let label = match event.what {
                What::Consented { .. } => Label::Silence { stage },
                _ => Label::Ballot { stage },
            };
            self.step(label, event);
        }
    }
}
