//! The department graph of the demo district: on its pages, as files, through the API and on the command line.

use duban_tests::api::Client;
use duban_tests::world::{World, binary};
use reqwest::StatusCode;
use serde_json::Value;
use std::process::Command;

const AT: &str = "2026-03-02T09:00:00+08:00";

const VIEWS: [&str; 8] = ["matrix", "units", "columns", "ego", "rings", "critical", "now", "check"];

/// The program without the settings of the test run around it.
fn duban() -> Command {
    let mut command = Command::new(binary());
    for (name, _) in std::env::vars().filter(|(name, _)| name.starts_with("DUBAN_")) {
        command.env_remove(name);
    }
    command
}

#[tokio::test]
async fn every_view_of_the_graph_is_shown_and_its_pictures_and_links_lead_somewhere() {
    let world = World::demo(AT).await;
    let visitor = world.visitor("drafter").await;
    for view in VIEWS {
        let path = format!("/graph?view={view}");
        let page = visitor.get(&path).await;
        assert_eq!(page.status, StatusCode::OK, "{view}");
        assert!(!page.all("h1").is_empty() && !page.text().contains("{{"), "{view}");
        let drawn = matches!(view, "columns" | "ego" | "rings" | "critical");
        assert_eq!(!page.all("svg.picture title").is_empty(), drawn, "{view}");
        let mut inside = page.links("/graph?");
        inside.truncate(12);
        for link in inside {
            assert_eq!(visitor.get(&link).await.status, StatusCode::OK, "{view}: {link}");
        }
    }
    for (file, kind) in [
        ("matrix.svg", "image/svg+xml"),
        ("units.svg", "image/svg+xml"),
        ("columns.svg", "image/svg+xml"),
        ("ego.svg", "image/svg+xml"),
        ("rings.svg", "image/svg+xml"),
        ("critical.svg", "image/svg+xml"),
        ("matrix.xlsx", "application/vnd.openxmlformats"),
    ] {
        let bytes = |answer: reqwest::Response| async {
            let sent = answer.headers()["content-type"].to_str().expect("text").to_owned();
            (sent, answer.bytes().await.expect("a body"))
        };
        let url = visitor.url(&format!("/graph/{file}"));
        let first = bytes(visitor.client().get(&url).send().await.expect("an answer")).await;
        let second = bytes(visitor.client().get(&url).send().await.expect("an answer")).await;
        assert!(first.0.starts_with(kind), "{file}: {}", first.0);
        assert!(first.1.len() > 500, "{file}");
        assert_eq!(first.1, second.1, "{file}: same input, same bytes");
    }
    for nothing in [
        "/graph/none.svg",
        "/graph/matrix.pdf",
        "/graph/matrix",
        "/graph?campaign=99",
    ] {
        assert_eq!(visitor.get(nothing).await.status, StatusCode::NOT_FOUND, "{nothing}");
    }
}

