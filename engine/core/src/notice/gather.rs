//! What several findings about one task come to: its units, its deadline.

use std::collections::BTreeMap;

use super::assignment::{self, Named, Role};
use super::deadline::Deadline;
use super::diagnostic::{Code, Diagnostic};
use super::reader::Reader;
use super::text::Place;

impl Reader {
    /// Puts the units of all assignments of a task together.
    pub(super) fn units(&mut self, number: &str, found: &[assignment::Found], place: Place) -> Vec<Named> {
        let mut units: Vec<Named> = Vec::new();
        let mut known: BTreeMap<String, usize> = BTreeMap::new();
        let naming: Vec<&assignment::Found> = found.iter().filter(|f| !f.units.is_empty()).collect();
        // One name behind 责任单位 leads only where nobody else is said to lead.
        let led = naming
            .iter()
            .any(|f| !f.alone && f.units.iter().any(|u| u.role == Role::Lead));
        for one in &naming {
            for (n, unit) in one.units.iter().enumerate() {
                let mut unit = unit.clone();
                if led && one.alone && !one.bracket && unit.role == Role::Lead {
                    unit.role = Role::Co;
                }
                if one.doubtful.contains(&n) {
                    self.diagnostics.push(
                        Diagnostic::new(Code::UnitDoubtful)
                            .at(unit.place)
                            .arg("number", number)
                            .arg("name", &unit.name),
                    );
                }
                if let Some(at) = known.get(&unit.name) {
                    units[*at].role = units[*at].role.min(unit.role);
                    self.diagnostics.push(
                        Diagnostic::new(Code::UnitRepeated)
                            .at(unit.place)
                            .arg("number", number)
                            .arg("name", &unit.name),
                    );
                } else {
                    known.insert(unit.name.clone(), units.len());
                    units.push(unit.clone());
                }
            }
        }
        lead_beside_support(&mut units, &naming);
        let leads: Vec<&Named> = units.iter().filter(|u| u.role == Role::Lead).collect();
        if leads.len() > 1 {
            let names = leads.iter().map(|u| u.name.as_str()).collect::<Vec<_>>().join("、");
            let fix = leads[0].name.clone();
            self.diagnostics.push(
                Diagnostic::new(Code::SeveralLeads)
                    .at(place)
                    .arg("number", number)
                    .arg("units", names)
                    .fix(fix),
            );
        }
        if naming.len() > 1 {
            let joint = naming.iter().any(|f| f.units.iter().any(|u| u.role == Role::Lead));
            let mut first = true;
            for unit in &mut units {
                unit.first = unit.first && first && !joint;
                first &= !unit.first;
            }
            // Labels on lines of their own (牵头单位, 配合单位) are one assignment in several pieces.
            let own = naming.iter().filter(|f| !f.inherited).count();
            if own > 1 && (naming.iter().any(|f| f.sentence) || !labels_only(found)) {
                self.diagnostics.push(
                    Diagnostic::new(Code::SeveralAssignments)
                        .at(place)
                        .arg("number", number),
                );
            }
        }
        if units.is_empty() {
            self.diagnostics
                .push(Diagnostic::new(Code::UnitsMissing).at(place).arg("number", number));
        }
        units
    }

    /// Chooses the deadline of a task: the one stated as such, else the last of the text.
    pub(super) fn deadline(&mut self, number: &str, scanned: Vec<(Deadline, bool)>) -> Option<Deadline> {
        let several = scanned.len() > 1;
        let dated = scanned
            .iter()
            .filter(|(d, _)| d.date.is_some())
            .max_by_key(|(d, _)| d.date)
            .cloned();
        let (deadline, assumed) = dated.or_else(|| scanned.into_iter().next())?;
        let with = |code| {
            Diagnostic::new(code)
                .at(deadline.place)
                .arg("number", number)
                .arg("text", &deadline.text)
        };
        if several {
            self.diagnostics.push(with(Code::SeveralDeadlines).fix(&deadline.text));
        }
        match deadline.date {
            Some(date) if assumed => {
                let year = chrono::Datelike::year(&date).to_string();
                self.diagnostics
                    .push(with(Code::DeadlineYearAssumed).arg("year", year).fix(date.to_string()));
            }
            None if deadline.rhythm.is_none()
                && !self
                    .diagnostics
                    .iter()
                    .rev()
                    .take(4)
                    .any(|d| d.code == Code::DeadlineUnread && d.place == Some(deadline.place)) =>
            {
                self.diagnostics.push(with(Code::DeadlineUnread));
            }
            _ => {}
        }
        Some(deadline)
    }
}

/// 责任单位：A、B beside 配合单位：C: those that answer lead together where nobody else does.
fn lead_beside_support(units: &mut [Named], naming: &[&assignment::Found]) {
    let all = |f: &assignment::Found, role: Role| f.units.iter().all(|u| u.role == role);
    let labelled = |role: Role| naming.iter().any(|f| f.labelled && all(f, role));
    if units.iter().all(|u| u.role != Role::Lead) && labelled(Role::Co) && labelled(Role::Support) {
        for unit in units.iter_mut().filter(|u| u.role == Role::Co && !u.collective) {
            unit.role = Role::Lead;
            unit.first = false;
        }
    }
}

/// True if every assignment is a label (牵头单位：…) and none a bracket or a sentence.
fn labels_only(found: &[assignment::Found]) -> bool {
    found.iter().all(|f| !f.bracket && !f.sentence)
}
