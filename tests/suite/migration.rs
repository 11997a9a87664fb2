//! Running papers moved to another version of their workflow, on a real database and through the pages.

use crate::hand_over::code;
use crate::service::sound;
use duban_core::workflow::{Names, StageId, What};
use duban_service::Service;
use duban_tests::district::{District, approve, submit};
use duban_tests::world::{World, root};
use reqwest::StatusCode;

/// The plan's workflow with another number, and another name for the stage of the government office.
fn second_version() -> String {
    let file = root().join("workflows/definitions/annual-plan.v1.toml");
    let text = std::fs::read_to_string(file).expect("the definition");
    let text = text.replace("version = 1", "version = 2");
    let text = text.replace("to = \"office\"", "to = \"district\"");
    let text = text.replace("id = \"office\"", "id = \"district\"");
    let text = text.replace(
        "returns = [\"draft\", \"office\"]",
        "returns = [\"draft\", \"district\"]",
    );
    text.replace(
        "\"coordinator\", \"office\", \"leader\"]",
        "\"coordinator\", \"district\", \"leader\"]",
    )
}

async fn district(folder: &std::path::Path) -> District {
    let url = format!("sqlite://{}/d.db", folder.display());
    let mut d = District::build(&url).await;
    let known = duban_workflows::Registry::shipped().expect("definitions");
    let known = known
        .with_published("annual-plan", 2, &second_version())
        .expect("a definition");
    // The plans that run began with the first version: the second is published after them.
    d.service = Service::new(d.service.store().clone(), d.clock.clone(), known);
    d
}

#[tokio::test]
async fn a_running_plan_moves_to_the_next_version_and_one_that_cannot_stays() {
    let folder = tempfile::tempdir().expect("folder");
    let d = district(folder.path()).await;
    let early = d.filled_plan(2).await;
    d.act("drafter.2", early, submit()).await.expect("submitted");
    // A unit that answers upward: its plan goes another way. The coordinator's own goes to the office soonest.
    let late = d.filled_plan(1).await;
    d.act("drafter.1", late, submit()).await.expect("submitted");
    for who in ["deputy.1", "cosigner.2", "cosigner.3", "cosigner.4", "head.1"] {
        let _ = d.act(who, late, approve()).await;
    }
    let at = duban_store::instance::find(d.service.store().read(), late)
        .await
        .expect("read")
        .expect("it runs");
    assert_eq!(
        at.stage,
        StageId::from("office"),
        "the coordinator's own plan lies with the office"
    );

    let sysadmin = d.person("sysadmin.5").await;
    let (to, none) = (("annual-plan", 2), Names::new());
    let draft = d.service.try_migration(Some(&sysadmin), to, &none).await;
    assert_eq!(code(&draft.expect_err("a draft")), "not_published");
    d.service
        .publish_definition(&sysadmin, "annual-plan", 2)
        .await
        .expect("published");
    let office = d.person("office.5").await;
    let stranger = d.service.try_migration(Some(&office), to, &none).await;
    assert_eq!(code(&stranger.expect_err("not theirs")), "sysadmin_only");
    let stranger = d.service.apply_migration(Some(&office), to, &none).await;
    assert_eq!(code(&stranger.expect_err("not theirs")), "sysadmin_only");

    // The trial tells of each and changes nothing.
    let before = d.version(early).await;
    let trial = d
        .service
        .try_migration(Some(&sysadmin), to, &none)
        .await
        .expect("a trial");
    let told: Vec<_> = trial
        .iter()
        .map(|one| (one.document, one.refused.first().map(|r| r.code.as_str())))
        .collect();
    assert_eq!(told, [(early, None), (late, Some("migration_unmapped"))]);
    assert_eq!(d.version(early).await, before);

    // Without a map only the first moves; the second goes on by its old version.
    let moved = d
        .service
        .apply_migration(Some(&sysadmin), to, &none)
        .await
        .expect("moved");
    assert_eq!(moved.iter().filter(|one| one.refused.is_empty()).count(), 1);
    let db = d.service.store().read();
    let find = async |id| {
        duban_store::instance::find(db, id)
            .await
            .expect("read")
            .expect("it runs")
    };
    assert_eq!(find(early).await.definition_version, 2);
    assert_eq!(find(late).await.definition_version, 1);
    assert!(d.version(early).await > before);
    let events = duban_store::instance::events(db, early).await.expect("events");
    let last = events.last().expect("an event");
    assert!(
        matches!(
            &last.what,
            What::Migrated {
                definition_version: 2,
                ..
            }
        ),
        "{last:?}"
    );
    sound(&d.service).await;

    // With the map the second moves, too, and both go their whole way by the new version.
    let names: Names = [(StageId::from("office"), StageId::from("district"))].into();
    let moved = d
        .service
        .apply_migration(Some(&sysadmin), to, &names)
        .await
        .expect("moved");
    let told: Vec<_> = moved.iter().map(|one| (one.document, one.refused.len())).collect();
    assert_eq!(told, [(late, 0)], "what has moved is not told of again");
    assert_eq!(find(late).await.stage, StageId::from("district"));
    assert_eq!(d.act("office.5", late, approve()).await.expect("agreed"), "leader");
    assert_eq!(d.act("leader.6", late, approve()).await.expect("agreed"), "approved");
    for who in [
        "deputy.2",
        "cosigner.1",
        "cosigner.3",
        "head.2",
        "coordinator.1a",
        "coordinator.1b",
    ] {
        let _ = d.act(who, early, approve()).await;
    }
    assert_eq!(d.act("office.5", early, approve()).await.expect("agreed"), "leader");
    sound(&d.service).await;
}

