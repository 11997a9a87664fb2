//! Table `document`.

use sea_orm::entity::prelude::*;

#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "document")]
pub struct Model {
    #[sea_orm(primary_key)]
    pub id: i64,
    #[sea_orm(column_name = "type")]
    pub document_type: String,
    pub campaign_id: Option<i64>,
    pub unit_id: i64,
    pub title: String,
    pub definition: String,
    pub definition_version: i32,
    pub status: String,
    pub stage: Option<String>,
    pub version: i32,
    pub due_on: Option<Date>,
    pub created_by: Option<i64>,
    pub created_at: DateTimeUtc,
    pub changed_at: DateTimeUtc,
    pub submitted_at: Option<DateTimeUtc>,
    pub revises: Option<i64>,
    pub unit_late: i32,
    pub reviewer_late: i32,
    pub extension: Option<String>,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
