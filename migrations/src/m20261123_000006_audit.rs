//! The audit trail: rows chained by hash, and the head that every append locks and moves.

use crate::sketch::*;
use sea_orm_migration::prelude::*;

#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }

    async fn up(&self, m: &SchemaManager) -> Result<(), DbErr> {
        Sketch::new("audit")
            .col(ColumnDef::new("seq").big_integer().not_null().primary_key())
            .col(&mut instant("at"))
            .refer_null("person_id", "person")
            .col(&mut text("verb"))
            .col(&mut text("object_kind"))
            .col(&mut text("object_id"))
            .col(&mut text("canonical"))
            .col(&mut text("prev_hash"))
            .col(&mut text("hash"))
            .index(&["person_id", "seq"])
            .index(&["verb", "seq"])
            .index(&["object_kind", "object_id", "seq"])
            .index(&["at"])
            .create(m)
            .await?;
        append_only(m, "audit").await?;
        Sketch::new("audit_head")
            .col(&mut int("id"))
            .col(ColumnDef::new("seq").big_integer().not_null())
            .col(&mut text("hash"))
            .primary(&["id"])
            .check("id = 1")
            .create(m)
            .await?;
        // The genesis: the chain starts from a hash of nothing.
        m.execute(
            Query::insert()
                .into_table("audit_head")
                .columns(["id", "seq", "hash"])
                .values_panic([1.into(), 0i64.into(), "0".repeat(64).into()])
                .take(),
        )
        .await?;
        Ok(())
    }

    async fn down(&self, m: &SchemaManager) -> Result<(), DbErr> {
        drop_tables(m, &["audit_head", "audit"]).await
    }
}
