//! The service on real databases: a plan's whole way, what is refused on it, and what must be true of the store
//! afterwards. Every test runs on a SQLite file, and on PostgreSQL where there is a server.

use chrono::TimeDelta;
use duban_core::audit::ChainFault;
use duban_core::id::{CommandId, DocumentId, UnitId, Version};
use duban_core::workflow::{Act, Instance};
use duban_service::command::Request;
use duban_service::sign_in::Origin;
use duban_service::{Error, Service};
use duban_store::{Connection, instance};
use duban_tests::district::{District, PASSWORD, approve, send_back, submit};
use duban_tests::postgres::Postgres;

/// Runs a test on a fresh district in a SQLite file, then in PostgreSQL.
pub async fn on_both<F: AsyncFn(&District)>(test: F) {
    let folder = tempfile::tempdir().expect("folder");
    let url = format!("sqlite://{}/d.db", folder.path().display());
    let district = District::build(&url).await;
    test(&district).await;
    sound(&district.service).await;
    if let Some(server) = Postgres::available() {
        let district = District::build(&server.database("d").expect("database")).await;
        test(&district).await;
        sound(&district.service).await;
    }
}

/// What must be true of every store: replaying the events of each document gives its stored state, the row that
/// lists read agrees with it, and the audit chain is whole.
pub async fn sound(service: &Service) {
    let db = service.store().read();
    for id in duban_store::document::ids(db, 0, 100_000).await.expect("ids") {
        let stored = instance::find(db, id).await.expect("read").expect("instance");
        let events = instance::events(db, id).await.expect("events");
        assert_eq!(Instance::replay(&events).as_ref(), Some(&stored), "document {id}");
        let row = duban_store::document::find(db, id).await.expect("read").expect("row");
        assert_eq!(
            (row.version, row.status, row.stage.as_ref()),
            (stored.version, stored.status(), Some(&stored.stage)),
            "document {id}"
        );
        let follows = (stored.definition.clone(), stored.definition_version);
        assert_eq!(row.definition, follows, "document {id}");
        let seats = instance::open_seats(db, id).await.expect("seats");
        assert_eq!(seats.len(), stored.open_seats().len(), "document {id}");
    }
    let chain = service.verify_audit().await.expect("verify");
    assert_eq!(chain.fault, None);
}

fn code(error: &Error) -> String {
    match error {
        Error::Refused(why) | Error::Forbidden(why) | Error::Unauthenticated(why) => why.code().to_owned(),
        other => other.to_string(),
    }
}

#[tokio::test]
async fn a_plan_goes_its_whole_way_with_a_return_and_nobody_decides_on_their_own() {
    on_both(async |d| {
        let id = d.filled_plan(2).await;
        assert_eq!(d.act("drafter.2", id, submit()).await.unwrap(), "deputy");
        assert_eq!(d.act("deputy.2", id, approve()).await.unwrap(), "cosign");
        // Units 1 and 3 share tasks with unit 2.
        let early = d.act("head.2", id, approve()).await.unwrap_err();
        assert!(matches!(early, Error::Forbidden(_)), "{early}");
        assert_eq!(d.act("cosigner.3", id, approve()).await.unwrap(), "head");
        assert_eq!(d.act("head.2", id, approve()).await.unwrap(), "coordinator");
        assert_eq!(d.act("coordinator.1a", id, send_back()).await.unwrap(), "draft");
        assert_eq!(
            d.act("drafter.2", id, submit()).await.unwrap(),
            "coordinator",
            "straight back"
        );
        assert_eq!(d.act("coordinator.1a", id, approve()).await.unwrap(), "coordinator");
        let again = d.act("coordinator.1a", id, approve()).await.unwrap_err();
        assert_eq!(code(&again), "already_answered");
        assert_eq!(d.act("coordinator.1b", id, approve()).await.unwrap(), "office");
        assert_eq!(d.act("office.5", id, approve()).await.unwrap(), "leader");
        assert_eq!(d.act("leader.6", id, approve()).await.unwrap(), "approved");
        let over = d.act("leader.6", id, approve()).await.unwrap_err();
        assert_eq!(code(&over), "finished");
        let revisions = duban_store::document::revisions(d.service.store().read(), id)
            .await
            .unwrap();
        assert_eq!(revisions.len(), 2);
    })
    .await;
}

