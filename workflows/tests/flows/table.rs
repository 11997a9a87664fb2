//! State × role × command, as a table: what a change of a definition changes for whom.

use crate::cast::{
    COORDINATOR, INSPECTION, LEADERSHIP, OFFICE, OWNER, PARTNERS, World, approve, back, holder, submit, take_back,
    terminate, withdraw,
};
use duban_core::org::Role;
use duban_core::workflow::{Act, By};
use std::fmt::Write;

fn table(definition: &str) -> String {
    let mut out = String::new();
    for (title, owner, partners) in [
        ("a department with partners", OWNER, &PARTNERS[..]),
        ("the coordinator itself, without partners", COORDINATOR, &PARTNERS[..0]),
    ] {
        let mut world = World::new(definition).owned_by(owner).with_partners(partners);
        let mut paper = world.begin();
        writeln!(out, "# owner: {title}").unwrap();
        loop {
            let people = [
                ("drafter", By::Person(holder(owner, Role::Drafter, 0))),
                ("deputy", By::Person(holder(owner, Role::Deputy, 0))),
                ("head", By::Person(holder(owner, Role::Head, 0))),
                ("cosigner", By::Person(holder(PARTNERS[0], Role::Cosigner, 0))),
                ("coordinator", By::Person(holder(COORDINATOR, Role::Coordinator, 0))),
                ("office", By::Person(holder(OFFICE, Role::Office, 0))),
                ("leader", By::Person(holder(LEADERSHIP, Role::Leader, 0))),
                ("inspector", By::Person(holder(INSPECTION, Role::Inspector, 0))),
                ("observer", By::Person(holder(OFFICE, Role::Observer, 0))),
                ("sysadmin", By::Person(holder(INSPECTION, Role::Sysadmin, 0))),
                ("clockwork", By::Clockwork),
            ];
            writeln!(out, "\n## {} ({})", paper.stage(), paper.status()).unwrap();
            let round = paper.instance.rounds.last().unwrap().no;
            for (who, by) in people {
                write!(out, "{who:<12}").unwrap();
                for (name, act) in [
                    ("submit", submit()),
                    ("approve", approve()),
                    ("return", back(None)),
                    ("withdraw", withdraw()),
                    ("take_back", take_back()),
                    ("time_out", Act::TimeOut { round }),
                    ("recheck", Act::Recheck),
                    ("terminate", terminate()),
                ] {
                    let answer = match world.ask(&paper, by, None, act) {
                        Ok(decision) => format!("→ {}", decision.instance.stage),
                        Err(refusal) => refusal.code().to_owned(),
                    };
                    write!(out, " | {name}: {answer}").unwrap();
                }
                out.push('\n');
            }
            if paper.instance.finish.is_some() {
                break;
            }
            world.pass(&mut paper);
        }
        out.push('\n');
    }
    out
}

#[test]
fn annual_plan() {
    insta::assert_snapshot!(table("annual-plan"));
}

#[test]
fn rectification_report() {
    insta::assert_snapshot!(table("rectification-report"));
}
