//! Agreeing to several papers at once: each is checked as if it came alone, and what is refused holds up no other.

use crate::hand_over::{code, day, decree};
use crate::service::sound;
use duban_core::document::content::Content;
use duban_core::id::{CommandId, DocumentId, UnitId, Version};
use duban_core::org::Role;
use duban_core::workflow::Act;
use duban_service::batch::{Item, MOST};
use duban_service::delegation::NewLoan;
use duban_service::form::StartForm;
use duban_service::proposal::Change;
use duban_service::{Error, Service};
use duban_tests::api::Client;
use duban_tests::district::{District, approve, submit};
use duban_tests::world::World;
use reqwest::{Method, StatusCode};
use serde_json::json;

/// A district in which people ask for leave.
async fn district(folder: &std::path::Path) -> District {
    let url = format!("sqlite://{}/d.db", folder.display());
    let mut d = District::build(&url).await;
    let file = duban_tests::world::root().join("workflows/examples/leave-request.v1.toml");
    let text = std::fs::read_to_string(file).expect("the example");
    let known = duban_workflows::Registry::shipped().expect("definitions");
    let known = known.with_published("leave-request", 1, &text).expect("a definition");
    d.service = Service::new(d.service.store().clone(), d.clock.clone(), known);
    let sysadmin = d.person("sysadmin.5").await;
    d.service
        .publish_definition(&sysadmin, "leave-request", 1)
        .await
        .expect("published");
    d
}

/// A short leave of unit 2, started and submitted by its drafter and written by `writer`.
async fn leave(d: &District, writer: &str, title: String) -> DocumentId {
    let drafter = d.person("drafter.2").await;
    let new = StartForm {
        definition: "leave-request".to_owned(),
        unit: None,
        title,
    };
    let id = d.service.start_form(&drafter, fresh(), new).await.expect("started");
    let writer = d.person(writer).await;
    let typed = [
        ("kind", "annual"),
        ("from", "2026-03-02"),
        ("days", "2"),
        ("reason", "休假"),
        ("deputy", "张三"),
    ];
    let head = typed.map(|(key, text)| (key.to_owned(), text.to_owned()));
    let content = Content {
        head: head.into_iter().collect(),
        ..Content::default()
    };
    let (case, frame) = d.service.open_document(&writer, id).await.expect("open");
    let body = d
        .service
        .working(&writer, &case, &frame)
        .await
        .expect("read")
        .expect("own");
    d.service
        .save_content(&writer, id, body.edit_version, content)
        .await
        .expect("saved");
    assert_eq!(d.act("drafter.2", id, submit()).await.expect("submitted"), "deputy");
    id
}

fn fresh() -> CommandId {
    CommandId(uuid::Uuid::new_v4())
}

fn item(document: DocumentId, expected: Version) -> Item {
    Item {
        document,
        expected,
        command: fresh(),
        seat: None,
    }
}

async fn events(d: &District) -> usize {
    let db = d.service.store().read();
    let mut count = 0;
    for id in duban_store::document::ids(db, 0, 100_000).await.expect("ids") {
        count += duban_store::instance::events(db, id).await.expect("events").len();
    }
    count
}

