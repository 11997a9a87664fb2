//! Whether there are people for every stage to which a paper of some kind of unit can come: asked when a definition is
//! published, and again when posts change.

use crate::Service;
use crate::case::{Frame, Surroundings, surroundings_of};
use crate::error::Result;
use duban_core::document::content::Content;
use duban_core::id::{PersonId, RevisionNo, UnitId};
use duban_core::org::{Role, Unit, UnitKind};
use duban_core::reason::Reason;
use duban_core::workflow::paths::{Assignment, Ways, assignments};
use duban_core::workflow::standing::liveness;
use duban_core::workflow::{Context, Definition, StageId};
use duban_store::alert::NewAlert;
use duban_store::{Connection, Write, alert, party};
use serde_json::json;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// The code of the reason that tells of a [`Gap`], in refusals and in alerts.
pub const GAP: &str = "stage_without_people";

/// A stage at which the papers of no unit of a kind find anybody, although they come there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Gap {
    definition: String,
    stage: StageId,
    kind: UnitKind,
    /// What is lacking for one of those units.
    why: Reason,
}

impl Gap {
    /// As a reason: with the definition, the stage, the kind of unit, and the post that nobody fills.
    pub fn reason(&self) -> Reason {
        let mut reason = Reason::new(GAP)
            .with("definition", &self.definition)
            .with("stage", &self.stage)
            .with("kind", self.kind.code());
        for name in ["unit", "role"] {
            if let Some(arg) = self.why.args.get(name) {
                reason = reason.with(name, arg);
            }
        }
        reason
    }

    fn is_same(&self, other: &Self) -> bool {
        (&self.definition, &self.stage, self.kind) == (&other.definition, &other.stage, other.kind)
    }
}

impl Service {
    /// The gaps of these definitions for the organisation of `frame`, with the government's units of the newest
    /// campaign. None as long as there is no campaign: nobody knows then who coordinates.
    pub(crate) async fn gaps(
        &self,
        db: &impl Connection,
        frame: &Frame,
        definitions: &[Arc<Definition>],
    ) -> Result<Vec<Gap>> {
        let Some(fixed) = party::of_campaign(db, None).await? else {
            return Ok(Vec::new());
        };
        let mut found = Vec::new();
        for def in definitions {
            let mut kinds: BTreeMap<&str, Vec<&Unit>> = BTreeMap::new();
            for unit in starting(frame, def) {
                kinds.entry(unit.kind.code()).or_default().push(unit);
            }
            for units in kinds.into_values() {
                let surroundings = units.iter().map(|unit| {
                    let mut around = surroundings_of(Some(&fixed), true, unit);
                    let stated = around.facts.clone();
                    around.add_form(def, &Content::default(), &frame.org, unit.id);
                    around.facts = stated;
                    around
                });
                found.extend(gaps_of(def, frame, units[0].kind, &surroundings.collect::<Vec<_>>()));
            }
        }
        Ok(found)
    }

    /// Tells coordinators and system administrators of the gaps that are in `after` and not in `before`. `occasion`
    /// names what opened them; each is told to a person once.
    pub(crate) async fn tell_of_gaps(
        &self,
        tx: &Write,
        frame: &Frame,
        (before, after): (&[Gap], &[Gap]),
        occasion: &str,
    ) -> Result<()> {
        let new = after
            .iter()
            .filter(|gap| !before.iter().any(|known| known.is_same(gap)));
        let day = frame.at.day;
        let posts = frame.org.posts.iter().filter(|post| post.holds_on(day));
        let told = posts.filter(|post| matches!(post.role, Role::Coordinator | Role::Sysadmin));
        let people: BTreeSet<PersonId> = told.map(|post| post.person).collect();
        for gap in new {
            for person in &people {
                let row = NewAlert {
                    person: *person,
                    code: GAP.to_owned(),
                    args: json!({ "reason": gap.reason() }),
                    document: None,
                    key: format!("{GAP}.{}.{}.{}.{occasion}", gap.definition, gap.stage, gap.kind.code()),
                };
                alert::add(&**tx, &row, frame.at.now).await?;
            }
        }
        Ok(())
    }

