//! State × role × command, as a table: what a change of a definition changes for whom.

use crate::cast::{
    COORDINATOR, INSPECTION, LEADERSHIP, OFFICE, OWNER, PARTNERS, Paper, World, approve, back, holder, submit,
    take_back, terminate, withdraw,
};
use chrono::Days;
use duban_core::id::SeatNo;
use duban_core::org::Role;
use duban_core::workflow::{Act, ActKind, Addressee, By, Turn};
use std::collections::BTreeMap;
use std::fmt::Write;

/// One act of every kind, as this person could mean it: a seat goes to a colleague of theirs, a signer is an inspector.
fn acts(world: &World, paper: &Paper, by: By) -> Vec<Act> {
    let reason = || "because of line 3".to_owned();
    let round = paper.instance.rounds.last().unwrap().no;
    let signer = Addressee {
        unit: INSPECTION,
        role: Role::Inspector,
        person: Some(holder(INSPECTION, Role::Inspector, 1)),
    };
    let add = |turn| Act::Add {
        turn,
        signer,
        note: String::new(),
    };
    let asked = paper.instance.open_seats();
    let own = asked.iter().find(|seat| match by {
        By::Person(person) => world.org.holds(person, seat.unit, seat.role, world.today),
        By::Clockwork => false,
    });
    let unit = own.or(asked.first()).map_or(OWNER, |seat| seat.unit);
    let colleagues = world.org.posts_in(unit).filter(|post| By::Person(post.person) != by);
    let to = colleagues.map(|post| Addressee {
        unit,
        role: post.role,
        person: Some(post.person),
    });
    let mut kept = world.org.posts_in(unit).map(|post| post.person);
    let to = to.last().unwrap_or(signer);
    let people = vec![kept.next().unwrap_or(holder(OFFICE, Role::Office, 0))];
    vec![
        submit(),
        approve(),
        Act::Reject { reason: reason() },
        Act::Abstain { note: String::new() },
        back(None),
        withdraw(),
        take_back(),
        add(Turn::Before),
        add(Turn::After),
        add(Turn::Parallel),
        Act::Remove {
            seat: SeatNo(1),
            reason: reason(),
        },
        Act::Transfer { to, reason: reason() },
        Act::Lend {
            to,
            note: String::new(),
        },
        Act::GiveBack { note: String::new() },
        Act::Copy {
            people,
            note: String::new(),
        },
        Act::Urge,
        Act::TimeOut { round },
        Act::Recheck,
        Act::AskExtension {
            until: world.today + Days::new(30),
            reason: reason(),
        },
        Act::GrantExtension {
            until: None,
            note: String::new(),
        },
        Act::RefuseExtension { reason: reason() },
        Act::Suspend { reason: reason() },
        Act::Resume,
        Act::Override {
            round: None,
            reason: reason(),
        },
        terminate(),
    ]
}

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
            for (who, by) in people {
                write!(out, "{who:<12}").unwrap();
                // What they can do, and where the paper is then; then each refusal with the acts that it refuses.
                let mut refused: BTreeMap<String, Vec<&str>> = BTreeMap::new();
                for act in acts(&world, &paper, by) {
                    let name = act.kind().code();
                    match world.ask(&paper, by, None, act) {
                        Ok(decision) => write!(out, " | {name} → {}", decision.instance.stage).unwrap(),
                        Err(refusal) => refused.entry(refusal.code().to_owned()).or_default().push(name),
                    }
                }
                for (code, names) in refused {
                    write!(out, " | {code}: {}", names.join(" ")).unwrap();
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
fn the_table_leaves_no_act_out() {
    let world = World::new("annual-plan");
    let paper = world.begin();
    let office = By::Person(holder(OFFICE, Role::Office, 0));
    let kinds: Vec<_> = acts(&world, &paper, office).iter().map(Act::kind).collect();
    assert_eq!(kinds, ActKind::ALL);
}

#[test]
fn annual_plan() {
    insta::assert_snapshot!(table("annual-plan"));
}

#[test]
fn rectification_report() {
    insta::assert_snapshot!(table("rectification-report"));
}
