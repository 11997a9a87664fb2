//! The decision bar. It shows exactly what the engine offers; the engine decides again when a button is pressed. A
//! refused act comes back with its reason beside the button and everything typed still there.

use super::acting::address;
use super::fields::{Posted, value};
use super::whom;
use crate::extract::Signed;
use duban_core::document::content::Content;
use duban_core::document::field::Part;
use duban_core::id::{RoundNo, Version};
use duban_core::reason::Reason;
use duban_core::workflow::{Abstain, ActKind, Offer, OnReject, Policy, Resume, Votes};
use duban_service::paper::Paper;
use serde::Serialize;
use std::collections::BTreeMap;

/// What a refused act leaves behind for the page that comes back.
#[derive(Debug, Default)]
pub struct Bar {
    /// The act that was tried.
    tried: Option<ActKind>,
    /// What was posted.
    posted: Posted,
    /// Why it was refused.
    reasons: Vec<Reason>,
    /// The version that was expected, when somebody else was first.
    stale: Option<Version>,
}

/// The bar as shown.
#[derive(Serialize)]
pub struct BarView {
    /// The decisions.
    acts: Vec<ActView>,
    /// Everything else that can be done, under one fold.
    more: Vec<ActView>,
    /// One of these was refused and is open.
    more_open: bool,
    /// What a voter should know first.
    votes: Vec<VoteView>,
    stale: Option<StaleView>,
    command: String,
    expected: u32,
    /// Something was already typed as a remark.
    marked: bool,
    /// Lines that can be remarked on; empty when nothing can be returned.
    targets: Vec<TargetView>,
    unready: Vec<Reason>,
}

#[derive(Serialize)]
struct StaleView {
    entries: Vec<super::EntryView>,
}

#[derive(Serialize)]
struct ActView {
    code: &'static str,
    label: String,
    action: String,
    primary: bool,
    danger: bool,
    open: bool,
    reason_required: bool,
    takes_text: bool,
    /// A day is asked for; it may be left out when it is filled in already.
    takes_date: bool,
    date: String,
    text: String,
    /// The field of the form that `seats` fill: `seat` or `round`.
    chooses: &'static str,
    seats: Vec<CapacityView>,
    /// What was typed as a name; none where nobody is named by typing.
    whom: Option<String>,
    /// Whom it can go to, by unit; empty when nobody is to be named, or nobody was yet.
    takers: Vec<TakersView>,
    /// True when several people may be named.
    several: bool,
    /// True when a sentence says what the act does.
    hint: bool,
    returns: Vec<StageView>,
    resume: &'static str,
    reasons: Vec<Reason>,
    command: String,
}

/// A capacity in which the reader could act, or the seat or round that the act is about.
#[derive(Serialize)]
struct CapacityView {
    value: Option<u32>,
    actor: super::ActorView,
    /// The stage, where several are open.
    stage: String,
    chosen: bool,
}

/// The people of one unit who can be named.
#[derive(Serialize)]
struct TakersView {
    unit: String,
    posts: Vec<TakerView>,
}

#[derive(Serialize)]
struct TakerView {
    value: String,
    role: &'static str,
    name: String,
    chosen: bool,
}

/// How a vote is decided, and how it stands: said before the voter speaks.
#[derive(Serialize)]
struct VoteView {
    stage: String,
    /// `any`, or `share` of `num` in `den`.
    policy: &'static str,
    num: u32,
    den: u32,
    /// Weights.
    yes: u64,
    undecided: u64,
    all: u64,
    on_reject: &'static str,
    abstain: &'static str,
    change: bool,
    mine: String,
}

#[derive(Serialize)]
struct StageView {
    id: String,
    title: String,
    chosen: bool,
}

#[derive(Serialize)]
struct TargetView {
    name: String,
    title: String,
    text: String,
    fields: Vec<TargetField>,
}

