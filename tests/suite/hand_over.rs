//! Leave and reorganisation on a real database: posts handed over, units that get another name while papers run.

use crate::service::on_both;
use chrono::{DateTime, NaiveDate, Utc};
use duban_core::id::{PersonId, PostId, UnitId};
use duban_core::org::Role;
use duban_service::Error;
use duban_service::proposal::{Change, Succession};
use duban_tests::district::{District, approve, submit};
use duban_tests::world::World;

pub fn code(error: &Error) -> String {
    match error {
        Error::NotFound => "not_found".to_owned(),
        Error::Forbidden(refusal) | Error::Refused(refusal) => refusal.code().to_owned(),
        Error::Invalid(problems) => problems[0].reason.code.clone(),
        other => format!("{other:?}"),
    }
}

pub fn day(text: &str) -> NaiveDate {
    text.parse().expect("date")
}

pub fn at(text: &str) -> DateTime<Utc> {
    text.parse().expect("instant")
}

pub async fn post_of(d: &District, username: &str, role: Role) -> (PersonId, PostId) {
    let caller = d.person(username).await;
    let post = caller.posts.iter().find(|post| post.role == role).expect("post");
    (caller.person, post.id)
}

/// Proposes and confirms.
pub async fn decree(d: &District, change: &Change) -> duban_service::Result<()> {
    let id = d.service.propose(&d.person("sysadmin.5").await, change).await?;
    d.service.confirm(&d.person("secadmin.5").await, id).await.map(|_| ())
}

async fn hand_over(
    d: &District,
    (from_whom, role): (&str, Role),
    to: &str,
    (from, until): (&str, Option<&str>),
) -> duban_service::Result<()> {
    let (person, post) = post_of(d, from_whom, role).await;
    let successor = d.person(to).await.person;
    let change = Change::HandOver {
        person,
        from: day(from),
        posts: vec![Succession {
            post,
            successor,
            until: until.map(day),
        }],
    };
    decree(d, &change).await
}

#[tokio::test]
async fn a_successor_answers_what_was_open_and_nothing_is_lost_or_doubled() {
    on_both(async |d| {
        let id = d.filled_plan(2).await;
        d.act("drafter.2", id, submit()).await.unwrap();
        let admin = d.person("sysadmin.5").await;
        let deputy = d.person("deputy.2").await;
        let estate = d.service.estate(&admin, deputy.person).await.unwrap();
        let (post, unit, waiting) = &estate.posts[0];
        assert_eq!((post.role, unit.as_str(), waiting.len()), (Role::Deputy, "区教育局", 1));
        assert!(waiting[0].only_them && !waiting[0].draft);
        let nosy = d
            .service
            .estate(&d.person("office.5").await, deputy.person)
            .await
            .unwrap_err();
        assert_eq!(code(&nosy), "administrators_only");
        hand_over(d, ("deputy.2", Role::Deputy), "cosigner.2", ("2026-01-05", None))
            .await
            .unwrap();
        let before = duban_store::instance::open_seats(d.service.store().read(), id)
            .await
            .unwrap();
        assert_eq!(before.len(), 1, "the one seat is still the one seat");
        let gone = d.act("deputy.2", id, approve()).await.unwrap_err();
        assert_eq!(
            code(&gone),
            "not_found",
            "without a post of the unit the paper is none of theirs"
        );
        assert_eq!(d.act("cosigner.2", id, approve()).await.unwrap(), "cosign");
        let left = d.service.estate(&admin, deputy.person).await.unwrap();
        assert!(left.posts.is_empty());
    })
    .await;
}

#[tokio::test]
async fn the_audit_trail_says_what_was_handed_over() {
    on_both(async |d| {
        let id = d.filled_plan(2).await;
        d.act("drafter.2", id, submit()).await.unwrap();
        let (_, post) = post_of(d, "deputy.2", Role::Deputy).await;
        hand_over(d, ("deputy.2", Role::Deputy), "head.2", ("2026-01-05", None))
            .await
            .unwrap();
        let filter = duban_store::audit::Filter {
            verb: Some("proposal.confirm".to_owned()),
            ..duban_store::audit::Filter::default()
        };
        let auditor = d.person("auditor.5").await;
        let rows = d.service.audit_search(&auditor, &filter, None, 10).await.unwrap();
        let text = format!("{rows:?}");
        assert!(
            text.contains(&format!("open_{post}")) && text.contains("hand_over"),
            "{text}"
        );
        assert!(text.contains(&id.to_string()));
    })
    .await;
}