#[tokio::test]
async fn a_batch_of_two_hundred_with_three_stale() {
    let folder = tempfile::tempdir().expect("folder");
    let d = district(folder.path()).await;
    let mut items = Vec::new();
    for no in 1..=200 {
        let id = leave(&d, "drafter.2", format!("请假{no}")).await;
        items.push(item(id, d.version(id).await));
    }
    // Three move on after the list was read: one is taken back, one taken back and sent again, one agreed to.
    let withdraw = || Act::Withdraw {
        reason: "日期有误".to_owned(),
    };
    let (gone, anew, agreed) = (items[10].document, items[100].document, items[199].document);
    d.act("drafter.2", gone, withdraw()).await.expect("withdrawn");
    d.act("drafter.2", anew, withdraw()).await.expect("withdrawn");
    d.act("drafter.2", anew, submit()).await.expect("submitted");
    d.act("deputy.2", agreed, approve()).await.expect("approved");

    let deputy = d.person("deputy.2").await;
    let told = d.service.approve_batch(&deputy, "同意", &items).await.expect("a batch");
    assert_eq!(told.len(), 200);
    let order = told.iter().map(|one| one.document);
    assert!(order.eq(items.iter().map(|item| item.document)), "in the order asked");
    let stale: Vec<_> = told.iter().filter(|one| one.answer.is_err()).collect();
    assert_eq!(stale.len(), 3);
    for one in &stale {
        assert!([gone, anew, agreed].contains(&one.document));
        assert!(matches!(one.answer, Err(Error::Conflict(_))), "{:?}", one.answer);
    }
    for one in told.iter().filter(|one| one.answer.is_ok()) {
        let outcome = one.answer.as_ref().expect("agreed");
        assert_eq!(outcome.stage, "granted");
        assert_eq!(one.stage.as_ref().map(|stage| stage.get("zh")), Some("已准假"));
    }
    let seats = duban_store::instance::open_seats(d.service.store().read(), anew).await;
    assert_eq!(seats.expect("read").len(), 1, "what is stale still waits");

    // The same batch again, as after a lost answer, does nothing twice.
    let before = events(&d).await;
    let again = d.service.approve_batch(&deputy, "同意", &items).await.expect("a batch");
    let both = told.iter().zip(&again);
    assert!(
        both.clone()
            .all(|(one, other)| one.answer.as_ref().ok() == other.answer.as_ref().ok())
    );
    assert_eq!(events(&d).await, before);
    sound(&d.service).await;
}

#[tokio::test]
async fn ones_own_paper_in_a_batch_is_refused_and_the_others_pass() {
    let folder = tempfile::tempdir().expect("folder");
    let d = district(folder.path()).await;
    // The cosigner also drafts, and stands in for the deputy: what they wrote they do not agree to.
    let cosigner = d.person("cosigner.2").await;
    let drafts = Change::AddPost {
        person: cosigner.person,
        unit: UnitId(2),
        role: Role::Drafter,
        from: day("2026-01-05"),
        until: None,
    };
    decree(&d, &drafts).await.expect("a post more");
    let deputy = d.person("deputy.2").await;
    let loan = NewLoan {
        post: deputy.posts[0].id,
        delegate: cosigner.person,
        from: day("2026-01-05"),
        to: day("2026-01-06"),
        document_type: None,
    };
    d.service.lend(&deputy, &loan).await.expect("lent");
    let others = leave(&d, "drafter.2", "他人请假".to_owned()).await;
    let own = leave(&d, "cosigner.2", "本人请假".to_owned()).await;
    let last = leave(&d, "drafter.2", "又一份".to_owned()).await;
    let strange = d.filled_plan(3).await;
    let mut items = Vec::new();
    for id in [others, own, last, strange] {
        items.push(item(id, d.version(id).await));
    }
    items.push(item(DocumentId(9_999), Version(1)));
    let cosigner = d.person("cosigner.2").await;
    let told = d.service.approve_batch(&cosigner, "", &items).await.expect("a batch");
    let codes: Vec<_> = told
        .iter()
        .map(|one| one.answer.as_ref().map_or_else(code, |done| done.stage.clone()))
        .collect();
    assert_eq!(codes, ["granted", "own_paper", "granted", "not_found", "not_found"]);
    assert_eq!(told[3].title, "", "nobody learns what a paper of others is called");

    let none = d.service.approve_batch(&cosigner, "", &[]).await;
    assert_eq!(code(&none.expect_err("empty")), "batch_empty");
    let many = vec![items[0]; MOST + 1];
    let many = d.service.approve_batch(&cosigner, "", &many).await;
    assert_eq!(code(&many.expect_err("too many")), "batch_too_large");
    sound(&d.service).await;
}

