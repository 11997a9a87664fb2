//! Reminders and news of papers, as a real SMTP server receives them from the real program.

use chrono::{DateTime, NaiveDate, TimeDelta, Utc};
use duban_core::id::DocumentId;
use duban_store::Connection;
use duban_tests::district::{District, PASSWORD, send_back, submit};
use duban_tests::smtp::{Smtp, Taken};
use duban_tests::visitor::Visitor;
use duban_tests::world::World;
use serde_json::json;
use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

/// Longer than the program takes to look at the clock, make reminders and send them.
const QUIET: Duration = Duration::from_millis(5_500);

/// A district in the program's database, whose plans are due on 13 February 2026, the program, and a relay.
struct Town {
    district: District,
    world: World,
    relay: Smtp,
    plans: BTreeMap<i64, DocumentId>,
}

impl Town {
    async fn with_plans(relay: Smtp, units: &[i64]) -> Self {
        let environment = relay.environment();
        let environment: Vec<(&str, &str)> = environment.iter().map(|(k, v)| (*k, v.as_str())).collect();
        let world = World::prepared("2026-01-05T01:00:00Z", &environment);
        let district = District::build(&format!("sqlite:{}", world.database().display())).await;
        let earlier = "UPDATE campaign SET plan_due = '2026-02-13'";
        district
            .service
            .store()
            .schema()
            .execute_unprepared(earlier)
            .await
            .expect("due date");
        let mut plans = BTreeMap::new();
        for unit in units {
            plans.insert(*unit, district.filled_plan(*unit).await);
        }
        let mut town = Self {
            district,
            world,
            relay,
            plans,
        };
        town.world.start().await;
        town
    }

    /// Moves everybody's clock to this local time.
    fn at(&self, day: &str, time: &str) {
        let day: NaiveDate = day.parse().expect("day");
        let local = day.and_time(time.parse().expect("time")).and_utc();
        self.at_instant(local - TimeDelta::hours(8));
    }

    fn at_instant(&self, now: DateTime<Utc>) {
        self.district.clock.set(now);
        self.world.set_clock(&now.to_rfc3339());
    }

    fn later(&self, minutes: i64) {
        self.at_instant(self.district.service.moment().now + TimeDelta::minutes(minutes));
    }

    /// Waits for exactly these people to get one mail each after the first `before` mails, and for nothing more.
    async fn expect(&self, before: usize, people: &[&str]) -> Vec<Taken> {
        let what = format!("{people:?} after {before} mails");
        self.relay
            .wait_for(&what, |taken| taken.len() >= before + people.len())
            .await;
        tokio::time::sleep(QUIET).await;
        let new = self.relay.taken().split_off(before);
        let mut reached: Vec<&str> = new.iter().flat_map(|mail| &mail.to).map(|to| name(to)).collect();
        reached.sort_unstable();
        let mut wanted = people.to_vec();
        wanted.sort_unstable();
        let told: Vec<_> = new
            .iter()
            .map(|mail| (&mail.to, &mail.subject, &mail.message_id))
            .collect();
        assert_eq!(reached, wanted, "{told:#?}");
        new
    }
}

fn name(address: &str) -> &str {
    address.split('@').next().unwrap_or_default()
}

