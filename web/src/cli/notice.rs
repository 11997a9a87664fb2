//! `duban notice`: what the reader makes of a notice, how well that agrees with a person's reading, and the task breakdown
//! table. Needs no database.

mod diff;
mod score;

use super::{CliError, say};
use crate::breakdown::{Breakdown, Form};
use crate::i18n::{Locale, Texts};
use clap::{Subcommand, ValueEnum};
use duban_core::notice::{self, Notice, Role};
use duban_intake::Fault;
use std::path::{Path, PathBuf};

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
    /// Compare the reading of a notice, or of a folder of them, with a person's and print precision and recall
    Score(score::Score),
    /// Write the task breakdown table (.xlsx or .docx)
    Export(Export),
    /// Say what a second version of a notice changes: tasks, units, deadlines, indicators, and for whom
    Diff(diff::Diff),
    /// Print the text of a file that comes in on standard input; what the server asks for with a PDF
    #[command(hide = true)]
    Text,
}

#[derive(Debug, clap::Args)]
struct Export {
    /// The notice: text, HTML, DOCX, XLSX or PDF
    #[arg(value_name = "FILE")]
    file: PathBuf,
    /// Where the table goes; its ending says whether .xlsx or .docx
    #[arg(value_name = "OUT")]
    out: PathBuf,
}

#[derive(Debug, clap::Args)]
struct Read {
    /// The notice: text, HTML, DOCX, XLSX or PDF
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
    match &args.command {
        Command::Read(args) => read(args),
        Command::Score(args) => score::run(args),
        Command::Export(args) => export(args),
        Command::Diff(args) => diff::run(args),
        Command::Text => crate::intake::taken_apart().map_err(CliError::Code),
    }
}

/// Takes a file apart and reads it.
fn notice_of(file: &Path) -> Result<Notice, CliError> {
    let name = file.display();
    let told = |fault: &Fault| CliError::Other(format!("{name}: {}", sentence(fault)));
    let size = std::fs::metadata(file).map_err(|e| CliError::Other(format!("{name}: {e}")))?;
    if size.is_dir() {
        return Err(CliError::Other(format!("{name} is a folder, not a file")));
    }
    if size.len() > duban_intake::FILE_LIMIT {
        return Err(told(&Fault::TooLarge(duban_intake::FILE_LIMIT / 1_000_000)));
    }
    let bytes = std::fs::read(file).map_err(|e| CliError::Other(format!("{name}: {e}")))?;
    let text = duban_intake::text(&bytes).map_err(|fault| told(&fault))?;
    Ok(notice::read(&notice::lines(&text)))
}

fn read(read: &Read) -> Result<(), CliError> {
    let notice = notice_of(&read.file)?;
    match read.format {
        Format::Json => {
            let json = serde_json::to_string_pretty(&notice).map_err(|e| CliError::Other(e.to_string()))?;
            say(&json);
        }
        Format::Table => table(&notice),
    }
    if notice.tasks.is_empty() {
        let name = read.file.display();
        return Err(CliError::Other(format!("{name}: no task was found; is this a notice?")));
    }
    Ok(())
}

fn export(args: &Export) -> Result<(), CliError> {
    let notice = notice_of(&args.file)?;
    let texts = Texts::load().map_err(|e| CliError::Other(e.to_string()))?;
    let table = Breakdown::of(&notice, |key| texts.plain(Locale::ZhCn, key));
    let out = args.out.display();
    let form = args.out.extension().and_then(|e| e.to_str()).and_then(Form::of_ending);
    let form = form.ok_or_else(|| CliError::Other(format!("{out}: the name has to end in .xlsx or .docx")))?;
    let bytes = table.write(form).map_err(|e| CliError::Other(format!("{out}: {e}")))?;
    std::fs::write(&args.out, bytes).map_err(|e| CliError::Other(format!("{out}: {e}")))
}

fn sentence(fault: &Fault) -> String {
    match fault {
        Fault::Empty => "the file is empty".to_owned(),
        Fault::TooLarge(megabytes) => format!("larger than {megabytes} MB, which no notice is"),
        Fault::Kind(kind) => format!("this is {kind}, which is not read; save the notice as .docx or as text first"),
        Fault::Scanned => "a scanned PDF without text; use the original or run text recognition first".to_owned(),
        Fault::Broken(kind) => format!("this {kind} cannot be read: damaged, locked or too complex; save it anew"),
        Fault::NotText => "not text in UTF-8, UTF-16 or GB 18030; save the notice as UTF-8 first".to_owned(),
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
