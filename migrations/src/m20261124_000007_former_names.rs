//! Until when an alias was the name of its unit.

use crate::sketch::day_null;
use sea_orm_migration::prelude::*;

#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }

    async fn up(&self, m: &SchemaManager) -> Result<(), DbErr> {
        let column = Table::alter()
            .table("unit_alias")
            .add_column(day_null("valid_until"))
            .take();
        m.alter_table(column).await
    }

    async fn down(&self, m: &SchemaManager) -> Result<(), DbErr> {
        let column = Table::alter().table("unit_alias").drop_column("valid_until").take();
        m.alter_table(column).await
    }
}
