//! Random histories conform to the net: in a replay written here, and in pm4py's over the exported log and net.

use crate::blocks::Dice;
use crate::cast::{COORDINATOR, OWNER, PARTNERS, Paper, World, approve, back, submit, take_back, terminate, withdraw};
use crate::judge::{Folder, ask, python};
use crate::proof::count;
use duban_core::workflow::compile::{Compiled, compile};
use duban_core::workflow::proof::prove;
use duban_core::workflow::soundness::{MOST_STATES, judge};
use duban_core::workflow::trace::steps;
use duban_core::workflow::{Act, ActKind, By, Definition, Offer, available};
use duban_workflows::Registry;
use duban_workflows::export::pnml::pnml;
use duban_workflows::export::xes::{Entry, Trace, xes};
use std::collections::{BTreeSet, VecDeque};
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

/// An act of the kind that is offered; none for what moves no token.
fn an_act(offer: &Offer, dice: &mut Dice) -> Option<Act> {
    Some(match offer.act {
        ActKind::Submit => submit(),
        ActKind::Approve => approve(),
        ActKind::Reject => Act::Reject {
            reason: "the sum is too high".to_owned(),
        },
        ActKind::Abstain => Act::Abstain { note: String::new() },
        ActKind::Return => back(Some(&offer.returns[dice.below(offer.returns.len())].0)),
        ActKind::Withdraw => withdraw(),
        ActKind::TakeBack => take_back(),
        ActKind::Terminate => terminate(),
        _ => return None,
    })
}

/// The shipped definitions, and one with everything that those do not have.
pub fn definitions() -> Vec<Arc<Definition>> {
    let shipped = Registry::shipped().unwrap();
    let branches = duban_workflows::check(include_str!("branches.toml"))
        .unwrap()
        .definition;
    shipped.all().cloned().chain([Arc::new(branches)]).collect()
}

/// A document that wandered about at random, and then went to an end.
fn wander(definition: &Arc<Definition>, seed: u64) -> Paper {
    let mut dice = Dice::new(seed);
    let owner = [OWNER, OWNER, COORDINATOR][dice.below(3)];
    let world = World::of(definition.clone()).owned_by(owner);
    let mut world = world.with_partners(&PARTNERS[..dice.below(4)]);
    let mut paper = world.begin();
    let people: Vec<_> = world.org.people.keys().copied().collect();
    for _ in 0..20 + dice.below(120) {
        if paper.instance.finish.is_some() {
            return paper;
        }
        if dice.below(12) == 0 {
            world.sleep(1 + dice.below(30) as u64);
            let open: Vec<_> = paper.instance.open_rounds().map(|round| round.no).collect();
            let round = open[dice.below(open.len())];
            let _ = world.act(&mut paper, By::Clockwork, None, Act::TimeOut { round });
            continue;
        }
        let person = people[dice.below(people.len())];
        let offers = available(&world.def, &paper.instance, person, &world.ctx());
        let ending = dice.below(60) == 0;
        let offers: Vec<_> = offers
            .into_iter()
            .filter(|offer| offer.unready.is_empty() && (offer.act != ActKind::Terminate || ending))
            .collect();
        if !offers.is_empty() {
            let offer = &offers[dice.below(offers.len())];
            if let Some(act) = an_act(offer, &mut dice) {
                let _ = world.act(&mut paper, By::Person(person), offer.seat, act);
            }
        }
    }
    while paper.instance.finish.is_none() {
        world.pass(&mut paper);
    }
    paper
}

/// Replays labels on the net, trying every way of what happens by itself. Some(finished) when each could be made.
fn replay(compiled: &Compiled, labels: &[String]) -> Option<bool> {
    let net = &compiled.net;
    let fire = &|marking: &Vec<u8>, transition: usize| {
        let mut next = marking.clone();
        for place in &net.transitions[transition].takes {
            next[*place] = next[*place].checked_sub(1)?;
        }
        for place in &net.transitions[transition].gives {
            next[*place] += 1;
        }
        Some(next)
    };
    let silent: Vec<_> = (0..net.transitions.len())
        .filter(|t| net.transitions[*t].label.is_none())
        .collect();
    let closure = |markings: BTreeSet<Vec<u8>>| {
        let mut queue: VecDeque<_> = markings.iter().cloned().collect();
        let mut seen = markings;
        while let Some(marking) = queue.pop_front() {
            for next in silent.iter().filter_map(|t| fire(&marking, *t)) {
                if seen.insert(next.clone()) {
                    queue.push_back(next);
                }
            }
        }
        seen
    };
    let mut first = vec![0; net.places.len()];
    first[net.source] = 1;
    let mut markings = closure(BTreeSet::from([first]));
    for label in labels {
        let transition = net.labelled_as(label)?;
        let next: BTreeSet<_> = markings
            .iter()
            .filter_map(|marking| fire(marking, transition))
            .collect();
        if next.is_empty() {
            return None;
        }
        markings = closure(next);
    }
    let end = |marking: &Vec<u8>| (0..marking.len()).all(|place| marking[place] == u8::from(place == net.sink));
    Some(markings.iter().any(end))
}