#[tokio::test]
async fn the_graph_answers_through_the_api_and_on_the_command_line_alike() {
    let world = World::demo(AT).await;
    let api = Client::sign_in(&world.url(), "drafter", "read").await;
    let (_, _, graph) = api.get("/api/v1/graph").await;
    let late = graph["units"][0]["id"].as_i64().expect("a unit");
    for question in [
        "waits",
        "frees",
        "mutual",
        "order",
        "critical",
        "bridges",
        "unassigned",
        "leads",
        "doubled",
        "slips",
    ] {
        let (status, _, told) = api.get(&format!("/api/v1/graph/{question}?unit={late}&late=5")).await;
        assert_eq!(status, StatusCode::OK, "{question}: {told}");
        assert!(told["rows"].is_array(), "{question}: {told}");
        if matches!(question, "waits" | "frees" | "order" | "critical" | "bridges") {
            assert!(!told["rows"].as_array().expect("rows").is_empty(), "{question}");
        }
    }
    let (status, ..) = api.get("/api/v1/graph/nothing").await;
    assert_eq!(status, StatusCode::NOT_FOUND);

    // Whoever can act now slips by just as many working days when it is late, and says so in both places.
    let (_, _, frees) = api.get("/api/v1/graph/frees").await;
    let first = &frees["rows"][0]["units"][0];
    let slips = format!("/api/v1/graph/slips?unit={}&late=4", first["id"]);
    let (_, _, slipped) = api.get(&slips).await;
    let rows = slipped["rows"].as_array().expect("rows");
    assert!(!rows.is_empty() && rows.iter().all(|row| row["working_days"].as_i64() > Some(0)));
    let database = format!("sqlite://{}", world.database().display());
    let mut command = duban();
    command.args(["graph", "order", "--database", &database]);
    let output = command.output().expect("the binary starts");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let told: Value = serde_json::from_slice(&output.stdout).expect("JSON");
    let (_, _, order) = api.get("/api/v1/graph/order").await;
    assert_eq!(told["rows"], order["rows"]);
    let mut command = duban();
    command.args(["graph", "slips", "--database", &database]);
    let refused = command.output().expect("the binary starts");
    assert!(!refused.status.success(), "slips needs a unit");
}

#[tokio::test]
async fn a_renamed_unit_takes_over_its_part_from_the_day_on() {
    let world = World::demo(AT).await;
    let sysadmin = world.visitor("sysadmin").await;
    let secadmin = world.visitor("secadmin").await;
    let confirm = async || {
        let page = secadmin.get("/admin/people?part=proposals").await;
        let confirm = page
            .forms()
            .into_iter()
            .find(|form| form.action.ends_with("/confirmation"));
        let answer = secadmin.send(confirm.expect("a proposal")).await;
        assert!(answer.status.is_success(), "{}", answer.text());
    };
    let kind = |page: &duban_tests::visitor::Page, kind: &str| {
        let mut forms = page.forms().into_iter();
        forms
            .find(|form| form.action == "/admin/people/proposals" && form.value("kind") == kind)
            .expect("the form")
    };
    let page = sysadmin.get("/admin/people?part=units").await;
    let new = kind(&page, "add_unit")
        .with("name", "区民政事务局")
        .with("from", "2026-04-01");
    let answer = sysadmin.send(new).await;
    assert!(answer.status.is_success(), "{}", answer.text());
    confirm().await;

    let api = Client::sign_in(&world.url(), "drafter", "read").await;
    let number = async |name: &str, on: &str| {
        let (_, _, graph) = api.get(&format!("/api/v1/graph?on={on}")).await;
        let units = graph["units"].as_array().expect("units").clone();
        units
            .iter()
            .find(|unit| unit["name"] == name)
            .and_then(|unit| unit["id"].as_i64())
    };
    let old = number("区民政局", "2026-03-02").await.expect("it has a part");
    let (_, _, idle) = api.get("/api/v1/graph/unassigned?on=2026-04-02").await;
    let rows = idle["rows"].as_array().expect("rows").clone();
    let found = rows
        .iter()
        .map(|row| &row["units"][0])
        .find(|unit| unit["name"] == "区民政事务局");
    let new = found.expect("it has nothing yet")["id"].to_string();

    let page = sysadmin.get("/admin/people?part=units").await;
    let end = kind(&page, "end_unit")
        .with("unit", &old.to_string())
        .with("successor", &new)
        .with("until", "2026-04-01");
    let answer = sysadmin.send(end).await;
    assert!(answer.status.is_success(), "{}", answer.text());
    confirm().await;
    assert!(number("区民政局", "2026-03-31").await.is_some());
    assert_eq!(number("区民政局", "2026-04-01").await, None);
    assert_eq!(
        number("区民政事务局", "2026-04-01").await.map(|id| id.to_string()),
        Some(new)
    );
    let page = world.visitor("drafter").await.get("/graph?on=2026-04-01").await;
    assert!(page.says("区民政事务局") && page.status == StatusCode::OK);
}
