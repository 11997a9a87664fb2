//! A notice that comes in a second version: what it said before is kept, and who had which part until when.

use crate::sketch::*;
use sea_orm_migration::prelude::*;

#[derive(DeriveMigrationName)]
pub struct Migration;

/// Columns that say from when and until when a row of the notice counts; empty: always.
const SPANS: [(&str, &str); 4] = [
    ("task", "withdrawn_on"),
    ("indicator", "withdrawn_on"),
    ("assignment", "since"),
    ("assignment", "until"),
];

/// Numbers of tasks and parts of units were unique in a notice; with versions they are so on each day.
const UNIQUE: [(&str, &[&str]); 2] = [
    ("task", &["notice_id", "number"]),
    ("assignment", &["task_id", "unit_id"]),
];

fn index(table: &'static str, columns: &'static [&'static str], kind: &str) -> IndexCreateStatement {
    let mut index = Index::create();
    index.name(format!("{kind}_{table}_{}", columns.join("_"))).table(table);
    for column in columns {
        index.col(*column);
    }
    index.take()
}

fn dropped(table: &'static str, columns: &'static [&'static str], kind: &str) -> IndexDropStatement {
    let name = format!("{kind}_{table}_{}", columns.join("_"));
    Index::drop().name(name).table(table).to_owned()
}

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }

    async fn up(&self, m: &SchemaManager) -> Result<(), DbErr> {
        for (table, column) in SPANS {
            m.alter_table(Table::alter().table(table).add_column(day_null(column)).take())
                .await?;
        }
        for (table, columns) in UNIQUE {
            m.drop_index(dropped(table, columns, "uq")).await?;
            m.create_index(index(table, columns, "ix")).await?;
        }
        Sketch::new("notice_version")
            .id()
            .refer("notice_id", "notice")
            .col(&mut int("no"))
            .col(&mut text("title"))
            .col(&mut text_null("number"))
            .col(&mut day_null("dated"))
            .col(&mut text("text"))
            .col(&mut text("hash"))
            .refer("confirmed_by", "person")
            .col(&mut instant("confirmed_at"))
            .col(&mut json_null("amendment"))
            .unique(&["notice_id", "no"])
            .create(m)
            .await
    }

    async fn down(&self, m: &SchemaManager) -> Result<(), DbErr> {
        drop_tables(m, &["notice_version"]).await?;
        for (table, columns) in UNIQUE {
            m.drop_index(dropped(table, columns, "ix")).await?;
            m.create_index(index(table, columns, "uq").unique().take()).await?;
        }
        for (table, column) in SPANS {
            m.alter_table(Table::alter().table(table).drop_column(column).take())
                .await?;
        }
        Ok(())
    }
}