fn names(paper: &Paper) -> Vec<String> {
    steps(&paper.events).iter().map(|step| step.label.to_string()).collect()
}

/// In an optimised build checking takes well under 50 ms (`cargo test --release`, which prints it).
#[test]
fn every_definition_is_checked_and_sound_in_a_moment() {
    let folders = ["definitions", "examples"].map(|name| Path::new(env!("CARGO_MANIFEST_DIR")).join(name));
    let files = folders.iter().flat_map(|folder| std::fs::read_dir(folder).unwrap());
    let mut checked = 0;
    for file in files {
        let path = file.unwrap().path();
        let text = std::fs::read_to_string(&path).unwrap();
        let begun = Instant::now();
        let source = duban_workflows::check(&text).unwrap();
        let took = begun.elapsed();
        let proof = prove(&source.definition);
        let (name, states) = (path.file_name().unwrap().display(), proof.states);
        eprintln!("{name}: checked in {took:?}, {states} markings");
        assert!(proof.problems.is_empty() && !proof.limit_hit && states > 3);
        let limit = if cfg!(debug_assertions) { 20 } else { 1 };
        assert!(took < Duration::from_millis(50 * limit), "{name}: {took:?}");
        checked += 1;
    }
    assert!(checked >= 7);
}

#[test]
fn every_definition_is_sound_and_its_labels_name_one_step_each() {
    for definition in &definitions() {
        let compiled = compile(definition);
        let verdict = judge(&compiled.net, MOST_STATES);
        assert!(verdict.is_sound(), "{}: {verdict:#?}", definition.id);
        let labels: Vec<_> = compiled.labels.iter().flatten().collect();
        let different: BTreeSet<_> = labels.iter().map(ToString::to_string).collect();
        assert_eq!(labels.len(), different.len(), "a label names one transition");
        let (places, transitions) = (compiled.net.places.len(), compiled.net.transitions.len());
        let (id, states) = (&definition.id, verdict.states);
        eprintln!("{id}: {places} places, {transitions} transitions, {states} markings");
    }
}

#[test]
fn every_history_can_be_replayed_on_the_net_and_no_other() {
    let mut seen = BTreeSet::new();
    for definition in &definitions() {
        let compiled = compile(definition);
        for seed in 0..count(150, 1500) as u64 {
            let paper = wander(definition, seed);
            let labels = names(&paper);
            assert_eq!(replay(&compiled, &labels), Some(true), "seed {seed}: {labels:#?}");
            // Two steps in the wrong order, or one too many, are another history.
            let mut twice = labels.clone();
            twice.push(labels[labels.len() - 1].clone());
            assert_eq!(replay(&compiled, &twice), None, "seed {seed}");
            assert_ne!(
                replay(&compiled, &labels[..labels.len() - 1]),
                Some(true),
                "seed {seed}"
            );
            seen.extend(labels);
        }
    }
    for verb in [
        ": pass",
        ": resume",
        ": return",
        ": ballot",
        ": time-out",
        ": taken back →",
        "(resumed)",
        ": fail",
        "terminate",
    ] {
        assert!(seen.iter().any(|label| label.contains(verb)), "no {verb} in {seen:#?}");
    }
}

#[test]
fn logs_are_valid_and_fit_their_net_in_pm4py() {
    let Some(python) = python() else { return };
    let each = count(30, 200);
    let folder = Folder::new("logs");
    for definition in &definitions() {
        let traces: Vec<_> = (0..each as u64).map(|seed| trace(definition, seed)).collect();
        let base = folder.0.join(&definition.id);
        std::fs::write(base.with_extension("xes"), xes(&definition.id, &traces)).unwrap();
        let net = pnml(&compile(definition).net, &definition.id);
        std::fs::write(base.with_extension("pnml"), net).unwrap();
    }
    let said = ask(&python, "fitness.py", &[&folder.0]);
    for line in said.lines() {
        let (name, rest) = line.split_once(' ').unwrap();
        assert_eq!(rest, format!("{each} 1.0 valid"), "{name}");
    }
    assert_eq!(said.lines().count(), definitions().len());
    eprintln!("{said}");
}

fn trace(definition: &Arc<Definition>, seed: u64) -> Trace {
    let paper = wander(definition, seed);
    let events = steps(&paper.events).into_iter().map(|step| Entry {
        name: step.label.to_string(),
        at: step.event.at.now,
        resource: step
            .event
            .actor
            .as_ref()
            .map(|actor| format!("人员 {} & \"co\"", actor.person)),
        role: step.event.actor.as_ref().map(|actor| actor.role.code().to_owned()),
        group: step.event.actor.as_ref().map(|actor| actor.unit.to_string()),
        on_behalf_of: None,
        seq: step.event.seq,
    });
    Trace {
        name: format!("paper {seed}"),
        definition: definition.id.clone(),
        version: definition.version,
        events: events.collect(),
    }
}
