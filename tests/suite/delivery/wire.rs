//! Mails as other readers see them: form, signature, calendar files, threads.

use super::*;

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
        office.sql("UPDATE person SET locale = 'en' WHERE id % 3 = 0").await;
        // Working days after the last day: everybody up to the leader hears of it.
        for _ in 0..4 {
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
    // The judge sees what it should: the same mails with another key.
    let (_, stranger) = dkim_key(&files);
    let judged = Command::new(python())
        .arg(duban_tests::world::root().join("tests/support/mail_judge.py"))
        .arg(server.spool())
        .arg(stranger)
        .arg(&files)
        .output()
        .expect("judge");
    let complaints = String::from_utf8_lossy(&judged.stdout).matches("DKIM").count();
    assert_eq!(complaints, taken.len(), "the judge is blind");
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
