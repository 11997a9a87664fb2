//! A relay that loses answers, refuses, or is away for days.

use super::greylist::enqueue;
use super::kill::news;
use super::*;
use crate::delivery::{MORNING, Office};
use duban_service::outbox::MailState;
use duban_store::outbox::{self, NewMail};
use duban_tests::node::{MachineClock, Node};
use duban_tests::proof::{Chance, count};
use duban_tests::smtp::Smtp;
use duban_web::channel::channels;
use serde_json::json;

#[tokio::test]
async fn when_every_tenth_answer_is_lost_every_mail_arrives_and_copies_are_the_same_mail() {
    let server = Smtp::running();
    let office = Office::open(&server.environment(), &[1, 2, 3]).await;
    office.at(MORNING);
    let mails = count(200, 1_000);
    enqueue(&office, "lost", mails).await;
    server.misbehave(&json!({"drop_every": 10}));
    office.send().await;
    assert_eq!(server.arrived().len(), mails);
    let unclear = office.mails(&[MailState::Waiting]).await.len();
    assert_eq!(unclear, mails / 10, "those whose answer was lost");
    server.misbehave(&json!({}));
    office.later(4);
    office.send().await;
    assert_eq!(server.arrived().len(), mails, "not before five minutes");
    office.later(2);
    office.send().await;
    let arrived = server.arrived();
    assert_eq!(
        copies(&arrived),
        (mails, unclear, 0),
        "all arrive, each under one Message-ID"
    );
    // What is lost, under another name or there a third time is seen.
    let with = |pair: &(String, String)| copies(&[arrived.clone(), vec![pair.clone()]].concat());
    let other = (arrived[0].0.clone(), "<other@test.duban>".to_owned());
    assert_eq!(with(&other).0, mails + 1);
    let doubled = |pair: &&(String, String)| arrived.iter().filter(|other| other == pair).count() == 2;
    let twice = arrived.iter().find(doubled).expect("a copy");
    assert_eq!(with(twice).2, 1);
    let without: Vec<_> = arrived.iter().filter(|pair| *pair != twice).cloned().collect();
    assert_eq!(copies(&without).0, mails - 1);
}

/// Different mails, how many of them came twice, and how many more often.
fn copies(arrived: &[(String, String)]) -> (usize, usize, usize) {
    let mut copies: BTreeMap<&(String, String), usize> = BTreeMap::new();
    for pair in arrived {
        *copies.entry(pair).or_default() += 1;
    }
    let times = |wanted: fn(usize) -> bool| copies.values().filter(|n| wanted(**n)).count();
    (copies.len(), times(|n| n == 2), times(|n| n > 2))
}

#[tokio::test]
async fn after_three_days_without_a_relay_everything_goes_within_minutes_of_its_return() {
    let mut server = Smtp::reserve();
    let office = Office::open(&server.environment(), &[1, 2, 3]).await;
    office.at(MORNING);
    let (mails, step) = (count(60, 5_000), count(30, 5));
    enqueue(&office, "away", mails).await;
    // Asked for by hand, so that it matters at night as well.
    office
        .sql("UPDATE outbox SET payload = json_set(payload, '$.topic', 'urged')")
        .await;
    let ways = channels(&office.app);
    let send = async || {
        for way in &ways {
            way.send_waiting(&office.app).await.expect("send");
        }
    };
    for _ in 0..72 * 60 / step {
        send().await;
        office.later(i64::try_from(step).expect("small"));
    }
    let waiting = office.mails(&[MailState::Waiting]).await;
    assert_eq!(waiting.len(), mails, "none was given up");
    assert!(
        waiting
            .iter()
            .any(|mail| mail.error.as_deref().is_some_and(|error| error.starts_with("connect")))
    );
    // The last knock was in vain just now.
    office.later(-i64::try_from(step).expect("small"));
    send().await;
    server.start();
    let mut minutes = 0;
    while !office.mails(&[MailState::Waiting]).await.is_empty() {
        office.later(1);
        minutes += 1;
        send().await;
        assert!(minutes <= 3, "mails still wait three minutes after the relay is back");
    }
    let pairs: BTreeSet<_> = server.arrived().into_iter().collect();
    assert_eq!((pairs.len(), server.arrived().len()), (mails, mails));
    // With an hourly try of its own, as for a mail that is put off, one would still wait.
    let now = office.district.service.moment().now;
    enqueue(&office, "hourly", 1).await;
    let hour = (now + TimeDelta::hours(1)).format("%Y-%m-%dT%H:%M:%S+00:00");
    office
        .sql(&format!(
            "UPDATE outbox SET next_try_at = '{hour}' WHERE state = 'waiting'"
        ))
        .await;
    office.later(3);
    send().await;
    assert_eq!(office.mails(&[MailState::Waiting]).await.len(), 1);
    println!("{mails} mails waited for 72 hours and went within {minutes} minutes of the relay's return");
}

