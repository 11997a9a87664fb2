//! Who is barred is barred from a round: in branches side by side, what keeps a person from one leaves them the other.

use crate::sketch::{Sketch, drop_tables, int};
use sea_orm_migration::prelude::*;

#[derive(DeriveMigrationName)]
pub struct Migration;

async fn replace(m: &SchemaManager<'_>, new: Sketch, kept: &str) -> Result<(), DbErr> {
    new.create(m).await?;
    m.get_connection().execute_unprepared(kept).await?;
    drop_tables(m, &["seat_bar"]).await?;
    m.rename_table(Table::rename().table("seat_bar_new", "seat_bar").take())
        .await
}

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }

    async fn up(&self, m: &SchemaManager) -> Result<(), DbErr> {
        let new = Sketch::new("seat_bar_new")
            .refer("document_id", "document")
            .col(&mut int("round"))
            .refer("person_id", "person")
            .primary(&["document_id", "round", "person_id"]);
        // Until now a bar meant every open round of its document.
        let kept = "INSERT INTO seat_bar_new (document_id, round, person_id)
            SELECT DISTINCT bar.document_id, seat.round, bar.person_id
            FROM seat_bar bar JOIN seat ON seat.document_id = bar.document_id";
        replace(m, new, kept).await
    }

    async fn down(&self, m: &SchemaManager) -> Result<(), DbErr> {
        let old = Sketch::new("seat_bar_new")
            .refer("document_id", "document")
            .refer("person_id", "person")
            .primary(&["document_id", "person_id"]);
        let kept = "INSERT INTO seat_bar_new (document_id, person_id)
            SELECT bar.document_id, bar.person_id FROM seat_bar bar
            GROUP BY bar.document_id, bar.person_id
            HAVING count(*) = (SELECT count(DISTINCT seat.round) FROM seat WHERE seat.document_id = bar.document_id)";
        replace(m, old, kept).await
    }
}
