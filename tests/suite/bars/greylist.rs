//! A relay that puts off: a real Postfix with greylisting, and one that never takes anything.

use super::kill::news;
use super::*;
use crate::delivery::{MORNING, Office};
use duban_service::outbox::MailState;
use duban_store::outbox::{self, NewMail};
use duban_tests::postfix::Postfix;
use duban_tests::proof::count;
use duban_tests::smtp::Smtp;
use serde_json::json;

pub(super) async fn enqueue(office: &Office, name: &str, mails: usize) {
    let now = office.district.service.moment().now;
    for number in 0..mails {
        let to = office
            .district
            .person(&format!("drafter.{}", number % 3 + 1))
            .await
            .person;
        let mail = NewMail {
            kind: "told",
            person: to,
            payload: news(),
            message_id: format!("{name}{number}@test.duban"),
        };
        outbox::add(office.district.service.store().schema(), &mail, now)
            .await
            .expect("mail");
    }
}

#[tokio::test]
async fn a_postfix_with_greylisting_takes_every_mail_at_a_later_try() {
    let sink = Smtp::running();
    let Some(relay) = Postfix::available(sink.port()) else {
        return;
    };
    let mut settings = sink.environment();
    settings.retain(|(key, _)| *key != "DUBAN_SMTP_PORT");
    settings.push(("DUBAN_SMTP_PORT", relay.port().to_string()));
    let office = Office::open(&settings, &[1, 2, 3]).await;
    office.at(MORNING);
    let mails = count(60, 1_000);
    enqueue(&office, "grey", mails).await;
    office.send().await;
    let waiting = office.mails(&[MailState::Waiting]).await;
    let grey = waiting.iter().filter(|mail| {
        let error = mail.error.as_deref().unwrap_or_default();
        error.starts_with("RCPT TO") && error.to_lowercase().contains("greylist")
    });
    // The first of each recipient is put off; postgrey lets the same pair in after two seconds.
    assert!(grey.count() >= 3, "nobody was put off: {}", relay.log());
    within(Duration::from_secs(60), "all mails", async || {
        tokio::time::sleep(Duration::from_millis(1_000)).await;
        office.later(2);
        office.send().await;
        office.mails(&[MailState::Waiting]).await.is_empty()
    })
    .await;
    assert!(office.mails(&[MailState::Failed]).await.is_empty());
    let wanted: BTreeSet<String> = (0..mails).map(|number| format!("<grey{number}@test.duban>")).collect();
    within(Duration::from_secs(60), "the second hop", async || {
        sink.arrived().len() >= mails
    })
    .await;
    let mut arrived: Vec<String> = sink.arrived().into_iter().map(|(_, id)| id).collect();
    assert_eq!(arrived.len(), mails, "none twice");
    assert_eq!(arrived.iter().cloned().collect::<BTreeSet<_>>(), wanted);
    // One that the relay kept is missed.
    arrived.pop();
    assert_ne!(arrived.into_iter().collect::<BTreeSet<_>>(), wanted);
}

#[tokio::test]
async fn a_mail_that_is_always_put_off_is_tried_ever_more_rarely_and_given_up_after_five_days() {
    let server = Smtp::running();
    let office = Office::open(&server.environment(), &[1, 2, 3]).await;
    office.at(MORNING);
    enqueue(&office, "never", 1).await;
    server.misbehave(&json!({"rcpt": {"drafter.1@district.example": "450 4.2.0 later"}}));
    let began = office.district.service.moment().now;
    // By hand, so that nights and days off do not stand between the tries.
    office
        .sql("UPDATE outbox SET payload = json_set(payload, '$.topic', 'urged')")
        .await;
    let mut tries = Vec::new();
    while let Some(mail) = office.mails(&[MailState::Waiting]).await.pop() {
        let now = office.district.service.moment().now.max(mail.next_try_at);
        office.district.clock.set(now);
        tries.push((now - began).num_minutes());
        office.send().await;
        assert!(tries.len() < 1_000, "never given up");
    }
    assert_eq!(impatience(&tries), Vec::<String>::new());
    // Who asks every five minutes is seen, and who never asks for an hour.
    let every = |minutes: usize| (0..=120 * 60).step_by(minutes).map(|at| at as i64).collect::<Vec<_>>();
    assert!(
        impatience(&every(5))
            .iter()
            .any(|what| what.contains("tries in three days"))
    );
    assert!(!impatience(&every(60)).is_empty());
    let three_days = in_three_days(&tries);
    let last = tries.last().copied().unwrap_or_default();
    assert!(
        (118 * 60..=120 * 60).contains(&last),
        "the last try after {last} minutes"
    );
    let failed = office.mails(&[MailState::Failed]).await;
    assert_eq!(failed.len(), 1);
    assert!(failed[0].error.as_deref().is_some_and(|error| error.contains("450")));
    for who in ["drafter.1", "deputy.1", "head.1", "sysadmin.5"] {
        assert_eq!(office.unread(who).await, 1, "{who} is told");
    }
    println!("{} tries, {three_days} of them in three days", tries.len());
}

fn in_three_days(tries: &[i64]) -> usize {
    tries.iter().filter(|at| **at <= 3 * 24 * 60).count()
}

/// What is wrong with tries at these minutes.
fn impatience(tries: &[i64]) -> Vec<String> {
    let waits = tries.windows(2).map(|pair| pair[1] - pair[0]);
    let mut wrong: Vec<String> = waits
        .zip([1, 5, 15, 30, 60, 60, 60])
        .filter(|(wait, least)| !(*least..=least + least / 10 + 1).contains(wait))
        .map(|(wait, least)| format!("{wait} minutes instead of {least}"))
        .collect();
    if in_three_days(tries) > 90 {
        wrong.push(format!("{} tries in three days", in_three_days(tries)));
    }
    wrong
}
