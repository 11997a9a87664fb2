//! What is written about definitions and refusals is what the code does.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use duban_core::workflow::{CODES, MIGRATION_CODES};
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

fn read(path: &str) -> String {
    std::fs::read_to_string(root().join(path)).unwrap()
}

/// The keys of the file format, from its source: the fields of the structs that are read.
fn keys() -> Vec<String> {
    let source = read("workflows/src/format.rs");
    let structs = source.split("#[serde(deny_unknown_fields)]").skip(1);
    let mut keys = Vec::new();
    for body in structs {
        let body = body.split("\n}").next().unwrap();
        let mut renamed = None;
        for line in body.lines().map(str::trim) {
            if let Some((_, name)) = line.split_once("rename = \"") {
                renamed = name.split('"').next().map(str::to_owned);
            } else if let Some((name, _)) = line.split_once(": ").filter(|_| line.ends_with(',')) {
                keys.push(renamed.take().unwrap_or_else(|| name.to_owned()));
            }
        }
    }
    keys
}

#[test]
fn the_reference_mentions_every_key_of_the_format() {
    // Those of forms have a page of their own.
    let text = read("docs/workflows.md") + &read("docs/definition-forms.md");
    let keys = keys();
    assert!(keys.len() > 50, "{keys:?}");
    let mentioned = |key: &&String| text.contains(&format!("`{key}`")) || text.contains(&format!("[{key}]"));
    let missing: Vec<_> = keys.iter().filter(|key| !mentioned(key)).collect();
    assert!(missing.is_empty(), "docs/workflows.md does not mention {missing:?}");
}

#[test]
fn the_examples_of_the_reference_may_be_published() {
    let text = read("docs/workflows.md");
    let examples: Vec<_> = text
        .split("```toml\n")
        .skip(1)
        .map(|rest| rest.split("```").next().unwrap())
        .collect();
    assert_eq!(examples.len(), 3);
    for example in examples {
        let problems = duban_workflows::check(example).err();
        assert_eq!(problems, None, "{example}");
    }
}

/// Every code with which the engine refuses, with the sentence people see. `DUBAN_BLESS=1` writes it anew.
#[test]
fn the_list_of_refusals_is_that_of_the_code() {
    let sentences = |locale: &str| {
        let file: toml::Table = read(&format!("web/locales/{locale}.toml")).parse().unwrap();
        file["reason"].as_table().unwrap().clone()
    };
    let (zh, en) = (sentences("zh-CN"), sentences("en"));
    let mut expected = String::from(
        "# Refusals of the engine\n\nWritten from the code and the locale files (`DUBAN_BLESS=1 cargo test -p \
         duban-workflows --test docs`); not by hand. Words in braces are filled in.\n\n| code | Chinese | English |\n\
         |---|---|---|\n",
    );
    let codes: BTreeSet<_> = CODES.into_iter().chain(MIGRATION_CODES).collect();
    for code in codes {
        let say = |table: &toml::Table| table[code].as_str().unwrap().replace('|', "\\|");
        expected += &format!("| `{code}` | {} | {} |\n", say(&zh), say(&en));
    }
    if std::env::var_os("DUBAN_BLESS").is_some() {
        std::fs::write(root().join("docs/refusals.md"), &expected).unwrap();
    }
    assert_eq!(
        read("docs/refusals.md"),
        expected,
        "run the test with DUBAN_BLESS=1 and read the difference"
    );
}

/// Every test of the tree, as the table names it: its file and its name.
fn tests_below(folder: &Path, found: &mut BTreeSet<String>) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        if path.is_dir() {
            if name != "target" && !name.starts_with('.') && name != "node_modules" {
                tests_below(&path, found);
            }
        } else if name.ends_with(".rs") {
            let file = path.strip_prefix(root()).unwrap().display().to_string();
            let names = tests_in(&std::fs::read_to_string(&path).unwrap());
            found.extend(names.into_iter().map(|name| format!("{file}::{name}")));
        }
    }
}

/// The names of the functions that carry `#[test]` or `#[tokio::test]`; other attributes may stand in between.
fn tests_in(text: &str) -> Vec<String> {
    let mut found = Vec::new();
    let mut is_test = false;
    for line in text.lines().map(str::trim) {
        if line.starts_with("#[test]") || line.starts_with("#[tokio::test") {
            is_test = true;
        } else if line.starts_with("#[ignore") {
            is_test = false;
        } else if let Some(rest) = line.split("fn ").nth(1).filter(|_| is_test && !line.starts_with("//")) {
            found.extend(rest.split('(').next().map(str::to_owned));
            is_test = false;
        }
    }
    found
}

#[test]
fn every_rule_of_the_engine_names_tests_that_exist() {
    let mut known = BTreeSet::new();
    tests_below(&root(), &mut known);
    assert!(known.len() > 300, "{} tests", known.len());
    let text = read("docs/engine-coverage.md");
    let rows = text.lines().filter(|line| line.starts_with("| ")).skip(1);
    let mut sections = BTreeSet::new();
    let mut wrong = Vec::new();
    for row in rows {
        let cells: Vec<_> = row.trim_matches('|').split(" | ").map(str::trim).collect();
        let [section, rule, tests] = cells[..] else {
            panic!("three columns: {row}");
        };
        let number: u32 = section.split(' ').next().unwrap().parse().unwrap();
        sections.insert(number);
        let tests: Vec<_> = tests.split('`').skip(1).step_by(2).collect();
        if tests.is_empty() {
            wrong.push(format!("{section}: \"{rule}\" names no test"));
        }
        let missing = tests.into_iter().filter(|test| !known.contains(*test));
        wrong.extend(missing.map(|test| format!("{section}: {test} is no test")));
    }
    assert!((1..=15).all(|section| sections.contains(&section)), "{sections:?}");
    assert!(wrong.is_empty(), "{wrong:#?}");
}
