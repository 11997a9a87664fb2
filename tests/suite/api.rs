//! The JSON API over HTTP: signing in, the rules of the pages, errors as problems.

use duban_tests::api::Client;
use duban_tests::world::World;
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

const AT: &str = "2026-03-02T09:00:00+08:00";

/// What every error must be: a problem of RFC 9457 with this status and code.
fn is_problem(answer: &(StatusCode, String, Value), status: StatusCode, code: &str) {
    let (found, kind, body) = answer;
    assert_eq!(*found, status, "{body}");
    assert_eq!(kind, "application/problem+json", "{body}");
    assert_eq!(body["status"], status.as_u16(), "{body}");
    assert_eq!(body["type"], format!("urn:duban:problem:{code}"), "{body}");
    for member in ["title", "detail", "instance"] {
        let text = body[member].as_str().unwrap_or_default();
        assert!(!text.is_empty() && !text.contains('⟦'), "{member}: {body}");
    }
}

#[tokio::test]
async fn a_plan_is_written_and_submitted_through_the_api_and_errors_are_problems() {
    let world = World::demo(AT).await;
    let guest = Client::new(&world.url(), None);
    is_problem(
        &guest.get("/api/v1/inbox").await,
        StatusCode::UNAUTHORIZED,
        "signed_out",
    );
    is_problem(&guest.get("/api/v1/nowhere").await, StatusCode::NOT_FOUND, "not_found");
    let wrong = guest.send(Method::DELETE, "/api/v1/inbox", None).await;
    is_problem(&wrong, StatusCode::METHOD_NOT_ALLOWED, "method");
    let forged = Client::new(&world.url(), Some("duban_0000"));
    is_problem(&forged.get("/api/v1/me").await, StatusCode::UNAUTHORIZED, "signed_out");
    let secret = json!({"username": "fagai-drafter", "password": "wrong", "name": "t"});
    let refused = guest.send(Method::POST, "/api/v1/tokens", Some(secret)).await;
    is_problem(&refused, StatusCode::UNAUTHORIZED, "signed_out");
    let missing = guest
        .send(
            Method::POST,
            "/api/v1/tokens",
            Some(json!({"username": "fagai-drafter"})),
        )
        .await;
    is_problem(&missing, StatusCode::UNPROCESSABLE_ENTITY, "malformed");

    let drafter = Client::sign_in(&world.url(), "fagai-drafter", "act").await;
    let id = drafter.draft().await;
    let path = format!("/api/v1/documents/{id}");
    let (_, _, before) = drafter.get(&path).await;
    let line = before["content"]["lines"][0]["id"].as_u64().expect("a line");
    let edit = json!({"edit_version": before["edit_version"], "fields": {"measures": "按季度推进"}});
    let (status, _, saved) = drafter
        .send(Method::PATCH, &format!("{path}/lines/{line}"), Some(edit.clone()))
        .await;
    assert_eq!(status, StatusCode::OK, "{saved}");
    let late = drafter
        .send(Method::PATCH, &format!("{path}/lines/{line}"), Some(edit))
        .await;
    is_problem(&late, StatusCode::CONFLICT, "conflict");
    assert_eq!(late.2["conflict"]["current"], saved["edit_version"]);
    assert_eq!(
        late.2["conflict"]["theirs"]["lines"][0]["fields"]["measures"],
        "按季度推进"
    );

    // Another's paper does not exist; reading tokens do not act; a command is done once.
    let stranger = Client::sign_in(&world.url(), "cosigner", "act").await;
    is_problem(&stranger.get(&path).await, StatusCode::NOT_FOUND, "not_found");
    let version = drafter.version(id).await;
    let command = json!({"id": uuid::Uuid::new_v4(), "expected": version, "act": "submit"});
    let commands = format!("{path}/commands");
    let reader = Client::sign_in(&world.url(), "fagai-drafter", "read").await;
    let read_only = reader.send(Method::POST, &commands, Some(command.clone())).await;
    is_problem(&read_only, StatusCode::FORBIDDEN, "token_reads_only");
    let unknown = json!({"id": uuid::Uuid::new_v4(), "expected": version, "act": "explode"});
    let unknown = drafter.send(Method::POST, &commands, Some(unknown)).await;
    is_problem(&unknown, StatusCode::UNPROCESSABLE_ENTITY, "malformed");
    drafter.fill(id).await;
    let (status, _, first) = drafter.send(Method::POST, &commands, Some(command.clone())).await;
    assert_eq!(status, StatusCode::OK, "{first}");
    let (_, _, second) = drafter.send(Method::POST, &commands, Some(command.clone())).await;
    assert_eq!(first, second);
    let stale = json!({"id": uuid::Uuid::new_v4(), "expected": version, "act": "withdraw"});
    is_problem(
        &drafter.send(Method::POST, &commands, Some(stale)).await,
        StatusCode::CONFLICT,
        "conflict",
    );
    let (_, _, history) = drafter.get(&format!("{path}/history")).await;
    let last = history.as_array().and_then(|list| list.last()).expect("history");
    assert_eq!(last["verb"], "submitted");
    let (status, _, graph) = drafter.get("/api/v1/graph").await;
    assert_eq!(status, StatusCode::OK, "{graph}");
    let (status, _, description) = guest.get("/api/openapi.json").await;
    assert_eq!((status, &description["openapi"]), (StatusCode::OK, &json!("3.1.0")));
}

#[tokio::test]
async fn findings_are_raised_and_handed_over_through_the_api() {
    let world = World::demo(AT).await;
    let inspector = Client::sign_in(&world.url(), "inspector", "act").await;
    let drafter = Client::sign_in(&world.url(), "fagai-drafter", "act").await;
    let (_, _, me) = drafter.get("/api/v1/me").await;
    let unit = me["posts"][0]["unit"].as_i64().expect("a unit");
    let found = json!({
        "unit": unit, "source": "督察", "basis": "专项督察", "description": "两项任务未建立台账。",
        "class": "工作落实", "severity": "一般", "demanded_by": "2026-03-20",
    });
    let raise = |body: Value| inspector.send(Method::POST, "/api/v1/findings", Some(body));
    let theirs = drafter
        .send(Method::POST, "/api/v1/findings", Some(found.clone()))
        .await;
    is_problem(&theirs, StatusCode::FORBIDDEN, "inspector_only");
    let mut late = found.clone();
    late["demanded_by"] = json!("2026-03-01");
    is_problem(&raise(late).await, StatusCode::UNPROCESSABLE_ENTITY, "date_past");
    let (status, _, raised) = raise(found).await;
    assert_eq!(status, StatusCode::CREATED, "{raised}");

    let hand_over = json!({"title": "督察问题整改报告", "findings": [raised["id"]]});
    let dispatch = || inspector.send(Method::POST, "/api/v1/findings/dispatch", Some(hand_over.clone()));
    let (status, _, report) = dispatch().await;
    assert_eq!(status, StatusCode::CREATED, "{report}");
    is_problem(
        &dispatch().await,
        StatusCode::UNPROCESSABLE_ENTITY,
        "finding_handed_over",
    );
    let (_, _, inbox) = drafter.get("/api/v1/inbox?box=todo").await;
    let rows = inbox["items"].as_array().cloned().unwrap_or_default();
    assert!(rows.iter().any(|row| row["document"] == report["id"]), "{inbox}");
}
