//! What a second version of a notice changes: the draft for comment against what was issued, or an amendment. Pure: two
//! readings in, a list of differences out.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use super::{Comparator, Indicator, Notice, Role, Task};
use crate::document::difference::{self, Run};
use rust_decimal::Decimal;

/// Two tasks count as one reworded when their titles share at least this part of their pairs of characters, in percent.
const ALIKE: usize = 50;
/// Most comparisons of titles; beyond it what has neither title nor number in common is new.
const COMPARISONS: usize = 250_000;

/// Everything that differs between two versions.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Amendment {
    /// Tasks that differ, in the order of the new version, removed ones last.
    pub tasks: Vec<TaskAmendment>,
    /// Indicators that differ, in the order of the new version, removed ones last.
    pub indicators: Vec<IndicatorAmendment>,
}

/// What happened to a task or an indicator.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Fate {
    /// Only in the new version.
    Added,
    /// Only in the old version.
    Removed,
    /// In both, not the same.
    Changed,
}

/// One task that differs.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TaskAmendment {
    /// What happened to it.
    pub fate: Fate,
    /// Its position in the old version.
    pub old: Option<usize>,
    /// Its position in the new version.
    pub new: Option<usize>,
    /// Its title, piece by piece, where it differs.
    pub title: Vec<Run>,
    /// Its words, piece by piece, where they differ.
    pub text: Vec<Run>,
    /// Units whose part differs.
    pub units: Vec<PartAmendment>,
    /// The words of its deadline before and after, where they or their day differ.
    pub deadline: Option<(Option<String>, Option<String>)>,
}

/// A unit's part in a task before and after.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PartAmendment {
    /// The unit as named.
    pub name: String,
    /// Its part before; none if it had none.
    pub before: Option<Role>,
    /// Its part after; none if it has none.
    pub after: Option<Role>,
}

/// One indicator that differs.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct IndicatorAmendment {
    /// What happened to it.
    pub fate: Fate,
    /// Its name.
    pub name: String,
    /// Its demand before.
    pub before: Option<Demand>,
    /// Its demand after.
    pub after: Option<Demand>,
}

/// What an indicator demands.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Demand {
    /// How the value bounds it.
    pub comparator: Comparator,
    /// The value.
    pub value: Decimal,
    /// Unit of measure.
    pub unit: String,
    /// The year it is to be reached in.
    pub year: Option<i32>,
}

/// What an amendment means for one unit: numbers of tasks in the version they stand in.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Concern {
    /// Tasks it has now and had not, by position in the new version.
    pub gained: Vec<usize>,
    /// Tasks it had and has no more, by position in the old version.
    pub lost: Vec<usize>,
    /// Tasks it keeps that say something else, by position in the new version.
    pub changed: Vec<usize>,
}

impl Amendment {
    /// True if nothing differs.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.tasks.is_empty() && self.indicators.is_empty()
    }

    /// The units concerned, by name as written, with what it means for each. `old` and `new` are what was compared.
    #[must_use]
    pub fn concerns(&self, old: &Notice, new: &Notice) -> BTreeMap<String, Concern> {
        let mut found: BTreeMap<String, Concern> = BTreeMap::new();
        for one in &self.tasks {
            let before = one.old.and_then(|at| old.tasks.get(at)).map(names).unwrap_or_default();
            let after = one.new.and_then(|at| new.tasks.get(at)).map(names).unwrap_or_default();
            let reworded = !one.title.is_empty() || !one.text.is_empty() || one.deadline.is_some();
            for name in before.union(&after) {
                match (before.contains(name), after.contains(name), one.old, one.new) {
                    (false, true, _, Some(at)) => found.entry((*name).to_owned()).or_default().gained.push(at),
                    (true, false, Some(at), _) => found.entry((*name).to_owned()).or_default().lost.push(at),
                    (true, true, _, Some(at)) if reworded || one.units.iter().any(|unit| unit.name == *name) => {
                        found.entry((*name).to_owned()).or_default().changed.push(at);
                    }
                    _ => {}
                }
            }
        }
        found
    }
}

fn names(task: &Task) -> BTreeSet<&str> {
    task.units.iter().map(|unit| unit.name.as_str()).collect()
}

