//! Loans of posts on a real database, rule by rule.

use crate::hand_over::{at, code, day, post_of};
use crate::service::on_both;
use duban_core::id::DelegationId;
use duban_core::org::Role;
use duban_service::Error;
use duban_service::delegation::NewLoan;
use duban_tests::district::{District, approve, submit};

async fn lend(
    d: &District,
    from_whom: &str,
    role: Role,
    to: &str,
    days: (&str, &str),
) -> duban_service::Result<DelegationId> {
    let (_, post) = post_of(d, from_whom, role).await;
    let loan = NewLoan {
        post,
        delegate: d.person(to).await.person,
        from: day(days.0),
        to: day(days.1),
        document_type: None,
    };
    d.service.lend(&d.person(from_whom).await, &loan).await
}

#[tokio::test]
async fn an_expired_loan_is_told_as_such_even_on_a_page_opened_before() {
    on_both(async |d| {
        let id = d.filled_plan(2).await;
        d.act("drafter.2", id, submit()).await.unwrap();
        lend(d, "deputy.2", Role::Deputy, "deputy.3", ("2026-01-05", "2026-01-06"))
            .await
            .unwrap();
        let delegate = d.person("deputy.3").await;
        assert!(d.service.open_document(&delegate, id).await.is_ok());
        // The last day counts to its end in Shanghai, which is 16:00 UTC.
        d.clock.set(at("2026-01-06T16:00:00Z"));
        let late = d.act("deputy.3", id, approve()).await.unwrap_err();
        assert!(matches!(late, Error::Forbidden(_)), "{late}");
        assert_eq!(code(&late), "delegation_expired");
        let stranger = d.act("deputy.4", id, approve()).await.unwrap_err();
        assert_eq!(code(&stranger), "not_found");
    })
    .await;
}

#[tokio::test]
async fn a_loan_begins_and_ends_at_midnight_in_shanghai() {
    on_both(async |d| {
        let id = d.filled_plan(2).await;
        d.act("drafter.2", id, submit()).await.unwrap();
        lend(d, "deputy.2", Role::Deputy, "head.2", ("2026-01-07", "2026-01-08"))
            .await
            .unwrap();
        d.clock.set(at("2026-01-06T15:59:59Z"));
        assert_eq!(
            code(&d.act("head.2", id, approve()).await.unwrap_err()),
            "delegation_expired"
        );
        d.clock.set(at("2026-01-08T15:59:59Z"));
        assert_eq!(
            d.act("head.2", id, approve()).await.unwrap(),
            "cosign",
            "its last second"
        );
    })
    .await;
}

#[tokio::test]
async fn a_loan_taken_back_is_over_at_once() {
    on_both(async |d| {
        let id = d.filled_plan(2).await;
        d.act("drafter.2", id, submit()).await.unwrap();
        let loan = lend(d, "deputy.2", Role::Deputy, "head.2", ("2026-01-05", "2026-01-20"))
            .await
            .unwrap();
        d.service
            .take_back_loan(&d.person("deputy.2").await, loan)
            .await
            .unwrap();
        assert_eq!(
            code(&d.act("head.2", id, approve()).await.unwrap_err()),
            "delegation_expired"
        );
        assert_eq!(d.act("deputy.2", id, approve()).await.unwrap(), "cosign");
    })
    .await;
}

#[tokio::test]
async fn one_loan_a_scope_and_both_may_act_the_first_wins() {
    on_both(async |d| {
        let id = d.filled_plan(2).await;
        d.act("drafter.2", id, submit()).await.unwrap();
        let days = ("2026-01-05", "2026-01-20");
        lend(d, "deputy.2", Role::Deputy, "head.2", days).await.unwrap();
        let second = lend(d, "deputy.2", Role::Deputy, "cosigner.2", days).await.unwrap_err();
        assert_eq!(code(&second), "loan_overlaps");
        assert_eq!(
            d.act("deputy.2", id, approve()).await.unwrap(),
            "cosign",
            "the lender may still act"
        );
    })
    .await;
}

#[tokio::test]
async fn a_lent_post_cannot_be_lent_on() {
    on_both(async |d| {
        let days = ("2026-01-05", "2026-01-20");
        lend(d, "deputy.2", Role::Deputy, "head.2", days).await.unwrap();
        let (_, post) = post_of(d, "deputy.2", Role::Deputy).await;
        let on = NewLoan {
            post,
            delegate: d.person("cosigner.2").await.person,
            from: day(days.0),
            to: day(days.1),
            document_type: None,
        };
        let refused = d.service.lend(&d.person("head.2").await, &on).await.unwrap_err();
        assert_eq!(code(&refused), "not_your_post");
    })
    .await;
}

#[tokio::test]
async fn duties_are_checked_on_whoever_acts_in_the_end() {
    on_both(async |d| {
        let id = d.filled_plan(2).await;
        d.act("drafter.2", id, submit()).await.unwrap();
        // The drafter wrote the plan; a lent post does not make them its reviewer.
        lend(d, "deputy.2", Role::Deputy, "drafter.2", ("2026-01-05", "2026-01-20"))
            .await
            .unwrap();
        assert_eq!(code(&d.act("drafter.2", id, approve()).await.unwrap_err()), "own_paper");
        // The owner's people judge no plan of their own above unit level, on a loan either.
        d.act("deputy.2", id, approve()).await.unwrap();
        lend(
            d,
            "cosigner.3",
            Role::Cosigner,
            "cosigner.2",
            ("2026-01-05", "2026-01-20"),
        )
        .await
        .unwrap();
        assert_eq!(
            code(&d.act("cosigner.2", id, approve()).await.unwrap_err()),
            "of_barred_unit"
        );
    })
    .await;
}

#[tokio::test]
async fn a_loan_for_another_type_of_paper_does_not_count() {
    on_both(async |d| {
        let id = d.filled_plan(2).await;
        d.act("drafter.2", id, submit()).await.unwrap();
        let (_, post) = post_of(d, "deputy.2", Role::Deputy).await;
        let loan = NewLoan {
            post,
            delegate: d.person("cosigner.2").await.person,
            from: day("2026-01-05"),
            to: day("2026-01-20"),
            document_type: Some("rectification_report".to_owned()),
        };
        d.service.lend(&d.person("deputy.2").await, &loan).await.unwrap();
        assert!(d.act("cosigner.2", id, approve()).await.is_err());
    })
    .await;
}
