//! A short way to write a table that means the same on SQLite and PostgreSQL.

use sea_orm_migration::prelude::*;
use sea_orm_migration::sea_orm::DbBackend;

/// A table in the making, with its foreign keys, constraints and indexes.
pub struct Sketch {
    name: &'static str,
    table: TableCreateStatement,
    indexes: Vec<IndexCreateStatement>,
}

impl Sketch {
    /// An empty table called `name`.
    pub fn new(name: &'static str) -> Self {
        Self {
            name,
            table: Table::create().table(name).take(),
            indexes: Vec::new(),
        }
    }

    /// The usual key: `id`, counted up, never reused.
    pub fn id(self) -> Self {
        self.col(ColumnDef::new("id").big_integer().auto_increment().primary_key())
    }

    /// A column as described.
    pub fn col(mut self, column: &mut ColumnDef) -> Self {
        self.table.col(column.take());
        self
    }

    /// A compulsory column that names a row of `table`.
    pub fn refer(self, column: &'static str, table: &'static str) -> Self {
        self.col(ColumnDef::new(column).big_integer().not_null())
            .foreign(column, table, "id")
    }

    /// A column that may name a row of `table`.
    pub fn refer_null(self, column: &'static str, table: &'static str) -> Self {
        self.col(ColumnDef::new(column).big_integer().null())
            .foreign(column, table, "id")
    }

    /// A foreign key to another key column than `id`.
    pub fn foreign(mut self, column: &'static str, table: &'static str, key: &'static str) -> Self {
        self.table.foreign_key(
            ForeignKey::create()
                .name(format!("fk_{}_{column}", self.name))
                .from(self.name, column)
                .to(table, key),
        );
        self
    }

    /// The primary key over these columns.
    pub fn primary(mut self, columns: &[&'static str]) -> Self {
        let mut index = Index::create();
        for column in columns {
            index.col(*column);
        }
        self.table.primary_key(&mut index);
        self
    }

    /// No two rows with the same values in these columns.
    pub fn unique(self, columns: &[&'static str]) -> Self {
        self.indexed(columns, true)
    }

    /// A way to find rows by these columns.
    pub fn index(self, columns: &[&'static str]) -> Self {
        self.indexed(columns, false)
    }

    fn indexed(mut self, columns: &[&'static str], unique: bool) -> Self {
        let kind = if unique { "uq" } else { "ix" };
        let mut index = Index::create();
        index
            .name(format!("{kind}_{}_{}", self.name, columns.join("_")))
            .table(self.name);
        for column in columns {
            index.col(*column);
        }
        if unique {
            index.unique();
        }
        self.indexes.push(index.take());
        self
    }

    /// Only rows for which `condition` holds.
    pub fn check(mut self, condition: &'static str) -> Self {
        self.table.check(Expr::cust(condition));
        self
    }

    /// Creates it all.
    pub async fn create(self, manager: &SchemaManager<'_>) -> Result<(), DbErr> {
        manager.create_table(self.table).await?;
        for index in self.indexes {
            manager.create_index(index).await?;
        }
        Ok(())
    }
}

/// Drops tables, the first one first.
pub async fn drop_tables(manager: &SchemaManager<'_>, tables: &[&'static str]) -> Result<(), DbErr> {
    for table in tables {
        manager.drop_table(Table::drop().table(*table).take()).await?;
    }
    Ok(())
}

/// Makes the database itself refuse to change or delete rows of `table`.
pub async fn append_only(manager: &SchemaManager<'_>, table: &'static str) -> Result<(), DbErr> {
    let db = manager.get_connection();
    let statements = if manager.get_database_backend() == DbBackend::Postgres {
        vec![
            "CREATE OR REPLACE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS \
             $$ BEGIN RAISE EXCEPTION '% is append only', TG_TABLE_NAME; END $$"
                .to_owned(),
            format!(
                "CREATE TRIGGER {table}_append_only BEFORE UPDATE OR DELETE ON \"{table}\" \
                 FOR EACH ROW EXECUTE FUNCTION refuse_change()"
            ),
            format!(
                "CREATE TRIGGER {table}_no_truncate BEFORE TRUNCATE ON \"{table}\" \
                 FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()"
            ),
        ]
    } else {
        ["UPDATE", "DELETE"]
            .iter()
            .map(|verb| {
                format!(
                    "CREATE TRIGGER {table}_no_{} BEFORE {verb} ON \"{table}\" \
                     BEGIN SELECT RAISE(ABORT, '{table} is append only'); END",
                    verb.to_lowercase()
                )
            })
            .collect()
    };
    for statement in statements {
        db.execute_unprepared(&statement).await?;
    }
    Ok(())
}

/// Takes back what [`append_only`] made beside the tables themselves.
pub async fn forget_append_only(manager: &SchemaManager<'_>) -> Result<(), DbErr> {
    if manager.get_database_backend() == DbBackend::Postgres {
        let db = manager.get_connection();
        db.execute_unprepared("DROP FUNCTION IF EXISTS refuse_change()").await?;
    }
    Ok(())
}

/// A compulsory text.
pub fn text(name: &'static str) -> ColumnDef {
    ColumnDef::new(name).text().not_null().take()
}

/// A text that may be absent.
pub fn text_null(name: &'static str) -> ColumnDef {
    ColumnDef::new(name).text().null().take()
}

/// A compulsory instant (UTC).
pub fn instant(name: &'static str) -> ColumnDef {
    ColumnDef::new(name).timestamp_with_time_zone().not_null().take()
}

/// An instant (UTC) that may be absent.
pub fn instant_null(name: &'static str) -> ColumnDef {
    ColumnDef::new(name).timestamp_with_time_zone().null().take()
}

/// A compulsory civil date.
pub fn day(name: &'static str) -> ColumnDef {
    ColumnDef::new(name).date().not_null().take()
}

/// A civil date that may be absent.
pub fn day_null(name: &'static str) -> ColumnDef {
    ColumnDef::new(name).date().null().take()
}

/// A compulsory whole number.
pub fn int(name: &'static str) -> ColumnDef {
    ColumnDef::new(name).integer().not_null().take()
}

/// A compulsory truth value.
pub fn flag(name: &'static str) -> ColumnDef {
    ColumnDef::new(name).boolean().not_null().take()
}

/// A compulsory JSON value.
pub fn json(name: &'static str) -> ColumnDef {
    ColumnDef::new(name).json().not_null().take()
}

/// A JSON value that may be absent.
pub fn json_null(name: &'static str) -> ColumnDef {
    ColumnDef::new(name).json().null().take()
}
