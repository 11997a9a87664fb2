//! What is exported is read by other tools.

use crate::judge::{Folder, ask, python};
use duban_core::workflow::StageKind;
use duban_core::workflow::proof::prove;
use duban_workflows::diagram::Words;
use duban_workflows::export::{Format, definition};

fn words() -> Words<'static> {
    Words {
        locale: "zh-CN",
        fact: &|fact| fact.to_owned(),
        option: &|_, value| value.to_owned(),
        not: "not",
        or: "or",
    }
}

fn sorted(lines: &str) -> Vec<&str> {
    let mut lines: Vec<_> = lines.lines().collect();
    lines.sort_unstable();
    lines
}

#[test]
fn every_format_of_every_definition_is_written_and_stays_the_same() {
    for def in &crate::conform::definitions() {
        for format in Format::ALL {
            let text = definition(def, format, &words());
            assert_eq!(text, definition(def, format, &words()));
            assert_eq!(Format::from_code(format.code()), Some(format));
            for stage in def.stages.iter().filter(|stage| stage.kind != StageKind::Auto) {
                let named = text.contains(&stage.id.0) || text.contains(&stage.title.zh);
                assert!(named, "{} in {}", stage.id, format.code());
            }
        }
        let json = definition(def, Format::Json, &words());
        assert_eq!(
            &serde_json::from_str::<duban_core::workflow::Definition>(&json).unwrap(),
            def.as_ref()
        );
    }
}

#[test]
fn modelling_tools_read_the_bpmn_and_its_drawing() {
    let Some(python) = python() else { return };
    let folder = Folder::new("bpmn");
    let mut expected = String::new();
    for def in &crate::conform::definitions() {
        let file = folder.0.join(format!("{}.bpmn", def.id));
        let text = definition(def, Format::Bpmn, &words());
        std::fs::write(file, &text).unwrap();
        let flows = text.matches("<bpmn:sequenceFlow").count();
        let ways: usize = def.stages.iter().map(|s| s.next.len() + s.returns.len()).sum();
        let tasks = def.stages.iter().filter(|s| s.kind != StageKind::Auto).count();
        assert!(flows > ways, "{}", def.id);
        expected += &format!("{} {} {flows}\n", def.id, tasks);
    }
    assert_eq!(sorted(&ask(&python, "bpmn.py", &[&folder.0])), sorted(&expected));
}

#[test]
fn pm4py_finds_the_nets_of_definitions_sound() {
    let Some(python) = python() else { return };
    let folder = Folder::new("pnml");
    let mut expected = String::new();
    for def in &crate::conform::definitions() {
        let text = definition(def, Format::Pnml, &words());
        std::fs::write(folder.0.join(format!("{}.pnml", def.id)), text).unwrap();
        let states = prove(def).states;
        expected += &format!("{} true {states}\n", def.id);
    }
    assert_eq!(
        sorted(&ask(&python, "reachability.py", &[&folder.0])),
        sorted(&expected)
    );
}
