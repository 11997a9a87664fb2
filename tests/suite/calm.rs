//! Calm: hours of mail, what is asked for by hand, and what would go out at a moment.

use duban_core::id::CampaignId;
use duban_core::reminder::Hours;
use duban_service::Error;
use duban_service::outbox::MailContent;
use duban_tests::district::{District, submit};
use duban_tests::world::World;

fn code(error: &Error) -> String {
    match error {
        Error::Refused(why) | Error::Forbidden(why) => why.reasons[0].code.to_string(),
        other => format!("{other:?}"),
    }
}

#[tokio::test]
async fn by_hand_each_person_is_asked_for_a_paper_once_a_working_day_and_not_after_they_acted() {
    let folder = tempfile::tempdir().expect("folder");
    let district = District::build(&format!("sqlite:{}/d.db", folder.path().display())).await;
    let service = &district.service;
    let plan = district.filled_plan(2).await;
    let at = |text: &str| district.clock.set(text.parse().expect("instant"));
    let claims = || async { service.claim_mails(10).await.expect("claim") };

    // A Friday evening: quiet for everything that goes out by itself, not for this.
    at("2026-03-06T14:00:00Z");
    let office = district.person("office.5").await;
    let asked = service.urge(&office, plan, " 请抓紧 ").await.expect("asked");
    assert_eq!((asked.papers, asked.people), (1, 1));
    let claimed = claims().await;
    let mail = service
        .prepare_mail(&claimed[0])
        .await
        .expect("prepare")
        .expect("still wanted");
    let MailContent::Urge(urge) = mail.content else {
        panic!("a call by hand");
    };
    assert_eq!((urge.note.as_deref(), urge.line.document), (Some("请抓紧"), Some(plan)));

    // The weekend counts with its Friday, whoever asks; Monday is a new day.
    for (now, username) in [
        ("2026-03-06T15:00:00Z", "leader.6"),
        ("2026-03-08T02:00:00Z", "office.5"),
    ] {
        at(now);
        let again = service.urge(&district.person(username).await, plan, "").await;
        assert_eq!(code(&again.expect_err("once a day")), "urge_today", "{now}");
    }
    at("2026-03-09T02:00:00Z");
    service.urge(&office, plan, "").await.expect("a new working day");

    // The drafter acts before the mail is sent: nothing goes out.
    district.act("drafter.2", plan, submit()).await.expect("submit");
    for claim in claims().await.iter().filter(|claim| claim.mail.kind == "urge") {
        assert!(service.prepare_mail(claim).await.expect("prepare").is_none());
    }

    // Who does not steer may not ask; on a paper they cannot see it does not exist.
    let colleague = district.person("drafter.2").await;
    assert_eq!(
        code(&service.urge(&colleague, plan, "").await.expect_err("not theirs")),
        "urge_not_yours"
    );
    let stranger = district.person("drafter.4").await;
    assert!(matches!(service.urge(&stranger, plan, "").await, Err(Error::NotFound)));

    // Nothing is late as yet; later all late plans are asked for at once, those of today not again.
    let late = service.urge_late(&office, CampaignId(1), "").await;
    assert_eq!(code(&late.expect_err("nothing late")), "urge_none_late");
    district.filled_plan(3).await;
    at("2026-03-24T02:00:00Z");
    let late = service
        .urge_late(&office, CampaignId(1), "")
        .await
        .expect("two are late");
    assert_eq!(late.papers, 2, "{late:?}");
    let again = service.urge_late(&office, CampaignId(1), "").await;
    assert_eq!(code(&again.expect_err("asked today")), "urge_none_late");
}

