//! Carrying a database of SQLite over to PostgreSQL: every row as it is, in the order of its key, verified at the end.
//!
//! What is there already is not carried again, so that a carrying that was broken off goes on where it was. Meanwhile
//! nobody writes to the file. The index of words is not carried: the server makes it anew.

pub(crate) mod archive;
mod rows;
mod tables;

use super::{Conn, Db, Engine, Kind, sql};
use crate::{Config, Error, auth::KeyPlace, clock::SystemClock};
use rows::{Digest, Page};
use std::sync::Arc;
use tables::{TABLES, Table};

/// How far it is: carrying a database over, or writing and reading an archive.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Carrying {
    /// The table that it is at; `files` for the files.
    pub table: &'static str,
    /// Rows and files that are done; each is done when it is carried, and again when it is verified.
    pub done: u64,
    /// Rows and files that are to be done.
    pub total: u64,
}

/// A table that was carried over and verified.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Carried {
    /// Its name.
    pub table: &'static str,
    /// How many rows it has, on both sides.
    pub rows: u64,
    /// The digest of all of them, on both sides, in hexadecimal digits.
    pub digest: String,
}

/// Rows in one transaction.
const AT_ONCE: i64 = 1_000;

/// Carries the database of one configuration, a file of SQLite, into that of the other, an empty one of PostgreSQL or one
/// that an earlier carrying of the same file has begun to fill. `progress` hears how far it is.
///
/// # Errors
/// [`Error::Database`] with what is wrong on which side, and what to do. What was carried until then stays.
pub async fn carry_to_postgres(
    from: &Config,
    to: &Config,
    progress: &mut (dyn FnMut(Carrying) + Send),
) -> Result<Vec<Carried>, Error> {
    if from.is_on_postgres() || from.is_in_memory() {
        return Err(wrong(from, "it must be a file of SQLite: sqlite://FILE"));
    }
    if !to.is_on_postgres() {
        return Err(wrong(
            to,
            "it must be on PostgreSQL: postgres://USER@HOST/DATABASE",
        ));
    }
    if from.database_file().is_none_or(|file| !file.is_file()) {
        return Err(wrong(from, "there is no such file"));
    }
    // Both are brought up to date first, so that the same columns are on both sides.
    let clock = Arc::new(SystemClock);
    let (source, target) = (
        Db::open(from, clock.clone()).await?,
        Db::open(to, clock).await?,
    );
    let carried = match (source.begin().await, target.begin().await) {
        (Ok(mut old), Ok(new)) => {
            drop(new);
            carry(&mut old, &target, [from, to], progress).await
        }
        (Err(error), _) | (_, Err(error)) => Err(error.into()),
    };
    source.close().await;
    target.close().await;
    carried
}

async fn carry(
    old: &mut Conn,
    target: &Db,
    [from, to]: [&Config; 2],
    progress: &mut (dyn FnMut(Carrying) + Send),
) -> Result<Vec<Carried>, Error> {
    begin(old, target, to).await?;
    let mut total = 0;
    for table in &TABLES {
        total += 2 * rows::count(old, table).await?;
    }
    let mut done = 0;
    let mut step = |table: &Table, rows: u64| {
        done += rows;
        progress(Carrying {
            table: table.name,
            done: done.min(total),
            total,
        });
    };
    for table in &TABLES {
        carry_table(old, target, table, &mut step).await?;
    }
    let mut carried = Vec::with_capacity(TABLES.len());
    for table in &TABLES {
        carried.push(verify(old, target, to, table, &mut step).await?);
    }
    finish(target, &KeyPlace::of(from), &KeyPlace::of(to)).await?;
    Ok(carried)
}

/// Notes which file this is.
async fn begin(old: &mut Conn, target: &Db, to: &Config) -> Result<(), Error> {
    let mark = rows::mark(old).await?;
    claim(target, to, &mark, TABLES.iter()).await
}

/// Sees that nothing else is there, and notes where it comes from: until all of it is there, no server takes it for whole.
async fn claim(
    target: &Db,
    to: &Config,
    mark: &str,
    tables: impl Iterator<Item = &'static Table>,
) -> Result<(), Error> {
    let mut new = target.begin().await?;
    super::lock::alone(&mut new).await?;
    sql!(
        new,
        execute,
        "create table if not exists carried_from (mark text not null)"
    )?;
    let known = sql!(
        new,
        fetch_optional as (String,),
        "select mark from carried_from limit 1"
    )?;
    match known {
        Some((known,)) if known == mark => {}
        Some(_) => {
            let why =
                "something else is being carried into it; make an empty database for this one";
            return Err(wrong(to, why));
        }
        None => {
            let mut used = 0;
            for table in tables {
                used += rows::count(&mut new, table).await?;
            }
            if used > 0 {
                return Err(wrong(to, "it is not empty; make an empty one for this"));
            }
            sql!(
                new,
                execute,
                "insert into carried_from (mark) values ($1)",
                mark
            )?;
        }
    }
    Ok(new.commit().await?)
}