#[tokio::test]
async fn anothers_paper_does_not_exist() {
    on_both(async |d| {
        let id = d.filled_plan(2).await;
        // Not submitted: only the unit's own people. Nobody else even learns that it is there.
        for stranger in [
            "drafter.3",
            "cosigner.3",
            "coordinator.1a",
            "office.5",
            "leader.6",
            "observer.7",
            "sysadmin.5",
        ] {
            let caller = d.person(stranger).await;
            let read = d.service.open_document(&caller, id).await;
            assert!(matches!(read, Err(Error::NotFound)), "{stranger} reads");
            let acted = d.act(stranger, id, approve()).await;
            assert!(matches!(acted, Err(Error::NotFound)), "{stranger} acts");
            let wrote = d.service.save_content(&caller, id, 2, Default::default()).await;
            assert!(matches!(wrote, Err(Error::NotFound)), "{stranger} writes");
        }
        d.act("drafter.2", id, submit()).await.unwrap();
        for (who, sees) in [
            ("office.5", true),
            ("coordinator.1a", true),
            ("cosigner.3", false),
            ("auditor.5", false),
        ] {
            let caller = d.person(who).await;
            assert_eq!(d.service.open_document(&caller, id).await.is_ok(), sees, "{who}");
        }
        let missing = d.act("office.5", DocumentId(999_999), approve()).await;
        assert!(matches!(missing, Err(Error::NotFound)));
    })
    .await;
}

#[tokio::test]
async fn a_stale_version_is_a_conflict_and_a_repeated_command_is_answered_once() {
    on_both(async |d| {
        let id = d.filled_plan(2).await;
        let drafter = d.person("drafter.2").await;
        let request = Request {
            id: CommandId(uuid::Uuid::new_v4()),
            expected: d.version(id).await,
            seat: None,
            act: submit(),
        };
        let first = d.service.command(&drafter, id, request.clone()).await.unwrap();
        let second = d.service.command(&drafter, id, request.clone()).await.unwrap();
        assert_eq!(first, second);
        assert_eq!(d.version(id).await, first.version);
        let other = Request {
            act: Act::Submit {
                note: "另一件事".into(),
            },
            ..request.clone()
        };
        let reused = d.service.command(&drafter, id, other).await.unwrap_err();
        assert_eq!(code(&reused), "command_reused");
        let deputy = d.person("deputy.2").await;
        let stolen = d.service.command(&deputy, id, request.clone()).await.unwrap_err();
        assert_eq!(code(&stolen), "command_reused");
        let stale = Request {
            id: CommandId(uuid::Uuid::new_v4()),
            expected: Version(first.version.0 - 1),
            seat: None,
            act: approve(),
        };
        let Err(Error::Conflict(conflict)) = d.service.command(&deputy, id, stale).await else {
            panic!("a stale version must be a conflict");
        };
        assert_eq!(conflict.current, first.version.0);
        assert_eq!(conflict.by.as_deref(), Some(drafter.name.as_str()));
    })
    .await;
}

#[tokio::test]
async fn two_writers_of_one_paper_see_each_other() {
    on_both(async |d| {
        let id = d.filled_plan(2).await;
        let drafter = d.person("drafter.2").await;
        let (case, frame) = d.service.open_document(&drafter, id).await.unwrap();
        let body = d.service.working(&drafter, &case, &frame).await.unwrap().unwrap();
        let mut mine = body.content.clone();
        mine.head.insert("aim".into(), "稳".into());
        assert_eq!(
            d.service
                .save_content(&drafter, id, body.edit_version, mine.clone())
                .await
                .unwrap(),
            3
        );
        let mut late = body.content.clone();
        late.head.insert("aim".into(), "进".into());
        let Err(Error::Conflict(conflict)) = d.service.save_content(&drafter, id, body.edit_version, late).await else {
            panic!("the second save must be a conflict");
        };
        assert_eq!((conflict.current, conflict.theirs), (3, Some(mine)));
        // Only whoever drafts writes, and only while it is a draft.
        let head = d.person("head.2").await;
        let barred = d
            .service
            .save_content(&head, id, 3, body.content.clone())
            .await
            .unwrap_err();
        assert_eq!(code(&barred), "not_yours_to_write");
        d.act("drafter.2", id, submit()).await.unwrap();
        let closed = d.service.save_content(&drafter, id, 3, body.content).await.unwrap_err();
        assert_eq!(code(&closed), "not_yours_to_write");
    })
    .await;
}

