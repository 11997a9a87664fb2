//! Findings: rows and the units that help with them.

use crate::entity::{finding, finding_support};
use crate::error::{Result, StoreError};
use chrono::{DateTime, NaiveDate, Utc};
use duban_core::document::finding::State;
use duban_core::id::{CampaignId, DocumentId, FindingId, PersonId, UnitId};
use sea_orm::ActiveValue::{NotSet, Set};
use sea_orm::sea_query::Expr;
use sea_orm::{
    ActiveModelTrait, ColumnTrait, Condition, ConnectionTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect,
};
use std::collections::BTreeMap;

/// A finding.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// Its number.
    pub id: FindingId,
    /// Where it comes from, in the words of whoever raised it.
    pub source: String,
    /// On what ground.
    pub basis: String,
    /// What was found.
    pub description: String,
    /// Its class, in words.
    pub class: String,
    /// How grave it is, in words.
    pub severity: String,
    /// Whose it is.
    pub unit: UnitId,
    /// Units that help, in order of their numbers.
    pub supporting: Vec<UnitId>,
    /// By when it is to be put right.
    pub demanded_by: NaiveDate,
    /// Who raised it.
    pub raised_by: PersonId,
    /// When (UTC).
    pub raised_at: DateTime<Utc>,
    /// The campaign it belongs to.
    pub campaign: Option<CampaignId>,
    /// The report that answers it.
    pub document: Option<DocumentId>,
    /// How far it has come.
    pub state: State,
    /// When it was closed (UTC), while it is.
    pub closed_at: Option<DateTime<Utc>>,
    /// From when on it is to be looked back at, while it is closed.
    pub look_back_on: Option<NaiveDate>,
}

/// A finding to be written down.
#[derive(Clone, Debug)]
pub struct NewFinding {
    /// See [`Finding`].
    pub source: String,
    /// See [`Finding`].
    pub basis: String,
    /// See [`Finding`].
    pub description: String,
    /// See [`Finding`].
    pub class: String,
    /// See [`Finding`].
    pub severity: String,
    /// See [`Finding`].
    pub unit: UnitId,
    /// See [`Finding`].
    pub supporting: Vec<UnitId>,
    /// See [`Finding`].
    pub demanded_by: NaiveDate,
    /// See [`Finding`].
    pub campaign: Option<CampaignId>,
}

/// Which findings. All that is given must hold; an empty filter finds all.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Filter {
    /// Of these units, or helped with by them. None: of all.
    pub concerning: Option<Vec<UnitId>>,
    /// Of this unit.
    pub unit: Option<UnitId>,
    /// In one of these states; empty: in any.
    pub states: Vec<State>,
    /// Handed over with this report.
    pub document: Option<DocumentId>,
    /// With a number below this one (the next page of a list that begins with the newest).
    pub before: Option<FindingId>,
    /// At most so many; 0: no limit.
    pub limit: u64,
}

/// Writes a finding down.
pub async fn add(db: &impl ConnectionTrait, new: NewFinding, (by, at): (PersonId, DateTime<Utc>)) -> Result<FindingId> {
    let row = finding::ActiveModel {
        id: NotSet,
        source: Set(new.source),
        basis: Set(new.basis),
        description: Set(new.description),
        class: Set(new.class),
        severity: Set(new.severity),
        unit_id: Set(new.unit.0),
        demanded_by: Set(new.demanded_by),
        raised_by: Set(by.0),
        raised_at: Set(at),
        campaign_id: Set(new.campaign.map(|id| id.0)),
        document_id: Set(None),
        state: Set(State::Raised.code().to_owned()),
        closed_at: Set(None),
        look_back_on: Set(None),
    };
    let row = row.insert(db).await?;
    let helpers = new.supporting.iter().map(|unit| finding_support::ActiveModel {
        finding_id: Set(row.id),
        unit_id: Set(unit.0),
    });
    if !new.supporting.is_empty() {
        finding_support::Entity::insert_many(helpers)
            .exec_without_returning(db)
            .await?;
    }
    Ok(FindingId(row.id))
}

/// The finding with this number.
pub async fn find(db: &impl ConnectionTrait, id: FindingId) -> Result<Option<Finding>> {
    let rows = finding::Entity::find_by_id(id.0).all(db).await?;
    Ok(with_helpers(db, rows).await?.pop())
}

