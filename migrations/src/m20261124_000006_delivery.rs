//! What is known of mail addresses, what people are told inside the service, and the calendar entries they were sent.

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
        Sketch::new("mail_address")
            .col(&mut text("address"))
            .col(&mut text("state"))
            .col(&mut text("detail"))
            .col(&mut instant("changed_at"))
            .primary(&["address"])
            .create(m)
            .await?;
        Sketch::new("alert")
            .id()
            .refer("person_id", "person")
            .col(&mut text("code"))
            .col(&mut json("args"))
            .refer_null("document_id", "document")
            .col(&mut text("key"))
            .col(&mut instant("created_at"))
            .col(&mut instant_null("read_at"))
            // Telling the same twice changes nothing.
            .unique(&["person_id", "key"])
            .index(&["person_id", "read_at"])
            .create(m)
            .await?;
        Sketch::new("calendar_entry")
            .col(&mut text("uid"))
            .refer("person_id", "person")
            .col(&mut text("clock"))
            .col(&mut text("title"))
            .col(&mut day("due_on"))
            .col(&mut int("sequence"))
            .col(&mut instant("sent_at"))
            .col(&mut instant_null("cancelled_at"))
            .primary(&["uid"])
            .index(&["person_id", "cancelled_at"])
            .create(m)
            .await?;
        Ok(())
    }

    async fn down(&self, m: &SchemaManager) -> Result<(), DbErr> {
        drop_tables(m, &["calendar_entry", "alert", "mail_address"]).await
    }
}