#[tokio::test]
async fn a_draft_goes_on_in_the_successors_hands() {
    on_both(async |d| {
        let id = d.filled_plan(2).await;
        let drafter = d.person("drafter.2").await;
        let estate = d
            .service
            .estate(&d.person("secadmin.5").await, drafter.person)
            .await
            .unwrap();
        assert!(estate.posts[0].2[0].draft);
        hand_over(d, ("drafter.2", Role::Drafter), "drafter.3", ("2026-01-05", None))
            .await
            .unwrap();
        let successor = d.person("drafter.3").await;
        let (case, frame) = d.service.open_document(&successor, id).await.unwrap();
        assert!(
            d.service.working(&successor, &case, &frame).await.unwrap().is_some(),
            "what was written is there"
        );
        assert_eq!(d.act("drafter.3", id, submit()).await.unwrap(), "deputy");
    })
    .await;
}

#[tokio::test]
async fn a_post_that_goes_over_later_is_the_leavers_until_then() {
    on_both(async |d| {
        let id = d.filled_plan(2).await;
        d.act("drafter.2", id, submit()).await.unwrap();
        hand_over(d, ("deputy.2", Role::Deputy), "cosigner.2", ("2026-01-07", None))
            .await
            .unwrap();
        let early = d.act("cosigner.2", id, approve()).await.unwrap_err();
        assert_eq!(code(&early), "not_your_seat");
        d.clock.set(at("2026-01-06T16:00:00Z"));
        assert_eq!(
            d.act("cosigner.2", id, approve()).await.unwrap(),
            "cosign",
            "from midnight in Shanghai"
        );
    })
    .await;
}

#[tokio::test]
async fn whoever_is_away_for_a_while_lends_and_gets_back() {
    on_both(async |d| {
        let id = d.filled_plan(2).await;
        d.act("drafter.2", id, submit()).await.unwrap();
        let away = ("2026-01-05", Some("2026-01-12"));
        hand_over(d, ("deputy.2", Role::Deputy), "head.2", away).await.unwrap();
        assert_eq!(d.act("head.2", id, approve()).await.unwrap(), "cosign");
        let deputy = d.person("deputy.2").await;
        let done = d.service.done_for(&deputy, 20).await.unwrap();
        assert_eq!(done.len(), 1);
        assert_eq!((done[0].document, done[0].what.as_str()), (id, "approved"));
        assert_eq!(done[0].by, d.person("head.2").await.name);
        assert!(
            d.service
                .done_for(&d.person("head.2").await, 20)
                .await
                .unwrap()
                .is_empty()
        );
        d.clock.set(at("2026-01-11T16:00:00Z"));
        let estate = d
            .service
            .estate(&d.person("sysadmin.5").await, deputy.person)
            .await
            .unwrap();
        assert!(
            estate.loans.is_empty() && estate.posts.len() == 1,
            "the post is theirs again"
        );
    })
    .await;
}

#[tokio::test]
async fn what_cannot_be_handed_over_is_refused_field_by_field() {
    on_both(async |d| {
        let deputy = ("deputy.2", Role::Deputy);
        let refused = async |from: (&str, Role), to: &str, period: (&str, Option<&str>)| {
            code(&hand_over(d, from, to, period).await.unwrap_err())
        };
        assert_eq!(refused(deputy, "head.2", ("2026-01-04", None)).await, "date_past");
        assert_eq!(
            refused(deputy, "deputy.2", ("2026-01-05", None)).await,
            "unknown_person"
        );
        assert_eq!(
            refused(deputy, "auditor.5", ("2026-01-05", None)).await,
            "roles_exclude"
        );
        assert_eq!(
            refused(("office.5", Role::Office), "drafter.2", ("2026-01-05", None)).await,
            "roles_exclude"
        );
        assert_eq!(
            refused(
                ("drafter.2", Role::Drafter),
                "drafter.3",
                ("2026-01-05", Some("2026-01-12"))
            )
            .await,
            "post_not_lendable"
        );
        assert_eq!(
            refused(deputy, "head.2", ("2026-01-05", Some("2026-03-05"))).await,
            "loan_too_long"
        );
        let nothing = Change::HandOver {
            person: d.person("deputy.2").await.person,
            from: day("2026-01-05"),
            posts: Vec::new(),
        };
        assert_eq!(code(&decree(d, &nothing).await.unwrap_err()), "required");
        let alone = d
            .service
            .propose(&d.person("secadmin.5").await, &nothing)
            .await
            .unwrap_err();
        assert_eq!(code(&alone), "sysadmin_only", "nobody does it alone");
    })
    .await;
}

