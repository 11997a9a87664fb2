//! Table `seat`.

use sea_orm::entity::prelude::*;

#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "seat")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub document_id: i64,
    #[sea_orm(primary_key, auto_increment = false)]
    pub seat_no: i32,
    pub round: i32,
    pub stage: String,
    pub unit_id: i64,
    pub role: String,
    pub person_id: Option<i64>,
    pub opened_at: DateTimeUtc,
    pub due_on: Option<Date>,
    pub times_out: bool,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
