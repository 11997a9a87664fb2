//! Mail and messages to groups as real servers receive them: certificates, accounts, silence, lost answers, what comes
//! back. The program's parts run inside the test, so that time is moved without waiting.

use chrono::TimeDelta;
use duban_core::id::PersonId;
use duban_service::bounce::{Report, Taken};
use duban_service::outbox::{Mail, MailState};
use duban_store::Connection;
use duban_store::outbox;
use duban_tests::certificate::{Certificate, certificate, dkim_key};
use duban_tests::district::{District, PASSWORD, send_back, submit};
use duban_tests::smtp::{Smtp, Taken as Received, python};
use duban_tests::visitor::Visitor;
use duban_tests::world::free_port;
use duban_web::app::App;
use duban_web::channel::channels;
use duban_web::config::Layers;
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};
use std::io::{BufRead as _, BufReader};
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

/// A district whose plans are due on 13 February 2026, and the program's ways out of it.
struct Office {
    district: District,
    app: App,
    folder: tempfile::TempDir,
}

impl Office {
    async fn open(settings: &[(&str, String)], units: &[i64]) -> Self {
        let folder = tempfile::tempdir().expect("folder");
        let district = District::build(&format!("sqlite://{}/d.db", folder.path().display())).await;
        district
            .service
            .store()
            .schema()
            .execute_unprepared("UPDATE campaign SET plan_due = '2026-02-13'")
            .await
            .expect("due date");
        for unit in units {
            district.filled_plan(*unit).await;
        }
        let app = app(&district, settings);
        Self { district, app, folder }
    }

    fn at(&self, instant: &str) {
        self.district.clock.set(instant.parse().expect("instant"));
    }

    fn later(&self, minutes: i64) {
        let now = self.district.service.moment().now;
        self.district.clock.set(now + TimeDelta::minutes(minutes));
    }

    /// Makes the reminders that are due and sends everything that waits, on every way.
    async fn run(&self) {
        let robots: Vec<&str> = self.app.config.robots.list.iter().map(|robot| robot.kind).collect();
        self.app.service.tick_groups(&robots).await.expect("groups");
        self.app.service.tick().await.expect("tick");
        for channel in channels(&self.app) {
            channel.send_waiting(&self.app).await.expect("send");
        }
    }

    async fn mails(&self, states: &[MailState]) -> Vec<Mail> {
        outbox::list(self.district.service.store().read(), states, None, 10_000)
            .await
            .expect("mails")
    }

    async fn unread(&self, username: &str) -> u64 {
        let caller = self.district.person(username).await;
        self.app.service.unread_alerts(caller.person).await.expect("alerts")
    }

    async fn sql(&self, statement: &str) {
        self.district
            .service
            .store()
            .schema()
            .execute_unprepared(statement)
            .await
            .expect("statement");
    }
}

fn app(district: &District, settings: &[(&str, String)]) -> App {
    let variables = settings.iter().map(|(key, value)| ((*key).to_owned(), value.clone()));
    let config = Layers::defaults()
        .environment(variables)
        .expect("settings")
        .read()
        .expect("config");
    duban_web::serve::app(config, district.service.clone()).expect("app")
}

fn relay(relay: &Smtp) -> Vec<(&'static str, String)> {
    relay.environment()
}

/// The morning on which the drafters' plans are due in three working days.
const MORNING: &str = "2026-02-10T01:00:00Z";

