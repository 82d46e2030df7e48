//! How a database is brought up to date: the same steps, by number and name, on both engines. A shipped one is never
//! edited.

use crate::DatabaseState;
use sqlx::{
    Database, Pool,
    migrate::{Migrate, MigrateError, Migration, MigrationType, Migrator},
};

macro_rules! migrations {
    ($engine:literal) => {
        migrator([
            (
                1,
                "init",
                include_str!(concat!("../migrations/", $engine, "/0001_init.sql")),
            ),
            (
                2,
                "features",
                include_str!(concat!("../migrations/", $engine, "/0002_features.sql")),
            ),
            (
                3,
                "search",
                include_str!(concat!("../migrations/", $engine, "/0003_search.sql")),
            ),
            (
                4,
                "together",
                include_str!(concat!("../migrations/", $engine, "/0004_together.sql")),
            ),
            (
                6,
                "several",
                include_str!(concat!("../migrations/", $engine, "/0006_several.sql")),
            ),
            (
                7,
                "uploads",
                include_str!(concat!("../migrations/", $engine, "/0007_uploads.sql")),
            ),
            (
                8,
                "scope",
                include_str!(concat!("../migrations/", $engine, "/0008_scope.sql")),
            ),
        ])
    };
}

pub(super) fn sqlite() -> Migrator {
    migrations!("sqlite")
}

pub(super) fn postgres() -> Migrator {
    migrations!("postgres")
}

/// The number of the newest step, which is the same on both engines: which shape the tables have.
pub(crate) fn newest() -> i64 {
    sqlite().iter().map(|step| step.version).max().unwrap_or(0)
}

/// Asks which step was run last, of a database on which any was.
pub(super) const LAST_RUN: &str =
    "select coalesce(max(version), 0) from _sqlx_migrations where success";

/// A database on which the steps up to a number were run.
pub(super) fn state(engine: String, migration: i64, is_partial: bool) -> DatabaseState {
    DatabaseState {
        engine,
        is_made: migration > 0,
        migration,
        newest: newest(),
        is_partial,
    }
}

fn migrator<const N: usize>(steps: [(i64, &'static str, &'static str); N]) -> Migrator {
    let steps = steps.into_iter().map(|(number, name, text)| {
        let text = sqlx::SqlStr::from_static(text);
        Migration::new(number, name.into(), MigrationType::Simple, text, false)
    });
    Migrator::with_migrations(steps.collect())
}

/// Takes the steps that are missing, or says why that cannot be. Processes that start at once take turns.
pub(super) async fn run<DB>(migrator: &Migrator, pool: &Pool<DB>) -> Result<(), String>
where
    DB: Database,
    DB::Connection: Migrate,
{
    migrator.run(pool).await.map_err(|error| match error {
        MigrateError::VersionMissing(number) => format!(
            "it was made by a newer version (migration {number}); run that version, or restore a backup"
        ),
        MigrateError::Dirty(number) => format!(
            "migration {number} was broken off halfway; restore the backup from before it, and start again"
        ),
        MigrateError::VersionMismatch(number) => format!(
            "migration {number} is not the one that this version knows; run the version that made the database"
        ),
        other => format!("a migration failed and was undone: {other}"),
    })
}
