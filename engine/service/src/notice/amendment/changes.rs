//! What a version changes: the rows that are in force against those of the new version. Pure.

use super::{Amendment, Demanded, FigureChange, PartChange, TaskChange, Then, UnitChange};
use crate::notice::{Import, OWES_NO_PLAN, Reading, Resolution, Target};
use duban_core::document::difference;
use duban_core::id::{DocumentId, IndicatorId, TaskId, UnitId};
use duban_core::notice::amendment::{Fate, folded, pairs};
use duban_core::org::UnitKind;
use duban_core::workflow::Status;
use duban_store::amendment::Rows;
use duban_store::campaign::Owing;
use duban_store::graph::PlanState;
use duban_store::notice::{Figure, NewAssignment, NewIndicator, NewTask, Task};
use std::collections::{BTreeMap, BTreeSet};

/// The same import with its new units standing for numbers below zero, and their names: what they get shows before they
/// are there.
pub(super) fn as_if_founded(import: &Import) -> (Import, BTreeMap<UnitId, String>) {
    let mut import = import.clone();
    let mut founded = BTreeMap::new();
    for resolution in import.names.values_mut() {
        if let Resolution::Founded { name, .. } = resolution {
            let unit = UnitId(-1 - i64::try_from(founded.len()).unwrap_or(i64::MAX - 1));
            founded.insert(unit, name.trim().to_owned());
            *resolution = Resolution::Means {
                target: Target::Unit(unit),
                remember: false,
            };
        }
    }
    (import, founded)
}

pub(super) fn is_government(reading: &Reading, unit: UnitId) -> bool {
    reading.units.get(&unit).map(|unit| unit.kind) == Some(UnitKind::Government)
}

pub(super) fn then(plan: Option<&PlanState>, exempt: bool) -> Then {
    match plan.map(|plan| plan.status) {
        None if exempt => Then::Exempt,
        None => Then::Opens,
        Some(Status::Draft | Status::Returned) => Then::Follows,
        Some(status) if status.is_terminal() => Then::Final,
        Some(_) => Then::Reviewed,
    }
}

/// The rows of the new version, each with the number it had before if it was there before.
pub(super) fn matched(tasks: &[Task], known: &[Figure], new: Vec<NewTask>, figures: Vec<NewIndicator>) -> Rows {
    let before: Vec<_> = tasks
        .iter()
        .map(|task| (task.title.clone(), task.text.clone()))
        .collect();
    let after: Vec<_> = new.iter().map(|task| (task.title.clone(), task.text.clone())).collect();
    let of: BTreeMap<usize, TaskId> = pairs(&before, &after)
        .into_iter()
        .map(|(old, new)| (new, tasks[old].id))
        .collect();
    let kept: BTreeSet<TaskId> = of.values().copied().collect();
    let mut left: Vec<&Figure> = known.iter().collect();
    let mut found: Vec<(Option<IndicatorId>, NewIndicator)> = Vec::new();
    for figure in figures {
        let task = figure.task.and_then(|at| of.get(&at)).copied();
        let same = |one: &&Figure| folded(&one.name) == folded(&figure.name);
        let at = left
            .iter()
            .position(|one| same(one) && one.task == task)
            .or_else(|| left.iter().position(same));
        let id = at.map(|at| left.remove(at).id);
        found.push((id, figure));
    }
    let gone = tasks.iter().map(|task| task.id).filter(|id| !kept.contains(id));
    Rows {
        withdrawn: gone.collect(),
        dropped: left.into_iter().map(|figure| figure.id).collect(),
        tasks: new
            .into_iter()
            .enumerate()
            .map(|(at, task)| (of.get(&at).copied(), task))
            .collect(),
        figures: found,
    }
}

fn parts(task: Option<&Task>) -> BTreeMap<UnitId, String> {
    let units = task.into_iter().flat_map(|task| &task.units);
    units.map(|unit| (unit.unit, unit.role.to_owned())).collect()
}

/// The rosters through which alone units are meant, before or after.
fn via(old: Option<&Task>, new: &[NewAssignment]) -> BTreeMap<UnitId, i64> {
    let before = old.into_iter().flat_map(|task| &task.units);
    let before = before.map(|unit| (unit.unit, unit.via_roster));
    let after = new.iter().map(|unit| (unit.unit, unit.via_roster));
    before
        .chain(after)
        .filter_map(|(unit, via)| Some((unit, via?)))
        .collect()
}

fn new_parts(units: &[NewAssignment]) -> BTreeMap<UnitId, String> {
    units.iter().map(|unit| (unit.unit, unit.role.to_owned())).collect()
}

