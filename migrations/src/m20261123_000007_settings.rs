//! The calendar, with the notice that made each year, and settings.

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
        Sketch::new("calendar_year")
            .col(&mut int("year"))
            .col(&mut text("source"))
            .primary(&["year"])
            .create(m)
            .await?;
        Sketch::new("calendar_day")
            .col(&mut day("day"))
            .col(&mut text("kind"))
            .col(&mut text("name"))
            .primary(&["day"])
            .create(m)
            .await?;
        Sketch::new("setting")
            .col(&mut text("key"))
            .col(&mut json("value"))
            .primary(&["key"])
            .create(m)
            .await?;
        Ok(())
    }

    async fn down(&self, m: &SchemaManager) -> Result<(), DbErr> {
        drop_tables(m, &["setting", "calendar_day", "calendar_year"]).await
    }
}
