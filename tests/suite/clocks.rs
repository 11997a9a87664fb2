//! Clocks that can be relied on: extensions, an amended calendar, and what those who steer are reminded of.

use duban_core::calendar::DayKind;
use duban_core::id::DocumentId;
use duban_core::workflow::Act;
use duban_service::Error;
use duban_service::calendar::Given;
use duban_service::foundation::Foundation;
use duban_service::outbox::Tried;
use duban_store::Connection;
use duban_store::setting::PublishedYear;
use duban_tests::district::{District, send_back, submit};

fn code(error: &Error) -> String {
    match error {
        Error::Refused(why) | Error::Forbidden(why) => why.reasons[0].code.to_string(),
        other => format!("{other:?}"),
    }
}

async fn district(folder: &tempfile::TempDir) -> District {
    District::build(&format!("sqlite:{}/d.db", folder.path().display())).await
}

/// Who would be told what at this moment: name, rule and, when there is one, the last day.
async fn told(district: &District, when: &str) -> Vec<(String, String, String)> {
    let run = district
        .service
        .dry_run(when.parse().expect("instant"))
        .await
        .expect("dry run");
    let lines = run.mails.iter().flat_map(|mail| {
        mail.lines.iter().map(|line| {
            let due = line.says.due_on.map(|day| day.to_string()).unwrap_or_default();
            (mail.to.name.clone(), line.occurrence.rule.clone(), due)
        })
    });
    lines.collect()
}

fn ask(until: &str) -> Act {
    Act::AskExtension {
        until: until.parse().expect("day"),
        reason: "台账未齐".to_owned(),
    }
}

fn grant() -> Act {
    Act::GrantExtension {
        until: None,
        note: String::new(),
    }
}

#[tokio::test]
async fn an_extension_is_asked_for_decided_and_followed_by_reminders_and_boards() {
    let folder = tempfile::tempdir().expect("folder");
    let district = district(&folder).await;
    let service = &district.service;
    let owing = "INSERT INTO campaign_unit (campaign_id, unit_id) VALUES (1, 2)";
    let owes = service.store().schema().execute_unprepared(owing).await;
    owes.expect("it owes a plan");
    let plan = district.filled_plan(2).await;
    let at = |text: &str| district.clock.set(text.parse().expect("instant"));
    let coordinator = || district.person("coordinator.1a");
    let sees = |id: DocumentId| async move { service.paper(&coordinator().await, id).await };
    at("2026-03-17T02:00:00Z");
    assert!(
        matches!(sees(plan).await, Err(Error::NotFound)),
        "a draft is the unit's"
    );

    let early = district.act("coordinator.1a", plan, grant()).await;
    assert!(matches!(early, Err(Error::NotFound)), "{early:?}");
    district.act("drafter.2", plan, ask("2026-04-03")).await.expect("asked");
    // The request shows the paper, not what is being written in it.
    let paper = sees(plan).await.expect("asked about");
    assert!(paper.working.is_none());
    let board = service
        .campaign_board(&coordinator().await, district.campaign)
        .await
        .expect("board");
    let row = |board: &duban_service::campaign::Board| {
        let row = board.units.iter().find(|row| row.document == Some(plan)).expect("row");
        (row.extending, row.due_on.map(|day| day.to_string()), row.late)
    };
    assert_eq!(row(&board), (true, Some("2026-03-20".to_owned()), (0, 0)));

    // Whoever decides is told at once, and reminded while nothing is decided.
    let claims = service.claim_mails(10).await.expect("claims");
    let mut asked = Vec::new();
    for claim in &claims {
        let mail = service.prepare_mail(claim).await.expect("prepare").expect("wanted");
        asked.push(mail.to.name);
    }
    assert_eq!(asked, ["区统筹局coordinatora", "区统筹局coordinatorb"]);
    let reminded = told(&district, "2026-03-19T00:30:00Z").await;
    let deciders = reminded.iter().filter(|(_, rule, _)| rule == "extension-asked").count();
    assert_eq!(deciders, 2, "{reminded:?}");

    // A stranger's unit decides nothing; the coordinator does, after the day has passed.
    at("2026-03-24T02:00:00Z");
    let stranger = district.act("drafter.2", plan, grant()).await.expect_err("not theirs");
    assert_eq!(code(&stranger), "extension_not_yours_to_decide");
    district.act("coordinator.1a", plan, grant()).await.expect("granted");
    let board = service
        .campaign_board(&coordinator().await, district.campaign)
        .await
        .expect("board");
    assert_eq!(row(&board), (false, Some("2026-04-03".to_owned()), (0, 0)));
    let drafter: Vec<_> = told(&district, "2026-03-30T00:30:00Z").await;
    let drafter: Vec<_> = drafter
        .into_iter()
        .filter(|(name, ..)| name == "区教育局drafter")
        .collect();
    let expected = (
        "区教育局drafter".to_owned(),
        "plan-due".to_owned(),
        "2026-04-03".to_owned(),
    );
    assert_eq!(
        drafter,
        [expected],
        "three working days before the new day, and nothing about the old one"
    );

    // Handed in two working days late, returned, handed in again: the board keeps it.
    at("2026-04-07T02:00:00Z");
    district.act("drafter.2", plan, submit()).await.expect("submit");
    let board = service
        .campaign_board(&coordinator().await, district.campaign)
        .await
        .expect("board");
    assert_eq!(row(&board).2, (2, 0));
    at("2026-04-08T02:00:00Z");
    district.act("deputy.2", plan, send_back()).await.expect("return");
    district.act("drafter.2", plan, submit()).await.expect("again");
    let board = service
        .campaign_board(&coordinator().await, district.campaign)
        .await
        .expect("board");
    assert_eq!(row(&board).2, (2, 0), "catching up does not take it back");
    let history = sees(plan).await.expect("paper").history;
    let verbs: Vec<_> = history.iter().map(|entry| entry.verb.code()).collect();
    assert!(
        verbs.contains(&"extension_asked") && verbs.contains(&"extension_granted"),
        "{verbs:?}"
    );
}

