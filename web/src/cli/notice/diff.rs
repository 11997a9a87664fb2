//! `duban notice diff`: what a second version of a notice changes.

use super::{CliError, Format, notice_of, say};
use duban_core::document::difference::Run;
use duban_core::notice::amendment::{self, Amendment, Demand, Fate};
use duban_core::notice::{Notice, Role};
use std::path::PathBuf;

#[derive(Debug, clap::Args)]
pub(super) struct Diff {
    /// The version before: text, HTML, DOCX, XLSX or PDF
    #[arg(value_name = "OLD")]
    old: PathBuf,
    /// The version after
    #[arg(value_name = "NEW")]
    new: PathBuf,
    /// How to print it
    #[arg(long, value_enum, default_value_t = Format::Table)]
    format: Format,
}

pub(super) fn run(args: &Diff) -> Result<(), CliError> {
    let (old, new) = (notice_of(&args.old)?, notice_of(&args.new)?);
    let found = amendment::between(&old, &new);
    match args.format {
        Format::Json => {
            let json = serde_json::to_string_pretty(&found).map_err(|e| CliError::Other(e.to_string()))?;
            say(&json);
        }
        Format::Table => table(&found, &old, &new),
    }
    Ok(())
}

fn fate(fate: Fate) -> char {
    match fate {
        Fate::Added => '+',
        Fate::Removed => '-',
        Fate::Changed => '~',
    }
}

fn role(role: Option<Role>) -> &'static str {
    match role {
        None => "none",
        Some(Role::Lead) => "lead",
        Some(Role::Co) => "co",
        Some(Role::Support) => "support",
    }
}

/// `[-old-]` and `{+new+}` around what differs.
fn marked(runs: &[Run]) -> String {
    let piece = |run: &Run| match run {
        Run::Same(words) => words.clone(),
        Run::Removed(words) => format!("[-{words}-]"),
        Run::Added(words) => format!("{{+{words}+}}"),
    };
    runs.iter().map(piece).collect::<String>().replace('\n', " ")
}

fn demand(demand: Option<&Demand>) -> String {
    let Some(demand) = demand else {
        return "none".to_owned();
    };
    let comparator = serde_json::to_value(demand.comparator).ok();
    let comparator = comparator.as_ref().and_then(|v| v.as_str()).unwrap_or("=").to_owned();
    let year = demand.year.map_or(String::new(), |year| format!(" ({year})"));
    format!("{comparator} {}{}{year}", demand.value, demand.unit)
}

fn table(found: &Amendment, old: &Notice, new: &Notice) {
    if found.is_empty() {
        say("nothing differs");
        return;
    }
    let name = |notice: &Notice, at: Option<usize>| {
        let task = at.and_then(|at| notice.tasks.get(at));
        task.map(|task| format!("{} {}", task.number, task.title))
    };
    say(&format!("tasks: {}", found.tasks.len()));
    for one in &found.tasks {
        let title = name(new, one.new).or_else(|| name(old, one.old)).unwrap_or_default();
        say(&format!("{} {title}", fate(one.fate)));
        if !one.title.is_empty() {
            say(&format!("    title     {}", marked(&one.title)));
        }
        if !one.text.is_empty() {
            say(&format!("    text      {}", marked(&one.text)));
        }
        for unit in &one.units {
            say(&format!(
                "    unit      {}: {} -> {}",
                unit.name,
                role(unit.before),
                role(unit.after)
            ));
        }
        if let Some((before, after)) = &one.deadline {
            let said = |words: &Option<String>| words.clone().unwrap_or_else(|| "none".to_owned());
            say(&format!("    deadline  {} -> {}", said(before), said(after)));
        }
    }
    say(&format!("\nindicators: {}", found.indicators.len()));
    for one in &found.indicators {
        let (before, after) = (demand(one.before.as_ref()), demand(one.after.as_ref()));
        say(&format!("{} {}: {before} -> {after}", fate(one.fate), one.name));
    }
    let concerns = found.concerns(old, new);
    say(&format!("\nunits concerned: {}", concerns.len()));
    for (unit, concern) in &concerns {
        let numbers = |notice: &Notice, positions: &[usize]| {
            let tasks = positions.iter().filter_map(|at| notice.tasks.get(*at));
            tasks.map(|task| task.number.as_str()).collect::<Vec<_>>().join(", ")
        };
        let parts = [
            ("gains", numbers(new, &concern.gained)),
            ("loses", numbers(old, &concern.lost)),
            ("changed", numbers(new, &concern.changed)),
        ];
        let parts = parts.iter().filter(|(_, tasks)| !tasks.is_empty());
        let parts: Vec<String> = parts.map(|(what, tasks)| format!("{what} {tasks}")).collect();
        say(&format!("  {unit}: {}", parts.join("; ")));
    }
}