/// Findings, the newest first.
pub async fn list(db: &impl ConnectionTrait, filter: &Filter) -> Result<Vec<Finding>> {
    let mut query = finding::Entity::find().order_by_desc(finding::Column::Id);
    if let Some(units) = &filter.concerning {
        let units: Vec<i64> = units.iter().map(|unit| unit.0).collect();
        let helped: Vec<i64> = finding_support::Entity::find()
            .select_only()
            .column(finding_support::Column::FindingId)
            .filter(finding_support::Column::UnitId.is_in(units.iter().copied()))
            .into_tuple()
            .all(db)
            .await?;
        query = query.filter(
            Condition::any()
                .add(finding::Column::UnitId.is_in(units))
                .add(finding::Column::Id.is_in(helped)),
        );
    }
    if let Some(unit) = filter.unit {
        query = query.filter(finding::Column::UnitId.eq(unit.0));
    }
    if !filter.states.is_empty() {
        query = query.filter(finding::Column::State.is_in(filter.states.iter().map(|state| state.code())));
    }
    if let Some(document) = filter.document {
        query = query.filter(finding::Column::DocumentId.eq(document.0));
    }
    if let Some(before) = filter.before {
        query = query.filter(finding::Column::Id.lt(before.0));
    }
    if filter.limit > 0 {
        query = query.limit(filter.limit);
    }
    let rows = query.all(db).await?;
    with_helpers(db, rows).await
}

/// Hands raised findings of one unit over with a report; gives how many there were to hand over.
pub async fn dispatch(db: &impl ConnectionTrait, ids: &[FindingId], document: DocumentId) -> Result<u64> {
    let done = finding::Entity::update_many()
        .col_expr(finding::Column::DocumentId, Expr::value(document.0))
        .col_expr(finding::Column::State, Expr::value(State::Rectifying.code()))
        .filter(finding::Column::Id.is_in(ids.iter().map(|id| id.0)))
        .filter(finding::Column::State.eq(State::Raised.code()))
        .exec(db)
        .await?;
    Ok(done.rows_affected)
}

/// Moves the findings of a report to a state. Closing one stamps the moment and the day of the look-back; opening one
/// again takes both away.
pub async fn follow(
    db: &impl ConnectionTrait,
    document: DocumentId,
    state: State,
    (closed_at, look_back_on): (Option<DateTime<Utc>>, Option<NaiveDate>),
) -> Result<u64> {
    let mut update = finding::Entity::update_many()
        .col_expr(finding::Column::State, Expr::value(state.code()))
        .filter(finding::Column::DocumentId.eq(document.0))
        .filter(finding::Column::State.ne(state.code()));
    if state != State::Confirmed {
        update = update
            .col_expr(finding::Column::ClosedAt, Expr::value(closed_at))
            .col_expr(finding::Column::LookBackOn, Expr::value(look_back_on));
    }
    Ok(update.exec(db).await?.rows_affected)
}

async fn with_helpers(db: &impl ConnectionTrait, rows: Vec<finding::Model>) -> Result<Vec<Finding>> {
    let mut helpers: BTreeMap<i64, Vec<UnitId>> = BTreeMap::new();
    for chunk in rows.chunks(500) {
        let found = finding_support::Entity::find()
            .filter(finding_support::Column::FindingId.is_in(chunk.iter().map(|row| row.id)))
            .order_by_asc(finding_support::Column::UnitId)
            .all(db)
            .await?;
        for helper in found {
            helpers
                .entry(helper.finding_id)
                .or_default()
                .push(UnitId(helper.unit_id));
        }
    }
    rows.into_iter()
        .map(|row| {
            let state = State::from_code(&row.state)
                .ok_or_else(|| StoreError::damaged(format!("state {} of finding {}", row.state, row.id)))?;
            Ok(Finding {
                id: FindingId(row.id),
                source: row.source,
                basis: row.basis,
                description: row.description,
                class: row.class,
                severity: row.severity,
                unit: UnitId(row.unit_id),
                supporting: helpers.remove(&row.id).unwrap_or_default(),
                demanded_by: row.demanded_by,
                raised_by: PersonId(row.raised_by),
                raised_at: row.raised_at,
                campaign: row.campaign_id.map(CampaignId),
                document: row.document_id.map(DocumentId),
                state,
                closed_at: row.closed_at,
                look_back_on: row.look_back_on,
            })
        })
        .collect()
}
