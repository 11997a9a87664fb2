//! The form that a definition brings along: a new kind of paper without new code.
//!
//! - which fields it has ([`Form::kind`], the same [`DocumentType`] that the program's own papers have);
//! - what guards may look at: `form.<key>` for every field of the head that is a number, a date, a choice or a yes or no
//!   ([`facts`]). An empty field is no fact: a comparison over it has no answer, and the gate refuses a guard that a
//!   paper could meet in that state ([`settled`]) unless the guard itself says what `empty` means;
//! - who may start one ([`Form::starters`]);
//! - which units it speaks of besides the usual ones: `field:<key>` is the unit named in a field, `unit:<name>` the unit
//!   of that name, `initiator` the unit in whose post it was started;
//! - what whoever acts at a stage does not see ([`hidden`]).

use super::definition::{Definition, Node, PARTIES, Stage, StageId};
use super::guard::{self, Fact, FactType};
use crate::document::content::Content;
use crate::document::field::{DocumentType, Kind, Need, Part, document_type, read_date, read_decimal};
use crate::id::UnitId;
use crate::org::{Organisation, Role};
use rust_decimal::prelude::ToPrimitive;
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};

/// What a definition says of the paper it carries.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Form {
    /// The fields, as a document type of their own.
    pub kind: DocumentType,
    /// Who may start one, for the unit in which they hold the post.
    pub starters: Vec<Role>,
}

/// Before the key of a field in the name of a fact.
pub const FACT: &str = "form.";
/// Before the key of a field in the name of a party.
pub const FIELD_PARTY: &str = "field:";
/// Before the name of a unit in the name of a party.
pub const UNIT_PARTY: &str = "unit:";
/// The party of the unit in whose post the paper was started.
pub const INITIATOR: &str = "initiator";

impl Definition {
    /// The type of the papers it carries: its own form, or a type of the program. None for an unknown type, which the
    /// gate refuses.
    pub fn kind(&self) -> Option<&DocumentType> {
        let own = self.form.as_ref().map(|form| &form.kind);
        own.or_else(|| document_type(&self.document_type))
    }

    /// The names of all lists of units that its seats and duties speak of.
    pub fn parties(&self) -> BTreeSet<&str> {
        let seats = self.stages.iter().flat_map(|stage| &stage.seats);
        let of_duties = self.duties.iter().filter_map(|duty| match duty {
            super::definition::Duty::NotOfUnit { party, .. } => Some(party.as_str()),
            super::definition::Duty::Different { .. } => None,
        });
        seats.map(|rule| rule.party.as_str()).chain(of_duties).collect()
    }
}

/// True when the definition may speak of this list of units.
pub fn knows_party(def: &Definition, party: &str) -> bool {
    if PARTIES.contains(&party) {
        return true;
    }
    let Some(form) = &def.form else { return false };
    match (party.strip_prefix(FIELD_PARTY), party.strip_prefix(UNIT_PARTY)) {
        (Some(key), _) => form
            .kind
            .field(Part::Head, key)
            .is_some_and(|spec| spec.kind == Kind::Unit),
        (_, Some(name)) => !name.trim().is_empty(),
        _ => party == INITIATOR,
    }
}

/// The type of the fact with this name, for a definition.
pub fn type_of(def: &Definition, fact: &str) -> Option<FactType> {
    let Some(key) = fact.strip_prefix(FACT) else {
        return guard::type_of(fact);
    };
    match def.form.as_ref()?.kind.field(Part::Head, key)?.kind {
        Kind::Integer => Some(FactType::Integer),
        Kind::Decimal => Some(FactType::Decimal),
        Kind::Date => Some(FactType::Date),
        Kind::YesNo => Some(FactType::Bool),
        Kind::Choice(_) => Some(FactType::Text),
        Kind::Text | Kind::LongText | Kind::Person | Kind::Contact | Kind::Unit => None,
    }
}

