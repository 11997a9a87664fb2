//! Table `finding`.

use sea_orm::entity::prelude::*;

#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "finding")]
pub struct Model {
    #[sea_orm(primary_key)]
    pub id: i64,
    pub source: String,
    pub basis: String,
    pub description: String,
    pub class: String,
    pub severity: String,
    pub unit_id: i64,
    pub demanded_by: Date,
    pub raised_by: i64,
    pub raised_at: DateTimeUtc,
    pub campaign_id: Option<i64>,
    pub document_id: Option<i64>,
    pub state: String,
    pub closed_at: Option<DateTimeUtc>,
    pub look_back_on: Option<Date>,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