#[derive(Serialize)]
struct TargetField {
    key: String,
    label: String,
    chosen: bool,
}

/// Acts that are decisions; the others stand under 更多.
fn is_decision(act: ActKind) -> bool {
    matches!(
        act,
        ActKind::Submit
            | ActKind::Approve
            | ActKind::Reject
            | ActKind::Abstain
            | ActKind::Return
            | ActKind::Withdraw
            | ActKind::TakeBack
            | ActKind::Recheck
            | ActKind::GiveBack
            | ActKind::Resume
            | ActKind::GrantExtension
            | ActKind::RefuseExtension
    )
}

impl Bar {
    /// The bar after a refused act.
    pub fn refused(tried: ActKind, posted: Posted, reasons: Vec<Reason>, stale: Option<Version>) -> Self {
        Self {
            tried: Some(tried),
            posted,
            reasons,
            stale,
        }
    }

    /// The bar for this reader.
    pub fn view(&self, signed: &Signed, paper: &Paper, content: &Content) -> BarView {
        let (mut acts, mut more) = (Vec::new(), Vec::new());
        for act in ActKind::ALL {
            let offers: Vec<&Offer> = paper.offers_of(act).collect();
            let (Some(first), Some(path)) = (offers.first(), address(act)) else {
                continue;
            };
            // What a writer submits is submitted from the check page, after the check.
            if act == ActKind::Submit && paper.is_editable() {
                continue;
            }
            let view = self.act(signed, paper, (act, path), &offers, first);
            if is_decision(act) { &mut acts } else { &mut more }.push(view);
        }
        let unready = paper
            .offers
            .iter()
            .flat_map(|offer| offer.unready.iter().cloned())
            .collect();
        let returning = acts.iter().any(|act| act.code == ActKind::Return.code());
        BarView {
            more_open: more.iter().any(|act| act.open),
            votes: votes(signed, paper),
            acts,
            more,
            stale: self.stale.map(|version| StaleView {
                entries: newer(signed, paper, content, version),
            }),
            command: super::fresh_command(),
            expected: paper.instance.version.0,
            marked: self
                .posted
                .iter()
                .any(|(name, text)| name.starts_with("mark-") && !name.ends_with("-field") && !text.trim().is_empty()),
            targets: if returning {
                self.targets(paper, content)
            } else {
                Vec::new()
            },
            unready,
        }
    }

    fn act(
        &self,
        signed: &Signed,
        paper: &Paper,
        (act, path): (ActKind, &str),
        offers: &[&Offer],
        first: &Offer,
    ) -> ActView {
        let locale = signed.locale.tag();
        let stage = paper.definition.stage(&first.stage);
        let own = stage.and_then(|stage| match act {
            ActKind::Submit => stage.labels.submit.as_ref(),
            ActKind::Approve => stage.labels.approve.as_ref(),
            ActKind::Reject => stage.labels.reject.as_ref(),
            ActKind::Abstain => stage.labels.abstain.as_ref(),
            ActKind::Return => stage.labels.back.as_ref(),
            _ => None,
        });
        let tried = self.tried == Some(act);
        let typed = |name: &str| {
            value(&self.posted, name)
                .filter(|_| tried)
                .unwrap_or_default()
                .to_owned()
        };
        let to = typed("to");
        let returns = first.returns.iter().enumerate().map(|(at, stage)| StageView {
            id: stage.to_string(),
            title: super::stage_title(signed, paper, stage),
            chosen: if to.is_empty() { at == 0 } else { stage.0 == to },
        });
        ActView {
            code: act.code(),
            label: own.map_or_else(
                || signed.text(&format!("act.{}", label_key(act))),
                |text| text.get(locale).to_owned(),
            ),
            action: format!("/documents/{}/{path}", paper.id),
            primary: matches!(act, ActKind::Approve | ActKind::Submit),
            danger: matches!(
                act,
                ActKind::Return | ActKind::Reject | ActKind::Terminate | ActKind::Override
            ),
            open: tried,
            reason_required: first.reason_required,
            takes_date: matches!(act, ActKind::AskExtension | ActKind::GrantExtension),
            date: if tried {
                typed("until")
            } else {
                let asked = paper
                    .instance
                    .extension_asked()
                    .filter(|_| act == ActKind::GrantExtension);
                asked.map_or_else(String::new, |asked| asked.until.to_string())
            },
            takes_text: !matches!(act, ActKind::Recheck | ActKind::Urge | ActKind::Resume),
            text: typed("text"),
            chooses: if act == ActKind::Override { "round" } else { "seat" },
            seats: self.capacities(signed, paper, act, offers),
            whom: whom::field(act).map(|_| typed("whom")),
            takers: self.takers(paper, signed, act, offers),
            several: act == ActKind::Copy,
            hint: !is_decision(act),
            returns: returns.collect(),
            resume: stage.map_or("direct", |stage| match stage.resume {
                Resume::Direct => "direct",
                Resume::Replay => "replay",
                Resume::Affected => "affected",
            }),
            reasons: if tried { self.reasons.clone() } else { Vec::new() },
            command: super::fresh_command(),
        }
    }

