//! Three columns: leads, tasks, supports.

use super::*;
use crate::picture::Picture;
use std::collections::BTreeMap;

/// What the picture dwells on; everything that has nothing to do with it is faded.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Focus {
    /// A unit or a collective name.
    Party(Party),
    /// A task.
    Task(TaskId),
}

const ROW: i32 = 26;
const GAP: i32 = 10;
const TOP: i32 = 36;
const LEADS: i32 = 190;
const TASKS: i32 = 360;
const SUPPORTS: i32 = 190;
const ROOM: i32 = 150;

/// The tasks of one lead in the order of the notice; a task without a lead stands under none.
type Bundle = (Option<UnitId>, Vec<TaskId>);

impl Graph {
    /// The three columns as a picture. Tasks stand beside their lead, so that nothing crosses on the left; the
    /// supports stand at the mean height of their tasks, as far as there is room.
    pub fn columns_svg(&self, drawing: &Drawing, focus: Option<&Focus>) -> String {
        let parties = self.parties();
        let bundles = self.bundles();
        let (tasks_x, supports_x) = (PAD + LEADS + ROOM / 2, PAD + LEADS + ROOM / 2 + TASKS + ROOM);
        let mut at: BTreeMap<TaskId, i32> = BTreeMap::new();
        let mut y = TOP;
        for (_, tasks) in &bundles {
            for task in tasks {
                at.insert(*task, y);
                y += ROW;
            }
            y += GAP;
        }
        let supports = self.supports(&at);
        let height = y.max(TOP + count(supports.len()) * (ROW + 4)) + PAD;
        let places = spread(&supports, height - PAD);
        let lit = |task: TaskId| self.is_lit(task, focus);
        let size = (supports_x + SUPPORTS + PAD, height);
        let mut picture = Picture::new("graph", size, &drawing.title, &drawing.description);
        for (x, head) in [(PAD, Head::Leads), (tasks_x, Head::Tasks), (supports_x, Head::Supports)] {
            picture.add(heading(x, 20, &(drawing.say)(Say::Head(head))));
        }
        let mut labels: Vec<Element> = Vec::new();
        let shown = |lit: bool, element: Element| if lit { element } else { element.with("opacity", "0.25") };
        for (lead, tasks) in &bundles {
            let (Some(first), Some(last)) = (
                tasks.first().and_then(|task| at.get(task)),
                tasks.last().and_then(|task| at.get(task)),
            ) else {
                continue;
            };
            let y = (first + last) / 2;
            let any = tasks.iter().any(|task| lit(*task));
            let frame = (PAD, y + 1, LEADS, ROW - 2);
            labels.push(shown(
                any,
                match lead {
                    Some(unit) => {
                        let name = drawing.labels.unit(*unit);
                        drawing.link(Target::Unit(*unit), &name, card(frame, &name, "graph-lead"))
                    }
                    None => group(card(frame, &(drawing.say)(Say::Head(Head::NoLead)), "graph-task")),
                },
            ));
            for task in tasks {
                let Some(task_y) = at.get(task) else { continue };
                let middle = task_y + ROW / 2;
                let ends = ((PAD + LEADS, y + ROW / 2), (tasks_x, middle));
                picture.add(shown(lit(*task), curve(ends.0, ends.1, "graph-lead-way", BRAND)));
                for (party, _) in self
                    .parties_of(*task)
                    .iter()
                    .filter(|(party, _)| !is_lead(party, *lead))
                {
                    let Some(place) = places.get(party) else { continue };
                    let way = curve(
                        (tasks_x + TASKS, middle),
                        (supports_x, place + ROW / 2),
                        "graph-way",
                        STRONG,
                    );
                    picture.add(shown(lit(*task), way));
                }
                let name = drawing.task(*task);
                let frame = (tasks_x, task_y + 1, TASKS, ROW - 2);
                labels.push(shown(
                    lit(*task),
                    drawing.link(Target::Task(*task), &name, card(frame, &name, "graph-task")),
                ));
            }
        }
        for (party, y) in &places {
            let name = drawing.party(party, &parties);
            let on = self
                .tasks()
                .keys()
                .any(|task| lit(*task) && self.parties_of(*task).contains_key(party));
            let card = card((supports_x, y + 1, SUPPORTS, ROW - 2), &name, "graph-support");
            labels.push(shown(on, drawing.link(party.into(), &name, card)));
        }
        for label in labels {
            picture.add(label);
        }
        picture.to_svg()
    }

    /// Tasks by lead, in the order in which leads first appear; tasks without a lead last. A task with two leads
    /// stands under the first.
    pub fn bundles(&self) -> Vec<Bundle> {
        let mut bundles: Vec<Bundle> = Vec::new();
        for (task, parts) in self.tasks() {
            let mut leads = parts.iter().filter(|(_, part)| **part == Part::Lead);
            let lead = leads.next().map(|(unit, _)| *unit);
            match bundles.iter_mut().find(|(known, _)| *known == lead) {
                Some((_, tasks)) => tasks.push(*task),
                None => bundles.push((lead, vec![*task])),
            }
        }
        bundles.sort_by_key(|(lead, _)| lead.is_none());
        bundles
    }

    /// Supports with the mean height of their tasks, from top to bottom.
    fn supports(&self, at: &BTreeMap<TaskId, i32>) -> Vec<(i32, Party)> {
        let mut heights: BTreeMap<Party, Vec<i32>> = BTreeMap::new();
        for (lead, tasks) in self.bundles() {
            for task in tasks {
                let Some(y) = at.get(&task) else { continue };
                for party in self.parties_of(task).into_keys().filter(|party| !is_lead(party, lead)) {
                    heights.entry(party).or_default().push(*y);
                }
            }
        }
        let mean = |ys: &[i32]| ys.iter().sum::<i32>() / count(ys.len()).max(1);
        let mut found: Vec<(i32, Party)> = heights.into_iter().map(|(party, ys)| (mean(&ys), party)).collect();
        found.sort();
        found
    }

    fn is_lit(&self, task: TaskId, focus: Option<&Focus>) -> bool {
        match focus {
            None => true,
            Some(Focus::Task(one)) => *one == task,
            Some(Focus::Party(party)) => self.parties_of(task).contains_key(party),
        }
    }
}

fn is_lead(party: &Party, lead: Option<UnitId>) -> bool {
    matches!(party, Party::Unit(unit) if Some(*unit) == lead)
}

/// Heights without overlaps: the order is kept, the whole column stays in the picture.
fn spread(supports: &[(i32, Party)], bottom: i32) -> BTreeMap<Party, i32> {
    let step = ROW + 4;
    let mut ys: Vec<i32> = Vec::with_capacity(supports.len());
    for (y, _) in supports {
        let least = ys.last().map_or(TOP, |last| last + step);
        ys.push(least.max(*y));
    }
    let mut most = bottom - step;
    for y in ys.iter_mut().rev() {
        *y = (*y).min(most);
        most = *y - step;
    }
    supports.iter().map(|(_, party)| party.clone()).zip(ys).collect()
}