#[tokio::test]
async fn papers_are_ticked_in_the_inbox_looked_at_again_and_approved_together() {
    let world = World::demo("2026-03-02T09:00:00+08:00").await;
    let reviewer = world.visitor("coordinator").await;
    let inbox = reviewer.get("/inbox").await;
    let ticks = inbox.ticks("paper");
    assert!(ticks.len() >= 3, "{}", inbox.text());
    let mut form = inbox.form("/inbox/approvals");
    for tick in &ticks[..3] {
        form.fields.push(("paper".to_owned(), tick.clone()));
    }
    let confirm = reviewer.send(form).await;
    assert_eq!(confirm.status, StatusCode::OK, "{}", confirm.text());
    let form = confirm.form("/inbox/approvals");
    let items = form.fields.iter().filter(|(name, _)| name == "item").count();
    assert!(items >= 2, "{}", confirm.text());

    // Somebody is quicker with the first: it is told, the others are done.
    let first = form
        .fields
        .iter()
        .find(|(name, _)| name == "item")
        .expect("an item")
        .1
        .clone();
    let number = first.split(':').next().expect("a number").to_owned();
    let quick = Client::sign_in(&world.url(), "coordinator2", "act").await;
    let command = json!({"act": "approve", "note": "", "id": uuid::Uuid::new_v4(), "expected": quick.version(number.parse().expect("a number")).await});
    let (status, _, answer) = quick
        .send(
            Method::POST,
            &format!("/api/v1/documents/{number}/commands"),
            Some(command),
        )
        .await;
    assert_eq!(status, StatusCode::OK, "{answer}");
    let results = reviewer.send(form.clone().with("text", "同意")).await;
    assert_eq!(results.status, StatusCode::OK, "{}", results.text());
    let words = format!("已同意 {} 份", items - 1);
    assert!(results.says(&words), "{words}: {}", results.text());
    assert!(
        results.says("1 份未能办理") && results.says("刚刚先处理了"),
        "{}",
        results.text()
    );
    // Sent once more, as by reloading: the same answer.
    assert!(reviewer.send(form.with("text", "同意")).await.says(&words));

    // Ticked before it changed: the second look says so.
    let late = reviewer.get(&format!("/inbox/approvals?paper={number}:1")).await;
    assert!(!late.has_form("/inbox/approvals"), "{}", late.text());
    assert_eq!(
        reviewer.get("/inbox/approvals").await.status,
        StatusCode::UNPROCESSABLE_ENTITY
    );
}

#[tokio::test]
async fn the_api_tells_an_answer_or_a_problem_for_each_paper() {
    let world = World::demo("2026-03-02T09:00:00+08:00").await;
    let client = Client::sign_in(&world.url(), "coordinator", "act").await;
    let (_, _, inbox) = client.get("/api/v1/inbox").await;
    let rows = inbox["items"].as_array().cloned().unwrap_or_default();
    let running: Vec<_> = rows.iter().filter(|row| row["status"] == "running").collect();
    let entry = |row: &serde_json::Value, expected: u64| json!({"document": row["document"], "id": uuid::Uuid::new_v4(), "expected": expected});
    let version = |row: &serde_json::Value| row["version"].as_u64().expect("a version");
    let body = json!({"note": "同意", "items": [
        entry(running[0], version(running[0])),
        entry(running[1], version(running[1]) - 1),
        {"document": 999_999, "id": uuid::Uuid::new_v4(), "expected": 1},
    ]});
    let (status, _, answer) = client.send(Method::POST, "/api/v1/approvals", Some(body)).await;
    assert_eq!(status, StatusCode::OK, "{answer}");
    assert_eq!(
        (&answer["agreed"], &answer["refused"]),
        (&json!(1), &json!(2)),
        "{answer}"
    );
    assert_eq!(
        answer["items"][0]["answer"]["document"], running[0]["document"],
        "{answer}"
    );
    assert_eq!(answer["items"][1]["problem"]["status"], 409, "{answer}");
    assert_eq!(
        answer["items"][1]["problem"]["conflict"]["current"],
        version(running[1]),
        "{answer}"
    );
    assert_eq!(answer["items"][2]["problem"]["status"], 404, "{answer}");
    let (status, kind, empty) = client
        .send(Method::POST, "/api/v1/approvals", Some(json!({"items": []})))
        .await;
    assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY, "{empty}");
    assert_eq!(kind, "application/problem+json");
    assert_eq!(empty["reasons"][0]["code"], "batch_empty");
}
