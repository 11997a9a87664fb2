//! `duban notice read`: what the reader makes of a notice, as JSON or as a table. Needs no database.

use super::{CliError, say};
use crate::notice_file::{self, FileFault};
use clap::{Subcommand, ValueEnum};
use duban_core::notice::{self, Notice, Role};
use std::path::PathBuf;

/// Arguments of `duban notice`.
#[derive(Debug, clap::Args)]
#[command(arg_required_else_help = true)]
pub struct Args {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Read a notice and print tasks, units, deadlines, indicators and doubts
    Read(Read),
}

#[derive(Debug, clap::Args)]
struct Read {
    /// The notice: plain text in UTF-8
    #[arg(value_name = "FILE")]
    file: PathBuf,
    /// How to print it
    #[arg(long, value_enum, default_value_t = Format::Table)]
    format: Format,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum Format {
    /// Everything, with places and doubts
    Json,
    /// For people
    Table,
}

/// Runs the command.
///
/// # Errors
/// A sentence that names the file, when it cannot be read as text; [`CliError::No`] when the text is no notice.
pub fn run(args: &Args) -> Result<(), CliError> {
    let Command::Read(read) = &args.command;
    let name = read.file.display();
    let told = |fault: FileFault| CliError::Other(format!("{name}: {}", sentence(&fault)));
    let size = std::fs::metadata(&read.file).map_err(|e| CliError::Other(format!("{name}: {e}")))?;
    if size.is_dir() {
        return Err(CliError::Other(format!("{name} is a folder, not a file")));
    }
    if size.len() > notice_file::LIMIT {
        return Err(told(FileFault::TooLarge));
    }
    let bytes = std::fs::read(&read.file).map_err(|e| CliError::Other(format!("{name}: {e}")))?;
    let text = notice_file::text(&bytes).map_err(told)?;
    let notice = notice::read(&notice::lines(&text));
    match read.format {
        Format::Json => {
            let json = serde_json::to_string_pretty(&notice).map_err(|e| CliError::Other(e.to_string()))?;
            say(&json);
        }
        Format::Table => table(&notice),
    }
    if notice.tasks.is_empty() {
        return Err(CliError::Other(format!("{name}: no task was found; is this a notice?")));
    }
    Ok(())
}

fn sentence(fault: &FileFault) -> String {
    match fault {
        FileFault::Empty => "the file is empty".to_owned(),
        FileFault::TooLarge => format!("larger than {} MB, which no notice is", notice_file::LIMIT / 1_000_000),
        FileFault::Kind(kind) => format!("this is {kind}, not plain text; save the notice as text (UTF-8) first"),
        FileFault::NotUtf8 => "not text in UTF-8; save the notice as UTF-8 first".to_owned(),
    }
}

/// Width on a terminal: two columns a Han character.
fn width(text: &str) -> usize {
    text.chars().map(|c| if c as u32 >= 0x2e80 { 2 } else { 1 }).sum()
}

fn pad(text: &str, to: usize) -> String {
    format!("{text}{}", " ".repeat(to.saturating_sub(width(text))))
}

fn table(notice: &Notice) {
    let line = |name: &str, value: Option<String>| say(&format!("{name:<10} {}", value.as_deref().unwrap_or("-")));
    line("title", notice.title.clone());
    line("issuer", notice.issuer.clone());
    line("number", notice.doc_number.clone());
    line("date", notice.issued_on.map(|d| d.to_string()));
    say(&format!("\ntasks: {}", notice.tasks.len()));
    let mut section = None;
    for task in &notice.tasks {
        if section != Some(&task.section) {
            say(&format!("  {}", task.section.as_deref().unwrap_or("-")));
            section = Some(&task.section);
        }
        let deadline = task.deadline.as_ref().map_or(String::new(), |d| {
            let date = d.date.map_or(String::new(), |d| format!(" ({d})"));
            format!("  [{}{date}]", d.text)
        });
        say(&format!("  {}  {}{deadline}", pad(&task.number, 4), task.title));
        for (role, name) in [(Role::Lead, "lead"), (Role::Co, "co"), (Role::Support, "support")] {
            let units: Vec<String> = task
                .units
                .iter()
                .filter(|u| u.role == role)
                .map(|u| format!("{}{}", u.name, if u.first { "*" } else { "" }))
                .collect();
            if !units.is_empty() {
                say(&format!("        {name:<8} {}", units.join("、")));
            }
        }
    }
    say(&format!("\nindicators: {}", notice.indicators.len()));
    for one in &notice.indicators {
        let comparator = serde_json::to_value(one.comparator).ok();
        let comparator = comparator.as_ref().and_then(|v| v.as_str()).unwrap_or("=").to_owned();
        let year = one.year.map_or(String::new(), |y| y.to_string());
        let task = one.task.as_deref().unwrap_or("-");
        say(&format!(
            "  {} {year:<4}  {} {comparator} {}{}",
            pad(task, 4),
            one.name,
            one.value,
            one.unit
        ));
    }
    say(&format!("\ndoubts: {}", notice.diagnostics.len()));
    for doubt in &notice.diagnostics {
        let code = serde_json::to_value(doubt.code).ok();
        let code = code.as_ref().and_then(|v| v.as_str()).unwrap_or("").to_owned();
        let place = doubt
            .place
            .map_or("-".to_owned(), |p| format!("{}:{}", p.line, p.start + 1));
        let args: Vec<String> = doubt.args.iter().map(|(k, v)| format!("{k}={v}")).collect();
        say(&format!("  {place:<8} {code:<24} {}", args.join(" ")));
    }
    say("\n* first named where no lead is stated: the proposed lead");
}
