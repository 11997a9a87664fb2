//! Pages while the relay is away and while what waited drains at the rate that is set.

use super::*;
use duban_core::id::PersonId;
use duban_store::outbox::{self, NewMail};
use duban_tests::district::PASSWORD;
use duban_tests::node::{MachineClock, Node};
use duban_tests::proof::count;
use duban_tests::smtp::Smtp;
use duban_tests::visitor::Visitor;
use serde_json::json;

/// Mails a minute: five a second.
const RATE: usize = 300;

/// The time that 99 of 100 pages took at most.
fn p99(mut took: Vec<Duration>) -> Duration {
    took.sort();
    took[(took.len() * 99).div_ceil(100) - 1]
}

/// More than a tenth slower than usual, and more than others on the machine explain: where many pages are looked at,
/// few of them are hit.
fn slower(usual: Duration, now: Duration) -> bool {
    let others = u64::try_from(count(100, 5)).expect("small");
    now > usual.mul_f64(1.1) + Duration::from_millis(others)
}

async fn pages(visitor: &Visitor, mut enough: impl AsyncFnMut(usize) -> bool) -> Vec<Duration> {
    let mut took = Vec::new();
    while !enough(took.len()).await {
        let began = Instant::now();
        let page = visitor.get("/inbox").await;
        took.push(began.elapsed());
        assert_eq!(page.status, 200);
        // A person reads what they see.
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    took
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn pages_are_as_quick_while_mails_wait_for_the_relay_and_while_they_drain_at_the_set_rate() {
    let (mails, looks) = (count(40, 600), count(300, 3_000));
    let folder = tempfile::tempdir().expect("folder");
    let url = format!("sqlite:{}/d.db", folder.path().display());
    let district = District::build(&url).await;
    district.filled_plan(1).await;
    let store = district.service.store();
    let to: PersonId = district.person("drafter.1").await.person;
    let clock = MachineClock::new(local(day("2026-03-02"), 9, 5));
    let mut relay = Smtp::reserve();
    let mut settings = relay.environment();
    settings.push(("DUBAN_SMTP_PER_MINUTE", RATE.to_string()));
    let mut node = Node::over(&url, &clock, &settings);
    node.start().await;
    let mut visitor = Visitor::new(&node.url());
    visitor.sign_in("drafter.1", PASSWORD).await;
    let before = p99(pages(&visitor, async |seen| seen >= looks).await);
    for number in 0..mails {
        let mail = NewMail {
            kind: "told",
            person: to,
            payload: super::kill::news(),
            message_id: format!("backlog{number}@test.duban"),
        };
        outbox::add(store.schema(), &mail, clock.now()).await.expect("mail");
    }
    let away = p99(pages(&visitor, async |seen| seen >= looks).await);
    assert!(relay.arrived().is_empty());
    relay.start();
    relay.give_way();
    relay.misbehave(&json!({"brief": true}));
    clock.jump(TimeDelta::minutes(2));
    let began = Instant::now();
    let (mut first_seconds, mut first_minute) = (0, 0);
    let draining = pages(&visitor, async |_| {
        let arrived = relay.arrived().len();
        if began.elapsed() < Duration::from_secs(5) {
            first_seconds = arrived;
        }
        if began.elapsed() < Duration::from_secs(59) {
            first_minute = arrived;
        }
        assert!(began.elapsed() < Duration::from_secs(240), "{arrived} of {mails}");
        arrived >= mails
    })
    .await;
    let took = began.elapsed();
    let seen = draining.len();
    let draining = p99(draining);
    // The machine may have become slower or quicker meanwhile.
    let after = p99(pages(&visitor, async |seen| seen >= looks).await);
    let usual = before.max(after);
    println!(
        "99 of 100 pages within {before:?} before and {after:?} after, {away:?} while {mails} mails wait, {draining:?} while they drain ({seen} \
         pages, {first_seconds} mails in the first five seconds, {first_minute} in the first minute, {took:?} in all)"
    );
    assert!(first_seconds <= RATE / 12 + 5, "{first_seconds} mails at once");
    assert!(first_minute <= RATE, "{first_minute} mails in a minute");
    assert!(!slower(usual, away), "{usual:?}, and {away:?} without a relay");
    assert!(
        !slower(usual, draining),
        "{usual:?}, and {draining:?} while mails drain"
    );
    // A page that waits for a relay is seen.
    assert!(slower(usual, usual + Duration::from_secs(2)));
}
