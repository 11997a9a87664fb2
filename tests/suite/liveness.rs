//! Stages without people: when a definition is published, when posts change, and what was passed over because of it.

use crate::hand_over::{code, day, decree, post_of};
use crate::service::on_both;
use duban_core::id::UnitId;
use duban_core::org::Role;
use duban_service::clock::ManualClock;
use duban_service::proposal::Change;
use duban_service::{Error, Service};
use duban_store::Store;
use duban_tests::district::{District, approve, submit};
use duban_tests::world::World;
use duban_workflows::Registry;
use std::sync::Arc;

const GAP: &str = duban_service::liveness::GAP;

/// The service with a second version of the annual plan in its folder, which waits to be published.
fn with_a_draft(d: &District) -> Service {
    let folder = tempfile::tempdir().unwrap();
    let (_, text) = duban_workflows::registry::SHIPPED[0];
    let text = text.replace("version = 1", "version = 2");
    std::fs::write(folder.path().join("annual-plan.v2.toml"), text).unwrap();
    let known = Registry::shipped().unwrap().with_folder(folder.path()).unwrap();
    Service::new(d.service.store().clone(), d.clock.clone(), known)
}

/// The stages of the gaps that somebody was told of, the newest first.
async fn told(d: &District, who: &str) -> Vec<String> {
    let caller = d.person(who).await;
    let alerts = d.service.alerts(&caller, None, 50).await.unwrap();
    let gaps = alerts.into_iter().filter(|(alert, _)| alert.code == GAP);
    gaps.map(|(alert, _)| alert.args["reason"]["args"]["stage"].as_str().unwrap().to_owned())
        .collect()
}

#[tokio::test]
async fn a_definition_for_which_a_kind_of_unit_has_nobody_is_not_published() {
    on_both(async |d| {
        let service = with_a_draft(d);
        let admin = d.person("sysadmin.5").await;
        let person = d.person("coordinator.1b").await.person;
        // One reviewer is left where two are asked for.
        decree(d, &Change::CloseAccount { person }).await.unwrap();
        let refused = service.publish_definition(&admin, "annual-plan", 2).await.unwrap_err();
        let Error::Refused(refusal) = &refused else {
            panic!("{refused}");
        };
        let reason = &refusal.reasons[0];
        assert_eq!((reason.code.as_str(), refusal.reasons.len()), (GAP, 1));
        for (name, value) in [
            ("definition", "annual-plan.v2"),
            ("stage", "coordinator"),
            ("kind", "department"),
            ("role", "coordinator"),
        ] {
            assert_eq!(reason.args[name], value);
        }
        decree(d, &Change::OpenAccount { person }).await.unwrap();
        service.publish_definition(&admin, "annual-plan", 2).await.unwrap();
        let again = service.publish_definition(&admin, "annual-plan", 2).await.unwrap_err();
        assert_eq!(code(&again), "not_a_draft");
    })
    .await;
}

#[tokio::test]
async fn when_the_last_holder_of_a_post_leaves_the_administrators_are_told_which_stages_have_nobody() {
    on_both(async |d| {
        // A unit among others has no deputy any more: its papers wait, but the way is open to its kind.
        let deputy = d.person("deputy.2").await.person;
        decree(d, &Change::CloseAccount { person: deputy }).await.unwrap();
        assert!(told(d, "sysadmin.5").await.is_empty());
        let person = d.person("leader.6").await.person;
        decree(d, &Change::CloseAccount { person }).await.unwrap();
        for who in ["sysadmin.5", "coordinator.1a"] {
            assert_eq!(told(d, who).await, ["leader"], "{who}");
        }
        assert!(told(d, "office.5").await.is_empty());
        // What is known is not told again.
        let cosigner = d.person("cosigner.2").await.person;
        decree(d, &Change::CloseAccount { person: cosigner }).await.unwrap();
        assert_eq!(told(d, "sysadmin.5").await, ["leader"]);
        d.service.look_for_gaps().await.unwrap();
        assert_eq!(told(d, "sysadmin.5").await, ["leader"]);
        // A post that ends by its date is seen on the day.
        decree(d, &Change::OpenAccount { person }).await.unwrap();
        let (_, post) = post_of(d, "leader.6", Role::Leader).await;
        let until = day("2026-01-08");
        decree(d, &Change::EndPost { post, until }).await.unwrap();
        d.clock.set("2026-01-06T22:00:00Z".parse().unwrap());
        d.service.look_for_gaps().await.unwrap();
        assert_eq!(told(d, "sysadmin.5").await, ["leader"]);
        d.clock.set("2026-01-07T22:00:00Z".parse().unwrap());
        for _ in 0..2 {
            d.service.look_for_gaps().await.unwrap();
        }
        assert_eq!(told(d, "sysadmin.5").await, ["leader", "leader"]);
    })
    .await;
}

