//! Table `indicator`.

use sea_orm::entity::prelude::*;

#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "indicator")]
pub struct Model {
    #[sea_orm(primary_key)]
    pub id: i64,
    pub notice_id: i64,
    pub task_id: Option<i64>,
    pub name: String,
    pub comparator: String,
    pub value: String,
    pub measure: Option<String>,
    pub year: Option<i32>,
    pub unit_id: Option<i64>,
    pub text: Option<String>,
    pub place: Option<Json>,
    pub withdrawn_on: Option<Date>,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
