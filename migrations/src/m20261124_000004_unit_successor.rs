//! Which unit took the place of one that ceased to exist: renamed into it, or merged with others.

use sea_orm_migration::prelude::*;

#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }

    async fn up(&self, m: &SchemaManager) -> Result<(), DbErr> {
        // A plain column: SQLite adds no foreign key to a table that exists. The service checks the number.
        let column = ColumnDef::new("successor_id").big_integer().null().take();
        m.alter_table(Table::alter().table("unit").add_column(column).take())
            .await
    }

    async fn down(&self, m: &SchemaManager) -> Result<(), DbErr> {
        m.alter_table(Table::alter().table("unit").drop_column("successor_id").take())
            .await
    }
}
