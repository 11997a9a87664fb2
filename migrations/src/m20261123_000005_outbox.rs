//! Mail waiting to be delivered, and the reminders that made it.

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
        Sketch::new("outbox")
            .id()
            .col(&mut text("kind"))
            .refer_null("person_id", "person")
            .col(&mut text_null("address"))
            .col(&mut json("payload"))
            .col(&mut text("message_id"))
            .col(&mut text("state"))
            .col(&mut int("attempts"))
            .col(&mut instant("next_try_at"))
            .col(&mut instant_null("lease_until"))
            .col(ColumnDef::new("lease_token").uuid().null())
            .col(&mut text_null("error"))
            .col(&mut instant("created_at"))
            .col(&mut instant_null("sent_at"))
            .unique(&["message_id"])
            .index(&["state", "next_try_at"])
            .create(m)
            .await?;
        // The key is what makes a second tick harmless: (rule, clock, rung, recipient) written as one text.
        Sketch::new("occurrence")
            .col(&mut text("key"))
            .col(&mut text("rule"))
            .refer_null("document_id", "document")
            .col(&mut int("rung"))
            .refer("person_id", "person")
            .col(&mut instant("due_at"))
            .refer_null("outbox_id", "outbox")
            .col(&mut text("state"))
            .col(&mut instant("created_at"))
            .primary(&["key"])
            .index(&["outbox_id"])
            .index(&["person_id", "due_at"])
            .create(m)
            .await?;
        Ok(())
    }

    async fn down(&self, m: &SchemaManager) -> Result<(), DbErr> {
        drop_tables(m, &["occurrence", "outbox"]).await
    }
}
