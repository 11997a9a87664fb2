//! Notices, their tasks, assignments and indicators, and the campaigns that carry them out.

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
        Sketch::new("notice")
            .id()
            .col(&mut text("title"))
            .col(&mut text_null("issuer"))
            .col(&mut text_null("number"))
            .col(&mut day_null("dated"))
            .col(&mut text("text"))
            .col(&mut text("hash"))
            .refer("imported_by", "person")
            .col(&mut instant("imported_at"))
            .unique(&["hash"])
            .create(m)
            .await?;
        Sketch::new("task")
            .id()
            .refer("notice_id", "notice")
            .col(&mut int("number"))
            .col(&mut text("section"))
            .col(&mut text("title"))
            .col(&mut text("text"))
            .col(&mut text_null("deadline"))
            .col(&mut day_null("due_on"))
            .col(&mut json_null("place"))
            .unique(&["notice_id", "number"])
            .create(m)
            .await?;
        Sketch::new("assignment")
            .id()
            .refer("task_id", "task")
            .refer("unit_id", "unit")
            .col(&mut text("role"))
            .col(&mut flag("confirmed_lead"))
            .refer_null("via_roster", "roster")
            .col(&mut int("position"))
            .col(&mut json_null("place"))
            .unique(&["task_id", "unit_id"])
            .index(&["unit_id"])
            .create(m)
            .await?;
        Sketch::new("indicator")
            .id()
            .refer("notice_id", "notice")
            .refer_null("task_id", "task")
            .col(&mut text("name"))
            .col(&mut text("comparator"))
            .col(&mut text("value"))
            .col(&mut text_null("measure"))
            .col(ColumnDef::new("year").integer().null())
            .refer_null("unit_id", "unit")
            .col(&mut text_null("text"))
            .col(&mut json_null("place"))
            .index(&["notice_id"])
            .index(&["task_id"])
            .create(m)
            .await?;
        Sketch::new("campaign")
            .id()
            .refer("notice_id", "notice")
            .col(&mut int("year"))
            .col(&mut text("title"))
            .refer("coordinator_unit", "unit")
            .refer("office_unit", "unit")
            .refer("leadership_unit", "unit")
            .refer("inspection_unit", "unit")
            .col(&mut day("plan_due"))
            .refer("opened_by", "person")
            .col(&mut instant("opened_at"))
            .unique(&["notice_id", "year"])
            .create(m)
            .await?;
        // Who owes a plan in a campaign, and who was let off, with the reason.
        Sketch::new("campaign_unit")
            .refer("campaign_id", "campaign")
            .refer("unit_id", "unit")
            .refer_null("via_roster", "roster")
            .col(&mut text_null("exempt_reason"))
            .primary(&["campaign_id", "unit_id"])
            .index(&["unit_id"])
            .create(m)
            .await?;
        Ok(())
    }

    async fn down(&self, m: &SchemaManager) -> Result<(), DbErr> {
        drop_tables(
            m,
            &["campaign_unit", "campaign", "indicator", "assignment", "task", "notice"],
        )
        .await
    }
}