/// What the new version changes.
#[must_use]
pub fn between(old: &Notice, new: &Notice) -> Amendment {
    let words = |tasks: &[Task]| -> Vec<(String, String)> {
        let both = tasks.iter().map(|task| (task.title.clone(), task.text.clone()));
        both.collect()
    };
    let pairs = pairs(&words(&old.tasks), &words(&new.tasks));
    let kept: BTreeMap<usize, usize> = pairs.iter().map(|(old, new)| (*new, *old)).collect();
    let gone: BTreeSet<usize> = pairs.iter().map(|(old, _)| *old).collect();
    let mut tasks = Vec::new();
    for at in 0..new.tasks.len() {
        tasks.extend(task(&old.tasks, kept.get(&at).copied(), &new.tasks, Some(at)));
    }
    for at in (0..old.tasks.len()).filter(|at| !gone.contains(at)) {
        tasks.extend(task(&old.tasks, Some(at), &new.tasks, None));
    }
    Amendment {
        tasks,
        indicators: indicators(&old.indicators, &new.indicators),
    }
}

/// Tasks of both versions, each with title and words, that are one: by title, then by likeness of titles, then by the
/// words themselves. Positions in the old and in the new version.
#[must_use]
pub fn pairs(old: &[(String, String)], new: &[(String, String)]) -> Vec<(usize, usize)> {
    let mut pairs = Vec::new();
    let mut left: BTreeSet<usize> = (0..old.len()).collect();
    let mut open: BTreeSet<usize> = (0..new.len()).collect();
    let mut by_title: BTreeMap<String, Vec<usize>> = BTreeMap::new();
    for (at, one) in old.iter().enumerate().rev() {
        by_title.entry(folded(&one.0)).or_default().push(at);
    }
    for (at, one) in new.iter().enumerate() {
        if let Some(same) = by_title.get_mut(&folded(&one.0)).and_then(Vec::pop) {
            pairs.push((same, at));
            left.remove(&same);
            open.remove(&at);
        }
    }
    if left.len() * open.len() <= COMPARISONS {
        let of = |task: &(String, String)| (bigrams(&task.0), bigrams(&task.1));
        let before: Vec<_> = left.iter().map(|at| (*at, of(&old[*at]))).collect();
        let after: Vec<_> = open.iter().map(|at| (*at, of(&new[*at]))).collect();
        let mut alike: Vec<(usize, usize, usize)> = Vec::new();
        for (a, (title_a, text_a)) in &before {
            for (b, (title_b, text_b)) in &after {
                let score = likeness(title_a, title_b).max(likeness(text_a, text_b));
                if score >= ALIKE {
                    alike.push((score, *a, *b));
                }
            }
        }
        alike.sort_by_key(|(score, a, b)| (std::cmp::Reverse(*score), *a, *b));
        for (_, a, b) in alike {
            if left.contains(&a) && open.contains(&b) {
                left.remove(&a);
                open.remove(&b);
                pairs.push((a, b));
            }
        }
    }
    pairs
}

/// Words without white space, which is the affair of the file's format.
pub fn folded(words: &str) -> String {
    words.chars().filter(|c| !c.is_whitespace()).collect()
}

fn bigrams(words: &str) -> BTreeSet<(char, char)> {
    let chars: Vec<char> = words.chars().filter(|c| c.is_alphanumeric()).collect();
    chars.windows(2).map(|pair| (pair[0], pair[1])).collect()
}

/// Shared pairs of characters, in percent of all.
fn likeness(a: &BTreeSet<(char, char)>, b: &BTreeSet<(char, char)>) -> usize {
    a.intersection(b).count() * 200 / (a.len() + b.len()).max(1)
}

fn task(old: &[Task], at_old: Option<usize>, new: &[Task], at_new: Option<usize>) -> Option<TaskAmendment> {
    let (before, after) = (at_old.and_then(|at| old.get(at)), at_new.and_then(|at| new.get(at)));
    let fate = match (before, after) {
        (None, _) => Fate::Added,
        (_, None) => Fate::Removed,
        _ => Fate::Changed,
    };
    let differing = |of: fn(&Task) -> &str| match (before.map(of), after.map(of)) {
        // White space is the affair of the file's format.
        (Some(a), Some(b)) if folded(a) != folded(b) => difference::text(a, b),
        _ => Vec::new(),
    };
    let parts = |task: Option<&Task>| -> BTreeMap<String, Role> {
        let units = task.into_iter().flat_map(|task| &task.units);
        units.map(|unit| (unit.name.clone(), unit.role)).collect()
    };
    let (had, has) = (parts(before), parts(after));
    let all: BTreeSet<&String> = had.keys().chain(has.keys()).collect();
    let units: Vec<PartAmendment> = all
        .into_iter()
        .filter(|name| had.get(*name) != has.get(*name))
        .map(|name| PartAmendment {
            name: name.clone(),
            before: had.get(name).copied(),
            after: has.get(name).copied(),
        })
        .collect();
    let due = |task: Option<&Task>| task.and_then(|task| task.deadline.clone());
    let (was, is) = (due(before), due(after));
    let same = match (&was, &is) {
        (None, None) => true,
        (Some(a), Some(b)) => a.date == b.date && a.rhythm == b.rhythm && (a.date.is_some() || a.text == b.text),
        _ => false,
    };
    let one = TaskAmendment {
        fate,
        old: at_old,
        new: at_new,
        title: differing(|task| &task.title),
        text: differing(|task| &task.text),
        units,
        deadline: (!same).then(|| (was.map(|d| d.text), is.map(|d| d.text))),
    };
    let touched = !one.title.is_empty() || !one.text.is_empty() || !one.units.is_empty() || one.deadline.is_some();
    (fate != Fate::Changed || touched).then_some(one)
}

