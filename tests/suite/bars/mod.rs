//! The bars for deadlines and delivery: what has to hold under kills, cuts, jumps of the clock and hostile relays, each
//! with a small count in every run and a full one with `DUBAN_PROOF=full`. `docs/bars.md` lists them.

mod backlog;
mod catch_up;
mod greylist;
mod jump;
mod kill;
mod nodes;
mod reader;
mod relay;
mod stale;
mod zones;

use chrono::{DateTime, NaiveDate, TimeDelta, Utc};
use duban_service::outbox::Tried;
use duban_store::{Connection, Store};
use duban_tests::district::District;
use std::collections::{BTreeMap, BTreeSet};
use std::time::{Duration, Instant};

/// The instant at this local time of a day.
fn local(day: NaiveDate, hour: u32, minute: u32) -> DateTime<Utc> {
    day.and_hms_opt(hour, minute, 0).expect("time").and_utc() - TimeDelta::hours(8)
}

fn day(text: &str) -> NaiveDate {
    text.parse().expect("day")
}

async fn run_sql(store: &Store, statement: &str) {
    let done = store.schema().execute_unprepared(statement).await;
    done.unwrap_or_else(|error| panic!("{statement}: {error}"));
}

/// The first column of what a query finds, as text.
async fn texts(store: &Store, query: &str) -> Vec<String> {
    let backend = store.schema().get_database_backend();
    let statement = sea_orm::Statement::from_string(backend, query);
    let rows = store.schema().query_all_raw(statement).await;
    let rows = rows.unwrap_or_else(|error| panic!("{query}: {error}"));
    let text = |row: &sea_orm::QueryResult| row.try_get_by_index::<String>(0).expect("text");
    rows.iter().map(text).collect()
}

async fn number(store: &Store, query: &str) -> usize {
    let found = texts(store, &format!("SELECT CAST(({query}) AS TEXT)")).await;
    found[0].parse().expect("a number")
}

/// Findings to be put right by these days, spread over the first four units; deputy and head hear of each.
async fn findings(store: &Store, demanded_by: &[NaiveDate]) {
    for (index, day) in demanded_by.iter().enumerate() {
        let unit = index % 4 + 1;
        run_sql(
            store,
            &format!(
                "INSERT INTO finding (source, basis, description, class, severity, unit_id, demanded_by, raised_by, \
                 raised_at, state) VALUES ('inspection', '', '第{index}项问题', 'other', 'minor', {unit}, '{day}', 1, \
                 '2026-01-05 00:00:00+00:00', 'raised')"
            ),
        )
        .await;
    }
}

/// One server to which nothing happens: it says which occasions there are.
struct Control {
    district: District,
    _folder: tempfile::TempDir,
}

impl Control {
    async fn with_findings(demanded_by: &[NaiveDate]) -> Self {
        let folder = tempfile::tempdir().expect("folder");
        let district = District::build(&format!("sqlite:{}/c.db", folder.path().display())).await;
        findings(district.service.store(), demanded_by).await;
        Self {
            district,
            _folder: folder,
        }
    }

    /// Reminds and delivers at this instant; gives the keys of all occasions so far.
    async fn at(&self, now: DateTime<Utc>) -> BTreeSet<String> {
        self.district.clock.set(now);
        let service = &self.district.service;
        service.tick().await.expect("tick");
        for claim in service.claim_mails(10_000).await.expect("claim") {
            if let Some(outgoing) = service.prepare_mail(&claim).await.expect("prepare") {
                let sent = Tried::Sent("a@b.example".to_owned());
                assert!(
                    service
                        .finish_mail(&claim, Some(&outgoing), sent)
                        .await
                        .expect("finish")
                );
            }
        }
        keys(service.store()).await
    }
}

/// The occasions that were made.
async fn keys(store: &Store) -> BTreeSet<String> {
    texts(store, "SELECT key FROM occurrence").await.into_iter().collect()
}

/// How many sent mails tell of each occasion; what is not a digest is left out.
async fn told(store: &Store) -> BTreeMap<String, usize> {
    let sent = "SELECT CAST(payload AS TEXT) FROM outbox WHERE state = 'sent' AND kind = 'digest'";
    let mut told = BTreeMap::new();
    for payload in texts(store, sent).await {
        let payload: serde_json::Value = serde_json::from_str(&payload).expect("payload");
        for occurrence in payload["occurrences"].as_array().expect("occurrences") {
            *told
                .entry(occurrence["key"].as_str().expect("key").to_owned())
                .or_default() += 1;
        }
    }
    told
}

/// What is wrong with occasions that should each have gone out in exactly one mail.
fn complaints(wanted: &BTreeSet<String>, told: &BTreeMap<String, usize>) -> Vec<String> {
    let missed = wanted.iter().filter(|key| !told.contains_key(*key));
    let extra = told
        .iter()
        .filter(|(key, times)| **times != 1 || !wanted.contains(*key));
    missed
        .map(|key| format!("{key} missed"))
        .chain(extra.map(|(key, times)| format!("{key} {times} times")))
        .collect()
}

/// Waits until a condition holds, at most `limit`; says how long that took.
async fn within(limit: Duration, what: &str, mut holds: impl AsyncFnMut() -> bool) -> Duration {
    let started = Instant::now();
    while !holds().await {
        assert!(started.elapsed() < limit, "waited in vain for {what}");
        tokio::time::sleep(Duration::from_millis(200)).await;
    }
    started.elapsed()
}

#[test]
fn the_judge_of_occasions_sees_what_is_missed_doubled_or_invented() {
    let wanted: BTreeSet<String> = ["a", "b"].map(str::to_owned).into();
    let told = |list: &[(&str, usize)]| list.iter().map(|(key, n)| ((*key).to_owned(), *n)).collect();
    assert!(complaints(&wanted, &told(&[("a", 1), ("b", 1)])).is_empty());
    assert_eq!(complaints(&wanted, &told(&[("a", 1)])), ["b missed"]);
    assert_eq!(complaints(&wanted, &told(&[("a", 1), ("b", 2)])), ["b 2 times"]);
    assert_eq!(
        complaints(&wanted, &told(&[("a", 1), ("b", 1), ("c", 1)])),
        ["c 1 times"]
    );
}
