//! A unit merged into another while papers run, on a real database.

use crate::hand_over::{code, day, decree};
use crate::service::on_both;
use duban_core::id::UnitId;
use duban_core::org::Role;
use duban_service::inbox::Which;
use duban_service::proposal::Change;
use duban_tests::district::{District, approve, submit};

/// Unit `from` goes into unit `into` on this day.
async fn merge(d: &District, from: i64, into: i64, on: &str) {
    let change = Change::EndUnit {
        unit: UnitId(from),
        until: day(on),
        successor: Some(UnitId(into)),
    };
    decree(d, &change).await.expect("merged");
}

#[tokio::test]
async fn the_papers_of_a_merged_unit_go_on_in_the_hands_of_its_successor() {
    on_both(async |d| {
        let id = d.filled_plan(4).await;
        d.act("drafter.4", id, submit()).await.unwrap();
        merge(d, 4, 2, "2026-01-08").await;
        // Until that day nothing changes.
        let early = d.act("deputy.2", id, approve()).await.unwrap_err();
        assert_eq!(code(&early), "not_found");
        assert!(!d.person("deputy.4").await.posts.is_empty());

        d.clock.set("2026-01-08T01:00:00Z".parse().unwrap());
        d.service.recheck().await.unwrap();
        assert!(d.person("deputy.4").await.posts.is_empty(), "their posts have ended");
        let deputy = d.person("deputy.2").await;
        let inbox = d.service.inbox(&deputy, Which::Todo, None).await.unwrap();
        assert!(
            inbox.rows.iter().any(|row| row.document.id == id),
            "it waits for the successor's deputy"
        );
        let late = d.act("deputy.4", id, approve()).await.unwrap_err();
        assert_eq!(code(&late), "not_found");
        assert_eq!(d.act("deputy.2", id, approve()).await.unwrap(), "cosign");
        for who in ["cosigner.1", "cosigner.3"] {
            d.act(who, id, approve()).await.unwrap();
        }
        d.act("head.2", id, approve()).await.unwrap();
        let db = d.service.store().read();
        let plan = duban_store::document::find(db, id).await.unwrap().unwrap();
        assert_eq!(plan.unit, UnitId(4), "it stays the paper of the unit that made it");
        assert_eq!(plan.status.code(), "ended");
        // Before that day the graph shows the unit itself.
        let seen = async |on: &str| {
            let found = d.service.campaign_graph(Some(d.campaign), Some(day(on))).await.unwrap();
            found.graph.units().contains(&UnitId(4))
        };
        assert!(seen("2026-01-07").await && !seen("2026-01-08").await);
    })
    .await;
}

#[tokio::test]
async fn the_people_of_the_successor_do_not_review_what_the_merged_unit_made() {
    on_both(async |d| {
        let id = d.filled_plan(2).await;
        d.act("drafter.2", id, submit()).await.unwrap();
        for who in ["deputy.2", "cosigner.3", "head.2"] {
            d.act(who, id, approve()).await.unwrap();
        }
        // It lies with the coordinator, into which its unit is merged today.
        merge(d, 2, 1, "2026-01-05").await;
        for who in ["coordinator.1a", "coordinator.1b"] {
            let own = d.act(who, id, approve()).await.unwrap_err();
            assert_ne!(code(&own), "not_found");
            let caller = d.person(who).await;
            let inbox = d.service.inbox(&caller, Which::Todo, None).await.unwrap();
            assert!(inbox.rows.iter().all(|row| row.document.id != id), "{who}");
        }
        let db = d.service.store().read();
        let plan = duban_store::document::find(db, id).await.unwrap().unwrap();
        assert_eq!(plan.status.code(), "blocked", "never passed because nobody is left");
        // An administrator's post is not inherited.
        let heirs = d.service.organisation().await.unwrap();
        assert!(heirs.posts_in(UnitId(2)).all(|post| !post.role.is_administrator()));
        assert!(heirs.posts_as(UnitId(2), Role::Coordinator).next().is_some());
    })
    .await;
}

#[tokio::test]
async fn the_rosters_follow_a_merger() {
    on_both(async |d| {
        for unit in [3, 4] {
            let join = Change::AddMember {
                roster: "各部门".to_owned(),
                unit: UnitId(unit),
                from: day("2026-01-01"),
            };
            decree(d, &join).await.unwrap();
        }
        merge(d, 4, 2, "2026-01-08").await;
        let rosters = d.service.rosters().await.unwrap();
        let roster = rosters.values().find(|roster| roster.name == "各部门").unwrap();
        assert_eq!(roster.members_on(day("2026-01-07")), [UnitId(3), UnitId(4)]);
        assert_eq!(roster.members_on(day("2026-01-08")), [UnitId(3), UnitId(2)]);
    })
    .await;
}
