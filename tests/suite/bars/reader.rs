//! Programs and people who mean harm, or no harm, around mails: scanners that open every link, names that want to be
//! headers.

use super::greylist::enqueue;
use super::*;
use crate::delivery::{MORNING, Office};
use duban_service::outbox::MailState;
use duban_tests::browser::Browser;
use duban_tests::district::PASSWORD;
use duban_tests::proof::count;
use duban_tests::smtp::Smtp;
use duban_tests::visitor::Visitor;
use duban_tests::world::World;
use fantoccini::Locator;
use std::process::{Command, Stdio};

/// What follows `from` in a text up to a character that no address has.
fn addresses<'a>(text: &'a str, from: &str) -> Vec<&'a str> {
    text.match_indices(from)
        .map(|(at, _)| {
            let rest = &text[at..];
            rest.split(|c: char| c.is_whitespace() || "\"'<>()".contains(c) || !c.is_ascii())
                .next()
                .unwrap_or_default()
        })
        .collect()
}

fn plain(raw: &str) -> String {
    use std::io::Write as _;
    let mut child = Command::new("base64")
        .arg("-d")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .expect("base64");
    let mut input = child.stdin.take().expect("input");
    input.write_all(raw.as_bytes()).expect("write");
    drop(input);
    String::from_utf8_lossy(&child.wait_with_output().expect("base64").stdout).into_owned()
}