#[tokio::test]
async fn two_hundred_mails_with_hostile_names_are_well_formed_signed_and_open_in_other_readers() {
    let server = Smtp::running();
    let keys = tempfile::tempdir().expect("folder");
    let (key, public) = dkim_key(keys.path());
    let mut settings = relay(&server);
    settings.push(("DUBAN_DKIM_DOMAIN", "district.example".to_owned()));
    settings.push(("DUBAN_DKIM_KEY_FILE", key.display().to_string()));
    let office = Office::open(&settings, &[1, 2, 3, 4]).await;
    let evil = [
        "张三\r\nBcc: evil@evil.example",
        "李\0四",
        "\u{202E}五王",
        "=?utf-8?B?QmNj?=",
        "\"a\" <b@c.example>, d",
        "长".repeat(4_000).as_str(),
        "赵六\r\n\r\n正文",
        "<script>alert(1)</script>",
        "a\tb\u{b}c\u{85}d\u{2028}e",
        "😀 龘 𠮷",
        "{{base_url}} {{{x}}}",
        "Bcc: x@y.example",
    ]
    .map(str::to_owned);
    for (index, text) in evil.iter().enumerate() {
        let hex: String = text.bytes().map(|byte| format!("{byte:02x}")).collect();
        office
            .sql(&format!(
                "UPDATE person SET name = CAST(x'{hex}' AS TEXT) WHERE id % {} = {index}",
                evil.len()
            ))
            .await;
        office
            .sql(&format!(
                "UPDATE document SET title = CAST(x'{hex}' AS TEXT) || '计划' WHERE id % 4 = {}",
                index % 4
            ))
            .await;
        office.sql(&"UPDATE person SET locale = 'en' WHERE id % 3 = 0").await;
        // Working days after the last day: everybody up to the leader hears of it.
        for _ in 0..2 {
            let day = office.district.service.moment().day;
            if day < "2026-02-26".parse().expect("day") {
                office.at("2026-02-26T01:00:00Z");
            } else {
                office.later(24 * 60);
            }
            office.run().await;
        }
        if server.taken().len() >= 200 {
            break;
        }
    }
    // Acts make mails too, and these end entries in calendars.
    office.run().await;
    let taken = server.taken();
    assert!(taken.len() >= 200, "{} mails only", taken.len());
    assert!(office.mails(&[MailState::Failed, MailState::Waiting]).await.is_empty());
    let files = keys.path().join("ics");
    std::fs::create_dir(&files).expect("folder");
    let judged = Command::new(python())
        .arg(duban_tests::world::root().join("tests/support/mail_judge.py"))
        .arg(server.spool())
        .arg(&public)
        .arg(&files)
        .output()
        .expect("judge");
    let said = String::from_utf8_lossy(&judged.stdout);
    assert_eq!(said.trim(), "judged", "{}", String::from_utf8_lossy(&judged.stderr));
    let library = duban_tests::world::root().join("target/test-tools/node_modules/ical.js/dist/ical.js");
    let library = std::env::var_os("DUBAN_TEST_ICAL").map_or(library, Into::into);
    let judged = Command::new("node")
        .arg(duban_tests::world::root().join("tests/support/ics_judge.mjs"))
        .arg(library)
        .arg(&files)
        .output()
        .expect("node");
    let said = String::from_utf8_lossy(&judged.stdout);
    let opened: usize = said
        .trim()
        .strip_prefix("opened ")
        .and_then(|n| n.parse().ok())
        .unwrap_or_else(|| panic!("{said} {}", String::from_utf8_lossy(&judged.stderr)));
    assert!(opened > 20, "{opened} entries");
    // The judge sees what it should: one byte of one mail changed.
    let spoiled = keys.path().join("spoiled");
    let text = std::fs::read_to_string(server.spool()).expect("spool");
    let mut row: Value = serde_json::from_str(text.lines().next().expect("a mail")).expect("row");
    let raw = row["raw"].as_str().expect("raw").to_owned();
    // Base 64 of the body: another letter near the end is another byte there.
    let at = raw.len() - 40;
    let other = if &raw[at..=at] == "A" { "B" } else { "A" };
    row["raw"] = format!("{}{other}{}", &raw[..at], &raw[at + 1..]).into();
    std::fs::write(&spoiled, row.to_string()).expect("spoiled");
    let judged = Command::new(python())
        .arg(duban_tests::world::root().join("tests/support/mail_judge.py"))
        .args([&spoiled, Path::new(&public), &files])
        .output()
        .expect("judge");
    assert!(
        String::from_utf8_lossy(&judged.stdout).contains("DKIM"),
        "the judge is blind"
    );
}

