//! What has been done between the queue and the relay, and dates that move.

use super::*;
use chrono::Days;
use duban_core::calendar::Calendar;
use duban_core::workflow::Act;
use duban_tests::district::submit;
use duban_tests::proof::count;

#[tokio::test]
async fn nobody_is_reminded_of_what_was_submitted_between_queue_and_relay() {
    let rounds = count(14, 130);
    let folder = tempfile::tempdir().expect("folder");
    let district = District::build(&format!("sqlite:{}/d.db", folder.path().display())).await;
    let (service, store) = (&district.service, district.service.store());
    run_sql(store, "UPDATE campaign SET plan_due = '2026-01-06'").await;
    let mut plans = Vec::new();
    for unit in 1..=4 {
        plans.push((unit, district.filled_plan(unit).await));
    }
    let mut today = day("2026-01-06");
    for _ in 0..rounds {
        today = Calendar::default().plus(today, 1);
        district.clock.set(local(today, 8, 30));
        assert!(service.tick().await.expect("tick").mails >= 4);
        let claims = service.claim_mails(100).await.expect("claim");
        for (unit, plan) in &plans {
            district
                .act(&format!("drafter.{unit}"), *plan, submit())
                .await
                .expect("submit");
        }
        for claim in &claims {
            assert!(
                service.prepare_mail(claim).await.expect("prepare").is_none(),
                "{claim:?}"
            );
        }
        for (unit, plan) in &plans {
            let back = Act::Withdraw {
                reason: "再改一处".to_owned(),
            };
            district
                .act(&format!("drafter.{unit}"), *plan, back)
                .await
                .expect("withdraw");
        }
    }
    let stale = number(store, "SELECT count(*) FROM occurrence WHERE state = 'stale'").await;
    assert_eq!(number(store, "SELECT count(*) FROM occurrence").await, stale);
    assert!(stale >= count(100, 1_000), "{stale}");
    println!("{stale} reminders were queued, and none of them left");
    // Without the submission the same mails leave: the question is what keeps them.
    today = Calendar::default().plus(today, 1);
    district.clock.set(local(today, 8, 30));
    service.tick().await.expect("tick");
    for claim in service.claim_mails(100).await.expect("claim") {
        assert!(service.prepare_mail(&claim).await.expect("prepare").is_some());
    }
    // A last day that moves is reminded of anew, from the next minute's tick on.
    let moved = Calendar::default().plus(today, 4);
    run_sql(store, &format!("UPDATE document SET due_on = '{moved}'")).await;
    run_sql(store, &format!("UPDATE seat SET due_on = '{moved}'")).await;
    district
        .clock
        .set(local(today + Days::new(1), 9, 0).max(local(Calendar::default().plus(today, 1), 9, 0)));
    service.tick().await.expect("tick");
    let anew = keys(store)
        .await
        .into_iter()
        .filter(|key| key.contains(&moved.to_string()))
        .count();
    assert_eq!(anew, plans.len(), "three working days before {moved}");
}