#[tokio::test]
async fn nothing_goes_out_by_itself_at_night_or_on_a_day_off() {
    let folder = tempfile::tempdir().expect("folder");
    let district = District::build(&format!("sqlite:{}/d.db", folder.path().display())).await;
    let service = &district.service;
    district.filled_plan(2).await;
    let at = |text: &str| district.clock.set(text.parse().expect("instant"));
    // Ten working days before 20 March is Friday the 6th; the tick comes at half past eight, the relay is away.
    at("2026-03-06T00:30:00Z");
    assert_eq!(service.tick().await.expect("tick").mails, 1);
    for night in ["2026-03-06T12:00:00Z", "2026-03-07T02:00:00Z", "2026-03-08T22:59:00Z"] {
        at(night);
        for claim in service.claim_mails(10).await.expect("claim") {
            assert!(
                service.prepare_mail(&claim).await.expect("prepare").is_none(),
                "{night}"
            );
        }
    }
    at("2026-03-08T23:00:00Z");
    let claims = service.claim_mails(10).await.expect("claim");
    assert_eq!(claims.len(), 1, "Monday, seven in the morning");
    assert!(service.prepare_mail(&claims[0]).await.expect("prepare").is_some());

    // The office may choose other hours; an end before the beginning is refused.
    let office = district.person("office.5").await;
    let hour = |hour| chrono::NaiveTime::from_hms_opt(hour, 0, 0).expect("time");
    let narrow = Hours {
        from: hour(9),
        until: hour(17),
    };
    service.change_mail_hours(&office, narrow).await.expect("hours");
    at("2026-03-09T00:30:00Z");
    let claims = service.claim_mails(10).await.expect("claim");
    for claim in &claims {
        assert!(service.prepare_mail(claim).await.expect("prepare").is_none());
    }
    let backwards = Hours {
        from: hour(17),
        until: hour(9),
    };
    assert!(matches!(
        service.change_mail_hours(&office, backwards).await,
        Err(Error::Invalid(_))
    ));
}

#[tokio::test]
async fn a_dry_run_says_who_would_get_what_and_why_and_writes_nothing() {
    let folder = tempfile::tempdir().expect("folder");
    let district = District::build(&format!("sqlite:{}/d.db", folder.path().display())).await;
    let service = &district.service;
    district.filled_plan(2).await;
    district.filled_plan(3).await;
    let at = |text: &str| text.parse().expect("instant");
    let none = service.dry_run(at("2026-03-06T00:29:00Z")).await.expect("dry run");
    assert!(none.mails.is_empty());
    let morning = service.dry_run(at("2026-03-24T00:30:00Z")).await.expect("dry run");
    let told: Vec<(String, String, i64)> = morning
        .mails
        .iter()
        .flat_map(|mail| {
            let line = |one: &duban_service::reminder::dry_run::DryLine| {
                let why = &one.occurrence;
                (
                    mail.to.name.clone(),
                    format!("{} {}", why.rule, why.to.code()),
                    why.rung,
                )
            };
            mail.lines.iter().map(line).collect::<Vec<_>>()
        })
        .collect();
    let expected = [
        ("区教育局drafter", "plan-due can_act", 2),
        ("区教育局deputy", "plan-due deputy", 1),
        ("区人社局drafter", "plan-due can_act", 2),
        ("区人社局deputy", "plan-due deputy", 1),
    ]
    .map(|(who, why, rung)| (who.to_owned(), why.to_owned(), rung));
    assert_eq!(told, expected);
    // Nothing was written: the tick still finds everything, and then there is nothing left to find.
    assert!(service.claim_mails(10).await.expect("claim").is_empty());
    district.clock.set(at("2026-03-24T00:30:00Z"));
    assert_eq!(service.tick().await.expect("tick").mails, 4);
    let after = service.dry_run(at("2026-03-24T00:30:00Z")).await.expect("dry run");
    assert_eq!((after.mails.len(), after.made), (0, 4));
    // Half past eight on a Sunday: nothing is due.
    assert!(
        service
            .dry_run(at("2026-03-29T00:30:00Z"))
            .await
            .expect("dry run")
            .mails
            .is_empty()
    );
}