    /// In which capacities the reader could act; for an act about a signer or a round, which ones it could be about.
    fn capacities(&self, signed: &Signed, paper: &Paper, act: ActKind, offers: &[&Offer]) -> Vec<CapacityView> {
        let field = if act == ActKind::Override { "round" } else { "seat" };
        let typed = value(&self.posted, field).filter(|_| self.tried == Some(act));
        let stages: std::collections::BTreeSet<_> = offers.iter().map(|offer| &offer.stage).collect();
        let several = stages.len() > 1;
        let capacity = |(at, offer): (usize, &&Offer)| {
            let number = match act {
                ActKind::Override => Some(offer.round.0),
                _ => offer.seat.map(|seat| seat.0),
            };
            let mut actor = super::actor_view(paper, &offer.actor);
            // What is chosen here is the signer, not the capacity.
            let signer = offer.seat.and_then(|seat| paper.instance.current_for(seat));
            if let (ActKind::Remove, Some((_, signer))) = (act, signer) {
                actor = super::post_view(paper, signer.principal());
            }
            CapacityView {
                value: number,
                actor,
                stage: if several || act == ActKind::Override {
                    super::stage_title(signed, paper, &offer.stage)
                } else {
                    String::new()
                },
                chosen: match typed {
                    Some(typed) => number.is_some_and(|number| number.to_string() == typed),
                    None => at == 0,
                },
            }
        };
        offers.iter().enumerate().map(capacity).collect()
    }

    /// Who is offered by name: for a seat that moves whom the engine says, for a signer or a copy whom the typed name
    /// could mean and whoever was chosen.
    fn takers(&self, paper: &Paper, signed: &Signed, act: ActKind, offers: &[&Offer]) -> Vec<TakersView> {
        let typed = |name: &str| value(&self.posted, name).filter(|_| self.tried == Some(act));
        let field = whom::field(act);
        let posts = match field {
            Some(_) => whom::meant(signed, paper, act, typed("whom").unwrap_or_default()),
            None => offers.iter().flat_map(|offer| offer.takers.clone()).collect(),
        };
        let field = field.unwrap_or("to");
        let is_chosen = |text: &str| {
            let mut chosen = self.posted.iter().filter(|(name, _)| name == field);
            self.tried == Some(act) && chosen.any(|(_, chosen)| chosen == text)
        };
        let mut units: BTreeMap<_, Vec<TakerView>> = BTreeMap::new();
        for post in posts.into_iter().take(whom::MOST) {
            let Some(person) = post.person else { continue };
            let value = whom::written(act, &post);
            units.entry(post.unit).or_default().push(TakerView {
                chosen: is_chosen(&value),
                value,
                role: post.role.code(),
                name: paper.org.person_name(person),
            });
        }
        let named = units.into_iter().map(|(unit, posts)| TakersView {
            unit: paper.org.unit_name(unit),
            posts,
        });
        named.collect()
    }

