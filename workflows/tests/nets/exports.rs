//! What is exported is read by other tools.

use crate::judge::{Folder, ask, python};
use duban_workflows::Registry;
use duban_workflows::diagram::Words;
use duban_workflows::export::{Format, definition};

fn words() -> Words<'static> {
    Words {
        locale: "zh-CN",
        fact: &|fact| fact.to_owned(),
        not: "not",
        or: "or",
    }
}

#[test]
fn every_format_of_every_definition_is_written_and_stays_the_same() {
    for def in Registry::shipped().unwrap().all() {
        for format in Format::ALL {
            let text = definition(def, format, &words());
            assert_eq!(text, definition(def, format, &words()));
            assert_eq!(Format::from_code(format.code()), Some(format));
            for stage in &def.stages {
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
    for def in Registry::shipped().unwrap().all() {
        let file = folder.0.join(format!("{}.bpmn", def.id));
        let text = definition(def, Format::Bpmn, &words());
        std::fs::write(file, &text).unwrap();
        let flows = text.matches("<bpmn:sequenceFlow").count();
        let ways: usize = def.stages.iter().map(|s| s.next.len() + s.returns.len()).sum();
        assert!(flows > ways, "{}", def.id);
        expected += &format!("{} {} {flows}\n", def.id, def.stages.len());
    }
    assert_eq!(ask(&python, "bpmn.py", &[&folder.0]), expected);
}

#[test]
fn pm4py_finds_the_shipped_nets_sound() {
    let Some(python) = python() else { return };
    let folder = Folder::new("pnml");
    let mut expected = String::new();
    for def in Registry::shipped().unwrap().all() {
        let text = definition(def, Format::Pnml, &words());
        std::fs::write(folder.0.join(format!("{}.pnml", def.id)), text).unwrap();
        expected += &format!("{} true\n", def.id);
    }
    assert_eq!(ask(&python, "soundness.py", &[&folder.0]), expected);
}
