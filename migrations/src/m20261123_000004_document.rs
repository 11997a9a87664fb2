//! Documents, what is written in them, the instance that carries each through its workflow, and findings.

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
        Sketch::new("document")
            .id()
            .col(&mut text("type"))
            .refer_null("campaign_id", "campaign")
            .refer("unit_id", "unit")
            .col(&mut text("title"))
            .col(&mut text("definition"))
            .col(&mut int("definition_version"))
            .col(&mut text("status"))
            .col(&mut text_null("stage"))
            .col(&mut int("version"))
            .col(&mut day_null("due_on"))
            .refer_null("created_by", "person")
            .col(&mut instant("created_at"))
            .col(&mut instant("changed_at"))
            .col(&mut instant_null("submitted_at"))
            .refer_null("revises", "document")
            .index(&["campaign_id", "type"])
            .index(&["unit_id", "changed_at", "id"])
            .index(&["status", "due_on"])
            .create(m)
            .await?;
        Sketch::new("document_body")
            .refer("document_id", "document")
            .col(&mut json("content"))
            .col(&mut int("edit_version"))
            .col(&mut instant("edited_at"))
            .refer_null("edited_by", "person")
            .primary(&["document_id"])
            .create(m)
            .await?;
        Sketch::new("document_author")
            .refer("document_id", "document")
            .refer("person_id", "person")
            .col(&mut instant("first_at"))
            .primary(&["document_id", "person_id"])
            .create(m)
            .await?;
        Sketch::new("revision")
            .refer("document_id", "document")
            .col(&mut int("no"))
            .col(&mut json("content"))
            .col(&mut text("hash"))
            .refer("submitted_by", "person")
            .col(&mut instant("submitted_at"))
            .primary(&["document_id", "no"])
            .create(m)
            .await?;
        append_only(m, "revision").await?;
        Sketch::new("instance")
            .refer("document_id", "document")
            .col(&mut json("state"))
            .col(&mut int("version"))
            .primary(&["document_id"])
            .create(m)
            .await?;
        // Open seats only, so that an inbox never grows with finished work.
        Sketch::new("seat")
            .refer("document_id", "document")
            .col(&mut int("seat_no"))
            .col(&mut int("round"))
            .col(&mut text("stage"))
            .refer("unit_id", "unit")
            .col(&mut text("role"))
            .col(&mut instant("opened_at"))
            .col(&mut day_null("due_on"))
            .col(&mut flag("times_out"))
            .primary(&["document_id", "seat_no"])
            .index(&["unit_id", "role"])
            .index(&["due_on"])
            .create(m)
            .await?;
        // People whose post would let them sit on an open seat and whom separation of duties keeps from it.
        Sketch::new("seat_bar")
            .refer("document_id", "document")
            .refer("person_id", "person")
            .primary(&["document_id", "person_id"])
            .create(m)
            .await?;
        // Units that hold or held a seat in a document: they may read it from its submission on.
        Sketch::new("document_unit")
            .refer("document_id", "document")
            .refer("unit_id", "unit")
            .primary(&["document_id", "unit_id"])
            .index(&["unit_id"])
            .create(m)
            .await?;
        // Who did something with a document, and when last: the "done" box.
        Sketch::new("participation")
            .refer("document_id", "document")
            .refer("person_id", "person")
            .col(&mut text("act"))
            .col(&mut instant("acted_at"))
            .primary(&["document_id", "person_id"])
            .index(&["person_id", "acted_at", "document_id"])
            .create(m)
            .await?;
        Sketch::new("event")
            .refer("document_id", "document")
            .col(&mut int("seq"))
            .col(&mut int("version"))
            .col(&mut instant("at"))
            .col(&mut text("kind"))
            .col(&mut json("payload"))
            .refer_null("actor_person", "person")
            .refer_null("actor_unit", "unit")
            .col(&mut text_null("actor_role"))
            .refer_null("on_behalf_of", "person")
            .primary(&["document_id", "seq"])
            .create(m)
            .await?;
        append_only(m, "event").await?;
        Sketch::new("command")
            .col(ColumnDef::new("id").uuid().not_null().primary_key())
            .refer_null("person_id", "person")
            .col(&mut text("fingerprint"))
            .col(&mut json("answer"))
            .col(&mut instant("at"))
            .index(&["at"])
            .create(m)
            .await?;
        Sketch::new("carbon_copy")
            .refer("document_id", "document")
            .refer("person_id", "person")
            .col(&mut instant("sent_at"))
            .col(&mut instant_null("read_at"))
            .primary(&["document_id", "person_id"])
            .index(&["person_id", "sent_at", "document_id"])
            .create(m)
            .await?;
        Sketch::new("finding")
            .id()
            .col(&mut text("source"))
            .col(&mut text("basis"))
            .col(&mut text("description"))
            .col(&mut text("class"))
            .col(&mut text("severity"))
            .refer("unit_id", "unit")
            .col(&mut day("demanded_by"))
            .refer("raised_by", "person")
            .col(&mut instant("raised_at"))
            .refer_null("campaign_id", "campaign")
            .refer_null("document_id", "document")
            .col(&mut text("state"))
            .col(&mut instant_null("closed_at"))
            .col(&mut day_null("look_back_on"))
            .index(&["unit_id", "state"])
            .index(&["document_id"])
            .create(m)
            .await?;
        Sketch::new("finding_support")
            .refer("finding_id", "finding")
            .refer("unit_id", "unit")
            .primary(&["finding_id", "unit_id"])
            .create(m)
            .await?;
        Ok(())
    }

    async fn down(&self, m: &SchemaManager) -> Result<(), DbErr> {
        drop_tables(
            m,
            &[
                "finding_support",
                "finding",
                "carbon_copy",
                "command",
                "event",
                "participation",
                "document_unit",
                "seat_bar",
                "seat",
                "instance",
                "revision",
                "document_author",
                "document_body",
                "document",
            ],
        )
        .await?;
        forget_append_only(m).await
    }
}