impl From<&Figure> for Demanded {
    fn from(figure: &Figure) -> Self {
        Self {
            comparator: figure.comparator.clone(),
            value: figure.value.clone(),
            measure: figure.measure.clone(),
            year: figure.year,
        }
    }
}

impl From<&NewIndicator> for Demanded {
    fn from(new: &NewIndicator) -> Self {
        Self {
            comparator: new.comparator.to_owned(),
            value: new.value.clone(),
            measure: new.measure.clone(),
            year: new.year,
        }
    }
}

/// `name` and `roster` say what units and rosters are called.
pub(super) fn task_changes(
    tasks: &[Task],
    rows: &Rows,
    name: &impl Fn(UnitId) -> String,
    roster: &impl Fn(i64) -> String,
) -> Vec<TaskChange> {
    let by_id: BTreeMap<TaskId, &Task> = tasks.iter().map(|task| (task.id, task)).collect();
    let differing = |a: &str, b: &str| {
        if folded(a) == folded(b) {
            Vec::new()
        } else {
            difference::text(a, b)
        }
    };
    let part_changes =
        |had: BTreeMap<UnitId, String>, has: BTreeMap<UnitId, String>, via: BTreeMap<UnitId, i64>| -> Vec<PartChange> {
            let all: BTreeSet<UnitId> = had.keys().chain(has.keys()).copied().collect();
            let changed = all.into_iter().filter(|unit| had.get(unit) != has.get(unit));
            changed
                .map(|unit| PartChange {
                    unit,
                    name: name(unit),
                    via: via.get(&unit).map(|id| roster(*id)),
                    before: had.get(&unit).cloned(),
                    after: has.get(&unit).cloned(),
                })
                .collect()
        };
    let mut found = Vec::new();
    for (id, new) in &rows.tasks {
        let old = id.and_then(|id| by_id.get(&id)).copied();
        let words = |deadline: Option<&String>| deadline.cloned().unwrap_or_default();
        let deadline = old.and_then(|old| {
            let same = old.due_on == new.due_on && (old.due_on.is_some() || old.deadline == new.deadline);
            (!same).then(|| (words(old.deadline.as_ref()), words(new.deadline.as_ref())))
        });
        let one = TaskChange {
            fate: if old.is_some() { Fate::Changed } else { Fate::Added },
            before: old.map(|old| old.number),
            after: Some(new.number),
            title: new.title.clone(),
            titled: old.map_or_else(Vec::new, |old| differing(&old.title, &new.title)),
            worded: old.map_or_else(Vec::new, |old| differing(&old.text, &new.text)),
            deadline,
            parts: part_changes(parts(old), new_parts(&new.units), via(old, &new.units)),
        };
        let touched =
            !one.titled.is_empty() || !one.worded.is_empty() || !one.parts.is_empty() || one.deadline.is_some();
        if one.fate == Fate::Added || touched {
            found.push(one);
        }
    }
    for old in rows.withdrawn.iter().filter_map(|id| by_id.get(id)) {
        found.push(TaskChange {
            fate: Fate::Removed,
            before: Some(old.number),
            after: None,
            title: old.title.clone(),
            titled: Vec::new(),
            worded: Vec::new(),
            deadline: None,
            parts: part_changes(parts(Some(old)), BTreeMap::new(), via(Some(old), &[])),
        });
    }
    found
}

pub(super) fn figure_changes(known: &[Figure], rows: &Rows) -> Vec<FigureChange> {
    let by_id: BTreeMap<IndicatorId, &Figure> = known.iter().map(|figure| (figure.id, figure)).collect();
    let mut found = Vec::new();
    for (id, new) in &rows.figures {
        let before = id.and_then(|id| by_id.get(&id)).map(|old| Demanded::from(*old));
        let after = Demanded::from(new);
        if before.as_ref() != Some(&after) {
            found.push(FigureChange {
                fate: if before.is_some() { Fate::Changed } else { Fate::Added },
                name: new.name.clone(),
                before,
                after: Some(after),
            });
        }
    }
    for old in rows.dropped.iter().filter_map(|id| by_id.get(id)) {
        found.push(FigureChange {
            fate: Fate::Removed,
            name: old.name.clone(),
            before: Some(Demanded::from(*old)),
            after: None,
        });
    }
    found
}