    /// The places that a return may remark on: the head, then every line.
    fn targets(&self, paper: &Paper, content: &Content) -> Vec<TargetView> {
        let target = |line: Option<u32>| {
            let name = line.map_or_else(|| "head".to_owned(), |id| id.to_string());
            let part = if line.is_some() { Part::Line } else { Part::Head };
            let chosen = value(&self.posted, &format!("mark-{name}-field")).unwrap_or_default();
            TargetView {
                title: super::line_title(paper.kind(), content, line),
                text: value(&self.posted, &format!("mark-{name}"))
                    .unwrap_or_default()
                    .to_owned(),
                fields: paper
                    .kind()
                    .fields(part)
                    .iter()
                    .filter(|spec| !spec.given)
                    .map(|spec| TargetField {
                        key: spec.key.clone(),
                        label: paper.kind().label(part, &spec.key),
                        chosen: spec.key == chosen,
                    })
                    .collect(),
                name,
            }
        };
        let lines = content.lines.iter().map(|line| target(Some(line.id)));
        std::iter::once(target(None)).chain(lines).collect()
    }
}

/// The key of an act's label below `act`; `act.resume` is how a returned paper comes back.
fn label_key(act: ActKind) -> &'static str {
    match act {
        ActKind::Resume => "resume_paper",
        other => other.code(),
    }
}

/// The votes in which the reader has a voice: how they are decided, and how they stand.
fn votes(signed: &Signed, paper: &Paper) -> Vec<VoteView> {
    let voices = [ActKind::Approve, ActKind::Reject, ActKind::Abstain];
    let mut rounds: Vec<RoundNo> = paper
        .offers
        .iter()
        .filter(|offer| voices.contains(&offer.act))
        .map(|offer| offer.round)
        .collect();
    rounds.dedup();
    let vote = |no: RoundNo| {
        let round = paper.instance.round(no)?;
        let stage = paper.definition.stage(&round.stage).filter(|stage| stage.is_vote())?;
        let Votes { yes, undecided, all } = Votes::of(stage, round);
        let (policy, num, den) = match stage.policy {
            Policy::All => return None,
            Policy::Any => ("any", 1, 1),
            Policy::AtLeast { num, den } => ("share", num, den),
        };
        let mine = round.seats.iter().filter(|seat| {
            let spoke = seat.ballot.as_ref().map(|ballot| ballot.actor.person);
            spoke == Some(signed.caller.person)
        });
        Some(VoteView {
            stage: super::stage_title(signed, paper, &stage.id),
            policy,
            num,
            den,
            yes,
            undecided,
            all,
            on_reject: match stage.on_reject {
                OnReject::Return => "return",
                OnReject::Count if stage.fail.is_some() => "fail",
                OnReject::Count => "count",
                OnReject::Fail => "veto",
            },
            abstain: match stage.abstain {
                None => "no",
                Some(Abstain::Stays) => "stays",
                Some(Abstain::Leaves) => "leaves",
            },
            change: stage.change,
            mine: mine.map(|seat| seat.state.code()).next().unwrap_or_default().to_owned(),
        })
    };
    rounds.into_iter().filter_map(vote).collect()
}

/// What happened after the version that the reader had seen, oldest first.
fn newer(signed: &Signed, paper: &Paper, content: &Content, version: Version) -> Vec<super::EntryView> {
    let seen = paper
        .events
        .iter()
        .filter(|event| event.version <= version)
        .map(|event| event.seq)
        .max();
    let seen = seen.unwrap_or(0);
    let entries = paper.history.iter().filter(|entry| entry.seq > seen);
    entries
        .map(|entry| super::entry_view(signed, paper, entry, content))
        .collect()
}
