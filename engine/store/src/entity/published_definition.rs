//! Table `published_definition`.

use sea_orm::entity::prelude::*;

#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "published_definition")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub definition: String,
    #[sea_orm(primary_key, auto_increment = false)]
    pub version: i32,
    pub source: String,
    pub hash: String,
    pub published_at: ChronoDateTimeUtc,
    pub published_by: Option<i64>,
    pub retired_at: Option<ChronoDateTimeUtc>,
    pub retired_by: Option<i64>,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