#[tokio::test]
async fn the_same_calendar_entry_is_sent_moved_and_cancelled_and_mails_of_a_paper_are_one_thread() {
    let server = Smtp::running();
    let office = Office::open(&relay(&server), &[1]).await;
    office.at(MORNING);
    office.run().await;
    let first = server.taken();
    let raw = |mail: &Received| String::from_utf8(base64(&mail.raw)).expect("ASCII");
    let ics = |mail: &Received| mail.calendar.join("\n");
    assert!(
        ics(&first[0]).contains("METHOD:PUBLISH") && ics(&first[0]).contains("SEQUENCE:0"),
        "{}",
        ics(&first[0])
    );
    let uid = line(&ics(&first[0]), "UID:");
    // The day moves: the same entry, changed.
    office.sql("UPDATE seat SET due_on = '2026-02-14'").await;
    office.sql("UPDATE document SET due_on = '2026-02-14'").await;
    office.at("2026-02-11T01:00:00Z");
    office.run().await;
    let moved = server.taken();
    let moved = moved[1..]
        .iter()
        .find(|mail| mail.to == first[0].to)
        .expect("a second mail");
    assert_eq!(line(&ics(moved), "UID:"), uid);
    assert!(
        ics(moved).contains("SEQUENCE:1") && ics(moved).contains("20260215"),
        "{}",
        ics(moved)
    );
    // Done, and then sent back: the entry is gone with the next mail, which belongs to the same thread.
    let plan = duban_core::id::DocumentId(1);
    office.district.act("drafter.1", plan, submit()).await.expect("submit");
    let before = server.taken().len();
    office.sql("UPDATE seat SET due_on = '2026-03-20'").await;
    office
        .district
        .act("deputy.1", plan, send_back())
        .await
        .expect("return");
    office
        .district
        .act("drafter.1", plan, submit())
        .await
        .expect("submit again");
    office.run().await;
    let told = server.taken().split_off(before);
    let told = told
        .iter()
        .find(|mail| mail.subject.contains("退回"))
        .expect("the return");
    assert!(
        ics(told).contains("METHOD:CANCEL") && ics(told).contains("STATUS:CANCELLED"),
        "{}",
        ics(told)
    );
    assert_eq!(line(&ics(told), "UID:"), uid);
    let thread = line(&raw(&first[0]), "References:");
    assert!(
        !thread.is_empty() && thread == line(&raw(told), "References:") && thread == line(&raw(told), "In-Reply-To:")
    );
}

fn line(text: &str, name: &str) -> String {
    let unfolded = text.replace("\r\n ", "").replace("\n ", "");
    let found = unfolded
        .lines()
        .find_map(|line| line.strip_prefix(name).map(|value| value.trim().to_owned()));
    found.unwrap_or_default()
}

fn base64(text: &str) -> Vec<u8> {
    use std::io::Write as _;
    let mut child = Command::new("base64")
        .arg("-d")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .expect("base64");
    child
        .stdin
        .take()
        .expect("stdin")
        .write_all(text.as_bytes())
        .expect("write");
    child.wait_with_output().expect("base64").stdout
}