#[tokio::test]
async fn every_mail_is_delivered_waiting_or_shown_as_failed_at_every_second() {
    let seconds = count(20, 600);
    let folder = tempfile::tempdir().expect("folder");
    let url = format!("sqlite:{}/d.db", folder.path().display());
    let district = District::build(&url).await;
    district.filled_plan(1).await;
    let store = district.service.store();
    let clock = MachineClock::new(local(day("2026-03-02"), 9, 5));
    let relay = Smtp::running();
    let mut people = Vec::new();
    for unit in 1..=3 {
        people.push(district.person(&format!("drafter.{unit}")).await.person);
    }
    let mut node = Node::over(&url, &clock, &relay.environment());
    node.start().await;
    let mut chance = Chance::new(31);
    let mut enqueued = 0;
    let count_of = "SELECT count(*) FROM outbox";
    let shown = "SELECT count(*) FROM outbox WHERE state = 'failed' AND (SELECT count(*) FROM alert WHERE alert.key = \
                 'mail_failed.' || outbox.id) >= 4";
    let balance = async |enqueued: usize| {
        // One statement, so one moment.
        let query = format!(
            "SELECT ({count_of} WHERE state = 'sent') || ' ' || ({count_of} WHERE state = 'waiting') || ' ' || \
             ({count_of} WHERE state = 'failed') || ' ' || ({shown})"
        );
        let found = &texts(store, &query).await[0];
        let found: Vec<usize> = found.split(' ').map(|n| n.parse().expect("number")).collect();
        let [sent, waiting, failed, shown] = found[..] else {
            panic!("{found:?}");
        };
        assert_eq!(sent + waiting + failed, enqueued, "{found:?}");
        assert_eq!(failed, shown, "a failure that nobody is told of: {found:?}");
        (sent, failed)
    };
    let mut last = (0, 0);
    for second in 0..seconds {
        for _ in 0..5 {
            let mail = NewMail {
                kind: "told",
                person: people[enqueued % people.len()],
                payload: news(),
                message_id: format!("balance{enqueued}@test.duban"),
            };
            outbox::add(store.schema(), &mail, clock.now()).await.expect("mail");
            enqueued += 1;
        }
        let refuse = json!({"rcpt": {"drafter.2@district.example": "550 5.1.1 no such user"}});
        let put_off = json!({"rcpt": {"drafter.3@district.example": "450 4.2.0 later"}});
        let faults = [
            refuse,
            put_off,
            json!({"drop": true}),
            json!({"silent": "rcpt"}),
            json!({}),
        ];
        relay.misbehave(&faults[usize::try_from(chance.below(5)).expect("small")]);
        tokio::time::sleep(Duration::from_secs(1)).await;
        if second % 5 == 4 {
            clock.jump(TimeDelta::minutes(1));
        }
        last = balance(enqueued).await;
        let sent: BTreeSet<String> = texts(store, "SELECT message_id FROM outbox WHERE state = 'sent'")
            .await
            .into_iter()
            .map(|id| format!("<{id}>"))
            .collect();
        let arrived: BTreeSet<String> = relay.arrived().into_iter().map(|(_, id)| id).collect();
        assert!(sent.is_subset(&arrived), "marked as sent and never arrived");
    }
    println!("{enqueued} mails over {seconds} seconds: {last:?} sent and failed at the end, all others waited");
    assert!(last.0 > 0, "nothing was sent");
    // A mail that is lost is seen.
    run_sql(store, "DELETE FROM outbox WHERE state = 'waiting' OR id = 1").await;
    assert!(number(store, count_of).await < enqueued);
}
