//! `duban notice score`: how well the reading of a notice, or of every notice of a folder, agrees with a person's.

use super::{CliError, notice_of, say};
use duban_core::notice::score::{self as core, Expected, Tally};
use std::path::{Path, PathBuf};

/// Arguments of `duban notice score`.
#[derive(Debug, clap::Args)]
pub struct Score {
    /// The notice (text, HTML, DOCX, XLSX or PDF), or a folder of notices
    #[arg(value_name = "FILE|DIR")]
    file: PathBuf,
    /// The reading by hand as JSON, or the folder where they lie; NAME.expected.json beside the notice if left out
    #[arg(value_name = "EXPECTED.json|DIR")]
    expected: Option<PathBuf>,
    /// Print every difference as well
    #[arg(long)]
    differences: bool,
}

/// What is scored, in the order of the table.
const KINDS: [&str; 8] = [
    "units",
    "roles",
    "deadlines",
    "indicators",
    "tasks",
    "titles",
    "sections",
    "head",
];

/// Runs the command.
///
/// # Errors
/// A sentence that names the file, when one cannot be read.
pub fn run(args: &Score) -> Result<(), CliError> {
    if args.file.is_dir() {
        return folder(args);
    }
    let expected = args
        .expected
        .clone()
        .unwrap_or_else(|| args.file.with_extension("expected.json"));
    let score = scored(&args.file, &expected)?;
    say("             right  found  expected  precision  recall");
    for (kind, t) in KINDS.iter().zip(tallies(&score)) {
        say(&format!(
            "{kind:<11} {:>6} {:>6} {:>9} {:>10.3} {:>7.3}",
            t.right,
            t.found,
            t.expected,
            t.precision(),
            t.recall()
        ));
    }
    if args.differences {
        score.differences.iter().for_each(|one| say(one));
    }
    Ok(())
}

fn scored(file: &Path, expected: &Path) -> Result<core::Score, CliError> {
    let name = expected.display();
    let json = std::fs::read_to_string(expected).map_err(|e| CliError::Other(format!("{name}: {e}")))?;
    let expected: Expected = serde_json::from_str(&json).map_err(|e| CliError::Other(format!("{name}: {e}")))?;
    Ok(core::score(&notice_of(file)?, &expected))
}

fn tallies(score: &core::Score) -> [Tally; 8] {
    [
        score.units,
        score.roles,
        score.deadlines,
        score.indicators,
        score.tasks,
        score.titles,
        score.sections,
        score.head,
    ]
}

/// Every notice of a folder that has a reading by hand: precision and recall, a line each, and the totals.
fn folder(args: &Score) -> Result<(), CliError> {
    let name = args.file.display();
    let told = |e: std::io::Error| CliError::Other(format!("{name}: {e}"));
    let hands = args.expected.as_ref().unwrap_or(&args.file);
    let mut files: Vec<PathBuf> = Vec::new();
    for entry in std::fs::read_dir(&args.file).map_err(told)? {
        let path = entry.map_err(told)?.path();
        if path.extension().is_some_and(|ending| ending != "json") && by_hand(&path, hands).is_some() {
            files.push(path);
        }
    }
    files.sort();
    if files.is_empty() {
        return Err(CliError::Other(format!(
            "{name}: no notice with NAME.expected.json beside it"
        )));
    }
    let width = files
        .iter()
        .map(|f| file_name(f).chars().count())
        .max()
        .unwrap_or(5)
        .max(5);
    say(&format!(
        "{:<width$}  {}",
        "",
        KINDS.map(|kind| format!("{kind:<11}")).join("  ").trim_end()
    ));
    let mut totals = [Tally::default(); 8];
    for file in &files {
        let Some(expected) = by_hand(file, hands) else { continue };
        let score = scored(file, &expected)?;
        let tallies = tallies(&score);
        say(&line(&file_name(file), width, &tallies));
        if args.differences {
            score.differences.iter().for_each(|one| say(&format!("    {one}")));
        }
        totals.iter_mut().zip(tallies).for_each(|(total, one)| *total += one);
    }
    say(&line("total", width, &totals));
    Ok(())
}

fn file_name(file: &Path) -> String {
    file.file_name().unwrap_or_default().to_string_lossy().into_owned()
}

fn by_hand(file: &Path, folder: &Path) -> Option<PathBuf> {
    let expected = folder.join(file.with_extension("expected.json").file_name()?);
    expected.is_file().then_some(expected)
}

/// Precision and recall of each kind: `0.981 0.975`.
fn line(name: &str, width: usize, tallies: &[Tally; 8]) -> String {
    let shares = tallies.map(|t| format!("{:.3} {:.3}", t.precision(), t.recall()));
    format!("{name:<width$}  {}", shares.join("  "))
}