#[tokio::test]
async fn reminders_go_out_on_working_days_once_and_not_to_those_who_have_acted() {
    let mut town = Town::with_plans(Smtp::running(), &[1, 2, 3]).await;
    let drafters = ["drafter.1", "drafter.2", "drafter.3"];
    town.at("2026-01-30", "08:30:00");
    town.expect(0, &drafters).await;
    // Three working days before Friday the 13th is Tuesday the 10th, from half past eight on.
    town.at("2026-02-10", "08:29:00");
    town.expect(3, &[]).await;
    town.at("2026-02-10", "08:30:00");
    let first = town.expect(3, &drafters).await;
    for mail in &first {
        assert_eq!(mail.automatic.as_deref(), Some("auto-generated"));
        assert_eq!(mail.kind, "multipart/mixed");
        assert!(mail.defects.is_empty(), "{:?}", mail.defects);
        assert!(mail.subject.contains("还剩 3 个工作日"), "{}", mail.subject);
        assert!(mail.text.contains("/documents/") && mail.html.contains("/documents/"));
        assert_eq!(mail.to.len(), 1, "one envelope a recipient");
    }

    // Unit 3 submits; its deputy hears of it the next working morning, its drafter no more.
    town.at("2026-02-11", "10:00:00");
    let plan = town.plans[&3];
    town.district.act("drafter.3", plan, submit()).await.expect("submit");
    town.expect(6, &[]).await;
    town.at("2026-02-12", "08:31:00");
    town.expect(6, &["deputy.3", "drafter.1", "drafter.2"]).await;

    // A restart, and a kill, repeat nothing.
    town.world.kill();
    town.world.start().await;
    town.expect(9, &[]).await;

    // The deputy returns it: one mail at once, to the drafter.
    town.at("2026-02-12", "14:00:00");
    town.district.act("deputy.3", plan, send_back()).await.expect("return");
    let returned = town.expect(9, &["drafter.3"]).await;
    assert!(returned[0].subject.starts_with("【退回】"), "{}", returned[0].subject);
    assert!(returned[0].text.contains("请补充季度安排"));
    town.district
        .act("drafter.3", plan, submit())
        .await
        .expect("submit again");

    // Saturday the 14th is worked: plans are late, deputies hear of it. The holidays after it are silent.
    town.at("2026-02-14", "09:00:00");
    let late = town
        .expect(10, &["deputy.1", "deputy.2", "deputy.3", "drafter.1", "drafter.2"])
        .await;
    let escalated = late
        .iter()
        .find(|mail| mail.to[0].starts_with("deputy.1"))
        .expect("deputy.1");
    assert!(
        escalated.text.contains("drafter"),
        "it says who could act: {}",
        escalated.text
    );
    for day in ["2026-02-15", "2026-02-17", "2026-02-21", "2026-02-23"] {
        town.at(day, "09:00:00");
        town.expect(15, &[]).await;
    }
    town.at("2026-02-24", "09:00:00");
    // The deputy's own last day, too: three working days from the 12th.
    let after = town.expect(15, &["deputy.3", "drafter.1", "drafter.2"]).await;
    for mail in after.iter().filter(|mail| mail.to[0].starts_with("drafter")) {
        assert!(mail.subject.contains("已逾期 2 个工作日"), "{}", mail.subject);
    }

    let mut ids = BTreeSet::new();
    for mail in town.relay.taken() {
        assert!(ids.insert(mail.message_id.clone()), "{} twice", mail.message_id);
    }
}

#[tokio::test]
async fn one_digest_a_person_however_many_matters_wait() {
    let town = Town::with_plans(Smtp::running(), &[1, 2, 3, 4]).await;
    // The fifth working day late: the leader hears of all four plans, in one mail.
    town.at("2026-02-27", "08:45:00");
    let people: Vec<String> = (1..=4)
        .flat_map(|unit| ["drafter", "deputy", "head"].map(|role| format!("{role}.{unit}")))
        .chain(["leader.6".to_owned()])
        .collect();
    let people: Vec<&str> = people.iter().map(String::as_str).collect();
    let mails = town.expect(0, &people).await;
    let leader = mails
        .iter()
        .find(|mail| mail.to[0].starts_with("leader"))
        .expect("leader");
    assert_eq!(leader.text.matches("/documents/").count(), 4, "{}", leader.text);
    assert!(leader.subject.contains("4 件"), "{}", leader.subject);
}

