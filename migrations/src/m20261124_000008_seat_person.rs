//! Which one holder of its post an open seat is meant for: it was handed over or lent to them.

use sea_orm_migration::prelude::*;

#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }

    async fn up(&self, m: &SchemaManager) -> Result<(), DbErr> {
        // A plain column: SQLite adds no foreign key to a table that exists.
        let column = ColumnDef::new("person_id").big_integer().null().take();
        m.alter_table(Table::alter().table("seat").add_column(column).take())
            .await
    }

    async fn down(&self, m: &SchemaManager) -> Result<(), DbErr> {
        m.alter_table(Table::alter().table("seat").drop_column("person_id").take())
            .await
    }
}