#[tokio::test]
async fn silence_of_a_cosigner_is_consent_after_the_limit_and_not_before() {
    on_both(async |d| {
        let id = d.filled_plan(2).await;
        d.act("drafter.2", id, submit()).await.unwrap();
        d.act("deputy.2", id, approve()).await.unwrap();
        // Opened on Monday the 5th with five working days: the 12th is the last one.
        d.clock.set("2026-01-12T15:59:00Z".parse().unwrap());
        assert_eq!(d.service.time_outs().await.unwrap(), 0);
        d.clock.set("2026-01-12T16:00:00Z".parse().unwrap());
        assert_eq!(d.service.time_outs().await.unwrap(), 1);
        assert_eq!(d.service.time_outs().await.unwrap(), 0, "once");
        assert_eq!(d.act("head.2", id, approve()).await.unwrap(), "coordinator");
    })
    .await;
}

#[tokio::test]
async fn eight_writers_at_once_see_no_lock_error_and_each_seat_is_answered_once() {
    on_both(async |d| {
        let mut papers = Vec::new();
        for unit in 1..=4 {
            papers.push((unit, d.filled_plan(unit).await));
        }
        // Two tabs of each drafter submit at the same instant.
        let mut tasks = Vec::new();
        for (unit, id) in &papers {
            let (caller, seen) = (d.person(&format!("drafter.{unit}")).await, d.version(*id).await);
            for _ in 0..2 {
                let caller = caller.clone();
                let request = Request {
                    id: CommandId(uuid::Uuid::new_v4()),
                    expected: seen,
                    seat: None,
                    act: submit(),
                };
                let (service, id) = (d.service.clone(), *id);
                tasks.push(tokio::spawn(async move { service.command(&caller, id, request).await }));
            }
        }
        let (mut done, mut late) = (0, 0);
        for task in tasks {
            match task.await.unwrap() {
                Ok(_) => done += 1,
                Err(Error::Conflict(_)) => late += 1,
                Err(other) => panic!("{other}"),
            }
        }
        assert_eq!((done, late), (4, 4));
        // One command sent eight times at once is one command.
        let deputy = d.person("deputy.2").await;
        let id = papers[1].1;
        let request = Request {
            id: CommandId(uuid::Uuid::new_v4()),
            expected: d.version(id).await,
            seat: None,
            act: approve(),
        };
        let tasks: Vec<_> = (0..8)
            .map(|_| {
                let (service, deputy, request) = (d.service.clone(), deputy.clone(), request.clone());
                tokio::spawn(async move { service.command(&deputy, id, request).await })
            })
            .collect();
        let mut answers = Vec::new();
        for task in tasks {
            answers.push(task.await.unwrap().expect("the same answer for all"));
        }
        answers.dedup();
        assert_eq!(answers.len(), 1);
    })
    .await;
}

#[tokio::test]
async fn an_edit_of_the_audit_trail_is_found() {
    on_both(async |d| {
        let id = d.filled_plan(2).await;
        d.act("drafter.2", id, submit()).await.unwrap();
        let db = d.service.store().schema();
        let sqlite = d.service.store().file().is_some();
        let refused = db.execute_unprepared("UPDATE audit SET verb = 'x' WHERE seq = 2").await;
        assert!(refused.is_err(), "the database itself refuses");
        // Whoever owns the database can switch the guard off; the chain still tells.
        let (off, on) = if sqlite {
            (
                "DROP TRIGGER audit_no_update",
                "CREATE TRIGGER audit_no_update BEFORE UPDATE ON audit BEGIN SELECT RAISE(ABORT, 'audit is append only'); END",
            )
        } else {
            ("ALTER TABLE audit DISABLE TRIGGER ALL", "ALTER TABLE audit ENABLE TRIGGER ALL")
        };
        for (damage, repair) in [
            ("UPDATE audit SET canonical = canonical || ' ' WHERE seq = 3", "UPDATE audit SET canonical = rtrim(canonical) WHERE seq = 3"),
            ("UPDATE audit SET person_id = 1 WHERE seq = 3", "UPDATE audit SET person_id = NULL WHERE seq = 3"),
        ] {
            for statement in [off, damage, on] {
                db.execute_unprepared(statement).await.unwrap();
            }
            let chain = d.service.verify_audit().await.unwrap();
            assert_eq!(chain.fault, Some(ChainFault::Altered { seq: 3 }), "{damage}");
            for statement in [off, repair, on] {
                db.execute_unprepared(statement).await.unwrap();
            }
        }
    })
    .await;
}