/// What guards may look at in a content. Fields that are empty or cannot be read are no facts.
pub fn facts(def: &Definition, content: &Content) -> BTreeMap<String, Fact> {
    let Some(form) = &def.form else {
        return BTreeMap::new();
    };
    let mut found = BTreeMap::new();
    for spec in &form.kind.head {
        let typed = content.head.get(&spec.key).map_or("", |text| text.trim());
        let fact = match &spec.kind {
            Kind::Integer => read_decimal(typed)
                .filter(rust_decimal::Decimal::is_integer)
                .and_then(|n| n.to_i64())
                .map(Fact::Integer),
            Kind::Decimal => read_decimal(typed).map(Fact::Decimal),
            Kind::Date => read_date(typed).map(Fact::Date),
            Kind::YesNo => match typed {
                "yes" => Some(Fact::Bool(true)),
                "no" => Some(Fact::Bool(false)),
                _ => None,
            },
            Kind::Choice(codes) => codes
                .iter()
                .find(|code| *code == typed)
                .map(|code| Fact::Text(code.clone())),
            Kind::Text | Kind::LongText | Kind::Person | Kind::Contact | Kind::Unit => None,
        };
        found.extend(fact.map(|fact| (format!("{FACT}{}", spec.key), fact)));
    }
    found
}

/// The units of the lists that only forms speak of, for a paper of `owner`. A list whose unit is not found is empty:
/// a round at it waits, it never passes.
pub fn parties(
    def: &Definition,
    content: &Content,
    org: &Organisation,
    owner: UnitId,
) -> BTreeMap<String, Vec<UnitId>> {
    let called = |name: &str| {
        let mut units = org.units.values().filter(|unit| unit.is_called(name.trim()));
        units.next().map(|unit| unit.id)
    };
    let mut found = BTreeMap::new();
    for party in def.parties() {
        let units = match (party.strip_prefix(FIELD_PARTY), party.strip_prefix(UNIT_PARTY)) {
            (Some(key), _) => called(content.head.get(key).map_or("", |text| text.as_str())),
            (_, Some(name)) => called(name),
            _ if party == INITIATOR => Some(owner),
            _ => continue,
        };
        found.insert(party.to_owned(), units.into_iter().collect());
    }
    found
}

/// True when the field is filled in whenever a paper leaves this stage: it is always needed, and every way to here
/// passes a stage (or this is one) that edits its group, whose submission checks it.
pub fn settled(def: &Definition, stage: &StageId, key: &str) -> bool {
    let Some(spec) = def.kind().and_then(|kind| kind.field(Part::Head, key)) else {
        return false;
    };
    if spec.need != Need::Always {
        return false;
    }
    let fills = |stage: &Stage| stage.edits.contains(&spec.group);
    let mut open = vec![&def.start];
    let mut seen = BTreeSet::new();
    while let Some(id) = open.pop() {
        if def.stage(id).is_some_and(fills) || !seen.insert(id) {
            continue;
        }
        match def.node(id) {
            Some(Node::Stage(here)) => {
                open.extend(here.next.iter().map(|route| &route.to).chain(&here.fail));
            }
            Some(Node::Split(here)) => open.extend(&here.to),
            Some(Node::Join(here)) => open.extend(here.next.iter().map(|route| &route.to)),
            Some(Node::End(_)) | None => {}
        }
    }
    !seen.contains(stage)
}

/// The groups of fields that a reader with these capacities does not see: those that a stage hides at which they act
/// or may come to act, unless they write them at another. Of a unit other than the paper's own, everybody counts as
/// acting who could answer for it.
pub fn hidden(
    def: &Definition,
    parties: &BTreeMap<String, Vec<UnitId>>,
    seated: &[(StageId, UnitId, Role)],
    capacities: &[(UnitId, Role)],
) -> BTreeSet<String> {
    let owner = parties.get("owner").and_then(|units| units.first()).copied();
    let acts = |stage: &Stage| {
        let mine = |unit: UnitId, roles: &[Role]| {
            let mut held = capacities.iter().filter(|(of, _)| *of == unit);
            held.any(|(_, role)| Some(unit) != owner || roles.contains(role))
        };
        let by_rule = stage.seats.iter().any(|rule| {
            let roles: Vec<Role> = [rule.role].into_iter().chain(rule.fallback.iter().copied()).collect();
            let units = parties.get(&rule.party).into_iter().flatten();
            units.copied().any(|unit| mine(unit, &roles))
        });
        let mut sits = seated.iter().filter(|(at, ..)| *at == stage.id);
        by_rule || sits.any(|(_, unit, role)| mine(*unit, &[*role]))
    };
    let acting: Vec<_> = def.stages.iter().filter(|stage| acts(stage)).collect();
    let mut found: BTreeSet<String> = acting.iter().flat_map(|stage| stage.hides.iter().cloned()).collect();
    for group in acting.iter().flat_map(|stage| &stage.edits) {
        found.remove(group);
    }
    found
}
