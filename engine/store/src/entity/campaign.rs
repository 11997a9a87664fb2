//! Table `campaign`.

use sea_orm::entity::prelude::*;

#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "campaign")]
pub struct Model {
    #[sea_orm(primary_key)]
    pub id: i64,
    pub notice_id: i64,
    pub year: i32,
    pub title: String,
    pub coordinator_unit: i64,
    pub office_unit: i64,
    pub leadership_unit: i64,
    pub inspection_unit: i64,
    pub plan_due: Date,
    pub opened_by: i64,
    pub opened_at: DateTimeUtc,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
