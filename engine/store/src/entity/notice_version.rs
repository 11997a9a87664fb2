//! Table `notice_version`.

use sea_orm::entity::prelude::*;

#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "notice_version")]
pub struct Model {
    #[sea_orm(primary_key)]
    pub id: i64,
    pub notice_id: i64,
    pub no: i32,
    pub title: String,
    pub number: Option<String>,
    pub dated: Option<Date>,
    pub text: String,
    pub hash: String,
    pub confirmed_by: i64,
    pub confirmed_at: DateTimeUtc,
    pub amendment: Option<Json>,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
