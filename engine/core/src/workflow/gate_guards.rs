//! What the publish gate asks of guards: known facts, fitting types, and an answer in every state of the form.

use super::definition::{Definition, StageId};
use super::form;
use super::guard::Guard;
use super::paths::Assignment;
use super::verify::{Gate, Spot};
use crate::reason::Reason;

impl Gate<'_> {
    /// A guard that has no answer because a field may be empty would hold a paper up.
    pub(super) fn unanswered(&mut self, id: &StageId, facts: &Assignment) {
        let def = self.def;
        let Some((_, routes)) = def.routes().find(|(from, _)| *from == id) else {
            return;
        };
        for (index, route) in routes.iter().enumerate() {
            match route.when.as_ref().map_or(Ok(true), |guard| guard.holds(facts)) {
                Ok(true) => return,
                Ok(false) => {}
                Err(reason) => {
                    let fact = reason.args.get("fact").cloned().unwrap_or_default();
                    let key = fact.strip_prefix(form::FACT).unwrap_or_default();
                    if !form::settled(self.def, id, key) {
                        let reason = Reason::new("field_may_be_empty").with("fact", fact);
                        self.add(Spot::Route(id.clone(), index), reason);
                    }
                    return;
                }
            }
        }
    }
}

/// What is wrong with the names and types of a guard.
pub(super) fn type_errors(def: &Definition, guard: &Guard) -> Vec<Reason> {
    let mut found: Vec<_> = guard
        .comparisons()
        .into_iter()
        .filter_map(|(fact, value)| match form::type_of(def, fact) {
            None => Some(Reason::new("unknown_fact").with("fact", fact)),
            Some(kind) if kind != value.kind() => {
                let reason = Reason::new("fact_type").with("fact", fact);
                Some(reason.with("expected", kind.code()))
            }
            Some(_) => None,
        })
        .collect();
    for fact in guard.ordered() {
        if form::type_of(def, fact).is_some_and(|kind| !kind.is_ordered()) {
            found.push(Reason::new("fact_type").with("fact", fact).with("expected", "ordered"));
        }
    }
    for fact in guard.empties() {
        if !fact.starts_with(form::FACT) || form::type_of(def, fact).is_none() {
            found.push(Reason::new("unknown_fact").with("fact", fact));
        }
    }
    found.extend(guard.is_hollow().then(|| Reason::new("guard_says_nothing")));
    found
}
