//! Table `task`.

use sea_orm::entity::prelude::*;

#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "task")]
pub struct Model {
    #[sea_orm(primary_key)]
    pub id: i64,
    pub notice_id: i64,
    pub number: i32,
    pub section: String,
    pub title: String,
    pub text: String,
    pub deadline: Option<String>,
    pub due_on: Option<Date>,
    pub place: Option<Json>,
    pub withdrawn_on: Option<Date>,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
