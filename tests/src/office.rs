//! LibreOffice, which makes documents of text as an office would.

use std::path::{Path, PathBuf};
use std::process::Command;

/// The file as `ending` (`docx`, `pdf`), written beside it; `input` is the filter the file is opened with, if its ending does not say.
fn converted(file: &Path, input: Option<&str>, ending: &str) -> PathBuf {
    let folder = file.parent().expect("a folder");
    let mut command = Command::new("soffice");
    // A profile of its own: two conversions at once would share one and the second would give up.
    command.arg(format!("-env:UserInstallation=file://{}/office", folder.display()));
    command.arg("--headless");
    if let Some(filter) = input {
        command.arg(format!("--infilter={filter}"));
    }
    let output = command
        .args(["--convert-to", ending, "--outdir"])
        .arg(folder)
        .arg(file)
        .output();
    let output = output.expect("soffice (Debian: apt install libreoffice-writer-nogui)");
    let made = file.with_extension(ending);
    assert!(made.exists(), "{}", String::from_utf8_lossy(&output.stderr));
    made
}

/// A text file as DOCX, one paragraph a line, and that DOCX as PDF.
pub fn documents(text: &Path) -> (PathBuf, PathBuf) {
    let docx = converted(text, Some("Text (encoded):UTF8,LF,,,"), "docx");
    let pdf = converted(&docx, None, "pdf");
    (docx, pdf)
}