/// Everything that somebody could change, except that attempts to sign in are on record.
async fn state(store: &Store) -> Vec<String> {
    let mut seen = Vec::new();
    for table in [
        "event",
        "session",
        "outbox",
        "document",
        "alert",
        "occurrence",
        "person",
        "seat",
    ] {
        seen.push(format!(
            "{table} {}",
            number(store, &format!("SELECT count(*) FROM {table}")).await
        ));
    }
    seen.extend(texts(store, "SELECT key || CAST(value AS TEXT) FROM setting ORDER BY key").await);
    seen.extend(texts(store, "SELECT id || state || attempts FROM outbox ORDER BY id").await);
    seen
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_scanner_that_opens_every_link_of_mails_and_sends_every_form_changes_nothing() {
    let wanted = count(20, 200);
    let relay = Smtp::running();
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("port");
    let address = listener.local_addr().expect("address").to_string();
    let mut settings = relay.environment();
    settings.push(("DUBAN_LISTEN", address.clone()));
    let office = Office::open(&settings, &[1, 2, 3, 4]).await;
    let store = office.district.service.store();
    findings(store, &[day("2026-02-10"); 8]).await;
    office.at(MORNING);
    enqueue(&office, "news", 6).await;
    while relay.arrived().len() < wanted {
        office.run().await;
        office.later(24 * 60);
    }
    assert!(office.mails(&[MailState::Failed]).await.is_empty());
    let (stop, stopped) = tokio::sync::oneshot::channel::<()>();
    let running = tokio::spawn(duban_web::serve::run(
        office.app.clone(),
        listener,
        async { Ok(()) },
        async {
            let _ = stopped.await;
        },
    ));
    tokio::time::sleep(Duration::from_secs(4)).await;
    let url = format!("http://{address}");
    let mut links: BTreeSet<String> = BTreeSet::new();
    for mail in relay.taken().iter().take(wanted) {
        let headers = plain(&mail.raw).replace("\r\n ", "").replace("\r\n\t", "");
        for part in [&mail.html, &mail.text, &headers] {
            links.extend(addresses(part, &url).into_iter().map(str::to_owned));
        }
    }
    let mute: Vec<&String> = links.iter().filter(|link| link.contains("/mail/mute/")).collect();
    assert!(links.len() > 10 && !mute.is_empty(), "{links:?}");
    let mut secret = texts(store, "SELECT title FROM document").await;
    secret.extend(texts(store, "SELECT description FROM finding").await);
    let before = state(store).await;
    let browser = Browser::open(&url, true).await;
    let mut sent = 0;
    for link in &links {
        let mut form = 0;
        loop {
            browser.client.delete_all_cookies().await.expect("no cookies");
            browser.client.goto(link).await.expect("the page loads");
            let text = browser.text().await;
            let told: Vec<_> = secret.iter().filter(|word| text.contains(word.as_str())).collect();
            assert!(told.is_empty(), "{link} shows {told:?}");
            let forms = browser.client.find_all(Locator::Css("form")).await.expect("forms");
            if form >= forms.len() {
                break;
            }
            // As it stands, past whatever the browser would ask of a person.
            let send = format!("HTMLFormElement.prototype.submit.call(document.forms[{form}])");
            browser.client.execute(&send, Vec::new()).await.expect("sent");
            tokio::time::sleep(Duration::from_millis(150)).await;
            form += 1;
            sent += 1;
        }
    }
    assert_eq!(state(store).await, before, "something changed");
    println!(
        "{wanted} mails, {} links, {sent} forms sent, nothing changed",
        links.len()
    );
    // A person who ticks the box is heard, so the comparison sees what it should.
    browser.client.goto(mute[0]).await.expect("the page loads");
    browser.click("input[type=checkbox]").await;
    browser.press("main form button").await;
    assert_ne!(state(store).await, before, "{}", browser.text().await);
    browser.close().await;
    stop.send(()).expect("stop");
    let _ = tokio::time::timeout(Duration::from_secs(10), running).await;
}

/// Texts that try to end a header and begin another, in forty ways.
fn hostile() -> Vec<String> {
    let ends = [
        "\r\n", "\n", "\r", "\r\n\r\n", "\u{85}", "\u{2028}", "\u{b}", "\u{c}", "%0d%0a", "\\r\\n",
    ];
    let headers = [
        "X-Evil: 1",
        "Bcc: evil@evil.example",
        "Location: https://evil.example/",
        "Set-Cookie: a=b",
    ];
    ends.iter()
        .flat_map(|end| headers.iter().map(move |header| format!("甲{end}{header}")))
        .collect()
}

/// The names of the headers before the first empty line.
fn header_names(mail: &str) -> BTreeSet<String> {
    let head = mail.split("\r\n\r\n").next().unwrap_or_default();
    let first = head.split("\r\n").filter(|line| !line.starts_with([' ', '\t']));
    first
        .map(|line| line.split(':').next().unwrap_or_default().to_lowercase())
        .collect()
}

#[tokio::test]
async fn names_and_titles_never_become_headers_of_a_mail() {
    let relay = Smtp::running();
    let office = Office::open(&relay.environment(), &[1, 2, 3]).await;
    office.at(MORNING);
    enqueue(&office, "plain", 3).await;
    office.send().await;
    let usual = header_names(&plain(&relay.taken()[0].raw));
    assert!(usual.contains("subject") && usual.contains("message-id"), "{usual:?}");
    for (index, text) in hostile().iter().enumerate() {
        let hex: String = text.bytes().map(|byte| format!("{byte:02x}")).collect();
        office
            .sql(&format!("UPDATE person SET name = CAST(x'{hex}' AS TEXT)"))
            .await;
        office
            .sql(&format!("UPDATE document SET title = CAST(x'{hex}' AS TEXT)"))
            .await;
        enqueue(&office, &format!("evil{index}n"), 1).await;
        office.send().await;
    }
    let taken = relay.taken();
    assert_eq!(taken.len(), 3 + 40, "{:?}", office.mails(&[MailState::Failed]).await);
    for mail in &taken[3..] {
        let raw = plain(&mail.raw);
        assert_eq!(header_names(&raw), usual, "{raw}");
        assert_eq!(mail.to, ["drafter.1@district.example"]);
        assert!(!raw.replace("\r\n", "").contains(['\r', '\n']), "a bare end of line");
    }
    let planted = "Subject: a\r\nX-Evil: 1\r\n\r\nx";
    assert!(header_names(planted).contains("x-evil"), "the comparison is blind");
}

#[tokio::test]
async fn where_a_form_leads_next_never_becomes_a_header_of_an_answer() {
    let world = World::empty("2026-03-02T09:00:00+08:00").await;
    let mut usual: BTreeSet<String> = BTreeSet::new();
    for (index, next) in std::iter::once("/inbox".to_owned()).chain(hostile()).enumerate() {
        let visitor = world.guest();
        let form = visitor.get("/login").await.form("/login").with("username", "nobody");
        let next = format!("/{}", next.trim_start_matches('/'));
        let form = form.with("password", "wrong").with("next", &next);
        let url = visitor.url(&form.action);
        let refused = visitor
            .client()
            .post(url)
            .form(&form.fields)
            .send()
            .await
            .expect("answer");
        let seen = visitor
            .client()
            .get(visitor.url("/login"))
            .query(&[("next", &next)])
            .send()
            .await
            .expect("answer");
        for answer in [refused, seen] {
            let names: BTreeSet<String> = answer.headers().keys().map(|name| name.as_str().to_owned()).collect();
            assert!(!names.contains("x-evil"), "{next:?}: {names:?}");
            if index == 0 {
                usual.extend(names);
            } else {
                let extra: Vec<_> = names.difference(&usual).collect();
                assert!(extra.is_empty(), "{next:?} made {extra:?}");
            }
        }
    }
}

/// What is wrong with the headers of a download, beside those of a plain one.
fn download_complaints(headers: &reqwest::header::HeaderMap, usual: &BTreeSet<String>) -> Vec<String> {
    let names: BTreeSet<String> = headers.keys().map(|name| name.as_str().to_owned()).collect();
    let mut wrong: Vec<String> = names.difference(usual).map(|name| format!("header {name}")).collect();
    let name = headers.get("content-disposition").map(|name| name.as_bytes().to_vec());
    let name = String::from_utf8_lossy(&name.unwrap_or_default()).into_owned();
    let file = name
        .strip_prefix("attachment; filename=\"")
        .and_then(|rest| rest.strip_suffix('"'));
    let plain = |c: char| c.is_ascii_alphanumeric() || "._-".contains(c);
    if !file.is_some_and(|file| file.contains('.') && file.chars().all(plain)) {
        wrong.push(format!("file name {name}"));
    }
    wrong
}

#[tokio::test]
async fn names_of_downloads_are_plain_whatever_a_paper_a_campaign_or_a_unit_is_called() {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("port");
    let address = listener.local_addr().expect("address").to_string();
    let office = Office::open(&[("DUBAN_LISTEN", address.clone())], &[1]).await;
    office.at(MORNING);
    let store = office.district.service.store();
    let running = duban_web::serve::run(office.app.clone(), listener, async { Ok(()) }, std::future::pending());
    let running = tokio::spawn(running);
    let mut visitor = Visitor::new(&format!("http://{address}"));
    visitor.sign_in("drafter.1", PASSWORD).await;
    let paths = [
        "/documents/1/history.xes",
        "/graph/matrix.xlsx",
        "/workflows/annual-plan/files/bpmn",
    ];
    let get = async |path: &str| {
        let answer = visitor.client().get(visitor.url(path)).send().await.expect("answer");
        assert_eq!(answer.status(), 200, "{path}");
        answer.headers().clone()
    };
    let mut usual = BTreeSet::new();
    for path in paths {
        let headers = get(path).await;
        usual.extend(headers.keys().map(|name| name.as_str().to_owned()));
        assert_eq!(download_complaints(&headers, &usual), Vec::<String>::new(), "{path}");
    }
    for text in hostile() {
        let hex: String = text.bytes().map(|byte| format!("{byte:02x}")).collect();
        for (table, column) in [
            ("document", "title"),
            ("campaign", "title"),
            ("unit", "name"),
            ("person", "name"),
        ] {
            run_sql(
                store,
                &format!("UPDATE {table} SET {column} = CAST(x'{hex}' AS TEXT) || id"),
            )
            .await;
        }
        for path in &paths[..2] {
            assert_eq!(
                download_complaints(&get(path).await, &usual),
                Vec::<String>::new(),
                "{text:?} {path}"
            );
        }
    }
    // A name that was put in as it is, and a header that got in, are seen.
    let mut headers = get(paths[0]).await;
    headers.insert(
        "content-disposition",
        "attachment; filename=\"a\"; x=\"b.xes\"".parse().expect("value"),
    );
    headers.insert("x-evil", "1".parse().expect("value"));
    assert_eq!(download_complaints(&headers, &usual).len(), 2);
    running.abort();
}
