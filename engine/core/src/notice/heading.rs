//! What stands at a heading or at its last point and belongs to the tasks around it.

use std::collections::BTreeMap;

use super::assignment::{self, Role};
use super::mark::Kind;
use super::reader::{Reader, made};

impl Reader {
    /// An assignment at the end of the last of several small points belongs to what they are points of.
    pub(super) fn hoist(&mut self) {
        let mut children: BTreeMap<usize, Vec<usize>> = BTreeMap::new();
        for (i, item) in self.items.iter().enumerate() {
            if let Some(parent) = item.parent {
                children.entry(parent).or_default().push(i);
            }
        }
        for (parent, points) in children {
            let small = points.iter().all(|i| {
                matches!(
                    self.items[*i].mark.kind,
                    Kind::ArabicBracket | Kind::Circled | Kind::HanIs
                )
            });
            let Some((last, others)) = points.split_last() else {
                continue;
            };
            if !small
                || others.is_empty()
                || self.assigned(parent)
                || !self.assigned(*last)
                || others
                    .iter()
                    .any(|i| self.found[*i].iter().flatten().any(|f| !f.units.is_empty()))
            {
                continue;
            }
            // The point keeps its words; the assignment moves in a block of its own.
            let (mut blocks, mut found) = (Vec::new(), Vec::new());
            for (block, assigns) in self.items[*last].blocks.iter().zip(&mut self.found[*last]) {
                for mut one in assigns.extract_if(.., |f| !f.sentence) {
                    let part = block.part(one.range.clone());
                    let moved = assignment::find(&part, self.year);
                    if moved.is_empty() {
                        one.range = 0..part.len();
                        found.push(vec![one]);
                    } else {
                        found.push(moved);
                    }
                    blocks.push(part);
                }
            }
            self.items[parent].blocks.extend(blocks);
            self.found[parent].extend(found);
        }
    }

    /// Headings that only name who leads what stands below them: their assignments are taken off here and handed to the
    /// tasks below by [`Reader::bequeath`].
    pub(super) fn lead_headings(&mut self) -> Vec<(usize, Vec<assignment::Found>)> {
        let n = self.items.len();
        let mut below: Vec<Vec<usize>> = vec![Vec::new(); n];
        for (i, item) in self.items.iter().enumerate() {
            if let Some(parent) = item.parent {
                below[parent].push(i);
            }
        }
        let mut taken = Vec::new();
        for (i, points) in below.iter().enumerate() {
            if points.is_empty() || !self.assigned(i) || self.items[i].blocks.len() != 1 {
                continue;
            }
            let block = &self.items[i].blocks[0];
            let only = self.found[i][0]
                .iter()
                .all(|f| f.bracket && f.range.start >= self.items[i].title_end);
            let after = self.found[i][0].iter().map(|f| f.range.end).max().unwrap_or(0);
            let bare = only && block.trim(after..block.len(), &['。', '；']).is_empty();
            let words = block.chars[self.items[i].title_end..]
                .iter()
                .filter(|c| **c == '。')
                .count();
            let large = points.iter().any(|c| {
                !matches!(
                    self.items[*c].mark.kind,
                    Kind::ArabicBracket | Kind::Circled | Kind::HanIs
                )
            });
            let own = points.iter().any(|c| self.assigned(*c));
            if bare && words <= 1 && (large || own) {
                let mut found = std::mem::take(&mut self.found[i][0]);
                for one in &mut found {
                    one.handed = one.deadlines.drain(..).map(|due| made(block, &due)).collect();
                    one.unread_deadline = None;
                }
                taken.push((i, found));
            }
        }
        taken
    }

    /// Hands what a heading assigns to the tasks below it that name nobody of that part themselves.
    pub(super) fn bequeath(&mut self, headings: &[(usize, Vec<assignment::Found>)]) {
        for (heading, found) in headings {
            for i in 0..self.items.len() {
                let mut up = self.items[i].parent;
                while up.is_some_and(|p| p != *heading) {
                    up = up.and_then(|p| self.items[p].parent);
                }
                if up.is_none() || self.owner[i] != Some(i) {
                    continue;
                }
                let lead = |u: &assignment::Named| u.role == Role::Lead;
                if found.iter().flat_map(|f| &f.units).any(lead) {
                    // One name below a heading that leads only answers beside it.
                    for one in self.found[i].iter_mut().flatten().filter(|f| f.alone) {
                        one.units.iter_mut().filter(|u| lead(u)).for_each(|u| u.role = Role::Co);
                    }
                }
                let own: Vec<Role> = self.found[i]
                    .iter()
                    .flatten()
                    .flat_map(|f| &f.units)
                    .map(|u| u.role)
                    .collect();
                for one in found {
                    let mut given = one.clone();
                    given.range = 0..0;
                    given.inherited = true;
                    if own.contains(&Role::Lead) {
                        given
                            .units
                            .retain(|u| u.role == Role::Support && !own.contains(&Role::Support));
                    } else if !own.is_empty() {
                        given.units.retain(|u| u.role == Role::Lead);
                    }
                    given.doubtful.clear();
                    if let Some(first) = self.found[i]
                        .first_mut()
                        .filter(|_| !given.units.is_empty() || !given.handed.is_empty())
                    {
                        first.insert(0, given);
                    }
                }
            }
        }
    }
}
