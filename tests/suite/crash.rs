//! `kill -9` of the real server at random moments: nothing acknowledged is lost, nothing is done twice.

use crate::service::sound;
use chrono::Utc;
use duban_service::Service;
use duban_service::clock::ManualClock;
use duban_store::{Connection, Store};
use duban_tests::api::Client;
use duban_tests::world::World;
use reqwest::{Method, StatusCode};
use serde_json::json;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Duration;

const AT: &str = "2026-03-02T09:00:00+08:00";
const KILLS: u64 = 20;
const ACTS: u64 = 500;

/// Submits and withdraws one plan again and again. An act whose answer did not arrive is asked again with the same
/// number until there is an answer: it must then have been done exactly once.
async fn keep_acting(
    client: Client,
    id: i64,
    first: u64,
    acknowledged: Arc<AtomicU64>,
    enough: Arc<AtomicBool>,
) -> u64 {
    let path = format!("/api/v1/documents/{id}/commands");
    let mut version = first;
    while acknowledged.load(Ordering::SeqCst) < ACTS || !enough.load(Ordering::SeqCst) {
        let act = if (version - first).is_multiple_of(2) {
            "submit"
        } else {
            "withdraw"
        };
        let command = json!({"id": uuid::Uuid::new_v4(), "expected": version, "act": act});
        let answer = loop {
            match client.try_send(Method::POST, &path, Some(command.clone())).await {
                Ok((StatusCode::OK, _, answer)) => break answer,
                Ok((StatusCode::SERVICE_UNAVAILABLE, ..)) | Err(_) => {
                    tokio::time::sleep(Duration::from_millis(30)).await;
                }
                Ok((status, _, body)) => panic!("act {version}: {status} {body}"),
            }
        };
        assert_eq!(answer["version"].as_u64(), Some(version + 1), "done exactly once");
        version += 1;
        acknowledged.fetch_add(1, Ordering::SeqCst);
    }
    version
}

#[tokio::test]
async fn no_acknowledged_act_is_lost_and_none_is_doubled_over_twenty_kills() {
    let mut world = World::demo(AT).await;
    let client = Client::sign_in(&world.url(), "fagai-drafter", "act").await;
    let id = client.draft().await;
    client.fill(id).await;
    let first = client.version(id).await;
    let acknowledged = Arc::new(AtomicU64::new(0));
    let enough = Arc::new(AtomicBool::new(false));
    let acting = tokio::spawn(keep_acting(
        client.clone(),
        id,
        first,
        Arc::clone(&acknowledged),
        Arc::clone(&enough),
    ));
    for kill in 0..KILLS {
        // Spread over the whole run, and at a moment within an act that nobody chose.
        let until = ACTS * kill / KILLS;
        while acknowledged.load(Ordering::SeqCst) < until && !acting.is_finished() {
            tokio::time::sleep(Duration::from_millis(3)).await;
        }
        let moment = u64::from(uuid::Uuid::new_v4().as_bytes()[0]) % 60;
        tokio::time::sleep(Duration::from_millis(moment)).await;
        world.kill();
        world.start().await;
    }
    enough.store(true, Ordering::SeqCst);
    let last = acting.await.expect("every act was answered");
    let done = acknowledged.load(Ordering::SeqCst);
    assert!(done >= ACTS, "{done}");
    assert_eq!(last, first + done);
    assert_eq!(client.version(id).await, last, "what was acknowledged is there");
    world.kill();

    let store = Store::connect(&format!("sqlite://{}", world.database().display()))
        .await
        .expect("open");
    let whole = store.schema().query_one_raw(sea_orm::Statement::from_string(
        sea_orm::DbBackend::Sqlite,
        "PRAGMA integrity_check",
    ));
    let whole: String = whole
        .await
        .expect("check")
        .expect("a row")
        .try_get_by_index(0)
        .expect("text");
    assert_eq!(whole, "ok");
    let events = format!(
        "SELECT count(*) FROM event WHERE document_id = {id} AND version > {first} AND kind IN ('submitted', 'withdrawn')"
    );
    assert_eq!(count(&store, events).await, done, "each act is one event");
    let answers = format!(
        "SELECT count(*) FROM command WHERE json_extract(answer, '$.document') = {id} \
         AND json_extract(answer, '$.version') > {first}"
    );
    assert_eq!(count(&store, answers).await, done, "each act has one answer");
    let trail = format!(
        "SELECT count(*) FROM audit WHERE object_kind = 'document' AND object_id = '{id}' \
         AND verb IN ('document.submit', 'document.withdraw')"
    );
    assert_eq!(count(&store, trail).await, done, "each act is in the trail once");
    let definitions = duban_workflows::Registry::shipped().expect("definitions");
    let service = Service::new(store, Arc::new(ManualClock::new(Utc::now())), definitions);
    sound(&service).await;
}

async fn count(store: &Store, sql: String) -> u64 {
    let counted = sea_orm::Statement::from_string(sea_orm::DbBackend::Sqlite, sql);
    let row = store
        .read()
        .query_one_raw(counted)
        .await
        .expect("count")
        .expect("a row");
    let found: i64 = row.try_get_by_index(0).expect("number");
    u64::try_from(found).expect("positive")
}