#[tokio::test]
async fn a_kill_in_the_middle_of_sending_loses_nothing_and_repeats_only_what_was_in_flight() {
    const KILLS: usize = 3;
    const SLOTS: usize = 4;
    let mut town = Town::with_plans(Smtp::running(), &[1, 2, 3, 4]).await;
    town.relay.misbehave(&json!({"delay": 0.8}));
    town.at("2026-02-27", "08:45:00");
    for kill in 1..=KILLS {
        let before = town.relay.taken().len();
        town.relay
            .wait_for("a mail on its way", |taken| taken.len() > before)
            .await;
        town.world.kill();
        if kill == KILLS {
            town.relay.misbehave(&json!({}));
        }
        // What the dead sender held is free again once its claim has run out.
        town.later(3);
        town.world.start().await;
    }
    let all = |taken: &[Taken]| {
        taken
            .iter()
            .map(|mail| mail.to[0].clone())
            .collect::<BTreeSet<_>>()
            .len()
            == 13
    };
    town.relay.wait_for("thirteen people reached", all).await;
    town.later(3);
    tokio::time::sleep(QUIET).await;
    let taken = town.relay.taken();
    let mut ids: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
    for mail in &taken {
        ids.entry(&mail.to[0]).or_default().insert(&mail.message_id);
    }
    assert_eq!(ids.len(), 13);
    for (person, ids) in &ids {
        assert_eq!(ids.len(), 1, "{person} has copies that look different: {ids:?}");
    }
    assert!(taken.len() <= 13 + KILLS * SLOTS, "{} mails for 13 people", taken.len());
}

#[tokio::test]
async fn a_relay_that_is_away_refuses_or_stays_silent_holds_up_only_what_concerns_it() {
    let mut town = Town::with_plans(Smtp::reserve(), &[1, 2, 3]).await;

    // Nobody listens: everything waits and says why.
    town.at("2026-02-10", "09:00:00");
    let waiting = until(&town.world, "waiting", "connect").await;
    assert!(waiting.contains("drafter.1"), "{waiting}");
    town.relay.start();
    town.later(2);
    town.expect(0, &["drafter.1", "drafter.2", "drafter.3"]).await;

    // One address is put off, the others are not held up; the second try succeeds.
    town.relay
        .misbehave(&json!({"rcpt": {"drafter.1@district.example": "450 4.2.0 later"}}));
    town.at("2026-02-12", "09:00:00");
    town.expect(3, &["drafter.2", "drafter.3"]).await;
    until(&town.world, "waiting", "450").await;
    town.relay.misbehave(&json!({}));
    town.later(2);
    town.expect(5, &["drafter.1"]).await;

    // One address is refused for good: given up, shown, tried again when the administrator says so.
    town.relay
        .misbehave(&json!({"rcpt": {"drafter.2@district.example": "550 5.1.1 no such user"}}));
    town.at("2026-02-13", "09:00:00");
    town.expect(6, &["drafter.1", "drafter.3"]).await;
    until(&town.world, "failed", "550").await;
    town.later(120);
    town.expect(8, &[]).await;
    town.relay.misbehave(&json!({}));
    let admin = sysadmin(&town.world).await;
    let page = admin.get("/admin/reminders?state=failed").await;
    let forms = page.forms();
    let retry = forms
        .into_iter()
        .find(|form| form.action.ends_with("/retry"))
        .expect("a retry button");
    let again = admin.send(retry).await;
    assert!(again.status.is_success(), "{}", again.text());
    town.expect(8, &["drafter.2"]).await;

    // Silence in each phase: the sender gives up on the try in two seconds, and the mail comes later.
    let mut sent = 9;
    for (phase, day) in [
        ("greeting", "2026-02-24"),
        ("rcpt", "2026-02-25"),
        ("data", "2026-02-26"),
    ] {
        town.relay.misbehave(&json!({"silent": phase}));
        town.at(day, "09:00:00");
        until(&town.world, "waiting", "no answer within 2 s").await;
        town.relay.misbehave(&json!({}));
        let reached = |taken: &[Taken]| {
            let new = taken.get(sent..).unwrap_or_default();
            let new: BTreeSet<&str> = new.iter().map(|mail| name(&mail.to[0])).collect();
            ["drafter.1", "drafter.2", "drafter.3"]
                .iter()
                .all(|drafter| new.contains(drafter))
        };
        // A try that was under way when the clock moved counts its minute from then.
        for _ in 0..10 {
            town.later(2);
            tokio::time::sleep(QUIET).await;
            if reached(&town.relay.taken()) {
                break;
            }
        }
        let taken = town.relay.taken();
        assert!(reached(&taken), "silence at {phase}: {} mails", taken.len());
        sent = taken.len();
    }
}

