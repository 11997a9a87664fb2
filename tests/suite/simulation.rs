//! Simulation of a campaign: through the service on a real database, on the page, and on the command line.

use crate::service::on_both;
use duban_core::org::Role;
use duban_core::workflow::StageId;
use duban_core::workflow::simulation::Absence;
use duban_service::Error;
use duban_service::simulation::Asked;
use duban_tests::district::{approve, send_back, submit};
use duban_tests::world::{World, binary};

#[tokio::test]
async fn a_campaign_is_replayed_with_the_pace_it_showed_and_nothing_is_changed() {
    on_both(async |d| {
        let id = d.filled_plan(2).await;
        d.filled_plan(3).await;
        d.act("drafter.2", id, submit()).await.unwrap();
        d.clock.set("2026-01-08T01:00:00Z".parse().unwrap());
        d.act("deputy.2", id, send_back()).await.unwrap();
        d.act("drafter.2", id, submit()).await.unwrap();
        d.clock.set("2026-01-09T01:00:00Z".parse().unwrap());
        d.act("deputy.2", id, approve()).await.unwrap();
        let version = d.version(id).await;
        let records = d.service.verify_audit().await.unwrap().records;
        let office = d.person("office.5").await;
        let found = d.service.simulation(&office, &Asked::default()).await.unwrap();
        // The deputy took three days and one; the median of two is the smaller.
        let deputy = found.learnt[&Role::Deputy];
        assert_eq!((deputy.days, deputy.cases), (1, 2));
        assert_eq!(found.base.papers.len(), 2);
        assert_eq!(found.base, found.changed);
        assert!(found.comparison.papers.is_empty() && found.comparison.people.is_empty());
        let replayed = found.base.papers.iter().find(|paper| paper.document == id).unwrap();
        let drafts = replayed.visits.iter().filter(|visit| visit.stage.0 == "draft").count();
        assert_eq!(drafts, 2, "the return that happened is replayed");
        assert_eq!(replayed.visits[0].opened_on.to_string(), "2026-01-05");
        let other = found.base.papers.iter().find(|paper| paper.document != id).unwrap();
        assert_eq!(
            other.visits[0].closed_on.unwrap().to_string(),
            "2026-03-20",
            "on its last day"
        );
        assert_eq!(d.version(id).await, version);
        assert_eq!(
            d.service.verify_audit().await.unwrap().records,
            records,
            "it leaves no trace"
        );

        let mut asked = Asked::default();
        asked.conditions.away.push(Absence {
            person: d.person("leader.6").await.person,
            from: "2026-01-01".parse().unwrap(),
            until: "2026-06-01".parse().unwrap(),
        });
        let found = d.service.simulation(&office, &asked).await.unwrap();
        assert_eq!((found.base.late_papers(), found.changed.late_papers()), (0, 2));
        assert_eq!(found.comparison.papers.len(), 2);
        asked.conditions.limits.insert(StageId::from("nowhere"), 1);
        assert!(matches!(
            d.service.simulation(&office, &asked).await,
            Err(Error::Invalid(_))
        ));
        for stranger in ["drafter.2", "leader.6", "auditor.5"] {
            let caller = d.person(stranger).await;
            let refused = d.service.simulation(&caller, &Asked::default()).await;
            assert!(matches!(refused, Err(Error::Forbidden(_))), "{stranger}");
        }
    })
    .await;
}

#[tokio::test]
async fn the_page_shows_load_and_late_papers_beside_the_run_as_it_is() {
    let world = World::demo("2026-03-02T01:00:00Z").await;
    let office = world.visitor("office").await;
    let began = std::time::Instant::now();
    let page = office.get("/workflows/annual-plan/simulation").await;
    assert!(page.status.is_success(), "{}", page.text());
    println!(
        "simulation page: {} ms, {} bytes",
        began.elapsed().as_millis(),
        page.text().len()
    );
    for words in ["推演", "人员负荷", "逾期计划", "逐日负荷"] {
        assert!(page.says(words), "{words}");
    }
    assert!(!page.all("svg.picture rect.load-after").is_empty(), "bars");
    let shorter = office
        .get("/workflows/annual-plan/simulation?stage=office&days=0")
        .await;
    assert!(shorter.says("有变化"), "{}", shorter.text());
    let wrong = office
        .get("/workflows/annual-plan/simulation?stage=office&days=many")
        .await;
    assert_eq!(wrong.status.as_u16(), 422);
    assert!(wrong.says("请填写整数"));
    let none = office.get("/workflows/rectification-report/simulation").await;
    assert_eq!(none.status.as_u16(), 404);

    let database = format!("sqlite:{}", world.database().display());
    let run = |args: &[&str]| {
        let out = std::process::Command::new(binary())
            .args(["workflow", "simulate", "--database", &database])
            .args(args)
            .env_clear()
            .output();
        out.expect("run")
    };
    let table = run(&["--limit", "office=0", "--away", "leader=2026-03-02..2026-04-01"]);
    let text = String::from_utf8_lossy(&table.stdout).into_owned();
    assert!(table.status.success(), "{}", String::from_utf8_lossy(&table.stderr));
    assert!(text.contains("late papers") && text.contains("->"), "{text}");
    let json = run(&["--format", "json", "--capacity", "1"]);
    let value: serde_json::Value = serde_json::from_slice(&json.stdout).expect("json");
    assert!(
        value["base"]["papers"]
            .as_array()
            .is_some_and(|papers| !papers.is_empty())
    );
    let unknown = run(&["--away", "无此人=2026-03-02..2026-04-01"]);
    assert!(!unknown.status.success());
}
