//! Signatures are bound to content: an edit voids those it touches, and no others.

use crate::cast::{LEADERSHIP, OWNER, PARTNERS, World, approve, back, holder, submit};
use crate::votes::submitted;
use crate::written::{stage, text, voters, world};
use duban_core::org::Role;
use duban_core::workflow::What;

/// The partners sign for the head, the deputy for the lines; what was changed is signed anew before it comes back.
fn signing() -> World {
    let sign = "seats = [{ role = \"cosigner\", party = \"partners\", each = true }]\nsigns = [\"plan\"]\nreturns = [\"draft\"]\nnext = [{ to = \"deputy\" }]";
    let deputy =
        "seats = [{ role = \"deputy\", party = \"owner\" }]\nreturns = [\"draft\"]\nnext = [{ to = \"leader\" }]";
    let leader = "seats = [{ role = \"leader\", party = \"leadership\" }]\nreturns = [\"draft\"]\nresume = \"affected\"\non_reject = \"fail\"\nfail = \"rejected\"\nnext = [{ to = \"approved\" }]";
    let guarded = "next = [{ when = { fact = \"partners.count\", at_least = 1 }, to = \"sign\" }, { to = \"deputy\" }]";
    world(&text(
        guarded,
        &(stage("sign", sign) + &stage("deputy", deputy) + &stage("leader", leader)),
    ))
}

fn hash(world: &mut World, group: &str, hash: &str) {
    world.hashes.insert(group.to_owned(), hash.to_owned());
}

#[test]
fn an_edit_voids_only_the_signatures_it_touches_and_asks_those_again() {
    let mut world = signing();
    hash(&mut world, "plan", "1");
    hash(&mut world, "other", "1");
    let mut paper = submitted(&mut world);
    for person in voters() {
        world.by(&mut paper, person, approve()).unwrap();
    }
    world.by(&mut paper, holder(OWNER, Role::Deputy, 0), approve()).unwrap();
    let leader = holder(LEADERSHIP, Role::Leader, 0);
    world.by(&mut paper, leader, back(None)).unwrap();
    let drafter = holder(OWNER, Role::Drafter, 0);

    let mut same = paper.clone();
    world.by(&mut same, drafter, submit()).unwrap();
    assert_eq!(same.stage(), "leader", "nothing was changed");

    // Only the deputy signed for that.
    let mut part = paper.clone();
    hash(&mut world, "other", "2");
    world.by(&mut part, drafter, submit()).unwrap();
    let voided = part.events.iter().rev().find_map(|event| match &event.what {
        What::SignaturesVoided { seats } => Some(seats.clone()),
        _ => None,
    });
    assert_eq!(
        voided.map(|seats| (seats.len(), seats[0].groups.clone())),
        Some((1, vec!["other".to_owned()]))
    );
    assert_eq!(part.stage(), "deputy");
    world.by(&mut part, holder(OWNER, Role::Deputy, 0), approve()).unwrap();
    assert_eq!(part.stage(), "leader");

    hash(&mut world, "plan", "2");
    world.by(&mut paper, drafter, submit()).unwrap();
    assert_eq!(paper.stage(), "sign");
    assert_eq!(paper.instance.open_seats().len(), PARTNERS.len());
    world.pass(&mut paper);
    world.pass(&mut paper);
    assert_eq!(paper.stage(), "leader");
    world.pass(&mut paper);
    assert_eq!(paper.status(), "ended");
}