#[tokio::test]
async fn a_changed_rule_counts_from_then_on_and_can_be_set_back() {
    let folder = tempfile::tempdir().expect("folder");
    let district = District::build(&format!("sqlite:{}/d.db", folder.path().display())).await;
    let service = &district.service;
    district.filled_plan(2).await;
    let (office, coordinator) = (
        district.person("office.5").await,
        district.person("coordinator.1a").await,
    );
    let rules = service.reminder_rules(&office).await.expect("rules");
    let shipped = rules
        .into_iter()
        .find(|state| state.rule.id == "plan-due")
        .expect("rule")
        .rule;
    let mut rule = shipped.clone();
    rule.rungs[0].step = duban_core::reminder::Step::Before(15);

    // Due on Friday 20 March 2026: fifteen working days before is Friday 27 February.
    let runs = service.preview_rule(&office, &rule, 5).await.expect("runs");
    assert_eq!(runs[0].0.to_string(), "2026-02-27 08:30:00");
    assert_eq!(runs.len(), 5);
    assert!(
        service
            .change_rule(&coordinator, "plan-due", Some(rule.clone()))
            .await
            .is_err()
    );
    service
        .change_rule(&office, "plan-due", Some(rule.clone()))
        .await
        .expect("change");
    let at = |text: &str| text.parse().expect("instant");
    let mails = |when: &'static str| async move { service.dry_run(at(when)).await.expect("dry run").mails.len() };
    assert_eq!(mails("2026-02-27T00:30:00Z").await, 1);

    // Nothing that would be of no use is kept.
    rule.rungs.clear();
    assert!(matches!(
        service.change_rule(&office, "plan-due", Some(rule)).await,
        Err(Error::Invalid(_))
    ));
    service.change_rule(&office, "plan-due", None).await.expect("reset");
    assert_eq!(mails("2026-02-27T00:30:00Z").await, 0);
    let rules = service.reminder_rules(&office).await.expect("rules");
    let state = rules
        .into_iter()
        .find(|state| state.rule.id == "plan-due")
        .expect("rule");
    assert_eq!((state.rule, state.edits.len()), (shipped, 2));
}

#[tokio::test]
async fn the_form_of_a_rule_chooses_its_stage_and_what_becomes_of_what_an_outage_missed() {
    let world = World::empty("2026-03-02T09:00:00+08:00").await;
    let office = world.visitor("office").await;
    let path = "/admin/reminders/rules/seat-due";
    let form = office.get(path).await.form(path);
    assert_eq!(
        (form.value("stage"), form.value("catch_up"), form.value("window")),
        ("", "digest", "7")
    );
    let changed = |form: duban_tests::visitor::Form, stage: &str, days: &str, act: &str| {
        let form = form.with("stage", stage).with("catch_up", "skip");
        form.with("window", days).with("act", act)
    };
    // A stage that no workflow has, and a window of no days.
    let refused = office.send(changed(form, "no-such-stage", "0", "look")).await;
    assert_eq!(refused.status, 422);
    assert!(
        refused.says("永远不会触发") && refused.says("须在 1 至 90 之间"),
        "{}",
        refused.text()
    );
    let looked = office
        .send(changed(refused.form(path), "coordinator", "3", "look"))
        .await;
    assert!(
        looked.says("只用于“") && looked.says("超过 3 天不补"),
        "{}",
        looked.text()
    );
    office
        .send(changed(looked.form(path), "coordinator", "3", "save"))
        .await;
    let form = office.get(path).await.form(path);
    assert_eq!(
        (form.value("stage"), form.value("catch_up"), form.value("window")),
        ("coordinator", "skip", "3")
    );
    let rules = office.get("/admin/reminders").await;
    assert!(rules.says("只用于“") && rules.says("超过 3 天不补"));
    // What is about no stage has none to choose.
    let finding = office.get("/admin/reminders/rules/finding-due").await;
    assert!(finding.all("#field-stage").is_empty());
}
