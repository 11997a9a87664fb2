//! `GET` and `POST /workflows/{id}/migration`: running papers move to another version of their workflow. The page
//! shows which stage becomes which and what would become of each paper; the form then moves those that can.

use super::document::fields::Posted;
use crate::error::PageError;
use crate::extract::{CsrfForm, Signed};
use crate::visit::Page;
use axum::extract::{Path, Query};
use duban_core::reason::Reason;
use duban_core::workflow::{Definition, Names, StageId};
use duban_service::Error;
use duban_service::migration::Moving;
use duban_service::workflow::State;
use serde::Serialize;
use std::collections::BTreeMap;

#[derive(Serialize)]
struct MigrationView {
    id: String,
    title: String,
    /// The published versions to move to.
    targets: Vec<TargetView>,
    to: u32,
    /// The places that papers are in or can come to, and what each becomes.
    map: Vec<PlaceView>,
    papers: Vec<MovingView>,
    can: usize,
    cannot: usize,
    /// The papers have been moved.
    applied: bool,
}

#[derive(Serialize)]
struct TargetView {
    version: u32,
    chosen: bool,
}

#[derive(Serialize)]
struct PlaceView {
    id: String,
    title: String,
    options: Vec<OptionView>,
    /// What it becomes; empty while that is not known.
    becomes: String,
}

#[derive(Serialize)]
struct OptionView {
    id: String,
    title: String,
    chosen: bool,
}

#[derive(Serialize)]
struct MovingView {
    id: i64,
    unit: String,
    version: u32,
    stages: String,
    reasons: Vec<Reason>,
}

/// The map of a form or an address: `map-<old>=<new>`; nothing chosen keeps the name.
fn names(fields: &Posted) -> Names {
    let pairs = fields.iter().filter_map(|(name, new)| {
        let old = name.strip_prefix("map-")?;
        (!new.is_empty() && old != new).then(|| (StageId::from(old), StageId::from(new.as_str())))
    });
    pairs.collect()
}

fn version(fields: &Posted) -> Option<u32> {
    let (_, text) = fields.iter().find(|(name, _)| name == "to")?;
    text.parse().ok()
}

/// `GET /workflows/{id}/migration`: the map and what would become of each paper.
pub async fn show(signed: Signed, Path(id): Path<String>, Query(asked): Query<Posted>) -> Result<Page, PageError> {
    let service = &signed.app.service;
    let versions = service.versions(service.store().read()).await?;
    let of_id = versions.iter().filter(|row| row.definition.id == id);
    let mut published = of_id.filter(|row| row.state == State::Published);
    let newest = published.next_back().ok_or(Error::NotFound)?.definition.version;
    let to = version(&asked).unwrap_or(newest);
    let names = names(&asked);
    let papers = service.try_migration(Some(&signed.caller), (&id, to), &names).await?;
    page(&signed, (&id, to), &names, (papers, false)).await
}

/// `POST /workflows/{id}/migration`: moves the papers that nothing stands in the way of.
pub async fn apply(
    signed: Signed,
    Path(id): Path<String>,
    CsrfForm(posted): CsrfForm<Posted>,
) -> Result<Page, PageError> {
    let to = version(&posted).ok_or_else(|| PageError::refused("malformed"))?;
    let names = names(&posted);
    let service = &signed.app.service;
    let papers = service.apply_migration(Some(&signed.caller), (&id, to), &names).await?;
    page(&signed, (&id, to), &names, (papers, true)).await
}

async fn page(
    signed: &Signed,
    (id, to): (&str, u32),
    names: &Names,
    (papers, applied): (Vec<Moving>, bool),
) -> Result<Page, PageError> {
    let service = &signed.app.service;
    let new = service.definition(id, to)?;
    let versions = service.versions(service.store().read()).await?;
    let published = versions
        .iter()
        .filter(|row| row.definition.id == id && row.state == State::Published);
    let targets = published.map(|row| TargetView {
        version: row.definition.version,
        chosen: row.definition.version == to,
    });
    let can = papers.iter().filter(|one| one.refused.is_empty()).count();
    let view = MigrationView {
        id: id.to_owned(),
        title: new.title.get(signed.locale.tag()).to_owned(),
        targets: targets.collect(),
        to,
        map: map(signed, &new, names, &papers),
        can,
        cannot: papers.len() - can,
        papers: papers.iter().map(|one| moving_view(signed, &new, one)).collect(),
        applied,
    };
    signed.page("pages/migration", &view)
}

/// The stages and splits of a definition with their titles, in its order; joins and ends keep their names.
fn places<'a>(def: &'a Definition, tag: &str) -> Vec<(&'a StageId, String)> {
    let stages = def.stages.iter().map(|stage| &stage.id);
    let all = stages.chain(def.splits.iter().map(|split| &split.id));
    all.map(|id| {
        (
            id,
            def.title_of(id)
                .map_or_else(String::new, |title| title.get(tag).to_owned()),
        )
    })
    .collect()
}

fn map(signed: &Signed, new: &Definition, names: &Names, papers: &[Moving]) -> Vec<PlaceView> {
    let tag = signed.locale.tag();
    let there = places(new, tag);
    let old: BTreeMap<u32, _> = papers.iter().map(|one| (one.from.version, &one.from)).collect();
    let mut found: Vec<PlaceView> = Vec::new();
    for (id, title) in old.values().flat_map(|def| places(def, tag)) {
        if found.iter().any(|known| known.id == id.0) {
            continue;
        }
        let becomes = names.get(id).unwrap_or(id);
        let options = there.iter().map(|(other, title)| OptionView {
            id: other.to_string(),
            title: title.clone(),
            chosen: *other == becomes,
        });
        let known = there.iter().find(|(other, _)| *other == becomes);
        found.push(PlaceView {
            id: id.to_string(),
            title,
            becomes: known.map_or_else(String::new, |(_, title)| title.clone()),
            options: options.collect(),
        });
    }
    found
}

fn moving_view(signed: &Signed, new: &Definition, one: &Moving) -> MovingView {
    let tag = signed.locale.tag();
    let title = |id: &StageId| {
        let known = one.from.title_of(id).or_else(|| new.title_of(id));
        known.map_or_else(|| id.to_string(), |title| title.get(tag).to_owned())
    };
    let stages: Vec<_> = one.stages.iter().map(&title).collect();
    // People know stages by their titles and facts by their labels.
    let told = one.refused.iter().map(|reason| {
        let mut told = reason.clone();
        if let Some(stage) = told.args.get_mut("stage") {
            *stage = title(&StageId::from(stage.as_str()));
        }
        if let Some(fact) = told.args.get_mut("fact") {
            *fact = super::workflows::fact_text(signed, new, fact);
        }
        told
    });
    MovingView {
        id: one.document.0,
        unit: one.unit.clone(),
        version: one.from.version,
        stages: stages.join(&signed.text("workflow.and")),
        reasons: told.collect(),
    }
}
