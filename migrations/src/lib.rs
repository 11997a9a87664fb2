//! Schema history: one file an area, up and down on SQLite and PostgreSQL, each migration in its own transaction.
//!
//! A migration that has shipped is never edited; a change is a new file.

mod m20261123_000001_organisation;
mod m20261123_000002_access;
mod m20261123_000003_campaign;
mod m20261123_000004_document;
mod m20261123_000005_outbox;
mod m20261123_000006_audit;
mod m20261123_000007_settings;
mod m20261124_000004_unit_successor;
mod m20261124_000005_published_definition;
mod m20261124_000006_delivery;
mod m20261124_000007_former_names;
mod m20261124_000008_seat_person;
mod m20261124_000009_document_clock;
mod m20261125_000001_notice_years;
mod m20261125_000002_seat_bar_round;
mod m20261125_000003_notice_version;
mod sketch;

use sea_orm_migration::sea_orm::{ConnectionTrait, DatabaseConnection, DbBackend, DbErr, TransactionTrait};
use sea_orm_migration::{MigrationTrait, MigratorTrait};

/// The migrations in order.
pub struct Migrator;

#[sea_orm_migration::async_trait::async_trait]
impl MigratorTrait for Migrator {
    fn migrations() -> Vec<Box<dyn MigrationTrait>> {
        vec![
            Box::new(m20261123_000001_organisation::Migration),
            Box::new(m20261123_000002_access::Migration),
            Box::new(m20261123_000003_campaign::Migration),
            Box::new(m20261123_000004_document::Migration),
            Box::new(m20261123_000005_outbox::Migration),
            Box::new(m20261123_000006_audit::Migration),
            Box::new(m20261123_000007_settings::Migration),
            Box::new(m20261124_000004_unit_successor::Migration),
            Box::new(m20261124_000005_published_definition::Migration),
            Box::new(m20261124_000006_delivery::Migration),
            Box::new(m20261124_000007_former_names::Migration),
            Box::new(m20261124_000008_seat_person::Migration),
            Box::new(m20261124_000009_document_clock::Migration),
            Box::new(m20261125_000001_notice_years::Migration),
            Box::new(m20261125_000002_seat_bar_round::Migration),
            Box::new(m20261125_000003_notice_version::Migration),
        ]
    }
}

/// A number of our own for the advisory lock: the letters "duban".
const LOCK: i64 = 0x64_75_62_61_6e;

/// Brings the schema of the database behind `db` up to date. Several nodes may do it at once: on PostgreSQL the whole
/// run is one transaction that holds an advisory lock; a SQLite file has one server.
///
/// # Errors
/// What the database said when a migration failed; that migration left no trace.
pub async fn run(db: &DatabaseConnection) -> Result<(), DbErr> {
    if db.get_database_backend() == DbBackend::Postgres {
        let transaction = db.begin().await?;
        transaction
            .execute_unprepared(&format!("SELECT pg_advisory_xact_lock({LOCK})"))
            .await?;
        Migrator::up(&transaction, None).await?;
        transaction.commit().await
    } else {
        Migrator::up(db, None).await
    }
}

/// Takes back every migration, the newest first. Everything stored is lost; for tests of the way down.
///
/// # Errors
/// What the database said.
pub async fn undo(db: &DatabaseConnection) -> Result<(), DbErr> {
    Migrator::down(db, None).await
}
