//! The schema goes up, down and up again on both databases, and the database itself guards what must not change.

use duban_store::{Connection, Store};
use duban_tests::postgres::Postgres;

async fn up_down_up(store: &Store) {
    duban_migrations::run(store.schema()).await.expect("up");
    duban_migrations::run(store.schema())
        .await
        .expect("up again changes nothing");
    let db = store.schema();
    db.execute_unprepared(
        "INSERT INTO audit (seq, at, verb, object_kind, object_id, canonical, prev_hash, hash) \
         VALUES (1, '2026-01-01 00:00:00+00:00', 'v', 'k', 'i', '{}', 'a', 'b')",
    )
    .await
    .expect("append");
    for forbidden in ["UPDATE audit SET verb = 'x'", "DELETE FROM audit"] {
        let error = db.execute_unprepared(forbidden).await.expect_err("append only");
        assert!(error.to_string().contains("append only"), "{error}");
    }
    duban_migrations::undo(store.schema()).await.expect("down");
    duban_migrations::run(store.schema()).await.expect("up after down");
}

#[tokio::test]
async fn sqlite_goes_up_and_down() {
    let folder = tempfile::tempdir().expect("folder");
    let url = format!("sqlite://{}/d.db", folder.path().display());
    up_down_up(&Store::connect(&url).await.expect("connect")).await;
}

#[tokio::test]
async fn postgres_goes_up_and_down_and_many_nodes_may_start_at_once() {
    let Some(server) = Postgres::available() else { return };
    let url = server.database("up_down").expect("database");
    up_down_up(&Store::connect(&url).await.expect("connect")).await;

    let url = server.database("nodes").expect("database");
    let nodes = (0..4).map(|_| {
        let url = url.clone();
        tokio::spawn(async move {
            let store = Store::connect(&url).await.expect("connect");
            duban_migrations::run(store.schema()).await
        })
    });
    for node in nodes.collect::<Vec<_>>() {
        node.await.expect("task").expect("every node starts");
    }
}

#[tokio::test]
async fn a_second_server_on_one_file_is_refused() {
    let folder = tempfile::tempdir().expect("folder");
    let url = format!("sqlite://{}/d.db", folder.path().display());
    let first = Store::connect(&url).await.expect("connect");
    first.claim_server().expect("free");
    let second = Store::connect(&url).await.expect("reading beside it is allowed");
    let refusal = second.claim_server().expect_err("held").to_string();
    assert!(refusal.contains("another server already uses"), "{refusal}");
    drop(first);
    second.claim_server().expect("free again");
}