/// Refuses a database that has only a part of what is being carried into it.
pub(crate) async fn require_whole(db: &Db, config: &Config) -> Result<(), Error> {
    let mut conn = db.read().await?;
    let text = match conn.kind() {
        Kind::Sqlite => "select count(*) from sqlite_master where name = 'carried_from'",
        Kind::Postgres => {
            "select count(*) from information_schema.tables
             where table_schema = current_schema() and table_name = 'carried_from'"
        }
    };
    let (found,) = sql!(conn, fetch_one as (i64,), text)?;
    match found {
        0 => Ok(()),
        _ => Err(wrong(
            config,
            "only a part of it is there: what carries the rest into it was broken off; run the same import or \
             migration again until it is done",
        )),
    }
}

/// Carries what is behind the last row that is there.
async fn carry_table(
    old: &mut Conn,
    target: &Db,
    table: &Table,
    step: &mut (dyn FnMut(&Table, u64) + Send),
) -> Result<(), Error> {
    let mut new = target.begin().await?;
    let columns = rows::columns(&mut new, table).await?;
    let mut after = rows::last(&mut new, table, &columns).await?;
    step(table, rows::count(&mut new, table).await?);
    new.commit().await?;
    loop {
        let page = Page::read(old, table, &columns, after.as_deref(), AT_ONCE).await?;
        let Some(last) = page.last_key(table, &columns) else {
            return Ok(());
        };
        let count = page.len();
        let mut new = target.begin().await?;
        page.insert(&mut new, table, &columns).await?;
        new.commit().await?;
        after = Some(last);
        step(table, count);
    }
}

/// Reads both sides again, whole, and compares them.
async fn verify(
    old: &mut Conn,
    target: &Db,
    to: &Config,
    table: &'static Table,
    step: &mut (dyn FnMut(&Table, u64) + Send),
) -> Result<Carried, Error> {
    let mut new = target.snapshot().await?;
    let columns = rows::columns(&mut new, table).await?;
    let mut sides = [Digest::default(), Digest::default()];
    for (conn, digest) in [old, &mut new].into_iter().zip(&mut sides) {
        let is_old = conn.kind() == Kind::Sqlite;
        let mut after = None;
        loop {
            let page = Page::read(conn, table, &columns, after.as_deref(), AT_ONCE).await?;
            let Some(last) = page.last_key(table, &columns) else {
                break;
            };
            digest.add(&page);
            if is_old {
                step(table, page.len());
            }
            after = Some(last);
        }
    }
    let [there, here] = sides;
    if there != here {
        return Err(wrong(
            to,
            format!(
                "{} differs: {} rows in the file and {} here; the file was written to between two runs: \
                 make an empty database and begin again",
                table.name, there.rows, here.rows
            ),
        ));
    }
    Ok(Carried {
        table: table.name,
        rows: here.rows,
        digest: here.hex(),
    })
}

/// Takes the keys over where they are in the database from now on, and ends.
async fn finish(target: &Db, from: &KeyPlace, to: &KeyPlace) -> Result<(), Error> {
    let mut new = target.begin().await?;
    if *to == KeyPlace::Database {
        from.carry(&mut new).await?;
    }
    end(new, target).await
}

/// Lets numbers go on behind those that came along, and forgets where everything came from.
async fn end(mut new: Conn, target: &Db) -> Result<(), Error> {
    if new.kind() == Kind::Postgres {
        sql!(
            new,
            execute,
            "select setval(pg_get_serial_sequence('audit', 'id'), (select coalesce(max(id), 0) + 1 from audit), false)"
        )?;
    }
    sql!(new, execute, "drop table carried_from")?;
    new.commit().await?;
    // The planner knows nothing of what came.
    let mut conn = target.read().await?;
    if let Engine::Postgres(server) = conn.engine() {
        sqlx::raw_sql("analyze").execute(server).await?;
    }
    Ok(())
}

fn wrong(config: &Config, why: impl Into<String>) -> Error {
    Error::Database {
        database: config.shown_database(),
        reason: why.into(),
    }
}