#[tokio::test]
async fn a_relay_that_cannot_show_who_it_is_gets_neither_password_nor_mail() {
    let folder = tempfile::tempdir().expect("folder");
    let make = |file: &str, name: &str, over| certificate(folder.path(), file, name, over);
    let good = make("good", "IP:127.0.0.1", false);
    let other = make("other", "DNS:other.example", false);
    let over = make("over", "IP:127.0.0.1", true);
    // What the relay shows, how it speaks, what we trust.
    let cases: [(&str, &Certificate, &'static str, Option<&Certificate>); 5] = [
        ("nobody vouches for it", &good, "starttls", None),
        ("nobody vouches for it", &good, "tls", None),
        ("another name", &other, "starttls", Some(&other)),
        ("over", &over, "tls", Some(&over)),
        ("no TLS at all", &good, "starttls-missing", Some(&good)),
    ];
    let settings = |server: &Smtp, tls: &str, trusted: Option<&Certificate>| {
        let mut settings = relay(server);
        settings.push(("DUBAN_SMTP_TLS", tls.to_owned()));
        settings.push(("DUBAN_SMTP_USER", "duban".to_owned()));
        settings.push(("DUBAN_SMTP_PASSWORD", "secret".to_owned()));
        if let Some(trusted) = trusted {
            settings.push(("DUBAN_SMTP_CA_FILE", trusted.certificate.display().to_string()));
        }
        settings
    };
    let first = Smtp::with_tls(good.certificate.clone(), good.key.clone(), "starttls");
    let office = Office::open(&settings(&first, "starttls", None), &[1]).await;
    office.at(MORNING);
    for (what, shown, mode, trusted) in cases {
        let server = Smtp::with_tls(shown.certificate.clone(), shown.key.clone(), mode);
        let tls = if mode == "tls" { "tls" } else { "starttls" };
        let office = Office {
            app: app(&office.district, &settings(&server, tls, trusted)),
            district: District {
                service: office.district.service.clone(),
                clock: office.district.clock.clone(),
                campaign: office.district.campaign,
            },
            folder: tempfile::tempdir().expect("folder"),
        };
        office.run().await;
        assert_eq!(server.commands(), Vec::<String>::new(), "{what} by {mode}");
        let waiting = office.mails(&[MailState::Waiting]).await;
        assert!(
            !waiting.is_empty() && waiting.iter().all(|mail| mail.error.is_some()),
            "{what}: {waiting:?}"
        );
        office.later(61);
    }
    // The same relay with its certificate trusted: account and mails arrive, so the counts above mean something.
    for mode in ["starttls", "tls"] {
        let server = Smtp::with_tls(good.certificate.clone(), good.key.clone(), mode);
        let app = app(&office.district, &settings(&server, mode, Some(&good)));
        office.later(61);
        office
            .sql("UPDATE outbox SET state = 'waiting', lease_until = NULL")
            .await;
        for channel in channels(&app) {
            channel.send_waiting(&app).await.expect("send");
        }
        assert!(
            server.commands().contains(&"AUTH".to_owned()),
            "{mode}: {:?}",
            office.mails(&[MailState::Waiting]).await
        );
        assert!(!server.taken().is_empty());
    }
}

#[tokio::test]
async fn silence_costs_one_try_and_a_lost_answer_repeats_the_same_mail_after_five_minutes() {
    let server = Smtp::running();
    let office = Office::open(&relay(&server), &[1, 2, 3]).await;
    office.at(MORNING);
    for phase in ["greeting", "ehlo", "mail", "rcpt", "data"] {
        server.misbehave(&json!({"silent": phase}));
        let started = Instant::now();
        office.run().await;
        assert!(
            started.elapsed() < Duration::from_secs(5),
            "{phase}: {:?}",
            started.elapsed()
        );
        let waiting = office.mails(&[MailState::Waiting]).await;
        assert_eq!(waiting.len(), 3, "{phase}");
        for mail in &waiting {
            assert!(
                mail.error
                    .as_deref()
                    .is_some_and(|error| error.contains("no answer within 2 s")),
                "{phase}: {mail:?}"
            );
        }
        office.later(70);
    }
    // The relay takes the text and drops the connection: nobody knows. Not again before five minutes.
    server.misbehave(&json!({"drop": true}));
    office.run().await;
    assert_eq!(server.taken().len(), 3);
    server.misbehave(&json!({}));
    office.later(4);
    office.run().await;
    assert_eq!(server.taken().len(), 3, "too early");
    office.later(70);
    office.run().await;
    let taken = server.taken();
    assert_eq!(taken.len(), 6, "every mail twice at most");
    let ids: BTreeSet<&str> = taken.iter().map(|mail| mail.message_id.as_str()).collect();
    assert_eq!(ids.len(), 3, "and the copies are the same mail");
    assert!(office.mails(&[MailState::Waiting, MailState::Failed]).await.is_empty());
}

#[tokio::test]
async fn what_is_refused_is_shown_in_the_system_and_every_mail_is_somewhere() {
    let server = Smtp::running();
    let office = Office::open(&relay(&server), &[1, 2, 3]).await;
    for round in 0..20 {
        office.at(MORNING);
        office.later(round);
        let now = office.district.service.moment().now;
        for unit in 1..=3 {
            let to = office.district.person(&format!("drafter.{unit}")).await.person;
            let mail = outbox::NewMail {
                kind: "told",
                person: to,
                payload: told(),
                message_id: format!("round{round}.{unit}@test.duban"),
            };
            outbox::add(office.district.service.store().schema(), &mail, now)
                .await
                .expect("mail");
        }
        server.misbehave(&json!({"rcpt": {"drafter.2@district.example": "550 5.1.1 no such user"}}));
        for channel in channels(&office.app) {
            channel.send_waiting(&office.app).await.expect("send");
        }
        let counts: BTreeMap<_, _> = outbox::counts(office.district.service.store().read())
            .await
            .expect("counts")
            .into_iter()
            .collect();
        assert_eq!(
            counts[&MailState::Sent],
            2 * (round as u64 + 1),
            "the other two have theirs"
        );
        assert_eq!(counts[&MailState::Failed], round as u64 + 1);
        assert_eq!(counts[&MailState::Waiting], 0);
    }
    let failed = office.mails(&[MailState::Failed]).await;
    assert!(failed.iter().all(|mail| mail.attempts == 1), "no second try");
    for who in ["drafter.2", "deputy.2", "head.2", "sysadmin.5"] {
        assert_eq!(office.unread(who).await, 20, "{who}");
    }
    for who in ["deputy.1", "drafter.3"] {
        assert_eq!(office.unread(who).await, 0, "{who}");
    }
}

fn told() -> Value {
    json!({"mail": "told", "topic": "returned", "document": 1, "stage": "draft", "by": null, "at": "2026-02-10T00:00:00Z", "note": null, "reasons": []})
}

#[tokio::test]
async fn one_poisonous_row_among_many_is_shown_and_the_rest_go_on() {
    let server = Smtp::running();
    let office = Office::open(&relay(&server), &[1]).await;
    office.at(MORNING);
    let now = office.district.service.moment().now;
    let to = office.district.person("drafter.1").await.person;
    for number in 0..40 {
        let payload = if number == 7 {
            json!({"mail": "told", "topic": "nonsense"})
        } else {
            told()
        };
        let mail = outbox::NewMail {
            kind: "told",
            person: to,
            payload,
            message_id: format!("poison{number}@test.duban"),
        };
        outbox::add(office.district.service.store().schema(), &mail, now)
            .await
            .expect("mail");
    }
    for channel in channels(&office.app) {
        channel.send_waiting(&office.app).await.expect("send");
    }
    assert_eq!(server.taken().len(), 39);
    assert_eq!(office.mails(&[MailState::Failed]).await.len(), 1);
}

#[tokio::test]
async fn an_address_that_bounced_gets_no_mail_until_somebody_says_so_and_forged_reports_do_nothing() {
    let server = Smtp::running();
    let mut settings = relay(&server);
    settings.push(("DUBAN_MAIL_DOMAINS", "district.example".to_owned()));
    let office = Office::open(&settings, &[1, 2]).await;
    office.at(MORNING);
    office.run().await;
    let sent = server.taken();
    let mine = sent
        .iter()
        .find(|mail| mail.to[0].starts_with("drafter.1"))
        .expect("drafter.1");
    let id = mine.message_id.trim_matches(['<', '>']).to_owned();
    let report = |id: &str, to: &str, status: &str| Report {
        message_id: id.to_owned(),
        recipient: to.to_owned(),
        action: "failed".to_owned(),
        status: status.to_owned(),
        diagnostic: "no such user".to_owned(),
    };
    let take = async |report: Report| office.app.service.take_report(&report).await.expect("report");
    assert_eq!(
        take(report("x@y.example", "drafter.1@district.example", "5.1.1")).await,
        Taken::Unknown
    );
    assert_eq!(
        take(report(&id, "drafter.2@district.example", "5.1.1")).await,
        Taken::Unknown
    );
    assert_eq!(
        take(report(&id, "drafter.1@district.example", "4.4.7")).await,
        Taken::Noted
    );
    assert_eq!(office.unread("deputy.1").await, 0);
    // A whole report, as a mail server lays it into a folder; and an out-of-office answer beside it.
    let maildir = office.folder.path().join("maildir");
    for part in ["new", "cur", "tmp"] {
        std::fs::create_dir_all(maildir.join(part)).expect("maildir");
    }
    let dsn = format!(
        "Content-Type: multipart/report; report-type=delivery-status; boundary=B\r\n\r\n--B\r\nContent-Type: message/delivery-status\r\n\r\n\
        Reporting-MTA: dns; mx.example\r\n\r\nFinal-Recipient: rfc822; drafter.1@district.example\r\nAction: failed\r\nStatus: 5.1.1\r\n\r\n\
        --B\r\nContent-Type: message/rfc822\r\n\r\nMessage-ID: <{id}>\r\n\r\nx\r\n--B--\r\n"
    );
    std::fs::write(maildir.join("new/1"), dsn).expect("report");
    std::fs::write(
        maildir.join("new/2"),
        "Subject: away\r\nAuto-Submitted: auto-replied\r\n\r\nbye\r\n",
    )
    .expect("answer");
    duban_web::mail::bounce::read_maildir(&office.app.service, &maildir)
        .await
        .expect("maildir");
    assert_eq!(std::fs::read_dir(maildir.join("new")).expect("new").count(), 0);
    for who in ["drafter.1", "deputy.1", "head.1", "sysadmin.5"] {
        assert_eq!(office.unread(who).await, 1, "{who}");
    }
    let before = server.taken().len();
    office.at("2026-02-12T01:00:00Z");
    office.run().await;
    let new = server.taken().split_off(before);
    assert!(
        !new.is_empty() && new.iter().all(|mail| !mail.to[0].starts_with("drafter.1")),
        "{new:?}"
    );
    // The administrator says it is right again.
    let admin = office.district.person("sysadmin.5").await;
    let whose: PersonId = office.district.person("drafter.1").await.person;
    assert!(
        office
            .app
            .service
            .trust_address(&office.district.person("deputy.1").await, whose)
            .await
            .is_err()
    );
    office.app.service.trust_address(&admin, whose).await.expect("trust");
    let failed = office.mails(&[MailState::Failed]).await;
    for mail in &failed {
        office.app.service.retry_mail(&admin, mail.id).await.expect("retry");
    }
    let before = server.taken().len();
    office.run().await;
    assert!(
        server.taken()[before..]
            .iter()
            .any(|mail| mail.to[0].starts_with("drafter.1"))
    );
    // A domain that is not on the list is refused where it is entered, and at sending if it got in before.
    let drafter = office.district.person("drafter.2").await;
    for (address, taken) in [
        ("a@district.example", true),
        ("a@sub.district.example", true),
        ("a@evil-district.example", false),
        ("a@gmail.example", false),
    ] {
        assert_eq!(
            office
                .app
                .service
                .change_profile(&drafter, address, "zh-CN")
                .await
                .is_ok(),
            taken,
            "{address}"
        );
    }
    office
        .sql("UPDATE person SET email = 'x@elsewhere.example' WHERE username = 'drafter.2'")
        .await;
    let before = server.taken().len();
    office.at("2026-02-13T01:00:00Z");
    office.run().await;
    assert!(
        server.taken()[before..]
            .iter()
            .all(|mail| mail.to[0] != "x@elsewhere.example")
    );
    let refused = office.mails(&[MailState::Failed]).await;
    assert!(
        refused
            .iter()
            .any(|mail| mail.error.as_deref() == Some("domain_refused"))
    );
}

#[tokio::test]
async fn links_of_mails_change_nothing_when_opened_and_the_stream_ends_with_the_server() {
    let server = Smtp::running();
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("port");
    let address = listener.local_addr().expect("address").to_string();
    let mut settings = relay(&server);
    settings.push(("DUBAN_LISTEN", address.clone()));
    let office = Office::open(&settings, &[1, 2]).await;
    let (stop, stopped) = tokio::sync::oneshot::channel::<()>();
    let running = tokio::spawn(duban_web::serve::run(
        office.app.clone(),
        listener,
        async { Ok(()) },
        async {
            let _ = stopped.await;
        },
    ));
    let url = format!("http://{address}");
    let person = office.district.person("drafter.1").await.person;
    let link = duban_web::mail::unsubscribe::address(&office.app, person)
        .await
        .expect("link");
    let muted = async || {
        let caller = office.district.person("drafter.1").await;
        let rules = office.app.service.own_reminders(&caller).await.expect("rules");
        rules.iter().filter(|(_, off)| *off).count()
    };
    // A scanner without cookies opens every link and sends every form it finds.
    let scanner = Visitor::new(&url);
    let state = async || {
        let mut seen = String::new();
        for table in ["event", "audit", "session", "outbox", "setting", "document", "alert"] {
            let statement = sea_orm::Statement::from_string(
                sea_orm::DbBackend::Sqlite,
                format!("SELECT count(*) AS n FROM {table}"),
            );
            let row = sea_orm::ConnectionTrait::query_one_raw(office.district.service.store().schema(), statement)
                .await
                .expect("count")
                .expect("row");
            seen += &format!("{table} {} ", row.try_get::<i64>("", "n").expect("number"));
        }
        seen
    };
    tokio::time::sleep(Duration::from_millis(500)).await;
    let before = state().await;
    for path in ["/documents/1", "/documents/2", "/inbox", "/findings/1"] {
        let page = scanner.get(path).await;
        assert!(page.path.starts_with("/login"), "{path} led to {}", page.path);
        assert!(
            !page.says("工作计划") || !page.says("区统筹局"),
            "business words before signing in"
        );
        for form in page.forms() {
            let _ = scanner.send(form).await;
        }
    }
    let path = link.strip_prefix(&url).expect("own link");
    let page = scanner.get(path).await;
    assert!(page.has_form(path), "{}", page.text());
    assert_eq!(muted().await, 0, "opening changes nothing");
    assert_eq!(state().await, before, "nothing changed");
    // RFC 8058: no cookies, one field.
    let client = reqwest::Client::new();
    let click = async |link: &str| {
        client
            .post(link)
            .form(&[("List-Unsubscribe", "One-Click")])
            .send()
            .await
            .expect("answer")
            .status()
            .as_u16()
    };
    let forged = link.replace(&format!("/{person}-"), "/999-");
    assert_eq!(click(&forged).await, 401);
    assert_eq!(
        click(&format!("{}0", &link[..link.len() - 1])).await.min(401),
        click(&format!("{}0", &link[..link.len() - 1])).await.min(401)
    );
    assert_eq!(muted().await, 0);
    assert_eq!(click(&link).await, 200);
    assert!(muted().await > 0);
    // The stream says the count, follows it, and is over within two seconds of a stop.
    let mut reader = Visitor::new(&url);
    reader.sign_in("drafter.1", PASSWORD).await;
    let mut stream = reader
        .client()
        .get(reader.url("/alerts/stream"))
        .send()
        .await
        .expect("stream");
    let first = stream.chunk().await.expect("chunk").expect("an event");
    assert!(String::from_utf8_lossy(&first).contains("data: 0"), "{first:?}");
    office
        .district
        .act("drafter.1", duban_core::id::DocumentId(1), submit())
        .await
        .expect("submit");
    office
        .district
        .act("deputy.1", duban_core::id::DocumentId(1), send_back())
        .await
        .expect("return");
    let next = tokio::time::timeout(Duration::from_secs(8), stream.chunk())
        .await
        .expect("in time")
        .expect("chunk")
        .expect("an event");
    assert!(String::from_utf8_lossy(&next).contains("data: 1"), "{next:?}");
    let page = reader.get("/alerts").await;
    assert!(page.says("被退回"), "{}", page.text());
    reader.send(page.form("/alerts/read")).await;
    assert_eq!(office.unread("drafter.1").await, 0);
    stop.send(()).expect("stop");
    let asked = Instant::now();
    let over = async { while let Ok(Some(_)) = stream.chunk().await {} };
    tokio::time::timeout(Duration::from_secs(2), over)
        .await
        .expect("the stream ends");
    tokio::time::timeout(Duration::from_secs(8), running)
        .await
        .expect("stops")
        .expect("task")
        .expect("run");
    assert!(asked.elapsed() < Duration::from_secs(9));
}

#[tokio::test]
async fn groups_get_one_signed_message_a_working_morning_and_robots_without_a_certificate_none() {
    let folder = tempfile::tempdir().expect("folder");
    let shown = certificate(folder.path(), "robot", "IP:127.0.0.1", false);
    let spool = folder.path().join("spool");
    let port = free_port();
    let mut robot = Command::new(python())
        .arg(duban_tests::world::root().join("tests/support/robot.py"))
        .arg(port.to_string())
        .args([&shown.certificate, &shown.key, &spool])
        .arg("SEC-1")
        .stdout(Stdio::piped())
        .spawn()
        .expect("robot");
    let mut ready = String::new();
    BufReader::new(robot.stdout.take().expect("output"))
        .read_line(&mut ready)
        .expect("ready");
    let base = format!("https://127.0.0.1:{port}");
    let settings = |secret: &str, trusted: bool| {
        let mut settings = vec![
            ("DUBAN_ROBOTS_HOSTS", "127.0.0.1".to_owned()),
            ("DUBAN_ROBOTS_WECOM_URL", format!("{base}/wecom?key={secret}")),
            ("DUBAN_ROBOTS_DINGTALK_URL", format!("{base}/dingtalk?access_token=T")),
            ("DUBAN_ROBOTS_DINGTALK_SECRET", secret.to_owned()),
            ("DUBAN_ROBOTS_FEISHU_URL", format!("{base}/feishu")),
            ("DUBAN_ROBOTS_FEISHU_SECRET", secret.to_owned()),
        ];
        if trusted {
            settings.push(("DUBAN_ROBOTS_CA_FILE", shown.certificate.display().to_string()));
        }
        settings
    };
    let heard = || -> Vec<Value> {
        let text = std::fs::read_to_string(&spool).unwrap_or_default();
        text.lines()
            .map(|line| serde_json::from_str(line).expect("row"))
            .collect()
    };
    let mut office = Office::open(&settings("SEC-1", false), &[1, 2, 3]).await;
    office.at("2026-02-10T00:00:00Z");
    office.run().await;
    assert!(
        heard().is_empty() && office.mails(&[MailState::Waiting]).await.is_empty(),
        "not before half past eight"
    );
    office.at("2026-02-10T01:00:00Z");
    office.run().await;
    assert!(heard().is_empty(), "nobody vouches for the robot");
    office.app = app(&office.district, &settings("wrong", true));
    office.later(2);
    office.run().await;
    assert!(
        heard().iter().all(|row| row["right"] == false) && heard().len() == 3,
        "{:?}",
        heard()
    );
    let waiting = office.mails(&[MailState::Waiting]).await;
    let errors: Vec<_> = waiting.iter().filter_map(|mail| mail.error.as_deref()).collect();
    assert!(
        errors.iter().any(|error| error.contains("310000"))
            && !errors.iter().any(|error| error.contains("access_token")),
        "{errors:?}"
    );
    office.app = app(&office.district, &settings("SEC-1", true));
    office.later(20);
    office.run().await;
    office.run().await;
    let right: Vec<Value> = heard().into_iter().filter(|row| row["right"] == true).collect();
    let paths: BTreeSet<&str> = right.iter().filter_map(|row| row["path"].as_str()).collect();
    assert_eq!((right.len(), paths.len()), (3, 3), "{right:?}");
    let text = right[0]["text"].as_str().unwrap_or_default();
    assert!(text.contains("区统筹局") && text.contains("即将到期 3 件"), "{text}");
    assert!(!text.contains("drafter"), "no names");
    // A day off is silent.
    office.at("2026-02-16T01:00:00Z");
    office.run().await;
    assert_eq!(heard().iter().filter(|row| row["right"] == true).count(), 3);
    robot.kill().expect("kill");
    robot.wait().expect("wait");
}
