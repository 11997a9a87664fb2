//! What boards show of a paper's clocks: working days late in visits that are over, and its last extension.

use sea_orm_migration::prelude::*;

#[derive(DeriveMigrationName)]
pub struct Migration;

const DAYS: [&str; 2] = ["unit_late", "reviewer_late"];

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }

    async fn up(&self, m: &SchemaManager) -> Result<(), DbErr> {
        // SQLite adds one column a statement.
        for days in DAYS {
            let mut column = ColumnDef::new(days);
            column.integer().not_null().default(0);
            m.alter_table(Table::alter().table("document").add_column(column).take())
                .await?;
        }
        let mut column = ColumnDef::new("extension");
        column.text().null();
        m.alter_table(Table::alter().table("document").add_column(column).take())
            .await
    }

    async fn down(&self, m: &SchemaManager) -> Result<(), DbErr> {
        for column in ["extension", "reviewer_late", "unit_late"] {
            m.alter_table(Table::alter().table("document").drop_column(column).take())
                .await?;
        }
        Ok(())
    }
}
