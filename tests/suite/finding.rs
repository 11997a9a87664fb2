//! The whole life of findings on a real database: raised, handed over, acknowledged, planned, put right, verified by
//! others, closed, looked back at, come back, confirmed; and who may not do what.

use chrono::{NaiveDate, TimeDelta};
use duban_core::document::finding::State;
use duban_core::id::{DocumentId, FindingId, UnitId};
use duban_core::workflow::Act;
use duban_service::Error;
use duban_service::document::writable;
use duban_service::finding::NewFinding;
use duban_service::ledger::Asked;
use duban_tests::district::{District, approve, filled, send_back, submit};

use crate::service::on_both;

/// The school office: unit 2 of the district.
const UNIT: UnitId = UnitId(2);

fn new(description: &str, demanded_by: &str) -> NewFinding {
    NewFinding {
        source: "监督抽查".to_owned(),
        basis: "某次监督抽查通报".to_owned(),
        description: description.to_owned(),
        class: "制度建设".to_owned(),
        severity: "较重".to_owned(),
        unit: UNIT,
        supporting: vec![UnitId(3)],
        demanded_by: demanded_by.parse().expect("date"),
        campaign: None,
    }
}

fn code(error: &Error) -> String {
    match error {
        Error::NotFound => "not_found".to_owned(),
        Error::Forbidden(refusal) | Error::Refused(refusal) => refusal.code().to_owned(),
        Error::Invalid(problems) => problems[0].reason.code.clone(),
        other => format!("{other:?}"),
    }
}

/// Two findings, handed over with one report.
async fn handed_over(district: &District) -> (DocumentId, Vec<FindingId>) {
    let inspector = district.person("inspector.7").await;
    let service = &district.service;
    let mut ids = Vec::new();
    for (description, day) in [("台账不完整", "2026-02-10"), ("人员未培训", "2026-02-27")] {
        ids.push(
            service
                .raise_finding(&inspector, new(description, day))
                .await
                .expect("raise"),
        );
    }
    let report = service
        .dispatch_findings(&inspector, "区教育局问题整改报告", &ids)
        .await;
    (report.expect("dispatch"), ids)
}

/// The unit's drafter writes what is due and submits.
async fn write_and_submit(district: &District, report: DocumentId) -> duban_service::Result<String> {
    let drafter = district.person("drafter.2").await;
    let (case, frame) = district.service.open_document(&drafter, report).await.expect("open");
    let body = district.service.working(&drafter, &case, &frame).await;
    let body = body.expect("read").expect("own");
    let before = body.content.clone();
    let mut content = filled("rectification_report", body.content);
    if !writable(&case, &frame, drafter.person).contains(&"result") {
        // Results are written later; while the scheme is drafted they may not be.
        let result = ["overall", "lasting", "next"];
        content.head.retain(|key, _| !result.contains(&key.as_str()));
        for (line, was) in content.lines.iter_mut().zip(&before.lines) {
            let result = ["result", "evidence", "outcome", "reason", "new_date", "due_on"];
            line.fields
                .retain(|key, _| !result.contains(&key.as_str()) || was.fields.contains_key(key));
        }
    }
    for line in &mut content.lines {
        line.fields.remove("due_on");
        for item in &mut line.items {
            let demanded = line.fields.get("demanded_on").cloned().unwrap_or_default();
            item.fields.insert("due_on".to_owned(), demanded);
        }
    }
    district
        .service
        .save_content(&drafter, report, body.edit_version, content)
        .await
        .expect("save");
    district.act("drafter.2", report, submit()).await
}

async fn states(district: &District, ids: &[FindingId]) -> Vec<State> {
    let inspector = district.person("inspector.7").await;
    let mut found = Vec::new();
    for id in ids {
        let page = district.service.finding(&inspector, *id).await.expect("finding");
        found.push(page.row.finding.state);
    }
    found
}

/// From the receipt to the verification.
async fn to_verification(district: &District, report: DocumentId) {
    assert_eq!(
        district.act("drafter.2", report, submit()).await.expect("receipt"),
        "plan"
    );
    assert_eq!(write_and_submit(district, report).await.expect("scheme"), "deputy");
    assert_eq!(
        district.act("deputy.2", report, approve()).await.expect("deputy"),
        "scheme"
    );
    assert_eq!(
        district.act("coordinator.1a", report, approve()).await.expect("scheme"),
        "progress"
    );
    assert_eq!(
        write_and_submit(district, report).await.expect("results"),
        "application"
    );
    let stage = district.act("head.2", report, approve()).await.expect("application");
    assert_eq!(stage, "verification");
}