    /// Tells of the gaps that have opened since yesterday because a post ended or a unit did. For the worker, once a
    /// day.
    pub async fn look_for_gaps(&self) -> Result<()> {
        let tx = self.write().await?;
        let today = self.frame(&*tx).await?;
        let Some(yesterday) = today.at.day.pred_opt() else {
            return Ok(());
        };
        let current = self.current(&*tx).await?;
        let mut before = today.clone();
        before.at.day = yesterday;
        let gaps = (
            self.gaps(&*tx, &before, &current).await?,
            self.gaps(&*tx, &today, &current).await?,
        );
        let occasion = today.at.day.to_string();
        self.tell_of_gaps(&tx, &today, (&gaps.0, &gaps.1), &occasion).await?;
        Ok(tx.commit().await?)
    }
}

/// The units that could begin a paper of this definition: those where somebody may start one, or, where the program
/// begins it, those that owe papers.
fn starting<'f>(frame: &'f Frame, def: &Definition) -> Vec<&'f Unit> {
    let day = frame.at.day;
    let units = frame.org.units.values().filter(|unit| unit.exists_on(day));
    let starts = |unit: UnitId, roles: &[Role]| {
        let mut posts = frame.org.posts_in(unit);
        posts.any(|post| post.holds_on(day) && roles.contains(&post.role))
    };
    units
        .filter(|unit| match &def.form {
            Some(form) => starts(unit.id, &form.starters),
            None => unit.kind != UnitKind::Government,
        })
        .collect()
}

/// The gaps for the units of one kind, given what is around a paper of each.
fn gaps_of(def: &Definition, frame: &Frame, kind: UnitKind, units: &[Surroundings]) -> Vec<Gap> {
    // How many of the units come to a stage, for how many of them it is empty, and what one of those lacks.
    let mut stages: BTreeMap<StageId, (usize, usize, Option<Reason>)> = BTreeMap::new();
    for around in units {
        let mut reached = BTreeSet::new();
        let mut lacking: BTreeMap<StageId, Reason> = BTreeMap::new();
        for facts in facts_of(def, around) {
            reached.extend(Ways::under(def, &facts).reached);
            for problem in lacking_under(def, frame, around, &facts) {
                if let Some(stage) = problem.spot.stage() {
                    lacking.entry(stage.clone()).or_insert(problem.reason);
                }
            }
        }
        for stage in reached {
            let counted = stages.entry(stage.clone()).or_default();
            counted.0 += 1;
            if let Some(reason) = lacking.remove(&stage) {
                counted.1 += 1;
                counted.2.get_or_insert(reason);
            }
        }
    }
    let empty = stages.into_iter().filter(|(_, (all, empty, _))| all == empty);
    let gaps = empty.filter_map(|(stage, (_, _, why))| {
        Some(Gap {
            definition: format!("{}.v{}", def.id, def.version),
            stage,
            kind,
            why: why?,
        })
    });
    gaps.collect()
}

/// Everything that the guards of a definition could find for a paper of this unit: what is known of the unit, with
/// every choice of what the form would say.
fn facts_of(def: &Definition, around: &Surroundings) -> Vec<Assignment> {
    let mut found: Vec<Assignment> = Vec::new();
    for mut facts in assignments(def).unwrap_or_default() {
        facts.extend(around.facts.clone());
        if !found.contains(&facts) {
            found.push(facts);
        }
    }
    found
}

/// Stages that find nobody under these facts. A list of units that is empty is another matter: the form or the
/// campaign fills it.
fn lacking_under(
    def: &Definition,
    frame: &Frame,
    around: &Surroundings,
    facts: &Assignment,
) -> Vec<duban_core::workflow::verify::Problem> {
    let context = Context {
        at: frame.at,
        org: &frame.org,
        calendar: &frame.calendar,
        parties: &around.parties,
        facts,
        authors: &BTreeSet::new(),
        revision: RevisionNo(0),
        hashes: &BTreeMap::new(),
        unready: &BTreeMap::new(),
    };
    let mut found = liveness(def, &context);
    found.retain(|problem| problem.reason.code != "party_empty");
    found
}
