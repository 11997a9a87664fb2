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

/// Notices as PDF in `folder`, as an office would print them: a table in the text becomes a ruled table of the page.
pub fn printed(texts: &[PathBuf], folder: &Path) {
    let mut plain = Vec::new();
    for text in texts {
        let words = std::fs::read_to_string(text).expect("a text");
        let name = text.file_stem().expect("a name").to_owned();
        if is_row(&words) {
            let page = folder.join(name).with_extension("html");
            std::fs::write(&page, page_of(&words)).expect("a page");
            converted(&page, Some("HTML (StarWriter)"), "pdf");
        } else {
            // With its mark LibreOffice knows that the text is UTF-8.
            let copy = folder.join(name).with_extension("txt");
            std::fs::write(&copy, format!("\u{feff}{words}")).expect("a copy");
            plain.push(copy);
        }
    }
    let mut command = Command::new("soffice");
    command.arg(format!("-env:UserInstallation=file://{}/office", folder.display()));
    let output = command
        .args(["--headless", "--convert-to", "pdf", "--outdir"])
        .arg(folder)
        .args(&plain)
        .output();
    let output = output.expect("soffice (Debian: apt install libreoffice-writer-nogui)");
    for copy in &plain {
        assert!(
            copy.with_extension("pdf").exists(),
            "{}",
            String::from_utf8_lossy(&output.stderr)
        );
        std::fs::remove_file(copy).expect("the copy");
    }
}

/// True if a text has a row of a table: cells parted by tabs or bars.
fn is_row(words: &str) -> bool {
    words
        .lines()
        .any(|line| line.trim().contains('\t') || line.matches('|').count() >= 2)
}

/// A text as HTML, rows of cells as a table with lines.
fn page_of(words: &str) -> String {
    let mut page = String::from("<html><head><meta charset=\"utf-8\"></head><body>\n");
    let mut open = false;
    for line in words.lines().filter(|line| !line.trim().is_empty()) {
        let row = is_row(line);
        if row != open {
            page.push_str(if row {
                "<table border=\"1\" cellspacing=\"0\">\n"
            } else {
                "</table>\n"
            });
            open = row;
        }
        if !row {
            page.push_str(&format!("<p>{line}</p>\n"));
        } else if line.chars().any(|c| !"|-: ".contains(c)) {
            let cells: Vec<&str> = if line.contains('\t') {
                line.split('\t').collect()
            } else {
                line.trim().trim_matches('|').split('|').collect()
            };
            let cells: Vec<String> = cells.iter().map(|cell| format!("<td>{}</td>", cell.trim())).collect();
            page.push_str(&format!("<tr>{}</tr>\n", cells.concat()));
        }
    }
    if open {
        page.push_str("</table>\n");
    }
    page + "</body></html>\n"
}