#[tokio::test]
async fn signing_in_is_throttled_and_sessions_end() {
    on_both(async |d| {
        let origin = || Origin {
            source: Some("10.0.0.7".into()),
            agent: None,
        };
        let signed = d.service.sign_in(" Head.2 ", PASSWORD, origin()).await.unwrap();
        assert_eq!(signed.caller.username, "head.2");
        let found = d.service.session(&signed.token, None).await.unwrap().unwrap();
        assert_eq!(found.person, signed.caller.person);
        assert!(d.service.session("0000", None).await.unwrap().is_none());
        // Idle for two hours.
        d.clock.advance(TimeDelta::minutes(119));
        assert!(d.service.session(&signed.token, None).await.unwrap().is_some());
        d.clock.advance(TimeDelta::minutes(120));
        assert!(d.service.session(&signed.token, None).await.unwrap().is_none());
        // Wrong five times: the right password has to wait as well, and an unknown name looks just the same.
        for name in ["head.2", "nobody"] {
            for _ in 0..5 {
                let wrong = d.service.sign_in(name, "wrong", origin()).await.unwrap_err();
                assert_eq!(code(&wrong), "sign_in_failed", "{name}");
            }
            let blocked = d.service.sign_in(name, PASSWORD, origin()).await.unwrap_err();
            assert!(
                matches!(blocked, Error::TooMany { retry_after: 30 }),
                "{name}: {blocked}"
            );
        }
        d.clock.advance(TimeDelta::seconds(31));
        let signed = d.service.sign_in("head.2", PASSWORD, origin()).await.unwrap();
        d.service.sign_out(&signed.caller).await.unwrap();
        assert!(d.service.session(&signed.token, None).await.unwrap().is_none());
        // A changed password ends the other sessions and keeps this one.
        let here = d.service.sign_in("head.2", PASSWORD, origin()).await.unwrap();
        let there = d.service.sign_in("head.2", PASSWORD, origin()).await.unwrap();
        d.service
            .change_password(&here.caller, PASSWORD, "Another-Pass-9")
            .await
            .unwrap();
        assert!(d.service.session(&here.token, None).await.unwrap().is_some());
        assert!(d.service.session(&there.token, None).await.unwrap().is_none());
        assert!(d.service.sign_in("head.2", "Another-Pass-9", origin()).await.is_ok());
    })
    .await;
}

#[tokio::test]
async fn tokens_read_or_act_and_end() {
    on_both(async |d| {
        use duban_service::session::Scope;
        let head = d.person("head.2").await;
        let token = d.service.issue_token(&head, "报表", Scope::Read, 30).await.unwrap();
        let reader = d.service.bearer(&token.secret, None).await.unwrap().unwrap();
        let id = d.filled_plan(2).await;
        let request = Request {
            id: CommandId(uuid::Uuid::new_v4()),
            expected: d.version(id).await,
            seat: None,
            act: submit(),
        };
        let refused = d.service.command(&reader, id, request).await.unwrap_err();
        assert_eq!(code(&refused), "token_reads_only");
        let wider = d.service.issue_token(&reader, "更多", Scope::Act, 30).await.unwrap();
        let still = d.service.bearer(&wider.secret, None).await.unwrap().unwrap();
        assert_eq!(still.scope, Scope::Read, "a token never makes a wider one");
        d.clock.advance(TimeDelta::days(30));
        assert!(d.service.bearer(&token.secret, None).await.unwrap().is_none());
    })
    .await;
}

