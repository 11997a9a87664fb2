//! Moving a running document to another version of its definition. It is refused unless everything that is under way
//! means the same there.

use super::context::{Context, Decision};
use super::definition::{Definition, Stage, StageId};
use super::event::{Event, What};
use super::instance::{Instance, SplitState};
use super::paths::Ways;
use super::round::Round;
use crate::id::Version;
use crate::reason::{Reason, Refusal};
use std::collections::BTreeMap;

/// Which stage, split, join or end of the old version is which of the new one. What is not named keeps its name.
pub type Names = BTreeMap<StageId, StageId>;

/// The codes with which [`migrate`] refuses, besides those of every command.
pub const MIGRATION_CODES: [&str; 7] = [
    "finished",
    "migration_ballots_under_another_rule",
    "migration_fact_gone",
    "migration_kind_changed",
    "migration_no_way_to_an_end",
    "migration_not_a_version",
    "migration_unmapped",
];

/// Moves a document to another version. Nothing is asked anew and nobody's answer is lost: the rounds stay as they
/// are, under the names of the new version. `by` is whoever has it done, none for the passing of time.
///
/// # Errors
/// Every reason that stands in the way: `migration_not_a_version` (another definition, or the same version),
/// `finished`, `migration_unmapped` (a place in use is not there), `migration_kind_changed`,
/// `migration_ballots_under_another_rule` (answers are in and the policy, the weights or what a no means differ),
/// `migration_fact_gone` (a guard ahead needs a fact that the document does not have), `migration_no_way_to_an_end`.
pub fn migrate(
    (old, new): (&Definition, &Definition),
    instance: &Instance,
    (by, names): (super::command::By, &Names),
    ctx: &Context,
) -> Result<Decision, Refusal> {
    let mut reasons = Vec::new();
    let versions = old.id == new.id && old.version != new.version && old.document_type == new.document_type;
    if !versions || instance.definition != old.id || instance.definition_version != old.version {
        let reason = Reason::new("migration_not_a_version").with("definition", &new.id);
        return Err(reason.with("version", new.version).into());
    }
    if instance.finish.is_some() {
        return Err(Reason::new("finished").with("stage", &instance.stage).into());
    }
    let named = |id: &StageId| names.get(id).unwrap_or(id).clone();
    let open: Vec<&Round> = instance.open_rounds().collect();
    for round in &open {
        let to = named(&round.stage);
        match (old.stage(&round.stage), new.stage(&to)) {
            (Some(before), Some(after)) => reasons.extend(differs(before, after, round)),
            _ => reasons.push(Reason::new("migration_unmapped").with("stage", &round.stage)),
        }
        for back in &round.pending {
            for id in [&back.after, &back.to] {
                if new.stage(&named(id)).is_none() {
                    reasons.push(Reason::new("migration_unmapped").with("stage", id));
                }
            }
        }
    }
    for split in instance.splits.iter().filter(|split| split.state == SplitState::Open) {
        let to = named(&split.split);
        let fits = new.split(&to).is_some_and(|new| new.to.len() == split.arrived.len());
        if !fits || new.join_of(&to).is_none() {
            reasons.push(Reason::new("migration_unmapped").with("stage", &split.split));
        }
    }
    let ways = Ways::under(new, ctx.facts);
    for round in &open {
        let at = named(&round.stage);
        let ahead = ways.ahead_of(&at);
        if !ways.finishing.contains(&at) {
            reasons.push(Reason::new("migration_no_way_to_an_end").with("stage", &at));
        }
        let routes = new.routes().filter(|(id, _)| **id == at || ahead.contains(id));
        for guard in routes
            .flat_map(|(_, routes)| routes)
            .filter_map(|route| route.when.as_ref())
        {
            if let Err(problem) = guard.holds(ctx.facts) {
                let fact = problem.args.get("fact").cloned().unwrap_or_default();
                reasons.push(Reason::new("migration_fact_gone").with("fact", fact));
            }
        }
    }
    reasons.dedup();
    if !reasons.is_empty() {
        return Err(Refusal { reasons });
    }
    let event = Event {
        seq: instance.events.saturating_add(1),
        version: Version(instance.version.0.saturating_add(1)),
        at: ctx.at,
        by,
        command: None,
        actor: None,
        what: What::Migrated {
            definition_version: new.version,
            names: names.clone(),
        },
    };
    let mut instance = instance.clone();
    instance.apply(&event);
    Ok(Decision {
        instance,
        events: vec![event],
        effects: Vec::new(),
    })
}

/// What a stage under way may not differ in.
fn differs(before: &Stage, after: &Stage, round: &Round) -> Option<Reason> {
    if before.kind != after.kind {
        return Some(Reason::new("migration_kind_changed").with("stage", &before.id));
    }
    let weights = |stage: &Stage| -> Vec<u32> { stage.seats.iter().map(|rule| rule.weight).collect() };
    let same_rule = before.policy == after.policy
        && before.on_reject == after.on_reject
        && before.abstain == after.abstain
        && before.fail.is_some() == after.fail.is_some()
        && weights(before) == weights(after);
    let answered = round.seats.iter().any(|seat| seat.ballot.is_some());
    (answered && !same_rule).then(|| Reason::new("migration_ballots_under_another_rule").with("stage", &before.id))
}
