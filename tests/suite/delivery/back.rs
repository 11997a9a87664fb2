//! What comes back, and what readers do with links.

use super::*;

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
    // Attempts to sign in are on record, so the audit trail grows.
    let state = async || {
        let mut seen = String::new();
        for table in ["event", "session", "outbox", "setting", "document", "alert"] {
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
    let forged = link.replace(&format!("/{person}z"), "/999z");
    assert_eq!(click(&forged).await, 401);
    let turned = if link.ends_with('0') { '1' } else { '0' };
    assert_eq!(click(&format!("{}{turned}", &link[..link.len() - 1])).await, 401);
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
