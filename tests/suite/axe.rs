//! Every page as axe-core sees it, on a desktop and on a phone, for every role; and what pages ask of other hosts.

use duban_tests::browser::Browser;
use duban_tests::visitor::Visitor;
use duban_tests::world::World;
use std::collections::{BTreeMap, BTreeSet};

const AT: &str = "2026-03-02T09:00:00+08:00";
/// Wide and narrow: the two windows that every page is made for.
const SIZES: [(u32, u32); 2] = [(1366, 768), (390, 844)];
const TAGS: &str = r#"["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]"#;

/// axe-core as the test command has installed it.
fn axe() -> String {
    let file = std::env::var("DUBAN_TEST_AXE").unwrap_or_else(|_| {
        let tools = duban_tests::world::root().join("target/test-tools/node_modules/axe-core/axe.min.js");
        tools.display().to_string()
    });
    std::fs::read_to_string(&file).unwrap_or_else(|e| panic!("{file}: {e}; ./test installs axe-core"))
}

/// The shape of an address: numbers are all alike, queries only count by their names.
fn shape(path: &str) -> String {
    let (path, query) = path.split_once('?').unwrap_or((path, ""));
    let parts = path
        .split('/')
        .map(|part| if part.parse::<u64>().is_ok() { "N" } else { part });
    let names: Vec<_> = query
        .split('&')
        .map(|pair| pair.split('=').next().unwrap_or_default())
        .collect();
    format!("{}?{}", parts.collect::<Vec<_>>().join("/"), names.join("&"))
}

/// One address of every shape that a person can reach by links.
async fn pages(visitor: &Visitor) -> Vec<String> {
    let mut found: BTreeMap<String, String> = BTreeMap::new();
    let mut ahead = vec![
        "/".to_owned(),
        "/me".to_owned(),
        "/help".to_owned(),
        "/password".to_owned(),
    ];
    while let Some(path) = ahead.pop() {
        // A list may have queued dozens of one shape before the first was read.
        if found.contains_key(&shape(&path)) {
            continue;
        }
        let page = visitor.get(&path).await;
        let html = page
            .headers
            .get("content-type")
            .is_some_and(|kind| kind.to_str().is_ok_and(|k| k.starts_with("text/html")));
        if !page.status.is_success() || !html || found.insert(shape(&page.path), page.path.clone()).is_some() {
            continue;
        }
        for link in page.links("/") {
            let link = link.split('#').next().unwrap_or_default();
            if link.starts_with('/') && !link.starts_with("//") && !found.contains_key(&shape(link)) {
                ahead.push(link.to_owned());
            }
        }
    }
    found.into_values().collect()
}

#[tokio::test]
async fn axe_finds_nothing_on_any_page_and_no_page_asks_another_host() {
    let world = World::demo(AT).await;
    let axe = axe();
    let browser = Browser::open(&world.url(), true).await;
    let mut faults = BTreeSet::new();
    let mut done = BTreeSet::new();
    let people = [
        None,
        Some("drafter"),
        Some("coordinator"),
        Some("office"),
        Some("inspector"),
        Some("sysadmin"),
        Some("secadmin"),
        Some("auditor"),
    ];
    for username in people {
        let paths = match username {
            None => vec![
                "/login".to_owned(),
                "/help".to_owned(),
                "/nowhere".to_owned(),
                "/dev/styleguide".to_owned(),
            ],
            Some(username) => {
                browser.sign_in(username).await;
                pages(&world.visitor(username).await).await
            }
        };
        for path in paths
            .into_iter()
            .filter(|path| done.insert((username.is_none(), shape(path))))
        {
            for (width, height) in SIZES {
                browser.size(width, height).await;
                browser.goto(&path).await;
                look(&browser, &world.url(), &axe, &path, width, &mut faults).await;
            }
        }
    }
    browser.close().await;
    assert!(done.len() > 15, "only {} pages were found", done.len());
    let faults: Vec<_> = faults.into_iter().collect();
    assert!(faults.is_empty(), "{} faults:\n{}", faults.len(), faults.join("\n"));
}

async fn look(browser: &Browser, base: &str, axe: &str, path: &str, width: u32, faults: &mut BTreeSet<String>) {
    let client = &browser.client;
    client.execute(axe, vec![]).await.expect("axe is loaded");
    let run = format!(
        "const done = arguments[arguments.length - 1];
         axe.run(document, {{runOnly: {{type: 'tag', values: {TAGS}}}}}).then(
             r => done(r.violations.map(v => v.id + ' ' + v.nodes.slice(0, 3).map(n => n.target.join(' ') + ' ' + n.failureSummary).join(' | ')).concat(
                 r.incomplete.flatMap(v => v.nodes).filter(n => n.any.some(c => c.data?.messageKey === 'equalRatio'))
                     .slice(0, 3).map(n => 'text in the colour of its ground ' + n.target.join(' ')))),
             e => done(['axe failed: ' + e]));"
    );
    let found = client.execute_async(&run, vec![]).await.expect("axe runs");
    for fault in found.as_array().into_iter().flatten() {
        faults.insert(format!("{path} at {width}: {}", fault.as_str().unwrap_or_default()));
    }
    let own = "return [document.documentElement.scrollWidth - window.innerWidth,
        performance.getEntriesByType('resource').map(e => e.name)]";
    let measured = client.execute(own, vec![]).await.expect("the page can be measured");
    if measured[0].as_i64().unwrap_or_default() > 0 {
        faults.insert(format!("{path} at {width}: scrolls sideways by {}", measured[0]));
    }
    for name in measured[1]
        .as_array()
        .into_iter()
        .flatten()
        .filter_map(|name| name.as_str())
    {
        if !name.starts_with(base) {
            faults.insert(format!("{path} asks for {name}"));
        }
    }
}