fn indicators(old: &[Indicator], new: &[Indicator]) -> Vec<IndicatorAmendment> {
    let demand = |one: &Indicator| Demand {
        comparator: one.comparator,
        value: one.value,
        unit: one.unit.clone(),
        year: one.year,
    };
    // The same name may stand in several places: they are taken in order.
    let mut before: BTreeMap<String, Vec<&Indicator>> = BTreeMap::new();
    for one in old.iter().rev() {
        before.entry(folded(&one.name)).or_default().push(one);
    }
    let mut found = Vec::new();
    for one in new {
        let same = before.get_mut(&folded(&one.name)).and_then(Vec::pop);
        let (was, is) = (same.map(demand), demand(one));
        if was.as_ref() != Some(&is) {
            found.push(IndicatorAmendment {
                fate: if was.is_some() { Fate::Changed } else { Fate::Added },
                name: one.name.clone(),
                before: was,
                after: Some(is),
            });
        }
    }
    let mut removed: Vec<&Indicator> = before.into_values().flatten().collect();
    removed.sort_by_key(|one| one.place);
    found.extend(removed.into_iter().map(|one| IndicatorAmendment {
        fate: Fate::Removed,
        name: one.name.clone(),
        before: Some(demand(one)),
        after: None,
    }));
    found
}

#[cfg(test)]
mod tests {
    use super::super::{lines, read};
    use super::*;

    const DRAFT: &str = "关于印发《清淤工作方案》的通知\n一、任务\n\
        1.河道清淤。到2026年，清淤河道12公里。（区水务局牵头，区财政局配合）\n\
        2.堤岸绿化。完成补植。（区园林局负责，2026年6月底前）\n3.做好宣传。发放手册。（区委宣传部负责）\n";
    const ISSUED: &str = "关于印发《清淤工作方案》的通知\n一、任务\n\
        1.设置监测断面。布设断面。（区生态环境局负责）\n\
        2.河道清淤。到2026年，清淤河道15公里。（区水务局牵头，区发展改革委配合）\n\
        3.堤岸绿化提升。完成补植。（区园林局负责，2026年9月底前）\n";

    #[test]
    fn a_second_version_says_what_it_changes_and_for_whom() {
        let (old, new) = (read(&lines(DRAFT)), read(&lines(ISSUED)));
        let found = between(&old, &new);
        let fates: Vec<_> = found.tasks.iter().map(|one| (one.fate, one.old, one.new)).collect();
        assert_eq!(
            fates,
            [
                (Fate::Added, None, Some(0)),
                (Fate::Changed, Some(0), Some(1)),
                (Fate::Changed, Some(1), Some(2)),
                (Fate::Removed, Some(2), None)
            ]
        );
        let parts: Vec<_> = found.tasks[1]
            .units
            .iter()
            .map(|u| (u.name.as_str(), u.before, u.after))
            .collect();
        assert_eq!(
            parts,
            [
                ("区发展改革委", None, Some(Role::Support)),
                ("区财政局", Some(Role::Support), None)
            ]
        );
        assert!(!found.tasks[2].title.is_empty());
        assert_eq!(
            found.tasks[2].deadline,
            Some((Some("2026年6月底前".into()), Some("2026年9月底前".into())))
        );
        assert_eq!(found.indicators.len(), 1);
        assert_eq!(
            found.indicators[0].after.as_ref().map(|d| d.value),
            Some(Decimal::from(15))
        );
        let concerns = found.concerns(&old, &new);
        assert_eq!(concerns["区财政局"].lost, [0]);
        assert_eq!(concerns["区发展改革委"].gained, [1]);
        assert_eq!(concerns["区水务局"].changed, [1]);
        assert_eq!(concerns["区委宣传部"].lost, [2]);
    }

    #[test]
    fn the_same_notice_in_other_lines_changes_nothing() {
        let wrapped = DRAFT.replace("清淤河道12", "清淤\n河道12");
        assert!(between(&read(&lines(DRAFT)), &read(&lines(&wrapped))).is_empty());
        assert!(between(&read(&[]), &read(&[])).is_empty());
    }
}
