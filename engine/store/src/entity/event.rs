//! Table `event`.

use sea_orm::entity::prelude::*;

#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "event")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub document_id: i64,
    #[sea_orm(primary_key, auto_increment = false)]
    pub seq: i32,
    pub version: i32,
    pub at: DateTimeUtc,
    pub kind: String,
    pub payload: Json,
    pub actor_person: Option<i64>,
    pub actor_unit: Option<i64>,
    pub actor_role: Option<String>,
    pub on_behalf_of: Option<i64>,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
