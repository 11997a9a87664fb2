//! What every answer carries, whatever it is about, and what the browser asks of other hosts: nothing.

use duban_tests::world::World;
use reqwest::StatusCode;

const AT: &str = "2026-03-02T09:00:00+08:00";

#[tokio::test]
async fn every_answer_carries_the_security_headers() {
    let world = World::empty(AT).await;
    let visitor = world.visitor("drafter").await;
    let style = visitor.get("/login").await.body;
    let style = style
        .split('"')
        .find(|part| part.ends_with("/site.css"))
        .unwrap()
        .to_owned();
    for path in [
        "/login",
        "/help",
        "/inbox",
        "/nowhere",
        "/dev/styleguide",
        "/healthz",
        &style,
        "/audit",
        "/api/v1/nowhere",
    ] {
        let page = visitor.get(path).await;
        let header = |name: &str| {
            page.headers
                .get(name)
                .and_then(|value| value.to_str().ok())
                .unwrap_or_default()
        };
        let csp = header("content-security-policy");
        for part in [
            "default-src 'self'",
            "frame-ancestors 'none'",
            "base-uri 'none'",
            "form-action 'self'",
            "object-src 'none'",
        ] {
            assert!(csp.contains(part), "{path}: no {part} in {csp}");
        }
        assert!(!csp.contains("unsafe"), "{path}: {csp}");
        assert_eq!(header("x-content-type-options"), "nosniff", "{path}");
        assert_eq!(header("referrer-policy"), "same-origin", "{path}");
        assert_eq!(header("cross-origin-opener-policy"), "same-origin", "{path}");
        assert_eq!(header("cross-origin-resource-policy"), "same-origin", "{path}");
        assert!(!header("x-request-id").is_empty(), "{path}");
        let cache = header("cache-control");
        if path.starts_with("/static/") {
            assert!(cache.contains("immutable"), "{path}: {cache}");
        } else {
            assert_eq!(cache, "no-store", "{path}");
        }
    }
}

#[tokio::test]
async fn a_foreign_host_is_refused_and_nothing_is_written_into_a_redirect() {
    let world = World::empty(AT).await;
    let client = reqwest::Client::builder()
        .redirect(reqwest::redirect::Policy::none())
        .build()
        .unwrap();
    for host in ["evil.example", "127.0.0.1:1", "localhost"] {
        let answer = client
            .get(format!("{}/login", world.url()))
            .header("host", host)
            .send()
            .await
            .unwrap();
        assert_eq!(answer.status(), StatusCode::MISDIRECTED_REQUEST, "{host}");
    }
    for next in [
        "https://evil.example",
        "//evil.example",
        "/\\evil.example",
        "javascript:alert(1)",
        "/%0d%0ax: y",
    ] {
        let visitor = world.guest();
        let form = visitor.get("/login").await.form("/login");
        let form = form
            .with("username", "drafter")
            .with("password", duban_seeds::demo::PASSWORD)
            .with("next", next);
        let url = visitor.url(&form.action);
        let answer = visitor.client().post(url).form(&form.fields).send().await.unwrap();
        assert!(
            answer.url().as_str().starts_with(&world.url()),
            "{next} led to {}",
            answer.url()
        );
    }
}

#[tokio::test]
async fn an_old_form_and_a_body_too_large_are_refused_in_words() {
    let world = World::empty(AT).await;
    let visitor = world.guest();
    let form = visitor.get("/login").await.form("/login");
    let stale = form
        .clone()
        .with("csrf", "00000000000000000000000000000000")
        .with("username", "drafter");
    let page = visitor.send(stale).await;
    assert_eq!(page.status, StatusCode::FORBIDDEN);
    assert!(
        page.all("h1").len() == 1 && page.body.contains("<code>"),
        "{}",
        page.text()
    );
    let page = visitor.send(form.with("username", &"x".repeat(300 * 1024))).await;
    assert_eq!(page.status, StatusCode::PAYLOAD_TOO_LARGE);
}

#[tokio::test]
async fn answers_of_some_length_are_compressed_for_whoever_takes_them_so() {
    let world = World::empty(AT).await;
    let client = reqwest::Client::new();
    let ask = async |path: &str, takes: &str| {
        let request = client
            .get(format!("{}{path}", world.url()))
            .header("accept-encoding", takes);
        let answer = request.send().await.expect("an answer");
        let encoding = answer.headers().get("content-encoding").cloned();
        (encoding, answer.bytes().await.expect("a body").len())
    };
    let (plain, long) = ask("/login", "identity").await;
    let (packed, short) = ask("/login", "gzip").await;
    assert_eq!(plain, None);
    assert_eq!(packed.expect("named"), "gzip");
    assert!(short < long / 2, "{short} of {long} bytes");
    assert_eq!(ask("/healthz", "gzip").await.0, None, "not worth it");
}

#[tokio::test]
async fn half_a_header_and_silence_do_not_hold_a_connection() {
    use std::io::{Read as _, Write as _};
    let world = World::empty(AT).await;
    let address = world.url().trim_start_matches("http://").to_owned();
    let started = std::time::Instant::now();
    let mut silent = std::net::TcpStream::connect(&address).unwrap();
    let mut half = std::net::TcpStream::connect(&address).unwrap();
    half.write_all(b"GET /login HTTP/1.1\r\nHost: ").unwrap();
    let wait = std::time::Duration::from_secs(20);
    for stream in [&mut silent, &mut half] {
        stream.set_read_timeout(Some(wait)).unwrap();
        let mut rest = Vec::new();
        // Closed by the server: an end or a reset, never a time-out of ours.
        if let Err(error) = stream.read_to_end(&mut rest) {
            assert_eq!(error.kind(), std::io::ErrorKind::ConnectionReset, "{error}");
        }
    }
    assert!(
        started.elapsed() < wait,
        "the server held the connections for {:?}",
        started.elapsed()
    );
}