#[tokio::test]
async fn a_unit_renamed_while_papers_run_keeps_them_and_its_old_name_is_known() {
    on_both(async |d| {
        let id = d.filled_plan(2).await;
        d.act("drafter.2", id, submit()).await.unwrap();
        let renamed = |name: &str, from: &str| Change::RenameUnit {
            unit: UnitId(2),
            name: name.to_owned(),
            from: day(from),
        };
        assert_eq!(
            code(&decree(d, &renamed("区教体局", "2026-01-06")).await.unwrap_err()),
            "date_future"
        );
        assert_eq!(
            code(&decree(d, &renamed("区人社局", "2026-01-05")).await.unwrap_err()),
            "unit_known"
        );
        decree(d, &renamed("区教体局", "2026-01-05")).await.unwrap();
        let unit = d.service.units().await.unwrap().remove(&UnitId(2)).unwrap();
        assert_eq!(unit.name, "区教体局");
        assert!(
            unit.is_called("区教育局"),
            "notices that call it by the old name still mean it"
        );
        let former = d.service.former_names().await.unwrap();
        assert_eq!(former[&UnitId(2)], [("区教育局".to_owned(), day("2026-01-05"))]);
        assert_eq!(
            d.act("deputy.2", id, approve()).await.unwrap(),
            "cosign",
            "papers run on"
        );
        // And back again: the old name is the name, the other one the alias.
        decree(d, &renamed("区教育局", "2026-01-05")).await.unwrap();
        let unit = d.service.units().await.unwrap().remove(&UnitId(2)).unwrap();
        assert_eq!(
            (unit.name.as_str(), unit.aliases),
            ("区教育局", vec!["区教体局".to_owned()])
        );
    })
    .await;
}

#[tokio::test]
async fn the_page_of_a_handing_over_proposes_and_the_other_administrator_confirms() {
    let world = World::demo("2026-03-02T01:00:00Z").await;
    let admin = world.visitor("sysadmin").await;
    let link_of = async |username: &str| {
        let people = admin.get(&format!("/admin/people?q={username}")).await;
        people.links("/hand-over").first().expect("a link to hand over").clone()
    };
    let successor = link_of("leader").await.split('/').nth(3).expect("number").to_owned();
    let action = link_of("inspector2").await;
    let page = admin.get(&action).await;
    assert!(page.says("工作交接"), "{}", page.text());
    let form = page.form(&action);
    let empty = admin.send(form.clone()).await;
    assert_eq!(empty.status.as_u16(), 422, "nobody named");
    assert!(!empty.all(".error-summary li").is_empty());
    let field = form
        .fields
        .iter()
        .map(|(name, _)| name.clone())
        .find(|name| name.starts_with("successor_"));
    let proposed = admin
        .send(form.with(&field.expect("a post with a successor to name"), &successor))
        .await;
    assert!(
        proposed.path.contains("part=proposals") && proposed.says("工作交接"),
        "{}",
        proposed.text()
    );
    let secadmin = world.visitor("secadmin").await;
    let seen = secadmin.get(&action).await;
    assert!(
        seen.status.is_success() && !seen.has_form(&action),
        "who confirms proposes nothing"
    );
    let proposals = secadmin.get("/admin/people?part=proposals").await;
    let confirmed = secadmin.send(proposals.form("/confirmation")).await;
    assert!(confirmed.status.is_success(), "{}", confirmed.text());
    let office = world.visitor("office").await;
    assert_eq!(office.get(&action).await.status.as_u16(), 403);
    let after = admin.get(&action).await;
    assert!(after.says("此人没有岗位"), "{}", after.text());
}