#[tokio::test]
async fn a_loan_lets_the_delegate_act_and_says_for_whom() {
    on_both(async |d| {
        use duban_service::delegation::NewLoan;
        let id = d.filled_plan(2).await;
        d.act("drafter.2", id, submit()).await.unwrap();
        let deputy = d.person("deputy.2").await;
        let day = |text: &str| text.parse().unwrap();
        let loan = |delegate, from: &str, to: &str| NewLoan {
            post: deputy.posts[0].id,
            delegate,
            from: day(from),
            to: day(to),
            document_type: None,
        };
        let cosigner = d.person("cosigner.2").await.person;
        let drafter = d.person("drafter.2").await.person;
        let admin = d.person("sysadmin.5").await.person;
        for (bad, expected) in [
            (loan(deputy.person, "2026-01-05", "2026-01-06"), "delegate_is_you"),
            (loan(admin, "2026-01-05", "2026-01-06"), "roles_exclude"),
            (loan(cosigner, "2026-01-04", "2026-01-06"), "date_past"),
            (loan(cosigner, "2026-01-06", "2026-01-05"), "date_order"),
            (loan(cosigner, "2026-01-05", "2026-02-04"), "loan_too_long"),
        ] {
            let Err(Error::Invalid(problems)) = d.service.lend(&deputy, &bad).await else {
                panic!("{expected}");
            };
            assert_eq!(problems[0].reason.code, expected);
        }
        // The drafter wrote it: a loan does not make them their own reviewer.
        let to_author = d
            .service
            .lend(&deputy, &loan(drafter, "2026-01-05", "2026-01-05"))
            .await
            .unwrap();
        let own = d.act("drafter.2", id, approve()).await.unwrap_err();
        assert_eq!(code(&own), "own_paper");
        d.service.take_back_loan(&deputy, to_author).await.unwrap();
        d.service
            .lend(&deputy, &loan(cosigner, "2026-01-05", "2026-01-06"))
            .await
            .unwrap();
        assert_eq!(d.act("cosigner.2", id, approve()).await.unwrap(), "cosign");
        let events = instance::events(d.service.store().read(), id).await.unwrap();
        let acted = events.iter().rev().find_map(|event| event.actor.clone()).unwrap();
        assert_eq!(acted.person, cosigner);
        assert_eq!(acted.on_behalf_of.map(|(_, who)| who), Some(deputy.person));
        d.clock.set("2026-01-06T16:00:00Z".parse().unwrap());
        assert!(d.person("cosigner.2").await.lent.is_empty(), "over at midnight");
    })
    .await;
}

#[tokio::test]
async fn one_administrator_proposes_and_another_confirms() {
    on_both(async |d| {
        use duban_core::org::Role;
        use duban_service::proposal::Change;
        let (sys, sec) = (d.person("sysadmin.5").await, d.person("secadmin.5").await);
        let add = Change::AddPerson {
            username: "New.Clerk ".into(),
            name: "新人".into(),
            email: Some("new@district.example".into()),
        };
        assert_eq!(code(&d.service.propose(&sec, &add).await.unwrap_err()), "sysadmin_only");
        let proposal = d.service.propose(&sys, &add).await.unwrap();
        assert_eq!(
            code(&d.service.confirm(&sys, proposal).await.unwrap_err()),
            "secadmin_only"
        );
        assert!(d.service.impersonate_locally("new.clerk").await.is_err(), "not yet");
        let password = d
            .service
            .confirm(&sec, proposal)
            .await
            .unwrap()
            .expect("a first password");
        assert_eq!(
            code(&d.service.confirm(&sec, proposal).await.unwrap_err()),
            "proposal_decided"
        );
        let signed = d
            .service
            .sign_in("new.clerk", &password, Origin::default())
            .await
            .unwrap();
        assert!(signed.caller.must_change_password);
        let clerk = signed.caller.person;
        let post = |role| Change::AddPost {
            person: clerk,
            unit: UnitId(2),
            role,
            from: "2026-01-05".parse().unwrap(),
            until: None,
        };
        let first = d.service.propose(&sys, &post(Role::Drafter)).await.unwrap();
        // Proposed while it was still possible, refused when it no longer is.
        let second = d.service.propose(&sys, &post(Role::Office)).await.unwrap();
        d.service.confirm(&sec, first).await.unwrap();
        let Err(Error::Invalid(problems)) = d.service.confirm(&sec, second).await else {
            panic!("drafter and office exclude each other");
        };
        assert_eq!(problems[0].reason.code, "roles_exclude");
        d.service.reject(&sec, second, "角色互斥").await.unwrap();
        // A closed account is out at once.
        let close = d
            .service
            .propose(&sys, &Change::CloseAccount { person: clerk })
            .await
            .unwrap();
        d.service.confirm(&sec, close).await.unwrap();
        assert!(d.service.session(&signed.token, None).await.unwrap().is_none());
        let auditor = d.person("auditor.5").await;
        let filter = duban_store::audit::Filter {
            verb: Some("proposal".into()),
            ..Default::default()
        };
        let rows = d.service.audit_search(&auditor, &filter, None, 50).await.unwrap();
        assert_eq!(rows.len(), 4 + 3 + 1, "proposed, confirmed, rejected");
        assert_eq!(
            code(&d.service.audit_search(&sys, &filter, None, 50).await.unwrap_err()),
            "auditor_only"
        );
    })
    .await;
}
