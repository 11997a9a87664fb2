//! What a relay does, and what the outbox makes of it.

use super::*;

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
async fn silence_in_any_phase_costs_one_try_of_two_seconds() {
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
    // A limit that is not the one that was set is seen.
    let mut longer = relay(&server);
    longer.retain(|(key, _)| *key != "DUBAN_SMTP_REPLY_SECONDS");
    longer.push(("DUBAN_SMTP_REPLY_SECONDS", "3".to_owned()));
    let slow = app(&office.district, &longer);
    server.misbehave(&json!({"silent": "rcpt"}));
    let started = Instant::now();
    for channel in channels(&slow) {
        channel.send_waiting(&slow).await.expect("send");
    }
    assert!(started.elapsed() >= Duration::from_secs(3));
    let waiting = office.mails(&[MailState::Waiting]).await;
    let told = waiting.iter().filter_map(|mail| mail.error.as_deref());
    assert!(
        !told.into_iter().any(|error| error.contains("no answer within 2 s")),
        "{waiting:?}"
    );
}

#[tokio::test]
async fn a_lost_answer_repeats_the_same_mail_and_not_before_five_minutes() {
    let server = Smtp::running();
    let office = Office::open(&relay(&server), &[1, 2, 3]).await;
    office.at(MORNING);
    // The relay takes the text and drops the connection: nobody knows. Not again before five minutes.
    server.misbehave(&json!({"drop": true}));
    office.run().await;
    assert_eq!(server.taken().len(), 3);
    server.misbehave(&json!({}));
    office.later(4);
    office.run().await;
    assert_eq!(server.taken().len(), 3, "too early");
    office.later(2);
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
    let theirs = |refused: &str| {
        let lost = server.arrived().iter().filter(|(to, _)| to == refused).count();
        server.arrived().len() - lost
    };
    assert_eq!(theirs("drafter.2@district.example"), 40, "the other two have theirs");
    // One more that went to nobody is seen.
    assert_eq!(theirs("drafter.1@district.example"), 20);
    for who in ["drafter.2", "deputy.2", "head.2", "sysadmin.5"] {
        assert_eq!(office.unread(who).await, 20, "{who}");
    }
    for who in ["deputy.1", "drafter.3"] {
        assert_eq!(office.unread(who).await, 0, "{who}");
    }
}

#[tokio::test]
async fn one_poisonous_row_among_many_is_shown_and_the_rest_go_on() {
    let server = Smtp::running();
    let office = Office::open(&relay(&server), &[1]).await;
    office.at(MORNING);
    let now = office.district.service.moment().now;
    let to = office.district.person("drafter.1").await.person;
    let mails = duban_tests::proof::count(40, 1_000);
    for number in 0..mails {
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
    assert_eq!(server.taken().len(), mails - 1);
    assert_eq!(office.mails(&[MailState::Failed]).await.len(), 1);
}
