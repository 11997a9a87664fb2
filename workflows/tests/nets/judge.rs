//! The judge beside the house: pm4py, in a Python of its own, asked by files. Never a dependency of the product.

use std::path::{Path, PathBuf};
use std::process::Command;

/// The Python in which pm4py is installed (`DUBAN_TEST_JUDGES`; `./test` installs it). None where there is none:
/// the test says so, and fails in CI.
pub fn python() -> Option<PathBuf> {
    let found = std::env::var_os("DUBAN_TEST_JUDGES").map(PathBuf::from);
    if found.is_none() {
        let told = "no judge: DUBAN_TEST_JUDGES names no Python with pm4py (./test installs one)";
        assert!(std::env::var_os("CI").is_none(), "{told}");
        eprintln!("{told}; left out");
    }
    found
}

/// Runs a script of `tests/judges` with these arguments; what it printed.
pub fn ask(python: &Path, script: &str, args: &[&Path]) -> String {
    let scripts = Path::new(env!("CARGO_MANIFEST_DIR")).join("../tests/judges");
    let output = Command::new(python)
        .arg(scripts.join(script))
        .args(args)
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&output.stdout).into_owned();
    let complained = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{script}: {said}\n{complained}");
    said
}

/// A folder of this test that is gone afterwards.
pub struct Folder(pub PathBuf);

impl Folder {
    pub fn new(name: &str) -> Self {
        let path = std::env::temp_dir().join(format!("duban-{name}-{}", std::process::id()));
        std::fs::create_dir_all(&path).unwrap();
        Self(path)
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}
