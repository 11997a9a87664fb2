//! The only crate that knows tables. Functions take a connection and return core types; entities never leave.

pub mod alert;
pub mod amendment;
pub mod asked;
pub mod audit;
pub mod calendar_entry;
pub mod campaign;
pub mod definition;
pub mod document;
mod entity;
pub mod error;
pub mod finding;
pub mod graph;
pub mod inbox;
pub mod instance;
pub mod mail_address;
pub mod notice;
pub mod outbox;
pub mod party;
pub mod person;
pub mod proposal;
pub mod reminder;
pub mod session;
pub mod setting;
pub mod unit;

use sea_orm::{
    ConnectOptions, ConnectionTrait, Database, DatabaseConnection, DatabaseTransaction, DbBackend,
    SqliteTransactionMode, Statement, TransactionOptions, TransactionTrait,
};
use std::fs::File;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

pub use error::{Result, StoreError};
pub use sea_orm::ConnectionTrait as Connection;

/// A database, opened so that what was acknowledged is on the disk.
///
/// SQLite: one connection writes, with `BEGIN IMMEDIATE` (a deferred transaction that reads first would fail at once
/// with "database is locked"), WAL and `synchronous=FULL`; a few others read. PostgreSQL: one pool.
#[derive(Clone)]
pub struct Store {
    writer: DatabaseConnection,
    reader: DatabaseConnection,
    file: Option<PathBuf>,
    claim: Arc<Mutex<Option<File>>>,
}

/// The only kind of write transaction. Dropped without [`Write::commit`] it leaves no trace.
pub struct Write(DatabaseTransaction);

impl Write {
    /// Makes everything written durable.
    pub async fn commit(self) -> Result<()> {
        Ok(self.0.commit().await?)
    }
}

impl std::ops::Deref for Write {
    type Target = DatabaseTransaction;
    fn deref(&self) -> &DatabaseTransaction {
        &self.0
    }
}

/// How long a writer waits for another process to finish before it gives up.
const BUSY: Duration = Duration::from_secs(10);
/// How long PostgreSQL keeps the transaction of a server that has fallen silent (cut off, frozen): its locks must not
/// hold up the other servers. A transaction of ours takes milliseconds.
const SILENT: &str = "10s";
/// Connections of the read pool (SQLite) or of the one pool (PostgreSQL).
const POOL: u32 = 10;

impl Store {
    /// Opens the database at `url`: `sqlite:///path/file.db` (created when missing) or `postgres://…`.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`] when it cannot be reached, [`StoreError::Unfit`] when it is set up so that
    /// acknowledged work could be lost.
    pub async fn connect(url: &str) -> Result<Self> {
        match sqlite_file(url) {
            Some(file) => Self::connect_sqlite(url, file).await,
            None => Self::connect_postgres(url).await,
        }
    }

    async fn connect_sqlite(url: &str, file: PathBuf) -> Result<Self> {
        let options = |max: u32, read_only: bool| {
            let mut options = base_options(url);
            options
                .max_connections(max)
                .min_connections(1)
                .idle_timeout(None)
                .max_lifetime(None)
                .map_sqlx_sqlite_opts(move |o| {
                    o.create_if_missing(true)
                        .foreign_keys(true)
                        .busy_timeout(BUSY)
                        .pragma("journal_mode", "WAL")
                        .pragma("synchronous", "FULL")
                        .pragma("query_only", if read_only { "1" } else { "0" })
                });
            options
        };
        let writer = Database::connect(options(1, false)).await?;
        let reader = Database::connect(options(POOL, true)).await?;
        let store = Self {
            writer,
            reader,
            file: Some(file),
            claim: Arc::default(),
        };
        store.expect_pragma("journal_mode", "wal").await?;
        store.expect_pragma("synchronous", "2").await?;
        store.expect_pragma("foreign_keys", "1").await?;
        Ok(store)
    }

