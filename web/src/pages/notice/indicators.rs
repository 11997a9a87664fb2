//! The indicators on the page of a reading.

use super::Typed;
use super::view::quote;
use duban_core::notice::Indicator;
use serde::Serialize;

/// One of them, as it can be corrected.
#[derive(Serialize)]
pub(super) struct IndicatorRow {
    at: usize,
    /// The line it stands on.
    line: u32,
    task: String,
    name: String,
    comparator: &'static str,
    value: String,
    unit: String,
    year: Option<i32>,
    source: String,
    /// Lines on which the same indicator stands as well.
    also: Vec<u32>,
    taken: bool,
}

/// The indicators; of one that stands in several places each row names the others.
pub(super) fn indicators(found: &[Indicator], source: &[Vec<char>], typed: &Typed) -> Vec<IndicatorRow> {
    let rows = found
        .iter()
        .enumerate()
        .map(|(at, one)| indicator(at, one, source, typed));
    let mut rows: Vec<IndicatorRow> = rows.collect();
    for (at, one) in found.iter().enumerate() {
        let Some(first) = one.repeats.filter(|first| *first < rows.len()) else {
            continue;
        };
        let (here, there) = (rows[at].line, rows[first].line);
        rows[at].also.push(there);
        rows[first].also.push(here);
    }
    rows
}

fn indicator(at: usize, one: &Indicator, source: &[Vec<char>], typed: &Typed) -> IndicatorRow {
    IndicatorRow {
        at,
        line: one.place.line,
        task: one.task.clone().unwrap_or_default(),
        name: typed.get(&format!("called-{at}")).unwrap_or(&one.name).clone(),
        comparator: one.comparator.code(),
        value: typed
            .get(&format!("value-{at}"))
            .cloned()
            .unwrap_or_else(|| one.value.to_string()),
        unit: one.unit.clone(),
        year: one.year,
        source: quote(source, one.place, 120),
        also: Vec::new(),
        taken: typed.is_empty() || typed.contains_key(&format!("take-{at}")),
    }
}
