//! Carrying a database elsewhere: every row as it is, in the order of its key, verified at the end. From SQLite to
//! PostgreSQL that is done here; `archive` writes and reads the rows of either engine as lines.
//!
//! What is there already is not carried again, so that a carrying that was broken off goes on where it was. Nobody writes to
//! a file meanwhile, or once all of it is carried over: a server that still has it open would acknowledge what nobody
//! finds again. The index of words is not carried: the server makes it anew.

pub(crate) mod archive;
mod rows;
mod tables;

use super::{
    Conn, Db, Engine, Kind, Purpose,
    epoch::{self, NewEpochs},
    moved::{self, Moved},
    sql,
};
use crate::{
    Config, Error,
    auth::KeyPlace,
    clock::{Random, SystemClock},
};
use chat_core::Code;
pub(crate) use rows::hex;
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
/// that an earlier carrying of the same file has begun to fill. `progress` hears how far it is. In the end the file takes no
/// more writes.
///
/// # Errors
/// [`Error::Database`] with what is wrong on which side, and what to do. What was carried until then stays.
pub async fn carry_to_postgres(
    from: &Config,
    to: &Config,
    progress: &mut (dyn FnMut(Carrying) + Send),
) -> Result<Vec<Carried>, Error> {
    require_file(from)?;
    if !to.is_on_postgres() {
        return Err(wrong(
            Code::Invalid,
            to,
            "it must be on PostgreSQL: postgres://USER@HOST/DATABASE",
        ));
    }
    // Both are brought up to date first, so that the same columns are on both sides.
    let clock = Arc::new(SystemClock);
    let (source, target) = (
        Db::open_for(Purpose::Carry, from, clock.clone()).await?,
        Db::open_for(Purpose::Carry, to, clock).await?,
    );
    let carried = match source.begin().await {
        Ok(old) => carry(old, &target, [from, to], progress).await,
        Err(error) => Err(error.into()),
    };
    source.close().await;
    target.close().await;
    carried
}

/// Lets a file that was carried over be written to again. What was said since stays where that was; every log begins
/// another life, so that who has seen it does not take what comes for it. Says how many do.
///
/// # Errors
/// [`Error::Database`] where it was not carried over, or cannot be opened.
pub async fn undo_carrying(config: &Config) -> Result<NewEpochs, Error> {
    require_file(config)?;
    let db = Db::open_for(Purpose::Carry, config, Arc::new(SystemClock)).await?;
    let undone = async {
        let mut conn = db.begin().await?;
        if moved::find(&mut conn).await?.is_none() {
            return Err(wrong(
                Code::Conflict,
                config,
                "it was not carried over; just use it",
            ));
        }
        moved::forget(&mut conn).await?;
        let renewed = epoch::renew(&mut conn, Random::from_system().word()).await?;
        conn.commit().await?;
        Ok(renewed)
    };
    let undone = undone.await;
    db.close().await;
    undone
}

fn require_file(config: &Config) -> Result<(), Error> {
    if config.is_on_postgres() || config.is_in_memory() {
        let why = "it must be a file of SQLite: sqlite://FILE";
        return Err(wrong(Code::Invalid, config, why));
    }
    match config.database_file().is_some_and(|file| file.is_file()) {
        true => Ok(()),
        false => Err(wrong(Code::NotFound, config, "there is no such file")),
    }
}

async fn carry(
    mut old: Conn,
    target: &Db,
    [from, to]: [&Config; 2],
    progress: &mut (dyn FnMut(Carrying) + Send),
) -> Result<Vec<Carried>, Error> {
    begin(&mut old, target, to).await?;
    let mut total = 0;
    for table in &TABLES {
        total += 2 * rows::count(&mut old, table).await?;
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
        carry_table(&mut old, target, table, &mut step).await?;
    }
    let mut carried = Vec::with_capacity(TABLES.len());
    for table in &TABLES {
        carried.push(verify(&mut old, target, to, table, &mut step).await?);
    }
    // The file first: whatever breaks between the two, nobody writes to it, and the same command brings it to its end.
    if moved::find(&mut old).await?.is_none() {
        let moved = Moved {
            database: to.shown_database(),
            at: old.now(),
        };
        moved::mark(&mut old, &moved).await?;
    }
    old.commit().await?;
    finish(target, &KeyPlace::of(from), &KeyPlace::of(to)).await?;
    Ok(carried)
}

/// Notes which file this is.
async fn begin(old: &mut Conn, target: &Db, to: &Config) -> Result<(), Error> {
    let mark = rows::mark(old).await?;
    let moved = moved::find(old).await?;
    claim(target, to, &mark, moved, TABLES.iter()).await
}

/// Sees that nothing else is there, and notes where it comes from: until all of it is there, no server takes it for whole.
async fn claim(
    target: &Db,
    to: &Config,
    mark: &str,
    moved: Option<Moved>,
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
            return Err(wrong(Code::Conflict, to, why));
        }
        None => {
            if let Some(moved) = moved {
                let why = format!(
                    "nothing is carried into it: of the file, {}",
                    moved.explain()
                );
                return Err(wrong(Code::Conflict, to, why));
            }
            let mut used = 0;
            for table in tables {
                used += rows::count(&mut new, table).await?;
            }
            if used > 0 {
                let why = "it is not empty; make an empty one for this";
                return Err(wrong(Code::Conflict, to, why));
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

/// Why nobody may use a database that has only a part of what is being carried into it.
pub(super) const PARTIAL: &str = "it is half migrated: what carries the rest into it was broken off; run the same \
    `chat migrate sqlite-to-postgres` or `chat import` again, which goes on where it was, or make an empty database";

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
    // No transaction: it would do nothing for too long while the other side is read. Nobody else writes there.
    let mut new = target.read().await?;
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
            Code::Conflict,
            to,
            format!(
                "{} differs: {} rows in the file and {} here; the file was written to between two runs, or this \
                 database by somebody else: make an empty database and begin again",
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
    if let Engine::Postgres(server, _) = conn.engine() {
        sqlx::raw_sql("analyze").execute(server).await?;
    }
    Ok(())
}

fn wrong(code: Code, config: &Config, why: impl Into<String>) -> Error {
    Error::Database {
        code,
        database: config.shown_database(),
        reason: why.into(),
    }
}
