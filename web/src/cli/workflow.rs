//! `duban workflow`: checks a definition file, shows a definition as a picture (both without a database), and replays
//! a campaign under changed conditions.

use super::{CliError, say};
use clap::{Subcommand, ValueEnum};
use duban_core::workflow::Definition;
use duban_core::workflow::proof::prove;
use duban_workflows::diagram::{self, Words};
use duban_workflows::difference::{Change, Kind, difference, difference_svg};
use duban_workflows::{Located, Registry, check, export};
use std::path::{Path, PathBuf};
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
    /// Write a definition in a format of other tools
    Export(Export),
    /// Show what changed between two definitions; fails when something did
    Diff(Diff),
    /// Replay a campaign of a database under changed conditions: somebody away, a limit shortened, a stage added
    Simulate(super::simulate::Args),
    /// Tell which running documents of a database can move to another version; move them with --apply
    Migrate(super::migration::Args),
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

#[derive(Debug, clap::Args)]
struct Export {
    /// A definition's name, as in annual-plan (or annual-plan.v1), or a definition file
    #[arg(value_name = "ID|FILE")]
    id: String,
    /// Which format
    #[arg(long, value_enum)]
    format: FormatName,
    /// The language of titles
    #[arg(long, default_value = "zh-CN")]
    locale: String,
}