/// The queue as the administrator sees it, once it says `words`.
async fn until(world: &World, state: &str, words: &str) -> String {
    // Signed in anew: the clock moves by weeks, and sessions end.
    let admin = sysadmin(world).await;
    let mut text = String::new();
    for _ in 0..100 {
        text = admin.get(&format!("/admin/reminders?state={state}")).await.text();
        if text.contains(words) {
            return text;
        }
        tokio::time::sleep(Duration::from_millis(200)).await;
    }
    panic!("the queue never said {words}: {text}");
}

async fn sysadmin(world: &World) -> Visitor {
    let admin = world.guest();
    let login = admin.get("/admin/reminders").await;
    let form = login
        .form("/login")
        .with("username", "sysadmin.5")
        .with("password", PASSWORD);
    let page = admin.send(form).await;
    assert!(page.path.starts_with("/admin/reminders"), "{}", page.text());
    admin
}

#[tokio::test]
async fn ticking_twice_makes_nothing_twice_and_what_was_not_delivered_goes_into_the_next_digest() {
    let folder = tempfile::tempdir().expect("folder");
    let district = District::build(&format!("sqlite:{}/d.db", folder.path().display())).await;
    district.filled_plan(2).await;
    let at = |text: &str| district.clock.set(text.parse().expect("instant"));
    // Due on 20 March 2026: three working days before is Tuesday the 17th, one before Thursday the 19th.
    at("2026-03-06T00:30:00Z");
    assert_eq!(district.service.tick().await.expect("tick").mails, 1, "ten before");
    at("2026-03-17T00:29:00Z");
    assert_eq!(district.service.tick().await.expect("tick").mails, 0);
    at("2026-03-17T00:30:00Z");
    let ticked = district.service.tick().await.expect("tick");
    assert_eq!((ticked.occurrences, ticked.mails), (1, 1));
    assert_eq!(district.service.tick().await.expect("tick").mails, 0);
    // Nobody delivered it: the next digest takes it over, the old row is done with.
    at("2026-03-19T00:31:00Z");
    assert_eq!(district.service.tick().await.expect("tick").mails, 1);
    let claims = district.service.claim_mails(10).await.expect("claim");
    assert_eq!(claims.len(), 1);
    let mail = district.service.prepare_mail(&claims[0]).await.expect("prepare");
    let Some(duban_service::outbox::MailContent::Digest(digest)) = mail.map(|mail| mail.content) else {
        panic!("a digest");
    };
    assert_eq!((digest.own.len(), digest.own[0].left), (1, Some(1)));
    // Somebody else does not get it while we hold it, and does once our claim ran out.
    assert!(district.service.claim_mails(10).await.expect("claim").is_empty());
    at("2026-03-19T00:34:00Z");
    let others = district.service.claim_mails(10).await.expect("claim");
    assert_eq!(others.len(), 1);
    let sent = || duban_service::outbox::Tried::Sent("a@b.example".to_owned());
    assert!(
        !district
            .service
            .finish_mail(&claims[0], None, sent())
            .await
            .expect("old claim")
    );
    assert!(
        district
            .service
            .finish_mail(&others[0], None, sent())
            .await
            .expect("new claim")
    );
}