async fn close(district: &District, report: DocumentId) {
    district.act("inspector.7", report, approve()).await.expect("inspector");
    district
        .act("coordinator.1b", report, approve())
        .await
        .expect("coordinator");
    let stage = district.act("office.5", report, approve()).await.expect("office");
    assert_eq!(stage, "look_back");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_finding_is_put_right_closed_comes_back_and_is_confirmed() {
    on_both(async |district| {
        let (report, ids) = handed_over(district).await;
        assert_eq!(states(district, &ids).await, [State::Rectifying; 2]);
        to_verification(district, report).await;

        // Neither the doer nor the doer's unit verifies; nor does who has no part in it.
        for (who, expected) in [
            ("drafter.2", "not_your_seat"),
            ("head.2", "not_your_seat"),
            ("office.5", "not_your_seat"),
            ("leader.6", "not_your_seat"),
        ] {
            let refused = district.act(who, report, approve()).await.expect_err(who);
            assert_eq!(code(&refused), expected, "{who}");
        }
        close(district, report).await;
        assert_eq!(states(district, &ids).await, [State::Closed; 2]);
        let inspector = district.person("inspector.7").await;
        let page = district.service.finding(&inspector, ids[0]).await.expect("finding");
        let today = page.today;
        let look_back = page.row.finding.look_back_on.expect("a day to look back");
        assert_eq!(look_back, page.calendar.plus(today, 20));

        // Too early; then it came back, and the very same findings are open again.
        let early = district
            .act("inspector.7", report, approve())
            .await
            .expect_err("too early");
        assert_eq!(code(&early), "too_early");
        district.clock.advance(TimeDelta::days(40));
        assert_eq!(
            district
                .act("inspector.7", report, send_back())
                .await
                .expect("came back"),
            "progress"
        );
        assert_eq!(states(district, &ids).await, [State::Rectifying; 2]);
        let again = district
            .service
            .finding(&inspector, ids[0])
            .await
            .expect("finding")
            .row
            .finding;
        assert_eq!((again.closed_at, again.look_back_on), (None, None));
        assert_eq!(again.document, Some(report), "the same finding, the same report");

        // Through everything again, as the definition says, and confirmed in the end.
        assert_eq!(
            write_and_submit(district, report).await.expect("results"),
            "application"
        );
        district.act("head.2", report, approve()).await.expect("application");
        close(district, report).await;
        district.clock.advance(TimeDelta::days(40));
        assert_eq!(
            district.act("inspector.7", report, approve()).await.expect("look back"),
            "confirmed"
        );
        assert_eq!(states(district, &ids).await, [State::Confirmed; 2]);
        let finished = district
            .act("inspector.7", report, approve())
            .await
            .expect_err("finished");
        assert_eq!(code(&finished), "finished");

        // One was closed for good after its day: caught up, and late all the same.
        let ledger = district
            .service
            .findings(&inspector, &Asked::default())
            .await
            .expect("ledger");
        assert_eq!((ledger.rate.due, ledger.rate.closed, ledger.rate.in_time), (2, 2, 1));
        assert_eq!(ledger.rate.percent(), Some(50));
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn only_inspectors_raise_and_hand_over_and_units_see_their_own() {
    on_both(async |district| {
        let service = &district.service;
        for who in ["office.5", "coordinator.1a", "drafter.2", "sysadmin.5", "observer.7"] {
            let caller = district.person(who).await;
            let refused = service
                .raise_finding(&caller, new("x", "2026-02-10"))
                .await
                .expect_err(who);
            assert_eq!(code(&refused), "inspector_only", "{who}");
        }
        let inspector = district.person("inspector.7").await;
        let id = service
            .raise_finding(&inspector, new("台账不完整", "2026-02-10"))
            .await
            .expect("raise");
        let twice = service.raise_finding(&inspector, new("台账不完整", "2026-02-10")).await;
        assert_eq!(code(&twice.expect_err("twice")), "finding_twice");
        let other = NewFinding {
            unit: UnitId(3),
            supporting: Vec::new(),
            ..new("另一问题", "2026-02-10")
        };
        let other = service.raise_finding(&inspector, other).await.expect("raise");

        // Not handed over: the unit does not know of it yet.
        let drafter = district.person("drafter.2").await;
        assert_eq!(
            code(&service.finding(&drafter, id).await.expect_err("unknown")),
            "not_found"
        );
        let refused = service.dispatch_findings(&drafter, "报告", &[id]).await;
        assert_eq!(code(&refused.expect_err("not theirs")), "inspector_only");
        for (ids, expected) in [
            (vec![], "no_findings_chosen"),
            (vec![id, other], "findings_of_several_units"),
            (vec![FindingId(99)], "not_found"),
        ] {
            let refused = service.dispatch_findings(&inspector, "报告", &ids).await;
            assert_eq!(code(&refused.expect_err("refused")), expected);
        }
        let untitled = service.dispatch_findings(&inspector, " ", &[id]).await;
        assert_eq!(code(&untitled.expect_err("title")), "title_length");
        let report = service
            .dispatch_findings(&inspector, "报告", &[id, id])
            .await
            .expect("dispatch");
        let again = service.dispatch_findings(&inspector, "报告", &[id]).await;
        assert_eq!(code(&again.expect_err("again")), "finding_handed_over");

        // Now its own people see it, those of the unit that helps too, others and administrators do not.
        for (who, expected) in [
            ("drafter.2", true),
            ("drafter.3", true),
            ("leader.6", true),
            ("drafter.4", false),
            ("auditor.5", false),
        ] {
            let caller = district.person(who).await;
            assert_eq!(service.finding(&caller, id).await.is_ok(), expected, "{who}");
            let ledger = service.findings(&caller, &Asked::default()).await.expect("ledger");
            assert_eq!(ledger.rows.iter().any(|row| row.finding.id == id), expected, "{who}");
            assert!(!ledger.may_raise && ledger.waiting.is_empty(), "{who}");
        }
        let ledger = service.findings(&inspector, &Asked::default()).await.expect("ledger");
        assert_eq!(ledger.waiting.len(), 1, "one unit has something to be handed over");
        // The overseer may look into the report at once, the unit that only helps may not yet.
        assert!(service.open_document(&inspector, report).await.is_ok());
        let helper = district.person("drafter.3").await;
        assert_eq!(
            code(&service.open_document(&helper, report).await.expect_err("helper")),
            "not_found"
        );
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_report_that_the_office_ends_sets_its_findings_free() {
    on_both(async |district| {
        let (report, ids) = handed_over(district).await;
        let end = Act::Terminate {
            reason: "交办有误，重新交办".to_owned(),
        };
        district.act("office.5", report, end).await.expect("terminate");
        assert_eq!(states(district, &ids).await, [State::Raised; 2]);
        let inspector = district.person("inspector.7").await;
        let again = district
            .service
            .dispatch_findings(&inspector, "重新交办", &ids)
            .await
            .expect("again");
        assert_ne!(again, report);
        assert_eq!(states(district, &ids).await, [State::Rectifying; 2]);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_coordinators_own_findings_are_reviewed_and_verified_by_others() {
    on_both(async |district| {
        let inspector = district.person("inspector.7").await;
        let own = NewFinding {
            unit: UnitId(1),
            supporting: Vec::new(),
            ..new("统筹不力", "2026-02-10")
        };
        let id = district.service.raise_finding(&inspector, own).await.expect("raise");
        let report = district
            .service
            .dispatch_findings(&inspector, "报告", &[id])
            .await
            .expect("dispatch");
        district.act("drafter.1", report, submit()).await.expect("receipt");
        let stages = district
            .service
            .open_document(&inspector, report)
            .await
            .expect("open")
            .0;
        let ahead =
            duban_core::workflow::standing::ahead(&stages.definition, &stages.instance, &stages.surroundings.facts);
        let ahead: Vec<_> = ahead.iter().map(|stage| stage.0.as_str()).collect();
        let expected = [
            "deputy",
            "scheme_office",
            "progress",
            "application",
            "verification_office",
            "office",
            "look_back",
            "confirmed",
        ];
        assert_eq!(ahead, expected);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_missing_in_a_finding_is_named_by_field() {
    on_both(async |district| {
        let inspector = district.person("inspector.7").await;
        let bad = NewFinding {
            source: " ".to_owned(),
            description: "长".repeat(2001),
            unit: UnitId(99),
            supporting: vec![UnitId(99)],
            demanded_by: NaiveDate::from_ymd_opt(2020, 1, 1).expect("date"),
            ..new("", "2026-02-10")
        };
        let refused = district
            .service
            .raise_finding(&inspector, bad)
            .await
            .expect_err("refused");
        let Error::Invalid(problems) = refused else {
            panic!("{refused:?}");
        };
        let fields: Vec<_> = problems.iter().map(|problem| problem.field.as_str()).collect();
        assert_eq!(
            fields,
            [
                "unit",
                "source",
                "description",
                "demanded_by",
                "supporting",
                "supporting"
            ]
        );
    })
    .await;
}
