//! Every route of the table, tried by everyone: who comes through which door. The reviewed answer stands in
//! `access.txt` beside this file; a route that is missing there fails.

use duban_core::org::Role;
use duban_tests::visitor::Visitor;
use duban_tests::world::World;
use duban_web::routes::{self, Row, Who};
use reqwest::{Method, StatusCode};
use sea_orm::{ConnectionTrait, Database, DatabaseConnection, FromQueryResult, JsonValue, Statement};
use std::fmt::Write as _;

const AT: &str = "2026-03-02T09:00:00+08:00";

/// One account for every role, and nobody.
const PERSONAS: [&str; 12] = [
    "drafter",
    "deputy",
    "head",
    "cosigner",
    "coordinator",
    "office",
    "leader",
    "inspector",
    "observer",
    "sysadmin",
    "secadmin",
    "auditor",
];

fn who(row: &Row) -> String {
    match row.admission.who {
        Who::Anyone => "anyone".to_owned(),
        Who::SignedIn => "signed in".to_owned(),
        Who::Token => "token".to_owned(),
        Who::Roles(roles) => roles.iter().map(|role| role.code()).collect::<Vec<_>>().join(" "),
    }
}

#[test]
fn the_table_of_doors_is_the_reviewed_one() {
    let mut table = String::from("# method path: who comes through the door. Reviewed by hand; see access.rs.\n");
    for row in routes::table().iter().chain(&routes::demo_table()) {
        let _ = writeln!(table, "{} {}: {}", row.method, row.path, who(row));
    }
    let file = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("suite/access.txt");
    if std::env::var_os("DUBAN_TEST_ACCEPT").is_some() {
        std::fs::write(&file, &table).unwrap();
    }
    let reviewed = std::fs::read_to_string(&file).unwrap_or_default();
    let new: Vec<_> = table
        .lines()
        .filter(|line| !reviewed.lines().any(|known| known == *line))
        .collect();
    let gone: Vec<_> = reviewed
        .lines()
        .filter(|line| !table.lines().any(|known| known == *line))
        .collect();
    assert!(
        new.is_empty() && gone.is_empty(),
        "the doors have changed; look at them, then run with DUBAN_TEST_ACCEPT=1\nnew: {new:#?}\ngone: {gone:#?}"
    );
}

/// The path with something in place of its variable parts. A number that exists for nobody, so that a handler which
/// is reached by mistake changes nothing.
fn filled(path: &str) -> String {
    let mut out = String::new();
    let mut rest = path;
    while let Some((before, after)) = rest.split_once('{') {
        out.push_str(before);
        out.push_str("999999");
        rest = after.split_once('}').map_or("", |(_, tail)| tail);
    }
    out + rest
}

/// Somebody with their own cookies who does not follow redirects.
async fn persona(world: &World, username: Option<&str>) -> (reqwest::Client, Option<String>) {
    let client = reqwest::Client::builder()
        .cookie_store(true)
        .redirect(reqwest::redirect::Policy::none())
        .build();
    let client = client.unwrap();
    let mut token = token(&client, world, "/login").await;
    if let Some(username) = username {
        let form = [
            ("csrf", token.as_str()),
            ("username", username),
            ("password", duban_seeds::demo::PASSWORD),
        ];
        let answer = client
            .post(format!("{}/login", world.url()))
            .form(&form)
            .send()
            .await
            .unwrap();
        assert_eq!(answer.status(), StatusCode::SEE_OTHER, "{username} cannot sign in");
        token = self::token(&client, world, "/help").await;
    }
    (client, Some(token))
}

async fn token(client: &reqwest::Client, world: &World, path: &str) -> String {
    let body = client
        .get(format!("{}{path}", world.url()))
        .send()
        .await
        .unwrap()
        .text()
        .await
        .unwrap();
    let (_, rest) = body.split_once("name=\"csrf\" value=\"").expect("a form with a token");
    rest.split_once('"').unwrap().0.to_owned()
}

fn admits(row: &Row, role: Option<Role>) -> bool {
    match row.admission.who {
        Who::Anyone | Who::Token => true,
        Who::SignedIn => role.is_some(),
        Who::Roles(roles) => role.is_some_and(|role| roles.contains(&role)),
    }
}