    async fn connect_postgres(url: &str) -> Result<Self> {
        let mut options = base_options(url);
        options
            .max_connections(POOL)
            .min_connections(1)
            .map_sqlx_postgres_opts(|o| o.options([("idle_in_transaction_session_timeout", SILENT)]));
        let pool = Database::connect(options).await?;
        for setting in ["fsync", "synchronous_commit", "full_page_writes"] {
            let row = pool
                .query_one_raw(Statement::from_string(DbBackend::Postgres, format!("SHOW {setting}")))
                .await?;
            let value: String = row.map(|r| r.try_get_by_index(0)).transpose()?.unwrap_or_default();
            if value == "off" {
                return Err(StoreError::Unfit(format!(
                    "PostgreSQL runs with {setting}=off and could lose acknowledged work; switch it on"
                )));
            }
        }
        Ok(Self {
            writer: pool.clone(),
            reader: pool,
            file: None,
            claim: Arc::default(),
        })
    }

    async fn expect_pragma(&self, name: &str, expected: &str) -> Result<()> {
        let row = self
            .writer
            .query_one_raw(Statement::from_string(
                DbBackend::Sqlite,
                format!("SELECT CAST({name} AS TEXT) FROM pragma_{name}"),
            ))
            .await?;
        let value: String = row.map(|r| r.try_get_by_index(0)).transpose()?.unwrap_or_default();
        if value.eq_ignore_ascii_case(expected) {
            Ok(())
        } else {
            Err(StoreError::Unfit(format!(
                "SQLite runs with {name}={value}, {expected} is needed to keep acknowledged work"
            )))
        }
    }

    /// Claims a SQLite file for one server process until this store is dropped or the process ends, however it ends.
    /// On PostgreSQL several servers may share the database and this does nothing.
    ///
    /// # Errors
    /// [`StoreError::Unfit`] with a sentence for the operator when another process holds the file.
    pub fn claim_server(&self) -> Result<()> {
        let Some(file) = &self.file else { return Ok(()) };
        let mut path = file.clone().into_os_string();
        path.push(".lock");
        let path = PathBuf::from(path);
        let open = File::options().create(true).truncate(false).write(true).open(&path);
        let lock = open.map_err(|e| StoreError::Unavailable(format!("{}: {e}", path.display())))?;
        lock.try_lock().map_err(|_| {
            StoreError::Unfit(format!(
                "another server already uses {}; stop it first, or use PostgreSQL for several servers",
                file.display()
            ))
        })?;
        *self.claim.lock().unwrap_or_else(PoisonError::into_inner) = Some(lock);
        Ok(())
    }

    /// Begins a write transaction (`BEGIN IMMEDIATE` on SQLite).
    pub async fn write(&self) -> Result<Write> {
        let options = TransactionOptions {
            sqlite_transaction_mode: Some(SqliteTransactionMode::Immediate),
            ..TransactionOptions::default()
        };
        Ok(Write(self.writer.begin_with_options(options).await?))
    }

    /// The connection for reading. SQLite refuses writes on it.
    pub fn read(&self) -> &DatabaseConnection {
        &self.reader
    }

    /// The connection for migrations, which manage their own transactions.
    pub fn schema(&self) -> &DatabaseConnection {
        &self.writer
    }

    /// True when the database answers.
    pub async fn is_alive(&self) -> bool {
        self.reader.execute_unprepared("SELECT 1").await.is_ok()
    }

    /// The SQLite file, if it is one.
    pub fn file(&self) -> Option<&Path> {
        self.file.as_deref()
    }
}

fn base_options(url: &str) -> ConnectOptions {
    let mut options = ConnectOptions::new(url);
    options.sqlx_logging(false).acquire_timeout(Duration::from_secs(15));
    options
}

/// The path in a `sqlite:` address, without its query.
fn sqlite_file(url: &str) -> Option<PathBuf> {
    let rest = url.strip_prefix("sqlite://").or_else(|| url.strip_prefix("sqlite:"))?;
    let path = rest.split_once('?').map_or(rest, |(path, _)| path);
    Some(PathBuf::from(path))
}
