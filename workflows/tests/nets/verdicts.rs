//! A thousand nets and more: the engine's verdict equals that of brute force, and of pm4py on some of them.

use crate::blocks::{Dice, broken, sound};
use crate::brute;
use crate::judge::{Folder, ask, python};
use crate::proof::count;
use duban_core::workflow::net::Net;
use duban_core::workflow::soundness::{FaultKind, judge};
use duban_workflows::export::pnml::pnml;
use std::collections::BTreeMap;

/// Nets of which every second one is sound by construction, and the next is the same with one change.
fn nets(count: usize) -> impl Iterator<Item = Net> {
    (0..count / 2).flat_map(|seed| {
        let mut dice = Dice::new(seed as u64);
        let size = 2 + dice.below(8);
        let good = sound(&mut dice, size);
        let bad = broken(&good, &mut dice);
        [good, bad]
    })
}

#[test]
fn the_verdict_on_a_thousand_nets_is_that_of_brute_force() {
    let (mut good, mut bad) = (0, BTreeMap::new());
    for (index, net) in nets(count(1200, 6000)).enumerate() {
        let verdict = judge(&net, 20_000);
        assert!(!verdict.limit_hit, "net {index}: {} states", verdict.states);
        let expected = brute::is_sound(&net, 20_000).unwrap();
        assert_eq!(verdict.is_sound(), expected, "net {index}: {verdict:?}\n{net:#?}");
        assert!(index % 2 == 1 || expected, "net {index} is sound by construction");
        good += usize::from(expected);
        for fault in &verdict.faults {
            *bad.entry(fault.kind).or_insert(0) += 1;
        }
        check_witnesses(&net, &verdict.faults);
    }
    assert!(good >= 500, "{good} sound nets");
    for kind in [
        FaultKind::Misshapen,
        FaultKind::Unbounded,
        FaultKind::Stuck,
        FaultKind::LeftBehind,
        FaultKind::Dead,
    ] {
        assert!(bad.get(&kind).is_some_and(|n| *n >= 10), "{kind:?} in {bad:?}");
    }
}

/// The path of a fault can be gone, and leads to the places it names.
fn check_witnesses(net: &Net, faults: &[duban_core::workflow::soundness::Fault]) {
    for fault in faults {
        if matches!(fault.kind, FaultKind::Misshapen | FaultKind::Dead) {
            continue;
        }
        let mut tokens = vec![0_i64; net.places.len()];
        tokens[net.source] = 1;
        for transition in &fault.path {
            for place in &net.transitions[*transition].takes {
                tokens[*place] -= 1;
            }
            assert!(tokens.iter().all(|n| *n >= 0), "{fault:?}");
            for place in &net.transitions[*transition].gives {
                tokens[*place] += 1;
            }
        }
        let marked = tokens.iter().enumerate().filter(|(_, n)| **n > 0);
        assert_eq!(marked.map(|(place, _)| place).collect::<Vec<_>>(), fault.places);
    }
}

#[test]
fn a_limit_that_is_hit_is_said_and_proves_nothing() {
    let net = sound(&mut Dice::new(3), 9);
    let whole = judge(&net, 20_000);
    assert!(whole.is_sound() && whole.states > 5);
    let cut = judge(&net, 5);
    assert!(cut.limit_hit && !cut.is_sound() && cut.faults.is_empty(), "{cut:?}");
}

#[test]
fn the_verdict_is_that_of_pm4py() {
    let Some(python) = python() else { return };
    let asked = count(40, 240);
    let folder = Folder::new("nets");
    let mut expected = BTreeMap::new();
    // Woflan wants a workflow net to begin with.
    let nets = nets(asked * 4).filter(|net| net.misshapes().is_empty()).take(asked);
    for (index, net) in nets.enumerate() {
        let name = format!("net-{index}");
        std::fs::write(folder.0.join(format!("{name}.pnml")), pnml(&net, &name)).unwrap();
        expected.insert(name, judge(&net, 20_000).is_sound());
    }
    assert_eq!(expected.len(), asked);
    let said = ask(&python, "soundness.py", &[&folder.0]);
    let mut judged = 0;
    for line in said.lines() {
        let (name, verdict) = line.split_once(' ').unwrap();
        // A judge that did not finish in time has not judged.
        if verdict != "late" {
            assert_eq!(verdict, expected[name].to_string(), "{name}");
            judged += 1;
        }
    }
    let sound = expected.values().filter(|sound| **sound).count();
    assert!(
        sound >= asked / 4 && sound <= asked - asked / 8,
        "{sound} of {asked} are sound"
    );
    assert!(judged * 10 >= asked * 9, "only {judged} of {asked} were judged\n{said}");
    eprintln!("pm4py judged {judged} of {asked} nets, {sound} of them sound");
}