#[tokio::test]
async fn every_door_is_shut_for_everyone_else_and_every_form_needs_its_token() {
    let world = World::empty(AT).await;
    let rows: Vec<Row> = routes::table().into_iter().chain(routes::demo_table()).collect();
    let mut wrong = Vec::new();
    for username in std::iter::once(None).chain(PERSONAS.into_iter().map(Some)) {
        let (client, token) = persona(&world, username).await;
        let role = username.and_then(Role::from_code);
        for row in &rows {
            // Signing out ends this persona's session; it has its own test.
            if row.path == "/logout" {
                continue;
            }
            let url = format!("{}{}", world.url(), filled(row.path));
            let safe = row.method == Method::GET;
            let ask = || client.request(row.method.clone(), &url);
            let mut expect = |what: &str, answer: StatusCode, fits: bool| {
                if !fits {
                    let who = username.unwrap_or("guest");
                    wrong.push(format!("{who}: {} {} {what}: {answer}", row.method, row.path));
                }
            };
            if matches!(row.admission.who, Who::Token) {
                let answer = ask().send().await.unwrap().status();
                let open = row.path.ends_with("openapi.json") || row.path.ends_with("/tokens");
                expect(
                    "without a bearer token",
                    answer,
                    open || answer == StatusCode::UNAUTHORIZED,
                );
                continue;
            }
            if !safe {
                let answer = ask().send().await.unwrap().status();
                expect(
                    "without a token",
                    answer,
                    answer == StatusCode::FORBIDDEN || answer == StatusCode::UNAUTHORIZED,
                );
                let foreign = ask()
                    .header("x-csrf-token", token.as_deref().unwrap())
                    .header("origin", "http://evil.example");
                let answer = foreign.send().await.unwrap().status();
                expect(
                    "from another site",
                    answer,
                    answer == StatusCode::FORBIDDEN || answer == StatusCode::UNAUTHORIZED,
                );
            }
            let answer = ask()
                .header("x-csrf-token", token.as_deref().unwrap())
                .send()
                .await
                .unwrap()
                .status();
            match (admits(row, role), username) {
                (true, _) => expect(
                    "through its own door",
                    answer,
                    answer != StatusCode::UNAUTHORIZED && !answer.is_server_error(),
                ),
                (false, None) if safe => expect("as a guest", answer, answer == StatusCode::SEE_OTHER),
                (false, None) => expect("as a guest", answer, answer == StatusCode::UNAUTHORIZED),
                (false, Some(_)) => expect("with the wrong role", answer, answer == StatusCode::FORBIDDEN),
            }
        }
    }
    assert!(wrong.is_empty(), "{} surprises:\n{}", wrong.len(), wrong.join("\n"));
}

/// Tables in which reading may leave a trace: when a session was last seen, that a copy was read, who read the trail.
const TRACES: [&str; 3] = ["session", "carbon_copy", "sign_in_attempt"];

async fn everything(db: &DatabaseConnection) -> String {
    let names = Statement::from_string(
        db.get_database_backend(),
        "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%' ORDER BY name".to_owned(),
    );
    let mut dump = String::new();
    for row in JsonValue::find_by_statement(names).all(db).await.unwrap() {
        let table = row["name"].as_str().unwrap().to_owned();
        if TRACES.contains(&table.as_str()) {
            continue;
        }
        // The name comes from the database's own list of tables.
        let all = Statement::from_string(
            db.get_database_backend(),
            format!("SELECT * FROM \"{table}\" ORDER BY 1, 2"),
        );
        for row in db.query_all_raw(all).await.unwrap() {
            let _ = writeln!(dump, "{table} {row:?}");
        }
    }
    dump
}

/// The same once the worker, too, has nothing more to write (the clock stands still).
async fn settled(db: &DatabaseConnection) -> String {
    let mut before = everything(db).await;
    loop {
        tokio::time::sleep(std::time::Duration::from_secs(2)).await;
        let now = everything(db).await;
        if now == before {
            return now;
        }
        before = now;
    }
}

/// Follows every link of this service that a person sees, up to a limit. Gives the pages visited.
async fn crawl(visitor: &Visitor, limit: usize) -> Vec<(String, StatusCode)> {
    let mut seen = std::collections::BTreeSet::new();
    let mut ahead = vec!["/".to_owned()];
    let mut visited = Vec::new();
    while let Some(path) = ahead.pop() {
        if visited.len() >= limit {
            break;
        }
        let page = visitor.get(&path).await;
        visited.push((path, page.status));
        for link in page.links("/") {
            let link = link.split('#').next().unwrap_or_default().to_owned();
            if link.starts_with('/') && !link.starts_with("//") && seen.insert(link.clone()) {
                ahead.insert(0, link);
            }
        }
    }
    visited
}

#[tokio::test]
async fn reading_changes_nothing_and_no_link_leads_nowhere() {
    let world = World::demo(AT).await;
    let mut visitors = Vec::new();
    for username in PERSONAS {
        visitors.push((username, world.visitor(username).await));
    }
    let db = Database::connect(format!("sqlite:{}?mode=ro", world.database().display()))
        .await
        .unwrap();
    let before = settled(&db).await;
    let mut broken = Vec::new();
    for (username, visitor) in &visitors {
        for (path, status) in crawl(visitor, 60).await {
            if !status.is_success() {
                broken.push(format!("{username}: {path} answers {status}"));
            }
        }
    }
    let after = everything(&db).await;
    let before: std::collections::BTreeSet<_> = before.lines().collect();
    let changed: Vec<_> = after.lines().filter(|line| !before.contains(line)).take(5).collect();
    assert!(changed.is_empty(), "reading has written: {changed:#?}");
    assert!(broken.is_empty(), "links that lead nowhere:\n{}", broken.join("\n"));
}
