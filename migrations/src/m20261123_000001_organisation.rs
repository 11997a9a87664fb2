//! Units, rosters, people, posts, delegations, and what one administrator proposes for another to confirm.

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
        Sketch::new("unit")
            .id()
            .col(&mut text("name"))
            .col(&mut text("kind"))
            .col(&mut day("valid_from"))
            .col(&mut day_null("valid_until"))
            .unique(&["name", "valid_from"])
            .create(m)
            .await?;
        Sketch::new("unit_alias")
            .refer("unit_id", "unit")
            .col(&mut text("name"))
            .primary(&["unit_id", "name"])
            .index(&["name"])
            .create(m)
            .await?;
        Sketch::new("roster")
            .id()
            .col(&mut text("name"))
            .unique(&["name"])
            .create(m)
            .await?;
        Sketch::new("roster_member")
            .id()
            .refer("roster_id", "roster")
            .refer("unit_id", "unit")
            .col(&mut day("valid_from"))
            .col(&mut day_null("valid_until"))
            .unique(&["roster_id", "unit_id", "valid_from"])
            .create(m)
            .await?;
        Sketch::new("person")
            .id()
            .col(&mut text("username"))
            .col(&mut text("name"))
            .col(&mut text_null("email"))
            .col(&mut text("locale"))
            .col(&mut flag("active"))
            .col(&mut text_null("password_hash"))
            .col(&mut flag("must_change_password"))
            .col(&mut instant("created_at"))
            .unique(&["username"])
            .create(m)
            .await?;
        Sketch::new("post")
            .id()
            .refer("person_id", "person")
            .refer("unit_id", "unit")
            .col(&mut text("role"))
            .col(&mut day("valid_from"))
            .col(&mut day_null("valid_until"))
            .index(&["person_id"])
            .index(&["unit_id", "role"])
            .create(m)
            .await?;
        Sketch::new("delegation")
            .id()
            .refer("post_id", "post")
            .refer("delegate_id", "person")
            .col(&mut instant("starts_at"))
            .col(&mut instant("ends_at"))
            .col(&mut text_null("document_type"))
            .col(&mut instant_null("revoked_at"))
            .col(&mut instant("created_at"))
            .check("starts_at < ends_at")
            .index(&["post_id"])
            .index(&["delegate_id"])
            .create(m)
            .await?;
        Sketch::new("proposal")
            .id()
            .col(&mut text("kind"))
            .col(&mut json("payload"))
            .col(&mut text("state"))
            .refer("proposed_by", "person")
            .col(&mut instant("proposed_at"))
            .refer_null("decided_by", "person")
            .col(&mut instant_null("decided_at"))
            .col(&mut text_null("note"))
            // Nobody confirms what they proposed themselves.
            .check("decided_by IS NULL OR decided_by <> proposed_by")
            .index(&["state", "id"])
            .create(m)
            .await?;
        Ok(())
    }

    async fn down(&self, m: &SchemaManager) -> Result<(), DbErr> {
        drop_tables(
            m,
            &[
                "proposal",
                "delegation",
                "post",
                "person",
                "roster_member",
                "roster",
                "unit_alias",
                "unit",
            ],
        )
        .await
    }
}
