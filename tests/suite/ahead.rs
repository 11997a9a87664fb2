//! The way ahead of a paper: what it foretells is what happens, and where it says that nobody could act, nobody can.

use crate::hand_over::{day, decree, post_of};
use crate::service::on_both;
use duban_core::org::Role;
use duban_service::proposal::Change;
use duban_tests::api::Client;
use duban_tests::district::{District, approve, submit};
use duban_tests::world::World;
use reqwest::StatusCode;

async fn stages(d: &District, username: &str, id: duban_core::id::DocumentId) -> Vec<String> {
    let caller = d.person(username).await;
    let ahead = d.service.preview(&caller, id).await.expect("a way");
    ahead.steps.iter().map(|step| step.stage.to_string()).collect()
}

#[tokio::test]
async fn the_way_that_is_foretold_is_the_way_that_is_gone() {
    on_both(async |d| {
        let id = d.filled_plan(2).await;
        let foretold = stages(d, "drafter.2", id).await;
        let mut gone = vec!["draft".to_owned()];
        gone.push(d.act("drafter.2", id, submit()).await.unwrap());
        for who in [
            "deputy.2",
            "cosigner.1",
            "cosigner.3",
            "head.2",
            "coordinator.1a",
            "coordinator.1b",
            "office.5",
            "leader.6",
        ] {
            if let Ok(stage) = d.act(who, id, approve()).await {
                gone.push(stage);
            }
        }
        gone.dedup();
        assert_eq!(foretold, gone);
        // A unit that answers upward has another way.
        let upward = d.filled_plan(4).await;
        let other = stages(d, "drafter.4", upward).await;
        assert!(!other.contains(&"leader".to_owned()), "{other:?}");
        assert!(stages(d, "drafter.2", id).await.is_empty(), "it is finished");
    })
    .await;
}

#[tokio::test]
async fn the_way_ahead_names_people_and_days_and_says_where_nobody_could_act() {
    on_both(async |d| {
        let id = d.filled_plan(2).await;
        let drafter = d.person("drafter.2").await;
        let ahead = d.service.preview(&drafter, id).await.unwrap();
        let of = |stage: &str| ahead.steps.iter().find(|step| step.stage.0 == stage).unwrap();
        assert!(of("draft").current && !of("deputy").current);
        let deputy = d.person("deputy.2").await.person;
        assert_eq!(of("deputy").seats[0].people, [deputy]);
        assert!(of("deputy").due_on.is_some_and(|due| due > d.service.moment().day));
        let arrivals: Vec<_> = ahead.steps.iter().map(|step| step.arrives).collect();
        assert!(arrivals.is_sorted(), "{arrivals:?}");

        let (_, post) = post_of(d, "leader.6", Role::Leader).await;
        decree(
            d,
            &Change::EndPost {
                post,
                until: day("2026-01-05"),
            },
        )
        .await
        .unwrap();
        let ahead = d.service.preview(&drafter, id).await.unwrap();
        let leader = ahead.steps.iter().find(|step| step.stage.0 == "leader").unwrap();
        let nobody = leader.seats.iter().all(|seat| seat.people.is_empty());
        let said = !leader.lacking.is_empty() || leader.seats.iter().any(|seat| !seat.why.is_empty());
        assert!(nobody && said, "{leader:?}");
        // Another's draft has no way for a stranger.
        let stranger = d.person("cosigner.3").await;
        assert!(d.service.preview(&stranger, id).await.is_err());
    })
    .await;
}

#[tokio::test]
async fn the_check_page_and_the_api_tell_the_way_ahead_and_the_api_gives_the_history() {
    let world = World::demo("2026-03-02T09:00:00+08:00").await;
    let client = Client::sign_in(&world.url(), "fagai-drafter", "act").await;
    let id = client.draft().await;
    let path = format!("/api/v1/documents/{id}");
    let (status, _, ahead) = client.get(&format!("{path}/preview")).await;
    assert_eq!(status, StatusCode::OK, "{ahead}");
    let steps = ahead.as_array().expect("steps");
    assert_eq!(steps[0]["current"], true);
    let name = steps[1]["seats"][0]["people"][0].as_str().expect("somebody").to_owned();
    let visitor = world.visitor("fagai-drafter").await;
    let page = visitor.get(&format!("/documents/{id}/check")).await;
    assert!(page.says("预计流程") && page.says(&name), "{}", page.text());
    let titles = page.all(".ahead-stage strong");
    assert_eq!(titles.len(), steps.len(), "{titles:?}");

    let (status, kind, xes) = client.get(&format!("{path}/history.xes")).await;
    assert_eq!(status, StatusCode::OK, "{xes}");
    assert!(kind.starts_with("application/xml") && xes.as_str().is_some_and(|text| text.contains("<trace>")));
    let stranger = Client::sign_in(&world.url(), "cosigner", "act").await;
    for part in ["preview", "history.xes"] {
        let (status, ..) = stranger.get(&format!("{path}/{part}")).await;
        assert_eq!(status, StatusCode::NOT_FOUND, "{part}");
    }
}
