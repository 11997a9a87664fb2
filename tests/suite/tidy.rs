//! The house itself: walls between crates, sizes of files, paths that documents speak of.

use duban_tests::world::root;
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::process::Command;

/// Which of our crates each may depend on outside its tests.
const WALLS: [(&str, &[&str]); 9] = [
    ("duban-core", &[]),
    ("duban-intake", &[]),
    ("duban-migrations", &[]),
    ("duban-workflows", &["duban-core"]),
    ("duban-store", &["duban-core"]),
    ("duban-service", &["duban-core", "duban-store", "duban-workflows"]),
    ("duban-seeds", &["duban-core", "duban-service"]),
    (
        "duban-web",
        &[
            "duban-core",
            "duban-intake",
            "duban-migrations",
            "duban-seeds",
            "duban-service",
            "duban-store",
            "duban-workflows",
        ],
    ),
    (
        "duban-tests",
        &[
            "duban-core",
            "duban-migrations",
            "duban-seeds",
            "duban-service",
            "duban-store",
            "duban-web",
            "duban-workflows",
        ],
    ),
];

/// Libraries that live behind one wall only.
const HOMES: [(&str, &str); 8] = [
    ("axum", "duban-web"),
    ("lettre", "duban-web"),
    ("handlebars", "duban-web"),
    ("sea-orm-migration", "duban-migrations"),
    ("petgraph", "duban-core"),
    ("calamine", "duban-intake"),
    ("oxidize-pdf", "duban-intake"),
    ("quick-xml", "duban-intake"),
];

/// What the core must not be able to reach.
const NOT_IN_CORE: [&str; 7] = ["tokio", "sea-orm", "axum", "reqwest", "rand", "tracing", "futures"];

/// Files that may be longer than 500 lines, each with its reason.
const LONG: [(&str, &str); 1] = [("tests/suite/service.rs", "one story a test over one set of helpers")];

fn manifests() -> BTreeMap<String, BTreeSet<String>> {
    let output = Command::new(env!("CARGO"))
        .args(["metadata", "--format-version", "1", "--no-deps", "--offline"])
        .current_dir(root())
        .output()
        .expect("cargo metadata");
    let metadata: serde_json::Value = serde_json::from_slice(&output.stdout).expect("JSON");
    let packages = metadata["packages"].as_array().expect("packages");
    let names = packages.iter().map(|package| {
        let dependencies = package["dependencies"].as_array().expect("dependencies");
        let normal = dependencies.iter().filter(|d| d["kind"].is_null());
        let normal = normal.map(|d| d["name"].as_str().expect("name").to_owned()).collect();
        (package["name"].as_str().expect("name").to_owned(), normal)
    });
    names.collect()
}

/// Every file that git tracks or would track.
fn tracked() -> Vec<PathBuf> {
    let output = Command::new("git")
        .args(["ls-files", "--cached", "--others", "--exclude-standard"])
        .current_dir(root())
        .output()
        .expect("git");
    let text = String::from_utf8(output.stdout).expect("UTF-8");
    text.lines()
        .map(PathBuf::from)
        .filter(|file| root().join(file).exists())
        .collect()
}

fn has_extension(file: &Path, extensions: &[&str]) -> bool {
    file.extension()
        .and_then(|e| e.to_str())
        .is_some_and(|e| extensions.contains(&e))
}

#[test]
fn dependencies_point_one_way() {
    let manifests = manifests();
    for (name, allowed) in WALLS {
        let ours = manifests[name].iter().filter(|d| d.starts_with("duban-"));
        let wrong: Vec<_> = ours.filter(|d| !allowed.contains(&d.as_str())).collect();
        assert!(wrong.is_empty(), "{name} must not depend on {wrong:?}");
    }
    assert_eq!(
        manifests.len(),
        WALLS.len(),
        "a crate without walls: {:?}",
        manifests.keys()
    );
}

#[test]
fn libraries_stay_behind_their_wall() {
    for (name, dependencies) in manifests() {
        for (library, home) in HOMES {
            assert!(
                name == home || !dependencies.contains(library),
                "{library} belongs to {home}, not {name}"
            );
        }
    }
    let core = &manifests()["duban-core"];
    let reached: Vec<_> = NOT_IN_CORE.iter().filter(|library| core.contains(**library)).collect();
    assert!(reached.is_empty(), "the core reaches {reached:?}");
}

#[test]
fn no_file_is_long_without_a_reason() {
    let files = tracked()
        .into_iter()
        .filter(|file| has_extension(file, &["rs", "css", "js", "hbs"]));
    let long: Vec<_> = files
        .filter(|file| !LONG.iter().any(|(name, _)| Path::new(name) == file))
        .map(|file| {
            (
                std::fs::read_to_string(root().join(&file))
                    .expect("text")
                    .lines()
                    .count(),
                file,
            )
        })
        .filter(|(lines, _)| *lines > 510)
        .collect();
    assert!(long.is_empty(), "split by noun, or say why not: {long:?}");
}

