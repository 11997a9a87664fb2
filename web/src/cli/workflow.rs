//! `duban workflow`: checks a definition file, shows a definition as a picture (both without a database), and replays
//! a campaign under changed conditions.

use super::{CliError, say};
use clap::{Subcommand, ValueEnum};
use duban_core::workflow::Definition;
use duban_workflows::diagram::{self, Words};
use duban_workflows::{Located, Registry, check};
use std::path::PathBuf;
use std::sync::Arc;

/// Arguments of `duban workflow`.
#[derive(Debug, clap::Args)]
#[command(arg_required_else_help = true)]
pub struct Args {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Load a definition file and report every problem with its line; fails when there is one
    Check(Check),
    /// Show a definition as a picture
    Show(Show),
    /// Replay a campaign of a database under changed conditions: somebody away, a limit shortened, a stage added
    Simulate(super::simulate::Args),
    /// List the definitions this program ships with
    List,
}

#[derive(Debug, clap::Args)]
struct Check {
    /// The definition: TOML
    #[arg(value_name = "FILE")]
    file: PathBuf,
    /// How to print problems
    #[arg(long, value_enum, default_value_t = Format::Text)]
    format: Format,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum Format {
    /// One line for each problem
    Text,
    /// An object with the problems as a list
    Json,
}

#[derive(Debug, clap::Args)]
struct Show {
    /// A definition's name, as in annual-plan, or a definition file
    #[arg(value_name = "ID")]
    id: String,
    /// Which picture
    #[arg(long, value_enum, default_value_t = Picture::Mermaid)]
    format: Picture,
    /// The language of titles
    #[arg(long, default_value = "zh-CN")]
    locale: String,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum Picture {
    /// Text that many documentation tools draw
    Mermaid,
    /// A picture
    Svg,
}

/// Runs the command.
///
/// # Errors
/// [`CliError::No`] when the checked file has problems; a sentence when a file or definition is not there.
pub fn run(args: &Args) -> Result<(), CliError> {
    match &args.command {
        Command::Check(check) => check_file(check),
        Command::Show(show) => show_picture(show),
        Command::Simulate(args) => super::simulate::run(args),
        Command::List => {
            for definition in shipped()?.all() {
                let title = &definition.title;
                let (id, version) = (&definition.id, definition.version);
                say(&format!("{id:<24} v{version}  {}  {}", title.zh, title.en));
            }
            Ok(())
        }
    }
}

fn shipped() -> Result<Registry, CliError> {
    Registry::shipped().map_err(|error| CliError::Other(error.to_string()))
}

pub(super) fn read(path: &std::path::Path) -> Result<String, CliError> {
    std::fs::read_to_string(path).map_err(|error| CliError::Other(format!("{}: {error}", path.display())))
}

fn check_file(args: &Check) -> Result<(), CliError> {
    let text = read(&args.file)?;
    let (definition, problems) = match check(&text) {
        Ok(source) => (Some(source.definition), Vec::new()),
        Err(problems) => (None, problems),
    };
    match args.format {
        Format::Json => {
            let json = serde_json::json!({
                "file": args.file,
                "ok": problems.is_empty(),
                "definition": definition.as_ref().map(|definition| &definition.id),
                "version": definition.as_ref().map(|definition| definition.version),
                "problems": problems,
            });
            say(&serde_json::to_string_pretty(&json).map_err(|error| CliError::Other(error.to_string()))?);
        }
        Format::Text => {
            for problem in &problems {
                say(&sentence(&args.file.display().to_string(), problem));
            }
            if let Some(Definition { id, version, .. }) = &definition {
                say(&format!("{}: {id} version {version} is sound", args.file.display()));
            }
        }
    }
    if problems.is_empty() { Ok(()) } else { Err(CliError::No) }
}

pub(super) fn sentence(file: &str, problem: &Located) -> String {
    let reason = &problem.problem.reason;
    let args: Vec<_> = reason
        .args
        .iter()
        .map(|(name, value)| format!("{name}={value}"))
        .collect();
    let args = if args.is_empty() {
        String::new()
    } else {
        format!(" ({})", args.join(", "))
    };
    format!("{file}:{}: {}{args}", problem.line, reason.code)
}

fn show_picture(args: &Show) -> Result<(), CliError> {
    let definition = match shipped()?.latest(&args.id) {
        Some(definition) => definition,
        None if args.id.ends_with(".toml") => {
            let text = read(std::path::Path::new(&args.id))?;
            let source = check(&text).map_err(|problems| {
                let lines: Vec<_> = problems.iter().map(|problem| sentence(&args.id, problem)).collect();
                CliError::Other(format!("this definition has problems\n{}", lines.join("\n")))
            })?;
            Arc::new(source.definition)
        }
        None => {
            let names: Vec<_> = shipped()?.all().map(|definition| definition.id.clone()).collect();
            let names = names.join(", ");
            return Err(CliError::Other(format!(
                "there is no definition {}; there are: {names}",
                args.id
            )));
        }
    };
    let words = Words {
        locale: &args.locale,
        fact: &|fact| fact.to_owned(),
        not: "not",
        or: "or",
    };
    say(&match args.format {
        Picture::Mermaid => diagram::mermaid(&definition, &words),
        Picture::Svg => diagram::svg(&definition, "workflow", &words),
    });
    Ok(())
}