#[tokio::test]
async fn the_coordinators_own_request_is_decided_by_the_office() {
    let folder = tempfile::tempdir().expect("folder");
    let district = district(&folder).await;
    let plan = district.filled_plan(1).await;
    district.clock.set("2026-03-17T02:00:00Z".parse().expect("instant"));
    district.act("drafter.1", plan, ask("2026-04-03")).await.expect("asked");
    let own = district
        .act("coordinator.1a", plan, grant())
        .await
        .expect_err("own unit");
    assert_eq!(code(&own), "extension_not_yours_to_decide");
    district.act("office.5", plan, grant()).await.expect("granted");
}

#[tokio::test]
async fn an_amended_calendar_shows_what_moves_moves_it_once_and_tells_each_person_once() {
    const HOLIDAY: &str = "year = 2026\nsource = \"通知\"\ndated = \"2026-03-01\"\n[[holiday]]\nname = \"调整\"\n\
                           from = \"2026-03-18\"\nto = \"2026-03-18\"\nworked = []\n";
    const NONE: &str = "year = 2026\nsource = \"更正\"\ndated = \"2026-03-02\"\n[[holiday]]\nname = \"调整\"\n\
                        from = \"2026-10-01\"\nto = \"2026-10-01\"\nworked = []\n";
    let folder = tempfile::tempdir().expect("folder");
    let district = district(&folder).await;
    let service = &district.service;
    let (first, second) = (district.filled_plan(2).await, district.filled_plan(3).await);
    district.clock.set("2026-03-16T02:00:00Z".parse().expect("instant"));
    district.act("drafter.2", first, submit()).await.expect("submit");
    let office = district.person("office.5").await;
    let deputy = district.person("deputy.2").await;
    let due = || async {
        let paper = service.paper(&deputy, first).await.expect("paper");
        paper.current_due().map(|day| day.to_string())
    };
    assert_eq!(due().await.as_deref(), Some("2026-03-19"), "three working days");

    let shown = service
        .preview_year(&office, HOLIDAY, &Given::default())
        .await
        .expect("preview");
    let moved: Vec<_> = shown
        .moved
        .iter()
        .map(|paper| (paper.document, paper.after.to_string()))
        .collect();
    assert_eq!(
        moved,
        [(first, "2026-03-20".to_owned())],
        "a draft has a civil date: {second}"
    );
    assert_eq!(due().await.as_deref(), Some("2026-03-19"), "looking changes nothing");

    let loaded = service
        .publish_year(&office, HOLIDAY, &Given::default())
        .await
        .expect("publish");
    assert_eq!(loaded.moved, shown.moved);
    assert_eq!(due().await.as_deref(), Some("2026-03-20"));
    let again = service
        .publish_year(&office, HOLIDAY, &Given::default())
        .await
        .expect("again");
    assert_eq!(again.moved, []);
    let back = service
        .publish_year(&office, NONE, &Given::default())
        .await
        .expect("taken back");
    assert_eq!(back.moved, [], "never earlier without a person's act");
    assert_eq!(due().await.as_deref(), Some("2026-03-20"));
    let alerts = service.alerts(&deputy, None, 10).await.expect("alerts");
    let codes: Vec<_> = alerts.iter().map(|(alert, _)| alert.code.as_str()).collect();
    assert_eq!(codes, ["calendar_amended"], "once");
    let drafter = district.person("drafter.3").await;
    assert!(
        service.alerts(&drafter, None, 10).await.expect("alerts").is_empty(),
        "nothing moved for them"
    );
}

