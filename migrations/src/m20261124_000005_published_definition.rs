//! Workflow definitions that were published, with the text that every paper of that version follows.

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
        Sketch::new("published_definition")
            .col(&mut text("definition"))
            .col(&mut int("version"))
            .col(&mut text("source"))
            .col(&mut text("hash"))
            .col(&mut instant("published_at"))
            .col(&mut instant_null("retired_at"))
            .refer_null("published_by", "person")
            .refer_null("retired_by", "person")
            .primary(&["definition", "version"])
            .create(m)
            .await?;
        Ok(())
    }

    async fn down(&self, m: &SchemaManager) -> Result<(), DbErr> {
        drop_tables(m, &["published_definition"]).await
    }
}
