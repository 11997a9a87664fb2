//! Ways in: sessions, throttling, personal tokens. Only hashes of secrets are kept.

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
        Sketch::new("session")
            .id()
            .refer("person_id", "person")
            .col(&mut text("hash"))
            .col(&mut instant("created_at"))
            .col(&mut instant("seen_at"))
            .col(&mut instant("expires_at"))
            .col(&mut text_null("source"))
            .col(&mut text_null("agent"))
            .unique(&["hash"])
            .index(&["person_id"])
            .index(&["expires_at"])
            .create(m)
            .await?;
        Sketch::new("sign_in_attempt")
            .col(&mut text("key"))
            .col(&mut int("failures"))
            .col(&mut instant("failed_at"))
            .col(&mut instant_null("blocked_until"))
            .primary(&["key"])
            .index(&["failed_at"])
            .create(m)
            .await?;
        Sketch::new("api_token")
            .id()
            .refer("person_id", "person")
            .col(&mut text("name"))
            .col(&mut text("hash"))
            .col(&mut text("scope"))
            .col(&mut instant("created_at"))
            .col(&mut instant("expires_at"))
            .col(&mut instant_null("used_at"))
            .unique(&["hash"])
            .index(&["person_id"])
            .create(m)
            .await?;
        Ok(())
    }

    async fn down(&self, m: &SchemaManager) -> Result<(), DbErr> {
        drop_tables(m, &["api_token", "sign_in_attempt", "session"]).await
    }
}