#[test]
fn rust_code_has_no_text_for_people() {
    let han = |c: char| ('\u{4e00}'..='\u{9fff}').contains(&c);
    let mut found = Vec::new();
    for file in tracked().iter().filter(|file| has_extension(file, &["rs"])) {
        let name = file.to_string_lossy().replace('\\', "/");
        // The readers of notices, of office files and of calendar files know the words that stand in them; tests speak
        // as people do.
        if name.contains("/notice/")
            || name.contains("/intake/")
            || name.ends_with("/calendar/year_file.rs")
            || name.starts_with("tests/")
            || name.contains("test")
        {
            continue;
        }
        let text = std::fs::read_to_string(root().join(file)).expect("text");
        let code = text.split("#[cfg(test)]").next().unwrap_or_default();
        for (number, line) in code.lines().enumerate() {
            let line = line.split("//").next().unwrap_or_default();
            if line.contains('"') && line.chars().any(han) {
                found.push(format!("{name}:{}", number + 1));
            }
        }
    }
    assert!(found.is_empty(), "text for people belongs into web/locales: {found:#?}");
}

#[test]
fn paths_in_documents_exist() {
    let mut missing = Vec::new();
    for file in tracked().iter().filter(|file| has_extension(file, &["md"])) {
        let text = std::fs::read_to_string(root().join(file)).expect("text");
        let quoted = text.split('`').skip(1).step_by(2);
        for path in quoted.filter(|path| path.contains('/') && !path.contains([' ', '{', '<', '*', '…', ':', '$'])) {
            let first = path.split('/').next().unwrap_or_default();
            // What lies beside the repository is not ours to promise.
            let first = if first == ".." { "" } else { first };
            if root().join(first).is_dir() && !first.is_empty() && !root().join(path.trim_end_matches('/')).exists() {
                missing.push(format!("{}: {path}", file.display()));
            }
        }
    }
    assert!(missing.is_empty(), "documents speak of what is not there: {missing:#?}");
}

#[test]
fn tests_that_documents_name_exist() {
    // As in `tests/suite/tidy.rs::tests_that_documents_name_exist`.
    let named = |text: &str| -> Vec<(String, String)> {
        let quoted = text.split('`').skip(1).step_by(2);
        let tests = quoted.filter_map(|quoted| quoted.split_once(".rs::"));
        tests
            .map(|(file, name)| (format!("{file}.rs"), name.to_owned()))
            .collect()
    };
    let is_missing = |(file, name): &(String, String)| {
        let text = std::fs::read_to_string(root().join(file)).unwrap_or_default();
        let Some(at) = text.find(&format!("fn {name}(")) else {
            return true;
        };
        // Between the mark of a test and its name stands no other function.
        let mark = text[..at].rfind("#[test]").max(text[..at].rfind("#[tokio::test"));
        mark.is_none_or(|mark| text[mark..at].contains("fn "))
    };
    let mut missing = Vec::new();
    let mut seen = 0;
    for file in tracked().iter().filter(|file| has_extension(file, &["md"])) {
        let text = std::fs::read_to_string(root().join(file)).expect("text");
        let tests = named(&text);
        seen += tests.len();
        missing.extend(tests.into_iter().filter(&is_missing).map(|test| (file.clone(), test)));
    }
    assert!(seen > 40, "{seen} tests named");
    assert!(
        missing.is_empty(),
        "documents name tests that are not there: {missing:#?}"
    );
    let invented = named("`tests/suite/tidy.rs::is_this_a_test`").remove(0);
    assert!(is_missing(&invented));
}

#[test]
fn style_sheets_stay_below_the_browser_floor() {
    let mut found = Vec::new();
    let mut bytes = 0;
    for file in tracked().iter().filter(|file| has_extension(file, &["css"])) {
        let text = std::fs::read_to_string(root().join(file)).expect("text");
        bytes += text.len();
        // Chrome 90 drops whole rules it does not know.
        let newer = [
            "@layer",
            ":has(",
            "@container",
            "color-mix(",
            "@import url(http",
            "&:",
            "& ",
        ];
        found.extend(
            newer
                .iter()
                .filter(|word| text.contains(**word))
                .map(|word| (file.clone(), *word)),
        );
    }
    assert!(found.is_empty(), "{found:?}");
    assert!(bytes < 48_000, "{bytes} bytes of CSS");
}

#[test]
fn nothing_of_the_workplace_is_in_the_repository() {
    let output = Command::new("git")
        .args(["grep", "-nIE", concat!("/wo", "rk/|/ro", "ot/|crates\\.io-index")])
        .current_dir(root())
        .output();
    let text = String::from_utf8(output.expect("git").stdout).expect("UTF-8");
    let lines: Vec<_> = text
        .lines()
        .filter(|line| {
            !line.starts_with("Cargo.lock") && !line.starts_with("fuzz/Cargo.lock") && !line.contains("suite/tidy.rs")
        })
        .collect();
    assert!(lines.is_empty(), "{lines:#?}");
}
