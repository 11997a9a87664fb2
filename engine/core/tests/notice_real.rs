//! The real notice, which lives beside the repository and never in it.

use std::path::PathBuf;

use duban_core::notice::{lines, read, score};

/// The folder `shared`: named by `DUBAN_SHARED`, or found beside a folder above this package.
fn shared() -> Option<PathBuf> {
    if let Some(named) = std::env::var_os("DUBAN_SHARED") {
        return Some(PathBuf::from(named)).filter(|p| p.join("notice").is_dir());
    }
    let start = PathBuf::from(env!("CARGO_MANIFEST_DIR"));
    start
        .ancestors()
        .map(|a| a.join("shared"))
        .find(|p| p.join("notice").is_dir())
}

#[test]
fn the_real_notice_is_read_exactly() {
    let Some(folder) = shared() else {
        let told = "the real notice is not here: set DUBAN_SHARED, or put the folder `shared` beside the repository";
        assert!(std::env::var("CI").as_deref() != Ok("true"), "{told}");
        eprintln!("skipped: {told}");
        return;
    };
    let text = std::fs::read_to_string(folder.join("notice/baodi-quality-2025.txt")).expect("the notice");
    let expected =
        std::fs::read_to_string(folder.join("notice/baodi-quality-2025.expected.json")).expect("the reading");
    let expected: score::Expected = serde_json::from_str(&expected).expect("a reading");
    let notice = read(&lines(&text));
    let score = score::score(&notice, &expected);
    assert!(
        score.is_exact(),
        "differences from the reading by hand:\n{}",
        score.differences.join("\n")
    );
    assert_eq!(notice.tasks.len(), 26);
    assert_eq!(score.indicators.right, 23);
}