/// What the changes mean unit by unit. A figure that differs counts for those who have its task.
pub(super) fn unit_changes(
    (tasks, rows, known): (&[Task], &Rows, &[Figure]),
    changes: &[TaskChange],
    of: impl Fn(UnitId) -> (String, Option<DocumentId>, Then),
) -> Vec<UnitChange> {
    let by_id: BTreeMap<TaskId, &Task> = tasks.iter().map(|task| (task.id, task)).collect();
    let reworded: BTreeSet<i32> = changes
        .iter()
        .filter(|one| one.fate == Fate::Changed)
        .filter(|one| !one.titled.is_empty() || !one.worded.is_empty() || one.deadline.is_some())
        .filter_map(|one| one.after)
        .collect();
    let refigured = refigured(rows, known);
    let mut gained: BTreeMap<UnitId, Vec<i32>> = BTreeMap::new();
    let mut lost: BTreeMap<UnitId, Vec<i32>> = BTreeMap::new();
    let mut changed: BTreeMap<UnitId, Vec<i32>> = BTreeMap::new();
    for (at, (id, new)) in rows.tasks.iter().enumerate() {
        let old = id.and_then(|id| by_id.get(&id)).copied();
        let (had, has) = (parts(old), new_parts(&new.units));
        for (unit, role) in &has {
            match had.get(unit) {
                None => gained.entry(*unit).or_default().push(new.number),
                Some(before) if before != role || reworded.contains(&new.number) || refigured.contains(&at) => {
                    changed.entry(*unit).or_default().push(new.number);
                }
                Some(_) => {}
            }
        }
        for unit in had.keys().filter(|unit| !has.contains_key(unit)) {
            let number = old.map_or(new.number, |old| old.number);
            lost.entry(*unit).or_default().push(number);
        }
    }
    for old in rows.withdrawn.iter().filter_map(|id| by_id.get(id)) {
        for unit in &old.units {
            lost.entry(unit.unit).or_default().push(old.number);
        }
    }
    let all: BTreeSet<UnitId> = gained
        .keys()
        .chain(lost.keys())
        .chain(changed.keys())
        .copied()
        .collect();
    all.into_iter()
        .map(|unit| {
            let (name, plan, then) = of(unit);
            UnitChange {
                unit,
                name,
                gained: gained.remove(&unit).unwrap_or_default(),
                lost: lost.remove(&unit).unwrap_or_default(),
                changed: changed.remove(&unit).unwrap_or_default(),
                plan,
                then,
            }
        })
        .collect()
}

/// Positions of tasks whose figures differ: in number, or in what one demands.
fn refigured(rows: &Rows, known: &[Figure]) -> BTreeSet<usize> {
    let by_id: BTreeMap<IndicatorId, &Figure> = known.iter().map(|figure| (figure.id, figure)).collect();
    let at_of: BTreeMap<TaskId, usize> = rows
        .tasks
        .iter()
        .enumerate()
        .filter_map(|(at, (id, _))| Some(((*id)?, at)))
        .collect();
    let mut found: BTreeSet<usize> = BTreeSet::new();
    for (id, new) in &rows.figures {
        let before = id.and_then(|id| by_id.get(&id)).map(|old| Demanded::from(*old));
        if before != Some(new.into()) {
            found.extend(new.task);
        }
    }
    let dropped = rows.dropped.iter().filter_map(|id| by_id.get(id)?.task);
    found.extend(dropped.filter_map(|task| at_of.get(&task).copied()));
    found
}

/// Units that get a plan, with the roster through which alone they take part.
pub(super) fn owing(rows: &Rows, amendment: &Amendment) -> Vec<Owing> {
    let joining = amendment
        .units
        .iter()
        .filter(|one| matches!(one.then, Then::Opens | Then::Exempt) && !one.gained.is_empty());
    joining
        .map(|one| {
            let parts = || {
                rows.tasks
                    .iter()
                    .flat_map(|(_, task)| &task.units)
                    .filter(|part| part.unit == one.unit)
            };
            let by_itself = parts().any(|part| part.via_roster.is_none());
            Owing {
                unit: one.unit,
                via_roster: if by_itself {
                    None
                } else {
                    parts().find_map(|part| part.via_roster)
                },
                exempt: (one.then == Then::Exempt).then(|| OWES_NO_PLAN.to_owned()),
            }
        })
        .collect()
}

/// The lead of each task as it is in force, by the name that the new version has for it.
pub(super) fn carried(reading: &Reading, tasks: &[Task], import: &Import) -> BTreeMap<usize, String> {
    let before: Vec<_> = tasks
        .iter()
        .map(|task| (task.title.clone(), task.text.clone()))
        .collect();
    let new = &reading.notice.tasks;
    let after: Vec<_> = new.iter().map(|task| (task.title.clone(), task.text.clone())).collect();
    let mut found = BTreeMap::new();
    for (old, at) in pairs(&before, &after) {
        let Some(lead) = tasks[old].lead() else { continue };
        let named = new[at].units.iter().find(|named| {
            matches!(import.names.get(&named.name),
                Some(Resolution::Means { target: Target::Unit(unit), .. }) if *unit == lead)
        });
        if let Some(named) = named {
            found.insert(at, named.name.clone());
        }
    }
    found
}