#[derive(Debug, clap::Args)]
struct Diff {
    /// The old definition: a name, a name with its version, or a file
    #[arg(value_name = "A")]
    old: String,
    /// The new definition
    #[arg(value_name = "B")]
    new: String,
    /// How to show it
    #[arg(long, value_enum, default_value_t = Shown::Text)]
    format: Shown,
    /// The language of titles
    #[arg(long, default_value = "zh-CN")]
    locale: String,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum Shown {
    /// One line for each change
    Text,
    /// A picture
    Svg,
    /// A list of the changes
    Json,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum Picture {
    /// Text that many documentation tools draw
    Mermaid,
    /// A picture
    Svg,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum FormatName {
    /// The net that histories conform to, for tools of process analysis
    Pnml,
    /// For modelling tools
    Bpmn,
    /// Text that many documentation tools draw
    Mermaid,
    /// A picture
    Svg,
    /// The definition as this program understands it
    Json,
}

/// Runs the command.
///
/// # Errors
/// [`CliError::No`] when the checked file has problems; a sentence when a file or definition is not there.
pub fn run(args: &Args) -> Result<(), CliError> {
    match &args.command {
        Command::Check(check) => check_file(check),
        Command::Show(show) => show_picture(show),
        Command::Export(export) => export_to(export),
        Command::Diff(diff) => show_difference(diff),
        Command::Simulate(args) => super::simulate::run(args),
        Command::Migrate(args) => super::migration::run(args),
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

pub(super) fn read(path: &Path) -> Result<String, CliError> {
    std::fs::read_to_string(path).map_err(|error| CliError::Other(format!("{}: {error}", path.display())))
}

fn check_file(args: &Check) -> Result<(), CliError> {
    let text = read(&args.file)?;
    let (source, problems) = match check(&text) {
        Ok(source) => (Some(source), Vec::new()),
        Err(problems) => (None, problems),
    };
    // Also of what is refused, as far as it can be read: how much was looked at belongs to the answer.
    let explored = match &source {
        Some(source) => Some(prove(&source.definition)),
        None => duban_workflows::read(&text)
            .ok()
            .map(|source| prove(&source.definition)),
    };
    let (states, limit_hit) = explored.map_or((0, false), |proof| (proof.states, proof.limit_hit));
    let definition = source.map(|source| source.definition);
    let file = args.file.display().to_string();
    match args.format {
        Format::Json => {
            let json = serde_json::json!({
                "file": args.file,
                "ok": problems.is_empty(),
                "verdict": if problems.is_empty() { "sound" } else { "refused" },
                "definition": definition.as_ref().map(|definition| &definition.id),
                "version": definition.as_ref().map(|definition| definition.version),
                "states": states,
                "limit_hit": limit_hit,
                "problems": problems,
            });
            say(&serde_json::to_string_pretty(&json).map_err(|error| CliError::Other(error.to_string()))?);
        }
        Format::Text => {
            for problem in &problems {
                say(&sentence(&file, problem));
            }
            let limit = if limit_hit { ", limit hit" } else { "" };
            say(&match &definition {
                Some(Definition { id, version, .. }) => {
                    format!("{file}: {id} version {version} is sound ({states} states explored{limit})")
                }
                None => format!(
                    "{file}: refused, {} problems ({states} states explored{limit})",
                    problems.len()
                ),
            });
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

/// A shipped definition by name, with or without its version, or that of a file.
fn definition(id: &str) -> Result<Arc<Definition>, CliError> {
    let shipped = shipped()?;
    let of_version = id
        .rsplit_once(".v")
        .and_then(|(name, version)| shipped.get(name, version.parse().ok()?));
    if let Some(found) = shipped.latest(id).or(of_version) {
        return Ok(found);
    }
    if !id.ends_with(".toml") {
        let names: Vec<_> = shipped.all().map(|definition| definition.id.clone()).collect();
        let names = names.join(", ");
        return Err(CliError::Other(format!(
            "there is no definition {id}; there are: {names}"
        )));
    }
    let text = read(Path::new(id))?;
    let source = check(&text).map_err(|problems| {
        let lines: Vec<_> = problems.iter().map(|problem| sentence(id, problem)).collect();
        CliError::Other(format!("this definition has problems\n{}", lines.join("\n")))
    })?;
    Ok(Arc::new(source.definition))
}

fn words(locale: &str) -> Words<'_> {
    Words {
        locale,
        fact: &|fact| fact.to_owned(),
        option: &|_, value| value.to_owned(),
        not: "not",
        or: "or",
    }
}

fn show_picture(args: &Show) -> Result<(), CliError> {
    let definition = definition(&args.id)?;
    let words = words(&args.locale);
    say(&match args.format {
        Picture::Mermaid => diagram::mermaid(&definition, &words),
        Picture::Svg => diagram::svg(&definition, "workflow", &words),
    });
    Ok(())
}

fn export_to(args: &Export) -> Result<(), CliError> {
    let definition = definition(&args.id)?;
    let format = match args.format {
        FormatName::Pnml => export::Format::Pnml,
        FormatName::Bpmn => export::Format::Bpmn,
        FormatName::Mermaid => export::Format::Mermaid,
        FormatName::Svg => export::Format::Svg,
        FormatName::Json => export::Format::Json,
    };
    say(export::definition(&definition, format, &words(&args.locale)).trim_end());
    Ok(())
}

fn show_difference(args: &Diff) -> Result<(), CliError> {
    let (old, new) = (definition(&args.old)?, definition(&args.new)?);
    let changes = difference(&old, &new);
    match args.format {
        Shown::Svg => say(&difference_svg(&old, &new, "difference", &args.locale)),
        Shown::Json => {
            let json = serde_json::to_string_pretty(&changes);
            say(&json.map_err(|error| CliError::Other(error.to_string()))?);
        }
        Shown::Text => changes.iter().for_each(|change| say(&changed(change))),
    }
    if changes.is_empty() { Ok(()) } else { Err(CliError::No) }
}

/// A change in one line, as differences are written: what is gone, what is new, what was and is.
fn changed(change: &Change) -> String {
    let part = change.part.as_ref().map_or("definition", |part| &part.0);
    let place = if change.field.is_empty() {
        part.to_owned()
    } else {
        format!("{part}.{}", change.field)
    };
    match (change.kind, &change.before, &change.after) {
        (Kind::Added, _, None) => format!("+ {place}"),
        (Kind::Added, _, Some(after)) => format!("+ {place} = {after}"),
        (Kind::Removed, None, _) => format!("- {place}"),
        (Kind::Removed, Some(before), _) => format!("- {place} = {before}"),
        (Kind::Changed, before, after) => {
            let said = |text: &Option<String>| text.clone().unwrap_or_default();
            format!("~ {place}: {} -> {}", said(before), said(after))
        }
    }
}
