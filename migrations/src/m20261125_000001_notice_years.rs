//! A plan for several years is worked on in a campaign each year: the same text may be a notice more than once.

use sea_orm_migration::prelude::*;

#[derive(DeriveMigrationName)]
pub struct Migration;

fn index(name: &'static str) -> IndexCreateStatement {
    Index::create().name(name).table("notice").col("hash").take()
}

fn dropped(name: &'static str) -> IndexDropStatement {
    Index::drop().name(name).table("notice").to_owned()
}

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }

    async fn up(&self, m: &SchemaManager) -> Result<(), DbErr> {
        m.drop_index(dropped("uq_notice_hash")).await?;
        m.create_index(index("ix_notice_hash")).await
    }

    async fn down(&self, m: &SchemaManager) -> Result<(), DbErr> {
        m.drop_index(dropped("ix_notice_hash")).await?;
        m.create_index(index("uq_notice_hash").unique().take()).await
    }
}
