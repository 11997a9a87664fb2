//! People who act on one paper at the same instant, on real databases: one wins, the other gets the new state.

use crate::service::on_both;
use duban_core::id::{CommandId, DocumentId};
use duban_core::org::Role;
use duban_core::workflow::{Act, Addressee, SeatState};
use duban_service::command::Request;
use duban_service::{Error, Result};
use duban_tests::district::{District, approve, send_back, submit};

/// Two people look at the paper, then both act on what they saw.
async fn at_once(d: &District, id: DocumentId, asked: [(&str, Act); 2]) -> [Result<String>; 2] {
    let expected = d.version(id).await;
    let mut tasks = Vec::new();
    for (who, act) in asked {
        let caller = d.person(who).await;
        let service = d.service.clone();
        let request = Request {
            id: CommandId(uuid::Uuid::new_v4()),
            expected,
            seat: None,
            act,
        };
        tasks.push(tokio::spawn(async move {
            service.command(&caller, id, request).await.map(|outcome| outcome.stage)
        }));
    }
    let second = tasks.pop().unwrap().await.unwrap();
    let first = tasks.pop().unwrap().await.unwrap();
    [first, second]
}

/// A plan of this unit that lies with its deputy.
async fn with_the_deputy(d: &District, unit: i64) -> DocumentId {
    let id = d.filled_plan(unit).await;
    d.act(&format!("drafter.{unit}"), id, submit()).await.unwrap();
    id
}

#[tokio::test]
async fn of_two_who_act_on_one_paper_at_one_instant_one_wins_and_the_other_gets_the_new_state() {
    on_both(async |d| {
        let head = d.person("head.3").await;
        let hand_over = Act::Transfer {
            to: Addressee {
                unit: head.posts[0].unit,
                role: Role::Head,
                person: Some(head.person),
            },
            reason: "出差".to_owned(),
        };
        let withdraw = Act::Withdraw { reason: String::new() };
        for (unit, one, other) in [
            (1, ("deputy.1", approve()), ("drafter.1", withdraw)),
            (2, ("deputy.2", approve()), ("deputy.2", send_back())),
            (3, ("deputy.3", approve()), ("deputy.3", hand_over)),
            (4, ("deputy.4", send_back()), ("deputy.4", send_back())),
        ] {
            let id = with_the_deputy(d, unit).await;
            let before = d.version(id).await;
            let answers = at_once(d, id, [one, other]).await;
            let after = d.version(id).await;
            assert_eq!(after.0, before.0 + 1, "unit {unit}: one command");
            assert_eq!(answers.iter().filter(|answer| answer.is_ok()).count(), 1, "{answers:?}");
            let lost = answers.into_iter().find_map(std::result::Result::err);
            let Some(Error::Conflict(conflict)) = lost else {
                panic!("unit {unit}: {lost:?}");
            };
            assert_eq!(conflict.current, after.0, "unit {unit}: with the new state");
            assert!(conflict.by.is_some(), "unit {unit}: and who made it");
        }
    })
    .await;
}

#[tokio::test]
async fn two_cosigners_at_one_instant_are_both_counted_once() {
    on_both(async |d| {
        // Units 1 and 3 support what unit 4 leads.
        let id = with_the_deputy(d, 4).await;
        assert_eq!(d.act("deputy.4", id, approve()).await.unwrap(), "cosign");
        let both = [("cosigner.1", approve()), ("cosigner.3", approve())];
        let answers = at_once(d, id, both).await;
        assert_eq!(answers.iter().filter(|answer| answer.is_ok()).count(), 1, "{answers:?}");
        let second = match &answers[0] {
            Ok(_) => "cosigner.3",
            Err(_) => "cosigner.1",
        };
        assert_eq!(d.act(second, id, approve()).await.unwrap(), "head");
        let stored = duban_store::instance::find(d.service.store().read(), id).await;
        let instance = stored.unwrap().unwrap();
        let round = instance.rounds.iter().find(|round| round.stage.0 == "cosign").unwrap();
        let agreed = round.seats.iter().filter(|seat| seat.state == SeatState::Approved);
        assert_eq!((round.seats.len(), agreed.count()), (2, 2));
    })
    .await;
}

#[tokio::test]
async fn silence_and_an_answer_at_one_instant_are_one_of_the_two() {
    on_both(async |d| {
        let id = with_the_deputy(d, 2).await;
        d.act("deputy.2", id, approve()).await.unwrap();
        // The last day is over; the partner's page was opened before.
        d.clock.set("2026-01-12T16:00:00Z".parse().unwrap());
        let (expected, caller) = (d.version(id).await, d.person("cosigner.3").await);
        let request = Request {
            id: CommandId(uuid::Uuid::new_v4()),
            expected,
            seat: None,
            act: approve(),
        };
        let (silent, speaking) = (d.service.clone(), d.service.clone());
        let silence = tokio::spawn(async move { silent.time_outs().await });
        let answer = tokio::spawn(async move { speaking.command(&caller, id, request).await });
        let (silence, answer) = (silence.await.unwrap().unwrap(), answer.await.unwrap());
        assert_eq!(silence, u32::from(answer.is_err()), "{answer:?}");
        assert!(
            answer.is_ok() || matches!(answer, Err(Error::Conflict(_))),
            "{answer:?}"
        );
        assert_eq!(d.version(id).await.0, expected.0 + 1);
        let stored = duban_store::instance::find(d.service.store().read(), id).await;
        let instance = stored.unwrap().unwrap();
        let round = instance.rounds.iter().find(|round| round.stage.0 == "cosign").unwrap();
        let expected = if answer.is_ok() {
            SeatState::Approved
        } else {
            SeatState::Consented
        };
        assert_eq!(round.seats[0].state, expected);
    })
    .await;
}