#[tokio::test]
async fn those_who_steer_hear_of_missing_plans_and_of_a_year_without_holidays() {
    let folder = tempfile::tempdir().expect("folder");
    let district = district(&folder).await;
    let service = &district.service;
    let office = district.person("office.5").await;
    for rule in ["campaign-due", "calendar-gap"] {
        service.pause_rule(&office, rule, false).await.expect("resume");
    }
    let plain = |year| PublishedYear {
        year,
        source: "通知".to_owned(),
        days: vec![(
            format!("{year}-01-01").parse().expect("day"),
            DayKind::Holiday,
            "元旦".to_owned(),
        )],
    };
    let foundation = Foundation {
        years: vec![plain(2025), plain(2026)],
        from: "2025-01-01".parse().expect("day"),
        ..Foundation::default()
    };
    service.lay_foundation(&foundation).await.expect("years");
    let plan = district.filled_plan(2).await;

    // Five working days before Friday 20 March.
    let steering = told(&district, "2026-03-13T00:30:00Z").await;
    let steering: Vec<_> = steering
        .into_iter()
        .filter(|(_, rule, _)| rule == "campaign-due")
        .collect();
    let names: Vec<_> = steering.iter().map(|(name, ..)| name.as_str()).collect();
    assert_eq!(names, ["区统筹局coordinatora", "区统筹局coordinatorb"]);
    district.act("drafter.2", plan, submit()).await.expect("submit");
    let after = told(&district, "2026-03-13T00:30:00Z").await;
    assert!(
        after.iter().all(|(_, rule, _)| rule != "campaign-due"),
        "nothing is missing: {after:?}"
    );

    // Sixty days before 2027 is Monday 2 November; the next working morning tells the office and the administrator.
    let gap = |when: &'static str| {
        let told = told(&district, when);
        async move {
            let lines = told.await.into_iter().filter(|(_, rule, _)| rule == "calendar-gap");
            lines.map(|(name, ..)| name).collect::<Vec<_>>()
        }
    };
    assert_eq!(gap("2026-11-02T00:30:00Z").await, Vec::<String>::new());
    assert_eq!(
        gap("2026-11-03T00:30:00Z").await,
        ["区政府办公室office", "区政府办公室sysadmin"]
    );
    let loaded = Foundation {
        years: vec![plain(2027)],
        from: foundation.from,
        ..Foundation::default()
    };
    service.lay_foundation(&loaded).await.expect("2027");
    assert_eq!(gap("2026-11-03T00:30:00Z").await, Vec::<String>::new());
}

#[tokio::test]
async fn a_copy_to_oneself_counts_as_nothing_and_statistics_say_how_soon_people_act() {
    let folder = tempfile::tempdir().expect("folder");
    let district = district(&folder).await;
    let service = &district.service;
    let plan = district.filled_plan(2).await;
    let (office, drafter) = (district.person("office.5").await, district.person("drafter.2").await);
    let at = |text: &str| district.clock.set(text.parse().expect("instant"));
    // Ten working days before Friday 20 March is the 6th; it is the evening before.
    at("2026-03-05T14:00:00Z");
    let when = "2026-03-06T08:30:00".parse().expect("local time");
    let shown = service
        .preview_digest(&office, drafter.person, when)
        .await
        .expect("preview");
    let shown = shown.expect("a mail");
    assert_eq!((shown.to.person, shown.deadlines.open.len()), (drafter.person, 1));
    let nobody = service
        .preview_digest(&office, office.person, when)
        .await
        .expect("preview");
    assert!(nobody.is_none());
    assert!(matches!(
        service.send_sample(&drafter, drafter.person, when).await,
        Err(Error::Forbidden(_))
    ));
    assert!(matches!(
        service.send_sample(&office, office.person, when).await,
        Err(Error::NotFound)
    ));

    service.send_sample(&office, drafter.person, when).await.expect("copy");
    let sent = |address: &'static str| async move {
        let claims = service.claim_mails(10).await.expect("claims");
        assert_eq!(claims.len(), 1);
        let mail = service
            .prepare_mail(&claims[0])
            .await
            .expect("prepare")
            .expect("wanted");
        let tried = Tried::Sent(address.to_owned());
        assert!(
            service
                .finish_mail(&claims[0], Some(&mail), tried)
                .await
                .expect("finish")
        );
        mail.to.person
    };
    assert_eq!(
        sent("office@district.example").await,
        office.person,
        "at night too: a person asked for it"
    );
    let before = service.mail_statistics(&office).await.expect("statistics");
    assert_eq!((before.sent, before.reminded), (1, 0));

    // The real one goes out all the same, and the drafter acts on the next working day.
    at("2026-03-06T00:30:00Z");
    assert_eq!(service.tick().await.expect("tick").mails, 1);
    assert_eq!(sent("drafter@district.example").await, drafter.person);
    let waiting = service.mail_statistics(&office).await.expect("statistics");
    assert_eq!((waiting.sent, waiting.reminded, waiting.not_yet), (2, 1, 1));
    at("2026-03-09T02:00:00Z");
    district.act("drafter.2", plan, submit()).await.expect("submit");
    let after = service.mail_statistics(&office).await.expect("statistics");
    assert_eq!((after.reminded, after.next_day, after.not_yet), (1, 1, 0));
}