#[tokio::test]
async fn a_change_to_an_approved_plan_is_a_new_document_that_revises_it() {
    on_both(async |d| {
        let id = d.filled_plan(2).await;
        d.act("drafter.2", id, submit()).await.unwrap();
        for who in [
            "deputy.2",
            "cosigner.3",
            "head.2",
            "coordinator.1a",
            "coordinator.1b",
            "office.5",
            "leader.6",
        ] {
            d.act(who, id, approve()).await.unwrap();
        }
        let drafter = d.person("drafter.2").await;
        let version = d.version(id).await;
        let new = d.service.new_plan(&drafter, d.campaign, UnitId(2)).await.unwrap();
        let (case, _) = d.service.open_document(&drafter, new).await.unwrap();
        assert_eq!(case.document.revises, Some(id));
        assert_ne!(new, id);
        assert_eq!(d.version(id).await, version, "what was approved stays as it is");
        assert_eq!(code(&d.act("drafter.2", id, submit()).await.unwrap_err()), "finished");
    })
    .await;
}

#[tokio::test]
async fn what_two_people_passed_over_is_marked_on_the_paper() {
    const AT: &str = "2026-03-02T09:00:00+08:00";
    let mut world = World::demo(AT).await;
    let deputy = world.visitor("deputy2").await;
    let inbox = deputy.get("/inbox").await;
    let paper = inbox
        .links("/documents/")
        .into_iter()
        .map(|path| path.split(['?', '#']).next().unwrap().to_owned())
        .find(|path| path.split('/').count() == 3 && path != "/documents/new")
        .unwrap();
    // Everybody of the unit who could answer is gone.
    world.stop();
    let url = format!("sqlite://{}", world.database().display());
    let clock = Arc::new(ManualClock::new(AT.parse().unwrap()));
    let store = Store::connect(&url).await.unwrap();
    let service = Service::new(store, clock, Registry::shipped().unwrap());
    for username in ["deputy2", "sifa-head"] {
        let person = service.impersonate_locally(username).await.unwrap().person;
        let admin = service.impersonate_locally("sysadmin").await.unwrap();
        let id = service.propose(&admin, &Change::CloseAccount { person }).await.unwrap();
        let confirms = service.impersonate_locally("secadmin").await.unwrap();
        service.confirm(&confirms, id).await.unwrap();
    }
    drop(service);
    world.start().await;
    let coordinator = world.visitor("coordinator").await;
    let office = world.visitor("office").await;
    for (visitor, words) in [(&coordinator, "分管和主要负责人均已调离"), (&office, "情况属实")] {
        let form = visitor.get(&paper).await.form("/override");
        let page = visitor.send(form.with("text", words)).await;
        assert!(page.says("已记录"), "{}", page.text());
    }
    let drafter = world.visitor("sifa-drafter").await;
    let page = drafter.get(&paper).await;
    assert!(
        page.says("环节无人可以办理，经") && page.says("确认后越过") && page.says("均已调离"),
        "{}",
        page.text()
    );
}