#[tokio::test]
async fn the_pages_show_the_difference_of_two_versions_and_move_what_can_move() {
    let at = "2026-03-02T09:00:00+08:00";
    let mut world = World::demo(at).await;
    world.stop();
    let folder = world.folder().join("data").join("definitions");
    std::fs::create_dir_all(&folder).expect("definitions folder");
    std::fs::write(folder.join("annual-plan.v2.toml"), second_version()).expect("a definition");
    world.start().await;
    let sysadmin = world.visitor("sysadmin").await;
    let list = sysadmin.get("/workflows").await;
    let published = sysadmin.send(list.form("/workflows/annual-plan/2/publication")).await;
    assert!(published.says("已发布"), "{}", published.text());

    let page = sysadmin.get("/workflows/annual-plan").await;
    assert!(page.says("与第 1 版的差别"), "{}", page.text());
    let difference = sysadmin.get("/workflows/annual-plan/difference?from=1&to=2").await;
    assert_eq!(difference.status, StatusCode::OK, "{}", difference.text());
    assert!(difference.body.contains("flow-added") && difference.body.contains("flow-removed"));
    assert!(
        difference.says("新增") && difference.says("删去"),
        "{}",
        difference.text()
    );
    let missing = sysadmin.get("/workflows/annual-plan/difference?from=1&to=9").await;
    assert_eq!(missing.status, StatusCode::NOT_FOUND);

    let trial = sysadmin.get("/workflows/annual-plan/migration").await;
    assert_eq!(trial.status, StatusCode::OK, "{}", trial.text());
    assert!(
        trial.says("不能转：") && trial.says("在新版流程中没有对应"),
        "{}",
        trial.text()
    );
    let mapped = trial
        .form("/workflows/annual-plan/migration")
        .with("map-office", "district");
    let mapped = sysadmin.send(mapped).await;
    assert!(mapped.says("0 份不能转"), "{}", mapped.text());
    let apply = mapped
        .forms()
        .into_iter()
        .find(|form| form.method == "post" && form.action.ends_with("/migration"));
    let apply = apply.expect("a form that moves");
    assert_eq!(apply.value("map-office"), "district");
    let moved = sysadmin.send(apply).await;
    assert!(moved.says("转到第 2 版"), "{}", moved.text());
    let none = sysadmin.get("/workflows/annual-plan/migration").await;
    assert!(none.says("没有按其他版本在办的文书"), "{}", none.text());

    // A paper that moved says so, and its picture says how each stage stands.
    let office = world.visitor("office").await;
    let inbox = office.get("/inbox").await;
    let papers = inbox.links("/documents/");
    let mut said = false;
    for paper in papers.iter().filter(|path| !path.starts_with("/documents/new")) {
        said |= office.get(paper).await.says("转到新版流程");
    }
    assert!(said, "{papers:?}");
    let stranger = office.get("/workflows/annual-plan/migration").await;
    assert_eq!(stranger.status, StatusCode::FORBIDDEN);
}
